//! Which conversations there are.

use serde_json::{Map, Value, json};

use super::{
    super::{
        state::State,
        talk::{Rating, Tagged},
    },
    World, kinds,
    thread::Thread,
    words,
};

/// More parts than the vendor shows.
const LONGEST: usize = 600;

/// The conversation at that place; its id.
pub(super) fn talk(state: &mut State, world: &World, place: usize) -> u64 {
    let mut thread = Thread::begin(state, world, place);
    match place {
        0 => kinds::everything(&mut thread),
        _ => kinds::one(&mut thread, place % 12),
    }
    tag(&mut thread);
    describe(&mut thread, place);
    rate(&mut thread, place);
    thread.talk.read = thread.chance.one_in(2);
    thread.done()
}

/// The one with more parts than are shown.
pub(super) fn longest(state: &mut State, world: &World) {
    let mut thread = Thread::begin(state, world, 1 << 40);
    while thread.talk.parts.len() < LONGEST {
        match thread.talk.parts.len() % 3 {
            0 => thread.answers(),
            1 => thread.asks(),
            _ => thread.notes(),
        }
    }
    thread.talk.title = Some("The thread that never ends".into());
    thread.done();
}

fn tag(thread: &mut Thread<'_>) {
    for _ in 0..thread.chance.roll(3) {
        let tag = thread.chance.pick(&thread.world.tags);
        let is_new = tag != 0 && thread.talk.tags.iter().all(|known| known.tag != tag);
        let by = thread.chance.pick(&thread.world.admins);
        if is_new {
            thread.talk.tags.push(Tagged {
                tag,
                at: thread.at,
                by,
            });
        }
    }
}

fn describe(thread: &mut Thread<'_>, place: usize) {
    let talk = &mut thread.talk;
    if place.is_multiple_of(3) {
        talk.title = Some(
            ["Export fails", "Invoice", "", "再送 & more"]
                .get(place % 4)
                .copied()
                .unwrap_or("")
                .into(),
        );
    }
    if place % 7 == 1 {
        talk.priority = ["low", "medium", "high", "urgent"]
            .get(place % 4)
            .copied()
            .unwrap_or("none")
            .into();
    }
    if place.is_multiple_of(2) {
        let mut custom = Map::new();
        custom.insert("issue_type".to_owned(), json!(thread.chance.pick(words::ISSUES)));
        custom.insert("Seats".to_owned(), json!(thread.chance.roll(500)));
        custom.insert("Is refund".to_owned(), json!(thread.chance.one_in(2)));
        custom.insert("CX Score rating".to_owned(), json!(1 + thread.chance.roll(5)));
        talk.custom = custom;
    }
    if place % 11 == 4 {
        talk.sla = json!({"type": "conversation_sla_summary", "sla_name": "First reply in 2 h", "sla_status": "missed"});
    }
    if place % 4 == 1 {
        talk.company = company(thread.state, &talk.contacts);
    }
}

/// The company of the first contact.
fn company(state: &State, contacts: &[Box<str>]) -> Option<Box<str>> {
    let contact = state.get("contacts", contacts.first()?)?;
    let first = contact.get("companies")?.as_array()?.first()?;
    let id = first.as_str().or_else(|| first.get("id")?.as_str())?;
    state.table("companies").has(id).then(|| id.into())
}

fn rate(thread: &mut Thread<'_>, place: usize) {
    let is_rated = place.is_multiple_of(6);
    let asked = place % 12 == 6;
    if !is_rated {
        return;
    }
    let contact = thread.talk.contacts.first().cloned().unwrap_or_default();
    let rating = 1 + thread.chance.roll(5);
    let remark = (rating < 3).then(|| "Took far too long".into());
    thread.talk.rating = Some(Box::new(Rating {
        rating: u8::try_from(rating).ok().filter(|_| !asked),
        remark: remark.filter(|_| !asked),
        created: thread.at,
        updated: thread.at,
        contact,
        admin: thread.talk.teammates.first().copied().unwrap_or(0),
    }));
}

/// What the machine knew.
pub(super) fn machine_facts(at: i64) -> Value {
    json!({
        "source_type": "workflow", "source_title": "Greeting", "last_answer_type": "ai_answer",
        "resolution_state": "assumed_resolution", "rating": 4, "rating_remark": "ok", "created_at": at,
        "updated_at": at,
        "content_sources": {"type": "content_source.list", "total_count": 1, "content_sources": [
            {"content_type": "article", "url": "https://intercom.help/twin-help/en/articles/31", "title": "Getting started",
             "locale": "en"},
        ]},
    })
}
