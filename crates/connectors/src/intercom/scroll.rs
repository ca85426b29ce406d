//! The one list of companies that has all of them: a scroll, of which a workspace may have one at a time.
//!
//! Each call moves it on, so an answer that is lost is a page that is lost: then, and when it has ended unasked, everything
//! is read from the beginning. It ends when nobody has used it for a minute.

use http::Method;
use model::{Cursor, Fault, FaultKind, Next, Page};
use serde::{Deserialize, Serialize};

use super::{
    client::{Aim, Client},
    file::Home,
    list::raws,
    page,
};
use crate::kit::{Request, Response};

/// How long after its last use it is surely still there.
const ALIVE: i64 = 55;

/// Where a scroll stands.
#[derive(Serialize, Deserialize)]
struct Place {
    scroll: String,
    /// When it was last used, in seconds since 1970.
    at: i64,
}

pub(super) async fn read(
    client: &Client,
    home: &Home,
    cursor: Option<&Cursor>,
    aim: Aim<'_>,
) -> Result<Page, Fault> {
    let place = cursor.map(place_of).transpose()?;
    let request = Request::new(Method::GET, "/companies/scroll");
    let request = match &place {
        Some(place) => request.query("scroll_param", &place.scroll),
        None => request,
    };
    let now = client.now().as_second();
    let sent = client.send(request, aim.doing).await;
    let response = match (sent, &place) {
        (Ok(response), Some(place)) => match after_the_first(client, response, place.at, now, aim)? {
            Some(response) => response,
            None => return Ok(end()),
        },
        (Ok(response), None) => match response.status {
            200..=299 => response,
            _ => return Err(client.refused(&response, aim)),
        },
        // Nobody knows whether it has moved on.
        (Err(fault), Some(_)) if fault.kind() == FaultKind::Unreachable => return Err(forgotten(aim, fault)),
        (Err(fault), _) => return Err(fault),
    };
    let listed = page::split(&response, aim.doing)?;
    let raws = raws(home, &listed, aim)?;
    let scroll = listed.scroll.or(place.map(|place| place.scroll));
    let next = match scroll.filter(|_| !raws.is_empty()) {
        Some(scroll) => {
            let at = client.now().as_second();
            // A text and a number always fit.
            let text = serde_json::to_string(&Place { scroll, at }).unwrap_or_default();
            Next::More(Cursor::from(text))
        }
        None => Next::CaughtUp,
    };
    Ok(Page { raws, next })
}

/// The answer to a scroll under way; nothing if that was its end.
fn after_the_first(
    client: &Client,
    response: Response,
    used: i64,
    now: i64,
    aim: Aim<'_>,
) -> Result<Option<Response>, Fault> {
    match response.status {
        200..=299 => Ok(Some(response)),
        // One that was used a moment ago cannot have run out: it has come to its end.
        404 if now.saturating_sub(used) < ALIVE => Ok(None),
        400 | 404 | 500.. => Err(forgotten(aim, client.refused(&response, aim))),
        _ => Err(client.refused(&response, aim)),
    }
}

/// Intercom has forgotten it: reading begins anew.
fn forgotten(aim: Aim<'_>, fault: Fault) -> Fault {
    let words = fault.words().unwrap_or_default().to_owned();
    Fault::new(FaultKind::Rejected, aim.doing)
        .said(words)
        .hint("the scroll of companies ended before all of them were read; sync again to read them from the beginning")
        .because(fault)
}

fn place_of(cursor: &Cursor) -> Result<Place, Fault> {
    serde_json::from_str(cursor.as_str())
        .map_err(|error| Fault::new(FaultKind::Rejected, "reading an Intercom cursor").because(error))
}

fn end() -> Page {
    Page {
        raws: Vec::new(),
        next: Next::CaughtUp,
    }
}
