//! A workspace that looks like a real customer base, ugly parts included. The same seed and time make the same one.

mod company;
mod conversation;
mod custom;
mod dice;
mod filling;
mod metric;
mod people;
mod plain;
mod rest;
mod revenue;
mod task;
#[cfg(test)]
mod tests;
mod text;
mod words;

use model::Timestamp;
use serde_json::{Map, Value, json};

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
    /// The model of that table.
    Of(&'static str),
}

/// What every record of a sample can refer to.
struct World {
    seed: u64,
    now: Timestamp,
    /// The day that metrics lead up to: only the last weeks of them are ever asked for.
    day: Timestamp,
    users: Vec<User>,
    products: Vec<String>,
}

/// The records of a sample, one company after another: only one company at a time is in memory.
pub(super) fn records(
    sample: &crate::Sample,
    now: Timestamp,
    day: Timestamp,
) -> impl Iterator<Item = (Model, Map<String, Value>)> + use<> {
    let (seed, companies) = (sample.seed, sample.companies as u64);
    let (users, user_records): (Vec<_>, Vec<_>) = (0..8 + companies / 100)
        .map(|place| people::user(seed, now, place))
        .unzip();
    let products: Vec<_> = revenue::products(seed, now).collect();
    let ids = products.iter().filter_map(|product| product.get("_id")?.as_str());
    let world = World {
        seed,
        now,
        day,
        users,
        products: ids.map(str::to_owned).collect(),
    };
    let types = conversation::types(seed, now).map(|record| (Model::ConversationType, record));
    let fields = custom::definitions(seed, now).map(|record| (Model::CustomField, record));
    let users = user_records.into_iter().map(|record| (Model::User, record));
    types
        .chain(fields)
        .chain(users)
        .chain(products.into_iter().map(|record| (Model::Of("product"), record)))
        .chain((0..companies).flat_map(move |place| of_company(&world, place)))
}

/// A company, its contacts, what was said with them, and everything else that belongs to it.
fn of_company(world: &World, number: u64) -> Vec<Record> {
    let core = company::core(world, number);
    let (contacts, mut people): (Vec<_>, Vec<_>) = people::contacts(world, &core).into_iter().unzip();
    let mut talks = conversation::of_company(world, &core, &contacts);
    let place = Place {
        world,
        core: &core,
        contacts: &contacts,
    };
    let about = talks.iter().filter_map(|talk| talk.get("_id")?.as_str());
    let about: Vec<String> = about.map(str::to_owned).collect();
    let paid = revenue::of_company(&place);
    let mut company = company::record(world, &core, &contacts);
    if rest::is_filled(number) {
        let license = paid.first().and_then(|(_, license)| license.get("_id"));
        company.extend(rest::of_company(&place, license));
        let first = people.iter_mut().take(1);
        first.for_each(|person| person.extend(rest::of_enduser(&place)));
        let first = talks.iter_mut().take(1);
        first.for_each(|talk| talk.extend(rest::of_conversation(&place)));
    }
    let mut records = vec![(Model::Company, company)];
    records.extend(people.into_iter().map(|record| (Model::EndUser, record)));
    records.extend(talks.into_iter().map(|record| (Model::Conversation, record)));
    records.extend(task::of_company(&place, &about));
    records.extend(paid);
    records.extend(plain::of_company(&place, &about));
    records.extend(metric::of_company(&place));
    records
}

/// What the smaller objects of a company are made with.
struct Place<'a> {
    world: &'a World,
    core: &'a company::Core,
    contacts: &'a [people::Person],
}

type Record = (Model, Map<String, Value>);

impl Place<'_> {
    /// Whether this is one of the companies that have a certain thing: each of the first five has another fifth of
    /// all things, and later ones half as many.
    fn has(&self, share: u64) -> bool {
        self.core.place % 10 == share
    }

    fn dice(&self, subject: dice::Subject, place: u64) -> Dice {
        Dice::new(self.world.seed, subject, self.core.place, place)
    }

    fn id(&self, subject: dice::Subject, place: u64, made: Timestamp) -> String {
        dice::id(self.world.seed, subject, self.core.place, place, made)
    }

    /// A record with its id, its company, its keys and the dates of its making and last change.
    fn record(&self, subject: dice::Subject, place: u64, fields: Value) -> Map<String, Value> {
        let mut dice = self.dice(subject, place + 0x800);
        let made = dice.moment(self.core.made, self.world.now);
        let number = subject as u64;
        let mut record = object(json!({
            "_id": self.id(subject, place, made), "companyId": self.core.id, "companyName": self.core.name,
            "createdAt": stamp(made), "updatedAt": stamp(dice.moment(made, self.world.now)), "__v": 0,
            "sourceId": format!("{number}-{}-{place}", self.core.place),
        }));
        match dice.roll(4) {
            0 => {}
            1 => {
                let key = number * 100_000_000 + self.core.place * 10 + place;
                record.insert("externalId".to_owned(), json!(key));
            }
            _ => {
                let key = format!("{number:02}/{}/{place}", self.core.place);
                record.insert("externalId".to_owned(), json!(key));
            }
        }
        record.extend(object(fields));
        record
    }

    fn user(&self, dice: &mut Dice) -> Option<&User> {
        let at = dice.roll(self.world.users.len() as u64) as usize;
        self.world.users.get(at)
    }
}

/// An amount of money, ugly ones included: many decimals, many digits, negative, nothing.
fn amount(dice: &mut Dice) -> Value {
    let (whole, cents) = (dice.roll(90_000), dice.roll(100));
    let text = match dice.roll(12) {
        0 => format!("{whole}.{:05}", dice.roll(100_000)),
        1 => format!("{}.{cents:02}", 9_000_000_000_000_000 + whole),
        2 => format!("-{whole}.{cents:02}"),
        3 => "0".to_owned(),
        4 => format!("{whole}.333333333333333333"),
        5 => format!("{whole}"),
        _ => format!("{whole}.{cents:02}"),
    };
    decimal(&text)
}

/// A number with exactly these digits.
fn decimal(text: &str) -> Value {
    text.parse().map_or(Value::Null, Value::Number)
}

/// Whole days since 1970.
fn day_of(at: Timestamp) -> i64 {
    at.as_second().div_euclid(86_400)
}

/// A moment some days later, or earlier.
fn days_after(at: Timestamp, days: i64) -> Timestamp {
    let second = at.as_second().saturating_add(days.saturating_mul(86_400));
    Timestamp::from_second(second).unwrap_or(at)
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
