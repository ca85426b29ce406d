//! Names for records that are mentioned by their ids alone, where a rule writes the name.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use model::{Fault, FieldName, ObjectName, RecordId, Reference, Turn, Value};

use crate::{
    bind::Bound,
    stage::{Due, Lane},
};

impl Lane<'_> {
    /// Gives references without a name that of the record, as far as the mirror has it.
    pub(crate) async fn name(&self, due: &mut [(usize, Vec<Due>)]) -> Result<(), Fault> {
        let mut nameless: BTreeMap<ObjectName, BTreeSet<RecordId>> = BTreeMap::new();
        self.each(due, &mut |reference| {
            let ids = nameless.entry(reference.object.clone()).or_default();
            ids.insert(reference.id.clone());
        });
        let mut names: HashMap<(ObjectName, RecordId), String> = HashMap::new();
        for (object, ids) in nameless {
            let ids: Vec<RecordId> = ids.into_iter().collect();
            let end = self.work.left_end(&object);
            for raw in self.work.mirror.raws(&end, &ids).await? {
                if let Ok(record) = self.work.left.shape(&object, &raw) {
                    names.insert((object.clone(), record.id), record.title);
                }
            }
        }
        if !names.is_empty() {
            self.each(due, &mut |reference| {
                let key = (reference.object.clone(), reference.id.clone());
                reference.label = names.get(&key).cloned();
            });
        }
        Ok(())
    }

    /// Every reference without a name in a field of which a rule writes the name.
    fn each(&self, due: &mut [(usize, Vec<Due>)], meet: &mut dyn FnMut(&mut Reference)) {
        for (at, due) in due {
            let Some(bound) = self.bound.get(*at) else {
                continue;
            };
            let named = named_fields(bound);
            for due in due {
                for (name, value) in &mut due.left.fields {
                    if named.contains(name) {
                        each_nameless(value, meet);
                    }
                }
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
