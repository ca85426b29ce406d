//! Comments hold no key. After a lost answer the record that they are about is searched for one that says the same.

use http::Method;
use model::{ExternalKey, Fault, FaultKind, Raw, RecordId, Written};
use serde_json::Value as Json;

use super::{
    super::{client::Aim, list, page},
    Way, Writer, lock,
    members::Members,
    one::written,
};

/// More pages than that are not searched for one comment.
const MOST_PAGES: u64 = 50;

impl Writer {
    pub(super) async fn make_comment(
        &self,
        way: &Way,
        members: &Members,
        key: &ExternalKey,
        doing: &str,
    ) -> Result<Written, Fault> {
        let is_open = lock(&self.learned.doubts).contains(key);
        let made = match is_open {
            true => self.twin_of(way, members, doing).await?,
            false => None,
        };
        let raw = match made {
            Some(raw) => raw,
            None => {
                match self.send(way, Method::POST, "", members, doing).await {
                    Err(fault) if fault.kind() == FaultKind::Gone => {
                        return Err(Fault::new(FaultKind::Rejected, doing)
                        .said(fault.words().unwrap_or_default())
                        .hint("nothing documents that a workspace takes comments; take them out of the recipe"));
                    }
                    other => other?,
                }
            }
        };
        lock(&self.learned.doubts).remove(key);
        lock(&self.learned.comments).insert(raw.id.clone());
        Ok(written(raw))
    }

    /// The newest comment on the same record that says the same and is no other of ours.
    async fn twin_of(&self, way: &Way, members: &Members, doing: &str) -> Result<Option<Raw>, Fault> {
        let aim = Aim {
            doing,
            permission: way.object.permission,
        };
        let about = members
            .get("commentableId")
            .and_then(Json::as_str)
            .unwrap_or_default();
        let mut best: Option<Raw> = None;
        for number in 0..MOST_PAGES {
            // Whether the list can be narrowed is not documented, so each comment is asked what it is about.
            let request = list::list(way.object.path, way.object.most, number * way.object.most)
                .query("sort", "-_id")
                .query("commentableId", about);
            let response = self.source.client.ask(request, aim).await?;
            let page = page::split(&response.body, doing)?;
            for (id, text) in page.ids.iter().zip(&page.texts) {
                let id = RecordId::from(id.as_ref());
                let is_newer = best.as_ref().is_none_or(|best| best.id.as_str() < id.as_str());
                if is_newer && is_like(members, text) && !lock(&self.learned.comments).contains(&id) {
                    best = Some(Raw::new(id, (*text).to_owned()));
                }
            }
            if (page.texts.len() as u64) < way.object.most {
                return Ok(best);
            }
        }
        match best {
            Some(best) => Ok(Some(best)),
            None => Err(Fault::new(FaultKind::Rejected, doing)
                .said("an answer was lost, and there are too many comments to find out whether it was made")),
        }
    }
}

/// Whether a comment has all that is said of it.
fn is_like(members: &Members, text: &str) -> bool {
    let Ok(comment) = serde_json::from_str::<Members>(text) else {
        return false;
    };
    // How a comment names what kind of record it is about, nobody documents.
    members
        .iter()
        .filter(|(name, _)| *name != "commentableModel")
        .all(|(name, json)| comment.get(name) == Some(json))
}
