//! One member of a JSON object, found without reading what comes after it.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error, IgnoredAny, MapAccess, Visitor},
};

/// Reads the first member of that name, if there is one, of an object that is known to be whole. Most records say their
/// id early, so this is much cheaper than reading all of them.
pub fn member<'a, T: Deserialize<'a>>(text: &'a str, name: &str) -> Result<Option<T>, serde_json::Error> {
    let mut found = None;
    let looked = serde_json::Deserializer::from_str(text).deserialize_map(Look {
        name,
        found: &mut found,
    });
    match found {
        // The parser misses the object's end, which was not looked for.
        Some(value) => Ok(Some(value)),
        None => looked.map(|()| None),
    }
}

struct Look<'n, 'f, T> {
    name: &'n str,
    found: &'f mut Option<T>,
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Look<'_, '_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(place) = members.next_key_seed(OneOf(&[self.name]))? {
            if place.is_some() {
                *self.found = Some(members.next_value()?);
                return Ok(());
            }
            members.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

/// Which of these a member's name is, without keeping the name.
pub struct OneOf<'n>(pub &'n [&'n str]);

impl<'de> DeserializeSeed<'de> for OneOf<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, name: D) -> Result<Option<usize>, D::Error> {
        name.deserialize_str(self)
    }
}

impl Visitor<'_> for OneOf<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Option<usize>, E> {
        Ok(self.0.iter().position(|known| *known == name))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_first_of_that_name_is_found() {
        for (text, expected) in [
            (r#"{"id":"a","id":"b"}"#, Some("a")),
            (r#"{"x":{"id":"c"},"y":[1,2.50],"id":"a"}"#, Some("a")),
            (r#"{"\u0069d":"a"}"#, Some("a")),
            (r#"{"x":"id"}"#, None),
            ("{}", None),
        ] {
            assert_eq!(member::<&str>(text, "id").unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn another_type_is_a_mistake() {
        for text in [r#"{"id":7}"#, r#"{"x":1,"id":null}"#, "[]", "7"] {
            assert!(member::<&str>(text, "id").is_err(), "{text}");
        }
    }
}
