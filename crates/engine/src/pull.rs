//! Pages into the mirror, side by side, each vendor at its own pace.

mod hinted;
mod left;
mod right;
mod rights;
mod within;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::Duration,
};

use model::{
    Ask, Cursor, End, Fault, FaultKind, Gone, Handle, Keep, Next, ObjectName, Owner, PairRow, PairingId,
    Past, Raw, RawHash, Record, RecordId, RightRow, Settlement, Side, Timestamp,
};

pub(crate) use self::{
    hinted::read_hinted,
    left::pull_left,
    right::pull_right,
    rights::pull_rights,
    within::{Carriers, Reading, carriers, left_objects},
};
use crate::{
    bind::Bound,
    identify::handles,
    join::holds_part,
    merge::same,
    plan::dead::left_behind,
    work::{Tally, Work, mark},
};

/// How many direct reads are under way at once; the vendor's pace decides the rest.
pub(crate) const READS_AT_ONCE: usize = 8;
/// Clocks differ; where the vendor's own clock was not seen yet, what changed so long before is read once more.
const CLOCK_MARGIN: Duration = Duration::from_secs(120);
/// A vendor may show a change a little later than it dates it.
const VENDOR_MARGIN: Duration = Duration::from_secs(5);
/// Records of a page that are read directly before what came of it is kept: one may hold megabytes.
const COMPLETED_AT_ONCE: usize = 40;
/// So many of them are under way at once: enough for ten thousand calls a minute where an answer takes a quarter of a second.
const COMPLETING_AT_ONCE: usize = 48;
/// A pass that was interrupted longer ago is begun anew.
const RESUMABLE: Duration = Duration::from_secs(15 * 60);
/// Records that were not met are asked for one by one, so many before what came of it is kept.
const ASKED_AT_ONCE: usize = 500;
/// How often in one run.
const ASKED_FOR: usize = 10;

/// How far the reading of an object has got, for those who wait for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pulled {
    pub(crate) records: u64,
    pub(crate) done: bool,
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

/// A moment before another.
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
}

/// Keeps what the mirror must have of right records that were read directly.
pub(crate) async fn take_up(
    work: &Work<'_>,
    tally: &Tally,
    bound: &[Bound],
    end: &End,
    raws: Vec<Raw>,
) -> Result<(), Fault> {
    let compared = compare(work, tally, bound, end, raws).await?;
    if compared.keep.is_empty() {
        return Ok(());
    }
    let progress = work.mirror.progress(end).await?.unwrap_or_else(|| Keep {
        pass: 1,
        cursor: None,
        began_at: work.right_now(),
        whole: false,
        past: Past::default(),
    });
    let (keep, handles) = (&compared.keep, &compared.handles);
    work.mirror.keep(end, keep, handles, &progress).await.map(drop)
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
    let (mut found, mut back) = (Vec::new(), HashSet::new());
    for row in work.intents.rights(&work.import.id, &end.object, &ids).await? {
        match row.gone {
            // What became a part of it agreed on nothing with it.
            Some(Gone::Merged) => continue,
            Some(Gone::Lost | Gone::LeftOut) => {
                found.push((row.left_object.clone(), row.left.clone()));
                back.insert(row.right.clone());
            }
            _ => {}
        }
        rows.entry(row.right.clone()).or_default().push(row);
    }
    there_after_all(work, &found).await?;
    let known = work.mirror.hashes(end, &ids).await?;
    let as_kept = |raw: &Raw| known.get(&raw.id).is_none_or(|hash| hash == &raw.hash);
    let mut compared = Compared::default();
    let mut closer = Vec::new();
    for raw in raws {
        match rows.get(&raw.id) {
            Some(rows)
                if as_kept(&raw)
                    && !back.contains(&raw.id)
                    && rows.iter().all(|row| row.hash == Some(raw.hash)) =>
            {
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

/// Notes that counterparts are listed that were said to be gone: somebody may see again what he or she did not.
async fn there_after_all(work: &Work<'_>, found: &[(ObjectName, RecordId)]) -> Result<(), Fault> {
    if found.is_empty() {
        return Ok(());
    }
    let mut by_object: BTreeMap<&ObjectName, Vec<RecordId>> = BTreeMap::new();
    for (object, left) in found {
        by_object.entry(object).or_default().push(left.clone());
    }
    for (object, lefts) in by_object {
        let settlement = Settlement {
            found,
            // Nobody needs to decide anything about them any more.
            planned_records: &lefts,
            object: Some((object, Side::Right)),
            ..Settlement::default()
        };
        work.intents
            .settle(&work.import.id, work.run, &settlement)
            .await?;
    }
    Ok(())
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
        let is_own = |row: &&PairRow| row.right == raw.id && row.gone != Some(Gone::Merged);
        for row in rows.iter().filter(is_own) {
            paired = true;
            let is_as_agreed = as_agreed(bound, row, &record);
            if !is_as_agreed {
                let of = bound.iter().find(|bound| bound.pairing.id == row.pairing);
                let behind = of.map(|bound| left_behind(bound, &row.base, &record));
                tally.counts().suspects.extend(behind.unwrap_or_default());
            }
            at_rest &= is_as_agreed;
            note_read_back(tally, &row.pairing, &raw.id, is_as_agreed);
        }
        at_rest &= paired;
        if paired {
            tally.note_moved(&end.object, &raw.id);
        }
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
