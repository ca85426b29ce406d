//! Left records that others bring along: kept with them, and gone with them.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use model::{End, Fault, How, Keep, ObjectName, Past, Raw, Read, RecordId, Settlement, Side, Timestamp};
use tokio::sync::watch;

use super::Pulled;
use crate::work::{Tally, Work};

/// The objects that bring another along, each with how far its reading has got.
pub(crate) type Carriers = Vec<(ObjectName, watch::Receiver<Pulled>)>;

/// How far the reading of each object has got.
pub(crate) type Reading<'a> = BTreeMap<&'a ObjectName, watch::Receiver<Pulled>>;

/// How many records are split at once.
const TAKEN_OUT_AT_ONCE: usize = 100;

/// Records by the object that they belong to.
type Held = BTreeMap<ObjectName, Vec<Raw>>;

/// The left objects that are read: those of the recipe, and those that bring some of them along.
pub(crate) fn left_objects(work: &Work<'_>) -> Vec<ObjectName> {
    let mut objects = work.import.recipe.left_objects();
    for carrier in objects
        .clone()
        .iter()
        .flat_map(|object| work.left.carriers(object))
    {
        if !objects.contains(&carrier) {
            objects.push(carrier);
        }
    }
    objects
}

/// The objects whose records bring this one's along, with what their reading says; none, if it has lists of its own.
pub(crate) fn carriers(work: &Work<'_>, object: &ObjectName, reading: &Reading<'_>) -> Option<Carriers> {
    let carriers = work.left.carriers(object);
    let hear = |carrier: ObjectName| Some((carrier.clone(), reading.get(&carrier)?.clone()));
    let is_carried = !carriers.is_empty();
    is_carried.then(|| carriers.into_iter().filter_map(hear).collect())
}

/// Waits until everything that brings an object along is read, and says since when all of it is known.
pub(super) async fn arrived(
    work: &Work<'_>,
    tally: &Tally,
    object: &ObjectName,
    carriers: Carriers,
    told: &watch::Sender<Pulled>,
) -> Result<(), Fault> {
    let end = work.left_end(object);
    let kept = work.mirror.progress(&end).await?;
    let is_new = kept.as_ref().is_none_or(|kept| kept.past.whole_at.is_none());
    let mut all_since: Vec<Option<Timestamp>> = Vec::new();
    for (carrier, mut pulled) in carriers {
        // The other reading ends by saying so, or with a fault that ends this one as well.
        if pulled.wait_for(|pulled| pulled.done).await.is_err() {
            return Ok(());
        }
        let why = tally.counts().unavailable.get(&carrier).cloned();
        let progress = work.mirror.progress(&work.left_end(&carrier)).await?;
        if is_new && progress.as_ref().is_some_and(|keep| keep.pass > 1) {
            take_out(work, &end, &carrier).await?;
        }
        all_since.push(
            progress
                .and_then(|keep| keep.past.whole_at)
                .filter(|_| why.is_none()),
        );
    }
    let all_since = all_since.into_iter().min().flatten();
    let now = all_since.unwrap_or_else(|| work.clock.now());
    work.mirror
        .keep(&end, &[], &[], &of_carried(kept, now, all_since))
        .await?;
    let met = work.mirror.met(&end, 0).await?.there;
    told.send_modify(|pulled| pulled.records = met);
    tally.counts().reads.push(Read {
        object: object.clone(),
        side: Side::Left,
        how: How::Within,
        records: met,
        changed_since: None,
        all_since,
        within_runs: None,
    });
    told.send_modify(|pulled| pulled.done = true);
    Ok(())
}

/// Takes out of the mirror what records brought along that were read before anybody wanted it.
async fn take_out(work: &Work<'_>, end: &End, carrier: &ObjectName) -> Result<(), Fault> {
    let from = work.left_end(carrier);
    let wanted = BTreeSet::from([end.object.clone()]);
    let keep = of_carried(None, work.clock.now(), None);
    let mut after: Option<RecordId> = None;
    loop {
        let ids = work
            .mirror
            .there(&from, after.as_ref(), TAKEN_OUT_AT_ONCE)
            .await?;
        let Some(last) = ids.last() else { return Ok(()) };
        after = Some(last.clone());
        let raws = work.mirror.raws(&from, &ids).await?;
        let held = split(work, &wanted, carrier, raws.iter());
        for raws in held.values() {
            work.mirror.keep(end, raws, &[], &keep).await?;
        }
    }
}

/// Where an object stands that others bring along: it has no passes of its own.
fn of_carried(kept: Option<Keep>, began_at: Timestamp, whole_at: Option<Timestamp>) -> Keep {
    let past = kept.map(|keep| keep.past).unwrap_or_default();
    Keep {
        pass: 1,
        cursor: None,
        began_at,
        whole: false,
        past: Past {
            whole_at: whole_at.or(past.whole_at),
            ..past
        },
    }
}

/// Keeps what these records bring along. What one brought earlier and does not any more is gone, unless the vendor does
/// not give all of it.
pub(super) async fn keep_within(work: &Work<'_>, end: &End, raws: &[Raw], keep: &Keep) -> Result<(), Fault> {
    let wanted = carried(work, &end.object);
    if wanted.is_empty() {
        return Ok(());
    }
    let whole: Vec<&Raw> = raws
        .iter()
        .filter(|raw| work.left.is_whole(&end.object, raw))
        .collect();
    let ids: Vec<RecordId> = whole.iter().map(|raw| raw.id.clone()).collect();
    let known = work.mirror.hashes(end, &ids).await?;
    let is_other = |raw: &&&Raw| known.get(&raw.id).is_some_and(|hash| hash != &raw.hash);
    let changed: Vec<RecordId> = whole.iter().filter(is_other).map(|raw| raw.id.clone()).collect();
    let before = match changed.is_empty() {
        true => vec![],
        false => work.mirror.raws(end, &changed).await?,
    };
    let now = split(work, &wanted, &end.object, whole.iter().copied());
    for (object, raws) in &now {
        let end = work.left_end(object);
        let kept = work.mirror.progress(&end).await?;
        work.mirror
            .keep(&end, raws, &[], &of_carried(kept, keep.began_at, None))
            .await?;
    }
    let mut gone: BTreeMap<ObjectName, Vec<RecordId>> = BTreeMap::new();
    for raw in &before {
        let given = whole.iter().find(|now| now.id == raw.id);
        let withheld = given.and_then(|now| work.left.withheld(&end.object, now));
        for (object, raws) in split(work, &wanted, &end.object, std::iter::once(raw)) {
            if withheld.as_ref().is_none_or(|withheld| withheld.object != object) {
                let held = gone.entry(object).or_default();
                held.extend(raws.into_iter().map(|raw| raw.id));
            }
        }
    }
    for (object, mut ids) in gone {
        let there = now.get(&object).into_iter().flatten().map(|raw| &raw.id);
        let there: HashSet<&RecordId> = there.collect();
        ids.retain(|id| !there.contains(id));
        lose(work, &object, ids).await?;
    }
    Ok(())
}

/// What these records brought along is gone with them.
pub(super) async fn lose_within(work: &Work<'_>, end: &End, gone: &[RecordId]) -> Result<(), Fault> {
    let wanted = carried(work, &end.object);
    if wanted.is_empty() {
        return Ok(());
    }
    let before = work.mirror.raws(end, gone).await?;
    for (object, raws) in split(work, &wanted, &end.object, before.iter()) {
        lose(work, &object, raws.into_iter().map(|raw| raw.id).collect()).await?;
    }
    Ok(())
}

/// The objects of the import that records of this one bring along.
fn carried(work: &Work<'_>, carrier: &ObjectName) -> BTreeSet<ObjectName> {
    let objects = work.import.recipe.left_objects().into_iter();
    objects
        .filter(|object| work.left.carriers(object).contains(carrier))
        .collect()
}

/// What cannot be split is not shaped either, and is a problem of the record that should bring it.
fn split<'a>(
    work: &Work<'_>,
    wanted: &BTreeSet<ObjectName>,
    carrier: &ObjectName,
    raws: impl Iterator<Item = &'a Raw>,
) -> Held {
    let mut held = Held::new();
    for raw in raws {
        for (object, raw) in work.left.within(carrier, raw).unwrap_or_default() {
            if wanted.contains(&object) {
                held.entry(object).or_default().push(raw);
            }
        }
    }
    held
}

/// Notes that records are gone. Nobody needs to decide anything about them any more.
async fn lose(work: &Work<'_>, object: &ObjectName, gone: Vec<RecordId>) -> Result<(), Fault> {
    if gone.is_empty() {
        return Ok(());
    }
    let end = work.left_end(object);
    work.mirror.lose(&end, &gone).await?;
    let settlement = Settlement {
        planned_records: &gone,
        object: Some((object, Side::Right)),
        ..Settlement::default()
    };
    work.intents.settle(&work.import.id, work.run, &settlement).await
}
