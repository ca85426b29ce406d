#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use super::*;

fn check(status: u16, body: &str, kind: FaultKind, words: &str) {
    let response = Response::json_text(status, body.to_owned());
    let refused = refusal(Call::new("/accounts.create", "creating an account"), &response);
    assert_eq!(refused.kind(), kind, "{status} {body}");
    assert_eq!(refused.fault.words(), Some(words), "{status} {body}");
}

// tidy: long because it is one table.
#[test]
fn every_refusal_has_a_kind_and_the_vendors_words() {
    let throttled = |seconds| FaultKind::Throttled {
        wait: Some(Duration::from_secs(seconds)),
    };
    for (status, body, kind, words) in [
        (
            400,
            r#"{"message":"Bad Request","type":"invalid_field","field_name":"title"}"#,
            FaultKind::Rejected,
            "title: Bad Request (invalid_field)",
        ),
        (
            400,
            r#"{"message":"Bad Request","type":"customization_validation_error","subtype":"field_not_in_schema","field_name":"tnt__x","reason":"no"}"#,
            FaultKind::Rejected,
            "tnt__x: Bad Request, no (customization_validation_error) (field_not_in_schema)",
        ),
        (
            401,
            r#"{"message":"Who?","type":"unauthenticated"}"#,
            FaultKind::Denied,
            "Who? (unauthenticated)",
        ),
        (
            403,
            r#"{"message":"No","type":"forbidden"}"#,
            FaultKind::Denied,
            "No (forbidden)",
        ),
        (
            404,
            r#"{"message":"Gone","type":"not_found"}"#,
            FaultKind::Gone,
            "Gone (not_found)",
        ),
        (
            404,
            r#"{"message":"route not found"}"#,
            FaultKind::Unexpected,
            "route not found",
        ),
        (
            409,
            r#"{"message":"Conflict","type":"conflict"}"#,
            FaultKind::Exists,
            "Conflict (conflict)",
        ),
        (
            429,
            r#"{"message":"Slow","type":"too_many_requests","retry_after":7}"#,
            throttled(7),
            "Slow (too_many_requests)",
        ),
        (429, "", FaultKind::Throttled { wait: None }, "status 429"),
        (
            500,
            r#"{"message":"Oops","type":"internal_error","reference_id":"r1"}"#,
            FaultKind::Unreachable,
            "Oops (internal_error) [r1]",
        ),
        (503, "<html>", FaultKind::Unreachable, "status 503"),
        (302, "", FaultKind::Unexpected, "status 302"),
        (400, r#"{"message":"Bad"#, FaultKind::Rejected, "status 400"),
    ] {
        check(status, body, kind, words);
    }
}

#[test]
fn a_merged_record_has_moved() {
    let id = "don:identity:dvrv-us-1:devo/0:account/2";
    let escaped = "https://api.devrev.ai/accounts.get?id=don%3Aidentity%3Advrv-us-1%3Adevo%2F0%3Aaccount%2F2";
    let address = format!("/accounts.get?id={id}&x=1");
    for location in [id, escaped, address.as_str()] {
        let response = Response::text(301, "").header("location", location);
        let refused = refusal(Call::new("/accounts.get", "reading the account"), &response);
        assert_eq!(refused.kind(), FaultKind::Gone);
        assert_eq!(refused.moved().map(RecordId::as_str), Some(id), "{location}");
    }
    let elsewhere = Response::text(301, "").header("location", "https://login.example/");
    let refused = refusal(Call::new("/accounts.get", "reading the account"), &elsewhere);
    assert_eq!((refused.kind(), refused.moved()), (FaultKind::Unexpected, None));
}

#[test]
fn a_page_is_split_without_touching_its_records() {
    let body = r#"{"accounts": [{"id":"a1","n":1.50},{ "id" : "a2" }], "next_cursor":"c"}"#;
    let (raws, cursor) = answer(body).page("accounts").unwrap();
    let texts: Vec<&str> = raws.iter().map(|raw| raw.json.as_str()).collect();
    assert_eq!(texts, [r#"{"id":"a1","n":1.50}"#, r#"{ "id" : "a2" }"#]);
    assert_eq!(cursor.as_deref(), Some("c"));
    assert_eq!(answer("{}").page("accounts").unwrap(), (Vec::new(), None));
}

#[test]
fn what_was_cut_off_is_no_answer_and_what_is_whole_and_different_makes_no_sense() {
    for (body, kind) in [
        (r#"{"account":{"id":"a1","#, FaultKind::Unreachable),
        ("", FaultKind::Unreachable),
        ("<html></html>", FaultKind::Unreachable),
        ("{}", FaultKind::Unexpected),
        ("[]", FaultKind::Unexpected),
        (r#"{"account":{}}"#, FaultKind::Unexpected),
        (r#"{"account":{"id":7}}"#, FaultKind::Unexpected),
    ] {
        assert_eq!(answer(body).record("account").unwrap_err().kind(), kind, "{body}");
    }
}

fn answer(body: &'static str) -> Answer<'static> {
    Answer {
        call: Call::new("/accounts.get", "reading the account"),
        body: Bytes::from(body),
    }
}
