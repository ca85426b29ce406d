//! What becomes of a left record whose counterpart is gone while it is there itself. Pure.

use model::{Choice, Decision, Gone, PairRow, RecordId, Side, Value, ValueMark, WhenGoneRight};

/// What a counterpart went with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum With {
    /// By itself.
    Nothing,
    /// With a record that it hung on, of which nothing is decided.
    Undecided,
    /// With one whose left record is left out.
    LeftOut,
    /// With one that was made again, or whose own left record is gone.
    Replaced,
}

/// What is done about a left record without a counterpart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    /// A person decides.
    Asks,
    /// It has the fate of the record that its counterpart hung on.
    Follows,
    /// Its counterpart is made again.
    Again,
    /// It is left out.
    LeftOut,
}

/// What is done about it: a person's word first, then the import's. A merge is never taken back unasked.
pub(crate) fn loss(policy: WhenGoneRight, gone: Gone, with: With, decided: Option<Side>) -> Loss {
    match (with, decided, policy) {
        (With::Undecided, ..) => Loss::Follows,
        (With::LeftOut, ..) => Loss::LeftOut,
        (With::Replaced, ..) => Loss::Again,
        (With::Nothing, Some(Side::Left), _) => Loss::Again,
        (With::Nothing, Some(Side::Right), _) | (_, _, WhenGoneRight::Leave) => Loss::LeftOut,
        (_, _, WhenGoneRight::Again) if gone != Gone::Merged => Loss::Again,
        (_, _, WhenGoneRight::Report) if gone == Gone::LeftOut => Loss::LeftOut,
        _ => Loss::Asks,
    }
}

/// Whether what is done was never approved: the policy alone says so, and it was not done before.
pub(crate) fn is_unapproved(row: &PairRow, with: With, decided: Option<Side>, loss: Loss) -> bool {
    let is_new = matches!(
        (row.gone, loss),
        (Some(Gone::Lost), Loss::Again | Loss::LeftOut) | (Some(Gone::LeftOut), Loss::Again)
    );
    is_new && with == With::Nothing && decided.is_none()
}

/// The mark of a counterpart that is gone, by which a person's decision about it is known.
pub fn mark_of_lost(right: &RecordId) -> ValueMark {
    ValueMark::of(&Value::Text(right.to_string()))
}

/// What a person decided about this very counterpart.
pub(crate) fn decided(row: &PairRow, decisions: &[Decision]) -> Option<Side> {
    let decision = decisions.iter().find(|decision| {
        decision.record == row.left && decision.field.is_none() && decision.right == mark_of_lost(&row.right)
    })?;
    match decision.choice {
        Choice::Take(side) => Some(side),
        Choice::Pair(_) | Choice::LeaveOut => None,
    }
}

#[cfg(test)]
mod tests;
