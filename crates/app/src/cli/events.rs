//! `interline events`: what sources sent.

mod deliveries;

use std::time::Duration;

use clap::{Args, Subcommand};
use model::{Event, EventKind, Position, SourceId};
use serde_json::{Map, Value, json};
use store::JournalReader;

use crate::{
    cli::{print, source, twin::interrupted},
    config::StateArgs,
    failure::{Exit, Failure},
    wiring::Rooms,
};

use deliveries::{HeldArgs, ReplayArgs, ToArgs};

/// How often it is looked whether something came.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// So many events are read at once.
const AT_ONCE: usize = 1_000;

/// So far back the last events of one source are looked for.
const MOST_LOOKED_AT: u64 = 200_000;

/// What `events` takes.
#[derive(Args, Debug)]
pub struct EventsArgs {
    #[command(flatten)]
    state: StateArgs,

    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show events as they come, until Ctrl-C
    Tail(TailArgs),
    /// Show the last events
    List(TailArgs),
    /// Say how much the journal of events holds
    Standing,
    /// Say how far events were brought to their destinations
    Deliveries,
    /// List the events that wait, and why
    Held(ToArgs),
    /// Bring held events once more: after what they lacked was put right
    Release(HeldArgs),
    /// Drop held events for good
    Drop(HeldArgs),
    /// Bring a source's events of the past once more; what has no key at the destination counts twice there
    Replay(ReplayArgs),
    /// Let the deliveries to a destination go on that wait for a person
    Resume {
        /// The destination
        connection: String,
    },
}

#[derive(Args, Debug)]
struct TailArgs {
    /// Those of this source only
    #[arg(long, value_name = "SOURCE")]
    source: Option<String>,

    /// How many of those that are there already
    #[arg(short = 'n', long, value_name = "NUMBER", default_value_t = 10)]
    lines: usize,
}

/// Does what the verb says.
pub async fn run(args: EventsArgs, as_json: bool) -> Result<Exit, Failure> {
    let rooms = Rooms::open(&args.state).await?;
    match args.verb {
        Verb::Tail(args) => tail(&rooms, args, true, as_json).await,
        Verb::List(args) => tail(&rooms, args, false, as_json).await,
        Verb::Standing => standing(&rooms, as_json).await,
        Verb::Deliveries => deliveries::show(&rooms, as_json).await,
        Verb::Held(args) => deliveries::held(&rooms, args, as_json).await,
        Verb::Release(args) => deliveries::release(&rooms, args).await,
        Verb::Drop(args) => deliveries::drop_held(&rooms, args).await,
        Verb::Replay(args) => deliveries::replay(&rooms, args).await,
        Verb::Resume { connection } => deliveries::resume(&rooms, &connection).await,
    }
}

async fn tail(rooms: &Rooms, args: TailArgs, follow: bool, as_json: bool) -> Result<Exit, Failure> {
    let only = match &args.source {
        Some(name) => Some(source::find(rooms, name).await?.id),
        None => None,
    };
    let mut after = Position(0);
    if let Some(journal) = rooms.events().await? {
        let end = journal.standing().end;
        let last = last(&journal, only.as_ref(), args.lines, end).await?;
        for (position, event) in &last {
            print::data(line(*position, event, as_json));
        }
        after = end;
    }
    if !follow {
        return Ok(Exit::Done);
    }
    if !as_json {
        print::talk("Events are shown as they come. Ctrl-C stops it.");
    }
    let following = async {
        loop {
            rooms.clock.sleep(LOOK_AGAIN).await;
            if let Err(failure) = follow_on(rooms, only.as_ref(), &mut after, as_json).await {
                return failure;
            }
        }
    };
    tokio::select! {
        failure = following => Err(failure),
        () = interrupted() => Ok(Exit::Done),
    }
}

/// Shows what came since.
async fn follow_on(
    rooms: &Rooms,
    only: Option<&SourceId>,
    after: &mut Position,
    as_json: bool,
) -> Result<(), Failure> {
    // The files as they are now: whoever writes them is another process.
    let Some(journal) = rooms.events().await? else {
        return Ok(());
    };
    while *after < journal.standing().end {
        let stretch = journal.read(*after, AT_ONCE).await?;
        for (position, event) in stretch.events.iter().filter(|(_, event)| is_of(event, only)) {
            print::data(line(*position, event, as_json));
        }
        *after = stretch.next;
    }
    Ok(())
}

/// The last events, the oldest first.
async fn last(
    journal: &JournalReader,
    only: Option<&SourceId>,
    lines: usize,
    end: Position,
) -> Result<Vec<(Position, Event)>, Failure> {
    let back = match only {
        Some(_) => MOST_LOOKED_AT,
        None => lines as u64,
    };
    let mut after = Position(end.0.saturating_sub(back));
    let mut last = Vec::new();
    while after < end && lines > 0 {
        let stretch = journal.read(after, AT_ONCE).await?;
        last.extend(stretch.events.into_iter().filter(|(_, event)| is_of(event, only)));
        let more = last.len().saturating_sub(lines);
        last.drain(..more);
        after = stretch.next;
    }
    Ok(last)
}

fn is_of(event: &Event, only: Option<&SourceId>) -> bool {
    only.is_none_or(|only| event.source == *only)
}

/// An event on one line.
fn line(position: Position, event: &Event, as_json: bool) -> String {
    let said = event.json().unwrap_or_default();
    if as_json {
        return json!({ "position": position.0, "source": event.source, "event": said }).to_string();
    }
    let who = match (&event.user_id, &event.anonymous_id) {
        (Some(user), _) => user.to_string(),
        (None, Some(device)) => format!("anonymous {device}"),
        (None, None) => String::new(),
    };
    let line = format!(
        "{}  {:<12}  {:<8}  {:<30}  {}",
        print::time(event.received_at),
        print::short(event.source.as_str(), 12),
        event.kind.as_str(),
        print::short(&what(event.kind, &said), 30),
        print::short(&who, 40),
    );
    line.trim_end().to_owned()
}

/// What it is about, in a few words.
fn what(kind: EventKind, said: &Map<String, Value>) -> String {
    let text = |name: &str| {
        said.get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    match kind {
        EventKind::Track => text("event"),
        EventKind::Page | EventKind::Screen => match (text("category"), text("name")) {
            (category, name) if category.is_empty() => name,
            (category, name) => format!("{category} {name}").trim_end().to_owned(),
        },
        EventKind::Group => text("groupId"),
        EventKind::Alias => format!("was {}", text("previousId")),
        EventKind::Identify => {
            let traits = said.get("traits").and_then(Value::as_object);
            let names = traits.into_iter().flat_map(Map::keys).map(String::as_str);
            names.collect::<Vec<_>>().join(", ")
        }
    }
}

async fn standing(rooms: &Rooms, as_json: bool) -> Result<Exit, Failure> {
    let standing = match rooms.events().await? {
        Some(journal) => journal.standing(),
        None => model::JournalStanding::default(),
    };
    let events = (standing.end.0 + 1).saturating_sub(standing.first.0.max(1));
    match as_json {
        true => print::json(&json!({
            "events": events,
            "first": standing.first.0,
            "end": standing.end.0,
            "files": standing.segments,
            "bytes": standing.bytes,
        })),
        false => print::data(format!(
            "{} in {}, {} bytes",
            print::many(events, "event", "events"),
            print::many(standing.segments as u64, "file", "files"),
            print::thousands(standing.bytes),
        )),
    }
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_says_in_a_few_words_what_it_is_about() {
        let check = |kind, said: Value, words: &str| {
            assert_eq!(what(kind, said.as_object().unwrap()), words);
        };
        check(
            EventKind::Track,
            json!({ "event": "Order Completed" }),
            "Order Completed",
        );
        check(
            EventKind::Page,
            json!({ "category": "Docs", "name": "Home" }),
            "Docs Home",
        );
        check(EventKind::Screen, json!({ "name": "Home" }), "Home");
        check(EventKind::Group, json!({ "groupId": "g1" }), "g1");
        check(EventKind::Alias, json!({ "previousId": "a" }), "was a");
        check(
            EventKind::Identify,
            json!({ "traits": { "email": "x", "plan": "y" } }),
            "email, plan",
        );
        check(EventKind::Identify, json!({}), "");
    }
}
