//! A record that became another kind, or went elsewhere: its counterpart is made anew, takes along what people changed on
//! the old one, and what cannot go along is told. Pure.

use std::collections::HashSet;

use model::{
    Action, Base, Change, ChangeId, ExternalKey, Field, FieldChange, FieldKind, FieldName, Owner, Pair, Plan,
    Reason, Record, RecordId, Rule, Side, Value,
};

use super::{Given, Planning, agree_on, plan};
use crate::{
    bind::Bound,
    files::with_ours,
    merge::{Merged, same},
    turn::{mark_in, turn},
};

/// A right field of the new pairing, and the value that people gave it on the old counterpart.
pub(crate) type Carried = (FieldName, Value);

/// What people changed on the right since both sides agreed, and what it is in the words of the new pairing.
pub(crate) fn carried(given: &Given<'_>, from: &Bound, to: &Bound, old: &Pair) -> Vec<Carried> {
    let (Some(right), Some(base)) = (&old.right, &old.base) else {
        return Vec::new();
    };
    let mut unsaid = Plan::default();
    let mut planning = Planning::new(given, from, old, &mut unsaid);
    let (values, _) = planning.turn_all();
    let is_edit = |at: usize, left: &Value| {
        let (rule, field) = from.rules.get(at)?;
        let value = right.fields.get(&field.name).unwrap_or(&Value::Nothing);
        let verdict = planning.verdict(rule, Some(base.agreed(&field.name)), left, value);
        (verdict == Merged::Take(Side::Right)).then(|| value.clone())
    };
    let edits: Vec<(usize, Value)> = values
        .iter()
        .filter(|(at, _)| from.attach != Some(*at))
        .filter_map(|(at, left)| Some((*at, is_edit(*at, left)?)))
        .collect();
    let new = to.rules.iter().enumerate();
    // What the left side owns there is as it says.
    let new = new.filter(|(at, (rule, _))| to.attach != Some(*at) && rule.owner != Owner::Left);
    new.filter_map(|(_, (rule, field))| {
        let at = like(from, rule, field)?;
        let (_, value) = edits.iter().find(|(edited, _)| *edited == at)?;
        Some((field.name.clone(), value.clone()))
    })
    .collect()
}

/// The rule of another pairing that says the same: of the field of that name, or of the same left fields.
fn like(bound: &Bound, rule: &Rule, field: &Field) -> Option<usize> {
    let fits = |other: &Field| is_like(&other.kind, &field.kind);
    let by_name = |(_, other): &(Rule, Field)| other.name == field.name && fits(other);
    let by_left = |(other, theirs): &(Rule, Field)| {
        !rule.left.is_empty() && other.left == rule.left && other.turn == rule.turn && fits(theirs)
    };
    let mut rules = bound.rules.iter();
    rules
        .position(by_name)
        .or_else(|| bound.rules.iter().position(by_left))
}

/// Whether a value of one kind is one of the other, but for its length.
fn is_like(one: &FieldKind, other: &FieldKind) -> bool {
    match (one, other) {
        (FieldKind::Text { .. }, FieldKind::Text { .. }) => true,
        (FieldKind::Rich { format, .. }, FieldKind::Rich { format: other, .. }) => format == other,
        _ => one == other,
    }
}

/// Plans the new counterpart of a record that belongs to another pairing now.
pub(crate) fn plan_move(
    given: &Given<'_>,
    to: &Bound,
    pair: &Pair,
    carried: &[Carried],
    claimed: &mut HashSet<RecordId>,
    next_id: &mut dyn FnMut() -> ChangeId,
) -> Plan {
    let mut plan = plan(given, to, std::slice::from_ref(pair), claimed, next_id);
    for change in &mut plan.changes {
        change.why = Reason::Rehomed;
        take_along(to, pair.right.as_ref(), change, carried);
    }
    if !plan.changes.is_empty() || !plan.settled.is_empty() {
        plan.rehomed.push((to.pairing.left.clone(), pair.left.id.clone()));
    }
    plan
}

/// The same of a record that is made again as it was.
pub(crate) fn put_back(bound: &Bound, change: &mut Change, carried: &[Carried]) {
    take_along(bound, None, change, carried);
}

/// Puts what people had changed in place of what the left side says; the two count as agreed.
fn take_along(to: &Bound, right: Option<&Record>, change: &mut Change, carried: &[Carried]) {
    if carried.is_empty() {
        return;
    }
    let is_new = matches!(change.action, Action::Create { .. });
    let mut planned = std::mem::take(&mut change.fields);
    for (_, field) in &to.rules {
        let at = planned.iter().position(|one| one.name == field.name);
        let ours = at.map(|at| planned.remove(at));
        let Some((name, value)) = carried.iter().find(|(name, _)| name == &field.name) else {
            change.fields.extend(ours);
            continue;
        };
        let before = right.map(|right| right.fields.get(name).unwrap_or(&Value::Nothing).clone());
        let left = change.base.agreed(name).left.clone();
        agree_on(&mut change.base, name, &left, value);
        let is_there = before.as_ref().is_some_and(|before| same(before, value));
        if is_there || (is_new && value.is_empty()) {
            continue;
        }
        change.fields.push(FieldChange {
            name: name.clone(),
            before: before.filter(|_| !is_new),
            after: value.clone(),
        });
    }
}

/// What people changed on an old counterpart, in fields that the left side does not own, and that its successor does not
/// say: right fields.
pub(crate) fn lost(from: &Bound, was: &Base, to: Option<(&Bound, &Base)>, old: &Record) -> Vec<FieldName> {
    let value = |name: &FieldName| old.fields.get(name).unwrap_or(&Value::Nothing);
    let is_said = |rule: &Rule, field: &Field, value: &Value| {
        let Some((to, now)) = to else { return false };
        let says = to.rules.iter().find(|(other, theirs)| {
            theirs.name == field.name && is_like(&theirs.kind, &field.kind)
                || !rule.left.is_empty() && other.left == rule.left && is_like(&theirs.kind, &field.kind)
        });
        says.is_some_and(|(_, theirs)| {
            let agreed = now.agreed(&theirs.name);
            same(agreed.right, value) || same(agreed.left, value)
        })
    };
    let rules = from.rules.iter().enumerate();
    rules
        .filter(|(at, (rule, field))| {
            let (value, agreed) = (value(&field.name), was.agreed(&field.name));
            match from.attach == Some(*at) {
                // A file that somebody hung there.
                true => with_ours(agreed.left, value).elements().len() > agreed.left.elements().len(),
                false => {
                    rule.owner != Owner::Left && !same(value, agreed.right) && !is_said(rule, field, value)
                }
            }
        })
        .map(|(_, (_, field))| field.name.clone())
        .collect()
}

impl Planning<'_, '_> {
    /// Makes a record anew, for it says now that it is elsewhere, and that cannot be changed: whether it did. What it holds
    /// is as it would be after these changes.
    pub(super) fn remade(&mut self, changes: &[FieldChange], next_id: &mut dyn FnMut() -> ChangeId) -> bool {
        let moves =
            |change: &FieldChange| self.bound.fixed.contains(&change.name) && !change.after.is_empty();
        // In a preview no reference is followed.
        let is_known = self.given.counterparts.is_some() && !self.bound.pairing.shares();
        if !is_known || !changes.iter().any(moves) {
            return false;
        }
        let mut fields = Vec::new();
        let known = self.given.known();
        for (at, (rule, field)) in self.bound.rules.iter().enumerate() {
            let name = &field.name;
            // What somebody wrote on the right says in its first lines who did, now that we write it.
            let is_theirs = self.pair.adopted && mark_in(rule, &self.pair.left).is_some();
            let whole = is_theirs.then(|| turn(rule, &self.pair.left, &field.kind, known).ok());
            if let Some(whole) = whole.flatten() {
                agree_on(&mut self.base, name, &whole.value, &whole.value);
                fields.push(FieldChange {
                    name: name.clone(),
                    before: None,
                    after: whole.value,
                });
                continue;
            }
            // Files that hang on the old one stay with it.
            let hung = (self.bound.attach == Some(at)).then(|| self.given.files.of(&self.pair.left.id));
            if let Some(hung) = &hung {
                self.base.left.insert(name.clone(), hung.clone());
                self.base.right.remove(name);
            }
            let changed = changes.iter().find(|change| &change.name == name);
            let after = match (changed, &self.pair.right) {
                _ if hung.is_some() => hung.as_ref().unwrap_or(&Value::Nothing),
                (Some(change), _) => &change.after,
                (None, Some(right)) => right.fields.get(name).unwrap_or(&Value::Nothing),
                (None, None) => self.base.agreed(name).right,
            };
            if !after.is_empty() {
                fields.push(FieldChange {
                    name: name.clone(),
                    before: None,
                    after: after.clone(),
                });
            }
        }
        let key = ExternalKey::of(self.given.connector, &self.bound.pairing.left, &self.pair.left.id);
        let change = self.change(Action::Create { key }, fields, Reason::Rehomed, false, next_id());
        self.plan.changes.push(change);
        let moved = (self.bound.pairing.left.clone(), self.pair.left.id.clone());
        self.plan.rehomed.push(moved);
        true
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
