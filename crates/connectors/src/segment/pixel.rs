//! Events in the address of a picture.

use std::borrow::Cow;

use base64::{
    Engine,
    alphabet::{Alphabet, STANDARD, URL_SAFE},
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use serde_json::{Map, Value};

use super::door::decoded;

const fn lenient(alphabet: &Alphabet) -> GeneralPurpose {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(alphabet, config)
}

/// What people use for base64 in addresses.
const ALPHABETS: [GeneralPurpose; 2] = [lenient(&URL_SAFE), lenient(&STANDARD)];

/// How deep a dotted name may lead.
const DEEPEST: usize = 8;

/// A parameter of an address.
pub(super) fn parameter(query: &str, name: &str) -> Option<String> {
    parameters(query)
        .find(|(known, _)| known == name)
        .map(|(_, value)| value)
}

fn parameters(query: &str) -> impl Iterator<Item = (String, String)> {
    query.split('&').filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        let spaced = |text: &str| decoded(&text.replace('+', " "));
        Some((spaced(name)?, spaced(value)?))
    })
}

/// The event in an address, as JSON: all of it in `data`, in base64 or not, or each member in a parameter of its own.
pub(super) fn read(query: &str, most: usize) -> Option<String> {
    if query.len() > most.saturating_mul(4) {
        return None;
    }
    match query.split('&').find_map(|pair| pair.strip_prefix("data=")) {
        Some(data) => packed(data),
        None => flat(query),
    }
}

fn packed(data: &str) -> Option<String> {
    // A plus is a digit of base64, and a space elsewhere.
    let data = decoded(data)?;
    let plain: Cow<'_, str> = match data.trim_start().starts_with('{') {
        true => data.replace('+', " ").into(),
        false => {
            let data = data.trim().replace(' ', "+");
            let bytes = ALPHABETS
                .iter()
                .find_map(|alphabet| alphabet.decode(&data).ok())?;
            String::from_utf8(bytes).ok()?.into()
        }
    };
    Some(plain.into_owned())
}

/// `properties.subject=Hello` is `{"properties": {"subject": "Hello"}}`.
fn flat(query: &str) -> Option<String> {
    let mut event = Map::new();
    for (name, value) in parameters(query) {
        let mut names = name.split('.');
        let last = names.next_back()?;
        let mut place = &mut event;
        for name in names.take(DEEPEST) {
            let inner = place.entry(name).or_insert_with(|| Value::Object(Map::new()));
            if !inner.is_object() {
                *inner = Value::Object(Map::new());
            }
            place = inner.as_object_mut()?;
        }
        place.insert(last.to_owned(), value.into());
    }
    serde_json::to_string(&event).ok().filter(|_| !event.is_empty())
}
