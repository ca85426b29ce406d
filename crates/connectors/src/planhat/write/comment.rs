//! Comments hold no key. After a lost answer the record that they are about is searched for one that says the same; what is
//! made for a record of another platform says so in its first line, which tells it from all others.

use http::Method;
use model::{ExternalKey, Fault, FaultKind, ObjectName, Raw, RecordId, Source, Written};
use serde_json::Value as Json;

use super::{
    super::{client::Aim, comment::COMMENT, list, page},
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
    let same = |(name, json): (&String, &Json)| match (comment.get(name), name.as_str()) {
        // Nobody documents how a comment names what kind of record it is about, nor whose it is that a token writes.
        (_, "commentableModel" | "by") => true,
        // Nor whether its markup is kept as it was sent.
        (Some(Json::String(other)), "text") => json.as_str().is_some_and(|text| words(text) == words(other)),
        (other, _) => other == Some(json),
    };
    members.iter().all(same)
}

/// The letters and digits of a text, without its tags and entities.
fn words(html: &str) -> String {
    let (mut words, mut until) = (String::new(), None);
    for (at, letter) in html.char_indices() {
        let rest = html.get(at..).unwrap_or_default();
        match (until, letter) {
            (Some(end), _) if end == letter => until = None,
            (Some(_), _) => {}
            (None, '<') => until = Some('>'),
            (None, '&') if is_entity(rest) => until = Some(';'),
            (None, letter) if letter.is_alphanumeric() => words.push(letter),
            (None, _) => {}
        }
    }
    words
}

/// Whether a text begins with something like `&amp;`.
fn is_entity(text: &str) -> bool {
    let name = text.split_once(';').and_then(|(name, _)| name.strip_prefix('&'));
    name.is_some_and(|name| {
        name.len() < 32 && name.chars().all(|one| one.is_ascii_alphanumeric() || one == '#')
    })
}

impl Writer {
    /// What a refused change of a comment that is still there means: nobody documents that comments can be changed.
    pub(super) async fn unchanged_comment(&self, way: &Way, id: &RecordId, refused: Fault) -> Fault {
        if way.object.name != COMMENT.name || refused.kind() != FaultKind::Gone {
            return refused;
        }
        match self.source.find(&ObjectName::new(way.object.name), id).await {
            Ok(Some(_)) => Fault::new(FaultKind::Rejected, refused.doing())
                .said(refused.words().unwrap_or_default())
                .hint("nothing documents that a workspace lets comments be changed; set comments_back=false"),
            _ => refused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn the_words_of_a_text_stay_whatever_becomes_of_its_markup() {
        for (one, other) in [
            (
                "<p><em>DevRev · A</em></p><p>b &amp; c</p>",
                "<div><i>DevRev · A</i><br/>b & c</div>",
            ),
            ("<p>a&nbsp;b</p>", "<p>a b</p>"),
            ("<p>1 &lt; 2</p>", "1 &#60; 2"),
        ] {
            assert_eq!(words(one), words(other));
        }
        assert_ne!(words("<p>a1</p>"), words("<p>a2</p>"));
    }
}
