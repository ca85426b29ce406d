//! `interline import schedule`: when an import runs by itself.

use std::time::Duration;

use clap::Args;
use engine::schedule::{Due, due};
use model::{ImportId, Pause, Schedule, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    cli::{
        import::{Way, find},
        print,
    },
    failure::{Exit, Failure},
    wiring::Rooms,
};

/// What `import schedule` takes.
#[derive(Args, Debug)]
pub struct ScheduleArgs {
    /// The import
    name: String,

    /// How long from one run to the next, such as 15m, 1h or 1d; 1h if nothing is said
    #[arg(long, value_name = "TIME", value_parser = interval)]
    every: Option<Duration>,

    /// Which side its runs write
    #[arg(long, value_enum)]
    direction: Option<Way>,

    /// Whether what its runs create and update is told to the import's hooks
    #[arg(long, value_enum, value_name = "ON|OFF")]
    automations: Option<Switch>,

    /// Let it stand still
    #[arg(long, group = "standing")]
    pause: bool,

    /// Let it go on; one run makes up for those that were missed
    #[arg(long, group = "standing")]
    resume: bool,

    /// Set a run off at once; the ones after it come in their time
    #[arg(long, conflicts_with_all = ["pause", "off"])]
    now: bool,

    /// Take the schedule away
    #[arg(long, group = "standing", conflicts_with_all = ["every", "direction", "automations"])]
    off: bool,
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Switch {
    /// Yes
    On,
    /// No
    Off,
}

const HOURLY: Duration = Duration::from_secs(3_600);
const SHORTEST: Duration = Duration::from_secs(60);
const LONGEST: Duration = Duration::from_secs(366 * 86_400);

/// Reads `15m`, `1h`, `1d`, or several of them in a row.
pub fn interval(text: &str) -> Result<Duration, String> {
    const WRITE: &str = "write it as 15m, 1h or 1d";
    let mut seconds: u64 = 0;
    let mut rest = text.trim();
    while !rest.is_empty() {
        let unit = rest.find(|letter: char| !letter.is_ascii_digit()).ok_or(WRITE)?;
        let (number, after) = rest.split_at(unit);
        let mut letters = after.chars();
        let one = match letters.next() {
            Some('s') => 1,
            Some('m') => 60,
            Some('h') => 3_600,
            Some('d') => 86_400,
            _ => return Err(WRITE.to_owned()),
        };
        let number: u64 = number.parse().map_err(|_| WRITE)?;
        seconds = seconds.saturating_add(number.saturating_mul(one));
        rest = letters.as_str().trim_start();
    }
    let every = Duration::from_secs(seconds);
    match (SHORTEST..=LONGEST).contains(&every) {
        true => Ok(every),
        false => Err("from a minute (1m) to a year (366d)".to_owned()),
    }
}

/// Keeps, changes or takes away a schedule, and shows what came of it.
pub async fn run(rooms: &Rooms, args: ScheduleArgs, as_json: bool) -> Result<Exit, Failure> {
    let import = find(rooms, &args.name).await?;
    let name = &args.name;
    if args.off {
        let had = rooms.store.remove_schedule(&import).await?;
        print::talk(match had {
            true => format!("Import {name} runs no more by itself."),
            false => format!("Import {name} has no schedule."),
        });
        return Ok(Exit::Done);
    }
    let now = rooms.clock.now();
    let there = rooms.store.schedule(&import).await?;
    if there.is_none() && args.resume {
        return Err(Failure::usage(format!("Import `{name}` has no schedule"))
            .hint(format!("interline import schedule {name} --every 1h makes one")));
    }
    let has_run = rooms.store.last_run(&import).await?.is_some();
    let is_wanted_now = args.now || (there.is_none() && !has_run);
    let mut wanted = changed(there.unwrap_or_else(|| fresh(&import, now)), &args, now);
    rooms.store.keep_schedule(&wanted).await?;
    if is_wanted_now {
        wanted.last_tick = Timestamp::UNIX_EPOCH;
        rooms.store.tick(&import, wanted.last_tick).await?;
    }
    match as_json {
        true => print::json(&as_value(&wanted, now)),
        false => print::talk(format!("Import {name} {}.", sentence(&wanted, now))),
    }
    Ok(Exit::Done)
}

fn fresh(import: &ImportId, now: Timestamp) -> Schedule {
    Schedule {
        import: import.clone(),
        every: HOURLY,
        direction: Way::Forward.into(),
        automations: false,
        jitter: u32::try_from(Uuid::now_v7().as_u128() % 1_000_000).unwrap_or_default(),
        last_tick: now,
        paused: None,
    }
}

fn changed(schedule: Schedule, args: &ScheduleArgs, now: Timestamp) -> Schedule {
    let by_hand = Pause {
        since: now,
        why: None,
        refused: None,
    };
    Schedule {
        every: args.every.unwrap_or(schedule.every),
        direction: args.direction.map_or(schedule.direction, Way::into),
        automations: args
            .automations
            .map_or(schedule.automations, |switch| switch == Switch::On),
        paused: match (args.pause, args.resume) {
            (true, _) => schedule.paused.or(Some(by_hand)),
            (_, true) => None,
            _ => schedule.paused,
        },
        ..schedule
    }
}

/// When an import runs by itself, in words that follow its name.
pub fn sentence(schedule: &Schedule, now: Timestamp) -> String {
    let every = span(schedule.every);
    let direction = format!("{:?}", schedule.direction).to_lowercase();
    let automations = match schedule.automations {
        true => "on",
        false => "off",
    };
    let when = match (&schedule.paused, due(schedule, now)) {
        (Some(pause), _) => match &pause.why {
            Some(why) => format!("paused since {}: {why}", print::time(pause.since)),
            None => format!("paused since {}", print::time(pause.since)),
        },
        (None, Due::At(next)) => format!("next at {}", print::time(next)),
        (None, _) => "due now".to_owned(),
    };
    format!("runs every {every}, {direction}, automations {automations}; {when}")
}

/// The same in a word, for a table.
pub fn short(schedule: Option<&Schedule>, now: Timestamp) -> String {
    let Some(schedule) = schedule else {
        return "-".to_owned();
    };
    match due(schedule, now) {
        Due::Paused => "paused".to_owned(),
        Due::Now => "now".to_owned(),
        Due::At(next) => print::time(next),
    }
}

/// The same for programs.
pub fn as_value(schedule: &Schedule, now: Timestamp) -> Value {
    let next = match due(schedule, now) {
        Due::Paused => None,
        Due::Now => Some(now),
        Due::At(next) => Some(next),
    };
    json!({
        "every_seconds": schedule.every.as_secs(),
        "direction": schedule.direction,
        "automations": schedule.automations,
        "last_at": schedule.last_tick,
        "next_at": next,
        "paused": schedule.paused,
    })
}

fn span(every: Duration) -> String {
    let seconds = every.as_secs();
    let parts = [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")];
    let mut rest = seconds;
    let mut text = String::new();
    for (one, unit) in parts {
        if rest >= one {
            text.push_str(&format!("{}{unit}", rest / one));
            rest %= one;
        }
    }
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_read_as_people_write_them() {
        for (text, expected) in [
            ("1h", Some("1h")),
            ("90m", Some("1h30m")),
            ("1d 12h", Some("1d12h")),
            ("24h", Some("1d")),
            ("59s", None),
            ("367d", None),
            ("1", None),
            ("h", None),
            ("-1h", None),
            ("1w", None),
            ("", None),
            ("99999999999999999999d", None),
        ] {
            let read = interval(text).ok().map(span);
            assert_eq!(read.as_deref(), expected, "{text}");
        }
    }
}
