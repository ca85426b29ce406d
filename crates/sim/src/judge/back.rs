//! What the way back must have done, and must not.

use std::collections::BTreeSet;

use model::Pairing;
use serde_json::Value;

use super::{Rules, Sides, texts::alike};
use crate::{
    counts::{Befell, Counts},
    people::{People, Undone, Wrote, key_of_left, key_of_theirs, text_of},
    world::Twins,
};

/// Where a text that either side may write stands: the left object, the left field, the right object, the path there.
#[derive(Clone, Copy, Debug)]
pub struct Text(
    pub &'static str,
    pub &'static str,
    pub &'static str,
    pub &'static str,
);

impl Text {
    /// The right field, by its name in the recipe.
    pub fn field(&self) -> &'static str {
        self.3.rsplit('/').next().unwrap_or_default()
    }
}

/// Which text each field of the diary stands in.
pub const TEXTS: [Text; 6] = [
    Text("company", "name", "account", "/display_name"),
    Text("company", "city", "account", "/custom_fields/tnt__ph_city"),
    Text(
        "enduser",
        "position",
        "contact",
        "/custom_fields/tnt__ph_position",
    ),
    Text("conversation", "subject", "ticket", "/title"),
    Text(
        "license",
        "product",
        "custom:license",
        "/custom_fields/tnt__ph_product",
    ),
    Text("conversation", "subject", "custom:planhat_meeting", "/title"),
];

/// Judges what people wrote and made against what became of it.
pub fn back(rules: &Rules<'_>, people: &People) -> Vec<String> {
    let mut findings = Vec::new();
    if rules.both_ways {
        findings.extend(
            people
                .wrote
                .iter()
                // Nobody knows what such a pair agreed on, so that both sides count as changed.
                .filter(|((key, _), _)| !people.interrupted.contains(key))
                .filter(|((key, field), _)| !people.undone.contains_key(&(key.clone(), *field)))
                .filter_map(|((key, field), wrote)| edit(rules, key, field, wrote)),
        );
    }
    let undone = people.undone.iter();
    findings.extend(undone.filter_map(|((key, field), undone)| taken_back(rules, key, field, undone)));
    findings.extend(
        people
            .theirs
            .born
            .iter()
            .filter_map(|(id, kind)| birth(rules, people, id, kind)),
    );
    findings.extend(nobodys(rules, people));
    findings.extend(moved(rules, people));
    findings
}

/// Nobody moves left records to another company but people on the left, while that company is there: people on the right may
/// find another one for what belonged to one that is gone.
fn moved(rules: &Rules<'_>, people: &People) -> Vec<String> {
    let mut findings = Vec::new();
    for (id, company) in &people.companies {
        let left = rules.sides.left_by_id(id);
        let is = left.and_then(|(_, left)| text_of(left, "/companyId"));
        let is_there = rules.sides.left_by_id(company).is_some();
        if let (Some((object, _)), Some(is)) = (left, is.filter(|is| is != company && is_there)) {
            findings.push(format!(
                "{object} {id} was put into the company {company}, and is in {is}"
            ));
        }
    }
    findings
}

/// Counts what went back, so that one sees that something did.
pub fn count(sides: &Sides, people: &People, counts: &Counts) {
    for (object, records) in &sides.left {
        let keys = records.values().filter_map(|record| key_of_left(object, record));
        keys.filter(|key| key.starts_with("devrev:"))
            .for_each(|_| counts.count(Befell::Birth));
    }
    for ((key, field), wrote) in &people.wrote {
        let left = sides
            .left_of(key)
            .and_then(|(_, left)| text_of(left, &format!("/{field}")));
        let right = wrote.right.as_ref();
        if right.is_some_and(|word| left.is_some_and(|left| left.trim() == word.trim())) {
            counts.count(Befell::WentBack);
        }
    }
}

/// No edit is lost: both sides have what was written last on one of them, and if only one side wrote, what it wrote.
fn edit(rules: &Rules<'_>, key: &str, field: &str, wrote: &Wrote) -> Option<String> {
    let (object, left) = rules.sides.left_of(key)?;
    let pairing = rules.pairing_of(object, left)?;
    // Who joined somebody else's contact stands there in another place.
    if !rules.sides.joined_by(left).is_empty() {
        return None;
    }
    let (kind, right, text) = counterpart(rules, (object, left), field)?;
    let here = left.get(field).unwrap_or(&Value::Null);
    let there = right.pointer(text.3).unwrap_or(&Value::Null);
    let written: Vec<&String> = match rules.goes_back(pairing) {
        true => wrote.left.iter().chain(&wrote.right).collect(),
        false => wrote.left.iter().collect(),
    };
    let is_one = |value: &Value| {
        written.is_empty() || written.iter().any(|word| alike(&(*word).as_str().into(), value))
    };
    let id = text_of(left, "/_id")?;
    let is_excused = rules.is_excused(object, id, None) || pairing.right.as_str() != kind;
    (!is_excused && (!alike(here, there) || !is_one(here))).then(|| {
        format!(
            "{object} {id}.{field} is {here} on the left and {there} on the right; written were {wrote:?}"
        )
    })
}

/// The only counterpart of a left record, with its kind, and the text there that a left field is moved to.
fn counterpart<'r>(
    rules: &Rules<'r>,
    (object, left): (&str, &Value),
    field: &str,
) -> Option<(&'r str, &'r Value, &'static Text)> {
    let found = rules.sides.counterparts(object, left);
    let [(kind, right)] = found.as_slice() else {
        return None;
    };
    let text = TEXTS
        .iter()
        .find(|text| (text.0, text.1, text.2) == (object, field, *kind))?;
    Some((*kind, *right, text))
}

/// What was taken back stays so until its own side changes it.
fn taken_back(rules: &Rules<'_>, key: &str, field: &str, undone: &Undone) -> Option<String> {
    let should = undone.0.as_deref()?;
    let (object, left) = rules.sides.left_of(key)?;
    let (_, right, text) = counterpart(rules, (object, left), field)?;
    let is = text_of(right, text.3);
    (is.map(str::trim) != Some(should.trim()))
        .then(|| format!("{key}.{field} was taken back to {should:?}, and is {is:?} on the right"))
}

/// What a text says on the right at this moment, on the record that bears this key.
pub fn right_text(twins: &Twins, key: &str, text: &Text) -> Option<String> {
    let sides = Sides::of(twins);
    let (object, left) = sides.left_of(key)?;
    let found = sides.counterparts(object, left);
    let (_, right) = found.iter().find(|(kind, _)| *kind == text.2)?;
    text_of(right, text.3).map(str::to_owned)
}

/// What was made on the right has one left record where the recipe says so, and none where it does not.
fn birth(rules: &Rules<'_>, people: &People, id: &str, kind: &str) -> Option<String> {
    let made = rules.sides.made_for(kind, id);
    let right = rules.sides.right.get(id)?;
    match made.as_slice() {
        [] => {
            let pairing = rules
                .recipe
                .pairings
                .iter()
                .find(|pairing| pairing.right.as_str() == kind)?;
            let is_due =
                rules.both_ways && is_born(rules, pairing, right) && is_about_ours(rules, kind, right);
            let key = key_of_theirs(kind, id);
            // Somebody's counterpart became a part of it, and it is his or hers from then on.
            let is_followed = rules.sides.key_of_right(id).is_some();
            let is_excused = is_followed || rules.is_excused(kind, id, None) || people.removed.contains(&key);
            (is_due && !is_excused)
                .then(|| format!("the {kind} {id} has no left record, and no problem says why"))
        }
        [_] => (!rules.goes_back_at_all())
            .then(|| format!("the {kind} {id} has a left record, and nothing goes back")),
        several => Some(format!("the {kind} {id} has {} left records", several.len())),
    }
}

/// Whether a comment is about a record that has a counterpart; other records are about nothing.
fn is_about_ours(rules: &Rules<'_>, kind: &str, right: &Value) -> bool {
    let about = text_of(right, "/object");
    let key = about.and_then(|id| rules.sides.key_of_right(id));
    let found = key.and_then(|key| rules.sides.left_of(key));
    // What became another kind has another counterpart, and what was said on the old one stays there.
    let is_counterpart = |(object, left): (&'static str, &Value)| {
        let pairing = rules.pairing_of(object, left);
        let kind = about.map(|id| rules.sides.kind_in(id));
        pairing.is_none_or(|pairing| Some(pairing.right.as_str()) == kind)
    };
    kind != "comment" || found.is_some_and(is_counterpart)
}

fn is_born(rules: &Rules<'_>, pairing: &Pairing, right: &Value) -> bool {
    // A contact shows its workspace only, not the account that it must have to be this import's.
    let born = pairing
        .back
        .as_ref()
        .filter(|_| pairing.right.as_str() != "contact");
    let born = born.and_then(|back| back.create.as_ref());
    born.is_some_and(|born| {
        let is_given = |name: &model::FieldName| !super::rules::right_value(right, name.as_str()).is_null();
        rules.goes_back(pairing) && rules.all_hold(&born.when) && born.given.iter().all(is_given)
    })
}

/// Every left record was made by people, or for a right record that people made.
fn nobodys(rules: &Rules<'_>, people: &People) -> Vec<String> {
    let theirs: BTreeSet<&str> = people.theirs.ever.iter().map(String::as_str).collect();
    let all = rules
        .sides
        .left
        .iter()
        .flat_map(|(object, records)| records.iter().map(move |(id, left)| (object, id, left)));
    let strange = all.filter(|(object, id, left)| {
        let key = key_of_left(object, left).unwrap_or_default();
        let of_theirs = theirs.iter().any(|id| {
            let is_its = key.starts_with("devrev:") && key.ends_with(&format!(":{id}"));
            is_its || key == key_of_theirs("comment", id)
        });
        !people.made.contains(*id) && !of_theirs && !made_by_planhat(people, object, left)
    });
    strange
        .map(|(object, id, _)| format!("the left {object} {id} is nobody's"))
        .collect()
}

/// Planhat itself makes an end user of somebody who reports a ticket of another company than his or her own: one with an
/// address that somebody else has, or had then.
fn made_by_planhat(people: &People, object: &str, left: &Value) -> bool {
    let address = text_of(left, "/email").map(str::to_lowercase);
    object == "enduser" && address.is_some_and(|address| people.addresses.contains(&address))
}
