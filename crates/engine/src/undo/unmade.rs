//! What a run made is deleted, and left out from then on; what was deleted so is let in again.

use model::{
    Action, Change, Choice, Decision, Fault, FaultKind, ObjectName, Reason, RecordId, Settlement, ValueMark,
};

use super::Undo;
use crate::{
    apply::{To, write_all},
    work::{Tally, Work},
};

/// Records that are deleted at once.
const BATCH: usize = 200;

/// Deletes right records that a run made. Their left records are left out first, so that no sync makes them again.
pub(super) async fn delete(work: &Work<'_>, tally: &Tally, changes: &[Change]) -> Result<(), Fault> {
    for changes in changes.chunks(BATCH) {
        let out: Vec<Decision> = changes
            .iter()
            .map(|change| decision(&change.left_object, &change.left, Choice::LeaveOut))
            .collect();
        work.intents.decide(&work.import.id, &out).await?;
        work.intents.intend(&work.import.id, work.run, changes).await?;
        delete_batch(work, tally, changes).await?;
    }
    Ok(())
}

async fn delete_batch(work: &Work<'_>, tally: &Tally, changes: &[Change]) -> Result<(), Fault> {
    let to = To {
        destination: work.right,
        source: work.right_source,
    };
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
                tally.line(&change.pairing, |line| line.deleted += 1);
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
        let end = work.right_end(&change.right_object);
        let ids: Vec<RecordId> = change.right.iter().cloned().collect();
        work.mirror.forget(&end, &ids).await?;
    }
    Ok(())
}

/// Whether a record was deleted by an undoing that is to be undone.
pub(super) fn was_deleted(undo: &Undo) -> bool {
    let mut chosen = undo.chosen.iter();
    chosen.any(|change| change.why == Reason::Undone && matches!(change.action, Action::Delete(_)))
}

/// Lets left records have counterparts again: the next sync makes them.
pub(super) async fn let_in(work: &Work<'_>, object: &ObjectName, lefts: &[RecordId]) -> Result<(), Fault> {
    let decided: Vec<Decision> = lefts
        .iter()
        .map(|left| decision(object, left, Choice::Take(model::Side::Left)))
        .collect();
    work.intents.decide(&work.import.id, &decided).await
}

fn decision(object: &ObjectName, left: &RecordId, choice: Choice) -> Decision {
    Decision {
        object: object.clone(),
        record: left.clone(),
        field: None,
        choice,
        left: ValueMark(0),
        right: ValueMark(0),
    }
}
