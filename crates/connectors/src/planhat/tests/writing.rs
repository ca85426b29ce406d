//! What is sent for a change, and what is made of the answers.

use model::{
    Action, Base, Change, ChangeId, Destination, ExternalKey, FaultKind, FieldChange, FieldKind, FieldName,
    ObjectName, PairingId, Reason, RecordId, Reference, RichFormat, RichText, Side, Value, Written,
};
use serde_json::{Value as Json, json};

use super::*;

pub(super) fn change(object: &str, action: Action, fields: &[(&str, Value)]) -> Change {
    let id = match &action {
        Action::Create { key } => key.as_str().to_owned(),
        Action::Update(id) | Action::Delete(id) => id.to_string(),
    };
    let fields = fields.iter().map(|(name, after)| FieldChange {
        name: FieldName::new(name),
        before: None,
        after: after.clone(),
    });
    Change {
        id: ChangeId::from(id.as_str()),
        pairing: PairingId::new("p"),
        side: Side::Left,
        object: ObjectName::new(object),
        action,
        left_object: ObjectName::new("other"),
        left: RecordId::from(id.as_str()),
        right_object: ObjectName::new("other"),
        right: Some(RecordId::from(id.as_str())),
        title: String::new(),
        fields: fields.collect(),
        why: Reason::Missing,
        adopted: false,
        waiting: false,
        returning: false,
        base: Base::default(),
    }
}

pub(super) fn made(object: &str, key: &str, fields: &[(&str, Value)]) -> Change {
    let key = ExternalKey::new(key);
    change(object, Action::Create { key }, fields)
}

pub(super) fn changed(object: &str, id: &str, fields: &[(&str, Value)]) -> Change {
    change(object, Action::Update(RecordId::from(id)), fields)
}

pub(super) fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

pub(super) fn html(text: &str) -> Value {
    Value::Rich(RichText {
        format: RichFormat::Html,
        text: text.to_owned(),
    })
}

pub(super) fn at(text: &str) -> Value {
    Value::Instant(text.parse().unwrap())
}

pub(super) fn to(object: &str, id: &str) -> Value {
    Value::Ref(Reference {
        object: ObjectName::new(object),
        id: RecordId::from(id),
        label: Some("whoever".to_owned()),
    })
}

pub(super) async fn one(writer: &Writer, change: Change) -> Result<Written, Fault> {
    let object = change.object.clone();
    let outcomes = Destination::write(writer, &object, &[change]).await;
    outcomes.into_iter().next().unwrap().result
}

/// Planhat as a table: a request's line, and what is answered to it; the last answer stays. Returns what was sent, and
/// what came of it.
async fn check(change: Change, table: &[(&str, u16, Json)], sent: &[&str], came: &str) {
    let mut rows: Vec<(String, u16, Json)> = Vec::new();
    rows.extend(
        table
            .iter()
            .map(|(line, status, answer)| ((*line).to_owned(), *status, answer.clone())),
    );
    let rows = Mutex::new(rows);
    let log: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = Arc::clone(&log);
    let wire = wire(move |request| {
        let line = format!("{} {}", request.method, request.path);
        let body = String::from_utf8(request.body.to_vec()).unwrap();
        seen.lock()
            .unwrap()
            .push(format!("{line} {body}").trim().to_owned());
        let mut rows = rows.lock().unwrap();
        let here: Vec<usize> = (0..rows.len()).filter(|row| rows[*row].0 == line).collect();
        let Some(first) = here.first() else {
            return Ok(Response::json(404, &json!({"message": "not found"})));
        };
        let (_, status, answer) = match here.len() {
            1 => rows[*first].clone(),
            _ => rows.remove(*first),
        };
        match status {
            0 => Err(Fault::new(FaultKind::Unreachable, "sending")),
            status => Ok(Response::json(status, &answer)),
        }
    });
    let writer = Writer::new(planhat(wire));
    let shown = format!("{:?} {:?}", change.action, change.fields);
    let result = match one(&writer, change).await {
        Ok(written) => format!(
            "{} {}",
            written.id,
            written.raw.map_or("-".to_owned(), |raw| raw.json)
        ),
        Err(fault) => format!("{:?}: {}", fault.kind(), fault.words().unwrap_or_default()),
    };
    assert_eq!(*log.lock().unwrap(), sent, "{shown}");
    assert_eq!(result, came, "{shown}");
}

fn license(fields: &[(&str, Value)]) -> Change {
    let whole = [
        ("companyId", to("company", "c1")),
        ("fromDate", at("2026-01-01T00:00:00Z")),
        ("toDate", at("2026-12-31T00:00:00Z")),
    ];
    let left: Vec<(&str, Value)> = whole
        .into_iter()
        .filter(|(name, _)| !fields.iter().any(|(given, _)| given == name))
        .chain(fields.iter().cloned())
        .collect();
    made("license", "devrev:custom:license:1/2", &left)
}

#[tokio::test]
async fn a_creation_carries_our_key_where_the_customer_has_none() {
    let answer = json!({"_id": "n1"});
    let table = [
        ("POST /companies", 200, answer.clone()),
        ("POST /tasks", 200, answer.clone()),
    ];
    let name = ("name", text("Acme"));
    for (change, body) in [
        (
            made("company", "k", std::slice::from_ref(&name)),
            r#"{"name":"Acme","externalId":"k"}"#,
        ),
        (
            made("company", "k", &[name.clone(), ("externalId", text("own"))]),
            r#"{"name":"Acme","externalId":"own","sourceId":"k"}"#,
        ),
        (
            made(
                "company",
                "k",
                &[
                    name.clone(),
                    ("externalId", text("own")),
                    ("sourceId", text("crm")),
                ],
            ),
            r#"{"name":"Acme","externalId":"own","sourceId":"crm"}"#,
        ),
    ] {
        let sent = sorted(&format!("POST /companies {body}"));
        check(change, &table, &[&sent], r#"n1 {"_id":"n1"}"#).await;
    }
    let task = made(
        "task",
        "k",
        &[("companyId", to("company", "c1")), ("action", text("Call"))],
    );
    let sent = sorted(r#"POST /tasks {"companyId":"c1","action":"Call","mainType":"task","sourceId":"k"}"#);
    check(task, &table, &[&sent], r#"n1 {"_id":"n1"}"#).await;
}

/// As it is sent: members in the order of their names.
fn sorted(line: &str) -> String {
    let at = line.find('{').unwrap();
    let json: Json = serde_json::from_str(&line[at..]).unwrap();
    format!("{}{json}", &line[..at])
}

#[tokio::test]
async fn what_is_missing_is_named_in_one_sentence() {
    for (change, words) in [
        (
            license(&[("toDate", Value::Nothing)]),
            "Planhat makes no license without `toDate`",
        ),
        (
            license(&[("companyId", Value::Nothing), ("fromDate", Value::Nothing)]),
            "Planhat makes no license without `companyId` and `fromDate`",
        ),
        (
            made("company", "k", &[]),
            "Planhat makes no company without `name`",
        ),
        (
            made("enduser", "k", &[("email", text("a@x.example"))]),
            "Planhat makes no end user without `companyId`",
        ),
        (
            made("task", "k", &[]),
            "Planhat makes no task without `companyId`",
        ),
        (
            made("conversation", "k", &[]),
            "Planhat makes no conversation without `companyId`",
        ),
        (
            made("comment", "k", &[]),
            "Planhat makes no comment without `parent` and `text`",
        ),
        (made("team", "k", &[]), "such records of Planhat are read only"),
    ] {
        check(change, &[], &[], &format!("Rejected: {words}")).await;
    }
}

// tidy: long because it is a table
#[tokio::test]
async fn what_planhat_would_change_without_a_word_is_refused() {
    let of = |object: &str, name: &str, value: Value| changed(object, "x", &[(name, value)]);
    let number = |digits: &str| Value::Number(model::Number::parse(digits).unwrap());
    for (change, words) in [
        (
            of("license", "arr", number("1")),
            "`arr` is worked out by Planhat",
        ),
        (
            of("license", "whatever", number("1")),
            "`whatever` is no field of it in Planhat",
        ),
        (
            of("license", "value", number("9007199254740993")),
            "`value` keeps 15 to 17 digits in Planhat, and the number has more; a text field keeps them all",
        ),
        (of("license", "value", text("12")), "`value` takes a number"),
        (
            of("license", "companyId", to("user", "u1")),
            "`companyId` refers to another kind of record",
        ),
        (
            of("license", "toDate", at("2026-01-01T00:00:00.0001Z")),
            "`toDate` keeps milliseconds in Planhat, and the time is finer",
        ),
        (
            of("task", "repeatDays", number("1.5")),
            "`repeatDays` takes a whole number of at most 16 digits",
        ),
        (of("task", "description", text("<b>")), "`description` takes HTML"),
        (
            of("task", "checklist", Value::List(vec![text("Call")])),
            "`checklist` takes steps that begin with ☐ or ☑",
        ),
        (
            of("conversation", "snippet", text("x")),
            "`snippet` is worked out by Planhat",
        ),
        (
            of("company", "status", text("customer")),
            "`status` is worked out by Planhat",
        ),
        (
            of("company", "domains", Value::List(vec![Value::Nothing])),
            "`domains` takes no empty element",
        ),
        (
            changed(
                "license",
                "x",
                &[
                    ("fixedPeriod", Value::Bool(false)),
                    ("toDate", at("2026-01-01T00:00:00Z")),
                ],
            ),
            "`toDate` is emptied by Planhat where `fixedPeriod` is no",
        ),
        (
            made(
                "conversation",
                "k",
                &[("companyId", to("company", "c1")), ("type", text("email"))],
            ),
            "conversations of the type `email` are made by Planhat alone",
        ),
    ] {
        check(change, &[], &[], &format!("Rejected: {words}")).await;
    }
}

#[test]
fn a_value_that_would_change_is_told_before_it_is_planned() {
    let writer = Writer::new(planhat(wire(|_| panic!("nothing is sent"))));
    let number = |digits: &str| Value::Number(model::Number::parse(digits).unwrap());
    let list = |kind: FieldKind| FieldKind::List(Box::new(kind));
    let words = || FieldKind::Choice {
        values: vec!["a".to_owned()],
    };
    for (kind, value, misfits) in [
        (FieldKind::Number, number("0.1"), false),
        (FieldKind::Number, number("0.10000000000000001"), true),
        (FieldKind::Integer, number("1e3"), false),
        (FieldKind::Integer, number("1.5"), true),
        (FieldKind::Instant, at("2026-01-01T00:00:00.001Z"), false),
        (FieldKind::Instant, at("2026-01-01T00:00:00.0001Z"), true),
        (words(), text("a"), false),
        (words(), text("b"), true),
        (words(), Value::Nothing, false),
        (list(words()), Value::List(vec![text("a"), text("b")]), true),
        (FieldKind::Text { max: None }, text("\0"), false),
    ] {
        assert_eq!(
            writer.misfit(&kind, &value).is_some(),
            misfits,
            "{kind:?} {value:?}"
        );
    }
}

#[tokio::test]
async fn a_license_is_of_a_fixed_period_unless_it_says_otherwise() {
    let answer = json!({"_id": "n1"});
    let table = [("POST /licenses", 200, answer)];
    let sent = r#"POST /licenses {"companyId":"c1","externalId":"devrev:custom:license:1/2","fixedPeriod":true,"fromDate":"2026-01-01T00:00:00.000Z","toDate":"2026-12-31T00:00:00.000Z"}"#;
    check(license(&[]), &table, &[&sorted(sent)], r#"n1 {"_id":"n1"}"#).await;
    let evergreen = license(&[("fixedPeriod", Value::Bool(false)), ("toDate", Value::Nothing)]);
    let sent = r#"POST /licenses {"companyId":"c1","externalId":"devrev:custom:license:1/2","fixedPeriod":false,"fromDate":"2026-01-01T00:00:00.000Z"}"#;
    check(evergreen, &table, &[&sorted(sent)], r#"n1 {"_id":"n1"}"#).await;
}

#[tokio::test]
async fn what_is_there_already_under_our_key_is_what_we_wanted() {
    let company = made("company", "k:1", &[("name", text("Acme"))]);
    let post = sorted(r#"POST /companies {"name":"Acme","externalId":"k:1"}"#);
    let put = r#"PUT /companies/extid-k%3A1 {"name":"Acme"}"#;
    let double = ("POST /companies", 400, json!({"error": "externalId duplicated"}));
    let found = ("PUT /companies/extid-k%3A1", 200, json!({"_id": "n1"}));
    check(
        company.clone(),
        &[double.clone(), found],
        &[&post, put],
        r#"n1 {"_id":"n1"}"#,
    )
    .await;
    check(company, &[double], &[&post, put], "Exists: externalId duplicated").await;
}

#[tokio::test]
async fn an_update_that_can_empty_nothing_only_reads() {
    let change = changed(
        "company",
        "c1",
        &[("name", Value::Nothing), ("externalId", Value::Nothing)],
    );
    let table = [("GET /companies/c1", 200, json!({"_id": "c1", "name": "Acme"}))];
    check(
        change,
        &table,
        &["GET /companies/c1"],
        r#"c1 {"_id":"c1","name":"Acme"}"#,
    )
    .await;
    let change = changed(
        "company",
        "c1",
        &[("city", Value::Nothing), ("tags", Value::Nothing)],
    );
    let table = [("PUT /companies/c1", 200, json!({"_id": "c1"}))];
    check(
        change,
        &table,
        &[r#"PUT /companies/c1 {"city":null,"tags":[]}"#],
        r#"c1 {"_id":"c1"}"#,
    )
    .await;
}

#[tokio::test]
async fn a_conversations_answer_without_its_markup_is_not_taken_for_the_record() {
    let change = changed("conversation", "t1", &[("description", html("<p>Hi</p>"))]);
    let put = r#"PUT /conversations/t1 {"description":"<p>Hi</p>"}"#;
    let echo = (
        "PUT /conversations/t1",
        200,
        json!({"_id": "t1", "description": "Hi"}),
    );
    let whole = (
        "GET /conversations/t1",
        200,
        json!({"_id": "t1", "description": "<p>Hi</p>"}),
    );
    let read = r#"t1 {"_id":"t1","description":"<p>Hi</p>"}"#;
    check(
        change.clone(),
        &[echo.clone(), whole.clone()],
        &[put, "GET /conversations/t1"],
        read,
    )
    .await;
    let kept = ("PUT /conversations/t1", 200, whole.2.clone());
    check(change.clone(), &[kept, whole], &[put], read).await;
    // It is written, whatever cannot be read.
    let away = ("GET /conversations/t1", 0, Json::Null);
    check(change, &[echo, away], &[put, "GET /conversations/t1"], "t1 -").await;
}

#[tokio::test]
async fn a_type_that_the_workspace_lacks_leaves_nothing_behind() {
    let meeting = made(
        "conversation",
        "k",
        &[("companyId", to("company", "c1")), ("type", text("QBR"))],
    );
    let post = sorted(r#"POST /conversations {"companyId":"c1","type":"QBR","externalId":"k"}"#);
    let note = ("POST /conversations", 200, json!({"_id": "t1", "type": "note"}));
    let gone = ("DELETE /conversations/t1", 200, json!({"_id": "t1"}));
    let refused = "Rejected: Planhat has no conversation type `QBR`";
    check(
        meeting,
        &[note, gone],
        &[&post, "DELETE /conversations/t1"],
        refused,
    )
    .await;
    let change = changed("conversation", "t1", &[("type", text("QBR"))]);
    let table = [
        ("GET /conversations/t1", 200, json!({"_id": "t1", "type": "call"})),
        ("PUT /conversations/t1", 200, json!({"_id": "t1", "type": "note"})),
        ("PUT /conversations/t1", 200, json!({"_id": "t1", "type": "call"})),
    ];
    let sent = [
        "GET /conversations/t1",
        r#"PUT /conversations/t1 {"type":"QBR"}"#,
        r#"PUT /conversations/t1 {"type":"call"}"#,
    ];
    check(change, &table, &sent, refused).await;
}

#[tokio::test]
async fn a_delete_of_what_is_gone_is_done() {
    for (status, answer, came) in [
        (200, json!({"n": 1, "ok": 1, "deletedCount": 1}), "x -"),
        (204, Json::Null, "x -"),
        (404, json!("no such license"), "x -"),
        (403, json!("no"), "Denied: no"),
    ] {
        let change = change("license", Action::Delete(RecordId::from("x")), &[]);
        check(
            change,
            &[("DELETE /licenses/x", status, answer)],
            &["DELETE /licenses/x"],
            came,
        )
        .await;
    }
}

#[tokio::test]
async fn a_workspace_without_comments_says_so() {
    let fields = [("parent", to("task", "t1")), ("text", html("<p>a</p>"))];
    let sent = r#"POST /comments {"commentableId":"t1","commentableModel":"Task","text":"<p>a</p>"}"#;
    check(made("comment", "k", &fields), &[], &[sent], "Rejected: not found").await;
}
