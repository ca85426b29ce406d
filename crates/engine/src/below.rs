//! What is listed only below the records that it is about, such as comments: below which of these a run looks, and that
//! what it overwrites is read first.
//!
//! Nobody tells what was said there. Below a record that changed a run looks at once, below the others in turn.

use std::collections::{BTreeSet, HashMap, HashSet};

use futures_util::{StreamExt, TryStreamExt, stream};
use model::{
    Action, Choice, Decision, Fault, FieldName, How, Memory, ObjectName, Pair, PairRow, Raw, Read, Record,
    RecordId, Settlement, Side, Value,
};

use crate::{
    bind::{Bound, Home},
    pull::{READS_AT_ONCE, take_up},
    reading::ROUND,
    stage::{Due, Known, Lane},
    turn::{self, Counterparts, mark_in},
    work::{Stage, Tally, Work, again},
};

/// Below so many records a run looks in turn at least.
const AT_LEAST: u64 = 100;
/// Records whose pairs are looked at at once.
const PAGE: usize = 200;

/// A right record, and its object.
type Place = (ObjectName, RecordId);

/// The rule of a pairing that says what its right records are about.
fn subject(bound: &Bound) -> Option<usize> {
    let is_subject = |(_, field): &(_, model::Field)| field.required && bound.fixed.contains(&field.name);
    bound.rules.iter().position(is_subject)
}

/// Notes below whose right records those of each pairing are listed, where they go back.
pub(crate) fn settle_homes(work: &Work<'_>, bound: &mut [Bound]) {
    let is_listed = |object: &ObjectName| work.right_source.is_listed(object);
    let homes: Vec<Vec<Home>> = bound.iter().map(|one| homes(bound, one, &is_listed)).collect();
    for (one, homes) in bound.iter_mut().zip(homes) {
        one.homes = homes;
    }
}

fn homes(all: &[Bound], bound: &Bound, is_listed: &dyn Fn(&ObjectName) -> bool) -> Vec<Home> {
    let Some(at) = subject(bound).filter(|_| !is_listed(&bound.pairing.right)) else {
        return Vec::new();
    };
    // What does not go back has no way back.
    let (Some((_, field)), Some(left)) = (bound.rules.get(at), bound.back.get(&at)) else {
        return Vec::new();
    };
    let is_home = |one: &&Bound| {
        let rights = field.kind.targets();
        left.kind.targets().contains(&one.pairing.left)
            && rights.iter().any(|right| one.pairing.right.is_among(right))
            && !one.pairing.shares()
    };
    let home = |one: &Bound| Home {
        pairing: one.pairing.id.clone(),
        left: one.pairing.left.clone(),
        right: one.pairing.right.clone(),
    };
    all.iter().filter(is_home).map(home).collect()
}

/// Notes the objects of which it matters that a record changed: before the right side is read.
pub(crate) fn expect(work: &Work<'_>, tally: &Tally, bound: &[Bound]) {
    if !work.direction.is_reverse() {
        return;
    }
    let mut counts = tally.counts();
    for home in bound.iter().flat_map(|one| &one.homes) {
        counts.moved.entry(home.right.clone()).or_default();
    }
}

/// Reads what is said below right records that changed, and below some of the others in turn.
pub(crate) async fn look_below(work: &Work<'_>, tally: &Tally, bound: &[Bound]) -> Result<(), Fault> {
    if !work.direction.is_reverse() {
        return Ok(());
    }
    for one in bound.iter().filter(|one| !one.homes.is_empty()) {
        // Before the first run came to its end there is nothing of its own that anybody said something about.
        let Some(memory) = work.intents.remembered(&work.import.id).await? else {
            return Ok(());
        };
        look(work, tally, bound, one, memory).await?;
    }
    Ok(())
}

async fn look(
    work: &Work<'_>,
    tally: &Tally,
    all: &[Bound],
    one: &Bound,
    memory: Memory,
) -> Result<(), Fault> {
    let mut total = 0;
    for home in &one.homes {
        let (import, left) = (&work.import.id, work.left_end(&home.left));
        total += work.intents.count_pairs(import, &home.pairing, &left).await?;
    }
    let turn = match work.scope.rescan {
        true => total,
        false => total.div_ceil(ROUND).max(AT_LEAST),
    };
    let rights: BTreeSet<ObjectName> = one.homes.iter().map(|home| home.right.clone()).collect();
    let last = memory.below.get(&one.pairing.id).cloned();
    let due = in_turn(work, &rights, last, turn).await?;
    let next = due.last().cloned();
    let mut places: BTreeSet<Place> = due.into_iter().collect();
    for (object, ids) in tally
        .counts()
        .moved
        .iter()
        .filter(|(object, _)| rights.contains(*object))
    {
        places.extend(ids.iter().map(|id| (object.clone(), id.clone())));
    }
    let records = read_below(work, tally, all, &one.pairing.right, &places).await?;
    note(tally, &one.pairing.right, records);
    let Some(next) = next else { return Ok(()) };
    let mut below = memory.below.clone();
    below.insert(one.pairing.id.clone(), next);
    let memory = Memory { below, ..memory };
    work.intents.remember(&work.import.id, &memory).await
}

fn note(tally: &Tally, object: &ObjectName, records: u64) {
    let mut counts = tally.counts();
    let mut reads = counts.reads.iter_mut();
    let read = reads.find(|read| read.side == Side::Right && &read.object == object);
    if let Some(read) = read {
        *read = Read {
            how: How::Below,
            records,
            within_runs: Some(ROUND),
            ..read.clone()
        };
    }
}

/// The next so many right records with counterparts after the one that was looked below last, in the order of their
/// objects and ids; after the last comes the first.
async fn in_turn(
    work: &Work<'_>,
    rights: &BTreeSet<ObjectName>,
    last: Option<Place>,
    most: u64,
) -> Result<Vec<Place>, Fault> {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let begun = last.clone();
    let rest = rights
        .iter()
        .filter(|right| last.as_ref().is_none_or(|(object, _)| *right >= object));
    let (mut found, mut seen) = (Vec::new(), HashSet::new());
    for right in rest.chain(rights) {
        let from_last = begun
            .as_ref()
            .filter(|(object, _)| object == right && !seen.contains(right));
        let mut after = from_last.map(|(_, id)| id.clone());
        seen.insert(right.clone());
        loop {
            let (import, intents) = (&work.import.id, work.intents);
            let rows = intents.pairs_in(import, right, after.as_ref(), PAGE).await?;
            let Some(end) = rows.last() else { break };
            after = Some(end.right.clone());
            for row in rows {
                let place = (row.right_object, row.right);
                if found.len() >= most || found.first() == Some(&place) {
                    return Ok(found);
                }
                found.push(place);
            }
        }
    }
    Ok(found)
}

/// Reads what is said below these records into the mirror; how much that is.
async fn read_below(
    work: &Work<'_>,
    tally: &Tally,
    bound: &[Bound],
    object: &ObjectName,
    places: &BTreeSet<Place>,
) -> Result<u64, Fault> {
    let end = work.right_end(object);
    let mut read = stream::iter(places)
        .map(async |(parent, id): &Place| {
            again(work, tally, async || {
                work.right_source.about(object, (parent, id)).await
            })
            .await
        })
        .buffered(READS_AT_ONCE);
    let mut records = 0;
    while let Some(raws) = read.try_next().await? {
        let raws = raws.unwrap_or_default();
        records += raws.len() as u64;
        if !raws.is_empty() {
            take_up(work, tally, bound, &end, raws).await?;
        }
        work.progress.stage(object, Stage::ReadingRight, records, None);
    }
    Ok(records)
}

/// Reads right records of an object without a list once more. What is gone is forgotten, and waits for nobody.
pub(crate) async fn refresh(
    work: &Work<'_>,
    tally: &Tally,
    bound: &[Bound],
    object: &ObjectName,
    ids: &[RecordId],
) -> Result<(), Fault> {
    if work.right_source.is_listed(object) || ids.is_empty() {
        return Ok(());
    }
    let found = find_all(work, tally, object, ids).await?;
    let end = work.right_end(object);
    let gone = ids.iter().filter(|id| !found.iter().any(|raw| &raw.id == *id));
    let gone: Vec<RecordId> = gone.cloned().collect();
    take_up(work, tally, bound, &end, found).await?;
    work.mirror.forget(&end, &gone).await?;
    let settlement = Settlement {
        planned_records: &gone,
        object: Some((object, Side::Left)),
        ..Settlement::default()
    };
    work.intents.settle(&work.import.id, work.run, &settlement).await
}

/// Whether a right text bears the line of a left one: it was made for that, by a run that was killed or an import that
/// is forgotten.
pub(crate) fn is_stamped(bound: &Bound, right: &Record) -> bool {
    let text = |name: &FieldName| right.fields.get(name);
    let mut rules = bound.rules.iter();
    rules.any(|(rule, field)| text(&field.name).is_some_and(|text| turn::is_stamped(rule, text)))
}

/// Right records of which a person took back what was made of them.
pub(crate) fn left_out(decisions: Vec<Decision>) -> impl Iterator<Item = RecordId> {
    let out = decisions.into_iter().filter(|one| one.choice == Choice::LeaveOut);
    out.map(|one| one.record)
}

async fn find_all(
    work: &Work<'_>,
    tally: &Tally,
    object: &ObjectName,
    ids: &[RecordId],
) -> Result<Vec<Raw>, Fault> {
    let found: Vec<Option<Raw>> = stream::iter(ids)
        .map(async |id: &RecordId| {
            again(work, tally, async || work.right_source.find(object, id).await).await
        })
        .buffered(READS_AT_ONCE)
        .try_collect()
        .await?;
    Ok(found.into_iter().flatten().collect())
}

impl Lane<'_> {
    /// Reads right records that would be written over, where no list has told what people did to them.
    pub(crate) async fn look_again(
        &mut self,
        bound: &Bound,
        pairs: &mut [Pair],
        known: Known<'_>,
    ) -> Result<(), Fault> {
        let right = &bound.pairing.right;
        if bound.homes.is_empty() {
            return Ok(());
        }
        let claimed = self.claimed.clone();
        let plan = self.plan_pairs(bound, pairs, known);
        self.claimed = claimed;
        let written = plan.changes.into_iter().filter_map(|change| match change.action {
            Action::Update(id) => Some(id),
            Action::Create { .. } | Action::Delete(_) => None,
        });
        let ids: Vec<RecordId> = written.collect();
        if ids.is_empty() {
            return Ok(());
        }
        let found = find_all(self.work, self.tally, right, &ids).await?;
        let shape = |raw: &Raw| self.work.right_source.shape(right, raw).ok();
        let now: HashMap<RecordId, Record> = found
            .iter()
            .filter_map(|raw| Some((raw.id.clone(), shape(raw)?)))
            .collect();
        take_up(
            self.work,
            self.tally,
            self.bound,
            &self.work.right_end(right),
            found,
        )
        .await?;
        for pair in pairs {
            if let Some(record) = pair.right_id.as_ref().and_then(|id| now.get(id)) {
                pair.right = Some(record.clone());
            }
        }
        Ok(())
    }

    /// Looks for right records for which left ones were made that nobody knows as their counterparts: by the mark in their
    /// texts they are found, where they were said.
    pub(crate) async fn look_for_makers(
        &self,
        bound: &Bound,
        due: &[Due],
        rows: &HashMap<RecordId, PairRow>,
        counterparts: &Counterparts,
    ) -> Result<(), Fault> {
        let right = &bound.pairing.right;
        let Some((rule, _)) = subject(bound).and_then(|at| bound.rules.get(at)) else {
            return Ok(());
        };
        let is_made = |left: &Record| bound.rules.iter().any(|(rule, _)| mark_in(rule, left).is_some());
        let mut places: BTreeSet<Place> = BTreeSet::new();
        for due in due
            .iter()
            .filter(|due| !rows.contains_key(&due.left.id) && is_made(&due.left))
        {
            let values = rule.left.iter().filter_map(|name| due.left.fields.get(name));
            let about = values.flat_map(Value::references);
            let there = about.filter_map(|one| counterparts.get(&(one.object.clone(), one.id.clone())));
            places.extend(there.cloned());
        }
        if places.is_empty() || self.work.right_source.is_listed(right) {
            return Ok(());
        }
        read_below(self.work, self.tally, self.bound, right, &places)
            .await
            .map(drop)
    }
}
