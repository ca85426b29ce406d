use model::{Base, Choice, Decision, Gone, PairRow, Side, ValueMark, WhenGoneRight};

use super::{Loss, With, decided, is_unapproved, loss, mark_of_lost};

fn row(gone: Gone) -> PairRow {
    PairRow {
        pairing: "ticket".into(),
        left_object: "conversation".into(),
        left: "l".into(),
        right_object: "ticket".into(),
        right: "r".into(),
        base: Base::default(),
        adopted: false,
        waiting: false,
        returning: false,
        gone: Some(gone),
    }
}

/// `policy | lost, left_out or merged | with | decided -> what is done`, with a `?` where a person approves many of them.
fn check(line: &str) {
    let (given, expected) = line.split_once("->").unwrap();
    let words: Vec<&str> = given.split('|').map(str::trim).collect();
    let [policy, gone, with, side] = words.as_slice() else {
        panic!("not a line: {line}")
    };
    let policy = WhenGoneRight::WORDS.iter().find(|(word, _)| word == policy);
    let gone = match *gone {
        "lost" => Gone::Lost,
        "left_out" => Gone::LeftOut,
        _ => Gone::Merged,
    };
    let with = match *with {
        "undecided" => With::Undecided,
        "left_out" => With::LeftOut,
        "replaced" => With::Replaced,
        _ => With::Nothing,
    };
    let side = match *side {
        "left" => Some(Side::Left),
        "right" => Some(Side::Right),
        _ => None,
    };
    let done = loss(policy.unwrap().1, gone, with, side);
    let word = match done {
        Loss::Asks => "asks",
        Loss::Follows => "follows",
        Loss::Again => "again",
        Loss::LeftOut => "left out",
    };
    let asks = match is_unapproved(&row(gone), with, side, done) {
        true => "?",
        false => "",
    };
    assert_eq!(format!("{word}{asks}"), expected.trim(), "{line}");
}

#[test]
fn the_import_says_what_becomes_of_what_lost_its_counterpart() {
    check("report | lost | - | - -> asks");
    check("again | lost | - | - -> again?");
    check("leave | lost | - | - -> left out?");
}

#[test]
fn what_was_left_out_stays_so_until_the_import_says_otherwise() {
    check("leave | left_out | - | - -> left out");
    check("report | left_out | - | - -> left out");
    check("again | left_out | - | - -> again?");
    check("again | left_out | - | right -> left out");
}

#[test]
fn a_person_s_word_comes_first() {
    check("report | lost | - | left -> again");
    check("report | lost | - | right -> left out");
    check("leave | lost | - | left -> again");
    check("again | lost | - | right -> left out");
}

#[test]
fn a_merge_is_not_taken_back_unasked() {
    check("report | merged | - | - -> asks");
    check("again | merged | - | - -> asks");
    check("leave | merged | - | - -> left out");
    check("again | merged | - | left -> again");
    check("report | merged | - | right -> left out");
}

#[test]
fn what_hung_on_another_has_its_fate() {
    check("again | lost | undecided | left -> follows");
    check("again | lost | left_out | left -> left out");
    check("report | lost | replaced | - -> again");
    check("leave | lost | replaced | - -> again");
}

#[test]
fn a_decision_counts_for_the_counterpart_that_was_seen() {
    let decision = |right: ValueMark, choice: Choice| Decision {
        object: "conversation".into(),
        record: "l".into(),
        field: None,
        choice,
        left: right,
        right,
    };
    let row = row(Gone::Lost);
    let seen = mark_of_lost(&row.right);
    let take = Choice::Take(Side::Left);
    assert_eq!(decided(&row, &[decision(seen, take.clone())]), Some(Side::Left));
    assert_eq!(decided(&row, &[decision(ValueMark(0), take)]), None);
    assert_eq!(decided(&row, &[decision(seen, Choice::LeaveOut)]), None);
    assert_eq!(decided(&row, &[]), None);
}
