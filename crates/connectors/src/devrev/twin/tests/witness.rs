//! The vendor's OpenAPI description judges answers, and requests of the kind an import makes.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Desk, ticket};
use crate::devrev::judge::{Validators, description, deviations, request_schema, target};

mod calls;
mod custom;
mod files;
mod more;
mod people;
mod refused;
mod stages;

#[test]
fn answers_are_as_described() {
    let Some(description) = description() else { return };
    let mut judge = Judge::new(description);
    let mut desk = Desk::with(&[("artifact_without_file", "accept"), ("timeline_entries", "all")]);
    let all = [
        calls::calls(),
        files::calls(),
        custom::calls(),
        stages::calls(),
        more::calls(),
        people::calls(),
        calls::last(),
    ];
    for (path, body) in all.into_iter().flatten() {
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
    desk.ok(
        "dev-users.create",
        json!({"email": "x@y.example", "state": "shadow"}),
    );
    desk.ok(
        "dev-users.identities.link",
        json!({"dev_user": "DEVU-1", "issuer": "planhat", "id": "1"}),
    );
    for (path, body, status) in refused::refused() {
        judge.refusal(&mut desk, path, &body, status);
        judge.request(path, &body, false);
    }
    for (path, body, status) in refused::impossible() {
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
