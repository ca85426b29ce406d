#![allow(clippy::unwrap_used)]

use model::Base;

use super::*;
use crate::plan::tests::{base, bound, record, row};

/// `name note`, as `name=a note=b`.
struct Case<'a> {
    /// What was written and is to be undone: `field before after`, one change each.
    wrote: &'a [&'a str],
    /// What was written afterwards.
    later: &'a [&'a str],
    base: &'a str,
    now: Option<&'a str>,
    force: bool,
    only: Option<&'a str>,
}

impl Default for Case<'_> {
    fn default() -> Self {
        Self {
            wrote: &["name a b"],
            later: &[],
            base: "name=b",
            now: Some("name=b"),
            force: false,
            only: None,
        }
    }
}

fn value(word: &str) -> Value {
    match word {
        "-" => Value::Nothing,
        word => Value::text(word),
    }
}

fn change(text: &str) -> Change {
    let words: Vec<&str> = text.split(' ').collect();
    let [name, before, after] = words.try_into().unwrap();
    Change {
        id: "c".into(),
        pairing: "company".into(),
        side: Side::Right,
        object: "account".into(),
        action: Action::Update("r0".into()),
        left_object: "company".into(),
        left: "5f".into(),
        right_object: "account".into(),
        right: Some("r0".into()),
        title: "Acme".to_owned(),
        fields: vec![FieldChange {
            name: name.into(),
            before: (before != "?").then(|| value(before)),
            after: value(after),
        }],
        why: Reason::OtherSideChanged,
        adopted: false,
        waiting: false,
        returning: false,
        base: Base::default(),
    }
}

fn check(case: &Case<'_>, expected: &str) {
    let row = row(base(case.base));
    let right = case.now.map(|text| record("r0", text));
    let undo = Undo {
        object: "company".into(),
        left: "5f".into(),
        chosen: case.wrote.iter().map(|text| change(text)).collect(),
        later: case
            .later
            .iter()
            .map(|text| (RunId::new("later"), change(text)))
            .collect(),
        only: case.only.map(FieldName::from),
        force: case.force,
    };
    let now = Standing {
        left_before: None,
        row: &row,
        left: None,
        right: right.as_ref(),
    };
    let plan = undo_record(&bound(), &undo, now, &mut || "u".into());
    let mut said = Vec::new();
    for change in &plan.changes {
        for field in &change.fields {
            let agreed = change.base.agreed(&field.name);
            let say = |value: &Value| value.as_text().unwrap_or("-").to_owned();
            let (after, left, right) = (say(&field.after), say(agreed.left), say(agreed.right));
            said.push(format!("{}={after} agreed {left}/{right}", field.name));
        }
    }
    for alone in &plan.alone {
        let field = alone.field.as_ref().map_or("record", FieldName::as_str);
        said.push(format!("{field}: {}", alone.why));
    }
    assert_eq!(said.join("; "), expected);
}

#[test]
fn a_field_goes_back_and_the_left_value_counts_as_agreed() {
    check(&Case::default(), "name=a agreed b/a");
    let emptied = Case {
        wrote: &["name - b"],
        ..Case::default()
    };
    check(&emptied, "name=- agreed b/-");
    let twice = Case {
        wrote: &["name a b", "name b c"],
        base: "name=c",
        now: Some("name=c"),
        ..Case::default()
    };
    check(&twice, "name=a agreed c/a");
}

#[test]
fn what_was_changed_since_stays_unless_forced() {
    let edited = |force| Case {
        now: Some("name=x"),
        force,
        ..Case::default()
    };
    check(
        &edited(false),
        "name: it was changed on the right side after that",
    );
    check(&edited(true), "name=a agreed b/a");
    let written = |force| Case {
        later: &["name b c"],
        base: "name=c",
        now: Some("name=c"),
        force,
        ..Case::default()
    };
    check(&written(false), "name: the run later wrote it after that");
    check(&written(true), "name=a agreed c/a");
}

#[test]
fn what_cannot_go_back_says_so() {
    let back_already = Case {
        now: Some("name=a"),
        ..Case::default()
    };
    check(&back_already, "");
    let unknown = Case {
        wrote: &["name ? b"],
        ..Case::default()
    };
    check(&unknown, "name: what was there before is not known");
    let gone = Case {
        now: None,
        ..Case::default()
    };
    check(&gone, "record: the record is not there any more");
}

#[test]
fn only_the_named_field_goes_back() {
    let one = |only| Case {
        wrote: &["name a b", "note c d"],
        base: "name=b note=d",
        now: Some("name=b note=d"),
        only: Some(only),
        ..Case::default()
    };
    check(&one("note"), "note=c agreed d/c");
    check(&one("part"), "");
}

#[test]
fn what_followed_its_record_is_not_taken_back() {
    let row = row(base("name=b"));
    let right = record("r0", "name=b");
    let moved = Change {
        why: Reason::Rehomed,
        ..change("name a b")
    };
    let undo = Undo {
        object: "company".into(),
        left: "5f".into(),
        chosen: vec![moved],
        later: vec![],
        only: None,
        force: true,
    };
    let now = Standing {
        left_before: None,
        row: &row,
        left: None,
        right: Some(&right),
    };
    let plan = undo_record(&bound(), &undo, now, &mut || "u".into());
    assert!(plan.changes.is_empty());
    let why = plan.alone.first().map(|alone| alone.why.as_str());
    assert_eq!(
        why,
        Some("its counterpart followed it into another kind, and follows it back")
    );
}
