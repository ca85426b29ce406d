//! The vendor's error bodies.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::kit::Response;

/// A request that is not done, and what its caller reads.
#[derive(Debug)]
pub(super) struct Refusal {
    status: u16,
    kind: &'static str,
    field: Option<String>,
    detail: Option<String>,
    location: Option<String>,
    more: Map<String, Value>,
}

impl Refusal {
    fn new(status: u16, kind: &'static str) -> Self {
        Self {
            status,
            kind,
            field: None,
            detail: None,
            location: None,
            more: Map::new(),
        }
    }

    fn at(kind: &'static str, field: &str) -> Self {
        let mut refusal = Self::new(400, kind);
        refusal.field = Some(field.to_owned());
        refusal
    }

    fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.more.insert(name.to_owned(), value.into());
        self
    }

    #[must_use]
    pub(super) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Names the member that the refused one is in.
    #[must_use]
    pub(super) fn under(mut self, name: &str) -> Self {
        match &mut self.field {
            Some(field) if field.is_empty() => name.clone_into(field),
            Some(field) => *field = format!("{name}.{field}"),
            None => {}
        }
        self
    }

    pub(super) fn bad_request() -> Self {
        Self::new(400, "bad_request")
    }

    pub(super) fn parse_error() -> Self {
        Self::new(400, "parse_error")
    }

    /// A fragment is named that has a newer version.
    pub(super) fn stale() -> Self {
        Self::new(400, "stale_schema_fragments")
    }

    pub(super) fn unauthenticated() -> Self {
        Self::new(401, "unauthenticated")
    }

    pub(super) fn forbidden() -> Self {
        Self::new(403, "forbidden")
    }

    pub(super) fn not_found() -> Self {
        Self::new(404, "not_found")
    }

    /// What was asked for has another id now.
    pub(super) fn moved(to: &str) -> Self {
        Self {
            location: Some(to.to_owned()),
            ..Self::new(301, "moved_permanently")
        }
    }

    pub(super) fn conflict(what: &str) -> Self {
        Self::new(409, "conflict").detail(format!("{what} is taken"))
    }

    /// An artifact hangs on something already, for ever.
    pub(super) fn attached(parent: &str, is_same: bool) -> Self {
        Self::new(400, "artifact_already_attached_to_a_parent")
            .with("existing_parent", parent)
            .with("is_same", is_same)
    }

    pub(super) fn api_version(value: &str) -> Self {
        Self::new(400, "invalid_api_version").with("value", value)
    }

    pub(super) fn invalid_field(field: &str) -> Self {
        Self::at("invalid_field", field)
    }

    pub(super) fn invalid_id(field: &str) -> Self {
        Self::at("invalid_id", field)
    }

    pub(super) fn id_type(field: &str) -> Self {
        Self::at("unexpected_id_type", field)
    }

    pub(super) fn missing(field: &str) -> Self {
        Self::at("missing_required_field", field)
    }

    pub(super) fn not_permitted(field: &str, allowed: &[&str]) -> Self {
        let refusal = Self::at("value_not_permitted", field);
        match allowed {
            [] => refusal,
            _ => refusal.with("allowed_values", json!(allowed)),
        }
    }

    pub(super) fn choice(value: &str, allowed: &[&str]) -> Self {
        Self::at("invalid_enum_value", "")
            .with("value", value)
            .with("allowed_values", json!(allowed))
    }

    pub(super) fn json_type(expected: &str, actual: &Value) -> Self {
        Self::at("unexpected_json_type", "")
            .with("expected", expected)
            .with("actual", json_type(actual))
    }

    /// A custom field's own refusal.
    pub(super) fn custom(subtype: &str, field: &str, reason: impl Into<String>) -> Self {
        Self::at("customization_validation_error", field)
            .with("subtype", subtype)
            .with("reason", reason.into())
    }

    pub(super) fn response(&self) -> Response {
        let message = match self.status {
            301 => "Moved Permanently",
            401 => "Unauthorized",
            403 => "Forbidden",
            404 => "Not Found",
            409 => "Conflict",
            _ => "Bad Request",
        };
        let mut body = Map::new();
        body.insert("message".to_owned(), message.into());
        if let Some(detail) = &self.detail {
            body.insert("detail".to_owned(), detail.as_str().into());
        }
        body.insert("type".to_owned(), self.kind.into());
        if let Some(field) = &self.field {
            body.insert("field_name".to_owned(), field.as_str().into());
        }
        body.extend(self.more.clone());
        let response = Response::json(self.status, &Value::Object(body));
        match &self.location {
            Some(location) => response.header("location", location),
            None => response,
        }
    }
}

/// The answer to a path that is no method.
pub(super) fn no_route() -> Response {
    Response::json(404, &json!({"message": "route not found"}))
}

/// A success.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
    /// Whether the twin's state changed.
    pub(super) changed: bool,
}

impl Reply {
    pub(super) fn read(body: Vec<u8>) -> Self {
        Self {
            status: 200,
            body,
            changed: false,
        }
    }

    pub(super) fn wrote(status: u16, body: Vec<u8>) -> Self {
        Self {
            status,
            body,
            changed: true,
        }
    }

    pub(super) fn response(self) -> Response {
        let mut response = Response::json_text(self.status, String::new());
        response.body = Bytes::from(self.body);
        response
    }
}

/// What JSON calls a value's type.
pub(super) fn json_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
