#![allow(clippy::unwrap_used, clippy::indexing_slicing)]
//! What a sample of conversations has.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{Sample, Twin};

fn filled(companies: usize, seed: u64) -> Box<dyn Twin> {
    let mut stand = super::super::tests::furnished::furnished(&[]);
    stand.twin.fill(&Sample { companies, seed }, stand.now).unwrap();
    stand.twin
}

fn dump(twin: &dyn Twin, object: &str) -> Vec<Value> {
    twin.dump(object)
        .unwrap()
        .map(|text| serde_json::from_str(&text).unwrap())
        .collect()
}

#[test]
fn one_seed_is_one_sample() {
    let save = |seed: u64| {
        let mut saved = Vec::new();
        filled(3, seed).save(&mut saved).unwrap();
        saved
    };
    assert_eq!(save(1), save(1));
    assert_ne!(save(1), save(2));
}

#[test]
fn every_way_in_which_a_conversation_goes_is_there() {
    let twin = filled(10, 1);
    let talks = dump(twin.as_ref(), "conversation");
    assert!((45..=50).contains(&talks.len()), "{}", talks.len());
    let has = |test: &dyn Fn(&Value) -> bool| talks.iter().filter(|talk| test(talk)).count() > 0;
    for state in ["open", "closed", "snoozed"] {
        assert!(has(&|talk| talk["state"] == state), "{state}");
    }
    assert!(has(
        &|talk| talk["source"]["type"] == "email" && talk["source"]["recipients"].is_array()
    ));
    assert!(has(&|talk| talk["source"]["body"].is_null()));
    assert!(has(&|talk| talk["contacts"]["contacts"]
        .as_array()
        .unwrap()
        .len()
        > 1));
    assert!(has(&|talk| talk["conversation_rating"]["rating"].is_u64()));
    assert!(has(&|talk| talk["linked_objects"]["data"][0]["type"] == "ticket"));
    assert!(has(&|talk| talk["ai_agent_participated"] == true));
    assert!(has(&|talk| talk["ticket"].is_object()));
    let tickets = dump(twin.as_ref(), "ticket");
    let categories: BTreeSet<_> = tickets
        .iter()
        .map(|ticket| ticket["category"].as_str().unwrap())
        .collect();
    assert_eq!(categories.len(), 3);
}

#[test]
fn a_help_center_has_three_languages_and_drafts() {
    let twin = filled(10, 1);
    let articles = dump(twin.as_ref(), "article");
    assert_eq!(articles.len(), 13);
    let has = |test: &dyn Fn(&Value) -> bool| articles.iter().any(test);
    assert!(has(
        &|article| article["translated_content"]["fr"]["title"].is_string()
    ));
    assert!(has(&|article| article.get("translated_content").is_none()));
    assert!(has(&|article| article["state"] == "draft"));
    for piece in [
        "<table",
        "<pre><code>",
        "/files/p",
        "&amp;signature=",
        "/articles/31-getting-started",
    ] {
        assert!(
            has(&|article| article["body"].as_str().unwrap().contains(piece)),
            "{piece}"
        );
    }
    let collections = dump(twin.as_ref(), "collection");
    assert!(
        collections
            .iter()
            .any(|collection| collection["parent_id"].is_string())
    );
}

#[test]
fn a_large_sample_has_a_thread_that_is_cut_off() {
    let twin = filled(50, 1);
    let talks = dump(twin.as_ref(), "conversation");
    let longest = talks
        .iter()
        .filter_map(|talk| talk["statistics"]["count_conversation_parts"].as_u64());
    assert_eq!(longest.max(), Some(600));
}
