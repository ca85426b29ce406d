//! Undoing what was written: planned from the past and the present, intended, written and settled like anything else.
//! Afterwards both sides count as agreed: the value that was undone comes again only when its side changes it.

use std::collections::{BTreeMap, HashMap, HashSet};

use futures_util::{StreamExt, TryStreamExt, stream};
use model::{
    Action, Change, Direction, Fault, FaultKind, ObjectName, PairRow, Plan, Record, RecordId, Report, Side,
    Source, Value,
};

use crate::{
    apply::{
        Batch, apply,
        back::{ReturnBatch, apply_back},
    },
    bind::Bound,
    bring::Compared,
    count::{count, draw_up},
    files::Taken,
    name::name_mentioned,
    plan::{agree_on, back::with_fields},
    prepare::prepare,
    pull::READS_AT_ONCE,
    recipe::chosen,
    recover::recover,
    run::read_back,
    turn::{Counterparts, KnownOnRight, turn_of},
    work::{Tally, Work, again},
};

mod record;
mod restored;
mod unmade;

pub use record::{LeftAlone, Standing, Undo, UndoPlan, undo_record};

/// Records per batch.
const BATCH: usize = 200;

/// What an undoing came to.
#[derive(Debug, Default)]
pub struct Undone {
    /// What was written, or would be.
    pub changes: Vec<Change>,
    /// What stays as it is.
    pub alone: Vec<LeftAlone>,
    /// What was counted; none where nothing was to be written.
    pub report: Option<Report>,
}

/// Undoes what was written of records. `shows` writes nothing and only says what would be written.
pub async fn undo(work: &Work<'_>, undos: &[Undo], shows: bool) -> Result<Undone, Fault> {
    let began = work.clock.now();
    let tally = Tally::new();
    let import = chosen(work.import);
    let work = &Work {
        import: &import,
        ..*work
    };
    let prepared = prepare(work, &tally).await?;
    if !shows {
        recover(work, &tally, &prepared.bound).await?;
    }
    let bound = &prepared.bound;
    let mut undone = Undone::default();
    let mut unmade: Vec<Change> = Vec::new();
    for object in work.import.recipe.left_objects() {
        let of_object: Vec<&Undo> = undos.iter().filter(|undo| undo.object == object).collect();
        for chunk in of_object.chunks(BATCH) {
            let born = unmade::born_again(work, chunk);
            let (planned, known, again) = plan_batch(work, &tally, bound, &object, chunk).await?;
            undone.alone.extend(planned.alone);
            let is_deletion = |change: &Change| matches!(change.action, Action::Delete(_));
            let (deletions, changes): (Vec<_>, Vec<_>) = planned.changes.into_iter().partition(is_deletion);
            if !shows {
                write(work, &tally, bound, (&object, &known), &changes).await?;
                unmade::let_in(work, chunk).await?;
                unmade::bear(work, &tally, bound, &born).await?;
                let (made, alone) = restored::make(work, &tally, bound, &object, again).await?;
                undone.changes.extend(made);
                undone.alone.extend(alone);
            } else {
                undone.changes.extend(again.into_iter().map(|(change, _)| change));
            }
            undone.changes.extend(changes);
            undone.changes.extend(born);
            unmade.extend(deletions);
        }
    }
    // What refers to others goes before them.
    unmade.reverse();
    if !shows {
        unmade::delete(work, &tally, &unmade).await?;
    }
    undone.changes.extend(unmade);
    if shows {
        return Ok(undone);
    }
    read_back(work, &tally, bound).await?;
    let counted = count(work, &tally, bound, &Compared::default()).await?;
    let took = work.clock.now().duration_since(began);
    let mut report = draw_up(&tally, bound, &counted);
    report.direction = Direction::Both;
    report.took_ms = u64::try_from(took.as_millis()).unwrap_or_default();
    undone.report = Some(report);
    Ok(undone)
}

/// Plans to undo what was written of left records of one object.
async fn plan_batch(
    work: &Work<'_>,
    tally: &Tally,
    bound: &[Bound],
    object: &ObjectName,
    undos: &[&Undo],
) -> Result<(UndoPlan, Counterparts, Vec<(Change, PairRow)>), Fault> {
    let ids: Vec<RecordId> = undos.iter().map(|undo| undo.left.clone()).collect();
    let rows = work.intents.pairs(&work.import.id, object, &ids).await?;
    let rows: HashMap<&RecordId, &PairRow> = rows.iter().map(|row| (&row.left, row)).collect();
    let rights = undos.iter().filter(|undo| wrote(undo, Side::Right));
    let rights = rights.filter_map(|undo| rows.get(&undo.left));
    let rights = rights.map(|row| (row.right_object.clone(), row.right.clone()));
    let rights = present(work, tally, work.right_source, rights.collect()).await?;
    let lefts = undos.iter().filter(|undo| wrote(undo, Side::Left));
    let lefts = lefts.map(|undo| (object.clone(), undo.left.clone()));
    let mut lefts = present(work, tally, work.left, lefts.collect()).await?;
    let named = lefts.iter_mut().filter_map(|(id, left)| {
        let row = rows.get(id)?;
        Some((bound.iter().find(|bound| bound.pairing.id == row.pairing)?, left))
    });
    name_mentioned(work, &mut named.collect::<Vec<_>>()).await?;
    let copies = copies(work, object, undos).await?;
    let (mut whole, mut again) = (UndoPlan::default(), Vec::new());
    for undo in undos {
        let row = rows.get(&undo.left);
        if let Some(row) = row.filter(|row| restored::is_wanted(undo, row)) {
            again.push((restored::shown(work, tally, undo, row), (**row).clone()));
            continue;
        }
        let found =
            row.and_then(|row| Some((row, bound.iter().find(|bound| bound.pairing.id == row.pairing)?)));
        let Some((row, bound)) = found else {
            if !unmade::born_again(work, &[*undo]).is_empty() {
                continue;
            }
            whole.alone.push(without_counterpart(undo));
            continue;
        };
        let standing = Standing {
            row,
            left: lefts.get(&undo.left),
            left_before: copies.get(&undo.left),
            right: rights.get(&row.right),
        };
        let planned = undo_record(bound, undo, standing, &mut || tally.next_id(work.run));
        whole.changes.extend(planned.changes);
        whole.alone.extend(planned.alone);
    }
    let known = known(work, lefts.values()).await?;
    agree_on_lefts(bound, &lefts, &known, &mut whole.changes);
    Ok((whole, known, again))
}

/// What is left alone for it has no counterpart.
fn without_counterpart(undo: &Undo) -> LeftAlone {
    let last = undo.chosen.last();
    LeftAlone {
        object: undo.object.clone(),
        left: undo.left.clone(),
        title: last.map_or_else(String::new, |change| change.title.clone()),
        field: None,
        why: match unmade::was_deleted(undo) {
            true => "the next sync makes it again".to_owned(),
            false => "it has no counterpart any more".to_owned(),
        },
        may_be_forced: false,
    }
}

/// Left records that a run made, as they were when they were last read.
async fn copies(
    work: &Work<'_>,
    object: &ObjectName,
    undos: &[&Undo],
) -> Result<HashMap<RecordId, Record>, Fault> {
    let is_made =
        |change: &Change| change.side == Side::Left && matches!(change.action, Action::Create { .. });
    let made = undos.iter().filter(|undo| undo.chosen.iter().any(is_made));
    let ids: Vec<RecordId> = made.map(|undo| undo.left.clone()).collect();
    let raws = work.mirror.raws(&work.left_end(object), &ids).await?;
    let shaped = raws.iter().filter_map(|raw| work.left.shape(object, raw).ok());
    Ok(shaped.map(|record| (record.id.clone(), record)).collect())
}

fn wrote(undo: &Undo, side: Side) -> bool {
    undo.chosen.iter().any(|change| change.side == side)
}

/// Records as their vendor has them at this moment.
async fn present(
    work: &Work<'_>,
    tally: &Tally,
    source: &dyn Source,
    wanted: Vec<(ObjectName, RecordId)>,
) -> Result<HashMap<RecordId, Record>, Fault> {
    let found: Vec<Option<Record>> = stream::iter(wanted)
        .map(async |(object, id): (ObjectName, RecordId)| {
            let raw = again(work, tally, async || source.find(&object, &id).await).await?;
            raw.map(|raw| source.shape(&object, &raw)).transpose()
        })
        .buffered(READS_AT_ONCE)
        .try_collect()
        .await?;
    Ok(found
        .into_iter()
        .flatten()
        .map(|record| (record.id.clone(), record))
        .collect())
}

/// Notes in the bases of what goes back to the left what its right values are agreed to be: they were refused, and come
/// again only when they change.
fn agree_on_lefts(
    bound: &[Bound],
    lefts: &HashMap<RecordId, Record>,
    known: &Counterparts,
    changes: &mut [Change],
) {
    let files = Taken::default();
    let known = KnownOnRight {
        counterparts: Some(known),
        files: &files,
    };
    for change in changes.iter_mut().filter(|change| change.side == Side::Left) {
        let of_pairing = bound.iter().find(|bound| bound.pairing.id == change.pairing);
        let (Some(bound), Some(left)) = (of_pairing, lefts.get(&change.left)) else {
            continue;
        };
        let after = with_fields(left, &change.fields);
        for (at, (rule, field)) in bound.rules.iter().enumerate() {
            let goes_there = bound.back.get(&at);
            let is_written = goes_there.is_some_and(|to| change.fields.iter().any(|one| one.name == to.name));
            if is_written && let Ok(turned) = turn_of(rule, &after, &field.kind, known, change.adopted) {
                let right = change.base.agreed(&field.name).right.clone();
                agree_on(&mut change.base, &field.name, &turned.value, &right);
            }
        }
    }
}

/// What the references of left records point to on the right.
async fn known(work: &Work<'_>, lefts: impl Iterator<Item = &Record>) -> Result<Counterparts, Fault> {
    let references = lefts.flat_map(|left| left.fields.values().flat_map(Value::references));
    let wanted: HashSet<_> = references
        .map(|one| (one.object.clone(), one.id.clone()))
        .collect();
    let wanted: Vec<_> = wanted.into_iter().collect();
    work.intents.counterparts(&work.import.id, &wanted).await
}

/// Intends, writes and settles.
async fn write(
    work: &Work<'_>,
    tally: &Tally,
    bound: &[Bound],
    (object, counterparts): (&ObjectName, &Counterparts),
    changes: &[Change],
) -> Result<(), Fault> {
    let intents: Vec<Change> = changes.iter().map(Change::intent).collect();
    work.intents.intend(&work.import.id, work.run, &intents).await?;
    let mut by_side: BTreeMap<Side, Vec<Change>> = BTreeMap::new();
    for change in changes {
        by_side.entry(change.side).or_default().push(change.clone());
    }
    let mut plan_of = |side| Plan {
        changes: by_side.remove(&side).unwrap_or_default(),
        ..Plan::default()
    };
    let there = Batch {
        object: object.clone(),
        plan: plan_of(Side::Right),
        planned: Vec::new(),
        through: None,
    };
    apply(work, tally, bound, there).await?;
    let back = plan_of(Side::Left);
    if back.changes.is_empty() {
        return Ok(());
    }
    let left = work.left_writer.ok_or_else(|| {
        Fault::new(FaultKind::Settings, "undoing what was written to the left side")
            .said("the left connection cannot be written to")
    })?;
    let back = ReturnBatch {
        object: object.clone(),
        plan: back,
        planned: Vec::new(),
        counterparts,
        files: &Taken::default(),
    };
    apply_back(work, tally, bound, left, back).await.map(drop)
}
