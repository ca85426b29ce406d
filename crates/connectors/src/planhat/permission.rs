//! What an import wants to be allowed, and what the token says to it.

use model::{Fault, Permission};

use super::{
    client::{Aim, Client},
    list,
    object::{self, Object, Reading},
    usage,
};

/// What every import wants: AirSync's own list.
const USUAL: &[(&str, &str, &[&str])] = &[
    ("Company", "/companies", &[]),
    ("End Users", "/endusers", &[]),
    ("Conversations", "/conversations", &["Create", "Update"]),
    ("Tasks", "/tasks", &[]),
    ("Licenses", "/licenses", &["Create", "Update"]),
    ("Users", "/users", &[]),
    ("Custom Fields", "/customfields", &["Create", "Update"]),
    ("Comments", "/comments", &["Create", "Update"]),
];

/// Every permission, present or missing as far as a list of one can tell.
pub(super) async fn all(client: &Client) -> Result<Vec<Permission>, Fault> {
    let mut all = vec![untold("Portfolio (Full access)".to_owned())];
    for (model, path, writes) in USUAL {
        all.push(Permission {
            name: format!("{model} (View)"),
            present: may_view(client, path, is_documented(path)).await?,
            optional: false,
        });
        // Only a write could tell.
        all.extend(writes.iter().map(|write| untold(format!("{model} ({write})"))));
    }
    for object in object::all().filter(|object| is_beyond(object)) {
        all.push(Permission {
            name: object.permission.to_owned(),
            present: may_view(client, object.path, object.documented).await?,
            optional: true,
        });
    }
    Ok(all)
}

fn untold(name: String) -> Permission {
    Permission {
        name,
        present: None,
        optional: false,
    }
}

fn is_documented(path: &str) -> bool {
    object::all()
        .filter(|object| object.path == path)
        .all(|object| object.documented)
}

/// Whether only some recipes want it. Teams and roles come with the users.
fn is_beyond(object: &Object) -> bool {
    let is_usual = USUAL.iter().any(|(_, path, _)| *path == object.path);
    !is_usual && !matches!(object.reading, Reading::InUsers(_))
}

async fn may_view(client: &Client, path: &str, documented: bool) -> Result<Option<bool>, Fault> {
    let doing = "checking the permissions";
    let request = match path == usage::USAGE.path {
        true => usage::probe(client.now()),
        false => list::list(path, 1, 0),
    };
    let response = client.send(request, doing).await?;
    match response.status {
        200..=299 => Ok(Some(true)),
        // A model that the token may not view answers either.
        403 => Ok(Some(false)),
        404 if documented => Ok(Some(false)),
        // The workspace may have no such thing.
        404 => Ok(None),
        _ => {
            let permission = "";
            Err(client.refused(&response, Aim { doing, permission }))
        }
    }
}
