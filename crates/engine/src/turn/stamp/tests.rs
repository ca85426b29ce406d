#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use model::{Fields, Otherwise, Owner, Reference};

use super::*;

fn rule() -> Rule {
    let stamp = |from: &str, back: Option<Stamp>| Stamp {
        from: from.to_owned(),
        what: "".into(),
        by: "by".into(),
        at: "at".into(),
        back: back.map(Box::new),
    };
    Rule {
        left: vec!["text".into()],
        right: "body".into(),
        turn: Turn::Stamped(stamp("Planhat comment", Some(stamp("DevRev comment", None)))),
        owner: Owner::Either,
        clash: None,
        back: Default::default(),
        otherwise: Otherwise::Nothing,
        together: false,
        cut: false,
        unique: false,
    }
}

fn rich(format: RichFormat, text: &str) -> Value {
    Value::Rich(RichText {
        format,
        text: text.to_owned(),
    })
}

fn record(id: &str, name: &str, value: Value) -> Record {
    let by = Reference {
        object: "dev_user".into(),
        id: "d1".into(),
        label: Some("Alex <3".to_owned()),
    };
    let at = "2026-11-28T20:12:59Z".parse().unwrap();
    Record {
        id: id.into(),
        title: String::new(),
        fields: Fields::from_iter([
            (name.into(), value),
            ("by".into(), Value::Ref(by)),
            ("at".into(), Value::Instant(at)),
        ]),
        changed_at: None,
        keys: vec![],
    }
}

fn say(value: &Value) -> &str {
    match value {
        Value::Rich(rich) => &rich.text,
        _ => "",
    }
}

#[test]
fn a_text_that_is_made_on_the_left_says_whose_it_was() {
    let right = record("don:comment/7", "body", rich(RichFormat::CommonMark, "Hello"));
    let made = below_line(&rule(), &right.fields["body"], None, &right).unwrap();
    let mark = mark_of(&right.id);
    let line = format!("*DevRev comment {mark} · Alex <3 · 2026-11-28 20:12 UTC*");
    assert_eq!(say(&made), format!("{line}\n\nHello"));
    let html = rich::convert(
        match &made {
            Value::Rich(rich) => rich,
            _ => unreachable!(),
        },
        RichFormat::Html,
    );
    let left = record("l", "text", rich(RichFormat::Html, &html.text));
    assert_eq!(mark_in(&rule(), &left), Some(mark));
    // What is written there later stands below the same line.
    let later = rich(RichFormat::CommonMark, "Bye");
    let again = below_line(&rule(), &later, Some(&left), &left).unwrap();
    assert_eq!(say(&again), format!("{line}\n\nBye"));
}

#[test]
fn a_text_of_the_left_side_is_nobody_elses() {
    for text in [
        "<p>Hello</p>",
        "<p><em>DevRev comment</em></p>",
        "<p><em>DevRev comment of mine · no mark</em></p>",
        "",
    ] {
        let left = record("l", "text", rich(RichFormat::Html, text));
        assert_eq!(mark_in(&rule(), &left), None, "{text}");
    }
    let left = record("l", "text", rich(RichFormat::Html, "<p>Hello</p>"));
    assert_eq!(
        below_line(&rule(), &rich(RichFormat::CommonMark, "Bye"), Some(&left), &left),
        None
    );
}

#[test]
fn below_both_lines_is_what_was_said() {
    let check = |turned: &str, expected: &str| {
        let below = below_lines(&rule(), rich(RichFormat::CommonMark, turned));
        assert_eq!(say(&below), expected);
    };
    check(
        "*Planhat comment · A*\n\n*DevRev comment 12 · B*\n\nHello",
        "Hello",
    );
    check("*DevRev comment 12 · B*\n\nHello", "Hello");
    check("*Planhat comment · A*\n\nHello", "*Planhat comment · A*\n\nHello");
    check("*Planhat comment · A*\n\n*DevRev comment 12 · B*\n\n", "");
    assert!(is_stamped(
        &rule(),
        &rich(RichFormat::CommonMark, "*Planhat comment · A*\n\nHello")
    ));
    assert!(!is_stamped(&rule(), &rich(RichFormat::CommonMark, "Hello")));
}
