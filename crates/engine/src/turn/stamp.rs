//! The first line of a text that says who wrote it, what it is and when: `*Planhat note · Alex · 2021-07-29 15:29 UTC*`.
//!
//! Where a platform lets nobody set the author and the time of what is created, a reader still sees them, and the way
//! back takes the line off again.

use std::borrow::Cow;

use model::{Record, RecordId, RichFormat, RichText, Rule, Stamp, Timestamp, Turn, Value};

use super::{escape_html, labels, read, say};
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

/// How many hexadecimal digits of a hash tell one right record from all others.
const MARK: usize = 12;

/// What tells for which right record a left text was made.
pub(crate) fn mark_of(right: &RecordId) -> String {
    let hash = blake3::hash(right.as_str().as_bytes()).to_hex();
    hash.chars().take(MARK).collect()
}

/// The line of a left text that a rule makes for a right one, if it makes any.
pub(crate) fn back_of(rule: &Rule) -> Option<&Stamp> {
    match &rule.turn {
        Turn::Stamped(stamp) => stamp.back.as_deref(),
        _ => None,
    }
}

/// The mark in a left text's first line, if it was made for a right record.
pub(crate) fn mark_in(rule: &Rule, left: &Record) -> Option<String> {
    let back = back_of(rule)?;
    let value = read(rule, left)?;
    // Most texts are no such thing, and need not be converted to see that.
    let may_be = matches!(value.as_ref(), Value::Rich(rich) if rich.text.contains(&back.from));
    let text = may_be.then(|| as_commonmark(&value)).flatten()?;
    let line = line_of(back, &text)?;
    let from = on_one_line(&back.from);
    let after = line.split_once(&from)?.1;
    let mark = after.split_whitespace().next()?;
    let is_mark = mark.len() == MARK && mark.chars().all(|digit| digit.is_ascii_hexdigit());
    is_mark.then(|| mark.to_owned())
}

/// A right text on its way back: below the line that the left text bears, or that a new one is to bear.
pub(crate) fn below_line(
    rule: &Rule,
    right: &Value,
    left: Option<&Record>,
    made_of: &Record,
) -> Option<Value> {
    let (Turn::Stamped(stamp), Some(back)) = (&rule.turn, back_of(rule)) else {
        return None;
    };
    let Value::Rich(rich) = right else { return None };
    let line = match left {
        Some(left) => {
            let text = as_commonmark(read(rule, left)?.as_ref())?.into_owned();
            let line = line_of(back, &text)?;
            format!("{line}\n\n")
        }
        None => {
            let from = format!("{} {}", back.from, mark_of(&made_of.id));
            let marked = Stamp { from, ..back.clone() };
            stamp_line(&marked, made_of)
        }
    };
    Some(Value::Rich(RichText {
        format: RichFormat::CommonMark,
        text: line + unstamp(stamp, &rich.text),
    }))
}

/// What a left text that was made for a right one says on the right: what is below both lines.
pub(crate) fn below_lines(rule: &Rule, turned: Value) -> Value {
    let (Turn::Stamped(stamp), Some(back), Value::Rich(rich)) = (&rule.turn, back_of(rule), &turned) else {
        return turned;
    };
    match below_stamp(back, unstamp(stamp, &rich.text)) {
        Some("") => Value::Nothing,
        Some(text) => Value::Rich(RichText {
            format: rich.format,
            text: text.to_owned(),
        }),
        None => turned,
    }
}

/// Whether a right text bears the line of a left one: then it was made for that.
pub(crate) fn is_stamped(rule: &Rule, right: &Value) -> bool {
    let (Turn::Stamped(stamp), Value::Rich(rich)) = (&rule.turn, right) else {
        return false;
    };
    below_stamp(stamp, &rich.text).is_some()
}

fn as_commonmark(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Rich(rich) if rich.format == RichFormat::CommonMark => Some(Cow::Borrowed(&rich.text)),
        Value::Rich(rich) => Some(Cow::Owned(rich::convert(rich, RichFormat::CommonMark).text)),
        _ => None,
    }
}

/// A text's first line, if it is that stamp.
fn line_of<'t>(stamp: &Stamp, text: &'t str) -> Option<&'t str> {
    below_stamp(stamp, text)?;
    text.lines().next().map(str::trim_end)
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

#[cfg(test)]
mod tests;
