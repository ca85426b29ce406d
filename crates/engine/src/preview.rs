//! A plan without its execution: what would be written, its cost in calls, and when it would be done.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::Mutex,
};

use model::{
    Change, Direction, Drift, FieldName, ImportId, Line, ObjectName, PairingId, Plan, Problem, RecordId,
    SchemaChange, SetSum, Side,
};
use serde::Serialize;

use crate::{
    approve::{Doing, Planned, add},
    bind::{Bound, Likely},
    budget::{Cost, Load, cost},
    work::{Heard, Scope, Work},
};

/// How many changes and problems of each pairing are shown whole.
const SHOWN: usize = 100;

/// What `import plan` shows.
#[derive(Clone, Debug, Serialize)]
pub struct Preview {
    /// One line per pairing: what would be created, updated and adopted.
    pub lines: Vec<Line>,
    /// The first changes of each pairing, with their fields.
    pub changes: Vec<Change>,
    /// The first problems of each pairing.
    pub problems: Vec<Problem>,
    /// How many problems there are in all.
    pub n_problems: u64,
    /// Fields that would be added to the right side's schema.
    pub schema: Vec<SchemaChange>,
    /// What became of the left side's fields since the last run.
    pub drift: Vec<Drift>,
    /// Left fields that no rule moves: `object.field`, with the reason.
    pub not_mapped: BTreeMap<String, String>,
    /// Left custom fields that are like a right field of the customer's own, by pairing.
    pub likely: BTreeMap<PairingId, Vec<Likely>>,
    /// Left fields that the recipe leaves out on purpose, by pairing.
    pub ignored: BTreeMap<PairingId, Vec<FieldName>>,
    /// Left records that no pairing takes, per object.
    pub excluded: BTreeMap<ObjectName, u64>,
    /// Files that would be fetched and brought: links to pictures, and attachments.
    pub files: u64,
    /// Calls that the run would still make, and how long they would take.
    pub cost: Cost,
    /// What the run would do besides reading what was read for the plan.
    #[serde(skip)]
    pub(crate) ahead: (Load, Load),
    /// What stands for all changes, shown or not.
    pub sums: BTreeMap<PairingId, BTreeMap<Doing, SetSum>>,
    /// What both sides said while they were read.
    #[serde(skip)]
    pub heard: Heard,
}

impl Preview {
    /// Counts in that the run reads what was read for the plan, in so many calls to either side.
    pub fn reading(&mut self, left: u64, right: u64) {
        let more = |load: Load, calls: u64| Load {
            calls: load.calls.saturating_add(calls),
            ..load
        };
        self.cost = cost(more(self.ahead.0, left), more(self.ahead.1, right));
    }

    /// What a person approves of it.
    pub fn planned(&self, import: &ImportId, direction: Direction, scope: &Scope) -> Planned {
        Planned {
            import: import.clone(),
            direction,
            objects: scope.only.clone(),
            sums: self.sums.clone(),
            schema: self.schema.clone(),
            changes: self.changes.clone(),
        }
    }
}

/// What a preview keeps of the plans that fly by.
#[derive(Default)]
pub(crate) struct Collected(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    /// Calls to write the left and the right side.
    calls: (u64, u64),
    /// What several changes need only once.
    once: BTreeSet<String>,
    lines: BTreeMap<PairingId, Line>,
    changes: BTreeMap<PairingId, Vec<Change>>,
    problems: BTreeMap<PairingId, Vec<Problem>>,
    n_problems: u64,
    sums: BTreeMap<PairingId, BTreeMap<Doing, SetSum>>,
    /// Left records that come along with what is made for others.
    along: BTreeMap<PairingId, HashSet<RecordId>>,
    /// Left records that say what only one may say.
    shared: BTreeMap<PairingId, HashSet<RecordId>>,
}

/// What was collected, in the order of the pairings.
pub(crate) struct Shown {
    pub(crate) lines: Vec<Line>,
    pub(crate) changes: Vec<Change>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) n_problems: u64,
    pub(crate) calls: (u64, u64),
    pub(crate) sums: BTreeMap<PairingId, BTreeMap<Doing, SetSum>>,
}

impl Collected {
    pub(crate) fn collect(&self, work: &Work<'_>, bound: &Bound, plan: &Plan) {
        let mut kept = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let kept = &mut *kept;
        let id = &bound.pairing.id;
        let line = kept.lines.entry(id.clone()).or_insert_with(|| Line::new(id));
        for change in &plan.changes {
            match Doing::of(change) {
                Doing::CreateLeft => line.left_created += 1,
                Doing::UpdateLeft | Doing::DeleteLeft => line.left_updated += 1,
                Doing::Create => line.created += 1,
                Doing::Rehome => line.rehomed += 1,
                Doing::Delete => line.deleted += 1,
                Doing::Archive => line.archived += 1,
                Doing::Adopt => line.adopted += 1,
                Doing::Update => line.updated += 1,
            }
            add(&mut kept.sums, change);
            let one = std::slice::from_ref(change);
            match (change.side, work.left_writer) {
                (Side::Left, Some(left)) => kept.calls.0 += left.calls(&change.object, one, &mut kept.once),
                (Side::Left, None) => {}
                (Side::Right, _) => kept.calls.1 += work.right.calls(&change.object, one, &mut kept.once),
            }
        }
        let blocking = plan.problems.iter().filter(|problem| problem.blocks).count() as u64;
        line.failed += blocking;
        line.waiting += plan.problems.len() as u64 - blocking;
        line.alike += (plan.alike + plan.settled.len()) as u64;
        line.left = line.created + line.rehomed + line.adopted + line.updated + line.alike + line.failed;
        kept.n_problems += plan.problems.len() as u64;
        fill(kept.changes.entry(id.clone()).or_default(), &plan.changes);
        fill(kept.problems.entry(id.clone()).or_default(), &plan.problems);
    }

    /// Notes that a left record comes along with what is made for another.
    pub(crate) fn comes_along(&self, pairing: &PairingId, left: &RecordId) {
        let mut kept = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let along = kept.along.entry(pairing.clone()).or_default();
        along.insert(left.clone());
    }

    /// Whether a left record of a pairing came along.
    pub(crate) fn came_along(&self, pairing: &PairingId, left: &RecordId) -> bool {
        let kept = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let along = kept.along.get(pairing);
        along.is_some_and(|along| along.contains(left))
    }

    /// Notes that a left record says what only one may say.
    pub(crate) fn says_shared(&self, pairing: &PairingId, left: &RecordId) {
        let mut kept = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let shared = kept.shared.entry(pairing.clone()).or_default();
        shared.insert(left.clone());
    }

    /// Whether that was noted.
    pub(crate) fn said_shared(&self, pairing: &PairingId, left: &RecordId) -> bool {
        let kept = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let shared = kept.shared.get(pairing);
        shared.is_some_and(|shared| shared.contains(left))
    }

    /// Counts in that so many right records are written once more.
    pub(crate) fn foresee(&self, again: u64) {
        let mut kept = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        kept.calls.1 += again;
    }

    pub(crate) fn shown(&self, bound: &[Bound]) -> Shown {
        let mut kept = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let kept = &mut *kept;
        let ids = || bound.iter().map(|bound| &bound.pairing.id);
        Shown {
            lines: ids()
                .map(|id| kept.lines.remove(id).unwrap_or_else(|| Line::new(id)))
                .collect(),
            changes: ids()
                .flat_map(|id| kept.changes.remove(id).unwrap_or_default())
                .collect(),
            problems: ids()
                .flat_map(|id| kept.problems.remove(id).unwrap_or_default())
                .collect(),
            n_problems: kept.n_problems,
            calls: kept.calls,
            sums: std::mem::take(&mut kept.sums),
        }
    }
}

fn fill<T: Clone>(kept: &mut Vec<T>, more: &[T]) {
    let room = SHOWN.saturating_sub(kept.len());
    kept.extend(more.iter().take(room).cloned());
}
