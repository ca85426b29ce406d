//! Prepare, pull, plan, apply, certify: the order of things.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use futures_util::future::{LocalBoxFuture, try_join_all};
use model::{Destination, Fault, ObjectName, PairingId, Planning, Report, Seq};
use tokio::sync::watch;

use crate::{
    along::{riders, rides},
    back::{self, BackLane},
    below::{expect, look_below},
    bind::{Bound, object, schema_changes},
    bring::{COMPARED, compare, file_counts},
    budget::{Load, cost},
    count::{count, draw_up, ignored, likely, not_mapped},
    gone::let_go,
    heal::{fill_in, heal},
    join::{Joining, part},
    kin::Kin,
    lost::decide_lost,
    prepare::{Prepared, prepare},
    preview::{Collected, Preview, Shown},
    pull::{Carriers, Pulled, Reading, carriers, left_objects, pull_left, pull_rights, read_hinted},
    recipe::chosen,
    recover::recover,
    reread::reread,
    retire::retire,
    scope,
    stage::Lane,
    unique::take_shared,
    work::{Stage, Tally, Work, again},
};

/// Runs an import: the first time everything, later what changed. A run that was killed is simply run again.
pub async fn run(work: &Work<'_>) -> Result<Report, Fault> {
    let began = work.clock.now();
    let tally = Tally::new();
    let import = chosen(work.import);
    let work = &Work {
        import: &import,
        ..*work
    };
    let part = scope::part(&import, &work.scope.only)?;
    let prepared = prepare(work, &tally).await?;
    prepared.plan_again(work).await?;
    recover(work, &tally, &prepared.bound).await?;
    let prepared = prepared.narrowed(&part.recipe);
    let work = &Work {
        import: &part,
        ..*work
    };
    let schema_added = extend(work, &tally, &prepared.bound).await?;
    match &work.scope.heard {
        Some(heard) => tally.take_up(heard),
        None => {
            expect(work, &tally, &prepared.bound);
            pull_rights(work, &tally, &prepared.bound, Stage::ReadingRight, |_| true).await?;
            look_below(work, &tally, &prepared.bound).await?;
        }
    }
    read_hinted(work, &tally, &prepared.bound).await?;
    match work.direction.is_forward() {
        true => forward(work, &tally, &prepared).await?,
        false => {
            pull_lefts(work, &tally).await?;
            decide_lost(work, &tally, &prepared.bound, None).await?;
        }
    }
    // What goes back is planned from what the right side has now, not from what it had before it was written.
    read_back(work, &tally, &prepared.bound).await?;
    if work.direction.is_reverse() {
        backward(work, &tally, &prepared.bound).await?;
        read_back(work, &tally, &prepared.bound).await?;
    }
    let compared = compare(work, &tally).await?;
    let counted = count(work, &tally, &prepared.bound, &compared).await?;
    let took = work.clock.now().duration_since(began);
    let mut report = draw_up(&tally, &prepared.bound, &counted);
    report.direction = work.direction;
    if part.recipe != import.recipe {
        let pairings = part.recipe.pairings.iter();
        report.certificate.only = pairings.map(|pairing| pairing.id.clone()).collect();
    }
    report.schema_added = schema_added;
    report.drift = prepared.drift.clone();
    report.files = file_counts(&tally, &compared, counted.missing_files);
    report.certificate.files.compared = report.files.compared;
    report.certificate.files.equal = report.files.equal;
    prepared.remember(work).await?;
    report.took_ms = u64::try_from(took.as_millis()).unwrap_or_default();
    Ok(report)
}

/// Adds to the right side's schema what the rules need, and says what that was.
async fn extend(work: &Work<'_>, tally: &Tally, bound: &[Bound]) -> Result<Vec<String>, Fault> {
    let mut added = Vec::new();
    for change in schema_changes(bound) {
        again(work, tally, async || work.right.extend(&change).await).await?;
        added.extend(change.make.iter().map(|_| change.object.to_string()));
        let fields = change.add.iter();
        added.extend(fields.map(|field| format!("{}.{}", change.object, field.name)));
    }
    Ok(added)
}

/// The way there: what came or changed on the left, and what the left side owns, into the right one.
async fn forward(work: &Work<'_>, tally: &Tally, prepared: &Prepared) -> Result<(), Fault> {
    // First, so that what refers to what is made again needs no second look.
    decide_lost(work, tally, &prepared.bound, None).await?;
    lanes(work, tally, prepared, None).await?;
    for object in work.import.recipe.left_objects() {
        work.intents
            .revive(&work.import.id, &work.left_end(&object))
            .await?;
    }
    fill_in(work, tally, &prepared.bound).await?;
    take_shared(work, tally, &prepared.bound, None).await?;
    decide_lost(work, tally, &prepared.bound, None).await?;
    heal(work, tally, &prepared.bound).await?;
    part(work, tally, &prepared.bound).await?;
    retire(work, tally, &prepared.bound).await?;
    let_go(work, tally, &prepared.bound, None).await
}

/// The way back: what came or changed on the right into the left side. What follows from it for the right side is written
/// there at once, if that side is written at all.
async fn backward(work: &Work<'_>, tally: &Tally, bound: &[Bound]) -> Result<(), Fault> {
    for right in back::objects(bound) {
        let mut returning = BackLane::new(work, tally, bound, &right, None)?;
        returning.run().await?;
        if !work.direction.is_forward() {
            continue;
        }
        for (object, ids) in returning.written {
            lane(work, tally, bound, &object, None, true).again(&ids).await?;
        }
    }
    let held = std::mem::take(&mut tally.counts().held);
    if held.is_empty() || !work.direction.is_forward() {
        return Ok(());
    }
    for (object, ids) in held {
        lane(work, tally, bound, &object, None, true).again(&ids).await?;
    }
    retire(work, tally, bound).await
}

/// Reads the left side without planning anything for the right one.
async fn pull_lefts(work: &Work<'_>, tally: &Tally) -> Result<(), Fault> {
    if is_left_read(work) {
        return Ok(());
    }
    let objects = left_objects(work);
    let (mut telling, reading) = pulls(&objects);
    let pulls = objects.iter().map(|object| {
        let tell = telling.remove(object);
        let carriers = carriers(work, object, &reading);
        async move {
            match tell {
                Some(tell) => pull_left(work, tally, object, carriers, &tell).await,
                None => Ok(()),
            }
        }
    });
    try_join_all(pulls).await?;
    Ok(())
}

/// Whether what the mirror has of the left side is what counts.
fn is_left_read(work: &Work<'_>) -> bool {
    work.left_unasked || work.scope.heard.is_some()
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
    let part = scope::part(&import, &work.scope.only)?;
    let prepared = prepare(work, &tally).await?;
    recover(work, &tally, &prepared.bound).await?;
    let prepared = prepared.narrowed(&part.recipe);
    let work = &Work {
        import: &part,
        ..*work
    };
    let there = |object: &ObjectName| {
        let is_made = |bound: &&Bound| bound.make.is_some() && &bound.pairing.right == object;
        prepared.bound.iter().find(is_made).is_none()
    };
    expect(work, &tally, &prepared.bound);
    pull_rights(work, &tally, &prepared.bound, Stage::ReadingRight, there).await?;
    look_below(work, &tally, &prepared.bound).await?;
    match work.direction.is_forward() {
        true => {
            decide_lost(work, &tally, &prepared.bound, Some(&collected)).await?;
            lanes(work, &tally, &prepared, Some(&collected)).await?;
            take_shared(work, &tally, &prepared.bound, Some(&collected)).await?;
            let_go(work, &tally, &prepared.bound, Some(&collected)).await?;
        }
        false => pull_lefts(work, &tally).await?,
    }
    if work.direction.is_reverse() {
        for right in back::objects(&prepared.bound) {
            let mut returning = BackLane::new(work, &tally, &prepared.bound, &right, Some(&collected))?;
            returning.run().await?;
        }
    }
    let shown = collected.shown(&prepared.bound);
    let (schema, heard) = (schema_changes(&prepared.bound), tally.heard());
    let files = tally.counts().files.ahead.len() as u64;
    let ahead = ahead(work, &shown, &prepared.bound, schema.len() as u64, files);
    Ok(Preview {
        lines: shown.lines,
        changes: shown.changes,
        problems: shown.problems,
        n_problems: shown.n_problems,
        schema,
        drift: prepared.drift,
        not_mapped: not_mapped(&tally, &prepared.bound),
        likely: likely(&prepared.bound),
        ignored: ignored(&prepared.bound),
        excluded: tally.counts().excluded.clone(),
        files,
        cost: cost(ahead.0, ahead.1),
        ahead,
        sums: shown.sums,
        heard,
    })
}

/// What a run does besides reading what a preview read: it writes, reads back what it wrote, and brings files.
fn ahead(work: &Work<'_>, shown: &Shown, bound: &[Bound], schema: u64, files: u64) -> (Load, Load) {
    let mut written: BTreeMap<&ObjectName, u64> = BTreeMap::new();
    for (line, bound) in shown.lines.iter().zip(bound) {
        *written.entry(&bound.pairing.right).or_default() +=
            line.created + line.rehomed + line.updated + line.adopted;
    }
    let written = written.into_iter().filter(|(_, records)| *records > 0);
    let reading_back: u64 = written
        .map(|(object, records)| work.right_source.cost(object, records))
        .sum();
    let (left_calls, right_calls) = shown.calls;
    let per_minute = |writer: &dyn Destination| writer.calls_per_minute();
    let left = Load {
        calls: left_calls + files,
        per_minute: work.left_writer.and_then(per_minute),
    };
    // A file is announced and sent; to be compared, it is located and fetched. A schema is written and read again.
    let right = Load {
        calls: right_calls + reading_back + 2 * schema + 2 * files + 2 * files.min(COMPARED as u64),
        per_minute: work.right.calls_per_minute(),
    };
    (left, right)
}

/// Reads, plans and writes all left objects side by side; one starts to write when those it refers to are settled.
async fn lanes(
    work: &Work<'_>,
    tally: &Tally,
    prepared: &Prepared,
    preview: Option<&Collected>,
) -> Result<(), Fault> {
    let objects = left_objects(work);
    let planned = work.import.recipe.left_objects();
    let mut finished: BTreeMap<ObjectName, watch::Receiver<bool>> = BTreeMap::new();
    let mut all: Vec<LocalBoxFuture<'_, Result<(), Fault>>> = Vec::new();
    let (mut telling, reading) = pulls(&objects);
    for object in &objects {
        let after = planned_until(work, prepared, object, preview).await?;
        let backlog = has_backlog(work, object, after).await?;
        let (Some(tell), Some(pulled)) = (telling.remove(object), reading.get(object).cloned()) else {
            continue;
        };
        // What is made for the first time is made with all that comes along.
        let along = riders(&prepared.bound, object)
            .into_iter()
            .filter(|_| after == Seq::default());
        let along: Vec<_> = along.filter_map(|rider| reading.get(rider).cloned()).collect();
        let (finish, when_finished) = watch::channel(false);
        let before = referred_to(prepared, object, &finished);
        let waits_for: Vec<_> = before
            .iter()
            .filter_map(|object| finished.get(object).cloned())
            .collect();
        finished.insert(object.clone(), when_finished);
        let waits = preview.is_none() || rides(&prepared.bound, object);
        let carriers = carriers(work, object, &reading);
        all.push(Box::pin(read_left(work, tally, object, carriers, tell)));
        if !planned.contains(object) {
            continue;
        }
        all.push(Box::pin(async move {
            for mut other in waits_for {
                // The other lane ends by saying so, or with a fault that ends this one as well.
                if waits && other.wait_for(|finished| *finished).await.is_err() {
                    return Ok(());
                }
            }
            if !all_read(along).await {
                return Ok(());
            }
            let mut lane = lane(work, tally, &prepared.bound, object, preview, false);
            lane.waiting(false).await?;
            lane.left_side(pulled, after, backlog).await?;
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

/// Where the reading of each object says how far it got, and where others hear it.
type Telling<'a> = BTreeMap<&'a ObjectName, watch::Sender<Pulled>>;

fn pulls(objects: &[ObjectName]) -> (Telling<'_>, Reading<'_>) {
    let channels = objects.iter().map(|object| {
        let (tell, pulled) = watch::channel(Pulled::default());
        ((object, tell), (object, pulled))
    });
    channels.unzip()
}

/// Reads a left object, unless what is known of it counts.
async fn read_left(
    work: &Work<'_>,
    tally: &Tally,
    object: &ObjectName,
    carriers: Option<Carriers>,
    tell: watch::Sender<Pulled>,
) -> Result<(), Fault> {
    match is_left_read(work) {
        true => tell.send_modify(|pulled| pulled.done = true),
        false => pull_left(work, tally, object, carriers, &tell).await?,
    }
    Ok(())
}

/// Waits until others are read; whether they are.
async fn all_read(others: Vec<watch::Receiver<Pulled>>) -> bool {
    for mut other in others {
        if other.wait_for(|pulled| pulled.done).await.is_err() {
            return false;
        }
    }
    true
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

/// How far a left object was planned; a preview plans it anew if its rules are others now, as a run does.
async fn planned_until(
    work: &Work<'_>,
    prepared: &Prepared,
    object: &ObjectName,
    preview: Option<&Collected>,
) -> Result<Seq, Fault> {
    if preview.is_some() && prepared.again.contains(object) {
        return Ok(Seq::default());
    }
    let end = work.left_end(object);
    work.intents.planned(&work.import.id, &end, Planning::Left).await
}

/// Whether the mirror holds records that an earlier reading brought and that were never planned.
async fn has_backlog(work: &Work<'_>, object: &ObjectName, after: Seq) -> Result<bool, Fault> {
    let end = work.left_end(object);
    Ok(!work.mirror.changed(&end, after, 1).await?.is_empty())
}

pub(crate) fn lane<'a>(
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
        joining: Joining::default(),
        kin: Kin::default(),
        all_arrived,
        remakes: false,
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

/// Reads back what this run wrote: the vendor's own word that it is there, and as it was sent.
pub(crate) async fn read_back(work: &Work<'_>, tally: &Tally, bound: &[Bound]) -> Result<(), Fault> {
    let counts = tally.counts().written.clone();
    let written = counts.into_iter().filter(|(_, marks)| !marks.is_empty());
    let written: BTreeSet<PairingId> = written.map(|(pairing, _)| pairing).collect();
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
