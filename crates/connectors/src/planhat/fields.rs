//! From Planhat's JSON into values: what each documented property holds, and what is accepted for it.

use model::{
    Date, FieldKind, Number, ObjectName, Person, RecordId, Reference, RichFormat, RichText, Timestamp, Value,
};
use serde_json::Value as Json;

/// What a property holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    /// Plain text; a number becomes the text of its digits, as it does in `externalId`.
    Text,
    /// HTML.
    Html,
    Number,
    Whole,
    Bool,
    /// An ISO date, or milliseconds since 1970.
    Moment,
    /// Days since 1970, or the date of an ISO text.
    Day,
    /// Several texts; of an object its name.
    Words,
    /// A record of this object: its id, or an object with it.
    One(&'static str),
    /// Several of them.
    Many(&'static str),
    /// Whatever comes.
    Anything,
}

/// A documented property.
pub(super) struct Known {
    pub(super) name: &'static str,
    pub(super) holds: Holds,
    /// Whether a write of it sticks.
    pub(super) writable: bool,
}

pub(super) const fn known(name: &'static str, holds: Holds) -> Known {
    Known {
        name,
        holds,
        writable: true,
    }
}

pub(super) const fn computed(name: &'static str, holds: Holds) -> Known {
    Known {
        name,
        holds,
        writable: false,
    }
}

impl Holds {
    pub(super) fn kind(self) -> FieldKind {
        let reference = |object| FieldKind::Ref {
            object: ObjectName::new(object),
        };
        match self {
            Self::Text => FieldKind::Text { max: None },
            Self::Html => FieldKind::Rich {
                format: RichFormat::Html,
                max: None,
            },
            Self::Number => FieldKind::Number,
            Self::Whole => FieldKind::Integer,
            Self::Bool => FieldKind::Bool,
            Self::Moment => FieldKind::Instant,
            Self::Day => FieldKind::Date,
            Self::Words => FieldKind::List(Box::new(FieldKind::Text { max: None })),
            Self::One(object) => reference(object),
            Self::Many(object) => FieldKind::List(Box::new(reference(object))),
            Self::Anything => FieldKind::Json,
        }
    }

    /// The value, or `None` if the property cannot hold that.
    pub(super) fn read(self, json: &Json) -> Option<Value> {
        match (self, json) {
            (_, Json::Null) => Some(Value::Nothing),
            (Self::Anything, any) => Some(tree(any)),
            (Self::Text, Json::String(text)) => Some(Value::text(text)),
            (Self::Text, Json::Number(number)) => Some(Value::Text(number.to_string())),
            (Self::Html, Json::String(text)) => Some(html(text)),
            (Self::Number | Self::Whole, _) => number(json),
            (Self::Bool, Json::Bool(yes)) => Some(Value::Bool(*yes)),
            (Self::Moment, _) => moment(json),
            (Self::Day, _) => day(json),
            (Self::Words, _) => words(json),
            (Self::One(object), _) => reference(object, json),
            (Self::Many(object), Json::Array(all)) => all
                .iter()
                .map(|one| reference(object, one))
                .collect::<Option<_>>()
                .map(Value::List),
            (Self::Many(object), _) => reference(object, json).map(|one| Value::List(vec![one])),
            _ => None,
        }
    }
}

/// An id, which comes as a text or as an object with it.
fn id(json: &Json) -> Option<&str> {
    match json {
        Json::String(id) => Some(id),
        Json::Object(map) => ["_id", "id"].into_iter().find_map(|key| map.get(key)?.as_str()),
        _ => None,
    }
}

fn reference(object: &'static str, json: &Json) -> Option<Value> {
    let text = |key: &str| {
        json.get(key)?
            .as_str()
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    let (name, email) = (text("name").or_else(|| text("nickName")), text("email"));
    match id(json) {
        Some("") => Some(Value::Nothing),
        Some(id) => Some(Value::Ref(Reference {
            object: ObjectName::new(object),
            id: RecordId::from(id),
            label: name.or(email),
        })),
        // Somebody who is in a mail and not in Planhat.
        None => (name.is_some() || email.is_some()).then_some(Value::Person(Person { email, name })),
    }
}

fn html(text: &str) -> Value {
    if text.is_empty() {
        return Value::Nothing;
    }
    Value::Rich(RichText {
        format: RichFormat::Html,
        text: text.to_owned(),
    })
}

fn number(json: &Json) -> Option<Value> {
    match json {
        Json::Number(number) => Some(Value::Number(number.into())),
        Json::String(text) if text.is_empty() => Some(Value::Nothing),
        Json::String(text) => Number::parse(text).ok().map(Value::Number),
        _ => None,
    }
}

/// A moment, from ISO text with or without a time, or from milliseconds.
pub(super) fn moment(json: &Json) -> Option<Value> {
    match json {
        Json::String(text) if text.is_empty() => Some(Value::Nothing),
        Json::String(text) => timestamp(text).map(Value::Instant),
        Json::Number(number) => {
            let millis = Number::from(number).to_i64()?;
            Timestamp::from_millisecond(millis).ok().map(Value::Instant)
        }
        _ => None,
    }
}

fn timestamp(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    text.parse().ok().or_else(|| {
        let date: Date = text.parse().ok()?;
        Some(date.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
    })
}

fn day(json: &Json) -> Option<Value> {
    let days = match json {
        Json::String(text) if text.is_empty() => return Some(Value::Nothing),
        Json::String(text) => {
            let at = timestamp(text)?;
            return Some(Value::Date(at.to_zoned(jiff::tz::TimeZone::UTC).date()));
        }
        Json::Number(number) => Number::from(number).to_i64()?,
        _ => return None,
    };
    let second = days.checked_mul(86_400)?;
    let at = Timestamp::from_second(second).ok()?;
    Some(Value::Date(at.to_zoned(jiff::tz::TimeZone::UTC).date()))
}

fn words(json: &Json) -> Option<Value> {
    let word = |json: &Json| match json {
        Json::String(text) => Some(Value::Text(text.clone())),
        Json::Number(number) => Some(Value::Text(number.to_string())),
        Json::Object(map) => ["name", "_id"]
            .into_iter()
            .find_map(|key| map.get(key)?.as_str())
            .map(|text| Value::Text(text.to_owned())),
        _ => None,
    };
    match json {
        Json::Array(all) => all.iter().map(word).collect::<Option<_>>().map(Value::List),
        Json::String(text) if text.is_empty() => Some(Value::Nothing),
        one => word(one).map(|word| Value::List(vec![word])),
    }
}

/// A value of the form that the JSON has.
pub(super) fn tree(json: &Json) -> Value {
    match json {
        Json::Null => Value::Nothing,
        Json::Bool(yes) => Value::Bool(*yes),
        Json::Number(number) => Value::Number(number.into()),
        Json::String(text) => Value::text(text),
        Json::Array(all) => Value::List(all.iter().map(tree).collect()),
        Json::Object(map) => Value::Map(
            map.iter()
                .map(|(name, json)| (name.clone(), tree(json)))
                .collect(),
        ),
    }
}
