//! Runs what is due. Any number of workers may share the schedules: a lease says who runs an import.

use std::{collections::BTreeSet, time::Duration};

use engine::{
    Hint, Scope, Unwatched,
    schedule::{Due, due},
};
use futures_util::{StreamExt, future::LocalBoxFuture, stream::FuturesUnordered};
use model::{
    ConnectionId, Fault, FaultKind, Import, ImportId, Pause, Run, RunState, Schedule, Trigger, chain,
};
use tokio::sync::watch;

use crate::{
    alone::Alone,
    cli::print,
    failure::{Exit, Failure},
    hooks,
    inlet::Hints,
    wiring::{self, Ended, Order, Rooms},
};

mod asked;

use asked::Asked;

/// How often the schedules are looked at.
const LOOK: Duration = Duration::from_secs(2);

/// How long runs have to come to their end when the worker stops.
const LAST_WORDS: Duration = Duration::from_secs(10);

/// Runs imports as their schedules say, so many at once, and tells hooks of it, until it is told to stop.
pub async fn work(rooms: &Rooms, hints: &Hints, at_once: usize, stopped: &watch::Receiver<bool>) {
    tokio::join!(
        run_due(rooms, hints, at_once, stopped),
        hooks::deliver(rooms, stopped)
    );
}

async fn run_due(rooms: &Rooms, hints: &Hints, at_once: usize, stopped: &watch::Receiver<bool>) {
    let mut running: FuturesUnordered<LocalBoxFuture<'_, (ImportId, Vec<Hint>)>> = FuturesUnordered::new();
    let mut busy = BTreeSet::new();
    let mut asked = Asked::default();
    let mut stop = stopped.clone();
    while !*stop.borrow() {
        let schedules = schedules(rooms).await;
        asked.take_up(rooms, &schedules, hints.take()).await;
        for schedule in wanted(rooms, schedules, &asked.whole).await {
            if running.len() < at_once && busy.insert(schedule.import.clone()) {
                // What is read by schedule needs no hint.
                asked.forget(&schedule.import);
                running.push(Box::pin(async {
                    let import = schedule.import.clone();
                    if let Err(failure) = tick(rooms, schedule, stopped).await {
                        complain(&import, &failure);
                    }
                    (import, Vec::new())
                }));
            }
        }
        for import in asked.imports() {
            if running.len() < at_once && busy.insert(import.clone()) {
                let hints = asked.forget(&import);
                running.push(Box::pin(async {
                    let left = hear(rooms, &import, hints, stopped).await;
                    let left = left.unwrap_or_else(|failure| {
                        complain(&import, &failure);
                        Vec::new()
                    });
                    (import, left)
                }));
            }
        }
        tokio::select! {
            _ = stop.changed() => {}
            Some((import, left)) = running.next() => {
                busy.remove(&import);
                asked.ask(&import, left);
            }
            () = hints.told() => {}
            () = rooms.clock.sleep(LOOK) => {}
        }
    }
    let all_ended = async { while running.next().await.is_some() {} };
    if tokio::time::timeout(LAST_WORDS, all_ended).await.is_err() {
        tracing::warn!("A run did not stop in time; the next one goes on where it was");
    }
}

async fn schedules(rooms: &Rooms) -> Vec<Schedule> {
    match rooms.store.schedules().await {
        Ok(schedules) => schedules,
        Err(error) => {
            tracing::error!(error = %chain(&error), "The schedules cannot be read");
            Vec::new()
        }
    }
}

/// The schedules that want a run now.
async fn wanted(rooms: &Rooms, schedules: Vec<Schedule>, early: &BTreeSet<ImportId>) -> Vec<Schedule> {
    let mut wanted = Vec::new();
    for schedule in schedules {
        let is_wanted = match due(&schedule, rooms.clock.now()) {
            Due::Now => true,
            Due::Paused => false,
            Due::At(_) if early.contains(&schedule.import) => true,
            Due::At(_) => is_abandoned(rooms, &schedule.import).await,
        };
        if is_wanted {
            wanted.push(schedule);
        }
    }
    wanted
}

/// Whether a run by schedule began and did not end: it goes on at once, unless somebody is still at it.
async fn is_abandoned(rooms: &Rooms, import: &ImportId) -> bool {
    let began = |run: &Run| run.trigger == Trigger::Periodic && run.state == RunState::Working;
    let last = rooms.store.last_run(import).await.ok().flatten();
    last.as_ref().is_some_and(began)
}

/// One run, unless somebody else runs the import, or has just run it.
async fn tick(rooms: &Rooms, seen: Schedule, stopped: &watch::Receiver<bool>) -> Result<(), Failure> {
    let id = &seen.import;
    let Some(alone) = rooms.alone(id).await? else {
        return Ok(());
    };
    let done = tick_alone(rooms, &alone, &seen, stopped).await;
    alone.leave().await;
    done
}

async fn tick_alone(
    rooms: &Rooms,
    alone: &Alone,
    seen: &Schedule,
    stopped: &watch::Receiver<bool>,
) -> Result<(), Failure> {
    let id = &seen.import;
    // Read again now that nobody else can change it.
    let Some(schedule) = rooms.store.schedule(id).await? else {
        return Ok(());
    };
    if schedule.last_tick != seen.last_tick || schedule.paused.is_some() {
        return Ok(());
    }
    rooms.store.tick(id, rooms.clock.now()).await?;
    let import = rooms.store.import(id).await?.import;
    let order = Order {
        trigger: Trigger::Periodic,
        direction: schedule.direction,
        deletes_approved: false,
        left_unasked: false,
        scope: Scope::default(),
        // A first import would tell of everything.
        announces: schedule.automations && rooms.store.ever_ended(id).await?,
    };
    say(
        rooms,
        &format!("{id}: begins, {} to {}", import.left, import.right),
    );
    tracing::info!(import.id = %id, run.id = %alone.run, "A run by schedule begins");
    match rooms
        .execute(&import, alone, order, &Unwatched, until(stopped))
        .await
    {
        Ok(ended) if ended.fault.is_some() && *stopped.borrow() => {
            // It goes on as soon as a worker starts again.
            say(
                rooms,
                &format!("{id}: stopped, and goes on when a worker starts again"),
            );
            Ok(rooms.store.tick(id, seen.last_tick).await?)
        }
        Ok(ended) => tell(rooms, &import, ended).await,
        // It cannot even be begun, and will not get better by itself.
        Err(failure) if failure.exit() == Exit::Usage => {
            let why = with_advice(failure.to_string(), failure.advice());
            pause(rooms, &import, why, None).await
        }
        Err(failure) => Err(failure),
    }
}

/// A run of what vendors said had changed; what it was to read, if somebody else is at work on the import.
async fn hear(
    rooms: &Rooms,
    id: &ImportId,
    hints: Vec<Hint>,
    stopped: &watch::Receiver<bool>,
) -> Result<Vec<Hint>, Failure> {
    let Some(alone) = rooms.alone(id).await? else {
        // Whoever is at work may be so for long: it is asked again in a while, not at once.
        rooms.clock.sleep(LOOK).await;
        return Ok(hints);
    };
    let done = hear_alone(rooms, &alone, id, hints, stopped).await;
    alone.leave().await;
    done.map(|()| Vec::new())
}

async fn hear_alone(
    rooms: &Rooms,
    alone: &Alone,
    id: &ImportId,
    hints: Vec<Hint>,
    stopped: &watch::Receiver<bool>,
) -> Result<(), Failure> {
    // Read again now that nobody else can change it. What was never imported waits for its first run.
    let schedule = rooms.store.schedule(id).await?;
    let schedule = schedule.filter(|schedule| schedule.paused.is_none());
    let Some(schedule) = schedule.filter(|_| !hints.is_empty()) else {
        return Ok(());
    };
    if !rooms.store.ever_ended(id).await? {
        return Ok(());
    }
    let import = rooms.store.import(id).await?.import;
    let records = print::many(hints.len() as u64, "record", "records");
    let order = Order {
        trigger: Trigger::Heard,
        left_unasked: true,
        scope: Scope::hinted(hints),
        announces: schedule.automations,
        ..Order::manual(schedule.direction)
    };
    say(rooms, &format!("{id}: heard of {records}"));
    tracing::info!(import.id = %id, run.id = %alone.run, "A run of what vendors told begins");
    let ended = rooms
        .execute(&import, alone, order, &Unwatched, until(stopped))
        .await?;
    tell(rooms, &import, ended).await
}

/// Waits until the worker is to stop.
async fn until(stopped: &watch::Receiver<bool>) {
    // Whoever could say stop is gone: that is a stop as well.
    let _ = stopped.clone().wait_for(|stopped| *stopped).await;
}

/// Says what came of a run; a connection that was refused lets the schedule stand still.
async fn tell(rooms: &Rooms, import: &Import, ended: Ended) -> Result<(), Failure> {
    let Ended { run, fault } = ended;
    let id = &import.id;
    let Some(fault) = fault else {
        let words = summary(&run);
        tracing::info!(import.id = %id, run.id = %run.id, "A run by schedule ended: {words}");
        say(rooms, &format!("{id}: {words}"));
        return Ok(());
    };
    tracing::warn!(import.id = %id, run.id = %run.id, error = %chain(&fault), "A run by schedule could not go on");
    say(rooms, &format!("{id}: stopped: {fault}"));
    if fault.kind() != FaultKind::Denied {
        return Ok(());
    }
    let refused = refused(rooms, import).await;
    let why = match &refused {
        Some(connection) => format!(
            "connection `{connection}` was refused: {fault}; once `interline connection change {connection} \
             --secret-env VARIABLE` gives it a token that is taken, the schedule goes on"
        ),
        None => with_advice(fault.to_string(), fault.advice()),
    };
    pause(rooms, import, why, refused).await
}

async fn pause(
    rooms: &Rooms,
    import: &Import,
    why: String,
    refused: Option<ConnectionId>,
) -> Result<(), Failure> {
    let id = &import.id;
    let why = match &refused {
        Some(_) => why,
        None => format!("{why}; `interline import schedule {id} --resume` lets it go on"),
    };
    tracing::error!(import.id = %id, "A schedule stands still: {why}");
    say(rooms, &format!("{id}: paused: {why}"));
    let pause = Pause {
        since: rooms.clock.now(),
        why: Some(why),
        refused,
    };
    Ok(rooms.store.pause_schedule(id, &pause).await?)
}

/// The connection that the vendor does not let in any more.
async fn refused(rooms: &Rooms, import: &Import) -> Option<ConnectionId> {
    for id in [&import.left, &import.right] {
        let Ok(session) = rooms.open_session(id).await else {
            continue;
        };
        let Ok(source) = wiring::source(session.as_ref(), id) else {
            continue;
        };
        let denied = |fault: &Fault| fault.kind() == FaultKind::Denied;
        if source.workspace().await.as_ref().is_err_and(denied) {
            return Some(id.clone());
        }
    }
    None
}

fn summary(run: &Run) -> String {
    let state = match run.state {
        RunState::Done { .. } => "done",
        _ => "incomplete",
    };
    let Some(report) = &run.report else {
        return state.to_owned();
    };
    let lines = report.lines.iter();
    let written: u64 = lines.map(|line| line.created + line.updated + line.adopted).sum();
    format!(
        "{state} in {}: {} written, {}",
        print::span(report.took_ms),
        print::thousands(written),
        print::many(report.problems, "problem", "problems")
    )
}

fn with_advice(sentence: String, advice: Option<&str>) -> String {
    match advice {
        Some(advice) => format!("{sentence} ({advice})"),
        None => sentence,
    }
}

fn complain(import: &ImportId, failure: &Failure) {
    let causes = failure.causes().join(": ");
    tracing::error!(import.id = %import, error = causes, "{failure}");
}

fn say(rooms: &Rooms, text: &str) {
    print::talk(format!("{}  {text}", print::time(rooms.clock.now())));
}
