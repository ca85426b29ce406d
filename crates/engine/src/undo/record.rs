//! What is undone of one record: a pure function of what was written, what came after, and what is there now.

use std::collections::BTreeMap;

use model::{
    Action, Base, Change, ChangeId, FieldChange, FieldName, ObjectName, PairRow, Reason, Record, RecordId,
    RunId, Side, Value,
};
use serde::Serialize;

use crate::{bind::Bound, merge::same, plan::agree_on};

/// A record with what is to be undone of it.
#[derive(Clone, Debug)]
pub struct Undo {
    /// The left object.
    pub object: ObjectName,
    /// The left record.
    pub left: RecordId,
    /// What was written and is to be undone, the oldest first.
    pub chosen: Vec<Change>,
    /// What was written after it, by which run.
    pub later: Vec<(RunId, Change)>,
    /// Only this field, as either side names it.
    pub only: Option<FieldName>,
    /// Whether also what was changed since is put back.
    pub force: bool,
}

/// Something that is not undone, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftAlone {
    /// The left object.
    pub object: ObjectName,
    /// The left record.
    pub left: RecordId,
    /// What a person would call it.
    pub title: String,
    /// The field that stays; none: the record.
    pub field: Option<FieldName>,
    /// Why, in one sentence.
    pub why: String,
    /// Whether it would be undone by force.
    pub may_be_forced: bool,
}

/// A pair as it is now.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// What the store has of it.
    pub row: &'a PairRow,
    /// The left record, if it is needed and there.
    pub left: Option<&'a Record>,
    /// The left record as it was when it was last read, if a run made it.
    pub left_before: Option<&'a Record>,
    /// The right record, if it is needed and there.
    pub right: Option<&'a Record>,
}

/// What is written to undo, and what stays as it is.
#[derive(Clone, Debug, Default)]
pub struct UndoPlan {
    /// One for each side at most.
    pub changes: Vec<Change>,
    /// What stays.
    pub alone: Vec<LeftAlone>,
}

/// What was written of a field.
struct Wrote {
    before: Option<Value>,
    after: Value,
}

/// Plans to put back what was written of a record. A field goes back where it still is as we wrote it; by force, anyway.
pub fn undo_record(
    bound: &Bound,
    undo: &Undo,
    now: Standing<'_>,
    next_id: &mut dyn FnMut() -> ChangeId,
) -> UndoPlan {
    let mut undoing = Undoing {
        bound,
        undo,
        now,
        base: now.row.base.clone(),
        plan: UndoPlan::default(),
    };
    for side in [Side::Right, Side::Left] {
        let mut moves = undo.chosen.iter().filter(|change| change.side == side);
        if let Some(change) = moves.find(|change| change.why == Reason::Rehomed) {
            let why = "its counterpart followed it into another kind, and follows it back";
            undoing.stays(&change.title, None, why, false);
            continue;
        }
        let of_side = undo.chosen.iter().filter(|change| change.side == side);
        let is_made = |change: &&Change| matches!(change.action, Action::Create { .. });
        if let Some(change) = of_side.clone().find(is_made) {
            undoing.made(change, next_id);
            continue;
        }
        undoing.side(side, next_id);
    }
    undoing.plan
}

struct Undoing<'a> {
    bound: &'a Bound,
    undo: &'a Undo,
    now: Standing<'a>,
    /// What the pair agrees on once it is all written.
    base: Base,
    plan: UndoPlan,
}

impl Undoing<'_> {
    /// What was made is deleted, unless it is somebody else's by now.
    fn made(&mut self, change: &Change, next_id: &mut dyn FnMut() -> ChangeId) {
        let row = self.now.row;
        let side = change.side;
        if self.undo.only.is_some() {
            let why = "it was made by that run, and goes as a whole or not at all";
            return self.stays(&change.title, None, why, false);
        }
        // Of a pair that was born on the right, the right record was there before.
        if row.adopted && side == Side::Right {
            return self.stays(&change.title, None, "it was there before that run", false);
        }
        // What somebody changed on the left since, a later run wrote to the right.
        let wrote = |(_, later): &&(RunId, Change)| later.side == side || side == Side::Left;
        let later = self.undo.later.iter().rfind(wrote).map(|(run, _)| run.clone());
        if let Some(run) = later.filter(|_| !self.undo.force) {
            let why = format!("the run {run} wrote it after that");
            return self.stays(&change.title, None, &why, true);
        }
        let is_changed = match side {
            Side::Right => self.is_right_changed(),
            Side::Left => self.is_left_changed(),
        };
        if is_changed && !self.undo.force {
            let side = if side == Side::Left { "left" } else { "right" };
            let why = format!("it was changed on the {side} side after that");
            return self.stays(&change.title, None, &why, true);
        }
        let (object, id) = match side {
            Side::Right => (&row.right_object, &row.right),
            Side::Left => (&row.left_object, &row.left),
        };
        self.plan.changes.push(Change {
            id: next_id(),
            pairing: row.pairing.clone(),
            side,
            object: object.clone(),
            action: Action::Delete(id.clone()),
            left_object: row.left_object.clone(),
            left: row.left.clone(),
            right_object: row.right_object.clone(),
            right: Some(row.right.clone()),
            title: change.title.clone(),
            fields: Vec::new(),
            why: Reason::Undone,
            adopted: row.adopted,
            waiting: false,
            returning: false,
            base: row.base.clone(),
        });
    }

    fn is_right_changed(&self) -> bool {
        let base = &self.now.row.base;
        self.now.right.is_some_and(|right| {
            let names = self.bound.rules.iter().map(|(_, field)| &field.name);
            let mut names = names.filter(|name| base.left.contains_key(*name));
            names.any(|name| {
                let actual = right.fields.get(name).unwrap_or(&Value::Nothing);
                !same(base.agreed(name).right, actual)
            })
        })
    }

    /// Whether a left record is not as it was when it was last read, but for what moves by itself.
    fn is_left_changed(&self) -> bool {
        let (Some(now), Some(before)) = (self.now.left, self.now.left_before) else {
            // What is gone is gone; what was never read again is not known to be as it was.
            return self.now.left.is_some();
        };
        let names = now.fields.keys().chain(before.fields.keys());
        let value =
            |record: &'_ Record, name: &FieldName| record.fields.get(name).cloned().unwrap_or_default();
        names
            .filter(|name| !self.bound.pairing.ignore.contains(name))
            .any(|name| !same(&value(now, name), &value(before, name)))
    }

    fn side(&mut self, side: Side, next_id: &mut dyn FnMut() -> ChangeId) {
        let Some(last) = self.undo.chosen.iter().rfind(|change| change.side == side) else {
            return;
        };
        let record = match side {
            Side::Left => self.now.left,
            Side::Right => self.now.right,
        };
        let Some(record) = record else {
            return self.stays(&last.title, None, "the record is not there any more", false);
        };
        let mut fields = Vec::new();
        for (name, wrote) in self.written(side) {
            fields.extend(self.field(side, record, name, wrote));
        }
        if fields.is_empty() {
            return;
        }
        let place = |name: &FieldName| self.bound.rules.iter().position(|(_, field)| &field.name == name);
        if side == Side::Right {
            fields.sort_by_key(|field| place(&field.name));
        }
        let row = self.now.row;
        for field in fields.iter().filter(|_| side == Side::Right) {
            // The left value counts as agreed: it was refused, and it comes again only when it changes.
            let left = self.base.agreed(&field.name).left.clone();
            agree_on(&mut self.base, &field.name, &left, &field.after);
        }
        self.plan.changes.push(Change {
            id: next_id(),
            pairing: row.pairing.clone(),
            side,
            object: last.object.clone(),
            action: Action::Update(record.id.clone()),
            left_object: row.left_object.clone(),
            left: row.left.clone(),
            right_object: row.right_object.clone(),
            right: Some(row.right.clone()),
            title: last.title.clone(),
            fields,
            why: Reason::Undone,
            adopted: row.adopted,
            waiting: row.waiting,
            returning: row.returning,
            base: self.base.clone(),
        });
    }

    /// What was written of each field: what was there before all of it, and what was there after.
    fn written(&self, side: Side) -> BTreeMap<FieldName, Wrote> {
        let mut written: BTreeMap<FieldName, Wrote> = BTreeMap::new();
        let chosen = self.undo.chosen.iter().filter(|change| change.side == side);
        for field in chosen.flat_map(|change| &change.fields) {
            if !self.is_meant(side, &field.name) {
                continue;
            }
            let known = written.entry(field.name.clone()).or_insert_with(|| Wrote {
                before: field.before.clone(),
                after: Value::Nothing,
            });
            known.after = field.after.clone();
        }
        written
    }

    /// Whether the field is the one that is to be undone, as either side names it.
    fn is_meant(&self, side: Side, name: &FieldName) -> bool {
        let Some(only) = &self.undo.only else {
            return true;
        };
        let mut rules = self.bound.rules.iter();
        only == name
            || rules.any(|(rule, field)| match side {
                Side::Right => &field.name == name && rule.left.contains(only),
                Side::Left => &field.name == only && rule.left.contains(name),
            })
    }

    fn field(&mut self, side: Side, record: &Record, name: FieldName, wrote: Wrote) -> Option<FieldChange> {
        let present = record.fields.get(&name).unwrap_or(&Value::Nothing).clone();
        let title = record.title.clone();
        let Some(before) = wrote.before else {
            self.stays(&title, Some(&name), "what was there before is not known", false);
            return None;
        };
        if same(&present, &before) {
            return None;
        }
        let is_file = self
            .bound
            .attach
            .and_then(|at| self.bound.rules.get(at))
            .is_some_and(|(_, field)| side == Side::Right && field.name == name);
        if is_file {
            self.stays(&title, Some(&name), "files are never taken off a record", false);
            return None;
        }
        if let Some(run) = self.written_later(side, &name).filter(|_| !self.undo.force) {
            let why = format!("the run {run} wrote it after that");
            self.stays(&title, Some(&name), &why, true);
            return None;
        }
        // A vendor may write a value differently: then what it answered is what we wrote.
        let answered = (side == Side::Right).then(|| self.now.row.base.agreed(&name).right);
        let is_ours = same(&present, &wrote.after) || answered.is_some_and(|right| same(&present, right));
        if !is_ours && !self.undo.force {
            let side = if side == Side::Left { "left" } else { "right" };
            let why = format!("it was changed on the {side} side after that");
            self.stays(&title, Some(&name), &why, true);
            return None;
        }
        Some(FieldChange {
            name,
            before: Some(present),
            after: before,
        })
    }

    fn written_later(&self, side: Side, name: &FieldName) -> Option<RunId> {
        let wrote =
            |change: &Change| change.side == side && change.fields.iter().any(|field| &field.name == name);
        let later = self.undo.later.iter().rfind(|(_, change)| wrote(change));
        later.map(|(run, _)| run.clone())
    }

    fn stays(&mut self, title: &str, field: Option<&FieldName>, why: &str, may_be_forced: bool) {
        self.plan.alone.push(LeftAlone {
            object: self.undo.object.clone(),
            left: self.undo.left.clone(),
            title: title.to_owned(),
            field: field.cloned(),
            why: why.to_owned(),
            may_be_forced,
        });
    }
}

#[cfg(test)]
mod tests;
