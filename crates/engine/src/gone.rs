//! What is gone on the left, on the right: counterparts are archived or deleted as their pairings say, each an intended
//! change, and never many unasked.

use std::collections::{HashMap, HashSet};

use futures_util::{StreamExt, TryStreamExt, stream};
use model::{
    Action, Change, ChangeId, Choice, Decision, Evidence, Fault, FaultKind, Gone, ObjectName, PairRow, Plan,
    Problem, ProblemKind, Raw, RecordId, Settled, Settlement, Side, Written,
};

use crate::{
    apply::{To, problem, refusal, settle_one, write_all},
    ask::{ask_about_all, counted},
    bind::Bound,
    plan::gone::{Fate, Leaving, archiving, deleting, fate, is_changed, may_go_although_changed, must_ask},
    preview::Collected,
    pull::READS_AT_ONCE,
    work::{Tally, Work, again},
};

/// Pairs that are looked for at once.
const FOUND_AT_ONCE: usize = 500;
/// Records that are taken away at once.
const BATCH: usize = 50;
/// Problems of an import as a whole are about this object, and its name.
const IMPORT: &str = "import";

/// Pairs of one pairing whose left records are gone.
struct Widowed<'a> {
    bound: &'a Bound,
    rows: Vec<(PairRow, Fate)>,
}

impl Widowed<'_> {
    fn taken(&self) -> u64 {
        let taken = self.rows.iter().filter(|(_, fate)| *fate != Fate::Stays);
        taken.count() as u64
    }
}

/// Lets go of counterparts whose left records are gone; what belongs to others goes before them.
pub(crate) async fn let_go(
    work: &Work<'_>,
    tally: &Tally,
    bound: &[Bound],
    preview: Option<&Collected>,
) -> Result<(), Fault> {
    let mut widowed = widowed(work, bound).await?;
    let held = must_ask(&leaving(work, &widowed).await?) && !work.deletes_approved;
    if preview.is_none() {
        say_held(work, &widowed, held).await?;
    }
    widowed.reverse();
    for one in &widowed {
        let (stay, go): (Vec<_>, Vec<_>) = one.rows.iter().partition(|(_, fate)| *fate == Fate::Stays);
        if let Some(preview) = preview {
            collect(work, tally, one.bound, &go, preview).await?;
            continue;
        }
        keep(work, &stay).await?;
        let go = if held { &[][..] } else { &go };
        for batch in go.chunks(BATCH) {
            take_away(work, tally, one.bound, bound, batch).await?;
        }
    }
    Ok(())
}

/// Every pair whose left record is gone, by its pairing, in the recipe's order.
async fn widowed<'a>(work: &Work<'_>, bound: &'a [Bound]) -> Result<Vec<Widowed<'a>>, Fault> {
    let mut all: Vec<Widowed<'_>> = bound
        .iter()
        .map(|bound| Widowed {
            bound,
            rows: Vec::new(),
        })
        .collect();
    for object in work.import.recipe.left_objects() {
        let end = work.left_end(&object);
        let mut after: Option<RecordId> = None;
        loop {
            let import = &work.import.id;
            let rows = work
                .intents
                .widowed(import, &end, after.as_ref(), FOUND_AT_ONCE)
                .await?;
            let Some(last) = rows.last() else { break };
            after = Some(last.left.clone());
            let joined = joined(work, bound, &rows).await?;
            let kept = kept(work, &object, &rows).await?;
            for row in rows {
                let of = all.iter_mut().find(|one| one.bound.pairing.id == row.pairing);
                if let Some(of) = of {
                    let fate = match kept.contains(&row.left) {
                        true => Fate::Stays,
                        false => fate(&of.bound.pairing, &row, joined.contains(&row.right)),
                    };
                    of.rows.push((row, fate));
                }
            }
        }
    }
    Ok(all)
}

/// Those of these left records whose counterparts a person wanted back.
async fn kept(work: &Work<'_>, object: &ObjectName, rows: &[PairRow]) -> Result<HashSet<RecordId>, Fault> {
    let ids: Vec<RecordId> = rows.iter().map(|row| row.left.clone()).collect();
    let decided = work.intents.decisions(&work.import.id, object, &ids).await?;
    let stays = |decided: &Decision| decided.field.is_none() && decided.choice == Choice::Take(Side::Right);
    Ok(decided
        .into_iter()
        .filter(stays)
        .map(|decided| decided.record)
        .collect())
}

/// Right records of these pairs that others joined who are still there: who is gone has parted by now.
async fn joined(work: &Work<'_>, bound: &[Bound], rows: &[PairRow]) -> Result<HashSet<RecordId>, Fault> {
    let mut joined = HashSet::new();
    let joins = bound.iter().filter(|bound| bound.pairing.joins.is_some());
    for object in joins.map(|bound| &bound.pairing.right) {
        let rights = rows.iter().filter(|row| &row.right_object == object);
        let rights: Vec<RecordId> = rights.map(|row| row.right.clone()).collect();
        let all = work.intents.rights(&work.import.id, object, &rights).await?;
        let others = all
            .into_iter()
            .filter(|row| bound.iter().any(|bound| bound.shares(&row.pairing)));
        joined.extend(others.map(|row| row.right));
    }
    Ok(joined)
}

async fn leaving(work: &Work<'_>, widowed: &[Widowed<'_>]) -> Result<Vec<Leaving>, Fault> {
    let mut leaving = Vec::new();
    for one in widowed.iter().filter(|one| one.taken() > 0) {
        let end = work.left_end(&one.bound.pairing.left);
        let there = work
            .intents
            .count_pairs(&work.import.id, &one.bound.pairing.id, &end)
            .await?;
        leaving.push(Leaving {
            taken: one.taken(),
            pairs: there + one.rows.len() as u64,
        });
    }
    Ok(leaving)
}

/// What is asked about many that are gone on the left; nothing of them happens before the answer.
async fn say_held(work: &Work<'_>, widowed: &[Widowed<'_>], held: bool) -> Result<(), Fault> {
    let import = &work.import.id;
    let taken = widowed.iter().map(|one| (one.bound, one.taken()));
    let text = format!(
        "so many records are gone on the left side that their counterparts are not archived or deleted unasked: {}",
        counted(taken)
    );
    let hint = format!(
        "see what is gone there; `interline import sync {import} --approve-deletes` lets their counterparts go"
    );
    ask_about_all(work, IMPORT, held, (text, hint)).await
}

/// Notes that these counterparts stay.
async fn keep(work: &Work<'_>, stay: &[&(PairRow, Fate)]) -> Result<(), Fault> {
    let new = stay.iter().filter(|(row, _)| row.gone.is_none());
    let gone: Vec<_> = new
        .map(|(row, _)| (row.left_object.clone(), row.left.clone(), Gone::Kept))
        .collect();
    if gone.is_empty() {
        return Ok(());
    }
    let settlement = Settlement {
        gone: &gone,
        ..Settlement::default()
    };
    work.intents.settle(&work.import.id, work.run, &settlement).await
}

/// Shows what would go, from what was agreed on.
async fn collect(
    work: &Work<'_>,
    tally: &Tally,
    bound: &Bound,
    go: &[&(PairRow, Fate)],
    preview: &Collected,
) -> Result<(), Fault> {
    let titles = titles(work, &bound.pairing.left, go.iter().map(|(row, _)| &row.left)).await?;
    let changes = go.iter().map(|(row, fate)| {
        let title = title(&titles, row);
        match fate {
            Fate::Archived => archiving(bound, row, title, None, tally.next_id(work.run)),
            _ => deleting(bound, row, title, tally.next_id(work.run)),
        }
    });
    let plan = Plan {
        changes: changes.collect(),
        ..Plan::default()
    };
    preview.collect(work, bound, &plan);
    Ok(())
}

/// What a batch came to while it was planned.
#[derive(Default)]
struct Planned {
    changes: Vec<Change>,
    settled: Vec<Settled>,
    gone: Vec<(ObjectName, RecordId, Gone)>,
    problems: Vec<Problem>,
}

async fn take_away(
    work: &Work<'_>,
    tally: &Tally,
    bound: &Bound,
    all: &[Bound],
    batch: &[&(PairRow, Fate)],
) -> Result<(), Fault> {
    let rights = rights(work, tally, bound, batch).await?;
    keep_copies(work, &bound.pairing.right, rights.values()).await?;
    let titles = titles(work, &bound.pairing.left, batch.iter().map(|(row, _)| &row.left)).await?;
    let mut planned = Planned::default();
    for (row, fate) in batch {
        let title = title(&titles, row);
        let right = rights.get(&row.right);
        plan_one(work, tally, bound, (row, *fate), (title, right), &mut planned);
    }
    let Planned {
        changes,
        settled,
        gone,
        problems,
    } = planned;
    work.intents.intend(&work.import.id, work.run, &changes).await?;
    let to = To {
        destination: work.right,
        source: work.right_source,
    };
    let written = write_all(work, tally, to, &changes).await?;
    let mut outcome = Outcome {
        settled,
        gone,
        problems,
        ..Outcome::default()
    };
    for change in changes {
        let written = written.get(&change.id);
        outcome.take(work, tally, all, change, written);
    }
    let records: Vec<RecordId> = batch.iter().map(|(row, _)| row.left.clone()).collect();
    let settlement = Settlement {
        settled: &outcome.settled,
        failed: &outcome.failed,
        gone: &outcome.gone,
        done: &outcome.done,
        problems: &outcome.problems,
        planned_records: &records,
        object: Some((&bound.pairing.left, Side::Right)),
        ..Settlement::default()
    };
    work.intents.settle(&work.import.id, work.run, &settlement).await
}

/// What came of a batch.
#[derive(Default)]
struct Outcome {
    settled: Vec<Settled>,
    failed: Vec<(ChangeId, String)>,
    gone: Vec<(ObjectName, RecordId, Gone)>,
    done: Vec<ChangeId>,
    problems: Vec<Problem>,
}

impl Outcome {
    fn take(
        &mut self,
        work: &Work<'_>,
        tally: &Tally,
        bound: &[Bound],
        change: Change,
        written: Option<&Result<Written, Fault>>,
    ) {
        match written {
            Some(Ok(answer)) => {
                let became = match &change.action {
                    Action::Delete(id) => {
                        tally.forget_written(&change.object, id);
                        Gone::Deleted
                    }
                    _ => Gone::Archived,
                };
                count(tally, &change, became);
                self.gone
                    .push((change.left_object.clone(), change.left.clone(), became));
                match became {
                    Gone::Archived => {
                        let settled = settle_one(work, bound, change, answer, &mut self.problems);
                        self.settled.push(settled);
                    }
                    _ => self.done.push(change.id),
                }
            }
            Some(Err(fault)) => {
                self.failed.push((change.id.clone(), fault.to_string()));
                self.problems.push(Problem {
                    blocks: false,
                    ..refusal(&change, fault)
                });
            }
            None => self.failed.push((change.id.clone(), "no outcome".to_owned())),
        }
    }
}

fn plan_one(
    work: &Work<'_>,
    tally: &Tally,
    bound: &Bound,
    (row, fate): (&PairRow, Fate),
    (title, right): (String, Option<&Raw>),
    planned: &mut Planned,
) {
    let mut became = |gone: Gone| {
        planned
            .gone
            .push((row.left_object.clone(), row.left.clone(), gone))
    };
    // Gone by itself, or become a part of a record that is not ours to take away.
    let Some(right) = right else {
        return became(Gone::Deleted);
    };
    let record = work.right_source.shape(&bound.pairing.right, right).ok();
    let is_changed = record
        .as_ref()
        .is_none_or(|record| is_changed(bound, row, record));
    let id = tally.next_id(work.run);
    match fate {
        Fate::Archived => {
            let change = archiving(bound, row, title, record.as_ref(), id);
            if !change.fields.is_empty() {
                planned.changes.push(change);
                return;
            }
            became(Gone::Archived);
            planned.settled.push(archived_already(work, bound, change, right));
        }
        _ if is_changed && !may_go_although_changed(work.import.recipe.clashes) => {
            became(Gone::Kept);
            let change = deleting(bound, row, title, id);
            let text =
                "its left record is gone, and it was changed on the right side since both agreed".to_owned();
            let hint = "delete it there if it shall go, or undo what was changed there";
            planned.problems.push(Problem {
                blocks: false,
                ..problem(&change, ProblemKind::GoneOnTheLeft, text, Some(hint))
            });
        }
        _ => planned.changes.push(deleting(bound, row, title, id)),
    }
}

/// A pair whose right record is as archiving would make it.
fn archived_already(work: &Work<'_>, bound: &Bound, change: Change, right: &Raw) -> Settled {
    let answer = Written {
        id: right.id.clone(),
        raw: Some(right.clone()),
        evidence: Evidence::Answered,
    };
    Settled {
        change: None,
        ..settle_one(
            work,
            std::slice::from_ref(bound),
            change,
            &answer,
            &mut Vec::new(),
        )
    }
}

/// The counterparts as they are now.
async fn rights(
    work: &Work<'_>,
    tally: &Tally,
    bound: &Bound,
    batch: &[&(PairRow, Fate)],
) -> Result<HashMap<RecordId, Raw>, Fault> {
    let object = &bound.pairing.right;
    let found: Vec<Option<(RecordId, Raw)>> = stream::iter(batch)
        .map(async |(row, _)| {
            let found = find(work, tally, object, &row.right).await?;
            Ok::<_, Fault>(found.map(|raw| (row.right.clone(), raw)))
        })
        .buffered(READS_AT_ONCE)
        .try_collect()
        .await?;
    Ok(found.into_iter().flatten().collect())
}

/// A right record, read directly; none if it is gone, or became a part of another.
pub(crate) async fn find(
    work: &Work<'_>,
    tally: &Tally,
    object: &ObjectName,
    id: &RecordId,
) -> Result<Option<Raw>, Fault> {
    let raw = read_directly(work, tally, object, id).await?;
    Ok(raw.filter(|raw| &raw.id == id))
}

/// The same, or the record that it became a part of.
pub(crate) async fn read_directly(
    work: &Work<'_>,
    tally: &Tally,
    object: &ObjectName,
    id: &RecordId,
) -> Result<Option<Raw>, Fault> {
    match again(work, tally, async || work.right_source.find(object, id).await).await {
        Err(fault) if fault.kind() == FaultKind::Gone => Ok(None),
        found => found,
    }
}

/// Keeps what was read by itself, such as what will be deleted, so that it can be made again.
pub(crate) async fn keep_copies<'r>(
    work: &Work<'_>,
    object: &ObjectName,
    raws: impl Iterator<Item = &'r Raw>,
) -> Result<(), Fault> {
    let end = work.right_end(object);
    let raws: Vec<Raw> = raws.cloned().collect();
    // What cannot be listed has no pass, and needs none.
    let progress = work.mirror.progress(&end).await?.unwrap_or(model::Keep {
        pass: 1,
        cursor: None,
        began_at: work.clock.now(),
        whole: false,
        past: model::Past::default(),
    });
    match raws.is_empty() {
        true => Ok(()),
        false => work.mirror.keep(&end, &raws, &[], &progress).await.map(drop),
    }
}

/// What a person called the left records, as far as the mirror still has them.
pub(crate) async fn titles(
    work: &Work<'_>,
    object: &ObjectName,
    lefts: impl Iterator<Item = &RecordId>,
) -> Result<HashMap<RecordId, String>, Fault> {
    let ids: Vec<RecordId> = lefts.cloned().collect();
    let raws = work.mirror.raws(&work.left_end(object), &ids).await?;
    let shaped = raws.iter().filter_map(|raw| work.left.shape(object, raw).ok());
    Ok(shaped.map(|record| (record.id, record.title)).collect())
}

pub(crate) fn title(titles: &HashMap<RecordId, String>, row: &PairRow) -> String {
    let known = titles.get(&row.left).cloned();
    known.unwrap_or_else(|| row.left.to_string())
}

fn count(tally: &Tally, change: &Change, became: Gone) {
    tally.line(&change.pairing, |line| match became {
        Gone::Deleted => line.deleted += 1,
        _ => line.archived += 1,
    });
}
