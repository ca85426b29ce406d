//! What a request may hold, said as tables, and the check of a request against them.

use serde_json::{Map, Value};

use super::{
    kind::{Key, Kind, Read, read_id},
    refusal::Refusal,
    state::State,
};

/// One member of a request.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    pub(super) must: bool,
    pub(super) nullable: bool,
    pub(super) by: By,
}

/// What a member's value may be.
pub(super) enum Shape {
    /// Text of so many characters.
    Text(usize, usize),
    /// A whole number within these bounds.
    Int(i64, i64),
    Double,
    Bool,
    /// RFC 3339.
    Time,
    Choice(&'static [&'static str]),
    Id(&'static [Kind], Known),
    /// At least and at most so many.
    List(&'static Shape, usize, usize),
    Object(&'static [Field]),
    /// An object whose further members depend on the one of this name.
    Tagged(&'static str, &'static [Field], Variants),
    /// Any object.
    Map,
    Any,
}

pub(super) type Variants = &'static [(&'static str, &'static [Field])];

/// What must be true of an id besides its form.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// It names what the call is about; 404 if it is not there.
    Target,
    /// It is a reference; 400 if it is not there.
    Reference,
    /// It is searched for, and may be unknown.
    Any,
}

/// How a list goes by a member.
#[derive(Clone, Copy)]
pub(super) enum By {
    /// It is no filter.
    No,
    /// The record's field of that name has one of the values.
    Field(&'static str),
    /// The same, and an index has them.
    Index(&'static str),
    Flag(&'static str),
    Created,
    Modified,
    Date(&'static str),
    Creator,
    Modifier,
    Kind,
    State,
    Custom,
    /// It lies in this directory, at any depth.
    Ancestor,
    /// Of a link, the kind of the end that is not asked about.
    OtherEnd,
    /// The record's list of descriptors of this name has one like it.
    Described(&'static str),
    /// A prefix expression, or a list of them that must all hold.
    Expression,
    Expressions,
    /// Members that are filters themselves.
    Group(Option<Kind>),
    Parent,
    /// No record of this twin has it.
    Nothing,
}

pub(super) const TEXT: Shape = Shape::Text(0, usize::MAX);
pub(super) const TEXTS: Shape = Shape::List(&TEXT, 0, usize::MAX);
pub(super) const WHOLE: Shape = Shape::Int(i64::MIN, i64::MAX);
pub(super) const ID: Shape = Shape::Id(&[], Known::Any);
pub(super) const IDS: Shape = Shape::List(&ID, 0, usize::MAX);
pub(super) const SPAN: Shape = Shape::Object(&[field("after", Shape::Time), field("before", Shape::Time)]);
pub(super) const DATES: Shape = Shape::Tagged(
    "type",
    &[field("type", Shape::Choice(&["preset", "range"])).must()],
    &[
        (
            "range",
            &[field("after", Shape::Time), field("before", Shape::Time)],
        ),
        (
            "preset",
            &[
                field("preset_type", Shape::Choice(&["last_n_days", "next_n_days"])).must(),
                field("days", Shape::Int(0, 100_000)).must(),
            ],
        ),
    ],
);
const ARTIFACT: Shape = Shape::Id(&[Kind::Artifact], Known::Reference);
pub(super) const ARTIFACTS: Shape = Shape::List(&ARTIFACT, 0, usize::MAX);
pub(super) const FIFTY_ARTIFACTS: Shape = Shape::List(&ARTIFACT, 0, 50);
pub(super) const OWNERS: Shape = Shape::List(
    &Shape::Id(super::kind::DEV_USERS, Known::Reference),
    0,
    usize::MAX,
);
pub(super) const PEOPLE: Shape = Shape::List(&Shape::Id(super::kind::USERS, Known::Reference), 0, usize::MAX);
pub(super) const FRAGMENT_IDS: Shape = Shape::List(
    &Shape::Id(super::kind::FRAGMENTS, Known::Reference),
    0,
    usize::MAX,
);
pub(super) const SET_TAGS: Shape = Shape::List(
    &Shape::Object(&[
        field("id", Shape::Id(&[Kind::Tag], Known::Reference)).must(),
        field("value", TEXT),
    ]),
    0,
    usize::MAX,
);
pub(super) const SPEC: Shape = Shape::Object(&[
    field("apps", TEXTS),
    field(
        "drop",
        Shape::Object(&[field("apps", TEXTS), field("subtype", Shape::Bool)]),
    ),
    field("subtype", TEXT),
    field("tenant_fragment", Shape::Bool),
    field("validate_required_fields", Shape::Bool),
]);

/// A member that may be absent, and is no filter.
pub(super) const fn field(name: &'static str, shape: Shape) -> Field {
    Field {
        name,
        shape,
        must: false,
        nullable: false,
        by: By::No,
    }
}

impl Field {
    pub(super) const fn must(mut self) -> Self {
        self.must = true;
        self
    }

    /// Null clears it.
    pub(super) const fn or_null(mut self) -> Self {
        self.nullable = true;
        self
    }

    pub(super) const fn by(mut self, by: By) -> Self {
        self.by = by;
        self
    }
}

/// Checks a value, and turns every id in it into our short key.
pub(super) fn check(state: &State, shape: &Shape, value: &mut Value) -> Result<(), Refusal> {
    match (shape, value) {
        (Shape::Any, _) | (Shape::Map, Value::Object(_)) | (Shape::Bool, Value::Bool(_)) => Ok(()),
        (Shape::Text(min, max), Value::String(text)) => check_length(state, text, *min, *max),
        (Shape::Time, Value::String(text)) => check_time(text),
        (Shape::Choice(allowed), Value::String(text)) => match allowed.contains(&text.as_str()) {
            true => Ok(()),
            false => Err(Refusal::choice(text, allowed)),
        },
        (Shape::Id(kinds, known), Value::String(text)) => {
            *text = resolve(state, text, kinds, *known)?.to_string();
            Ok(())
        }
        (Shape::Double, Value::Number(number)) if number.as_f64().is_some_and(f64::is_finite) => Ok(()),
        (Shape::Int(least, most), Value::Number(number)) => match number.as_i64() {
            Some(number) if (*least..=*most).contains(&number) => Ok(()),
            _ => Err(Refusal::invalid_field("")),
        },
        (Shape::List(shape, least, most), Value::Array(values)) => {
            if values.len() < *least || values.len() > *most {
                return Err(length_refusal(state));
            }
            values.iter_mut().try_for_each(|value| check(state, shape, value))
        }
        (Shape::Object(fields), Value::Object(map)) => check_fields(state, fields, &[], map),
        (Shape::Tagged(tag, fields, variants), Value::Object(map)) => {
            check_tagged(state, tag, fields, variants, map)
        }
        (shape, value) => Err(Refusal::json_type(expected(shape), value)),
    }
}

fn check_tagged(
    state: &State,
    tag: &str,
    fields: &[Field],
    variants: Variants,
    map: &mut Map<String, Value>,
) -> Result<(), Refusal> {
    let tag_field = fields.iter().find(|field| field.name == tag);
    match (tag_field, map.get_mut(tag)) {
        (Some(field), Some(value)) => {
            check(state, &field.shape, value).map_err(|refusal| refusal.under(tag))?;
        }
        (Some(field), None) if field.must => return Err(Refusal::missing(tag)),
        _ => {}
    }
    let chosen = map.get(tag).and_then(Value::as_str);
    let variant = variants
        .iter()
        .find(|(name, _)| Some(*name) == chosen)
        .map_or(&[] as &[Field], |(_, fields)| fields);
    check_fields(state, fields, variant, map)
}

fn check_fields(
    state: &State,
    fields: &[Field],
    more: &[Field],
    map: &mut Map<String, Value>,
) -> Result<(), Refusal> {
    let mut cleared = false;
    for (name, value) in map.iter_mut() {
        let Some(field) = fields.iter().chain(more).find(|field| field.name == name) else {
            return Err(Refusal::invalid_field(name));
        };
        if value.is_null() && (field.nullable || state.switches.null_ignored()) {
            cleared |= !field.nullable;
            continue;
        }
        check(state, &field.shape, value).map_err(|refusal| refusal.under(name))?;
    }
    if cleared {
        map.retain(|name, value| {
            !value.is_null()
                || fields
                    .iter()
                    .chain(more)
                    .any(|field| field.name == name && field.nullable)
        });
    }
    match fields
        .iter()
        .chain(more)
        .find(|field| field.must && !map.contains_key(field.name))
    {
        Some(field) => Err(Refusal::missing(field.name)),
        None => Ok(()),
    }
}

fn check_length(state: &State, text: &str, min: usize, max: usize) -> Result<(), Refusal> {
    // A text has at most as many characters as bytes, so most need no counting.
    let long_enough = min == 0 || text.chars().take(min).count() == min;
    let short_enough = text.len() <= max || text.chars().count() <= max;
    match long_enough && short_enough {
        true => Ok(()),
        false => Err(length_refusal(state)),
    }
}

fn length_refusal(state: &State) -> Refusal {
    match state.switches.length_error() {
        "value_not_permitted" => Refusal::not_permitted("", &[]),
        "bad_request" => Refusal::bad_request(),
        _ => Refusal::invalid_field(""),
    }
    .detail("too short or too long")
}

fn check_time(text: &mut String) -> Result<(), Refusal> {
    let time: jiff::Timestamp = text.parse().map_err(|_| Refusal::invalid_field(""))?;
    *text = time.to_string();
    Ok(())
}

/// Finds the thing an id names.
pub(super) fn resolve(state: &State, text: &str, kinds: &[Kind], known: Known) -> Result<Key, Refusal> {
    let is_display_id = !text.starts_with("don:");
    if is_display_id && !state.switches.display_ids() {
        return Err(Refusal::invalid_id(""));
    }
    let allowed = |kind: &Kind| kinds.is_empty() || kind.is_among(kinds);
    let (kind, key) = match read_id(&state.leaves, text) {
        Read::Garbage => return Err(Refusal::invalid_id("")),
        Read::Foreign if kinds.is_empty() => return Ok(NOWHERE),
        Read::Foreign => return Err(Refusal::id_type("")),
        Read::Stranger(kind) => (kind, None),
        Read::Key(key, parent) => (key.kind, Some((key, parent))),
    };
    if !allowed(&kind) {
        return Err(Refusal::id_type(""));
    }
    let found = key.filter(|(key, parent)| known == Known::Any || state.is_there(*key, *parent));
    match (found, known) {
        (Some((key, _)), _) => Ok(key),
        (None, Known::Any) => Ok(NOWHERE),
        (None, Known::Target) => Err(gone(state, text)),
        (None, Known::Reference) => Err(match state.switches.missing_reference() {
            "not_found" => Refusal::not_found(),
            "bad_request" => Refusal::bad_request(),
            _ => Refusal::invalid_id("").detail("nothing has this id"),
        }),
    }
}

/// The refusal of an id that names nothing any more.
fn gone(state: &State, text: &str) -> Refusal {
    let moved = match read_id(&state.leaves, text) {
        Read::Key(key, _) => state.moved(key),
        _ => None,
    };
    moved.map_or_else(Refusal::not_found, |to| Refusal::moved(&state.don(to)))
}

/// A key that nothing has.
pub(super) const NOWHERE: Key = Key {
    kind: Kind::DevOrg,
    number: 0,
};

/// The JSON type a shape asks for.
pub(super) fn expected(shape: &Shape) -> &'static str {
    match shape {
        Shape::Text(..) | Shape::Time | Shape::Choice(_) | Shape::Id(..) => "string",
        Shape::Int(..) | Shape::Double => "number",
        Shape::Bool => "bool",
        Shape::List(..) => "array",
        Shape::Object(_) | Shape::Tagged(..) | Shape::Map | Shape::Any => "object",
    }
}

/// Reads a query string's names and values as the body they stand for.
pub(super) fn body_of_query(shape: &Shape, query: &[(String, String)]) -> Value {
    let mut body = Value::Object(Map::new());
    for (name, text) in query {
        let path: Vec<&str> = name.split('.').collect();
        place(shape, &path, text, &mut body);
    }
    body
}

fn place(shape: &Shape, path: &[&str], text: &str, into: &mut Value) {
    let Value::Object(map) = into else { return };
    let [name, rest @ ..] = path else { return };
    let shape = member(shape, name).unwrap_or(&TEXT);
    let is_leaf = rest.is_empty() || !matches!(shape, Shape::Object(_) | Shape::Tagged(..) | Shape::Map);
    if is_leaf {
        let name = if rest.is_empty() {
            (*name).to_owned()
        } else {
            path.join(".")
        };
        let value = value_of_text(shape, text);
        match (map.get_mut(&name), value) {
            (Some(Value::Array(values)), Value::Array(more)) => values.extend(more),
            (_, value) => {
                map.insert(name, value);
            }
        }
        return;
    }
    let inner = map
        .entry((*name).to_owned())
        .or_insert_with(|| Value::Object(Map::new()));
    match shape {
        // The names of a map's members may hold dots themselves, and its values are lists.
        Shape::Map => place(&Shape::Object(&[]), &[rest.join(".").as_str()], text, inner),
        _ => place(shape, rest, text, inner),
    }
}

fn member(shape: &Shape, name: &str) -> Option<&'static Shape> {
    let (fields, variants): (&'static [Field], Variants) = match shape {
        Shape::Object(fields) => (fields, &[]),
        Shape::Tagged(_, fields, variants) => (fields, variants),
        _ => return None,
    };
    fields
        .iter()
        .chain(variants.iter().flat_map(|(_, fields)| fields.iter()))
        .find(|field| field.name == name)
        .map(|field| &field.shape)
}

/// A list's texts in a query: parted by commas, bare or, as the vendor's own SDK sends each of them, in double quotes.
fn texts_of_list(mut text: &str) -> Vec<&str> {
    let mut texts = Vec::new();
    while !text.is_empty() {
        let quoted = text.strip_prefix('"').and_then(|inner| {
            let last = || inner.strip_suffix('"').map(|last| (last, ""));
            inner.split_once("\",").or_else(last)
        });
        let (first, rest) = quoted.or_else(|| text.split_once(',')).unwrap_or((text, ""));
        if !first.is_empty() {
            texts.push(first);
        }
        text = rest;
    }
    texts
}

fn value_of_text(shape: &Shape, text: &str) -> Value {
    match shape {
        Shape::List(shape, ..) => Value::Array(
            texts_of_list(text)
                .into_iter()
                .map(|text| value_of_text(shape, text))
                .collect(),
        ),
        Shape::Bool => match text {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => Value::String(text.to_owned()),
        },
        Shape::Int(..) | Shape::Double => match serde_json::from_str(text) {
            Ok(Value::Number(number)) => Value::Number(number),
            _ => Value::String(text.to_owned()),
        },
        _ => Value::String(text.to_owned()),
    }
}
