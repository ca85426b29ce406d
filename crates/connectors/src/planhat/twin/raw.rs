//! A stored record's JSON text, read only as far as it is needed.
//!
//! The text is always our own: one object, written by `serde_json`. So a field's name is compared as it is written,
//! and nothing is checked again.

/// The fields of one record, each still text.
#[derive(Default)]
pub(super) struct Fields<'a>(Vec<(&'a str, &'a str)>);

/// Walks through the fields of a record.
pub(super) struct Walk<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Fields<'a> {
    /// Reads a record; what is no JSON object has no fields.
    pub(super) fn read(text: &'a str) -> Self {
        let mut fields = Vec::with_capacity(64);
        fields.extend(walk(text));
        Self(fields)
    }

    /// Reads one field of a record and stops there.
    pub(super) fn only(text: &'a str, name: &str) -> Self {
        Self(walk(text).find(|(known, _)| *known == name).into_iter().collect())
    }

    /// A field's text, unless it is absent or null.
    pub(super) fn raw(&self, name: &str) -> Option<&'a str> {
        let (_, raw) = self.0.iter().find(|(known, _)| *known == name)?;
        Some(*raw).filter(|raw| *raw != "null")
    }

    /// A field's text without quotes; numbers as their digits.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        plain(self.raw(name)?)
    }

    /// The texts in a field that is a list.
    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        let list = self.list(name);
        let texts = list.iter().filter_map(|value| value.as_str());
        texts.map(str::to_owned).collect()
    }

    /// The ids in a field that is a list of people: objects with an `id`, or bare ids.
    pub(super) fn people(&self, name: &str) -> Vec<String> {
        let list = self.list(name);
        let ids = list.iter().map(|value| value.get("id").unwrap_or(value));
        ids.filter_map(|id| id.as_str()).map(str::to_owned).collect()
    }

    fn list(&self, name: &str) -> Vec<serde_json::Value> {
        let list = self.raw(name).filter(|raw| *raw != "[]");
        list.and_then(|raw| serde_json::from_str(raw).ok())
            .unwrap_or_default()
    }

    /// Whether a field is `true`.
    pub(super) fn flag(&self, name: &str) -> bool {
        self.raw(name) == Some("true")
    }
}

/// A JSON text or number as plain text; nothing for anything else.
pub(super) fn plain(raw: &str) -> Option<String> {
    match raw.bytes().next()? {
        b'"' if raw.contains('\\') => serde_json::from_str(raw).ok(),
        b'"' => Some(raw.strip_prefix('"')?.strip_suffix('"')?.to_owned()),
        b'-' | b'0'..=b'9' => Some(raw.to_owned()),
        _ => None,
    }
}

/// Every field of a record as it is written: the name without its quotes, and the value.
pub(super) fn walk(text: &str) -> Walk<'_> {
    Walk { text, at: 0 }
}

impl<'a> Iterator for Walk<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let name_start = self
            .skip(b"{, \t\r\n")
            .filter(|byte| *byte == b'"')
            .map(|_| self.at + 1)?;
        let name_end = end_of_text(self.text, name_start)?;
        self.at = name_end + 1;
        self.skip(b": \t\r\n")?;
        let value_start = self.at;
        self.at = end_of_value(self.text, value_start)?;
        let name = self.text.get(name_start..name_end)?;
        Some((name, self.text.get(value_start..self.at)?))
    }
}

impl Walk<'_> {
    /// Passes over these bytes, and gives the one behind them.
    fn skip(&mut self, over: &[u8]) -> Option<u8> {
        let rest = self.text.as_bytes().get(self.at..)?;
        let ahead = rest.iter().position(|byte| !over.contains(byte))?;
        self.at += ahead;
        rest.get(ahead).copied()
    }
}

/// Where the text that starts here is closed by a quote.
fn end_of_text(text: &str, start: usize) -> Option<usize> {
    let mut at = start;
    loop {
        let rest = text.as_bytes().get(at..)?;
        let ahead = rest.iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
        at += ahead;
        if rest.get(ahead) == Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
}

/// Where the value that starts here is over.
fn end_of_value(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    match bytes.get(start)? {
        b'"' => end_of_text(text, start + 1).map(|end| end + 1),
        b'{' | b'[' => {
            let (mut at, mut depth) = (start, 0usize);
            loop {
                let rest = bytes.get(at..)?;
                at += rest
                    .iter()
                    .position(|byte| matches!(byte, b'"' | b'{' | b'[' | b'}' | b']'))?;
                match bytes.get(at)? {
                    b'"' => at = end_of_text(text, at + 1)?,
                    b'{' | b'[' => depth += 1,
                    _ => depth -= 1,
                }
                at += 1;
                if depth == 0 {
                    return Some(at);
                }
            }
        }
        _ => {
            let rest = bytes.get(start..)?;
            let ahead = rest.iter().position(|byte| b",}] \t\r\n".contains(byte))?;
            Some(start + ahead)
        }
    }
}
