//! What becomes of a counterpart whose left record is gone, and how many may go unasked. Pure.

use model::{
    Action, Change, ChangeId, FieldChange, Owner, PairRow, Pairing, Policy, Reason, Record, Side, Value,
    WhenGone,
};

use super::agree_on;
use crate::{bind::Bound, merge::same};

/// As many as a run may take away without asking.
const UNASKED: u64 = 50;
/// As many of one pairing, however few pairs it has.
const HANDFUL: u64 = 5;
/// Of more than a handful, one in so many pairs may go.
const ONE_IN: u64 = 100;

/// What becomes of a counterpart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It stays as it is.
    Stays,
    /// It is archived.
    Archived,
    /// It is deleted.
    Deleted,
}

/// What is to become of the counterpart of a left record that is gone. What was there before us is never deleted, and of
/// what several left records share, each only takes its hands off: `is_shared` says that others, who are still there, joined it.
pub(crate) fn fate(pairing: &Pairing, row: &PairRow, is_shared: bool) -> Fate {
    let archived = match pairing.archive.is_empty() {
        true => Fate::Stays,
        false => Fate::Archived,
    };
    match pairing.gone.unwrap_or_default() {
        _ if pairing.shares() || is_shared => Fate::Stays,
        WhenGone::Report => Fate::Stays,
        WhenGone::Archive => archived,
        WhenGone::Delete if row.adopted => archived,
        WhenGone::Delete => Fate::Deleted,
    }
}

/// Whether a record that was changed since both sides agreed may be deleted because the other side's is gone: only if the
/// side that deleted wins every clash.
pub(crate) fn may_go_although_changed(clashes: Policy) -> bool {
    clashes == Policy::Left
}

/// How many of a pairing's records are to be taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Leaving {
    /// So many of them.
    pub(crate) taken: u64,
    /// Of so many pairs.
    pub(crate) pairs: u64,
}

/// Whether a person must approve first: of more than 50 records in all, or of more than 5 of one pairing if these are
/// more than one in a hundred of its pairs.
pub(crate) fn must_ask(leaving: &[Leaving]) -> bool {
    let all: u64 = leaving.iter().map(|one| one.taken).sum();
    let too_many = |one: &Leaving| one.taken > HANDFUL && one.taken.saturating_mul(ONE_IN) > one.pairs;
    all > UNASKED || leaving.iter().any(too_many)
}

/// Whether somebody changed on the right what the left side does not own.
pub(crate) fn is_changed(bound: &Bound, row: &PairRow, right: &Record) -> bool {
    let theirs = bound.rules.iter().filter(|(rule, _)| rule.owner != Owner::Left);
    theirs.into_iter().any(|(_, field)| {
        let actual = right.fields.get(&field.name).unwrap_or(&Value::Nothing);
        !same(row.base.agreed(&field.name).right, actual)
    })
}

/// The deletion of a counterpart.
pub(crate) fn deleting(bound: &Bound, row: &PairRow, title: String, id: ChangeId) -> Change {
    Change {
        id,
        pairing: row.pairing.clone(),
        side: Side::Right,
        object: bound.pairing.right.clone(),
        action: Action::Delete(row.right.clone()),
        left_object: row.left_object.clone(),
        left: row.left.clone(),
        right_object: row.right_object.clone(),
        right: Some(row.right.clone()),
        title,
        fields: Vec::new(),
        why: Reason::Gone,
        adopted: row.adopted,
        waiting: false,
        returning: false,
        base: row.base.clone(),
    }
}

/// What is written to archive a record is agreed on as if the left side had said it: once the left record is back, it
/// says otherwise, and that is a change like any other.
pub(crate) fn archiving(
    bound: &Bound,
    row: &PairRow,
    title: String,
    right: Option<&Record>,
    id: ChangeId,
) -> Change {
    let mut change = Change {
        action: Action::Update(row.right.clone()),
        ..deleting(bound, row, title, id)
    };
    // In the order of the rules, as in every change.
    for (_, field) in &bound.rules {
        let Some(after) = bound.pairing.archive.get(&field.name) else {
            continue;
        };
        let before = match right {
            Some(right) => right.fields.get(&field.name).unwrap_or(&Value::Nothing),
            None => row.base.agreed(&field.name).right,
        };
        if !same(before, after) {
            change.fields.push(FieldChange {
                name: field.name.clone(),
                before: Some(before.clone()),
                after: after.clone(),
            });
        }
        agree_on(&mut change.base, &field.name, after, after);
    }
    change
}

#[cfg(test)]
mod tests;
