//! What was said at a support desk: conversations, tickets and a help center, for the people that a sample already has.
//! The same seed and time make the same ones.

mod chance;
mod help;
mod kinds;
mod talks;
#[cfg(test)]
mod tests;
mod thread;
mod tickets;
mod words;

use self::chance::Chance;
use super::{
    people,
    state::{State, id},
};
use crate::Sample;

/// About so many conversations belong to a company.
const TALKS: usize = 5;
/// From so many companies on there is one thread with more parts than the vendor shows.
const COMPANIES_FOR_LONGEST: usize = 50;
/// An admin of whom nothing is known but what they wrote, where a workspace has no other.
const REMOVED: u64 = 990_001;

/// Whom a sample has.
struct World {
    seed: u64,
    /// Seconds since 1970.
    now: i64,
    admins: Vec<u64>,
    /// One who wrote, and is gone.
    removed: u64,
    teams: Vec<u64>,
    tags: Vec<u64>,
    contacts: Vec<Box<str>>,
}

impl World {
    fn of(state: &State, sample: &Sample, now: i64) -> Self {
        let numbers = |table: &str| {
            let ids = state.table(table).rows().filter_map(id);
            ids.filter_map(|id| id.parse().ok()).collect()
        };
        let contacts = state.table("contacts").rows().filter_map(id);
        let (removed, admins) = state
            .table("admins")
            .rows()
            .partition::<Vec<_>, _>(|row| people::is_removed(row));
        let number = |row: &super::state::Record| id(row).and_then(|id| id.parse().ok());
        Self {
            removed: removed.into_iter().filter_map(number).next().unwrap_or(REMOVED),
            seed: sample.seed,
            now,
            admins: admins.into_iter().filter_map(number).collect(),
            teams: numbers("teams"),
            tags: numbers("tags"),
            contacts: contacts.map(Into::into).collect(),
        }
    }

    fn chance(&self, subject: u64, place: usize) -> Chance {
        Chance::new(self.seed, subject, place as u64)
    }
}

/// Adds them; how many there are then.
pub(super) fn fill(state: &mut State, sample: &Sample, millisecond: i64) -> usize {
    let world = World::of(state, sample, millisecond.div_euclid(1_000));
    if world.contacts.is_empty() || world.admins.is_empty() {
        return 0;
    }
    let mut made = help::fill(state, &world, sample.companies);
    let types = tickets::types(state, &world);
    made += types.len();
    for place in 0..sample.companies * TALKS {
        let talk = talks::talk(state, &world, place);
        made += 1;
        if place % 40 == 33 {
            state.delete_talk(talk, world.now - 3_600 * (place as i64 % 900), place % 80 == 33);
        } else if place % 10 == 6 {
            tickets::convert(state, &world, &types, talk, place);
        } else if place % 5 == 2 {
            tickets::about(state, &world, &types, talk, place);
            made += 1;
        }
    }
    if sample.companies >= COMPANIES_FOR_LONGEST {
        talks::longest(state, &world);
        made += 1;
    }
    made
}

/// An admin as the author of something; one who is gone still has a name there.
fn admin(state: &State, number: u64) -> super::part::Author {
    people::former_admin(state, &number.to_string()).unwrap_or_else(|| super::part::Author {
        kind: "admin".into(),
        id: number.to_string().into(),
        name: Some("Olga Removed".into()),
        email: Some("olga@gone.example".into()),
        is_answer: false,
    })
}
