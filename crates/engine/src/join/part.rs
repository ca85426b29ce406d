//! What becomes of a right record when one of those that joined it is gone: it loses that one's part of its lists, and keeps
//! all else.

use model::{
    Action, Base, Change, Fault, FieldChange, PairRow, Plan, Reason, Record, RecordId, Settlement, Side,
    Value,
};

use super::{
    spare::{leave_to_others, named_by_others},
    was_ours, with_part,
};
use crate::{
    apply::{Batch, apply},
    bind::Bound,
    merge::same,
    run::lane,
    work::{Tally, Work},
};

/// How many pairs are looked at at once.
const LOOKED_AT: usize = 500;

/// Takes away what records added that are gone from the left side.
pub(crate) async fn part(work: &Work<'_>, tally: &Tally, bound: &[Bound]) -> Result<(), Fault> {
    for one in bound.iter().filter(|bound| bound.pairing.joins.is_some()) {
        let end = work.left_end(&one.pairing.left);
        let mut after: Option<RecordId> = None;
        loop {
            let (import, intents) = (&work.import.id, work.intents);
            let rows = intents.widowed(import, &end, after.as_ref(), LOOKED_AT).await?;
            let Some(last) = rows.last() else { break };
            after = Some(last.left.clone());
            for row in rows.into_iter().filter(|row| row.pairing == one.pairing.id) {
                part_one(work, tally, bound, one, &row).await?;
            }
        }
    }
    Ok(())
}

/// One at a time: two may have joined one record.
async fn part_one(
    work: &Work<'_>,
    tally: &Tally,
    bound: &[Bound],
    one: &Bound,
    row: &PairRow,
) -> Result<(), Fault> {
    let object = &one.pairing.left;
    let lane = lane(work, tally, bound, object, None, true);
    let right = lane
        .fresh(one, std::slice::from_ref(&row.right))
        .await?
        .remove(&row.right);
    let shared = [(row.right.clone(), row.left.clone())];
    let mut others = named_by_others(work, &row.right_object, &shared).await?;
    let mut ours = row.clone();
    leave_to_others(&mut ours.base, &others.remove(&row.left).unwrap_or_default());
    let change = right.and_then(|right| leave(one, &ours, &right, tally, work));
    if let Some(change) = change
        && !is_written(work, tally, bound, change).await?
    {
        return Ok(());
    }
    // Nobody's pair tells any more what it was to be read back as.
    tally.forget_written(&row.right_object, &row.right);
    let settlement = Settlement {
        object: Some((object, Side::Right)),
        parted: std::slice::from_ref(&row.left),
        ..Settlement::default()
    };
    work.intents.settle(&work.import.id, work.run, &settlement).await
}

/// Writes a change; whether the pair agrees on nothing afterwards.
async fn is_written(work: &Work<'_>, tally: &Tally, bound: &[Bound], change: Change) -> Result<bool, Fault> {
    let (object, left) = (change.left_object.clone(), change.left.clone());
    work.intents
        .intend(&work.import.id, work.run, &[change.intent()])
        .await?;
    let batch = Batch {
        object: object.clone(),
        plan: Plan {
            changes: vec![change],
            ..Plan::default()
        },
        planned: vec![left.clone()],
        through: None,
    };
    apply(work, tally, bound, batch).await?;
    let rows = work.intents.pairs(&work.import.id, &object, &[left]).await?;
    Ok(rows.iter().all(|row| row.base.left.is_empty()))
}

/// What takes a record's part out of the lists that it joined; nothing if none of it is there.
fn leave(bound: &Bound, row: &PairRow, right: &Record, tally: &Tally, work: &Work<'_>) -> Option<Change> {
    let mut fields = Vec::new();
    for (rule, field) in &bound.rules {
        let was = row.base.agreed(&field.name).left;
        // What the vendor does not show is as it was written.
        let list = right.fields.get(&field.name).unwrap_or(was);
        let ours = was_ours(&rule.turn, list, was, &row.left);
        let after = with_part(list, &ours, &Value::Nothing);
        if !same(list, &after) {
            fields.push(FieldChange {
                name: field.name.clone(),
                before: Some(list.clone()),
                after,
            });
        }
    }
    (!fields.is_empty()).then(|| Change {
        id: tally.next_id(work.run),
        pairing: row.pairing.clone(),
        side: Side::Right,
        object: row.right_object.clone(),
        action: Action::Update(row.right.clone()),
        left_object: row.left_object.clone(),
        left: row.left.clone(),
        right_object: row.right_object.clone(),
        right: Some(row.right.clone()),
        title: right.title.clone(),
        fields,
        why: Reason::OtherSideChanged,
        adopted: row.adopted,
        waiting: false,
        returning: false,
        base: Base::default(),
    })
}
