//! Of a record's JSON, what fields are made of. The rest, often more than half of it, is passed over unread.

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserializer,
    de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor},
};
use serde_json::{Map, Value as Json, value::RawValue};

use super::object::{Holds, Object, Stock};
use crate::kit::OneOf;

/// What shaping reads besides an object's own fields.
const OTHERS: [&str; 7] = [
    "custom_fields",
    "external_ref",
    "external_refs",
    "modified_date",
    "resource",
    "rev_org",
    "unique_key",
];

/// What the summary of another record, a stage or a tag is known by.
const SUMMARY: [&str; 6] = ["display_name", "full_name", "id", "name", "tag", "type"];

/// A record's members, as far as shaping reads them.
pub(super) type Members = BTreeMap<&'static str, Json>;

/// Reads them from a record's JSON.
pub(super) fn members(object: &Object, text: &str) -> Result<Members, serde_json::Error> {
    let mut json = serde_json::Deserializer::from_str(text);
    let members = json.deserialize_map(Wanted(object))?;
    json.end()?;
    Ok(members)
}

struct Wanted<'o>(&'o Object);

impl<'de> Visitor<'de> for Wanted<'_> {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut json: A) -> Result<Members, A::Error> {
        let mut members = Members::new();
        while let Some(place) = json.next_key_seed(Place(self.0))? {
            let (name, value) = match place {
                Some((name, true)) => (
                    name,
                    summary(json.next_value()?).map_err(serde::de::Error::custom)?,
                ),
                Some((name, false)) => (name, json.next_value()?),
                None => {
                    json.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            members.insert(name, value);
        }
        Ok(members)
    }
}

/// A member's name if it is wanted, and whether a summary of its value is enough.
struct Place<'o>(&'o Object);

impl<'de> DeserializeSeed<'de> for Place<'_> {
    type Value = Option<(&'static str, bool)>;

    fn deserialize<D: Deserializer<'de>>(self, name: D) -> Result<Self::Value, D::Error> {
        name.deserialize_str(self)
    }
}

impl Visitor<'_> for Place<'_> {
    type Value = Option<(&'static str, bool)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        if let Some(stock) = self.0.field(name) {
            return Ok(Some((stock.name, is_summed_up(stock))));
        }
        let other = OTHERS.into_iter().find(|other| *other == name);
        Ok(other.map(|name| (name, name == "rev_org")))
    }
}

fn is_summed_up(stock: &Stock) -> bool {
    matches!(
        stock.holds,
        Holds::Ref(_) | Holds::RefAny(_) | Holds::Refs(_) | Holds::RefsAny(_) | Holds::Stage(_) | Holds::Tags
    )
}

/// The value without the members that are none of a summary's.
fn summary(value: &RawValue) -> Result<Json, serde_json::Error> {
    match value.get().as_bytes().first() {
        Some(b'[') => {
            let elements: Vec<&RawValue> = serde_json::from_str(value.get())?;
            elements.into_iter().map(summary).collect()
        }
        Some(b'{') => serde_json::Deserializer::from_str(value.get()).deserialize_map(Summary),
        _ => serde_json::from_str(value.get()),
    }
}

struct Summary;

impl<'de> Visitor<'de> for Summary {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a summary")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut json: A) -> Result<Json, A::Error> {
        let mut members = Map::new();
        while let Some(place) = json.next_key_seed(OneOf(&SUMMARY))? {
            let Some(name) = place.and_then(|place| SUMMARY.get(place)) else {
                json.next_value::<IgnoredAny>()?;
                continue;
            };
            let value = match *name {
                "tag" => summary(json.next_value()?).map_err(serde::de::Error::custom)?,
                _ => json.next_value()?,
            };
            members.insert((*name).to_owned(), value);
        }
        Ok(Json::Object(members))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use model::ObjectName;

    use super::*;
    use crate::devrev::object;

    fn check(json: &str, expected: &str) {
        let object = object::by_name(&ObjectName::new("ticket")).unwrap();
        let found = members(&object, json).unwrap();
        assert_eq!(serde_json::to_string(&found).unwrap(), expected, "{json}");
    }

    #[test]
    fn what_no_field_is_made_of_is_passed_over() {
        check(r#"{"created_by":{"id":"d1"},"title":"x"}"#, r#"{"title":"x"}"#);
        check(
            r#"{"custom_fields":{"a":{"b":1.50}}}"#,
            r#"{"custom_fields":{"a":{"b":1.50}}}"#,
        );
        check(
            r#"{"owned_by":[{"id":"d1","email":"a@b.example","name":"A"},"d2"]}"#,
            r#"{"owned_by":[{"id":"d1","name":"A"},"d2"]}"#,
        );
        check(
            r#"{"tags":[{"tag":{"id":"t1","style":"x","name":"vip"},"value":"y"}]}"#,
            r#"{"tags":[{"tag":{"id":"t1","name":"vip"}}]}"#,
        );
        check(r#"{"stage":7}"#, r#"{"stage":7}"#);
        check(r#"{"stage":null,"title":1}"#, r#"{"stage":null,"title":1}"#);
    }

    #[test]
    fn what_is_no_record_is_a_mistake() {
        let object = object::by_name(&ObjectName::new("ticket")).unwrap();
        for json in [
            "[]",
            "7",
            "{",
            r#"{"title":}"#,
            r#"{"title":"x"} y"#,
            r#"{"tags":[{]}"#,
        ] {
            assert!(members(&object, json).is_err(), "{json}");
        }
    }
}
