//! What an answer that was not a yes means.

use model::{FaultKind, ObjectName, RecordId};

use super::*;

#[test]
fn a_status_means_a_kind_of_fault() {
    let check = |status, kind| {
        let fault = fault(Response::text(status, "x"));
        assert_eq!(fault.kind(), kind, "{status}");
    };
    check(400, FaultKind::Rejected);
    check(401, FaultKind::Denied);
    check(403, FaultKind::Denied);
    check(422, FaultKind::Rejected);
    check(429, FaultKind::Throttled { wait: None });
    check(500, FaultKind::Unreachable);
    check(503, FaultKind::Unreachable);
    check(302, FaultKind::Unexpected);
}

#[test]
fn the_words_are_found_in_every_shape() {
    let check =
        |body: &str, words: &str| assert_eq!(fault(Response::text(400, body)).words(), Some(words), "{body}");
    check(r#"{"message":"no such thing"}"#, "no such thing");
    check(r#"{"error":{"message":"deep"}}"#, "deep");
    check(r#"{"errors":["one",{"detail":"two"}]}"#, "one; two");
    check(r#""a JSON text""#, "a JSON text");
    check("a  plain\ntext", "a plain text");
    check(
        "<html><h1>Bad</h1>Failed to create company</html>",
        "Bad Failed to create company",
    );
    check("", "status 400");
    check("{}", "status 400");
    check(&format!("\"{}\"", "x".repeat(1_000)), &"x".repeat(400));
}

#[test]
fn a_throttled_answer_says_how_long_to_wait() {
    let check = |name: &'static str, value: &str, seconds: Option<u64>| {
        let fault = fault(Response::text(429, "").header(name, value));
        assert_eq!(
            fault.kind(),
            FaultKind::Throttled {
                wait: seconds.map(Duration::from_secs)
            },
            "{name} {value}"
        );
    };
    check("retry-after", "7", Some(7));
    check("x-ratelimit-reset", "30", Some(30));
    check("x-rate-limit-reset", "30", Some(30));
    // The clock stands at 2026-03-01, which is 1772323200.
    check("x-ratelimit-reset", "1772323215", Some(15));
    check("x-ratelimit-reset", "1772323215000", Some(15));
    check("x-ratelimit-reset", "1772323100", Some(0));
    check("retry-after", "soon", None);
}

#[test]
fn a_missing_permission_is_named_and_a_token_never_is() {
    let denied = fault(Response::text(403, "no"));
    assert!(
        denied.advice().unwrap().contains("Conversations (View)"),
        "{denied:?}"
    );
    assert!(!format!("{denied:?}").contains("s3cr3t"), "{denied:?}");
}

#[tokio::test]
async fn a_record_that_is_gone_is_no_fault() {
    let wire = wire(|_| Ok(Response::text(404, "Not found")));
    let found = planhat(Arc::clone(&wire))
        .find(&ObjectName::new("company"), &RecordId::new("a/b c"))
        .await;
    assert_eq!(found.unwrap(), None);
    assert_eq!(asked(&wire), ["GET /companies/a%2Fb%20c"]);
}

#[tokio::test]
async fn what_is_found_is_kept_as_sent() {
    let sent = "{ \"name\": \"Å\\u00e5\",\n \"_id\": \"c1\", \"mrr\": 1.50 }";
    let wire = wire(move |_| Ok(Response::json_text(200, format!("{sent}\n"))));
    let found = planhat(wire)
        .find(&ObjectName::new("company"), &RecordId::new("c1"))
        .await;
    assert_eq!(found.unwrap().unwrap().json, sent);
}

#[tokio::test]
async fn every_try_is_counted() {
    let wire = wire(|_| Ok(Response::text(429, "slow down")));
    let session = CONNECTOR
        .open(&some_settings(&[("subdomain", "app.planhat.com")]), outlet(wire))
        .unwrap();
    for _ in 0..3 {
        session
            .source()
            .unwrap()
            .count(&ObjectName::new("company"))
            .await
            .unwrap_err();
    }
    assert_eq!(
        (
            session.calls().reads,
            session.calls().writes,
            session.calls().bytes_in
        ),
        (3, 0, 27)
    );
}

fn fault(response: Response) -> Fault {
    let wire = wire(move |_| Ok(response.clone()));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime
        .block_on(planhat(wire).find(&ObjectName::new("conversation"), &RecordId::new("x")))
        .unwrap_err()
}
