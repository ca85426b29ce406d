//! A value as a single one of a kind: a choice, a number, a moment.

use model::Value;

use super::{Misfit, say};

pub(super) fn choice(value: &Value, values: &[String]) -> Result<Value, Misfit> {
    let word = say(value);
    let exact = values.iter().find(|known| **known == word);
    let folded = || {
        values
            .iter()
            .find(|known| known.trim().to_lowercase() == word.trim().to_lowercase())
    };
    match exact.or_else(folded) {
        Some(known) => Ok(Value::text(known.clone())),
        None if values.is_empty() => Ok(Value::text(word)),
        None => Err(Misfit(
            "a word that is not among those the field takes".to_owned(),
        )),
    }
}

pub(super) fn truth(value: &Value) -> Result<Value, Misfit> {
    match value {
        Value::Bool(_) => Ok(value.clone()),
        Value::Text(text) if text.eq_ignore_ascii_case("true") => Ok(Value::Bool(true)),
        Value::Text(text) if text.eq_ignore_ascii_case("false") => Ok(Value::Bool(false)),
        _ => Err(Misfit("neither true nor false".to_owned())),
    }
}

pub(super) fn number(value: &Value) -> Result<Value, Misfit> {
    match value {
        Value::Number(_) => Ok(value.clone()),
        Value::Text(text) => model::Number::parse(text)
            .map(Value::Number)
            .map_err(|_| Misfit("not a number".to_owned())),
        _ => Err(Misfit("not a number".to_owned())),
    }
}

pub(super) fn whole(value: &Value) -> Result<Value, Misfit> {
    match number(value)? {
        Value::Number(number) if number.to_i64().is_some() => Ok(Value::Number(number)),
        _ => Err(Misfit("not a whole number".to_owned())),
    }
}

pub(super) fn instant(value: &Value) -> Result<Value, Misfit> {
    let misfit = || Misfit("not a moment".to_owned());
    match value {
        Value::Instant(_) => Ok(value.clone()),
        Value::Date(day) => {
            let midnight = day.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| misfit())?;
            Ok(Value::Instant(midnight.timestamp()))
        }
        Value::Text(text) => text.parse().map(Value::Instant).map_err(|_| misfit()),
        _ => Err(misfit()),
    }
}

pub(super) fn date(value: &Value) -> Result<Value, Misfit> {
    let misfit = || Misfit("not a date".to_owned());
    match value {
        Value::Date(_) => Ok(value.clone()),
        Value::Instant(at) => Ok(Value::Date(at.to_zoned(jiff::tz::TimeZone::UTC).date())),
        Value::Text(text) => text.parse().map(Value::Date).map_err(|_| misfit()),
        _ => Err(misfit()),
    }
}
