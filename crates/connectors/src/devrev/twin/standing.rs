//! What becomes of people besides their fields: whether a dev user may act, who he or she is elsewhere, a contact's
//! workspace by the older methods, and a contact's data on request.

use serde_json::{Map, Value};

use super::{
    call::{self, Call, Method, write},
    contacts::{self, PROFILE},
    groups,
    kind::{Key, Kind},
    refusal::{Refusal, Reply},
    shape::{Field, Known, Shape, TEXT, field},
    show,
    state::{Family, ME, State},
};

const DEV_USER: &[Kind] = &[Kind::DevUser];
const REV_USER: &[Kind] = &[Kind::RevUser];
const REV_ORG: &[Kind] = &[Kind::RevOrg];
const GROUPS: Shape = Shape::List(&Shape::Id(&[Kind::Group], Known::Reference), 0, usize::MAX);
const WHO: Field = field("dev_user", Shape::Id(DEV_USER, Known::Target)).must();
const EMAIL: Field = field("email", TEXT).must();

/// A contact and a workspace, each by its name of today or by its older one.
static WORKSPACE: &[Field] = &[
    field("id", Shape::Id(REV_USER, Known::Target)),
    field("rev_org", Shape::Id(REV_ORG, Known::Reference)),
    field("rev_org_don", Shape::Id(REV_ORG, Known::Reference)),
    field("user_don", Shape::Id(REV_USER, Known::Target)),
];

pub(super) static METHODS: &[Method] = &[
    write(
        "dev-users.activate",
        &[call::target(DEV_USER), field("groups", GROUPS)],
        activate,
    ),
    write("dev-users.deactivate", &[call::target(DEV_USER)], deactivate),
    write(
        "dev-users.identities.link",
        &[
            WHO,
            field("display_name", TEXT),
            field("id", TEXT).must(),
            field("issuer", TEXT).must(),
        ],
        link_identity,
    ),
    write(
        "dev-users.identities.unlink",
        &[WHO, field("issuer", TEXT).must()],
        unlink_identity,
    ),
    write("dev-users.self.update", PROFILE, |mut call| {
        call.body.insert("id".to_owned(), ME.value());
        call::update(call)
    }),
    write("rev-users.link", WORKSPACE, |call| {
        let (user, org) = workspace(&call)?;
        let mut row = call.state.found(user)?.clone();
        contacts::join(call.state, &mut row, [org]);
        row.modified = call.now;
        call.put(row)
    }),
    write("rev-users.unlink", WORKSPACE, |call| {
        let (user, org) = workspace(&call)?;
        let mut row = call.state.found(user)?.clone();
        if !row.list("associations").contains(&org.value()) {
            return Err(Refusal::not_found());
        }
        contacts::leave(call.state, &mut row, &[org.value()]);
        row.modified = call.now;
        call.put(row)
    }),
    write("rev-users.personal-data", &[EMAIL], |call| {
        of_email(&call)?;
        Ok(Reply::read(b"{}".to_vec()))
    }),
    write("rev-users.delete-personal-data", &[EMAIL], |call| {
        for key in of_email(&call)? {
            call.state.remove(key);
        }
        Ok(Reply::wrote(200, b"{}".to_vec()))
    }),
];

fn activate(call: Call<'_>) -> Result<Reply, Refusal> {
    let mut row = call.target()?.clone();
    let groups = call.body.get("groups").and_then(Value::as_array).cloned();
    let groups: Vec<Key> = groups.iter().flatten().filter_map(Key::of_value).collect();
    for group in &groups {
        groups::check(call.state, *group, row.key)?;
    }
    let key = row.key;
    let is_new = row.text("state") != Some("active");
    if is_new {
        row.set("state", "active");
        row.modified = call.now;
        call.state.replace(row);
    }
    for group in groups {
        groups::enter(call.state, group, key, call.now);
    }
    let body = format!("{{\"invite_sent\":{is_new}}}");
    Ok(Reply::wrote(200, body.into_bytes()))
}

fn deactivate(call: Call<'_>) -> Result<Reply, Refusal> {
    let mut row = call.target()?.clone();
    if row.key == ME {
        return Err(Refusal::forbidden().detail("the token's own user stays"));
    }
    row.set("state", "deactivated");
    row.modified = call.now;
    call.state.replace(row);
    Ok(Reply::wrote(200, b"{}".to_vec()))
}

fn link_identity(call: Call<'_>) -> Result<Reply, Refusal> {
    let user = call.key("dev_user").ok_or_else(Refusal::not_found)?;
    let issuer = call.body.get("issuer").cloned().unwrap_or_default();
    let id = call.body.get("id").cloned().unwrap_or_default();
    if has_another(call.state, user, &issuer, &id) {
        return Err(Refusal::conflict("the identity"));
    }
    let mut identity = Map::new();
    identity.insert("id".to_owned(), id);
    identity.insert("issuer".to_owned(), issuer.clone());
    if let Some(name) = call.body.get("display_name") {
        identity.insert("display_name".to_owned(), name.clone());
    }
    identities(call, user, |kept| {
        kept.retain(|one| one.get("issuer") != Some(&issuer));
        kept.push(Value::Object(identity));
        Ok(())
    })
}

fn unlink_identity(call: Call<'_>) -> Result<Reply, Refusal> {
    let user = call.key("dev_user").ok_or_else(Refusal::not_found)?;
    let issuer = call.body.get("issuer").cloned().unwrap_or_default();
    identities(call, user, |kept| {
        let before = kept.len();
        kept.retain(|one| one.get("issuer") != Some(&issuer));
        match kept.len() < before {
            true => Ok(()),
            false => Err(Refusal::not_found()),
        }
    })
}

/// Changes who a dev user is elsewhere; of one issuer he or she is one person.
fn identities(
    call: Call<'_>,
    user: Key,
    change: impl FnOnce(&mut Vec<Value>) -> Result<(), Refusal>,
) -> Result<Reply, Refusal> {
    let mut row = call.state.found(user)?.clone();
    let mut kept = row.list("external_identities").to_vec();
    change(&mut kept)?;
    match kept.is_empty() {
        true => row.unset("external_identities"),
        false => row.set("external_identities", kept),
    }
    row.modified = call.now;
    call.state.replace(row);
    Ok(Reply::wrote(200, show::one(call.state, call.state.found(user)?)))
}

/// Whether somebody else has an identity already.
fn has_another(state: &State, user: Key, issuer: &Value, id: &Value) -> bool {
    let mut others = state.shelf(Family::DevUsers).rows().map(|(_, row)| row);
    others.any(|row| {
        let is_it = |one: &Value| one.get("issuer") == Some(issuer) && one.get("id") == Some(id);
        row.key != user && row.list("external_identities").iter().any(is_it)
    })
}

fn workspace(call: &Call<'_>) -> Result<(Key, Key), Refusal> {
    let either = |name: &'static str, older: &'static str| {
        let key = call.key(name).or_else(|| call.key(older));
        key.ok_or_else(|| Refusal::missing(name))
    };
    Ok((either("id", "user_don")?, either("rev_org", "rev_org_don")?))
}

/// The contacts with the e-mail that a call names.
fn of_email(call: &Call<'_>) -> Result<Vec<Key>, Refusal> {
    let email = call.text("email");
    let rows = call.state.shelf(Family::RevUsers).rows().map(|(_, row)| row);
    let found: Vec<Key> = rows
        .filter(|row| row.text("email") == email)
        .map(|row| row.key)
        .collect();
    match found.is_empty() {
        true => Err(Refusal::not_found()),
        false => Ok(found),
    }
}
