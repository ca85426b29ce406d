//! One call: what it asks, and what handlers share.

use http::Method;
use serde_json::{Map, Value};

use super::{
    refusal::Refusal,
    state::{Record, State},
    version::Version,
};
use crate::kit::Response;

/// One operation of the vendor's API.
pub(super) struct Route {
    pub(super) method: Method,
    /// The path, with `{}` where it holds a value.
    pub(super) path: &'static str,
    /// The first version that has it: the number after `2.`; 7 for what was always there.
    pub(super) since: u8,
    /// The permission that it needs; empty where it needs no token.
    pub(super) scope: &'static str,
    pub(super) run: Run,
}

pub(super) type Run = fn(&mut Call<'_>) -> Result<Reply, Refusal>;

/// An operation that was always there.
pub(super) const fn route(method: Method, path: &'static str, scope: &'static str, run: Run) -> Route {
    Route {
        method,
        path,
        since: 7,
        scope,
        run,
    }
}

/// An operation that came with a version.
pub(super) const fn since(
    minor: u8,
    method: Method,
    path: &'static str,
    scope: &'static str,
    run: Run,
) -> Route {
    Route {
        method,
        path,
        since: minor,
        scope,
        run,
    }
}

/// A request, taken apart.
pub(super) struct Call<'a> {
    pub(super) state: &'a mut State,
    pub(super) path: &'a str,
    /// What stands where the route's path has `{}`.
    pub(super) places: Vec<String>,
    pub(super) query: &'a [(String, String)],
    pub(super) body: Map<String, Value>,
    pub(super) version: Version,
    /// Milliseconds since 1970.
    pub(super) now: i64,
    /// Where the caller found the twin: `http://127.0.0.1:7000`.
    pub(super) base: String,
    /// The token that the twin takes, if it takes only one.
    pub(super) token: Option<&'a str>,
}

/// What records are shown by.
pub(super) struct View<'a> {
    pub(super) state: &'a State,
    pub(super) version: Version,
    pub(super) base: &'a str,
    /// Milliseconds since 1970.
    pub(super) now: i64,
}

impl Call<'_> {
    /// What stands at a `{}` of the path; empty if there is none.
    pub(super) fn place(&self, at: usize) -> &str {
        self.places.get(at).map_or("", String::as_str)
    }

    /// Seconds since 1970.
    pub(super) fn seconds(&self) -> i64 {
        self.now.div_euclid(1_000)
    }

    pub(super) fn query_text(&self, name: &str) -> Option<&str> {
        let mut found = self.query.iter().filter(|(key, _)| key == name);
        found.next().map(|(_, value)| value.as_str())
    }

    pub(super) fn query_is_true(&self, name: &str) -> bool {
        matches!(self.query_text(name), Some("true" | "1"))
    }

    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        self.body.get(name).filter(|value| !value.is_null())
    }

    /// A member of the body that is a text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.body.get(name)?.as_str()
    }

    /// A member of the body that is an id, as a text or as a number.
    pub(super) fn id(&self, name: &str) -> Option<String> {
        id_of(self.body.get(name)?)
    }

    pub(super) fn view(&self) -> View<'_> {
        View {
            state: self.state,
            version: self.version,
            base: &self.base,
            now: self.now,
        }
    }

    /// A record as this call's version shows it.
    pub(super) fn show(&self, table: &str, record: &Record) -> Value {
        self.view().show(table, record)
    }
}

impl View<'_> {
    /// A record as its table shows it.
    pub(super) fn show(&self, table: &str, record: &Record) -> Value {
        match self.state.table(table).layout() {
            Some(layout) => (layout.show)(self, record),
            None => Value::Null,
        }
    }

    /// The record of that id, as its table shows it.
    pub(super) fn show_id(&self, table: &str, id: &str) -> Option<Value> {
        let record = self.state.table(table).get(id)?;
        Some(self.show(table, record))
    }
}

/// An id, given as a text or as a number.
pub(super) fn id_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A success.
pub(super) struct Reply {
    status: u16,
    body: Option<Value>,
    headers: Vec<(&'static str, String)>,
}

impl Reply {
    /// 200 with a body.
    pub(super) fn of(body: Value) -> Self {
        Self {
            status: 200,
            body: Some(body),
            headers: Vec::new(),
        }
    }

    /// No body.
    pub(super) fn empty(status: u16) -> Self {
        Self {
            status,
            body: None,
            headers: Vec::new(),
        }
    }

    #[must_use]
    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(super) fn response(self) -> Response {
        let mut response = match &self.body {
            Some(body) => Response::json(self.status, body),
            None => Response::text(self.status, ""),
        };
        for (name, value) in self.headers {
            response = response.header(name, &value);
        }
        response
    }
}
