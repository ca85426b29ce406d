//! A ticket's body that is longer than DevRev takes goes on in internal comments.

use std::collections::BTreeMap;

use model::{Fault, FaultKind};
use serde_json::{Map, Value as Json, json};

use super::{
    client::{Call, Client},
    comment,
    object::Object,
};

/// The longest body, in characters.
pub(super) const LONGEST: usize = 65_536;
// Room for the line that says where the text goes on.
const ROOM: usize = 100;
const MARK: &str = "\n\n*Continued in internal comments: ";
const MARK_END: &str = "*";
/// What the references of those comments begin with.
const REFERENCE: &str = "interline:body-";

/// Cuts the body to what DevRev takes; what is left over comes back in pieces.
pub(super) fn cut(object: &Object, body: &mut Map<String, Json>) -> Vec<String> {
    let Some(Json::String(text)) = body.get("body").filter(|_| object.is_work()) else {
        return Vec::new();
    };
    // Fewer bytes than characters allowed: no need to count.
    if text.len() <= LONGEST || text.chars().count() <= LONGEST {
        return Vec::new();
    }
    let mut pieces = pieces(text).into_iter();
    let first = pieces.next().unwrap_or_default();
    let rest: Vec<String> = pieces.collect();
    let first = format!("{first}{MARK}{}{MARK_END}", rest.len());
    body.insert("body".to_owned(), Json::String(first));
    rest
}

/// Whether a comment of that reference is a part of a body.
pub(super) fn is_ours(name: &str) -> bool {
    name.starts_with(REFERENCE)
}

/// How many comments a body says it goes on in.
pub(super) fn continued(text: &str) -> usize {
    let number = text.rfind(MARK).and_then(|at| text.get(at + MARK.len()..));
    let number = number.and_then(|end| end.trim_end().strip_suffix(MARK_END));
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// Pieces of a text, cut at a paragraph, a line or a word where one ends near the limit.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((limit, _)) = rest.char_indices().nth(LONGEST - ROOM) {
        let (head, _) = rest.split_at(limit);
        let near = limit / 5 * 4;
        let mut ends = ["\n\n", "\n", " "].iter().filter_map(|end| head.rfind(end));
        let at = ends.find(|at| *at >= near).unwrap_or(limit);
        let (piece, after) = rest.split_at(at);
        pieces.push(piece.to_owned());
        rest = after.trim_start_matches('\n');
    }
    if !rest.is_empty() {
        pieces.push(rest.to_owned());
    }
    pieces
}

/// Makes the comments hold these pieces: those that are missing are made, those that are there are written again, and
/// those beyond the last are deleted.
pub(super) async fn keep(
    client: &Client,
    ticket: &str,
    pieces: &[String],
    before: usize,
) -> Result<(), Fault> {
    let mut known: Option<BTreeMap<String, String>> = None;
    for (at, piece) in pieces.iter().enumerate() {
        let name = reference(at);
        let body = json!({
            "type": "timeline_comment",
            "object": ticket,
            "visibility": "internal",
            "body": piece,
            "external_ref": name,
        });
        let call = Call::new("/timeline-entries.create", "continuing the body of").about(ticket);
        let Err(refusal) = client.write(call, &body).await else {
            continue;
        };
        if refusal.kind() != FaultKind::Exists {
            return Err(refusal.into());
        }
        let comments = match known.take() {
            Some(comments) => comments,
            None => comments(client, ticket).await?,
        };
        let Some(id) = comments.get(&name) else {
            return Err(refusal.into());
        };
        let call = Call::new("/timeline-entries.update", "continuing the body of").about(ticket);
        let body = json!({"type": "timeline_comment", "id": id, "body": piece});
        client.write(call, &body).await?;
        known = Some(comments);
    }
    if before > pieces.len() {
        drop_beyond(client, ticket, pieces.len(), before).await?;
    }
    Ok(())
}

/// Whether all comments are there that the body says it goes on in.
pub(super) async fn is_complete(client: &Client, ticket: &str, text: &str) -> Result<bool, Fault> {
    let wanted = continued(text);
    if wanted == 0 {
        return Ok(true);
    }
    let comments = comments(client, ticket).await?;
    Ok((0..wanted).all(|at| comments.contains_key(&reference(at))))
}

async fn drop_beyond(client: &Client, ticket: &str, from: usize, to: usize) -> Result<(), Fault> {
    let comments = comments(client, ticket).await?;
    for id in (from..to).filter_map(|at| comments.get(&reference(at))) {
        let call = Call::new("/timeline-entries.delete", "shortening the body of").about(ticket);
        match client.write(call, &json!({ "id": id })).await {
            Err(refusal) if refusal.kind() != FaultKind::Gone => return Err(refusal.into()),
            _ => {}
        }
    }
    Ok(())
}

/// The comments of ours under a ticket, by their references.
async fn comments(client: &Client, ticket: &str) -> Result<BTreeMap<String, String>, Fault> {
    comment::references(client, ticket, &["internal"]).await
}

/// Unique among one ticket's comments; the first piece is in the body itself.
fn reference(at: usize) -> String {
    format!("{REFERENCE}{}", at + 2)
}

#[cfg(test)]
mod tests;
