//! Pages into the mirror, side by side, each vendor at its own pace.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use futures_util::{StreamExt, TryStreamExt, stream};
use model::{
    Ask, Cursor, End, Fault, FaultKind, Handle, Keep, Mode, Next, ObjectName, Owner, PairRow, PairingId,
    Planning, Raw, RawHash, Record, RecordId, RightRow, Seq, Settlement, Side, Timestamp,
};
use tokio::sync::watch;

use crate::{
    bind::Bound,
    identify::handles,
    join::holds_part,
    merge::same,
    work::{Stage, Tally, Work, again, mark},
};

/// How many direct reads are under way at once; the vendor's pace decides the rest.
pub(crate) const READS_AT_ONCE: usize = 8;
/// Clocks differ; where the vendor's own clock was not seen yet, what changed so long before is read once more.
const CLOCK_MARGIN: Duration = Duration::from_secs(120);
/// A vendor may show a change a little later than it dates it.
const VENDOR_MARGIN: Duration = Duration::from_secs(5);
/// A pass that was interrupted longer ago is begun anew.
const RESUMABLE: Duration = Duration::from_secs(15 * 60);
/// Records that a pass did not meet are asked for one by one, so many before what came of it is kept.
const ASKED_AT_ONCE: usize = 500;
/// How often in one run.
const ASKED_FOR: usize = 10;

/// How far the reading of an object has got, for those who wait for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pulled {
    pub(crate) records: u64,
    pub(crate) done: bool,
}

/// Reads every left record of an object into the mirror. What the vendor does not give us is a gap of the certificate,
/// and the other objects go on.
pub(crate) async fn pull_left(
    work: &Work<'_>,
    tally: &Tally,
    object: &ObjectName,
    told: &watch::Sender<Pulled>,
) -> Result<(), Fault> {
    match read_left(work, tally, object, told).await {
        Err(fault) if fault.kind() == FaultKind::Unavailable => {
            let why = [Some(model::chain(&fault)), fault.advice().map(str::to_owned)];
            let why: Vec<String> = why.into_iter().flatten().collect();
            tally.counts().unavailable.insert(object.clone(), why.join("; "));
            told.send_modify(|pulled| pulled.done = true);
            Ok(())
        }
        read => read,
    }
}

async fn read_left(
    work: &Work<'_>,
    tally: &Tally,
    object: &ObjectName,
    told: &watch::Sender<Pulled>,
) -> Result<(), Fault> {
    let end = work.left_end(object);
    let mut keep = begin(work, &end).await?;
    let mut pulled = Pulled::default();
    loop {
        let ask = Ask {
            object: object.clone(),
            mode: Mode::Everything,
            cursor: keep.cursor.clone(),
        };
        let in_hand = tally.page().await;
        let page = again(work, tally, async || work.left.read(&ask).await).await?;
        let raws = complete(work, tally, &end, page.raws).await?;
        keep.cursor = moved_on(page.next, &ask)?;
        work.mirror.keep(&end, &raws, &[], &keep).await?;
        pulled.records += raws.len() as u64;
        drop((raws, in_hand));
        told.send_replace(pulled);
        work.progress.stage(
            object,
            Stage::ReadingLeft,
            pulled.records,
            keep.cursor.is_none().then_some(pulled.records),
        );
        if keep.cursor.is_none() {
            break;
        }
    }
    ask_for_unmet(work, tally, &end, &keep).await?;
    pulled.done = true;
    told.send_replace(pulled);
    Ok(())
}

/// Goes on with an unfinished pass, or begins the next one.
async fn begin(work: &Work<'_>, end: &End) -> Result<Keep, Fault> {
    let last = work.mirror.progress(end).await?;
    Ok(match last {
        Some(unfinished) if unfinished.cursor.is_some() && is_young(&unfinished, work.clock.now()) => {
            unfinished
        }
        last => Keep {
            pass: last.map_or(1, |last| last.pass + 1),
            cursor: None,
            began_at: work.clock.now(),
            whole: true,
        },
    })
}

/// Whether what an interrupted pass read is still as good as new.
fn is_young(pass: &Keep, now: Timestamp) -> bool {
    earlier(now, RESUMABLE) < pass.began_at
}

/// Reads directly what a list only showed in part, if it is new or changed.
async fn complete(work: &Work<'_>, tally: &Tally, end: &End, listed: Vec<Raw>) -> Result<Vec<Raw>, Fault> {
    let partial = |raw: &Raw| !work.left.is_whole(&end.object, raw);
    if !listed.iter().any(partial) {
        return Ok(listed);
    }
    let ids: Vec<RecordId> = listed.iter().map(|raw| raw.id.clone()).collect();
    let known = work.mirror.hashes(end, &ids).await?;
    stream::iter(listed)
        .map(async |raw: Raw| {
            if !partial(&raw) || known.get(&raw.id) == Some(&raw.hash) {
                return Ok(Some(raw));
            }
            let found = again(work, tally, async || work.left.find(&end.object, &raw.id).await).await?;
            Ok(found.map(|found| raw.completed_by(found)))
        })
        .buffered(READS_AT_ONCE)
        .filter_map(async |raw: Result<Option<Raw>, Fault>| raw.transpose())
        .collect::<Vec<_>>()
        .await
        .into_iter()
        .collect()
}

/// A record that the pass did not meet is gone only if the vendor says so when asked for it; else a page had shifted.
async fn ask_for_unmet(work: &Work<'_>, tally: &Tally, end: &End, keep: &Keep) -> Result<(), Fault> {
    for _ in 0..ASKED_FOR {
        let unmet = work.mirror.unmet(end, keep.pass, ASKED_AT_ONCE).await?;
        if unmet.is_empty() {
            break;
        }
        ask_for(work, tally, end, keep, unmet).await?;
    }
    let met = work.mirror.met(end, keep.pass).await?;
    let mut counts = tally.counts();
    if met.gone > 0 {
        counts.gone.insert(end.object.clone(), met.gone);
    }
    counts.unasked.insert(end.object.clone(), met.unmet);
    Ok(())
}

/// Asks for records one by one, and notes which of them are gone.
async fn ask_for(
    work: &Work<'_>,
    tally: &Tally,
    end: &End,
    keep: &Keep,
    unmet: Vec<RecordId>,
) -> Result<(), Fault> {
    let found: Vec<(RecordId, Option<Raw>)> = stream::iter(unmet)
        .map(async |id: RecordId| {
            let found = again(work, tally, async || work.left.find(&end.object, &id).await).await;
            match found {
                Err(fault) if fault.kind() == FaultKind::Gone => Ok((id, None)),
                found => Ok::<_, Fault>((id, found?)),
            }
        })
        .buffered(READS_AT_ONCE)
        .try_collect()
        .await?;
    let gone: Vec<RecordId> = found
        .iter()
        .filter(|(id, raw)| raw.as_ref().is_none_or(|raw| &raw.id != id))
        .map(|(id, _)| id.clone())
        .collect();
    let still_there: Vec<Raw> = found.into_iter().filter_map(|(_, raw)| raw).collect();
    if !still_there.is_empty() {
        work.mirror.keep(end, &still_there, &[], keep).await?;
    }
    if gone.is_empty() {
        return Ok(());
    }
    work.mirror.lose(end, &gone).await?;
    // Nobody needs to decide anything about a record that is not there any more.
    let settlement = Settlement {
        planned_records: &gone,
        object: Some((&end.object, Side::Right)),
        ..Settlement::default()
    };
    work.intents.settle(&work.import.id, work.run, &settlement).await
}

/// Reads what changed on the right. What a pair agreed on is recognised and not kept again; what differs, or belongs
/// to no pair, goes into the mirror.
pub(crate) async fn pull_right(
    work: &Work<'_>,
    tally: &Tally,
    bound: &[Bound],
    object: &ObjectName,
    stage: Stage,
) -> Result<(), Fault> {
    let end = work.right_end(object);
    let last = work.mirror.progress(&end).await?;
    let now = work.right_now();
    let fresh = is_fresh(work, bound, object).await?;
    let (mode, mut keep) = next_right_pass(last.as_ref(), now, fresh);
    let mut records = 0;
    loop {
        let ask = Ask {
            object: object.clone(),
            mode,
            cursor: keep.cursor.clone(),
        };
        let page = again(work, tally, async || work.right_source.read(&ask).await).await?;
        records += page.raws.len() as u64;
        keep.cursor = moved_on(page.next, &ask)?;
        let compared = compare(work, tally, bound, &end, page.raws).await?;
        keep.began_at = keep
            .began_at
            .max(asks_from(work, &keep, object, now, compared.latest));
        // An incremental pass that is interrupted begins again from where the last whole one left off.
        let unfinished = last.as_ref().filter(|_| !keep.whole && keep.cursor.is_some());
        work.mirror
            .keep(
                &end,
                &compared.keep,
                &compared.handles,
                unfinished.unwrap_or(&keep),
            )
            .await?;
        let total = keep.cursor.is_none().then_some(records);
        work.progress.stage(object, stage, records, total);
        if keep.cursor.is_none() {
            return Ok(());
        }
    }
}

/// Where the next pass asks from, as far as this page tells. What is read in the order of change shows the vendor's
/// own clock; what is read otherwise may have changed behind our back since this pass began.
fn asks_from(
    work: &Work<'_>,
    keep: &Keep,
    object: &ObjectName,
    began: Timestamp,
    latest: Option<Timestamp>,
) -> Timestamp {
    match latest {
        Some(latest) if !keep.whole && work.right_source.is_in_order_of_change(object) => latest,
        Some(latest) if !keep.whole => latest.min(earlier(began, CLOCK_MARGIN)),
        _ => keep.began_at,
    }
}

/// Whether this import has never planned the objects that are kept in this right object: then it has to know all
/// records there are, whatever another import has read.
async fn is_fresh(work: &Work<'_>, bound: &[Bound], object: &ObjectName) -> Result<bool, Fault> {
    for bound in bound.iter().filter(|bound| &bound.pairing.right == object) {
        let end = work.left_end(&bound.pairing.left);
        if work
            .intents
            .planned(&work.import.id, &end, Planning::Left)
            .await?
            != Seq::default()
        {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Where reading goes on; a cursor that stands still would be read for ever.
fn moved_on(next: Next, ask: &Ask) -> Result<Option<Cursor>, Fault> {
    match next {
        Next::CaughtUp => Ok(None),
        Next::More(cursor) if Some(&cursor) == ask.cursor.as_ref() => {
            let doing = format!("reading the next page of {}", ask.object);
            Err(Fault::new(FaultKind::Unexpected, doing).said("the cursor did not move on"))
        }
        Next::More(cursor) => Ok(Some(cursor)),
    }
}

/// How the right side is read next: what changed since a pass that came to its end, else everything.
fn next_right_pass(last: Option<&Keep>, now: Timestamp, fresh: bool) -> (Mode, Keep) {
    match last {
        Some(finished) if finished.cursor.is_none() && fresh => {
            let began_at = earlier(now, CLOCK_MARGIN);
            let keep = Keep {
                pass: finished.pass + 1,
                cursor: None,
                began_at,
                whole: true,
            };
            (Mode::Everything, keep)
        }
        Some(finished) if finished.cursor.is_none() => {
            // A moment that has not come yet was noted by a clock that was wrong.
            let began_at = finished.began_at.min(now);
            let since = earlier(began_at, VENDOR_MARGIN);
            let keep = Keep {
                pass: finished.pass + 1,
                whole: false,
                began_at,
                ..finished.clone()
            };
            (Mode::ChangedSince(since), keep)
        }
        Some(unfinished) => (Mode::Everything, unfinished.clone()),
        None => {
            let keep = Keep {
                pass: 1,
                cursor: None,
                began_at: earlier(now, CLOCK_MARGIN),
                whole: true,
            };
            (Mode::Everything, keep)
        }
    }
}

fn earlier(at: Timestamp, by: Duration) -> Timestamp {
    at.checked_sub(by).unwrap_or(Timestamp::MIN)
}

/// A page of right records after it was compared with what their pairs agreed on.
#[derive(Default)]
pub(crate) struct Compared {
    /// What the mirror must have.
    keep: Vec<Raw>,
    /// What strangers among them can be found by.
    handles: Vec<Handle>,
    /// The latest change the vendor dates.
    latest: Option<Timestamp>,
}

/// Compares right records with what their pairs agreed on; finds those that the mirror must have. Most are the very
/// text that was answered when they were written, and need no closer look.
pub(crate) async fn compare(
    work: &Work<'_>,
    tally: &Tally,
    bound: &[Bound],
    end: &End,
    raws: Vec<Raw>,
) -> Result<Compared, Fault> {
    let ids: Vec<RecordId> = raws.iter().map(|raw| raw.id.clone()).collect();
    let mut rows: HashMap<RecordId, Vec<RightRow>> = HashMap::new();
    for row in work.intents.rights(&work.import.id, &end.object, &ids).await? {
        rows.entry(row.right.clone()).or_default().push(row);
    }
    let known = work.mirror.hashes(end, &ids).await?;
    let as_kept = |raw: &Raw| known.get(&raw.id).is_none_or(|hash| hash == &raw.hash);
    let mut compared = Compared {
        latest: latest(work, end, &raws),
        ..Compared::default()
    };
    let mut closer = Vec::new();
    for raw in raws {
        match rows.get(&raw.id) {
            Some(rows) if as_kept(&raw) && rows.iter().all(|row| row.hash == Some(raw.hash)) => {
                rows.iter()
                    .for_each(|row| note_read_back(tally, &row.pairing, &raw.id, true));
            }
            _ => closer.push(raw),
        }
    }
    if !closer.is_empty() {
        look_closer(work, tally, bound, end, closer, &known, &mut compared).await?;
    }
    Ok(compared)
}

/// The latest change that a page shows: what comes last in a page changed last, or it does no harm to read it again.
fn latest(work: &Work<'_>, end: &End, raws: &[Raw]) -> Option<Timestamp> {
    let ends = [raws.first(), raws.last()];
    let shaped = ends
        .into_iter()
        .flatten()
        .filter_map(|raw| work.right_source.shape(&end.object, raw).ok());
    shaped.filter_map(|record| record.changed_at).max()
}

async fn look_closer(
    work: &Work<'_>,
    tally: &Tally,
    bound: &[Bound],
    end: &End,
    raws: Vec<Raw>,
    known: &HashMap<RecordId, RawHash>,
    compared: &mut Compared,
) -> Result<(), Fault> {
    let ids: Vec<RecordId> = raws.iter().map(|raw| raw.id.clone()).collect();
    let rows = work
        .intents
        .pairs_of_right(&work.import.id, &end.object, &ids)
        .await?;
    for raw in raws {
        let Ok(record) = work.right_source.shape(&end.object, &raw) else {
            // Kept as it is: a pair that needs it will say so, with the record's id.
            compared.keep.push(raw);
            continue;
        };
        let (mut paired, mut at_rest) = (false, true);
        for row in rows.iter().filter(|row| row.right == raw.id) {
            paired = true;
            let is_as_agreed = as_agreed(bound, row, &record);
            at_rest &= is_as_agreed;
            note_read_back(tally, &row.pairing, &raw.id, is_as_agreed);
        }
        at_rest &= paired;
        if !paired {
            compared.handles.extend(handles_of(bound, end, &record));
        }
        if !at_rest || known.contains_key(&raw.id) {
            compared.keep.push(raw);
        }
    }
    Ok(())
}

fn handles_of(bound: &[Bound], end: &End, record: &Record) -> HashSet<Handle> {
    bound
        .iter()
        .filter(|bound| bound.pairing.right == end.object)
        .flat_map(|bound| handles(&bound.pairing, record))
        .map(|(field, value)| Handle {
            record: record.id.clone(),
            field,
            value,
        })
        .collect()
}

/// Whether a right record holds what its pair agreed on, in every field that a rule writes.
pub(crate) fn as_agreed(bound: &[Bound], row: &PairRow, record: &Record) -> bool {
    let Some(bound) = bound.iter().find(|bound| bound.pairing.id == row.pairing) else {
        return false;
    };
    bound.rules.iter().all(|(rule, field)| {
        // What was changed there and is still to go back is no fault of what was written.
        let is_theirs = row.returning && rule.owner != Owner::Left;
        let actual = record.fields.get(&field.name).unwrap_or(&model::Value::Nothing);
        let agreed = row.base.agreed(&field.name);
        let is_agreed = match bound.pairing.joins {
            Some(_) => !record.fields.contains_key(&field.name) || holds_part(actual, agreed.left),
            None => same(agreed.right, actual),
        };
        is_theirs || is_agreed
    })
}

fn note_read_back(tally: &Tally, pairing: &PairingId, right: &RecordId, equal: bool) {
    let mut counts = tally.counts();
    let expected = counts
        .written
        .get_mut(pairing)
        .is_some_and(|written| written.remove(&mark(right)));
    if expected {
        *counts.read_back.entry(pairing.clone()).or_default() += 1;
        *counts.equal.entry(pairing.clone()).or_default() += u64::from(equal);
    }
}
