//! States, stages and the diagrams that say which stage follows which.

use serde_json::{Value, json};

use super::{
    call::{self, CURSOR, Call, LIMIT, Method, SORT_BY, read, target, write},
    kind::{ANY_CUSTOM, Key, Kind},
    list, progress,
    refusal::{Refusal, Reply},
    row::Row,
    shape::{By, Field, ID, Known, Shape, TEXT, TEXTS, WHOLE, field, resolve},
    shelf::{Slot, shared_index},
    show::{self, Json},
    state::{Family, State},
};

const STATE: &[Kind] = &[Kind::State];
const STAGE: &[Kind] = &[Kind::Stage];
const DIAGRAM: &[Kind] = &[Kind::StageDiagram];
const WHOLES: Shape = Shape::List(&WHOLE, 0, usize::MAX);
const STAGE_ID: Shape = Shape::Id(STAGE, Known::Reference);
const NODES: Shape = Shape::List(
    &Shape::Object(&[
        field("is_deprecated", Shape::Bool),
        field("is_start", Shape::Bool),
        field("stage_id", STAGE_ID).must(),
        field(
            "transitions",
            Shape::List(
                &Shape::Object(&[
                    field("target_stage_id", STAGE_ID).must(),
                    field("ui", Shape::Object(&[field("is_hidden", Shape::Bool)])),
                ]),
                0,
                usize::MAX,
            ),
        ),
    ]),
    0,
    usize::MAX,
);

static STATES_LIST: &[Field] = &[
    CURSOR,
    field("is_final", Shape::Bool).by(By::Flag("is_final")),
    LIMIT,
    field("name", TEXTS).by(By::Field("name")),
    field("ordinal", WHOLES).by(By::Field("ordinal")),
    SORT_BY,
];

static STAGES_LIST: &[Field] = &[
    CURSOR,
    LIMIT,
    field("name", TEXTS).by(By::Field("name")),
    field("ordinal", WHOLES).by(By::Field("ordinal")),
    SORT_BY,
];

static DIAGRAMS_LIST: &[Field] = &[
    CURSOR,
    field("is_custom_leaf_type", Shape::Bool).by(By::Flag("is_custom_leaf_type")),
    field("leaf_type", TEXTS).by(By::Index("leaf_type")),
    LIMIT,
    field("name", TEXTS).by(By::Field("name")),
    SORT_BY,
];

pub(super) static METHODS: &[Method] = &[
    write(
        "states.custom.create",
        &[
            field("is_final", Shape::Bool),
            field("name", TEXT).must(),
            field("ordinal", WHOLE).must(),
        ],
        |call| {
            let mut row = call.draft(Kind::State)?;
            if row.get("is_final").is_none() {
                row.set("is_final", false);
            }
            check_ordinal(call.state, &row)?;
            call.add(row)
        },
    ),
    write(
        "states.custom.update",
        &[
            target(STATE),
            field("is_final", Shape::Bool),
            field("name", TEXT),
            field("ordinal", WHOLE),
        ],
        |call| {
            let row = call.changed()?;
            check_own(&row)?;
            check_ordinal(call.state, &row)?;
            call.put(row)
        },
    ),
    read("states.custom.get", &[target(STATE)], call::get),
    read("states.custom.list", STATES_LIST, |call| {
        list_result(&call, Family::States, STATES_LIST)
    }),
    write(
        "stages.custom.create",
        &[
            field("marketplace_ref", ID),
            field("name", TEXT).must(),
            field("ordinal", WHOLE).must(),
            field("state", TEXT).must(),
        ],
        |call| {
            let mut row = call.draft(Kind::Stage)?;
            let state = state_of(call.state, call.text("state").unwrap_or(""))?;
            row.set("state", state.value());
            call.add(row)
        },
    ),
    write(
        "stages.custom.update",
        &[
            target(STAGE),
            field("name", TEXT),
            field("ordinal", WHOLE),
            field("state_id", Shape::Id(STATE, Known::Reference)),
        ],
        |call| {
            let mut row = call.changed()?;
            check_own(&row)?;
            if let Some(state) = call.key("state_id") {
                row.set("state", state.value());
            }
            call.put(row)
        },
    ),
    read("stages.custom.get", &[target(STAGE)], call::get),
    read("stages.custom.list", STAGES_LIST, |call| {
        list_result(&call, Family::Stages, STAGES_LIST)
    }),
    write(
        "stage-diagrams.create",
        &[
            field("is_custom_leaf_type", Shape::Bool),
            field("is_default", Shape::Bool),
            field("leaf_type", TEXT).must(),
            field("name", TEXT).must(),
            field("stages", NODES).must(),
        ],
        create_diagram,
    ),
    write(
        "stage-diagrams.update",
        &[target(DIAGRAM), field("name", TEXT), field("stages", NODES)],
        |call| {
            let row = call.changed()?;
            check_nodes(&row)?;
            let mut nodes = row.list("stages").iter();
            if nodes.any(|node| node.get("is_deprecated") == Some(&Value::Bool(true))) {
                return Err(Refusal::bad_request());
            }
            call.put(row)
        },
    ),
    read(
        "stage-diagrams.get",
        &[
            field("id", Shape::Id(DIAGRAM, Known::Target)),
            field("is_custom_leaf_type", Shape::Bool),
            field("leaf_type", TEXT),
        ],
        |call| {
            let found = match (call.key("id"), call.text("leaf_type")) {
                (Some(key), _) => call.state.get(key),
                (None, Some(leaf)) => default_of(call.state, leaf),
                (None, None) => return Err(Refusal::missing("id")),
            };
            let found = found.ok_or_else(Refusal::not_found)?;
            Ok(Reply::read(show::one(call.state, found)))
        },
    ),
    read("stage-diagrams.list", DIAGRAMS_LIST, |call| {
        list_result(&call, Family::StageDiagrams, DIAGRAMS_LIST)
    }),
];

/// Answers a list of the kind whose cursor is just called `cursor`.
fn list_result(call: &Call<'_>, family: Family, fields: &'static [Field]) -> Result<Reply, Refusal> {
    let page = list::page(call.state, &call.ask(family, fields))?;
    let mut json = Json::new();
    json.open(b'{');
    json.key("result");
    list::put_records(call.state, family, &page.slots, &mut json);
    if let Some(next) = &page.next {
        json.member("cursor", next);
    }
    json.close(b'}');
    Ok(Reply::read(json.out))
}

/// What every workspace has does not change.
fn check_own(row: &Row) -> Result<(), Refusal> {
    match row.is_on("is_stock") {
        true => Err(Refusal::bad_request().detail("a stock state or stage stays as it is")),
        false => Ok(()),
    }
}

/// No two states share an ordinal; this is a bad request rather than a conflict.
fn check_ordinal(state: &State, row: &Row) -> Result<(), Refusal> {
    match state.check_unique(row) {
        Ok(()) => Ok(()),
        Err(_) => Err(Refusal::not_permitted("ordinal", &[]).detail("another state has this ordinal")),
    }
}

/// A state, by its id or by its stock name.
fn state_of(state: &State, text: &str) -> Result<Key, Refusal> {
    let stock = state.shelf(Family::States).rows().map(|(_, row)| row);
    let mut stock = stock.filter(|row| row.is_on("is_stock"));
    match stock.find(|row| row.text("name") == Some(text)) {
        Some(row) => Ok(row.key),
        None => resolve(state, text, STATE, Known::Reference).map_err(|refusal| refusal.under("state")),
    }
}

fn create_diagram(call: Call<'_>) -> Result<Reply, Refusal> {
    let leaf = call.text("leaf_type").unwrap_or("");
    let kind = call.state.leaf_kind(leaf).filter(|kind| *kind != ANY_CUSTOM);
    let kind = kind.ok_or_else(|| Refusal::invalid_field("leaf_type").detail("no such leaf type"))?;
    let is_custom = call.state.leaves.get(kind).is_some();
    let mut row = call.draft(Kind::StageDiagram)?;
    if row.is_on("is_custom_leaf_type") != is_custom {
        return Err(Refusal::bad_request().detail("is_custom_leaf_type is not what the leaf type is"));
    }
    if row.is_on("is_default") && default_of(call.state, leaf).is_some() {
        return Err(Refusal::conflict("the default diagram"));
    }
    for name in ["is_custom_leaf_type", "is_default"] {
        if row.get(name).is_none() {
            row.set(name, false);
        }
    }
    check_nodes(&row)?;
    call.add(row)
}

/// The diagram that a leaf type's objects have where no fragment names one.
fn default_of<'a>(state: &'a State, leaf: &str) -> Option<&'a Row> {
    let shelf = state.shelf(Family::StageDiagrams);
    let slots = shelf.having(&shared_index("leaf_type", leaf), 0..Slot::MAX);
    slots
        .filter_map(|slot| shelf.at(slot))
        .find(|row| row.is_on("is_default"))
}

fn node_stage(node: &Value) -> Option<&str> {
    node.get("stage_id")?.as_str()
}

fn targets(node: &Value) -> impl Iterator<Item = &str> {
    let transitions = node.get("transitions").and_then(Value::as_array);
    let targets = transitions
        .into_iter()
        .flatten()
        .filter_map(|one| one.get("target_stage_id"));
    targets.filter_map(Value::as_str)
}

fn is_start(node: &Value) -> bool {
    node.get("is_start") == Some(&Value::Bool(true))
}

/// One start, every stage once, and every way leads to a stage of the diagram.
fn check_nodes(row: &Row) -> Result<(), Refusal> {
    let nodes = row.list("stages");
    let has = |stage: &str| {
        nodes
            .iter()
            .filter(|node| node_stage(node) == Some(stage))
            .count()
    };
    let starts = nodes.iter().filter(|node| is_start(node)).count();
    let is_whole = nodes.iter().filter_map(node_stage).all(|stage| has(stage) == 1)
        && nodes.iter().flat_map(targets).all(|stage| has(stage) == 1);
    match starts == 1 && is_whole {
        true => Ok(()),
        false => Err(Refusal::bad_request().detail("one start, and every stage once")),
    }
}

/// The diagram that a record's stages follow: its subtype's, its leaf type's, or the default one.
pub(super) fn diagram_of<'a>(state: &'a State, kind: Kind, subtype: Option<&str>) -> Option<&'a Row> {
    use super::custom::Part;
    let leaf = state.leaves.name(kind);
    let parts = subtype.map(Part::Subtype).into_iter().chain([Part::Tenant]);
    let named = parts.filter_map(|part| state.fragment(leaf, part)?.key_of("stage_diagram_id"));
    let named = named.filter_map(|key| state.get(key)).next();
    named.or_else(|| default_of(state, leaf))
}

/// The stage that a diagram begins with.
pub(super) fn start_of(diagram: &Row) -> Option<Key> {
    let start = diagram.list("stages").iter().find(|node| is_start(node))?;
    Key::of(node_stage(start)?)
}

/// The stage of a diagram that is called so.
pub(super) fn named(state: &State, diagram: &Row, name: &str) -> Option<Key> {
    let stages = diagram
        .list("stages")
        .iter()
        .filter_map(|node| Key::of(node_stage(node)?));
    let mut stages = stages.filter_map(|key| state.get(key));
    stages
        .find(|stage| stage.text("name") == Some(name))
        .map(|stage| stage.key)
}

/// Whether a diagram lets a record into a stage: at the start, or on a way from where it is.
pub(super) fn allows(diagram: &Row, from: Option<Key>, to: Key, freely: bool) -> bool {
    let nodes = diagram.list("stages");
    let node = |stage: Key| {
        nodes
            .iter()
            .find(|node| node_stage(node) == Some(&stage.to_string()))
    };
    let Some(entered) = node(to) else { return false };
    match from {
        _ if freely => true,
        None => is_start(entered),
        Some(from) if from == to => true,
        Some(from) => node(from).is_none_or(|left| targets(left).any(|target| target == to.to_string())),
    }
}

/// The stage of a diagram that a call asks for, by its id or its name.
pub(super) fn asked(call: &Call<'_>, diagram: &Row) -> Result<Option<Key>, Refusal> {
    let Some(asked) = call.body.get("stage").and_then(Value::as_object) else {
        return Ok(None);
    };
    let text = |name: &str| asked.get(name).and_then(Value::as_str);
    match (text("id").or(text("stage")).and_then(Key::of), text("name")) {
        (Some(key), _) => Ok(Some(key)),
        (None, Some(name)) => match named(call.state, diagram, name) {
            Some(key) => Ok(Some(key)),
            None => Err(refusal(call.state, diagram)),
        },
        (None, None) => Ok(None),
    }
}

/// Whether a call may leave the ways of a diagram.
pub(super) fn goes_freely(call: &Call<'_>) -> bool {
    let options = call
        .body
        .get("stage_validation_options")
        .and_then(Value::as_array);
    options.is_some_and(|options| !options.is_empty())
}

/// Puts a record in a stage, if its diagram lets it.
pub(super) fn enter(
    call: &Call<'_>,
    row: &mut Row,
    diagram: &Row,
    to: Option<Key>,
    freely: bool,
) -> Result<(), Refusal> {
    let Some(to) = to else { return Ok(()) };
    if !allows(diagram, row.key_of("stage_key"), to, freely) {
        return Err(refusal(call.state, diagram));
    }
    let stage = call.state.found(to)?;
    row.set("stage", stage.text("name").unwrap_or(""));
    row.set("stage_key", to.value());
    let is_final = stage
        .key_of("state")
        .and_then(|key| call.state.get(key))
        .is_some_and(|row| row.is_on("is_final"));
    // An object of a made leaf type has no date of its end.
    if !matches!(row.key.kind, Kind::Custom(_)) {
        progress::close(call, row, is_final);
    }
    Ok(())
}

fn refusal(state: &State, diagram: &Row) -> Refusal {
    let stages = diagram
        .list("stages")
        .iter()
        .filter_map(|node| Key::of(node_stage(node)?));
    let names: Vec<&str> = stages.filter_map(|key| state.get(key)?.text("name")).collect();
    progress::stage_refusal(state, &names)
}

/// A diagram's stages as answers show them.
pub(super) fn show_nodes(state: &State, row: &Row, json: &mut Json) {
    let summary = |stage: Option<&str>| {
        let key = stage.and_then(Key::of)?;
        Some(
            json!({"id": state.don(key), "display_id": state.display_id(key), "name": state.get(key)?.get("name")}),
        )
    };
    let nodes: Vec<Value> = row
        .list("stages")
        .iter()
        .map(|node| {
            let ways: Vec<Value> = targets(node)
                .map(|stage| json!({"target_stage": summary(Some(stage))}))
                .collect();
            json!({
                "stage": summary(node_stage(node)),
                "is_start": is_start(node),
                "is_deprecated": node.get("is_deprecated") == Some(&Value::Bool(true)),
                "transitions": ways,
            })
        })
        .collect();
    json.member("stages", &nodes);
}
