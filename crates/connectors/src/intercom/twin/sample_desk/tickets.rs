//! Types of tickets, tickets about conversations, and conversations that became tickets.

use serde_json::{Map, Value, json};

use super::{
    super::{
        part::{Part, Standing},
        people, prose,
        state::State,
        talk::{Source, Talk, TicketFacts},
        ticket_types::{self, TYPES, list_options, state_of},
    },
    World, admin, words,
};

/// A type of the sample: its name, its category, and its attributes with their kinds.
type SampleType = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

const SAMPLE_TYPES: &[SampleType] = &[
    (
        "Bug report",
        "Customer",
        &[
            ("Severity", "list"),
            ("Seats affected", "integer"),
            ("Since", "datetime"),
        ],
    ),
    (
        "Data request",
        "Back-office",
        &[
            ("Reference", "string"),
            ("Cost", "decimal"),
            ("Approved", "boolean"),
        ],
    ),
    ("Outage", "Tracker", &[("Region", "list"), ("Evidence", "files")]),
];

/// The types; their ids.
pub(super) fn types(state: &mut State, world: &World) -> Vec<u64> {
    let made = |state: &mut State, (name, category, attributes): &SampleType| {
        let second = world.now - 700 * 86_400;
        let mut record = ticket_types::new_type(state, name, category, second);
        let id = record
            .get("id")
            .and_then(Value::as_str)
            .and_then(|id| id.parse().ok())
            .unwrap_or(0);
        for (name, data_type) in *attributes {
            let texts = [("name", *name), ("description", *name), ("data_type", *data_type)];
            let mut attribute = ticket_types::new_attribute(state, id, &texts, second);
            if *data_type == "list" {
                attribute.insert("input_options".to_owned(), list_options("low, medium, high"));
            }
            if let Some(Value::Array(all)) = record.get_mut("attributes") {
                all.push(Value::Object(attribute));
            }
        }
        state.put(TYPES, record);
        id
    };
    SAMPLE_TYPES.iter().map(|kind| made(state, kind)).collect()
}

fn facts(state: &mut State, kind: u64, place: usize, title: &str) -> TicketFacts {
    let states = [8_001, 8_002, 8_003, 8_004, 8_005];
    let mut attributes = Map::new();
    let mut put = |name: &str, value: Value| attributes.insert(name.to_owned(), value);
    put("_default_title_", json!(title));
    put(
        "_default_description_",
        json!("It happens every morning.\nSince the update."),
    );
    match place % 3 {
        0 => {
            put("Severity", json!(["low", "medium", "high"].get(place % 9 / 3)));
            put("Seats affected", json!(place % 90));
        }
        1 => {
            put("Cost", json!(12.5));
            put("Approved", json!(place.is_multiple_of(2)));
        }
        _ => {
            put("Region", json!("high"));
        }
    }
    TicketFacts {
        number: state.next("ticket", 0),
        kind,
        state: states.get(place % 5).copied().unwrap_or(8_001),
        state_before: None,
        attributes,
        is_shared: place.is_multiple_of(2),
        converted: false,
    }
}

/// Makes a conversation a ticket.
pub(super) fn convert(state: &mut State, world: &World, types: &[u64], talk: u64, place: usize) {
    let mut facts = facts(state, types.first().copied().unwrap_or(0), 0, "Cannot export");
    facts.converted = true;
    let part = state_part(state, world, &facts, place);
    state.change_talk(talk, |talk| {
        let at = part.created.max(talk.updated).min(world.now);
        talk.ticket = Some(Box::new(facts));
        talk.add(part, at);
    });
}

fn state_part(state: &mut State, world: &World, facts: &TicketFacts, place: usize) -> Part {
    let at = world.now - 3_600 * (place as i64 % 300);
    let category = state_of(facts.state).map_or("submitted", |state| state.category);
    let mut part = Part::new("ticket_state_updated_by_admin", people::bot(state), at);
    part.id = state.next("part", 100);
    part.extra().ticket_state = Some(("submitted".into(), category.into()));
    part
}

/// A ticket about a conversation, linked both ways.
pub(super) fn about(state: &mut State, world: &World, types: &[u64], talk: u64, place: usize) {
    let mut chance = world.chance(2, place);
    let Some(other) = state.talk(talk) else { return };
    let (contacts, author, began) = (other.contacts.clone(), other.source.author.clone(), other.created);
    let kind = types.get(place % types.len().max(1)).copied().unwrap_or(0);
    let title = format!(
        "{}: {}",
        ["Export", "Login", "Invoice"].get(place % 3).unwrap_or(&"Other"),
        place
    );
    let facts = facts(state, kind, place % 3, &title);
    let source = Source {
        kind: "conversation".into(),
        id: state.next("message", 403_918_000),
        delivered_as: "customer_initiated".into(),
        subject: "".into(),
        body: Some(prose::paragraphs("It happens every morning.", "").into()),
        author,
        attachments: Vec::new(),
        url: None,
        redacted: false,
        email: Value::Null,
    };
    let at = (began + 3_600).min(world.now);
    let id = state.next("talk", 400);
    let mut ticket = Talk::new(id, source, contacts, at);
    ticket.title = Some(title.into());
    ticket.admin = chance.pick(&world.admins);
    ticket.linked = vec![talk];
    if state_of(facts.state).is_some_and(|state| state.category == "resolved") {
        ticket.stand(Standing::Closed, None);
    }
    let part = state_part(state, world, &facts, place);
    ticket.ticket = Some(Box::new(facts));
    ticket.add(part, at);
    for kind in ["note", "comment"] {
        let by = admin(state, chance.pick(&world.admins));
        let mut part = Part::new(kind, by, at).body(Some(chance.pick(words::ANSWERS).to_owned()));
        part.id = state.next("part", 100);
        ticket.add(part, at);
    }
    state.put_talk(ticket);
    state.change_talk(talk, |talk| talk.linked.push(id));
}
