//! The envelope of a batch.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, SeqAccess, Visitor},
};
use serde_json::{Map, Value, value::RawValue};

use super::{
    scan,
    sent::{given, text},
};

/// A batch, with its events as JSON texts.
#[derive(Debug)]
pub(super) struct Envelope<'a> {
    /// The events, as many as one batch may have.
    pub items: Vec<&'a str>,
    /// How many more there are.
    pub too_many: u64,
    /// When it was sent.
    pub sent_at: Option<&'a str>,
    /// What it says of all its events.
    pub context: Map<String, Value>,
    /// Where all its events may go.
    pub integrations: Map<String, Value>,
    /// How long that is as JSON.
    pub shared_bytes: usize,
    write_key: Option<&'a str>,
}

impl Envelope<'_> {
    /// The write key, if it is a text.
    pub fn write_key(&self) -> Option<String> {
        text(self.write_key?).map(|key| key.into_owned())
    }

    /// How many events there are in all.
    pub fn count(&self) -> u64 {
        u64::try_from(self.items.len())
            .unwrap_or(u64::MAX)
            .saturating_add(self.too_many)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Members<'a> {
    #[serde(borrow)]
    batch: &'a RawValue,
    #[serde(borrow, default)]
    sent_at: Option<&'a RawValue>,
    #[serde(borrow, default)]
    write_key: Option<&'a RawValue>,
    #[serde(borrow, default)]
    context: Option<&'a RawValue>,
    #[serde(borrow, default)]
    integrations: Option<&'a RawValue>,
}

/// Reads an envelope, and at most so many of its events.
pub(super) fn read(body: &str, most: usize) -> Result<Envelope<'_>, serde_json::Error> {
    let members: Members<'_> = serde_json::from_str(body)?;
    let mut reader = serde_json::Deserializer::from_str(members.batch.get());
    let (items, too_many) = reader.deserialize_seq(Items { most })?;
    Ok(Envelope {
        items,
        too_many,
        sent_at: members.sent_at.and_then(given),
        context: object(members.context),
        integrations: object(members.integrations),
        shared_bytes: [members.context, members.integrations]
            .into_iter()
            .flatten()
            .map(|raw| raw.get().len())
            .sum(),
        write_key: members.write_key.and_then(given),
    })
}

/// What is no object says nothing of the events.
fn object(raw: Option<&RawValue>) -> Map<String, Value> {
    raw.and_then(|raw| serde_json::from_str(&scan::fit(raw.get())).ok())
        .unwrap_or_default()
}

struct Items {
    most: usize,
}

impl<'de> Visitor<'de> for Items {
    type Value = (Vec<&'de str>, u64);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut list: S) -> Result<Self::Value, S::Error> {
        let mut items = Vec::new();
        while items.len() < self.most {
            match list.next_element::<&RawValue>()? {
                Some(item) => items.push(item.get()),
                None => return Ok((items, 0)),
            }
        }
        let mut too_many = 0;
        while list.next_element::<IgnoredAny>()?.is_some() {
            too_many += 1;
        }
        Ok((items, too_many))
    }
}
