//! Records that became another kind: the new counterpart takes the place of the old one, which is retired afterwards. What
//! people changed on the old one goes along, or goes back to the left side first, or is decided first.

use std::collections::HashMap;

use model::{
    Decision, Fault, FieldName, Pair, PairRow, Plan, Problem, ProblemKind, Reason, Record, RecordId, Side,
    Value,
};

use crate::{
    bind::Bound,
    files::Taken,
    gone::find,
    merge::same,
    plan::{
        agree_on,
        gone::deleting,
        plan,
        rehome::{carried, plan_move},
    },
    stage::{Due, Known, Lane},
    turn::{Counterparts, KnownOnRight, turn},
};

/// A record that is kept by another pairing than the one it belongs to now.
pub(crate) struct Moved {
    /// The place of the pairing that it belongs to.
    to: usize,
    due: Due,
    row: PairRow,
}

/// Takes out what is kept by another pairing than this one.
pub(crate) fn take_moved(
    bound: &Bound,
    to: usize,
    due: &mut Vec<Due>,
    rows: &HashMap<RecordId, PairRow>,
) -> Vec<Moved> {
    let (mut stay, mut moved) = (Vec::with_capacity(due.len()), Vec::new());
    for due in std::mem::take(due) {
        match rows.get(&due.left.id) {
            Some(row) if row.pairing != bound.pairing.id => moved.push(Moved {
                to,
                due,
                row: row.clone(),
            }),
            _ => stay.push(due),
        }
    }
    *due = stay;
    moved
}

impl Lane<'_> {
    /// Plans a record whose counterpart is of another pairing.
    pub(crate) async fn rehome(
        &mut self,
        moved: Moved,
        counterparts: &Counterparts,
        decisions: &[Decision],
    ) -> Result<Plan, Fault> {
        let bound = self.bound;
        let Moved { to: at, due, row } = moved;
        let Some(to) = bound.get(at) else {
            return Ok(Plan::default());
        };
        let from_at = bound.iter().position(|bound| bound.pairing.id == row.pairing);
        let from = from_at.and_then(|at| bound.get(at));
        if to.pairing.shares() || from.is_some_and(|from| from.pairing.shares()) {
            let text = "its counterpart is shared with other records, and does not follow";
            let problem = kind_changed(to, &due.left, &row, text, true);
            return Ok(of_problem(problem));
        }
        if row.right_object == to.pairing.right {
            return self
                .under_another_name((at, to), due, row, counterparts, decisions)
                .await;
        }
        let old = self.right_now(&row).await?;
        let mut edits = Vec::new();
        if let (Some(from_at), Some(from)) = (from_at, from) {
            let mut named = [(from_at, vec![due.clone()])];
            self.name(&mut named).await?;
            let files = self.files(&named).await?;
            let left = named
                .first()
                .and_then(|(_, due)| due.first())
                .map_or(&due.left, |due| &due.left);
            let pair = as_it_was(left, &row, old.as_ref());
            let known = Known {
                counterparts,
                files: &files,
                decisions,
                shared: None,
            };
            let as_before = self.planned(known, |given, claimed, next_id| {
                plan(given, from, std::slice::from_ref(&pair), claimed, next_id)
            });
            if let Some(why) = self.waits_for(from, &row, &as_before) {
                return Ok(self.hold(to, (due, row), as_before, why));
            }
            edits = self.planned(known, |given, _, _| carried(given, from, to, &pair));
        }
        let plan = self
            .elsewhere((at, to), (due, &row), &edits, counterparts, decisions)
            .await?;
        self.count(to, 1, &plan);
        if let Some(preview) = self.preview {
            preview.collect(self.work, to, &plan);
            if let Some(from) = from.filter(|_| !plan.rehomed.is_empty()) {
                preview.collect(self.work, from, &self.retirement(from, &row));
            }
        }
        Ok(plan)
    }

    /// Leaves the files of counterparts that will be made anew to the old ones: each file belongs to one record, and is
    /// brought again for the new one.
    pub(crate) async fn leave_files(
        &self,
        due: &[(usize, Vec<Due>)],
        rows: &HashMap<RecordId, PairRow>,
        counterparts: &Counterparts,
    ) -> Result<(), Fault> {
        if self.preview.is_some() {
            return Ok(());
        }
        let mut hung = Vec::new();
        for (at, due) in due {
            let Some(bound) = self.bound.get(*at).filter(|bound| !bound.fixed.is_empty()) else {
                continue;
            };
            for (due, row) in due.iter().filter_map(|due| Some((due, rows.get(&due.left.id)?))) {
                let files = files_of(row);
                if !files.is_empty() && goes_elsewhere(bound, &due.left, row, counterparts) {
                    hung.extend(files);
                }
            }
        }
        match hung.is_empty() {
            true => Ok(()),
            false => self.work.files.let_go(&self.work.import.id, &hung).await,
        }
    }

    /// The same right record, by other rules.
    async fn under_another_name(
        &mut self,
        (at, to): (usize, &Bound),
        due: Due,
        row: PairRow,
        counterparts: &Counterparts,
        decisions: &[Decision],
    ) -> Result<Plan, Fault> {
        let files = self.files(&[(at, vec![due.clone()])]).await?;
        let end = self.work.right_end(&row.right_object);
        let ids = std::slice::from_ref(&row.right);
        let raw = self.work.mirror.raws(&end, ids).await?.pop();
        let right = raw.and_then(|raw| self.work.right_source.shape(&row.right_object, &raw).ok());
        let pair = Pair {
            // So that it is settled even if nothing is to be written: under its new pairing.
            waiting: true,
            ..as_it_was(&due.left, &row, right.as_ref())
        };
        let known = Known {
            counterparts,
            files: &files,
            decisions,
            shared: None,
        };
        let plan = self.plan_pairs(to, std::slice::from_ref(&pair), known);
        self.count(to, 1, &plan);
        if let Some(preview) = self.preview {
            preview.collect(self.work, to, &plan);
        }
        Ok(plan)
    }

    /// What must come first, if anything: what both sides changed is decided, and what people changed on the old
    /// counterpart goes back if this run writes the left side.
    fn waits_for(&self, from: &Bound, row: &PairRow, as_before: &Plan) -> Option<&'static str> {
        let clashes = as_before.problems.iter();
        if clashes
            .into_iter()
            .any(|problem| problem.kind == ProblemKind::Clash)
        {
            return Some("its counterpart follows once it is decided what both sides changed");
        }
        let changes = as_before.changes.iter().map(|change| change.returning);
        let settled = as_before.settled.iter().map(|settled| settled.returning);
        let is_returning =
            changes.chain(settled).any(|returning| returning) || (row.returning && as_before.alike > 0);
        let goes_back = from.pairing.back.is_some() && self.work.direction.is_reverse();
        (is_returning && goes_back)
            .then_some("its counterpart follows once what was changed on it has gone back")
    }

    /// Lets a record be what it was a little longer.
    fn hold(&self, to: &Bound, (due, row): (Due, PairRow), as_before: Plan, why: &str) -> Plan {
        let mut plan = as_before;
        let is_decided = !plan
            .problems
            .iter()
            .any(|problem| problem.kind == ProblemKind::Clash);
        let problem = kind_changed(to, &due.left, &row, why, is_decided);
        plan.problems.push(problem);
        if self.preview.is_none() {
            let mut counts = self.tally.counts();
            let held = counts.held.entry(self.object.clone()).or_default();
            held.push(due.left.id);
        }
        plan
    }

    /// The new counterpart: one that it had before and that is still there, or one made anew.
    async fn elsewhere(
        &mut self,
        (at, to): (usize, &Bound),
        (due, row): (Due, &PairRow),
        edits: &[(FieldName, Value)],
        counterparts: &Counterparts,
        decisions: &[Decision],
    ) -> Result<Plan, Fault> {
        let hung = files_of(row);
        if self.preview.is_none() && !hung.is_empty() {
            self.work.files.let_go(&self.work.import.id, &hung).await?;
        }
        let files = self.files(&[(at, vec![due.clone()])]).await?;
        let mut candidates = self.candidates(to, &[&due.left]).await?;
        let pair = match self.earlier(to, &due.left).await? {
            Some((row, right)) => Pair {
                waiting: true,
                base: Some(as_if_unarchived(to, &row, &right)),
                ..as_it_was(&due.left, &row, Some(&right))
            },
            None => Pair {
                right_id: None,
                right: None,
                base: None,
                adopted: false,
                waiting: false,
                returning: false,
                candidates: candidates.remove(&due.left.id).unwrap_or_default(),
                left: due.left,
            },
        };
        let known = Known {
            counterparts,
            files: &files,
            decisions,
            shared: None,
        };
        Ok(self.planned(known, |given, claimed, next_id| {
            plan_move(given, to, &pair, edits, claimed, next_id)
        }))
    }

    /// A counterpart as the vendor has it, if it is there and as documented.
    async fn right_now(&self, row: &PairRow) -> Result<Option<Record>, Fault> {
        let raw = find(self.work, self.tally, &row.right_object, &row.right).await?;
        Ok(raw.and_then(|raw| self.work.right_source.shape(&row.right_object, &raw).ok()))
    }

    /// An earlier counterpart of the wanted kind that is still there.
    async fn earlier(&self, to: &Bound, left: &Record) -> Result<Option<(PairRow, Record)>, Fault> {
        let (import, intents) = (&self.work.import.id, self.work.intents);
        let earlier = intents
            .replaced_of(import, self.object, std::slice::from_ref(&left.id))
            .await?;
        for one in earlier
            .into_iter()
            .filter(|one| one.pair.pairing == to.pairing.id)
        {
            let row = one.pair;
            let record = self.right_now(&row).await?;
            if let Some(record) = record.filter(|record| record.id == row.right) {
                return Ok(Some((row, record)));
            }
        }
        Ok(None)
    }

    /// What becomes of the old counterpart, to be shown.
    fn retirement(&self, from: &Bound, row: &PairRow) -> Plan {
        let id = self.tally.next_id(self.work.run);
        let mut change = deleting(from, row, row.left.to_string(), id);
        change.why = Reason::Rehomed;
        Plan {
            changes: vec![change],
            ..Plan::default()
        }
    }
}

fn as_it_was(left: &Record, row: &PairRow, right: Option<&Record>) -> Pair {
    Pair {
        left: left.clone(),
        right_id: Some(row.right.clone()),
        right: right.cloned(),
        base: Some(row.base.clone()),
        adopted: row.adopted,
        waiting: row.waiting,
        returning: row.returning,
        candidates: Vec::new(),
    }
}

/// What an earlier counterpart agreed on. What was written to archive it counts as said by the left side, which says
/// otherwise now.
fn as_if_unarchived(to: &Bound, row: &PairRow, right: &Record) -> model::Base {
    let mut base = row.base.clone();
    for (name, value) in &to.pairing.archive {
        if right.fields.get(name).is_some_and(|there| same(there, value)) {
            agree_on(&mut base, name, value, value);
        }
    }
    base
}

/// Whether a record says now that it is elsewhere, where its counterpart cannot go.
fn goes_elsewhere(bound: &Bound, left: &Record, row: &PairRow, counterparts: &Counterparts) -> bool {
    let files = Taken::default();
    let known = KnownOnRight {
        counterparts: Some(counterparts),
        files: &files,
    };
    let fixed = bound
        .rules
        .iter()
        .filter(|(_, field)| bound.fixed.contains(&field.name));
    fixed.into_iter().any(|(rule, field)| {
        turn(rule, left, &field.kind, known).is_ok_and(|turned| {
            !turned.value.is_empty() && !same(&turned.value, row.base.agreed(&field.name).left)
        })
    })
}

/// The files that a counterpart holds because we hung them there: they stay with it.
pub(crate) fn files_of(row: &PairRow) -> Vec<String> {
    let values = row.base.left.values().flat_map(Value::elements);
    let files = values.filter_map(|value| match value {
        Value::File(file) => Some(file.url.clone()),
        _ => None,
    });
    files.collect()
}

fn of_problem(problem: Problem) -> Plan {
    Plan {
        problems: vec![problem],
        ..Plan::default()
    }
}

/// A counterpart that does not follow its record, or not yet.
pub(crate) fn kind_changed(bound: &Bound, left: &Record, row: &PairRow, why: &str, blocks: bool) -> Problem {
    Problem {
        kind: ProblemKind::KindChanged,
        pairing: Some(bound.pairing.id.clone()),
        side: Side::Right,
        object: bound.pairing.left.clone(),
        record: left.id.clone(),
        title: left.title.clone(),
        field: None,
        text: format!(
            "it belongs to `{}` now, and its counterpart is the {} `{}`: {why}",
            bound.pairing.id, row.right_object, row.right
        ),
        hint: None,
        blocks,
    }
}
