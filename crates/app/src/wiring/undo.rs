//! Taking back what a run wrote, and trying again what failed in it.

use std::collections::{BTreeMap, BTreeSet};

use engine::{Failed, LeftAlone, Progress, Undo, Undone, Unwatched};
use model::{
    Change, Direction, FieldName, Import, ImportId, ObjectName, RecordId, Run, RunId, RunState, Side, Trigger,
};
use store::{Fate, Looked, Past};

use super::{Ends, Order, Rooms, busy};
use crate::failure::Failure;

/// How many changes are read at once.
const PAGE: usize = 1_000;
/// How many open problems are looked through.
const MOST: usize = 100_000;

/// What came of taking back.
pub struct TakenBack {
    /// The run that did it; none where it was only shown.
    pub run: Option<Run>,
    /// What was written, or would be.
    pub changes: Vec<Change>,
    /// What stays as it is.
    pub alone: Vec<LeftAlone>,
}

impl Rooms {
    /// Reads a run's changes, page by page.
    pub async fn each_change_in(&self, run: &Run, mut each: impl FnMut(Past)) -> Result<(), Failure> {
        let mut after = None;
        loop {
            let page = self
                .store
                .changes_in(&run.import, &run.id, after.as_ref(), PAGE)
                .await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = Some(last.change.id.clone());
            page.into_iter().for_each(&mut each);
        }
    }

    /// What is to be undone of a run: each record that it wrote, with its history.
    pub async fn undos_of_run(&self, run: &Run, force: bool) -> Result<Vec<Undo>, Failure> {
        let mut records: BTreeMap<(ObjectName, RecordId), ()> = BTreeMap::new();
        self.each_change_in(run, |past| {
            let is_written = matches!(past.fate, Fate::Settled { .. });
            if is_written {
                records.insert((past.change.left_object, past.change.left), ());
            }
        })
        .await?;
        let mut undos = Vec::with_capacity(records.len());
        for ((object, left), ()) in records {
            let history = self.store.changes_of(&run.import, &object, &left).await?;
            undos.extend(undo_of(&object, &left, history, &run.id, None, force));
        }
        Ok(undos)
    }

    /// What is to be undone of a record: what the latest run wrote that wrote it, or that field of it.
    pub async fn undo_of_record(
        &self,
        import: &Import,
        (object, left): (&ObjectName, &RecordId),
        only: Option<FieldName>,
        force: bool,
    ) -> Result<Option<Undo>, Failure> {
        let history = self.store.changes_of(&import.id, object, left).await?;
        let meant = only.as_ref().map(|only| named(import, only));
        let wrote = |past: &&Past| {
            let mut names = past.change.fields.iter().map(|field| &field.name);
            let is_meant = meant
                .as_ref()
                .is_none_or(|meant| names.any(|name| meant.contains(name)));
            matches!(past.fate, Fate::Settled { .. }) && is_meant
        };
        let Some(run) = history.iter().rfind(wrote).map(|past| past.run.clone()) else {
            return Ok(None);
        };
        Ok(undo_of(object, left, history, &run, only, force))
    }

    /// Takes back, or only shows what would be written.
    pub async fn undo(
        &self,
        import: &Import,
        undos: &[Undo],
        shows: bool,
        progress: &dyn Progress,
    ) -> Result<TakenBack, Failure> {
        if shows {
            let ends = Ends::unwatched(self, import).await?;
            let run = RunId::from("shown");
            let at = (&run, self.folder.as_path());
            let order = Order::manual(Direction::Both);
            let work = ends.work(self, &self.store, import, &order, &Unwatched, at)?;
            let Undone { changes, alone, .. } = engine::undo(&work, undos, true).await?;
            return Ok(TakenBack {
                run: None,
                changes,
                alone,
            });
        }
        let order = Order {
            trigger: Trigger::Undo,
            ..Order::manual(Direction::Both)
        };
        let mut undone = Undone::default();
        let run = self
            .alone_with(import, order, progress, async |work| {
                undone = engine::undo(work, undos, false).await?;
                Ok(undone.report.take().unwrap_or_default())
            })
            .await?;
        Ok(TakenBack {
            run: Some(run),
            changes: undone.changes,
            alone: undone.alone,
        })
    }

    /// What failed in a run and is still to be made good: its changes that were refused and never written since, and what
    /// was open then and keeps a record from its place.
    pub async fn failed_in(&self, run: &Run) -> Result<Failed, Failure> {
        let (mut lefts, mut rights) = (BTreeSet::new(), BTreeSet::new());
        self.each_change_in(run, |past| {
            let Change {
                side,
                left_object,
                left,
                right_object,
                right,
                ..
            } = past.change;
            match (past.fate, side, right) {
                (Fate::Failed { .. }, Side::Right, _) => drop(lefts.insert((left_object, left))),
                (Fate::Failed { .. }, Side::Left, Some(right)) => drop(rights.insert((right_object, right))),
                _ => {}
            }
        })
        .await?;
        let ended_at = match &run.state {
            RunState::Working => self.clock.now(),
            RunState::Done { at } | RunState::Incomplete { at } | RunState::Stopped { at, .. } => *at,
        };
        let import = self.store.import(&run.import).await?.import;
        let left_objects = import.recipe.left_objects();
        let open = self
            .store
            .look_for_problems(&run.import, &Looked::default(), MOST)
            .await?;
        for open in open
            .into_iter()
            .filter(|open| open.opened_at <= ended_at && open.problem.blocks)
        {
            let known = (open.problem.object, open.problem.record);
            match (open.problem.side, left_objects.contains(&known.0)) {
                (Side::Right, true) => drop(lefts.insert(known)),
                (Side::Left, false) => drop(rights.insert(known)),
                _ => {}
            }
        }
        Ok(Failed {
            lefts: by_object(lefts),
            rights: by_object(rights),
        })
    }

    /// Plans and writes again what failed, as a run of its own.
    pub async fn retry_failed(
        &self,
        import: &ImportId,
        failed: &Failed,
        progress: &dyn Progress,
    ) -> Result<Run, Failure> {
        let import = self.store.import(import).await?.import;
        let direction = match (failed.lefts.is_empty(), failed.rights.is_empty()) {
            (_, true) => Direction::Forward,
            (true, false) => Direction::Reverse,
            (false, false) => Direction::Both,
        };
        let order = Order {
            trigger: Trigger::Retry,
            ..Order::manual(direction)
        };
        let task = async |work: &engine::Work<'_>| engine::run_again(work, failed).await;
        self.alone_with(&import, order, progress, task).await
    }

    /// Works on an import as a run of its own.
    async fn alone_with(
        &self,
        import: &Import,
        order: Order,
        progress: &dyn Progress,
        task: impl AsyncFnOnce(&engine::Work<'_>) -> Result<model::Report, model::Fault>,
    ) -> Result<Run, Failure> {
        let alone = self.alone(&import.id).await?.ok_or_else(|| busy(&import.id))?;
        let never = std::future::pending();
        let ended = self
            .execute_task(import, &alone, order, (progress, task), never)
            .await;
        alone.leave().await;
        let ended = ended?;
        match ended.fault {
            Some(fault) => Err(fault.into()),
            None => Ok(ended.run),
        }
    }
}

fn by_object(records: BTreeSet<(ObjectName, RecordId)>) -> BTreeMap<ObjectName, Vec<RecordId>> {
    let mut by_object: BTreeMap<ObjectName, Vec<RecordId>> = BTreeMap::new();
    for (object, id) in records {
        by_object.entry(object).or_default().push(id);
    }
    by_object
}

/// What a field is called on either side.
fn named(import: &Import, field: &FieldName) -> BTreeSet<FieldName> {
    let mut names = BTreeSet::from([field.clone()]);
    for rule in import.recipe.pairings.iter().flat_map(|pairing| &pairing.rules) {
        if rule.left.contains(field) {
            names.insert(rule.right.clone());
        }
        if &rule.right == field {
            names.extend(rule.left.iter().cloned());
        }
    }
    names
}

/// A record's history, parted at what is to be undone.
fn undo_of(
    object: &ObjectName,
    left: &RecordId,
    history: Vec<Past>,
    run: &RunId,
    only: Option<FieldName>,
    force: bool,
) -> Option<Undo> {
    let (mut chosen, mut later) = (Vec::new(), Vec::new());
    let settled = history
        .into_iter()
        .filter(|past| matches!(past.fate, Fate::Settled { .. }));
    for past in settled {
        if &past.run == run {
            chosen.push(past.change);
        } else if !chosen.is_empty() {
            later.push((past.run, past.change));
        }
    }
    (!chosen.is_empty()).then(|| Undo {
        object: object.clone(),
        left: left.clone(),
        chosen,
        later,
        only,
        force,
    })
}
