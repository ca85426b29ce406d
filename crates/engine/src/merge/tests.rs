#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use proptest::{prelude::*, test_runner::Config};

use super::*;

fn value(word: &str) -> Value {
    if word == "-" {
        Value::Nothing
    } else {
        Value::Text(word.to_owned())
    }
}

/// `base left right -> verdict`; `?` as base is a first meeting, `-` an empty value.
fn check(owner: Owner, line: &str) {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [base, left, right, "->", verdict] = words[..] else {
        panic!("not a line: {line}")
    };
    let base_value = value(base);
    let agreed = (base != "?").then_some(Agreed {
        left: &base_value,
        right: &base_value,
    });
    let expected = match verdict {
        "alike" => Merged::Alike,
        "left" => Merged::Take(Side::Left),
        "right" => Merged::Take(Side::Right),
        "clash" => Merged::Clash,
        other => panic!("not a verdict: {other}"),
    };
    assert_eq!(
        merge(owner, agreed, &value(left), &value(right)),
        expected,
        "{owner:?}: {line}"
    );
}

#[test]
fn equal_values_are_alike_whoever_owns_them() {
    for owner in [Owner::Left, Owner::Right, Owner::Either] {
        check(owner, "a b b -> alike");
        check(owner, "? b b -> alike");
        check(owner, "a a a -> alike");
        check(owner, "- - - -> alike");
    }
}

#[test]
fn the_one_that_changed_wins_when_neither_owns() {
    check(Owner::Either, "a b a -> left");
    check(Owner::Either, "a a b -> right");
    check(Owner::Either, "a - a -> left");
    check(Owner::Either, "a a - -> right");
}

#[test]
fn a_person_decides_when_both_changed() {
    check(Owner::Either, "a b c -> clash");
    check(Owner::Either, "? b c -> clash");
    check(Owner::Either, "a - c -> clash");
}

#[test]
fn an_owner_wins_whoever_changed() {
    check(Owner::Left, "a b c -> left");
    check(Owner::Left, "a a c -> left");
    check(Owner::Right, "a b c -> right");
    check(Owner::Right, "a b a -> right");
}

#[test]
fn an_empty_value_never_wins_a_first_meeting() {
    for owner in [Owner::Left, Owner::Right, Owner::Either] {
        check(owner, "? - c -> right");
        check(owner, "? b - -> left");
    }
    check(Owner::Left, "? b c -> left");
    check(Owner::Right, "? b c -> right");
}

#[test]
fn what_a_vendor_made_of_our_value_is_not_a_change() {
    let (sent, kept) = (value("A "), value("A"));
    let agreed = Some(Agreed {
        left: &sent,
        right: &kept,
    });
    assert_eq!(merge(Owner::Left, agreed, &sent, &kept), Merged::Alike);
    assert_eq!(
        merge(Owner::Left, agreed, &value("B"), &kept),
        Merged::Take(Side::Left)
    );
}

/// One step of a history of two fields on two sides.
#[derive(Clone, Debug)]
enum Step {
    EditLeft(usize, u8),
    EditRight(usize, u8),
    Sync,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(
        prop_oneof![
            (0_usize..2, 0_u8..4).prop_map(|(field, word)| Step::EditLeft(field, word)),
            (0_usize..2, 0_u8..4).prop_map(|(field, word)| Step::EditRight(field, word)),
            Just(Step::Sync),
        ],
        0..12,
    )
}

fn word(number: u8) -> Value {
    if number == 0 {
        Value::Nothing
    } else {
        Value::Text(number.to_string())
    }
}

/// The sides, what they agreed on, and the edits a sync has not seen yet.
#[derive(Default)]
struct World {
    left: [Value; 2],
    right: [Value; 2],
    base: [Value; 2],
    clashes: usize,
}

impl World {
    fn sync(&mut self, owner: Owner) -> usize {
        let mut writes = 0;
        for field in 0..2 {
            let agreed = Some(Agreed {
                left: &self.base[field],
                right: &self.base[field],
            });
            match merge(owner, agreed, &self.left[field], &self.right[field]) {
                Merged::Alike => self.base[field] = self.left[field].clone(),
                Merged::Take(Side::Left) => {
                    writes += 1;
                    self.right[field] = self.left[field].clone();
                    self.base[field] = self.left[field].clone();
                }
                Merged::Take(Side::Right) => {
                    writes += 1;
                    self.left[field] = self.right[field].clone();
                    self.base[field] = self.right[field].clone();
                }
                Merged::Clash => self.clashes += 1,
            }
        }
        writes
    }
}

proptest! {
    #![proptest_config(Config { cases: 100_000, ..Config::default() })]

    #[test]
    fn histories_converge_and_lose_nothing_without_a_problem(history in steps(), owner in 0_u8..3) {
        let owner = [Owner::Left, Owner::Right, Owner::Either][usize::from(owner)];
        let mut world = World::default();
        for step in history {
            match step {
                Step::EditLeft(field, number) => world.left[field] = word(number),
                Step::EditRight(field, number) => world.right[field] = word(number),
                Step::Sync => {
                    let before = (world.left.clone(), world.right.clone(), world.base.clone(), world.clashes);
                    world.sync(owner);
                    for field in 0..2 {
                        let edited = |side: &[Value; 2]| side[field] != before.2[field];
                        let lost = |side: &[Value; 2]| {
                            edited(side) && world.left[field] != side[field] && world.right[field] != side[field]
                        };
                        // Only an owner may overwrite an edit; otherwise both values still stand.
                        prop_assert!(!(owner == Owner::Either && (lost(&before.0) || lost(&before.1))));
                    }
                }
            }
        }
        world.sync(owner);
        let clashes = world.clashes;
        let again = world.sync(owner);
        prop_assert_eq!(again, 0, "a second sync writes nothing");
        if world.left != world.right {
            prop_assert!(owner == Owner::Either && world.clashes > clashes, "sides differ without a problem");
        }
    }

    #[test]
    fn disjoint_edits_commute(one in 1_u8..4, two in 1_u8..4, left_first in any::<bool>()) {
        let mut world = World::default();
        let edit = |world: &mut World, left: bool| {
            if left { world.left[0] = word(one) } else { world.right[1] = word(two) }
        };
        edit(&mut world, left_first);
        world.sync(Owner::Either);
        edit(&mut world, !left_first);
        world.sync(Owner::Either);
        prop_assert_eq!(&world.left, &[word(one), word(two)]);
        prop_assert_eq!(&world.right, &world.left);
        prop_assert_eq!(world.clashes, 0);
    }
}
