//! What records become, from JSON as Intercom writes it.

use model::{FieldName, Value};

use super::*;

/// Checks fields, each written as the engine would write it in JSON.
fn check(object: &str, json: &str, expected: &[(&str, &str)]) {
    let record = shaped(object, json);
    for (name, value) in expected {
        let found = record.fields.get(&FieldName::new(*name));
        let found = found.map(|found| serde_json::to_string(found).unwrap());
        assert_eq!(
            found.as_deref().unwrap_or("absent"),
            *value,
            "{object}.{name} of {json}"
        );
    }
}

#[test]
fn times_come_in_many_forms() {
    for (json, expected) in [
        ("1734537460", r#"{"at":"2024-12-18T15:57:40Z"}"#),
        (r#""1734537460""#, r#"{"at":"2024-12-18T15:57:40Z"}"#),
        ("1734537460000", r#"{"at":"2024-12-18T15:57:40Z"}"#),
        ("1734537460.7", r#"{"at":"2024-12-18T15:57:40Z"}"#),
        ("-86400", r#"{"at":"1969-12-31T00:00:00Z"}"#),
        (r#""2024-12-18T15:57:40Z""#, r#"{"at":"2024-12-18T15:57:40Z"}"#),
        (
            r#""2024-12-18T16:57:40.000+01:00""#,
            r#"{"at":"2024-12-18T15:57:40Z"}"#,
        ),
        (r#""2024-12-18""#, r#"{"at":"2024-12-18T00:00:00Z"}"#),
        (r#""""#, r#""none""#),
        ("null", r#""none""#),
        (r#""soon""#, r#"{"t":"soon"}"#),
    ] {
        let json = format!(r#"{{"id":"1","waiting_since":{json}}}"#);
        check("conversation", &json, &[("waiting_since", expected)]);
    }
}

#[test]
fn ids_are_texts_or_numbers_and_zero_is_nobody() {
    for (json, expected) in [
        ("991", r#"{"ref":{"object":"admin","id":"991"}}"#),
        (r#""991""#, r#"{"ref":{"object":"admin","id":"991"}}"#),
        ("0", r#""none""#),
        (r#""0""#, r#""none""#),
        ("null", r#""none""#),
    ] {
        let json = format!(r#"{{"id":"1","admin_assignee_id":{json}}}"#);
        check("conversation", &json, &[("admin_assignee_id", expected)]);
    }
}

#[test]
fn a_list_has_two_names_for_its_members() {
    let expected = r#"{"list":[{"ref":{"object":"admin","id":"9"}}]}"#;
    for json in [
        r#"{"id":"1","teammates":{"type":"admin.list","admins":[{"type":"admin","id":"9"}]}}"#,
        r#"{"id":"1","teammates":{"type":"admin.list","teammates":[{"type":"admin","id":9}]}}"#,
        r#"{"id":"1","teammates":[{"id":"9"},{"id":"9"}]}"#,
    ] {
        check("conversation", json, &[("teammates", expected)]);
    }
}

#[test]
fn a_conversation_says_who_and_what() {
    let json = r#"{"type":"conversation","id":"471","title":null,"state":"closed","open":false,
        "priority":"high","created_at":1734537460,"updated_at":1734537500,"admin_assignee_id":7,
        "source":{"type":"email","id":"9","delivered_as":"customer_initiated","subject":"<p>Money &amp; more</p>",
            "body":"<p>Hello <b>there</b></p>","author":{"type":"lead","id":"c1","name":null,"email":"a@b.example"},
            "attachments":[],"url":null,"redacted":false},
        "contacts":{"type":"contact.list","contacts":[{"type":"contact","id":"c1","external_id":"70"}]},
        "tags":{"type":"tag.list","tags":[{"type":"tag","id":"86","name":"billing","applied_at":1}]},
        "conversation_rating":{"rating":4,"remark":"ok","created_at":1734537460,
            "contact":{"type":"contact","id":"c1"},"teammate":{"type":"admin","id":7}},
        "custom_attributes":{"issue_type":"Billing"},"statistics":null,"ticket":null,"brand_new":"x",
        "conversation_parts":{"conversation_parts":[
            {"id":"1","author":{"type":"admin","id":"7","name":"Zoe","email":"z@x.example"}}]}}"#;
    check(
        "conversation",
        json,
        &[
            ("title", r#""none""#),
            ("source.subject", r#"{"t":"Money & more"}"#),
            ("snippet", r#"{"t":"Hello there"}"#),
            ("is_ticket", r#"{"b":false}"#),
            (
                "tags",
                r#"{"list":[{"ref":{"object":"tag","id":"86","label":"billing"}}]}"#,
            ),
            (
                "contacts",
                r#"{"list":[{"ref":{"object":"contact","id":"c1","label":"a@b.example"}}]}"#,
            ),
            // Who has left is named where something was written.
            (
                "admin_assignee_id",
                r#"{"ref":{"object":"admin","id":"7","label":"Zoe"}}"#,
            ),
            ("conversation_rating.rating", r#"{"n":"4"}"#),
            (
                "conversation_rating.teammate",
                r#"{"ref":{"object":"admin","id":"7"}}"#,
            ),
            ("custom_attributes.issue_type", r#"{"t":"Billing"}"#),
            ("statistics.count_reopens", r#""none""#),
            // What nobody documents is kept.
            ("brand_new", r#"{"t":"x"}"#),
            ("source.body", "absent"),
            ("conversation_parts", "absent"),
            ("ticket", "absent"),
        ],
    );
    assert_eq!(shaped("conversation", json).title, "Money & more");
}

#[test]
fn what_a_customer_reads_is_told_from_what_the_team_reads() {
    for (kind, author, expected) in [
        ("comment", "admin", "public"),
        ("comment", "user", "public"),
        ("quick_reply", "admin", "public"),
        ("open", "user", "public"),
        ("close", "admin", "public"),
        ("source", "lead", "public"),
        ("note", "admin", "internal"),
        ("note_and_reopen", "admin", "internal"),
        ("assignment", "admin", "internal"),
        ("assignment", "bot", "internal"),
        ("assign_and_reopen", "admin", "internal"),
        ("assignment", "user", "public"),
        ("something_new", "admin", "internal"),
    ] {
        let json = format!(r#"{{"id":"1","part_type":"{kind}","author":{{"type":"{author}","id":"7"}}}}"#);
        let expected = format!(r#"{{"seen_by":"{expected}"}}"#);
        check("part", &json, &[("visibility", &expected)]);
    }
}

#[test]
fn a_part_has_content_if_it_says_or_shows_something() {
    for (json, expected) in [
        (r#""body":"<p>x</p>""#, true),
        (r#""body":"<p> </p>""#, false),
        (r#""body":null"#, false),
        (r#""body":"<div><IMG src='a'></div>""#, true),
        (
            r#""body":null,"attachments":[{"url":"https://x.example/a","name":"a"}]"#,
            true,
        ),
        (r#""attachments":[]"#, false),
    ] {
        let json = format!(r#"{{"id":"1",{json}}}"#);
        check(
            "part",
            &json,
            &[("has_content", &format!(r#"{{"b":{expected}}}"#))],
        );
    }
}

#[test]
fn authors_are_people_or_machines() {
    for (author, expected) in [
        (
            r#"{"type":"admin","id":7,"name":"Zoe"}"#,
            r#"{"ref":{"object":"admin","id":"7","label":"Zoe"}}"#,
        ),
        (
            r#"{"type":"lead","id":"c","email":"a@b.example"}"#,
            r#"{"ref":{"object":"contact","id":"c","label":"a@b.example"}}"#,
        ),
        (
            r#"{"type":"bot","id":"3","name":"Fin"}"#,
            r#"{"who":{"name":"Fin"}}"#,
        ),
        (
            r#"{"type":"bot","id":"3","name":null}"#,
            r#"{"who":{"name":"Operator"}}"#,
        ),
        (
            r#"{"type":"team","id":"3"}"#,
            r#"{"ref":{"object":"team","id":"3"}}"#,
        ),
        (r#"{"type":"nobody_admin","id":null}"#, r#""none""#),
        ("null", r#""none""#),
    ] {
        check(
            "part",
            &format!(r#"{{"id":"1","author":{author}}}"#),
            &[("author", expected)],
        );
    }
}

#[test]
fn attributes_hold_what_their_definition_says() {
    let source = intercom(&scripted(vec![]));
    let mut learned = crate::intercom::learned::Learned::default();
    let define = |json: &str| serde_json::from_str::<serde_json::Value>(json).unwrap();
    learned.add_tag(&define(r#"{"id":"86","name":"vip"}"#));
    for json in [
        r#"{"id":1,"name":"since","full_name":"custom_attributes.since","data_type":"date","custom":true}"#,
        r#"{"id":2,"name":"seats","full_name":"custom_attributes.seats","data_type":"integer","custom":true}"#,
        r#"{"name":"email","full_name":"email","data_type":"string","custom":false}"#,
    ] {
        learned.add_data_attribute("contact", &define(json));
    }
    source.recall(&serde_json::to_string(&learned).unwrap()).unwrap();
    let json = r#"{"id":"1","tags":{"data":[{"type":"tag","id":86}]},
        "custom_attributes":{"since":1734537460,"seats":5,"other":true,"gone":null}}"#;
    let record = source
        .shape(&ObjectName::new("contact"), &raw("1", json))
        .unwrap();
    let value = |name: &str| serde_json::to_string(&record.fields[&FieldName::new(name)]).unwrap();
    assert_eq!(
        value("custom_attributes.since"),
        r#"{"at":"2024-12-18T15:57:40Z"}"#
    );
    assert_eq!(value("custom_attributes.seats"), r#"{"n":"5"}"#);
    assert_eq!(value("custom_attributes.other"), r#"{"b":true}"#);
    assert_eq!(
        record.fields[&FieldName::new("custom_attributes.gone")],
        Value::Nothing
    );
    assert_eq!(
        value("tags"),
        r#"{"list":[{"ref":{"object":"tag","id":"86","label":"vip"}}]}"#
    );
    assert_eq!(learned.fields("contact").len(), 2);
}

#[test]
fn a_list_attribute_gives_the_words_of_its_choices() {
    let mut learned = crate::intercom::learned::Learned::default();
    let json = r#"{"id":5,"name":"kind","data_type":"list","options":[{"id":"u-1","label":"Bug"}]}"#;
    learned.add_conversation_attribute(&serde_json::from_str(json).unwrap());
    let source = intercom(&scripted(vec![]));
    source.recall(&serde_json::to_string(&learned).unwrap()).unwrap();
    for (word, expected) in [("u-1", "Bug"), ("Bug", "Bug"), ("Old", "Old")] {
        let json = format!(r#"{{"id":"1","custom_attributes":{{"kind":"{word}"}}}}"#);
        let record = source
            .shape(&ObjectName::new("conversation"), &raw("1", &json))
            .unwrap();
        assert_eq!(
            record.fields[&FieldName::new("custom_attributes.kind")],
            Value::text(expected)
        );
    }
}

#[test]
fn a_ticket_has_its_state_in_one_word() {
    for (state, expected) in [
        (
            r#"{"type":"ticket_state","id":"3","category":"in_progress","internal_label":"Doing"}"#,
            "in_progress",
        ),
        (r#""resolved""#, "resolved"),
    ] {
        let json = format!(
            r#"{{"id":"1","ticket_state":{state},"ticket_attributes":{{"_default_title_":"T","size":"L"}}}}"#
        );
        check(
            "ticket",
            &json,
            &[
                ("state", &format!(r#"{{"t":"{expected}"}}"#)),
                ("ticket_state", "absent"),
                ("ticket_attributes._default_title_", r#"{"t":"T"}"#),
                ("ticket_attributes.size", r#"{"t":"L"}"#),
            ],
        );
    }
}

#[test]
fn companies_leave_out_what_has_no_value() {
    let json = r#"{"type":"company","id":"1","company_id":"c-1","name":"Acme","plan":{},
        "website":"https://www.Acme.example/about","tags":{"type":"tag.list","tags":[]},"app_id":"abc"}"#;
    check(
        "company",
        json,
        &[
            ("name", r#"{"t":"Acme"}"#),
            ("domain", r#"{"t":"acme.example"}"#),
            ("size", "absent"),
            ("app_id", "absent"),
            ("tags", r#"{"list":[]}"#),
        ],
    );
}

#[test]
fn a_teammate_who_has_left_is_a_name() {
    let source = intercom(&scripted(vec![]));
    source.recall(r#"{"admins":{"7":"Zoe"}}"#).unwrap();
    for (id, field, former) in [
        ("7", r#"{"ref":{"object":"admin","id":"7"}}"#, "absent"),
        ("8", r#""none""#, r#"{"list":[{"t":"Old Hand"}]}"#),
        ("9", r#""none""#, r#"{"list":[{"t":"teammate 9"}]}"#),
        ("0", r#""none""#, "absent"),
    ] {
        let json = format!(
            r#"{{"id":"1","admin_assignee_id":"{id}","source":{{"author":{{"type":"admin","id":"8","name":"Old Hand"}}}}}}"#
        );
        let record = source
            .shape(&ObjectName::new("conversation"), &raw("1", &json))
            .unwrap();
        let value = |name: &str| {
            let value = record.fields.get(&FieldName::new(name));
            value.map_or("absent".to_owned(), |value| serde_json::to_string(value).unwrap())
        };
        assert_eq!(value("admin_assignee_id"), field, "{id}");
        assert_eq!(value("former_teammates"), former, "{id}");
        assert!(value("source.author").contains("Old Hand"), "{id}");
    }
}
