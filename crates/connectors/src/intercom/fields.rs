//! From Intercom's JSON into values: what each property holds, and what is accepted for it.
//!
//! Nothing is refused here. The same property comes as a text or a number, as seconds or as an ISO text, from one call to
//! the next; what fits nothing is kept as it comes.

use model::{
    FieldKind, Number, ObjectName, Person, RecordId, Reference, RichFormat, RichText, Timestamp, Value,
    Visibility,
};
use serde_json::Value as Json;

use super::{file::Home, html};
pub(super) use crate::kit::tree;

/// What a property holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    /// Plain text.
    Text,
    /// Plain text that may come in markup.
    Plain,
    /// HTML.
    Html,
    /// HTML, or plain text: what it is shows at its beginning.
    TextOrHtml,
    Number,
    Whole,
    Bool,
    /// Seconds since 1970, milliseconds where they are too many for seconds, or an ISO text.
    Moment,
    /// Several texts.
    Words,
    /// A record of this object, by its id or by an object with it.
    One(&'static str),
    /// Several of them: a list, or an object with a list.
    Many(&'static str),
    /// A record of any of these objects; only made by us.
    OneOf(&'static [&'static str]),
    /// Somebody who says or does something: a record, or a machine that is known by name.
    Author,
    /// Files: a list of uploads.
    Files,
    /// Who may see it; only made by us.
    Seen,
    /// Whatever comes.
    Anything,
}

/// A property that is a field.
#[derive(Clone, Copy)]
pub(super) struct Known {
    /// Its name; of a property of a property both, with a dot between.
    pub(super) name: &'static str,
    pub(super) holds: Holds,
}

pub(super) const fn known(name: &'static str, holds: Holds) -> Known {
    Known { name, holds }
}

/// Where a value comes from.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) home: &'a Home,
}

/// Who may stand as an author or be assigned to something.
const PEOPLE: &[&str] = &["admin", "contact", "team"];

impl Holds {
    pub(super) fn kind(self) -> FieldKind {
        let text = || FieldKind::Text { max: None };
        let named = |object| FieldKind::Ref {
            object: ObjectName::new(object),
        };
        let any = |objects: &[&str]| FieldKind::RefAny {
            objects: objects.iter().map(ObjectName::new).collect(),
        };
        match self {
            Self::Text | Self::Plain => text(),
            Self::Html | Self::TextOrHtml => FieldKind::Rich {
                format: RichFormat::Html,
                max: None,
            },
            Self::Number => FieldKind::Number,
            Self::Whole => FieldKind::Integer,
            Self::Bool => FieldKind::Bool,
            Self::Moment => FieldKind::Instant,
            Self::Words => FieldKind::List(Box::new(text())),
            Self::One(object) => named(object),
            Self::Many(object) => FieldKind::List(Box::new(named(object))),
            Self::Author => any(PEOPLE),
            Self::OneOf(objects) => any(objects),
            Self::Files => FieldKind::List(Box::new(FieldKind::File)),
            Self::Seen => FieldKind::Visibility,
            Self::Anything => FieldKind::Json,
        }
    }

    /// The value; what does not fit is kept as it comes.
    pub(super) fn read(self, json: &Json, place: Place<'_>) -> Value {
        if json.is_null() {
            return Value::Nothing;
        }
        self.fitting(json, place).unwrap_or_else(|| tree(json))
    }

    fn fitting(self, json: &Json, place: Place<'_>) -> Option<Value> {
        match self {
            Self::Anything | Self::Seen | Self::OneOf(_) => None,
            Self::Text => text(json),
            Self::Plain => json.as_str().map(|text| Value::text(html::plain(text))),
            Self::Html => json.as_str().map(|text| rich(text, place)),
            Self::TextOrHtml => json.as_str().map(|text| text_or_html(text, place)),
            Self::Number | Self::Whole => number(json),
            Self::Bool => truth(json),
            Self::Moment => moment(json),
            Self::Words => words(json),
            Self::One(object) => one(object, json),
            Self::Many(object) => many(object, json),
            Self::Author => author(json),
            Self::Files => files(json, place),
        }
    }
}

fn text(json: &Json) -> Option<Value> {
    match json {
        Json::String(text) => Some(Value::text(text)),
        Json::Number(number) => Some(Value::Text(number.to_string())),
        _ => None,
    }
}

fn rich(text: &str, place: Place<'_>) -> Value {
    match text.is_empty() {
        true => Value::Nothing,
        false => Value::Rich(RichText {
            format: RichFormat::Html,
            text: place.home.in_html(text),
        }),
    }
}

fn text_or_html(text: &str, place: Place<'_>) -> Value {
    match text.trim_start().starts_with('<') {
        true => rich(text, place),
        false => Value::text(text),
    }
}

fn number(json: &Json) -> Option<Value> {
    match json {
        Json::Number(number) => Some(Value::Number(number.into())),
        Json::String(text) if text.trim().is_empty() => Some(Value::Nothing),
        Json::String(text) => Number::parse(text.trim()).ok().map(Value::Number),
        _ => None,
    }
}

fn truth(json: &Json) -> Option<Value> {
    match json {
        Json::Bool(yes) => Some(Value::Bool(*yes)),
        Json::String(text) if text == "true" => Some(Value::Bool(true)),
        Json::String(text) if text == "false" => Some(Value::Bool(false)),
        _ => None,
    }
}

/// More than that are milliseconds: as seconds they would lie in the year 5138.
const MOST_SECONDS: i64 = 100_000_000_000;

/// A moment as it comes; before 1970 it is negative.
pub(super) fn moment(json: &Json) -> Option<Value> {
    let at = match json {
        Json::Number(number) => counted(Number::from(number).to_i64().or_else(|| whole(number))?)?,
        Json::String(text) if text.trim().is_empty() => return Some(Value::Nothing),
        Json::String(text) => match text.trim().parse::<i64>() {
            Ok(count) => counted(count)?,
            Err(_) => written(text.trim())?,
        },
        _ => return None,
    };
    Some(Value::Instant(at))
}

fn counted(count: i64) -> Option<Timestamp> {
    match count.unsigned_abs() > MOST_SECONDS.unsigned_abs() {
        true => Timestamp::from_millisecond(count).ok(),
        false => Timestamp::from_second(count).ok(),
    }
}

/// Some times have a fraction.
fn whole(number: &serde_json::Number) -> Option<i64> {
    let (whole, _) = number
        .to_string()
        .split_once('.')
        .map(|(a, b)| (a.to_owned(), b.len()))?;
    whole.parse().ok()
}

fn written(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| {
        let date: model::Date = text.parse().ok()?;
        Some(date.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
    })
}

fn words(json: &Json) -> Option<Value> {
    let all = items(json)?;
    Some(Value::List(
        all.iter()
            .filter_map(|one| text(one).or_else(|| one.get("name").and_then(text)))
            .filter(|word| !word.is_empty())
            .collect(),
    ))
}

/// The members of a list, or of the one list in an object: its name differs from call to call.
pub(super) fn items(json: &Json) -> Option<&Vec<Json>> {
    match json {
        Json::Array(all) => Some(all),
        Json::Object(map) => [
            "data",
            "admins",
            "teammates",
            "contacts",
            "companies",
            "tags",
            "segments",
        ]
        .into_iter()
        .filter_map(|key| map.get(key)?.as_array())
        .next()
        .or_else(|| map.values().find_map(Json::as_array)),
        _ => None,
    }
}

/// An id: a text or a number. None of them stands for nobody.
pub(super) fn id(json: &Json) -> Option<String> {
    let id = match json {
        Json::String(text) => text.trim().to_owned(),
        Json::Number(number) => number.to_string(),
        Json::Object(map) => return id(map.get("id")?),
        _ => return None,
    };
    (!id.is_empty() && id != "0").then_some(id)
}

/// The first of these members that is a text with something in it.
pub(super) fn first_text<'a>(json: &'a Json, names: &[&str]) -> Option<&'a str> {
    let texts = names.iter().filter_map(|name| json.get(name)?.as_str());
    texts.map(str::trim).find(|text| !text.is_empty())
}

pub(super) fn reference(object: &str, id: &str, label: Option<&str>) -> Value {
    Value::Ref(Reference {
        object: ObjectName::new(object),
        id: RecordId::from(id),
        label: label.map(str::to_owned),
    })
}

fn one(object: &str, json: &Json) -> Option<Value> {
    match json {
        Json::String(_) | Json::Number(_) | Json::Object(_) => {}
        _ => return None,
    }
    Some(match id(json) {
        Some(id) => reference(object, &id, first_text(json, &["name", "email", "label"])),
        None => Value::Nothing,
    })
}

fn many(object: &str, json: &Json) -> Option<Value> {
    let mut all: Vec<Value> = Vec::new();
    for json in items(json)? {
        let one = one(object, json)?;
        if one != Value::Nothing && !all.contains(&one) {
            all.push(one);
        }
    }
    Some(Value::List(all))
}

fn author(json: &Json) -> Option<Value> {
    let map = json.as_object()?;
    let kind = map.get("type").and_then(Json::as_str).unwrap_or_default();
    let object = match kind {
        "admin" => Some("admin"),
        "user" | "lead" | "contact" | "visitor" => Some("contact"),
        "team" => Some("team"),
        _ => None,
    };
    let label = first_text(json, &["name", "email"]);
    if let (Some(object), Some(id)) = (object, id(json)) {
        return Some(reference(object, &id, label));
    }
    let text = |name| first_text(json, &[name]).map(str::to_owned);
    let (name, email) = (text("name"), text("email"));
    Some(match name.is_some() || email.is_some() {
        true => Value::Person(Person { email, name }),
        // Machines are not always called anything.
        false if matches!(kind, "bot" | "operator") => Value::Person(Person {
            email: None,
            name: Some("Operator".to_owned()),
        }),
        false => Value::Nothing,
    })
}

fn files(json: &Json, place: Place<'_>) -> Option<Value> {
    let one = |json: &Json| {
        let url = first_text(json, &["url"])?;
        let name = first_text(json, &["name"]).map_or_else(|| html::file_name(url), str::to_owned);
        Some(Value::File(model::FileRef {
            url: place.home.lasting(url).unwrap_or_else(|| url.to_owned()),
            name,
            media_type: first_text(json, &["content_type"]).map(str::to_owned),
        }))
    };
    Some(Value::List(items(json)?.iter().filter_map(one).collect()))
}

/// Who may see something.
pub(super) fn seen(public: bool) -> Value {
    Value::Visibility(match public {
        true => Visibility::Public,
        false => Visibility::Internal,
    })
}
