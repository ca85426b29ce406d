//! `schemas.custom.set`: a fragment is never changed; the next version takes its place.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{
    call::{Call, Method, write_typed},
    custom::Part,
    kind::{ANY_CUSTOM, Kind},
    leaves::Leaf,
    refusal::{Refusal, Reply},
    row::Row,
    shape::{Field, Known, Shape, TEXT, TEXTS, WHOLE, field},
    state::{Family, State},
};

const HIDDEN: Shape = Shape::Object(&[field("is_hidden", Shape::Bool)]);
const UI: Shape = Shape::Object(&[
    field("create_view", HIDDEN),
    field("detail_view", HIDDEN),
    field("list_view", HIDDEN),
    field("filter_view", HIDDEN),
    field("summary_view", HIDDEN),
    field("client_overrides", Shape::List(&Shape::Map, 0, usize::MAX)),
    field("decimal_places", WHOLE),
    field("display_name", TEXT),
    field("group_name", TEXT),
    field("is_active_in_detail_view", Shape::Bool),
    field("is_bulk_action_enabled", Shape::Bool),
    field("is_currency_field", Shape::Bool),
    field("is_groupable", Shape::Bool),
    field("is_hidden", Shape::Bool),
    field("is_hidden_during_create", Shape::Bool),
    field("is_read_only", Shape::Bool),
    field("is_required", Shape::Bool),
    field("is_shown_in_summary", Shape::Bool),
    field("is_sortable", Shape::Bool),
    field("order", WHOLE),
    field("placeholder", TEXT),
    field("tooltip", TEXT),
    field("unit", TEXT),
    field("use_shorthand_notation", Shape::Bool),
]);
/// Of the elements of an array, all but the first.
const TYPES: &[&str] = &[
    "array",
    "bool",
    "composite",
    "date",
    "double",
    "enum",
    "id",
    "int",
    "json_value",
    "rich_text",
    "struct",
    "text",
    "timestamp",
    "tokens",
    "uenum",
];
const LEVEL: Shape = Shape::Object(&[
    field("id", WHOLE).must(),
    field("label", TEXT).must(),
    field("ordinal", WHOLE).must(),
    field("is_deprecated", Shape::Bool),
    field("tooltip", TEXT),
]);
const LEVELS: Shape = Shape::List(&LEVEL, 0, usize::MAX);
const COUNT: Shape = Shape::Int(0, i64::MAX);
const DEFAULT: Field = field("default_value", Shape::Any);
const GT: Field = field("gt", Shape::Double);
const GTE: Field = field("gte", Shape::Double);
const LT: Field = field("lt", Shape::Double);
const LTE: Field = field("lte", Shape::Double);

/// The rules that a text keeps, alone or as an element, with what else goes with them.
macro_rules! text_rules {
    ($($more:expr),* $(,)?) => {
        &[
            DEFAULT,
            field("contains", TEXT),
            field("eq_len", COUNT),
            field("max_len", COUNT),
            field("min_len", COUNT),
            field("pattern", TEXT),
            field("prefix", TEXT),
            field("suffix", TEXT),
            $($more),*
        ]
    };
}

static TEXT_RULES: &[Field] = text_rules![];
static NUMBER_RULES: &[Field] = &[DEFAULT, GT, GTE, LT, LTE];
static ARRAY_RULES: &[Field] = text_rules![
    GT,
    GTE,
    LT,
    LTE,
    field("base_type", Shape::Choice(TYPES.split_at(1).1)).must(),
    field("min_items", COUNT),
    field("max_items", COUNT),
    field("eq_items", COUNT),
    field("allowed_values", Shape::List(&Shape::Any, 0, usize::MAX)),
    field("composite_type", TEXT),
    field("id_type", TEXTS),
    field("is_overridable", Shape::Bool),
];
static PLAIN_RULES: &[Field] = &[DEFAULT];

const DESCRIPTOR: Shape = Shape::Tagged(
    "field_type",
    &[
        field("field_type", Shape::Choice(TYPES)).must(),
        field("description", TEXT),
        field("is_filterable", Shape::Bool),
        field("is_immutable", Shape::Bool),
        field("is_pii", Shape::Bool),
        field("is_required", Shape::Bool),
        field("mfz", Shape::Map),
        field("name", TEXT).must(),
        field("oasis", Shape::Map),
        field("origin", TEXT),
        field("ui", UI),
    ],
    &[
        ("array", ARRAY_RULES),
        ("bool", PLAIN_RULES),
        ("composite", &[field("composite_type", TEXT)]),
        ("date", PLAIN_RULES),
        ("double", NUMBER_RULES),
        (
            "enum",
            &[
                field("allowed_values", TEXTS).must(),
                DEFAULT,
                field("is_overridable", Shape::Bool),
                field("translated_values", Shape::Any),
            ],
        ),
        ("id", &[field("id_type", TEXTS), DEFAULT]),
        ("int", NUMBER_RULES),
        ("rich_text", TEXT_RULES),
        ("struct", PLAIN_RULES),
        ("text", TEXT_RULES),
        ("timestamp", PLAIN_RULES),
        ("tokens", TEXT_RULES),
        ("uenum", &[field("allowed_values", LEVELS).must(), DEFAULT]),
    ],
);
const OVERRIDES: Field = field(
    "stock_field_overrides",
    Shape::List(
        &Shape::Object(&[
            field("name", TEXT),
            field("is_required", Shape::Bool),
            field("uenum_values", LEVELS),
            field("ui", UI),
        ]),
        0,
        usize::MAX,
    ),
);

/// Written by this name, read as `stage_diagram_id`.
const STAGE_DIAGRAM: Field = field(
    "stage_diagram",
    Shape::Id(&[Kind::StageDiagram], Known::Reference),
);

pub(super) static METHODS: &[Method] = &[write_typed(
    "schemas.custom.set",
    &[
        field(
            "type",
            Shape::Choice(&["app_fragment", "custom_type_fragment", "tenant_fragment"]),
        )
        .must(),
        field("composite_schemas", Shape::List(&Shape::Map, 0, usize::MAX)),
        field("conditions", Shape::List(&Shape::Map, 0, usize::MAX)),
        field("deleted_fields", TEXTS),
        field("deprecated", Shape::Bool),
        field("description", TEXT).must(),
        field("fields", Shape::List(&DESCRIPTOR, 0, usize::MAX)),
        field("is_custom_leaf_type", Shape::Bool),
        field("leaf_type", TEXT).must(),
    ],
    &[
        (
            "tenant_fragment",
            &[
                field("id_prefix", TEXT),
                field("leaf_type_display_name", TEXT),
                STAGE_DIAGRAM,
                OVERRIDES,
            ],
        ),
        (
            "custom_type_fragment",
            &[
                field("subtype", TEXT).must(),
                field("subtype_display_name", TEXT),
                STAGE_DIAGRAM,
                field("path", Shape::List(&Shape::Map, 0, usize::MAX)),
                OVERRIDES,
            ],
        ),
        (
            "app_fragment",
            &[field("app", TEXT).must(), field("app_display_name", TEXT)],
        ),
    ],
    set,
)];

fn set(call: Call<'_>) -> Result<Reply, Refusal> {
    let body = &call.body;
    let kind = call
        .text("type")
        .and_then(Kind::of_name)
        .ok_or_else(|| Refusal::missing("type"))?;
    let leaf = call.text("leaf_type").unwrap_or("").to_owned();
    let leaf_kind = leaf_kind(call.state, kind, &leaf, body)?;
    let subtype = call.text("subtype").map(str::to_owned);
    let app = call.text("app").map(str::to_owned);
    let part = Part::of(kind, subtype.as_deref(), app.as_deref());
    if let Some(empty) = ["subtype", "app"]
        .into_iter()
        .find(|name| call.text(name) == Some(""))
    {
        return Err(Refusal::invalid_field(empty));
    }
    let fields = plain_fields(call.state, part, body)?;
    check_complete(call.state, &leaf, part, &fields, body)?;

    let mut row = call.draft(kind)?;
    row.set("fields", fields.clone());
    let fragment_type = kind.name().trim_end_matches("_fragment").to_owned();
    row.set("fragment_type", fragment_type);
    let is_custom = leaf_kind.is_none_or(|kind| call.state.leaves.get(kind).is_some());
    row.set("is_custom_leaf_type", is_custom);
    row.set(
        "is_deprecated",
        body.get("deprecated") == Some(&Value::Bool(true)),
    );
    attach_diagram(&call, &leaf, &mut row)?;
    let Call { state, now, .. } = call;
    let key = row.key;
    let leaf_kind = match leaf_kind {
        Some(kind) => Some(kind),
        None => make_leaf(state, &row),
    };
    if let Some(mut old) = state.fragment(&leaf, part).cloned() {
        row.set("old_fragment_ref", old.key.value());
        for name in ["id_prefix", "leaf_type_display_name", "stage_diagram_id"] {
            if let (None, Some(kept)) = (row.get(name), old.get(name).cloned()) {
                row.set(name, kept);
            }
        }
        old.set("new_fragment_ref", key.value());
        old.modified = now;
        state.replace(old);
    }
    state.add(row);
    state.schemas.put(&leaf, part, key, &fields);
    if let Some(kind) = leaf_kind {
        upgrade(state, kind);
    }
    Ok(Reply::wrote(
        201,
        json!({"id": state.don(key)}).to_string().into_bytes(),
    ))
}

/// Notes the diagram that a call gives to the fragment's objects.
fn attach_diagram(call: &Call<'_>, leaf: &str, row: &mut Row) -> Result<(), Refusal> {
    let Some(diagram) = call.key("stage_diagram") else {
        return Ok(());
    };
    if call.state.found(diagram)?.text("leaf_type") != Some(leaf) {
        return Err(Refusal::bad_request().detail("the diagram is for another leaf type"));
    }
    row.set("stage_diagram_id", diagram.value());
    Ok(())
}

/// The kind that a fragment is for; none if it makes a new leaf type.
fn leaf_kind(
    state: &State,
    fragment: Kind,
    leaf: &str,
    body: &Map<String, Value>,
) -> Result<Option<Kind>, Refusal> {
    let says_custom = body.get("is_custom_leaf_type") == Some(&Value::Bool(true));
    let prefix = body.get("id_prefix").and_then(Value::as_str);
    let known = state.leaf_kind(leaf).filter(|kind| *kind != ANY_CUSTOM);
    let Some(kind) = known else {
        if !says_custom {
            return Err(Refusal::invalid_field("leaf_type").detail("no such leaf type"));
        }
        if fragment != Kind::TenantFragment {
            return Err(Refusal::bad_request().detail("a tenant fragment makes a leaf type"));
        }
        let is_name = !leaf.is_empty() && leaf.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        if !is_name || Kind::of_name(leaf).is_some() {
            return Err(Refusal::invalid_field("leaf_type").detail("lowercase letters and underscores"));
        }
        let prefix = prefix.ok_or_else(|| Refusal::missing("id_prefix"))?;
        let is_prefix =
            (2..=10).contains(&prefix.len()) && prefix.bytes().all(|byte| byte.is_ascii_uppercase());
        if !is_prefix || state.leaves.kind_of_prefix(prefix).is_some() {
            return Err(
                Refusal::invalid_field("id_prefix").detail("2 to 10 capital letters that no other has")
            );
        }
        return Ok(None);
    };
    let made_here = state.leaves.get(kind);
    match made_here {
        _ if says_custom != made_here.is_some() => {
            Err(Refusal::bad_request().detail("is_custom_leaf_type is not what the leaf type is"))
        }
        Some(known) if prefix.is_some_and(|prefix| prefix != known.prefix) => {
            Err(Refusal::invalid_field("id_prefix").detail("the prefix stays"))
        }
        _ => Ok(Some(kind)),
    }
}

/// Makes the leaf type that a first fragment is for.
pub(super) fn make_leaf(state: &mut State, fragment: &Row) -> Option<Kind> {
    state.leaves.add(Leaf {
        name: fragment.text("leaf_type")?.to_owned(),
        prefix: fragment.text("id_prefix")?.to_owned(),
        born: fragment.created,
    })
}

/// The fields of a body, under the names without a prefix.
fn plain_fields(state: &State, part: Part<'_>, body: &Map<String, Value>) -> Result<Vec<Value>, Refusal> {
    let prefix = part.prefix();
    let fields = body
        .get("fields")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let mut plain: Vec<Value> = Vec::with_capacity(fields.len());
    for mut field in fields {
        let name = field.get("name").and_then(Value::as_str).unwrap_or("");
        let name = name.strip_prefix(&prefix).unwrap_or(name).to_owned();
        let is_fit = !name.is_empty() && (is_snake(&name) || state.switches.is("custom_field_names", "any"));
        if !is_fit {
            return Err(
                Refusal::invalid_field("fields.name").detail("lowercase letters, digits and underscores")
            );
        }
        if plain
            .iter()
            .any(|known| known.get("name").and_then(Value::as_str) == Some(&name))
        {
            return Err(Refusal::bad_request().detail("a field is there twice"));
        }
        if let Some(old) = field.get_mut("name") {
            *old = Value::String(name);
        }
        plain.push(field);
    }
    Ok(plain)
}

fn is_snake(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Refuses a list that leaves out a field of the version before without deleting it, or turns its type.
fn check_complete(
    state: &State,
    leaf: &str,
    part: Part<'_>,
    fields: &[Value],
    body: &Map<String, Value>,
) -> Result<(), Refusal> {
    let deleted: Vec<&str> = body
        .get("deleted_fields")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let prefix = part.prefix();
    let is_deleted = |name: &str| {
        deleted
            .iter()
            .any(|deleted| deleted.strip_prefix(&prefix).unwrap_or(deleted) == name)
    };
    let old = state
        .fragment(leaf, part)
        .map_or(&[] as &[Value], |row| row.list("fields"));
    for old in old {
        let name = old.get("name").and_then(Value::as_str).unwrap_or("");
        let new = fields.iter().find(|field| field.get("name") == old.get("name"));
        let is_kept = new.is_some_and(|new| {
            new.get("field_type") == old.get("field_type") && new.get("base_type") == old.get("base_type")
        });
        if is_kept == is_deleted(name) {
            return Err(Refusal::bad_request());
        }
    }
    let known = |name: &str| {
        old.iter()
            .any(|old| old.get("name").and_then(Value::as_str) == Some(name))
    };
    match deleted
        .iter()
        .all(|name| known(name.strip_prefix(&prefix).unwrap_or(name)))
    {
        true => Ok(()),
        false => Err(Refusal::bad_request()),
    }
}

/// Brings every record of a leaf type to the newest fragments.
pub(super) fn upgrade(state: &mut State, leaf: Kind) {
    let Some(family) = Family::of(leaf) else { return };
    let name = state.leaves.name(leaf).to_owned();
    let schemas = std::mem::take(&mut state.schemas);
    state.shelf_mut(family).rework(&[leaf], |row| {
        let subtype = row.text("subtype").map(str::to_owned);
        row.custom.retain_mut(
            |(field, _)| match schemas.find(&name, &field.name, subtype.as_deref()) {
                Some(newest) => {
                    *field = Arc::clone(newest);
                    true
                }
                None => false,
            },
        );
    });
    state.schemas = schemas;
}
