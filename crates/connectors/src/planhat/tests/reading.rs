//! Pages, and what happens between them.

use model::{Ask, FaultKind, Mode, Next, ObjectName, Page, RecordId, Source};
use serde_json::json;

use super::*;

/// A list of endusers with these ids, as it is at the moment of each call.
fn endusers(ids: impl Fn(usize) -> Vec<u64> + Send + Sync + 'static) -> Arc<TestWire> {
    let calls = Mutex::new(0);
    wire(move |request| {
        let number = |name| request.query_text(name).unwrap().parse::<usize>().unwrap();
        let ids = ids(std::mem::replace(
            &mut *calls.lock().unwrap(),
            number("offset") + 1,
        ));
        let page = ids.iter().skip(number("offset")).take(number("limit"));
        let page: Vec<_> = page.map(|id| json!({"_id": format!("{id:024x}")})).collect();
        Ok(Response::json(200, &json!(page)))
    })
}

async fn next(source: &PlanhatSource, page: Option<&Page>) -> Page {
    let cursor = page.map(|page| match &page.next {
        Next::More(cursor) => cursor.clone(),
        Next::CaughtUp => panic!("there is no more"),
    });
    source
        .read(&Ask {
            object: ObjectName::new("enduser"),
            mode: Mode::Everything,
            cursor,
        })
        .await
        .unwrap()
}

fn numbers(page: &Page) -> Vec<u64> {
    page.raws
        .iter()
        .map(|raw| u64::from_str_radix(raw.id.as_str(), 16).unwrap())
        .collect()
}

#[tokio::test]
async fn a_short_page_ends() {
    let wire = endusers(|_| (0..7).collect());
    let page = next(&planhat(Arc::clone(&wire)), None).await;
    assert_eq!((numbers(&page), &page.next), ((0..7).collect(), &Next::CaughtUp));
    assert_eq!(
        asked(&wire),
        ["GET /endusers?limit=2000&offset=0&sort=_id&archived=true"]
    );
}

#[tokio::test]
async fn pages_overlap_by_one_record() {
    let wire = endusers(|_| (0..2_003).collect());
    let source = planhat(Arc::clone(&wire));
    let first = next(&source, None).await;
    let second = next(&source, Some(&first)).await;
    assert_eq!(
        (first.raws.len(), numbers(&second)),
        (2_000, vec![2_000, 2_001, 2_002])
    );
    assert_eq!(second.next, Next::CaughtUp);
    assert_eq!(
        asked(&wire)[1],
        "GET /endusers?limit=2000&offset=1999&sort=_id&archived=true"
    );
}

#[tokio::test]
async fn a_page_of_a_size_that_is_a_limit_elsewhere_may_have_been_cut() {
    let wire = endusers(|_| (0..500).collect());
    let source = planhat(wire);
    let first = next(&source, None).await;
    let second = next(&source, Some(&first)).await;
    assert_eq!(
        (first.raws.len(), second.raws.len(), second.next),
        (500, 0, Next::CaughtUp)
    );
}

/// Deletes these while the first page is being looked at; what remains must all have been read.
async fn check_deletion(deleted: std::ops::Range<u64>) {
    let gone = deleted.clone();
    let wire = endusers(move |calls| (0..2_503).filter(|id| calls == 0 || !gone.contains(id)).collect());
    let source = planhat(wire);
    let first = next(&source, None).await;
    let second = next(&source, Some(&first)).await;
    let mut met: Vec<u64> = numbers(&first).into_iter().chain(numbers(&second)).collect();
    met.retain(|id| !deleted.contains(id));
    met.dedup();
    let expected: Vec<u64> = (0..2_503).filter(|id| !deleted.contains(id)).collect();
    assert!(
        met == expected,
        "{deleted:?}: {} of {}",
        met.len(),
        expected.len()
    );
    assert_eq!(second.next, Next::CaughtUp);
}

#[tokio::test]
async fn nothing_is_missed_when_records_are_deleted_between_pages() {
    for deleted in [
        0..1,
        3..40,
        100..101,
        1_999..2_000,
        1_990..2_010,
        0..600,
        0..2_000,
        0..2_503,
        2_400..2_503,
    ] {
        check_deletion(deleted).await;
    }
}

#[tokio::test]
async fn a_list_in_no_order_ends_too() {
    let wire = endusers(|calls| (0..2_200).rev().skip(usize::from(calls > 0)).collect());
    let source = planhat(wire);
    let first = next(&source, None).await;
    let second = next(&source, Some(&first)).await;
    assert_eq!(numbers(&second), (0..200).rev().collect::<Vec<_>>());
}

#[tokio::test]
async fn a_list_may_be_wrapped_and_records_stay_as_sent() {
    for (body, texts) in [
        (
            r#"[{"_id": "1", "a": 1.50},  {"a":"\u00e5","_id":"2"}]"#,
            vec![r#"{"_id": "1", "a": 1.50}"#, r#"{"a":"\u00e5","_id":"2"}"#],
        ),
        (r#" {"data": [ {"_id":"1"} ]}"#, vec![r#"{"_id":"1"}"#]),
        (r#"{"data":[]}"#, vec![]),
        ("[]", vec![]),
    ] {
        let page = super::super::page::split(body.as_bytes(), "reading").unwrap();
        assert_eq!(page.texts, texts);
    }
}

#[tokio::test]
async fn a_list_that_is_none_is_a_fault() {
    for (body, kind) in [
        ("<html>", FaultKind::Unexpected),
        ("{}", FaultKind::Unexpected),
        ("[1]", FaultKind::Unexpected),
        (r#"[{"name":"x"}]"#, FaultKind::Unexpected),
        (r#"[{"_id":7}]"#, FaultKind::Unexpected),
        (r#"[{"_id":"1"},{"_id":"#, FaultKind::Unreachable),
        ("", FaultKind::Unreachable),
    ] {
        let fault = super::super::page::split(body.as_bytes(), "reading")
            .err()
            .unwrap();
        assert_eq!(fault.kind(), kind, "{body}");
    }
}

#[tokio::test]
async fn lists_are_asked_for_everything_that_is_shaped() {
    let seen = Arc::new(Mutex::new(String::new()));
    let keep = Arc::clone(&seen);
    let wire = wire(move |request| {
        *keep.lock().unwrap() = request.query_text("select").unwrap_or_default().to_owned();
        Ok(Response::json(200, &json!([])))
    });
    let ask = Ask {
        object: ObjectName::new("conversation"),
        mode: Mode::Everything,
        cursor: None,
    };
    planhat(wire).read(&ask).await.unwrap();
    let selected = seen.lock().unwrap().clone();
    for name in [
        "description",
        "updatedAt",
        "custom",
        "users",
        "endusers",
        "companyName",
        "status",
        "sourceId",
    ] {
        assert!(selected.split(',').any(|selected| selected == name), "{name}");
    }
}

#[test]
fn a_conversation_is_whole_when_its_text_is_there_or_there_is_none() {
    let source = planhat(wire(|_| unreachable!()));
    for (json, whole) in [
        (r#"{"_id":"1","description":"<p>x</p>","hasMore":true}"#, true),
        (r#"{"_id":"1","description":null,"snippet":"x"}"#, true),
        (r#"{"_id":"1","snippet":"x","hasMore":false}"#, false),
        (r#"{"_id":"1","snippet":"x"}"#, false),
        (r#"{"_id":"1","hasMore":false}"#, true),
        (r#"{"_id":"1","hasMore":false,"snippet":""}"#, true),
        (r#"{"_id":"1","hasMore":true}"#, false),
        (r#"{"_id":"1"}"#, false),
        (r#"{"_id":"1","snippet":7}"#, false),
    ] {
        let raw = model::Raw::new(RecordId::new("1"), json.to_owned());
        assert_eq!(
            source.is_whole(&ObjectName::new("conversation"), &raw),
            whole,
            "{json}"
        );
    }
}

#[tokio::test]
async fn permissions_are_probed_where_a_list_can_tell() {
    let wire = wire(|request| {
        let status = match request.path.as_str() {
            "/tasks" => 403,
            "/licenses" | "/comments" | "/deals" => 404,
            "/dimensiondata" => 403,
            _ => 200,
        };
        Ok(Response::json_text(status, "[]".to_owned()))
    });
    let all = planhat(wire).permissions().await.unwrap();
    let of = |name: &str| {
        all.iter()
            .find(|permission| permission.name == name)
            .unwrap()
            .present
    };
    assert_eq!(of("Company (View)"), Some(true));
    assert_eq!(
        (of("Tasks (View)"), of("Licenses (View)")),
        (Some(false), Some(false))
    );
    assert_eq!(
        (
            of("Conversations (Update)"),
            of("Comments (View)"),
            of("Portfolio (Full access)")
        ),
        (None, None, None)
    );
    assert_eq!(
        (of("Deals (View)"), of("Metrics (View)"), of("NPS (View)")),
        (None, Some(false), Some(true))
    );
    let (optional, usual): (Vec<_>, Vec<_>) = all.iter().partition(|permission| permission.optional);
    assert_eq!((usual.len(), optional.len()), (17, 17));
}

#[tokio::test]
async fn a_wrong_token_is_seen_at_once() {
    let source = planhat(wire(|_| Ok(Response::text(401, "Unauthorized"))));
    assert_eq!(source.workspace().await.unwrap_err().kind(), FaultKind::Denied);
    assert_eq!(source.permissions().await.unwrap_err().kind(), FaultKind::Denied);
}

#[tokio::test]
async fn the_workspace_is_named_with_and_without_a_profile() {
    let with = planhat(wire(|_| Ok(Response::json(200, &json!({"nickName": "Ann"})))));
    assert_eq!(with.workspace().await.unwrap().acting_as.as_deref(), Some("Ann"));
    let without = planhat(wire(|request| {
        Ok(Response::text(
            if request.path == "/users" { 200 } else { 404 },
            "[]",
        ))
    }));
    assert_eq!(
        without.workspace().await.unwrap().name,
        "Planhat at app.planhat.com"
    );
}

#[test]
fn a_full_read_costs_its_pages() {
    let source = planhat(wire(|_| unreachable!()));
    for (object, records, calls) in [
        ("user", 0, 1),
        ("user", 9_999, 1),
        ("conversation", 1_999, 1),
        ("conversation", 70_000, 36),
    ] {
        assert_eq!(
            source.cost(&ObjectName::new(object), records),
            calls,
            "{object} {records}"
        );
    }
}
