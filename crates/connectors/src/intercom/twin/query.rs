//! What a search asks for: filters, and groups of them.

mod days;

use serde_json::Value;

use super::{call::id_of, refusal::Refusal};

pub(super) use days::Kind;

/// Groups lie in a group, and no deeper.
const DEEPEST: usize = 2;
/// So many filters or groups are in one group.
const MOST: usize = 15;

/// A filter, or a group.
pub(super) enum Query {
    All(Vec<Query>),
    Any(Vec<Query>),
    Filter(Filter),
}

/// One condition.
pub(super) struct Filter {
    pub(super) field: String,
    operator: Operator,
    wanted: Vec<Value>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operator {
    Is,
    IsNot,
    In,
    NotIn,
    Above,
    Below,
    AtLeast,
    AtMost,
    Contains,
    ContainsNot,
    Begins,
    Ends,
}

impl Operator {
    fn read(text: &str) -> Option<Self> {
        Some(match text {
            "=" => Self::Is,
            "!=" => Self::IsNot,
            "IN" => Self::In,
            "NIN" => Self::NotIn,
            ">" => Self::Above,
            "<" => Self::Below,
            ">=" => Self::AtLeast,
            "<=" => Self::AtMost,
            "~" => Self::Contains,
            "!~" => Self::ContainsNot,
            "^" => Self::Begins,
            "$" => Self::Ends,
            _ => return None,
        })
    }
}

impl Query {
    pub(super) fn read(value: &Value) -> Result<Self, Refusal> {
        Self::read_at(value, 0)
    }

    fn read_at(value: &Value, depth: usize) -> Result<Self, Refusal> {
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        let operator = text("operator").ok_or_else(|| Refusal::invalid("operator is missing"))?;
        if let Some(field) = text("field") {
            return Filter::read(field, operator, value.get("value")).map(Self::Filter);
        }
        let of = value.get("value").and_then(Value::as_array);
        let of =
            of.ok_or_else(|| Refusal::invalid("a query needs a field, or a list of filters as its value"))?;
        if depth >= DEEPEST || of.len() > MOST {
            return Err(Refusal::invalid(
                "the query is too deep, or has too many filters in a group",
            ));
        }
        let of = of
            .iter()
            .map(|part| Self::read_at(part, depth + 1))
            .collect::<Result<_, _>>()?;
        match operator {
            "AND" => Ok(Self::All(of)),
            "OR" => Ok(Self::Any(of)),
            _ => Err(Refusal::invalid("operator of a group is AND or OR")),
        }
    }

    /// Every field that is asked about.
    pub(super) fn fields(&self) -> Vec<&str> {
        match self {
            Self::All(of) | Self::Any(of) => of.iter().flat_map(Self::fields).collect(),
            Self::Filter(filter) => vec![&filter.field],
        }
    }

    /// Whether a record fits, by what it holds under a field's name.
    pub(super) fn fits(&self, value: &dyn Fn(&str) -> Vec<Value>) -> bool {
        match self {
            Self::All(of) => of.iter().all(|part| part.fits(value)),
            Self::Any(of) => of.iter().any(|part| part.fits(value)),
            Self::Filter(filter) => filter.fits(&value(&filter.field)),
        }
    }

    /// The bounds within which a time must be for a record to fit, and whether every record within fits.
    pub(super) fn span(&self, field: &str) -> Span {
        match self {
            Self::Filter(filter) => filter.span(field),
            Self::All(of) => of.iter().map(|part| part.span(field)).fold(Span::ALL, Span::both),
            Self::Any(of) => {
                let spans = of.iter().map(|part| part.span(field));
                spans.reduce(Span::either).unwrap_or(Span::ALL.inexact())
            }
        }
    }
}

/// Bounds of a time, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) is_exact: bool,
}

impl Span {
    pub(super) const ALL: Self = Self {
        from: i64::MIN,
        to: i64::MAX,
        is_exact: true,
    };

    fn inexact(self) -> Self {
        Self {
            is_exact: false,
            ..self
        }
    }

    fn both(self, other: Self) -> Self {
        Self {
            from: self.from.max(other.from),
            to: self.to.min(other.to),
            is_exact: self.is_exact && other.is_exact,
        }
    }

    fn either(self, other: Self) -> Self {
        let touch = self.from <= other.to.saturating_add(1) && other.from <= self.to.saturating_add(1);
        Self {
            from: self.from.min(other.from),
            to: self.to.max(other.to),
            is_exact: self.is_exact && other.is_exact && touch,
        }
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn second(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// Whether a field holds a time.
fn is_time(field: &str) -> bool {
    field.ends_with("_at") || matches!(field, "waiting_since" | "snoozed_until")
}

impl Filter {
    fn read(field: &str, operator: &str, value: Option<&Value>) -> Result<Self, Refusal> {
        let operator = Operator::read(operator)
            .ok_or_else(|| Refusal::invalid(format!("{operator} is not a valid operator for {field}")))?;
        let is_list = matches!(operator, Operator::In | Operator::NotIn);
        let wrong = || Refusal::invalid(format!("the value for {field} is of the wrong type"));
        let wanted = match value {
            Some(Value::Array(values)) if is_list => values.clone(),
            Some(Value::Array(_) | Value::Object(_)) => return Err(wrong()),
            Some(value) => vec![value.clone()],
            None => return Err(Refusal::invalid(format!("value for {field} is missing"))),
        };
        if is_time(field)
            && wanted
                .iter()
                .any(|value| !value.is_null() && second(value).is_none())
        {
            return Err(wrong());
        }
        Ok(Self {
            field: field.to_owned(),
            operator,
            wanted,
        })
    }

    fn fits(&self, values: &[Value]) -> bool {
        let any = |test: &dyn Fn(&Value, &Value) -> bool| {
            let wanted = || self.wanted.iter();
            match values.is_empty() {
                true => wanted().any(|wanted| test(&Value::Null, wanted)),
                false => values
                    .iter()
                    .any(|value| wanted().any(|wanted| test(value, wanted))),
            }
        };
        let compare = |test: fn(f64, f64) -> bool| {
            any(&|value, wanted| {
                number(value)
                    .zip(number(wanted))
                    .is_some_and(|(value, wanted)| test(value, wanted))
            })
        };
        let has = |test: fn(&str, &str) -> bool| any(&|value, wanted| test(&text(value), &text(wanted)));
        let same = |value: &Value, wanted: &Value| self.is_same(value, wanted);
        match self.operator {
            Operator::Is | Operator::In => any(&same),
            Operator::IsNot | Operator::NotIn => !any(&same),
            Operator::Above => compare(|value, wanted| value > wanted),
            Operator::Below => compare(|value, wanted| value < wanted),
            Operator::AtLeast => compare(|value, wanted| value >= wanted),
            Operator::AtMost => compare(|value, wanted| value <= wanted),
            Operator::Contains => has(|value, wanted| value.contains(wanted)),
            Operator::ContainsNot => !has(|value, wanted| value.contains(wanted)),
            Operator::Begins => has(|value, wanted| value.starts_with(wanted)),
            Operator::Ends => has(|value, wanted| value.ends_with(wanted)),
        }
    }

    fn is_same(&self, value: &Value, wanted: &Value) -> bool {
        if value.is_null() || wanted.is_null() {
            return value.is_null() && (wanted.is_null() || wanted.as_str() == Some(""));
        }
        if self.field == "source.body" {
            // A word that stands in the text is enough.
            let (value, wanted) = (text(value), text(wanted));
            return value
                .split(|letter: char| !letter.is_alphanumeric())
                .any(|word| word == wanted)
                || value == wanted;
        }
        text(value) == text(wanted)
    }

    fn span(&self, field: &str) -> Span {
        let all = Span::ALL.inexact();
        let wanted = match self.wanted.as_slice() {
            [wanted] if self.field == field => second(wanted),
            _ => None,
        };
        let Some(wanted) = wanted else { return all };
        let (from, to) = match self.operator {
            Operator::Is | Operator::In => (wanted, wanted),
            Operator::Above => (wanted.saturating_add(1), i64::MAX),
            Operator::AtLeast => (wanted, i64::MAX),
            Operator::Below => (i64::MIN, wanted.saturating_sub(1)),
            Operator::AtMost => (i64::MIN, wanted),
            _ => return all,
        };
        Span {
            from,
            to,
            is_exact: true,
        }
    }
}

/// As texts are compared: whatever the case.
fn text(value: &Value) -> String {
    match value {
        Value::Bool(flag) => flag.to_string(),
        value => id_of(value).unwrap_or_default().to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: Value) -> Query {
        Query::read(&value).unwrap_or_else(|refusal| panic!("{refusal:?}"))
    }

    #[test]
    fn filters_compare() {
        let check = |operator: &str, wanted: Value, value: Value, fits: bool| {
            let query = read(json!({"field": "x", "operator": operator, "value": wanted}));
            let held = |_: &str| vec![value.clone()];
            assert_eq!(query.fits(&held), fits, "{value} {operator} {wanted}");
        };
        check("=", json!("Open"), json!("open"), true);
        check("=", json!(5), json!("5"), true);
        check("=", json!(null), json!(null), true);
        check("=", json!(null), json!("a"), false);
        check("!=", json!("a"), json!(null), true);
        check("IN", json!(["a", "b"]), json!("b"), true);
        check("NIN", json!(["a", "b"]), json!("b"), false);
        check(">", json!("5"), json!(6), true);
        check(">", json!(5), json!(5), false);
        check(">=", json!(5), json!(5), true);
        check("<", json!(5), json!(null), false);
        check("~", json!("ell"), json!("Hello"), true);
        check("!~", json!("ell"), json!("Hello"), false);
        check("^", json!("he"), json!("Hello"), true);
        check("$", json!("lo"), json!("Hello"), true);
        check("=", json!(true), json!(true), true);
    }

    #[test]
    fn spans_bound_what_is_read() {
        let at =
            |operator: &str, value: i64| json!({"field": "updated_at", "operator": operator, "value": value});
        let group = |operator: &str, of: Vec<Value>| json!({"operator": operator, "value": of});
        let check = |query: Value, from: i64, to: i64, is_exact: bool| {
            let span = Span { from, to, is_exact };
            assert_eq!(read(query.clone()).span("updated_at"), span, "{query}");
        };
        check(at(">", 5), 6, i64::MAX, true);
        check(group("AND", vec![at(">=", 5), at("<", 9)]), 5, 8, true);
        check(group("OR", vec![at(">", 5), at("=", 5)]), 5, i64::MAX, true);
        check(group("OR", vec![at("=", 5), at("=", 9)]), 5, 9, false);
        let state = json!({"field": "state", "operator": "=", "value": "open"});
        check(group("AND", vec![at(">", 5), state.clone()]), 6, i64::MAX, false);
        check(group("OR", vec![at(">", 5), state]), i64::MIN, i64::MAX, false);
    }

    #[test]
    fn what_is_no_query_is_refused() {
        let leaf = json!({"field": "a", "operator": "=", "value": 1});
        let nest = |inner: Value| json!({"operator": "AND", "value": [inner]});
        let refused = [
            json!({}),
            json!({"field": "a", "operator": "?", "value": 1}),
            json!({"field": "a", "operator": "="}),
            json!({"field": "updated_at", "operator": ">", "value": "soon"}),
            json!({"operator": "XOR", "value": []}),
            nest(nest(nest(leaf.clone()))),
            json!({"operator": "AND", "value": vec![leaf.clone(); 16]}),
        ];
        for query in refused {
            assert!(Query::read(&query).is_err(), "{query}");
        }
        assert!(Query::read(&nest(nest(leaf))).is_ok());
    }
}
