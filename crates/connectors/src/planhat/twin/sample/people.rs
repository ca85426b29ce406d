//! The vendor's customer's own team, and the contacts of its companies.

use model::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    World, company, custom,
    dice::{self, Dice, Subject},
    rest, stamp, words,
};

/// A team member, as others refer to one.
pub(super) struct User {
    pub(super) id: String,
    pub(super) name: String,
}

/// A contact, as others refer to one.
pub(super) struct Person {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) email: Option<String>,
    first: &'static str,
    last: &'static str,
    made: Timestamp,
}

/// The most people that the script tables can tell apart within one company.
const MOST_PEOPLE: i64 = 8;

pub(super) fn user(seed: u64, now: Timestamp, place: u64) -> (User, Map<String, Value>) {
    let mut dice = Dice::new(seed, Subject::User, 0, place);
    let script = if place < 8 {
        place as usize
    } else {
        dice.roll(7) as usize
    };
    let (firsts, lasts) = words::PEOPLE.get(script).copied().unwrap_or_default();
    let ((first, latin), (last, latin_last)) = (dice.pick(firsts), dice.pick(lasts));
    let made = dice.moment(super::years_ago(now, 9), super::years_ago(now, 8));
    let id = dice::id(seed, Subject::User, 0, place, made);
    let nick = if place % 5 == 4 {
        format!("{latin}{place}")
    } else {
        first.trim().to_owned()
    };
    let mut record = super::object(json!({
        "_id": id, "email": format!("{latin}.{latin_last}{}@harborline.example", place + 1),
        "nickName": nick, "firstName": first.trim(), "lastName": last,
        "roles": roles(seed, now, place),
        "inactive": place % 6 == 5, "image": {"path": ""}, "radarOneLine": false, "taskFilter": "all",
        "companyFilter": "all", "compressedView": false, "isHidden": place % 11 == 10,
        "notificationsEnabled": true, "permissions": {}, "tzOffset": dice.between(-8, 9) * 60,
        "managers": [], "teams": teams(place), "isExposedAsSenderOption": dice.one_in(2),
        "createDate": stamp(made), "createdAt": stamp(made), "updatedAt": stamp(dice.moment(made, now)), "__v": 0,
    }));
    if place % 3 == 1 {
        record.insert("externalId".to_owned(), json!(format!("emp-{place:04}")));
    }
    if place == 1 {
        record.extend(rest::of_user(seed, now));
    }
    (User { id, name: nick }, record)
}

/// One role of three, the same for all who have it; every seventh has two.
fn roles(seed: u64, now: Timestamp, place: u64) -> Vec<String> {
    let made = super::years_ago(now, 9);
    let role = |which: u64| dice::id(seed, Subject::User, 1, which % 3, made);
    match place % 7 {
        6 => vec![role(place), role(place + 1)],
        _ => vec![role(place)],
    }
}

/// Teams by their names: none, one or two.
fn teams(place: u64) -> Vec<&'static str> {
    match place % 4 {
        0 => vec!["Nordics"],
        1 => vec!["Support — Tier 2", "Enterprise"],
        2 => vec!["Enterprise"],
        _ => Vec::new(),
    }
}

/// The contacts of a company with their records, in the order of their places.
pub(super) fn contacts(world: &World, company: &company::Core) -> Vec<(Person, Map<String, Value>)> {
    let mut all: Vec<_> = (0..count(world.seed, company.place))
        .map(|place| {
            let person = person(world, company, place);
            let record = record(world, company, &person, place);
            (person, record)
        })
        .collect();
    if company.place % 7 == 3 {
        all.push(also_elsewhere(world, company, all.len() as u64));
    }
    if company.place % 11 == 5 {
        all.push(same_again(world, company, all.len() as u64));
    }
    all
}

fn count(seed: u64, company: u64) -> u64 {
    Dice::new(seed, Subject::EndUser, company, 0xFFFF).between(2, MOST_PEOPLE) as u64
}

fn person(world: &World, company: &company::Core, place: u64) -> Person {
    let mut base = Dice::new(world.seed, Subject::EndUser, company.place, 0xFFFE);
    let (script, shift) = (script(&mut base, company), base.roll(10));
    let (firsts, lasts) = words::PEOPLE.get(script).copied().unwrap_or_default();
    let mut dice = Dice::new(world.seed, Subject::EndUser, company.place, place);
    // A shift instead of chance, so that two colleagues never share an address by accident.
    let at = (shift + place) as usize % firsts.len().max(1);
    let (first, latin) = firsts.get(at).copied().unwrap_or_default();
    let (last, latin_last) = dice.pick(lasts);
    let made = dice.moment(company.made, world.now);
    let without_email = place == 1 && matches!(company.place % 9, 4 | 7);
    Person {
        id: dice::id(world.seed, Subject::EndUser, company.place, place, made),
        name: format!("{first} {last}").trim().to_owned(),
        email: (!without_email).then(|| format!("{latin}.{latin_last}@{}", company.domain)),
        first,
        last,
        made,
    }
}

fn script(dice: &mut Dice, company: &company::Core) -> usize {
    match company.script {
        Some(script @ 0..=4) => script + 2,
        _ if dice.one_in(2) => 0,
        _ => dice.roll(words::PEOPLE.len() as u64) as usize,
    }
}

fn record(world: &World, company: &company::Core, person: &Person, place: u64) -> Map<String, Value> {
    let mut dice = Dice::new(world.seed, Subject::EndUser, company.place, place + 0x100);
    let archived = company.place % 6 == 2 && place == 1;
    let mut record = super::object(json!({
        "_id": person.id, "companyId": company.id, "companyName": company.name, "name": person.name,
        "firstName": person.first, "lastName": person.last, "otherEmails": [],
        "position": dice.pick(words::POSITIONS), "tags": super::tags(&mut dice, words::TAGS, 2),
        "featured": place == 0 && dice.one_in(3), "primary": place == 0, "archived": archived,
        "sharedNotificationsPrefs": {"enabled": [], "disabled": [], "disabledEvents": []},
        "npsUnsubscribed": dice.one_in(9), "personas": [], "beats": dice.roll(40), "beatsTotal": dice.roll(900),
        "convs14": dice.roll(4), "convsTotal": dice.roll(60), "experience": dice.roll(10),
        "relevance": dice.roll(10), "lastActivities": [], "relatedEndusers": [], "usage": {},
        "createDate": stamp(person.made), "createdAt": stamp(person.made),
        "updatedAt": stamp(dice.moment(person.made, world.now)), "__v": 0,
    }));
    let mut put = |name: &str, value: Value| record.insert(name.to_owned(), value);
    if let Some(email) = &person.email {
        put("email", json!(email));
    }
    if dice.one_in(3) {
        put(
            "phone",
            json!(format!(
                "+46 (0)70-{:03} {:02} {:02}",
                dice.roll(1000),
                dice.roll(100),
                dice.roll(100)
            )),
        );
    }
    if dice.one_in(8) {
        put(
            "otherEmails",
            json!([format!("alt{place}@{}", company.domain), "not an address"]),
        );
    }
    if person.email.is_none() || dice.one_in(3) {
        put("externalId", external_id(company.place, place));
    }
    if dice.one_in(4) {
        put(
            "sourceId",
            json!(format!(
                "003{:04}{place:02}{:04}AAB",
                company.place,
                dice.roll(10_000)
            )),
        );
    }
    if dice.one_in(2) {
        put("lastActive", json!(stamp(dice.moment(person.made, world.now))));
    }
    for name in unknown_names(company, place) {
        record.remove(*name);
    }
    record.insert("custom".to_owned(), custom::of_enduser(&mut dice));
    record
}

/// A few came in with one name only, and a few with none.
fn unknown_names(company: &company::Core, place: u64) -> &'static [&'static str] {
    match (place, company.place % 8) {
        (2, 1) => &["firstName", "lastName"],
        (3, 5) => &["name", "firstName", "lastName"],
        _ => &[],
    }
}

/// Texts, texts of digits with zeros in front, and numbers: all three are seen.
fn external_id(company: u64, place: u64) -> Value {
    match (company + place) % 3 {
        0 => json!(format!("u-{company}-{place}")),
        1 => json!(format!("{:07}", company * 10 + place)),
        _ => json!(4_000_000 + company * 10 + place),
    }
}

/// Somebody who works for the company before this one too: the same address, another record.
fn also_elsewhere(world: &World, company: &company::Core, place: u64) -> (Person, Map<String, Value>) {
    let first_job = company::core(world, company.place.saturating_sub(1));
    let known = person(world, &first_job, 0);
    let made = known.made.max(company.made);
    let person = Person {
        id: dice::id(world.seed, Subject::EndUser, company.place, place, made),
        made,
        ..known
    };
    let record = record(world, company, &person, place);
    (person, record)
}

/// The first contact once more, as a later import made it: half the time the address in another case.
fn same_again(world: &World, company: &company::Core, place: u64) -> (Person, Map<String, Value>) {
    let known = person(world, company, 0);
    let made = known.made.max(super::years_ago(world.now, 1));
    let person = Person {
        id: dice::id(world.seed, Subject::EndUser, company.place, place, made),
        name: known.name.to_uppercase(),
        email: known.email.map(|email| {
            if company.place.is_multiple_of(2) {
                email
            } else {
                email.to_uppercase()
            }
        }),
        made,
        ..known
    };
    let record = record(world, company, &person, place);
    (person, record)
}
