//! Tags, and what is tagged.

use http::Method;
use serde_json::{Map, Value, json};

use super::{
    call::{Call, Reply, View, id_of, route},
    companies::COMPANIES,
    contacts::CONTACTS,
    door::Resource,
    record::{add_id, ids, remove_id, text, text_key, value},
    refusal::Refusal,
    state::{Record, State},
    table::Layout,
    version::Version,
};

pub(super) const TAGS: &str = "tags";

const READ: &str = "read_tags";
const WRITE: &str = "write_tags";

pub(super) const RESOURCE: Resource = Resource {
    layouts: &[Layout {
        table: TAGS,
        object: Some("tag"),
        orders: &[],
        keys: &[("name", |tag| text_key(tag, "name"))],
        show: |_, tag| shown(tag),
    }],
    routes: &[
        route(Method::GET, "/tags", READ, list),
        route(Method::POST, "/tags", WRITE, write),
        route(Method::GET, "/tags/{}", READ, get),
        route(Method::DELETE, "/tags/{}", WRITE, delete),
        route(Method::GET, "/contacts/{}/tags", READ, of_contact),
        route(Method::POST, "/contacts/{}/tags", WRITE, tag_contact),
        route(Method::DELETE, "/contacts/{}/tags/{}", WRITE, untag_contact),
    ],
};

/// A tag without where it hangs.
pub(super) fn shown(tag: &Record) -> Value {
    json!({"type": "tag", "id": value(tag, "id"), "name": value(tag, "name")})
}

/// The tags of these ids, in a list of their own: `{"type":"tag.list","tags":[…]}`.
pub(super) fn tag_list<'a>(view: &View<'_>, ids: impl Iterator<Item = &'a str>) -> Value {
    let tags = ids.filter_map(|id| view.state.get(TAGS, id));
    let tags: Vec<Value> = tags.map(shown).collect();
    json!({"type": "tag.list", "tags": tags})
}

/// The id of the tag of that name, whatever the case; it is made if there is none.
pub(super) fn named(state: &mut State, name: &str) -> String {
    let known = state.table(TAGS).by("name", &name.to_lowercase()).next();
    if let Some(id) = known.and_then(|tag| text(tag, "id")) {
        return id.to_owned();
    }
    let id = state.next_number(TAGS, 100);
    let mut tag = Record::new();
    tag.insert("id".to_owned(), id.as_str().into());
    tag.insert("name".to_owned(), name.into());
    state.put(TAGS, tag);
    id
}

/// Hangs a tag on a contact or a company, or takes it off. Whether that changed anything.
pub(super) fn hang(state: &mut State, table: &str, id: &str, tag: &str, is_on: bool, now: i64) -> bool {
    let moves = table == CONTACTS && state.switches.is("relations_move_contact", "yes");
    let mut is_new = false;
    state.change(table, id, |record| {
        is_new = match is_on {
            true => add_id(record, "tags", tag),
            false => remove_id(record, "tags", tag),
        };
        if is_new && moves {
            record.insert("updated_at".to_owned(), now.div_euclid(1_000).into());
        }
    });
    is_new
}

fn list(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let tags: Vec<Value> = call.state.table(TAGS).rows().map(shown).collect();
    Ok(Reply::of(json!({"type": "list", "data": tags})))
}

fn get(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let tag = call.state.get(TAGS, call.place(0));
    Ok(Reply::of(shown(tag.ok_or_else(Refusal::resource)?)))
}

fn invalid() -> Refusal {
    Refusal::invalid("invalid tag parameters")
}

/// Makes or renames a tag, and hangs it on companies or contacts or takes it off.
fn write(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let name = call.text("name").map(str::trim).filter(|name| !name.is_empty());
    let name = name.ok_or_else(invalid)?.to_owned();
    let companies = targets(call, "companies", COMPANIES)?;
    let users = targets(call, "users", CONTACTS)?;
    let id = match call.id("id") {
        None => named(call.state, &name),
        Some(id) => rename(call.state, &id, &name)?,
    };
    let mut hung = Map::new();
    for (member, table, targets) in [("companies", COMPANIES, companies), ("users", CONTACTS, users)] {
        let mut done = Vec::new();
        for (target, is_on) in targets {
            hang_and_tell(call, table, &target, &id, is_on);
            done.push(json!({"id": target, "tagged": is_on}));
        }
        if !done.is_empty() {
            hung.insert(member.to_owned(), done.into());
        }
    }
    let tag = call.state.get(TAGS, &id).ok_or_else(Refusal::resource)?;
    let mut answer = shown(tag);
    if call.version >= Version::V16
        && let Some(members) = answer.as_object_mut()
    {
        members.extend(hung);
    }
    Ok(Reply::of(answer))
}

fn hang_and_tell(call: &mut Call<'_>, table: &str, id: &str, tag: &str, is_on: bool) {
    let is_new = hang(call.state, table, id, tag, is_on, call.now);
    if is_new && table == CONTACTS {
        call.tell_tagged(id, tag, is_on);
    }
}

fn rename(state: &mut State, id: &str, name: &str) -> Result<String, Refusal> {
    let mut tag = state.get(TAGS, id).cloned().ok_or_else(Refusal::resource)?;
    let same = state.table(TAGS).by("name", &name.to_lowercase());
    if same.map(|tag| text(tag, "id")).any(|other| other != Some(id)) {
        return Err(invalid());
    }
    tag.insert("name".to_owned(), name.into());
    state.put(TAGS, tag);
    Ok(id.to_owned())
}

/// What a list of the body names, and whether the tag goes on it.
fn targets(call: &Call<'_>, member: &str, table: &str) -> Result<Vec<(String, bool)>, Refusal> {
    let Some(given) = call.value(member) else {
        return Ok(Vec::new());
    };
    let given = given.as_array().ok_or_else(invalid)?;
    given
        .iter()
        .map(|target| one(call.state, target, table))
        .collect()
}

fn one(state: &State, target: &Value, table: &str) -> Result<(String, bool), Refusal> {
    let member = |name: &str| target.get(name).and_then(id_of);
    let own = match table {
        COMPANIES => ("company_id", member("company_id")),
        _ => ("external_id", member("external_id").or_else(|| member("user_id"))),
    };
    let known = match (member("id"), own) {
        (Some(id), _) => state.get(table, &id),
        (None, (key, Some(own))) => state.table(table).by(key, &own).next(),
        (None, (_, None)) => return Err(invalid()),
    };
    let is_off = target.get("untag").and_then(Value::as_bool).unwrap_or(false);
    let known = known.and_then(|record| text(record, "id"));
    match (known, table) {
        (Some(id), _) => Ok((id.to_owned(), !is_off)),
        (None, COMPANIES) => Err(super::companies::unknown()),
        (None, _) => Err(super::contacts::unknown()),
    }
}

fn delete(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = call.place(0).to_owned();
    call.state.remove(TAGS, &id).ok_or_else(Refusal::resource)?;
    for table in [CONTACTS, COMPANIES] {
        let tagged = call.state.table(table).by("tag", &id);
        let tagged: Vec<String> = tagged
            .filter_map(|record| text(record, "id").map(str::to_owned))
            .collect();
        for target in tagged {
            call.state.change(table, &target, |record| {
                remove_id(record, "tags", &id);
            });
        }
    }
    Ok(Reply::empty(200))
}

fn of_contact(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let contact = super::contacts::found(call, call.place(0))?;
    let tags = ids(contact, "tags").filter_map(|id| call.state.get(TAGS, id));
    let tags: Vec<Value> = tags.map(shown).collect();
    Ok(Reply::of(json!({"type": "list", "data": tags})))
}

fn tag_contact(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    super::contacts::found(call, call.place(0))?;
    let tag = call.id("id").ok_or_else(invalid)?;
    hang_on_contact(call, &tag, true)
}

fn untag_contact(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    super::contacts::found(call, call.place(0))?;
    let tag = call.place(1).to_owned();
    hang_on_contact(call, &tag, false)
}

fn hang_on_contact(call: &mut Call<'_>, tag: &str, is_on: bool) -> Result<Reply, Refusal> {
    let contact = call.place(0).to_owned();
    let answer = shown(call.state.get(TAGS, tag).ok_or_else(Refusal::resource)?);
    hang_and_tell(call, CONTACTS, &contact, tag, is_on);
    Ok(Reply::of(answer))
}
