#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use model::{CustomFields, Owner, RecipeField};

use super::*;

fn field(name: &str, kind: FieldKind, custom: bool) -> Field {
    let title = name.trim_start_matches("custom.").to_owned();
    Field {
        name: name.into(),
        title,
        kind,
        writable: true,
        required: false,
        custom,
        id: None,
    }
}

fn sides(left: Vec<Field>, right: Vec<Field>) -> (Vec<ObjectType>, Vec<ObjectType>) {
    let object = |name: &str, fields| ObjectType {
        name: name.into(),
        title: name.into(),
        fields,
        extensible: true,
    };
    (vec![object("company", left)], vec![object("account", right)])
}

fn recipe(rules: &[(&str, &str)], fields: Vec<RecipeField>) -> Recipe {
    let rule = |(left, right): &(&str, &str)| Rule {
        left: vec![(*left).into()],
        right: (*right).into(),
        turn: Turn::Same,
        owner: Owner::Left,
        clash: None,
        back: Default::default(),
        otherwise: Otherwise::Nothing,
        together: false,
        cut: false,
        unique: false,
    };
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
        identify: vec![],
        fields,
        rules: rules.iter().map(rule).collect(),
        custom: Some(CustomFields {
            prefix: "x_".into(),
            owner: Owner::Left,
            except: vec!["secret".into()],
            apart: vec!["y_".into()],
        }),
        ignore: vec!["__v".into()],
    };
    Recipe {
        name: "r".into(),
        left: "l".into(),
        right: "r".into(),
        options: vec![],
        clashes: Default::default(),
        pairings: vec![pairing],
    }
}

/// Binds custom fields of these titles; the right side already has the fields `name=title`. Tells the names written.
fn check(titles: &[&str], there: &[(&str, &str)], expected: &[&str]) {
    let left = titles
        .iter()
        .map(|title| field(&format!("custom.{title}"), FieldKind::Number, true))
        .collect();
    let right = there.iter().map(|(name, title)| Field {
        title: (*title).to_owned(),
        ..field(name, FieldKind::Number, true)
    });
    let (left, right) = sides(left, right.collect());
    let bound = bind(&recipe(&[], vec![]), &left, &right, &Places::new())
        .unwrap()
        .remove(0);
    let names: Vec<String> = bound
        .rules
        .iter()
        .map(|(rule, _)| rule.right.to_string())
        .collect();
    assert_eq!(names, expected, "{titles:?}");
}

#[test]
fn custom_fields_get_plain_names() {
    check(
        &["Days in Phase", "# Overdue Invoices", "ARR (fwd.)"],
        &[],
        &["x_days_in_phase", "x_overdue_invoices", "x_arr_fwd"],
    );
}

#[test]
fn names_that_fall_together_are_told_apart_and_stay() {
    check(&["A.B", "A B"], &[], &["x_a_b", "x_a_b_858cbd"]);
    check(
        &["A B", "A.B"],
        &[("x_a_b", "A.B"), ("x_a_b_858cbd", "A B")],
        &["x_a_b_858cbd", "x_a_b"],
    );
}

#[test]
fn a_name_without_a_latin_letter_still_becomes_one() {
    check(&["売上"], &[], &["x_field_c23efd20"]);
}

#[test]
fn what_stays_behind_has_its_reason() {
    let left = vec![
        field("custom.secret", FieldKind::Number, true),
        field("custom.photo", FieldKind::File, true),
        field("city", FieldKind::Text { max: None }, false),
        field("__v", FieldKind::Number, false),
        field("custom.size", FieldKind::Number, true),
    ];
    let there = Field {
        title: "size".into(),
        ..field("x_size", FieldKind::Bool, true)
    };
    let (left, right) = sides(left, vec![there]);
    let bound = bind(&recipe(&[], vec![]), &left, &right, &Places::new())
        .unwrap()
        .remove(0);
    let reasons: Vec<String> = bound
        .not_mapped
        .iter()
        .map(|(name, why)| format!("{name}: {why}"))
        .collect();
    assert_eq!(
        reasons,
        [
            "city: no rule moves it",
            "custom.photo: the right side has no kind for it",
            "custom.secret: the recipe leaves it out",
        ]
    );
}

#[test]
fn a_field_the_recipe_needs_is_added_once() {
    let wanted = RecipeField {
        name: "x_status".into(),
        title: "Status".into(),
        kind: FieldKind::Bool,
    };
    let (left, right) = sides(vec![field("status", FieldKind::Bool, false)], vec![]);
    let recipe = recipe(&[("status", "x_status")], vec![wanted]);
    let bound = bind(&recipe, &left, &right, &Places::new()).unwrap();
    let changes = schema_changes(&bound);
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].add.len(), 1);
    let with_it = sides(vec![], changes[0].add.clone()).1;
    assert!(schema_changes(&bind(&recipe, &left, &with_it, &Places::new()).unwrap()).is_empty());
}

#[test]
fn a_rule_for_a_field_that_is_not_there_says_so() {
    let (left, right) = sides(vec![], vec![]);
    let unbound = bind(
        &recipe(&[("name", "display_name")], vec![]),
        &left,
        &right,
        &Places::new(),
    )
    .unwrap_err();
    assert_eq!(
        unbound.to_string(),
        "pairing `company`: the right side has no field `display_name`"
    );
}

/// Binds one custom number field, here `id:title`, that went into `before` the last time; the right side has these
/// fields, each `name=title` and a number unless it ends with `?`. Tells the name written.
fn went(left: &str, before: Option<&str>, there: &[&str], expected: &str) {
    let (id, title) = left.split_once(':').unwrap();
    let left = Field {
        id: Some(id.to_owned()),
        ..field(&format!("custom.{title}"), FieldKind::Number, true)
    };
    let right = there.iter().map(|text| {
        let (name, title) = text.split_once('=').unwrap();
        let kind = if title.ends_with('?') {
            FieldKind::Bool
        } else {
            FieldKind::Number
        };
        Field {
            title: title.trim_end_matches('?').to_owned(),
            ..field(name, kind, true)
        }
    });
    let (left, right) = sides(vec![left], right.collect());
    let places = before.map(|name| (id.to_owned(), FieldName::new(name)));
    let places = Places::from([("company".into(), places.into_iter().collect())]);
    let bound = bind(&recipe(&[], vec![]), &left, &right, &places)
        .unwrap()
        .remove(0);
    assert_eq!(bound.rules[0].0.right.as_str(), expected, "{there:?} {before:?}");
    assert_eq!(bound.places[id].as_str(), expected);
}

#[test]
fn a_custom_field_goes_where_it_went_before() {
    went("7:Size", None, &["x_size=Size"], "x_size");
    went("7:Area", Some("x_size"), &["x_size=Size"], "x_size");
    // It was yes or no, and is a number now.
    went("7:Size", Some("x_size"), &["x_size=Size?"], "x_size_6cd6fd");
    went("7:Size", None, &["x_size=Size?"], "x_size_6cd6fd");
    went("7:Size", Some("x_lost"), &["x_size=Size"], "x_size");
}

#[test]
fn a_list_of_words_gains_those_that_the_left_one_has_more() {
    let words = |text: &str| {
        let values = text.split_whitespace().map(str::to_owned).collect();
        FieldKind::Choice { values }
    };
    let several = |text: &str| FieldKind::List(Box::new(words(text)));
    for (left, right, expected) in [
        (words("a b"), words("b a"), ""),
        (words("a b c"), words("b a x"), "x_tier gains c"),
        (several("a b"), several("a"), "x_tier gains b"),
    ] {
        let title = |name: &str, kind| Field {
            title: "Tier".to_owned(),
            ..field(name, kind, true)
        };
        let (left, right) = sides(vec![title("custom.Tier", left)], vec![title("x_tier", right)]);
        let bound = bind(&recipe(&[], vec![]), &left, &right, &Places::new()).unwrap();
        let gains = bound[0]
            .words
            .iter()
            .map(|(name, more)| format!("{name} gains {}", more.join(" ")));
        assert_eq!(gains.collect::<String>(), expected);
        let changed = schema_changes(&bound);
        assert_eq!(changed.len(), bound[0].words.len());
    }
}

#[test]
fn an_object_of_ours_is_made_once() {
    let mut recipe = recipe(&[("name", "title")], vec![]);
    recipe.pairings[0].right = "custom:license".into();
    recipe.pairings[0].make = Some(NewObject {
        title: "License".to_owned(),
        key_prefix: "LIC".to_owned(),
    });
    let text = FieldKind::Text { max: None };
    let (left, right) = sides(vec![field("name", text, false)], vec![]);
    let made = |right: &[ObjectType]| {
        let bound = bind(&recipe, &left, right, &Places::new()).unwrap();
        schema_changes(&bound)
            .first()
            .and_then(|change| change.make.clone())
    };
    assert_eq!(made(&right).unwrap().key_prefix, "LIC");
    let there = newborn(
        &"custom:license".into(),
        recipe.pairings[0].make.as_ref().unwrap(),
    );
    assert_eq!(made(&[there]), None);
}

#[test]
fn a_reference_to_what_is_not_imported_is_left_out_with_its_reason() {
    let refers = |object: &str| FieldKind::Ref {
        object: object.into(),
    };
    let wanted = RecipeField {
        name: "x_sale".into(),
        title: "Sale".to_owned(),
        kind: refers("custom:sale"),
    };
    let left = vec![
        field("sale", refers("sale"), false),
        field("parent", refers("company"), false),
    ];
    let (left, right) = sides(left, vec![field("parent", refers("account"), false)]);
    let recipe = recipe(&[("sale", "x_sale"), ("parent", "parent")], vec![wanted]);
    let bound = bind(&recipe, &left, &right, &Places::new()).unwrap().remove(0);
    assert_eq!((bound.rules.len(), bound.add.len()), (1, 0));
    assert_eq!(
        bound.not_mapped["sale"],
        "it refers to sale, which the import leaves out"
    );
}

/// Binds a left number field of this title; the right side has customer's own fields `name=title`. Tells what is written and
/// who owns it.
fn check_match(title: &str, there: &[(&str, &str)], expected: (&str, Owner)) {
    let left = vec![field(&format!("custom.{title}"), FieldKind::Number, true)];
    let right = there.iter().map(|(name, title)| Field {
        title: (*title).to_owned(),
        ..field(name, FieldKind::Number, true)
    });
    let (left, right) = sides(left, right.collect());
    let bound = bind(&recipe(&[], vec![]), &left, &right, &Places::new())
        .unwrap()
        .remove(0);
    let (rule, _) = &bound.rules[0];
    assert_eq!((rule.right.as_str(), rule.owner), expected, "{title}");
    // Where it went it goes on, by whoever is the owner then.
    let places = places(&[bound]);
    let bound = bind(&recipe(&[], vec![]), &left, &right, &places)
        .unwrap()
        .remove(0);
    assert_eq!(
        (bound.rules[0].0.right.as_str(), bound.rules[0].0.owner),
        expected,
        "{title}"
    );
}

#[test]
fn a_field_of_the_customers_own_that_is_surely_the_same_is_used() {
    check_match(
        "Headcount",
        &[("tnt__employees", "Employees")],
        ("tnt__employees", Owner::Either),
    );
    check_match(
        "Head count",
        &[("y_head_count", "Head count")],
        ("x_head_count", Owner::Left),
    );
    check_match(
        "Employees of ours",
        &[("tnt__employees", "Employees")],
        ("x_employees_of_ours", Owner::Left),
    );
}
