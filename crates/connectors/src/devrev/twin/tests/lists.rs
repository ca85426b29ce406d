use serde_json::{Value, json};

use super::{Desk, ticket};

/// Reads all pages of a list one after the other, and gives the titles of each.
fn pages(desk: &mut Desk, mut body: Value) -> Vec<String> {
    let mut pages = Vec::new();
    loop {
        let answer = desk.ok("works.list", body.clone());
        let titles = answer["works"]
            .as_array()
            .unwrap()
            .iter()
            .map(|work| work["title"].as_str().unwrap());
        pages.push(titles.collect::<String>());
        let name = if body["mode"] == json!("before") {
            "prev_cursor"
        } else {
            "next_cursor"
        };
        match answer.get(name) {
            Some(cursor) => body["cursor"] = cursor.clone(),
            None => return pages,
        }
    }
}

fn desk() -> Desk {
    let mut desk = Desk::new();
    for title in ["a", "b", "c", "d", "e"] {
        desk.ok("works.create", ticket(json!({"title": title})));
    }
    desk.ok("works.update", json!({"id": "TKT-2", "title": "B"}));
    desk
}

fn check(body: Value, expected: &[&str]) {
    assert_eq!(pages(&mut desk(), body.clone()), expected, "{body}");
}

#[test]
fn pages_follow_each_other_in_any_order() {
    check(json!({"limit": 2}), &["aB", "cd", "e"]);
    check(json!({"limit": 5}), &["aBcde"]);
    check(
        json!({"limit": 2, "sort_by": ["created_date:desc"]}),
        &["ed", "cB", "a"],
    );
    check(
        json!({"limit": 2, "sort_by": ["modified_date"]}),
        &["ac", "de", "B"],
    );
    check(
        json!({"limit": 2, "sort_by": ["modified_date:desc"]}),
        &["Be", "dc", "a"],
    );
    check(json!({"limit": 2, "mode": "before"}), &["de", "Bc", "a"]);
    check(
        json!({"limit": 2, "mode": "before", "sort_by": ["modified_date:asc"]}),
        &["eB", "cd", "a"],
    );
}

#[test]
fn bounds_of_time_are_included() {
    // The clock starts at 1,700,000,000 seconds and moves one second a call.
    let at = |second: i64| {
        format!(
            "{}",
            model::Timestamp::from_second(1_700_000_000 + second).unwrap()
        )
    };
    let range = |after: i64, before: i64| json!({"type": "range", "after": at(after), "before": at(before)});
    check(json!({"modified_date": range(3, 4)}), &["cd"]);
    check(
        json!({"modified_date": range(3, 9), "sort_by": ["modified_date"], "limit": 2}),
        &["cd", "eB"],
    );
    check(json!({"created_date": range(2, 3)}), &["Bc"]);
    check(
        json!({"created_date": range(2, 4), "sort_by": ["created_date:desc"], "limit": 2}),
        &["dc", "B"],
    );
    check(json!({"modified_date": range(9, 3)}), &[""]);
    check(
        json!({"modified_date": {"type": "preset", "preset_type": "last_n_days", "days": 1}}),
        &["aBcde"],
    );
    check(
        json!({"modified_date": {"type": "preset", "preset_type": "next_n_days", "days": 1}}),
        &[""],
    );
}

#[test]
fn cursors_go_both_ways() {
    let mut desk = desk();
    let first = desk.ok("works.list", json!({"limit": 2}));
    assert!(first.get("prev_cursor").is_none());
    let second = desk.ok("works.list", json!({"limit": 2, "cursor": first["next_cursor"]}));
    let back = desk.ok(
        "works.list",
        json!({"limit": 2, "mode": "before", "cursor": second["prev_cursor"]}),
    );
    assert_eq!(first["works"], back["works"]);
}

#[test]
fn reads_answer_get_too() {
    let mut desk = desk();
    let count = |answer: (u16, Value)| answer.1["works"].as_array().map(Vec::len);
    assert_eq!(
        count(desk.get("works.list", &[("limit", "2"), ("type", "ticket,issue")])),
        Some(2)
    );
    assert_eq!(
        count(desk.get("works.list", &[("stage.name", "queued")])),
        Some(5)
    );
    assert_eq!(
        count(desk.get("works.list", &[("owned_by", "DEVU-1"), ("owned_by", "DEVU-9")])),
        Some(5)
    );
    assert_eq!(
        count(desk.get(
            "works.list",
            &[
                ("modified_date.type", "range"),
                ("modified_date.after", "2023-11-14T22:13:25Z")
            ]
        )),
        Some(2)
    );
    // The vendor's own SDK puts each text of a list in quotes.
    for types in [r#""ticket""#, r#""issue","ticket""#, r#"issue,"ticket""#] {
        assert_eq!(
            count(desk.get("works.list", &[("type", types)])),
            Some(5),
            "{types}"
        );
    }
    desk.ok("tags.create", json!({"name": "a, b"}));
    for (names, expected) in [
        (r#""a, b""#, 1),
        ("a, b", 0),
        (r#""a, b","c""#, 1),
        (r#""a"#, 0),
        ("\"", 0),
    ] {
        let (_, answer) = desk.get("tags.list", &[("name", names)]);
        assert_eq!(answer["tags"].as_array().map(Vec::len), Some(expected), "{names}");
    }
    assert_eq!(
        desk.get("works.get", &[("id", "TKT-1")]).1["work"]["title"],
        json!("a")
    );
    assert_eq!(desk.get("works.list", &[("limit", "two")]).0, 400);
    assert_eq!(desk.get("works.list", &[("nope", "1")]).0, 400);
}

#[test]
fn a_list_of_articles_leaves_out_content_blocks_unless_they_are_asked_for() {
    let mut desk = Desk::new();
    for (title, kind, status) in [
        ("a", "article", "draft"),
        ("b", "content_block", "draft"),
        ("c", "page", "published"),
    ] {
        let article = json!({
            "title": title, "owned_by": ["DEVU-1"], "resource": {}, "article_type": kind, "status": status,
        });
        desk.ok("articles.create", article);
    }
    for (filter, expected) in [
        (json!({}), "ac"),
        (json!({"article_type": ["content_block"]}), "b"),
        (json!({"article_type": ["content_block", "article"]}), "ab"),
        (json!({"status": ["published"]}), "c"),
        (json!({"status": ["draft"]}), "a"),
    ] {
        let answer = desk.ok("articles.list", filter.clone());
        let articles = answer["articles"].as_array().unwrap().iter();
        let titles: String = articles.map(|one| one["title"].as_str().unwrap()).collect();
        assert_eq!(titles, expected, "{filter}");
        assert_eq!(answer["total"], json!(expected.len()), "{filter}");
        if filter.get("status").is_none() {
            assert_eq!(desk.ok("articles.count", filter)["count"], json!(expected.len()));
        }
    }
}

#[test]
fn a_timeline_is_listed_from_a_moment_on() {
    let mut desk = Desk::new();
    desk.furnish();
    let comment = |body: &str| json!({"type": "timeline_comment", "object": "TKT-1", "body": body});
    let first = desk.ok("timeline-entries.create", comment("a"));
    let second = desk.ok("timeline-entries.create", comment("b"));
    let made = |answer: &Value| answer["timeline_entry"]["created_date"].clone();
    for (dates, expected) in [
        (json!({"after": made(&second)}), "b"),
        (json!({"before": made(&first)}), "a"),
        (json!({"after": made(&first)}), "ab"),
    ] {
        let ask = json!({"object": "TKT-1", "created_date": dates});
        let answer = desk.ok("timeline-entries.list", ask);
        let entries = answer["timeline_entries"].as_array().unwrap().iter();
        let bodies: String = entries.map(|one| one["body"].as_str().unwrap()).collect();
        assert_eq!(bodies, expected, "{dates}");
    }
}
