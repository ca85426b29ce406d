//! Lists and searches of conversations, page by page.

use serde_json::{Value, json};

use super::{START, Stand, furnished::furnished};

fn ids(list: &Value) -> Vec<String> {
    let talks = list["conversations"].as_array().unwrap();
    talks
        .iter()
        .map(|talk| talk["id"].as_str().unwrap().to_owned())
        .collect()
}

/// Conversations that begin a second after one another.
fn talks(twin: &mut Stand, count: usize) -> Vec<String> {
    let begin = |twin: &mut Stand| {
        twin.wait(1);
        twin.talk("Hello")
    };
    (0..count).map(|_| begin(twin)).collect()
}

#[test]
fn a_list_shows_the_last_change_first_and_no_parts() {
    let mut twin = furnished(&[]);
    let made = talks(&mut twin, 5);
    twin.wait(1);
    twin.answers(&made[0], "again");
    let mut seen = Vec::new();
    let mut next = String::new();
    loop {
        let list = twin.get(&format!("GET /conversations?per_page=2{next}"));
        assert_eq!(
            (&list["type"], &list["total_count"]),
            (&json!("conversation.list"), &json!(5))
        );
        assert!(list["conversations"][0].get("conversation_parts").is_none());
        seen.extend(ids(&list));
        match list["pages"]["next"]["starting_after"].as_str() {
            Some(cursor) => next = format!("&starting_after={cursor}"),
            None => break,
        }
    }
    assert_eq!(
        seen,
        [&made[0], &made[4], &made[3], &made[2], &made[1]].map(Clone::clone)
    );
    twin.refuses(
        "GET /conversations?per_page=151",
        None,
        "400 parameter_invalid Per Page is too big",
    );
    twin.refuses("GET /conversations?starting_after=x", None, "400 client_error");
}

fn search(twin: &mut Stand, query: Value, more: Value) -> Value {
    let mut body = json!({"query": query, "sort": {"field": "updated_at", "order": "ascending"}});
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    twin.did("POST /conversations/search", body)
}

#[test]
fn a_search_is_exact_to_the_second() {
    let mut twin = furnished(&[]);
    let made = talks(&mut twin, 4);
    let at = |second: i64, operator: &str| json!({"field": "updated_at", "operator": operator, "value": START + second});
    let mut check = |query: Value, expected: &[usize]| {
        let list = search(&mut twin, query.clone(), json!({}));
        let expected: Vec<String> = expected.iter().map(|place| made[*place].clone()).collect();
        assert_eq!(ids(&list), expected, "{query}");
        assert_eq!(list["total_count"], expected.len(), "{query}");
    };
    check(at(2, ">"), &[2, 3]);
    check(at(2, ">="), &[1, 2, 3]);
    check(
        json!({"operator": "OR", "value": [at(2, ">"), at(2, "=")]}),
        &[1, 2, 3],
    );
    check(
        json!({"operator": "AND", "value": [at(1, ">"), at(4, "<")]}),
        &[1, 2],
    );
    check(
        json!({"operator": "AND", "value": [at(1, ">"), {"field": "state", "operator": "=", "value": "closed"}]}),
        &[],
    );
    check(
        json!({"field": "source.body", "operator": "=", "value": "hello"}),
        &[0, 1, 2, 3],
    );
    check(
        json!({"field": "id", "operator": "IN", "value": [made[0], made[2]]}),
        &[0, 2],
    );
    check(
        json!({"field": "contact_ids", "operator": "=", "value": super::furnished::ANN}),
        &[0, 1, 2, 3],
    );
}

#[test]
fn a_search_turns_pages_behind_a_cursor() {
    let mut twin = furnished(&[]);
    let made = talks(&mut twin, 5);
    let query = json!({"operator": "AND", "value": [
        {"field": "updated_at", "operator": ">", "value": START},
        {"field": "open", "operator": "=", "value": true},
    ]});
    let mut seen = Vec::new();
    let mut pagination = json!({"per_page": 2});
    loop {
        let list = search(&mut twin, query.clone(), json!({"pagination": pagination}));
        assert_eq!(list["total_count"], 5);
        seen.extend(ids(&list));
        match list["pages"]["next"].get("starting_after") {
            Some(cursor) => pagination = json!({"per_page": 2, "starting_after": cursor}),
            None => break,
        }
    }
    assert_eq!(seen, made);
}

#[test]
fn a_count_follows_what_changes() {
    let mut twin = furnished(&[]);
    let made = talks(&mut twin, 2);
    let closed = json!({"field": "state", "operator": "=", "value": "closed"});
    assert_eq!(search(&mut twin, closed.clone(), json!({}))["total_count"], 0);
    twin.manage(&made[0], json!({"message_type": "close"}));
    assert_eq!(search(&mut twin, closed, json!({}))["total_count"], 1);
}

#[test]
fn what_cannot_be_searched_is_refused() {
    let mut twin = furnished(&[("large_pages", "404")]);
    let refuses = |twin: &mut Stand, body: Value, expected: &str| {
        twin.refuses("POST /conversations/search", Some(body), expected);
    };
    refuses(&mut twin, json!({}), "400 parameter_not_found");
    let filter = |field: &str| json!({"field": field, "operator": "=", "value": 1});
    refuses(
        &mut twin,
        json!({"query": filter("colour")}),
        "400 invalid_field colour",
    );
    let query = filter("id");
    let body = json!({"query": query, "pagination": {"per_page": 60}});
    refuses(&mut twin, body, "404 not_found Conversation not found");
    let body = json!({"query": query, "pagination": {"per_page": 151}});
    refuses(&mut twin, body, "400 parameter_invalid Per Page is too big");
}
