//! Counterparts that are gone from the right side although their left records are there: proved by a direct read, and what
//! hung on them with them. One that became a part of another is followed where that loses nothing.

use std::collections::{BTreeMap, HashMap, HashSet};

use futures_util::{StreamExt, TryStreamExt, stream};
use model::{
    Action, Base, Change, Fault, FaultKind, Gone, ObjectName, Pair, PairRow, Problem, Raw, Record, RecordId,
    Settled, Settlement, Value,
};

use crate::{
    apply::Results,
    bind::Bound,
    gone::{keep_copies, read_directly},
    plan::dead::{bury, bury_in, left_behind, named_anew},
    pull::READS_AT_ONCE,
    retire::each_naming,
    work::{Tally, Work, again},
};

mod decide;
mod planned;

pub(crate) use decide::decide_lost;
pub(crate) use planned::made_again;

/// A right record.
pub(crate) type Place = (ObjectName, RecordId);

/// Records that are asked for before what came of it is kept.
const ASKED_AT_ONCE: usize = 500;
/// Pairs that are looked through at once.
const LOOKED_AT: usize = 500;

/// Asks for counterparts that may be gone, and for what hung on those that are.
pub(crate) async fn prove(
    work: &Work<'_>,
    tally: &Tally,
    bound: &[Bound],
    suspects: Vec<Place>,
) -> Result<(), Fault> {
    let mut asked: HashSet<Place> = HashSet::new();
    let mut suspects = suspects;
    while !suspects.is_empty() {
        let mut by_object: BTreeMap<ObjectName, Vec<RecordId>> = BTreeMap::new();
        for place in suspects {
            if asked.insert(place.clone()) {
                by_object.entry(place.0).or_default().push(place.1);
            }
        }
        let mut gone = HashSet::new();
        for (object, ids) in by_object {
            for ids in ids.chunks(ASKED_AT_ONCE) {
                gone.extend(prove_some(work, tally, bound, &object, ids).await?);
            }
        }
        suspects = hung_on(work, bound, &gone).await?;
    }
    Ok(())
}

/// Left records whose counterparts are gone, or became a part of others, as it shows when they are written.
pub(crate) async fn lost_among(
    work: &Work<'_>,
    tally: &Tally,
    bound: &[Bound],
    changes: &[Change],
    written: &Results,
) -> Result<HashSet<RecordId>, Fault> {
    let is_gone = |change: &&Change| {
        let result = written.get(&change.id);
        let is_gone = matches!(result, Some(Err(fault)) if fault.kind() == FaultKind::Gone);
        is_gone && matches!(change.action, Action::Update(_))
    };
    let gone: Vec<&Change> = changes.iter().filter(is_gone).collect();
    let suspects = gone
        .iter()
        .filter_map(|change| Some((change.object.clone(), change.right.clone()?)));
    prove(work, tally, bound, suspects.collect()).await?;
    let mut lost = HashSet::new();
    for change in gone {
        let ids = std::slice::from_ref(&change.left);
        let rows = work
            .intents
            .pairs(&work.import.id, &change.left_object, ids)
            .await?;
        let is_same = |row: &PairRow| row.gone.is_none() && Some(&row.right) == change.right.as_ref();
        if !rows.iter().any(is_same) {
            lost.insert(change.left.clone());
        }
    }
    Ok(lost)
}

/// Asks for some of one object; gives those that are gone.
async fn prove_some(
    work: &Work<'_>,
    tally: &Tally,
    bound: &[Bound],
    object: &ObjectName,
    ids: &[RecordId],
) -> Result<Vec<Place>, Fault> {
    let intents = work.intents;
    let rows = intents.pairs_of_right(&work.import.id, object, ids).await?;
    let is_there = |row: &PairRow| row.gone.is_none_or(|gone| gone == Gone::Merged);
    let (rows, others): (Vec<PairRow>, Vec<PairRow>) = rows.into_iter().partition(is_there);
    let mut wanted: Vec<&RecordId> = rows.iter().map(|row| &row.right).collect();
    wanted.sort();
    wanted.dedup();
    let found: Vec<(RecordId, Option<Raw>)> = stream::iter(wanted)
        .map(async |id| {
            let raw = read_directly(work, tally, object, id).await?;
            Ok::<_, Fault>((id.clone(), raw))
        })
        .buffered(READS_AT_ONCE)
        .try_collect()
        .await?;
    let mut became = Became::default();
    for (id, raw) in found {
        let of_it: Vec<&PairRow> = rows.iter().filter(|row| row.right == id).collect();
        match raw {
            Some(raw) if raw.id == id => continue,
            Some(raw) => {
                name_anew(work, bound, &(object.clone(), id.clone()), &raw.id).await?;
                let into = std::slice::from_ref(&raw.id);
                let owners = intents.pairs_of_right(&work.import.id, object, into).await?;
                became.merge(bound, &of_it, &raw.id, &owners);
                became.into.push(raw);
            }
            None => {
                became.bury(others.iter().filter(|row| row.right == id));
                became.lose(bound, &of_it, (object.clone(), id.clone()));
            }
        }
        // Nothing may take it for somebody's counterpart any more.
        let ids = std::slice::from_ref(&id);
        work.mirror.forget(&work.right_end(object), ids).await?;
    }
    keep_copies(work, object, became.into.iter()).await?;
    let settlement = Settlement {
        settled: &became.settled,
        gone: &became.gone,
        merged: &became.merged,
        problems: &became.problems,
        ..Settlement::default()
    };
    intents.settle(&work.import.id, work.run, &settlement).await?;
    Ok(became.lost)
}

/// Has what refers to records that others take the place of planned once more, in this run or the next: what was written
/// before anybody knew may name them still.
async fn plan_once_more(work: &Work<'_>, bound: &[Bound], places: &HashSet<Place>) -> Result<(), Fault> {
    each_naming(work, bound, places, async |_: &Bound, naming: Vec<PairRow>| {
        note_unsure(work, naming, &[]).await
    })
    .await
}

/// The same of a record that became a part of another; nothing counts as an edit that the vendor did by that.
async fn name_anew(work: &Work<'_>, bound: &[Bound], from: &Place, into: &RecordId) -> Result<(), Fault> {
    let places = HashSet::from([from.clone()]);
    each_naming(work, bound, &places, async |one: &Bound, naming: Vec<PairRow>| {
        let object = &one.pairing.right;
        let rights: Vec<RecordId> = naming.iter().map(|row| row.right.clone()).collect();
        let raws = work.mirror.raws(&work.right_end(object), &rights).await?;
        let shaped = raws
            .iter()
            .filter_map(|raw| work.right_source.shape(object, raw).ok());
        let records: HashMap<RecordId, Record> = shaped.map(|record| (record.id.clone(), record)).collect();
        let rebased = naming.iter().filter_map(|row| {
            let base = named_anew(one, &row.base, records.get(&row.right)?, (from, into))?;
            Some((row.left_object.clone(), row.left.clone(), base))
        });
        let rebased: Vec<_> = rebased.collect();
        note_unsure(work, naming, &rebased).await
    })
    .await
}

/// Notes that these pairs are planned once more, and what some of them agree on from now on.
async fn note_unsure(
    work: &Work<'_>,
    naming: Vec<PairRow>,
    rebased: &[(ObjectName, RecordId, Base)],
) -> Result<(), Fault> {
    let unsure: Vec<_> = naming
        .into_iter()
        .map(|row| (row.left_object, row.left))
        .collect();
    let settlement = Settlement {
        unsure: &unsure,
        rebased,
        ..Settlement::default()
    };
    work.intents.settle(&work.import.id, work.run, &settlement).await
}

/// What became of counterparts that were asked for.
#[derive(Default)]
struct Became {
    /// Right records that are gone.
    lost: Vec<Place>,
    gone: Vec<(ObjectName, RecordId, Gone)>,
    /// Right records that others became a part of.
    into: Vec<Raw>,
    merged: Vec<(ObjectName, RecordId, RecordId)>,
    /// Pairs that follow them there.
    settled: Vec<Settled>,
    problems: Vec<Problem>,
}

impl Became {
    fn lose(&mut self, bound: &[Bound], rows: &[&PairRow], place: Place) {
        for row in rows {
            self.gone
                .push((row.left_object.clone(), row.left.clone(), Gone::Lost));
            self.say(bound, row, Gone::Lost);
        }
        self.lost.push(place);
    }

    /// Nobody may share any more what stayed although its own left record was gone.
    fn bury<'a>(&mut self, rows: impl Iterator<Item = &'a PairRow>) {
        let stayed = rows.filter(|row| row.gone.is_some_and(|gone| !gone.is_without()));
        let gone = stayed.map(|row| (row.left_object.clone(), row.left.clone(), Gone::Deleted));
        self.gone.extend(gone);
    }

    fn merge(&mut self, bound: &[Bound], rows: &[&PairRow], into: &RecordId, owners: &[PairRow]) {
        for row in rows {
            let new = self.settled.iter().filter(|pair| &pair.right == into);
            let owners: Vec<PairRow> = owners.iter().cloned().chain(new.map(as_row)).collect();
            let followed = followed(bound, row, into, &owners);
            match followed.filter(|_| row.gone.is_none()) {
                Some(pair) => self.settled.push(pair),
                None => {
                    self.merged
                        .push((row.left_object.clone(), row.left.clone(), into.clone()));
                    self.say(bound, row, Gone::Merged);
                }
            }
        }
    }

    /// What shares a counterpart follows the one that it is shared with, and is told of with that.
    fn say(&mut self, bound: &[Bound], row: &PairRow, gone: Gone) {
        if !bound.iter().any(|bound| bound.shares(&row.pairing)) {
            self.problems.push(decide::said_at_once(row, gone));
        }
    }
}

/// The pair with the record that a counterpart became a part of, where it loses nobody's edits: that one is nobody's
/// counterpart, or what comes is only added to its lists.
fn followed(bound: &[Bound], row: &PairRow, into: &RecordId, owners: &[PairRow]) -> Option<Settled> {
    let mine = bound.iter().find(|bound| bound.pairing.id == row.pairing)?;
    let joins = bound.iter().find(|bound| {
        let joins = bound.pairing.joins.as_ref();
        bound.pairing.left == row.left_object && joins.is_some_and(|joins| joins.pairing == row.pairing)
    });
    let is_made_alike = owners
        .iter()
        .any(|owner| owner.pairing == row.pairing && owner.gone.is_none());
    let under = match (owners.is_empty(), &mine.pairing.joins, joins) {
        (true, ..) | (_, Some(_), _) => mine,
        (_, None, Some(joins)) if is_made_alike => joins,
        _ => return None,
    };
    Some(Settled {
        change: None,
        pairing: under.pairing.id.clone(),
        left_object: row.left_object.clone(),
        left: row.left.clone(),
        right_object: row.right_object.clone(),
        right: into.clone(),
        // What it holds nobody agreed on with us.
        base: Base::default(),
        adopted: true,
        waiting: true,
        returning: false,
        shared: under.pairing.shares(),
        right_hash: None,
    })
}

/// A pair that is about to be kept: what several became a part of at once is one's counterpart.
fn as_row(pair: &Settled) -> PairRow {
    PairRow {
        pairing: pair.pairing.clone(),
        left_object: pair.left_object.clone(),
        left: pair.left.clone(),
        right_object: pair.right_object.clone(),
        right: pair.right.clone(),
        base: pair.base.clone(),
        adopted: pair.adopted,
        waiting: pair.waiting,
        returning: pair.returning,
        gone: None,
    }
}

/// The counterparts that hang on these right records, and cannot be without them.
async fn hung_on(work: &Work<'_>, bound: &[Bound], gone: &HashSet<Place>) -> Result<Vec<Place>, Fault> {
    let mut hung = Vec::new();
    if gone.is_empty() {
        return Ok(hung);
    }
    for one in bound.iter().filter(|bound| !bound.fixed.is_empty()) {
        let mut after: Option<RecordId> = None;
        loop {
            let (object, pairing) = (&one.pairing.left, &one.pairing.id);
            let rows = work
                .intents
                .pairs_through(&work.import.id, object, pairing, after.as_ref(), LOOKED_AT)
                .await?;
            let Some(last) = rows.last() else { break };
            after = Some(last.left.clone());
            let on_them = rows
                .into_iter()
                .filter(|row| parents(one, row).any(|place| gone.contains(&place)));
            hung.extend(on_them.map(|row| (row.right_object, row.right)));
        }
    }
    Ok(hung)
}

/// What a counterpart hangs on, by what the pair agreed on.
pub(crate) fn parents<'a>(bound: &'a Bound, row: &'a PairRow) -> impl Iterator<Item = Place> + 'a {
    let values = bound.fixed.iter().map(|name| row.base.agreed(name).right);
    let references = values.flat_map(Value::references);
    references.map(|one| (one.object.clone(), one.id.clone()))
}

/// Lets nothing count as a change on the right that only followed from a record being gone there.
pub(crate) async fn bury_dead(work: &Work<'_>, bound: &Bound, pairs: &mut [Pair]) -> Result<(), Fault> {
    let behind = |pair: &Pair| match (&pair.base, &pair.right) {
        (Some(base), Some(right)) => left_behind(bound, base, right),
        _ => Vec::new(),
    };
    let dead = dead_among(work, pairs.iter().flat_map(behind)).await?;
    if !dead.is_empty() {
        pairs.iter_mut().for_each(|pair| bury(bound, pair, &dead));
    }
    Ok(())
}

/// What a right record was agreed to hold, without what turns out to be gone: that it names it no more is nobody's edit.
pub(crate) async fn agreed_of_the_living(
    work: &Work<'_>,
    tally: &Tally,
    (of, bound): (&Bound, &[Bound]),
    mut agreed: Base,
    right: &Record,
) -> Result<Base, Fault> {
    let behind = left_behind(of, &agreed, right);
    if !behind.is_empty() {
        prove(work, tally, bound, behind.clone()).await?;
        let dead = dead_among(work, behind).await?;
        bury_in(of, &mut agreed, &dead);
    }
    Ok(agreed)
}

/// Those of these that are known to be gone.
async fn dead_among(
    work: &Work<'_>,
    places: impl IntoIterator<Item = Place>,
) -> Result<HashSet<Place>, Fault> {
    let mut by_object: BTreeMap<ObjectName, HashSet<RecordId>> = BTreeMap::new();
    for (object, id) in places {
        by_object.entry(object).or_default().insert(id);
    }
    let mut dead: HashSet<Place> = HashSet::new();
    for (object, ids) in by_object {
        let ids: Vec<RecordId> = ids.into_iter().collect();
        let (import, intents) = (&work.import.id, work.intents);
        let rows = intents.pairs_of_right(import, &object, &ids).await?;
        let is_dead = |row: &PairRow| matches!(row.gone, Some(Gone::Lost | Gone::LeftOut | Gone::Deleted));
        let gone = rows.into_iter().filter(is_dead).map(|row| row.right);
        let replaced = intents.replaced_among(import, &object, &ids).await?;
        let replaced = replaced.into_iter().map(|one| one.pair.right);
        dead.extend(gone.chain(replaced).map(|id| (object.clone(), id)));
    }
    Ok(dead)
}

/// The same of several pairings, by their places.
pub(crate) async fn bury_dead_of(
    work: &Work<'_>,
    bound: &[Bound],
    by_pairing: &mut BTreeMap<usize, Vec<Pair>>,
) -> Result<(), Fault> {
    for (at, pairs) in by_pairing {
        if let Some(bound) = bound.get(*at) {
            bury_dead(work, bound, pairs).await?;
        }
    }
    Ok(())
}

/// Asks for the counterparts of an object that no list has: of those that hang on a record, once for each such record.
pub(crate) async fn look_at_unlisted(
    work: &Work<'_>,
    tally: &Tally,
    bound: &[Bound],
    object: &ObjectName,
) -> Result<(), Fault> {
    let mut after: Option<RecordId> = None;
    loop {
        let (import, intents) = (&work.import.id, work.intents);
        let rows = intents
            .pairs_in(import, object, after.as_ref(), ASKED_AT_ONCE)
            .await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = Some(last.right.clone());
        let mut by_parent: BTreeMap<Option<Place>, Vec<RecordId>> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.gone.is_none()) {
            let of = bound.iter().find(|bound| bound.pairing.id == row.pairing);
            let parent = of.and_then(|of| parents(of, row).next());
            by_parent.entry(parent).or_default().push(row.right.clone());
        }
        let missing: Vec<Vec<RecordId>> = stream::iter(by_parent)
            .map(async |(parent, ids)| not_hanging(work, tally, parent, ids).await)
            .buffered(READS_AT_ONCE)
            .try_collect()
            .await?;
        let suspects = missing.into_iter().flatten();
        let suspects = suspects.map(|id| (object.clone(), id)).collect();
        prove(work, tally, bound, suspects).await?;
    }
}

/// Those of these records that do not hang on a record.
async fn not_hanging(
    work: &Work<'_>,
    tally: &Tally,
    parent: Option<Place>,
    ids: Vec<RecordId>,
) -> Result<Vec<RecordId>, Fault> {
    let Some((object, id)) = parent else {
        return Ok(ids);
    };
    let hanging = again(work, tally, async || {
        work.right_source.hanging_on(&object, &id).await
    })
    .await?;
    let Some(hanging) = hanging else { return Ok(ids) };
    let hanging: HashSet<RecordId> = hanging.into_iter().map(|(_, id)| id).collect();
    Ok(ids.into_iter().filter(|id| !hanging.contains(id)).collect())
}
