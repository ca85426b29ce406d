//! From values into Planhat's JSON. Pure. What Planhat would keep as something else is refused, with the reason.

use jiff::tz::TimeZone;
use model::{FieldKind, Number, RichFormat, Timestamp, Value};
use serde_json::{Map, Value as Json, json};

use super::super::{
    customfield::CustomField,
    fields::{self, Holds},
};

/// The value has no form there; why, after the name of its field.
#[derive(Debug)]
pub(super) struct Misfit(pub(super) &'static str);

/// Planhat keeps numbers as binary floats, in which whole ones are exact up to here.
const MOST_WHOLE: i64 = 1 << 53;

/// What JavaScript writes with four digits.
const YEARS: std::ops::RangeInclusive<i16> = 0..=9999;

/// A property's JSON. Nothing clears it.
pub(super) fn property(holds: Holds, name: &str, value: &Value) -> Result<Json, Misfit> {
    match (holds, name) {
        _ if value.is_empty() => Ok(nothing(holds)),
        // Whoever takes part is named by an object with an id; elsewhere an id stands by itself.
        (Holds::Many(object), "users" | "endusers") => {
            each(value, |one| Ok(json!({ "id": id(&[object], one)? })))
        }
        (holds, _) => json_of(holds, value),
    }
}

/// A custom field's JSON. Nothing clears it.
pub(super) fn custom(field: &CustomField, value: &Value) -> Result<Json, Misfit> {
    if field.is_formula() {
        return Err(Misfit("is worked out by Planhat from a formula"));
    }
    if value.is_empty() {
        return Ok(nothing(field.holds()));
    }
    match field.kind() {
        FieldKind::Choice { values } => word(values, value),
        FieldKind::List(inner) => match inner.as_ref() {
            FieldKind::Choice { values } => each(value, |one| word(values, one)),
            _ => json_of(field.holds(), value),
        },
        _ if field.is_rating() => match whole(value)? {
            Json::Number(number) if number.as_i64().is_some_and(|stars| (1..=5).contains(&stars)) => {
                Ok(Json::Number(number))
            }
            _ => Err(Misfit("takes a rating from 1 to 5")),
        },
        _ => json_of(field.holds(), value),
    }
}

/// Why a value of that kind would not come back as it was written; by the kind alone, as far as that tells.
pub(in super::super) fn misfit(kind: &FieldKind, value: &Value) -> Option<&'static str> {
    if value.is_empty() {
        return None;
    }
    let json = match kind {
        FieldKind::Number => number(value),
        FieldKind::Integer => whole(value),
        FieldKind::Instant => moment(value),
        FieldKind::Date => day(value),
        FieldKind::Choice { values } => word(values, value),
        FieldKind::Json => anything(value),
        FieldKind::List(inner) => {
            let mut elements = value.elements().iter();
            return elements.find_map(|one| misfit(inner, one));
        }
        // What a text or a reference may be, its field decides.
        _ => return None,
    };
    json.err().map(|misfit| misfit.0)
}

fn nothing(holds: Holds) -> Json {
    match holds {
        Holds::Words | Holds::Many(_) | Holds::ManyOf(_) | Holds::Called(_) | Holds::Steps => json!([]),
        _ => Json::Null,
    }
}

fn json_of(holds: Holds, value: &Value) -> Result<Json, Misfit> {
    match holds {
        Holds::Text | Holds::Code => text(value),
        Holds::Html => html(value),
        Holds::Number => number(value),
        Holds::Whole => whole(value),
        Holds::Bool => match value {
            Value::Bool(yes) => Ok(Json::Bool(*yes)),
            _ => Err(Misfit("takes yes or no")),
        },
        Holds::Moment => moment(value),
        Holds::Day => day(value),
        Holds::Words => each(value, text),
        Holds::One(object) => id(&[object], value).map(Json::from),
        Holds::OneOf(objects) => id(objects, value).map(Json::from),
        Holds::Many(object) => each(value, |one| id(&[object], one).map(Json::from)),
        Holds::ManyOf(objects) => each(value, |one| id(objects, one).map(Json::from)),
        Holds::Called(object) => each(value, |one| id(&[object], one).map(Json::from)),
        Holds::Steps => each(value, step),
        Holds::Seen => Err(Misfit("cannot be written")),
        Holds::Anything => anything(value),
    }
}

/// A list's elements, none of them empty: of an empty one Planhat makes something else, or nothing.
fn each(value: &Value, one: impl Fn(&Value) -> Result<Json, Misfit>) -> Result<Json, Misfit> {
    let elements = value.elements().iter();
    let elements = elements.map(|element| match element.is_empty() {
        true => Err(Misfit("takes no empty element")),
        false => one(element),
    });
    elements.collect::<Result<Vec<_>, _>>().map(Json::Array)
}

fn text(value: &Value) -> Result<Json, Misfit> {
    match value {
        Value::Text(text) => Ok(Json::from(text.as_str())),
        _ => Err(Misfit("takes a text")),
    }
}

fn html(value: &Value) -> Result<Json, Misfit> {
    match value {
        Value::Rich(rich) if rich.format == RichFormat::Html => Ok(Json::from(rich.text.as_str())),
        _ => Err(Misfit("takes HTML")),
    }
}

fn word(words: &[String], value: &Value) -> Result<Json, Misfit> {
    match value {
        Value::Text(word) if words.is_empty() || words.contains(word) => Ok(Json::from(word.as_str())),
        Value::Text(_) => Err(Misfit("does not have that word among its choices in Planhat")),
        _ => Err(Misfit("takes one of its words")),
    }
}

/// The digits as they are, if a binary float keeps them.
fn number(value: &Value) -> Result<Json, Misfit> {
    let Value::Number(number) = value else {
        return Err(Misfit("takes a number"));
    };
    let float = number.to_f64().filter(|float| float.is_finite());
    let shortest = float.and_then(|float| Number::parse(&format!("{float:e}")).ok());
    match shortest {
        Some(shortest) if shortest == *number => Ok(Json::from(number)),
        _ => Err(Misfit(
            "keeps 15 to 17 digits in Planhat, and the number has more; a text field keeps them all",
        )),
    }
}

fn whole(value: &Value) -> Result<Json, Misfit> {
    let Value::Number(number) = value else {
        return Err(Misfit("takes a whole number"));
    };
    match number.to_i64() {
        Some(whole) if (-MOST_WHOLE..=MOST_WHOLE).contains(&whole) => Ok(Json::from(whole)),
        _ => Err(Misfit("takes a whole number of at most 16 digits")),
    }
}

fn moment(value: &Value) -> Result<Json, Misfit> {
    let at = match value {
        Value::Instant(at) => *at,
        _ => return Err(Misfit("takes a time")),
    };
    if !YEARS.contains(&at.to_zoned(TimeZone::UTC).year()) {
        return Err(Misfit("takes years of four digits"));
    }
    match Timestamp::from_millisecond(at.as_millisecond()) {
        Ok(kept) if kept == at => Ok(Json::from(format!("{at:.3}"))),
        _ => Err(Misfit("keeps milliseconds in Planhat, and the time is finer")),
    }
}

/// Whole days since 1970.
fn day(value: &Value) -> Result<Json, Misfit> {
    let Value::Date(day) = value else {
        return Err(Misfit("takes a day"));
    };
    if !YEARS.contains(&day.year()) {
        return Err(Misfit("takes years of four digits"));
    }
    let midnight = day.to_zoned(TimeZone::UTC).map_err(|_| Misfit("takes a day"))?;
    Ok(Json::from(midnight.timestamp().as_second().div_euclid(86_400)))
}

fn id<'a>(objects: &[&str], value: &'a Value) -> Result<&'a str, Misfit> {
    match value {
        Value::Ref(reference) if !objects.contains(&reference.object.as_str()) => {
            Err(Misfit("refers to another kind of record"))
        }
        Value::Ref(reference) if reference.id.as_str().is_empty() => Err(Misfit("takes a record of Planhat")),
        Value::Ref(reference) => Ok(reference.id.as_str()),
        Value::Person(_) => Err(Misfit("takes somebody who is in Planhat")),
        _ => Err(Misfit("takes a record of Planhat")),
    }
}

/// A step of a checklist. How Planhat marks one that is done is not documented.
fn step(value: &Value) -> Result<Json, Misfit> {
    let text = value.as_text().unwrap_or_default();
    match (text.strip_prefix("☑ "), text.strip_prefix("☐ ")) {
        (Some(title), _) => Ok(json!({ "title": title, "done": true })),
        (_, Some(title)) => Ok(json!({ "title": title, "done": false })),
        _ => Err(Misfit("takes steps that begin with ☐ or ☑")),
    }
}

/// JSON of any form; what would be read as something else is refused.
fn anything(value: &Value) -> Result<Json, Misfit> {
    let json = plain(value)?;
    match fields::tree(&json) == *value {
        true => Ok(json),
        false => Err(Misfit("takes only what JSON keeps as it is")),
    }
}

fn plain(value: &Value) -> Result<Json, Misfit> {
    match value {
        Value::Nothing => Ok(Json::Null),
        Value::Bool(yes) => Ok(Json::Bool(*yes)),
        Value::Number(_) => number(value),
        Value::Text(text) => Ok(Json::from(text.as_str())),
        Value::List(values) => values.iter().map(plain).collect(),
        Value::Map(members) => {
            let members = members
                .iter()
                .map(|(name, value)| Ok((name.clone(), plain(value)?)));
            members.collect::<Result<Map<_, _>, _>>().map(Json::Object)
        }
        _ => Err(Misfit("takes only what JSON keeps as it is")),
    }
}
