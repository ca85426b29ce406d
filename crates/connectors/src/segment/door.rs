//! Which path means what.

use model::EventKind;

/// What a path asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// One event of this kind.
    Single(EventKind),
    /// Many events.
    Batch,
    /// What a library measures of itself.
    Metrics,
    /// One event of this kind in an address, answered with a picture.
    Pixel(EventKind),
    /// What a library wants to know before it begins; with its write key.
    Settings(String),
}

/// What a path asks for, with `/v1` before it or not, and with a slash behind it or not.
pub(super) fn route(path: &str) -> Option<Route> {
    let path = path.strip_prefix("/v1/").or_else(|| path.strip_prefix('/'))?;
    let path = path.strip_suffix('/').unwrap_or(path);
    if let Some(key) = path
        .strip_prefix("projects/")
        .and_then(|rest| rest.strip_suffix("/settings"))
    {
        return Some(Route::Settings(decoded(key)?));
    }
    if let Some(word) = path.strip_prefix("pixel/") {
        return EventKind::parse(word).map(Route::Pixel);
    }
    Some(match path {
        "batch" | "b" | "import" => Route::Batch,
        "m" => Route::Metrics,
        "i" => Route::Single(EventKind::Identify),
        "t" => Route::Single(EventKind::Track),
        "p" => Route::Single(EventKind::Page),
        "s" => Route::Single(EventKind::Screen),
        "g" => Route::Single(EventKind::Group),
        "a" => Route::Single(EventKind::Alias),
        word => Route::Single(EventKind::parse(word)?),
    })
}

/// A part of a path without its percent signs; nothing, if it is no text.
pub(super) fn decoded(part: &str) -> Option<String> {
    let mut bytes = part.bytes();
    let mut text = Vec::with_capacity(part.len());
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            text.push(byte);
            continue;
        }
        let mut digit = || char::from(bytes.next()?).to_digit(16);
        let (high, low) = (digit()?, digit()?);
        text.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(text).ok()
}
