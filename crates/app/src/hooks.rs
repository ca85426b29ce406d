//! Tells hooks what runs by schedule created and updated: signed webhooks, by the Standard Webhooks specification.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use connectors::{
    Wire,
    kit::{HttpWire, Request, Response, SigningKey, WireLimits, retry_after},
};
use engine::deliver::next_try;
use futures_util::{StreamExt, stream};
use http::{HeaderName, Method, header};
use model::{Fault, FaultKind, Secret, Timestamp, chain};
use serde_json::{Value, json};
use store::{Event, Message};
use tokio::sync::watch;

use crate::{failure::Failure, wiring::Rooms};

/// How often the outbox is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// How long a receiver has.
const PATIENCE: Duration = Duration::from_secs(15);

/// How long a message is ours once it was taken: longer than sending all that were taken with it.
const OURS: Duration = Duration::from_secs(60);

const MOST_AT_ONCE: u16 = 16;

/// How long it is remembered what was told.
const REMEMBERED: Duration = Duration::from_secs(14 * 86_400);
const TIDY_UP: Duration = Duration::from_secs(3_600);

/// So many receivers are remembered.
const MOST_WIRES: usize = 64;

type Wires = Mutex<HashMap<(String, bool), Arc<HttpWire>>>;

/// Tells what there is to tell until it is told to stop. What is under way then is sent again by the next.
pub async fn deliver(rooms: &Rooms, stopped: &watch::Receiver<bool>) {
    let mut stop = stopped.clone();
    let wires = Wires::default();
    let mut tidied: Option<Timestamp> = None;
    while !*stop.borrow() {
        let now = rooms.clock.now();
        let messages = rooms.store.take_messages(now, OURS, MOST_AT_ONCE).await;
        let messages = messages.unwrap_or_else(|error| {
            tracing::error!(error = %chain(&error), "Messages to hooks cannot be read");
            Vec::new()
        });
        let is_idle = messages.is_empty();
        let sending = stream::iter(messages)
            .map(async |message| tell(rooms, &wires, message).await)
            .buffer_unordered(usize::from(MOST_AT_ONCE))
            .for_each(async |()| ());
        tokio::select! {
            () = sending => {}
            _ = stop.changed() => return,
        }
        let is_time = tidied.is_none_or(|last| now.duration_since(last).unsigned_abs() >= TIDY_UP);
        if is_time {
            tidied = Some(now);
            let before = now.checked_sub(REMEMBERED).unwrap_or(Timestamp::MIN);
            if let Err(error) = rooms.store.prune_messages(before).await {
                tracing::warn!(error = %chain(&error), "Old messages could not be forgotten");
            }
        }
        if is_idle {
            tokio::select! {
                () = rooms.clock.sleep(LOOK) => {}
                _ = stop.changed() => return,
            }
        }
    }
}

/// Sends one message, and keeps what came of it.
async fn tell(rooms: &Rooms, wires: &Wires, message: Message) {
    let now = rooms.clock.now();
    let body = body(&message);
    let sent = match wire(wires, &message.url, message.private) {
        Ok(wire) => {
            send(
                wire.as_ref(),
                &message.url,
                &message.secret,
                &message.event.id,
                &body,
                now,
            )
            .await
        }
        Err(fault) => Err(fault),
    };
    let kept = match judge(&sent) {
        Judgement::Taken(answer) => rooms.store.message_taken(&message, &answer).await,
        Judgement::Refused { answer, is_final } => {
            let now = rooms.clock.now();
            let asked = sent.as_ref().ok().and_then(|response| retry_after(response, now));
            let next = match is_final {
                true => None,
                false => next_try(message.tries + 1, message.event.made_at, asked, now),
            };
            let (import, hook) = (&message.import, &message.hook);
            match next {
                Some(next) => {
                    tracing::warn!(import.id = %import, hook, answer, %next, "A hook did not take a message")
                }
                None => tracing::error!(import.id = %import, hook, answer, "A message to a hook is given up"),
            }
            rooms.store.message_refused(&message, next, &answer).await
        }
    };
    if let Err(error) = kept {
        // It is sent again: the receiver knows it by its id.
        tracing::warn!(error = %chain(&error), "What became of a message could not be kept");
    }
}

enum Judgement {
    Taken(String),
    Refused { answer: String, is_final: bool },
}

fn judge(sent: &Result<Response, Fault>) -> Judgement {
    match sent {
        Ok(response) if (200..300).contains(&response.status) => {
            Judgement::Taken(response.status.to_string())
        }
        // By the specification: do not call again.
        Ok(response) => Judgement::Refused {
            answer: response.status.to_string(),
            is_final: response.status == 410,
        },
        Err(fault) => Judgement::Refused {
            answer: fault
                .advice()
                .map_or_else(|| fault.to_string(), |hint| format!("{fault}: {hint}")),
            is_final: false,
        },
    }
}

/// Sends a message that says only that the hook works; what the receiver answered.
pub async fn test(rooms: &Rooms, import: &model::ImportId, hook: &store::Hook) -> Result<u16, Failure> {
    let secret = rooms.store.hook_secret(import, &hook.name).await?;
    let now = rooms.clock.now();
    let body = json!({
        "type": "hook.test",
        "timestamp": now,
        "data": { "import": import, "hook": hook.name },
    });
    let wire = wire(&Wires::default(), &hook.url, hook.private)?;
    let id = format!("test.{}", uuid::Uuid::now_v7());
    let response = send(wire.as_ref(), &hook.url, &secret, &id, &body.to_string(), now).await?;
    Ok(response.status)
}

/// What a message says: ids and names of fields, and no value.
fn body(message: &Message) -> String {
    let Event {
        kind,
        side,
        left,
        right,
        fields,
        made_at,
        ..
    } = &message.event;
    let record = |(object, id): &(model::ObjectName, model::RecordId)| json!({ "object": object, "id": id });
    let mut data = json!({
        "import": message.import,
        "written": side,
        "left": record(left),
        "right": record(right),
    });
    if kind == "record.updated"
        && let Some(data) = data.as_object_mut()
    {
        data.insert("fields".to_owned(), json!(fields));
    }
    let body: Value = json!({ "type": kind, "timestamp": made_at, "data": data });
    body.to_string()
}

async fn send(
    wire: &dyn Wire,
    url: &str,
    secret: &Secret,
    id: &str,
    body: &str,
    now: Timestamp,
) -> Result<Response, Fault> {
    let key = SigningKey::read(secret)?;
    let (_, path) = split(url)?;
    let id = format!("msg_{id}");
    let second = now.as_second();
    let mut request = Request::new(Method::POST, path)
        .header(header::CONTENT_TYPE, "application/json")
        .header(HeaderName::from_static("webhook-id"), &id)
        .header(HeaderName::from_static("webhook-timestamp"), &second.to_string())
        .header(
            HeaderName::from_static("webhook-signature"),
            &key.sign(&id, second, body),
        );
    request.body = body.to_owned().into();
    wire.send(request).await
}

/// The way to a receiver, prepared once.
fn wire(wires: &Wires, url: &str, is_private: bool) -> Result<Arc<HttpWire>, Fault> {
    let (origin, _) = split(url)?;
    let key = (origin, is_private);
    let mut wires = wires.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(wire) = wires.get(&key) {
        return Ok(Arc::clone(wire));
    }
    let limits = WireLimits {
        whole: PATIENCE,
        connect: PATIENCE,
        body: 64 * 1024,
    };
    let wire = Arc::new(match is_private {
        true => HttpWire::new(&key.0, limits)?,
        false => HttpWire::public(&key.0, limits)?,
    });
    if wires.len() >= MOST_WIRES {
        wires.clear();
    }
    wires.insert(key, Arc::clone(&wire));
    Ok(wire)
}

/// An address in two: what is connected to, and what is asked there.
fn split(url: &str) -> Result<(String, String), Fault> {
    let refused = || {
        Fault::new(FaultKind::Settings, "reading a hook's address")
            .hint("an address looks like https://example.com/hook")
    };
    let uri: http::Uri = url.parse().map_err(|_| refused())?;
    let (scheme, authority) = uri.scheme_str().zip(uri.authority()).ok_or_else(refused)?;
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    Ok((format!("{scheme}://{authority}"), path.to_owned()))
}

/// Checks an address, and says whether its host is one that is not public. Such a host has to be this machine, or to be
/// allowed by name; and nothing goes out to the public unencrypted.
pub fn check_url(url: &str, allowed: Option<&str>) -> Result<bool, Failure> {
    let (origin, _) = split(url).map_err(|fault| Failure::from(fault).into_usage())?;
    let usage = |fault: Fault| Failure::from(fault).into_usage();
    HttpWire::new(&origin, WireLimits::default()).map_err(usage)?;
    let host = crate::host::host(&origin).unwrap_or_default();
    if crate::host::is_loopback(&host) || allowed == Some(host.as_str()) {
        return Ok(true);
    }
    HttpWire::public(&origin, WireLimits::default()).map_err(|_| {
        Failure::usage(format!("{host} is not a public address"))
            .hint(format!("if messages may go there, add --allow-host {host}"))
    })?;
    match origin.starts_with("https://") {
        true => Ok(false),
        false => Err(Failure::usage(format!("Messages to {host} would go unencrypted"))
            .hint("write https://; http is for this machine and for hosts named with --allow-host")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_encrypted_addresses_are_taken_unasked() {
        let check = |url: &str, allowed: Option<&str>, expected: Option<bool>| {
            assert_eq!(check_url(url, allowed).ok(), expected, "{url}");
        };
        check("https://example.com/hook?a=b", None, Some(false));
        check("http://example.com/hook", None, None);
        check("http://127.0.0.1:9/hook", None, Some(true));
        check("http://localhost:9", None, Some(true));
        check("http://[::1]:9/", None, Some(true));
        check("https://10.0.0.1/hook", None, None);
        check("https://169.254.169.254/hook", None, None);
        check("https://10.0.0.1/hook", Some("10.0.0.1"), Some(true));
        check("http://crm.internal/hook", Some("crm.internal"), Some(true));
        check("ftp://example.com/", None, None);
        check("https://user:word@example.com/", None, None);
        check("example.com/hook", None, None);
    }
}
