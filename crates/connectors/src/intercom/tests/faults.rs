//! What answers mean that are none.

use super::*;

fn errors(code: &str) -> String {
    format!(r#"{{"type":"error.list","request_id":null,"errors":[{{"code":"{code}","message":"said"}}]}}"#)
}

#[tokio::test]
async fn a_refusal_is_told_by_its_status_and_its_code() {
    for (status, code, expected) in [
        (401, "unauthorized", FaultKind::Denied),
        (401, "token_revoked", FaultKind::Denied),
        (401, "token_unauthorized", FaultKind::Unavailable),
        (403, "forbidden", FaultKind::Unavailable),
        (403, "api_plan_restricted", FaultKind::Unavailable),
        (402, "", FaultKind::Unavailable),
        (400, "intercom_version_invalid", FaultKind::Unavailable),
        (400, "client_error", FaultKind::Rejected),
        (404, "not_found", FaultKind::Unexpected),
        (408, "request_timeout", FaultKind::Unreachable),
        (422, "data_invalid", FaultKind::Rejected),
        (503, "service_unavailable", FaultKind::Unreachable),
    ] {
        let wire = answering([Response::json_text(status, errors(code))]);
        let fault = intercom(&wire)
            .read(&ask("tag", Mode::Everything, None))
            .await
            .unwrap_err();
        assert_eq!(fault.kind(), expected, "{status} {code}");
        assert!(fault.doing().contains("tag"), "{fault}");
        if expected == FaultKind::Unavailable
            && code != "api_plan_restricted"
            && status != 402
            && status != 400
        {
            assert!(fault.advice().unwrap().contains("Read tags"), "{status} {code}");
        }
    }
}

#[tokio::test]
async fn a_window_that_is_used_up_is_waited_for() {
    for (headers, expected) in [
        (
            &[
                ("x-ratelimit-reset", "1772323207"),
                ("date", "Sun, 01 Mar 2026 00:00:00 GMT"),
            ][..],
            7,
        ),
        (&[("x-ratelimit-reset", "1772323200")], 1),
        (&[("retry-after", "4")], 4),
        (&[("x-ratelimit-reset", "soon")], 10),
        (&[], 10),
    ] {
        let answer = Response::json_text(429, errors("rate_limit_exceeded"));
        let answer = headers
            .iter()
            .fold(answer, |answer, (name, value)| answer.header(name, value));
        let wire = answering([answer]);
        let fault = intercom(&wire)
            .read(&ask("tag", Mode::Everything, None))
            .await
            .unwrap_err();
        let wait = Some(Duration::from_secs(expected));
        assert_eq!(fault.kind(), FaultKind::Throttled { wait }, "{headers:?}");
    }
}

#[tokio::test]
async fn an_empty_yes_and_one_that_breaks_off_are_no_answers() {
    for (body, expected) in [
        ("", FaultKind::Unreachable),
        ("  \n", FaultKind::Unreachable),
        (r#"{"data":[{"id":"1"}"#, FaultKind::Unreachable),
        (r#"{"data":{}}"#, FaultKind::Unexpected),
        ("[]", FaultKind::Unexpected),
        (r#"{"data":[{"name":"nobody"}]}"#, FaultKind::Unexpected),
        (r#"{"data":[7]}"#, FaultKind::Unexpected),
    ] {
        let wire = scripted(vec![(200, body)]);
        let fault = intercom(&wire)
            .read(&ask("tag", Mode::Everything, None))
            .await
            .unwrap_err();
        assert_eq!(fault.kind(), expected, "{body}");
        assert!(!fault.to_string().contains("nobody"), "{fault}");
    }
}

#[tokio::test]
async fn a_record_that_is_not_there_is_none() {
    for object in ["conversation", "contact", "company", "ticket", "article", "note"] {
        let wire = answering([Response::json_text(404, errors("not_found"))]);
        let found = intercom(&wire)
            .find(&ObjectName::new(object), &RecordId::from("9"))
            .await;
        assert!(found.unwrap().is_none(), "{object}");
    }
}

#[tokio::test]
async fn attributes_that_are_not_given_do_not_stop_a_description() {
    let script = ["forbidden"; 6].map(|code| Response::json_text(403, errors(code)));
    let wire = answering(script);
    let source = intercom(&wire);
    let objects = source.describe().await.unwrap();
    assert!(
        objects
            .iter()
            .any(|object| object.name.as_str() == "conversation")
    );
    assert_eq!(asked(&wire).len(), 6);
}
