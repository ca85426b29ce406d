//! Contacts: made, changed, merged, and what belongs to them.

use serde_json::{Value, json};

use super::{Stand, request, stand, texts};

fn contact(twin: &mut Stand, body: Value) -> String {
    let made = twin.did("POST /contacts", body);
    made["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_second_contact_like_it_is_a_conflict() {
    let mut twin = stand(&[]);
    let id = contact(&mut twin, json!({"email": "Ann@example.com", "role": "user"}));
    let said = format!("409 conflict A contact matching those details already exists with id={id}");
    twin.refuses("POST /contacts", Some(json!({"email": "ann@EXAMPLE.com"})), &said);
    contact(&mut twin, json!({"email": "ann@example.com", "role": "lead"}));
    twin.ask(&format!("POST /contacts/{id}/archive"), None);
    let said = format!("409 conflict An archived contact matching those details already exists with id={id}");
    twin.refuses("POST /contacts", Some(json!({"email": "ann@example.com"})), &said);
    twin.refuses(
        "POST /contacts",
        Some(json!({"name": "x"})),
        "400 parameter_not_found",
    );
    twin.refuses("PUT /contacts/1", Some(json!({})), "404 not_found User Not Found");
}

#[test]
fn a_contact_is_shown_as_the_version_wants() {
    let mut twin = stand(&[]);
    let id = contact(
        &mut twin,
        json!({"external_id": "u1", "email": "a@b.example", "owner_id": 991000}),
    );
    let line = format!("GET /contacts/{id}");
    let shown = twin.get(&line);
    assert_eq!(
        (&shown["owner_id"], &shown["email_domain"]),
        (&json!("991000"), &json!("b.example"))
    );
    assert_eq!((&shown["role"], &shown["phone"]), (&json!("user"), &Value::Null));
    twin.version = "2.15";
    assert_eq!(twin.get(&line)["owner_id"], 991_000);
    assert_eq!(
        twin.get("GET /contacts/find_by_external_id/u1")["id"],
        id.as_str()
    );
    twin.wait(5);
    let changed = twin.did(
        &format!("PUT /contacts/{id}"),
        json!({"name": "Ann", "phone": null}),
    );
    assert_eq!(changed["name"], "Ann");
    assert_eq!(changed["updated_at"], super::START + 5);
    assert_eq!(changed["created_at"], super::START);
}

#[test]
fn a_list_goes_from_cursor_to_cursor() {
    let mut twin = stand(&[]);
    let mut made = Vec::new();
    for at in 0..25 {
        twin.wait(i64::from(at % 3 == 0));
        made.push(contact(&mut twin, json!({"external_id": format!("u{at}")})));
    }
    let archived = made.remove(7);
    twin.ask(&format!("POST /contacts/{archived}/archive"), None);
    let mut seen = Vec::new();
    let mut line = "GET /contacts".to_owned();
    loop {
        let page = twin.get(&line);
        assert_eq!(
            (&page["total_count"], &page["pages"]["per_page"]),
            (&json!(24), &json!(10))
        );
        seen.extend(texts(&page["data"], "id"));
        match page["pages"].get("next") {
            Some(next) => {
                line = format!(
                    "GET /contacts?starting_after={}",
                    next["starting_after"].as_str().unwrap()
                )
            }
            None => break,
        }
    }
    made.reverse();
    assert_eq!(seen, made);
    twin.refuses(
        "GET /contacts?starting_after=nonsense",
        None,
        "400 client_error Invalid starting_after",
    );
    twin.refuses(
        "GET /contacts?per_page=151",
        None,
        "400 parameter_invalid Per Page is too big",
    );
}

#[test]
fn a_merged_lead_says_who_it_is_now() {
    let mut twin = stand(&[]);
    let user = contact(&mut twin, json!({"email": "a@b.example", "role": "user"}));
    let lead = contact(&mut twin, json!({"email": "A@b.example", "role": "lead"}));
    let other = contact(&mut twin, json!({"email": "c@b.example", "role": "lead"}));
    twin.did(&format!("POST /contacts/{lead}/notes"), json!({"body": "x"}));
    let body = |from: &str| json!({"from": from, "into": user});
    twin.refuses("POST /contacts/merge", Some(body(&other)), "400 invalid_merge");
    assert_eq!(twin.did("POST /contacts/merge", body(&lead))["id"], user.as_str());
    let mut skips = body(&other);
    skips["skip_duplicate_validation"] = json!(true);
    twin.wait(3);
    twin.did("POST /contacts/merge", skips);
    let gone = twin.send(request(&format!("GET /contacts/{lead}"), None));
    assert_eq!(gone.status, 410);
    assert_eq!(
        gone.header_text("link").unwrap(),
        format!("</contacts/{user}>; rel=\"canonical\"")
    );
    let history = twin.get(&format!("GET /contacts/{user}/merge_history?per_page=1"));
    assert_eq!(texts(&history["data"], "source_contact_id"), [other.as_str()]);
    let cursor = history["next_cursor"].as_str().unwrap();
    let rest = twin.get(&format!(
        "GET /contacts/{user}/merge_history?per_page=1&cursor={cursor}"
    ));
    assert_eq!(
        (texts(&rest["data"], "source_contact_id"), &rest["has_more"]),
        (vec![lead.clone()], &json!(false))
    );
    assert_eq!(twin.get(&format!("GET /contacts/{user}/notes"))["total_count"], 1);
    twin.refuses(
        &format!("POST /contacts/{lead}/unarchive"),
        None,
        "400 bad_request User has been merged",
    );
    twin.version = "2.14";
    twin.refuses(
        &format!("GET /contacts/{lead}"),
        None,
        "404 not_found User Not Found",
    );
    twin.refuses(
        &format!("GET /contacts/{user}/merge_history"),
        None,
        "400 intercom_version_invalid",
    );
}

#[test]
fn a_contact_shows_ten_of_a_list_and_says_that_there_are_more() {
    let mut twin = stand(&[]);
    let id = contact(&mut twin, json!({"external_id": "u"}));
    let mut companies = Vec::new();
    for at in 0..12 {
        let made = twin.did("POST /companies", json!({"company_id": format!("c{at}")}));
        companies.push(made["id"].as_str().unwrap().to_owned());
        twin.did(
            &format!("POST /contacts/{id}/companies"),
            json!({"id": made["id"]}),
        );
    }
    let shown = &twin.get(&format!("GET /contacts/{id}"))["companies"];
    assert_eq!(texts(&shown["data"], "id"), companies[..10]);
    assert_eq!(
        (&shown["total_count"], &shown["has_more"]),
        (&json!(12), &json!(true))
    );
    let all = twin.get(&format!("GET /contacts/{id}/companies"));
    assert_eq!(texts(&all["data"], "id"), companies);
    let off = format!("DELETE /contacts/{id}/companies/{}", companies[0]);
    assert_eq!(twin.ask(&off, None).1["id"], companies[0].as_str());
    twin.refuses(&off, None, "404 company_not_found");
    let line = format!("POST /contacts/{id}/companies");
    twin.refuses(
        &line,
        Some(json!({})),
        "400 parameter_not_found company not specified",
    );
}

#[test]
fn what_is_deleted_archived_or_blocked_says_so() {
    let mut twin = stand(&[]);
    let id = contact(&mut twin, json!({"external_id": "u"}));
    for (line, word, value) in [
        (format!("POST /contacts/{id}/archive"), "archived", true),
        (format!("POST /contacts/{id}/unarchive"), "archived", false),
        (format!("POST /contacts/{id}/block"), "blocked", true),
        (format!("DELETE /contacts/{id}"), "deleted", true),
    ] {
        let (status, mut answer) = twin.ask(&line, None);
        let expected = json!({"type": "contact", "id": id, "external_id": "u"});
        assert_eq!(
            answer.as_object_mut().unwrap().remove(word),
            Some(value.into()),
            "{line}"
        );
        assert_eq!((status, answer), (200, expected), "{line}");
    }
    twin.refuses(
        &format!("GET /contacts/{id}"),
        None,
        "404 not_found User Not Found",
    );
    twin.refuses(
        &format!("POST /contacts/{id}/archive"),
        None,
        "404 not_found Contact Not Found",
    );
}
