//! The fields that the customer made, and what they hold.

use model::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    World, company,
    dice::{self, Dice, Subject},
    filling,
    people::Person,
    stamp, text, words,
};

#[derive(Clone, Copy)]
pub(super) struct CustomField {
    pub(super) parent: &'static str,
    pub(super) name: &'static str,
    pub(super) kind: &'static str,
    pub(super) choices: &'static [&'static str],
    pub(super) formula: &'static str,
}

pub(super) const fn plain(parent: &'static str, name: &'static str, kind: &'static str) -> CustomField {
    CustomField {
        parent,
        name,
        kind,
        choices: &[],
        formula: "",
    }
}

const fn choice(name: &'static str, kind: &'static str, choices: &'static [&'static str]) -> CustomField {
    CustomField {
        parent: "Company",
        name,
        kind,
        choices,
        formula: "",
    }
}

const fn formula(name: &'static str, formula: &'static str) -> CustomField {
    CustomField {
        parent: "Company",
        name,
        kind: "number",
        choices: &[],
        formula,
    }
}

const REGIONS: &[&str] = &["EMEA", "APAC", "Américas", "日本"];
const ADD_ONS: &[&str] = &["SSO, SAML", "Audit log", "24/7 support", "Über-Paket"];

/// Names as people give them: spaces, dots, `#`, other scripts, and one name in two models.
const FIELDS: &[CustomField] = &[
    formula("Days in Phase", "<<phaseSince>>"),
    formula("Health ratio (calc.)", "<<h>> / <<custom.# Overdue Invoices>>"),
    plain("Company", "# Overdue Invoices", "number"),
    plain("Company", "ARR (fwd.)", "number"),
    plain("company", "v2.0 rollout", "checkbox"),
    choice("Region", "list", REGIONS),
    choice("Verträge & Add-ons", "multipicklist", ADD_ONS),
    plain("Company", "担当メモ", "rich text"),
    plain("Company", "Technical owner", "team member"),
    plain("Company", "Success team", "team members"),
    plain("Company", "Go-live day", "day"),
    plain("Company", "Next exec review", "date"),
    plain("Company", "Executive sponsor", "enduser"),
    plain("Company", "CSAT", "rating"),
    plain("EndUser", "Region", "text"),
    plain("EndUser", "Mobile (private)", "phone"),
    plain("EndUser", "Work e-mail, old", "email"),
    plain("Enduser", "LinkedIn", "url"),
    plain("Conversation", "Root cause", "text"),
    plain("Conversation", "Billable?", "checkbox"),
    plain("conversation", "Follow-up by", "day"),
    plain("Conversation", "Deciders", "endusers"),
];

/// The definitions.
pub(super) fn definitions(seed: u64, now: Timestamp) -> impl Iterator<Item = Map<String, Value>> {
    FIELDS.iter().copied().chain(filling::fields()).zip(0..).map(move |(field, place)| {
        let made = super::years_ago(now, 8);
        super::object(json!({
            "_id": dice::id(seed, Subject::CustomField, 0, place, made), "name": field.name, "type": field.kind,
            "parent": field.parent, "isFeatured": place % 4 == 0, "isHidden": place == 6, "isShared": false,
            "isLocked": !field.formula.is_empty(), "isMandatory": false, "isFormula": !field.formula.is_empty(),
            "treatUndefinedAsZero": false, "formula": field.formula, "listValues": field.choices,
            "filter": if place == 1 { json!([{"field": "status", "value": "customer"}]) } else { json!([]) },
            "formulaRefs": if place == 1 { json!(["h"]) } else { json!([]) },
            "numberFormat": if place == 1 { "0.0" } else { "" }, "createdAt": stamp(made), "updatedAt": stamp(made), "__v": 0,
        }))
    })
}

pub(super) fn of_company(world: &World, dice: &mut Dice, core: &company::Core, contacts: &[Person]) -> Value {
    let days = world.now.as_second() / 86_400;
    let mut values = super::object(json!({
        "Days in Phase": dice.roll(900), "# Overdue Invoices": dice.roll(6),
        "Health ratio (calc.)": if dice.one_in(4) { json!("undefined") } else { json!(dice.roll(10)) },
    }));
    let mut sometimes = |times: u64, name: &str, value: &dyn Fn(&mut Dice) -> Value| {
        if dice.one_in(times) {
            values.insert(name.to_owned(), value(dice));
        }
    };
    let user = |dice: &mut Dice| {
        let at = dice.roll(world.users.len() as u64) as usize;
        world.users.get(at).map_or(Value::Null, |user| json!(user.id))
    };
    sometimes(2, "ARR (fwd.)", &|dice| {
        number(format!("{}.{:02}", dice.roll(900_000), dice.roll(100)))
    });
    sometimes(2, "v2.0 rollout", &|dice| json!(dice.one_in(2)));
    sometimes(2, "Region", &|dice| json!(dice.pick(REGIONS)));
    sometimes(3, "Verträge & Add-ons", &|dice| {
        json!(super::tags(dice, ADD_ONS, 3))
    });
    sometimes(8, "担当メモ", &|dice| json!(text::body(dice)));
    sometimes(3, "Technical owner", &user);
    sometimes(5, "Success team", &|dice| json!([user(dice)]));
    sometimes(3, "Go-live day", &|dice| json!(days - dice.between(-60, 3_000)));
    sometimes(4, "Next exec review", &|dice| {
        json!(stamp(dice.moment(core.made, world.now)))
    });
    sometimes(4, "CSAT", &|dice| json!(dice.between(1, 5)));
    sometimes(12, "# Overdue Invoices", &|_| Value::Null);
    let sponsor = contacts.first().filter(|_| core.place.is_multiple_of(20));
    values.extend(sponsor.map(|person| ("Executive sponsor".to_owned(), json!(person.id))));
    Value::Object(values)
}

pub(super) fn of_enduser(dice: &mut Dice) -> Value {
    let mut values = Map::new();
    let mut put = |name: &str, value: String| values.insert(name.to_owned(), json!(value));
    if dice.one_in(4) {
        put("Region", dice.pick(REGIONS).to_owned());
    }
    if dice.one_in(5) {
        put(
            "Mobile (private)",
            format!("00{} {}", dice.between(1, 99), dice.roll(10_000_000)),
        );
    }
    if dice.one_in(9) {
        put(
            "Work e-mail, old",
            format!("old.{}@before.example", dice.roll(10_000)),
        );
    }
    if dice.one_in(5) {
        put(
            "LinkedIn",
            format!(
                "https://www.linkedin.example/in/{}?trk=a&b=ö",
                dice.roll(1_000_000)
            ),
        );
    }
    Value::Object(values)
}

pub(super) fn of_conversation(dice: &mut Dice, date: Timestamp, contacts: &[Person]) -> Value {
    let mut values = Map::new();
    if dice.one_in(8) {
        values.insert("Root cause".to_owned(), json!(dice.pick(words::SENTENCES)));
    }
    if dice.one_in(6) {
        values.insert("Billable?".to_owned(), json!(dice.one_in(2)));
    }
    if dice.one_in(9) {
        let day = date.as_second().div_euclid(86_400) + dice.between(1, 30);
        values.insert("Follow-up by".to_owned(), json!(day));
    }
    if dice.one_in(20) {
        let ids: Vec<&str> = contacts.iter().take(2).map(|person| person.id.as_str()).collect();
        values.insert("Deciders".to_owned(), json!(ids));
    }
    Value::Object(values)
}

fn number(text: String) -> Value {
    text.parse().map_or(Value::Null, Value::Number)
}
