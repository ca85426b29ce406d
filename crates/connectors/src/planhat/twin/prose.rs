//! HTML to plain text, and dates to the forms that Planhat writes.

use model::Timestamp;
use serde_json::{Value, json};

const BLOCKS: &[&str] = &[
    "p",
    "div",
    "br",
    "li",
    "ul",
    "ol",
    "tr",
    "td",
    "th",
    "table",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "blockquote",
    "pre",
    "section",
    "article",
];

/// The text of a piece of HTML, on one line.
pub(super) fn plain(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, after)) = rest.split_once('<') {
        text.push_str(before);
        let Some((name, beyond)) = tag(after) else {
            text.push('<');
            rest = after;
            continue;
        };
        rest = beyond;
        if name == "style" || name == "script" {
            let end = format!("</{name}");
            rest = match rest.to_ascii_lowercase().find(&end) {
                Some(at) => rest.get(at..).unwrap_or_default(),
                None => "",
            };
        } else if BLOCKS.contains(&name.trim_start_matches('/')) {
            text.push(' ');
        }
    }
    text.push_str(rest);
    let text = entities(&text);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The lower-case name of the tag that begins here, after its `<`, and what follows the tag.
fn tag(after: &str) -> Option<(String, &str)> {
    let begins =
        after.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '/' || letter == '!');
    if !begins {
        return None;
    }
    if let Some(comment) = after.strip_prefix("!--") {
        return comment
            .split_once("-->")
            .map(|(_, beyond)| ("!".to_owned(), beyond));
    }
    let (inside, beyond) = after.split_once('>')?;
    let name = inside
        .split(|letter: char| letter.is_whitespace())
        .next()
        .unwrap_or_default()
        .trim_end_matches('/')
        .to_ascii_lowercase();
    Some((name, beyond))
}

fn entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let known = after
            .split_once(';')
            .filter(|(name, _)| name.len() <= 8)
            .and_then(|(name, beyond)| Some((entity(name)?, beyond)));
        match known {
            Some((letter, beyond)) => {
                out.push(letter);
                rest = beyond;
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some(' '),
        _ => {
            let digits = name.strip_prefix('#')?;
            let code = match digits.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => digits.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

/// A time as Planhat writes it: UTC, with milliseconds.
pub(super) fn iso(time: Timestamp) -> String {
    format!("{time:.3}")
}

/// A date in any form that a client may send, as Planhat gives it back.
pub(super) fn date(value: &Value) -> Option<String> {
    time(value).map(iso)
}

/// The time that a value stands for: an instant, a date, or milliseconds since 1970.
pub(super) fn time(value: &Value) -> Option<Timestamp> {
    if let Some(millis) = value.as_i64() {
        return Timestamp::from_millisecond(millis).ok();
    }
    let text = value.as_str()?.trim();
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time);
    }
    let local: jiff::civil::DateTime = match text.parse() {
        Ok(local) => local,
        Err(_) => text
            .parse::<jiff::civil::Date>()
            .ok()?
            .to_datetime(jiff::civil::Time::midnight()),
    };
    let zoned = local.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(zoned.timestamp())
}

/// The day that a text stands for: a number of days since 1970, or any date.
pub(super) fn day(text: &str) -> Option<i64> {
    const MOST_DAYS: i64 = 3_000_000;
    match text.trim().parse::<i64>() {
        Ok(count) if count.abs() <= MOST_DAYS => Some(count),
        Ok(millis) => Some(millis.div_euclid(86_400_000)),
        Err(_) => time(&text.into()).map(days),
    }
}

/// Whole days since 1970.
pub(super) fn days(time: Timestamp) -> i64 {
    time.as_second().div_euclid(86_400)
}

/// The year, quarter, month and week that a time falls into. Weeks begin on Sunday and the first holds the first of
/// January: so does the documented example, although it is called an ISO week elsewhere.
pub(super) fn time_bucket(time: Timestamp) -> Value {
    let date = time.to_zoned(jiff::tz::TimeZone::UTC).date();
    let (year, month) = (date.year(), date.month());
    let saturday = date
        .checked_add(jiff::Span::new().days(6 - date.weekday().to_sunday_zero_offset()))
        .unwrap_or(date);
    let week = (saturday.day_of_year() - 1) / 7 + 1;
    json!([
        format!("{year:04}"),
        format!("{year:04}-Q{}", (month - 1) / 3 + 1),
        format!("{year:04}-{month:02}"),
        format!("{:04}-W{week:02}", saturday.year()),
    ])
}
