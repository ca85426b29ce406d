//! Conversations.

use serde_json::Value;

use super::{
    accounts::MODIFIED,
    artifacts,
    call::{
        self, CURSOR, CUSTOM, CUSTOM_FIELDS, Call, FIRST_5000, LIMIT, MODE, Method, SORT_BY, read, target,
        write,
    },
    comments,
    kind::{Key, Kind, PARTS},
    progress,
    refusal::{Refusal, Reply},
    shape::{
        ARTIFACTS, By, DATES, Field, IDS, Known, OWNERS, PEOPLE, SET_TAGS, SPEC, Shape, TEXT, TEXTS, field,
    },
    show,
    state::Family,
    works::{SLA, STAGE_FILTER, STAGE_INIT, STAGE_UPDATE, TAGS_UPDATE},
};

const CONVERSATION: &[Kind] = &[Kind::Conversation];
const BRAND: Shape = Shape::Id(&[Kind::Brand], Known::Reference);
const GROUP: Shape = Shape::Id(&[Kind::Group], Known::Reference);
const CHANNEL: Shape = Shape::Id(&[Kind::Channel], Known::Reference);
const CHANNELS: Shape = Shape::List(&CHANNEL, 0, usize::MAX);
const METADATA: Shape = Shape::Object(&[field("url_context", TEXT)]);
const TAG_PAIRS: Shape = Shape::List(
    &Shape::Object(&[field("id", super::shape::ID), field("value", TEXT)]),
    0,
    usize::MAX,
);

// The first four are for lists alone, the last for exports.
static LIST: &[Field] = &[
    CURSOR,
    LIMIT,
    MODE,
    SORT_BY,
    field("actual_close_date", DATES).by(By::Date("actual_close_date")),
    field("applies_to_parts", IDS).by(By::Index("applies_to_parts")),
    field("brand", IDS).by(By::Nothing),
    field("channels", IDS).by(By::Nothing),
    CUSTOM,
    super::groups::BY_GROUP,
    field("is_creator_verified", Shape::Bool).by(By::Flag("is_creator_verified")),
    field("is_frozen", Shape::Bool).by(By::Flag("is_frozen")),
    field("is_spam", Shape::Bool).by(By::Flag("is_spam")),
    field("members", IDS).by(By::Index("members")),
    MODIFIED,
    field("owned_by", IDS).by(By::Index("owned_by")),
    field("rev_org", IDS).by(By::Nothing),
    field("rev_orgs", IDS).by(By::Nothing),
    SLA,
    field("source_channel", TEXTS).by(By::Index("source_channel")),
    field("source_channel_v2", IDS).by(By::Nothing),
    field("source_channels", TEXTS).by(By::Index("source_channel")),
    STAGE_FILTER,
    field("state", TEXTS).by(By::State),
    field("subtype", TEXTS).by(By::Field("subtype")),
    field("tags", IDS).by(By::Index("tags")),
    field("tags_v2", TAG_PAIRS).by(By::Index("tags")),
    FIRST_5000,
];

pub(super) static METHODS: &[Method] = &[
    write(
        "conversations.create",
        &[
            field("type", Shape::Choice(&["support"])).must(),
            field("brand", BRAND),
            field("channels", CHANNELS),
            CUSTOM_FIELDS,
            field("custom_schema_spec", SPEC),
            field("description", TEXT),
            field("group", GROUP),
            field("is_spam", Shape::Bool),
            field("members", PEOPLE),
            field(
                "messages",
                Shape::List(
                    &Shape::Object(&[field("artifacts", ARTIFACTS), field("body", TEXT)]),
                    0,
                    usize::MAX,
                ),
            ),
            field("metadata", METADATA),
            field("owned_by", OWNERS),
            field("source_channel", TEXT),
            field("source_channel_v2", CHANNEL),
            STAGE_INIT,
            field("tags", SET_TAGS),
            field("title", TEXT),
        ],
        create,
    ),
    write(
        "conversations.update",
        &[
            field(
                "applies_to_parts",
                Shape::Object(&[field(
                    "set",
                    Shape::List(&Shape::Id(PARTS, Known::Reference), 0, usize::MAX),
                )]),
            ),
            field("brand", BRAND),
            field("channels", Shape::Object(&[field("set", CHANNELS)])),
            CUSTOM_FIELDS,
            field("custom_schema_spec", SPEC),
            field("description", TEXT),
            field("group", GROUP),
            target(CONVERSATION),
            field("is_frozen", Shape::Bool),
            field("is_spam", Shape::Bool),
            field("members", Shape::Object(&[field("set", PEOPLE)])),
            field("metadata", METADATA),
            field("owned_by", Shape::Object(&[field("set", OWNERS)])),
            field("source_channel_v2", CHANNEL),
            STAGE_UPDATE,
            field("status", TEXT),
            TAGS_UPDATE,
            field("title", TEXT),
        ],
        |call| {
            let mut row = call.changed()?;
            progress::move_on(&call, &mut row)?;
            call.put(row)
        },
    ),
    read("conversations.get", &[target(CONVERSATION)], call::get),
    write("conversations.delete", &[target(CONVERSATION)], call::delete),
    read("conversations.list", LIST.split_at(27).0, |call| {
        call.list(Family::Conversations, LIST, "conversations")
    }),
    read("conversations.export", LIST.split_at(4).1, |call| {
        call.export(Family::Conversations, LIST, "conversations")
    }),
];

fn create(call: Call<'_>) -> Result<Reply, Refusal> {
    let mut row = call.draft(Kind::Conversation)?;
    let may_skip_start = call.state.switches.is("conversation_stage", "any");
    progress::start(&call, &mut row, may_skip_start)?;
    let messages: Vec<Value> = call
        .body
        .get("messages")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    // Each message is a parent of its own, so that no file may be in two of them.
    let files = |message: &Value| message.get("artifacts").and_then(Value::as_array).cloned();
    let mut seen = Vec::new();
    for file in messages
        .iter()
        .filter_map(files)
        .flatten()
        .filter_map(|file| Key::of_value(&file))
    {
        artifacts::check_one(call.state, file, row.key)?;
        if seen.contains(&file) {
            return Err(Refusal::attached(&call.state.don(row.key), true));
        }
        seen.push(file);
    }
    let key = call.state.add(row);
    for message in &messages {
        let body = message.get("body").and_then(Value::as_str).unwrap_or("");
        let files = files(message).unwrap_or_default();
        comments::say(call.state, key, body, &files, call.now);
    }
    Ok(Reply::wrote(201, show::one(call.state, call.state.found(key)?)))
}
