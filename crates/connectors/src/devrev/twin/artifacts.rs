//! Artifacts: files that hang on a record, each on one for ever.

use bytes::Bytes;
use serde_json::{Value, json};

use super::{
    call::{Call, Method, read, target, write},
    files,
    kind::{Key, Kind},
    models::{self, Show},
    refusal::{Refusal, Reply},
    row::Row,
    shape::{ID, Known, Shape, TEXT, field},
    shelf::{Slot, shared_index},
    show::{self, Json},
    state::{Family, ME, State},
};

const ARTIFACT: &[Kind] = &[Kind::Artifact];
const SETS: Shape = Shape::Choice(&[
    "article_media",
    "default",
    "email_media",
    "job_data",
    "marketplace_listing_icon",
    "marketplace_media",
    "org_logo",
    "plug_setting",
    "plug_setting_banner_card",
    "portal_css",
    "snap_in_functions_code",
    "snap_widget",
    "user_profile_picture",
    "work",
]);

pub(super) static METHODS: &[Method] = &[
    write(
        "artifacts.prepare",
        &[
            field("configuration_set", SETS),
            field("file_name", TEXT).must(),
            field("file_type", TEXT),
        ],
        prepare,
    ),
    read("artifacts.get", &[target(ARTIFACT), field("version", TEXT)], get),
    read("artifacts.list", &[field("parent_id", ID)], list),
    read(
        "artifacts.locate",
        &[target(ARTIFACT), field("version", TEXT)],
        locate,
    ),
    write("artifacts.versions.prepare", &[target(ARTIFACT)], prepare_version),
    write(
        "artifacts.versions.delete",
        &[
            field("id", Shape::Id(ARTIFACT, Known::Target)).must(),
            field("version", TEXT),
        ],
        delete_version,
    ),
];

fn prepare(call: Call<'_>) -> Result<Reply, Refusal> {
    let name = call.text("file_name").unwrap_or("");
    if name.is_empty() {
        return Err(Refusal::invalid_field("file_name"));
    }
    let mut row = call.state.draft(Kind::Artifact, call.now);
    row.set("name", name);
    if let Some(media_type) = call.text("file_type") {
        row.set("media_type", media_type);
    }
    let (url, pairs) = files::upload(call.state, call.host, row.key, 1, call.now);
    let body = json!({"id": call.state.don(row.key), "url": url, "form_data": pairs});
    call.state.add(row);
    Ok(Reply::wrote(200, body.to_string().into_bytes()))
}

fn prepare_version(call: Call<'_>) -> Result<Reply, Refusal> {
    let row = call.target()?;
    let next = newest(row).map_or(0, |version| version.number) + 1;
    let (url, pairs) = files::upload(call.state, call.host, row.key, next, call.now);
    let body = json!({"url": url, "form_data": pairs});
    Ok(Reply::read(body.to_string().into_bytes()))
}

fn get(call: Call<'_>) -> Result<Reply, Refusal> {
    let row = call.target()?;
    let version = match wanted(&call, row)? {
        Some(version) => json!({"version": version.number.to_string(), "timestamp": show::time(version.at)}),
        // What was only prepared has the version that it will have.
        None => json!({"version": "1", "timestamp": show::time(row.created)}),
    };
    let mut json = Json::new();
    json.open(b'{');
    json.key("artifact");
    show::record(call.state, row, &mut json);
    json.member("version", &version);
    json.close(b'}');
    Ok(Reply::read(json.out))
}

fn list(call: Call<'_>) -> Result<Reply, Refusal> {
    let parent = call
        .key("parent_id")
        .ok_or_else(|| Refusal::missing("parent_id"))?;
    let shelf = call.state.shelf(Family::Artifacts);
    let slots: Vec<Slot> = shelf
        .having(&shared_index("parent", &parent.to_string()), 0..Slot::MAX)
        .collect();
    let mut json = Json::new();
    json.open(b'{');
    json.key("artifacts");
    super::list::put_records(call.state, Family::Artifacts, &slots, &mut json);
    json.close(b'}');
    Ok(Reply::read(json.out))
}

fn locate(call: Call<'_>) -> Result<Reply, Refusal> {
    let row = call.target()?;
    let version = wanted(&call, row)?.ok_or_else(Refusal::not_found)?;
    let (url, expiry) = files::download(call.state, call.host, row.key, version.number, call.now);
    let body = json!({"url": url, "expires_at": show::time(expiry)});
    Ok(Reply::read(body.to_string().into_bytes()))
}

fn delete_version(call: Call<'_>) -> Result<Reply, Refusal> {
    let mut row = call.target()?.clone();
    let version = wanted(&call, &row)?.ok_or_else(Refusal::not_found)?;
    let mut versions = row.list("versions").to_vec();
    if versions.len() < 2 {
        return Err(Refusal::bad_request().detail("an artifact keeps its last version"));
    }
    versions.retain(|known| known.get("v").and_then(Value::as_u64) != Some(version.number.into()));
    row.set("versions", versions);
    row.modified = call.now;
    call.state.files.remove(row.key, version.number);
    call.state.replace(row);
    Ok(Reply::wrote(200, b"{}".to_vec()))
}

/// One uploaded version.
struct Version {
    number: u32,
    at: i64,
}

fn version(value: &Value) -> Option<Version> {
    Some(Version {
        number: u32::try_from(value.get("v")?.as_u64()?).ok()?,
        at: value.get("at")?.as_i64()?,
    })
}

fn newest(row: &Row) -> Option<Version> {
    row.list("versions").last().and_then(version)
}

/// The version that a call names, or the newest; none if nothing was uploaded.
fn wanted(call: &Call<'_>, row: &Row) -> Result<Option<Version>, Refusal> {
    let Some(name) = call.text("version") else {
        return Ok(newest(row));
    };
    let mut versions = row.list("versions").iter().filter_map(version);
    let found = versions.find(|version| version.number.to_string() == name);
    found.map(Some).ok_or_else(Refusal::not_found)
}

/// Notes that a file arrived.
pub(super) fn uploaded(state: &mut State, artifact: Key, number: u32, bytes: &Bytes, now: i64) {
    let Some(mut row) = state.get(artifact).cloned() else {
        return;
    };
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    let digest = hex::encode(digest);
    let mut versions = row.list("versions").to_vec();
    versions.retain(|known| known.get("v").and_then(Value::as_u64) != Some(number.into()));
    versions.push(json!({"v": number, "at": now, "size": bytes.len(), "sha256": digest}));
    row.set("versions", versions);
    row.modified = now;
    row.modified_by = ME.number;
    state.replace(row);
}

/// The artifacts that a record holds.
fn held(row: &Row) -> Vec<Key> {
    let Some(family) = Family::of(row.key.kind) else {
        return Vec::new();
    };
    let fields = models::model(family).iter();
    let fields = fields.filter(|(_, how)| matches!(how, Show::Artifacts | Show::Artifact | Show::Held));
    let names = fields.map(|(name, _)| *name);
    names
        .flat_map(|name| row.key_of(name).into_iter().chain(row.keys(name)))
        .collect()
}

/// Refuses a record that would hold another's artifact, or one without a file.
pub(super) fn check(call: &Call<'_>, row: &Row) -> Result<(), Refusal> {
    let state = &call.state;
    for key in held(row) {
        check_one(state, key, row.key)?;
    }
    let added = call.body.get("artifacts").and_then(|change| change.get("add"));
    let added = added.and_then(Value::as_array).into_iter().flatten();
    if state.switches.is("artifact_again", "refuse") {
        for key in added.filter_map(Key::of_value) {
            if parent(state, key) == Some(row.key) {
                return Err(Refusal::attached(&don(state, row.key), true));
            }
        }
    }
    Ok(())
}

/// Refuses an artifact that hangs elsewhere, or that has no file.
pub(super) fn check_one(state: &State, artifact: Key, owner: Key) -> Result<(), Refusal> {
    let has_file = state.get(artifact).is_some_and(|row| newest(row).is_some());
    if !has_file && state.switches.is("artifact_without_file", "refuse") {
        return Err(Refusal::bad_request().detail("nothing was uploaded for an artifact"));
    }
    match parent(state, artifact) {
        Some(parent) if parent != owner => Err(Refusal::attached(&don(state, parent), false)),
        _ => Ok(()),
    }
}

fn parent(state: &State, artifact: Key) -> Option<Key> {
    state.get(artifact)?.key_of("parent")
}

fn don(state: &State, key: Key) -> String {
    state
        .get(key)
        .map_or_else(|| state.don(key), |row| show::don(state, row))
}

/// Makes a record the parent of what it holds, for ever.
pub(super) fn attach(state: &mut State, owner: Key) {
    let held = state.get(owner).map(held).unwrap_or_default();
    for key in held {
        if let Some(mut artifact) = state.get(key).filter(|row| row.get("parent").is_none()).cloned() {
            artifact.set("parent", owner.value());
            state.replace(artifact);
        }
    }
}

/// Shows what an artifact's record does not: all that is known of its newest file, and where it hangs.
pub(super) fn dump(state: &State, row: &Row) -> String {
    let newest = row.list("versions").last();
    let of_newest = |name: &str| newest.and_then(|version| version.get(name)).cloned();
    json!({
        "id": state.don(row.key),
        "name": row.get("name"),
        "type": row.get("media_type"),
        "size": of_newest("size"),
        "sha256": of_newest("sha256"),
        "parent": row.key_of("parent").map(|parent| don(state, parent)),
    })
    .to_string()
}

/// The `file` of an artifact and of its summary.
pub(super) fn show_file(row: &Row, json: &mut Json) {
    json.key("file");
    json.open(b'{');
    if let Some(name) = row.get("name") {
        json.member("name", name);
    }
    if let Some(media_type) = row.get("media_type") {
        json.member("type", media_type);
    }
    if let Some(size) = row
        .list("versions")
        .last()
        .and_then(|version| version.get("size"))
    {
        json.member("size", size);
    }
    json.close(b'}');
}
