//! The control door: `/_twin/…`. Only on a twin that was started for it.

use std::sync::Arc;

use bytes::Bytes;
use connectors::{
    Sample,
    kit::{Faults, Request, Response},
};
use http::{HeaderValue, Method, header};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;
use tokio::sync::mpsc;

use crate::twin::{
    door::{HttpReply, whole},
    host::{Host, set_limit},
    limits::Limit,
    reply::ReplyBody,
    stats::Stats,
};

/// How long a chunk of a dump is.
const CHUNK: usize = 64 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FillWish {
    companies: usize,
    #[serde(default)]
    seed: u64,
}

/// Answers a request to the control door.
pub(super) async fn answer(host: Arc<Host>, request: Request) -> HttpReply {
    if !is_known(&host, &request) {
        return whole(refusal(401, "The control door takes the twin's token"));
    }
    let door = request.path.strip_prefix("/_twin/").unwrap_or_default();
    match (&request.method, door) {
        (&Method::GET, "stats") => whole(Response::json(200, &host.parts().stats.to_json())),
        (&Method::DELETE, "stats") => {
            host.parts().stats = Stats::default();
            whole(Response::json_text(200, "{}".to_owned()))
        }
        (&Method::GET, "objects") => whole(Response::json(
            200,
            &json!({ "objects": host.parts().twin.objects() }),
        )),
        (&Method::GET, "dump") => dump(host, request.query_text("object").unwrap_or_default()),
        (&Method::POST, "faults") => take::<Faults>(&request, |faults| host.parts().faults = faults),
        (&Method::POST, "limits") => take::<Option<Limit>>(&request, |limit| set_limit(&host, limit)),
        (&Method::POST, "fill") => fill(host, &request).await,
        _ => whole(refusal(
            404,
            "The control door knows GET stats, objects and dump, DELETE stats, and POST faults, limits and fill",
        )),
    }
}

fn is_known(host: &Host, request: &Request) -> bool {
    let Some(token) = &host.token else {
        return true;
    };
    let given = request.header_text("authorization").unwrap_or_default();
    given.strip_prefix("Bearer ").unwrap_or(given) == token
}

fn refusal(status: u16, words: &str) -> Response {
    Response::json(status, &json!({ "message": words }))
}

fn parse<T: DeserializeOwned>(request: &Request) -> Result<T, Box<Response>> {
    serde_json::from_slice(&request.body).map_err(|error| {
        let words = format!("The body is not as it should be: {error}");
        Box::new(refusal(400, &words))
    })
}

fn take<T: DeserializeOwned>(request: &Request, set: impl FnOnce(T)) -> HttpReply {
    let response = match parse(request) {
        Ok(wish) => {
            set(wish);
            Response::json_text(200, "{}".to_owned())
        }
        Err(refusal) => *refusal,
    };
    whole(response)
}

async fn fill(host: Arc<Host>, request: &Request) -> HttpReply {
    let wish: FillWish = match parse(request) {
        Ok(wish) => wish,
        Err(refusal) => return whole(*refusal),
    };
    let sample = Sample {
        companies: wish.companies,
        seed: wish.seed,
    };
    let response = match tokio::task::spawn_blocking(move || host.fill(&sample)).await {
        Ok(Ok(records)) => Response::json(200, &json!({ "records": records })),
        Ok(Err(failure)) => refusal(409, &model::chain(&failure)),
        Err(_) => refusal(500, "The twin broke while it was filled"),
    };
    whole(response)
}

/// Every record of an object as JSON lines. The twin waits until all are read, so that they are of one moment.
fn dump(host: Arc<Host>, object: &str) -> HttpReply {
    let objects = host.parts().twin.objects();
    if !objects.contains(&object) {
        let words = format!("The twin dumps `object` = {}", objects.join(", "));
        return whole(refusal(404, &words));
    }
    let object = object.to_owned();
    let (send, chunks) = mpsc::channel(4);
    tokio::task::spawn_blocking(move || write_dump(&host, &object, &send));
    let mut reply = http::Response::new(ReplyBody::Chunks(chunks));
    reply.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/x-ndjson"),
    );
    reply
}

fn write_dump(host: &Host, object: &str, send: &mpsc::Sender<Bytes>) {
    let parts = host.parts();
    let mut chunk = String::with_capacity(CHUNK + CHUNK / 4);
    for line in parts.twin.dump(object).into_iter().flatten() {
        chunk.push_str(&line);
        chunk.push('\n');
        if chunk.len() >= CHUNK {
            let full = std::mem::replace(&mut chunk, String::with_capacity(CHUNK + CHUNK / 4));
            if send.blocking_send(Bytes::from(full)).is_err() {
                return;
            }
        }
    }
    // A reader who has gone needs no end.
    let _ = send.blocking_send(Bytes::from(chunk));
}
