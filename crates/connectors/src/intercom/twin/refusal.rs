//! The vendor's error list.

use serde_json::{Map, Value, json};

use crate::kit::Response;

/// A request that is not done, and what its caller reads.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    status: u16,
    errors: Vec<Value>,
    headers: Vec<(&'static str, String)>,
}

impl Refusal {
    pub(super) fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            errors: vec![json!({"code": code, "message": message.into()})],
            headers: Vec::new(),
        }
    }

    /// Names the parameter that is at fault.
    #[must_use]
    pub(super) fn field(mut self, name: &str) -> Self {
        if let Some(Value::Object(error)) = self.errors.last_mut() {
            error.insert("field".to_owned(), name.into());
        }
        self
    }

    #[must_use]
    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// 400 `parameter_invalid`.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "parameter_invalid", message)
    }

    /// 400 `parameter_not_found`.
    pub(super) fn missing(message: impl Into<String>) -> Self {
        Self::new(400, "parameter_not_found", message)
    }

    /// 400 `bad_request`.
    pub(super) fn bad(message: impl Into<String>) -> Self {
        Self::new(400, "bad_request", message)
    }

    /// 404 `not_found`.
    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(404, "not_found", message)
    }

    /// 404 `not_found` "Resource Not Found".
    pub(super) fn resource() -> Self {
        Self::not_found("Resource Not Found")
    }

    pub(super) fn cursor() -> Self {
        Self::new(
            400,
            "client_error",
            "Invalid starting_after param. Please try again using a starting_after value from a paginated response",
        )
    }

    pub(super) fn version() -> Self {
        Self::new(
            400,
            "intercom_version_invalid",
            "Requested resource is not available in current API version.",
        )
    }

    pub(super) fn unauthorized() -> Self {
        Self::new(401, "unauthorized", "Access Token Invalid")
    }

    /// The answer, with the id of its request.
    pub(super) fn response(self, request: u64) -> Response {
        let mut body = Map::new();
        body.insert("type".to_owned(), "error.list".into());
        body.insert("request_id".to_owned(), request_id(request).into());
        body.insert("errors".to_owned(), self.errors.into());
        let mut response = Response::json(self.status, &Value::Object(body));
        for (name, value) in self.headers {
            response = response.header(name, &value);
        }
        response
    }
}

/// A UUID of the fourth kind that says the how manieth refusal it is.
pub(super) fn request_id(count: u64) -> String {
    let high = count.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        (high >> 4) & 0xfff,
        count & 0xfff,
        high.rotate_left(17) & 0xffff_ffff_ffff,
    )
}
