//! Takes an import back: what it made on the right is deleted, what refers to others first. A run that was killed is simply
//! run again.

use std::collections::{BTreeMap, HashMap};

use model::{
    Action, Base, Change, Fault, FaultKind, ObjectName, PairRow, Reason, RecordId, Replaced, Settlement, Side,
};
use serde::Serialize;

use crate::{
    apply::{To, write_all},
    bind::Bound,
    prepare::prepare,
    pull::{as_agreed, pull_right},
    recipe::chosen,
    work::{Stage, Tally, Work},
};

/// Records per batch.
const BATCH: usize = 200;
/// How many refusals of each object are told in words.
const TOLD: usize = 20;

/// How an import is taken back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unmaking {
    /// Whether records stay that somebody changed on the right since they were written.
    pub keep_modified: bool,
    /// Whether nothing is deleted, only counted.
    pub dry_run: bool,
}

/// What became of the records of one right object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct UnmadeLine {
    /// The right object.
    pub object: String,
    /// Deleted, or to be deleted.
    pub deleted: u64,
    /// Not deleted, for they were there before the import.
    pub adopted: u64,
    /// Not deleted, for somebody changed them.
    pub modified: u64,
    /// Not deleted, for the vendor deletes none of their kind, or they belong to somebody else by now.
    pub stay: u64,
    /// Not deleted, for the vendor refused.
    pub refused: u64,
}

/// What became of an import's records.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Unmade {
    /// One line per right object, in the order of deletion.
    pub lines: Vec<UnmadeLine>,
    /// Why records were refused: `object id: why`, some of each object.
    pub refusals: Vec<String>,
}

impl Unmade {
    /// Whether everything that was to go is gone.
    pub fn is_whole(&self) -> bool {
        self.lines.iter().all(|line| line.refused == 0)
    }
}

/// Deletes what an import made on the right.
pub async fn unmake(work: &Work<'_>, how: Unmaking) -> Result<Unmade, Fault> {
    let tally = Tally::new();
    let import = chosen(work.import);
    let objects: Vec<ObjectName> = import.recipe.right_objects().into_iter().rev().collect();
    let work = &Work {
        import: &import,
        left_unasked: true,
        ..*work
    };
    let bound = match how.keep_modified {
        true => prepare(work, &tally).await?.bound,
        false => Vec::new(),
    };
    let mut unmade = Unmade::default();
    for object in &objects {
        if how.keep_modified && work.right_source.is_listed(object) {
            pull_right(work, &tally, &bound, object, Stage::ReadingRight).await?;
        }
        let unmaking = Unmake {
            work,
            tally: &tally,
            bound: &bound,
            object,
            how,
            line: UnmadeLine {
                object: object.to_string(),
                ..UnmadeLine::default()
            },
        };
        let line = unmaking.run(&mut unmade.refusals).await?;
        unmade.lines.push(line);
    }
    Ok(unmade)
}

/// One right object whose records go.
struct Unmake<'a> {
    work: &'a Work<'a>,
    tally: &'a Tally,
    bound: &'a [Bound],
    object: &'a ObjectName,
    how: Unmaking,
    line: UnmadeLine,
}

impl Unmake<'_> {
    async fn run(mut self, refusals: &mut Vec<String>) -> Result<UnmadeLine, Fault> {
        let mut after: Option<RecordId> = None;
        let import = &self.work.import.id;
        loop {
            let rows = self
                .work
                .intents
                .pairs_in(import, self.object, after.as_ref(), BATCH)
                .await?;
            let Some(last) = rows.last().map(|row| row.right.clone()) else {
                break;
            };
            after = Some(last);
            let going = self.going(rows).await?;
            self.let_go(going, false, refusals).await?;
        }
        self.replaced(refusals).await?;
        Ok(self.line)
    }

    /// What was made and is nobody's counterpart any more.
    async fn replaced(&mut self, refusals: &mut Vec<String>) -> Result<(), Fault> {
        let mut after = (self.object.clone(), RecordId::new(""));
        loop {
            let (import, intents) = (&self.work.import.id, self.work.intents);
            let page = intents.replaced(import, Some(&after), true, BATCH).await?;
            let of_it = page
                .into_iter()
                .take_while(|one| &one.pair.right_object == self.object);
            let (adopted, made): (Vec<Replaced>, Vec<Replaced>) = of_it.partition(|one| one.pair.adopted);
            let ids = adopted.iter().chain(&made).map(|one| &one.pair.right);
            let Some(last) = ids.max().cloned() else {
                return Ok(());
            };
            after.1 = last;
            self.line.adopted += adopted.len() as u64;
            // What stayed did so for something of somebody else's is there.
            let is_modified = |one: &Replaced| self.how.keep_modified && one.stays;
            let (modified, going): (Vec<Replaced>, Vec<Replaced>) = made.into_iter().partition(is_modified);
            self.line.modified += modified.len() as u64;
            let going = going.into_iter().map(|one| one.pair).collect();
            self.let_go(going, true, refusals).await?;
        }
    }

    async fn let_go(
        &mut self,
        going: Vec<PairRow>,
        replaced: bool,
        refusals: &mut Vec<String>,
    ) -> Result<(), Fault> {
        match self.how.dry_run {
            true => self.line.deleted += going.len() as u64,
            false => self.delete(going, replaced, refusals).await?,
        }
        let done = self.line.deleted + self.line.refused;
        self.work.progress.stage(self.object, Stage::Writing, done, None);
        Ok(())
    }

    /// Those that the import made, and that nobody changed if such are to stay.
    async fn going(&mut self, rows: Vec<PairRow>) -> Result<Vec<PairRow>, Fault> {
        let (adopted, made): (Vec<PairRow>, Vec<PairRow>) = rows.into_iter().partition(|row| row.adopted);
        self.line.adopted += adopted.len() as u64;
        if !self.how.keep_modified {
            return Ok(made);
        }
        let ids: Vec<RecordId> = made.iter().map(|row| row.right.clone()).collect();
        let end = self.work.right_end(self.object);
        // What is as it was agreed on is not in the mirror at all.
        let raws = self.work.mirror.raws(&end, &ids).await?;
        let raws: HashMap<RecordId, _> = raws.into_iter().map(|raw| (raw.id.clone(), raw)).collect();
        let is_changed = |row: &PairRow| {
            let raw = raws.get(&row.right);
            let record = raw.and_then(|raw| self.work.right_source.shape(self.object, raw).ok());
            record.is_some_and(|record| !as_agreed(self.bound, row, &record))
        };
        let (changed, going): (Vec<PairRow>, Vec<PairRow>) = made.into_iter().partition(is_changed);
        self.line.modified += changed.len() as u64;
        Ok(going)
    }

    async fn delete(
        &mut self,
        going: Vec<PairRow>,
        replaced: bool,
        refusals: &mut Vec<String>,
    ) -> Result<(), Fault> {
        let (work, import) = (self.work, &self.work.import.id);
        let changes: Vec<Change> = going.into_iter().map(|row| self.deletion(row)).collect();
        work.intents.intend(import, work.run, &changes).await?;
        let to = To {
            destination: work.right,
            source: work.right_source,
        };
        let written = write_all(work, self.tally, to, &changes).await?;
        let (mut gone, mut done_with, mut failed, mut forget) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut told: BTreeMap<&ObjectName, usize> = BTreeMap::new();
        for change in &changes {
            match written.get(&change.id) {
                Some(Ok(done)) if done.raw.is_some() => {
                    self.line.stay += 1;
                    gone.push(known_by(change, replaced));
                    done_with.push(change.id.clone());
                    continue;
                }
                // That it is gone already is what was wanted.
                Some(Ok(_)) => {}
                Some(Err(fault)) if fault.kind() == FaultKind::Gone => {}
                Some(Err(fault)) => {
                    self.line.refused += 1;
                    failed.push((change.id.clone(), fault.to_string()));
                    let told = told.entry(&change.object).or_default();
                    *told += 1;
                    if *told <= TOLD {
                        refusals.push(fault.to_string());
                    }
                    continue;
                }
                None => continue,
            }
            self.line.deleted += 1;
            gone.push(known_by(change, replaced));
            done_with.push(change.id.clone());
            forget.extend(change.right.clone());
        }
        let settlement = Settlement {
            forgotten: if replaced { &[] } else { &gone },
            retired: if replaced { &gone } else { &[] },
            done: &done_with,
            failed: &failed,
            ..Settlement::default()
        };
        work.intents.settle(import, work.run, &settlement).await?;
        work.mirror.forget(&work.right_end(self.object), &forget).await
    }

    fn deletion(&self, row: PairRow) -> Change {
        Change {
            id: self.tally.next_id(self.work.run),
            pairing: row.pairing,
            side: Side::Right,
            object: row.right_object.clone(),
            action: Action::Delete(row.right.clone()),
            left_object: row.left_object,
            title: row.left.to_string(),
            left: row.left,
            right_object: row.right_object,
            right: Some(row.right),
            fields: Vec::new(),
            why: Reason::ImportDeleted,
            adopted: row.adopted,
            waiting: false,
            returning: false,
            base: Base::default(),
        }
    }
}

/// How the store knows what a deletion takes away: by its left record, or by itself once others took its place.
fn known_by(change: &Change, replaced: bool) -> (ObjectName, RecordId) {
    match &change.right {
        Some(right) if replaced => (change.right_object.clone(), right.clone()),
        _ => (change.left_object.clone(), change.left.clone()),
    }
}
