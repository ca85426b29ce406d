//! What one record brings to the counterpart of another that is about to be made.

use model::{FieldName, Pair, Plan, Record, Value};

use super::{Given, Planning};
use crate::bind::Bound;

/// The fields that a left record writes onto a right one that does not exist yet; nothing if any of it has to wait, or
/// is a problem: its own pairing says so then.
pub(crate) fn brings(given: &Given<'_>, bound: &Bound, left: Record) -> Option<Vec<(FieldName, Value)>> {
    let pair = Pair {
        left,
        right_id: None,
        right: None,
        base: None,
        adopted: true,
        waiting: false,
        returning: false,
        candidates: Vec::new(),
    };
    let mut plan = Plan::default();
    let mut planning = Planning::new(given, bound, &pair, &mut plan);
    let values = planning.turned()?;
    let is_whole = !planning.waiting && !planning.returning;
    let fields = planning.filled(&values);
    (is_whole && plan.problems.is_empty() && plan.left_out.is_empty()).then_some(fields)
}
