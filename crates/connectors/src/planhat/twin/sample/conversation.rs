//! What was said and written: notes, e-mails, calls, chats, the customer's own types, and tickets.

use model::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    World, company, custom,
    dice::{self, Dice, Subject},
    people::Person,
    stamp, text, words,
};

const KINDS: &[&str] = &[
    "note", "note", "note", "note", "email", "email", "email", "email", "call", "call", "chat", "custom",
];
const TICKET_STATES: &[&str] = &["new", "pending", "open", "resolved", "closed", "On Hold"];

/// The types that the customer made.
pub(super) fn types(seed: u64, now: Timestamp) -> impl Iterator<Item = Map<String, Value>> {
    words::CUSTOM_TYPES.iter().zip(0..).map(move |(name, place)| {
        let made = super::years_ago(now, 8);
        super::object(json!({
            "_id": dice::id(seed, Subject::ConversationType, 0, place, made), "name": name,
            "isCustomType": true, "createdAt": stamp(made), "updatedAt": stamp(made), "__v": 0,
        }))
    })
}

/// The conversations of a company; the last one to three are tickets.
pub(super) fn of_company(
    world: &World,
    core: &company::Core,
    contacts: &[Person],
) -> Vec<Map<String, Value>> {
    let mut dice = Dice::new(world.seed, Subject::Conversation, core.place, 0xFFFF);
    let (talks, tickets) = (dice.roll(13) + 6, dice.roll(3) + 1);
    let meeting = core
        .place
        .is_multiple_of(5)
        .then(|| meeting(world, core, contacts));
    let talk = (0..talks).map(|place| talk(world, core, contacts, place));
    talk.chain((talks..talks + tickets).map(|place| ticket(world, core, contacts, place)))
        .chain(meeting)
        .collect()
}

fn talk(world: &World, core: &company::Core, contacts: &[Person], place: u64) -> Map<String, Value> {
    let mut dice = Dice::new(world.seed, Subject::Conversation, core.place, place);
    // The first company has one of each type, so that the smallest sample has them all.
    let kind = if core.place == 0 && place < 6 {
        ["note", "email", "call", "chat", "custom", "note"]
            .get(place as usize)
            .copied()
            .unwrap_or("note")
    } else {
        dice.pick(KINDS)
    };
    let is_custom = kind == "custom";
    let kind = if is_custom {
        dice.pick(words::CUSTOM_TYPES)
    } else {
        kind
    };
    let mut record = common(world, core, contacts, &mut dice, place);
    let mut put = |name: &str, value: Value| record.insert(name.to_owned(), value);
    put("type", json!(kind));
    put("isCustomType", json!(is_custom));
    if kind == "email" {
        put("source", json!("bcc"));
        put("numberOfParts", json!(dice.between(1, 9)));
        put("numberOfRelevantParts", json!(1));
    }
    let long = core.place % 200 == 7 && place == 0;
    describe(&mut record, &mut dice, long);
    record
}

/// A meeting, with people from both sides.
fn meeting(world: &World, core: &company::Core, contacts: &[Person]) -> Map<String, Value> {
    let mut dice = Dice::new(world.seed, Subject::Meeting, core.place, 0);
    let made = dice.moment(core.made, world.now);
    let mut record = common(world, core, contacts, &mut dice, 0);
    let first = dice.roll(world.users.len() as u64) as usize;
    let users: Vec<Value> = (world.users.iter().cycle().skip(first).take(2).zip(0..))
        .map(|(user, place)| json!({"id": user.id, "name": user.name, "isOwner": place == 0}))
        .collect();
    let guests = contacts.iter().take(3);
    let guests: Vec<Value> = guests
        .map(|person| json!({"id": person.id, "name": person.name}))
        .collect();
    let ids: Vec<&Value> = users.iter().filter_map(|user| user.get("id")).collect();
    let end = super::stamp(made + jiff::SignedDuration::from_mins(45));
    record.extend(super::object(json!({
        "_id": dice::id(world.seed, Subject::Meeting, core.place, 0, made), "type": "meeting", "userIds": ids,
        "users": users, "endusers": guests, "isCustomType": false, "source": "calendar", "date": stamp(made),
        "outDate": end, "days": made.as_second().div_euclid(86_400), "timeBucket": buckets(made),
        "externalId": format!("meeting/{}", core.place), "timeSpent": 45,
    })));
    describe(&mut record, &mut dice, false);
    record
}

/// What every conversation has.
fn common(
    world: &World,
    core: &company::Core,
    contacts: &[Person],
    dice: &mut Dice,
    place: u64,
) -> Map<String, Value> {
    let made = dice.moment(core.made, world.now);
    let date = match (core.place % 100, place) {
        (33, 0) => Timestamp::from_millisecond(-1).unwrap_or(made),
        (66, 0) => Timestamp::from_second(-86_400 * 400).unwrap_or(made),
        _ => made,
    };
    let users = users(world, dice);
    let user_ids: Vec<Value> = users.iter().filter_map(|user| user.get("id").cloned()).collect();
    let mut record = super::object(json!({
        "_id": dice::id(world.seed, Subject::Conversation, core.place, place, made),
        "companyId": core.id, "companyName": core.name, "date": stamp(date), "createDate": stamp(made),
        "createdAt": stamp(made), "updatedAt": stamp(dice.moment(made, world.now)), "users": users,
        "endusers": endusers(dice, contacts), "userIds": user_ids, "autoTags": [],
        "tags": super::tags(dice, words::TAGS, 2), "activityTags": super::tags(dice, words::ACTIVITY_TAGS, 2),
        "starred": dice.one_in(10), "pinned": dice.one_in(25), "isOpen": false, "archived": dice.one_in(40),
        "emailTemplateIds": [], "waitsToBeFiltered": false, "timeBucket": buckets(date), "sender": [], "history": [],
        "days": date.as_second().div_euclid(86_400), "assigneeName": "", "hasAttachments": dice.one_in(15),
        "isSeen": dice.one_in(2), "numberOfParts": 1, "numberOfRelevantParts": 1, "__v": 0,
    }));
    if let Some(subject) = text::subject(dice) {
        record.insert("subject".to_owned(), json!(subject));
    }
    if dice.one_in(3) {
        record.insert("outDate".to_owned(), json!(stamp(date)));
    }
    if dice.one_in(5) {
        record.insert("externalId".to_owned(), external_id(core.place, place));
    }
    record.insert("custom".to_owned(), custom::of_conversation(dice, date, contacts));
    record
}

fn external_id(company: u64, place: u64) -> Value {
    match place % 3 {
        0 => json!(format!("conv-{company}-{place}")),
        1 => json!(format!("{:09}", company * 100 + place)),
        _ => json!(700_000_000 + company * 100 + place),
    }
}

fn users(world: &World, dice: &mut Dice) -> Vec<Value> {
    let (first, count) = (dice.roll(world.users.len() as u64), dice.roll(7));
    let wanted = match count {
        0 => 0,
        1..=4 => 1,
        _ => 2,
    };
    let owned = !dice.one_in(20);
    (0..wanted)
        .filter_map(|place| {
            world
                .users
                .get((first + place) as usize % world.users.len())
                .zip(Some(place))
        })
        .map(|(user, place)| json!({"id": user.id, "name": user.name, "isOwner": owned && place == 0}))
        .collect()
}

fn endusers(dice: &mut Dice, contacts: &[Person]) -> Vec<Value> {
    let (first, wanted) = (dice.roll(contacts.len() as u64) as usize, dice.roll(4) as usize);
    let around = contacts
        .iter()
        .cycle()
        .skip(first)
        .take(wanted.min(contacts.len()));
    around
        .map(|person| json!({"id": person.id, "name": person.name}))
        .collect()
}

fn buckets(date: Timestamp) -> Vec<String> {
    let day = date.to_zoned(jiff::tz::TimeZone::UTC).date();
    let (quarter, week) = ((day.month() + 2) / 3, day.iso_week_date());
    vec![
        format!("{}", day.year()),
        format!("{}-Q{quarter}", day.year()),
        format!("{}-{:02}", day.year(), day.month()),
        format!("{}-W{:02}", week.year(), week.week()),
    ]
}

/// Body and snippet; some have none at all, some an empty one.
fn describe(record: &mut Map<String, Value>, dice: &mut Dice, long: bool) {
    let body = match dice.roll(40) {
        _ if long => Some(text::long_body(dice)),
        0 => None,
        1 => Some(String::new()),
        _ => Some(text::body(dice)),
    };
    let (snippet, more) = text::snippet(body.as_deref().unwrap_or_default());
    record.insert("hasMore".to_owned(), json!(more));
    if let Some(body) = body {
        record.insert("description".to_owned(), json!(body));
    }
    if !snippet.is_empty() {
        record.insert("snippet".to_owned(), json!(snippet));
    }
}

fn ticket(world: &World, core: &company::Core, contacts: &[Person], place: u64) -> Map<String, Value> {
    let mut dice = Dice::new(world.seed, Subject::Conversation, core.place, place);
    let mut record = common(world, core, contacts, &mut dice, place);
    let number = 10_000 + core.place * 10 + place;
    let state = TICKET_STATES
        .get((core.place + place) as usize % TICKET_STATES.len())
        .copied()
        .unwrap_or("new");
    let source = dice.pick(&["Zendesk", "Jira", "Freshdesk", "zendesk"]);
    let history = history(&mut dice, &record, state);
    record.extend(super::object(json!({
        "type": "ticket", "isCustomType": false, "source": source, "status": state, "history": history,
        "subType": dice.pick(&["question", "bug", "training", "incident", "ticket"]),
        "severity": dice.pick(&["low", "normal", "high", "urgent", "P1", ""]),
        "product": dice.pick(words::PRODUCTS), "isOpen": !matches!(state, "resolved" | "closed"),
        "sourceId": format!("{number}"), "url": format!("https://support.example.com/tickets/{number}?a=1&b=#c"),
        "timeSpent": dice.roll(400),
    })));
    let mut put = |name: &str, value: Value| record.insert(name.to_owned(), value);
    if dice.one_in(3) {
        let minutes = format!("{}.{}", dice.roll(90), dice.between(1, 9));
        put("timeSpent", minutes.parse().map_or(Value::Null, Value::Number));
    }
    if dice.one_in(2) {
        put(
            "externalId",
            if dice.one_in(2) {
                json!(number)
            } else {
                json!(format!("{number}"))
            },
        );
    }
    if let Some(email) = contacts.first().and_then(|person| person.email.clone()) {
        put("email", json!(email));
    }
    for (name, from) in [("updateDate", "updatedAt"), ("inDate", "createDate")] {
        if let Some(at) = record.get(from).cloned() {
            record.insert(name.to_owned(), at);
        }
    }
    describe(&mut record, &mut dice, false);
    record
}

/// The states that a ticket went through, with the times.
fn history(dice: &mut Dice, record: &Map<String, Value>, state: &str) -> Vec<Value> {
    let made = record.get("createDate").cloned().unwrap_or_default();
    let changed = record.get("updatedAt").cloned().unwrap_or_default();
    match dice.roll(4) {
        0 => Vec::new(),
        1 => vec![json!({"status": state, "time": changed})],
        _ => vec![
            json!({"status": "new", "time": made}),
            json!({"status": state, "time": changed}),
        ],
    }
}
