//! A value from one side's words into the other's.

use std::{borrow::Cow, collections::HashMap};

use model::{
    Case, FieldKind, ObjectName, Record, RecordId, Reference, RichFormat, RichText, Rule, Stamp, Turn, Value,
};

use crate::{
    files::{Missing, Taken},
    rich,
};

mod back;
mod gather;
mod kinds;
mod single;
mod stamp;

pub use back::{is_cut, turn_back, way_back};
use gather::gathered;
pub(crate) use gather::is_gathered_of;
pub use kinds::{always_fits, turns_into};
use single::{choice, date, instant, number, truth, whole};
use stamp::stamp_line;
pub use stamp::unstamp;
pub(crate) use stamp::{back_of, below_line, below_lines, is_stamped, mark_in, mark_of};

/// Right counterparts of left records, as far as they are known.
pub type Counterparts = HashMap<(ObjectName, RecordId), (ObjectName, RecordId)>;

/// In a preview, the object of a right record that is not there yet: what refers to it counts as followed.
pub(crate) const FORESEEN: &str = "(foreseen)";

/// What stands before the object of a counterpart that is gone, and is to be made again or decided about.
pub(crate) const LOST: &str = "(lost) ";
/// The same of a record that is left out since: what refers to it refers to nothing.
pub(crate) const LEFT_OUT: &str = "(left out) ";
/// The same of records that the left side names and does not show.
pub(crate) const UNSHOWN: &str = "(not shown) ";

/// Whether the counterpart that is known is gone.
pub(crate) fn is_gone(counterpart: &ObjectName) -> bool {
    let name = counterpart.as_str();
    [LOST, LEFT_OUT, UNSHOWN]
        .iter()
        .any(|what| name.starts_with(what))
}

/// The same counterparts as they were before some of them were gone.
pub(crate) fn before_gone(counterparts: &Counterparts) -> Counterparts {
    let before = counterparts.iter().map(|(left, (object, right))| {
        let name = object.as_str();
        let name = name.strip_prefix(LOST).or(name.strip_prefix(LEFT_OUT));
        let object = name.map_or_else(|| object.clone(), ObjectName::from);
        (left.clone(), (object, right.clone()))
    });
    before.collect()
}

/// What is known of the right side while left values are turned.
#[derive(Clone, Copy, Debug)]
pub struct KnownOnRight<'a> {
    /// What references point to; none: all of them count as followed.
    pub counterparts: Option<&'a Counterparts>,
    /// What became of files.
    pub files: &'a Taken,
}

/// A left value in the right side's words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Turned {
    /// The value.
    pub value: Value,
    /// References whose counterpart is not known; they are left out of the value.
    pub unresolved: Vec<Reference>,
    /// References to records that are left out; they are left out of the value as well.
    pub left_out: Vec<Reference>,
    /// References to records that the left side names and does not show; likewise.
    pub unshown: Vec<Reference>,
    /// What a text could not bring along into the right side's markup.
    pub lost: Vec<rich::Lost>,
    /// Files that could not be had; something stands for them.
    pub missing: Vec<Missing>,
}

impl Turned {
    /// What of the left value is nowhere on the right, and how often.
    pub fn left_behind(&self) -> impl Iterator<Item = (String, u64)> {
        let unshown = self.unshown.iter().map(|one| {
            let what = format!("a {} that the left side names and does not show", one.object);
            (what, 1)
        });
        let lost = self.lost.iter();
        unshown.chain(lost.map(|lost| (lost.what.to_string(), lost.times as u64)))
    }
}

/// A value that the right field cannot hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Misfit(String);

/// Turns what a rule reads from a left record into what its right field holds; nothing if there is nothing.
pub fn turn(rule: &Rule, left: &Record, kind: &FieldKind, known: KnownOnRight<'_>) -> Result<Turned, Misfit> {
    let Some(value) = read(rule, left) else {
        return Ok(Turned::default());
    };
    let value = value.as_ref();
    let mut fitting = Fitting {
        known,
        cut: rule.cut,
        unresolved: Vec::new(),
        left_out: Vec::new(),
        unshown: Vec::new(),
        lost: Vec::new(),
        missing: Vec::new(),
    };
    let turned = match &rule.turn {
        Turn::Same => fitting.fit(value, kind)?,
        Turn::Table { words } => look_up(words, value, kind, &mut fitting)?,
        Turn::Label => fitting.fit(&labels(value), kind)?,
        Turn::Json => fitting.fit(&Value::Text(json(value).to_string()), kind)?,
        Turn::Gathered => fitting.fit(&Value::Text(gathered(rule, left)), kind)?,
        Turn::Stamped(stamp) => stamped(stamp, left, value, kind, &mut fitting)?,
        Turn::Cases(cases) => match cases.iter().find(|case| is_case(case, left)) {
            Some(case) => fitting.fit(&Value::text(case.gives.clone()), kind)?,
            None => Value::Nothing,
        },
    };
    Ok(Turned {
        value: turned,
        unresolved: fitting.unresolved,
        left_out: fitting.left_out,
        unshown: fitting.unshown,
        lost: fitting.lost,
        missing: fitting.missing,
    })
}

/// The same for a record of a pair. `born`: its left record may have been made for its right one, which says then what is
/// below the line that the left text bears.
pub(crate) fn turn_of(
    rule: &Rule,
    left: &Record,
    kind: &FieldKind,
    known: KnownOnRight<'_>,
    born: bool,
) -> Result<Turned, Misfit> {
    let turned = turn(rule, left, kind, known)?;
    Ok(match born {
        true => Turned {
            value: below_lines(rule, turned.value),
            ..turned
        },
        false => turned,
    })
}

/// What a rule reads: the first left value that is not empty, or all of them together.
pub(crate) fn read<'a>(rule: &Rule, left: &'a Record) -> Option<Cow<'a, Value>> {
    let mut values = rule
        .left
        .iter()
        .filter_map(|name| left.fields.get(name))
        .filter(|value| !value.is_empty());
    if !rule.together {
        return values.next().map(Cow::Borrowed);
    }
    let all: Vec<Value> = values.flat_map(Value::elements).cloned().collect();
    (!all.is_empty()).then_some(Cow::Owned(Value::List(all)))
}

fn is_case(case: &Case, left: &Record) -> bool {
    let value = left.fields.get(&case.field).unwrap_or(&Value::Nothing);
    let is_one = |value: &Value| {
        let word = say(value).to_lowercase();
        case.is.iter().any(|wanted| wanted.to_lowercase() == word)
    };
    match case.is.is_empty() {
        true => !value.is_empty(),
        false => value.elements().iter().any(is_one),
    }
}

fn look_up(
    words: &std::collections::BTreeMap<String, String>,
    value: &Value,
    kind: &FieldKind,
    fitting: &mut Fitting<'_>,
) -> Result<Value, Misfit> {
    let word = say(value);
    let folded = word.trim().to_lowercase();
    match words.iter().find(|(from, _)| from.to_lowercase() == folded) {
        Some((_, to)) => fitting.fit(&Value::text(to.clone()), kind),
        None => Ok(Value::Nothing),
    }
}

/// The first line that a reader recognises, then the text.
fn stamped(
    stamp: &Stamp,
    left: &Record,
    value: &Value,
    kind: &FieldKind,
    fitting: &mut Fitting<'_>,
) -> Result<Value, Misfit> {
    let FieldKind::Rich {
        format: RichFormat::CommonMark,
        max,
    } = kind
    else {
        return Err(Misfit(
            "a stamped text needs a field that holds CommonMark".to_owned(),
        ));
    };
    let line = stamp_line(stamp, left);
    let body = FieldKind::Rich {
        format: RichFormat::CommonMark,
        max: match max {
            Some(max) => Some(max.checked_sub(line.chars().count()).ok_or_else(|| {
                Misfit(format!(
                    "the line that says who wrote it is longer than the {max} characters of the field"
                ))
            })?),
            None => None,
        },
    };
    let body = match fitting.fit(value, &body)? {
        Value::Rich(rich) => rich.text,
        other => say(&other),
    };
    Ok(Value::Rich(RichText {
        format: RichFormat::CommonMark,
        text: line + &body,
    }))
}

fn escape_html(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// The names under which a value mentions records and people.
fn labels(value: &Value) -> Value {
    match value {
        Value::Ref(reference) => Value::text(
            reference
                .label
                .clone()
                .unwrap_or_else(|| reference.id.to_string()),
        ),
        Value::Person(person) => Value::text(
            person
                .name
                .clone()
                .or_else(|| person.email.clone())
                .unwrap_or_default(),
        ),
        Value::List(values) => Value::List(
            values
                .iter()
                .map(labels)
                .filter(|value| !value.is_empty())
                .collect(),
        ),
        other => other.clone(),
    }
}

/// A value as plain text.
pub fn say(value: &Value) -> String {
    match value {
        Value::Nothing => String::new(),
        Value::Bool(yes) => yes.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Rich(text) => rich::plain(text),
        Value::Instant(at) => at.to_string(),
        Value::Date(day) => day.to_string(),
        Value::Ref(_) | Value::Person(_) => match labels(value) {
            Value::Text(text) => text,
            _ => String::new(),
        },
        Value::File(file) => file.name.clone(),
        Value::Visibility(visibility) => format!("{visibility:?}").to_lowercase(),
        Value::List(values) => values.iter().map(say).collect::<Vec<_>>().join(", "),
        Value::Map(_) => json(value).to_string(),
    }
}

/// A value as plain JSON, for people and for fields that hold JSON.
pub fn json(value: &Value) -> serde_json::Value {
    use serde_json::Value as Json;
    match value {
        Value::Nothing => Json::Null,
        Value::Bool(yes) => Json::Bool(*yes),
        Value::Number(number) => number.into(),
        Value::List(values) => Json::Array(values.iter().map(json).collect()),
        Value::Map(map) => Json::Object(
            map.iter()
                .map(|(name, value)| (name.clone(), json(value)))
                .collect(),
        ),
        Value::Rich(rich) => Json::String(rich.text.clone()),
        Value::Ref(reference) => Json::String(reference.id.to_string()),
        other => Json::String(say(other)),
    }
}

/// Fits values to kinds, following references.
struct Fitting<'a> {
    known: KnownOnRight<'a>,
    cut: bool,
    unresolved: Vec<Reference>,
    left_out: Vec<Reference>,
    unshown: Vec<Reference>,
    lost: Vec<rich::Lost>,
    missing: Vec<Missing>,
}

impl Fitting<'_> {
    fn fit(&mut self, value: &Value, kind: &FieldKind) -> Result<Value, Misfit> {
        if value.is_empty() {
            return Ok(Value::Nothing);
        }
        match kind {
            FieldKind::Json => Ok(value.clone()),
            FieldKind::List(kind) => self.fit_list(value, kind),
            FieldKind::Text { max } => self.fit_text(say(value), *max),
            FieldKind::Rich { format, max } => self.fit_rich(value, *format, *max),
            FieldKind::Ref { object } => self.fit_ref(value, std::slice::from_ref(object)),
            FieldKind::RefAny { objects } => self.fit_ref(value, objects),
            FieldKind::Choice { values } => choice(value, values),
            FieldKind::Bool => truth(value),
            FieldKind::Number => number(value),
            FieldKind::Integer => whole(value),
            FieldKind::Instant => instant(value),
            FieldKind::Date => date(value),
            FieldKind::File => Ok(self.fit_file(value)),
            FieldKind::Person | FieldKind::Visibility => Ok(value.clone()),
        }
    }

    fn fit_file(&mut self, value: &Value) -> Value {
        let Value::File(file) = value else {
            return value.clone();
        };
        self.known.files.file(file).unwrap_or_else(|missing| {
            self.missing.push(missing);
            Value::Nothing
        })
    }

    fn fit_list(&mut self, value: &Value, kind: &FieldKind) -> Result<Value, Misfit> {
        let mut fitted = Vec::new();
        for element in value.elements() {
            let element = self.fit(element, kind)?;
            // A vendor's list is a set: a tag or a member counts once.
            if !element.is_empty() && !fitted.contains(&element) {
                fitted.push(element);
            }
        }
        Ok(if fitted.is_empty() {
            Value::Nothing
        } else {
            Value::List(fitted)
        })
    }

    fn fit_text(&self, text: String, max: Option<usize>) -> Result<Value, Misfit> {
        let Some(max) = max else {
            return Ok(Value::text(text));
        };
        let long = text.chars().count();
        if long <= max {
            return Ok(Value::text(text));
        }
        if !self.cut {
            return Err(Misfit(format!("{long} characters, and the field takes {max}")));
        }
        let mut cut: String = text.chars().take(max.saturating_sub(1)).collect();
        cut.push('…');
        Ok(Value::text(cut))
    }

    fn fit_rich(&mut self, value: &Value, format: RichFormat, max: Option<usize>) -> Result<Value, Misfit> {
        let text = match value {
            Value::Rich(rich) => rich.clone(),
            other => RichText {
                format: RichFormat::Html,
                text: escape_html(&say(other)),
            },
        };
        let (instead, missing) = self.known.files.instead(&text);
        self.missing.extend(missing);
        let stays = text.format == format && instead.is_empty();
        let converted = match max.filter(|_| self.cut) {
            None if stays => rich::Converted {
                text: text.text,
                lost: Vec::new(),
            },
            None => rich::convert_with_images(&text, format, &instead),
            Some(max) if stays && text.text.chars().count() <= max => rich::Converted {
                text: text.text,
                lost: Vec::new(),
            },
            // Cut as a text, not as characters: no half link, no code that never ends.
            Some(max) => rich::convert_within(&text, format, max, &instead),
        };
        self.lost.extend(converted.lost);
        match self.fit_text(converted.text, max)? {
            Value::Text(text) => Ok(Value::Rich(RichText { format, text })),
            _ => Ok(Value::Nothing),
        }
    }

    fn fit_ref(&mut self, value: &Value, objects: &[ObjectName]) -> Result<Value, Misfit> {
        match value {
            Value::Ref(reference) => {
                let followed = || {
                    Ok(Value::Ref(Reference {
                        object: objects.first().unwrap_or(&reference.object).clone(),
                        ..reference.clone()
                    }))
                };
                let Some(counterparts) = self.known.counterparts else {
                    return followed();
                };
                let Some((found, id)) = counterparts.get(&(reference.object.clone(), reference.id.clone()))
                else {
                    self.unresolved.push(reference.clone());
                    return Ok(Value::Nothing);
                };
                if found.as_str().starts_with(LEFT_OUT) {
                    self.left_out.push(reference.clone());
                    return Ok(Value::Nothing);
                }
                if found.as_str().starts_with(UNSHOWN) {
                    self.unshown.push(reference.clone());
                    return Ok(Value::Nothing);
                }
                if found.as_str().starts_with(LOST) {
                    self.unresolved.push(reference.clone());
                    return Ok(Value::Nothing);
                }
                // What it points to will be there by then.
                if found.as_str() == FORESEEN {
                    return followed();
                }
                if !objects.iter().any(|object| found.is_among(object)) {
                    let wanted = say_objects(objects);
                    return Err(Misfit(format!("a {found}, and the field takes a {wanted}")));
                }
                Ok(Value::Ref(Reference {
                    object: found.clone(),
                    id: id.clone(),
                    label: None,
                }))
            }
            // A field that takes one reference, and several to choose from: the first that is there.
            Value::List(values) => {
                for one in values {
                    let fitted = self.fit_ref(one, objects)?;
                    if !fitted.is_empty() {
                        return Ok(fitted);
                    }
                }
                Ok(Value::Nothing)
            }
            _ => Err(Misfit(format!("not a reference to a {}", say_objects(objects)))),
        }
    }
}

/// `ticket, issue or conversation`
pub(crate) fn say_objects(objects: &[ObjectName]) -> String {
    match objects {
        [] => "record".to_owned(),
        [one] => one.to_string(),
        [many @ .., last] => {
            let many: Vec<&str> = many.iter().map(ObjectName::as_str).collect();
            format!("{} or {last}", many.join(", "))
        }
    }
}

#[cfg(test)]
mod tests;
