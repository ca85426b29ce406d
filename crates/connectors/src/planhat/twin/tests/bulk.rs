//! Bulk upserts.

use serde_json::{Value, json};

use super::{ask, get, keep, send, small};

/// What came of a bulk upsert, on one line: status, created, updated, unchanged, errors of each kind.
fn upsert(settings: &[(&str, &str)], path: &str, body: Value) -> (String, Value) {
    let mut twin = small(settings);
    let (status, result) = ask(&mut twin, &format!("PUT {path}"), body);
    let count = |name: &str| match &result[name] {
        Value::Array(list) => list.len().to_string(),
        Value::Number(number) => number.to_string(),
        _ => "-".to_owned(),
    };
    let names = [
        "created",
        "updated",
        "nonupdates",
        "createdErrors",
        "updatedErrors",
        "permissionErrors",
    ];
    let counts = names.map(count).join(" ");
    (format!("{status} {counts}"), result)
}

#[test]
fn records_are_matched_by_their_strongest_key() {
    // tidy: long because it is one table
    for (path, record, came) in [
        (
            "/companies",
            json!({"_id": "c1", "name": "New"}),
            "200 0 1 0 0 0 0",
        ),
        (
            "/companies",
            json!({"sourceId": "sf-1", "name": "New"}),
            "200 0 1 0 0 0 0",
        ),
        (
            "/companies",
            json!({"externalId": "ext 1", "name": "New"}),
            "200 0 1 0 0 0 0",
        ),
        (
            "/companies",
            json!({"externalId": "ext 1", "name": "Acme"}),
            "200 0 0 1 0 0 0",
        ),
        (
            "/companies",
            json!({"externalId": "other", "name": "New"}),
            "200 1 0 0 0 0 0",
        ),
        (
            "/companies",
            json!({"sourceId": "other", "externalId": "ext 1", "name": "New"}),
            "400 0 0 0 1 0 0",
        ),
        ("/companies", json!({"externalId": "other"}), "400 0 0 0 1 0 0"),
        (
            "/companies",
            json!({"_id": "nothing", "name": "New"}),
            "200 1 0 0 0 0 0",
        ),
        (
            "/endusers",
            json!({"email": "LARA@acme.test", "phone": "1"}),
            "200 0 1 0 0 0 0",
        ),
        (
            "/endusers",
            json!({"email": "lara@acme.test", "companyId": "c1", "phone": "1"}),
            "200 0 1 0 0 0 0",
        ),
        (
            "/endusers",
            json!({"email": "lara@acme.test", "companyId": "c2"}),
            "200 1 0 0 0 0 0",
        ),
        ("/endusers", json!({"email": "new@acme.test"}), "200 1 0 0 0 0 0"),
        (
            "/endusers",
            json!({"email": "new@nowhere.test"}),
            "200 0 0 0 0 0 0",
        ),
        (
            "/endusers",
            json!({"email": "new@nowhere.test", "companyId": "nothing"}),
            "200 0 0 0 0 0 0",
        ),
        (
            "/endusers",
            json!({"companyId": "c1", "name": "No key"}),
            "400 0 0 0 1 0 0",
        ),
        (
            "/users",
            json!({"email": "alex@us.test", "firstName": "Alexa"}),
            "200 0 1 0 0 0 0",
        ),
        ("/users", json!({"email": "new@us.test"}), "400 0 0 0 1 0 0"),
        (
            "/conversations",
            json!({"subject": "No company"}),
            "400 0 0 0 1 0 0",
        ),
        ("/companies", json!({"_id": "c1", "name": {}}), "400 0 0 0 0 1 0"),
        ("/companies", json!("text"), "400 0 0 0 1 0 0"),
    ] {
        assert_eq!(
            upsert(&[], path, json!([record.clone()])).0,
            came,
            "{path} {record}"
        );
    }
}

#[test]
fn the_status_tells_how_much_worked() {
    let good = json!({"externalId": "new", "name": "New"});
    let bad = json!({"externalId": "other"});
    let known = json!({"_id": "c1", "name": "New"});
    let deny = ("deny", "company.create");
    for (settings, records, came) in [
        (&[][..], vec![], "200 0 0 0 0 0 0"),
        (&[], vec![&good, &known], "200 1 1 0 0 0 0"),
        (&[], vec![&good, &bad], "206 1 0 0 1 0 0"),
        (&[], vec![&bad], "400 0 0 0 1 0 0"),
        (&[deny], vec![&good], "403 0 0 0 0 0 1"),
        (&[deny], vec![&good, &known], "403 0 1 0 0 0 1"),
        (
            &[deny, ("bulk_mixed_denied", "206")],
            vec![&good, &known],
            "206 0 1 0 0 0 1",
        ),
        (
            &[deny, ("bulk_mixed_denied", "206")],
            vec![&good],
            "403 0 0 0 0 0 1",
        ),
    ] {
        assert_eq!(
            upsert(settings, "/companies", json!(records)).0,
            came,
            "{settings:?} {records:?}"
        );
    }
}

#[test]
fn doubles_are_named() {
    let lara = json!({"email": "l@acme.test", "externalId": "1", "companyId": "c1"});
    let (came, result) = upsert(&[], "/endusers", json!([lara, lara]));
    assert_eq!(came, "206 1 0 0 0 1 0");
    assert_eq!(result["updatedErrors"], json!(["externalId,email duplicated"]));
    let twice = json!([{"_id": "c1", "city": "Oslo"}, {"_id": "c1", "city": "Bergen"}]);
    assert_eq!(
        upsert(&[], "/companies", twice).1["updatedErrors"],
        json!(["_id duplicated"])
    );
    let form = [("bulk_error_form", "object")];
    let (_, result) = upsert(&form, "/companies", json!([{"sourceId": "x"}]));
    assert_eq!(
        result["createdErrors"],
        json!([{"item": {"sourceId": "x"}, "error": "name is required"}])
    );
}

#[test]
fn the_same_person_in_two_companies_is_two_records() {
    let mut twin = small(&[]);
    let person = |company: &str| json!({"email": "p@p.test", "externalId": "1", "companyId": company});
    let (status, result) = ask(&mut twin, "PUT /endusers", json!([person("c1"), person("c2")]));
    assert_eq!((status, &result["created"]), (200, &json!(2)), "{result}");
    assert_eq!(
        get(&mut twin, "GET /endusers?email=p@p.test")
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn five_thousand_is_the_limit() {
    for (setting, count, status) in [("400", 5000, 200), ("400", 5001, 400), ("413", 5001, 413)] {
        let records: Vec<Value> = (0..count).map(|_| json!({"_id": "c1"})).collect();
        let mut twin = small(&[("bulk_too_many", setting)]);
        // The same record again and again is an error each time, but the first works.
        let status = if status == 200 { 206 } else { status };
        assert_eq!(
            ask(&mut twin, "PUT /companies", json!(records)).0,
            status,
            "{count}"
        );
    }
}

#[test]
fn what_changes_nothing_leaves_the_stamp_alone() {
    for (setting, changed) in [("no", false), ("yes", true)] {
        let mut twin = small(&[("bulk_unchanged_bumps", setting)]);
        ask(&mut twin, "PUT /companies/c1", json!({"name": "Acme"}));
        let answer = send(
            &mut twin,
            "PUT /companies",
            Some(&json!([{"_id": "c1", "name": "Acme"}])),
        );
        assert_eq!(answer.changed, changed);
        assert_eq!(super::json_of(&answer)["nonupdates"], 1);
    }
}

#[test]
fn a_bulk_write_takes_a_list() {
    for (line, body) in [
        ("PUT /companies", json!({"name": "x"})),
        ("PUT /endusers", json!("x")),
        ("PUT /tickets", json!(1)),
    ] {
        assert_eq!(ask(&mut small(&[]), line, body).0, 400, "{line}");
    }
}

#[test]
fn inserted_keys_come_back() {
    let (_, result) = upsert(
        &[],
        "/companies",
        json!([{"name": "N", "externalId": 12, "sourceId": "s"}]),
    );
    let keys = &result["insertsKeys"][0];
    assert_eq!(
        (&keys["externalId"], &keys["sourceId"]),
        (&json!(12), &json!("s"))
    );
    assert_eq!(result["upsertedIds"], json!([keys["_id"]]));
    let record = json!([{"_id": "c1", "name": "N"}]);
    let (_, result) = upsert(&[("upserted_ids", "all")], "/companies", record);
    assert_eq!(
        (&result["upsertedIds"], &result["modified"]),
        (&json!(["c1"]), &json!(["c1"]))
    );
}

#[test]
fn contacts_that_share_an_address_can_be_written_together() {
    let mut twin = small(&[]);
    keep(
        &mut twin,
        "enduser",
        json!({"_id": "e2", "email": "lara@acme.test", "companyId": "c1"}),
    );
    let both = json!([
        {"_id": "e1", "email": "lara@acme.test", "phone": "1"},
        {"_id": "e2", "email": "lara@acme.test", "phone": "2"},
    ]);
    let (status, result) = ask(&mut twin, "PUT /endusers", both);
    assert_eq!((status, &result["updated"]), (200, &json!(2)), "{result}");
}
