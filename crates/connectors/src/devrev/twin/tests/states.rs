use model::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Desk, ticket};
use crate::{Sample, kit::Request};

fn saved(desk: &Desk) -> String {
    let mut out = Vec::new();
    desk.twin.save(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn dumped(desk: &Desk) -> Vec<String> {
    let objects = desk.twin.objects();
    objects
        .iter()
        .flat_map(|object| desk.twin.dump(object).unwrap())
        .collect()
}

#[test]
fn a_saved_state_comes_back_whole() {
    let mut desk = Desk::new();
    desk.furnish();
    let fragment = json!({"type": "tenant_fragment", "leaf_type": "ticket", "description": "d", "fields": [{"name": "k", "field_type": "tokens", "is_filterable": true}]});
    desk.ok("schemas.custom.set", fragment.clone());
    desk.ok("schemas.custom.set", fragment);
    let custom = json!({"custom_schema_spec": {"tenant_fragment": true}, "custom_fields": {"tnt__k": "v"}});
    desk.ok("works.create", ticket(custom));
    desk.ok("works.create", ticket(json!({})));
    desk.ok("works.delete", json!({"id": "TKT-3"}));
    desk.ok(
        "timeline-entries.create",
        json!({"type": "timeline_comment", "object": "TKT-2", "external_ref": "r"}),
    );

    let mut other = Desk::new();
    other.second = desk.second;
    other.twin.load(&mut saved(&desk).as_bytes()).unwrap();
    assert_eq!(saved(&other), saved(&desk));
    assert_eq!(dumped(&other), dumped(&desk));
    for (path, body) in [
        ("works.create", ticket(json!({}))),
        ("works.list", json!({"custom_fields": {"tnt__k": ["v"]}})),
        (
            "timeline-entries.get",
            json!({"id": "TKT-2", "external_ref": "r"}),
        ),
        ("accounts.create", json!({"display_name": "Acme"})),
    ] {
        assert_eq!(desk.post(path, body.clone()), other.post(path, body));
    }
}

#[test]
fn a_broken_state_is_refused() {
    for text in [
        "",
        "{}",
        "{\"twin\":\"devrev\",\"format\":1,\"clock\":0}\n{}",
        "{\"twin\":\"devrev\",\"format\":1,\"clock\":0}\n{\"k\":\"devu/9\",\"c\":0}",
    ] {
        assert!(Desk::new().twin.load(&mut text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn a_sample_is_the_same_each_time() {
    let filled = |seed: u64| {
        let mut desk = Desk::new();
        let sample = Sample { companies: 3, seed };
        assert_eq!(desk.twin.fill(&sample, Timestamp::UNIX_EPOCH).unwrap(), 15);
        saved(&desk)
    };
    assert_eq!(filled(1), filled(1));
    assert_ne!(filled(1), filled(2));
}

#[test]
fn only_changes_are_called_changes() {
    let mut desk = Desk::new();
    desk.furnish();
    let mut changed = |path: &str, body: Value| {
        desk.send(Request::new(http::Method::POST, path).json(&body))
            .changed
    };
    assert!(!changed("/works.list", json!({})));
    assert!(!changed("/works.get", json!({"id": "TKT-1"})));
    assert!(!changed("/works.create", json!({})));
    assert!(!changed("/tags.create", json!({"name": "vip"})));
    assert!(changed("/tags.create", json!({"name": "new"})));
    assert!(changed("/tags.delete", json!({"id": "TAG-2"})));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
        prop::sample::select(vec![
            "ACC-1",
            "TKT-1",
            "DEVU-1",
            "PROD-1",
            "REVU-1",
            "TAG-1",
            "don:core:dvrv-us-1:devo/1nterL1ne:ticket/1",
            "don:::",
            "2024-01-01T00:00:00Z",
            "ticket",
            "issue",
            "timeline_comment",
            "tenant_fragment",
            "account",
            "range"
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(any_name(), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn any_name() -> impl Strategy<Value = String> {
    let known = vec![
        "id",
        "type",
        "object",
        "title",
        "name",
        "display_name",
        "owned_by",
        "applies_to_part",
        "tags",
        "set",
        "add",
        "remove",
        "stage",
        "custom_fields",
        "custom_schema_spec",
        "tenant_fragment",
        "fields",
        "field_type",
        "leaf_type",
        "description",
        "cursor",
        "limit",
        "mode",
        "sort_by",
        "modified_date",
        "after",
        "before",
        "external_ref",
        "external_refs",
        "email",
        "account",
        "rev_org",
        "ticket",
        "issue",
        "days",
        "value",
        "associations",
        "rev_user_id",
        "parent_part",
        "parts",
        "level",
        "body",
        "state",
        "first",
        "websites",
        "domains",
        "messages",
    ];
    prop_oneof![4 => prop::sample::select(known).prop_map(str::to_owned), 1 => "\\PC{0,6}"]
}

fn any_path() -> impl Strategy<Value = String> {
    let objects = vec![
        "accounts",
        "rev-users",
        "rev-orgs",
        "dev-users",
        "works",
        "conversations",
        "timeline-entries",
        "parts",
        "tags",
        "schemas.custom",
        "schemas.stock",
        "schemas.aggregated",
        "rev-users.associations",
    ];
    let verbs = vec![
        "create", "update", "get", "list", "delete", "export", "count", "scan", "set", "add", "remove",
        "self",
    ];
    (prop::sample::select(objects), prop::sample::select(verbs))
        .prop_map(|(object, verb)| format!("{object}.{verb}"))
}

fn any_body() -> impl Strategy<Value = Value> {
    prop::collection::btree_map(any_name(), any_json(), 0..8)
        .prop_map(|map| Value::Object(map.into_iter().collect()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_makes_it_panic(calls in prop::collection::vec((any_path(), any_body()), 1..24), raw in prop::collection::vec(any::<u8>(), 0..64), query in prop::collection::vec((any_name(), "\\PC{0,12}"), 0..4)) {
        let mut desk = Desk::new();
        desk.furnish();
        for (path, body) in calls {
            desk.post(&path, body);
            let pairs: Vec<(&str, &str)> = query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            desk.get(&path, &pairs);
            let mut request = Request::new(http::Method::POST, format!("/{path}"));
            request.body = raw.clone().into();
            desk.send(request);
        }
        let mut other = Desk::new();
        other.twin.load(&mut saved(&desk).as_bytes()).unwrap();
        prop_assert_eq!(dumped(&other), dumped(&desk));
    }
}
