//! The filters of a list, as tests of one record and as ways to find candidates.

use std::ops::Bound;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{
    custom::CustomField,
    directories, expression,
    kind::{Key, Kind},
    list::Ask,
    refusal::Refusal,
    row::{Row, any_of},
    shape::{By, Field},
    shelf::{Shelf, Slot, shared_index},
    stages,
    state::{Family, State},
};

/// What a record must pass.
pub(super) enum Test<'a> {
    /// A field has one of the texts; the index texts are given where there is an index.
    Any {
        field: &'static str,
        texts: Vec<String>,
        indexes: Option<Vec<String>>,
    },
    Unique {
        field: &'static str,
        texts: Vec<String>,
        indexes: Vec<String>,
    },
    Custom {
        field: &'a str,
        texts: Vec<String>,
        indexes: Vec<String>,
    },
    Flag(&'static str, bool),
    Created(i64, i64),
    Modified(i64, i64),
    Date(&'static str, i64, i64),
    CreatedBy(Vec<u32>),
    ModifiedBy(Vec<u32>),
    Kinds(Vec<Kind>),
    States(Vec<String>),
    Under(Vec<Key>, Option<u64>),
    /// It lies in this directory, at any depth.
    Inside(Option<Key>),
    /// Of a link, the end that is not this thing is of one of these kinds.
    OtherEnd(Option<Key>, Vec<String>),
    /// A list of descriptors has one that says all that one of these says.
    Described(&'static str, &'a [Value]),
    All(Vec<Test<'a>>),
    Either(Vec<Test<'a>>),
    Not(Box<Test<'a>>),
    /// A field compares with a value in one of these ways.
    Compared(expression::Operand<'a>, &'static [std::cmp::Ordering], &'a Value),
    Nothing,
}

/// Reads every filter a body holds.
pub(super) fn tests<'a>(state: &State, ask: &Ask<'a>) -> Result<Vec<Test<'a>>, Refusal> {
    let mut all = Vec::new();
    collect(state, ask, ask.fields, ask.body, &mut all)?;
    Ok(all)
}

fn collect<'a>(
    state: &State,
    ask: &Ask<'a>,
    fields: &'static [Field],
    body: &'a Map<String, Value>,
    all: &mut Vec<Test<'a>>,
) -> Result<(), Refusal> {
    for field in fields {
        let Some(value) = body.get(field.name) else {
            continue;
        };
        match (field.by, value) {
            (By::No, _) => {}
            (By::Group(kind), Value::Object(inner)) => {
                let super::shape::Shape::Object(fields) = &field.shape else {
                    continue;
                };
                let before = all.len();
                collect(state, ask, fields, inner, all).map_err(|refusal| refusal.under(field.name))?;
                if let Some(kind) = kind.filter(|_| all.len() > before) {
                    all.push(Test::Kinds(vec![kind]));
                }
            }
            (By::Custom, Value::Object(inner)) => custom_tests(state, ask, inner, all)?,
            (By::Described(name), Value::Array(wanted)) => all.push(Test::Described(name, wanted)),
            (By::Expression, value) => all.push(expression::read(state, ask, value)?),
            (By::Expressions, Value::Array(values)) => {
                for value in values {
                    all.push(expression::read(state, ask, value)?);
                }
            }
            (by, value) => all.push(test(state, ask, by, value)),
        }
    }
    Ok(())
}

fn test<'a>(state: &State, ask: &Ask<'a>, by: By, value: &Value) -> Test<'a> {
    let shelf = state.shelf(ask.family);
    let span = || span(value, ask.now);
    match by {
        By::Field(field) => Test::Any {
            field,
            texts: texts(value),
            indexes: None,
        },
        By::Index(field) if shelf.is_unique(field) => unique_test(shelf, ask, field, texts(value)),
        By::Index(field) => {
            let texts = texts(value);
            Test::Any {
                field,
                indexes: Some(texts.iter().map(|text| shared_index(field, text)).collect()),
                texts,
            }
        }
        By::Flag(field) => Test::Flag(field, value == &Value::Bool(true)),
        By::Created => Test::Created(span().0, span().1),
        By::Modified => Test::Modified(span().0, span().1),
        By::Date(field) => Test::Date(field, span().0, span().1),
        By::Creator => Test::CreatedBy(dev_users(value)),
        By::Modifier => Test::ModifiedBy(dev_users(value)),
        By::Kind => Test::Kinds(
            texts(value)
                .iter()
                .filter_map(|name| Kind::of_name(name))
                .collect(),
        ),
        By::State => Test::States(texts(value)),
        By::Parent => Test::Under(
            value.get("parts").map(keys).unwrap_or_default(),
            value.get("level").and_then(Value::as_u64),
        ),
        By::Ancestor => Test::Inside(Key::of_value(value)),
        By::OtherEnd => Test::OtherEnd(ask.body.get("object").and_then(Key::of_value), texts(value)),
        By::No
        | By::Custom
        | By::Described(_)
        | By::Expression
        | By::Expressions
        | By::Group(_)
        | By::Nothing => Test::Nothing,
    }
}

pub(super) fn unique_test<'a>(
    shelf: &Shelf,
    ask: &Ask<'a>,
    field: &'static str,
    texts: Vec<String>,
) -> Test<'a> {
    // A work's key is unique within its type, so that every type is looked at.
    let all: &[Kind] = match ask.family {
        Family::Works => super::kind::WORKS,
        _ => &[Kind::Account],
    };
    let kinds = ask.kinds.unwrap_or(all);
    let each = kinds
        .iter()
        .flat_map(|kind| texts.iter().map(move |text| (*kind, text)));
    let indexes = each
        .map(|(kind, text)| shelf.unique_index(kind, None, field, text))
        .collect();
    Test::Unique {
        field,
        texts,
        indexes,
    }
}

fn custom_tests<'a>(
    state: &State,
    ask: &Ask<'a>,
    body: &'a Map<String, Value>,
    all: &mut Vec<Test<'a>>,
) -> Result<(), Refusal> {
    for (name, value) in body {
        let field = custom_field(state, ask, name)?;
        let Value::Array(values) = value else {
            return Err(Refusal::json_type("array", value)
                .under(name)
                .under("custom_fields"));
        };
        all.push(custom_test(state, field, name, values)?);
    }
    Ok(())
}

/// The filterable custom field of this name.
pub(super) fn custom_field<'s>(
    state: &'s State,
    ask: &Ask<'_>,
    name: &str,
) -> Result<&'s CustomField, Refusal> {
    let leaves = super::schemas::leaves(ask.family, ask.kinds);
    let mut found = leaves.into_iter().map(|kind| state.leaves.name(kind));
    match found.find_map(|leaf| state.schemas.any(leaf, name)) {
        Some(field) if field.filterable => Ok(field),
        Some(_) => Err(Refusal::invalid_field(&format!("custom_fields.{name}")).detail("not filterable")),
        None => Err(Refusal::custom(
            "field_not_in_schema",
            name,
            "no fragment has this field",
        )),
    }
}

/// A test for any of these values.
pub(super) fn custom_test<'a>(
    state: &State,
    field: &CustomField,
    name: &'a str,
    values: &[Value],
) -> Result<Test<'a>, Refusal> {
    let mut texts = Vec::new();
    for value in values {
        let one = super::custom::check_element(state, field, value)?;
        any_of(&one, &mut |text| {
            texts.push(text.to_owned());
            false
        });
    }
    Ok(Test::Custom {
        field: name,
        indexes: texts.iter().map(|text| shared_index(name, text)).collect(),
        texts,
    })
}

/// The texts of a filter: one, or a list of them.
fn texts(value: &Value) -> Vec<String> {
    let mut texts = Vec::new();
    match value {
        // `tags_v2` names tags by objects.
        Value::Array(values) => {
            for value in values {
                any_of(value.get("id").unwrap_or(value), &mut |text| {
                    texts.push(text.to_owned());
                    false
                });
            }
        }
        value => {
            any_of(value, &mut |text| {
                texts.push(text.to_owned());
                false
            });
        }
    }
    texts
}

fn keys(value: &Value) -> Vec<Key> {
    texts(value).iter().filter_map(|text| Key::of(text)).collect()
}

fn dev_users(value: &Value) -> Vec<u32> {
    let keys = keys(value).into_iter();
    keys.filter(|key| key.kind == Kind::DevUser)
        .map(|key| key.number)
        .collect()
}

/// Both forms of a date filter, as milliseconds, both ends included.
fn span(value: &Value, now: i64) -> (i64, i64) {
    let time = |name: &str| value.get(name)?.as_str()?.parse::<Timestamp>().ok();
    if value.get("type").and_then(Value::as_str) != Some("preset") {
        // A bound within a millisecond leaves out the millisecond that began before it.
        let after = time("after").map_or(i64::MIN, |time| {
            -(-time.as_nanosecond()).div_euclid(1_000_000) as i64
        });
        let before =
            time("before").map_or(i64::MAX, |time| time.as_nanosecond().div_euclid(1_000_000) as i64);
        return (after, before);
    }
    let days = value.get("days").and_then(Value::as_i64).unwrap_or(0);
    let width = days.saturating_mul(86_400_000);
    match value.get("preset_type").and_then(Value::as_str) {
        Some("next_n_days") => (now, now.saturating_add(width)),
        _ => (now.saturating_sub(width), now),
    }
}

impl Test<'_> {
    pub(super) fn passes(&self, state: &State, row: &Row) -> bool {
        match self {
            Test::Any { field, texts, .. } | Test::Unique { field, texts, .. } => {
                row.any_text(field, |text| texts.iter().any(|known| known == text))
            }
            Test::Custom { field, texts, .. } => row
                .custom(field)
                .is_some_and(|(_, value)| any_of(value, &mut |text| texts.iter().any(|known| known == text))),
            Test::Flag(field, flag) => (row.get(field) == Some(&Value::Bool(true))) == *flag,
            Test::Created(after, before) => (*after..=*before).contains(&row.created),
            Test::Modified(after, before) => (*after..=*before).contains(&row.modified),
            Test::Date(field, after, before) => row
                .text(field)
                .and_then(|text| text.parse::<Timestamp>().ok())
                .is_some_and(|time| (*after..=*before).contains(&time.as_millisecond())),
            Test::CreatedBy(users) => users.contains(&row.created_by),
            Test::ModifiedBy(users) => users.contains(&row.modified_by),
            Test::Kinds(kinds) => kinds.contains(&row.key.kind),
            Test::States(states) => stages::of(state, row)
                .is_some_and(|stage| states.iter().any(|state| state == stage.state_name)),
            Test::Inside(directory) => {
                let parent = row.key_of("parent").zip(*directory);
                parent.is_some_and(|(parent, directory)| directories::lies_in(state, parent, directory))
            }
            Test::OtherEnd(object, names) => ["source", "target"].iter().any(|end| {
                let end = row.key_of(end).filter(|end| Some(*end) != *object);
                end.is_some_and(|end| names.iter().any(|name| name == end.kind.name()))
            }),
            Test::Described(name, wanted) => {
                let says = |has: &Value, wanted: &Value| {
                    let mut members = wanted.as_object().into_iter().flatten();
                    members.all(|(name, value)| has.get(name) == Some(value))
                };
                let has = row.list(name);
                wanted.is_empty()
                    || wanted
                        .iter()
                        .any(|wanted| has.iter().any(|has| says(has, wanted)))
            }
            Test::All(tests) => tests.iter().all(|test| test.passes(state, row)),
            Test::Either(tests) => tests.iter().any(|test| test.passes(state, row)),
            Test::Not(test) => !test.passes(state, row),
            Test::Compared(operand, wanted, value) => {
                expression::compares(operand, row, value).is_some_and(|ordering| wanted.contains(&ordering))
            }
            Test::Under(parents, level) => is_under(state, row, parents, *level),
            Test::Nothing => false,
        }
    }

    /// The slots that can pass, by an index, unless there are more than so many.
    pub(super) fn candidates(&self, shelf: &Shelf, most: usize) -> Option<Vec<Slot>> {
        let mut slots = Vec::new();
        match self {
            Test::Any {
                indexes: Some(indexes),
                ..
            }
            | Test::Custom { indexes, .. } => {
                for index in indexes {
                    slots.extend(
                        shelf
                            .having(index, 0..Slot::MAX)
                            .take(most + 1 - slots.len().min(most)),
                    );
                }
            }
            Test::Unique { indexes, .. } => {
                slots.extend(indexes.iter().filter_map(|index| shelf.having_unique(index)));
            }
            Test::Modified(after, before) if after <= before => {
                let range = (
                    Bound::Included((*after, 0)),
                    Bound::Included((*before, Slot::MAX)),
                );
                slots.extend(
                    shelf
                        .changed(None, range, true)
                        .take(most + 1)
                        .map(|(_, slot)| slot),
                );
            }
            Test::All(tests) => return tests.iter().find_map(|test| test.candidates(shelf, most)),
            Test::Either(tests) => {
                for test in tests {
                    slots.extend(test.candidates(shelf, most)?);
                }
                slots.sort_unstable();
                slots.dedup();
            }
            Test::Modified(..) | Test::Nothing => {}
            _ => return None,
        }
        (slots.len() <= most).then_some(slots)
    }

    /// The kind, if only one passes.
    pub(super) fn one_kind(&self) -> Option<Kind> {
        match self {
            Test::Kinds(kinds) => match kinds.as_slice() {
                [kind] => Some(*kind),
                _ => None,
            },
            _ => None,
        }
    }

    pub(super) fn modified_span(&self) -> Option<(i64, i64)> {
        match self {
            Test::Modified(after, before) => Some((*after, *before)),
            _ => None,
        }
    }

    pub(super) fn created_span(&self) -> Option<(i64, i64)> {
        match self {
            Test::Created(after, before) => Some((*after, *before)),
            _ => None,
        }
    }

    /// The index of a single value, which can be walked in the order of creation.
    pub(super) fn one_index(&self) -> Option<&str> {
        match self {
            Test::Any {
                indexes: Some(indexes),
                ..
            }
            | Test::Custom { indexes, .. } => match indexes.as_slice() {
                [index] => Some(index),
                _ => None,
            },
            _ => None,
        }
    }
}

/// Whether a part hangs under one of these, so many levels down at most.
fn is_under(state: &State, row: &Row, parents: &[Key], level: Option<u64>) -> bool {
    let mut level = level.unwrap_or(u64::from(u32::MAX));
    let mut parent = parent_of(row);
    while let Some(key) = parent {
        if parents.contains(&key) {
            return true;
        }
        level = level.saturating_sub(1);
        if level == 0 {
            return false;
        }
        parent = state.get(key).and_then(parent_of);
    }
    false
}

fn parent_of(row: &Row) -> Option<Key> {
    row.keys("parent_part").next()
}
