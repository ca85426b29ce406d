//! Both sides' contents as sums, from what the vendors said and what the pairs agreed on: no call to a vendor, and no more
//! memory than a page.

use std::collections::{BTreeMap, HashMap, HashSet};

use model::{
    Contents, Fault, FieldName, Gone, ObjectName, PairRow, PairingId, Raw, RawHash, Record, RecordId,
    Relation, SetSum, Value,
};

use crate::{bind::Bound, pull::as_agreed, work::Work};

/// Left records that are looked at at once.
const PAGE: usize = 1_000;
/// How many differing records of a pairing are named.
const NAMED: usize = 20;

/// What the pairs of an import come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Proof {
    /// Left records that are there, and of these those with a counterpart.
    pub(crate) objects: BTreeMap<ObjectName, (SetSum, SetSum)>,
    pub(crate) contents: BTreeMap<PairingId, Contents>,
    pub(crate) relations: BTreeMap<(PairingId, FieldName), Relation>,
}

/// Adds up both sides, page by page.
pub(crate) async fn prove(work: &Work<'_>, bound: &[Bound]) -> Result<Proof, Fault> {
    let mut proof = Proof::default();
    for object in work.import.recipe.left_objects() {
        let end = work.left_end(&object);
        let mut after: Option<RecordId> = None;
        loop {
            let ids = work.mirror.there(&end, after.as_ref(), PAGE).await?;
            let Some(last) = ids.last() else { break };
            after = Some(last.clone());
            let hashes = work.mirror.hashes(&end, &ids).await?;
            let rows = work.intents.pairs(&work.import.id, &object, &ids).await?;
            let rows: Vec<PairRow> = rows
                .into_iter()
                .filter(|row| !row.gone.is_some_and(Gone::is_without))
                .collect();
            proof.add_lefts(&object, &ids, &hashes, &rows);
            let differing = differing(work, &rows).await?;
            for row in &rows {
                let of = bound.iter().find(|bound| bound.pairing.id == row.pairing);
                if let Some(of) = of {
                    let right = differing.get(&(row.right_object.clone(), row.right.clone()));
                    proof.add_pair(bound, of, row, right);
                }
            }
        }
    }
    Ok(proof)
}

/// What stands for a left record: its id, and a hash of what the vendor last sent of it.
pub(crate) fn add_left(sum: &mut SetSum, id: &RecordId, hash: &RawHash) {
    sum.add(&[id.as_str().as_bytes(), &hash.0]);
}

/// The right records of these pairs whose text the mirror has, and that is not the text that was answered when they were
/// written.
async fn differing(
    work: &Work<'_>,
    rows: &[PairRow],
) -> Result<HashMap<(ObjectName, RecordId), Record>, Fault> {
    let mut by_object: BTreeMap<&ObjectName, Vec<RecordId>> = BTreeMap::new();
    for row in rows {
        by_object
            .entry(&row.right_object)
            .or_default()
            .push(row.right.clone());
    }
    let mut found = HashMap::new();
    for (object, mut ids) in by_object {
        ids.sort();
        ids.dedup();
        let end = work.right_end(object);
        let mirrored = work.mirror.hashes(&end, &ids).await?;
        if mirrored.is_empty() {
            continue;
        }
        let ids: Vec<RecordId> = mirrored.keys().cloned().collect();
        let written = work.intents.rights(&work.import.id, object, &ids).await?;
        let written = written
            .iter()
            .filter(|row| !row.gone.is_some_and(Gone::is_without));
        let written: HashMap<&RecordId, Option<RawHash>> =
            written.map(|row| (&row.right, row.hash)).collect();
        let is_other = |id: &&RecordId| written.get(id).copied().flatten() != mirrored.get(*id).copied();
        let others: Vec<RecordId> = ids.iter().filter(is_other).cloned().collect();
        let raws: Vec<Raw> = work.mirror.raws(&end, &others).await?;
        let shaped = raws
            .iter()
            .filter_map(|raw| work.right_source.shape(object, raw).ok());
        found.extend(shaped.map(|record| ((object.clone(), record.id.clone()), record)));
    }
    Ok(found)
}

impl Proof {
    fn add_lefts(
        &mut self,
        object: &ObjectName,
        ids: &[RecordId],
        hashes: &HashMap<RecordId, RawHash>,
        rows: &[PairRow],
    ) {
        let paired: HashSet<&RecordId> = rows.iter().map(|row| &row.left).collect();
        let (known, with_counterpart) = self.objects.entry(object.clone()).or_default();
        for id in ids {
            let Some(hash) = hashes.get(id) else { continue };
            add_left(known, id, hash);
            if paired.contains(id) {
                add_left(with_counterpart, id, hash);
            }
        }
    }

    /// Adds a pair; `right` is its right record, if that may hold something else than was agreed on.
    fn add_pair(&mut self, all: &[Bound], bound: &Bound, row: &PairRow, right: Option<&Record>) {
        let id = &bound.pairing.id;
        let right = right.filter(|right| !as_agreed(all, row, right));
        let contents = self.contents.entry(id.clone()).or_insert_with(|| none(id));
        add_contents(&mut contents.agreed, bound, row, None);
        add_contents(&mut contents.right, bound, row, right);
        contents.returning += u64::from(row.returning);
        contents.waiting += u64::from(row.waiting);
        if right.is_some() {
            contents.differ += 1;
            if contents.differing.len() < NAMED {
                contents.differing.push(row.left.clone());
            }
        }
        for (_, field) in bound
            .rules
            .iter()
            .filter(|(_, field)| !field.kind.targets().is_empty())
        {
            let key = (id.clone(), field.name.clone());
            let relation = self.relations.entry(key).or_insert_with(|| Relation {
                pairing: id.clone(),
                field: field.name.clone(),
                agreed: SetSum::default(),
                right: SetSum::default(),
            });
            let agreed = row.base.agreed(&field.name).right;
            let actual = right.map_or(agreed, |right| value(right, &field.name));
            refer(&mut relation.agreed, &row.right, agreed);
            refer(&mut relation.right, &row.right, actual);
        }
    }
}

fn none(pairing: &PairingId) -> Contents {
    Contents {
        pairing: pairing.clone(),
        agreed: SetSum::default(),
        right: SetSum::default(),
        differ: 0,
        differing: Vec::new(),
        returning: 0,
        waiting: 0,
    }
}

fn refer(sum: &mut SetSum, right: &RecordId, value: &Value) {
    for reference in value.references() {
        sum.add(&[right.as_str().as_bytes(), reference.id.as_str().as_bytes()]);
    }
}

fn value<'a>(record: &'a Record, field: &FieldName) -> &'a Value {
    record.fields.get(field).unwrap_or(&Value::Nothing)
}

/// What stands for a pair: its ids, and what its right record holds in every field that a rule writes, as was agreed on or
/// as it is.
fn add_contents(sum: &mut SetSum, bound: &Bound, row: &PairRow, right: Option<&Record>) {
    let values: Vec<(&FieldName, &Value)> = bound
        .rules
        .iter()
        .map(|(_, field)| {
            let agreed = row.base.agreed(&field.name).right;
            (
                &field.name,
                right.map_or(agreed, |right| value(right, &field.name)),
            )
        })
        .collect();
    let text = serde_json::to_vec(&values).unwrap_or_default();
    sum.add(&[row.left.as_str().as_bytes(), row.right.as_str().as_bytes(), &text]);
}
