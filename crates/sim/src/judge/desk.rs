//! What must be of a support desk in Intercom: every conversation, ticket, contact, company, article and note once, with what
//! was said in it, shown to nobody who did not see it there.

use std::collections::{BTreeMap, BTreeSet};

use connectors::{Wire, kit::Request};
use http::{Method, header::AUTHORIZATION};
use model::{Problem, Value as Chosen};
use serde_json::{Value, json};

use super::{
    Word, certificate,
    texts::{alike, says, says_all},
};
use crate::{
    clock::at_once,
    people::{TOKEN, key_of_desk, records, text_of},
    world::{Stumble, Twins, World},
};

/// The right dumps whose records bear our keys, and what a key says of them.
const RIGHT: [&str; 6] = [
    "account",
    "rev_user",
    "ticket",
    "conversation",
    "timeline_entry",
    "directory",
];

/// Kinds of what is said that customers see.
const SEEN: [&str; 7] = [
    "comment",
    "open",
    "close",
    "quick_reply",
    "snoozed",
    "unsnoozed",
    "close_and_reopen",
];

/// Both sides, and the problems.
struct Desk<'a> {
    by_key: BTreeMap<String, Vec<Value>>,
    problems: &'a [Problem],
    findings: Vec<String>,
    missing: usize,
}

/// What must not be, one sentence each.
pub fn judge(world: &World<'_>, word: &Word<'_>) -> Result<Vec<String>, Stumble> {
    let mut desk = Desk {
        by_key: BTreeMap::new(),
        problems: word.problems,
        findings: Vec::new(),
        missing: 0,
    };
    let theirs = world.with_people(|people| people.theirs.clone());
    for dump in RIGHT {
        for record in records(&world.twins.right, dump) {
            let id = text_of(&record, "/id").unwrap_or_default();
            match key_of_desk(&record) {
                Some(key) => desk.by_key.entry(key.to_owned()).or_default().push(record),
                None if theirs.born.contains_key(id) || dump == "directory" => {}
                None => desk.findings.push(format!("the {dump} {id} is nobody's")),
            }
        }
    }
    for (id, kind) in &theirs.born {
        let is_there = records(&world.twins.right, dump_of(kind))
            .iter()
            .any(|record| text_of(record, "/id") == Some(id));
        // What was said on what went with its left record went along.
        let about = id.split_once(":comment/").map(|(about, _)| about);
        let went = about.is_some_and(|about| !desk.is_right(about));
        if !is_there && !went {
            desk.findings.push(format!("somebody's {kind} {id} is gone"));
        }
    }
    let is_on = |name: &str| world.import.options.get(name) == Some(&Chosen::Bool(true));
    let (all, tickets) = (is_on("all_conversations"), is_on("tickets"));
    desk.people(&world.twins);
    desk.help(&world.twins);
    desk.talks(&world.twins, all, tickets);
    if tickets {
        desk.tickets(&world.twins);
    }
    for (key, found) in &desk.by_key {
        if found.len() > 1 {
            desk.findings
                .push(format!("{key} is there {} times", found.len()));
        }
    }
    let (mut findings, missing) = (desk.findings, desk.missing);
    findings.extend(certificate(word, missing));
    Ok(findings)
}

impl Desk<'_> {
    fn is_right(&self, id: &str) -> bool {
        let mut all = self.by_key.values().flatten();
        all.any(|record| text_of(record, "/id") == Some(id))
    }

    fn is_excused(&self, object: &str, id: &str) -> bool {
        let mut all = self.problems.iter();
        all.any(|problem| problem.object.as_str() == object && problem.record.as_str() == id)
    }

    /// The right record of a left one; that it is lacking is a finding, unless a problem says why.
    fn right(&mut self, object: &str, id: &str) -> Option<Value> {
        let found = self.by_key.get(&format!("intercom:{object}:{id}"));
        let found = found.and_then(|found| found.first()).cloned();
        if found.is_none() && !self.is_excused(object, id) {
            self.findings.push(format!(
                "{object} {id} has no counterpart, and no problem says why"
            ));
        }
        self.missing += usize::from(found.is_none());
        found
    }

    fn must(&mut self, holds: bool, (object, id): (&str, &str), what: impl FnOnce() -> String) {
        if !holds && !self.is_excused(object, id) {
            self.findings.push(format!("{object} {id}: {}", what()));
        }
    }

    fn people(&mut self, twins: &Twins) {
        for company in records(&twins.left, "company") {
            let id = text_of(&company, "/id").unwrap_or_default();
            let Some(right) = self.right("company", id) else {
                continue;
            };
            let name = ["/name", "/company_id"]
                .iter()
                .find_map(|at| text_of(&company, at));
            let shown = text_of(&right, "/display_name").unwrap_or_default();
            let holds = name.is_none_or(|name| alike(&name.into(), &shown.into()));
            self.must(holds, ("company", id), || {
                format!("is called {shown}, and not {name:?}")
            });
        }
        let mut listed = BTreeSet::new();
        for contact in records(&twins.left, "contact") {
            let id = text_of(&contact, "/id").unwrap_or_default();
            // Intercom hides those that are archived.
            if !is_listed(twins, id) {
                continue;
            }
            listed.insert(id.to_owned());
            let Some(right) = self.right("contact", id) else {
                continue;
            };
            let (email, shown) = (at(&contact, "email"), at(&right, "email"));
            self.must(alike(email, shown), ("contact", id), || {
                format!("has the address {shown}, and not {email}")
            });
            let (name, shown) = (at(&contact, "name"), at(&right, "display_name"));
            self.must(name.is_null() || alike(name, shown), ("contact", id), || {
                format!("is called {shown}, and not {name}")
            });
        }
        for note in records(&twins.left, "note") {
            // Notes are listed by whom they are about, and go with them.
            let about = ["/contact/id", "/contact_id"]
                .iter()
                .find_map(|at| text_of(&note, at));
            if about.is_some_and(|about| !listed.contains(about)) {
                continue;
            }
            let id = text_of(&note, "/id").unwrap_or_default().to_owned();
            let Some(right) = self.right("note", &id) else {
                continue;
            };
            self.said(("note", &id), &note, &right, false);
        }
    }

    /// An article bears its key in the name of a file: it is told by its title, and people give no title twice.
    fn help(&mut self, twins: &Twins) {
        let title = |record: &Value| text_of(record, "/title").map(str::to_owned);
        let right: Vec<String> = records(&twins.right, "article")
            .iter()
            .filter_map(title)
            .collect();
        for article in records(&twins.left, "article") {
            let id = text_of(&article, "/id").unwrap_or_default();
            let wanted = title(&article).unwrap_or_default();
            let shown = |other: &&String| alike(&other.as_str().into(), &wanted.as_str().into());
            let found = right.iter().filter(shown).count();
            let is_peoples = wanted.ends_with(|last: char| last.is_ascii_digit());
            let is_right = found == 1 || (found > 1 && !is_peoples) || wanted.is_empty();
            self.must(is_right, ("article_text", id), || {
                format!("{found} articles are titled {wanted:?}")
            });
        }
    }

    fn talks(&mut self, twins: &Twins, all: bool, tickets: bool) {
        for talk in records(&twins.left, "conversation") {
            let is_ticket = !at(&talk, "ticket").is_null();
            let is_wanted = all || text_of(&talk, "/state") == Some("closed");
            if !is_wanted || (is_ticket && tickets) {
                continue;
            }
            let id = text_of(&talk, "/id").unwrap_or_default();
            let Some(whole) = read(twins, &format!("/conversations/{id}")) else {
                self.findings
                    .push(format!("the twin does not show the conversation {id}"));
                continue;
            };
            let Some(right) = self.right("conversation", id) else {
                continue;
            };
            let tags = names(&talk, "/tags/tags");
            let shown: BTreeSet<String> = tags_of(&right);
            self.must(tags == shown, ("conversation", id), || {
                format!("has the tags {shown:?}, and not {tags:?}")
            });
            let state = text_of(&talk, "/state");
            let (is, about) = (
                text_of(&right, "/custom_fields/tnt__ic_state"),
                text_of(&right, "/id"),
            );
            self.must(is == state, ("conversation", id), || {
                format!("is {is:?}, and not {state:?}")
            });
            let first = at(&whole, "source");
            let first = json!({
                "part_type": "comment", "body": at(first, "body"), "attachments": at(first, "attachments"),
            });
            let first = [("source".to_owned(), first)];
            let parts = list(&whole, "/conversation_parts/conversation_parts");
            let named = parts.map(|part| (text_of(part, "/id").unwrap_or_default().to_owned(), part.clone()));
            for (part, said) in first.into_iter().chain(named) {
                self.part(("part", &format!("{id}:{part}")), about, &said);
            }
        }
    }

    fn tickets(&mut self, twins: &Twins) {
        for ticket in records(&twins.left, "ticket") {
            let id = text_of(&ticket, "/id").unwrap_or_default();
            let Some(whole) = read(twins, &format!("/tickets/{id}")) else {
                self.findings
                    .push(format!("the twin does not show the ticket {id}"));
                continue;
            };
            let Some(right) = self.right("ticket", id) else {
                continue;
            };
            let title = at(at(&ticket, "ticket_attributes"), "_default_title_");
            let shown = at(&right, "title");
            self.must(title.is_null() || alike(title, shown), ("ticket", id), || {
                format!("is titled {shown}, and not {title}")
            });
            let about = text_of(&right, "/id");
            for part in list(&whole, "/ticket_parts/ticket_parts") {
                let part_id = text_of(part, "/id").unwrap_or_default();
                self.part(("ticket_part", &format!("{id}:{part_id}")), about, part);
            }
        }
    }

    /// One thing that was said about a record that is there.
    fn part(&mut self, (object, id): (&str, &str), about: Option<&str>, said: &Value) {
        if !has_content(said) {
            return;
        }
        let Some(right) = self.right(object, id) else {
            return;
        };
        let is_about = text_of(&right, "/object");
        self.must(is_about == about, (object, id), || {
            format!("was said about {is_about:?}, and not {about:?}")
        });
        let is_seen = SEEN.contains(&text_of(said, "/part_type").unwrap_or_default());
        self.said((object, id), said, &right, is_seen);
    }

    fn said(&mut self, at: (&str, &str), left: &Value, right: &Value, is_seen: bool) {
        let (html, body) = (
            text_of(left, "/body"),
            text_of(right, "/body").unwrap_or_default(),
        );
        self.must(html.is_none_or(|html| says_all(body, html)), at, || {
            format!("says {body:?}, and not {html:?}")
        });
        let is_internal = text_of(right, "/visibility") == Some("internal");
        self.must(is_internal != is_seen, at, || {
            let seen = text_of(right, "/visibility");
            let kind = text_of(left, "/part_type").unwrap_or("note");
            format!("is {seen:?}, and customers saw it: {is_seen}, a {kind}")
        });
    }
}

/// Reads one record of the Intercom twin.
fn read(twins: &Twins, path: &str) -> Option<Value> {
    let request = Request::new(Method::GET, path).header(AUTHORIZATION, &format!("Bearer {TOKEN}"));
    let request = request.header(http::HeaderName::from_static("intercom-version"), "2.16");
    let response = at_once(twins.left.send(request)).ok()?;
    serde_json::from_slice(&response.body)
        .ok()
        .filter(|_| response.status == 200)
}

/// Whether a search finds a contact.
fn is_listed(twins: &Twins, id: &str) -> bool {
    let query = json!({ "query": { "field": "id", "operator": "=", "value": id } });
    let request = Request::new(Method::POST, "/contacts/search").json(&query);
    let request = request.header(AUTHORIZATION, &format!("Bearer {TOKEN}"));
    let response = at_once(twins.left.send(request)).ok();
    let found = response.and_then(|response| serde_json::from_slice::<Value>(&response.body).ok());
    found.is_some_and(|found| at(&found, "total_count") == 1)
}

fn has_content(said: &Value) -> bool {
    let body = text_of(said, "/body").unwrap_or_default();
    let files = said["attachments"]
        .as_array()
        .is_some_and(|files| !files.is_empty());
    files || body.contains("<img") || !says("", body)
}

fn at<'a>(record: &'a Value, name: &str) -> &'a Value {
    record.get(name).unwrap_or(&Value::Null)
}

fn list<'a>(record: &'a Value, path: &str) -> impl Iterator<Item = &'a Value> {
    record
        .pointer(path)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn names(record: &Value, path: &str) -> BTreeSet<String> {
    let names = list(record, path).filter_map(|tag| text_of(tag, "/name"));
    names.map(str::to_lowercase).collect()
}

fn tags_of(right: &Value) -> BTreeSet<String> {
    let names = list(right, "/tags").filter_map(|tag| text_of(tag, "/tag/name"));
    names.map(str::to_lowercase).collect()
}

fn dump_of(kind: &str) -> &str {
    match kind {
        "comment" => "timeline_entry",
        "contact" => "rev_user",
        kind => kind,
    }
}
