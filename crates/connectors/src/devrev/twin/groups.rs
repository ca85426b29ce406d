//! Groups of people, and who is in them.

use super::{
    accounts::BY_CREATOR,
    call::{self, CURSOR, Call, LIMIT, MODE, Method, SORT_BY, read, target, write},
    kind::{Key, Kind},
    list,
    refusal::{Refusal, Reply},
    shape::{By, Field, IDS, Known, Shape, TEXT, TEXTS, field},
    show::{self, Json},
    state::{Family, State},
    works::SYNC,
};

const GROUP: &[Kind] = &[Kind::Group];
const MEMBERS: &[Kind] = &[Kind::DevUser, Kind::RevUser, Kind::SysUser];
const TYPE: Shape = Shape::Choice(&["dynamic", "static"]);
const MEMBER_TYPE: Shape = Shape::Choice(&["dev_user", "rev_user"]);
const OWNER: Shape = Shape::Id(&[Kind::DevUser], Known::Reference);

static LIST: &[Field] = &[
    BY_CREATOR,
    CURSOR,
    field("group_type", Shape::List(&TYPE, 0, usize::MAX)).by(By::Field("type")),
    field(
        "ingestion_source",
        Shape::List(&Shape::Choice(&["airdrop", "scim"]), 0, usize::MAX),
    )
    .by(By::Nothing),
    field("is_default", Shape::Bool).by(By::Flag("is_default")),
    LIMIT,
    field("member_type", Shape::List(&MEMBER_TYPE, 0, usize::MAX)).by(By::Field("member_type")),
    MODE,
    field("name", TEXTS).by(By::Index("name")),
    SORT_BY,
    SYNC,
];

static MEMBERS_LIST: &[Field] = &[
    CURSOR,
    field("group", Shape::Id(GROUP, Known::Target))
        .must()
        .by(By::Index("group")),
    LIMIT,
    MODE,
];

static MEMBERSHIP: &[Field] = &[
    field("group", Shape::Id(GROUP, Known::Target)).must(),
    field("member", Shape::Id(MEMBERS, Known::Reference)).must(),
    field("member_rev_org", Shape::Id(&[Kind::RevOrg], Known::Reference)),
];

pub(super) static METHODS: &[Method] = &[
    write(
        "groups.create",
        &[
            field("type", TYPE),
            field("description", TEXT).must(),
            field("dynamic_group_info", Shape::Map),
            field("member_type", MEMBER_TYPE),
            field("name", TEXT).must(),
            field("owner", OWNER),
        ],
        create,
    ),
    write(
        "groups.update",
        &[
            field("description", TEXT),
            field(
                "dynamic_group_info",
                Shape::Object(&[field("membership_expression", Shape::Map).must()]),
            ),
            target(GROUP),
            field("name", TEXT),
            field("owner", OWNER).or_null(),
        ],
        |call| {
            if call.body.contains_key("dynamic_group_info") && call.target()?.text("type") != Some("dynamic")
            {
                return Err(Refusal::bad_request().detail("the group is not dynamic"));
            }
            if call.text("name") == Some("") {
                return Err(Refusal::invalid_field("name"));
            }
            call::update(call)
        },
    ),
    read("groups.get", &[target(GROUP)], call::get),
    read("groups.list", LIST, |call| {
        call.list(Family::Groups, LIST, "groups")
    }),
    write("groups.members.add", MEMBERSHIP, add),
    write("groups.members.remove", MEMBERSHIP, remove),
    read("groups.members.list", MEMBERS_LIST, members),
];

fn create(call: Call<'_>) -> Result<Reply, Refusal> {
    let mut row = call.draft(Kind::Group)?;
    if row.text("name") == Some("") {
        return Err(Refusal::invalid_field("name"));
    }
    for (name, default) in [("type", "static"), ("member_type", "dev_user")] {
        if row.get(name).is_none() {
            row.set(name, default);
        }
    }
    if call.body.contains_key("dynamic_group_info") && row.text("type") != Some("dynamic") {
        return Err(Refusal::bad_request().detail("the group is not dynamic"));
    }
    row.set("is_default", false);
    call.add(row)
}

/// The group and the member that a call names.
fn pair(call: &Call<'_>) -> Result<(Key, Key), Refusal> {
    let group = call.key("group").ok_or_else(Refusal::not_found)?;
    let member = call.key("member").ok_or_else(Refusal::not_found)?;
    check(call.state, group, member)?;
    Ok((group, member))
}

/// Refuses a member whom a group does not take.
pub(super) fn check(state: &State, group: Key, member: Key) -> Result<(), Refusal> {
    let row = state.found(group)?;
    if row.text("type") == Some("dynamic") {
        return Err(Refusal::bad_request().detail("a dynamic group finds its members itself"));
    }
    let wanted = row.text("member_type").unwrap_or("");
    match member.kind.name() == wanted {
        true => Ok(()),
        false => Err(Refusal::id_type("member").detail(format!("the group takes a {wanted}"))),
    }
}

/// Puts somebody into a group who is not in it, without further ado.
pub(super) fn enter(state: &mut State, group: Key, member: Key, now: i64) {
    if membership(state, group, member).is_some() {
        return;
    }
    let mut row = state.draft(Kind::Membership, now);
    row.set("group", group.value());
    row.set("member", member.value());
    row.set("pair", format!("{group} {member}"));
    state.add(row);
}

fn membership(state: &State, group: Key, member: Key) -> Option<Key> {
    let shelf = state.shelf(Family::Memberships);
    let index = shelf.unique_index(Kind::Membership, None, "pair", &format!("{group} {member}"));
    Some(shelf.at(shelf.having_unique(&index)?)?.key)
}

fn add(call: Call<'_>) -> Result<Reply, Refusal> {
    let (group, member) = pair(&call)?;
    if membership(call.state, group, member).is_some() {
        return Ok(Reply::read(b"{}".to_vec()));
    }
    let mut row = call.draft(Kind::Membership)?;
    row.set("pair", format!("{group} {member}"));
    call.state.add(row);
    Ok(Reply::wrote(200, b"{}".to_vec()))
}

fn remove(call: Call<'_>) -> Result<Reply, Refusal> {
    let (group, member) = pair(&call)?;
    let key = membership(call.state, group, member).ok_or_else(Refusal::not_found)?;
    call.state.remove(key);
    Ok(Reply::wrote(200, b"{}".to_vec()))
}

fn members(call: Call<'_>) -> Result<Reply, Refusal> {
    let page = list::page(call.state, &call.ask(Family::Memberships, MEMBERS_LIST))?;
    let shelf = call.state.shelf(Family::Memberships);
    let mut json = Json::new();
    json.open(b'{');
    json.key("members");
    json.open(b'[');
    for row in page.slots.iter().filter_map(|slot| shelf.at(*slot)) {
        let Some(member) = row.key_of("member") else {
            continue;
        };
        json.next();
        json.open(b'{');
        json.key("member");
        show::user(call.state, member, &mut json);
        if let Some(org) = row.key_of("member_rev_org") {
            json.key("member_rev_org");
            show::account(call.state, org, &mut json);
        }
        json.close(b'}');
    }
    json.close(b']');
    list::put_cursors(&page, &mut json);
    json.close(b'}');
    Ok(Reply::read(json.out))
}

/// A group's summary.
pub(super) fn summary(state: &State, key: Key, json: &mut Json) {
    json.open(b'{');
    show::ids(state, key, json);
    if let Some(row) = state.get(key) {
        show::texts(row, &["name", "member_type"], json);
    }
    json.close(b'}');
}

/// The filter on groups of what can have one.
pub(super) const BY_GROUP: Field = field("group", IDS).by(By::Index("group"));
