//! A right value in the left side's words, for rules that can be turned round.

use model::{Field, FieldKind, ObjectType, Record, RichFormat, RichText, Rule, Stamp, Turn, Value};

use super::{Counterparts, Fitting, KnownOnRight, Misfit, Turned, say, turn, turns_into, unstamp};
use crate::files::Taken;

/// The left field that a rule writes when its right value goes back, or why none can be.
pub fn way_back<'a>(rule: &Rule, left: &'a ObjectType, right: &FieldKind) -> Result<&'a Field, String> {
    if rule.together && rule.left.len() > 1 {
        return Err("it joins several left fields".to_owned());
    }
    match &rule.turn {
        Turn::Same | Turn::Table { .. } | Turn::Stamped(_) | Turn::Json => {}
        Turn::Label => return Err("a name does not tell which record it is of".to_owned()),
        Turn::Gathered => return Err("a text of many fields is nobody's to take apart".to_owned()),
        Turn::Cases(_) => return Err("a word of several cases does not tell what made it".to_owned()),
    }
    let mut fields = rule.left.iter().filter_map(|name| left.field(name));
    let field = fields
        .find(|field| field.writable)
        .ok_or_else(|| "the left side lets nobody write it".to_owned())?;
    if let Turn::Table { words } = &rule.turn
        && let Some(word) = ambiguous(rule, words)
    {
        return Err(format!(
            "several left words become `{word}`, and `back` does not say which it becomes"
        ));
    }
    let same = matches!(rule.turn, Turn::Same);
    match same && !turns_into(right, &field.kind) {
        true => Err("the left field holds something else".to_owned()),
        false => Ok(field),
    }
}

/// A right word that several left words turn into, if nothing says which of them it becomes.
fn ambiguous<'a>(rule: &Rule, words: &'a std::collections::BTreeMap<String, String>) -> Option<&'a String> {
    words.values().find(|word| {
        words.values().filter(|other| other == word).count() > 1 && !rule.back.contains_key(*word)
    })
}

/// Turns a right value into what the rule's left field holds. `known` leads from right records to left ones, `files` from
/// right pictures to left ones.
pub fn turn_back(
    rule: &Rule,
    right: &Value,
    kind: &FieldKind,
    known: &Counterparts,
    files: &Taken,
) -> Result<Turned, Misfit> {
    if right.is_empty() {
        return Ok(Turned::default());
    }
    let mut fitting = Fitting {
        known: KnownOnRight {
            counterparts: Some(known),
            files,
        },
        cut: false,
        unresolved: Vec::new(),
        left_out: Vec::new(),
        unshown: Vec::new(),
        lost: Vec::new(),
        missing: Vec::new(),
    };
    let value = match &rule.turn {
        Turn::Table { words } => fitting.fit(&left_word(rule, words, right)?, kind)?,
        Turn::Stamped(stamp) => fitting.fit(&without_stamp(stamp, right), kind)?,
        Turn::Json => fitting.fit(&parsed(right)?, kind)?,
        Turn::Same | Turn::Label | Turn::Gathered | Turn::Cases(_) => fitting.fit(right, kind)?,
    };
    Ok(Turned {
        value,
        unresolved: fitting.unresolved,
        left_out: fitting.left_out,
        unshown: fitting.unshown,
        lost: fitting.lost,
        missing: fitting.missing,
    })
}

/// Whether the right side holds only a part of the left text, so that a change there must not replace the whole.
pub fn is_cut(rule: &Rule, left: &Record, kind: &FieldKind, known: KnownOnRight<'_>) -> bool {
    let whole = Rule {
        cut: false,
        ..rule.clone()
    };
    rule.cut && turn(&whole, left, kind, known).is_err() && turn(rule, left, kind, known).is_ok()
}

fn left_word(
    rule: &Rule,
    words: &std::collections::BTreeMap<String, String>,
    right: &Value,
) -> Result<Value, Misfit> {
    let word = say(right);
    if let Some(left) = rule.back.get(&word) {
        return Ok(Value::text(left.clone()));
    }
    let mut turned = words.iter().filter(|(_, to)| **to == word);
    match turned.next() {
        Some((from, _)) => Ok(Value::text(from.clone())),
        None => Err(Misfit(format!("no left word becomes `{word}`"))),
    }
}

fn without_stamp(stamp: &Stamp, right: &Value) -> Value {
    match right {
        Value::Rich(rich) if rich.format == RichFormat::CommonMark => Value::Rich(RichText {
            format: rich.format,
            text: unstamp(stamp, &rich.text).to_owned(),
        }),
        other => other.clone(),
    }
}

fn parsed(right: &Value) -> Result<Value, Misfit> {
    let json: serde_json::Value =
        serde_json::from_str(&say(right)).map_err(|_| Misfit("it is no JSON".to_owned()))?;
    Ok(value_of(&json))
}

fn value_of(json: &serde_json::Value) -> Value {
    use serde_json::Value as Json;
    match json {
        Json::Null => Value::Nothing,
        Json::Bool(yes) => Value::Bool(*yes),
        Json::Number(number) => {
            let text = number.to_string();
            model::Number::parse(&text).map_or(Value::Text(text), Value::Number)
        }
        Json::String(text) => Value::text(text.clone()),
        Json::Array(values) => Value::List(values.iter().map(value_of).collect()),
        Json::Object(map) => Value::Map(
            map.iter()
                .map(|(name, value)| (name.clone(), value_of(value)))
                .collect(),
        ),
    }
}

#[cfg(test)]
mod tests;
