use model::{Direction, Pause};

use super::*;

fn at(time: &str) -> Timestamp {
    format!("2026-01-{time}:00Z").parse().unwrap()
}

fn hourly(jitter: u32, last_tick: &str) -> Schedule {
    Schedule {
        import: "i".into(),
        every: Duration::from_secs(3600),
        direction: Direction::Forward,
        automations: false,
        jitter,
        last_tick: at(last_tick),
        paused: None,
    }
}

/// `last run -> now: what is wanted`, for an hourly schedule whose runs begin at a quarter past.
fn check(script: &str) {
    let (times, wanted) = script.split_once(": ").unwrap();
    let (last, now) = times.split_once(" -> ").unwrap();
    let wanted = match wanted {
        "now" => Due::Now,
        time => Due::At(at(time)),
    };
    assert_eq!(due(&hourly(250_000, last), at(now)), wanted, "{script}");
}

#[test]
fn the_next_run_begins_in_the_next_interval() {
    check("10T12:20 -> 10T12:21: 10T13:15");
    check("10T12:20 -> 10T13:14: 10T13:15");
    check("10T12:20 -> 10T13:15: now");
}

#[test]
fn one_run_makes_up_for_all_that_were_missed() {
    check("10T12:20 -> 14T20:00: now");
    check("14T20:00 -> 14T20:00: 14T20:15");
}

#[test]
fn a_run_longer_than_the_interval_is_followed_by_one_more() {
    check("10T12:15 -> 10T15:40: now");
    check("10T15:40 -> 10T15:41: 10T16:15");
}

#[test]
fn a_clock_that_is_set_forward_causes_one_run() {
    check("10T12:20 -> 20T12:20: now");
    check("20T12:20 -> 20T12:21: 20T13:15");
}

#[test]
fn a_clock_that_is_set_back_a_little_causes_none() {
    check("10T13:15 -> 10T13:14: 10T14:15");
    check("10T13:15 -> 10T12:16: 10T14:15");
}

#[test]
fn a_clock_that_is_set_back_further_counts_anew() {
    check("20T12:20 -> 10T12:20: now");
    check("10T12:20 -> 10T12:21: 10T13:15");
}

#[test]
fn nothing_is_due_while_it_is_paused_and_one_run_afterwards() {
    let mut schedule = hourly(0, "10T12:00");
    schedule.paused = Some(Pause {
        since: at("10T12:00"),
        why: None,
        refused: None,
    });
    assert_eq!(due(&schedule, at("12T12:00")), Due::Paused);
    schedule.paused = None;
    assert_eq!(due(&schedule, at("12T12:00")), Due::Now);
}

#[test]
fn imports_with_other_jitter_begin_at_other_times() {
    for (jitter, next) in [(0, "10T13:00"), (500_000, "10T12:30"), (999_999, "10T12:59")] {
        let Due::At(found) = due(&hourly(jitter, "10T12:05"), at("10T12:06")) else {
            panic!("{jitter}");
        };
        let late = found.duration_since(at(next)).as_secs();
        assert!((0..60).contains(&late), "{jitter}: {found}");
    }
}

#[test]
fn odd_numbers_do_no_harm() {
    for every in [Duration::ZERO, Duration::MAX] {
        let schedule = Schedule {
            every,
            ..hourly(u32::MAX, "10T12:00")
        };
        due(&schedule, Timestamp::MAX);
        due(&schedule, Timestamp::MIN);
    }
}

#[test]
fn a_run_has_stalled_after_a_minute_that_nobody_asked_it_to_wait() {
    let check = |moved: &str, excused: Option<&str>, now: &str, since: Option<&str>| {
        let found = stalled(at(moved), excused.map(at), at(now));
        assert_eq!(found, since.map(at), "{moved} {excused:?} {now}");
    };
    check("10T12:00", None, "10T12:00", None);
    check("10T12:00", None, "10T12:01", Some("10T12:00"));
    check("10T12:00", Some("10T12:10"), "10T12:10", None);
    check("10T12:00", Some("10T12:10"), "10T12:11", Some("10T12:10"));
    check("10T12:20", Some("10T12:10"), "10T12:20", None);
    check("10T12:20", None, "10T12:00", None);
}
