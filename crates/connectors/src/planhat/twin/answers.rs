//! Answers in the forms that Planhat uses.

use serde_json::{Value, json};

use super::{
    record::{FieldMap, Refusal},
    switches::{ErrorForm, Switches},
};
use crate::kit::Response;

/// An answer to a request that failed.
pub(super) fn refused(switches: &Switches, refusal: &Refusal) -> Response {
    let message = &refusal.message;
    match switches.error_form {
        ErrorForm::Json => Response::json(refusal.status, &json!({ "error": message })),
        ErrorForm::Text => Response::text(refusal.status, message.as_str()),
        ErrorForm::Html => {
            let body = format!(
                "<!DOCTYPE html><html><body><pre>{}</pre></body></html>",
                escape(message)
            );
            let mut response = Response::text(refusal.status, body);
            let html = http::HeaderValue::from_static("text/html; charset=utf-8");
            response.headers.insert(http::header::CONTENT_TYPE, html);
            response
        }
    }
}

/// A record as the answer.
pub(super) fn record(record: FieldMap) -> Response {
    Response::json(200, &Value::Object(record))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
