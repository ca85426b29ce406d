//! Files on their way from left to right, as far as that is decided without fetching any: which are wanted, what they are
//! called, what stands in a text for one that cannot be had, and what a record is to hold.

use std::collections::{BTreeMap, HashMap};

use base64::{Engine, engine::general_purpose::STANDARD};
use model::{FieldKind, FileRef, ObjectName, Record, RecordId, RichText, Turn, Value};
use serde::Serialize;

use crate::{
    bind::Bound,
    rich::{ImageInstead, ImagesInstead, images_in},
    turn::read,
};

/// The option that says which pictures are brought.
const PICTURES: &str = "pictures";
/// The longest name that a file gets.
const LONGEST_NAME: usize = 100;

/// Which pictures of texts are brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Pictures {
    /// All of them.
    All,
    /// Those that the left vendor keeps itself, and those whose bytes stand in the text.
    Own,
    /// None: links stay as they are.
    None,
}

impl Pictures {
    /// As the user of the import chose.
    pub(crate) fn chosen(options: &BTreeMap<String, Value>) -> Self {
        match options.get(PICTURES).and_then(Value::as_text) {
            Some("own") => Self::Own,
            Some("none") => Self::None,
            _ => Self::All,
        }
    }

    fn wants(self, address: &str, is_own: &dyn Fn(&str) -> bool) -> bool {
        match self {
            Self::All => true,
            Self::Own => address.starts_with("data:") || is_own(address),
            Self::None => false,
        }
    }
}

/// A file that a record needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Where it is, and what it is called.
    pub(crate) file: FileRef,
    /// Whether it is shown in a text, so that nothing but a picture will do.
    pub(crate) is_picture: bool,
    /// A record that shows or holds it.
    pub(crate) holder: Option<(ObjectName, RecordId)>,
}

impl Wanted {
    pub(crate) fn holder(&self) -> Option<(&ObjectName, &RecordId)> {
        self.holder.as_ref().map(|(object, record)| (object, record))
    }
}

/// The files that the rules move of a record, in the order in which they stand there.
pub(crate) fn wanted(
    bound: &Bound,
    left: &Record,
    pictures: Pictures,
    is_own: &dyn Fn(&str) -> bool,
) -> Vec<Wanted> {
    let mut wanted: Vec<Wanted> = Vec::new();
    let holder = Some((bound.pairing.left.clone(), left.id.clone()));
    for (rule, field) in &bound.rules {
        let moves = matches!(rule.turn, Turn::Same | Turn::Stamped(_));
        let Some(value) = read(rule, left).filter(|_| moves) else {
            continue;
        };
        match (&field.kind, value.as_ref()) {
            (FieldKind::Rich { .. }, Value::Rich(text)) if may_show_pictures(text) => {
                let images = images_in(text).into_iter().map(|image| image.address);
                let images = images.filter(|address| pictures.wants(address, is_own));
                wanted.extend(images.map(|address| Wanted {
                    file: FileRef {
                        name: name_of(&address),
                        url: address,
                        media_type: None,
                    },
                    is_picture: true,
                    holder: holder.clone(),
                }));
            }
            (FieldKind::File | FieldKind::List(_), value) => {
                let held = value.elements().iter().filter_map(held);
                wanted.extend(held.map(|file| Wanted {
                    file,
                    is_picture: false,
                    holder: holder.clone(),
                }));
            }
            _ => {}
        }
    }
    wanted
}

fn held(value: &Value) -> Option<FileRef> {
    match value {
        Value::File(file) => Some(file.clone()),
        _ => None,
    }
}

/// Most texts show none, and need not be read for it.
fn may_show_pictures(text: &RichText) -> bool {
    let bytes = text.text.as_bytes();
    let begins = |pair: &[u8]| matches!(pair, [b'!', b'['] | [b'i' | b'I', b'm' | b'M']);
    bytes.windows(2).any(begins)
}

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Got {
    /// It is on the right side.
    Here(FileRef),
    /// It could not be had.
    Missing(Missing),
}

/// A file that could not be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// What it is called.
    pub name: String,
    /// Why.
    pub why: String,
}

/// The missing files of one field, each with its reason.
pub(crate) fn say_missing(missing: &[Missing]) -> String {
    const SHOWN: usize = 5;
    let said: Vec<String> = missing
        .iter()
        .take(SHOWN)
        .map(|file| format!("`{}`: {}", file.name, file.why))
        .collect();
    let more = match missing.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    format!("a file could not be had: {}{more}", said.join("; "))
}

/// What became of the files of a batch.
#[derive(Clone, Debug, Default)]
pub struct Taken {
    /// By their left addresses.
    pub(crate) by_address: HashMap<String, Got>,
    /// The files that belong to records, on the right side.
    pub(crate) attached: HashMap<RecordId, Vec<FileRef>>,
    /// Whether it leads from right to left. The right side's ids of pictures are no addresses that a reader knows.
    pub(crate) is_turned: bool,
}

impl Taken {
    /// The way back: pictures on the right side by their addresses there, and what the left side shows.
    pub(crate) fn turned_round(&self) -> Self {
        // Of several addresses of one picture always the same one: the last that is put in.
        let mut addresses: Vec<&String> = self.by_address.keys().collect();
        addresses.sort_unstable_by(|one, other| other.cmp(one));
        let mut by_address = HashMap::new();
        for address in addresses {
            if let Some(Got::Here(file)) = self.by_address.get(address) {
                let shown = FileRef {
                    url: address.clone(),
                    ..file.clone()
                };
                by_address.insert(file.url.clone(), Got::Here(shown));
            }
        }
        Self {
            by_address,
            attached: HashMap::new(),
            is_turned: true,
        }
    }

    /// What a text shows in place of its pictures, and which of them are missing.
    pub(crate) fn instead(&self, text: &RichText) -> (ImagesInstead, Vec<Missing>) {
        let (mut instead, mut missing) = (ImagesInstead::new(), Vec::new());
        if self.by_address.is_empty() || !may_show_pictures(text) {
            return (instead, missing);
        }
        if self.is_turned {
            let shown = self
                .by_address
                .iter()
                .filter(|(id, _)| text.text.contains(id.as_str()));
            instead.extend(shown.filter_map(|(id, got)| match got {
                Got::Here(file) => Some((id.clone(), ImageInstead::Address(file.url.clone()))),
                Got::Missing(_) => None,
            }));
        }
        for image in images_in(text) {
            let shown = match self.by_address.get(&image.address) {
                None => continue,
                Some(Got::Here(file)) => ImageInstead::Address(file.url.clone()),
                Some(Got::Missing(file)) => {
                    missing.push(file.clone());
                    ImageInstead::Text(placeholder(&image.alt, &file.name))
                }
            };
            instead.insert(image.address, shown);
        }
        (instead, missing)
    }

    /// What a field that holds a file holds on the right side.
    pub(crate) fn file(&self, file: &FileRef) -> Result<Value, Missing> {
        match self.by_address.get(&file.url) {
            Some(Got::Here(file)) => Ok(Value::File(file.clone())),
            Some(Got::Missing(missing)) => Err(missing.clone()),
            // Nothing is fetched in a preview.
            None => Ok(Value::File(file.clone())),
        }
    }

    /// The files that belong to a record.
    pub(crate) fn of(&self, record: &RecordId) -> Value {
        let files = self.attached.get(record).into_iter().flatten();
        list(files.cloned().map(Value::File).collect())
    }
}

fn list(files: Vec<Value>) -> Value {
    match files.is_empty() {
        true => Value::Nothing,
        false => Value::List(files),
    }
}

/// What a record shall hold: what it holds, and what is ours. What somebody hung there stays.
pub(crate) fn with_ours(ours: &Value, right: &Value) -> Value {
    let holds = |value: &Value, file: &FileRef| {
        value
            .elements()
            .iter()
            .any(|one| matches!(one, Value::File(other) if other.url == file.url))
    };
    let mut files: Vec<Value> = right.elements().to_vec();
    for one in ours.elements() {
        if let Value::File(file) = one
            && !holds(right, file)
        {
            files.push(one.clone());
        }
    }
    list(files)
}

/// What stands for a picture that cannot be had; the same words every time, or the text would never come to rest.
fn placeholder(alt: &str, name: &str) -> String {
    match alt.is_empty() {
        true => format!("[missing picture: {name}]"),
        false => format!("[missing picture: {alt} ({name})]"),
    }
}

/// What a file at this address is called.
pub(crate) fn name_of(address: &str) -> String {
    if address.starts_with("data:") {
        return "picture".to_owned();
    }
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let last = path
        .rsplit(['/', ':'])
        .find(|part| !part.is_empty())
        .unwrap_or_default();
    let bytes = unescaped(last);
    let name = String::from_utf8_lossy(&bytes);
    let plain = |sign: char| match sign {
        '/' | '\\' | '"' | '\u{fffd}' => '_',
        sign if sign.is_control() => '_',
        sign => sign,
    };
    let name: String = name.chars().map(plain).take(LONGEST_NAME).collect();
    match name.trim_matches(['.', ' ']).is_empty() {
        true => "picture".to_owned(),
        false => name,
    }
}

/// The name with an ending that says what it is, if it has none.
pub(crate) fn with_ending(name: &str, media_type: Option<&str>) -> String {
    let ending = match media_type.and_then(|media_type| media_type.strip_prefix("image/")) {
        Some("jpeg") => "jpg",
        Some("x-icon") => "ico",
        Some(kind) => kind,
        None => return name.to_owned(),
    };
    match name.rsplit_once('.') {
        Some((_, known)) if (2..=4).contains(&known.len()) => name.to_owned(),
        _ => format!("{name}.{ending}"),
    }
}

/// The kind of picture, by its first bytes: what a server or a name says may be a lie. What can hold a script, such as
/// SVG, is none.
pub(crate) fn picture_type(head: &[u8]) -> Option<&'static str> {
    match head {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => Some("image/bmp"),
        [0, 0, 1, 0, count, 0, ..] if *count > 0 => Some("image/x-icon"),
        [b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*', ..] => Some("image/tiff"),
        [
            _,
            _,
            _,
            _,
            b'f',
            b't',
            b'y',
            b'p',
            b'a',
            b'v',
            b'i',
            b'f' | b's',
            ..,
        ] => Some("image/avif"),
        [
            _,
            _,
            _,
            _,
            b'f',
            b't',
            b'y',
            b'p',
            b'h',
            b'e',
            b'i',
            b'c' | b'x',
            ..,
        ] => Some("image/heic"),
        _ => None,
    }
}

/// The bytes that stand in an address.
pub(crate) fn bytes_in(address: &str) -> Option<Vec<u8>> {
    let (head, body) = address.strip_prefix("data:")?.split_once(',')?;
    let mut bytes = unescaped(body);
    if !head.trim_end().to_ascii_lowercase().ends_with(";base64") {
        return Some(bytes);
    }
    bytes.retain(|byte| !byte.is_ascii_whitespace() && *byte != b'=');
    while !bytes.len().is_multiple_of(4) {
        bytes.push(b'=');
    }
    STANDARD.decode(bytes).ok()
}

/// With the codes of an address turned back into what they stand for.
fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let ahead = rest.clone();
        let mut digits = ahead.filter_map(|byte| char::from(byte).to_digit(16)).take(2);
        let is_code = byte == b'%' && rest.clone().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
        match (is_code, digits.next(), digits.next()) {
            (true, Some(high), Some(low)) => {
                bytes.push((high * 16 + low) as u8);
                rest.nth(1);
            }
            _ => bytes.push(byte),
        }
    }
    bytes
}

#[cfg(test)]
mod tests;
