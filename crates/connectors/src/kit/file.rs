//! Files on their way between our disk and a vendor's store: never in memory as a whole.

use std::path::PathBuf;

use model::{Fault, FaultKind};

/// A form with a file of our disk in it, for an address that a vendor named.
#[derive(Clone, Debug)]
pub struct Upload {
    /// The whole address; may hold a signature, so it is never logged.
    pub url: String,
    /// The form's other fields, which come before the file, in this order.
    pub fields: Vec<(String, String)>,
    /// Where the file lies.
    pub file: PathBuf,
    /// What the vendor is to call it.
    pub name: String,
    /// What it is, if that is known.
    pub media_type: Option<String>,
}

/// A file at an address that a vendor named.
#[derive(Clone, Debug)]
pub struct Download {
    /// The whole address; may hold a signature, so it is never logged.
    pub url: String,
    /// Where the file shall lie.
    pub to: PathBuf,
    /// How many bytes it may have.
    pub most: u64,
}

/// A path at the vendor's own host, if the address begins there; else the whole address must be a safe one.
pub(crate) enum Place<'a> {
    /// At the host that the wire ends at.
    Home(&'a str),
    /// Elsewhere, encrypted.
    Away,
}

/// Where an address leads. What is neither at home nor encrypted is refused: a vendor's answer must not send our files
/// through the open.
pub(crate) fn place<'a>(url: &'a str, base: &str, doing: &str) -> Result<Place<'a>, Fault> {
    if url.starts_with('/') {
        return Ok(Place::Home(url));
    }
    match url.strip_prefix(base) {
        Some(path) if path.starts_with('/') => Ok(Place::Home(path)),
        _ if url.starts_with("https://") => Ok(Place::Away),
        _ => Err(Fault::new(FaultKind::Unexpected, doing)
            .said("the vendor named an address that is not encrypted")
            .hint("files go to https addresses, or to the address of the connection itself")),
    }
}

/// The file's own name as a form can carry it: no quotes, no line ends.
pub(crate) fn plain_name(name: &str) -> String {
    let bad = |sign: char| sign.is_control() || matches!(sign, '"' | '\\' | '/');
    let name: String = name
        .chars()
        .map(|sign| if bad(sign) { '_' } else { sign })
        .collect();
    match name.trim().is_empty() {
        true => "file".to_owned(),
        false => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_go_home_or_through_encryption() {
        for (url, expected) in [
            ("/_files/1", Some("/_files/1")),
            ("http://127.0.0.1:1/_files/1", Some("/_files/1")),
            ("https://store.example/x", Some("away")),
            ("http://store.example/x", None),
            ("http://127.0.0.1:1.evil.example/x", None),
            ("file:///etc/passwd", None),
        ] {
            let got = place(url, "http://127.0.0.1:1", "bringing a file").ok();
            let got = got.map(|place| match place {
                Place::Home(path) => path,
                Place::Away => "away",
            });
            assert_eq!(got, expected, "{url}");
        }
    }

    #[test]
    fn a_name_cannot_leave_its_quotes() {
        for (name, expected) in [
            ("a.png", "a.png"),
            ("a\"\r\nb", "a___b"),
            ("../x", ".._x"),
            (" ", "file"),
            ("ö.pdf", "ö.pdf"),
        ] {
            assert_eq!(plain_name(name), expected);
        }
    }
}
