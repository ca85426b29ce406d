//! The vendor's OpenAPI description judges answers, and requests of the kind an import makes.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Desk, ticket};
use crate::devrev::judge::{Validators, description, deviations, request_schema, target};

/// Calls in the order in which a workspace is filled and read; all must pass.
fn calls() -> Vec<(&'static str, Value)> {
    // tidy: long because it is one table.
    let spec = json!({"tenant_fragment": true});
    let fields = json!([
        {"name": "key", "field_type": "tokens", "is_filterable": true, "ui": {"display_name": "Key"}},
        {"name": "mrr", "field_type": "double"},
        {"name": "level", "field_type": "uenum", "allowed_values": [{"id": 1, "label": "Low", "ordinal": 1}]},
        {"name": "phase", "field_type": "enum", "allowed_values": ["a"]},
        {"name": "words", "field_type": "array", "base_type": "text"},
    ]);
    let fragment = |leaf: &str| json!({"type": "tenant_fragment", "leaf_type": leaf, "description": "d", "fields": fields});
    let custom =
        json!({"tnt__key": "k", "tnt__mrr": 1.5, "tnt__level": 1, "tnt__phase": "a", "tnt__words": ["x"]});
    let comment = |more: Value| {
        let mut body = json!({"type": "timeline_comment", "object": "TKT-1", "body": "b"});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        body
    };
    vec![
        ("dev-users.self", json!({})),
        ("dev-orgs.get", json!({})),
        (
            "dev-users.create",
            json!({"email": "x@y.example", "full_name": "X", "state": "shadow", "reports_to": "DEVU-1"}),
        ),
        ("dev-users.update", json!({"id": "DEVU-2", "display_name": "Y"})),
        ("dev-users.get", json!({"id": "DEVU-2"})),
        (
            "dev-users.list",
            json!({"email": ["x@y.example"], "modified_date": {"type": "range", "after": "2020-01-01T00:00:00Z"}}),
        ),
        ("schemas.custom.set", fragment("account")),
        ("schemas.custom.set", fragment("ticket")),
        ("schemas.custom.set", fragment("account")),
        ("schemas.custom.get", json!({"id": "TENANT-FRAGMENT-1"})),
        ("schemas.custom.list", json!({"leaf_type": ["account"]})),
        ("schemas.stock.get", json!({"leaf_type": "ticket"})),
        ("schemas.aggregated.get", json!({"leaf_type": "account"})),
        (
            "tags.create",
            json!({"name": "vip", "allowed_values": ["a"], "style_new": {"color": "#fff"}}),
        ),
        ("tags.update", json!({"id": "TAG-1", "description": "d"})),
        ("tags.get", json!({"id": "TAG-1"})),
        ("tags.list", json!({"name": ["vip"]})),
        (
            "parts.create",
            json!({"type": "capability", "name": "C", "owned_by": ["DEVU-1"], "parent_part": ["PROD-1"]}),
        ),
        (
            "parts.update",
            json!({"id": "CAPL-1", "type": "capability", "name": "D", "tags": {"set": [{"id": "TAG-1"}]}}),
        ),
        ("parts.get", json!({"id": "PROD-1"})),
        ("parts.list", json!({"type": ["product"]})),
        (
            "accounts.create",
            json!({"display_name": "A", "external_refs": ["r"], "websites": ["a.example"], "owned_by": ["DEVU-1"], "tags": [{"id": "TAG-1", "value": "a"}], "custom_schema_spec": spec, "custom_fields": custom}),
        ),
        (
            "accounts.update",
            json!({"id": "ACC-1", "tier": "gold", "websites": {"set": ["b.example"]}}),
        ),
        ("accounts.get", json!({"id": "ACC-1"})),
        (
            "accounts.list",
            json!({"external_refs": ["r"], "limit": 1, "sort_by": ["modified_date:asc"], "custom_fields": {"tnt__key": ["k"]}}),
        ),
        ("accounts.export", json!({"first": 10})),
        (
            "rev-orgs.create",
            json!({"account": "ACC-1", "display_name": "W"}),
        ),
        ("rev-orgs.update", json!({"id": "REV-2", "description": "d"})),
        ("rev-orgs.get", json!({"account": "ACC-1"})),
        ("rev-orgs.list", json!({"account": ["ACC-1"]})),
        (
            "rev-users.create",
            json!({"account": "ACC-1", "email": "p@a.example", "external_ref": "p", "phone_numbers": ["+4612345"], "tags": [{"id": "TAG-1"}]}),
        ),
        ("rev-users.update", json!({"id": "REVU-1", "display_name": "P"})),
        ("rev-users.get", json!({"id": "REVU-1"})),
        ("rev-users.list", json!({"email": ["p@a.example"]})),
        ("rev-users.scan", json!({})),
        (
            "rev-users.associations.add",
            json!({"rev_user_id": "REVU-1", "associations": [{"associated_to": "REV-2"}]}),
        ),
        ("rev-users.associations.list", json!({"rev_user_id": "REVU-1"})),
        (
            "rev-users.associations.remove",
            json!({"rev_user_id": "REVU-1", "associations": ["REV-2"]}),
        ),
        (
            "works.create",
            ticket(
                json!({"account": "ACC-1", "external_ref": "t", "reported_by": ["REVU-1"], "severity": "low", "source_channel": "email", "custom_schema_spec": spec, "custom_fields": custom, "tags": [{"id": "TAG-1"}], "target_close_date": "2024-01-01T00:00:00Z"}),
            ),
        ),
        (
            "works.create",
            json!({"type": "issue", "title": "I", "applies_to_part": "CAPL-1", "owned_by": ["DEVU-2"], "priority_v2": 1, "developed_with": ["PROD-1"]}),
        ),
        (
            "works.update",
            json!({"id": "TKT-1", "type": "ticket", "stage": {"name": "resolved"}, "sentiment": 1}),
        ),
        ("works.get", json!({"id": "TKT-1"})),
        ("works.list", json!({"type": ["ticket", "issue"], "limit": 1})),
        ("works.export", json!({"first": 1})),
        (
            "conversations.create",
            json!({"type": "support", "title": "C", "description": "d", "members": ["REVU-1"], "owned_by": ["DEVU-1"], "messages": [{"body": "m"}], "stage": {"name": "resolved"}, "source_channel": "email", "metadata": {"url_context": "u"}}),
        ),
        ("conversations.get", json!({"id": "CONV-1"})),
        ("conversations.list", json!({"members": ["REVU-1"]})),
        (
            "timeline-entries.create",
            comment(
                json!({"external_ref": "c", "visibility": "internal", "labels": ["l"], "collections": ["discussions"]}),
            ),
        ),
        ("timeline-entries.list", json!({"object": "TKT-1"})),
        ("rev-orgs.delete", json!({"id": "REV-2"})),
        ("works.delete", json!({"id": "ISS-1"})),
        (
            "schemas.custom.set",
            json!({"type": "tenant_fragment", "leaf_type": "license", "description": "d", "is_custom_leaf_type": true, "id_prefix": "LIC", "fields": [
                {"name": "key", "field_type": "tokens", "is_filterable": true},
                {"name": "account", "field_type": "id", "id_type": ["account"], "is_filterable": true},
                {"name": "others", "field_type": "array", "base_type": "id", "id_type": ["custom_object.license"]},
                {"name": "mrr", "field_type": "double"},
                {"name": "since", "field_type": "date"},
                {"name": "seen", "field_type": "timestamp"},
                {"name": "text", "field_type": "rich_text"},
                {"name": "raw", "field_type": "json_value"},
                {"name": "level", "field_type": "uenum", "allowed_values": [{"id": 1, "label": "Low", "ordinal": 1}]},
            ]}),
        ),
        (
            "schemas.custom.set",
            json!({"type": "custom_type_fragment", "leaf_type": "license", "is_custom_leaf_type": true, "subtype": "trial", "description": "d", "fields": [{"name": "days", "field_type": "int", "default_value": 30}]}),
        ),
        (
            "custom-objects.create",
            json!({"leaf_type": "license", "title": "L", "unique_key": "planhat:license:1", "custom_schema_spec": {"tenant_fragment": true, "subtype": "trial"},
                "custom_fields": {"tnt__key": "k", "tnt__account": "ACC-1", "tnt__mrr": 1.5, "tnt__since": "2024-01-01", "tnt__seen": "2024-01-01T00:00:00Z", "tnt__text": "**b**", "tnt__raw": {"a": [1]}, "tnt__level": 1, "ctype__days": 14}}),
        ),
        (
            "custom-objects.update",
            json!({"id": "C-LIC-1", "title": null, "custom_schema_spec": {"tenant_fragment": true}, "custom_fields": {"tnt__others": ["C-LIC-1"]}}),
        ),
        ("custom-objects.get", json!({"id": "C-LIC-1"})),
        (
            "custom-objects.list",
            json!({"leaf_type": "license", "filter": ["eq", "$custom_fields.tnt__key", "k"], "sort_by": ["modified_date"], "limit": 1}),
        ),
        (
            "custom-objects.count",
            json!({"leaf_type": "license", "filters": [["eq", "$unique_key", "x"]]}),
        ),
        (
            "timeline-entries.create",
            json!({"type": "timeline_comment", "object": "C-LIC-1", "body": "b"}),
        ),
        (
            "schemas.subtypes.prepare-update",
            json!({"leaf_type": "license", "is_custom_leaf_type": true, "object": "C-LIC-1"}),
        ),
        ("schemas.subtypes.list", json!({"leaf_type": "license"})),
        (
            "schemas.aggregated.get",
            json!({"leaf_type": "license", "is_custom_leaf_type": true, "custom_schema_spec": {"subtype": "trial"}}),
        ),
        (
            "schemas.custom.list",
            json!({"is_custom_leaf_type": true, "types": ["tenant_fragment"]}),
        ),
        ("schemas.stock.list", json!({"prune": ["fields"]})),
        ("custom-objects.delete", json!({"id": "C-LIC-1"})),
        ("accounts.delete", json!({"id": "ACC-1"})),
    ]
}

/// Calls that both the twin and the description refuse, with the answer's status.
fn refused() -> Vec<(&'static str, Value, u16)> {
    vec![
        ("accounts.create", json!({}), 400),
        ("custom-objects.list", json!({}), 400),
        ("accounts.create", json!({"display_name": 1}), 400),
        ("accounts.create", json!({"display_name": "A", "nope": 1}), 400),
        ("works.create", ticket(json!({"title": ""})), 400),
        ("works.create", ticket(json!({"severity": "huge"})), 400),
        ("works.create", ticket(json!({"priority": "p0"})), 400),
        (
            "works.update",
            json!({"id": "TKT-1", "type": "ticket", "title": "x".repeat(257)}),
            400,
        ),
        (
            "timeline-entries.create",
            json!({"type": "timeline_comment"}),
            400,
        ),
        (
            "timeline-entries.create",
            json!({"type": "timeline_comment", "object": "TKT-1", "external_ref": ""}),
            400,
        ),
        (
            "works.list",
            json!({"modified_date": {"after": "2020-01-01T00:00:00Z"}}),
            400,
        ),
    ]
}

/// Calls of which only the twin knows that they cannot be done.
fn impossible() -> Vec<(&'static str, Value, u16)> {
    vec![
        ("accounts.get", json!({"id": "ACC-9"}), 404),
        ("accounts.create", json!({"display_name": "Acme"}), 409),
        (
            "accounts.create",
            json!({"display_name": "A", "owned_by": ["x"]}),
            400,
        ),
        (
            "accounts.create",
            json!({"display_name": "A", "owned_by": ["TKT-1"]}),
            400,
        ),
        (
            "works.create",
            ticket(json!({"stage": {"name": "resolved"}})),
            400,
        ),
        (
            "accounts.update",
            json!({"id": "ACC-1", "custom_fields": {"tnt__x": 1}}),
            400,
        ),
        (
            "accounts.update",
            json!({"id": "ACC-1", "custom_schema_spec": {"tenant_fragment": true}}),
            400,
        ),
        ("parts.update", json!({"id": "PROD-1"}), 400),
        ("works.create", ticket(json!({"external_ref": "taken"})), 409),
        ("custom-objects.create", json!({"leaf_type": "nope"}), 400),
        (
            "custom-objects.create",
            json!({"leaf_type": "license", "unique_key": "taken"}),
            409,
        ),
        ("custom-objects.get", json!({}), 400),
    ]
}

#[test]
fn answers_are_as_described() {
    let Some(description) = description() else { return };
    let mut judge = Judge::new(description);
    let mut desk = Desk::new();
    for (path, body) in calls() {
        let (status, answer) = desk.post(path, body.clone());
        assert!(status < 300, "{path} {body}: {answer}");
        judge.request(path, &body, true);
        judge.answer(path, status, answer);
    }
    let mut desk = Desk::new();
    desk.furnish();
    desk.ok("works.create", ticket(json!({"external_ref": "taken"})));
    desk.license();
    desk.ok(
        "custom-objects.create",
        json!({"leaf_type": "license", "unique_key": "taken"}),
    );
    for (path, body, status) in refused() {
        judge.refusal(&mut desk, path, &body, status);
        judge.request(path, &body, false);
    }
    for (path, body, status) in impossible() {
        judge.refusal(&mut desk, path, &body, status);
        judge.request(path, &body, true);
    }
    judge.unused();
    assert!(judge.wrong.is_empty(), "{}", judge.wrong.join("\n"));
}

struct Judge {
    description: Value,
    known: BTreeSet<String>,
    used: BTreeSet<String>,
    validators: Validators,
    wrong: Vec<String>,
}

impl Judge {
    fn new(description: Value) -> Self {
        Self {
            validators: Validators::new(&description),
            description,
            known: deviations("answer"),
            used: BTreeSet::new(),
            wrong: Vec::new(),
        }
    }

    fn request(&mut self, path: &str, body: &Value, fits: bool) {
        let reference = request_schema(&self.description, path).unwrap()["$ref"]
            .as_str()
            .unwrap()
            .to_owned();
        let mut body = body.clone();
        self.strip(&mut body, path);
        let errors = self.validators.errors(&reference, &body);
        match (errors.is_empty(), fits) {
            (true, false) => self
                .wrong
                .push(format!("{path} {body}: the description allows it")),
            (false, true) => self.wrong.push(format!("{path} {body}: {}", errors.join("; "))),
            _ => {}
        }
    }

    fn answer(&mut self, path: &str, status: u16, mut answer: Value) {
        let responses = &self.description["paths"][format!("/{path}")]["post"]["responses"];
        let place = format!("{path} {status}");
        if self.known.contains(&place) {
            self.used.insert(place);
            return;
        }
        let Some(response) = responses.get(status.to_string()) else {
            self.wrong
                .push(format!("{path}: answers {status}, which is not described"));
            return;
        };
        let response = target(&self.description, response);
        let Some(reference) = response.pointer("/content/application~1json/schema/$ref") else {
            assert!(answer.is_null(), "{path}: a body where none is described");
            return;
        };
        let reference = reference.as_str().unwrap().to_owned();
        self.strip(&mut answer, "");
        let errors = self.validators.errors(&reference, &answer);
        self.wrong.extend(
            errors
                .into_iter()
                .map(|error| format!("{path} {status}: {error}")),
        );
    }

    fn refusal(&mut self, desk: &mut Desk, path: &str, body: &Value, status: u16) {
        let (got, answer) = desk.post(path, body.clone());
        assert_eq!(got, status, "{path} {body}: {answer}");
        self.answer(path, status, answer);
    }

    /// Takes out the members that are known to deviate: `work external_ref` within anything called `work` or `works`.
    fn strip(&mut self, value: &mut Value, name: &str) {
        match value {
            Value::Array(values) => values.iter_mut().for_each(|value| self.strip(value, name)),
            Value::Object(map) => {
                let places: Vec<String> = map
                    .keys()
                    .map(|member| format!("{} {member}", name.trim_end_matches('s')))
                    .collect();
                let places = places
                    .into_iter()
                    .filter(|place| self.known.contains(place))
                    .collect::<Vec<_>>();
                for place in places {
                    map.remove(place.rsplit(' ').next().unwrap());
                    self.used.insert(place);
                }
                map.iter_mut()
                    .for_each(|(member, value)| self.strip(value, member));
            }
            _ => {}
        }
    }

    fn unused(&mut self) {
        let unused = self.known.difference(&self.used);
        let unused = unused.map(|place| format!("{place}: is listed, but does not deviate"));
        self.wrong.extend(unused.collect::<Vec<_>>());
    }
}
