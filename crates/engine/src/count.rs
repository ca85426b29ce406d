//! What a run counts at its end: both sides, what has no counterpart and why, and the report of it all.

use std::collections::{BTreeMap, HashMap, HashSet};

use model::{
    Certificate, CertificateLine, Choice, Fault, FieldName, FileProof, Gone, LeftOut, Line, MissingRecord,
    ObjectName, PairRow, PairingId, Problem, ProblemKind, Read, RecordId, Report,
};

use crate::{
    bind::{Bound, Likely},
    bring::{COMPARED, Compared, Moved},
    certify::{Counted, LeftObject, certify},
    plan::choose,
    prove::{add_left, prove},
    work::{Tally, Work, again},
};

/// How many records are asked about at once while certifying.
const BATCH: usize = 500;
/// How many open problems are looked through for the reason of a missing record.
const REASONS: usize = 200_000;

/// Left records that an open problem keeps from the right side.
pub(crate) async fn reasons(work: &Work<'_>) -> Result<HashSet<(ObjectName, RecordId)>, Fault> {
    Ok(reasons_of(&blocking(work).await?))
}

/// The open problems that keep a record from the right side.
async fn blocking(work: &Work<'_>) -> Result<Vec<Problem>, Fault> {
    Ok(open(work).await?.0)
}

/// The open problems that keep a record from the right side, and those that say that the left one does not give all that a
/// record holds.
async fn open(work: &Work<'_>) -> Result<(Vec<Problem>, Vec<Problem>), Fault> {
    let mut open = work.intents.problems(&work.import.id, REASONS).await?;
    open.retain(|problem| problem.blocks || problem.kind == ProblemKind::Withheld);
    Ok(open.into_iter().partition(|problem| problem.blocks))
}

fn reasons_of(blocking: &[Problem]) -> HashSet<(ObjectName, RecordId)> {
    let blocking = blocking.iter();
    blocking
        .map(|problem| (problem.object.clone(), problem.record.clone()))
        .collect()
}

/// Counts both sides once everything is written.
pub(crate) async fn count(
    work: &Work<'_>,
    tally: &Tally,
    bound: &[Bound],
    files: &Compared,
) -> Result<Counted, Fault> {
    let (problems, n_blocking) = work.intents.count_problems(&work.import.id).await?;
    let (blocking, withheld) = open(work).await?;
    let reasons = reasons_of(&blocking);
    let unlisted = tally.counts().unlisted_rights.clone();
    let mut counted = Counted {
        blocking: n_blocking,
        problems,
        unlisted,
        missing_files: work.files.missing(&work.import.id).await?,
        withheld: withheld.into_iter().map(missing).collect(),
        files_differ: files.differ,
        missing: blocking.into_iter().map(missing).collect(),
        proof: prove(work, bound).await?,
        files: work.files.sum(&work.import.id).await?,
        ..Counted::default()
    };
    for name in work.import.recipe.left_objects() {
        let end = work.left_end(&name);
        let (mut object, explained, left_out) = unpaired(work, bound, &name, &reasons).await?;
        counted.left_out.extend(left_out);
        let met = work.mirror.met(&end, 0).await?;
        (object.met, object.hidden) = (met.there, met.hidden);
        (object.known, object.paired) = counted.proof.objects.get(&name).copied().unwrap_or_default();
        object.unasked = tally.counts().unasked.get(&name).copied().unwrap_or_default();
        object.unavailable = tally.counts().unavailable.get(&name).cloned();
        object.vendor = tally.counts().named.get(&name).copied();
        let is_unknown = object.unavailable.is_none() && object.vendor.is_none();
        if is_unknown && !work.left_unasked {
            object.vendor = again(work, tally, async || work.left.count(&name).await).await?;
        }
        for bound in bound.iter().filter(|bound| bound.pairing.left == name) {
            let id = &bound.pairing.id;
            let paired = work.intents.count_pairs(&work.import.id, id, &end).await?;
            let explained = explained.get(id).copied().unwrap_or_default();
            counted
                .pairings
                .push(certificate_line(tally, id, paired, explained));
            object.pairings.push(id.clone());
        }
        counted.objects.push(object);
    }
    Ok(counted)
}

fn missing(problem: Problem) -> MissingRecord {
    MissingRecord {
        object: problem.object,
        record: problem.record,
        why: problem.text,
    }
}

fn certificate_line(tally: &Tally, pairing: &PairingId, paired: u64, explained: u64) -> CertificateLine {
    let counts = tally.counts();
    let of = |counts: &BTreeMap<PairingId, u64>| counts.get(pairing).copied().unwrap_or_default();
    CertificateLine {
        pairing: pairing.clone(),
        left: paired + explained,
        paired,
        explained,
        written: of(&counts.n_written),
        read_back: of(&counts.read_back),
        equal: of(&counts.equal),
    }
}

/// Why records are left out that had counterparts.
const DELETED: &str = "their counterparts are gone from the right side";
const MERGED: &str = "their counterparts were merged into others'";

/// Left records without a counterpart, each with its reason or without: counted from the mirror, not from what the
/// run believes it did.
async fn unpaired(
    work: &Work<'_>,
    bound: &[Bound],
    name: &ObjectName,
    reasons: &HashSet<(ObjectName, RecordId)>,
) -> Result<(LeftObject, BTreeMap<PairingId, u64>, Vec<LeftOut>), Fault> {
    let end = work.left_end(name);
    let mut object = LeftObject::of(name.clone());
    let mut out: BTreeMap<(PairingId, &str), u64> = BTreeMap::new();
    let mut explained: BTreeMap<PairingId, u64> = BTreeMap::new();
    let mut after: Option<RecordId> = None;
    loop {
        let raws = work
            .mirror
            .unpaired(&work.import.id, &end, after.as_ref(), BATCH)
            .await?;
        let Some(last) = raws.last() else {
            let out = out.into_iter().map(|((pairing, why), records)| LeftOut {
                pairing,
                why: why.to_owned(),
                records,
            });
            return Ok((object, explained, out.collect()));
        };
        after = Some(last.id.clone());
        let ids: Vec<RecordId> = raws.iter().map(|raw| raw.id.clone()).collect();
        let decisions = work.intents.decisions(&work.import.id, name, &ids).await?;
        let left_out = decisions
            .iter()
            .filter(|decision| decision.choice == Choice::LeaveOut);
        let left_out: HashSet<&RecordId> = left_out.map(|decision| &decision.record).collect();
        let rows = work.intents.pairs(&work.import.id, name, &ids).await?;
        let rows: HashMap<&RecordId, &PairRow> = rows.iter().map(|row| (&row.left, row)).collect();
        for raw in &raws {
            add_left(&mut object.unpaired, &raw.id, &raw.hash);
            let has_reason = reasons.contains(&(name.clone(), raw.id.clone()));
            let record = work.left.shape(name, raw).ok();
            let pairing = record.as_ref().and_then(|record| choose(bound, name, record));
            let row = rows.get(&raw.id);
            if let Some((pairing, why)) = row.and_then(|row| why_out(row, has_reason)) {
                object.excluded += 1;
                *out.entry((pairing, why)).or_default() += 1;
                continue;
            }
            match (record.is_some(), pairing) {
                (true, None) => object.excluded += 1,
                // A person took back what a run had made of it.
                _ if left_out.contains(&raw.id) => object.excluded += 1,
                (_, Some(bound)) if has_reason => {
                    *explained.entry(bound.pairing.id.clone()).or_default() += 1
                }
                (_, Some(bound)) if bound.leaves_alone() => object.excluded += 1,
                // What could not be shaped belongs to no pairing, and its problem says why.
                (false, _) if has_reason => object.excluded += 1,
                _ => object.unexplained += 1,
            }
        }
    }
}

/// The pairing of a record that is left out because its counterpart is gone, and why.
fn why_out(row: &PairRow, has_reason: bool) -> Option<(PairingId, &'static str)> {
    let why = match row.gone? {
        Gone::LeftOut => DELETED,
        Gone::Merged if !has_reason => MERGED,
        _ => return None,
    };
    Some((row.pairing.clone(), why))
}

/// The report of a run.
pub(crate) fn draw_up(tally: &Tally, bound: &[Bound], counted: &Counted) -> Report {
    let not_mapped = not_mapped(tally, bound);
    let counts = tally.counts();
    let lines = bound.iter().map(|bound| {
        let id = &bound.pairing.id;
        let mut line = counts.lines.get(id).cloned().unwrap_or_else(|| Line::new(id));
        let certified = counted.pairings.iter().find(|line| &line.pairing == id);
        line.left = certified.map_or(0, |line| line.left);
        line.failed = certified.map_or(0, |line| line.explained);
        // What was not even looked at did not change.
        line.alike = line
            .left
            .saturating_sub(line.created + line.rehomed + line.updated + line.adopted + line.failed);
        line
    });
    let excluded = counted.objects.iter().filter(|object| object.excluded > 0);
    Report {
        lines: lines.collect(),
        excluded: excluded
            .map(|object| (object.object.clone(), object.excluded))
            .collect(),
        gone: counts.gone.clone(),
        not_mapped,
        ignored: ignored(bound),
        left_out: counts.left_out.clone(),
        problems: counted.problems,
        retries: tally.retries(),
        certificate: Certificate {
            rests_on: reads(&counts.reads),
            files: FileProof {
                brought: counted.files.brought,
                bytes: counted.files.bytes,
                missing: counted.files.missing.clone(),
                ..FileProof::default()
            },
            capped: capped(&counts.left_out, &counts.files, &counted.withheld),
            ..certify(counted)
        },
        ..Report::default()
    }
}

/// What was cut or left out of texts, what the left vendor does not give, and what was looked at only in part.
fn capped(left_out: &BTreeMap<String, u64>, files: &Moved, withheld: &[MissingRecord]) -> Vec<String> {
    let withheld = withheld.iter();
    let withheld = withheld.map(|one| format!("{} {}: {}", one.object, one.record, one.why));
    let left_out = left_out.iter();
    let mut capped: Vec<String> = left_out
        .map(|(what, times)| match times {
            1 => format!("{what}, once"),
            _ => format!("{what}, {times} times"),
        })
        .chain(withheld)
        .collect();
    if files.brought > COMPARED as u64 {
        capped.push(format!(
            "files: of {} that this run brought, {COMPARED} were fetched back and compared",
            files.brought
        ));
    }
    capped
}

/// How each object was read, the left side's first.
fn reads(reads: &[Read]) -> Vec<Read> {
    let mut reads = reads.to_vec();
    reads.sort_by(|one, other| (one.side, &one.object).cmp(&(other.side, &other.object)));
    reads
}

/// What the recipe leaves out on purpose.
pub(crate) fn ignored(bound: &[Bound]) -> BTreeMap<PairingId, Vec<FieldName>> {
    let some = bound.iter().filter(|bound| !bound.pairing.ignore.is_empty());
    some.map(|bound| (bound.pairing.id.clone(), bound.pairing.ignore.clone()))
        .collect()
}

/// What is like a field of the customer's own.
pub(crate) fn likely(bound: &[Bound]) -> BTreeMap<PairingId, Vec<Likely>> {
    let some = bound.iter().filter(|bound| !bound.likely.is_empty());
    some.map(|bound| (bound.pairing.id.clone(), bound.likely.clone()))
        .collect()
}

/// What no rule moves, with the reason.
pub(crate) fn not_mapped(tally: &Tally, bound: &[Bound]) -> BTreeMap<String, String> {
    let mut not_mapped = BTreeMap::new();
    let counts = tally.counts();
    for (object, why) in &counts.unavailable {
        not_mapped.insert(object.to_string(), why.clone());
    }
    for bound in bound {
        let id = &bound.pairing.id;
        not_mapped.extend(
            bound
                .not_mapped
                .iter()
                .map(|(field, why)| (format!("{id}.{field}"), why.clone())),
        );
        let seen = counts
            .unmapped_seen
            .get(&bound.pairing.left)
            .into_iter()
            .flatten();
        for field in seen.filter(|field| !bound.covered.contains(*field)) {
            not_mapped
                .entry(format!("{id}.{field}"))
                .or_insert_with(|| "no rule moves it".to_owned());
        }
    }
    not_mapped
}
