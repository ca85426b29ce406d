//! Contacts: people of a customer. The API calls them rev users.

use model::{Fault, FaultKind, FieldChange, Raw, RecordId, Value};
use serde::Deserialize;
use serde_json::json;

use super::{
    client::{Call, Client, Refusal},
    object::{Calls, Holds, Key, Object, Since, Stock, Write},
};

pub(super) static OBJECT: Object = Object {
    name: "contact",
    title: "Contact",
    calls: Calls {
        list: ("/rev-users.list", "reading a page of contacts"),
        get: ("/rev-users.get", "reading the contact"),
        create: Some(("/rev-users.create", "creating a contact")),
        update: Some(("/rev-users.update", "updating the contact")),
        delete: Some(("/rev-users.delete", "deleting the contact")),
    },
    one: "rev_user",
    many: "rev_users",
    leaf: Some("rev_user"),
    kind: None,
    since: Since::Moment,
    sorts: true,
    key: Key::Ref,
    stock: &[
        Stock::new("display_name", "Name", Holds::Text(None), Write::Plain),
        Stock::new("email", "Email", Holds::Text(None), Write::Plain),
        Stock::new("phone_numbers", "Phone numbers", Holds::Texts, Write::Plain),
        Stock::new("description", "Description", Holds::Text(None), Write::Plain),
        Stock::new("account", "Account", Holds::Ref("account"), Write::Association),
        Stock::new("tags", "Tags", Holds::Tags, Write::Plain),
        Stock::new("state", "State", Holds::Text(None), Write::Never),
        Stock::new("display_id", "Display id", Holds::Text(None), Write::Never),
        Stock::new("created_date", "Created", Holds::Instant, Write::Never),
    ],
};

#[derive(Deserialize)]
struct Home {
    id: RecordId,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct Association {
    associated_to: Home,
}

#[derive(Deserialize)]
struct Associations {
    #[serde(default)] // absent when there are none
    associations: Vec<Association>,
}

/// Makes a contact belong to another account, which is no member of its update; gives the contact as it then is.
pub(super) async fn join(client: &Client, id: &RecordId, account: &FieldChange) -> Result<Raw, Fault> {
    let call = Call::new(
        "/rev-users.associations.list",
        "reading the accounts of the contact",
    )
    .about(id.as_str());
    let listed: Associations = client.read(call, &json!({ "rev_user_id": id })).await?.parse()?;
    let homes: Vec<Home> = listed
        .associations
        .into_iter()
        .map(|one| one.associated_to)
        .collect();
    let after = referenced(&account.after);
    let before = account.before.as_ref().and_then(referenced);
    let gone = left_behind(&homes, before, after);
    // Leaving comes first: not every organisation lets a contact belong to two.
    if !gone.is_empty() {
        let call = Call::new("/rev-users.associations.remove", "moving the contact").about(id.as_str());
        let body = json!({"rev_user_id": id, "associations": gone});
        accept(client.write(call, &body).await.map(drop), FaultKind::Gone)?;
    }
    if let Some(after) = after.filter(|after| !homes.iter().any(|home| &home.id == *after)) {
        let call = Call::new("/rev-users.associations.add", "moving the contact").about(id.as_str());
        let body = json!({"rev_user_id": id, "associations": [{"associated_to": after}]});
        accept(client.write(call, &body).await.map(drop), FaultKind::Exists)?;
    }
    let call = Call::new(OBJECT.calls.get.0, OBJECT.calls.get.1).about(id.as_str());
    client.read(call, &json!({ "id": id })).await?.record(OBJECT.one)
}

fn referenced(value: &Value) -> Option<&RecordId> {
    match value {
        Value::Ref(reference) => Some(&reference.id),
        _ => None,
    }
}

/// What the contact leaves: the account it is known to come from. Where that is not known, because a contact shows its
/// workspace only, its one other account with its workspaces; among several, none, for somebody put it there.
fn left_behind<'h>(
    homes: &'h [Home],
    before: Option<&RecordId>,
    after: Option<&RecordId>,
) -> Vec<&'h RecordId> {
    let stays = |home: &&Home| Some(&home.id) == after;
    if let Some(before) = before {
        let gone = homes.iter().filter(|home| &home.id == before && !stays(home));
        return gone.map(|home| &home.id).collect();
    }
    let n_accounts = homes.iter().filter(|home| home.kind == "account").count();
    if n_accounts != 1 || homes.iter().any(|home| stays(&home)) {
        return Vec::new();
    }
    homes.iter().map(|home| &home.id).collect()
}

fn accept(done: Result<(), Refusal>, kind: FaultKind) -> Result<(), Fault> {
    match done {
        Err(refusal) if refusal.kind() != kind => Err(refusal.into()),
        _ => Ok(()),
    }
}
