//! What a run made is deleted, and left out from then on; what was deleted so is let in again.

use model::{
    Action, Change, Choice, Decision, ExternalKey, Fault, FaultKind, ObjectName, Reason, RecordId,
    Settlement, Side, ValueMark,
};

use super::Undo;
use crate::{
    apply::{To, write_all},
    back::BackLane,
    bind::Bound,
    work::{Tally, Work},
};

/// Records that are deleted at once.
const BATCH: usize = 200;

/// Deletes records that a run made. What they were made for is left out first, so that no sync makes them again.
pub(super) async fn delete(work: &Work<'_>, tally: &Tally, changes: &[Change]) -> Result<(), Fault> {
    for of_side in changes.chunk_by(|one, other| one.side == other.side) {
        for changes in of_side.chunks(BATCH) {
            let out: Vec<Decision> = changes
                .iter()
                .map(|change| {
                    let (object, id) = made_for(change);
                    decision(object, id, Choice::LeaveOut)
                })
                .collect();
            work.intents.decide(&work.import.id, &out).await?;
            work.intents.intend(&work.import.id, work.run, changes).await?;
            delete_batch(work, tally, changes).await?;
        }
    }
    Ok(())
}

/// The record that one was made for, on the other side.
fn made_for(change: &Change) -> (&ObjectName, &RecordId) {
    match (change.side, &change.right) {
        (Side::Left, Some(right)) => (&change.right_object, right),
        _ => (&change.left_object, &change.left),
    }
}

fn written_side<'w>(work: &Work<'w>, side: Side) -> Result<To<'w>, Fault> {
    let to = |destination, source| To { destination, source };
    match side {
        Side::Right => Ok(to(work.right, work.right_source)),
        Side::Left => work.left_writer.map(|left| to(left, work.left)).ok_or_else(|| {
            Fault::new(FaultKind::Settings, "deleting what was made on the left side")
                .said("the left connection cannot be written to")
        }),
    }
}

async fn delete_batch(work: &Work<'_>, tally: &Tally, changes: &[Change]) -> Result<(), Fault> {
    let side = changes.first().map_or(Side::Right, |change| change.side);
    let to = written_side(work, side)?;
    let written = write_all(work, tally, to, changes).await?;
    let (mut forgotten, mut done, mut failed) = (Vec::new(), Vec::new(), Vec::new());
    for change in changes {
        match written.get(&change.id) {
            // It is still there: the vendor deletes none of its kind.
            Some(Ok(answer)) if answer.raw.is_some() => done.push(change.id.clone()),
            Some(Err(fault)) if fault.kind() != FaultKind::Gone => {
                failed.push((change.id.clone(), fault.to_string()));
                tally.line(&change.pairing, |line| line.failed += 1);
            }
            Some(_) => {
                let right = u64::from(side == Side::Right);
                // What was written of it is nobody's counterpart any more, and is not looked for.
                if let Some(id) = &change.right {
                    tally.forget_written(&change.right_object, id);
                }
                tally.line(&change.pairing, |line| line.deleted += right);
                forgotten.push((change.left_object.clone(), change.left.clone()));
                done.push(change.id.clone());
            }
            None => failed.push((change.id.clone(), "no outcome".to_owned())),
        }
    }
    let settlement = Settlement {
        forgotten: &forgotten,
        done: &done,
        failed: &failed,
        ..Settlement::default()
    };
    work.intents
        .settle(&work.import.id, work.run, &settlement)
        .await?;
    for change in changes.iter().filter(|change| done.contains(&change.id)) {
        let (end, ids) = match side {
            Side::Right => (work.right_end(&change.right_object), change.right.clone()),
            Side::Left => (work.left_end(&change.left_object), Some(change.left.clone())),
        };
        work.mirror
            .forget(&end, &ids.into_iter().collect::<Vec<_>>())
            .await?;
    }
    Ok(())
}

/// Whether a record was deleted by an undoing that is to be undone.
pub(super) fn was_deleted(undo: &Undo) -> bool {
    deleted(&[undo]).next().is_some()
}

/// What was deleted by an undoing that is to be undone.
fn deleted<'u>(undos: &[&'u Undo]) -> impl Iterator<Item = &'u Change> {
    let chosen = undos.iter().flat_map(|undo| &undo.chosen);
    chosen.filter(|change| change.why == Reason::Undone && matches!(change.action, Action::Delete(_)))
}

/// What is made again on the left because its deletion there is undone.
pub(super) fn born_again(work: &Work<'_>, undos: &[&Undo]) -> Vec<Change> {
    let of_left = deleted(undos).filter(|change| change.side == Side::Left);
    let again = of_left.filter_map(|change| {
        let right = change.right.as_ref()?;
        let key = ExternalKey::of(&work.import.recipe.right, &change.right_object, right);
        Some(Change {
            action: Action::Create { key },
            ..change.clone()
        })
    });
    again.collect()
}

/// Makes left records again.
pub(super) async fn bear(
    work: &Work<'_>,
    tally: &Tally,
    bound: &[Bound],
    born: &[Change],
) -> Result<(), Fault> {
    for born in born.chunk_by(|one, other| one.right_object == other.right_object) {
        let ids: Vec<RecordId> = born.iter().filter_map(|change| change.right.clone()).collect();
        if let Some(first) = born.first() {
            BackLane::new(work, tally, bound, &first.right_object, None)?
                .ids(&ids)
                .await?;
        }
    }
    Ok(())
}

/// Lets records have counterparts again: of left records, the next sync makes them.
pub(super) async fn let_in(work: &Work<'_>, undos: &[&Undo]) -> Result<(), Fault> {
    let decided: Vec<Decision> = deleted(undos)
        .map(|change| {
            let (object, id) = made_for(change);
            let of = match change.side {
                Side::Left => Side::Right,
                Side::Right => Side::Left,
            };
            decision(object, id, Choice::Take(of))
        })
        .collect();
    work.intents.decide(&work.import.id, &decided).await
}

pub(super) fn decision(object: &ObjectName, left: &RecordId, choice: Choice) -> Decision {
    Decision {
        object: object.clone(),
        record: left.clone(),
        field: None,
        choice,
        left: ValueMark(0),
        right: ValueMark(0),
    }
}
