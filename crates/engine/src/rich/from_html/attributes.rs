//! What attributes may say: where a link may lead, which picture can be shown.

use std::rc::Rc;

/// The longest picture, in bytes of its address, that stays in the text.
const INLINE_IMAGE: usize = 2048;

/// What becomes of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::rich) enum ImageUse {
    /// It is shown from here.
    Show(Rc<str>),
    /// Its bytes are in the text and too many; they are the address.
    Inline(Rc<str>),
    /// It has no address that can be shown.
    Nowhere,
}

/// The link's target, as an address that no markup misreads; none if following it could run something.
pub(in crate::rich) fn safe_link(target: &str) -> Option<Rc<str>> {
    let address = encode(target);
    match scheme(&address).as_deref() {
        Some(
            "javascript" | "vbscript" | "livescript" | "mocha" | "data" | "blob" | "view-source" | "jar",
        ) => None,
        _ if address.is_empty() => None,
        _ => Some(address.into()),
    }
}

/// A picture's address as the text's reader lists it.
pub(in crate::rich) fn image_address(source: &str) -> String {
    encode(source)
}

/// Where a picture is shown that we chose the place of: also an id that only the right vendor understands, and bytes that
/// stood in the text before.
pub(in crate::rich) fn chosen_place(address: &str) -> ImageUse {
    match safe_link(address) {
        Some(address) => ImageUse::Show(address),
        None if address.starts_with("data:image/") && !address.contains("svg") => {
            ImageUse::Show(encode(address).into())
        }
        None => ImageUse::Nowhere,
    }
}

/// What becomes of a picture with this address.
pub(in crate::rich) fn image_use(source: &str) -> ImageUse {
    let address = encode(source);
    match scheme(&address).as_deref() {
        Some("data") if !address.starts_with("data:image/") => ImageUse::Nowhere,
        Some("data") if address.len() > INLINE_IMAGE || address.contains("svg") => {
            ImageUse::Inline(address.into())
        }
        Some("data" | "https" | "http" | "cid") => ImageUse::Show(address.into()),
        Some(_) => ImageUse::Nowhere,
        None if address.is_empty() => ImageUse::Nowhere,
        None => ImageUse::Show(address.into()),
    }
}

/// The part before the colon, if it is the name of a scheme.
fn scheme(address: &str) -> Option<String> {
    let (scheme, _) = address.split_once(':')?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    scheme.bytes().all(plain).then(|| scheme.to_ascii_lowercase())
}

/// Browsers drop line ends and control characters within an address, and read a backslash in a path as a slash; blanks
/// and brackets are written as codes.
fn encode(address: &str) -> String {
    let address = address.trim_matches(|char: char| char.is_control() || char.is_whitespace());
    let is_path = matches!(
        scheme(address).as_deref(),
        None | Some("http" | "https" | "file" | "ftp")
    );
    let mut in_path = is_path;
    let mut out = String::with_capacity(address.len());
    for char in address.chars() {
        in_path &= !matches!(char, '?' | '#');
        match char {
            '<' => out.push_str("%3C"),
            '>' => out.push_str("%3E"),
            '|' => out.push_str("%7C"),
            '\\' if in_path => out.push('/'),
            '\\' => out.push_str("%5C"),
            '`' => out.push_str("%60"),
            ' ' => out.push_str("%20"),
            _ if char.is_control() || char.is_whitespace() => {}
            _ => out.push(char),
        }
    }
    out
}
