//! Works: tickets, issues, tasks and opportunities.

use serde_json::{Value, json};

use super::{
    accounts::{BY_CREATOR, default_org},
    call::{
        self, CURSOR, CUSTOM, CUSTOM_FIELDS, Call, FIRST_5000, LIMIT, MODE, Method, SORT_BY, read, target,
        write, write_typed,
    },
    kind::{Key, Kind, PARTS, WORKS},
    list, progress,
    refusal::{Refusal, Reply},
    row::Row,
    shape::{
        ARTIFACTS, By, DATES, FIFTY_ARTIFACTS, FRAGMENT_IDS, Field, IDS, Known, OWNERS, PEOPLE, SET_TAGS,
        SPEC, Shape, TEXT, TEXTS, WHOLE, field,
    },
    state::Family,
};

const TYPES: &[&str] = &["issue", "opportunity", "task", "ticket"];
const PART: Shape = Shape::Id(PARTS, Known::Reference);
const TITLE: Shape = Shape::Text(1, 256);
const BODY: Shape = Shape::Text(0, 65_536);
const SEVERITY: Shape = Shape::Choice(&["blocker", "high", "low", "medium"]);
const PRIORITY: Shape = Shape::Choice(&["p0", "p1", "p2", "p3"]);
const LEVEL_4: Shape = Shape::Int(1, 4);
const LEVEL_5: Shape = Shape::Int(1, 5);
const CHANNEL: Shape = Shape::Choice(&["email", "plug", "slack", "twilio", "twilio_sms"]);
const CHANNELS: Shape = Shape::List(&CHANNEL, 0, usize::MAX);
const CHANNELS_V2: Shape = Shape::List(&CHANNEL_V2, 0, usize::MAX);
const CHANNEL_V2: Shape = Shape::Id(&[Kind::Channel], Known::Reference);
const GROUP: Shape = Shape::Id(&[Kind::Group], Known::Reference);
const SPRINT: Shape = Shape::Id(&[Kind::Vista], Known::Reference);
const ACCOUNT: Shape = Shape::Id(&[Kind::Account], Known::Reference);
const REV_ORG: Shape = Shape::Id(&[Kind::RevOrg], Known::Reference);
const DEVELOPED: Shape = Shape::List(&PART, 0, 8);
/// A stage as it is named when something is created.
pub(super) const STAGE_INIT: Field = field(
    "stage",
    Shape::Object(&[field("id", STAGE_ID), field("name", TEXT)]),
);
/// A stage as it is named when something is changed.
pub(super) const STAGE_UPDATE: Field = field(
    "stage",
    Shape::Object(&[field("stage", STAGE_ID), field("name", TEXT)]),
);
const STAGE_ID: Shape = Shape::Id(&[Kind::Stage], Known::Reference);
/// Changes of a work's or a conversation's tags.
pub(super) const TAGS_UPDATE: Field = field(
    "tags",
    Shape::Object(&[
        field("add", SET_TAGS),
        field("remove", TAG_IDS),
        field("set", SET_TAGS),
    ]),
);
const TAG_IDS: Shape = Shape::List(
    &Shape::Object(&[field("id", Shape::Id(&[Kind::Tag], Known::Reference)).must()]),
    0,
    usize::MAX,
);
pub(super) const STAGE_FILTER: Field = field(
    "stage",
    Shape::Object(&[field("name", TEXTS).by(By::Index("stage"))]),
)
.by(By::Group(None));
/// Filters on service levels, which nothing here has.
pub(super) const SLA: Field = field(
    "sla_summary",
    Shape::Object(&[
        field(
            "stage",
            Shape::List(
                &Shape::Choice(&["breached", "completed", "paused", "running", "warning"]),
                0,
                usize::MAX,
            ),
        )
        .by(By::Nothing),
        field("target_time", DATES).by(By::Nothing),
    ]),
)
.by(By::Group(None));
/// Filters on what a sync noted, which nothing here did.
pub(super) const SYNC: Field = field(
    "sync_metadata",
    Shape::Object(&[
        field("external_reference", TEXTS).by(By::Nothing),
        field("origin_system", TEXTS).by(By::Nothing),
        field("last_sync_in", Shape::Map).by(By::Nothing),
        field("last_sync_out", Shape::Map).by(By::Nothing),
    ]),
)
.by(By::Group(None));
const UNRESOLVED: Shape = Shape::List(
    &Shape::Object(&[
        field("devrev_field_name", TEXT),
        field("external_display_name", TEXT),
        field("external_field_name", TEXT),
    ]),
    0,
    usize::MAX,
);

// The first four are for lists alone, the last for exports.
static LIST: &[Field] = &[
    CURSOR,
    LIMIT,
    MODE,
    field("external_ref", TEXTS).by(By::Index("external_ref")),
    field("type", Shape::List(&Shape::Choice(TYPES), 0, usize::MAX)).by(By::Kind),
    field("actual_close_date", DATES).by(By::Date("actual_close_date")),
    field("applies_to_part", IDS).by(By::Index("applies_to_part")),
    BY_CREATOR,
    field("created_date", DATES).by(By::Created),
    CUSTOM,
    field("issue", Shape::Object(ISSUE_FILTERS)).by(By::Group(Some(Kind::Issue))),
    field("modified_by", IDS).by(By::Modifier),
    field("modified_date", DATES).by(By::Modified),
    field("owned_by", IDS).by(By::Index("owned_by")),
    field("reported_by", IDS).by(By::Index("reported_by")),
    SORT_BY,
    STAGE_FILTER,
    field(
        "staged_info",
        Shape::Object(&[field("is_staged", Shape::Bool).by(By::Flag("is_staged"))]),
    )
    .by(By::Group(None)),
    field("state", TEXTS).by(By::State),
    SYNC,
    field("tags", IDS).by(By::Index("tags")),
    field("target_close_date", DATES).by(By::Date("target_close_date")),
    field("ticket", Shape::Object(TICKET_FILTERS)).by(By::Group(Some(Kind::Ticket))),
    field("opportunity", Shape::Object(OPPORTUNITY_FILTERS)).by(By::Group(Some(Kind::Opportunity))),
    FIRST_5000,
];

static OPPORTUNITY_FILTERS: &[Field] = &[
    field("account", IDS).by(By::Index("account")),
    field("contacts", IDS).by(By::Field("contacts")),
    field("forecast_category_v2", Shape::List(&WHOLE, 0, usize::MAX)).by(By::Field("forecast_category_v2")),
    field("subtype", TEXTS).by(By::Field("subtype")),
];

static ISSUE_FILTERS: &[Field] = &[
    field("accounts", IDS).by(By::Nothing),
    field("actual_start_date", DATES).by(By::Nothing),
    field("priority", Shape::List(&PRIORITY, 0, usize::MAX)).by(By::Field("priority")),
    field("priority_v2", Shape::List(&WHOLE, 0, usize::MAX)).by(By::Field("priority_v2")),
    field("rev_orgs", IDS).by(By::Nothing),
    SLA,
    field("sprint", IDS).by(By::Nothing),
    field("subtype", TEXTS).by(By::Field("subtype")),
    field("target_start_date", DATES).by(By::Date("target_start_date")),
];

static TICKET_FILTERS: &[Field] = &[
    field("account", IDS).by(By::Index("account")),
    field("brand", IDS).by(By::Nothing),
    field("channels", CHANNELS).by(By::Field("channels")),
    field("channels_v2", IDS).by(By::Nothing),
    super::groups::BY_GROUP,
    field("is_frozen", Shape::Bool).by(By::Flag("is_frozen")),
    field("is_spam", Shape::Bool).by(By::Flag("is_spam")),
    field("needs_response", Shape::Bool).by(By::Flag("needs_response")),
    field("rev_org", IDS).by(By::Index("rev_org")),
    field("severity", Shape::List(&SEVERITY, 0, usize::MAX)).by(By::Field("severity")),
    SLA,
    field("source_channel", TEXTS).by(By::Field("source_channel")),
    field("source_channel_v2", IDS).by(By::Nothing),
    field("subtype", TEXTS).by(By::Field("subtype")),
    field("surveys", Shape::Map).by(By::Nothing),
];

pub(super) static METHODS: &[Method] = &[
    write_typed(
        "works.create",
        &[
            field("type", Shape::Choice(TYPES)).must(),
            field("applies_to_part", PART).must(),
            field("artifacts", ARTIFACTS),
            field("body", BODY),
            CUSTOM_FIELDS,
            field("custom_schema_fragments", FRAGMENT_IDS),
            field("custom_schema_spec", SPEC),
            field("external_ref", Shape::Text(1, 512)),
            field("owned_by", OWNERS).must(),
            field("reported_by", PEOPLE),
            STAGE_INIT,
            field(
                "stage_validation_options",
                Shape::List(&Shape::Choice(&["allow_non_start"]), 0, usize::MAX),
            ),
            field("tags", SET_TAGS),
            field("target_close_date", Shape::Time),
            field("title", TITLE).must(),
        ],
        &[
            ("issue", ISSUE_CREATE),
            ("opportunity", OPPORTUNITY_CREATE),
            ("task", TASK),
            ("ticket", TICKET_CREATE),
        ],
        create,
    ),
    write_typed(
        "works.update",
        &[
            field(
                "type",
                Shape::Choice(&["issue", "none", "opportunity", "task", "ticket"]),
            ),
            field("applies_to_part", PART),
            field(
                "artifacts",
                Shape::Object(&[
                    field("add", FIFTY_ARTIFACTS),
                    field("remove", FIFTY_ARTIFACTS),
                    field("set", FIFTY_ARTIFACTS),
                ]),
            ),
            field("body", BODY),
            CUSTOM_FIELDS,
            field("custom_schema_fragments", FRAGMENT_IDS),
            field("custom_schema_spec", SPEC),
            field("external_ref", Shape::Text(1, 512)),
            target(WORKS),
            field("owned_by", Shape::Object(&[field("set", OWNERS)])),
            field("reported_by", Shape::Object(&[field("set", PEOPLE)])),
            STAGE_UPDATE,
            field(
                "stage_validation_options",
                Shape::List(&Shape::Choice(&["allow_invalid_transition"]), 0, usize::MAX),
            ),
            field(
                "staged_info",
                Shape::Object(&[
                    field("sync_in_unresolved_fields", UNRESOLVED),
                    field("sync_out_unresolved_fields", UNRESOLVED),
                    field("unresolved_fields", TEXTS),
                ]),
            ),
            TAGS_UPDATE,
            field("target_close_date", Shape::Time).or_null(),
            field("title", TITLE),
        ],
        &[
            ("issue", ISSUE_UPDATE),
            ("opportunity", OPPORTUNITY_UPDATE),
            ("task", TASK),
            ("ticket", TICKET_UPDATE),
        ],
        update,
    ),
    read("works.get", &[target(WORKS)], call::get),
    write("works.delete", &[target(WORKS)], call::delete),
    read("works.list", LIST.split_at(24).0, |call| {
        check_external_ref(&call)?;
        call.list(Family::Works, LIST, "works")
    }),
    read("works.export", LIST.split_at(4).1, |call| {
        call.export(Family::Works, LIST, "works")
    }),
    read("works.count", LIST.split_at(24).0.split_at(3).1, |call| {
        check_external_ref(&call)?;
        let count = list::count(call.state, &call.ask(Family::Works, LIST))?;
        Ok(Reply::read(json!({"count": count}).to_string().into_bytes()))
    }),
];

static ISSUE_CREATE: &[Field] = &[
    field("developed_with", DEVELOPED),
    field("priority", PRIORITY),
    field("priority_v2", LEVEL_4),
    field("sprint", SPRINT),
    field("target_start_date", Shape::Time),
];

static TASK: &[Field] = &[
    field("embedded", Shape::Bool),
    field("priority", PRIORITY),
    field("start_date", Shape::Time),
];

const MONEY: Shape = Shape::Object(&[field("amount", TEXT).must(), field("currency", TEXT).must()]);
const CONTACTS: Shape = Shape::List(&Shape::Id(&[Kind::RevUser], Known::Reference), 0, usize::MAX);
const LEVEL_6: Shape = Shape::Int(1, 6);

static OPPORTUNITY_CREATE: &[Field] = &[
    field("account", ACCOUNT).must(),
    field("amount", Shape::Double),
    field("annual_contract_value", MONEY),
    field("contacts", CONTACTS),
    field("customer_budget", Shape::Double),
    field(
        "forecast_category",
        Shape::Choice(&["commit", "omitted", "pipeline", "strong_upside", "upside", "won"]),
    ),
    field("forecast_category_v2", LEVEL_6),
    field("priority", PRIORITY),
    field("probability", Shape::Double),
    field("value", MONEY),
];

static OPPORTUNITY_UPDATE: &[Field] = &[
    field("account", ACCOUNT),
    field("amount", Shape::Double).or_null(),
    field("annual_contract_value", MONEY),
    field("contacts", Shape::Object(&[field("set", CONTACTS).must()])),
    field("customer_budget", Shape::Double).or_null(),
    field("forecast_category_v2", LEVEL_6),
    field("probability", Shape::Double).or_null(),
    field("value", MONEY),
];

static TICKET_CREATE: &[Field] = &[
    field("account", ACCOUNT),
    field("channels", CHANNELS),
    field("channels_v2", CHANNELS_V2),
    field("group", GROUP),
    field("is_spam", Shape::Bool),
    field("needs_response", Shape::Bool),
    field("rev_org", REV_ORG),
    field("severity", SEVERITY),
    field("source_channel", TEXT),
    field("source_channel_v2", CHANNEL_V2),
];

static ISSUE_UPDATE: &[Field] = &[
    field("developed_with", Shape::Object(&[field("set", DEVELOPED)])),
    field("priority", PRIORITY),
    field("priority_v2", LEVEL_4),
    field("sprint", SPRINT).or_null(),
    field("target_start_date", Shape::Time).or_null(),
];

static TICKET_UPDATE: &[Field] = &[
    field("account", ACCOUNT).or_null(),
    field("channels", Shape::Object(&[field("set", CHANNELS)])),
    field("channels_v2", CHANNELS_V2),
    field("group", GROUP).or_null(),
    field("is_archived", Shape::Bool),
    field("is_frozen", Shape::Bool),
    field("is_spam", Shape::Bool),
    field("needs_response", Shape::Bool),
    field("rev_org", REV_ORG).or_null(),
    field("sentiment", LEVEL_5),
    field("sentiment_modified_date", Shape::Time),
    field("sentiment_summary", TEXT),
    field("severity", SEVERITY),
    field("source_channel_v2", CHANNEL_V2).or_null(),
];

fn create(call: Call<'_>) -> Result<Reply, Refusal> {
    check_external_ref(&call)?;
    let kind = call
        .text("type")
        .and_then(Kind::of_name)
        .ok_or_else(|| Refusal::missing("type"))?;
    let mut row = call.draft(kind)?;
    if row.list("owned_by").is_empty() && call.state.switches.is("empty_owned_by", "refuse") {
        return Err(Refusal::invalid_field("owned_by").detail("nobody owns it"));
    }
    settle_home(&call, &mut row)?;
    let options = call
        .body
        .get("stage_validation_options")
        .and_then(Value::as_array);
    let may_skip_start = options.is_some_and(|options| !options.is_empty());
    progress::start(&call, &mut row, may_skip_start)?;
    call.add(row)
}

fn update(call: Call<'_>) -> Result<Reply, Refusal> {
    check_external_ref(&call)?;
    let kind = call.target()?.key.kind;
    if call
        .text("type")
        .is_some_and(|name| name != "none" && name != kind.name())
    {
        return Err(Refusal::not_permitted("type", &[kind.name()]));
    }
    let mut row = call.changed()?;
    settle_home(&call, &mut row)?;
    progress::move_on(&call, &mut row)?;
    call.put(row)
}

/// The twin's switch for a member that the description of 2025 does not have.
fn check_external_ref(call: &Call<'_>) -> Result<(), Refusal> {
    let refused = call.state.switches.is("works_external_ref", "refuse");
    match refused && call.body.contains_key("external_ref") {
        true => Err(Refusal::invalid_field("external_ref")),
        false => Ok(()),
    }
}

/// Makes a ticket's account and workspace agree.
fn settle_home(call: &Call<'_>, row: &mut Row) -> Result<(), Refusal> {
    if row.key.kind != Kind::Ticket {
        return Ok(());
    }
    let given = |name: &str| {
        call.body
            .get(name)
            .filter(|value| !value.is_null())
            .and_then(Key::of_value)
    };
    let account_of = |org: Key| call.state.get(org).and_then(|org| org.key_of("account"));
    match (given("account"), given("rev_org")) {
        (Some(account), Some(org)) if account_of(org) != Some(account) => {
            return Err(Refusal::bad_request().detail("the workspace is another account's"));
        }
        (None, Some(org)) => match account_of(org) {
            Some(account) => row.set("account", account.value()),
            None => row.unset("account"),
        },
        (Some(account), None) => match default_org(call.state, account) {
            Some(org) => row.set("rev_org", org.value()),
            None => row.unset("rev_org"),
        },
        _ => {}
    }
    Ok(())
}
