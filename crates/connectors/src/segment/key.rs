//! Whose a request is: the write key, in all the places where libraries put it.

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use http::header::AUTHORIZATION;
use model::{Discard, SourceId, WriteKey};

use super::{Ask, Heard, Hearing, Known, Lost, nothing, pixel, reply};

/// With padding or without.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Longer than this is no key.
const LONGEST: usize = 200;

/// Whoever is not one of our sources.
#[derive(Debug)]
pub(super) enum Stranger {
    /// There is no key.
    Nameless,
    /// No source has this key.
    Unknown(WriteKey),
    /// The source is switched off.
    Disabled(SourceId),
}

/// Whose a request is: by its header, else by its envelope, else by its first event, else by its address.
pub(super) fn owner(
    ask: &Ask<'_>,
    hearing: &Hearing<'_>,
    in_body: Option<&str>,
    in_first: Option<&dyn Fn() -> Option<String>>,
) -> Result<SourceId, Stranger> {
    let given = |key: &String| !key.is_empty();
    let key = in_header(ask)
        .filter(given)
        .or_else(|| in_body.map(str::to_owned).filter(given))
        .or_else(|| in_first.and_then(|first| first()).filter(given))
        .or_else(|| pixel::parameter(ask.query, "writeKey").filter(given))
        .ok_or(Stranger::Nameless)?;
    if key.len() > LONGEST {
        return Err(Stranger::Nameless);
    }
    match (hearing.known)(&key) {
        Known::Source(source) => Ok(source),
        Known::Disabled(source) => Err(Stranger::Disabled(source)),
        Known::Nobody => Err(Stranger::Unknown(WriteKey::new(key))),
    }
}

/// The user of HTTP's basic scheme; some encode it without the colon. Another scheme says nothing to us.
fn in_header(ask: &Ask<'_>) -> Option<String> {
    let header = ask.headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = header.trim().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(BASE64.decode(rest.trim()).ok()?).ok()?;
    let user = text.split_once(':').map_or(text.as_str(), |(user, _)| user);
    Some(user.trim().to_owned())
}

impl Stranger {
    /// What is said of so many events of a stranger. As Segment does, a key that nobody has is answered like any other,
    /// and what comes with it is dropped; only where there is none at all, the caller hears of it.
    pub fn answer(self, hearing: &Hearing<'_>, events: u64) -> Heard {
        let lost = |source, why, key| Lost {
            source,
            why,
            events,
            key,
        };
        let unknown = Discard::UnknownSource;
        match self {
            Self::Nameless => Heard {
                lost: vec![lost(None, unknown, None)],
                ..nothing(reply::refused(400, unknown.as_str(), "There is no write key."))
            },
            Self::Unknown(key) => Heard {
                lost: vec![lost(None, unknown, Some(key))],
                ..nothing(match hearing.strict {
                    true => reply::refused(401, unknown.as_str(), "No source has this write key."),
                    false => reply::success(),
                })
            },
            Self::Disabled(source) => Heard {
                lost: vec![lost(Some(source), Discard::SourceDisabled, None)],
                ..nothing(reply::success())
            },
        }
    }
}
