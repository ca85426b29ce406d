//! An event as a library sent it, with only what is judged taken apart: the rest stays the text it is.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};
use serde_json::value::RawValue;

/// The members that are judged, as JSON texts. What was sent as null is not there; of two with one name the later counts.
#[derive(Debug, Default)]
pub(super) struct Sent<'a> {
    pub kind: Option<&'a str>,
    pub message_id: Option<&'a str>,
    pub user_id: Option<&'a str>,
    pub anonymous_id: Option<&'a str>,
    pub group_id: Option<&'a str>,
    pub previous_id: Option<&'a str>,
    pub event: Option<&'a str>,
    pub name: Option<&'a str>,
    pub category: Option<&'a str>,
    pub properties: Option<&'a str>,
    pub traits: Option<&'a str>,
    pub timestamp: Option<&'a str>,
    pub sent_at: Option<&'a str>,
    write_key: Option<&'a str>,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum Member {
    Type,
    MessageId,
    UserId,
    AnonymousId,
    GroupId,
    PreviousId,
    Event,
    Name,
    Category,
    Properties,
    Traits,
    Timestamp,
    SentAt,
    WriteKey,
    #[serde(other)]
    Other,
}

impl Sent<'_> {
    /// The write key, if it is a text.
    pub fn write_key(&self) -> Option<String> {
        text(self.write_key?).map(Cow::into_owned)
    }
}

impl<'de> Deserialize<'de> for Sent<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Sent<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<Sent<'de>, M::Error> {
        let mut sent = Sent::default();
        while let Some(member) = members.next_key::<Member>()? {
            let place = match member {
                Member::Type => &mut sent.kind,
                Member::MessageId => &mut sent.message_id,
                Member::UserId => &mut sent.user_id,
                Member::AnonymousId => &mut sent.anonymous_id,
                Member::GroupId => &mut sent.group_id,
                Member::PreviousId => &mut sent.previous_id,
                Member::Event => &mut sent.event,
                Member::Name => &mut sent.name,
                Member::Category => &mut sent.category,
                Member::Properties => &mut sent.properties,
                Member::Traits => &mut sent.traits,
                Member::Timestamp => &mut sent.timestamp,
                Member::SentAt => &mut sent.sent_at,
                Member::WriteKey => &mut sent.write_key,
                Member::Other => {
                    members.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            *place = given(members.next_value()?);
        }
        Ok(sent)
    }
}

/// A JSON text, unless it is null.
pub(super) fn given(raw: &RawValue) -> Option<&str> {
    Some(raw.get()).filter(|text| *text != "null")
}

/// What a JSON text says, if it is a text.
pub(super) fn text(json: &str) -> Option<Cow<'_, str>> {
    let inner = json.strip_prefix('"')?.strip_suffix('"')?;
    if !inner.contains('\\') {
        return Some(Cow::Borrowed(inner));
    }
    serde_json::from_str::<String>(json).ok().map(Cow::Owned)
}

/// What a JSON text says, if it is a text, or a number: that is its digits.
pub(super) fn text_or_digits(json: &str) -> Option<Cow<'_, str>> {
    let is_number = json.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    match is_number {
        true => Some(Cow::Borrowed(json)),
        false => text(json),
    }
}

/// Whether it is an object. One language writes its empty lists for empty objects too.
pub(super) fn is_object(json: &str) -> bool {
    let is_empty_list = || {
        let inner = json.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        inner.is_some_and(|inner| inner.trim_ascii().is_empty())
    };
    json.starts_with('{') || is_empty_list()
}
