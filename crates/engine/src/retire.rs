//! Old counterparts whose places others took: first what belongs to them follows, then they are deleted, unless something
//! of somebody else's would go with them. A run that was killed is simply run again.

use std::collections::{BTreeSet, HashSet};

use model::{
    Action, Change, Fault, FaultKind, ObjectName, PairRow, Problem, ProblemKind, Raw, Reason, Record,
    RecordId, Replaced, Settlement, Side, Value,
};

use crate::{
    apply::{To, refusal, write_all},
    bind::Bound,
    gone::find,
    identify::is_made_for,
    lost::{Place, agreed_of_the_living},
    plan::{
        gone::{archiving, deleting},
        rehome::lost,
    },
    run::lane,
    work::{Tally, Work, again, mark},
};

/// Pairs that are looked through at once.
const LOOKED_AT: usize = 500;
/// Old counterparts that are retired at once.
const BATCH: usize = 50;

/// Retires what others took the place of.
pub(crate) async fn retire(work: &Work<'_>, tally: &Tally, bound: &[Bound]) -> Result<(), Fault> {
    let mut named = HashSet::new();
    let mut followed: HashSet<u64> = HashSet::new();
    loop {
        let is_new = |one: &Replaced| !followed.contains(&mark_of(&one.pair));
        let Some(page) = next_page(work, is_new).await? else {
            break;
        };
        let places: HashSet<Place> = page.iter().map(|one| place(&one.pair)).collect();
        follow(work, tally, bound, &places, &mut named).await?;
        followed.extend(page.iter().map(|one| mark_of(&one.pair)));
    }
    if followed.is_empty() {
        return Ok(());
    }
    // What hangs on others goes before them.
    for object in work.import.recipe.right_objects().into_iter().rev() {
        let mut after = (object.clone(), RecordId::new(""));
        loop {
            let (import, intents) = (&work.import.id, work.intents);
            let page = intents.replaced(import, Some(&after), false, BATCH).await?;
            let of_it: Vec<Replaced> = page
                .into_iter()
                .take_while(|one| one.pair.right_object == object)
                .collect();
            let Some(last) = of_it.last() else { break };
            after.1 = last.pair.right.clone();
            let free = of_it.into_iter().filter(|one| !named.contains(&place(&one.pair)));
            batch(work, tally, bound, free.map(|one| one.pair).collect()).await?;
        }
    }
    Ok(())
}

/// The first page that holds something new, with what is new in it.
async fn next_page(
    work: &Work<'_>,
    is_new: impl Fn(&Replaced) -> bool,
) -> Result<Option<Vec<Replaced>>, Fault> {
    let mut after: Option<Place> = None;
    loop {
        let (import, intents) = (&work.import.id, work.intents);
        let page = intents.replaced(import, after.as_ref(), false, LOOKED_AT).await?;
        let Some(last) = page.last() else { return Ok(None) };
        after = Some(place(&last.pair));
        let new: Vec<Replaced> = page.into_iter().filter(&is_new).collect();
        if !new.is_empty() {
            return Ok(Some(new));
        }
    }
}

/// Plans again what names these; what still names one afterwards keeps it from being retired.
pub(crate) async fn follow(
    work: &Work<'_>,
    tally: &Tally,
    bound: &[Bound],
    places: &HashSet<Place>,
    named: &mut HashSet<Place>,
) -> Result<(), Fault> {
    let (import, intents) = (&work.import.id, work.intents);
    each_naming(work, bound, places, async |one: &Bound, naming: Vec<PairRow>| {
        let object = &one.pairing.left;
        let naming: Vec<RecordId> = naming.into_iter().map(|row| row.left).collect();
        lane(work, tally, bound, object, None, true)
            .again(&naming)
            .await?;
        let still = intents.pairs(import, object, &naming).await?;
        let still = still.iter().flat_map(names);
        named.extend(still.filter(|place| places.contains(place)));
        Ok(())
    })
    .await
}

/// Does something with the pairs whose counterparts agreed to refer to these, some of one pairing at a time.
pub(crate) async fn each_naming(
    work: &Work<'_>,
    bound: &[Bound],
    places: &HashSet<Place>,
    mut doing: impl AsyncFnMut(&Bound, Vec<PairRow>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let objects: BTreeSet<&ObjectName> = places.iter().map(|(object, _)| object).collect();
    let may_name = |bound: &&Bound| {
        let targets = bound.rules.iter().map(|(_, field)| field.kind.targets());
        targets.into_iter().any(|targets| {
            objects
                .iter()
                .any(|object| targets.iter().any(|target| object.is_among(target)))
        })
    };
    for one in bound.iter().filter(may_name) {
        let mut after: Option<RecordId> = None;
        loop {
            let (import, intents) = (&work.import.id, work.intents);
            let (object, pairing) = (&one.pairing.left, &one.pairing.id);
            let rows = intents
                .pairs_through(import, object, pairing, after.as_ref(), LOOKED_AT)
                .await?;
            let Some(last) = rows.last() else { break };
            after = Some(last.left.clone());
            let naming: Vec<PairRow> = rows
                .into_iter()
                .filter(|row| names(row).any(|place| places.contains(&place)))
                .collect();
            if !naming.is_empty() {
                doing(one, naming).await?;
            }
        }
    }
    Ok(())
}

/// The right records that a pair agreed to refer to.
fn names(row: &PairRow) -> impl Iterator<Item = Place> {
    let values = row.base.left.values().chain(row.base.right.values());
    let references = values.flat_map(Value::references);
    references.map(|one| (one.object.clone(), one.id.clone()))
}

fn place(row: &PairRow) -> Place {
    (row.right_object.clone(), row.right.clone())
}

fn mark_of(row: &PairRow) -> u64 {
    mark(&RecordId::from(format!("{} {}", row.right_object, row.right)))
}

/// What a batch comes to.
#[derive(Default)]
struct Outcome {
    changes: Vec<Change>,
    retired: Vec<Place>,
    left_behind: Vec<Place>,
    problems: Vec<Problem>,
}

/// Retires some old counterparts of one object.
async fn batch(work: &Work<'_>, tally: &Tally, bound: &[Bound], rows: Vec<PairRow>) -> Result<(), Fault> {
    let mut outcome = Outcome::default();
    for row in &rows {
        one(work, tally, bound, row, &mut outcome).await?;
    }
    let (import, run) = (&work.import.id, work.run);
    work.intents.intend(import, run, &outcome.changes).await?;
    let to = To {
        destination: work.right,
        source: work.right_source,
    };
    let written = write_all(work, tally, to, &outcome.changes).await?;
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for change in std::mem::take(&mut outcome.changes) {
        let Some(right) = change.right.clone() else {
            continue;
        };
        let place = (change.object.clone(), right);
        let is_deletion = matches!(change.action, Action::Delete(_));
        match written.get(&change.id) {
            Some(Ok(answer)) if is_deletion && answer.raw.is_some() => {
                outcome.stays(tally, &change, place.clone(), "it cannot be deleted there");
            }
            Some(Ok(_)) if is_deletion => outcome.retired.push(place),
            Some(Err(fault)) if fault.kind() == FaultKind::Gone => outcome.retired.push(place),
            Some(Ok(_)) => {}
            Some(Err(fault)) => {
                failed.push((change.id.clone(), fault.to_string()));
                outcome.problems.push(Problem {
                    blocks: false,
                    ..refusal(&change, fault)
                });
                continue;
            }
            None => continue,
        }
        done.push(change.id);
    }
    for (object, right) in &outcome.retired {
        // Nothing may take it for somebody's counterpart any more.
        let ids = std::slice::from_ref(right);
        work.mirror.forget(&work.right_end(object), ids).await?;
    }
    let settlement = Settlement {
        done: &done,
        failed: &failed,
        retired: &outcome.retired,
        left_behind: &outcome.left_behind,
        problems: &outcome.problems,
        ..Settlement::default()
    };
    work.intents.settle(import, run, &settlement).await
}

/// Decides what becomes of one.
async fn one(
    work: &Work<'_>,
    tally: &Tally,
    bound: &[Bound],
    row: &PairRow,
    outcome: &mut Outcome,
) -> Result<(), Fault> {
    let from = bound.iter().find(|bound| bound.pairing.id == row.pairing);
    let raw = find(work, tally, &row.right_object, &row.right).await?;
    let (Some(from), Some(raw)) = (from, raw) else {
        outcome.retired.push(place(row));
        return Ok(());
    };
    let now = work
        .intents
        .pairs(&work.import.id, &row.left_object, std::slice::from_ref(&row.left))
        .await?
        .pop();
    let record = work.right_source.shape(&row.right_object, &raw).ok();
    let why = reason_to_stay(work, tally, (from, bound), (row, now.as_ref()), record.as_ref()).await?;
    let id = tally.next_id(work.run);
    let title = title(record.as_ref(), &raw);
    let Some(why) = why else {
        outcome.changes.push(Change {
            why: Reason::Rehomed,
            ..deleting(from, row, title, id)
        });
        return Ok(());
    };
    let change = Change {
        why: Reason::Rehomed,
        ..archiving(from, row, title, record.as_ref(), id)
    };
    let successor = match &now {
        Some(now) => format!("{why}; its place took the {} `{}`", now.right_object, now.right),
        None => why,
    };
    outcome.stays(tally, &change, place(row), &successor);
    if !change.fields.is_empty() {
        outcome.changes.push(change);
    }
    Ok(())
}

fn title(record: Option<&Record>, raw: &Raw) -> String {
    record.map_or_else(|| raw.id.to_string(), |record| record.title.clone())
}

impl Outcome {
    fn stays(&mut self, tally: &Tally, change: &Change, place: Place, why: &str) {
        tally.line(&change.pairing, |line| line.left_behind += 1);
        self.problems.push(Problem {
            kind: ProblemKind::KindChanged,
            pairing: Some(change.pairing.clone()),
            side: Side::Right,
            object: change.left_object.clone(),
            record: change.left.clone(),
            title: change.title.clone(),
            field: None,
            text: format!("its old counterpart, the {} `{}`, stays: {why}", place.0, place.1),
            hint: Some("see what is there, and delete it on the right side if it shall go".to_owned()),
            blocks: false,
        });
        self.left_behind.push(place);
    }
}

/// Why an old counterpart may not be deleted, if it may not.
async fn reason_to_stay(
    work: &Work<'_>,
    tally: &Tally,
    (from, bound): (&Bound, &[Bound]),
    (row, now): (&PairRow, Option<&PairRow>),
    record: Option<&Record>,
) -> Result<Option<String>, Fault> {
    if row.adopted {
        return Ok(Some("it was there before the import".to_owned()));
    }
    let Some(record) = record else {
        return Ok(Some("it is not as documented".to_owned()));
    };
    let to = now.and_then(|now| {
        let to = bound.iter().find(|bound| bound.pairing.id == now.pairing)?;
        Some((to, &now.base))
    });
    let agreed = agreed_of_the_living(work, tally, (from, bound), row.base.clone(), record).await?;
    let lost = lost(from, &agreed, to, record);
    if !lost.is_empty() {
        let lost: Vec<String> = lost.iter().map(|name| format!("`{name}`")).collect();
        return Ok(Some(format!("somebody changed {} there", lost.join(", "))));
    }
    let (object, id) = (&row.right_object, &row.right);
    let hanging = again(work, tally, async || {
        work.right_source.hanging_on(object, id).await
    })
    .await?;
    let Some(hanging) = hanging else {
        return Ok(Some("it cannot be told what others said there".to_owned()));
    };
    let others = is_of_others(work, tally, hanging).await?;
    Ok(others.then(|| "others said something there".to_owned()))
}

/// Whether one of these records is not ours. What a killed run made is no pair's: it bears a key of ours.
async fn is_of_others(work: &Work<'_>, tally: &Tally, hanging: Vec<Place>) -> Result<bool, Fault> {
    let objects: BTreeSet<ObjectName> = hanging.iter().map(|(object, _)| object.clone()).collect();
    let mut ours: HashSet<Place> = HashSet::new();
    for object in objects {
        let of_it = hanging.iter().filter(|(other, _)| other == &object);
        let ids: Vec<RecordId> = of_it.map(|(_, id)| id.clone()).collect();
        let (import, intents) = (&work.import.id, work.intents);
        let paired = intents.rights(import, &object, &ids).await?;
        ours.extend(paired.into_iter().map(|row| (object.clone(), row.right)));
        let replaced = intents.replaced_among(import, &object, &ids).await?;
        // What somebody wrote there himself stays, and what it hangs on.
        let made = replaced.into_iter().filter(|one| !one.pair.adopted);
        ours.extend(made.map(|one| place(&one.pair)));
    }
    for (object, id) in hanging.iter().filter(|one| !ours.contains(*one)) {
        let Some(raw) = find(work, tally, object, id).await? else {
            continue;
        };
        let record = work.right_source.shape(object, &raw).ok();
        if !record.is_some_and(|record| is_made_for(&work.import.recipe.left, &record)) {
            return Ok(true);
        }
    }
    Ok(false)
}
