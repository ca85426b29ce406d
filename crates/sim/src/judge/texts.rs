//! What two values have in common, whatever form each side gives them.

use model::Timestamp;
use serde_json::Value;

/// Whether a value says nothing.
pub fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(values) => values.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whether two plain values say the same: texts, numbers, moments, lists of them.
pub fn alike(left: &Value, right: &Value) -> bool {
    if is_empty(left) && is_empty(right) {
        return true;
    }
    match (left, right) {
        (Value::Array(left), Value::Array(right)) => {
            let mut left: Vec<String> = left.iter().map(plain).collect();
            let mut right: Vec<String> = right.iter().map(plain).collect();
            left.sort();
            left.dedup();
            right.sort();
            right.dedup();
            left == right
        }
        (Value::Array(_), _) | (_, Value::Array(_)) => false,
        _ => plain(left) == plain(right),
    }
}

/// A value in one form.
fn plain(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Object(members) => match members.get("tag").and_then(|tag| tag.get("name")) {
            Some(Value::String(name)) => name.to_lowercase(),
            _ => value.to_string(),
        },
        other => other.to_string(),
    };
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Ok(moment) = text.parse::<Timestamp>() {
        return moment.as_millisecond().to_string();
    }
    match text.parse::<f64>() {
        Ok(number) => number.to_string(),
        Err(_) => text.to_lowercase(),
    }
}

/// Whether a text with markup of one kind says, somewhere, what one of another kind says.
pub fn says(right: &str, html: &str) -> bool {
    let wanted = letters(&without_tags(html));
    letters(right).contains(&wanted)
}

/// The same, where marks may stand between what its tags enclose.
pub fn says_all(right: &str, html: &str) -> bool {
    let said = letters(right);
    let pieces = html
        .split('<')
        .map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text));
    let mut rest = said.as_str();
    pieces
        .map(|piece| letters(&without_tags(piece)))
        .all(|piece| match rest.split_once(piece.as_str()) {
            Some((_, after)) => {
                rest = after;
                true
            }
            None => false,
        })
}

fn letters(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphanumeric()).collect()
}

fn without_tags(html: &str) -> String {
    let mut text = String::new();
    let mut within = false;
    for letter in html.chars() {
        match letter {
            '<' => within = true,
            '>' if within => within = false,
            letter if !within => text.push(letter),
            _ => {}
        }
    }
    text.replace("&amp;", "&")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
}
