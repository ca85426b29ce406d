//! `interline source`: what sends events, each with a write key of its own.

use std::{collections::BTreeMap, fs, path::PathBuf};

use clap::{Args, Subcommand};
use connectors::kit::new_write_key;
use model::{EventSource, SourceId, Timestamp};
use serde_json::{Map, Value, json};
use store::{Became, EventCount, UnknownKey};

use crate::{
    cli::{connection, named_value, nearest, print},
    config::StateArgs,
    deliver,
    failure::{Exit, Failure},
    wiring::Rooms,
};

/// So many seconds of counts are shown.
const DAY: i64 = 86_400;

/// A name may have so many letters.
const LONGEST: usize = 64;

/// What `source` takes.
#[derive(Args, Debug)]
pub struct SourceArgs {
    #[command(flatten)]
    state: StateArgs,

    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Add a source, and print its write key
    Add {
        /// What to call it
        name: String,

        #[command(flatten)]
        aim: AimArgs,
    },
    /// Bring a source's events elsewhere, or otherwise; what came before stays as it was brought
    Change {
        /// The source
        name: String,

        #[command(flatten)]
        aim: AimArgs,

        /// Bring its events nowhere; they are kept
        #[arg(long, conflicts_with = "to")]
        nowhere: bool,
    },
    /// List the sources, and what came of each within a day
    List,
    /// Show a source: its write key, and what came of its events within a day
    Show {
        /// The source
        name: String,
    },
    /// Give a source another write key; the old one is nobody's from then on
    RotateKey {
        /// The source
        name: String,
    },
    /// Take the events of a source in again
    Enable {
        /// The source
        name: String,
    },
    /// Discard what a source sends
    Disable {
        /// The source
        name: String,
    },
    /// Remove a source; what it sent stays until the journal forgets it
    Remove {
        /// The source
        name: String,
    },
}

/// Where a source's events go, and how.
#[derive(Args, Debug)]
struct AimArgs {
    /// The Planhat connection that its events are brought to
    #[arg(long, value_name = "CONNECTION")]
    to: Option<String>,

    /// What its events become there, in place of recipes/segment-planhat.yaml
    #[arg(long, value_name = "FILE")]
    recipe: Option<PathBuf>,

    /// A word of the recipe: uncertain=hold, unknown_people=send, mode=dock, screens=true
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = named_value)]
    set: Vec<(String, String)>,
}

/// Does what the verb says.
pub async fn run(args: SourceArgs, as_json: bool) -> Result<Exit, Failure> {
    let rooms = Rooms::open(&args.state).await?;
    match args.verb {
        Verb::Add { name, aim } => add(&rooms, &name, &aim, as_json).await,
        Verb::Change { name, aim, nowhere } => change(&rooms, &name, &aim, nowhere).await,
        Verb::List => list(&rooms, as_json).await,
        Verb::Show { name } => show(&rooms, &name, as_json).await,
        Verb::RotateKey { name } => rotate(&rooms, &name, as_json).await,
        Verb::Enable { name } => switch(&rooms, &name, true).await,
        Verb::Disable { name } => switch(&rooms, &name, false).await,
        Verb::Remove { name } => {
            let source = find(&rooms, &name).await?;
            rooms.store.remove_source(&source.id).await?;
            print::talk(format!(
                "Removed source {name}. What its libraries still send is discarded."
            ));
            Ok(Exit::Done)
        }
    }
}

async fn add(rooms: &Rooms, name: &str, aim: &AimArgs, as_json: bool) -> Result<Exit, Failure> {
    check_name(name)?;
    let mut source = EventSource {
        id: SourceId::from(name),
        key: new_write_key()?,
        destination: None,
        settings: Map::new(),
        enabled: true,
        created_at: rooms.clock.now(),
    };
    take_aim(rooms, &mut source, aim).await?;
    rooms.store.add_source(&source).await?;
    say_key(&source, as_json);
    print::talk(format!(
        "Added source {name}. Give its libraries this write key, and the address of `interline serve` as their host."
    ));
    Ok(Exit::Done)
}

async fn change(rooms: &Rooms, name: &str, aim: &AimArgs, nowhere: bool) -> Result<Exit, Failure> {
    let mut source = find(rooms, name).await?;
    take_aim(rooms, &mut source, aim).await?;
    if nowhere {
        source.destination = None;
    }
    rooms.store.change_source(&source).await?;
    print::talk(match &source.destination {
        Some(to) => format!("What source {name} sends goes to {to}."),
        None => format!("What source {name} sends is kept, and brought nowhere."),
    });
    Ok(Exit::Done)
}

/// Takes up where its events go, checked: the recipe must be one, and the connection must take events.
async fn take_aim(rooms: &Rooms, source: &mut EventSource, aim: &AimArgs) -> Result<(), Failure> {
    if let Some(file) = &aim.recipe {
        let text = fs::read_to_string(file).map_err(|error| {
            Failure::usage(format!("The recipe {} cannot be read", file.display())).because(error)
        })?;
        source
            .settings
            .insert(deliver::RECIPE_SETTING.to_owned(), text.into());
    }
    let mut set = match source.settings.remove(deliver::SET_SETTING) {
        Some(Value::Object(set)) => set,
        _ => Map::new(),
    };
    set.extend(
        aim.set
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str().into())),
    );
    source
        .settings
        .insert(deliver::SET_SETTING.to_owned(), set.into());
    deliver::recipe_of(source).map_err(|why| Failure::usage(format!("That is no recipe: {why}")))?;
    if let Some(to) = &aim.to {
        let to = connection::find(rooms, to).await?.id;
        rooms.sink(&to).await.map_err(Failure::into_usage)?;
        if source.destination.as_ref() != Some(&to) {
            let since = rooms.clock.now().to_string();
            source
                .settings
                .insert(deliver::SINCE_SETTING.to_owned(), since.into());
        }
        source.destination = Some(to);
    }
    Ok(())
}

fn say_key(source: &EventSource, as_json: bool) {
    match as_json {
        true => print::json(&json!({ "name": source.id, "write_key": source.key.as_str() })),
        false => print::data(source.key.as_str()),
    }
}

/// The name stands in addresses, tables and files: letters, digits, `-`, `_` and `.`.
fn check_name(name: &str) -> Result<(), Failure> {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    match !name.is_empty() && name.len() <= LONGEST && name.chars().all(is_plain) {
        true => Ok(()),
        false => Err(Failure::usage(format!("`{name}` cannot be the name of a source"))
            .hint(format!("use up to {LONGEST} of a-z, A-Z, 0-9, `-`, `_` and `.`"))),
    }
}

async fn list(rooms: &Rooms, as_json: bool) -> Result<Exit, Failure> {
    let sources = rooms.store.sources().await?;
    let counts = rooms.store.event_counts(yesterday(rooms)).await?;
    let strangers = rooms.store.unknown_keys().await?;
    let nobodys = Day::of(&SourceId::from(""), &counts);
    if as_json {
        let unknown = strangers
            .iter()
            .map(|key| json!({ "key_ends_in": key.hint, "events": key.events, "last_at": key.last_at }));
        print::json(&json!({
            "sources": sources.iter().map(|source| described(source, &counts)).collect::<Vec<_>>(),
            "unknown_keys": unknown.collect::<Vec<_>>(),
            "of_nobody": nobodys.discarded,
        }));
        return Ok(Exit::Done);
    }
    if sources.is_empty() {
        print::talk("There is no source yet. Add one: interline source add NAME");
    } else {
        let heads = [
            "Source",
            "Key",
            "For",
            ">Taken in",
            ">Repeated",
            ">Discarded",
            "State",
        ];
        let mut table = print::table(&heads);
        for source in &sources {
            let became = Day::of(&source.id, &counts);
            table.add_row([
                source.id.to_string(),
                source.key.hint(),
                source
                    .destination
                    .as_ref()
                    .map(ToString::to_string)
                    .unwrap_or_default(),
                print::count(became.accepted),
                print::count(became.repeated),
                print::count(became.discarded.values().sum()),
                if source.enabled { "on" } else { "off" }.to_owned(),
            ]);
        }
        print::show(&table);
        print::talk("\nThe counts are those of the last 24 hours.");
    }
    show_nobodys(&nobodys, strangers);
    Ok(Exit::Done)
}

/// What came and is no source's.
fn show_nobodys(nobodys: &Day, strangers: Vec<UnknownKey>) {
    if !nobodys.discarded.is_empty() {
        let counts = nobodys.discarded.iter();
        let counts = counts.map(|(why, events)| format!("{} {why}", print::thousands(*events)));
        let counts = counts.collect::<Vec<_>>().join(", ");
        print::talk(format!("\nWhat came and is no source's was discarded: {counts}"));
    }
    if !strangers.is_empty() {
        print::talk("\nEvents came with write keys that no source has:");
        let mut table = print::table(&["Key ends in", ">Events", "Last"]);
        for key in strangers {
            table.add_row([key.hint, print::count(key.events), print::time(key.last_at)]);
        }
        print::show(&table);
    }
}

async fn show(rooms: &Rooms, name: &str, as_json: bool) -> Result<Exit, Failure> {
    let source = find(rooms, name).await?;
    let counts = rooms.store.event_counts(yesterday(rooms)).await?;
    if as_json {
        let mut shown = described(&source, &counts);
        let minutes = counts.iter().filter(|count| count.source == source.id).map(
            |count| json!({ "minute": count.minute, "became": count.what.as_str(), "events": count.events }),
        );
        if let Value::Object(shown) = &mut shown {
            shown.insert("write_key".to_owned(), source.key.as_str().into());
            shown.insert("minutes".to_owned(), minutes.collect());
        }
        print::json(&shown);
        return Ok(Exit::Done);
    }
    let state = if source.enabled { "on" } else { "off" };
    let meant = source
        .destination
        .as_ref()
        .map(|to| format!("   for {to}"))
        .unwrap_or_default();
    print::data(format!(
        "Source {name}   {state}{meant}   added {}\nWrite key {}",
        print::time(source.created_at),
        source.key.as_str()
    ));
    let became = Day::of(&source.id, &counts);
    let mut table = print::table(&["Within 24 hours", ">Events"]);
    table.add_row(["taken in".to_owned(), print::count(became.accepted)]);
    table.add_row(["repeated".to_owned(), print::count(became.repeated)]);
    for (why, events) in &became.discarded {
        table.add_row([format!("discarded: {why}"), print::count(*events)]);
    }
    print::data("");
    print::show(&table);
    Ok(Exit::Done)
}

async fn rotate(rooms: &Rooms, name: &str, as_json: bool) -> Result<Exit, Failure> {
    let mut source = find(rooms, name).await?;
    source.key = new_write_key()?;
    rooms.store.change_source(&source).await?;
    say_key(&source, as_json);
    print::talk(format!(
        "Source {name} has a new write key. What comes with the old one is discarded within a second."
    ));
    Ok(Exit::Done)
}

async fn switch(rooms: &Rooms, name: &str, enabled: bool) -> Result<Exit, Failure> {
    let mut source = find(rooms, name).await?;
    source.enabled = enabled;
    rooms.store.change_source(&source).await?;
    print::talk(match enabled {
        true => format!("What source {name} sends is taken in."),
        false => format!("What source {name} sends is discarded, and counted."),
    });
    Ok(Exit::Done)
}

/// The source of that name.
pub async fn find(rooms: &Rooms, name: &str) -> Result<EventSource, Failure> {
    let sources = rooms.store.sources().await?;
    let names: Vec<String> = sources.iter().map(|source| source.id.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let found = sources.into_iter().find(|source| source.id.as_str() == name);
    found.ok_or_else(|| {
        Failure::usage(format!("There is no source `{name}`")).hint(nearest::hint(name, "source", &names))
    })
}

fn yesterday(rooms: &Rooms) -> Timestamp {
    let now = rooms.clock.now();
    Timestamp::from_second(now.as_second().saturating_sub(DAY)).unwrap_or(now)
}

fn described(source: &EventSource, counts: &[EventCount]) -> Value {
    let became = Day::of(&source.id, counts);
    json!({
        "name": source.id,
        "key_ends_in": source.key.hint(),
        "to": source.destination,
        "enabled": source.enabled,
        "created_at": source.created_at,
        "last_24_hours": {
            "accepted": became.accepted,
            "repeated": became.repeated,
            "discarded": became.discarded,
        },
    })
}

/// What became of a source's events within a day.
#[derive(Debug, Default, PartialEq, Eq)]
struct Day {
    accepted: u64,
    repeated: u64,
    discarded: BTreeMap<&'static str, u64>,
}

impl Day {
    fn of(source: &SourceId, counts: &[EventCount]) -> Self {
        let mut day = Self::default();
        for count in counts.iter().filter(|count| &count.source == source) {
            match count.what {
                Became::Accepted => day.accepted += count.events,
                Became::Repeated => day.repeated += count.events,
                Became::Discarded(why) => *day.discarded.entry(why.as_str()).or_default() += count.events,
            }
        }
        day
    }
}

#[cfg(test)]
mod tests {
    use model::Discard;

    use super::*;

    #[test]
    fn names_are_plain() {
        for name in ["web-app", "a", "Server_2.eu"] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        for name in ["", "a b", "café", "a/b", &"x".repeat(65)] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn the_minutes_of_a_source_become_its_day() {
        let count = |source: &str, what, events| EventCount {
            source: SourceId::from(source),
            minute: Timestamp::UNIX_EPOCH,
            what,
            events,
        };
        let no_id = Became::Discarded(Discard::NoUserAnonId);
        let counts = [
            count("web", Became::Accepted, 2),
            count("web", no_id, 1),
            count("web", no_id, 4),
            count("app", Became::Accepted, 9),
        ];
        let day = Day::of(&SourceId::from("web"), &counts);
        assert_eq!((day.accepted, day.repeated), (2, 0));
        assert_eq!(day.discarded, BTreeMap::from([("no_user_anon_id", 5)]));
    }
}
