#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use model::Past;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn ended(round: Round) -> Keep {
    Keep {
        pass: 3,
        cursor: None,
        began_at: at(1_000),
        whole: true,
        past: Past {
            whole_at: Some(at(1_000)),
            round,
            ..Past::default()
        },
    }
}

fn wanted(reading: Reading, calls: u64) -> Wanted {
    Wanted {
        reading,
        calls,
        whole: false,
        step: 16,
    }
}

const NEWEST: Reading = Reading::Newest { lists: 1 };
const BOTH: Reading = Reading::Newest { lists: 2 };

/// The object's reading, what a whole one costs, how many runs the round has had before and how many pages it has read.
fn check(reading: Reading, calls: u64, runs: u64, pages: u64, expected: Course) {
    let last = ended(Round {
        runs,
        pages,
        ..Round::default()
    });
    assert_eq!(course(Some(&last), wanted(reading, calls)), expected);
}

fn parts(newest: usize, pages: u64) -> Course {
    Course::Parts { newest, pages }
}

#[test]
fn what_cannot_be_read_in_parts_is_read_whole() {
    check(Reading::Whole, 100, 3, 0, Course::Whole);
    check(Reading::Singly, 100, 3, 0, Course::Whole);
    check(Reading::Since { in_order: true }, 100, 3, 0, Course::Whole);
}

#[test]
fn what_costs_no_more_than_a_look_is_read_whole() {
    check(NEWEST, 1, 3, 0, Course::Whole);
    check(NEWEST, 2, 3, 0, parts(1, 0));
    check(BOTH, 2, 3, 0, Course::Whole);
    check(BOTH, 3, 3, 0, parts(2, 0));
    check(Reading::Pages, 1, 3, 0, Course::Whole);
    check(Reading::Pages, 2, 3, 0, parts(0, 0));
}

#[test]
fn pages_of_a_round_fall_due_one_after_the_other() {
    check(NEWEST, 24, 0, 0, parts(1, 1));
    check(NEWEST, 24, 1, 1, parts(1, 1));
    check(NEWEST, 24, 5, 3, parts(1, 3));
    check(NEWEST, 48, 0, 0, parts(1, 2));
    check(NEWEST, 3, 6, 0, parts(1, 0));
    check(NEWEST, 3, 7, 0, parts(1, 1));
    check(NEWEST, 3, 8, 1, parts(1, 0));
    check(NEWEST, 3, 15, 1, parts(1, 1));
}

#[test]
fn the_last_run_of_a_round_reads_what_is_left() {
    check(NEWEST, 3, 23, 2, parts(1, u64::MAX));
    check(NEWEST, 3, 40, 2, parts(1, u64::MAX));
}

#[test]
fn a_round_that_is_through_waits_for_the_next() {
    let done = |runs, pages| {
        ended(Round {
            runs,
            pages,
            done: true,
            ..Round::default()
        })
    };
    assert_eq!(course(Some(&done(9, 24)), wanted(NEWEST, 24)), parts(1, 0));
    assert_eq!(course(Some(&done(24, 24)), wanted(NEWEST, 24)), parts(1, 1));
}

#[test]
fn everything_is_read_at_first_on_request_and_after_a_pass_that_broke_off() {
    let all = wanted(NEWEST, 24);
    assert_eq!(course(None, all), Course::Whole);
    let last = ended(Round::default());
    assert_eq!(course(Some(&last), Wanted { whole: true, ..all }), Course::Whole);
    let broken = Keep {
        cursor: Some("c".into()),
        ..last.clone()
    };
    assert_eq!(course(Some(&broken), all), Course::Whole);
    let old = Keep {
        past: Past::default(),
        ..last
    };
    assert_eq!(course(Some(&old), all), Course::Whole);
}

/// However many pages there are and wherever they fall: each round reads each once, and no run all of many.
#[test]
fn every_page_is_read_once_in_a_round() {
    for calls in [2, 3, 7, 24, 25, 36, 100, 601] {
        for step in [1, 5, 16] {
            let mut round = Round::default();
            for _ in 0..3 {
                let mut read = 0;
                for run in 0..ROUND {
                    round = next_run(&round);
                    let due = pages_due(&round, calls, step);
                    // As the list says how long it is.
                    let due = due.min(calls - round.pages);
                    assert!(due <= calls.div_ceil(ROUND) + 1, "{calls} {step} {run}");
                    round.pages += due;
                    read += due;
                    round.done = round.pages == calls;
                }
                assert_eq!(read, calls, "{calls} {step}");
            }
        }
    }
}

#[test]
fn objects_begin_their_rounds_apart() {
    let steps: std::collections::BTreeSet<u64> = ["company", "enduser", "license", "task", "comment", "sale"]
        .map(step_of)
        .into();
    assert!(steps.len() >= 4 && steps.iter().all(|step| (1..=16).contains(step)));
}

/// The page as dates in seconds, `-` for none, with `!` for what is not known as it is; read until 100.
fn page(text: &str, before: Option<i64>, expected: Verdict) {
    let records: Vec<_> = text
        .split_whitespace()
        .map(|word| {
            let known = !word.ends_with('!');
            (word.trim_end_matches('!').parse().ok().map(at), known)
        })
        .collect();
    assert_eq!(judge(&records, before.map(at), at(100)), expected, "{text}");
}

#[test]
fn reading_stops_after_a_page_that_is_old_and_known() {
    page("", None, Verdict::Enough);
    page("99 98 98 3", None, Verdict::Enough);
    page("100 98", None, Verdict::More);
    page("200 99", None, Verdict::More);
    page("99 98!", None, Verdict::More);
    page("99 -", None, Verdict::More);
    page("-", Some(99), Verdict::More);
    page("99 98", Some(99), Verdict::Enough);
}

#[test]
fn a_page_whose_dates_do_not_descend_is_no_answer() {
    page("98 99", None, Verdict::Disorder);
    page("300 - 301", None, Verdict::Disorder);
    page("99 98", Some(98), Verdict::Disorder);
    page("- -", None, Verdict::Disorder);
}
