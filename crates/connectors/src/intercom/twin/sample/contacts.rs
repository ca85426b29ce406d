//! Sample contacts: several to a company, some of several companies, some archived, some merged.

use serde_json::{Value, json};

use super::{
    Filling,
    companies::{domain, note},
    standing::{ascii, some},
    words::{FIRST, LAST, PLACES},
};
use crate::intercom::twin::{
    contacts::{CONTACTS, MERGED},
    notes::subject,
    record::record,
};

/// So many companies have nobody: one in so many.
const EMPTY: u64 = 13;

pub(super) fn fill(filling: &mut Filling<'_>) {
    let companies = filling.companies.clone();
    for (at, company) in companies.iter().enumerate() {
        let place = at as u64;
        if place % EMPTY == EMPTY - 1 {
            continue;
        }
        let count = 3 + filling.dice.below(5);
        for nth in 0..count {
            let mut of = vec![company.clone()];
            if let (true, Some(other)) = (filling.dice.one_in(11), at.checked_sub(1)) {
                of.extend(companies.get(other).cloned());
            }
            if (at, nth) == (0, 0) {
                // One of a group of firms: more companies than a contact shows of itself.
                of = companies.iter().take(14).cloned().collect();
            }
            one(filling, place, of);
        }
    }
}

fn one(filling: &mut Filling<'_>, place: u64, companies: Vec<String>) {
    let number = filling.state.next_number("sample_contacts", 0);
    let (first, last) = (filling.dice.pick(FIRST), filling.dice.pick(LAST));
    let created = filling.past();
    let updated = filling.since(created);
    let seen = filling.since(created);
    let id = filling.state.next_hex(created * 1_000);
    let is_lead = filling.dice.one_in(7);
    let is_wide = companies.len() > 10;
    let tags = match is_wide {
        true => filling.tags.clone(),
        false => {
            let (all, count) = (filling.tags.clone(), filling.dice.below(3));
            some(filling, &all, count)
        }
    };
    let (segments, count) = (filling.contact_segments.clone(), filling.dice.below(3));
    let admins = filling.admins.clone();
    let mail = format!("{}.{}.{number}@{}", ascii(first), ascii(last), domain(place + 1));
    let contact = json!({
        "id": id,
        "role": if is_lead { "lead" } else { "user" },
        "external_id": (!is_lead).then(|| format!("U-{number}")),
        "email": (!filling.dice.one_in(25)).then_some(mail.clone()),
        "name": (!filling.dice.one_in(30)).then(|| format!("{first} {last}")),
        "phone": filling.dice.one_in(3).then(|| format!("+4930{:07}", filling.dice.below(10_000_000))),
        "owner_id": filling.dice.one_in(4).then(|| filling.dice.pick_text(&admins)),
        "created_at": created,
        "updated_at": updated.max(seen),
        "signed_up_at": (!is_lead).then_some(created),
        "last_seen_at": seen,
        "browser": "firefox",
        "os": "Linux",
        "location": location(filling),
        "unsubscribed_from_emails": filling.dice.one_in(12),
        "custom_attributes": custom(filling, &number),
        "companies": companies,
        "tags": tags,
        "segments": some(filling, &segments, count),
        "archived": !is_wide && filling.dice.one_in(40),
    });
    filling.put(CONTACTS, record(contact));
    let notes = if is_wide {
        12
    } else {
        u64::from(filling.dice.one_in(5))
    };
    for _ in 0..notes {
        note(filling, &subject("contact", &id), created);
    }
    if !is_lead && filling.dice.one_in(30) {
        merged(filling, &id, created);
    }
}

fn location(filling: &mut Filling<'_>) -> Value {
    let at = usize::try_from(filling.dice.below(PLACES.len() as u64)).unwrap_or(0);
    let Some((country, code, continent, region, city)) = PLACES.get(at) else {
        return Value::Null;
    };
    json!({
        "country": country, "country_code": code, "continent_code": continent, "region": region, "city": city,
    })
}

fn custom(filling: &mut Filling<'_>, number: &str) -> Value {
    let custom = json!({
        "crm_id": format!("003{number:0>12}"),
        "department": filling.dice.pick(&["IT", "Finance", "Operations"]),
        "newsletter": filling.dice.one_in(2),
    });
    record(custom).into()
}

/// A lead that was found to be this user.
fn merged(filling: &mut Filling<'_>, into: &str, created: i64) {
    let lead = filling.state.next_hex(created * 1_000);
    let merged = json!({"id": lead, "into": into, "role": "lead", "merged_at": filling.since(created)});
    filling.put(MERGED, record(merged));
}
