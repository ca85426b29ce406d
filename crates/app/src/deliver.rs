//! Brings events to their destinations while `interline serve` runs: each destination by itself, so that one that is slow or down
//! holds up neither another nor what comes in.

use std::{
    collections::{BTreeMap, HashMap},
    future::Future,
    pin::pin,
    time::Duration,
};

use engine::stream::{Step, Stream, StreamRecipe, first_lane};
use futures_util::{StreamExt, stream::FuturesUnordered};
use model::{
    ConnectionId, Deliveries, EventSource, Failing, Journal, Lane, LaneId, Position, Settling, Sink,
    SourceId, Timestamp, chain,
};
use store::Store;
use tokio::sync::watch;

use crate::{collect::Collector, failure::Failure, wiring::Rooms};

/// How often it is looked whether a source was added, changed or removed, and whether a person let something go on.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// However soon a destination is to be tried again, there is a pause.
const SHORTEST: Duration = Duration::from_millis(50);

/// How often what is old is dropped.
const SWEEP: Duration = Duration::from_secs(600);

/// The recipe of those who give none.
pub const RECIPE: &str = include_str!("../../../recipes/segment-planhat.yaml");

/// The names under which a source's settings hold its recipe, what is set apart from it, and since when its events go there.
pub const RECIPE_SETTING: &str = "recipe";
pub const SET_SETTING: &str = "set";
pub const SINCE_SETTING: &str = "since";

/// A source's recipe, as it is set.
pub fn recipe_of(source: &EventSource) -> Result<StreamRecipe, String> {
    let text = source.settings.get(RECIPE_SETTING).and_then(|text| text.as_str());
    let mut recipe = StreamRecipe::read(text.unwrap_or(RECIPE))?;
    let set = source.settings.get(SET_SETTING).and_then(|set| set.as_object());
    for (name, value) in set.into_iter().flatten() {
        recipe.set(name, value.as_str().unwrap_or_default())?;
    }
    Ok(recipe)
}

/// Brings events until the program stops.
pub async fn work(rooms: &Rooms, collector: &Collector, keep: Duration, stopped: &watch::Receiver<bool>) {
    let mut stopped = stopped.clone();
    let mut running = Running::new();
    let mut all = FuturesUnordered::new();
    let mut swept: Option<Timestamp> = None;
    while !*stopped.borrow() {
        let look = rooms.store.sources();
        match meanwhile(&mut all, &mut running, look).await {
            Ok(sources) => {
                let wanted = destinations(&sources);
                let unwanted = running.iter_mut().filter(|(to, _)| !wanted.contains_key(*to));
                unwanted.for_each(|(_, go_on)| *go_on = None);
                for to in wanted.into_keys() {
                    running.entry(to.clone()).or_insert_with(|| {
                        let (go_on, ended) = watch::channel(true);
                        all.push(bring(rooms, collector, to, ended));
                        Some(go_on)
                    });
                }
                let now = rooms.clock.now();
                if swept.is_none_or(|at| now.duration_since(at).unsigned_abs() >= SWEEP) {
                    swept = Some(now);
                    let sweep = sweep(rooms, collector, &sources, keep);
                    meanwhile(&mut all, &mut running, sweep).await;
                }
            }
            Err(error) => tracing::warn!(error = %chain(&error), "The sources of events cannot be read"),
        }
        let wait = async {
            tokio::select! {
                () = rooms.clock.sleep(LOOK_AGAIN) => {}
                _ = stopped.changed() => {}
            }
        };
        meanwhile(&mut all, &mut running, wait).await;
    }
    running.clear();
    while all.next().await.is_some() {}
}

/// What is being brought somewhere; nothing lets it go on where it is to end, and it stays until it has: there are never two
/// deliveries to one destination.
type Running = BTreeMap<ConnectionId, Option<watch::Sender<bool>>>;

/// Does something while deliveries go on. They may hold the database's only writer: what waited for that without letting them
/// go on would wait in vain.
async fn meanwhile<T>(
    all: &mut FuturesUnordered<impl Future<Output = ConnectionId>>,
    running: &mut Running,
    doing: impl Future<Output = T>,
) -> T {
    let mut doing = pin!(doing);
    loop {
        tokio::select! {
            done = &mut doing => return done,
            // One that has ended begins again with the next look.
            Some(to) = all.next(), if !all.is_empty() => {
                running.remove(&to);
            }
        }
    }
}

fn destinations(sources: &[EventSource]) -> BTreeMap<ConnectionId, Vec<&EventSource>> {
    let mut all: BTreeMap<ConnectionId, Vec<&EventSource>> = BTreeMap::new();
    for source in sources {
        if let Some(to) = &source.destination {
            all.entry(to.clone()).or_default().push(source);
        }
    }
    all
}

/// Brings events to one destination until it is no source's any more.
async fn bring(
    rooms: &Rooms,
    collector: &Collector,
    to: ConnectionId,
    ended: watch::Receiver<bool>,
) -> ConnectionId {
    let (mut sink, mut recipes) = (None, Recipes::default());
    // Nobody changes what is watched: its sender goes.
    while ended.has_changed().is_ok() {
        let wait = match step(rooms, collector, &to, (&mut sink, &mut recipes)).await {
            Ok(wait) => wait,
            Err(failure) => {
                tracing::warn!(error = %chain(&failure), to = %to, "Events cannot be brought");
                LOOK_AGAIN
            }
        };
        let mut ended = ended.clone();
        tokio::select! {
            () = rooms.clock.sleep(wait), if !wait.is_zero() => {}
            () = std::future::ready(()), if wait.is_zero() => {}
            _ = ended.changed() => {}
        }
    }
    to
}

/// Does what is due at a destination; how long nothing more is.
async fn step(
    rooms: &Rooms,
    collector: &Collector,
    to: &ConnectionId,
    (sink, recipes): (&mut Option<Box<dyn Sink>>, &mut Recipes),
) -> Result<Duration, Failure> {
    let journal = collector.journal();
    let end = journal.end();
    recipes.take_up(rooms.store.sources().await?, to)?;
    let mut lanes = rooms.store.lanes(to).await?;
    if lanes.is_empty() {
        let begin = journal
            .since(recipes.since.unwrap_or_else(|| rooms.clock.now()))
            .await?;
        let lane = first_lane(to, begin);
        rooms.store.open_lane(&lane).await?;
        lanes = vec![lane];
    }
    let opened = match sink.take() {
        Some(opened) => opened,
        None => match rooms.sink(to).await {
            Ok(opened) => opened,
            Err(failure) => return complain(rooms, &lanes, &failure).await,
        },
    };
    let stream = Stream {
        to,
        journal,
        sink: opened.as_ref(),
        store: &rooms.store,
        clock: rooms.clock.as_ref(),
        recipes: &recipes.of,
        end,
    };
    let done = step_lanes(rooms, &stream, &lanes).await?;
    // A connection may have another token by the time it is tried again.
    if !done.is_failing {
        *sink = Some(opened);
    }
    if done.moved {
        return Ok(Duration::ZERO);
    }
    tokio::select! {
        () = rooms.clock.sleep(done.waits) => {}
        () = journal.grown(end), if done.is_awake => {}
    }
    Ok(Duration::ZERO)
}

/// What a step of each lane came to.
struct Done {
    moved: bool,
    is_failing: bool,
    /// Whether what comes next is to be looked at as it comes.
    is_awake: bool,
    waits: Duration,
}

async fn step_lanes(rooms: &Rooms, stream: &Stream<'_>, lanes: &[Lane]) -> Result<Done, Failure> {
    let mut done = Done {
        moved: false,
        is_failing: false,
        is_awake: false,
        waits: LOOK_AGAIN,
    };
    for lane in lanes {
        match stream.step(lane).await? {
            Step::Moved => done.moved = true,
            Step::Idle if lane.until.is_some_and(|until| lane.position >= until) => {
                rooms.store.close_lane(&lane.id).await?;
            }
            Step::Idle => done.is_awake = true,
            Step::Stopped => {}
            Step::Waits(wait) => {
                done.is_failing = true;
                done.waits = done.waits.min(wait.max(SHORTEST));
            }
        }
    }
    Ok(done)
}

/// How the events of a destination's sources are brought, and since when; read anew only where a source changed.
#[derive(Default)]
struct Recipes {
    sources: Vec<EventSource>,
    of: HashMap<SourceId, StreamRecipe>,
    since: Option<Timestamp>,
}

impl Recipes {
    fn take_up(&mut self, mut sources: Vec<EventSource>, to: &ConnectionId) -> Result<(), Failure> {
        sources.retain(|source| source.destination.as_ref() == Some(to));
        if sources == self.sources {
            return Ok(());
        }
        let mut of = HashMap::new();
        for source in &sources {
            let recipe = recipe_of(source).map_err(|why| {
                Failure::usage(format!(
                    "The recipe of source `{}` cannot be read: {why}",
                    source.id
                ))
            })?;
            of.insert(source.id.clone(), recipe);
        }
        let since = sources.iter().map(began).min();
        *self = Self { sources, of, since };
        Ok(())
    }
}

fn began(source: &EventSource) -> Timestamp {
    let since = source
        .settings
        .get(SINCE_SETTING)
        .and_then(|since| since.as_str());
    since
        .and_then(|since| since.parse().ok())
        .unwrap_or(source.created_at)
}

/// Notes why nothing can be brought: what is set up cannot work, and is looked at again soon.
async fn complain(rooms: &Rooms, lanes: &[Lane], failure: &Failure) -> Result<Duration, Failure> {
    let now = rooms.clock.now();
    for lane in lanes.iter().filter(|lane| !lane.stopped) {
        let before = lane.failing.as_ref();
        let failing = Failing {
            since: before.map_or(now, |failing| failing.since),
            tries: before.map_or(1, |failing| failing.tries.saturating_add(1)),
            next_at: now,
            complaint: chain(failure),
        };
        rooms.store.note_failing(&lane.id, Some(&failing), false).await?;
    }
    Ok(LOOK_AGAIN * 5)
}

/// Drops what was held too long, and the journal's oldest files, as far as nobody needs them any more.
async fn sweep(rooms: &Rooms, collector: &Collector, sources: &[EventSource], keep: Duration) {
    if let Err(failure) = try_sweep(rooms, collector, sources, keep).await {
        tracing::warn!(error = %chain(&failure), "Old events cannot be dropped");
    }
}

async fn try_sweep(
    rooms: &Rooms,
    collector: &Collector,
    sources: &[EventSource],
    keep: Duration,
) -> Result<(), Failure> {
    let now = rooms.clock.now();
    let journal = collector.journal();
    let mut needed = journal.end();
    for (to, sources) in destinations(sources) {
        let lanes = rooms.store.lanes(&to).await?;
        // One that was never begun reads from where its sources began.
        let begun = lanes.iter().map(|lane| lane.position).min().unwrap_or_default();
        needed = needed.min(begun);
        let days = sources
            .iter()
            .filter_map(|source| Some(recipe_of(source).ok()?.hold_days))
            .max();
        let held = Duration::from_secs(u64::from(days.unwrap_or(365)) * 86_400);
        expire(&rooms.store, &to, now, held).await?;
        if let Some(first) = rooms.store.first_held(&to).await? {
            needed = needed.min(Position(first.0.saturating_sub(1)));
        }
    }
    let before = now.checked_sub(keep).unwrap_or(Timestamp::MIN);
    journal.forget(needed, before).await?;
    Ok(())
}

async fn expire(store: &Store, to: &ConnectionId, now: Timestamp, held: Duration) -> Result<(), Failure> {
    let before = now.checked_sub(held).unwrap_or(Timestamp::MIN);
    let expired = store.expire(to, before).await?;
    if expired.is_empty() {
        return Ok(());
    }
    let counts = expired
        .into_iter()
        .map(|(source, events)| (source, "expired".to_owned(), events));
    let settling = Settling {
        counts: counts.collect(),
        ..Settling::default()
    };
    let id = LaneId {
        to: to.clone(),
        name: String::new(),
    };
    Ok(store.settle(&id, &settling, now).await?)
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use tokio::sync::Semaphore;

    use super::*;

    #[tokio::test]
    async fn what_waits_for_a_delivery_lets_it_go_on() {
        let writer = Semaphore::new(1);
        let delivery = async {
            let writing = writer.acquire().await;
            tokio::task::yield_now().await;
            drop(writing);
            ConnectionId::from("acme")
        };
        let mut all = FuturesUnordered::from_iter([delivery]);
        assert!(all.next().now_or_never().is_none());
        let mut running = Running::from([(ConnectionId::from("acme"), None)]);
        let waits = meanwhile(&mut all, &mut running, writer.acquire());
        let waited = tokio::time::timeout(Duration::from_secs(60), waits).await;
        assert!(waited.is_ok());
    }
}
