#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::BTreeMap;

use model::{Back, Born, Condition, FieldKind, ObjectName, Otherwise, Pairing, Policy, Reference, Turn};

use super::*;
use crate::files::Taken;

fn field(name: &str, kind: FieldKind) -> Field {
    Field {
        name: name.into(),
        title: name.into(),
        kind,
        writable: true,
        required: false,
        custom: false,
        id: None,
    }
}

fn text() -> FieldKind {
    FieldKind::Text { max: Some(12) }
}

fn rule(name: &str, owner: Owner) -> Rule {
    Rule {
        left: vec![name.into()],
        right: name.into(),
        turn: Turn::Same,
        owner,
        clash: None,
        back: BTreeMap::new(),
        otherwise: Otherwise::Nothing,
        together: false,
        cut: true,
        unique: false,
    }
}

/// `mine` is the left side's, `note` and `word` nobody's, `firm` a reference to a company.
// tidy: long because it is one list of rules
pub(crate) fn bound() -> Bound {
    let company = |object: &str| FieldKind::Ref {
        object: object.into(),
    };
    let rules = vec![
        (rule("mine", Owner::Left), field("mine", text())),
        (rule("note", Owner::Either), field("note", text())),
        (rule("word", Owner::Either), field("word", text())),
        (rule("firm", Owner::Either), field("firm", company("account"))),
    ];
    let back = ["mine", "note", "word"].map(|name| field(name, FieldKind::Text { max: None }));
    let back = back.into_iter().chain([field("firm", company("company"))]);
    Bound {
        pairing: Pairing {
            id: "ticket".into(),
            left: "conversation".into(),
            right: "ticket".into(),
            when: vec![],
            make: None,
            onto: None,
            joins: None,
            create: vec![],
            only: vec![Condition {
                field: "type".into(),
                is: vec!["ticket".to_owned()],
                is_not: vec![],
                when: vec![],
            }],
            identify: vec![],
            back: Some(Back {
                when: vec![],
                create: Some(Born {
                    at: "created".into(),
                    when: vec![],
                    needs: vec![],
                    given: vec![],
                }),
            }),
            gone: None,
            gone_right: None,
            archive: Default::default(),
            fields: vec![],
            rules: vec![],
            custom: None,
            ignore: vec![],
        },
        rules,
        attach: None,
        add: vec![],
        words: BTreeMap::new(),
        make: None,
        not_mapped: BTreeMap::new(),
        likely: vec![],
        covered: BTreeSet::new(),
        places: BTreeMap::new(),
        places_before: BTreeMap::new(),
        needs: vec![],
        moved: BTreeSet::new(),
        back: back.enumerate().collect(),
        left_needs: vec!["firm".into()],
        fixed: Default::default(),
        homes: Vec::new(),
    }
}

fn record(id: &str, text: &str) -> Record {
    let mut fields = model::Fields::new();
    for part in text.split_whitespace() {
        let (name, word) = part.split_once('=').unwrap();
        let value = match (name, word.split_once('/')) {
            ("firm", Some((object, id))) => Value::Ref(Reference {
                object: object.into(),
                id: id.into(),
                label: None,
            }),
            _ => Value::text(word),
        };
        fields.insert(name.into(), value);
    }
    Record {
        id: id.into(),
        title: id.into(),
        fields,
        changed_at: None,
        keys: vec![],
    }
}

fn with_given(check: impl FnOnce(&Given<'_>, &Backwards<'_>)) {
    let one = |object: &str, id: &str| (ObjectName::new(object), RecordId::new(id));
    let there = Counterparts::from([(one("company", "c1"), one("account", "a1"))]);
    let back = Counterparts::from([(one("account", "a1"), one("company", "c1"))]);
    let given = Given {
        connector: &"v".into(),
        right_connector: &"w".into(),
        options: &BTreeMap::new(),
        counterparts: Some(&there),
        files: &Taken::default(),
        all_arrived: false,
        misfit: &|_, _| None,
        left_alone: &BTreeSet::new(),
        shared: None,
        clashes: Policy::Ask,
        decisions: &[],
    };
    let backwards = Backwards {
        connector: &"w".into(),
        counterparts: &back,
        files: &Taken::default(),
        misfit: &|_, value| (value == &Value::text("huge")).then(|| "keeps less".to_owned()),
    };
    check(&given, &backwards);
}

fn tell(plan: &Plan) -> String {
    let mut told = Vec::new();
    for change in &plan.changes {
        let fields = change.fields.iter().map(|field| match &field.after {
            Value::Ref(reference) => format!("{}={}/{}", field.name, reference.object, reference.id),
            other => format!("{}={}", field.name, crate::turn::say(other)),
        });
        let action = match &change.action {
            Action::Create { key } => format!("create {key}"),
            Action::Update(id) => format!("update {id}"),
            Action::Delete(id) => format!("delete {id}"),
        };
        told.push(format!("{action} {}", fields.collect::<Vec<_>>().join(" ")));
    }
    told.extend(plan.settled.iter().map(|pair| format!("settle {}", pair.left)));
    told.extend(
        plan.problems
            .iter()
            .map(|problem| format!("{}: {}", problem.record, problem.text)),
    );
    told.join("; ")
}

/// What goes back of a pair with this base, these left and these right fields.
fn check(base: &str, left: &str, right: &str, expected: &str) {
    let pair = Pair {
        left: record("l", left),
        right_id: Some("r".into()),
        right: Some(record("r", right)),
        base: Some(Base {
            left: record("b", base).fields,
            right: Default::default(),
        }),
        adopted: false,
        waiting: false,
        returning: false,
        candidates: vec![],
    };
    with_given(|given, back| {
        let plan = plan_back(given, back, &bound(), std::slice::from_ref(&pair), &mut || {
            "1".into()
        });
        assert_eq!(tell(&plan), expected, "{base} | {left} | {right}");
        for change in &plan.changes {
            for written in &change.fields {
                let agreed = change.base.agreed(&written.name);
                assert!(same(
                    agreed.right,
                    pair.right
                        .as_ref()
                        .unwrap()
                        .fields
                        .get(&written.name)
                        .unwrap_or(&Value::Nothing)
                ));
            }
        }
    });
}

#[test]
fn what_only_the_right_side_changed_goes_back() {
    check(
        "note=a word=x",
        "note=a word=x",
        "note=b word=x",
        "update l note=b",
    );
    check(
        "note=a word=x",
        "note=a word=x",
        "note=b word=y",
        "update l note=b word=y",
    );
    check("note=a", "note=a", "", "update l note=");
}

#[test]
fn what_the_left_side_owns_or_changed_stays() {
    check("mine=a", "mine=a", "mine=b", "");
    check("note=a", "note=c", "note=a", "");
    check("note=a", "note=a", "note=a", "");
}

#[test]
fn a_clash_is_left_to_the_way_there() {
    check("note=a", "note=b", "note=c", "");
    check(
        "note=a word=x",
        "note=b word=x",
        "note=c word=y",
        "update l word=y",
    );
}

#[test]
fn what_was_cut_is_not_written_over_the_whole() {
    check("note=123456789012", "note=1234567890123", "note=short", "");
    check(
        "note=12345678901…",
        "note=1234567890123",
        "note=short",
        "l: `note` was changed on the right side, which holds only a part of `note`: the rest would be lost",
    );
}

#[test]
fn what_the_left_side_would_not_keep_is_a_problem_of_its_field() {
    check(
        "note=a word=x",
        "note=a word=x",
        "note=huge word=y",
        "update l word=y; l: `note` does not fit into `note` on the left side: it keeps less",
    );
}

#[test]
fn a_reference_to_what_is_not_on_the_left_waits() {
    check(
        "firm=account/a1",
        "firm=company/c1",
        "firm=account/a9",
        "l: `firm` refers to the account `a9`, which is not on the left side",
    );
}

fn check_birth(right: &str, expected: &str) {
    with_given(|given, back| {
        let plan = plan_births(given, back, &bound(), &[record("r", right)], &mut || "1".into());
        assert_eq!(tell(&plan), expected, "{right}");
        if let [change] = plan.changes.as_slice() {
            assert_eq!(change.right, Some("r".into()));
            assert!(change.adopted && change.left.as_str().is_empty());
        }
    });
}

#[test]
fn what_was_made_on_the_right_is_made_on_the_left_once_it_has_what_is_needed() {
    check_birth(
        "note=a mine=b firm=account/a1",
        "create w:ticket:r type=ticket note=a firm=company/c1 mine=b",
    );
    check_birth(
        "note=a",
        "r: `firm` is required on the left side, and `firm` has no value",
    );
}
