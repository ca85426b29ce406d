//! The first line of a text that says who wrote it, what it is and when: `*Planhat note · Alex · 2021-07-29 15:29 UTC*`.
//!
//! Where a platform lets nobody set the author and the time of what is created, a reader still sees them, and the way
//! back takes the line off again.

use model::{Record, RichFormat, RichText, Stamp, Timestamp, Value};

use super::{escape_html, labels, say};
use crate::rich;

/// What stands between the parts of a stamp; each stamp has at least one.
const BETWEEN: &str = " ·";

/// The line, and the gap that parts it from the text.
pub(super) fn stamp_line(stamp: &Stamp, left: &Record) -> String {
    let said = |name| left.fields.get(name).filter(|value: &&Value| !value.is_empty());
    let mut line = stamp.from.clone();
    if let Some(what) = said(&stamp.what) {
        line.push(' ');
        line.push_str(&say(what));
    }
    let by = said(&stamp.by).map(|by| say(&labels(by)));
    let at = said(&stamp.at).map(|at| match at {
        Value::Instant(at) => minute(*at),
        other => say(other),
    });
    let parts: Vec<String> = by.into_iter().chain(at).collect();
    for part in &parts {
        line.push_str(BETWEEN);
        line.push(' ');
        line.push_str(part);
    }
    if parts.is_empty() {
        line.push_str(BETWEEN);
    }
    format!("*{}*\n\n", on_one_line(&line))
}

/// Words as CommonMark that says them and nothing else, on one line.
fn on_one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let plain = RichText {
        format: RichFormat::Html,
        text: escape_html(&words.join(" ")),
    };
    rich::convert(&plain, RichFormat::CommonMark)
        .text
        .trim()
        .to_owned()
}

fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// The text below its stamp, or all of it if it has none: somebody may have taken the line off.
pub fn unstamp<'t>(stamp: &Stamp, text: &'t str) -> &'t str {
    below_stamp(stamp, text).unwrap_or(text)
}

fn below_stamp<'t>(stamp: &Stamp, text: &'t str) -> Option<&'t str> {
    let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
    let line = line.trim_end();
    // Editors write the same emphasis with either sign.
    let inner = ['*', '_']
        .into_iter()
        .find_map(|sign| line.strip_prefix(sign)?.strip_suffix(sign))?;
    let after = inner.strip_prefix(&on_one_line(&stamp.from))?;
    let is_stamp = after.starts_with(' ') && after.contains(BETWEEN);
    let rest = rest.strip_prefix('\r').unwrap_or(rest);
    let rest = rest.strip_prefix('\n').unwrap_or(rest);
    is_stamp.then_some(rest)
}
