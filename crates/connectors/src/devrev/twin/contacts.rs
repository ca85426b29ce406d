//! Rev users (contacts), and the dev users beside them.

use serde_json::{Value, json};

use super::{
    accounts::{BY_CREATOR, CREATED, MODIFIED, TAG_FILTER, default_org},
    call::{self, CURSOR, CUSTOM, CUSTOM_FIELDS, Call, LIMIT, MODE, Method, SORT_BY, read, target, write},
    kind::{Key, Kind, ORG},
    list::{self, Ask},
    refusal::{Refusal, Reply},
    row::Row,
    shape::{
        ARTIFACTS, By, DATES, FRAGMENT_IDS, Field, IDS, Known, SET_TAGS, SPEC, Shape, TEXT, TEXTS, WHOLE,
        field,
    },
    show::{self, Json},
    state::{Family, ME, State},
};

const REV_USER: &[Kind] = &[Kind::RevUser];
const DEV_USER: &[Kind] = &[Kind::DevUser];
const HOMES: &[Kind] = &[Kind::Account, Kind::RevOrg];
const STATES: Shape = Shape::Choice(&[
    "active",
    "deactivated",
    "deleted",
    "locked",
    "shadow",
    "unassigned",
]);
const REV_USER_ID: Field = field("rev_user_id", Shape::Id(REV_USER, Known::Target)).must();
const PICTURE: Shape = Shape::Id(&[Kind::Artifact], Known::Reference);

static REV_USERS_LIST: &[Field] = &[
    LIMIT,
    MODE,
    SORT_BY,
    field("associations", IDS).by(By::Index("associations")),
    BY_CREATOR,
    CREATED,
    CURSOR,
    CUSTOM,
    field("email", TEXTS).by(By::Index("email")),
    field("external_ref", TEXTS).by(By::Index("external_refs")),
    field("external_refs", TEXTS).by(By::Index("external_refs")),
    field("is_verified", Shape::Bool).by(By::Flag("is_verified")),
    MODIFIED,
    field("phone_numbers", TEXTS).by(By::Index("phone_numbers")),
    field("rev_org", IDS).by(By::Index("rev_org")),
    TAG_FILTER,
];

static DEV_USERS_LIST: &[Field] = &[
    field("created_date", DATES).by(By::Created),
    CURSOR,
    CUSTOM,
    field("email", TEXTS).by(By::Index("email")),
    field(
        "external_identity",
        Shape::List(
            &Shape::Object(&[field("id", TEXT), field("issuer", TEXT)]),
            0,
            usize::MAX,
        ),
    )
    .by(By::Described("external_identities")),
    LIMIT,
    MODE,
    field("modified_date", DATES).by(By::Modified),
    SORT_BY,
    field("state", Shape::List(&STATES, 0, usize::MAX)).by(By::Index("state")),
];

/// What dev users may say of themselves; to name another one comes before it.
static UPDATE: &[Field] = &[
    target(DEV_USER),
    CUSTOM_FIELDS,
    field("custom_schema_spec", SPEC),
    field("display_name", TEXT),
    field("experience_start_date", Shape::Time),
    field("full_name", TEXT),
    field(
        "job_history",
        Shape::List(
            &Shape::Object(&[
                field("employment_status", WHOLE),
                field("end_date", Shape::Time),
                field("is_current", Shape::Bool),
                field("location", TEXT),
                field("start_date", Shape::Time),
                field("title", TEXT),
            ]),
            0,
            usize::MAX,
        ),
    ),
    field(
        "job_title",
        Shape::Choice(&[
            "customer_success_manager",
            "cxo",
            "designer",
            "developer",
            "head_of_support",
            "operations",
            "others",
            "product_manager",
            "qa",
            "revenue_leader",
            "support",
            "tech_lead",
        ]),
    ),
    field("reports_to", Shape::Id(DEV_USER, Known::Reference)),
];

/// The same, of the token's own user.
pub(super) static PROFILE: &[Field] = UPDATE.split_at(1).1;

pub(super) static METHODS: &[Method] = &[
    write(
        "rev-users.create",
        &[
            field("account", Shape::Id(&[Kind::Account], Known::Reference)),
            field("artifacts", ARTIFACTS),
            CUSTOM_FIELDS,
            field("custom_schema_fragments", FRAGMENT_IDS),
            field("custom_schema_spec", SPEC),
            field("description", TEXT),
            field("display_name", TEXT),
            field("display_picture", PICTURE),
            field("email", TEXT),
            field("external_ref", TEXT),
            field("external_refs", TEXTS),
            field("phone_numbers", TEXTS),
            field("rev_org", Shape::Id(&[Kind::RevOrg], Known::Reference)),
            field("tags", SET_TAGS),
        ],
        create_rev_user,
    ),
    write(
        "rev-users.update",
        &[
            target(REV_USER),
            field("artifacts", Shape::Object(&[field("set", ARTIFACTS)])),
            CUSTOM_FIELDS,
            field(
                "custom_schema_fragments",
                Shape::Object(&[field("set", FRAGMENT_IDS)]),
            ),
            field("custom_schema_spec", SPEC),
            field("description", TEXT),
            field("display_name", TEXT),
            field("display_picture", PICTURE).or_null(),
            field("email", TEXT),
            field("external_ref", TEXT),
            field("external_refs", TEXTS),
            field("phone_numbers", TEXTS),
            field("tags", SET_TAGS),
        ],
        update_rev_user,
    ),
    read("rev-users.get", &[target(REV_USER)], call::get),
    write("rev-users.delete", &[target(REV_USER)], call::delete),
    read("rev-users.list", REV_USERS_LIST, |call| {
        call.list(Family::RevUsers, REV_USERS_LIST, "rev_users")
    }),
    read("rev-users.scan", REV_USERS_LIST.split_at(3).1, scan),
    write(
        "rev-users.associations.add",
        &[
            REV_USER_ID,
            field(
                "associations",
                Shape::List(
                    &Shape::Object(&[field("associated_to", Shape::Id(HOMES, Known::Reference))]),
                    0,
                    usize::MAX,
                ),
            )
            .must(),
        ],
        associate,
    ),
    write(
        "rev-users.associations.remove",
        &[
            REV_USER_ID,
            field(
                "associations",
                Shape::List(&Shape::Id(HOMES, Known::Reference), 0, usize::MAX),
            )
            .must(),
        ],
        dissociate,
    ),
    read(
        "rev-users.associations.list",
        &[REV_USER_ID, CURSOR, LIMIT, MODE],
        associations,
    ),
    write(
        "dev-users.create",
        &[
            CUSTOM_FIELDS,
            field("custom_schema_spec", SPEC),
            field("email", TEXT).must(),
            field("full_name", TEXT),
            field("reports_to", Shape::Id(DEV_USER, Known::Reference)),
            field("state", Shape::Choice(&["shadow"])).must(),
        ],
        create_dev_user,
    ),
    write("dev-users.update", UPDATE, call::update),
    read("dev-users.get", &[target(DEV_USER)], call::get),
    read("dev-users.self", &[], |call| {
        Ok(Reply::read(show::one(call.state, call.state.found(ME)?)))
    }),
    read("dev-users.list", DEV_USERS_LIST, |call| {
        call.list(Family::DevUsers, DEV_USERS_LIST, "dev_users")
    }),
    read("dev-orgs.get", &[], |call| {
        let org = Key::new(Kind::DevOrg, 1);
        let body = json!({"dev_org": {"id": call.state.don(org), "display_id": call.state.display_id(org), "display_name": "Interline", "dev_slug": ORG.to_lowercase()}});
        Ok(Reply::read(body.to_string().into_bytes()))
    }),
];

fn create_rev_user(call: Call<'_>) -> Result<Reply, Refusal> {
    let mut row = call.draft(Kind::RevUser)?;
    if let Some(references) = references(&call)? {
        row.set("external_refs", references);
    }
    if row.list("external_refs").is_empty() {
        row.set("external_refs", json!([call.state.display_id(row.key)]));
    }
    if row.text("display_name").is_none_or(str::is_empty) {
        row.set("display_name", format!("Unknown {}", row.key.number));
    }
    row.set("state", "active");
    row.set("is_verified", true);
    let org = call
        .key("rev_org")
        .or_else(|| default_org(call.state, call.key("account")?));
    if let Some(org) = org {
        let account = call.state.get(org).and_then(|org| org.key_of("account"));
        let homes = account.into_iter().chain([org]).map(Key::value);
        row.set("rev_org", org.value());
        row.set("associations", homes.collect::<Vec<_>>());
    }
    call.add(row)
}

fn update_rev_user(call: Call<'_>) -> Result<Reply, Refusal> {
    let mut row = call.changed()?;
    if let Some(references) = references(&call)? {
        row.set("external_refs", references);
    }
    if row.list("external_refs").is_empty() {
        row.set("external_refs", json!([call.state.display_id(row.key)]));
    }
    call.put(row)
}

/// The external references a body gives, by either name.
fn references(call: &Call<'_>) -> Result<Option<Value>, Refusal> {
    let one = call.body.get("external_ref");
    let many = call.body.get("external_refs").and_then(Value::as_array);
    let is_too_many =
        many.is_some_and(|many| many.len() > 1) && !call.state.switches.is("contact_external_refs", "many");
    if is_too_many {
        return Err(
            Refusal::not_permitted("external_refs", &[]).detail("one external reference to a contact")
        );
    }
    Ok(match (one, many) {
        (None, None) => None,
        (Some(one), None) => Some(json!([one])),
        (None, Some(many)) => Some(json!(many)),
        (Some(one), Some(many)) if many.contains(one) || many.is_empty() => Some(json!([one])),
        (Some(_), Some(_)) => return Err(Refusal::bad_request()),
    })
}

fn scan(call: Call<'_>) -> Result<Reply, Refusal> {
    let ask = Ask {
        family: Family::RevUsers,
        kinds: None,
        fields: REV_USERS_LIST,
        body: &call.body,
        now: call.now,
    };
    let page = list::page(call.state, &ask)?;
    let mut json = Json::new();
    json.open(b'{');
    json.key("rev_users");
    list::put_records(call.state, Family::RevUsers, &page.slots, &mut json);
    if let Some(next) = &page.next {
        json.member("next_cursor", next);
    }
    json.close(b'}');
    Ok(Reply::read(json.out))
}

fn associate(call: Call<'_>) -> Result<Reply, Refusal> {
    let mut row = call
        .state
        .found(call.key("rev_user_id").ok_or_else(Refusal::not_found)?)?
        .clone();
    let given = call.body.get("associations").and_then(Value::as_array);
    let given = given
        .into_iter()
        .flatten()
        .filter_map(|one| one.get("associated_to"));
    join(call.state, &mut row, given.filter_map(Key::of_value));
    row.modified = call.now;
    call.state.replace(row);
    Ok(Reply::wrote(201, b"{}".to_vec()))
}

/// Puts a contact into accounts and workspaces.
pub(super) fn join(state: &State, row: &mut Row, given: impl IntoIterator<Item = Key>) {
    let mut homes: Vec<Key> = row.keys("associations").collect();
    for home in given {
        // A workspace brings its account with it.
        let account = state.get(home).and_then(|org| org.key_of("account"));
        for home in account.into_iter().chain([home]) {
            if !homes.contains(&home) {
                homes.push(home);
            }
        }
        let org = if home.kind == Kind::RevOrg {
            Some(home)
        } else {
            default_org(state, home)
        };
        // A workspace that went with its account is none.
        let own = row.key_of("rev_org").filter(|own| state.get(*own).is_some());
        if let (None, Some(org)) = (own, org) {
            row.set("rev_org", org.value());
        }
    }
    row.set(
        "associations",
        homes.into_iter().map(Key::value).collect::<Vec<_>>(),
    );
}

fn dissociate(call: Call<'_>) -> Result<Reply, Refusal> {
    let mut row = call
        .state
        .found(call.key("rev_user_id").ok_or_else(Refusal::not_found)?)?
        .clone();
    let gone = call
        .body
        .get("associations")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    leave(call.state, &mut row, &gone);
    row.modified = call.now;
    call.state.replace(row);
    Ok(Reply::wrote(204, Vec::new()))
}

/// Takes a contact out of accounts and workspaces.
pub(super) fn leave(state: &State, row: &mut Row, gone: &[Value]) {
    // An account takes its workspaces along.
    let is_gone = |home: &Value| {
        let account = Key::of_value(home).and_then(|home| state.get(home)?.key_of("account"));
        gone.contains(home) || account.is_some_and(|account| gone.contains(&account.value()))
    };
    let mut homes = row.list("associations").to_vec();
    homes.retain(|home| !is_gone(home));
    if row.get("rev_org").is_some_and(is_gone) {
        row.unset("rev_org");
    }
    row.set("associations", homes);
}

fn associations(call: Call<'_>) -> Result<Reply, Refusal> {
    let row = call
        .state
        .found(call.key("rev_user_id").ok_or_else(Refusal::not_found)?)?;
    let limit = list::limit(call.state, &call.body)?;
    let from: usize = match call.text("cursor").filter(|text| !text.is_empty()) {
        Some(cursor) => cursor.parse().map_err(|_| Refusal::invalid_field("cursor"))?,
        None => 0,
    };
    let homes: Vec<Key> = row.keys("associations").collect();
    let mut json = Json::new();
    json.open(b'{');
    json.key("associations");
    json.open(b'[');
    for home in homes.iter().skip(from).take(limit) {
        json.next();
        json.open(b'{');
        json.key("associated_to");
        show::org(call.state, *home, &mut json);
        json.close(b'}');
    }
    json.close(b']');
    let next = from.saturating_add(limit);
    if next < homes.len() {
        json.member("next_cursor", &next.to_string());
    }
    json.close(b'}');
    Ok(Reply::read(json.out))
}

fn create_dev_user(call: Call<'_>) -> Result<Reply, Refusal> {
    let mut row = call.draft(Kind::DevUser)?;
    let email = row.text("email").unwrap_or("");
    let name = email.split_once('@').map_or(email, |(name, _)| name);
    let name = row
        .text("full_name")
        .filter(|name| !name.is_empty())
        .unwrap_or(name)
        .to_owned();
    row.set("display_name", name);
    call.add(row)
}
