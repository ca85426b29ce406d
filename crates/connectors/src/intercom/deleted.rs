//! The list of conversations that were deleted.

use model::{Fault, FaultKind, RecordId, Timestamp, Value};
use serde_json::Value as Json;

use super::{
    client::{Aim, Client},
    fields, list,
    page::{self, After},
};

const PER_PAGE: u64 = 60;
/// How many pages are looked through; what is further back is found by asking for it.
const MOST_PAGES: u64 = 500;

/// The conversations that were deleted at this moment or later; nothing where Intercom does not say.
pub(super) async fn since(client: &Client, since: Timestamp) -> Result<Option<Vec<RecordId>>, Fault> {
    let doing = "reading which conversations were deleted";
    let aim = Aim {
        doing,
        permission: "Read conversations",
    };
    let (mut gone, mut number) = (Vec::new(), 1);
    while number <= MOST_PAGES {
        let request = list::numbered_page("/conversations/deleted", number, PER_PAGE);
        let response = client.send(request.query("order", "desc"), doing).await?;
        match response.status {
            200..=299 => {}
            // Older versions take the path for a conversation's.
            400 | 404 => return Ok(None),
            _ => {
                let fault = client.refused(&response, aim);
                return match fault.kind() {
                    FaultKind::Unavailable => Ok(None),
                    _ => Err(fault),
                };
            }
        }
        let listed = page::split(&response, doing)?;
        let mut is_past = false;
        for text in &listed.texts {
            let json: Json = serde_json::from_str(text).map_err(|error| page::nonsense(error, doing))?;
            let at = json.get("deleted_at").and_then(fields::moment);
            is_past |= matches!(at, Some(Value::Instant(at)) if at < since);
            if let (Some(id), false) = (fields::id(&json), is_past) {
                gone.push(RecordId::from(id));
            }
        }
        match listed.next {
            After::Page(next) if next > number && !is_past && !listed.texts.is_empty() => number = next,
            _ => break,
        }
    }
    Ok(Some(gone))
}
