//! Schemas: stock ones, the custom fragments of leaf types, and both together.

use serde_json::{Map, Value, json};

use super::{
    call::{CURSOR, Call, LIMIT, MODE, Method, SORT_BY, read},
    custom::{Part, Schema},
    diagrams,
    kind::{ANY_CUSTOM, FRAGMENTS, Key, Kind, PARTS, WORKS},
    models::{self, Show},
    refusal::{Refusal, Reply},
    row::Row,
    shape::{FRAGMENT_IDS, Field, Known, Shape, TEXT, TEXTS, field},
    shelf::Slot,
    show::{self, Json},
    state::{Family, State},
};

/// Leaf types with a stock schema; the n-th has the stock fragment n.
const STOCK: &[Kind] = &[
    Kind::Account,
    Kind::RevUser,
    Kind::RevOrg,
    Kind::DevUser,
    Kind::Ticket,
    Kind::Issue,
    Kind::Conversation,
    Kind::Product,
    Kind::Capability,
    Kind::Feature,
    Kind::Enhancement,
    Kind::Linkable,
    Kind::Runnable,
    ANY_CUSTOM,
    Kind::Task,
    Kind::Opportunity,
    Kind::Meeting,
    Kind::Article,
];

const PRUNE: Field = field("prune", Shape::List(&Shape::Choice(&["fields"]), 0, usize::MAX));
const STOCK_PRUNE: Field = field(
    "prune",
    Shape::List(&Shape::Choice(&["composite_schemas", "fields"]), 0, usize::MAX),
);
const STOCK_ID: Shape = Shape::Id(&[Kind::StockFragment], Known::Target);

pub(super) static METHODS: &[Method] = &[
    read(
        "schemas.custom.get",
        &[field("id", Shape::Id(FRAGMENTS, Known::Target)).must()],
        super::call::get,
    ),
    read(
        "schemas.custom.list",
        &[
            field(
                "types",
                Shape::List(
                    &Shape::Choice(&["app_fragment", "custom_type_fragment", "tenant_fragment"]),
                    0,
                    usize::MAX,
                ),
            ),
            field("leaf_type", TEXTS),
            field("subtype", TEXTS),
            field("app", TEXTS),
            field("is_custom_leaf_type", Shape::Bool),
            field("deprecated", Shape::Bool),
            field("is_deprecated", Shape::Bool),
            PRUNE,
            CURSOR,
            LIMIT,
            MODE,
            SORT_BY,
        ],
        list_custom,
    ),
    read(
        "schemas.stock.get",
        &[field("leaf_type", TEXT), field("id", STOCK_ID)],
        get_stock,
    ),
    read(
        "schemas.stock.list",
        &[
            field("leaf_type", TEXTS),
            field(
                "filter_preset",
                Shape::Choice(&["customizable_types_preset", "no_preset"]),
            ),
            STOCK_PRUNE,
            CURSOR,
            LIMIT,
            MODE,
            SORT_BY,
        ],
        list_stock,
    ),
    read(
        "schemas.aggregated.get",
        &[
            field("leaf_type", TEXT),
            field(
                "custom_schema_spec",
                Shape::Object(&[field("apps", TEXTS), field("subtype", TEXT)]),
            ),
            field("is_custom_leaf_type", Shape::Bool),
            field("custom_schema_fragments", FRAGMENT_IDS),
            field("stock_schema_fragment", STOCK_ID),
        ],
        get_aggregated,
    ),
];

/// The number of a leaf type's stock fragment.
pub(super) fn stock_number(leaf: &str) -> Option<u32> {
    let numbered = (1u32..).zip(STOCK);
    let mut found = numbered.filter(|(_, kind)| kind.name() == leaf);
    found.next().map(|(number, _)| number)
}

/// The leaf type of a stock fragment.
pub(super) fn stock_leaf(number: u32) -> Option<Kind> {
    STOCK.get(usize::try_from(number.checked_sub(1)?).ok()?).copied()
}

/// The leaf types whose records a list can hold.
pub(super) fn leaves(family: Family, kinds: Option<&[Kind]>) -> Vec<Kind> {
    let all: &[Kind] = match family {
        Family::Works => WORKS,
        Family::Parts => PARTS,
        Family::Accounts => &[Kind::Account],
        Family::RevOrgs => &[Kind::RevOrg],
        Family::RevUsers => &[Kind::RevUser],
        Family::DevUsers => &[Kind::DevUser],
        Family::Conversations => &[Kind::Conversation],
        Family::Meetings => &[Kind::Meeting],
        Family::Articles => &[Kind::Article],
        _ => &[],
    };
    kinds.unwrap_or(all).to_vec()
}

/// Shows a fragment's fields, with their prefixes if the twin is set so.
pub(super) fn show_descriptors(state: &State, row: &Row, value: &Value, json: &mut Json) {
    if state.switches.is("fragment_field_names", "plain") {
        return json.member("fields", value);
    }
    let prefix = Part::of(row.key.kind, row.text("subtype"), row.text("app")).prefix();
    let fields: Vec<Value> = row
        .list("fields")
        .iter()
        .map(|field| prefixed(&prefix, field))
        .collect();
    json.member("fields", &fields);
}

fn prefixed(prefix: &str, descriptor: &Value) -> Value {
    let mut descriptor = descriptor.clone();
    if let Some(Value::String(name)) = descriptor.get_mut("name") {
        name.insert_str(0, prefix);
    }
    descriptor
}

fn list_custom(call: Call<'_>) -> Result<Reply, Refusal> {
    let has = |name: &str, value: Option<&str>| match call.body.get(name).and_then(Value::as_array) {
        Some(wanted) if !wanted.is_empty() => wanted.iter().any(|wanted| wanted.as_str() == value),
        _ => true,
    };
    let flag = |name: &str| call.body.get(name).and_then(Value::as_bool);
    let is_wanted = |row: &Row| {
        let is_deprecated = row.is_on("is_deprecated");
        row.get("new_fragment_ref").is_none()
            && has("types", Some(row.key.kind.name()))
            && has("leaf_type", row.text("leaf_type"))
            && has("subtype", row.text("subtype"))
            && has("app", row.text("app"))
            && flag("is_custom_leaf_type").is_none_or(|flag| row.is_on("is_custom_leaf_type") == flag)
            && flag("is_deprecated").or(flag("deprecated")).unwrap_or(false) == is_deprecated
    };
    let shelf = call.state.shelf(Family::Fragments);
    let wanted = shelf.rows().filter(|(_, row)| is_wanted(row));
    answer_page(&call, wanted, |row, json| {
        let mut row = row.clone();
        if prunes(&call.body) {
            row.unset("fields");
        }
        show::record(call.state, &row, json);
    })
}

fn prunes(body: &Map<String, Value>) -> bool {
    body.get("prune")
        .and_then(Value::as_array)
        .is_some_and(|prune| prune.iter().any(|pruned| pruned == "fields"))
}

/// Answers a page of a short list.
fn answer_page<T>(
    call: &Call<'_>,
    all: impl Iterator<Item = (Slot, T)>,
    mut show: impl FnMut(T, &mut Json),
) -> Result<Reply, Refusal> {
    let limit = super::list::limit(call.state, &call.body)?;
    let from = match call.text("cursor").filter(|text| !text.is_empty()) {
        Some(cursor) => cursor
            .parse::<Slot>()
            .map_err(|_| Refusal::invalid_field("cursor"))?
            .checked_add(1),
        None => Some(0),
    };
    let mut rest = all
        .filter(|(slot, _)| from.is_some_and(|from| *slot >= from))
        .peekable();
    let mut last = None;
    let mut json = Json::new();
    json.open(b'{');
    json.key("result");
    json.open(b'[');
    for (slot, row) in rest.by_ref().take(limit) {
        json.next();
        show(row, &mut json);
        last = Some(slot);
    }
    json.close(b']');
    if let Some(last) = last.filter(|_| rest.peek().is_some()) {
        json.member("next_cursor", &last.to_string());
    }
    json.close(b'}');
    Ok(Reply::read(json.out))
}

fn stock_fragment(state: &State, kind: Kind, number: u32, is_pruned: bool) -> Value {
    let fields = if is_pruned { Vec::new() } else { stock_fields(kind) };
    let key = Key::new(Kind::StockFragment, number);
    json!({
        "id": state.don(key),
        "display_id": state.display_id(key),
        "leaf_type": kind.name(),
        "fields": fields,
        "composite_schemas": [],
    })
}

/// The stock fields of a leaf type, as far as a twin has to know them.
fn stock_fields(kind: Kind) -> Vec<Value> {
    let Some(family) = Family::of(kind) else {
        return Vec::new();
    };
    let shown = models::model(family)
        .iter()
        .filter(|(_, how)| !matches!(how, Show::Hidden | Show::HiddenTags | Show::Nodes));
    let described = shown.map(|(name, how)| {
        let field_type = match how {
            Show::Users | Show::Parts | Show::Tags | Show::Artifacts | Show::Held => {
                return json!({"name": name, "field_type": "array", "base_type": "id", "id_type": []});
            }
            Show::Group
            | Show::Directory
            | Show::Any
            | Show::Ids
            | Show::Named
            | Show::StateOf
            | Show::User
            | Show::Artifact
            | Show::Account
            | Show::Org
            | Show::Part
            | Show::Stage => {
                return json!({"name": name, "field_type": "id", "id_type": []});
            }
            Show::Level(levels) => {
                let levels = levels.iter();
                let values: Vec<Value> = levels
                    .map(|(id, label)| json!({"id": id, "label": label, "ordinal": id}))
                    .collect();
                return json!({"name": name, "field_type": "uenum", "allowed_values": values});
            }
            _ if name.ends_with("_date") => "timestamp",
            _ if matches!(*name, "body" | "description") => "rich_text",
            _ if matches!(*name, "needs_response" | "is_verified") => "bool",
            _ => "text",
        };
        json!({"name": name, "field_type": field_type})
    });
    described.collect()
}

fn get_stock(call: Call<'_>) -> Result<Reply, Refusal> {
    let number = match (call.key("id"), call.text("leaf_type")) {
        (Some(key), _) => Some(key.number),
        (None, Some(leaf)) => stock_number(leaf),
        (None, None) => return Err(Refusal::missing("leaf_type")),
    };
    let number = number.ok_or_else(Refusal::not_found)?;
    let kind = stock_leaf(number).ok_or_else(Refusal::not_found)?;
    let body = json!({"fragment": stock_fragment(call.state, kind, number, false)});
    Ok(Reply::read(body.to_string().into_bytes()))
}

fn list_stock(call: Call<'_>) -> Result<Reply, Refusal> {
    let wanted = call.body.get("leaf_type").and_then(Value::as_array);
    let is_wanted = |kind: &Kind| wanted.is_none_or(|wanted| wanted.iter().any(|leaf| leaf == kind.name()));
    let all = (1..)
        .zip(STOCK.iter().copied())
        .filter(|(_, kind)| is_wanted(kind));
    answer_page(
        &call,
        all.map(|(number, kind)| (number, (kind, number))),
        |(kind, number), json| {
            json.put(&stock_fragment(call.state, kind, number, prunes(&call.body)));
        },
    )
}

/// The leaf type whose schemas a call wants together.
fn aggregated_leaf<'a>(call: &'a Call<'_>) -> Result<(&'a str, Kind), Refusal> {
    let stock = call
        .key("stock_schema_fragment")
        .and_then(|key| stock_leaf(key.number));
    let ids = call.body.get("custom_schema_fragments").and_then(Value::as_array);
    let fragments: Vec<&Row> = ids
        .into_iter()
        .flatten()
        .filter_map(|id| call.state.get(Key::of_value(id)?))
        .collect();
    let leaf = call
        .text("leaf_type")
        .or(stock.map(Kind::name))
        .or_else(|| fragments.first()?.text("leaf_type"))
        .ok_or_else(|| Refusal::missing("leaf_type"))?;
    let kind = call.state.leaf_kind(leaf).ok_or_else(Refusal::not_found)?;
    let is_custom = call.state.leaves.get(kind).is_some();
    if call
        .body
        .get("is_custom_leaf_type")
        .is_some_and(|flag| flag != &Value::Bool(is_custom))
    {
        return Err(Refusal::not_found());
    }
    Ok((leaf, kind))
}

fn get_aggregated(call: Call<'_>) -> Result<Reply, Refusal> {
    let (leaf, kind) = aggregated_leaf(&call)?;
    let is_custom = call.state.leaves.get(kind).is_some();
    let spec = call.body.get("custom_schema_spec");
    let subtype = spec.and_then(|spec| spec.get("subtype")).and_then(Value::as_str);
    let apps = spec.and_then(|spec| spec.get("apps")).and_then(Value::as_array);
    let apps = apps
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(Part::App);
    let named = subtype.map(Part::Subtype).into_iter().chain(apps);
    let mut schemas: Vec<&Schema> = call.state.schemas.get(leaf, Part::Tenant).into_iter().collect();
    for part in named {
        let schema = call.state.schemas.get(leaf, part);
        let missing = || Refusal::custom("fragment_not_found", "custom_schema_spec", "no such fragment");
        schemas.push(schema.ok_or_else(missing)?);
    }
    let described = schemas.iter().flat_map(|schema| &schema.fields).map(|field| {
        let mut descriptor = field.descriptor.clone();
        descriptor.insert("name".to_owned(), field.name.as_str().into());
        Value::Object(descriptor)
    });
    let mut schema = Map::from_iter([("leaf_type".to_owned(), leaf.into())]);
    schema.insert("is_custom_leaf_type".to_owned(), is_custom.into());
    schema.insert("stock_fields".to_owned(), stock_fields(kind).into());
    schema.insert("custom_fields".to_owned(), described.collect());
    for name in [
        "custom_composite_schemas",
        "stock_composite_schemas",
        "stock_field_overrides",
        "conditions",
    ] {
        schema.insert(name.to_owned(), json!([]));
    }
    if let Some(diagram) = diagrams::diagram_of(call.state, kind, subtype) {
        let (id, display_id) = (call.state.don(diagram.key), call.state.display_id(diagram.key));
        let diagram = json!({"id": id, "display_id": display_id, "name": diagram.get("name")});
        schema.insert("stage_diagram_id".to_owned(), diagram);
    }
    if let Some(subtype) = subtype {
        schema.insert("subtype".to_owned(), subtype.into());
    }
    Ok(Reply::read(json!({"schema": schema}).to_string().into_bytes()))
}
