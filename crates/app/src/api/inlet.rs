//! What vendors tell us, at `POST /in/<connection>/<word>`.

use std::time::Duration;

use bytes::Bytes;
use connectors::{Heard, Knock};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use model::chain;
use serde_json::{Value, json};
use store::Inlet;

use super::{
    Desk,
    router::{Answer, as_json, refused},
};
use crate::{failure::Failure, inlet, wiring};

/// The largest body, in bytes.
const LARGEST: usize = 1024 * 1024;

/// How long a vendor has to send one.
const PATIENCE: Duration = Duration::from_secs(10);

/// Takes a delivery in.
pub(super) async fn receive(desk: &Desk, request: Request<Incoming>) -> Answer {
    let inlet = match inlet::at(&desk.store, request.uri().path()).await {
        Ok(Some(inlet)) => inlet,
        Ok(None) => return refused(StatusCode::NOT_FOUND, "there is nothing at this address"),
        Err(error) => {
            tracing::error!(error = %chain(&error), "An inlet cannot be read");
            return refused(StatusCode::SERVICE_UNAVAILABLE, "the database does not answer");
        }
    };
    let (head, body) = request.into_parts();
    let whole = Limited::new(body, LARGEST).collect();
    let body = match tokio::time::timeout(PATIENCE, whole).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(_)) => {
            return refused(
                StatusCode::PAYLOAD_TOO_LARGE,
                "the body is too large, or broke off",
            );
        }
        Err(_) => return refused(StatusCode::REQUEST_TIMEOUT, "the body took too long"),
    };
    match hear(desk, &inlet, &head.headers, &body).await {
        Ok(heard) => answer(desk, &inlet, heard),
        Err(failure) => {
            tracing::error!(connection.id = %inlet.connection, "What a vendor told us cannot be heard: {failure}");
            refused(StatusCode::SERVICE_UNAVAILABLE, "this cannot be heard now")
        }
    }
}

/// Says whether somebody listens there: a vendor looks before it calls.
pub(super) async fn look(desk: &Desk, path: &str) -> Answer {
    match inlet::at(&desk.store, path).await {
        Ok(Some(_)) => as_json(StatusCode::OK, "application/json", &json!({})),
        Ok(None) => refused(StatusCode::NOT_FOUND, "there is nothing at this address"),
        Err(error) => {
            tracing::error!(error = %chain(&error), "An inlet cannot be read");
            refused(StatusCode::SERVICE_UNAVAILABLE, "the database does not answer")
        }
    }
}

async fn hear(desk: &Desk, inlet: &Inlet, headers: &HeaderMap, body: &Bytes) -> Result<Heard, Failure> {
    let connection = desk.store.connection(&inlet.connection).await?;
    let Some(ear) = wiring::connector(&connection.connector)?.inlet() else {
        return Ok(Heard::Refused("this connector hears nothing"));
    };
    Ok(ear.hear(&Knock {
        headers,
        body,
        secret: &inlet.secret,
        now: desk.clock.now(),
    }))
}

fn answer(desk: &Desk, inlet: &Inlet, heard: Heard) -> Answer {
    let connection = &inlet.connection;
    let done = |body: &Value| as_json(StatusCode::OK, "application/json", body);
    match heard {
        Heard::Challenge(body) => {
            tracing::info!(connection.id = %connection, "A vendor asked whether somebody listens");
            done(&serde_json::from_str(&body).unwrap_or_default())
        }
        Heard::Changed(records) => {
            tracing::debug!(connection.id = %connection, records = records.len(), "A vendor told us what changed");
            desk.hints.tell(connection, records);
            done(&json!({}))
        }
        Heard::Ignored => done(&json!({})),
        Heard::Refused(why) => {
            tracing::warn!(connection.id = %connection, "A delivery to an inlet was refused: {why}");
            refused(StatusCode::UNAUTHORIZED, why)
        }
    }
}
