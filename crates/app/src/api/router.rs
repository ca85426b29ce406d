//! The list of routes.

use std::convert::Infallible;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use serde_json::{Value, json};

use super::{Desk, collect, inlet};
use crate::inlet::ROOT;

pub(super) type Answer = Response<Full<Bytes>>;

/// Answers a request.
pub(super) async fn answer(desk: &Desk, request: Request<Incoming>) -> Result<Answer, Infallible> {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    Ok(match (request.uri().path(), is_read) {
        ("/api/v1/health", true) => health(desk).await,
        ("/api/v1/health", false) => refused(StatusCode::METHOD_NOT_ALLOWED, "this is only for reading"),
        (path, true) if path.starts_with(ROOT) && request.method() == Method::HEAD => {
            inlet::look(desk, path).await
        }
        (path, false) if path.starts_with(ROOT) && request.method() == Method::POST => {
            inlet::receive(desk, request).await
        }
        (path, _) if collect::is_for(path) => collect::answer(&desk.collector, request).await,
        _ => refused(StatusCode::NOT_FOUND, "there is nothing at this address"),
    })
}

/// Whether the program can work: it can if it reaches its memory.
async fn health(desk: &Desk) -> Answer {
    let version = env!("CARGO_PKG_VERSION");
    match desk.store.ping().await {
        Ok(()) => as_json(
            StatusCode::OK,
            "application/json",
            &json!({ "status": "ok", "version": version, "events": desk.collector.standing() }),
        ),
        Err(error) => {
            tracing::error!(error = %model::chain(&error), "The database does not answer");
            refused(StatusCode::SERVICE_UNAVAILABLE, "the database does not answer")
        }
    }
}

/// A problem document: what the caller may know.
pub(super) fn refused(status: StatusCode, detail: &str) -> Answer {
    let title = status.canonical_reason().unwrap_or("Refused");
    let problem = json!({ "title": title, "status": status.as_u16(), "detail": detail });
    as_json(status, "application/problem+json", &problem)
}

pub(super) fn as_json(status: StatusCode, kind: &'static str, body: &Value) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from(body.to_string())));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    headers.insert(
        header::CACHE_CONTROL,
        header::HeaderValue::from_static("no-store"),
    );
    answer
}
