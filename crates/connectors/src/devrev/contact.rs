//! Contacts: people of a customer. The API calls them rev users.

use std::borrow::Cow;

use model::{Fault, FaultKind, FieldChange, Raw, RecordId, Value};
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use super::{
    client::{Call, Client, accept},
    group::ids,
    object::{CREATED, Calls, DISPLAY_ID, Holds, Key, Object, Since, Stock, Write},
};

pub(super) static OBJECT: Object = Object {
    name: Cow::Borrowed("contact"),
    title: Cow::Borrowed("Contact"),
    calls: Calls {
        list: ("/rev-users.list", "reading a page of contacts"),
        get: ("/rev-users.get", "reading the contact"),
        create: Some(("/rev-users.create", "creating a contact")),
        update: Some(("/rev-users.update", "updating the contact")),
        delete: Some(("/rev-users.delete", "deleting the contact")),
    },
    one: "rev_user",
    many: "rev_users",
    leaf: Some(Cow::Borrowed("rev_user")),
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
        // Where one person may belong to several: the first gives the workspace.
        Stock::new("accounts", "Accounts", Holds::Refs("account"), Write::Apart),
        Stock::new("artifacts", "Files", Holds::Files, Write::Set),
        Stock::new("tags", "Tags", Holds::Tags, Write::Plain),
        Stock::new("state", "State", Holds::Text(None), Write::Never),
        DISPLAY_ID,
        CREATED,
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

/// The members that every contact of ours is created with: the first of its accounts.
pub(super) fn complete(members: &mut Map<String, Json>, fields: &[FieldChange]) {
    let accounts = fields.iter().find(|field| field.name.as_str() == "accounts");
    let first = accounts.and_then(|field| ids(&field.after).into_iter().next());
    if let Some(first) = first {
        members.entry("account").or_insert_with(|| json!(first));
    }
}

/// Makes a contact belong to all the accounts of this change, and to none that the change leaves.
pub(super) async fn join_all(client: &Client, id: &RecordId, accounts: &FieldChange) -> Result<Raw, Fault> {
    let homes = homes(client, id).await?;
    let after = ids(&accounts.after);
    let before = accounts.before.as_ref().map(ids).unwrap_or_default();
    let is_home = |account: &&RecordId| homes.iter().any(|home| &&home.id == account);
    let gone = before.into_iter().filter(|account| !after.contains(account));
    remove(client, id, &gone.filter(is_home).collect::<Vec<_>>()).await?;
    let new = after.into_iter().filter(|account| !is_home(account));
    add(client, id, &new.collect::<Vec<_>>()).await?;
    get(client, id).await
}

/// Makes a contact belong to another account, which is no member of its update; gives the contact as it then is.
pub(super) async fn join(client: &Client, id: &RecordId, account: &FieldChange) -> Result<Raw, Fault> {
    let homes = homes(client, id).await?;
    let after = referenced(&account.after);
    let before = account.before.as_ref().and_then(referenced);
    let before = match before {
        Some(before) => Some(as_it_is_now(client, &homes, before).await?),
        None => None,
    };
    let gone = left_behind(&homes, before.as_ref(), after);
    // Leaving comes first: not every organisation lets a contact belong to two.
    remove(client, id, &gone).await?;
    // Also one that it is in already: a contact that left the account of its workspace, now or by a try that got no further, may
    // be in no workspace until it is put into one.
    add(client, id, after.as_slice()).await?;
    get(client, id).await
}

/// An account that a contact is known to come from, or what that became a part of, if this is its one account.
async fn as_it_is_now(client: &Client, homes: &[Home], account: &RecordId) -> Result<RecordId, Fault> {
    let mut accounts = homes.iter().filter(|home| home.kind == "account");
    let (Some(only), None) = (accounts.next(), accounts.next()) else {
        return Ok(account.clone());
    };
    if &only.id == account {
        return Ok(account.clone());
    }
    let call = Call::new("/accounts.get", "reading the account that the contact comes from");
    let found = client
        .read(call.about(account.as_str()), &json!({ "id": account }))
        .await;
    match found {
        Err(refusal) if refusal.moved().is_some() => Ok(refusal.moved().unwrap_or(account).clone()),
        Err(refusal) if !refusal.names_nothing() => Err(refusal.into()),
        _ => Ok(account.clone()),
    }
}

async fn homes(client: &Client, id: &RecordId) -> Result<Vec<Home>, Fault> {
    let call = Call::new(
        "/rev-users.associations.list",
        "reading the accounts of the contact",
    )
    .about(id.as_str());
    let listed: Associations = client.read(call, &json!({ "rev_user_id": id })).await?.parse()?;
    Ok(listed
        .associations
        .into_iter()
        .map(|one| one.associated_to)
        .collect())
}

async fn remove(client: &Client, id: &RecordId, accounts: &[&RecordId]) -> Result<(), Fault> {
    if accounts.is_empty() {
        return Ok(());
    }
    let call = Call::new("/rev-users.associations.remove", "moving the contact").about(id.as_str());
    let body = |accounts: &[&RecordId]| json!({"rev_user_id": id, "associations": accounts});
    match client.write(call, &body(accounts)).await {
        // An account that is gone is left already; the others are not.
        Err(refusal) if refusal.names_nothing() => {}
        removed => return accept(removed.map(drop), FaultKind::Gone),
    }
    for account in accounts.iter().filter(|_| accounts.len() > 1) {
        match client.write(call, &body(std::slice::from_ref(account))).await {
            Err(refusal) if refusal.names_nothing() => {}
            removed => accept(removed.map(drop), FaultKind::Gone)?,
        }
    }
    Ok(())
}

/// One at a time: one that is there already must not keep the others out.
async fn add(client: &Client, id: &RecordId, accounts: &[&RecordId]) -> Result<(), Fault> {
    for account in accounts {
        let call = Call::new("/rev-users.associations.add", "moving the contact").about(id.as_str());
        let body = json!({"rev_user_id": id, "associations": [{"associated_to": account}]});
        let added = client.write(call, &body).await.map(drop);
        accept(added, FaultKind::Exists).map_err(|fault| match fault.kind() {
            FaultKind::Rejected => fault.hint(
                "not every organisation lets a contact belong to several accounts; write `account` in the recipe, not `accounts`",
            ),
            _ => fault,
        })?;
    }
    Ok(())
}

async fn get(client: &Client, id: &RecordId) -> Result<Raw, Fault> {
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
