//! Values as people read them.

use model::Value;

use crate::cli::print;

/// How much of a value is shown.
const SHOWN: usize = 70;

/// A value on one line.
pub fn short(value: &Value) -> String {
    print::short(&on_one_line(value), SHOWN)
}

/// The same with at most so many letters; what is empty says so.
pub fn in_quotes(value: &Value, letters: usize) -> String {
    match value.is_empty() {
        true => "nothing".to_owned(),
        false => format!("`{}`", print::short(&on_one_line(value), letters)),
    }
}

/// The same in full, however long.
pub fn on_one_line(value: &Value) -> String {
    let text = match value {
        Value::Nothing => String::new(),
        Value::Text(text) => text.clone(),
        Value::Rich(rich) => rich.text.clone(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Instant(moment) => print::time(*moment),
        Value::Ref(reference) => match &reference.label {
            Some(label) => format!("{label} ({} {})", reference.object, reference.id),
            None => format!("{} {}", reference.object, reference.id),
        },
        Value::List(values) => values.iter().map(on_one_line).collect::<Vec<_>>().join(", "),
        other => match serde_json::to_value(other) {
            Ok(serde_json::Value::Object(tagged)) => tagged.values().map(plain).collect::<Vec<_>>().join(" "),
            _ => String::new(),
        },
    };
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn plain(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
