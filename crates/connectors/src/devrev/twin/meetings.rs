//! Meetings.

use serde_json::json;

use super::{
    accounts::{BY_CREATOR, TAG_FILTER},
    call::{self, CURSOR, CUSTOM, CUSTOM_FIELDS, LIMIT, MODE, Method, SORT_BY, read, target, write},
    kind::{Kind, USERS},
    list,
    refusal::{Refusal, Reply},
    shape::{By, DATES, Field, ID, IDS, Known, SET_TAGS, SPEC, Shape, TEXT, TEXTS, field},
    state::Family,
    works::SYNC,
};

const MEETING: &[Kind] = &[Kind::Meeting];
const CHANNEL: Shape = Shape::Choice(&[
    "amazon_connect",
    "google_meet",
    "offline",
    "other",
    "teams",
    "zoom",
]);
const STATE: Shape = Shape::Choice(&[
    "canceled",
    "completed",
    "no_show",
    "ongoing",
    "rejected",
    "rescheduled",
    "scheduled",
    "waiting",
]);
const USER: Shape = Shape::Id(USERS, Known::Reference);
const FILE: Shape = Shape::Id(&[Kind::Artifact], Known::Reference);
/// What a meeting can be about.
const PARENT: Shape = Shape::Id(
    &[
        Kind::Account,
        Kind::Ticket,
        Kind::Issue,
        Kind::Task,
        Kind::Opportunity,
        Kind::Conversation,
    ],
    Known::Reference,
);

// The first four are for lists alone.
static LIST: &[Field] = &[
    CURSOR,
    LIMIT,
    MODE,
    SORT_BY,
    field("channel", Shape::List(&CHANNEL, 0, usize::MAX)).by(By::Field("channel")),
    BY_CREATOR,
    field("created_date", DATES).by(By::Created),
    CUSTOM,
    field("ended_date", DATES).by(By::Date("ended_date")),
    field("external_ref", TEXTS).by(By::Index("external_ref")),
    field(
        "links",
        Shape::List(
            &Shape::Object(&[
                field("link_type", TEXT),
                field("target", ID),
                field("target_object_type", TEXT),
            ]),
            0,
            usize::MAX,
        ),
    )
    .by(By::Nothing),
    field("members", IDS).by(By::Index("members")),
    field("modified_date", DATES).by(By::Modified),
    field("organizer", IDS).by(By::Field("organizer")),
    field("parent", IDS).by(By::Index("parent")),
    field("scheduled_date", DATES).by(By::Date("scheduled_date")),
    field("state", Shape::List(&STATE, 0, usize::MAX)).by(By::Field("state")),
    field("subtype", TEXTS).by(By::Field("subtype")),
    SYNC,
    TAG_FILTER,
];

pub(super) static METHODS: &[Method] = &[
    write(
        "meetings.create",
        &[
            field("channel", CHANNEL).must(),
            CUSTOM_FIELDS,
            field("custom_schema_spec", SPEC),
            field("description", TEXT),
            field("ended_date", Shape::Time),
            field("external_ref", TEXT),
            field("external_url", TEXT),
            field("members", Shape::List(&USER, 1, 800)).must(),
            field("organizer", USER),
            field("parent", PARENT),
            field("recording", FILE),
            field("recording_url", TEXT),
            field("scheduled_date", Shape::Time),
            field("state", STATE).must(),
            field("tags", SET_TAGS),
            field("title", TEXT).must(),
            field("transcript", FILE),
        ],
        |call| {
            let row = call.draft(Kind::Meeting)?;
            call.add(row)
        },
    ),
    write(
        "meetings.update",
        &[
            field("channel", CHANNEL),
            CUSTOM_FIELDS,
            field("custom_schema_spec", SPEC),
            field("description", TEXT),
            field("ended_date", Shape::Time).or_null(),
            field("external_ref", TEXT),
            field("external_url", TEXT),
            target(MEETING),
            field(
                "members",
                Shape::Object(&[field("set", Shape::List(&USER, 0, usize::MAX))]),
            ),
            field("organizer", USER),
            field("recording", FILE).or_null(),
            field("recording_url", TEXT),
            field("scheduled_date", Shape::Time).or_null(),
            field("state", STATE),
            field("tags", Shape::Object(&[field("set", SET_TAGS)])),
            field("title", TEXT),
            field("transcript", FILE),
        ],
        |call| {
            let row = call.changed()?;
            match row.list("members").len() {
                1..=800 => call.put(row),
                _ => Err(Refusal::invalid_field("members.set").detail("1 to 800 members")),
            }
        },
    ),
    read("meetings.get", &[target(MEETING)], call::get),
    write("meetings.delete", &[target(MEETING)], call::delete),
    read("meetings.list", LIST, |call| {
        call.list(Family::Meetings, LIST, "meetings")
    }),
    read("meetings.count", LIST.split_at(4).1, |call| {
        let count = list::count(call.state, &call.ask(Family::Meetings, LIST))?;
        Ok(Reply::read(json!({"count": count}).to_string().into_bytes()))
    }),
];
