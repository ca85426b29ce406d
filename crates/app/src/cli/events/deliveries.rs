//! How far events were brought, what waits, and what a person can do about it.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use model::{ConnectionId, Deliveries, Lane, LaneId, MessageId, Position, Timestamp};
use serde_json::{Value, json};
use store::JournalReader;

use crate::{
    cli::{connection, nearest, print, schedule::interval, source},
    failure::{Exit, Failure},
    wiring::Rooms,
};

/// So many seconds of counts are shown.
const HOUR: i64 = 3_600;

/// So many held events are listed.
const MOST_HELD: usize = 10_000;
const SHOWN: usize = 50;

/// Which destination.
#[derive(Args, Debug)]
pub struct ToArgs {
    /// The destination, if there are several
    #[arg(long, value_name = "CONNECTION")]
    to: Option<String>,
}

/// Which held events.
#[derive(Args, Debug)]
pub struct HeldArgs {
    /// The event's message id
    #[arg(required_unless_present = "all")]
    id: Option<String>,

    /// All that the destination's list holds
    #[arg(long, conflicts_with = "id")]
    all: bool,

    #[command(flatten)]
    to: ToArgs,
}

/// What is brought once more.
#[derive(Args, Debug)]
pub struct ReplayArgs {
    /// Whose events
    #[arg(long, value_name = "SOURCE")]
    source: String,

    /// Since when: 2026-11-29T08:00:00Z, or so long ago: 2h, 3d
    #[arg(long, value_name = "TIME")]
    since: String,
}

/// Every destination of a source.
async fn destinations(rooms: &Rooms) -> Result<BTreeSet<ConnectionId>, Failure> {
    let sources = rooms.store.sources().await?;
    Ok(sources
        .into_iter()
        .filter_map(|source| source.destination)
        .collect())
}

/// The destination that is meant: the one that was named, or the only one.
async fn meant(rooms: &Rooms, args: &ToArgs) -> Result<ConnectionId, Failure> {
    if let Some(name) = &args.to {
        return Ok(connection::find(rooms, name).await?.id);
    }
    let all = destinations(rooms).await?;
    let names: Vec<&str> = all.iter().map(ConnectionId::as_str).collect();
    match names.as_slice() {
        [_] => Ok(all.into_iter().next().unwrap_or_else(|| ConnectionId::from(""))),
        [] => Err(Failure::usage("No source's events are brought anywhere")
            .hint("interline source change NAME --to CONNECTION says where to")),
        names => Err(Failure::usage("There are several destinations")
            .hint(format!("--to names one of them: {}", names.join(", ")))),
    }
}

/// How a destination is doing.
struct Standing {
    to: ConnectionId,
    lanes: Vec<Lane>,
    /// So many events of the journal are not looked at yet.
    behind: u64,
    oldest: Option<Timestamp>,
    counts: BTreeMap<String, u64>,
    minutes: Vec<Value>,
    held: Vec<(String, u64)>,
}

impl Standing {
    async fn of(rooms: &Rooms, journal: Option<&JournalReader>, to: ConnectionId) -> Result<Self, Failure> {
        let lanes = rooms.store.lanes(&to).await?;
        let now = rooms.clock.now();
        let since = Timestamp::from_second(now.as_second().saturating_sub(HOUR)).unwrap_or(now);
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        let mut minutes = Vec::new();
        for count in rooms.store.delivery_counts(&to, since).await? {
            *counts.entry(count.what.clone()).or_default() += count.events;
            minutes.push(json!({
                "minute": count.minute, "source": count.source, "became": count.what, "events": count.events,
            }));
        }
        let at = lanes.first().map(|lane| lane.position);
        let end = journal.map_or(Position(0), |journal| journal.standing().end);
        let mut oldest = None;
        if let (Some(at), Some(journal)) = (at.filter(|at| *at < end), journal) {
            let next = journal.read(at, 1).await?;
            oldest = next.events.first().map(|(_, event)| event.received_at);
        }
        Ok(Self {
            behind: at.map_or(0, |at| end.0.saturating_sub(at.0)),
            held: rooms.store.held_counts(&to).await?,
            lanes,
            oldest,
            counts,
            minutes,
            to,
        })
    }

    fn show_counts(&self) {
        let words = |counts: &[String]| counts.join(", ");
        let of = |(what, events): (&String, &u64)| format!("{} {what}", print::thousands(*events));
        let counts: Vec<String> = self.counts.iter().map(of).collect();
        if !counts.is_empty() {
            print::data(format!("\nWithin an hour, for {}: {}", self.to, words(&counts)));
        }
        let held: Vec<String> = self
            .held
            .iter()
            .map(|(reason, events)| of((reason, events)))
            .collect();
        if !held.is_empty() {
            print::data(format!(
                "Held for {}: {}   interline events held --to {}",
                self.to,
                words(&held),
                self.to
            ));
        }
    }

    fn described(&self) -> Value {
        let failing = self.lanes.iter().find_map(|lane| lane.failing.as_ref());
        json!({
            "to": self.to,
            "behind": self.behind,
            "oldest_undelivered": self.oldest,
            "last_hour": self.counts,
            "minutes": self.minutes,
            "held": self.held.iter().cloned().collect::<BTreeMap<_, _>>(),
            "stopped": self.lanes.iter().any(|lane| lane.stopped),
            "replays": self.lanes.iter().filter(|lane| lane.until.is_some()).count(),
            "tries": failing.map_or(0, |failing| failing.tries),
            "failing_since": failing.map(|failing| failing.since),
            "next_try": failing.map(|failing| failing.next_at),
            "complaint": failing.map(|failing| &failing.complaint),
        })
    }

    fn state(&self, now: Timestamp) -> String {
        let lane = self
            .lanes
            .iter()
            .find(|lane| lane.stopped || lane.failing.is_some());
        let replays = self.lanes.iter().filter(|lane| lane.until.is_some()).count();
        match lane {
            Some(Lane {
                stopped: true,
                failing,
                ..
            }) => {
                let why = failing
                    .as_ref()
                    .map(|failing| failing.complaint.as_str())
                    .unwrap_or_default();
                format!("waits for a person: {why}")
            }
            Some(Lane {
                failing: Some(failing),
                ..
            }) => {
                let wait = failing
                    .next_at
                    .duration_since(now)
                    .as_secs()
                    .max(0)
                    .unsigned_abs();
                format!(
                    "tried {} times, again in {}: {}",
                    failing.tries,
                    print::about(wait),
                    failing.complaint
                )
            }
            _ if self.lanes.is_empty() => "not begun: interline serve brings events".to_owned(),
            _ if replays > 0 => "replaying".to_owned(),
            _ => "getting on".to_owned(),
        }
    }
}

/// `events deliveries`
pub async fn show(rooms: &Rooms, as_json: bool) -> Result<Exit, Failure> {
    let journal = rooms.events().await?;
    let now = rooms.clock.now();
    let mut all = Vec::new();
    for to in destinations(rooms).await? {
        all.push(Standing::of(rooms, journal.as_ref(), to).await?);
    }
    if as_json {
        print::json(&all.iter().map(Standing::described).collect::<Vec<_>>());
        return Ok(Exit::Done);
    }
    if all.is_empty() {
        print::talk("No source's events are brought anywhere yet: interline source add NAME --to CONNECTION");
        return Ok(Exit::Done);
    }
    let heads = [
        "Destination",
        ">Behind",
        ">Oldest",
        ">Last hour",
        ">Held",
        "State",
    ];
    let mut table = print::table(&heads);
    for one in &all {
        let taken = ["delivered", "resent"]
            .iter()
            .filter_map(|what| one.counts.get(*what))
            .sum();
        let age = one
            .oldest
            .map(|at| now.duration_since(at).as_secs().max(0).unsigned_abs());
        table.add_row([
            one.to.to_string(),
            print::count(one.behind),
            age.map_or_else(|| "-".to_owned(), print::about),
            print::count(taken),
            print::count(one.held.iter().map(|(_, events)| events).sum()),
            one.state(now),
        ]);
    }
    print::show(&table);
    all.iter().for_each(Standing::show_counts);
    Ok(Exit::Done)
}

/// `events held`
pub async fn held(rooms: &Rooms, args: ToArgs, as_json: bool) -> Result<Exit, Failure> {
    let to = meant(rooms, &args).await?;
    let held = rooms.store.held_events(&to, MOST_HELD).await?;
    if as_json {
        let values = held.iter().map(|one| {
            json!({
                "id": one.message_id, "source": one.source, "reason": one.reason, "said": one.words,
                "waits_for": one.waits_for, "since": one.held_at, "position": one.position.0,
            })
        });
        print::json(&values.collect::<Vec<_>>());
        return Ok(Exit::Done);
    }
    if held.is_empty() {
        print::talk(format!("Nothing waits for {to}."));
        return Ok(Exit::Done);
    }
    let mut table = print::table(&["Event", "Source", "Reason", "Waits for", "Since"]);
    for one in held.iter().take(SHOWN) {
        let reason = match one.words.is_empty() {
            true => one.reason.clone(),
            false => format!("{}: {}", one.reason, print::short(&one.words, 80)),
        };
        let waits_for = match one.waits_for.as_str() {
            "" => "a person",
            "*" => "its turn",
            name => name,
        };
        table.add_row([
            one.message_id.to_string(),
            one.source.to_string(),
            reason,
            waits_for.to_owned(),
            print::time(one.held_at),
        ]);
    }
    print::show(&table);
    if held.len() > SHOWN {
        print::data(format!(
            "and {} more; --json lists all",
            print::thousands((held.len() - SHOWN) as u64)
        ));
    }
    Ok(Exit::Done)
}

/// `events release`
pub async fn release(rooms: &Rooms, args: HeldArgs) -> Result<Exit, Failure> {
    let to = meant(rooms, &args.to).await?;
    let id = args.id.as_deref().map(MessageId::new);
    let events = rooms.store.let_go_held(&to, id.as_ref()).await?;
    told(events, "is brought once more", "are brought once more")
}

/// `events drop`
pub async fn drop_held(rooms: &Rooms, args: HeldArgs) -> Result<Exit, Failure> {
    let to = meant(rooms, &args.to).await?;
    let id = args.id.as_deref().map(MessageId::new);
    let events = rooms.store.drop_held(&to, id.as_ref()).await?;
    told(events, "was dropped", "were dropped")
}

fn told(events: u64, one: &str, more: &str) -> Result<Exit, Failure> {
    match events {
        0 => Err(Failure::no("No such event is held").hint("interline events held lists those that are")),
        1 => {
            print::talk(format!("1 event {one}."));
            Ok(Exit::Done)
        }
        _ => {
            print::talk(format!("{} events {more}.", print::thousands(events)));
            Ok(Exit::Done)
        }
    }
}

/// `events replay`
pub async fn replay(rooms: &Rooms, args: ReplayArgs) -> Result<Exit, Failure> {
    let source = source::find(rooms, &args.source).await?;
    let to = source.destination.ok_or_else(|| {
        Failure::usage(format!(
            "The events of source `{}` are brought nowhere",
            source.id
        ))
        .hint(format!(
            "interline source change {} --to CONNECTION says where to",
            source.id
        ))
    })?;
    let now = rooms.clock.now();
    let since = match args.since.parse::<Timestamp>() {
        Ok(since) => since,
        Err(_) => {
            let ago = interval(&args.since)
                .map_err(|why| Failure::usage(format!("--since: {why}, or as a moment")))?;
            now.checked_sub(ago).unwrap_or(Timestamp::MIN)
        }
    };
    let journal = rooms
        .events()
        .await?
        .ok_or_else(|| Failure::no("No event ever came"))?;
    let (begin, end) = (journal.since(since), journal.standing().end);
    if begin >= end {
        return Err(Failure::no("No event came since then"));
    }
    // What the first lane has not reached yet comes by itself.
    let lanes = rooms.store.lanes(&to).await?;
    let until = lanes.first().map_or(end, |lane| lane.position.min(end));
    let lane = Lane {
        id: LaneId {
            to: to.clone(),
            name: format!("replay {now}"),
        },
        position: begin,
        sending: None,
        source: Some(source.id.clone()),
        until: Some(until),
        failing: None,
        stopped: false,
    };
    rooms.store.open_lane(&lane).await?;
    print::talk(format!(
        "`interline serve` brings what source {} sent since {} to {to} once more. Planhat counts activities that it has already twice.",
        source.id,
        print::time(since),
    ));
    Ok(Exit::Done)
}

/// `events resume`
pub async fn resume(rooms: &Rooms, connection: &str) -> Result<Exit, Failure> {
    let all = destinations(rooms).await?;
    let names: Vec<&str> = all.iter().map(ConnectionId::as_str).collect();
    let to = all.iter().find(|to| to.as_str() == connection).ok_or_else(|| {
        Failure::usage(format!("No events go to `{connection}`")).hint(nearest::hint(
            connection,
            "destination",
            &names,
        ))
    })?;
    for lane in rooms.store.lanes(to).await? {
        rooms.store.note_failing(&lane.id, None, false).await?;
    }
    print::talk(format!("The deliveries to {to} go on."));
    Ok(Exit::Done)
}
