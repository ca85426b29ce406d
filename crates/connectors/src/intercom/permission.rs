//! What an import wants to be allowed, and what the token says to it.

use http::Method;
use model::{Fault, FaultKind, Permission};

use super::{
    client::{Aim, Client},
    list,
    object::{self, List, Object},
};
use crate::kit::Request;

/// What only recipes that ask for more than the usual need.
const BEYOND: &[&str] = &["Read tickets"];

/// Every permission, present or missing as far as a list of one can tell.
pub(super) async fn all(client: &Client) -> Result<Vec<Permission>, Fault> {
    let mut all = vec![Permission {
        name: "Read one admin".to_owned(),
        present: may(client, Request::new(Method::GET, "/me"), "Read one admin").await?,
        optional: false,
    }];
    for object in object::all().filter(|object| object.list != List::Carried) {
        if all.iter().any(|known| known.name == object.permission) {
            continue;
        }
        all.push(Permission {
            name: object.permission.to_owned(),
            present: may(client, probe(object), object.permission).await?,
            optional: BEYOND.contains(&object.permission),
        });
    }
    Ok(all)
}

/// The cheapest way to hear whether an object is given to us.
fn probe(object: &Object) -> Request {
    list::probe(object).unwrap_or_else(|| match object.list {
        // A scroll of its own would keep others out for a minute.
        List::Scroll => Request::new(Method::GET, "/segments"),
        _ => Request::new(Method::GET, object.path),
    })
}

async fn may(client: &Client, request: Request, permission: &str) -> Result<Option<bool>, Fault> {
    let doing = "checking the permissions";
    let aim = Aim { doing, permission };
    let response = client.send(request, doing).await?;
    if matches!(response.status, 200..=299) {
        return Ok(Some(true));
    }
    let fault = client.refused(&response, aim);
    match fault.kind() {
        FaultKind::Unavailable => Ok(Some(false)),
        FaultKind::Denied | FaultKind::Throttled { .. } | FaultKind::Unreachable => Err(fault),
        _ => Ok(None),
    }
}
