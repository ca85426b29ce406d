//! Compares both sides by the recipe alone. It shares nothing with the engine but the recipe's words.

mod back;
mod desk;
mod gone;
mod parted;
mod rules;
mod sides;
mod texts;

use std::collections::BTreeSet;

use model::{Pairing, Problem, ProblemKind, Report};
use serde_json::Value;

use crate::{
    people::{Theirs, key_of, key_of_right, records, text_of},
    world::{Stumble, World},
};
pub use back::{TEXTS, Text, right_text};
use rules::Rules;
pub use sides::Sides;

/// What the program says of itself when both sides are at rest.
pub struct Word<'a> {
    /// The last run's report.
    pub report: &'a Report,
    /// The open problems.
    pub problems: &'a [Problem],
}

/// What must not be, one sentence each.
pub fn judge(world: &World<'_>, word: &Word<'_>) -> Result<Vec<String>, Stumble> {
    if world.twins.vendor == "intercom" {
        return desk::judge(world, word);
    }
    let mut sides = Sides::of(&world.twins);
    let recipe = &world.import.recipe;
    let (theirs, undone) = world.with_people(|people| (people.theirs.clone(), people.undone.clone()));
    let answered = world.with_people(|people| people.answered.clone());
    let (interrupted, parts) = world.with_people(|people| (people.interrupted.clone(), people.parts));
    sides.follow(&world.twins, &theirs.partings);
    let defined = records(&world.twins.left, "customfield");
    let defined: BTreeSet<String> = defined
        .iter()
        .filter_map(|one| Some(format!("{}.{}", text_of(one, "/parent")?, text_of(one, "/name")?)))
        .collect();
    let rules = Rules {
        recipe,
        options: &world.import.options,
        sides: &sides,
        problems: word.problems,
        both_ways: world.goes_back,
        theirs: &theirs,
        interrupted: &interrupted,
        not_moved: &world.not_moved,
        undone: &undone,
        defined: &defined,
    };
    let mut findings = Vec::new();
    let mut missing = 0;
    for (object, records) in &sides.left {
        for left in records.values() {
            if !is_orphan(&sides, left) && (parts || !is_deleted(&sides, &theirs, object, left)) {
                missing += usize::from(one(&rules, object, left, &mut findings));
            }
        }
    }
    findings.extend(world.with_people(|people| back::back(&rules, people)));
    world.with_people(|people| back::count(&sides, people, &world.counts));
    parted::count(&rules, &world.counts);
    findings.extend(strays(&sides, &theirs));
    findings.extend(untouched(&rules, &theirs, &answered));
    findings.extend(world.with_people(|people| gone::gone(&rules, people)));
    findings.extend(hidden(&sides));
    let gone = sides.gone_and_joined();
    findings.extend(gone.map(|id| format!("enduser {id} is gone, and what it added to a contact is there")));
    findings.extend(certificate(word, missing));
    Ok(findings)
}

/// Whether somebody deleted the counterpart, or that of the record that it hangs on. It is noticed when the left record
/// changes, or by a rescan.
fn is_deleted(sides: &Sides, theirs: &Theirs, object: &str, left: &Value) -> bool {
    let parent = text_of(left, "/commentableId").and_then(|parent| sides.key_of_left(parent));
    let keys = sides.key(object, left).into_iter().chain(parent);
    keys.into_iter().any(|key| theirs.deleted.contains(&key))
}

/// What a comment was about may be gone on both sides, and Planhat keeps the comment.
fn is_orphan(sides: &Sides, left: &Value) -> bool {
    let about = text_of(left, "/commentableId");
    about.is_some_and(|parent| sides.key_of_left(parent).is_none())
}

/// Judges one left record; whether it has no counterpart.
fn one(rules: &Rules<'_>, object: &str, left: &Value, findings: &mut Vec<String>) -> bool {
    let Some(id) = text_of(left, "/_id") else {
        return false;
    };
    let Some(pairing) = rules.pairing_of(object, left) else {
        return false;
    };
    let mut found = rules.sides.counterparts(object, left);
    let anew = rules.sides.made_anew(object, left);
    let is_new = |right: &Value| found.iter().all(|(_, other)| *other != right);
    let anew: Vec<_> = anew.into_iter().filter(|(_, right)| is_new(right)).collect();
    found.extend(anew);
    if found.len() > 1 {
        found.retain(|(kind, right)| *kind == pairing.right.as_str() || !may_stay(rules, right));
    }
    match found.as_slice() {
        [] => parted::without(rules, object, left, findings),
        [(_, right)] if !rules.sides.joined_by(left).is_empty() => {
            findings.extend(joined(rules, id, left, right));
            false
        }
        [(kind, right)] => {
            findings.extend(wrong_kind(rules, pairing, id, kind));
            findings.extend(parted::again(rules, object, left, kind));
            findings.extend(rules.compare(pairing, left, right));
            findings.extend(unseen(rules, (pairing, id), left, right));
            false
        }
        several => {
            let ids: Vec<&str> = several
                .iter()
                .filter_map(|(_, right)| text_of(right, "/id"))
                .collect();
            findings.push(format!("{object} {id} has several counterparts: {ids:?}"));
            false
        }
    }
}

/// Whether a counterpart stays when its left record became another kind: people made it or wrote into it, or said something
/// there.
fn may_stay(rules: &Rules<'_>, right: &Value) -> bool {
    let id = text_of(right, "/id").unwrap_or_default();
    let within = format!("{id}:comment/");
    let is_said = |other: &str| other.starts_with(&within);
    let is_theirs = key_of(right).is_none();
    is_theirs
        || rules.theirs.touched.contains(id)
        || rules
            .sides
            .keyless
            .iter()
            .any(|(other, _)| is_said(other.as_str()))
}

/// Somebody who joined the contact of somebody alike: it says what he or she is, belongs to the company's account, and is
/// the only one.
fn joined(rules: &Rules<'_>, id: &str, left: &Value, right: &Value) -> Vec<String> {
    let mut findings = Vec::new();
    let contacts = rules.sides.joined_by(left);
    if contacts.len() > 1 || rules.sides.has_own("enduser", left) {
        findings.push(format!("enduser {id} has several contacts"));
    }
    let excused = rules.is_excused("enduser", id, None);
    for (_, said) in contacts.iter().filter(|_| !excused) {
        for name in ["firstName", "email", "externalId", "position", "phone"] {
            let (is, should) = (&said[name], &left[name]);
            if !texts::alike(should, is) {
                findings.push(format!(
                    "enduser {id}.{name}: its contact says {is}, and it is {should}"
                ));
            }
        }
        let company = text_of(left, "/companyId").unwrap_or_default();
        let contact = text_of(right, "/id").unwrap_or_default();
        let account = rules.sides.key_of_left(company);
        let account = account.and_then(|account| rules.place_of(&account));
        if account.is_some_and(|account| !rules.sides.is_at_home(contact, &account)) {
            findings.push(format!(
                "enduser {id} is in the company {company}, and its contact is not"
            ));
        }
    }
    findings
}

/// A text that shows pictures shows them on the right from there, unless a problem says which it misses.
fn unseen(rules: &Rules<'_>, (pairing, id): (&Pairing, &str), left: &Value, right: &Value) -> Option<String> {
    let shows = |name: &&str| text_of(left, &format!("/{name}")).is_some_and(|text| text.contains("<img "));
    let is_shown = right.to_string().contains("artifact/");
    let name = ["description", "text"].into_iter().find(|name| shows(name))?;
    let wanted = rules.brings_pictures() && !is_shown;
    (wanted && !rules.is_excused(pairing.left.as_str(), id, None)).then(|| {
        format!(
            "{} {id} shows a picture in `{name}`, and its counterpart shows none of its own",
            pairing.id
        )
    })
}

fn wrong_kind(rules: &Rules<'_>, pairing: &Pairing, id: &str, kind: &str) -> Option<String> {
    let changed =
        |problem: &Problem| problem.kind == ProblemKind::KindChanged && problem.record.as_str() == id;
    let is_excused = rules.problems.iter().any(changed);
    (kind != pairing.right.as_str() && !is_excused)
        .then(|| format!("{} {id} belongs to {}, and is a {kind}", pairing.left, pairing.id))
}

/// Right records that nobody made: neither people there, nor we for a left record.
fn strays(sides: &Sides, theirs: &Theirs) -> Vec<String> {
    let nobodys = sides.keyless.iter().filter(|(id, kind)| {
        !theirs.born.contains_key(id.as_str()) && !matches!(kind.as_str(), "dev_user" | "group")
    });
    nobodys
        .map(|(id, kind)| format!("the {kind} {id} is nobody's"))
        .collect()
}

/// What people made and wrote on the right is as they left it, unless what it belongs to went with its left record.
fn untouched(rules: &Rules<'_>, theirs: &Theirs, answered: &BTreeSet<String>) -> Vec<String> {
    let sides = rules.sides;
    let is_chosen = rules.deletes_any();
    let went = |id: &str| is_chosen && !sides.right.contains_key(id) && !theirs.born.contains_key(id);
    let went_along = |id: &str| id.split_once(":comment/").is_some_and(|(about, _)| went(about));
    // What the left side answered stands there in place of it, and what was made for a left comment goes where that goes.
    let is_answered = |id: &str| {
        if sides.kind_in(id) == "comment" && !theirs.born.contains_key(id) && !sides.right.contains_key(id) {
            return true;
        }
        let key = sides
            .right
            .get(id)
            .and_then(|right| key_of_right(sides.kind_in(id), right));
        // Of what a killed run made nobody knows what its pair would have agreed on: the left side's word counts.
        key.is_some_and(|key| answered.contains(&key) || rules.interrupted.contains(&key))
    };
    let mut findings = Vec::new();
    for (id, kind) in &theirs.born {
        if !sides.right.contains_key(id.as_str()) && !went_along(id) {
            findings.push(format!("somebody's {kind} {id} is gone"));
        }
    }
    for ((id, path), wrote) in theirs
        .fields
        .iter()
        .filter(|((id, _), _)| !went(id) && !went_along(id) && !is_answered(id))
    {
        let found = sides
            .right
            .get(id.as_str())
            .and_then(|record| text_of(record, path));
        if found != Some(wrote) {
            findings.push(format!(
                "somebody wrote {wrote:?} at {path} of {id}, and it is {found:?}"
            ));
        }
    }
    findings
}

/// No comment can be read by more people than the left side lets read it.
fn hidden(sides: &Sides) -> Vec<String> {
    let comments = sides
        .right
        .values()
        .filter(|record| text_of(record, "/type") == Some("timeline_comment"));
    let open = comments.filter(|comment| text_of(comment, "/visibility") != Some("internal"));
    open.map(|comment| format!("a comment is no longer internal: {comment}"))
        .collect()
}

/// The certificate says the truth.
fn certificate(word: &Word<'_>, missing: usize) -> Vec<String> {
    let certificate = &word.report.certificate;
    let mut findings = Vec::new();
    let blocking = word.problems.iter().filter(|problem| problem.blocks);
    let blocked: BTreeSet<&str> = blocking.map(|problem| problem.record.as_str()).collect();
    if certificate.holds && missing > 0 {
        findings.push(format!(
            "the certificate holds, and {missing} records have no counterpart"
        ));
    }
    if certificate.holds && !blocked.is_empty() {
        findings.push(format!("the certificate holds, and problems block {blocked:?}"));
    }
    if !certificate.holds && word.problems.is_empty() {
        findings.push(format!(
            "the certificate does not hold, and there is no problem: {:?}",
            certificate.gaps
        ));
    }
    findings
}
