//! Sample companies.

use serde_json::{Value, json};

use super::{
    Filling,
    standing::some,
    words::{FIRM_FIRST, FIRM_LAST, INDUSTRIES, NOTES, PLANS},
};
use crate::intercom::twin::{
    companies::COMPANIES,
    notes::{self, subject},
    record::record,
};

pub(super) fn fill(filling: &mut Filling<'_>, count: usize) {
    for _ in 0..count {
        one(filling);
    }
}

fn one(filling: &mut Filling<'_>) {
    let number = filling.state.next_number("sample_companies", 0);
    let place = number.parse::<u64>().unwrap_or(0);
    let (first, last) = (filling.dice.pick(FIRM_FIRST), filling.dice.pick(FIRM_LAST));
    let created = filling.past();
    let updated = filling.since(created);
    let id = filling.state.next_hex(created * 1_000);
    let tags = filling.tags.clone();
    let segments = filling.company_segments.clone();
    let tag_count = filling.dice.below(3);
    let segment_count = filling.dice.below(2);
    let company = json!({
        "id": id,
        // Some were made by hand, and are not known to the customer's own systems.
        "company_id": (place % 17 != 16).then(|| format!("C-{place:05}")),
        "name": format!("{first} {last} {number}"),
        "created_at": created,
        "remote_created_at": created - 86_400,
        "updated_at": updated,
        "last_request_at": (place % 7 != 6).then_some(updated),
        "monthly_spend": filling.dice.below(20_000),
        "session_count": filling.dice.below(500),
        "size": (place % 5 != 4).then(|| filling.dice.below(5_000) + 1),
        "website": format!("https://{}", domain(place)),
        "industry": filling.dice.pick(INDUSTRIES),
        "plan": filling.dice.pick(PLANS),
        "custom_attributes": custom(filling, place),
        "tags": some(filling, &tags, tag_count),
        "segments": some(filling, &segments, segment_count),
    });
    filling.put(COMPANIES, record(company));
    if place.is_multiple_of(6) {
        note(filling, &subject("company", &id), created);
    }
    filling.companies.push(id);
}

/// The mail domain of a company's people.
pub(super) fn domain(place: u64) -> String {
    format!("firm{place}.example")
}

fn custom(filling: &mut Filling<'_>, place: u64) -> Value {
    let mut custom = record(json!({
        "crm_id": format!("001{place:012}"),
        "health": filling.dice.below(100),
        "is_reference": filling.dice.one_in(4),
    }));
    if !filling.dice.one_in(3) {
        let cents = filling.dice.below(9_000_000);
        #[allow(clippy::cast_precision_loss)]
        custom.insert("contract_value".to_owned(), json!(cents as f64 / 100.0));
        let renewal = filling.now + 86_400 * filling.dice.between(-30, 365);
        custom.insert("renewal_at".to_owned(), renewal.into());
    }
    custom.into()
}

/// A note about something that was made at a time.
pub(super) fn note(filling: &mut Filling<'_>, about: &str, time: i64) {
    let admins = filling.admins.clone();
    let note = json!({
        "id": filling.state.next_number(notes::NOTES, 20),
        "about": about,
        "created_at": filling.since(time),
        "author": filling.dice.pick_text(&admins),
        "body": filling.dice.pick(NOTES),
    });
    filling.put(notes::NOTES, record(note));
}
