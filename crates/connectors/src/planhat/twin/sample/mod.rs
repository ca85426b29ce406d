//! A workspace that looks like a real customer base, ugly parts included. The same seed and time make the same one.

mod company;
mod conversation;
mod custom;
mod dice;
mod people;
#[cfg(test)]
mod tests;
mod text;
mod words;

use model::Timestamp;
use serde_json::{Map, Value};

use self::{dice::Dice, people::User};

/// Which of the twin's models a record belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Model {
    Company,
    EndUser,
    User,
    Conversation,
    CustomField,
    ConversationType,
}

/// What every record of a sample can refer to.
struct World {
    seed: u64,
    now: Timestamp,
    users: Vec<User>,
}

/// The records of a sample, one company after another: only one company at a time is in memory.
pub(super) fn records(
    sample: &crate::Sample,
    now: Timestamp,
) -> impl Iterator<Item = (Model, Map<String, Value>)> + use<> {
    let (seed, companies) = (sample.seed, sample.companies as u64);
    let (users, user_records): (Vec<_>, Vec<_>) = (0..8 + companies / 100)
        .map(|place| people::user(seed, now, place))
        .unzip();
    let world = World { seed, now, users };
    let types = conversation::types(seed, now).map(|record| (Model::ConversationType, record));
    let fields = custom::definitions(seed, now).map(|record| (Model::CustomField, record));
    let users = user_records.into_iter().map(|record| (Model::User, record));
    types
        .chain(fields)
        .chain(users)
        .chain((0..companies).flat_map(move |place| of_company(&world, place)))
}

/// A company, its contacts, and what was said with them.
fn of_company(world: &World, place: u64) -> Vec<(Model, Map<String, Value>)> {
    let core = company::core(world, place);
    let (contacts, contact_records): (Vec<_>, Vec<_>) = people::contacts(world, &core).into_iter().unzip();
    let mut records = vec![(Model::Company, company::record(world, &core, &contacts))];
    records.extend(contact_records.into_iter().map(|record| (Model::EndUser, record)));
    let talks = conversation::of_company(world, &core, &contacts);
    records.extend(talks.into_iter().map(|record| (Model::Conversation, record)));
    records
}

/// The day that a sample takes for today: always the same, so that two twins filled from one seed are equal.
pub(super) fn today() -> Timestamp {
    // 2026-11-01, midnight in UTC.
    Timestamp::from_second(1793491200).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// A moment as Planhat writes it.
fn stamp(at: Timestamp) -> String {
    format!("{at:.3}")
}

fn years_ago(now: Timestamp, years: i64) -> Timestamp {
    let at = now.as_second().saturating_sub(years.saturating_mul(31_557_600));
    Timestamp::from_second(at).unwrap_or(now)
}

/// Up to so many different ones of these.
fn tags(dice: &mut Dice, from: &[&'static str], most: u64) -> Vec<&'static str> {
    let mut tags: Vec<&'static str> = Vec::new();
    for _ in 0..dice.roll(most + 1) {
        let tag = dice.pick(from);
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    tags
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
