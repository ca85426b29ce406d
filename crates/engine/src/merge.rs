//! One field, three values, one verdict.

use model::{Agreed, FieldName, Owner, Policy, Side, Value};
use serde::Serialize;

/// What is to be done with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Merged {
    /// Nothing: the sides are alike, or as they agreed to be.
    Alike,
    /// This side's value is the one to keep.
    Take(Side),
    /// Both changed and neither owns the field: a person decides.
    Clash,
}

/// Merges a field. `left` is the left value in the right side's words; `agreed` is absent at the first meeting.
pub fn merge(owner: Owner, agreed: Option<Agreed<'_>>, left: &Value, right: &Value) -> Merged {
    if same(left, right) {
        return Merged::Alike;
    }
    let Some(agreed) = agreed else {
        return first_meeting(owner, left, right);
    };
    let left_changed = !same(left, agreed.left);
    let right_changed = !same(right, agreed.right);
    match (owner, left_changed, right_changed) {
        (_, false, false) => Merged::Alike,
        (Owner::Left, _, _) => Merged::Take(Side::Left),
        (Owner::Right, _, _) => Merged::Take(Side::Right),
        (Owner::Either, true, false) => Merged::Take(Side::Left),
        (Owner::Either, false, true) => Merged::Take(Side::Right),
        (Owner::Either, true, true) => Merged::Clash,
    }
}

/// An empty value never wins a first meeting: it may only be that nobody filled it in yet.
fn first_meeting(owner: Owner, left: &Value, right: &Value) -> Merged {
    match (owner, left.is_empty(), right.is_empty()) {
        (_, true, _) => Merged::Take(Side::Right),
        (_, _, true) | (Owner::Left, ..) => Merged::Take(Side::Left),
        (Owner::Right, ..) => Merged::Take(Side::Right),
        (Owner::Either, ..) => Merged::Clash,
    }
}

/// Who wins a clash: the side that a person chose for these very values, else by the policy. `newest` is the side whose
/// record changed last, where that can be told.
pub fn resolve(policy: Policy, chosen: Option<Side>, newest: Option<Side>) -> Merged {
    let by_policy = match policy {
        Policy::Ask => None,
        Policy::Left => Some(Side::Left),
        Policy::Right => Some(Side::Right),
        Policy::Newest => newest,
    };
    chosen.or(by_policy).map_or(Merged::Clash, Merged::Take)
}

/// Whether two values say the same: all empty values do, a reference is what it points to, a file is where it lies.
pub fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Ref(left), Value::Ref(right)) => left.object == right.object && left.id == right.id,
        (Value::File(left), Value::File(right)) => left.url == right.url,
        // Files hang on a record in no order.
        (Value::List(left), Value::List(right)) if are_files(left) && are_files(right) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|left| right.iter().any(|right| same(left, right)))
        }
        (Value::List(left), Value::List(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        _ => left == right || (left.is_empty() && right.is_empty()),
    }
}

/// A list of which a vendor kept a part.
pub(crate) struct Few {
    /// What it kept: a list even if it is empty, so that it is told from what a vendor does not show.
    pub(crate) kept: Value,
    /// What there is to say about it.
    pub(crate) text: String,
}

/// Whether a vendor kept fewer values of a list than were written, for it may write each of them differently.
pub(crate) fn kept_few(field: &FieldName, written: &Value, kept: &Value) -> Option<Few> {
    let (few, many) = (kept.elements().len(), written.elements().len());
    let is_list = matches!(written, Value::List(_));
    (is_list && few < many).then(|| Few {
        kept: Value::List(kept.elements().to_vec()),
        text: format!("of the {many} values of `{field}` that were written, the vendor kept {few}"),
    })
}

fn are_files(values: &[Value]) -> bool {
    values.iter().all(|value| matches!(value, Value::File(_)))
}

#[cfg(test)]
mod tests;
