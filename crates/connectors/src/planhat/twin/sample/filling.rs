//! Custom fields of every type, which the smaller objects have.

use serde_json::{Map, Value, json};

use super::{
    Place,
    custom::{CustomField, plain},
    day_of, decimal,
    dice::Dice,
    stamp, text, words,
};

/// One field of each type, under names that are the same wherever they are used.
const OF_EVERY_TYPE: &[(&str, &str)] = &[
    ("Seats (max.)", "number"),
    ("Contract no.", "text"),
    ("Legal notes", "rich text"),
    ("Signed?", "checkbox"),
    ("Kick-off day", "day"),
    ("Reviewed at", "date"),
    ("Tier", "list"),
    ("Modules & add-ons", "multipicklist"),
    ("Approver", "team member"),
    ("Reviewers", "team members"),
    ("Fit", "rating"),
    ("Hotline", "phone"),
    ("Billing e-mail", "email"),
    ("Signer", "enduser"),
    ("Signers", "endusers"),
    ("Contract link", "url"),
];

/// The models that have all of those, as their parents are spelled.
const WITH_EVERY_TYPE: [&str; 3] = ["License", "task", "Asset"];

/// The models that have the first two.
const WITH_TWO: [&str; 15] = [
    "Campaign",
    "Churn",
    "Deal",
    "Invoice",
    "Issue",
    "LineItem",
    "NPS",
    "Objective",
    "Opportunity",
    "Product",
    "Project",
    "Sale",
    "TimeEntry",
    "Timesheet",
    "Workspace",
];

const TIERS: &[&str] = &["Gold", "Silver", "Bronze", "Über"];
const MODULES: &[&str] = &["A, B", "C", "Ünïcode", "日本語"];

/// The definitions.
pub(super) fn fields() -> impl Iterator<Item = CustomField> {
    let every = WITH_EVERY_TYPE
        .into_iter()
        .flat_map(|parent| of(parent, OF_EVERY_TYPE));
    let two = OF_EVERY_TYPE.get(..2).unwrap_or_default();
    every.chain(WITH_TWO.into_iter().flat_map(move |parent| of(parent, two)))
}

fn of(
    parent: &'static str,
    fields: &'static [(&'static str, &'static str)],
) -> impl Iterator<Item = CustomField> {
    fields.iter().map(move |(name, kind)| CustomField {
        choices: match *kind {
            "list" => TIERS,
            "multipicklist" => MODULES,
            _ => &[],
        },
        ..plain(parent, name, kind)
    })
}

/// A value of each type, most of the time; the first companies have all.
pub(super) fn of_every_type(place: &Place<'_>, dice: &mut Dice) -> Value {
    values(place, dice, OF_EVERY_TYPE)
}

/// Values of the two fields that most models have.
pub(super) fn of_two(place: &Place<'_>, dice: &mut Dice) -> Value {
    values(place, dice, OF_EVERY_TYPE.get(..2).unwrap_or_default())
}

fn values(place: &Place<'_>, dice: &mut Dice, fields: &[(&str, &str)]) -> Value {
    let mut values = Map::new();
    for (name, kind) in fields {
        let left_out = dice.one_in(4) && place.core.place >= 5;
        let value = value(place, dice, kind);
        if !left_out {
            values.insert((*name).to_owned(), value);
        }
    }
    Value::Object(values)
}

fn value(place: &Place<'_>, dice: &mut Dice, kind: &str) -> Value {
    let world = place.world;
    let at = dice.moment(place.core.made, world.now);
    let user = place.user(dice).map(|user| user.id.as_str());
    let contacts: Vec<&str> = place
        .contacts
        .iter()
        .take(2)
        .map(|person| person.id.as_str())
        .collect();
    match kind {
        "number" => decimal(&format!("{}.{:03}", dice.roll(1_000), dice.roll(1_000))),
        "text" => match dice.roll(6) {
            0 => json!(""),
            1 => Value::Null,
            _ => json!(format!("№ {}/{}", place.core.place, dice.roll(1_000))),
        },
        "rich text" => json!(text::body(dice)),
        "checkbox" => json!(dice.one_in(2)),
        "day" => json!(day_of(at)),
        "date" => json!(stamp(at)),
        "list" => json!(dice.pick(TIERS)),
        "multipicklist" => json!(super::tags(dice, MODULES, 3)),
        "team member" => json!(user),
        "team members" => json!([user]),
        "rating" => json!(dice.between(1, 5)),
        "phone" => json!(format!("+49 (0)30 {}", dice.roll(10_000_000))),
        "email" => json!(format!("billing+{}@{}", dice.roll(100), place.core.domain)),
        "enduser" => json!(contacts.first()),
        "endusers" => json!(contacts),
        _ => json!(format!(
            "https://contracts.example/{}?a=1&b=ö#{}",
            place.core.place,
            dice.pick(words::TAGS)
        )),
    }
}
