//! A search whose times are compared by days, and whose fields take only some operators.

use super::{Filter, Operator, Query, second};
use crate::intercom::twin::refusal::Refusal;

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::intercom::twin) enum Kind {
    Text,
    Number,
    Flag,
    Date,
    /// The id of something that hangs on the record.
    Mark,
}

impl Kind {
    fn takes(self, operator: Operator) -> bool {
        use Operator as O;
        match self {
            Self::Text => !matches!(operator, O::Above | O::Below | O::AtLeast | O::AtMost),
            Self::Number => !matches!(operator, O::Contains | O::ContainsNot | O::Begins | O::Ends),
            Self::Flag => matches!(operator, O::Is | O::IsNot | O::In | O::NotIn),
            Self::Date => matches!(operator, O::Is | O::Above | O::Below),
            Self::Mark => matches!(operator, O::Is | O::IsNot),
        }
    }
}

impl Query {
    /// The same with every time in it taken for its whole day: equal is within it, above is from the next day on, below
    /// is before it. `day` says when the day of a second begins and when it ends.
    pub(in crate::intercom::twin) fn by_days(
        self,
        kind: &dyn Fn(&str) -> Kind,
        day: &dyn Fn(i64) -> (i64, i64),
    ) -> Result<Self, Refusal> {
        let each = |of: Vec<Self>| {
            let of = of.into_iter().map(|part| part.by_days(kind, day));
            of.collect::<Result<Vec<_>, _>>()
        };
        match self {
            Self::All(of) => Ok(Self::All(each(of)?)),
            Self::Any(of) => Ok(Self::Any(each(of)?)),
            Self::Filter(filter) => filter.by_day(kind, day),
        }
    }
}

impl Filter {
    fn by_day(self, kind: &dyn Fn(&str) -> Kind, day: &dyn Fn(i64) -> (i64, i64)) -> Result<Query, Refusal> {
        let kind = kind(&self.field);
        if !kind.takes(self.operator) {
            let message = format!("operator is not valid for the field {}", self.field);
            return Err(Refusal::invalid(message).field("operator"));
        }
        let time = match (kind, self.wanted.as_slice()) {
            (Kind::Date, [wanted]) => second(wanted),
            _ => None,
        };
        let Some((begin, next)) = time.map(day) else {
            return Ok(Query::Filter(self));
        };
        let at = |operator, second: i64| {
            Query::Filter(Self {
                field: self.field.clone(),
                operator,
                wanted: vec![second.into()],
            })
        };
        Ok(match self.operator {
            Operator::Above => at(Operator::AtLeast, next),
            Operator::Below => at(Operator::Below, begin),
            _ => Query::All(vec![at(Operator::AtLeast, begin), at(Operator::Below, next)]),
        })
    }
}
