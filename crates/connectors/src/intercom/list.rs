//! One page of an object's list, in each of Intercom's ways.

use http::Method;
use model::{Ask, Cursor, Fault, FaultKind, Mode, Next, Page, Raw};
use serde_json::{Value as Json, json};

use super::{
    client::{Aim, Client},
    file::Home,
    object::{List, Object},
    page::{self, After, Listed},
    scroll,
};
use crate::kit::{Request, Response};

/// How many records a search gives. On some days Intercom has no answer to large pages; then a smaller one is tried.
const SIZES: [u64; 3] = [150, 75, 20];
/// How many records a numbered page has. Articles come with their texts.
const NUMBERED: u64 = 50;

/// The words for a fault, and the permission, of an object's list.
pub(super) fn aim_of<'a>(object: &'a Object, doing: &'a str) -> Aim<'a> {
    Aim {
        doing,
        permission: object.permission,
    }
}

/// The page that an ask means.
pub(super) async fn read(client: &Client, home: &Home, object: &Object, ask: &Ask) -> Result<Page, Fault> {
    let doing = format!("reading a page of {}", object.name);
    let aim = aim_of(object, &doing);
    let cursor = ask.cursor.as_ref();
    let page = match object.list {
        List::Search => search(client, home, object, ask, aim).await,
        List::Numbered => numbered(client, home, object, cursor, aim).await,
        List::AtOnce => at_once(client, home, object, cursor, aim).await,
        List::Scroll => scroll::read(client, home, cursor, aim).await,
        List::Carried => {
            return Err(Fault::new(FaultKind::Rejected, &doing)
                .said("it has no list of its own, and comes with what it belongs to"));
        }
    };
    page.map_err(listless)
}

/// A list that is not there is no record that is gone.
fn listless(fault: Fault) -> Fault {
    if fault.kind() != FaultKind::Gone {
        return fault;
    }
    let words = fault.words().unwrap_or_default().to_owned();
    Fault::new(FaultKind::Unexpected, fault.doing())
        .said(words)
        .because(fault)
}

/// A search for everything, sorted by the date of change. The oldest comes first where everything is wanted: what changes
/// meanwhile moves to the end, and is met again there. No date filters it, for those of contacts know days alone.
pub(super) fn search_body(order: &str, size: u64, after: Option<&str>) -> Json {
    let pagination = match after {
        Some(after) => json!({"per_page": size, "starting_after": after}),
        None => json!({"per_page": size}),
    };
    json!({
        "query": {"field": "updated_at", "operator": ">", "value": 0},
        "sort": {"field": "updated_at", "order": order},
        "pagination": pagination,
    })
}

async fn search(
    client: &Client,
    home: &Home,
    object: &Object,
    ask: &Ask,
    aim: Aim<'_>,
) -> Result<Page, Fault> {
    let order = match ask.mode {
        Mode::NewestFirst { .. } => "descending",
        Mode::Everything | Mode::ChangedSince(_) => "ascending",
    };
    let after = ask.cursor.as_ref().map(Cursor::as_str);
    let mut failed = None;
    for size in SIZES {
        let request = Request::new(Method::POST, format!("{}/search", object.path));
        let request = request.json(&search_body(order, size, after));
        let fault = match client.send(request, aim.doing).await {
            Ok(response) if matches!(response.status, 200..=299) => {
                let listed = page::split(&response, aim.doing)?;
                return turn(home, &listed, aim);
            }
            // One record that Intercom stumbles over answers 404 for the whole page.
            Ok(response) if matches!(response.status, 404 | 500..) => client.refused(&response, aim),
            Ok(response) => return Err(client.refused(&response, aim)),
            Err(fault) if fault.kind() == FaultKind::Unreachable => fault,
            Err(fault) => return Err(fault),
        };
        failed = Some(fault);
    }
    Err(failed.unwrap_or_else(|| Fault::new(FaultKind::Unreachable, aim.doing)))
}

async fn numbered(
    client: &Client,
    home: &Home,
    object: &Object,
    cursor: Option<&Cursor>,
    aim: Aim<'_>,
) -> Result<Page, Fault> {
    let number = number_of(cursor, aim)?;
    let listed = client
        .ask(numbered_page(object.path, number, NUMBERED), aim)
        .await?;
    let mut listed = page::split(&listed, aim.doing).map(|listed| (turn(home, &listed, aim), listed.next))?;
    let page = &mut listed.0;
    if let (Ok(page), After::Page(next)) = (page, &listed.1)
        && *next <= number
    {
        // A page that leads back would be read for ever.
        page.next = Next::CaughtUp;
    }
    listed.0
}

fn number_of(cursor: Option<&Cursor>, aim: Aim<'_>) -> Result<u64, Fault> {
    let Some(cursor) = cursor else { return Ok(1) };
    cursor
        .as_str()
        .parse()
        .map_err(|error| Fault::new(FaultKind::Rejected, aim.doing).because(error))
}

/// A request for a page by its number.
pub(super) fn numbered_page(path: &str, number: u64, size: u64) -> Request {
    Request::new(Method::GET, path)
        .query("page", number.to_string())
        .query("per_page", size.to_string())
}

/// The second way through the segments: those of companies, which the list leaves out where it is not asked for them.
const OF_COMPANIES: &str = "company";

async fn at_once(
    client: &Client,
    home: &Home,
    object: &Object,
    cursor: Option<&Cursor>,
    aim: Aim<'_>,
) -> Result<Page, Fault> {
    let mut request = Request::new(Method::GET, object.path);
    let has_more_ways = object.name == "segment";
    let is_second = cursor.is_some_and(|cursor| cursor.as_str() == OF_COMPANIES);
    match cursor {
        Some(_) if is_second => request = request.query("type", OF_COMPANIES),
        // No such list has pages today; the documentation leaves room for them.
        Some(number) => request = request.query("page", number.as_str()),
        None => {}
    }
    let response = client.send(request, aim.doing).await?;
    let is_refused = matches!(response.status, 400 | 404 | 422);
    if is_second && is_refused {
        return Ok(Page {
            raws: Vec::new(),
            next: Next::CaughtUp,
        });
    }
    let response = accepted(client, response, aim)?;
    let listed = page::split(&response, aim.doing)?;
    let mut page = turn(home, &listed, aim)?;
    if has_more_ways && !is_second && page.next == Next::CaughtUp {
        page.next = Next::More(Cursor::new(OF_COMPANIES));
    }
    Ok(page)
}

fn accepted(client: &Client, response: Response, aim: Aim<'_>) -> Result<Response, Fault> {
    match response.status {
        200..=299 => Ok(response),
        _ => Err(client.refused(&response, aim)),
    }
}

/// A page's records, and where reading goes on.
fn turn(home: &Home, listed: &Listed<'_>, aim: Aim<'_>) -> Result<Page, Fault> {
    let raws = raws(home, listed, aim)?;
    let next = match &listed.next {
        After::Nothing => Next::CaughtUp,
        // An empty page that leads on would be read for ever.
        _ if raws.is_empty() => Next::CaughtUp,
        After::Cursor(after) => Next::More(Cursor::new(after)),
        After::Page(number) => Next::More(Cursor::from(number.to_string())),
    };
    Ok(Page { raws, next })
}

pub(super) fn raws(home: &Home, listed: &Listed<'_>, aim: Aim<'_>) -> Result<Vec<Raw>, Fault> {
    let texts = listed.texts.iter();
    texts.map(|text| page::raw(text, home, aim.doing)).collect()
}

/// How many records there are, where a list of one says it.
pub(super) async fn count(client: &Client, object: &Object) -> Result<Option<u64>, Fault> {
    let doing = format!("counting {}", object.name);
    let Some(request) = probe(object) else {
        return Ok(None);
    };
    let response = client.ask(request, aim_of(object, &doing)).await?;
    Ok(page::split(&response, &doing)?.total)
}

/// The smallest list of an object, where it says how many there are.
pub(super) fn probe(object: &Object) -> Option<Request> {
    match object.list {
        List::Search => {
            let request = Request::new(Method::POST, format!("{}/search", object.path));
            Some(request.json(&search_body("ascending", 1, None)))
        }
        List::Numbered => Some(numbered_page(object.path, 1, 1)),
        List::AtOnce | List::Scroll | List::Carried => None,
    }
}
