//! Timeline entries: the comments under everything that can be talked about.

use serde_json::{Value, json};

use super::{
    accounts::CREATED,
    artifacts,
    call::{self, CURSOR, Call, LIMIT, MODE, Method, read, target, write, write_typed},
    kind::{ANY_CUSTOM, Key, Kind, USERS},
    refusal::{Refusal, Reply},
    row::Row,
    shape::{By, FIFTY_ARTIFACTS, Field, Known, Shape, TEXT, TEXTS, field},
    show,
    state::{Family, State},
};

const COMMENT: &[Kind] = &[Kind::Comment];
/// What can be talked about.
pub(super) const OBJECTS: &[Kind] = &[
    Kind::Account,
    Kind::RevOrg,
    Kind::RevUser,
    Kind::Ticket,
    Kind::Issue,
    Kind::Task,
    Kind::Opportunity,
    Kind::Conversation,
    Kind::Article,
    Kind::Group,
    Kind::Meeting,
    Kind::Comment,
    Kind::Product,
    Kind::Capability,
    Kind::Feature,
    Kind::Enhancement,
    Kind::Linkable,
    Kind::Runnable,
    ANY_CUSTOM,
];
const VISIBILITY: Shape = Shape::Choice(&["external", "internal", "private", "public"]);
const COLLECTIONS: Shape = Shape::List(&Shape::Choice(&["discussions", "events"]), 0, usize::MAX);
const BODY_TYPE: Shape = Shape::Choice(&["data", "snap_kit", "snap_widget", "text"]);
const REFERENCE: Shape = Shape::Text(1, 512);
const WIDGETS: Shape = Shape::List(&Shape::Id(&[Kind::Widget], Known::Reference), 0, usize::MAX);
const FEW_ARTIFACTS: Shape = Shape::List(&Shape::Id(&[Kind::Artifact], Known::Reference), 0, 10);

static LIST: &[Field] = &[
    field("object", Shape::Id(OBJECTS, Known::Target))
        .must()
        .by(By::Index("object")),
    field("collections", COLLECTIONS).by(By::Field("panels")),
    CREATED,
    CURSOR,
    field("labels", TEXTS).by(By::Field("labels")),
    LIMIT,
    MODE,
    field("visibility", Shape::List(&VISIBILITY, 0, usize::MAX)).by(By::Field("visibility")),
];

pub(super) static METHODS: &[Method] = &[
    write_typed(
        "timeline-entries.create",
        &[
            field("type", Shape::Choice(&["timeline_comment"])).must(),
            field("collections", COLLECTIONS),
            field("expires_at", Shape::Time),
            field("labels", Shape::List(&Shape::Text(1, 64), 0, 16)),
            field("object", Shape::Id(OBJECTS, Known::Reference)).must(),
            field(
                "private_to",
                Shape::List(&Shape::Id(USERS, Known::Reference), 0, usize::MAX),
            ),
            field("visibility", VISIBILITY),
        ],
        &[(
            "timeline_comment",
            &[
                field("artifacts", FIFTY_ARTIFACTS),
                field("body", TEXT),
                field("body_type", BODY_TYPE),
                field("external_ref", REFERENCE),
                field("link_previews", WIDGETS),
                field("snap_kit_body", Shape::Map),
                field("snap_widget_body", WIDGETS),
            ],
        )],
        create,
    ),
    write_typed(
        "timeline-entries.update",
        &[
            field("type", Shape::Choice(&["timeline_comment"])).must(),
            target(COMMENT),
        ],
        &[(
            "timeline_comment",
            &[
                field(
                    "artifacts",
                    Shape::Object(&[
                        field("add", FEW_ARTIFACTS),
                        field("remove", FEW_ARTIFACTS),
                        field("set", FIFTY_ARTIFACTS),
                    ]),
                ),
                field("body", TEXT),
                field("body_type", BODY_TYPE),
                field("external_ref", REFERENCE).or_null(),
                field(
                    "link_previews",
                    Shape::Object(&[
                        field("add", WIDGETS),
                        field("remove", WIDGETS),
                        field("set", WIDGETS),
                    ]),
                ),
                field("snap_kit_body", Shape::Map),
            ],
        )],
        update,
    ),
    read(
        "timeline-entries.get",
        &[
            field("id", Shape::Id(OBJECTS, Known::Target)).must(),
            field("external_ref", REFERENCE),
        ],
        get,
    ),
    write("timeline-entries.delete", &[target(COMMENT)], call::delete),
    read("timeline-entries.list", LIST, |call| {
        call.list(Family::Comments, LIST, "timeline_entries")
    }),
];

fn create(call: Call<'_>) -> Result<Reply, Refusal> {
    let mut row = call.draft(Kind::Comment)?;
    if let Some(expiry) = row
        .text("expires_at")
        .and_then(|text| text.parse::<jiff::Timestamp>().ok())
        && expiry.as_millisecond() < call.now.saturating_add(60_000)
    {
        return Err(Refusal::invalid_field("expires_at").detail("less than a minute ahead"));
    }
    if row.text("visibility").is_none() {
        row.set("visibility", "external");
    }
    if row.text("body_type").is_none() {
        row.set("body_type", "text");
    }
    let panels = call
        .body
        .get("collections")
        .cloned()
        .unwrap_or_else(|| json!(["discussions"]));
    row.set("panels", panels);
    move_parent(call.state, &row, call.now);
    call.add(row)
}

fn update(call: Call<'_>) -> Result<Reply, Refusal> {
    let row = call.changed()?;
    move_parent(call.state, &row, call.now);
    call.put(row)
}

/// Dates what a comment is about anew, where comments do that.
fn move_parent(state: &mut State, comment: &Row, now: i64) {
    let parent = comment.key_of("object").and_then(|key| state.get(key)).cloned();
    if let Some(mut parent) = parent.filter(|_| state.switches.is("comment_moves_parent", "yes")) {
        parent.modified = now;
        state.replace_quietly(parent);
    }
}

/// Adds a message of the token's user, which the caller has checked.
pub(super) fn say(state: &mut State, object: Key, body: &str, files: &[Value], now: i64) {
    let mut row: Row = state.draft(Kind::Comment, now);
    row.set("object", object.value());
    row.set("body", body);
    row.set("body_type", "text");
    row.set("visibility", "external");
    row.set("panels", json!(["discussions"]));
    if !files.is_empty() {
        row.set("artifacts", files.to_vec());
    }
    let key = state.add(row);
    artifacts::attach(state, key);
}

fn get(call: Call<'_>) -> Result<Reply, Refusal> {
    let key = call.key("id").ok_or_else(Refusal::not_found)?;
    let Some(reference) = call.text("external_ref") else {
        return match key.kind {
            Kind::Comment => call::get(call),
            _ => Err(Refusal::id_type("id")),
        };
    };
    let (entries, objects) = match call.state.switches.timeline_external_ref() {
        "entry" => (true, false),
        "object" => (false, true),
        _ => (true, true),
    };
    let beside = call
        .state
        .get(key)
        .and_then(|row| row.key_of("object"))
        .filter(|_| entries);
    let within = Some(key).filter(|_| objects);
    let shelf = call.state.shelf(Family::Comments);
    let found = beside.into_iter().chain(within).find_map(|object| {
        let object = object.to_string();
        let index = shelf.unique_index(Kind::Comment, Some(&object), "external_ref", reference);
        shelf.at(shelf.having_unique(&index)?)
    });
    let found = found.ok_or_else(Refusal::not_found)?;
    Ok(Reply::read(show::one(call.state, found)))
}
