//! Prefix expressions, by which custom objects are filtered: `["eq", "$custom_fields.tnt__phase", "late"]`.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde_json::Value;

use super::{
    filter::{Test, custom_field, custom_test, unique_test},
    list::Ask,
    refusal::Refusal,
    row::Row,
    state::State,
};

/// What an expression looks at.
#[derive(Clone, Copy)]
pub(super) enum Operand<'a> {
    Custom(&'a str),
    Field(&'static str),
    Created,
    Modified,
}

const DEPTH: usize = 16;

/// Reads an expression. Besides `eq` the documentation names no operator, so the others are the twin's to refuse.
pub(super) fn read<'a>(state: &State, ask: &Ask<'a>, value: &'a Value) -> Result<Test<'a>, Refusal> {
    read_within(state, ask, value, DEPTH)
}

fn read_within<'a>(
    state: &State,
    ask: &Ask<'a>,
    value: &'a Value,
    depth: usize,
) -> Result<Test<'a>, Refusal> {
    let refusal = || Refusal::invalid_field("filter").detail("not an expression this twin knows");
    let Some((operator, operands)) = value.as_array().and_then(|array| array.split_first()) else {
        return Err(refusal());
    };
    let operator = operator.as_str().ok_or_else(refusal)?;
    if operator != "eq" && state.switches.is("custom_object_filters", "eq") {
        return Err(refusal());
    }
    let depth = depth.checked_sub(1).ok_or_else(refusal)?;
    let inner = || operands.iter().map(|inner| read_within(state, ask, inner, depth));
    match (operator, operands) {
        ("and", [_, ..]) => Ok(Test::All(inner().collect::<Result<_, _>>()?)),
        ("or", [_, ..]) => Ok(Test::Either(inner().collect::<Result<_, _>>()?)),
        ("not", [one]) => Ok(Test::Not(Box::new(read_within(state, ask, one, depth)?))),
        ("eq", [operand, value]) => equal(state, ask, operand, std::slice::from_ref(value)),
        ("ne", [operand, value]) => {
            let equal = equal(state, ask, operand, std::slice::from_ref(value))?;
            Ok(Test::Not(Box::new(equal)))
        }
        ("in", [operand, Value::Array(values)]) => equal(state, ask, operand, values),
        (operator, [operand, value]) => {
            let wanted = orderings(operator).ok_or_else(refusal)?;
            Ok(Test::Compared(read_operand(state, ask, operand)?, wanted, value))
        }
        _ => Err(refusal()),
    }
}

fn orderings(operator: &str) -> Option<&'static [Ordering]> {
    Some(match operator {
        "gt" => &[Ordering::Greater],
        "gte" => &[Ordering::Greater, Ordering::Equal],
        "lt" => &[Ordering::Less],
        "lte" => &[Ordering::Less, Ordering::Equal],
        _ => return None,
    })
}

fn read_operand<'a>(state: &State, ask: &Ask<'a>, operand: &'a Value) -> Result<Operand<'a>, Refusal> {
    let name = operand.as_str().and_then(|text| text.strip_prefix('$'));
    match name {
        Some("title") => Ok(Operand::Field("title")),
        Some("unique_key") => Ok(Operand::Field("unique_key")),
        Some("created_date") => Ok(Operand::Created),
        Some("modified_date") => Ok(Operand::Modified),
        Some(name) => match name.strip_prefix("custom_fields.") {
            Some(name) => custom_field(state, ask, name).map(|_| Operand::Custom(name)),
            None => Err(Refusal::invalid_field("filter").detail("no such field")),
        },
        None => Err(Refusal::invalid_field("filter").detail("a field begins with $")),
    }
}

fn equal<'a>(
    state: &State,
    ask: &Ask<'a>,
    operand: &'a Value,
    values: &'a [Value],
) -> Result<Test<'a>, Refusal> {
    let texts = || -> Result<Vec<String>, Refusal> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let texts: Option<Vec<String>> = values.iter().map(text).collect();
        texts.ok_or_else(|| Refusal::invalid_field("filter").detail("not a text"))
    };
    match read_operand(state, ask, operand)? {
        Operand::Custom(name) => custom_test(state, custom_field(state, ask, name)?, name, values),
        Operand::Field("unique_key") => Ok(unique_test(state.shelf(ask.family), ask, "unique_key", texts()?)),
        Operand::Field(field) => Ok(Test::Any {
            field,
            texts: texts()?,
            indexes: None,
        }),
        operand => {
            let each = values
                .iter()
                .map(|value| Test::Compared(operand, &[Ordering::Equal], value));
            Ok(Test::Either(each.collect()))
        }
    }
}

/// How what a record has compares with a value; nothing where they cannot be compared.
pub(super) fn compares(operand: &Operand<'_>, row: &Row, value: &Value) -> Option<Ordering> {
    let moment = |milliseconds: i64| {
        let time: Timestamp = value.as_str()?.parse().ok()?;
        Some(milliseconds.cmp(&time.as_millisecond()))
    };
    match operand {
        Operand::Created => moment(row.created),
        Operand::Modified => moment(row.modified),
        Operand::Field(field) => compare(row.get(field)?, value),
        Operand::Custom(name) => compare(&row.custom(name)?.1, value),
    }
}

fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => match (left.as_i64(), right.as_i64()) {
            (Some(left), Some(right)) => Some(left.cmp(&right)),
            _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
        },
        (Value::String(left), Value::String(right)) => {
            match (left.parse::<Timestamp>(), right.parse::<Timestamp>()) {
                (Ok(left), Ok(right)) => Some(left.cmp(&right)),
                _ => Some(left.cmp(right)),
            }
        }
        _ => None,
    }
}
