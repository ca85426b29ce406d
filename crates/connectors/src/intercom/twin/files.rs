//! Files: addresses that are signed anew at each look, that expire, and that take no token.
//!
//! In a kept text a file stands as `intercom-file:<id>/<name>`; whoever is shown the text gets an address of the hour.

use std::collections::BTreeMap;

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::Method;
use serde_json::{Map, Value, json};

use super::{part::Attachment, picture};
use crate::kit::{Request, Response};

/// The path of every file.
const PATH: &str = "/files/";
const SCHEME: &str = "intercom-file:";
/// All files that were brought have at most so many bytes together.
const MOST_BYTES: u64 = 1 << 30;
/// So many files come with one message.
pub(super) const MOST_FILES: usize = 10;

/// The files that callers brought.
#[derive(Default)]
pub(super) struct Files {
    brought: BTreeMap<u64, (String, Bytes)>,
    total: u64,
}

impl Files {
    /// Keeps a file if there is room, and gives its id.
    pub(super) fn bring(&mut self, content_type: &str, bytes: Bytes) -> Option<String> {
        let number = self.brought.last_key_value().map_or(1, |(last, _)| last + 1);
        self.put(number, content_type, bytes)
            .then(|| format!("u{number}"))
    }

    fn put(&mut self, number: u64, content_type: &str, bytes: Bytes) -> bool {
        let total = self.total.saturating_add(bytes.len() as u64);
        if total > MOST_BYTES {
            return false;
        }
        self.total = total;
        self.brought.insert(number, (content_type.to_owned(), bytes));
        true
    }

    /// What is saved of them.
    pub(super) fn lines(&self) -> impl Iterator<Item = Value> {
        let files = self.brought.iter();
        files.map(|(number, (content_type, bytes))| {
            json!({"file": [number, content_type, BASE64_STANDARD.encode(bytes)]})
        })
    }

    /// Takes back what was saved.
    pub(super) fn take_line(&mut self, line: (u64, String, String)) {
        let (number, content_type, bytes) = line;
        if let Ok(bytes) = BASE64_STANDARD.decode(bytes) {
            self.put(number, &content_type, bytes.into());
        }
    }

    fn bytes(&self, id: &str) -> Option<Bytes> {
        match id.strip_prefix('u') {
            Some(number) => Some(self.brought.get(&number.parse().ok()?)?.1.clone()),
            None => picture::bytes(id).map(Bytes::from),
        }
    }

    fn content_type(&self, id: &str, name: &str) -> String {
        let brought = id.strip_prefix('u').and_then(|number| number.parse().ok());
        match brought.and_then(|number: u64| self.brought.get(&number)) {
            Some((content_type, _)) => content_type.clone(),
            None => content_type(name).to_owned(),
        }
    }

    /// Answers for a file.
    pub(super) fn answer(&self, request: &Request, second: i64, expired_status: u16) -> Response {
        if !matches!(request.method, Method::GET | Method::HEAD) {
            return refused(405, "Method Not Allowed");
        }
        let place = request
            .path
            .strip_prefix(PATH)
            .and_then(|place| place.split_once('/'));
        let Some((id, name)) = place else {
            return refused(404, "Not Found");
        };
        let given = |name: &str| request.query_text(name).unwrap_or("");
        let (expires, token) = (given("expires"), given("req"));
        if given("signature") != sign(&request.path, expires, token) {
            return refused(403, "Forbidden");
        }
        if expires.parse::<i64>().is_ok_and(|expires| second >= expires) {
            return refused(expired_status, "Expired");
        }
        let Some(bytes) = self.bytes(id) else {
            return refused(404, "Not Found");
        };
        let content_type = self.content_type(id, name);
        let mut response = Response::text(200, "").header("content-type", &content_type);
        if request.method == Method::GET {
            response.body = bytes;
        }
        response
    }
}

fn refused(status: u16, why: &'static str) -> Response {
    Response::text(status, why)
}

/// Whether a request is for a file.
pub(super) fn is_for_file(request: &Request) -> bool {
    request.path.starts_with(PATH)
}

fn sign(path: &str, expires: &str, token: &str) -> String {
    let text = format!("{path}\n{expires}\n{token}");
    hex::encode(blake3::derive_key(
        "interline intercom twin files 1",
        text.as_bytes(),
    ))
}

/// Signs addresses for whoever asks: on the host where the twin was found, for so long.
#[derive(Clone, Copy)]
pub(super) struct Signer<'a> {
    /// `http://127.0.0.1:7000`
    pub(super) base: &'a str,
    pub(super) millisecond: i64,
    pub(super) life_seconds: i64,
}

impl Signer<'_> {
    /// An address that works for a while.
    fn url(&self, id: &str, name: &str) -> String {
        let path = format!("{PATH}{id}/{name}");
        let expires = self
            .millisecond
            .div_euclid(1000)
            .saturating_add(self.life_seconds);
        let token = format!("{path} {}", self.millisecond);
        let token = blake3::derive_key("interline intercom twin requests 1", token.as_bytes());
        let token = hex::encode(token.get(..12).unwrap_or_default());
        let signature = sign(&path, &expires.to_string(), &token);
        let base = self.base;
        format!("{base}{path}?expires={expires}&signature={signature}&req={token}")
    }

    /// A kept text with the addresses of the hour in it.
    pub(super) fn text(&self, kept: &str) -> String {
        let mut pieces = kept.split(SCHEME);
        let mut out = pieces.next().unwrap_or("").to_owned();
        for piece in pieces {
            let end = piece.find(['"', '\'', ' ', '<', '>', ')']).unwrap_or(piece.len());
            let (place, rest) = piece.split_at(end);
            let (id, name) = place.split_once('/').unwrap_or((place, "file"));
            out.push_str(&self.url(id, name).replace('&', "&amp;"));
            out.push_str(rest);
        }
        out
    }

    pub(super) fn attachment(&self, file: &Attachment) -> Value {
        let (width, height) = file.pixels.unzip();
        json!({
            "type": "upload", "name": file.name, "url": self.url(&file.file, &encode(&file.name)),
            "content_type": file.content_type, "filesize": file.size, "width": width, "height": height,
        })
    }
}

/// Takes the twin's own addresses in a text back to what is kept, for callers send back what they read.
pub(super) fn keep_text(html: &str) -> String {
    if !html.contains(PATH) {
        return html.to_owned();
    }
    let kept = |piece: &str| own_file(piece).map(|place| format!("{SCHEME}{place}"));
    let pieces = html
        .split('"')
        .map(|piece| kept(piece).unwrap_or_else(|| piece.to_owned()));
    pieces.collect::<Vec<_>>().join("\"")
}

/// The id and the name in an address of the twin's own.
fn own_file(url: &str) -> Option<&str> {
    let (_, rest) = url.strip_prefix("http")?.split_once("://")?;
    let rest = rest.get(rest.find('/')?..)?;
    let (path, query) = rest.split_once('?')?;
    let is_signed = query.contains("expires=") && query.contains("signature=");
    path.strip_prefix(PATH)
        .filter(|place| is_signed && place.contains('/'))
}

/// A file that is worked out from its id.
pub(super) fn made(id: &str, name: &str) -> Attachment {
    Attachment {
        file: id.into(),
        name: name.into(),
        content_type: content_type(name).into(),
        size: picture::bytes(id).map_or(0, |bytes| bytes.len() as u64),
        pixels: picture::pixels(id),
    }
}

/// A picture in a text, as it is kept.
pub(super) fn image(id: &str, name: &str) -> String {
    format!(
        "<div class=\"intercom-container\"><img src=\"{SCHEME}{id}/{}\"></div>",
        encode(name)
    )
}

/// A link to a file in a text, as it is kept.
pub(super) fn link(id: &str, name: &str) -> String {
    let place = format!("{SCHEME}{id}/{}", encode(name));
    format!("<a href=\"{place}\" target=\"_blank\" class=\"intercom-attachment\">{name}</a>")
}

/// The files that come with a message; those with contents win over addresses.
pub(super) fn attached(
    files: &mut Files,
    body: &Map<String, Value>,
) -> Result<Vec<Attachment>, &'static str> {
    let list = |name: &str| {
        body.get(name)
            .and_then(Value::as_array)
            .filter(|list| !list.is_empty())
    };
    if let Some(given) = list("attachment_files") {
        if given.len() > MOST_FILES {
            return Err("Attachment files must be 10 or fewer");
        }
        // All are read before the first is kept: what is refused leaves nothing behind.
        let read = given.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let size: u64 = read.iter().map(|(_, bytes)| bytes.len() as u64).sum();
        if files.total.saturating_add(size) > MOST_BYTES {
            return Err("Attachment storage is full");
        }
        let keep = |(mut file, bytes): (Attachment, Bytes)| {
            file.file = files.bring(&file.content_type, bytes).unwrap_or_default().into();
            file
        };
        return Ok(read.into_iter().map(keep).collect());
    }
    let given = list("attachment_urls").map_or(&[] as &[Value], Vec::as_slice);
    if given.len() > MOST_FILES {
        return Err("Attachment urls must be 10 or fewer");
    }
    let fetch = |url: &Value| url.as_str().and_then(fetched).ok_or("Attachment url is invalid");
    given.iter().map(fetch).collect()
}

/// A file that came with its contents; it has no id yet.
fn read(file: &Value) -> Result<(Attachment, Bytes), &'static str> {
    let text = |name: &str| file.get(name).and_then(Value::as_str);
    let name = text("name")
        .filter(|name| !name.is_empty())
        .ok_or("Attachment name is required")?;
    let data = text("data").map(str::trim).ok_or("Attachment data is required")?;
    let bytes = BASE64_STANDARD
        .decode(data)
        .map_err(|_| "Attachment data is not base64")?;
    let content_type = text("content_type").unwrap_or_else(|| content_type(name));
    let attachment = Attachment {
        file: "".into(),
        name: name.into(),
        content_type: content_type.into(),
        size: bytes.len() as u64,
        pixels: png_pixels(&bytes),
    };
    Ok((attachment, bytes.into()))
}

/// What lies at an address. The twin fetches nothing: the address says which file it is.
fn fetched(url: &str) -> Option<Attachment> {
    if let Some((id, name)) = own_file(&url.replace("&amp;", "&")).and_then(|place| place.split_once('/')) {
        return Some(made(id, &decode(name)));
    }
    let uri: http::Uri = url.parse().ok()?;
    uri.host().filter(|host| !host.is_empty())?;
    let name = uri
        .path()
        .rsplit('/')
        .next()
        .filter(|name| !name.is_empty())
        .unwrap_or("file");
    let hash = hex::encode(blake3::hash(url.as_bytes()).as_bytes().get(..8)?);
    let kind = if content_type(name).starts_with("image/") {
        'p'
    } else {
        't'
    };
    Some(made(&format!("{kind}{hash}"), &decode(name)))
}

fn png_pixels(bytes: &[u8]) -> Option<(u32, u32)> {
    let side = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    bytes
        .starts_with(b"\x89PNG\r\n\x1a\n")
        .then(|| Some((side(16)?, side(20)?)))?
}

pub(super) fn content_type(name: &str) -> &'static str {
    let end = name
        .rsplit_once('.')
        .map_or("", |(_, end)| end)
        .to_ascii_lowercase();
    match end.as_str() {
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "pdf" => "application/pdf",
        "csv" => "text/csv",
        "txt" | "log" => "text/plain",
        "json" => "application/json",
        "zip" => "application/zip",
        _ => "application/octet-stream",
    }
}

fn encode(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let encode = |byte: u8| match plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    name.bytes().map(encode).collect()
}

fn decode(name: &str) -> String {
    let mut bytes = Vec::with_capacity(name.len());
    let mut pieces = name.split('%');
    bytes.extend(pieces.next().unwrap_or("").bytes());
    for piece in pieces {
        let code = piece.get(..2).and_then(|code| u8::from_str_radix(code, 16).ok());
        match code.zip(piece.get(2..)) {
            Some((byte, rest)) => {
                bytes.push(byte);
                bytes.extend(rest.bytes());
            }
            None => bytes.extend(format!("%{piece}").bytes()),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_comes_back_is_kept_as_it_was() {
        let signer = Signer {
            base: "http://127.0.0.1:7103",
            millisecond: 1_000,
            life_seconds: 1_800,
        };
        let kept = format!("<p>{} &amp; {}</p>", image("p1", "a b.png"), link("t2", "c.csv"));
        let shown = signer.text(&kept);
        assert!(shown.contains("http://127.0.0.1:7103/files/p1/a%20b.png?expires=1801&amp;signature="));
        assert!(!shown.contains(SCHEME));
        assert_eq!(keep_text(&shown), kept);
        for foreign in [
            "<img src=\"https://x.example/files/a.png\">",
            "plain /files/ text",
            "\"\"",
        ] {
            assert_eq!(keep_text(foreign), foreign);
        }
    }

    #[test]
    fn names_travel_encoded() {
        for name in ["a.png", "a b&c.png", "ü%.txt", "100%", "%zz"] {
            assert_eq!(decode(&encode(name)), name);
        }
        assert_eq!(decode("%e"), "%e");
    }
}
