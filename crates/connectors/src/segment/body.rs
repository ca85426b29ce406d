//! A body as text: unpacked, within its limit.

use std::{borrow::Cow, io::Read};

use flate2::read::MultiGzDecoder;
use http::{
    HeaderMap,
    header::{CONTENT_ENCODING, CONTENT_TYPE},
};

use super::reply::Refusal;

/// The text of a body, which may be packed; never more than so many bytes.
pub(super) fn read<'a>(headers: &HeaderMap, body: &'a [u8], most: usize) -> Result<Cow<'a, str>, Refusal> {
    if !is_spoken(headers) {
        return Err(Refusal::CONTENT_TYPE);
    }
    let coding = headers
        .get(CONTENT_ENCODING)
        .map(|coding| coding.as_bytes().trim_ascii());
    let bytes = match coding {
        None | Some(b"" | b"identity") => Cow::Borrowed(body),
        Some(coding) if coding.eq_ignore_ascii_case(b"gzip") || coding.eq_ignore_ascii_case(b"x-gzip") => {
            Cow::Owned(unpacked(body, most)?)
        }
        Some(_) => return Err(Refusal::ENCODING),
    };
    if bytes.len() > most {
        return Err(Refusal::TOO_LARGE);
    }
    match bytes {
        Cow::Borrowed(bytes) => std::str::from_utf8(bytes)
            .map(Cow::Borrowed)
            .map_err(|_| Refusal::NOT_JSON),
        Cow::Owned(bytes) => String::from_utf8(bytes)
            .map(Cow::Owned)
            .map_err(|_| Refusal::NOT_JSON),
    }
}

/// Unpacks so far that it shows whether it is too much.
fn unpacked(body: &[u8], most: usize) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let unpacked = MultiGzDecoder::new(body).take(limit).read_to_end(&mut bytes);
    match unpacked {
        Ok(_) if bytes.len() > most => Err(Refusal::TOO_LARGE),
        Ok(_) => Ok(bytes),
        Err(_) => Err(Refusal::NOT_PACKED),
    }
}

/// JSON by its name, or what browsers call it to ask nobody's leave, or nothing said at all.
fn is_spoken(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(CONTENT_TYPE) else {
        return true;
    };
    let kind = kind.to_str().unwrap_or("?");
    let kind = kind
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    matches!(
        kind.as_str(),
        "" | "application/json" | "text/plain" | "text/json"
    ) || kind.ends_with("+json")
}
