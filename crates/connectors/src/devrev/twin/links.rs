//! Links between records, and the link types that were made here.

use serde_json::Value;

use super::{
    call::{self, CURSOR, Call, LIMIT, MODE, Method, SORT_BY, read, target, write},
    kind::{ANY_CUSTOM, Key, Kind, PARTS, WORKS},
    refusal::{Refusal, Reply},
    row::Row,
    shape::{By, Field, Known, Shape, TEXT, TEXTS, field},
    shelf::{Slot, shared_index},
    state::{Family, State},
};

const LINK: &[Kind] = &[Kind::Link];
const LINK_TYPE: &[Kind] = &[Kind::LinkType];
/// What can be linked.
const ENDS: &[Kind] = &[
    Kind::Account,
    Kind::Article,
    Kind::Conversation,
    ANY_CUSTOM,
    Kind::DevUser,
    Kind::Meeting,
    Kind::RevOrg,
    Kind::RevUser,
    Kind::Ticket,
    Kind::Issue,
    Kind::Task,
    Kind::Opportunity,
    Kind::Product,
    Kind::Capability,
    Kind::Feature,
    Kind::Enhancement,
    Kind::Linkable,
    Kind::Runnable,
];
pub(super) const TYPES: Shape = Shape::Choice(&[
    "custom_link",
    "developed_with",
    "imports",
    "is_analyzed_by",
    "is_converted_to",
    "is_dependent_on",
    "is_duplicate_of",
    "is_follow_up_of",
    "is_merged_into",
    "is_parent_of",
    "is_part_of",
    "is_related_to",
    "serves",
]);
const END: Shape = Shape::Id(ENDS, Known::Reference);
const OBJECT_TYPES: Shape = Shape::Choice(&[
    "account",
    "article",
    "capability",
    "code_change",
    "conversation",
    "custom_object",
    "dev_user",
    "enhancement",
    "feature",
    "incident",
    "issue",
    "linkable",
    "meeting",
    "opportunity",
    "product",
    "rev_org",
    "rev_user",
    "runnable",
    "task",
    "ticket",
    "widget",
]);
const DESCRIPTORS: Shape = Shape::List(
    &Shape::Object(&[
        field("is_custom_leaf_type", Shape::Bool),
        field("leaf_only", Shape::Bool),
        field("leaf_type", TEXT),
        field("subtype", TEXT),
    ]),
    0,
    usize::MAX,
);

/// A list by either end of a link, or by one of them.
const fn list_by(index: &'static str) -> [Field; 8] {
    [
        CURSOR,
        field("direction", Shape::Choice(&["is_source", "is_target"])),
        LIMIT,
        field("link_type", Shape::List(&TYPES, 0, usize::MAX)).by(By::Field("link_type")),
        MODE,
        field("object", Shape::Id(ENDS, Known::Target))
            .must()
            .by(By::Index(index)),
        field("object_types", Shape::List(&OBJECT_TYPES, 0, usize::MAX)).by(By::OtherEnd),
        field("types", Shape::List(&TYPES, 0, usize::MAX)).by(By::Field("link_type")),
    ]
}

static LIST: &[Field] = &list_by("ends");
static LIST_FROM: &[Field] = &list_by("source");
static LIST_TO: &[Field] = &list_by("target");

static TYPES_LIST: &[Field] = &[
    CURSOR,
    field("deprecated", Shape::Bool).by(By::Flag("is_deprecated")),
    field("is_deprecated", Shape::Bool).by(By::Flag("is_deprecated")),
    LIMIT,
    MODE,
    field("name", TEXTS).by(By::Index("name")),
    SORT_BY,
    field("source_types_v2", DESCRIPTORS).by(By::Described("source_types")),
    field("target_types_v2", DESCRIPTORS).by(By::Described("target_types")),
];

static NEW: &[Field] = &[
    field("custom_link_type", Shape::Id(LINK_TYPE, Known::Reference)),
    field("link_type", TYPES).must(),
    field("source", END).must(),
    field("target", END).must(),
];

pub(super) static METHODS: &[Method] = &[
    write("links.create", NEW, create),
    write(
        "links.replace",
        &[
            target(LINK),
            field("link_type", TYPES).must(),
            field("source", END).must(),
            field("target", END).must(),
        ],
        replace,
    ),
    read("links.get", &[target(LINK)], call::get),
    write("links.delete", &[target(LINK)], |call| {
        let link = call.target()?;
        if link.text("link_type") == Some("is_part_of") {
            return Err(Refusal::bad_request().detail("a part stays below its parent"));
        }
        call::delete(call)
    }),
    read("links.list", LIST, |call| {
        let fields = match call.text("direction") {
            Some("is_source") => LIST_FROM,
            Some("is_target") => LIST_TO,
            _ => LIST,
        };
        call.list(Family::Links, fields, "links")
    }),
    write(
        "link-types.custom.create",
        &[
            field("backward_name", TEXT).must(),
            field("deprecated", Shape::Bool),
            field("forward_name", TEXT).must(),
            field("is_deprecated", Shape::Bool),
            field("name", TEXT).must(),
            field("source_types", DESCRIPTORS).must(),
            field("target_types", DESCRIPTORS).must(),
            field("tooltip", TEXT),
        ],
        |call| {
            let row = call.draft(Kind::LinkType)?;
            let row = deprecated(&call, row);
            check_descriptors(call.state, &row)?;
            call.add(row)
        },
    ),
    write(
        "link-types.custom.update",
        &[
            field("backward_name", TEXT),
            field("deprecated", Shape::Bool),
            field("forward_name", TEXT),
            target(LINK_TYPE),
            field("is_deprecated", Shape::Bool),
            field("name", TEXT),
            field("source_types_v2", DESCRIPTORS),
            field("target_types_v2", DESCRIPTORS),
            field("tooltip", TEXT),
        ],
        |call| {
            let row = call.changed()?;
            let mut row = deprecated(&call, row);
            for (name, given) in [
                ("source_types", "source_types_v2"),
                ("target_types", "target_types_v2"),
            ] {
                if let Some(types) = call.body.get(given) {
                    row.set(name, types.clone());
                }
            }
            check_descriptors(call.state, &row)?;
            call.put(row)
        },
    ),
    read("link-types.custom.get", &[target(LINK_TYPE)], call::get),
    read("link-types.custom.list", TYPES_LIST, |call| {
        call.list(Family::LinkTypes, TYPES_LIST, "result")
    }),
];

fn deprecated(call: &Call<'_>, mut row: Row) -> Row {
    if let Some(flag) = call.body.get("deprecated").or(call.body.get("is_deprecated")) {
        row.set("is_deprecated", flag.clone());
    }
    row
}

/// Every descriptor must name a leaf type that there is.
fn check_descriptors(state: &State, row: &Row) -> Result<(), Refusal> {
    for name in ["source_types", "target_types"] {
        for descriptor in row.list(name) {
            let leaf = descriptor.get("leaf_type").and_then(Value::as_str).unwrap_or("");
            let is_custom = descriptor.get("is_custom_leaf_type") == Some(&Value::Bool(true));
            let is_known = match is_custom {
                true => state.leaves.kind(leaf).is_some(),
                false => ENDS.iter().any(|kind| *kind != ANY_CUSTOM && kind.name() == leaf),
            };
            if !is_known {
                return Err(Refusal::invalid_field(&format!("{name}.leaf_type")).detail("no such leaf type"));
            }
        }
    }
    Ok(())
}

fn create(call: Call<'_>) -> Result<Reply, Refusal> {
    let row = call.draft(Kind::Link)?;
    let row = settled(call.state, row)?;
    if row.text("link_type") == Some("is_part_of") {
        return Err(Refusal::bad_request().detail("a part has its parent already"));
    }
    if call.state.switches.is("same_link", "conflict") && same(call.state, &row).is_some() {
        return Err(Refusal::conflict("the link"));
    }
    call.add(row)
}

fn same(state: &State, row: &Row) -> Option<Key> {
    let shelf = state.shelf(Family::Links);
    let mut from = shelf
        .having(&shared_index("source", row.text("source")?), 0..Slot::MAX)
        .filter_map(|slot| shelf.at(slot));
    let is_same = |other: &&Row| {
        ["target", "link_type", "custom_link_type"]
            .iter()
            .all(|name| other.get(name) == row.get(name))
    };
    from.find(is_same).map(|row| row.key)
}

/// A link with both ends noted, if the two may be linked so.
fn settled(state: &State, mut row: Row) -> Result<Row, Refusal> {
    let end = |name: &str| {
        row.key_of(name)
            .and_then(|key| state.get(key))
            .ok_or_else(|| Refusal::missing(name))
    };
    let (source, target) = (end("source")?, end("target")?);
    let link_type = row.text("link_type").unwrap_or("");
    let is_legal = match (link_type, row.key_of("custom_link_type")) {
        ("custom_link", Some(key)) => {
            let made = state.found(key)?;
            if made.is_on("is_deprecated") {
                return Err(Refusal::bad_request().detail("the link type is deprecated"));
            }
            is_described(state, made.list("source_types"), source)
                && is_described(state, made.list("target_types"), target)
        }
        ("custom_link", None) => return Err(Refusal::missing("custom_link_type")),
        (_, Some(_)) => false,
        (link_type, None) => {
            state.switches.is("link_pairs", "any") || is_legal(link_type, source.key.kind, target.key.kind)
        }
    };
    if !is_legal || source.key == target.key {
        return Err(Refusal::bad_request());
    }
    let ends = vec![source.key.value(), target.key.value()];
    row.set("ends", ends);
    Ok(row)
}

/// Whether one of these descriptors, or none being there, means a record.
pub(super) fn is_described(state: &State, descriptors: &[Value], row: &Row) -> bool {
    let fits = |descriptor: &Value| {
        let text = |name: &str| descriptor.get(name).and_then(Value::as_str);
        let leaf_only = descriptor.get("leaf_only") == Some(&Value::Bool(true));
        text("leaf_type").is_none_or(|leaf| leaf == state.leaves.name(row.key.kind))
            && text("subtype").is_none_or(|subtype| row.text("subtype") == Some(subtype))
            && (!leaf_only || row.text("subtype").is_none())
    };
    descriptors.is_empty() || descriptors.iter().any(fits)
}

/// Which stock links are legal, as far as anybody has said: between works, and between parts and what they are made of.
fn is_legal(link_type: &str, source: Kind, target: Kind) -> bool {
    let is_part = |kind: Kind| PARTS.contains(&kind);
    let talks = |kind: Kind| WORKS.contains(&kind) || kind == Kind::Conversation;
    match link_type {
        "is_part_of" | "imports" => is_part(source) && is_part(target),
        "serves" | "developed_with" => is_part(source) || is_part(target),
        "is_dependent_on" => talks(source) && talks(target) || is_part(source) && is_part(target),
        // From a ticket to an issue only a dependency is.
        _ if source == Kind::Ticket && target == Kind::Issue => false,
        "is_merged_into" | "is_duplicate_of" => source == target && talks(source),
        "is_converted_to" | "is_follow_up_of" | "is_parent_of" | "is_related_to" => {
            talks(source) && talks(target)
        }
        "is_analyzed_by" => talks(source),
        _ => false,
    }
}

/// Moves a part below another parent; nothing else can be replaced in one go.
fn replace(call: Call<'_>) -> Result<Reply, Refusal> {
    let old = call.target()?;
    let is_part_of = |row: &Row| row.text("link_type") == Some("is_part_of");
    let mut row = call.draft(Kind::Link)?;
    row = settled(call.state, row)?;
    if !is_part_of(old) || !is_part_of(&row) || old.get("source") != row.get("source") {
        return Err(Refusal::bad_request());
    }
    let (part, parent) = (row.key_of("source"), row.key_of("target"));
    let Some((part, parent)) = part.zip(parent) else {
        return Err(Refusal::bad_request());
    };
    if is_below(call.state, parent, part) {
        return Err(Refusal::bad_request().detail("a part cannot be below itself"));
    }
    let old = old.key;
    let mut part = call.state.found(part)?.clone();
    part.set("parent_part", vec![parent.value()]);
    part.modified = call.now;
    call.state.replace(part);
    call.state.remove(old);
    call.add(row)
}

fn is_below(state: &State, part: Key, top: Key) -> bool {
    let mut at = Some(part);
    while let Some(key) = at {
        if key == top {
            return true;
        }
        at = state.get(key).and_then(|row| row.keys("parent_part").next());
    }
    false
}

/// The links that a part is created with; an end that is left out is the part.
pub(super) fn of_new_part(call: &Call<'_>, part: &Row) -> Result<Vec<(Value, Key, Key)>, Refusal> {
    let given = call.body.get("links").and_then(Value::as_array);
    let read = |link: &Value| {
        let end = |name: &str| match link.get(name) {
            Some(end) => Key::of_value(end).filter(|end| call.state.get(*end).is_some()),
            None => Some(part.key),
        };
        let link_type = link.get("link_type").and_then(Value::as_str).unwrap_or("");
        let ends = end("source").zip(end("target"));
        let (source, target) = ends.ok_or_else(|| Refusal::invalid_id("links"))?;
        let is_legal =
            call.state.switches.is("link_pairs", "any") || is_legal(link_type, source.kind, target.kind);
        match is_legal && source != target && link_type != "custom_link" {
            true => Ok((Value::from(link_type), source, target)),
            false => Err(Refusal::bad_request()),
        }
    };
    given.into_iter().flatten().map(read).collect()
}

/// Adds a link that nothing speaks against.
pub(super) fn link(state: &mut State, link_type: impl Into<Value>, source: Key, target: Key, now: i64) {
    let mut row = state.draft(Kind::Link, now);
    row.set("link_type", link_type);
    row.set("source", source.value());
    row.set("target", target.value());
    row.set("ends", vec![source.value(), target.value()]);
    state.add(row);
}
