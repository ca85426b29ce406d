#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use std::collections::{BTreeSet, HashMap, HashSet};

use super::*;
use crate::Sample;

type Records = Vec<(Model, Map<String, Value>)>;

fn now() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

fn sample(companies: usize, seed: u64) -> Records {
    records(&Sample { companies, seed }, now(), now()).collect()
}

fn of(records: &Records, model: Model) -> Vec<&Map<String, Value>> {
    records
        .iter()
        .filter(|(of, _)| *of == model)
        .map(|(_, record)| record)
        .collect()
}

fn text<'a>(record: &'a Map<String, Value>, field: &str) -> &'a str {
    record.get(field).and_then(Value::as_str).unwrap_or_default()
}

#[test]
fn the_same_seed_makes_the_same_workspace() {
    assert!(sample(30, 1) == sample(30, 1));
    assert!(sample(30, 1) != sample(30, 2));
}

#[test]
fn a_larger_sample_begins_like_a_smaller_one() {
    let (small, large) = (sample(5, 1), sample(20, 1));
    assert!(small.iter().all(|record| large.contains(record)));
}

#[test]
fn a_company_brings_about_twenty_records() {
    let all = sample(300, 3);
    let count = |model| of(&all, model).len();
    assert_eq!(count(Model::Company), 300);
    assert_eq!(count(Model::User), 11);
    assert_eq!(count(Model::ConversationType), 3);
    for (model, low, high) in [
        (Model::EndUser, 1_400, 1_800),
        (Model::Conversation, 3_900, 4_700),
    ] {
        assert!((low..=high).contains(&count(model)), "{model:?} {}", count(model));
    }
    let tickets = of(&all, Model::Conversation)
        .iter()
        .filter(|talk| text(talk, "type") == "ticket")
        .count();
    assert!((520..680).contains(&tickets), "{tickets}");
}

#[test]
fn the_smaller_objects_stay_few() {
    let all = sample(200, 3);
    for (table, low, high) in [
        ("license", 200, 240),
        ("task", 200, 240),
        ("comment", 250, 400),
        ("metric", 500, 700),
        ("product", 4, 4),
        ("lineitem", 40, 40),
        ("timeentry", 40, 40),
        ("asset", 20, 20),
        ("timesheet", 20, 20),
        ("issue", 20, 20),
    ] {
        let count = of(&all, Model::Of(table)).len();
        assert!((low..=high).contains(&count), "{table} {count}");
    }
    let meetings = of(&all, Model::Conversation);
    let meetings = meetings.iter().filter(|talk| text(talk, "type") == "meeting");
    assert_eq!(meetings.count(), 40);
}

#[test]
fn metrics_lead_up_to_the_day_of_filling() {
    let sample = Sample {
        companies: 10,
        seed: 1,
    };
    for day in ["2024-02-29T10:00:00Z", "2031-07-01T23:59:59Z"] {
        let day: Timestamp = day.parse().unwrap();
        let all: Records = records(&sample, now(), day).collect();
        let metrics = of(&all, Model::Of("metric"));
        let days: BTreeSet<i64> = metrics
            .iter()
            .map(|point| point["day"].as_i64().unwrap())
            .collect();
        let (first, last) = (*days.first().unwrap(), *days.last().unwrap());
        assert!(
            last < day_of(day) && last > day_of(day) - 15 && first >= day_of(day) - 60,
            "{days:?}"
        );
        let others = |records: &Records| -> Records {
            let others = records.iter().filter(|(of, _)| *of != Model::Of("metric"));
            others.cloned().collect()
        };
        assert!(others(&all) == others(&super::records(&sample, now(), now()).collect()));
    }
}

#[test]
fn names_domains_websites_and_keys_are_unique() {
    let all = sample(400, 5);
    let mut met: HashSet<(String, String)> = HashSet::new();
    let mut once = |field: &str, value: &str| {
        assert!(
            met.insert((field.to_owned(), value.to_lowercase())),
            "{field} {value}"
        )
    };
    for company in of(&all, Model::Company) {
        for field in ["name", "web", "sourceId"]
            .into_iter()
            .filter(|field| company.contains_key(*field))
        {
            once(field, text(company, field));
        }
        for domain in company["domains"].as_array().unwrap() {
            once("domain", domain.as_str().unwrap());
        }
        if let Some(id) = company.get("externalId") {
            once("externalId", id.to_string().trim_matches('"'));
        }
    }
    for (_, record) in &all {
        once("_id", text(record, "_id"));
    }
}

#[test]
fn names_and_domains_stay_unique_when_the_words_run_out() {
    let world = World {
        seed: 5,
        now: now(),
        day: now(),
        users: Vec::new(),
        products: Vec::new(),
    };
    let cores: Vec<_> = (0..30_000).map(|place| company::core(&world, place)).collect();
    let names: HashSet<String> = cores.iter().map(|core| core.name.to_lowercase()).collect();
    let domains: HashSet<&str> = cores.iter().map(|core| core.domain.as_str()).collect();
    assert_eq!((names.len(), domains.len()), (cores.len(), cores.len()));
}

#[test]
fn every_id_has_24_digits_and_every_reference_leads_somewhere() {
    let all = sample(200, 1);
    let ids: HashSet<&str> = all.iter().map(|(_, record)| text(record, "_id")).collect();
    assert!(
        ids.iter()
            .all(|id| id.len() == 24 && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
    );
    let known = |id: &Value| assert!(ids.contains(id.as_str().unwrap()), "{id}");
    for (_, record) in &all {
        for field in [
            "companyId",
            "cId",
            "owner",
            "coOwner",
            "ownerId",
            "orgRootId",
            "headId",
            "parent",
            "parentId",
            "commentableId",
            "dealId",
            "productId",
            "euId",
            "timesheetId",
            "approvedBy",
            "assignedId",
        ] {
            let given = record
                .get(field)
                .into_iter()
                .filter(|id| id.as_str().is_some_and(|id| id.len() == 24));
            given.for_each(known);
        }
        for field in ["companyIds", "enduserIds", "conversationIds", "followers"] {
            let named = record.get(field).and_then(Value::as_array).into_iter().flatten();
            named.for_each(known);
        }
        for field in ["users", "endusers"] {
            let named = record.get(field).and_then(Value::as_array).into_iter().flatten();
            named.for_each(|named| known(&named["id"]));
        }
    }
}

// tidy: long because it is one list of texts to look for.
#[test]
fn every_ugly_part_occurs_among_200_companies() {
    let all = sample(200, 1);
    let whole: String = all
        .iter()
        .map(|(_, record)| Value::Object(record.clone()).to_string())
        .collect();
    for part in [
        "<table",
        "<ol><li>",
        "<pre><code",
        "data:image/png;base64",
        "https://files.example.com",
        "gmail_quote",
        "<script>",
        "never closed",
        "dir=\\\"rtl\\\"",
        "\"undefined\"",
        "1968-05-01",
        "1969-12-31T23:59:59.999Z",
        "EMEA, North",
        "\"VIP\"",
        "\"vip\"",
        "🔥",
        "# Overdue Invoices",
        "ARR (fwd.)",
        "v2.0 rollout",
        "担当メモ",
        "Days in Phase",
        "山田",
        "الخطيب",
        "כהן",
        "Παπαδόπουλος",
        "Иванова",
        "Ångström",
        "\"On Hold\"",
        "🚀",
    ] {
        assert!(whole.contains(part), "{part}");
    }
    let people = of(&all, Model::EndUser);
    let talks = of(&all, Model::Conversation);
    let companies = of(&all, Model::Company);
    let any = |records: &[&Map<String, Value>], check: &dyn Fn(&Map<String, Value>) -> bool| {
        records.iter().any(|record| check(record))
    };
    assert!(
        any(&talks, &|talk| talk
            .get("subject")
            .is_some_and(|subject| subject == "")),
        "an empty subject"
    );
    assert!(any(&talks, &|talk| !talk.contains_key("subject")), "no subject");
    assert!(
        any(&talks, &|talk| text(talk, "subject").chars().count() > 256),
        "a long subject"
    );
    assert!(
        any(&talks, &|talk| !talk.contains_key("description")),
        "no description"
    );
    assert!(
        any(&talks, &|talk| text(talk, "description").len() > 60_000),
        "a long body"
    );
    assert!(
        any(&talks, &|talk| talk["users"].as_array().unwrap().is_empty()),
        "nobody of ours"
    );
    assert!(
        any(&people, &|person| person["archived"] == true),
        "an archived contact"
    );
    assert!(
        any(&people, &|person| !person.contains_key("email")),
        "no address"
    );
    assert!(any(&people, &|person| !person.contains_key("name")), "no name");
    assert!(
        any(&of(&all, Model::User), &|user| user["inactive"] == true),
        "an inactive user"
    );
    assert!(
        any(&companies, &|company| company
            .get("externalId")
            .is_some_and(Value::is_number)),
        "a number as key"
    );
    assert!(
        any(&companies, &|company| text(company, "externalId")
            .parse::<u64>()
            .is_ok()),
        "digits as key"
    );
    assert!(
        any(&companies, &|company| text(company, "orgPath")
            .matches(',')
            .count()
            == 3),
        "a grandchild"
    );
}

#[test]
fn people_without_an_address_have_another_key() {
    let all = sample(200, 1);
    let keyless = of(&all, Model::EndUser).into_iter().find(|person| {
        ["email", "externalId", "sourceId"]
            .iter()
            .all(|key| !person.contains_key(*key))
    });
    assert_eq!(keyless, None);
}

#[test]
fn addresses_come_twice_only_where_they_are_meant_to() {
    let all = sample(200, 1);
    let mut companies_of: HashMap<String, Vec<&str>> = HashMap::new();
    for person in of(&all, Model::EndUser)
        .into_iter()
        .filter(|person| person.contains_key("email"))
    {
        companies_of
            .entry(text(person, "email").to_lowercase())
            .or_default()
            .push(text(person, "companyId"));
    }
    let twice: Vec<_> = companies_of
        .into_values()
        .filter(|companies| companies.len() > 1)
        .collect();
    let within_one = |companies: &[&str]| companies.iter().collect::<BTreeSet<_>>().len() < companies.len();
    let within = twice.iter().filter(|companies| within_one(companies)).count();
    assert_eq!((within, twice.len() - within), (18, 26));
}

#[test]
fn tickets_have_every_state() {
    let all = sample(20, 1);
    let states: BTreeSet<&str> = of(&all, Model::Conversation)
        .into_iter()
        .map(|talk| text(talk, "status"))
        .collect();
    assert_eq!(
        states,
        BTreeSet::from(["", "new", "pending", "open", "resolved", "closed", "On Hold"])
    );
}

#[test]
fn a_snippet_is_the_beginning_without_tags() {
    for (html, snippet, more) in [
        ("<p>a&amp;b<br/>c</p>", "a&b c", false),
        ("<script>x<y</script><b>z", "z", false),
        ("", "", false),
        (&"word ".repeat(100), &"word ".repeat(50), true),
    ] {
        assert_eq!(super::text::snippet(html), (snippet.to_owned(), more));
    }
}
