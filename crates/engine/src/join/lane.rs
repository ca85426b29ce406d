//! Which records of a batch join the counterparts of others, and the reading of those counterparts.

use std::collections::{HashMap, HashSet};

use futures_util::{StreamExt, TryStreamExt, stream};
use model::{ExternalKey, Fault, FaultKind, Gone, Handle, Joins, PairRow, Record, RecordId};

use super::{Meets, Tells, mark_of};
use crate::{
    bind::Bound,
    identify::{belongs_to_another, folded},
    pull::READS_AT_ONCE,
    stage::{Due, Lane},
    work::again,
};

/// Records by the pairing that they belong to.
type ByPairing = Vec<(usize, Vec<Due>)>;
/// Left records with the right records that they join.
pub(crate) type Joined = HashMap<RecordId, RecordId>;

impl Lane<'_> {
    /// Sorts out who joins whom. Who cannot tell yet is planned later.
    pub(crate) async fn joined(
        &mut self,
        due: ByPairing,
        rows: &HashMap<RecordId, PairRow>,
    ) -> Result<(ByPairing, Joined), Fault> {
        if self.preview.is_none() {
            self.joining.turn_over();
        }
        let bound = self.bound;
        let mut sorted = Vec::with_capacity(due.len() + 1);
        let mut joined = Joined::new();
        for (at, due) in due {
            let makes = bound.get(at).map(|bound| &bound.pairing.id);
            let joins = bound.iter().enumerate().find_map(|(at, bound)| {
                let joins = bound.pairing.joins.as_ref()?;
                (Some(&joins.pairing) == makes && &bound.pairing.left == self.object).then_some((at, joins))
            });
            let (Some((to, joins)), Some(makes)) = (joins, bound.get(at)) else {
                sorted.push((at, due));
                continue;
            };
            let others = self.others(joins, makes, &due, rows).await?;
            let (mut alone, mut with_others) = (Vec::new(), Vec::new());
            for due in due {
                let id = due.left.id.clone();
                match self.meet(&due.left, rows.get(&id), &others, (makes, joins)) {
                    Meets::Nobody => alone.push(due),
                    Meets::Waits(mark) => self.joining.later.push_back((mark, id)),
                    Meets::Joins(right) => {
                        joined.insert(id, right);
                        with_others.push(due);
                    }
                }
            }
            sorted.extend([(at, alone), (to, with_others)]);
        }
        Ok((sorted, joined))
    }

    fn meet(
        &mut self,
        left: &Record,
        row: Option<&PairRow>,
        others: &Others,
        (makes, joins): (&Bound, &Joins),
    ) -> Meets {
        let makes = &makes.pairing.id;
        let tells = Tells::of(joins, left);
        let meets = match row {
            Some(row) if &row.pairing == makes => return Meets::Nobody,
            Some(row) if self.joining.is_joined(&row.right) => Meets::Waits(crate::work::mark(&row.right)),
            Some(row) => Meets::Joins(row.right.clone()),
            None if self.preview.is_some() => self.joining.meet_in_preview(&tells),
            None => self.joining.meet(&tells, &others.alike, makes),
        };
        match meets {
            // Somebody else may turn out to be the one that it was made for.
            Meets::Nobody if !self.joining.is_late && others.of_others.contains(&left.id) => {
                Meets::Waits(mark_of(&[left.id.as_str()]))
            }
            Meets::Nobody => {
                self.joining.now.firsts.insert(&tells);
                Meets::Nobody
            }
            Meets::Joins(right) => {
                if self.preview.is_none() {
                    self.joining.now.joined.insert(right.clone());
                }
                Meets::Joins(right)
            }
            waits @ Meets::Waits(_) => waits,
        }
    }

    /// Notes what records are told by, and finds who else is told so.
    async fn others(
        &self,
        joins: &Joins,
        makes: &Bound,
        due: &[Due],
        rows: &HashMap<RecordId, PairRow>,
    ) -> Result<Others, Fault> {
        let end = self.work.left_end(self.object);
        let handles: Vec<Handle> = due.iter().flat_map(|due| handles(joins, &due.left)).collect();
        let ids: Vec<RecordId> = due.iter().map(|due| due.left.id.clone()).collect();
        self.work.mirror.note(&end, &joins.alike, &ids, &handles).await?;
        let strangers: Vec<&Record> = due
            .iter()
            .map(|due| &due.left)
            .filter(|left| !rows.contains_key(&left.id))
            .collect();
        if strangers.is_empty() || self.preview.is_some() {
            return Ok(Others::default());
        }
        let is_stranger: HashSet<&RecordId> = strangers.iter().map(|left| &left.id).collect();
        let wanted: Vec<_> = handles
            .into_iter()
            .filter(|handle| is_stranger.contains(&handle.record))
            .map(|handle| (handle.field, handle.value))
            .collect();
        let found = self.work.mirror.carrying(&end, &wanted).await?;
        let found: HashSet<RecordId> = found.into_iter().map(|handle| handle.record).collect();
        let found: Vec<RecordId> = found.into_iter().filter(|id| !is_stranger.contains(id)).collect();
        Ok(Others {
            alike: self.told(joins, &found).await?,
            of_others: self.of_others(makes, &strangers).await?,
        })
    }

    async fn told(&self, joins: &Joins, ids: &[RecordId]) -> Result<Vec<(Tells, Option<PairRow>)>, Fault> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let end = self.work.left_end(self.object);
        let rows = self
            .work
            .intents
            .pairs(&self.work.import.id, self.object, ids)
            .await?;
        let rows = rows
            .into_iter()
            .filter(|row| !row.gone.is_some_and(Gone::is_without));
        let mut rows: HashMap<RecordId, PairRow> = rows.map(|row| (row.left.clone(), row)).collect();
        let raws = self.work.mirror.raws(&end, ids).await?;
        let records = raws
            .iter()
            .filter_map(|raw| self.work.left.shape(self.object, raw).ok());
        Ok(records
            .map(|record| (Tells::of(joins, &record), rows.remove(&record.id)))
            .collect())
    }

    /// Strangers that look like a right record that was made for another: after the state was lost, the first one to be read
    /// need not be the one that made it.
    async fn of_others(&self, makes: &Bound, strangers: &[&Record]) -> Result<HashSet<RecordId>, Fault> {
        if self.joining.is_late {
            return Ok(HashSet::new());
        }
        let connector = &self.work.import.recipe.left;
        let candidates = self.candidates(makes, strangers).await?;
        let of_other = |left: &&RecordId| {
            let key = ExternalKey::of(connector, self.object, left);
            let candidates = candidates.get(*left).into_iter().flatten();
            candidates.clone().count() > 0
                && candidates
                    .into_iter()
                    .all(|candidate| belongs_to_another(&key, candidate))
        };
        Ok(candidates.keys().filter(of_other).cloned().collect())
    }

    /// Right records as they are at this moment: others may have added to their lists.
    pub(crate) async fn fresh(
        &self,
        bound: &Bound,
        ids: &[RecordId],
    ) -> Result<HashMap<RecordId, Record>, Fault> {
        let object = &bound.pairing.right;
        let found: Vec<Option<Record>> = stream::iter(ids)
            .map(async |id| {
                let found = again(self.work, self.tally, async || {
                    self.work.right_source.find(object, id).await
                });
                match found.await {
                    Ok(raw) => Ok(raw.and_then(|raw| self.work.right_source.shape(object, &raw).ok())),
                    Err(fault) if fault.kind() == FaultKind::Gone => Ok(None),
                    Err(fault) => Err(fault),
                }
            })
            .buffer_unordered(READS_AT_ONCE)
            .try_collect()
            .await?;
        let found = found.into_iter().flatten();
        Ok(found.map(|record| (record.id.clone(), record)).collect())
    }
}

/// Who is told as the strangers of a batch are.
#[derive(Default)]
struct Others {
    /// Left records that carry what a stranger carries, each with its pair.
    alike: Vec<(Tells, Option<PairRow>)>,
    /// Strangers that look like a right record of another.
    of_others: HashSet<RecordId>,
}

fn handles(joins: &Joins, left: &Record) -> Vec<Handle> {
    let told = joins.alike.iter().flat_map(|name| folded(left, name, name));
    told.map(|(field, value)| Handle {
        record: left.id.clone(),
        field,
        value,
    })
    .collect()
}
