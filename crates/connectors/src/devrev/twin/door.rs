//! From a request to a method and back.

use std::{collections::HashMap, sync::LazyLock};

use http::Method as Verb;
use model::Timestamp;
use serde_json::{Map, Value};

use super::{
    accounts, articles, artifacts,
    call::{Call, Method},
    comments, contacts, conversations, custom_objects, diagrams, directories, files, fragments, groups,
    hooks, links, meetings, merges, parts,
    refusal::{Refusal, Reply, no_route},
    schemas, shape, standing,
    state::State,
    subtypes, webhooks, works,
};
use crate::{Answer, kit::Request};

const API_VERSION: &str = "2022-10-20";

/// Every method, by its name.
pub(super) static METHODS: LazyLock<HashMap<&'static str, &'static Method>> = LazyLock::new(|| {
    let tables = [
        accounts::METHODS,
        artifacts::METHODS,
        comments::METHODS,
        contacts::METHODS,
        conversations::METHODS,
        custom_objects::METHODS,
        fragments::METHODS,
        articles::METHODS,
        directories::METHODS,
        groups::METHODS,
        links::METHODS,
        meetings::METHODS,
        merges::METHODS,
        parts::METHODS,
        diagrams::METHODS,
        webhooks::METHODS,
        schemas::METHODS,
        standing::METHODS,
        subtypes::METHODS,
        works::METHODS,
        PING,
    ];
    let all = tables.into_iter().flatten();
    all.map(|method| (method.name, method)).collect()
});

static PING: &[Method] = &[super::call::read("ping", &[], |_| {
    Ok(Reply::read(b"{}".to_vec()))
})];

/// Answers a request.
pub(super) fn answer(state: &mut State, token: Option<&str>, request: &Request, now: Timestamp) -> Answer {
    let unchanged = |response| Answer {
        response,
        changed: false,
    };
    let now = now.as_millisecond().max(state.clock);
    if files::is_for_file(request) {
        let answer = files::answer(state, request, now);
        if answer.changed {
            state.clock = now;
        }
        return answer;
    }
    let name = request.path.strip_prefix('/').unwrap_or(&request.path);
    let method = METHODS.get(name).copied();
    let answers =
        |method: &&Method| request.method == Verb::POST || (request.method == Verb::GET && method.reads);
    let Some(method) = method.filter(answers) else {
        return unchanged(no_route());
    };
    let reply = check_headers(token, request)
        .and_then(|()| body(state, method, request))
        .and_then(|body| {
            let state = &mut *state;
            let host = request.header_text("host");
            (method.run)(Call {
                state,
                body,
                now,
                host,
            })
        });
    match reply {
        Ok(reply) => {
            if reply.changed {
                state.clock = now;
                hooks::tell(state, now);
            }
            Answer {
                changed: reply.changed,
                response: reply.response(),
            }
        }
        Err(refusal) => unchanged(refusal.response()),
    }
}

fn check_headers(token: Option<&str>, request: &Request) -> Result<(), Refusal> {
    let given = request.header_text("authorization").unwrap_or("").trim();
    let given = given.strip_prefix("Bearer ").unwrap_or(given).trim();
    let is_known = !given.is_empty() && given != "Bearer" && token.is_none_or(|token| token == given);
    if !is_known {
        return Err(Refusal::unauthenticated());
    }
    match request.header_text("x-devrev-version") {
        Some(version) if version != API_VERSION => Err(Refusal::api_version(version)),
        _ => Ok(()),
    }
}

/// Reads and checks what a method is asked.
fn body(state: &State, method: &Method, request: &Request) -> Result<Map<String, Value>, Refusal> {
    let mut value = match request.method == Verb::GET {
        true => shape::body_of_query(&method.shape, &request.query),
        false => parse(request)?,
    };
    if !value.is_object() {
        return Err(Refusal::parse_error());
    }
    shape::check(state, &method.shape, &mut value)?;
    match value {
        Value::Object(body) => Ok(body),
        _ => Err(Refusal::parse_error()),
    }
}

fn parse(request: &Request) -> Result<Value, Refusal> {
    if !request.body.is_empty() {
        return serde_json::from_slice(&request.body).map_err(|_| Refusal::parse_error());
    }
    let is_json = request
        .header_text("content-type")
        .is_some_and(|kind| kind.contains("json"));
    match is_json {
        true => Err(Refusal::bad_request().detail("the body is empty")),
        false => Ok(Value::Object(Map::new())),
    }
}
