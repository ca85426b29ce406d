#![allow(clippy::unwrap_used)]

use super::*;

/// `id:name=kind …`; the id may be left out.
fn fields(text: &str) -> Vec<Field> {
    let field = |word: &str| {
        let (name, kind) = word.split_once('=').unwrap();
        let (id, name) = match name.split_once(':') {
            Some((id, name)) => (Some(id.to_owned()), name),
            None => (None, name),
        };
        let words = |text: &str| text.split('|').map(str::to_owned).collect();
        Field {
            name: name.into(),
            title: name.to_owned(),
            kind: match kind {
                "text" => FieldKind::Text { max: None },
                "number" => FieldKind::Number,
                "bool" => FieldKind::Bool,
                other => FieldKind::Choice { values: words(other) },
            },
            writable: true,
            required: false,
            custom: true,
            id,
        }
    };
    text.split_whitespace().map(field).collect()
}

fn check(before: &str, after: &str, expected: &str) {
    let object = |text: &str| ObjectType {
        name: "company".into(),
        title: "Company".to_owned(),
        fields: fields(text),
        extensible: true,
    };
    let drifted = drift(&[object(before)], &[object(after)]);
    let said: Vec<String> = drifted
        .iter()
        .map(|one| match &one.became {
            Became::New => format!("{} new", one.field.name),
            Became::Gone => format!("{} gone", one.field.name),
            Became::Renamed { from } => format!("{} was {from}", one.field.name),
            Became::Reworded { more, fewer } => {
                format!("{} +{} -{}", one.field.name, more.join("+"), fewer.join("-"))
            }
            Became::Another { from, to } => {
                format!("{}: {} to {}", one.field.name, say_kind(from), say_kind(to))
            }
        })
        .collect();
    assert_eq!(said.join(", "), expected, "{before} => {after}");
}

#[test]
fn each_change_of_a_field_is_named() {
    check("a=text b=number", "a=text b=number", "");
    check("a=text", "a=text b=bool", "b new");
    check("a=text b=bool", "a=text", "b gone");
    check("1:a=text", "1:b=text", "b was a");
    check("a=text", "b=text", "b new, a gone");
    check("a=text", "a=number", "a: a text to a number");
    check("1:a=text", "1:b=bool", "b was a, b: a text to yes or no");
    check("a=x|y", "a=y|x", "");
    check("a=x|y", "a=y|z", "a +z -x");
}

#[test]
fn a_field_that_is_made_anew_under_an_old_name_is_another() {
    check("1:a=text", "2:a=text", "a new, a gone");
}

#[test]
fn ids_that_are_known_from_now_on_change_nothing() {
    check("a=text", "1:a=text", "");
    check("1:a=text", "a=text", "");
}

#[test]
fn an_object_that_was_not_read_before_has_not_drifted() {
    let object = ObjectType {
        name: "sale".into(),
        title: "Sale".to_owned(),
        fields: fields("a=text"),
        extensible: true,
    };
    assert_eq!(drift(&[], &[object]), vec![]);
}
