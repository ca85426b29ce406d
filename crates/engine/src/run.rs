//! Prepare, pull, plan, apply, certify: the order of things.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use futures_util::future::{LocalBoxFuture, try_join_all};
use model::{CertificateLine, Fault, Line, ObjectName, PairingId, RecordId, Report, Side};
use tokio::sync::watch;

use crate::{
    bind::{Bound, object, schema_changes},
    bring::{Compared, compare, file_counts},
    budget::{Load, cost},
    certify::{Counted, LeftObject, certify},
    plan::choose,
    prepare::{Prepared, prepare},
    preview::{Collected, Preview},
    pull::{Pulled, pull_left, pull_right},
    recipe::chosen,
    recover::recover,
    reread::reread,
    stage::Lane,
    work::{Stage, Tally, Work, again},
};

/// How many records are asked about at once while certifying.
const BATCH: usize = 500;
/// How many open problems are looked through for the reason of a missing record.
const REASONS: usize = 200_000;

/// Runs an import: the first time everything, later what changed. A run that was killed is simply run again.
pub async fn run(work: &Work<'_>) -> Result<Report, Fault> {
    let began = work.clock.now();
    let tally = Tally::new();
    let import = chosen(work.import);
    let work = &Work {
        import: &import,
        ..*work
    };
    let prepared = prepare(work, &tally).await?;
    prepared.plan_again(work).await?;
    let mut schema_added = Vec::new();
    for change in schema_changes(&prepared.bound) {
        again(work, &tally, async || work.right.extend(&change).await).await?;
        schema_added.extend(change.make.iter().map(|_| change.object.to_string()));
        schema_added.extend(
            change
                .add
                .iter()
                .map(|field| format!("{}.{}", change.object, field.name)),
        );
    }
    recover(work, &tally, &prepared.bound).await?;
    pull_rights(work, &tally, &prepared.bound, Stage::ReadingRight, |_| true).await?;
    lanes(work, &tally, &prepared, None).await?;
    for object in work.import.recipe.left_objects() {
        lane(work, &tally, &prepared.bound, &object, None, true)
            .waiting(true)
            .await?;
    }
    heal(work, &tally, &prepared.bound).await?;
    read_back(work, &tally, &prepared.bound).await?;
    let compared = compare(work, &tally).await?;
    let counted = count(work, &tally, &prepared.bound, &compared).await?;
    let took = work.clock.now().duration_since(began);
    let mut report = draw_up(&tally, &prepared.bound, &counted);
    report.schema_added = schema_added;
    report.drift = prepared.drift.clone();
    report.files = file_counts(&tally, &compared, counted.missing_files);
    prepared.remember(work).await?;
    report.took_ms = u64::try_from(took.as_millis()).unwrap_or_default();
    Ok(report)
}

/// Plans an import without writing anything to either vendor.
pub async fn preview(work: &Work<'_>) -> Result<Preview, Fault> {
    let tally = Tally::new();
    let import = chosen(work.import);
    let work = &Work {
        import: &import,
        ..*work
    };
    let collected = Collected::default();
    let prepared = prepare(work, &tally).await?;
    let there = |object: &ObjectName| {
        let is_made = |bound: &&Bound| bound.make.is_some() && &bound.pairing.right == object;
        prepared.bound.iter().find(is_made).is_none()
    };
    pull_rights(work, &tally, &prepared.bound, Stage::ReadingRight, there).await?;
    lanes(work, &tally, &prepared, Some(&collected)).await?;
    let shown = collected.shown(&prepared.bound);
    let schema = schema_changes(&prepared.bound);
    let writes: u64 = shown
        .lines
        .iter()
        .map(|line| line.created + line.updated + line.adopted)
        .sum();
    let reading_back: u64 = shown
        .lines
        .iter()
        .zip(&prepared.bound)
        .map(|(line, bound)| {
            work.right_source
                .cost(&bound.pairing.right, line.created + line.updated + line.adopted)
        })
        .sum();
    let right_calls = writes + reading_back + schema.len() as u64;
    let price = cost(
        Load {
            calls: left_calls(work).await?,
            per_minute: None,
        },
        Load {
            calls: right_calls,
            per_minute: work.right.calls_per_minute(),
        },
    );
    let files = tally.counts().files.ahead.len() as u64;
    Ok(Preview {
        lines: shown.lines,
        changes: shown.changes,
        problems: shown.problems,
        n_problems: shown.n_problems,
        schema,
        drift: prepared.drift,
        not_mapped: not_mapped(&tally, &prepared.bound),
        excluded: tally.counts().excluded.clone(),
        files,
        cost: price,
    })
}

/// What reading the left side costs.
async fn left_calls(work: &Work<'_>) -> Result<u64, Fault> {
    let mut calls = 0;
    for name in work.import.recipe.left_objects() {
        let end = work.left_end(&name);
        let pass = work.mirror.progress(&end).await?.map_or(0, |keep| keep.pass);
        calls += work.left.cost(&name, work.mirror.met(&end, pass).await?.met);
    }
    Ok(calls)
}

async fn pull_rights(
    work: &Work<'_>,
    tally: &Tally,
    bound: &[Bound],
    stage: Stage,
    wanted: impl Fn(&ObjectName) -> bool,
) -> Result<(), Fault> {
    let objects: Vec<ObjectName> = work
        .import
        .recipe
        .right_objects()
        .into_iter()
        .filter(|object| wanted(object))
        .collect();
    try_join_all(
        objects
            .iter()
            .filter(|object| work.right_source.is_listed(object))
            .map(|object| pull_right(work, tally, bound, object, stage)),
    )
    .await?;
    Ok(())
}

/// Reads, plans and writes all left objects side by side; one starts to write when those it refers to are settled.
async fn lanes(
    work: &Work<'_>,
    tally: &Tally,
    prepared: &Prepared,
    preview: Option<&Collected>,
) -> Result<(), Fault> {
    let objects = work.import.recipe.left_objects();
    let mut finished: BTreeMap<ObjectName, watch::Receiver<bool>> = BTreeMap::new();
    let mut all: Vec<LocalBoxFuture<'_, Result<(), Fault>>> = Vec::new();
    for object in &objects {
        let backlog = has_backlog(work, object).await?;
        let (tell, pulled) = watch::channel(Pulled::default());
        let (finish, when_finished) = watch::channel(false);
        let before = referred_to(prepared, object, &finished);
        let waits_for: Vec<_> = before
            .iter()
            .filter_map(|object| finished.get(object).cloned())
            .collect();
        finished.insert(object.clone(), when_finished);
        all.push(Box::pin(
            async move { pull_left(work, tally, object, &tell).await },
        ));
        all.push(Box::pin(async move {
            for mut other in waits_for {
                // The other lane ends by saying so, or with a fault that ends this one as well.
                if preview.is_none() && other.wait_for(|finished| *finished).await.is_err() {
                    return Ok(());
                }
            }
            let mut lane = lane(work, tally, &prepared.bound, object, preview, false);
            lane.waiting(false).await?;
            lane.left_side(pulled, backlog).await?;
            for right in right_objects_of(&prepared.bound, |lefts| lefts == [object]) {
                lane.right_side(&right, true).await?;
            }
            finish.send_replace(true);
            Ok(())
        }));
    }
    try_join_all(all).await?;
    shared_right_sides(work, tally, prepared, preview).await
}

/// Plans what changed on right objects that hold the counterparts of several left objects.
async fn shared_right_sides(
    work: &Work<'_>,
    tally: &Tally,
    prepared: &Prepared,
    preview: Option<&Collected>,
) -> Result<(), Fault> {
    let bound = &prepared.bound;
    for right in right_objects_of(bound, |lefts| lefts.len() > 1) {
        let lefts = left_objects_of(bound, &right);
        for left in &lefts {
            let is_last = lefts.last() == Some(left);
            lane(work, tally, bound, left, preview, false)
                .right_side(&right, is_last)
                .await?;
        }
    }
    Ok(())
}

/// Whether the mirror holds records that an earlier reading brought and that were never planned.
async fn has_backlog(work: &Work<'_>, object: &ObjectName) -> Result<bool, Fault> {
    let end = work.left_end(object);
    let after = work.intents.planned(&work.import.id, &end, Side::Left).await?;
    Ok(!work.mirror.changed(&end, after, 1).await?.is_empty())
}

fn lane<'a>(
    work: &'a Work<'a>,
    tally: &'a Tally,
    bound: &'a [Bound],
    object: &'a ObjectName,
    preview: Option<&'a Collected>,
    all_arrived: bool,
) -> Lane<'a> {
    Lane {
        work,
        tally,
        bound,
        object,
        preview,
        claimed: HashSet::new(),
        all_arrived,
    }
}

/// The objects, earlier in the recipe, whose records this object's rules refer to.
fn referred_to(
    prepared: &Prepared,
    name: &ObjectName,
    earlier: &BTreeMap<ObjectName, watch::Receiver<bool>>,
) -> BTreeSet<ObjectName> {
    let Some(left) = object(&prepared.left, name) else {
        return BTreeSet::new();
    };
    let rules = prepared
        .bound
        .iter()
        .filter(|bound| &bound.pairing.left == name)
        .flat_map(|bound| &bound.rules);
    let onto = prepared
        .bound
        .iter()
        .filter(|bound| &bound.pairing.left == name)
        .filter_map(|bound| Some(&bound.pairing.onto.as_ref()?.by));
    rules
        .flat_map(|(rule, _)| &rule.left)
        .chain(onto)
        .filter_map(|field| left.field(field))
        .flat_map(|field| field.kind.targets())
        .filter(|object| earlier.contains_key(*object))
        .cloned()
        .collect()
}

/// Right objects, each once, that hold the counterparts of such left objects.
fn right_objects_of(bound: &[Bound], holds: impl Fn(&[&ObjectName]) -> bool) -> Vec<ObjectName> {
    let mut seen = BTreeSet::new();
    let rights = bound.iter().map(|bound| &bound.pairing.right);
    rights
        .filter(|right| seen.insert(*right) && holds(&left_objects_of(bound, right)))
        .cloned()
        .collect()
}

/// The left objects whose counterparts a right object holds.
fn left_objects_of<'a>(bound: &'a [Bound], right: &ObjectName) -> Vec<&'a ObjectName> {
    let mut lefts: Vec<&ObjectName> = Vec::new();
    for bound in bound.iter().filter(|bound| &bound.pairing.right == right) {
        if !lefts.contains(&&bound.pairing.left) {
            lefts.push(&bound.pairing.left);
        }
    }
    lefts
}

/// Plans what has no counterpart and no reason for it: nothing should be left by now, and nothing may stay so.
async fn heal(work: &Work<'_>, tally: &Tally, bound: &[Bound]) -> Result<(), Fault> {
    let reasons = reasons(work).await?;
    for object in work.import.recipe.left_objects() {
        let pass = work
            .mirror
            .progress(&work.left_end(&object))
            .await?
            .map_or(0, |keep| keep.pass);
        lane(work, tally, bound, &object, None, true)
            .unpaired(pass, &reasons)
            .await?;
    }
    Ok(())
}

/// Left records that an open problem keeps from the right side.
async fn reasons(work: &Work<'_>) -> Result<HashSet<(ObjectName, RecordId)>, Fault> {
    let open = work.intents.problems(&work.import.id, REASONS).await?;
    let blocking = open.into_iter().filter(|problem| problem.blocks);
    Ok(blocking.map(|problem| (problem.object, problem.record)).collect())
}

/// Reads back what this run wrote: the vendor's own word that it is there, and as it was sent.
async fn read_back(work: &Work<'_>, tally: &Tally, bound: &[Bound]) -> Result<(), Fault> {
    let written: BTreeSet<PairingId> = tally.counts().written.keys().cloned().collect();
    let wrote = |object: &ObjectName| {
        bound
            .iter()
            .any(|bound| &bound.pairing.right == object && written.contains(&bound.pairing.id))
    };
    pull_rights(work, tally, bound, Stage::ReadingBack, wrote).await?;
    let unlisted: Vec<ObjectName> = tally.counts().unlisted.keys().cloned().collect();
    for object in unlisted {
        reread(work, tally, bound, &object).await?;
    }
    Ok(())
}

async fn count(work: &Work<'_>, tally: &Tally, bound: &[Bound], files: &Compared) -> Result<Counted, Fault> {
    let (problems, blocking) = work.intents.count_problems(&work.import.id).await?;
    let reasons = reasons(work).await?;
    let mut counted = Counted {
        blocking,
        problems,
        missing_files: work.files.missing(&work.import.id).await?,
        files_differ: files.differ,
        ..Counted::default()
    };
    for name in work.import.recipe.left_objects() {
        let end = work.left_end(&name);
        let pass = work.mirror.progress(&end).await?.map_or(0, |keep| keep.pass);
        let (mut object, explained) = unpaired(work, bound, &name, pass, &reasons).await?;
        object.met = work.mirror.met(&end, pass).await?.met;
        object.unasked = tally.counts().unasked.get(&name).copied().unwrap_or_default();
        object.unavailable = tally.counts().unavailable.get(&name).cloned();
        if object.unavailable.is_none() {
            object.vendor = again(work, tally, async || work.left.count(&name).await).await?;
        }
        for bound in bound.iter().filter(|bound| bound.pairing.left == name) {
            let id = &bound.pairing.id;
            let paired = work.intents.count_pairs(&work.import.id, id, &end, pass).await?;
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

/// Left records without a counterpart, each with its reason or without: counted from the mirror, not from what the
/// run believes it did.
async fn unpaired(
    work: &Work<'_>,
    bound: &[Bound],
    name: &ObjectName,
    pass: u64,
    reasons: &HashSet<(ObjectName, RecordId)>,
) -> Result<(LeftObject, BTreeMap<PairingId, u64>), Fault> {
    let end = work.left_end(name);
    let mut object = LeftObject {
        object: name.clone(),
        pairings: vec![],
        met: 0,
        vendor: None,
        excluded: 0,
        unexplained: 0,
        unasked: 0,
        unavailable: None,
    };
    let mut explained: BTreeMap<PairingId, u64> = BTreeMap::new();
    let mut after: Option<RecordId> = None;
    loop {
        let raws = work
            .mirror
            .unpaired(&work.import.id, &end, pass, after.as_ref(), BATCH)
            .await?;
        let Some(last) = raws.last() else {
            return Ok((object, explained));
        };
        after = Some(last.id.clone());
        for raw in &raws {
            let has_reason = reasons.contains(&(name.clone(), raw.id.clone()));
            let record = work.left.shape(name, raw).ok();
            let pairing = record.as_ref().and_then(|record| choose(bound, name, record));
            match (record.is_some(), pairing) {
                (true, None) => object.excluded += 1,
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

fn draw_up(tally: &Tally, bound: &[Bound], counted: &Counted) -> Report {
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
            .saturating_sub(line.created + line.updated + line.adopted + line.failed);
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
        left_out: counts.left_out.clone(),
        problems: counted.problems,
        retries: tally.retries(),
        certificate: certify(counted),
        ..Report::default()
    }
}

fn not_mapped(tally: &Tally, bound: &[Bound]) -> BTreeMap<String, String> {
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
