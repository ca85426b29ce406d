//! Left records joined with what is known of the right: their counterparts, candidates, and what they refer to.

use std::collections::{HashMap, HashSet};

use model::{
    Base, Choice, Decision, Fault, FieldName, Gone, Handle, ObjectName, Pair, PairRow, Record, RecordId,
};

use crate::{
    bind::Bound,
    identify::{made_for, wanted},
    join::Joined,
    landing::landing,
    lost::bury_dead,
    stage::{Due, Lane},
    turn::{Counterparts, FORESEEN, LEFT_OUT, LOST, UNSHOWN},
};

/// What the records of a batch refer to.
fn named(due: &[(usize, Vec<Due>)]) -> HashSet<(ObjectName, RecordId)> {
    let due = due.iter().flat_map(|(_, due)| due);
    let references = due.flat_map(|due| due.left.fields.values().flat_map(model::Value::references));
    references
        .map(|reference| (reference.object.clone(), reference.id.clone()))
        .collect()
}

impl Lane<'_> {
    /// What the references of a batch point to on the right.
    pub(crate) async fn counterparts(&self, due: &[(usize, Vec<Due>)]) -> Result<Counterparts, Fault> {
        let mut known = self.followed(due).await?;
        if self.preview.is_some() {
            for (object, id) in named(due) {
                let foreseen = (ObjectName::new(FORESEEN), id.clone());
                known.entry((object, id)).or_insert(foreseen);
            }
        }
        Ok(known)
    }

    /// The same without what is only foreseen.
    pub(crate) async fn followed(&self, due: &[(usize, Vec<Due>)]) -> Result<Counterparts, Fault> {
        let wanted: Vec<_> = named(due).into_iter().collect();
        let (import, intents) = (&self.work.import.id, self.work.intents);
        let mut known = intents.counterparts(import, &wanted).await?;
        let mut unknown: HashMap<ObjectName, Vec<RecordId>> = HashMap::new();
        for (object, id) in wanted {
            if !known.contains_key(&(object.clone(), id.clone())) {
                unknown.entry(object).or_default().push(id);
            }
        }
        for (object, ids) in unknown {
            let rows = intents.pairs(import, &object, &ids).await?;
            let gone = rows.into_iter().filter_map(|row| {
                let what = match row.gone? {
                    Gone::Lost => LOST,
                    Gone::LeftOut => LEFT_OUT,
                    _ => return None,
                };
                let place = (ObjectName::from(format!("{what}{}", row.right_object)), row.right);
                Some(((object.clone(), row.left), place))
            });
            known.extend(gone);
            known.extend(self.unshown(object, ids).await?);
        }
        Ok(known)
    }

    /// Those of these records that the left side names and no list of it shows, once everything is read.
    async fn unshown(&self, object: ObjectName, ids: Vec<RecordId>) -> Result<Counterparts, Fault> {
        let (work, end) = (self.work, self.work.left_end(&object));
        let is_read = work.import.recipe.left_objects().contains(&object);
        if !self.all_arrived || !is_read || work.left.lists_all(&object) {
            return Ok(Counterparts::new());
        }
        let there = work.mirror.hashes(&end, &ids).await?;
        let unshown = ids.into_iter().filter(|id| !there.contains_key(id));
        let place = |id: RecordId| {
            let what = ObjectName::from(format!("{UNSHOWN}{object}"));
            ((object.clone(), id.clone()), (what, id))
        };
        Ok(unshown.map(place).collect())
    }

    /// The records without those that a person left out; what has a counterpart all the same is not left out.
    pub(crate) fn let_in(
        &self,
        mut due: Vec<(usize, Vec<Due>)>,
        rows: &HashMap<RecordId, PairRow>,
        decisions: &[Decision],
    ) -> Vec<(usize, Vec<Due>)> {
        let out = decisions
            .iter()
            .filter(|decision| decision.choice == Choice::LeaveOut);
        let out: HashSet<&RecordId> = out.map(|decision| &decision.record).collect();
        let stays = |due: &Due| rows.contains_key(&due.left.id) || !out.contains(&due.left.id);
        due.iter_mut().for_each(|(_, due)| due.retain(stays));
        due
    }

    /// How many of these records are written once more when all are there, for they refer to records of a later kind that
    /// are not there yet.
    pub(crate) fn written_again(&self, bound: &Bound, due: &[Due], counterparts: &Counterparts) -> u64 {
        let order = self.work.import.recipe.left_objects();
        let later = order.iter().skip_while(|object| *object != self.object).skip(1);
        let later: HashSet<&ObjectName> = later.collect();
        let is_late = |reference: &model::Reference| {
            let found = counterparts.get(&(reference.object.clone(), reference.id.clone()));
            let is_foreseen = found.is_some_and(|(object, _)| object.as_str() == FORESEEN);
            is_foreseen && later.contains(&reference.object)
        };
        let read: HashSet<&FieldName> = bound.rules.iter().flat_map(|(rule, _)| &rule.left).collect();
        let waits = |due: &&Due| {
            let fields = due.left.fields.iter().filter(|(name, _)| read.contains(name));
            fields.flat_map(|(_, value)| value.references()).any(is_late)
        };
        due.iter().filter(waits).count() as u64
    }

    /// Joins left records with what is known of their counterparts.
    pub(crate) async fn pairs(
        &self,
        bound: &Bound,
        due: Vec<Due>,
        (rows, joined): (&HashMap<RecordId, PairRow>, &Joined),
        counterparts: &Counterparts,
    ) -> Result<Vec<Pair>, Fault> {
        let row_of = |left: &Record| rows.get(&left.id).filter(|row| row.pairing == bound.pairing.id);
        let onto = bound.pairing.onto.as_ref();
        let right_of = |left: &Record| match (row_of(left), onto) {
            (Some(row), _) => Some(row.right.clone()),
            (None, Some(onto)) => landing(onto, left, Some(counterparts)).ok(),
            (None, None) => joined.get(&left.id).cloned(),
        };
        let paired: Vec<RecordId> = due.iter().filter_map(|due| right_of(&due.left)).collect();
        let joins = bound.pairing.joins.is_some();
        let rights = match joins && self.preview.is_none() {
            true => self.fresh(bound, &paired).await?,
            false => self.rights(bound, &paired).await?,
        };
        let strangers: Vec<&Record> = due
            .iter()
            .map(|due| &due.left)
            .filter(|left| row_of(left).is_none())
            .collect();
        let mut candidates = self.candidates(bound, &strangers).await?;
        let mut pairs = Vec::with_capacity(due.len());
        for Due { left, right } in due {
            let row = row_of(&left);
            let right = right.or_else(|| rights.get(&right_of(&left)?).cloned());
            pairs.push(Pair {
                right_id: match row {
                    Some(row) => Some(row.right.clone()),
                    None => joined.get(&left.id).cloned(),
                },
                right,
                // What agreed on nothing yet meets for the first time.
                base: row
                    .map(|row| row.base.clone())
                    .filter(|base| *base != Base::default()),
                adopted: joins || row.is_some_and(|row| row.adopted),
                waiting: row.is_some_and(|row| row.waiting),
                returning: row.is_some_and(|row| row.returning),
                candidates: candidates.remove(&left.id).unwrap_or_default(),
                left,
            });
        }
        bury_dead(self.work, bound, &mut pairs).await?;
        self.spare(bound, &mut pairs, counterparts).await?;
        Ok(pairs)
    }

    /// Right records, as far as the mirror has them.
    async fn rights(&self, bound: &Bound, ids: &[RecordId]) -> Result<HashMap<RecordId, Record>, Fault> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let end = self.work.right_end(&bound.pairing.right);
        let raws = self.work.mirror.raws(&end, ids).await?;
        let shaped = raws
            .iter()
            .filter_map(|raw| self.work.right_source.shape(&end.object, raw).ok());
        Ok(shaped.map(|record| (record.id.clone(), record)).collect())
    }

    /// The right records for which left records were made in an earlier life of the import.
    async fn made_for(
        &self,
        bound: &Bound,
        strangers: &[&Record],
    ) -> Result<HashMap<RecordId, Vec<Record>>, Fault> {
        let connector = &self.work.import.recipe.right;
        let named = strangers.iter().flat_map(|left| {
            let rights = made_for(connector, &bound.pairing.right, left);
            rights.into_iter().map(|right| (left.id.clone(), right))
        });
        let named: Vec<(RecordId, RecordId)> = named.collect();
        let ids: Vec<RecordId> = named.iter().map(|(_, right)| right.clone()).collect();
        let records = self.rights(bound, &ids).await?;
        let mut found: HashMap<RecordId, Vec<Record>> = HashMap::new();
        for (left, right) in named {
            found
                .entry(left)
                .or_default()
                .extend(records.get(&right).cloned());
        }
        Ok(found)
    }

    /// Right records that could be the counterparts of left records without one.
    pub(crate) async fn candidates(
        &self,
        bound: &Bound,
        strangers: &[&Record],
    ) -> Result<HashMap<RecordId, Vec<Record>>, Fault> {
        let connector = &self.work.import.recipe.left;
        let key = |left: &Record| model::ExternalKey::of(connector, self.object, &left.id);
        let wanted_by: Vec<(&Record, Vec<_>)> = strangers
            .iter()
            .map(|left| (*left, wanted(&bound.pairing, left, &key(left))))
            .collect();
        let all: Vec<_> = wanted_by
            .iter()
            .flat_map(|(_, wanted)| wanted.iter().cloned())
            .collect();
        let made_for = self.made_for(bound, strangers).await?;
        if all.is_empty() {
            return Ok(made_for);
        }
        let end = self.work.right_end(&bound.pairing.right);
        let found: Vec<Handle> = self
            .work
            .mirror
            .candidates(&self.work.import.id, &end, &all)
            .await?;
        let ids: HashSet<RecordId> = found.iter().map(|handle| handle.record.clone()).collect();
        let records = self.rights(bound, &ids.into_iter().collect::<Vec<_>>()).await?;
        let mut candidates = made_for;
        for (left, wanted) in wanted_by {
            let fits = |handle: &&Handle| {
                wanted
                    .iter()
                    .any(|(field, value)| &handle.field == field && &handle.value == value)
            };
            let ids: HashSet<&RecordId> = found.iter().filter(fits).map(|handle| &handle.record).collect();
            let fitting: Vec<Record> = ids
                .into_iter()
                .filter_map(|id| records.get(id).cloned())
                .collect();
            if !fitting.is_empty() {
                candidates.entry(left.id.clone()).or_default().extend(fitting);
            }
        }
        Ok(candidates)
    }
}
