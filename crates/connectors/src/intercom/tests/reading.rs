//! Lists, and records read directly, from a scripted Intercom.

use super::*;

fn ids(page: &model::Page) -> Vec<&str> {
    page.raws.iter().map(|raw| raw.id.as_str()).collect()
}

fn next(page: &model::Page) -> Option<&str> {
    match &page.next {
        Next::More(cursor) => Some(cursor.as_str()),
        Next::CaughtUp => None,
    }
}

fn searched(order: &str, size: u64, after: &str) -> String {
    let after = match after {
        "" => String::new(),
        after => format!(r#","starting_after":"{after}""#),
    };
    format!(
        r#"{{"pagination":{{"per_page":{size}{after}}},"query":{{"field":"updated_at","operator":">","value":0}},"sort":{{"field":"updated_at","order":"{order}"}}}}"#
    )
}

#[tokio::test]
async fn a_search_goes_on_by_its_cursor() {
    let wire = scripted(vec![
        (
            200,
            r#"{"type":"conversation.list","pages":{"type":"pages","per_page":"150","next":{"page":2,"starting_after":"Wz=="}},
                "conversations":[{"id":"1"},{"id":2}]}"#,
        ),
        (200, r#"{"pages":{"page":2},"conversations":[{"id":"3"}]}"#),
    ]);
    let source = intercom(&wire);
    let first = source
        .read(&ask("conversation", Mode::Everything, None))
        .await
        .unwrap();
    assert_eq!((ids(&first), next(&first)), (vec!["1", "2"], Some("Wz==")));
    let ask = ask("conversation", Mode::NewestFirst { list: 0 }, Some("Wz=="));
    let second = source.read(&ask).await.unwrap();
    assert_eq!((ids(&second), next(&second)), (vec!["3"], None));
    let call = "POST /conversations/search ";
    assert_eq!(
        asked(&wire),
        [
            format!("{call}{}", searched("ascending", 150, "")),
            format!("{call}{}", searched("descending", 150, "Wz==")),
        ]
    );
}

#[tokio::test]
async fn a_page_that_is_too_large_today_is_halved() {
    let wire = scripted(vec![
        (502, "<html>"),
        (0, ""),
        (200, r#"{"data":[{"id":"1"}],"pages":{"next":null}}"#),
    ]);
    let page = intercom(&wire)
        .read(&ask("contact", Mode::Everything, None))
        .await
        .unwrap();
    assert_eq!(ids(&page), ["1"]);
    let sizes = asked(&wire);
    for (line, size) in sizes.iter().zip([150, 75, 20]) {
        assert!(line.contains(&format!(r#""per_page":{size}}}"#)), "{line}");
    }
}

#[tokio::test]
async fn the_next_page_is_told_in_three_ways() {
    for (pages, expected) in [
        (
            r#"{"page":1,"next":"https://api.intercom.io/articles?per_page=50&page=2"}"#,
            Some("2"),
        ),
        (r#"{"page":1,"next":{"page":2,"per_page":50}}"#, Some("2")),
        (r#"{"page":1,"next":null}"#, None),
        (r#"{"page":1}"#, None),
        ("null", None),
        // One that leads back would be read for ever.
        (r#"{"next":"https://api.intercom.io/articles?page=1"}"#, None),
    ] {
        let body = format!(r#"{{"type":"list","data":[{{"id":"5"}}],"pages":{pages}}}"#);
        let wire = answering([Response::json_text(200, body)]);
        let page = intercom(&wire)
            .read(&ask("article", Mode::Everything, None))
            .await
            .unwrap();
        assert_eq!(next(&page), expected, "{pages}");
        assert_eq!(asked(&wire), ["GET /articles?page=1&per_page=50"]);
    }
}

#[tokio::test]
async fn lists_of_one_page_have_names_of_their_own() {
    for (object, path, body) in [
        (
            "admin",
            "/admins",
            r#"{"type":"admin.list","admins":[{"id":"1"}]}"#,
        ),
        ("team", "/teams", r#"{"type":"team.list","teams":[{"id":"1"}]}"#),
        ("tag", "/tags", r#"{"type":"list","data":[{"id":"1"}]}"#),
        (
            "help_center",
            "/help_center/help_centers",
            r#"{"data":[{"id":1}]}"#,
        ),
    ] {
        let wire = answering([Response::json_text(200, body.to_owned())]);
        let page = intercom(&wire)
            .read(&ask(object, Mode::Everything, None))
            .await
            .unwrap();
        assert_eq!((ids(&page), next(&page)), (vec!["1"], None), "{object}");
        assert_eq!(asked(&wire), [format!("GET {path}")]);
    }
}

const COMPANIES: &str =
    r#"{"type":"list","data":[{"id":"1"}],"pages":null,"total_count":null,"scroll_param":"s-1"}"#;

#[tokio::test]
async fn a_scroll_ends_with_nothing_or_a_moment_later() {
    for last in [
        (200, r#"{"type":"list","data":[],"scroll_param":"s-1"}"#),
        (404, "{}"),
    ] {
        let wire = scripted(vec![(200, COMPANIES), last]);
        let source = intercom(&wire);
        let page = source
            .read(&ask("company", Mode::Everything, None))
            .await
            .unwrap();
        assert_eq!(ids(&page), ["1"]);
        let after = ask("company", Mode::Everything, next(&page));
        let page = source.read(&after).await.unwrap();
        assert_eq!((ids(&page), next(&page)), (vec![], None));
        assert_eq!(
            asked(&wire),
            ["GET /companies/scroll", "GET /companies/scroll?scroll_param=s-1"]
        );
    }
}

#[tokio::test]
async fn a_scroll_that_was_lost_is_no_end() {
    for (waited, answer) in [
        (90, (404, "{}")),
        (1, (500, "{}")),
        (1, (0, "")),
        (1, (400, "{}")),
    ] {
        let wire = scripted(vec![(200, COMPANIES), answer]);
        let (source, clock) = intercom_at(&wire, "2026-03-01T00:00:00Z");
        let page = source
            .read(&ask("company", Mode::Everything, None))
            .await
            .unwrap();
        clock.sleep(Duration::from_secs(waited)).await;
        let lost = source.read(&ask("company", Mode::Everything, next(&page))).await;
        assert_eq!(lost.unwrap_err().kind(), FaultKind::Rejected, "{answer:?}");
    }
}

#[tokio::test]
async fn a_second_scroll_waits() {
    let body = r#"{"type":"error.list","errors":[{"code":"scroll_exists","message":"scroll already exists for this workspace"}]}"#;
    let wire = scripted(vec![(400, body)]);
    let fault = intercom(&wire)
        .read(&ask("company", Mode::Everything, None))
        .await
        .unwrap_err();
    assert!(
        matches!(fault.kind(), FaultKind::Throttled { wait: Some(_) }),
        "{fault}"
    );
}

#[tokio::test]
async fn a_merged_contact_is_followed() {
    let merged = Response::json_text(410, r#"{"errors":[{"code":"contact_merged"}]}"#.to_owned())
        .header("link", r#"</contacts/c2>; rel="canonical""#);
    let found = Response::json_text(
        200,
        r#"{"id":"c2","notes":{"data":[],"total_count":0}}"#.to_owned(),
    );
    let wire = answering([merged, found]);
    let found = intercom(&wire)
        .find(&ObjectName::new("contact"), &RecordId::from("c1"))
        .await
        .unwrap();
    assert_eq!(found.unwrap().id, RecordId::from("c2"));
    assert_eq!(asked(&wire), ["GET /contacts/c1", "GET /contacts/c2"]);
}

#[tokio::test]
async fn a_contacts_lists_are_read_to_their_end() {
    let contact = r#"{"id":"c1","companies":{"data":[{"id":"1"}],"total_count":2,"has_more":true},
        "tags":{"data":[],"total_count":0,"has_more":false},"notes":{"data":[{"id":"7"}],"total_count":1}}"#;
    let wire = scripted(vec![
        (200, contact),
        (
            200,
            r#"{"data":[{"id":"1"}],"pages":{"next":"https://x.example/?page=2"}}"#,
        ),
        (
            200,
            r#"{"companies":[{"id":"2","name":"B"}],"pages":{"next":null}}"#,
        ),
        (200, r#"{"data":[{"id":"7","body":"<p>x</p>"}],"total_count":1}"#),
    ]);
    let source = intercom(&wire);
    let object = ObjectName::new("contact");
    assert!(!source.is_whole(&object, &raw("c1", contact)));
    let found = source
        .find(&object, &RecordId::from("c1"))
        .await
        .unwrap()
        .unwrap();
    assert!(source.is_whole(&object, &found));
    let record = source.shape(&object, &found).unwrap();
    let companies = record.fields[&model::FieldName::new("companies")]
        .references()
        .len();
    assert_eq!(companies, 2);
    assert_eq!(source.within(&object, &found).unwrap().len(), 1);
    assert_eq!(
        asked(&wire),
        [
            "GET /contacts/c1",
            "GET /contacts/c1/companies?page=1&per_page=50",
            "GET /contacts/c1/companies?page=2&per_page=50",
            "GET /contacts/c1/notes?page=1&per_page=50",
        ]
    );
}

#[tokio::test]
async fn what_is_carried_is_found_with_its_carrier() {
    let wire = scripted(vec![(
        200,
        r#"{"id":"471","conversation_parts":{"conversation_parts":[{"id":"9","body":"x"}]}}"#,
    )]);
    let found = intercom(&wire)
        .find(&ObjectName::new("part"), &RecordId::from("471:9"))
        .await
        .unwrap();
    assert_eq!(found.unwrap().id, RecordId::from("471:9"));
    assert_eq!(asked(&wire), ["GET /conversations/471"]);
}

#[tokio::test]
async fn deleted_conversations_are_read_back_to_a_moment() {
    let wire = scripted(vec![
        (
            200,
            r#"{"conversations":[{"id":"1","deleted_at":300},{"id":2,"deleted_at":200}],
                "pages":{"next":"https://x.example/conversations/deleted?page=2"}}"#,
        ),
        (
            200,
            r#"{"conversations":[{"id":"3","deleted_at":150},{"id":"4","deleted_at":50}],
                "pages":{"next":"https://x.example/conversations/deleted?page=3"}}"#,
        ),
    ]);
    let since = Timestamp::from_second(100).unwrap();
    let gone = intercom(&wire)
        .deleted_since(&ObjectName::new("conversation"), since)
        .await
        .unwrap();
    let gone: Vec<String> = gone.unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(gone, ["1", "2", "3"]);
}

#[tokio::test]
async fn a_search_says_how_many_there_are() {
    let wire = scripted(vec![(200, r#"{"data":[{"id":"1"}],"total_count":12345}"#)]);
    let count = intercom(&wire).count(&ObjectName::new("contact")).await.unwrap();
    assert_eq!(count, Some(12345));
}
