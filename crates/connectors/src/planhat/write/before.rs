//! What an update must not take away from a record as it was.

use model::Raw;
use serde_json::{Map, Value as Json};

use super::{Way, Writer, lock, members::Members};

impl Writer {
    /// Where an update may replace all custom fields, it names them all.
    pub(super) fn keep_custom(&self, way: &Way, members: &mut Members, before: &Members) {
        if *lock(&self.learned.merges) != Some(false) {
            return;
        }
        let (Some(Json::Object(sent)), Some(Json::Object(had))) =
            (members.get_mut("custom"), before.get("custom"))
        else {
            return;
        };
        for (name, json) in had.iter().filter(|(name, _)| self.is_ours(way, name)) {
            sent.entry(name.clone()).or_insert_with(|| json.clone());
        }
    }

    /// Learns whether an update replaces all custom fields; if so, what this one took away.
    pub(super) fn lost_custom(
        &self,
        way: &Way,
        sent: &Members,
        before: &Members,
        raw: &Raw,
    ) -> Option<Members> {
        let sent = sent.get("custom")?.as_object()?;
        let had = before.get("custom")?.as_object()?;
        let after: Members = raw.parse("reading an answer").ok()?;
        let after = after.get("custom").and_then(Json::as_object);
        let unnamed = had
            .iter()
            .filter(|(name, json)| !sent.contains_key(*name) && !json.is_null() && self.is_ours(way, name));
        let (kept, lost): (Vec<_>, Vec<_>) =
            unnamed.partition(|(name, _)| after.is_some_and(|after| after.contains_key(*name)));
        if kept.is_empty() && lost.is_empty() {
            return None;
        }
        *lock(&self.learned.merges) = Some(lost.is_empty());
        if lost.is_empty() {
            return None;
        }
        let mut all = sent.clone();
        all.extend(lost.into_iter().map(|(name, json)| (name.clone(), json.clone())));
        Some(Map::from_iter([("custom".to_owned(), Json::Object(all))]))
    }

    /// Whether a custom field is one that clients write.
    fn is_ours(&self, way: &Way, name: &str) -> bool {
        let custom = self.source.custom();
        custom
            .of(way.object.name)
            .get(name)
            .is_none_or(|field| !field.is_formula())
    }
}

/// Users are named by id; who owned the conversation goes on to, if he stays.
pub(super) fn keep_owner(members: &mut Members, before: &Members) {
    if members.contains_key("ownerId") {
        return;
    }
    let had = before.get("users").and_then(Json::as_array);
    let owner = had
        .into_iter()
        .flatten()
        .find(|user| user.get("isOwner") == Some(&Json::Bool(true)));
    let Some(owner) = owner.and_then(|owner| owner.get("id")) else {
        return;
    };
    let Some(Json::Array(users)) = members.get_mut("users") else {
        return;
    };
    for user in users.iter_mut().filter_map(Json::as_object_mut) {
        let is_owner = user.get("id") == Some(owner);
        user.insert("isOwner".to_owned(), Json::Bool(is_owner));
    }
}
