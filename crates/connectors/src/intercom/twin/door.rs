//! From a request to a handler and back.

use http::Method;
use model::Timestamp;
use serde_json::{Map, Value};

use super::{
    admins, articles, attributes,
    call::{Call, Reply, Route},
    collections, companies, companies_list, contact_parts, contact_search, contact_writes, contacts,
    conversation_attributes, conversations, internal_articles, me, notes, oauth,
    refusal::Refusal,
    reply, segments,
    state::State,
    switches::Switches,
    table::Layout,
    tags, talk_changes, ticket_types, tickets,
    version::Version,
};
use crate::kit::{Request, Response};

/// One resource: the tables that it keeps, and the operations on them.
pub(super) struct Resource {
    pub(super) layouts: &'static [Layout],
    pub(super) routes: &'static [Route],
}

/// Every resource: a line for each.
static RESOURCES: &[Resource] = &[
    me::RESOURCE,
    articles::RESOURCE,
    internal_articles::RESOURCE,
    collections::RESOURCE,
    conversations::RESOURCE,
    reply::RESOURCE,
    talk_changes::RESOURCE,
    ticket_types::RESOURCE,
    tickets::RESOURCE,
    oauth::RESOURCE,
    admins::RESOURCE,
    tags::RESOURCE,
    attributes::RESOURCE,
    conversation_attributes::RESOURCE,
    segments::RESOURCE,
    notes::RESOURCE,
    companies::RESOURCE,
    companies_list::RESOURCE,
    contacts::RESOURCE,
    contact_writes::RESOURCE,
    contact_parts::RESOURCE,
    contact_search::RESOURCE,
];

/// Every table.
pub(super) fn layouts() -> impl Iterator<Item = &'static Layout> {
    RESOURCES.iter().flat_map(|resource| resource.layouts)
}

/// Answers a request.
pub(super) fn answer(state: &mut State, token: Option<&str>, request: &Request, now: Timestamp) -> Response {
    let now = now.as_millisecond().max(state.clock);
    state.clock = now;
    match run(state, token, request, now) {
        Ok(reply) => reply.response(),
        Err(refusal) => refused(state, refusal),
    }
}

/// A refusal with an id of its own.
pub(super) fn refused(state: &mut State, refusal: Refusal) -> Response {
    state.refused = state.refused.wrapping_add(1);
    refusal.response(state.refused)
}

fn run(state: &mut State, token: Option<&str>, request: &Request, now: i64) -> Result<Reply, Refusal> {
    let segments = segments(&request.path);
    let Some((route, places)) = find(&request.method, &segments) else {
        check_token(token, request)?;
        return Err(Refusal::resource());
    };
    if !route.scope.is_empty() {
        check_token(token, request)?;
    }
    let version = Version::of(request.header_text("intercom-version"), &state.switches)?;
    if version.0 < route.since {
        return Err(newer(&state.switches));
    }
    check_scope(&state.switches, route.scope)?;
    let base = base(&state.switches, request);
    let mut call = Call {
        state,
        path: &request.path,
        places,
        query: &request.query,
        body: body(request)?,
        version,
        now,
        base,
        token,
    };
    (route.run)(&mut call)
}

/// The parts of a path, decoded.
fn segments(path: &str) -> Vec<String> {
    let parts = path.split('/').filter(|part| !part.is_empty());
    parts.map(decode).collect()
}

fn decode(text: &str) -> String {
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.as_bytes();
    while let Some((&first, rest)) = bytes.split_first() {
        bytes = rest;
        if let (b'%', [high, low, after @ ..]) = (first, rest)
            && let (Some(high), Some(low)) = (digit(*high), digit(*low))
        {
            decoded.push(high * 16 + low);
            bytes = after;
        } else {
            decoded.push(first);
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// The operation of a path, with what stands at its `{}`. One with more words of its own goes first.
fn find(method: &Method, segments: &[String]) -> Option<(&'static Route, Vec<String>)> {
    let routes = RESOURCES.iter().flat_map(|resource| resource.routes);
    routes
        .filter(|route| route.method == *method)
        .filter_map(|route| Some((route, places(route.path, segments)?)))
        .min_by_key(|(_, places)| places.len())
}

fn places(pattern: &str, segments: &[String]) -> Option<Vec<String>> {
    let mut places = Vec::new();
    let mut parts = pattern.split('/').filter(|part| !part.is_empty());
    for segment in segments {
        match parts.next()? {
            "{}" => places.push(segment.clone()),
            part if part == segment => {}
            _ => return None,
        }
    }
    parts.next().is_none().then_some(places)
}

fn check_token(token: Option<&str>, request: &Request) -> Result<(), Refusal> {
    let given = request.header_text("authorization").unwrap_or("").trim();
    let given = given.strip_prefix("Bearer ").unwrap_or("").trim();
    match !given.is_empty() && token.is_none_or(|token| token == given) {
        true => Ok(()),
        false => Err(Refusal::unauthorized()),
    }
}

fn check_scope(switches: &Switches, scope: &str) -> Result<(), Refusal> {
    if scope.is_empty() || switches.allows(scope) {
        return Ok(());
    }
    if switches.is("denied", "401") {
        let message = "Not authorized to access resource";
        return Err(Refusal::new(401, "token_unauthorized", message));
    }
    let message = format!("You do not have the required scope ({scope}) to access this resource");
    Err(Refusal::new(403, "forbidden", message))
}

/// The refusal of what the version of the request does not have yet.
pub(super) fn newer(switches: &Switches) -> Refusal {
    match switches.is("newer_paths", "404") {
        true => Refusal::resource(),
        false => Refusal::version(),
    }
}

fn base(switches: &Switches, request: &Request) -> String {
    if let Some(host) = request.header_text("host") {
        return format!("http://{host}");
    }
    let host = match switches.text("region") {
        "EU" => "https://api.eu.intercom.io",
        "AU" => "https://api.au.intercom.io",
        _ => "https://api.intercom.io",
    };
    host.to_owned()
}

/// The body as members: JSON, or a form.
fn body(request: &Request) -> Result<Map<String, Value>, Refusal> {
    if request.body.is_empty() {
        return Ok(Map::new());
    }
    let kind = request.header_text("content-type").unwrap_or("");
    if kind.starts_with("application/x-www-form-urlencoded") {
        return Ok(form(&request.body));
    }
    match serde_json::from_slice(&request.body) {
        Ok(Value::Object(body)) => Ok(body),
        _ => Err(Refusal::bad("The body is not a JSON object")),
    }
}

fn form(body: &[u8]) -> Map<String, Value> {
    let text = String::from_utf8_lossy(body);
    let parts = text.split('&').filter(|part| !part.is_empty());
    let pairs = parts.map(|part| part.split_once('=').unwrap_or((part, "")));
    let plain = |text: &str| decode(&text.replace('+', " "));
    pairs
        .map(|(name, value)| (plain(name), Value::String(plain(value))))
        .collect()
}
