//! Groups of the company's own people. A group's name is unique, and all there is to know it by.

use std::borrow::Cow;

use model::{Fault, FaultKind, FieldChange, RecordId, Value};
use serde_json::{Map, Value as Json, json};

use super::{
    client::{Call, Client, accept},
    object::{CREATED, Calls, DISPLAY_ID, Holds, Key, Object, Since, Stock, Write},
};

pub(super) static OBJECT: Object = Object {
    name: Cow::Borrowed("group"),
    title: Cow::Borrowed("Group"),
    calls: Calls {
        list: ("/groups.list", "reading a page of groups"),
        get: ("/groups.get", "reading the group"),
        create: Some(("/groups.create", "creating a group")),
        update: Some(("/groups.update", "updating the group")),
        delete: None,
    },
    one: "group",
    many: "groups",
    leaf: None,
    kind: None,
    since: Since::Never,
    sorts: true,
    key: Key::Nowhere,
    stock: &[
        Stock::new("name", "Name", Holds::Text(None), Write::Plain).required(),
        Stock::new("description", "Description", Holds::Text(None), Write::Plain),
        Stock::new("owner", "Owner", Holds::Ref("dev_user"), Write::Nullable),
        Stock::new("member_type", "Members are", Holds::Text(None), Write::Never),
        DISPLAY_ID,
        CREATED,
    ],
};

/// The members that every group of ours is created with; the description is required.
pub(super) fn complete(members: &mut Map<String, Json>) {
    let name = members.get("name").cloned().unwrap_or_else(|| Json::from(""));
    members.entry("description").or_insert(name);
    members.insert("type".to_owned(), Json::from("static"));
    members.insert("member_type".to_owned(), Json::from("dev_user"));
}

/// Puts a dev user into the groups of this change, and takes the user out of those that the change leaves.
pub(super) async fn join(client: &Client, user: &RecordId, groups: &FieldChange) -> Result<(), Fault> {
    let after = ids(&groups.after);
    let before = groups.before.as_ref().map(ids).unwrap_or_default();
    for group in after.iter().filter(|group| !before.contains(group)) {
        let call = Call::new("/groups.members.add", "adding to a group").about(user.as_str());
        let added = client.write(call, &json!({"group": group, "member": user})).await;
        accept(added.map(drop), FaultKind::Exists)?;
    }
    for group in before.iter().filter(|group| !after.contains(group)) {
        let call = Call::new("/groups.members.remove", "taking out of a group").about(user.as_str());
        let removed = client.write(call, &json!({"group": group, "member": user})).await;
        accept(removed.map(drop), FaultKind::Gone)?;
    }
    Ok(())
}

/// The records that a value refers to.
pub(super) fn ids(value: &Value) -> Vec<&RecordId> {
    value.references().into_iter().map(|one| &one.id).collect()
}
