//! One right object on its way back: what was changed or made there is planned, intended, written to the left and
//! settled, batch after batch.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::Duration,
};

use model::{
    Change, Destination, End, Fault, FaultKind, FieldKind, ObjectName, Pair, PairRow, Plan, Planning, Raw,
    Record, RecordId, Settlement, Side, Timestamp, Value,
};

use crate::{
    apply::back::{ReturnBatch, apply_back},
    below::{is_stamped, left_out, refresh},
    bind::Bound,
    bring::brought_before,
    files::Taken,
    lost::bury_dead_of,
    name::name_mentioned,
    plan::{Backwards, Given, plan_back, plan_births},
    preview::Collected,
    turn::Counterparts,
    work::{Stage, Tally, Work},
};

/// Records per batch.
const BATCH: usize = 200;
/// How far a vendor's clock may be behind ours when it dates what was made there.
const CLOCKS_DIFFER: Duration = Duration::from_secs(300);

/// One right object on its way back.
pub(crate) struct BackLane<'a> {
    pub(crate) work: &'a Work<'a>,
    pub(crate) tally: &'a Tally,
    pub(crate) bound: &'a [Bound],
    pub(crate) right: &'a ObjectName,
    pub(crate) left: &'a dyn Destination,
    /// Whether nothing may be written: plans are counted and thrown away.
    preview: Option<&'a Collected>,
    /// Left records that were written, by their objects.
    pub(crate) written: BTreeMap<ObjectName, Vec<RecordId>>,
    done: u64,
}

/// Right objects of which some records go back, in the order in which what they refer to comes first.
pub(crate) fn objects(bound: &[Bound]) -> Vec<ObjectName> {
    let mut seen = HashSet::new();
    let going = bound.iter().filter(|bound| bound.pairing.back.is_some());
    going
        .map(|bound| bound.pairing.right.clone())
        .filter(|right| seen.insert(right.clone()))
        .collect()
}

impl<'a> BackLane<'a> {
    pub(crate) fn new(
        work: &'a Work<'a>,
        tally: &'a Tally,
        bound: &'a [Bound],
        right: &'a ObjectName,
        preview: Option<&'a Collected>,
    ) -> Result<Self, Fault> {
        let left = work.left_writer.ok_or_else(|| {
            let doing = format!("writing what changed of {right} to the left side");
            Fault::new(FaultKind::Settings, doing)
                .said("the left connection cannot be written to")
                .hint("sync with --direction forward")
        })?;
        Ok(Self {
            work,
            tally,
            bound,
            right,
            left,
            preview,
            written: BTreeMap::new(),
            done: 0,
        })
    }

    /// Everything that is to go back.
    pub(crate) async fn run(&mut self) -> Result<(), Fault> {
        self.changed().await?;
        self.returning().await?;
        self.with_problems().await
    }

    /// What came or changed on the right since this was last planned.
    async fn changed(&mut self) -> Result<(), Fault> {
        let end = self.work.right_end(self.right);
        let import = &self.work.import.id;
        let mut after = self.work.intents.planned(import, &end, Planning::Back).await?;
        loop {
            let seen = self.work.mirror.changed(&end, after, BATCH).await?;
            let Some(last) = seen.last().map(|seen| seen.seq) else {
                return Ok(());
            };
            after = last;
            self.batch(seen.into_iter().map(|seen| seen.raw).collect())
                .await?;
            if self.preview.is_some() {
                continue;
            }
            let through = Settlement {
                planned: Some((&end, Planning::Back, last)),
                ..Settlement::default()
            };
            self.work.intents.settle(import, self.work.run, &through).await?;
        }
    }

    /// What the way there left to the way back.
    async fn returning(&mut self) -> Result<(), Fault> {
        let mut after: Option<RecordId> = None;
        loop {
            let (import, intents) = (&self.work.import.id, self.work.intents);
            let ids = intents
                .returning(import, self.right, after.as_ref(), BATCH)
                .await?;
            let Some(last) = ids.last().cloned() else {
                return Ok(());
            };
            after = Some(last);
            self.ids(&ids).await?;
        }
    }

    /// What could not be written before, or waited for a person.
    async fn with_problems(&mut self) -> Result<(), Fault> {
        let lefts: Vec<ObjectName> = left_objects(self.bound, self.right);
        for left in &lefts {
            let sides: &[Side] = match self.work.direction.is_forward() {
                // The way there has planned those of its own again.
                true => &[Side::Left],
                false => &[Side::Left, Side::Right],
            };
            for side in sides {
                self.problems(left, *side).await?;
            }
        }
        if !lefts.contains(self.right) {
            self.problems(&self.right.clone(), Side::Left).await?;
        }
        Ok(())
    }

    async fn problems(&mut self, object: &ObjectName, side: Side) -> Result<(), Fault> {
        let mut after: Option<RecordId> = None;
        loop {
            let (import, intents) = (&self.work.import.id, self.work.intents);
            let ids = intents
                .with_problem(import, object, side, after.as_ref(), BATCH)
                .await?;
            let Some(last) = ids.last().cloned() else {
                return Ok(());
            };
            after = Some(last);
            let rows = intents.pairs(import, object, &ids).await?;
            let mut rights: Vec<RecordId> = rows
                .into_iter()
                .filter(|row| &row.right_object == self.right)
                .map(|row| row.right)
                .collect();
            // A right record without a counterpart is known by its own id; left ones may be of an object of that name.
            if object == self.right {
                let lefts = self.work.mirror.hashes(&self.work.left_end(object), &ids).await?;
                rights.extend(ids.into_iter().filter(|id| !lefts.contains_key(id)));
            }
            self.ids(&rights).await?;
        }
    }

    /// These right records.
    pub(crate) async fn ids(&mut self, ids: &[RecordId]) -> Result<(), Fault> {
        refresh(self.work, self.tally, self.bound, self.right, ids).await?;
        let end = self.work.right_end(self.right);
        let raws = self.work.mirror.raws(&end, ids).await?;
        self.batch(raws).await
    }

    async fn batch(&mut self, raws: Vec<Raw>) -> Result<(), Fault> {
        let shape = |raw: &Raw| self.work.right_source.shape(self.right, raw).ok();
        let records: Vec<Record> = raws.iter().filter_map(shape).collect();
        if records.is_empty() {
            return Ok(());
        }
        self.done += records.len() as u64;
        let ids: Vec<RecordId> = records.iter().map(|record| record.id.clone()).collect();
        let (import, intents) = (&self.work.import.id, self.work.intents);
        let rows = intents.pairs_of_right(import, self.right, &ids).await?;
        let paired: HashSet<RecordId> = rows.iter().map(|row| row.right.clone()).collect();
        let (met, strangers): (Vec<Record>, Vec<Record>) = records
            .into_iter()
            .partition(|record| paired.contains(&record.id));
        let mut by_left: BTreeMap<ObjectName, Vec<PairRow>> = BTreeMap::new();
        for row in rows.into_iter().filter(|row| row.gone.is_none()) {
            by_left.entry(row.left_object.clone()).or_default().push(row);
        }
        for (object, rows) in by_left {
            self.changes(&object, rows, &met).await?;
        }
        self.births(strangers).await?;
        self.work
            .progress
            .stage(self.right, Stage::WritingLeft, self.done, None);
        Ok(())
    }

    /// Plans and writes pairs of one left object.
    async fn changes(
        &mut self,
        object: &ObjectName,
        rows: Vec<PairRow>,
        met: &[Record],
    ) -> Result<(), Fault> {
        let end = self.work.left_end(object);
        let ids: Vec<RecordId> = rows.iter().map(|row| row.left.clone()).collect();
        let lefts = self.left_records(&end, &ids).await?;
        let mut by_pairing = self.sorted(rows, &lefts, met);
        let all = self.bound;
        let named = by_pairing
            .iter_mut()
            .filter_map(|(at, pairs)| Some((all.get(*at)?, pairs)));
        let named =
            named.flat_map(|(bound, pairs)| pairs.iter_mut().map(move |pair| (bound, &mut pair.left)));
        name_mentioned(self.work, &mut named.collect::<Vec<_>>()).await?;
        bury_dead_of(self.work, self.bound, &mut by_pairing).await?;
        let pairs = by_pairing.values().flatten();
        let known = self.known(
            pairs.clone().filter_map(|pair| pair.right.as_ref()),
            pairs.map(|pair| &pair.left),
        );
        let mut known = known.await?;
        self.note_pictures(&mut known, &by_pairing).await?;
        let decisions = self
            .work
            .intents
            .decisions(&self.work.import.id, object, &ids)
            .await?;
        let mut whole = Plan::default();
        for (at, pairs) in &by_pairing {
            let Some(bound) = self.bound.get(*at) else {
                continue;
            };
            let given = self.given(&known, &decisions);
            let misfit = |kind: &FieldKind, value: &Value| self.left.misfit(kind, value);
            let back = self.backwards(&known, &misfit);
            let (tally, run) = (self.tally, self.work.run);
            let plan = plan_back(&given, &back, bound, pairs, &mut || tally.next_id(run));
            if let Some(preview) = self.preview {
                preview.collect(self.work, bound, &plan);
            }
            whole.take_in(plan);
        }
        let planned: Vec<RecordId> = by_pairing
            .values()
            .flatten()
            .map(|pair| pair.left.id.clone())
            .collect();
        self.write(object.clone(), whole, planned, &known).await
    }

    /// Pairs whose right values may go back, by the places of their pairings.
    fn sorted(
        &self,
        rows: Vec<PairRow>,
        lefts: &HashMap<RecordId, Record>,
        met: &[Record],
    ) -> BTreeMap<usize, Vec<Pair>> {
        let rights: HashMap<&RecordId, &Record> = met.iter().map(|record| (&record.id, record)).collect();
        let mut by_pairing: BTreeMap<usize, Vec<Pair>> = BTreeMap::new();
        for row in rows {
            let at = self
                .bound
                .iter()
                .position(|bound| bound.pairing.id == row.pairing);
            let goes_back = |at: &usize| self.bound.get(*at).is_some_and(goes_back);
            let (Some(at), Some(left), Some(right)) =
                (at.filter(goes_back), lefts.get(&row.left), rights.get(&row.right))
            else {
                continue;
            };
            by_pairing.entry(at).or_default().push(pair(row, left, right));
        }
        by_pairing
    }

    /// Plans and writes left counterparts of right records that were made there.
    async fn births(&mut self, strangers: Vec<Record>) -> Result<(), Fault> {
        let since = self.since();
        // What another took the place of is nobody's newborn.
        let ids: Vec<RecordId> = strangers.iter().map(|right| right.id.clone()).collect();
        let (import, intents) = (&self.work.import.id, self.work.intents);
        let replaced = intents.replaced_among(import, self.right, &ids).await?;
        let mut passed: HashSet<RecordId> = replaced.into_iter().map(|one| one.pair.right).collect();
        passed.extend(left_out(intents.decisions(import, self.right, &ids).await?));
        let Some(bound) = self
            .bound
            .iter()
            .find(|bound| &bound.pairing.right == self.right && gives_birth(bound))
        else {
            return Ok(());
        };
        let ours = format!("{}:", self.work.import.recipe.left);
        let born: Vec<Record> = strangers
            .into_iter()
            .filter(|right| {
                is_born(bound, right, since)
                    && !is_stamped(bound, right)
                    && !passed.contains(&right.id)
                    && !right.keys.iter().any(|key| key.starts_with(&ours))
            })
            .collect();
        if born.is_empty() {
            return Ok(());
        }
        let known = self.known(born.iter(), std::iter::empty()).await?;
        let given = self.given(&known, &[]);
        let misfit = |kind: &FieldKind, value: &Value| self.left.misfit(kind, value);
        let back = self.backwards(&known, &misfit);
        let (tally, run) = (self.tally, self.work.run);
        let plan = plan_births(&given, &back, bound, &born, &mut || tally.next_id(run));
        if let Some(preview) = self.preview {
            preview.collect(self.work, bound, &plan);
        }
        let planned: Vec<RecordId> = born.iter().map(|record| record.id.clone()).collect();
        self.write(self.right.clone(), plan, planned, &known).await
    }

    /// The moment from which right records count as made after the import.
    fn since(&self) -> Timestamp {
        let made = self.work.import.created_at;
        made.checked_sub(CLOCKS_DIFFER).unwrap_or(Timestamp::MIN)
    }

    async fn left_records(&self, end: &End, ids: &[RecordId]) -> Result<HashMap<RecordId, Record>, Fault> {
        let raws = self.work.mirror.raws(end, ids).await?;
        let shaped = raws
            .iter()
            .filter_map(|raw| self.work.left.shape(&end.object, raw).ok());
        Ok(shaped.map(|record| (record.id.clone(), record)).collect())
    }

    /// What references of right records point to on the left, and of left ones on the right.
    async fn known(
        &self,
        rights: impl Iterator<Item = &Record>,
        lefts: impl Iterator<Item = &Record>,
    ) -> Result<Known, Fault> {
        let named = |records: &mut dyn Iterator<Item = &Record>| {
            let mut wanted: HashSet<(ObjectName, RecordId)> = HashSet::new();
            for record in records {
                let references = record.fields.values().flat_map(Value::references);
                wanted.extend(references.map(|one| (one.object.clone(), one.id.clone())));
            }
            wanted.into_iter().collect::<Vec<_>>()
        };
        let (mut rights, mut lefts) = (rights, lefts);
        let (rights, lefts) = (named(&mut rights), named(&mut lefts));
        let (import, intents) = (&self.work.import.id, self.work.intents);
        let back = intents.counterparts_of_right(import, &rights).await?;
        let mut there = intents.counterparts(import, &lefts).await?;
        // What is written to the left must be known on the right again.
        there.extend(back.iter().map(|(right, left)| (left.clone(), right.clone())));
        Ok(Known {
            there,
            back,
            files: Taken::default(),
            files_back: Taken::default(),
        })
    }

    /// What both sides show of the pictures that left records show.
    async fn note_pictures(
        &self,
        known: &mut Known,
        pairs: &BTreeMap<usize, Vec<Pair>>,
    ) -> Result<(), Fault> {
        let bound = |at: &usize| self.bound.get(*at);
        let shown = pairs.iter().filter_map(|(at, pairs)| Some((bound(at)?, pairs)));
        let shown = shown.flat_map(|(bound, pairs)| pairs.iter().map(move |pair| (bound, &pair.left)));
        known.files = brought_before(self.work, self.tally, shown).await?;
        known.files_back = known.files.turned_round();
        Ok(())
    }

    fn given<'g>(&'g self, known: &'g Known, decisions: &'g [model::Decision]) -> Given<'g> {
        static NOBODY: std::collections::BTreeSet<ObjectName> = std::collections::BTreeSet::new();
        Given {
            connector: &self.work.import.recipe.left,
            right_connector: &self.work.import.recipe.right,
            options: &self.work.import.options,
            counterparts: Some(&known.there),
            files: &known.files,
            all_arrived: false,
            misfit: &|_, _| None,
            left_alone: &NOBODY,
            clashes: self.work.import.recipe.clashes,
            decisions,
            shared: None,
        }
    }

    fn backwards<'g>(&'g self, known: &'g Known, misfit: &'g Misfits<'g>) -> Backwards<'g> {
        Backwards {
            connector: &self.work.import.recipe.right,
            counterparts: &known.back,
            files: &known.files_back,
            misfit,
        }
    }

    async fn write(
        &mut self,
        object: ObjectName,
        plan: Plan,
        planned: Vec<RecordId>,
        known: &Known,
    ) -> Result<(), Fault> {
        if self.preview.is_some() {
            return Ok(());
        }
        let intents: Vec<Change> = plan.changes.iter().map(Change::intent).collect();
        let (import, run) = (&self.work.import.id, self.work.run);
        self.work.intents.intend(import, run, &intents).await?;
        let batch = ReturnBatch {
            object,
            plan,
            planned,
            counterparts: &known.there,
            files: &known.files,
        };
        let written = apply_back(self.work, self.tally, self.bound, self.left, batch).await?;
        for (object, id) in written {
            self.written.entry(object).or_default().push(id);
        }
        Ok(())
    }
}

/// Why a side could not keep a value of a kind, if it could not.
type Misfits<'m> = dyn Fn(&FieldKind, &Value) -> Option<String> + 'm;

/// What references point to, either way.
struct Known {
    there: Counterparts,
    back: Counterparts,
    /// What the right side shows of left pictures, and the left of right ones.
    files: Taken,
    files_back: Taken,
}

fn goes_back(bound: &Bound) -> bool {
    bound.pairing.back.is_some() && !bound.pairing.shares()
}

fn gives_birth(bound: &Bound) -> bool {
    goes_back(bound)
        && bound
            .pairing
            .back
            .as_ref()
            .is_some_and(|back| back.create.is_some())
}

/// Whether a right record without a counterpart is to get one: made after the import, and one of it.
fn is_born(bound: &Bound, right: &Record, since: Timestamp) -> bool {
    let Some(born) = bound.pairing.back.as_ref().and_then(|back| back.create.as_ref()) else {
        return false;
    };
    let holds = |name: &model::FieldName| right.fields.get(name).is_some_and(|value| !value.is_empty());
    let made = matches!(right.fields.get(&born.at), Some(Value::Instant(at)) if *at >= since);
    made && born.given.iter().all(holds)
}

fn left_objects(bound: &[Bound], right: &ObjectName) -> Vec<ObjectName> {
    let going = bound
        .iter()
        .filter(|bound| &bound.pairing.right == right && goes_back(bound));
    let mut lefts: Vec<ObjectName> = going.map(|bound| bound.pairing.left.clone()).collect();
    lefts.sort();
    lefts.dedup();
    lefts
}

fn pair(row: PairRow, left: &Record, right: &Record) -> Pair {
    Pair {
        left: left.clone(),
        right_id: Some(row.right),
        right: Some(right.clone()),
        base: Some(row.base),
        adopted: row.adopted,
        waiting: row.waiting,
        returning: row.returning,
        candidates: Vec::new(),
    }
}
