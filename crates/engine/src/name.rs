//! Names for records that are mentioned by their ids alone, where a rule writes the name.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use model::{Fault, FieldName, ObjectName, Record, RecordId, Reference, Turn, Value};

use crate::{
    bind::Bound,
    stage::{Due, Lane},
    work::Work,
};

impl Lane<'_> {
    /// Names what the records of a batch mention.
    pub(crate) async fn name(&self, due: &mut [(usize, Vec<Due>)]) -> Result<(), Fault> {
        let bound = self.bound;
        let records = due
            .iter_mut()
            .filter_map(|(at, due)| Some((bound.get(*at)?, due)));
        let records = records.flat_map(|(bound, due)| due.iter_mut().map(move |due| (bound, &mut due.left)));
        name_mentioned(self.work, &mut records.collect::<Vec<_>>()).await
    }
}

/// Gives references of left records without a name that of the record, as far as the mirror has it, in fields of which a
/// rule writes the name.
pub(crate) async fn name_mentioned(
    work: &Work<'_>,
    records: &mut [(&Bound, &mut Record)],
) -> Result<(), Fault> {
    let mut nameless: BTreeMap<ObjectName, BTreeSet<RecordId>> = BTreeMap::new();
    each(records, &mut |reference| {
        let ids = nameless.entry(reference.object.clone()).or_default();
        ids.insert(reference.id.clone());
    });
    let mut names: HashMap<(ObjectName, RecordId), String> = HashMap::new();
    for (object, ids) in nameless {
        let ids: Vec<RecordId> = ids.into_iter().collect();
        let end = work.left_end(&object);
        for raw in work.mirror.raws(&end, &ids).await? {
            if let Ok(record) = work.left.shape(&object, &raw) {
                names.insert((object.clone(), record.id), record.title);
            }
        }
    }
    if !names.is_empty() {
        each(records, &mut |reference| {
            let key = (reference.object.clone(), reference.id.clone());
            reference.label = names.get(&key).cloned();
        });
    }
    Ok(())
}

/// Every reference without a name in a field of which a rule writes the name.
fn each(records: &mut [(&Bound, &mut Record)], meet: &mut dyn FnMut(&mut Reference)) {
    for (bound, record) in records {
        let named = named_fields(bound);
        for (name, value) in &mut record.fields {
            if named.contains(name) {
                each_nameless(value, meet);
            }
        }
    }
}

/// The left fields of which a rule writes names.
fn named_fields(bound: &Bound) -> BTreeSet<&FieldName> {
    let mut names = BTreeSet::new();
    for (rule, _) in &bound.rules {
        match &rule.turn {
            Turn::Label | Turn::Gathered => names.extend(&rule.left),
            Turn::Stamped(stamp) => names.extend([&stamp.by]),
            _ => {}
        }
    }
    names
}

fn each_nameless(value: &mut Value, meet: &mut dyn FnMut(&mut Reference)) {
    match value {
        Value::Ref(reference) if reference.label.is_none() => meet(reference),
        Value::List(values) => values.iter_mut().for_each(|value| each_nameless(value, meet)),
        _ => {}
    }
}
