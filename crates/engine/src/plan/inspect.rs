//! One pair looked at field by field: what either side has, what was agreed, and what the next sync makes of it. Pure.

use model::{Base, FieldName, Owner, Pair, Plan, Problem, Side, Value};
use serde::Serialize;

use super::{Given, Planning};
use crate::{bind::Bound, merge::Merged};

/// One field of a pair, in the right side's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldView {
    /// The right field.
    pub field: FieldName,
    /// The left fields from which it comes.
    pub from: Vec<FieldName>,
    /// Who owns it.
    pub owner: Owner,
    /// What the left side has.
    pub left: Value,
    /// What the right side has.
    pub right: Value,
    /// What both last agreed on; none at a first meeting.
    pub base: Option<Agreement>,
    /// What the next sync makes of it.
    pub verdict: Merged,
    /// What a person decided about these very values.
    pub decided: Option<Side>,
    /// The left field that the right value goes back to, if it can.
    pub back: Option<FieldName>,
}

/// What a pair agreed on about a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Agreement {
    /// What the left value had turned into.
    pub left: Value,
    /// What the right value was.
    pub right: Value,
}

/// Looks at every field of a pair; with the problems that planning it would meet.
pub fn inspect(given: &Given<'_>, bound: &Bound, pair: &Pair) -> (Vec<FieldView>, Vec<Problem>) {
    let mut plan = Plan::default();
    let mut planning = Planning {
        given,
        bound,
        pair,
        plan: &mut plan,
        base: Base::default(),
        waiting: false,
        returning: false,
        maker: None,
    };
    let (values, _) = planning.turn_all();
    let views = values.into_iter().filter_map(|(at, left)| {
        let (rule, field) = bound.rules.get(at)?;
        let agreed = pair.base.as_ref().map(|base| base.agreed(&field.name));
        let right = match (&pair.right, agreed) {
            (Some(record), _) => record.fields.get(&field.name).unwrap_or(&Value::Nothing),
            (None, Some(agreed)) => agreed.right,
            (None, None) => &Value::Nothing,
        };
        Some(FieldView {
            field: field.name.clone(),
            from: rule.left.clone(),
            owner: rule.owner,
            verdict: planning.verdict(rule, agreed, &left, right),
            decided: planning.chosen(&field.name, &left, right),
            base: agreed.map(|agreed| Agreement {
                left: agreed.left.clone(),
                right: agreed.right.clone(),
            }),
            back: bound.back.get(&at).map(|to| to.name.clone()),
            right: right.clone(),
            left,
        })
    });
    let views = views.collect();
    (views, plan.problems)
}
