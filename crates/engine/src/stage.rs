//! One left object on its way: what changed is planned, intended, written and settled, batch after batch, while the
//! rest of it is still being read.

mod shape;

use std::collections::{BTreeSet, HashMap, HashSet};

use model::{
    Change, ChangeId, Decision, End, Fault, ObjectName, Pair, PairRow, Plan, Planning, Problem, ProblemKind,
    Raw, Record, RecordId, Seen, Seq,
};
use tokio::sync::watch;

use crate::{
    apply::{Batch, apply},
    bind::Bound,
    files::Taken,
    join::Joining,
    kin::Kin,
    lost::made_again,
    plan::{Given, plan},
    pull::Pulled,
    rehome::take_moved,
    turn::Counterparts,
    unique::Shared,
    work::{Stage, Tally, Work},
};

/// Records per batch: enough to keep the writes busy, few enough to keep memory flat.
const BATCH: usize = 300;

/// Right records that pairs of a run met for the first time.
type Claimed = HashSet<RecordId>;

/// One left object while it is planned and written.
pub(crate) struct Lane<'a> {
    pub(crate) work: &'a Work<'a>,
    pub(crate) tally: &'a Tally,
    pub(crate) bound: &'a [Bound],
    pub(crate) object: &'a ObjectName,
    /// Whether nothing may be written: plans are counted and thrown away.
    pub(crate) preview: Option<&'a crate::preview::Collected>,
    /// Right records that pairs of this run met for the first time.
    pub(crate) claimed: HashSet<RecordId>,
    /// Records of this run that may be the same thing.
    pub(crate) joining: Joining,
    /// Records of this run that refer to others of this object.
    pub(crate) kin: Kin,
    pub(crate) all_arrived: bool,
    /// Whether what lost its counterpart gets another.
    pub(crate) remakes: bool,
}

/// What is known of the records of a batch.
#[derive(Clone, Copy)]
pub(crate) struct Known<'a> {
    pub(crate) counterparts: &'a Counterparts,
    pub(crate) files: &'a Taken,
    pub(crate) decisions: &'a [Decision],
    pub(crate) shared: Option<&'a Shared>,
}

/// A left record that is to be planned, with its counterpart if that changed.
#[derive(Clone)]
pub(crate) struct Due {
    pub(crate) left: Record,
    pub(crate) right: Option<Record>,
}

impl Lane<'_> {
    /// Plans and writes what changed on the left, as it arrives.
    pub(crate) async fn left_side(
        &mut self,
        mut pulled: watch::Receiver<Pulled>,
        mut after: Seq,
        backlog: bool,
    ) -> Result<(), Fault> {
        let end = self.work.left_end(self.object);
        let mut in_flight: Option<Batch> = None;
        let mut done: u64 = 0;
        // What an earlier reading left behind may be gone by now: first see what this one meets.
        let waits = backlog || self.foretells();
        if waits && pulled.wait_for(|pulled| pulled.done).await.is_err() {
            return Ok(());
        }
        self.foretell(after).await?;
        loop {
            let now = *pulled.borrow_and_update();
            let seen = self.work.mirror.changed(&end, after, BATCH).await?;
            let Some(last) = seen.last().map(|seen| seen.seq) else {
                self.apply(in_flight.take()).await?;
                if now.done {
                    return self.catch_up().await;
                }
                // The reader ends by saying that it is done, or by dropping its end after a fault.
                if pulled.changed().await.is_err() {
                    return Ok(());
                }
                continue;
            };
            after = last;
            done += seen.len() as u64;
            let ids: HashSet<&RecordId> = seen.iter().map(|seen| &seen.raw.id).collect();
            let again = |batch: &Batch| batch.planned.iter().any(|id| ids.contains(id));
            if in_flight.as_ref().is_some_and(again) {
                self.apply(in_flight.take()).await?;
            }
            in_flight = self.step(in_flight, seen, (&end, last)).await?;
            let total = now.done.then_some(now.records);
            self.work.progress.stage(
                self.object,
                Stage::Writing,
                done,
                total.filter(|total| *total >= done),
            );
        }
    }

    /// Plans one batch while the batch before it is written.
    async fn step(
        &mut self,
        before: Option<Batch>,
        seen: Vec<Seen>,
        (end, last): (&End, Seq),
    ) -> Result<Option<Batch>, Fault> {
        let (work, tally, bound, preview) = (self.work, self.tally, self.bound, self.preview);
        let writing = async {
            match before {
                Some(batch) if preview.is_none() => apply(work, tally, bound, batch).await,
                _ => Ok(()),
            }
        };
        let planning = self.plan_seen(seen, Some((end.clone(), Planning::Left, last)));
        let (written, planned) = futures_util::join!(writing, planning);
        written?;
        planned.map(Some)
    }

    pub(crate) async fn apply(&self, batch: Option<Batch>) -> Result<(), Fault> {
        match batch {
            Some(batch) if self.preview.is_none() => apply(self.work, self.tally, self.bound, batch).await,
            _ => Ok(()),
        }
    }

    /// Plans and writes what changed on the right. `last` says whether this left object is the last to see it.
    pub(crate) async fn right_side(&mut self, right: &ObjectName, is_last: bool) -> Result<(), Fault> {
        let end = self.work.right_end(right);
        let mut after = self
            .work
            .intents
            .planned(&self.work.import.id, &end, Planning::Right)
            .await?;
        loop {
            let seen = self.work.mirror.changed(&end, after, BATCH).await?;
            let Some(last) = seen.last().map(|seen| seen.seq) else {
                return self.catch_up().await;
            };
            after = last;
            let ids: Vec<RecordId> = seen.iter().map(|seen| seen.raw.id.clone()).collect();
            let rows = self
                .work
                .intents
                .pairs_of_right(&self.work.import.id, right, &ids)
                .await?;
            let lefts: Vec<RecordId> = rows
                .iter()
                .filter(|row| &row.left_object == self.object && row.gone.is_none())
                // What was written since has seen this, and is read back before the run ends.
                .filter(|row| !self.tally.wrote(&row.pairing, &row.right))
                .map(|row| row.left.clone())
                .collect();
            let through = is_last.then(|| (end.clone(), Planning::Right, last));
            let batch = self.plan_ids(&lefts, through).await?;
            self.apply(Some(batch)).await?;
        }
    }

    /// Plans and writes again what waited: for a reference, for a person, or for a vendor's mercy.
    pub(crate) async fn waiting(&mut self, only_references: bool) -> Result<(), Fault> {
        let mut after: Option<RecordId> = None;
        loop {
            let import = &self.work.import.id;
            let ids = self
                .work
                .intents
                .waiting(import, self.object, after.as_ref(), BATCH)
                .await?;
            let Some(last) = ids.last().cloned() else {
                return self.catch_up().await;
            };
            after = Some(last);
            let ids = if only_references {
                let rows = self.work.intents.pairs(import, self.object, &ids).await?;
                rows.into_iter()
                    .filter(|row| row.waiting)
                    .map(|row| row.left)
                    .collect()
            } else {
                ids
            };
            let batch = self.plan_ids(&ids, None).await?;
            self.apply(Some(batch)).await?;
        }
    }

    /// Plans and writes these left records again.
    pub(crate) async fn again(&mut self, ids: &[RecordId]) -> Result<(), Fault> {
        for ids in ids.chunks(BATCH) {
            let batch = self.plan_ids(ids, None).await?;
            self.apply(Some(batch)).await?;
        }
        self.catch_up().await
    }

    /// Plans and writes what has neither a counterpart nor a reason for having none.
    pub(crate) async fn unpaired(&mut self, reasons: &HashSet<(ObjectName, RecordId)>) -> Result<(), Fault> {
        let end = self.work.left_end(self.object);
        let mut after: Option<RecordId> = None;
        loop {
            let raws = self
                .work
                .mirror
                .unpaired(&self.work.import.id, &end, after.as_ref(), BATCH)
                .await?;
            let Some(last) = raws.last().map(|raw| raw.id.clone()) else {
                return self.catch_up().await;
            };
            after = Some(last);
            let lost = |raw: &Raw| !reasons.contains(&(self.object.clone(), raw.id.clone()));
            let lost: Vec<Seen> = raws
                .into_iter()
                .filter(lost)
                .map(|raw| Seen { seq: Seq(0), raw })
                .collect();
            let batch = self.plan_seen(lost, None).await?;
            self.apply(Some(batch)).await?;
        }
    }

    /// Plans and writes what waited for another record of its kind.
    pub(crate) async fn catch_up(&mut self) -> Result<(), Fault> {
        loop {
            let due = match self.joining.due(BATCH) {
                due if due.is_empty() => self.kin.due(),
                due => due,
            };
            if due.is_empty() {
                return Ok(());
            }
            for due in due.chunks(BATCH) {
                let batch = self.plan_ids(due, None).await?;
                self.apply(Some(batch)).await?;
            }
        }
    }

    pub(crate) async fn plan_ids(
        &mut self,
        ids: &[RecordId],
        through: Option<(End, Planning, Seq)>,
    ) -> Result<Batch, Fault> {
        let raws = self
            .work
            .mirror
            .raws(&self.work.left_end(self.object), ids)
            .await?;
        let seen = raws.into_iter().map(|raw| Seen { seq: Seq(0), raw }).collect();
        self.plan_seen(seen, through).await
    }

    async fn plan_seen(
        &mut self,
        seen: Vec<Seen>,
        through: Option<(End, Planning, Seq)>,
    ) -> Result<Batch, Fault> {
        let (seen, rows, lost) = self.with_pairs(seen).await?;
        let planned: Vec<RecordId> = seen.iter().map(|seen| seen.raw.id.clone()).collect();
        let (due, problems) = self.shape(seen);
        let mut whole = Plan {
            problems,
            ..Plan::default()
        };
        let decisions = self.decisions(&planned).await?;
        let due = self.let_in(due, &rows, &decisions);
        let (mut due, joined) = self.joined(due, &rows).await?;
        self.name(&mut due).await?;
        let counterparts = self.counterparts(&due).await?;
        self.leave_kin(&mut due, &rows, &counterparts);
        self.leave_files(&due, &rows, &counterparts).await?;
        let files = self.files(&due).await?;
        let shared = self.shared(&due).await?;
        let mut moved = Vec::new();
        for (at, mut due) in due {
            let Some(bound) = self.bound.get(at) else { continue };
            moved.extend(take_moved(bound, at, &mut due, &rows));
            if let Some(preview) = self.preview {
                preview.foresee(self.written_again(bound, &due, &counterparts));
            }
            self.look_for_makers(bound, &due, &rows, &counterparts).await?;
            let mut pairs = self.pairs(bound, due, (&rows, &joined), &counterparts).await?;
            let known = Known {
                counterparts: &counterparts,
                files: &files,
                decisions: &decisions,
                shared: Some(&shared),
            };
            self.look_again(bound, &mut pairs, known).await?;
            let mut plan = self.plan_pairs(bound, &pairs, known);
            self.ride(bound, &mut plan, known).await?;
            made_again(&mut plan, &lost);
            self.note(bound, pairs.len(), &plan);
            whole.take_in(plan);
        }
        for one in moved {
            let plan = self.rehome(one, &counterparts, &decisions).await?;
            whole.take_in(plan);
        }
        self.leave_behind(&mut whole).await?;
        if self.preview.is_none() {
            let changes: Vec<Change> = whole.changes.iter().map(Change::intent).collect();
            let (import, intents) = (&self.work.import.id, self.work.intents);
            intents.intend(import, self.work.run, &changes).await?;
        }
        Ok(Batch {
            object: self.object.clone(),
            plan: whole,
            planned,
            through,
        })
    }

    /// Counts a plan, and shows it if it is only to be shown.
    fn note(&self, bound: &Bound, pairs: usize, plan: &Plan) {
        self.count(bound, pairs, plan);
        if let Some(preview) = self.preview {
            preview.collect(self.work, bound, plan);
        }
    }

    /// Leaves for later what would be made before a record of the same object that it refers to.
    fn leave_kin(
        &mut self,
        due: &mut [(usize, Vec<Due>)],
        rows: &HashMap<RecordId, PairRow>,
        counterparts: &Counterparts,
    ) {
        let joins = |bound: &Bound| bound.pairing.joins.is_some() && &bound.pairing.left == self.object;
        if self.preview.is_some() || self.bound.iter().any(joins) {
            return;
        }
        for (at, due) in due {
            let Some(bound) = self.bound.get(*at) else {
                continue;
            };
            due.retain(|due| {
                rows.contains_key(&due.left.id)
                    || !self.kin.waits(bound, self.object, &due.left, counterparts)
            });
        }
    }

    /// What was decided about records that clash; few are ever looked at.
    async fn decisions(&self, planned: &[RecordId]) -> Result<Vec<Decision>, Fault> {
        let (import, intents) = (&self.work.import.id, self.work.intents);
        intents.decisions(import, self.object, planned).await
    }

    pub(crate) fn plan_pairs(&mut self, bound: &Bound, pairs: &[Pair], known: Known<'_>) -> Plan {
        self.planned(known, |given, claimed, next_id| {
            plan(given, bound, pairs, claimed, next_id)
        })
    }

    /// Plans with all that is known.
    pub(crate) fn planned<T>(
        &mut self,
        known: Known<'_>,
        how: impl FnOnce(&Given<'_>, &mut Claimed, &mut dyn FnMut() -> ChangeId) -> T,
    ) -> T {
        let left_alone = self.left_alone();
        let given = Given {
            connector: &self.work.import.recipe.left,
            right_connector: &self.work.import.recipe.right,
            options: &self.work.import.options,
            counterparts: Some(known.counterparts),
            files: known.files,
            all_arrived: self.all_arrived,
            misfit: &|kind, value| self.work.right.misfit(kind, value),
            left_alone: &left_alone,
            clashes: self.work.import.recipe.clashes,
            decisions: known.decisions,
            shared: known.shared,
        };
        let (tally, run) = (self.tally, self.work.run);
        how(&given, &mut self.claimed, &mut || tally.next_id(run))
    }

    /// Left objects of which some records stay without a counterpart, as the user of the import chose.
    pub(crate) fn left_alone(&self) -> BTreeSet<ObjectName> {
        let left_alone = self.bound.iter().filter(|bound| bound.leaves_alone());
        left_alone.map(|bound| bound.pairing.left.clone()).collect()
    }

    pub(crate) fn count(&self, bound: &Bound, pairs: usize, plan: &Plan) {
        let blocked = plan
            .problems
            .iter()
            .filter(|problem| problem.blocks)
            .map(|problem| &problem.record);
        let blocked = blocked.collect::<HashSet<_>>().len() as u64;
        // What misses a file, or has more than is given, is there and waits for nobody.
        let there = [ProblemKind::MissingFile, ProblemKind::Withheld];
        let waits = |problem: &&Problem| !problem.blocks && !there.contains(&problem.kind);
        let open = plan.problems.iter().filter(waits).count() as u64;
        self.tally.line(&bound.pairing.id, |line| {
            line.left += pairs as u64;
            line.alike += (plan.alike + plan.settled.len()) as u64;
            line.failed += blocked;
            line.waiting += open;
        });
        let mut counts = self.tally.counts();
        for (what, times) in &plan.left_out {
            *counts.left_out.entry(what.clone()).or_default() += times;
        }
    }
}
