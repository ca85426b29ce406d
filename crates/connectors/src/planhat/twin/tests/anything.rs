//! Whatever is sent, an answer comes; and what is listed is what is kept.

use bytes::Bytes;
use http::{Method, header};
use proptest::prelude::*;
use serde_json::Value;

use super::{noon, small};
use crate::{Twin, kit::Request, planhat::twin::PlanhatTwin};

fn json() -> impl Strategy<Value = String> {
    let names = prop::sample::select(vec![
        "_id",
        "name",
        "companyId",
        "externalId",
        "sourceId",
        "email",
        "type",
        "users",
        "endusers",
        "id",
        "custom",
        "description",
        "date",
        "domains",
        "ownerId",
        "history",
        "roles",
        "parent",
        "archived",
        "createdAt",
        "agentEmail",
        "$serde_json::private::Number",
        "$serde_json::private::RawValue",
    ]);
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("-1e400".to_owned()),
        Just("\"c1\"".to_owned()),
        Just("\"extid-ext 1\"".to_owned()),
        Just("\"a@acme.test\"".to_owned()),
        Just("\"ticket\"".to_owned()),
        Just("\"<p>x</\"".to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
        ".{0,8}".prop_map(|text| Value::from(text).to_string()),
    ];
    leaf.prop_recursive(3, 24, 6, move |inner| {
        let field = (names.clone(), inner.clone()).prop_map(|(name, value)| format!("{name:?}:{value}"));
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(|list| format!("[{}]", list.join(","))),
            prop::collection::vec(field, 0..6).prop_map(|fields| format!("{{{}}}", fields.join(","))),
        ]
    })
}

fn requests() -> impl Strategy<Value = Request> {
    // tidy: long because it lists what a request is made of
    let method = prop::sample::select(vec![
        Method::GET,
        Method::POST,
        Method::PUT,
        Method::DELETE,
        Method::PATCH,
    ]);
    let model = prop::sample::select(vec![
        "companies",
        "leancompanies",
        "endusers",
        "users",
        "conversations",
        "tickets",
        "customfields",
        "tasks",
        "licenses",
        "comments",
        "myprofile",
        "..",
        "%00",
        "%ff",
    ]);
    let id = prop_oneof![
        Just(String::new()),
        Just("/c1".to_owned()),
        Just("/e1".to_owned()),
        Just("/extid-ext%201".to_owned()),
        Just("/srcid-%".to_owned()),
        "/.{0,8}",
    ];
    let parameter = (
        prop::sample::select(vec![
            "limit",
            "offset",
            "sort",
            "select",
            "companyId",
            "archived",
            "isArchived",
            "enduserIds",
            "email",
            "euId",
            "status",
            "search",
            "type",
            "externalId",
        ]),
        prop_oneof![
            Just("99999999999999999999999".to_owned()),
            Just("-_id".to_owned()),
            ".{0,8}"
        ],
    );
    let body = prop_oneof![json(), ".{0,16}"];
    (method, model, id, prop::collection::vec(parameter, 0..4), body).prop_map(
        |(method, model, id, query, body)| {
            let mut request =
                Request::new(method, format!("/{model}{id}")).header(header::AUTHORIZATION, "Bearer x");
            for (name, value) in query {
                request = request.query(name, value);
            }
            request.body = Bytes::from(body);
            request
        },
    )
}

/// Whatever was written, every index agrees with the records.
fn check(twin: &mut PlanhatTwin) {
    let mut saved = Vec::new();
    twin.save(&mut saved).unwrap();
    let mut fresh = small(&[]);
    fresh.load(&mut saved.as_slice()).unwrap();
    for line in [
        "GET /companies?sort=name&limit=5000",
        "GET /leancompanies",
        "GET /endusers?archived=true&sort=-email",
        "GET /users?sort=_id",
        "GET /conversations?companyId=c1&limit=2000",
        "GET /conversations?limit=2000",
        "GET /tickets?sort=-updateDate",
        "GET /tasks?isArchived=true&sort=startTime",
        "GET /licenses?companyId=c1",
    ] {
        assert_eq!(super::get(twin, line), super::get(&mut fresh, line), "{line}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn anything_gets_an_answer(requests in prop::collection::vec(requests(), 1..12)) {
        let mut twin = small(&[("legacy_routes", "present"), ("reserved_types", "accept")]);
        check(&mut twin);
        for request in requests {
            let answer = twin.answer(&request, noon());
            let status = answer.response.status;
            prop_assert!(matches!(status, 200 | 204 | 206 | 400 | 403 | 404 | 413), "{status}");
            prop_assert!(!answer.changed || status < 300 || request.method == Method::PUT);
            if status == 200 {
                serde_json::from_slice::<Value>(&answer.response.body).unwrap();
            }
        }
        check(&mut twin);
    }
}
