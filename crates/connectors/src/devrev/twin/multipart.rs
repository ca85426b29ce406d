//! `multipart/form-data`, as far as an upload needs it.

use bytes::Bytes;

/// One part of a form.
pub(super) struct Part {
    pub(super) name: String,
    /// Whether it carries a file name, as files do.
    pub(super) is_file: bool,
    pub(super) media_type: Option<String>,
    pub(super) data: Bytes,
}

/// More parts than this are no upload of ours.
const MOST: usize = 64;

/// Reads a form's parts in order; nothing if it is not a form.
pub(super) fn read(content_type: &str, body: &Bytes) -> Option<Vec<Part>> {
    let boundary = boundary(content_type)?;
    let opening = format!("--{boundary}");
    let between = format!("\r\n--{boundary}");
    let start = match body.starts_with(opening.as_bytes()) {
        true => opening.len(),
        false => find(body, between.as_bytes())? + between.len(),
    };
    let mut rest = body.get(start..)?;
    let mut parts = Vec::new();
    loop {
        if rest.starts_with(b"--") {
            return Some(parts);
        }
        // White space may follow a boundary, then the line ends.
        let line = find(rest, b"\r\n")?;
        if !rest.get(..line)?.iter().all(|byte| matches!(byte, b' ' | b'\t')) || parts.len() >= MOST {
            return None;
        }
        let part = rest.get(line..)?;
        let length = find(part, between.as_bytes())?;
        parts.push(read_part(body, part.get(..length)?)?);
        rest = part.get(length + between.len()..)?;
    }
}

fn read_part(body: &Bytes, part: &[u8]) -> Option<Part> {
    // The line break before the first header makes a part without headers look like one with.
    let end = find(part, b"\r\n\r\n")?;
    let head = std::str::from_utf8(part.get(..end)?).ok()?;
    let data = part.get(end + 4..)?;
    let mut read = Part {
        name: String::new(),
        is_file: false,
        media_type: None,
        data: body.slice_ref(data),
    };
    for line in head.split("\r\n") {
        let (name, value) = match line.split_once(':') {
            Some((name, value)) => (name.trim().to_ascii_lowercase(), value.trim()),
            None => continue,
        };
        match name.as_str() {
            "content-disposition" => {
                read.name = parameter(value, "name")?;
                read.is_file = parameter(value, "filename").is_some();
            }
            "content-type" => read.media_type = Some(value.to_owned()),
            _ => {}
        }
    }
    Some(read)
}

fn boundary(content_type: &str) -> Option<String> {
    let kind = content_type.split(';').next()?.trim();
    if !kind.eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    parameter(content_type, "boundary").filter(|boundary| (1..=70).contains(&boundary.len()))
}

/// A parameter of a header: `name=value` or `name="value"`.
fn parameter(header: &str, wanted: &str) -> Option<String> {
    let mut rest = header;
    loop {
        (_, rest) = rest.split_once(';')?;
        let (name, value) = rest.split_once('=')?;
        let (value, after) = match value.strip_prefix('"') {
            Some(quoted) => unquote(quoted)?,
            None => {
                let end = value.find(';').unwrap_or(value.len());
                (value.get(..end)?.trim().to_owned(), value.get(end..)?)
            }
        };
        if name.trim().eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        rest = after;
    }
}

/// A quoted text up to its quote, and what follows.
fn unquote(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, text.get(at + 1..)?)),
            '\\' => value.push(characters.next()?.1),
            character => value.push(character),
        }
    }
    None
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn parts(content_type: &str, body: &'static str) -> Option<Vec<(String, bool, Vec<u8>)>> {
        let parts = read(content_type, &Bytes::from_static(body.as_bytes()))?;
        Some(
            parts
                .into_iter()
                .map(|part| (part.name, part.is_file, part.data.to_vec()))
                .collect(),
        )
    }

    #[test]
    fn forms_are_read_in_order() {
        let body = "preamble\r\n--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nk\r\n\
            --b \r\ncontent-disposition: form-data; name=file; filename=\"a;\\\"b.txt\"\r\nContent-Type: text/plain\r\n\r\none\r\n--two\r\n--b--\r\n";
        assert_eq!(
            parts("multipart/form-data; charset=utf-8; boundary=\"b\"", body).unwrap(),
            [
                ("key".to_owned(), false, b"k".to_vec()),
                ("file".to_owned(), true, b"one\r\n--two".to_vec()),
            ]
        );
        let empty = "--b\r\nContent-Disposition: form-data; name=\"e\"\r\n\r\n\r\n--b--";
        assert_eq!(
            parts("Multipart/Form-Data;boundary=b", empty).unwrap(),
            [("e".to_owned(), false, Vec::new())]
        );
        assert_eq!(parts("multipart/form-data; boundary=b", "--b--").unwrap(), []);
    }

    #[test]
    fn what_is_no_form_is_refused() {
        for (content_type, body) in [
            ("application/json", "--b--"),
            ("multipart/form-data", "--b--"),
            ("multipart/form-data; boundary=", "--b--"),
            ("multipart/form-data; boundary=\"b", "--b--"),
            ("multipart/form-data; boundary=b", ""),
            ("multipart/form-data; boundary=b", "--b"),
            (
                "multipart/form-data; boundary=b",
                "--b\r\nContent-Disposition: form-data; name=\"k\"\r\n\r\nv",
            ),
            (
                "multipart/form-data; boundary=b",
                "--bb\r\nContent-Disposition: form-data; name=\"k\"\r\n\r\nv\r\n--b--",
            ),
        ] {
            assert!(parts(content_type, body).is_none(), "{content_type} {body}");
        }
    }
}
