//! Records as both sides are in the mirror, joined and looked at. No record is read from a vendor, only what fields there
//! are.

use std::collections::{HashMap, HashSet};

use model::{
    Fault, FieldName, ObjectName, Pair, PairRow, PairingId, Problem, Record, RecordId, Seen, Seq, Settled,
    ValueMark,
};
use serde::Serialize;

use crate::{
    bind::Bound,
    identify::{Identified, identify, marks},
    join::Joining,
    kin::Kin,
    plan::{FieldView, Given, agree_on, inspect as inspect_pair},
    prepare::prepare,
    preview::Collected,
    recipe::chosen,
    stage::Lane,
    work::{Tally, Work},
};

/// A left record with its counterpart, field by field.
#[derive(Clone, Debug, Serialize)]
pub struct Inspected {
    /// The pairing that it belongs to.
    pub pairing: PairingId,
    /// The left record.
    pub left: Record,
    /// The right object of the pairing.
    pub right_object: ObjectName,
    /// The counterpart, if there is one.
    pub right_id: Option<RecordId>,
    /// The counterpart as it was last read.
    pub right: Option<Record>,
    /// Whether the counterpart was there before us.
    pub adopted: bool,
    /// Its fields.
    pub fields: Vec<FieldView>,
    /// What planning it now would find.
    pub problems: Vec<Problem>,
    /// Right records that fit equally well.
    pub candidates: Vec<Record>,
    /// The marks of what stands in a choice between them.
    #[serde(skip)]
    pub choice: Option<(ValueMark, ValueMark)>,
}

/// Looks at left records of an object.
pub async fn inspect(
    work: &Work<'_>,
    object: &ObjectName,
    ids: &[RecordId],
) -> Result<Vec<Inspected>, Fault> {
    let tally = Tally::new();
    let import = chosen(work.import);
    let work = &Work {
        import: &import,
        ..*work
    };
    let prepared = prepare(work, &tally).await?;
    let collected = Collected::default();
    let mut lane = Lane {
        work,
        tally: &tally,
        bound: &prepared.bound,
        object,
        // Nothing may be brought, and nothing written.
        preview: Some(&collected),
        claimed: HashSet::new(),
        joining: Joining::default(),
        kin: Kin::default(),
        all_arrived: true,
        remakes: false,
    };
    lane.inspected(ids).await
}

impl Lane<'_> {
    async fn inspected(&mut self, ids: &[RecordId]) -> Result<Vec<Inspected>, Fault> {
        let (import, intents) = (&self.work.import.id, self.work.intents);
        let raws = self
            .work
            .mirror
            .raws(&self.work.left_end(self.object), ids)
            .await?;
        let seen = raws.into_iter().map(|raw| Seen { seq: Seq(0), raw }).collect();
        let (due, _) = self.shape(seen);
        let rows = intents.pairs(import, self.object, ids).await?;
        let rows: HashMap<RecordId, PairRow> = rows.into_iter().map(|row| (row.left.clone(), row)).collect();
        let (mut due, joined) = self.joined(due, &rows).await?;
        self.name(&mut due).await?;
        let counterparts = self.followed(&due).await?;
        let files = self.files(&due).await?;
        let decisions = intents.decisions(import, self.object, ids).await?;
        let shared = self.shared(&due).await?;
        let left_alone = self.left_alone();
        let given = Given {
            connector: &self.work.import.recipe.left,
            right_connector: &self.work.import.recipe.right,
            options: &self.work.import.options,
            counterparts: Some(&counterparts),
            files: &files,
            all_arrived: true,
            misfit: &|kind, value| self.work.right.misfit(kind, value),
            left_alone: &left_alone,
            clashes: self.work.import.recipe.clashes,
            decisions: &decisions,
            shared: Some(&shared),
        };
        let mut inspected = Vec::with_capacity(ids.len());
        for (at, due) in due {
            let Some(bound) = self.bound.get(at) else { continue };
            for pair in self.pairs(bound, due, (&rows, &joined), &counterparts).await? {
                inspected.push(look(&given, bound, pair));
            }
        }
        Ok(inspected)
    }
}

/// A pair of which the next sync writes these fields to the right again, whatever was agreed about them.
pub fn written_anew(row: PairRow, fields: &[FieldName], shared: bool) -> Settled {
    let mut base = row.base;
    for field in fields {
        // What the right side has counts as agreed, so that the left value is what changed.
        let right = base.agreed(field).right.clone();
        agree_on(&mut base, field, &right, &right);
    }
    Settled {
        change: None,
        pairing: row.pairing,
        left_object: row.left_object,
        left: row.left,
        right_object: row.right_object,
        right: row.right,
        base,
        adopted: row.adopted,
        waiting: true,
        returning: row.returning,
        shared,
        right_hash: None,
    }
}

fn look(given: &Given<'_>, bound: &Bound, pair: Pair) -> Inspected {
    let (fields, problems) = inspect_pair(given, bound, &pair);
    let key = model::ExternalKey::of(given.connector, &bound.pairing.left, &pair.left.id);
    let found = match pair.right_id {
        None => identify(
            &bound.pairing,
            &pair.left,
            (&key, given.right_connector),
            &pair.candidates,
        ),
        Some(_) => Identified::Nobody,
    };
    let (candidates, choice) = match found {
        Identified::Equal(ids) => {
            let fits = |record: &Record| ids.contains(&record.id);
            (
                pair.candidates.into_iter().filter(fits).collect(),
                Some(marks(&bound.pairing, &pair.left, &key, &ids)),
            )
        }
        Identified::One { .. } | Identified::Nobody => (Vec::new(), None),
    };
    Inspected {
        pairing: bound.pairing.id.clone(),
        left: pair.left,
        right_object: bound.pairing.right.clone(),
        right_id: pair.right_id,
        right: pair.right,
        adopted: pair.adopted,
        fields,
        problems,
        candidates,
        choice,
    }
}
