//! The least that an import could be: the same calls in the same order, and nothing kept of the answers.

use std::{collections::HashSet, path::PathBuf};

use clap::Args;
use connectors::{
    Wire,
    kit::{HttpWire, Request, WireLimits},
};
use futures_util::{StreamExt, stream::FuturesUnordered};
use http::{Method, header};
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};

use super::{TOKEN, broke};
use crate::{
    failure::{Exit, Failure},
    twin::journalled_requests,
};

/// As many at once as the DevRev client has under way.
const AT_ONCE: usize = 16;
/// Writes that the ones after them refer to.
const ALONE: [&str; 5] = [
    "/schemas.custom.set",
    "/tags.create",
    COMMENTS,
    "/artifacts.prepare",
    FILES,
];
const COMMENTS: &str = "/timeline-entries.create";
/// The store of files, which knows no token: the form says who may.
const FILES: &str = "/_files";

const CONVERSATION_FIELDS: &str = "_id,subject,companyId,companyName,description,snippet,date,outDate,createDate,type,\
    users,endusers,externalId,sourceId,activityTags,starred,pinned,isOpen,tags,archived,custom,updatedAt,status,\
    severity,product,source,url,timeSpent,subType,email,history,hasAttachments,owner";

/// What the bare loop takes.
#[derive(Args, Debug)]
pub struct BareArgs {
    /// The address of the Planhat twin
    #[arg(long)]
    left: String,
    /// The address of a fresh DevRev twin
    #[arg(long)]
    right: String,
    /// The folder of the DevRev twin that the import wrote to
    #[arg(long)]
    journal: PathBuf,
}

/// Makes the calls.
pub async fn run(args: &BareArgs) -> Result<Exit, Failure> {
    let left = HttpWire::new(&args.left, WireLimits::default())?;
    let right = HttpWire::new(&args.right, WireLimits::default())?;
    for (path, page, select) in [
        ("/users", 10_000, None),
        ("/users", 10_000, None),
        ("/customfields", 2_000, None),
        ("/dimensiondata", 10_000, None),
        ("/leancompanies", usize::MAX, None),
        ("/companies", 5_000, None),
        ("/licenses", 2_000, None),
        ("/endusers", 2_000, None),
        ("/tasks", 2_000, None),
        ("/conversations", 2_000, Some(CONVERSATION_FIELDS)),
        ("/comments", 2_000, None),
    ] {
        read_left(&left, path, page, select).await?;
    }
    let comments = write_again(&right, journalled_requests(&args.journal, TOKEN)?).await?;
    for (path, body) in [
        ("/dev-users.list", json!({})),
        ("/groups.list", json!({})),
        ("/tags.list", json!({})),
        ("/accounts.list", json!({})),
        ("/rev-users.list", json!({})),
        ("/custom-objects.list", json!({ "leaf_type": "license" })),
        ("/custom-objects.list", json!({ "leaf_type": "planhat_meeting" })),
        ("/works.list", json!({ "type": ["ticket"] })),
        ("/conversations.list", json!({})),
    ] {
        read_right(&right, path, body).await?;
    }
    read_each(&right, comments).await?;
    Ok(Exit::Done)
}

/// Makes the import's writes again, in their order as far as one refers to another. What is refused because a record
/// that it refers to is still under way is sent again once nothing is. Returns the comments that it made, which no list
/// gives: each is read by itself.
async fn write_again(wire: &HttpWire, writes: Vec<Request>) -> Result<Vec<String>, Failure> {
    let mut comments = Vec::new();
    let mut seen: HashSet<String> = HashSet::new();
    let mut under_way = FuturesUnordered::new();
    let mut early = Vec::new();
    for request in writes {
        let is_first = seen.insert(request.path.clone());
        let is_alone = is_first || ALONE.contains(&request.path.as_str());
        let room = if is_alone { 0 } else { AT_ONCE - 1 };
        while under_way.len() > room {
            early.extend(under_way.next().await.flatten());
        }
        if !early.is_empty() {
            early.extend(
                under_way
                    .by_ref()
                    .filter_map(async |one| one)
                    .collect::<Vec<_>>()
                    .await,
            );
            for request in early.drain(..) {
                send(wire, request).await?;
            }
        }
        if is_alone {
            let is_comment = request.path == COMMENTS;
            let answer = send(wire, request).await?;
            if is_comment {
                comments.push(
                    serde_json::from_slice::<Commented>(&answer)
                        .map_err(broke)?
                        .timeline_entry
                        .id,
                );
            }
        } else {
            under_way.push(send_or_keep(wire, request));
        }
    }
    early.extend(under_way.filter_map(async |one| one).collect::<Vec<_>>().await);
    for request in early {
        send(wire, request).await?;
    }
    Ok(comments)
}

/// An answer to a comment that was made.
#[derive(Deserialize)]
struct Commented {
    timeline_entry: Made,
}

#[derive(Deserialize)]
struct Made {
    id: String,
}

async fn read_each(wire: &HttpWire, comments: Vec<String>) -> Result<(), Failure> {
    let mut reads = futures_util::stream::iter(comments)
        .map(async |id| {
            let ask = Request::new(Method::POST, "/timeline-entries.get").json(&json!({ "id": id }));
            send(wire, ask).await.map(|_| ())
        })
        .buffer_unordered(AT_ONCE);
    while let Some(read) = reads.next().await {
        read?;
    }
    Ok(())
}

/// The request, if it did not get through.
async fn send_or_keep(wire: &HttpWire, request: Request) -> Option<Request> {
    send(wire, request.clone()).await.is_err().then_some(request)
}

async fn send(wire: &HttpWire, request: Request) -> Result<Vec<u8>, Failure> {
    let path = request.path.clone();
    let request = match path.as_str() {
        FILES => request,
        _ => request.header(header::AUTHORIZATION, &format!("Bearer {TOKEN}")),
    };
    let answer = wire.send(request).await?;
    match answer.status {
        200..300 => Ok(answer.body.to_vec()),
        status => {
            let said = String::from_utf8_lossy(&answer.body);
            Err(Failure::broke(format!(
                "The bare loop was answered {status} to {path}: {said}"
            )))
        }
    }
}

async fn read_left(wire: &HttpWire, path: &str, page: usize, select: Option<&str>) -> Result<(), Failure> {
    let mut offset = 0;
    loop {
        let mut ask = Request::new(Method::GET, path)
            .query("limit", page.to_string())
            .query("offset", offset.to_string())
            .query("sort", "_id")
            .query("archived", "true");
        if let Some(names) = select {
            ask = ask.query("select", names);
        }
        let body = send(wire, ask).await?;
        let answer: &RawValue = serde_json::from_slice(&body).map_err(broke)?;
        // What is not a list has one page.
        let records: Vec<&RawValue> = match answer.get().starts_with('[') {
            true => serde_json::from_str(answer.get()).map_err(broke)?,
            false => Vec::new(),
        };
        if records.len() < page {
            return Ok(());
        }
        offset += page;
    }
}

async fn read_right(wire: &HttpWire, path: &str, mut body: Value) -> Result<(), Failure> {
    set(&mut body, "limit", json!(100));
    loop {
        let ask = Request::new(Method::POST, path).json(&body);
        let answer: Value = serde_json::from_slice(&send(wire, ask).await?).map_err(broke)?;
        let Some(cursor) = answer.get("next_cursor") else {
            return Ok(());
        };
        set(&mut body, "cursor", cursor.clone());
    }
}

fn set(body: &mut Value, name: &str, value: Value) {
    if let Some(body) = body.as_object_mut() {
        body.insert(name.to_owned(), value);
    }
}
