//! Objects of leaf types that were made here.

use serde_json::json;

use super::{
    call::{self, CURSOR, CUSTOM_FIELDS, Call, LIMIT, MODE, Method, SORT_BY, read, target, write},
    diagrams,
    kind::{ANY_CUSTOM, Kind},
    list::{self, Ask},
    refusal::{Refusal, Reply},
    row::Row,
    shape::{By, Field, Known, SPEC, Shape, TEXT, field},
    show,
    state::{Family, State},
};

const CUSTOM_OBJECT: &[Kind] = &[ANY_CUSTOM];
const STAGE: Shape = Shape::Id(&[Kind::Stage], Known::Reference);
const FILTERS: Field = field("filters", Shape::List(&Shape::Any, 0, usize::MAX)).by(By::Expressions);
const LEAF: Field = field("leaf_type", TEXT).must();
/// How long a token waits for its right to a new leaf type, where it does.
const GRANT_MILLISECONDS: i64 = 60_000;

static LIST: &[Field] = &[
    FILTERS,
    LEAF,
    CURSOR,
    field("filter", Shape::List(&Shape::Any, 0, usize::MAX)).by(By::Expression),
    LIMIT,
    MODE,
    SORT_BY,
];

pub(super) static METHODS: &[Method] = &[
    write(
        "custom-objects.create",
        &[
            CUSTOM_FIELDS,
            field("custom_schema_spec", SPEC),
            LEAF,
            field("stage", STAGE),
            field(
                "stage_validation_options",
                Shape::List(&Shape::Choice(&["allow_non_start"]), 0, usize::MAX),
            ),
            field("title", TEXT),
            field("unique_key", TEXT),
        ],
        create,
    ),
    write(
        "custom-objects.update",
        &[
            CUSTOM_FIELDS,
            field("custom_schema_spec", SPEC),
            target(CUSTOM_OBJECT),
            field("stage", STAGE).or_null(),
            field(
                "stage_validation_options",
                Shape::List(&Shape::Choice(&["allow_invalid_transition"]), 0, usize::MAX),
            ),
            field("title", TEXT).or_null(),
        ],
        update,
    ),
    read(
        "custom-objects.get",
        &[field("id", Shape::Id(CUSTOM_OBJECT, Known::Target))],
        |call| match call.key("id") {
            Some(key) => {
                check_access(&call, key.kind)?;
                call::get(call)
            }
            None => Err(Refusal::missing("id")),
        },
    ),
    write("custom-objects.delete", &[target(CUSTOM_OBJECT)], |call| {
        check_access(&call, call.target()?.key.kind)?;
        call::delete(call)
    }),
    read("custom-objects.list", LIST, |call| {
        let kind = [leaf(&call)?];
        list::answer(call.state, &ask(&call, &kind), "result")
    }),
    read("custom-objects.count", LIST.split_at(2).0, |call| {
        let kind = [leaf(&call)?];
        let count = list::count(call.state, &ask(&call, &kind))?;
        Ok(Reply::read(json!({"count": count}).to_string().into_bytes()))
    }),
];

fn ask<'a>(call: &'a Call<'_>, kinds: &'a [Kind]) -> Ask<'a> {
    Ask {
        kinds: Some(kinds),
        ..call.ask(Family::CustomObjects, LIST)
    }
}

/// The leaf type that a call names.
fn leaf(call: &Call<'_>) -> Result<Kind, Refusal> {
    let name = call.text("leaf_type").unwrap_or("");
    let kind = call.state.leaves.kind(name);
    let kind = kind.ok_or_else(|| Refusal::invalid_field("leaf_type").detail("no such leaf type"))?;
    check_access(call, kind)?;
    Ok(kind)
}

/// Nobody has a right to a new leaf type before it is granted; when it is, nobody says.
fn check_access(call: &Call<'_>, kind: Kind) -> Result<(), Refusal> {
    let born = call.state.leaves.get(kind).map_or(0, |leaf| leaf.born);
    let granted = match call.state.switches.leaf_type_access() {
        "after_a_minute" => call.now.saturating_sub(born) >= GRANT_MILLISECONDS,
        "never" => false,
        _ => true,
    };
    match granted {
        true => Ok(()),
        false => Err(Refusal::forbidden().detail("no role gives access to this leaf type")),
    }
}

fn create(call: Call<'_>) -> Result<Reply, Refusal> {
    let kind = leaf(&call)?;
    if call.text("unique_key") == Some("") {
        return Err(Refusal::invalid_field("unique_key"));
    }
    let mut row = call.draft(kind)?;
    if call.state.switches.is("custom_object_key", "existing")
        && let Some(existing) = same_key(call.state, &row)
    {
        return Ok(Reply {
            status: 201,
            ..Reply::read(show::one(call.state, existing))
        });
    }
    enter(&call, &mut row, true)?;
    call.add(row)
}

fn update(call: Call<'_>) -> Result<Reply, Refusal> {
    check_access(&call, call.target()?.key.kind)?;
    let mut row = call.changed()?;
    if call.body.get("stage").is_some_and(serde_json::Value::is_null) {
        row.unset("stage");
        row.unset("stage_key");
    }
    enter(&call, &mut row, false)?;
    call.put(row)
}

/// Puts an object in the stage that is asked for, which only a diagram makes legal.
fn enter(call: &Call<'_>, row: &mut Row, is_new: bool) -> Result<(), Refusal> {
    let asked = call.key("stage");
    match diagrams::diagram_of(call.state, row.key.kind, row.text("subtype")) {
        Some(diagram) => {
            let to = asked.or_else(|| diagrams::start_of(diagram).filter(|_| is_new));
            diagrams::enter(call, row, diagram, to, diagrams::goes_freely(call))
        }
        None if asked.is_some() => {
            Err(Refusal::not_permitted("stage", &[]).detail("the leaf type has no stage diagram"))
        }
        None => Ok(()),
    }
}

/// The object that has the key of a draft already.
fn same_key<'a>(state: &'a State, row: &Row) -> Option<&'a Row> {
    let shelf = state.shelf(Family::CustomObjects);
    let index = shelf.unique_index(row.key.kind, None, "unique_key", row.text("unique_key")?);
    shelf.at(shelf.having_unique(&index)?)
}
