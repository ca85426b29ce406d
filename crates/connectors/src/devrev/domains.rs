//! Domains of accounts: in DevRev each belongs to one account, and elsewhere two customers may share one.

use std::collections::BTreeSet;

use model::{Fault, FaultKind, RecordId};
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use super::{
    account::OBJECT,
    client::{Call, Client},
};

#[derive(Deserialize)]
struct Holder {
    id: RecordId,
    #[serde(default)] // absent when there are none
    domains: Vec<String>,
}

/// Takes out of an account's members what domains another account has. Whether there were any, so that it is worth another
/// try: an account without one of its domains is better than none, and what was left out shows in the answer.
pub(super) async fn leave_taken(
    client: &Client,
    members: &mut Map<String, Json>,
    own: Option<&RecordId>,
) -> Result<bool, Fault> {
    let Some(Json::Array(wanted)) = members.get_mut("domains") else {
        return Ok(false);
    };
    let call = Call::new(OBJECT.calls.list.0, "looking for who has a domain");
    let answer = match client.read(call, &json!({ "domains": wanted })).await {
        // Whoever may not look finds nobody, and the first refusal stands.
        Err(refusal) if refusal.kind() == FaultKind::Rejected => return Ok(false),
        answer => answer?,
    };
    let mut taken = BTreeSet::new();
    for raw in answer.page(OBJECT.many)?.0 {
        let Ok(holder) = serde_json::from_str::<Holder>(&raw.json) else {
            continue;
        };
        if Some(&holder.id) != own {
            taken.extend(holder.domains.iter().map(|domain| domain.to_lowercase()));
        }
    }
    let before = wanted.len();
    let is_free = |domain: &Json| {
        domain
            .as_str()
            .is_none_or(|domain| !taken.contains(&domain.to_lowercase()))
    };
    wanted.retain(is_free);
    Ok(wanted.len() < before)
}
