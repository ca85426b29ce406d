#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use model::{
    Field, FieldKind, FieldName, Identify, ObjectName, ObjectType, Otherwise, Owner, RichFormat, Turn, Value,
};

use super::*;

const OURS: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../recipes/planhat-devrev.yaml"
));

pub(super) const SMALL: &str = "\
recipe: small
left: one
right: two
pairings:
  - id: company
    left: company
    right: account
    only: { phase: [a, b], type: { not: lost } }
    identify:
      - key
      - { left: domains, right: domains, score: 90 }
    fields:
      - { name: tnt__mrr, title: MRR, kind: number }
      - { name: tnt__tags, kind: list text }
      - { name: tnt__size, kind: { choice: [small, large] } }
    rules:
      - name -> display_name
      - nick, name -> alias
      - { left: mrr, right: tnt__mrr, owner: either }
      - { left: size, right: tnt__size, table: { S: small, 2: large }, otherwise: { value: small } }
      - { left: text, right: body, stamped: { from: One, what: type, by: users, at: date } }
      - { left: users, right: tnt__tags, turn: label, cut: true }
      - { right: part, owner: right, otherwise: { option: part } }
      - { left: email, right: email, otherwise: problem }
    custom: { prefix: tnt__x_, owner: either, except: [Secret], apart: [tnt__y_] }
    ignore: [__v]
options:
  - { name: part, title: The part, kind: part }
  - { name: lost, kind: switch, default: false, group: all }
  - { name: shape, kind: { choice: [round, square] }, default: round }
";

const OF_INTERCOM: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../recipes/intercom-devrev.yaml"
));

#[test]
fn the_recipe_for_intercom_is_without_mistakes() {
    assert_eq!(check(OF_INTERCOM, None), vec![]);
    for pairing in &parse(OF_INTERCOM).unwrap().pairings {
        for rule in &pairing.rules {
            let ignored = rule.left.iter().find(|left| pairing.ignore.contains(left));
            assert_eq!(ignored, None, "{}.{}", pairing.id, rule.right);
        }
    }
}

#[test]
fn our_recipe_is_without_mistakes() {
    assert_eq!(check(OURS, None), vec![]);
    let recipe = parse(OURS).unwrap();
    let ids: Vec<&str> = recipe
        .pairings
        .iter()
        .map(|pairing| pairing.id.as_str())
        .collect();
    assert_eq!(ids.len(), 30, "{ids:?}");
    for pairing in &recipe.pairings {
        for field in &pairing.fields {
            assert!(
                pairing.rules.iter().any(|rule| rule.right == field.name),
                "{}.{}",
                pairing.id,
                field.name
            );
        }
        for rule in &pairing.rules {
            let ignored = rule.left.iter().find(|left| pairing.ignore.contains(left));
            assert_eq!(ignored, None, "{}.{}", pairing.id, rule.right);
        }
    }
}

#[test]
fn a_recipe_says_what_it_says() {
    let recipe = parse(SMALL).unwrap();
    assert_eq!(
        (recipe.name.as_str(), recipe.left.as_str(), recipe.right.as_str()),
        ("small", "one", "two")
    );
    let pairing = &recipe.pairings[0];
    assert_eq!(pairing.only[0].is, ["a", "b"]);
    assert_eq!(pairing.only[1].is_not, ["lost"]);
    assert_eq!(pairing.identify[0], Identify::Key);
    assert!(matches!(&pairing.identify[1], Identify::Fields { score: 90, .. }));
    assert_eq!(pairing.fields[1].title, "tnt__tags");
    assert_eq!(
        pairing.fields[1].kind,
        FieldKind::List(Box::new(FieldKind::Text { max: None }))
    );
    let rules = &pairing.rules;
    assert_eq!(rules[1].left, [FieldName::new("nick"), FieldName::new("name")]);
    assert_eq!(rules[2].owner, Owner::Either);
    assert!(matches!(&rules[3].turn, Turn::Table { words } if words["2"] == "large"));
    assert_eq!(rules[3].otherwise, Otherwise::Value(Value::text("small")));
    assert!(matches!(&rules[4].turn, Turn::Stamped(stamp) if stamp.by.as_str() == "users"));
    assert!(rules[5].turn == Turn::Label && rules[5].cut);
    assert_eq!(
        (rules[6].left.len(), &rules[6].otherwise),
        (0, &Otherwise::Option("part".to_owned()))
    );
    assert_eq!(rules[7].otherwise, Otherwise::Problem);
    assert_eq!(pairing.custom.as_ref().unwrap().except, ["Secret"]);
    assert_eq!(pairing.custom.as_ref().unwrap().apart, ["tnt__y_"]);
}

/// Replaces a line of the small recipe; the mistakes follow, one per line.
pub(super) fn spoil(from: &str, to: &str, known: Option<&Known>, mistakes: &str) {
    assert!(SMALL.contains(from), "{from}");
    let found = check(&SMALL.replacen(from, to, 1), known);
    let found: Vec<String> = found.iter().map(Mistake::to_string).collect();
    assert_eq!(found.join("\n"), mistakes, "{from} => {to}");
}

// tidy: long because it is a table, one mistake per line of it
#[test]
fn every_mistake_is_explained_where_it_stands() {
    for (from, to, mistakes) in [
        (
            "left: one",
            "lefft: one",
            "1:1: a recipe needs `left`\n2:1: a recipe has no `lefft` (did you mean `left`?)",
        ),
        (
            "    left: company",
            "    Left: company",
            "5:5: a pairing needs `left`\n6:5: a pairing has no `Left` (did you mean `left`?)",
        ),
        (
            "owner: either }",
            "owner: eihter }",
            "19:46: there is no owner `eihter` (did you mean `either`?)",
        ),
        (
            "turn: label",
            "turn: lable",
            "22:48: there is no turn `lable` (did you mean `label`?)",
        ),
        (
            "turn: label",
            "turn: table",
            "22:48: `table` stands in place of `turn` (as in `table: { new: queued }`)",
        ),
        (
            "turn: label",
            "turn: label, table: { a: b }",
            "22:62: a rule turns its value in one way: `turn` or `table`",
        ),
        (
            "kind: number",
            "kind: numbr",
            "13:45: there is no kind `numbr` (did you mean `number`?)",
        ),
        (
            "kind: number",
            "kind: ref",
            "13:45: `ref` is no kind (say `ref account`, or `list text`)",
        ),
        (
            "score: 90",
            "score: 900",
            "11:49: `score` is a whole number from 1 to 100",
        ),
        (
            "score: 90",
            "scroe: 90",
            "11:9: a way to identify needs `score`\n11:42: a way to identify has no `scroe` (did you mean `score`?)",
        ),
        (
            "- key",
            "- keys",
            "10:9: there is no way to identify called `keys` (did you mean `key`?)",
        ),
        (
            "- name -> display_name",
            "- name - display_name",
            "17:9: `name - display_name` is no rule (as in `name -> display_name`, or `name <-> display_name` for both ways)",
        ),
        (
            "nick, name -> alias",
            "name -> display_name",
            "18:9: another rule writes `display_name` already",
        ),
        (
            "right: tnt__mrr",
            "right: tnt__mr",
            "19:29: `fields` does not declare `tnt__mr` (did you mean `tnt__mrr`?)",
        ),
        (
            "cut: true",
            "cut: perhaps",
            "22:60: `cut` is true or false, and here is a text",
        ),
        (
            "otherwise: problem",
            "otherwise: none",
            "24:49: `otherwise` is `nothing`, `problem`, a value or an option, not `none` (to write that word, say `otherwise: { value: none }`)",
        ),
        (
            "{ option: part }",
            "{ opton: part }",
            "23:49: `otherwise` has either `value` or `option`\n23:51: a substitute has no `opton` (did you mean `option`?)",
        ),
        (
            ", otherwise: { option: part }",
            "",
            "23:9: a rule needs `left`, or `otherwise` where the value comes from nowhere else",
        ),
        (
            "S: small, 2: large",
            "S: small, s: large",
            "20:60: `s` is in the table twice",
        ),
        (
            "ignore: [__v]",
            "ignore: { a: b }",
            "26:13: `ignore` is a text, and here is named values",
        ),
        (
            "    right: account",
            "    right: [account]",
            "7:12: `right` is a text, and here is a list",
        ),
        (
            "only: { phase: [a, b], type: { not: lost } }",
            "only: ticket",
            "8:11: `only` is fields with their words, and here is a text (as in `only: { type: ticket }`)",
        ),
        ("by: users, ", "", "21:45: a stamp needs `by`"),
        (
            "left: one",
            "left: one\nleft: one",
            "3:1: `left` is written twice",
        ),
        (
            "kind: list text",
            "kind: ref nobody",
            "22:48: the turn makes a text, and `tnt__tags` holds a reference to `nobody`",
        ),
    ] {
        spoil(from, to, None, mistakes);
    }
}

#[test]
fn what_is_no_yaml_says_where_it_ends() {
    for (yaml, line) in [
        ("recipe: [a", 1),
        ("a: b\n c: d\n- e", 2),
        ("", 1),
        ("a: \"b", 1),
        ("a:\n\t- b", 2),
    ] {
        let mistakes = check(yaml, None);
        assert!(
            mistakes[0].line >= line && mistakes[0].column > 0,
            "{yaml}: {mistakes:?}"
        );
        assert!(parse(yaml).is_err());
    }
}

#[test]
fn pairings_do_not_hide_each_other() {
    let (pairings, options) = SMALL.split_once("options:").unwrap();
    let twice = format!(
        "{pairings}  - {{ id: company, left: company, right: other, rules: [a -> b] }}\noptions:{options}"
    );
    let found: Vec<String> = check(&twice, None).iter().map(Mistake::to_string).collect();
    assert_eq!(found, ["27:11: there is another pairing `company`"]);
    let hidden = twice
        .replace("    only: { phase: [a, b], type: { not: lost } }\n", "")
        .replace("{ id: company", "{ id: other");
    let found: Vec<String> = check(&hidden, None).iter().map(Mistake::to_string).collect();
    assert_eq!(
        found,
        [
            "26:24: no record comes here: `company` takes every `company` before (give the earlier pairing an `only`)"
        ]
    );
}

fn object(name: &str, fields: &[(&str, FieldKind)]) -> ObjectType {
    let field = |(name, kind): &(&str, FieldKind)| Field {
        name: FieldName::new(name),
        title: (*name).to_owned(),
        kind: kind.clone(),
        writable: !name.starts_with("read_"),
        required: *name == "display_name",
        custom: false,
        id: None,
    };
    ObjectType {
        name: ObjectName::new(name),
        title: name.to_owned(),
        fields: fields.iter().map(field).collect(),
        extensible: true,
    }
}

pub(super) fn known() -> Known {
    let text = || FieldKind::Text { max: None };
    let rich = |format| FieldKind::Rich { format, max: None };
    let refer = |name: &str| FieldKind::Ref {
        object: ObjectName::new(name),
    };
    Known {
        left: vec![object(
            "company",
            &[
                ("name", text()),
                ("nick", text()),
                ("phase", text()),
                ("type", text()),
                ("mrr", FieldKind::Number),
                ("size", text()),
                ("text", rich(RichFormat::Html)),
                ("date", FieldKind::Instant),
                ("email", text()),
                ("users", FieldKind::List(Box::new(refer("user")))),
                ("parent", refer("company")),
                ("domains", FieldKind::List(Box::new(text()))),
            ],
        )],
        right: vec![object(
            "account",
            &[
                ("display_name", text()),
                ("alias", text()),
                ("body", rich(RichFormat::CommonMark)),
                ("part", refer("part")),
                ("email", text()),
                ("when", FieldKind::Instant),
                ("read_only", text()),
                ("owned_by", FieldKind::List(Box::new(refer("dev_user")))),
                ("parent", refer("account")),
                ("domains", FieldKind::List(Box::new(text()))),
            ],
        )],
    }
}

// tidy: long because it is a table, one mistake per line of it
#[test]
fn what_the_two_sides_have_is_asked() {
    let known = known();
    for (from, to, mistakes) in [
        ("ignore", "ignore", ""),
        (
            "    left: company",
            "    left: compny",
            "6:11: the left side has no object `compny` (did you mean `company`?)",
        ),
        (
            "    right: account",
            "    right: contact",
            "7:12: the right side has no object `contact` (there are `account`)",
        ),
        (
            "- nick, name -> alias",
            "- nikc -> alias",
            "18:9: `company` has no field `nikc` (did you mean `nick`?)",
        ),
        (
            "right: body",
            "right: bdoy",
            "21:30: `account` has no field `bdoy`, and `fields` declares none (did you mean `body`?)",
        ),
        (
            "by: users",
            "by: user",
            "21:45: `company` has no field `user` (did you mean `users`?)",
        ),
        (
            "only: { phase",
            "only: { phaze",
            "8:13: `company` has no field `phaze` (did you mean `phase`?)",
        ),
        (
            "{ left: domains,",
            "{ left: domain,",
            "11:17: `company` has no field `domain` (did you mean `domains`?)",
        ),
        (
            "- name -> display_name",
            "- name -> read_only",
            "5:9: `account` needs `display_name`, and no rule writes it\n17:9: `read_only` cannot be written",
        ),
        (
            "nick, name -> alias",
            "mrr -> when",
            "18:9: `mrr` holds a number, and `when` holds a moment (`turn: label` or `turn: json` makes a text of it)",
        ),
        (
            "nick, name -> alias",
            "users -> owned_by",
            "18:9: it refers to `user`, which no pairing moves (`turn: label` keeps the name)",
        ),
        ("nick, name -> alias", "parent -> parent", ""),
        (
            "nick, name -> alias",
            "parent -> owned_by",
            "18:9: it refers to `company`, which no pairing makes `dev_user`",
        ),
        (
            "S: small, 2: large",
            "S: smal",
            "20:53: `tnt__size` cannot be `smal` (did you mean `small`?)",
        ),
        (
            "{ value: small }",
            "{ value: huge }",
            "20:83: `tnt__size` cannot be `huge` (there are `small`, `large`)",
        ),
        (
            "right: tnt__tags, turn: label",
            "right: tnt__mrr2, turn: label",
            "22:31: `account` has no field `tnt__mrr2`, and `fields` declares none (did you mean `tnt__mrr`?)",
        ),
        (
            "right: body,",
            "right: domains,",
            "21:48: a stamped text is marked up, and `domains` holds several of a text",
        ),
    ] {
        spoil(from, to, Some(&known), mistakes);
    }
}

#[test]
fn any_text_is_survived() {
    proptest::proptest!(|(text in "[a-z:\\-{}\\[\\], \n\"'>&*|#?!]{0,120}")| {
        let _ = check(&text, None);
    });
    let deep = "[".repeat(100_000);
    assert!(parse(&deep).is_err());
}
