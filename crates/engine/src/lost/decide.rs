//! What becomes of left records whose counterparts are gone: asked, made again, or left out, and never many unasked.

use std::collections::{BTreeMap, HashMap, HashSet};

use futures_util::{StreamExt, TryStreamExt, stream};
use model::{
    Decision, Fault, FaultKind, Gone, ObjectName, PairRow, Plan, Problem, ProblemKind, RecordId, Settlement,
    Side, WhenGoneRight,
};

use super::{Place, parents, plan_once_more};
use crate::{
    ask::{ask_about_all, counted},
    bind::Bound,
    gone::{find, title, titles},
    plan::{
        gone::{Leaving, must_ask},
        lost::{Loss, With, decided, is_unapproved, loss},
    },
    preview::Collected,
    pull::READS_AT_ONCE,
    rehome::files_of,
    retire::follow,
    run::lane,
    work::{Tally, Work, again},
};

/// Pairs that are looked at at once.
const BATCH: usize = 400;
/// Problems of all that wait for one word are about this object.
const COUNTERPARTS: &str = "counterparts";

/// A left record without its counterpart.
struct Bereft {
    row: PairRow,
    with: With,
    decided: Option<Side>,
    loss: Loss,
    /// The left record whose counterpart its own went with, or became a part of.
    other: Option<(ObjectName, RecordId)>,
    /// Whether others have, or had, the same counterpart.
    is_shared: bool,
}

/// Does what is to be done about every left record whose counterpart is gone. Without a preview, and where the right side is
/// not written, a person is asked.
pub(crate) async fn decide_lost(
    work: &Work<'_>,
    tally: &Tally,
    bound: &[Bound],
    preview: Option<&Collected>,
) -> Result<(), Fault> {
    let unapproved = unapproved(work, bound).await?;
    let leaving: Vec<Leaving> = unapproved.iter().map(|(_, leaving)| *leaving).collect();
    let held = must_ask(&leaving) && !work.deletes_approved;
    if preview.is_none() {
        say_held(work, &unapproved, held).await?;
    }
    for object in work.import.recipe.left_objects() {
        // What shared or hung on another of the same object comes after it.
        for follows in [false, true] {
            let mut after: Option<RecordId> = None;
            while let Some((last, mut all)) = page(work, bound, &object, after.as_ref()).await? {
                after = Some(last);
                all.retain(|one| (one.with != With::Nothing) == follows);
                let is_held = |one: &&mut Bereft| held && is_new(one);
                all.iter_mut()
                    .filter(is_held)
                    .for_each(|one| one.loss = Loss::Asks);
                act(work, tally, bound, &object, all, preview).await?;
            }
        }
    }
    Ok(())
}

fn is_new(one: &Bereft) -> bool {
    is_unapproved(&one.row, one.with, one.decided, one.loss)
}

/// How many of each pairing would be made again or left out by the import's choice alone.
async fn unapproved<'a>(work: &Work<'_>, bound: &'a [Bound]) -> Result<Vec<(&'a Bound, Leaving)>, Fault> {
    let mut taken: BTreeMap<usize, u64> = BTreeMap::new();
    for object in work.import.recipe.left_objects() {
        let mut after: Option<RecordId> = None;
        while let Some((last, all)) = page(work, bound, &object, after.as_ref()).await? {
            after = Some(last);
            for one in all.iter().filter(|one| is_new(one)) {
                let at = bound.iter().position(|bound| bound.pairing.id == one.row.pairing);
                *taken.entry(at.unwrap_or(usize::MAX)).or_default() += 1;
            }
        }
    }
    let mut unapproved = Vec::new();
    for (at, taken) in taken {
        let Some(one) = bound.get(at) else { continue };
        let end = work.left_end(&one.pairing.left);
        let there = work
            .intents
            .count_pairs(&work.import.id, &one.pairing.id, &end)
            .await?;
        let pairs = there + taken;
        unapproved.push((one, Leaving { taken, pairs }));
    }
    Ok(unapproved)
}

/// Some left records of an object whose counterparts are gone, in the order of their ids; with the last of them.
async fn page(
    work: &Work<'_>,
    bound: &[Bound],
    object: &ObjectName,
    after: Option<&RecordId>,
) -> Result<Option<(RecordId, Vec<Bereft>)>, Fault> {
    let (import, end) = (&work.import.id, work.left_end(object));
    let rows = work.intents.bereft(import, &end, after, BATCH).await?;
    let Some(last) = rows.last().map(|row| row.left.clone()) else {
        return Ok(None);
    };
    let ids: Vec<RecordId> = rows.iter().map(|row| row.left.clone()).collect();
    let decisions = work.intents.decisions(import, object, &ids).await?;
    let leaders = Leaders::of(work, bound, &rows).await?;
    let all = rows.into_iter().filter_map(|row| {
        let of = bound.iter().find(|bound| bound.pairing.id == row.pairing)?;
        let (with, other) = leaders.with(bound, of, &row);
        let decided = decided(&row, &decisions);
        let loss = loss(policy(of), row.gone?, with, decided);
        Some(Bereft {
            is_shared: leaders.is_shared(&row),
            row,
            with,
            decided,
            loss,
            other,
        })
    });
    Ok(Some((last, all.collect())))
}

fn policy(bound: &Bound) -> WhenGoneRight {
    bound.pairing.gone_right.unwrap_or_default()
}

/// The pairs of what lost counterparts shared or hung on.
struct Leaders {
    rows: HashMap<Place, Vec<PairRow>>,
    decisions: HashMap<ObjectName, Vec<Decision>>,
}

impl Leaders {
    async fn of(work: &Work<'_>, bound: &[Bound], lost: &[PairRow]) -> Result<Self, Fault> {
        let mut wanted: HashMap<ObjectName, HashSet<RecordId>> = HashMap::new();
        for row in lost {
            let of = bound.iter().find(|bound| bound.pairing.id == row.pairing);
            let parents = of.into_iter().flat_map(|of| parents(of, row));
            for (object, id) in parents.chain([(row.right_object.clone(), row.right.clone())]) {
                wanted.entry(object).or_default().insert(id);
            }
        }
        let (import, intents) = (&work.import.id, work.intents);
        let mut rows: HashMap<Place, Vec<PairRow>> = HashMap::new();
        for (object, ids) in wanted {
            let ids: Vec<RecordId> = ids.into_iter().collect();
            for row in intents.pairs_of_right(import, &object, &ids).await? {
                let place = (object.clone(), row.right.clone());
                rows.entry(place).or_default().push(row);
            }
        }
        let mut lefts: HashMap<ObjectName, Vec<RecordId>> = HashMap::new();
        for row in rows.values().flatten() {
            let of_object = lefts.entry(row.left_object.clone()).or_default();
            of_object.push(row.left.clone());
        }
        let mut decisions = HashMap::new();
        for (object, ids) in lefts {
            let of_object = intents.decisions(import, &object, &ids).await?;
            decisions.insert(object, of_object);
        }
        Ok(Self { rows, decisions })
    }

    /// Whether more than this one had its counterpart.
    fn is_shared(&self, row: &PairRow) -> bool {
        let all = self.rows.get(&(row.right_object.clone(), row.right.clone()));
        all.is_some_and(|all| all.len() > 1)
    }

    /// What a counterpart went with, and the left record of that, or of what it became a part of.
    fn with(&self, all: &[Bound], bound: &Bound, row: &PairRow) -> (With, Option<(ObjectName, RecordId)>) {
        let shares = |row: &PairRow| all.iter().any(|bound| bound.shares(&row.pairing));
        let here = self.rows.get(&(row.right_object.clone(), row.right.clone()));
        let here = || here.into_iter().flatten().filter(|other| !shares(other));
        if bound.pairing.shares() {
            let mut owners = here().filter(|other| other.gone.is_some_and(Gone::is_one_sided));
            return match owners.next() {
                Some(owner) => (self.after(all, owner), Some(left_of(owner))),
                None => (With::Replaced, None),
            };
        }
        let into = here().find(|other| other.gone.is_none()).map(left_of);
        let Some(parent) = parents(bound, row).next() else {
            return (With::Nothing, into);
        };
        let parents = self.rows.get(&parent);
        match parents.into_iter().flatten().find(|other| !shares(other)) {
            None => (With::Replaced, None),
            Some(parent) if parent.gone == Some(Gone::Deleted) => (With::Replaced, None),
            Some(parent) if parent.gone.is_some_and(Gone::is_one_sided) => {
                (self.after(all, parent), Some(left_of(parent)))
            }
            Some(_) => (With::Nothing, into),
        }
    }

    /// What it means for a counterpart that this one went.
    fn after(&self, all: &[Bound], leader: &PairRow) -> With {
        let of = all.iter().find(|bound| bound.pairing.id == leader.pairing);
        let decisions = self.decisions.get(&leader.left_object);
        let decided = decided(leader, decisions.map_or(&[], Vec::as_slice));
        let is_out = match (leader.gone, of) {
            (Some(Gone::LeftOut), _) => true,
            (Some(Gone::Merged), Some(of)) => {
                loss(policy(of), Gone::Merged, With::Nothing, decided) == Loss::LeftOut
            }
            _ => false,
        };
        match is_out {
            true => With::LeftOut,
            false => With::Undecided,
        }
    }
}

fn left_of(row: &PairRow) -> (ObjectName, RecordId) {
    (row.left_object.clone(), row.left.clone())
}

/// Does it for some of one object.
async fn act(
    work: &Work<'_>,
    tally: &Tally,
    bound: &[Bound],
    object: &ObjectName,
    all: Vec<Bereft>,
    preview: Option<&Collected>,
) -> Result<(), Fault> {
    let may_write = work.direction.is_forward();
    let (due, others): (Vec<Bereft>, Vec<Bereft>) = all
        .into_iter()
        .partition(|one| one.loss == Loss::Again && may_write);
    let titles = titles(work, object, others.iter().map(|one| &one.row.left)).await?;
    let asking = others.iter().filter(|one| one.loss != Loss::LeftOut);
    let problems: Vec<Problem> = asking.map(|one| problem(one, &titles)).collect();
    if let Some(preview) = preview {
        for one in bound {
            let of_it = problems
                .iter()
                .filter(|problem| problem.pairing.as_ref() == Some(&one.pairing.id));
            let plan = Plan {
                problems: of_it.cloned().collect(),
                ..Plan::default()
            };
            preview.collect(work, one, &plan);
        }
    } else {
        settle(work, object, &others, &problems).await?;
    }
    remake(work, tally, bound, object, due, preview).await
}

/// Notes what is asked, and what is left out.
async fn settle(
    work: &Work<'_>,
    object: &ObjectName,
    others: &[Bereft],
    problems: &[Problem],
) -> Result<(), Fault> {
    let is_out = |one: &&Bereft| one.loss == Loss::LeftOut && one.row.gone == Some(Gone::Lost);
    let out = others.iter().filter(is_out);
    let gone: Vec<_> = out
        .map(|one| (one.row.left_object.clone(), one.row.left.clone(), Gone::LeftOut))
        .collect();
    // What was left out before has no problem any more.
    let told = others
        .iter()
        .filter(|one| one.row.gone != Some(Gone::LeftOut) || one.loss != Loss::LeftOut);
    let told: Vec<RecordId> = told.map(|one| one.row.left.clone()).collect();
    if told.is_empty() {
        return Ok(());
    }
    let settlement = Settlement {
        gone: &gone,
        problems,
        planned_records: &told,
        object: Some((object, Side::Right)),
        ..Settlement::default()
    };
    work.intents.settle(&work.import.id, work.run, &settlement).await
}

/// Makes counterparts again, unless they are there after all.
async fn remake(
    work: &Work<'_>,
    tally: &Tally,
    bound: &[Bound],
    object: &ObjectName,
    losses: Vec<Bereft>,
    preview: Option<&Collected>,
) -> Result<(), Fault> {
    let (mut ids, mut places, mut files) = (Vec::new(), HashSet::new(), Vec::new());
    let looked: Vec<Option<(Bereft, bool)>> = stream::iter(losses)
        .map(async |one| {
            let row = &one.row;
            let is_lost = row.gone != Some(Gone::Merged);
            let is_there = is_lost && find(work, tally, &row.right_object, &row.right).await?.is_some();
            // What is gone on the left as well, which no reading has told yet, is not made again.
            let is_due = is_there || is_on_the_left(work, tally, row).await?;
            Ok::<_, Fault>(is_due.then_some((one, is_there)))
        })
        .buffered(READS_AT_ONCE)
        .try_collect()
        .await?;
    let (there, gone): (Vec<_>, Vec<_>) = looked.into_iter().flatten().partition(|(_, is_there)| *is_there);
    for Bereft { row, is_shared, .. } in gone.into_iter().map(|(one, _)| one) {
        files.extend(files_of(&row));
        // Nobody retires what others have too, or what became a part of another, and sees to what names it by that.
        if is_shared || row.gone == Some(Gone::Merged) {
            places.insert((row.right_object, row.right));
        }
        ids.push(row.left);
    }
    ids.extend(find_again(work, there.into_iter().map(|(one, _)| one.row)).await?);
    if ids.is_empty() {
        return Ok(());
    }
    if preview.is_none() && !files.is_empty() {
        work.files.let_go(&work.import.id, &files).await?;
    }
    if preview.is_none() {
        plan_once_more(work, bound, &places).await?;
    }
    let mut lane = lane(work, tally, bound, object, preview, true);
    lane.remakes = true;
    lane.again(&ids).await?;
    if preview.is_some() {
        return Ok(());
    }
    // What referred to one that became a part of another, or that others share, refers to its own again.
    follow(work, tally, bound, &places, &mut HashSet::new()).await
}

/// Notes that these counterparts are there after all; their left records.
async fn find_again(work: &Work<'_>, rows: impl Iterator<Item = PairRow>) -> Result<Vec<RecordId>, Fault> {
    let found: Vec<_> = rows.map(|row| (row.left_object, row.left)).collect();
    if !found.is_empty() {
        let settlement = Settlement {
            found: &found,
            ..Settlement::default()
        };
        work.intents
            .settle(&work.import.id, work.run, &settlement)
            .await?;
    }
    Ok(found.into_iter().map(|(_, left)| left).collect())
}

/// Whether the left vendor, if it is asked anything, has a record.
async fn is_on_the_left(work: &Work<'_>, tally: &Tally, row: &PairRow) -> Result<bool, Fault> {
    if work.left_unasked {
        return Ok(true);
    }
    let (object, id) = (&row.left_object, &row.left);
    match again(work, tally, async || work.left.find(object, id).await).await {
        Err(fault) if fault.kind() == FaultKind::Gone => Ok(false),
        found => Ok(found?.is_some_and(|raw| &raw.id == id)),
    }
}

/// What is said of a left record as soon as its counterpart is known to be gone.
pub(super) fn said_at_once(row: &PairRow, gone: Gone) -> Problem {
    let one = Bereft {
        row: PairRow {
            gone: Some(gone),
            ..row.clone()
        },
        with: With::Nothing,
        decided: None,
        loss: Loss::Asks,
        other: None,
        is_shared: false,
    };
    problem(&one, &HashMap::new())
}

fn problem(one: &Bereft, titles: &HashMap<RecordId, String>) -> Problem {
    let row = &one.row;
    let (kind, text, hint) = words(one);
    Problem {
        kind,
        pairing: Some(row.pairing.clone()),
        side: Side::Right,
        object: row.left_object.clone(),
        record: row.left.clone(),
        title: title(titles, row),
        field: None,
        text,
        hint: Some(hint.to_owned()),
        blocks: true,
    }
}

fn words(one: &Bereft) -> (ProblemKind, String, &'static str) {
    let PairRow {
        right_object, right, ..
    } = &one.row;
    let other = one.other.as_ref();
    let other = other.map(|(object, left)| format!("the {object} `{left}`"));
    match (one.loss, one.row.gone) {
        (Loss::Follows, _) => {
            let other = other.unwrap_or_else(|| "another record".to_owned());
            let text = format!("its counterpart, the {right_object} `{right}`, went with that of {other}");
            let hint = "decide about that record; this one follows it";
            (ProblemKind::MissingReference, text, hint)
        }
        (Loss::Again, _) => {
            let text = format!("its counterpart, the {right_object} `{right}`, is gone from the right side");
            let hint = "the next sync that writes the right side makes it again";
            (ProblemKind::MissingReference, text, hint)
        }
        (_, Some(Gone::Merged)) => {
            let whose = other.unwrap_or_else(|| "another record".to_owned());
            let text = format!(
                "its counterpart was merged into the {right_object} `{right}`, which is the counterpart of {whose}"
            );
            let hint = "decide: --take right leaves it out, and what refers to it refers to the merged one; --take left \
                makes it a counterpart of its own again";
            (ProblemKind::GoneOnTheRight, text, hint)
        }
        _ => {
            let text = format!("its counterpart, the {right_object} `{right}`, is gone from the right side");
            let hint = "decide: --take left makes it again, --take right leaves the record out";
            (ProblemKind::GoneOnTheRight, text, hint)
        }
    }
}

/// What is asked about many that are gone on the right; nothing follows from it before the answer.
async fn say_held(work: &Work<'_>, unapproved: &[(&Bound, Leaving)], held: bool) -> Result<(), Fault> {
    let import = &work.import.id;
    let taken = unapproved.iter().map(|(bound, leaving)| (*bound, leaving.taken));
    let text = format!(
        "so many counterparts are gone from the right side that nothing follows from it unasked: {}",
        counted(taken)
    );
    let hint = format!(
        "see what is gone there, and whether the token still sees it; `interline import sync {import} \
         --approve-deletes` does what the import's `gone_right` says"
    );
    ask_about_all(work, COUNTERPARTS, held, (text, hint)).await
}
