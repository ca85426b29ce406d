//! From Planhat's JSON into values: what each documented property holds, and what is accepted for it.

use model::{
    Date, FieldKind, Number, ObjectName, Person, RecordId, Reference, RichFormat, RichText, Timestamp, Value,
    Visibility,
};
use serde_json::Value as Json;

pub(super) use crate::kit::tree;

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
    /// A word that names something of the tenant's, such as a currency: a text, or an object with it as its id.
    Code,
    /// A record of one of these objects; where nothing says of which, the first.
    OneOf(&'static [&'static str]),
    /// Several of them.
    ManyOf(&'static [&'static str]),
    /// Records of this object whose id is their name.
    Called(&'static str),
    /// The steps of a task, each marked where it is done.
    Steps,
    /// Who may see it; only what says so itself is public.
    Seen,
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
            Self::Many(object) | Self::Called(object) => FieldKind::List(Box::new(reference(object))),
            Self::Code => FieldKind::Text { max: None },
            Self::OneOf(objects) => any_of(objects),
            Self::ManyOf(objects) => FieldKind::List(Box::new(any_of(objects))),
            Self::Steps => FieldKind::List(Box::new(FieldKind::Text { max: None })),
            Self::Seen => FieldKind::Visibility,
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
            (Self::Many(object), _) => references(object, json),
            (Self::OneOf(objects), _) => reference(objects.first()?, json),
            (Self::ManyOf(objects), _) => references(objects.first()?, json),
            (Self::Called(object), _) => called(object, json),
            (Self::Code, _) => code(json),
            (Self::Steps, Json::Array(all)) => all.iter().map(step).collect::<Option<_>>().map(Value::List),
            (Self::Seen, Json::String(word)) => Some(Value::Visibility(match word.as_str() {
                "public" => Visibility::Public,
                _ => Visibility::Internal,
            })),
            _ => None,
        }
    }
}

fn any_of(objects: &[&str]) -> FieldKind {
    FieldKind::RefAny {
        objects: objects.iter().map(ObjectName::new).collect(),
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

fn references(object: &str, json: &Json) -> Option<Value> {
    match json {
        Json::Array(all) => all
            .iter()
            .map(|one| reference(object, one))
            .collect::<Option<_>>()
            .map(Value::List),
        one => reference(object, one).map(|one| Value::List(vec![one])),
    }
}

/// The names in a property of records that are known by name only; who has none has nothing to be called by.
pub(super) fn names(json: &Json) -> Option<Vec<&str>> {
    let all = match json {
        Json::Null => vec![],
        Json::Array(all) => all.iter().map(name).collect::<Option<Vec<_>>>()?,
        one => vec![name(one)?],
    };
    Some(all.into_iter().filter(|name| !name.is_empty()).collect())
}

fn name(json: &Json) -> Option<&str> {
    let text = |key| json.get(key).and_then(Json::as_str).map(str::trim);
    match json {
        Json::String(name) => Some(name.trim()),
        Json::Object(_) => ["name", "_id", "id"]
            .into_iter()
            .filter_map(text)
            .find(|name| !name.is_empty()),
        _ => None,
    }
}

fn called(object: &str, json: &Json) -> Option<Value> {
    let reference = |name: &str| {
        Value::Ref(Reference {
            object: ObjectName::new(object),
            id: RecordId::from(name),
            label: Some(name.to_owned()),
        })
    };
    Some(Value::List(names(json)?.into_iter().map(reference).collect()))
}

fn code(json: &Json) -> Option<Value> {
    match json {
        Json::String(text) => Some(Value::text(text)),
        Json::Object(_) => id(json).map(Value::text),
        _ => None,
    }
}

/// One step of a checklist. Nobody documents how one is marked as done, so any usual mark counts.
fn step(json: &Json) -> Option<Value> {
    let text = match json {
        Json::String(text) => text,
        Json::Object(_) => ["title", "name", "text"]
            .into_iter()
            .find_map(|key| json.get(key)?.as_str())?,
        _ => return None,
    };
    let marks = ["done", "isDone", "checked", "completed", "dateDone"];
    let is_done = marks.into_iter().any(|key| match json.get(key) {
        Some(Json::Bool(done)) => *done,
        Some(Json::String(at)) => !at.is_empty(),
        _ => false,
    });
    let mark = if is_done { "☑" } else { "☐" };
    Some(Value::Text(format!("{mark} {text}")))
}

fn reference(object: &str, json: &Json) -> Option<Value> {
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
