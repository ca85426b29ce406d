#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use model::{FieldKind, Identify, ObjectName, Owner, Pairing, Turn};

use super::*;

fn field(name: &str, kind: FieldKind, required: bool) -> Field {
    Field {
        name: name.into(),
        title: name.into(),
        kind,
        writable: true,
        required,
        custom: false,
        id: None,
    }
}

fn rule(name: &str, owner: Owner, otherwise: Otherwise) -> Rule {
    Rule {
        left: vec![name.into()],
        right: name.into(),
        turn: Turn::Same,
        owner,
        clash: None,
        back: Default::default(),
        otherwise,
        together: false,
        cut: false,
        unique: false,
    }
}

/// `name` is required and the left's; `note` is anybody's; `boss` refers to a user; `part` is an option.
// tidy: long because it is one value
pub(crate) fn bound() -> Bound {
    let text = || FieldKind::Text { max: Some(12) };
    let user = || FieldKind::Ref {
        object: "dev_user".into(),
    };
    let rules = vec![
        (
            rule("name", Owner::Left, Otherwise::Nothing),
            field("name", text(), true),
        ),
        (
            rule("note", Owner::Either, Otherwise::Nothing),
            field("note", text(), false),
        ),
        (
            rule("boss", Owner::Left, Otherwise::Nothing),
            field("boss", user(), false),
        ),
        (
            rule("part", Owner::Left, Otherwise::Option("part".into())),
            field("part", FieldKind::Json, false),
        ),
    ];
    let pairing = Pairing {
        id: "company".into(),
        left: "company".into(),
        right: "account".into(),
        when: vec![],
        make: None,
        onto: None,
        joins: None,
        create: vec![],
        only: vec![],
        back: None,
        gone: None,
        gone_right: None,
        archive: Default::default(),
        identify: vec![
            Identify::Key,
            Identify::Fields {
                left: "name".into(),
                right: "name".into(),
                score: 60,
            },
        ],
        fields: vec![],
        rules: vec![],
        custom: None,
        ignore: vec![],
    };
    Bound {
        pairing,
        rules,
        add: vec![],
        words: Default::default(),
        not_mapped: BTreeMap::new(),
        likely: vec![],
        covered: Default::default(),
        make: None,
        attach: None,
        places: Default::default(),
        places_before: Default::default(),
        needs: vec![],
        moved: Default::default(),
        back: BTreeMap::new(),
        left_needs: vec![],
        fixed: Default::default(),
        homes: Vec::new(),
    }
}

pub(crate) fn record(id: &str, text: &str) -> Record {
    let mut fields = model::Fields::new();
    for part in text.split_whitespace() {
        let (name, value) = part.split_once('=').unwrap();
        let value = match name {
            "boss" => Value::Ref(Reference {
                object: "user".into(),
                id: value.into(),
                label: None,
            }),
            _ => Value::text(value),
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

pub(crate) fn base(text: &str) -> Base {
    Base {
        left: record("b", text).fields,
        right: Default::default(),
    }
}

pub(crate) struct Case<'a> {
    pub(crate) left: &'a str,
    pub(crate) right: Option<&'a str>,
    pub(crate) base: Option<&'a str>,
    pub(crate) candidates: &'a [&'a str],
}

/// Plans one pair and tells the plan in a line.
fn check(case: &Case<'_>, expected: &str) {
    check_bound(&bound(), case, expected);
}

fn check_bound(bound: &Bound, case: &Case<'_>, expected: &str) {
    assert_eq!(
        planned(bound, case, &[]),
        expected,
        "{} {:?} {:?} {:?}",
        case.left,
        case.right,
        case.base,
        case.candidates
    );
}

/// Plans one pair about which people decided so, and tells the plan in a line.
pub(crate) fn planned(bound: &Bound, case: &Case<'_>, decisions: &[Decision]) -> String {
    let pair = pair_of(case);
    with_given(decisions, |given| {
        let mut next = 0;
        let plan = plan(given, bound, &[pair], &mut HashSet::new(), &mut || {
            next += 1;
            ChangeId::from(next.to_string())
        });
        tell(&plan)
    })
}

/// Gives what planning needs to know to whoever plans.
pub(crate) fn with_given<T>(decisions: &[Decision], work: impl FnOnce(&Given<'_>) -> T) -> T {
    let options = BTreeMap::from([("part".to_owned(), Value::text("PROD-1"))]);
    let counterparts = Counterparts::from([(
        (ObjectName::new("user"), RecordId::new("u1")),
        (ObjectName::new("dev_user"), RecordId::new("d1")),
    )]);
    let connector = ConnectorId::new("v");
    let given = Given {
        connector: &connector,
        right_connector: &ConnectorId::new("w"),
        options: &options,
        counterparts: Some(&counterparts),
        files: &Taken::default(),
        all_arrived: true,
        misfit: &|_, value| (value == &Value::text("huge")).then(|| "keeps less".to_owned()),
        left_alone: &BTreeSet::new(),
        shared: None,
        clashes: Policy::Ask,
        decisions,
    };
    work(&given)
}

pub(crate) fn pair_of(case: &Case<'_>) -> Pair {
    Pair {
        left: record("5f", case.left),
        right_id: case.base.map(|_| "r0".into()),
        right: case.right.map(|text| record("r0", text)),
        base: case.base.map(base),
        adopted: false,
        waiting: false,
        returning: false,
        candidates: case
            .candidates
            .iter()
            .enumerate()
            .map(|(at, text)| record(&format!("r{}", at + 1), text))
            .collect(),
    }
}

pub(crate) fn tell(plan: &Plan) -> String {
    let mut said = Vec::new();
    for change in &plan.changes {
        let action = match &change.action {
            Action::Create { key } => format!("create {key}"),
            Action::Update(id) => format!("update {id}"),
            Action::Delete(id) => format!("delete {id}"),
        };
        let fields: Vec<String> = change
            .fields
            .iter()
            .map(|field| format!("{}={}", field.name, say(&field.after)))
            .collect();
        said.push(format!("{action} {}", fields.join(" ")).trim().to_owned());
    }
    said.extend(
        plan.problems
            .iter()
            .map(|problem| format!("{:?}{}", problem.kind, if problem.blocks { "!" } else { "" })),
    );
    said.extend(
        plan.settled
            .iter()
            .map(|settled| format!("settle {}", settled.right)),
    );
    if plan.alike > 0 {
        said.push("alike".to_owned());
    }
    said.join("; ")
}

fn new(left: &str, candidates: &[&str], expected: &str) {
    check(
        &Case {
            left,
            right: None,
            base: None,
            candidates,
        },
        expected,
    );
}

fn again(left: &str, right: Option<&str>, base: &str, expected: &str) {
    check(
        &Case {
            left,
            right,
            base: Some(base),
            candidates: &[],
        },
        expected,
    );
}

#[test]
fn what_is_missing_is_created_with_our_key() {
    new("name=Acme", &[], "create v:company:5f name=Acme part=PROD-1");
    new(
        "name=Acme boss=u1",
        &[],
        "create v:company:5f name=Acme boss=d1 part=PROD-1",
    );
}

#[test]
fn a_required_field_without_a_value_waits_for_a_person() {
    new("note=x", &[], "MissingRequired!");
    new("name=muchtoolongforit", &[], "DoesNotFit!");
}

#[test]
fn a_text_too_long_for_a_field_that_may_stay_empty_holds_nothing_up() {
    new(
        "name=Acme note=muchtoolongforit",
        &[],
        "create v:company:5f name=Acme part=PROD-1; DoesNotFit",
    );
}

#[test]
fn a_reference_that_leads_nowhere_is_a_problem_once_all_have_arrived() {
    new(
        "name=Acme boss=u2",
        &[],
        "create v:company:5f name=Acme part=PROD-1; MissingReference",
    );
}

#[test]
fn a_counterpart_that_is_there_is_met_not_made() {
    new("name=Acme", &["name=acme"], "update r1 name=Acme part=PROD-1");
    new("name=Acme", &["name=Acme part=PROD-1"], "settle r1");
    new("name=Acme", &["name=Acme", "name=Acme"], "EqualCandidates!");
}

#[test]
fn only_what_changed_is_written() {
    again(
        "name=Acme",
        Some("name=Acme part=PROD-1"),
        "name=Acme part=PROD-1",
        "alike",
    );
    again(
        "name=Group",
        Some("name=Acme part=PROD-1"),
        "name=Acme part=PROD-1",
        "update r0 name=Group",
    );
    again(
        "name=Group",
        None,
        "name=Acme part=PROD-1",
        "update r0 name=Group",
    );
    again("name=Acme", None, "name=Acme part=PROD-1", "alike");
}

#[test]
fn edits_of_both_sides_meet() {
    let base = "name=Acme note=a part=PROD-1";
    again(
        "name=Acme note=b",
        Some("name=Acme note=a part=PROD-1"),
        base,
        "update r0 note=b",
    );
    again(
        "name=Acme note=a",
        Some("name=Acme note=c part=PROD-1"),
        base,
        "alike",
    );
    again(
        "name=Acme note=b",
        Some("name=Acme note=c part=PROD-1"),
        base,
        "Clash; alike",
    );
    again(
        "name=Group note=b",
        Some("name=Acme note=c part=PROD-1"),
        base,
        "update r0 name=Group; Clash",
    );
    again(
        "name=Acme note=b",
        Some("name=Acme note=b part=PROD-1"),
        base,
        "settle r0",
    );
}

#[test]
fn what_is_emptied_on_the_left_is_emptied_on_the_right() {
    again(
        "name=Acme",
        Some("name=Acme note=a part=PROD-1"),
        "name=Acme note=a part=PROD-1",
        "update r0 note=",
    );
}

#[test]
fn two_records_never_meet_the_same_counterpart() {
    let options = BTreeMap::from([("part".to_owned(), Value::text("PROD-1"))]);
    let connector = ConnectorId::new("v");
    let given = Given {
        connector: &connector,
        right_connector: &ConnectorId::new("w"),
        options: &options,
        counterparts: None,
        files: &Taken::default(),
        all_arrived: false,
        misfit: &|_, value| (value == &Value::text("huge")).then(|| "keeps less".to_owned()),
        left_alone: &BTreeSet::new(),
        shared: None,
        clashes: Policy::Ask,
        decisions: &[],
    };
    let pair = |id: &str| Pair {
        left: record(id, "name=Acme"),
        right_id: None,
        right: None,
        base: None,
        adopted: false,
        waiting: false,
        returning: false,
        candidates: vec![record("r1", "name=Acme part=PROD-1")],
    };
    let mut next_id = || ChangeId::new("1");
    let plan = plan(
        &given,
        &bound(),
        &[pair("1"), pair("2")],
        &mut HashSet::new(),
        &mut next_id,
    );
    assert_eq!(tell(&plan), "create v:company:2 name=Acme part=PROD-1; settle r1");
}

/// A pair that agreed on this.
pub(crate) fn row(base: Base) -> model::PairRow {
    model::PairRow {
        pairing: "company".into(),
        left_object: "company".into(),
        left: "5f".into(),
        right_object: "account".into(),
        right: "r0".into(),
        base,
        adopted: false,
        waiting: false,
        returning: false,
        gone: None,
    }
}

/// Plans a record without a counterpart in a pairing that was changed so.
fn changed(change: impl FnOnce(&mut Bound), left: &str, expected: &str) {
    let mut bound = bound();
    change(&mut bound);
    let case = Case {
        left,
        right: None,
        base: None,
        candidates: &[],
    };
    check_bound(&bound, &case, expected);
}

#[test]
fn what_lands_on_anothers_counterpart_updates_it_or_waits() {
    let onto = |bound: &mut Bound| {
        bound.pairing.onto = Some(model::Onto {
            pairing: "user".into(),
            by: "boss".into(),
        });
    };
    changed(
        onto,
        "name=Acme boss=u1",
        "update d1 name=Acme boss=d1 part=PROD-1",
    );
    changed(onto, "name=Acme boss=u2", "MissingReference; MissingReference!");
    changed(onto, "name=Acme", "MissingReference!");
}

#[test]
fn a_record_that_needs_an_absent_one_waits_for_it() {
    let needs = |bound: &mut Bound| {
        for (_, field) in &mut bound.rules {
            field.required |= field.name.as_str() == "boss";
        }
    };
    changed(needs, "name=Acme boss=u2", "MissingReference!");
    changed(needs, "name=Acme", "MissingRequired!");
}

#[test]
fn a_record_without_a_counterpart_is_left_alone_if_so_chosen() {
    let left_alone = |bound: &mut Bound| {
        bound.pairing.create = vec![model::When {
            option: "shadow_users".to_owned(),
            is: vec!["true".to_owned()],
        }];
    };
    changed(left_alone, "name=Acme", "");
}

#[test]
fn a_value_that_would_not_come_back_is_a_problem_of_its_field() {
    new(
        "name=Acme note=huge",
        &[],
        "create v:company:5f name=Acme part=PROD-1; DoesNotFit",
    );
}
