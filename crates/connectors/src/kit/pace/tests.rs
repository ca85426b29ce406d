#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use std::{
    collections::VecDeque,
    sync::atomic::{AtomicI64, Ordering},
};

use async_trait::async_trait;

use super::*;

/// Runs a small script against a state: `s+1.5` moves time, `go*3` asks three times and all must go, `wait 2.5`
/// asks once and must be told so, `end` ends a call, `h L R T` learns headers (reset `T` seconds after the start),
/// `429 S` learns a refusal, `of H A` says that `H` of `A` runs are in this process.
fn check(limits: (Option<u32>, Option<u32>), script: &str) {
    let start = Timestamp::from_second(2_000_000_000).unwrap();
    let mut now = start;
    let mut state = PaceState::new(PaceLimits {
        per_minute: limits.0,
        per_second: limits.1,
        window: PaceLimits::MINUTE,
        parallel: 4,
    });
    for step in script.split(", ") {
        let words: Vec<&str> = step.split(' ').collect();
        match words.as_slice() {
            [word] if word.starts_with("s+") => now += seconds(&word[2..]),
            [word] if word.starts_with("go*") => {
                for _ in 0..word[3..].parse::<u32>().unwrap() {
                    assert_eq!(state.ask(now), Verdict::Go, "{script}: {step}");
                }
            }
            ["wait", wait] => {
                let Verdict::Wait(told) = state.ask(now) else {
                    panic!("{script}: {step}: was let through");
                };
                assert_eq!(told, seconds(wait), "{script}: {step}");
            }
            ["end"] => state.leave(),
            ["of", here, all] => state.among(here.parse().unwrap(), all.parse().unwrap()),
            ["h", limit, remaining, reset] => {
                let reset = (start + seconds(reset)).as_second().to_string();
                let response = Response::text(200, "")
                    .header("x-ratelimit-limit", limit)
                    .header("x-ratelimit-remaining", remaining)
                    .header("x-ratelimit-reset", &reset);
                state.learn(&response, now);
            }
            ["old", limit] => state.learn(&Response::text(200, "").header("x-rate-limit-limit", limit), now),
            ["429"] => state.learn(&Response::text(429, ""), now),
            ["429", wait] => state.learn(&Response::text(429, "").header("retry-after", wait), now),
            _ => panic!("{script}: what is `{step}`?"),
        }
    }
}

fn seconds(text: &str) -> Duration {
    Duration::from_secs_f64(text.parse().unwrap())
}

#[test]
fn nothing_known_lets_everything_through() {
    check((None, None), "go*1000");
}

#[test]
fn documented_limits_hold_in_any_while_of_that_length() {
    check(
        (None, Some(2)),
        "go*1, s+0.5, go*1, wait 0.5, s+0.5, go*1, wait 0.5",
    );
    check((Some(3), None), "go*3, wait 60, s+60, go*3, wait 60");
    check((Some(3), Some(2)), "go*2, wait 1, s+1, go*1, wait 59");
}

#[test]
fn runs_of_other_processes_have_their_part_of_documented_limits() {
    check((Some(6), None), "of 1 2, go*3, wait 60, of 1 1, go*3, wait 60");
    check(
        (Some(6), None),
        "of 2 3, go*4, wait 60, of 1 3, s+59, wait 1, s+1, go*2, wait 60",
    );
    check((Some(2), None), "of 1 9, go*1, wait 60");
    check((Some(2), None), "of 0 1, go*2, wait 60, of 3 2, wait 60");
}

#[test]
fn the_last_calls_of_a_window_are_left_to_other_processes() {
    // Four may be under way elsewhere.
    check(
        (None, None),
        "go*1, h 100 6 60, end, of 1 2, go*2, wait 60, of 1 1, go*4, wait 60",
    );
    // Never more than their part is left to them.
    check((None, None), "go*1, h 6 6 60, end, of 1 2, go*3, wait 60");
    // The longer the vendor has said nothing, the more may have been sent.
    check(
        (None, None),
        "go*1, h 60 36 60, end, of 1 2, s+30, go*17, wait 30",
    );
    check((None, None), "go*1, h 60 36 60, end, of 1 2, go*32, wait 60");
}

#[test]
fn headers_that_show_nothing_left_make_everybody_wait_until_the_reset() {
    check((None, None), "go*1, h 10 0 30, wait 30, s+29, wait 1, s+1, go*9");
    check((None, None), "go*1, h 10 2 30, end, go*2, wait 30");
}

#[test]
fn answers_that_overtake_each_other_do_not_give_budget_back() {
    check((None, None), "go*3, h 10 1 30, h 10 3 30, h 10 2 30, wait 30");
}

#[test]
fn a_larger_limit_in_the_headers_is_trusted() {
    check((Some(2), None), "go*1, h 5 4 60, go*4, wait 60");
    check((Some(2), None), "go*2, old 100, go*50");
    check((Some(2), None), "go*2, old 2, wait 60");
}

#[test]
fn a_refusal_holds_everybody() {
    check((None, None), "go*1, 429 7, wait 7, s+7, go*1");
    check((None, None), "go*1, 429, wait 1, s+1, go*1");
    check((None, None), "go*1, 429 7, 429 3, wait 7");
    check((None, None), "go*1, h 10 0 20, 429, wait 20");
    check((None, None), "go*1, 429 99999999, wait 900");
}

#[test]
fn a_date_is_a_wait_too() {
    let now = "2026-01-01T00:00:00Z".parse().unwrap();
    let response = Response::text(429, "").header("retry-after", "Thu, 01 Jan 2026 00:00:09 GMT");
    assert_eq!(state::retry_after(&response, now), Some(Duration::from_secs(9)));
}

#[test]
fn the_budget_of_a_minute_is_what_the_vendor_last_said() {
    let now = Timestamp::from_second(2_000_000_000).unwrap();
    let mut state = PaceState::new(PaceLimits {
        per_minute: Some(200),
        per_second: None,
        window: PaceLimits::MINUTE,
        parallel: 1,
    });
    assert_eq!(state.per_minute(), Some(200));
    let response = Response::text(200, "")
        .header("x-ratelimit-limit", "1000")
        .header("x-ratelimit-remaining", "999")
        .header("x-ratelimit-reset", "2000000300");
    state.learn(&response, now);
    assert_eq!(state.per_minute(), Some(200));
    let mut other = PaceState::new(PaceLimits {
        per_minute: None,
        per_second: None,
        window: PaceLimits::MINUTE,
        parallel: 1,
    });
    other.learn(&response.header("x-ratelimit-reset", "2000000060"), now);
    assert_eq!(other.per_minute(), Some(1000));
}

struct Ticking(AtomicI64);

#[async_trait]
impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.load(Ordering::SeqCst)).unwrap()
    }

    async fn sleep(&self, wait: Duration) {
        self.0
            .fetch_add(i64::try_from(wait.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

#[tokio::test]
async fn entering_waits_through_the_clock() {
    let clock = Arc::new(Ticking(AtomicI64::new(0)));
    let pace = Pace::new(
        Arc::clone(&clock) as Arc<dyn Clock>,
        PaceLimits {
            per_minute: None,
            per_second: Some(2),
            window: PaceLimits::MINUTE,
            parallel: 1,
        },
    );
    for _ in 0..5 {
        drop(pace.enter().await);
    }
    assert_eq!(clock.now().as_millisecond(), 2000);
    pace.hold(Duration::from_secs(4));
    drop(pace.enter().await);
    assert_eq!(clock.now().as_millisecond(), 6000);
}

#[test]
fn an_answer_tells_what_the_vendors_clock_shows() {
    let mut state = PaceState::new(PaceLimits {
        per_minute: None,
        per_second: None,
        window: PaceLimits::MINUTE,
        parallel: 1,
    });
    let now: Timestamp = "2026-03-02T15:00:00Z".parse().unwrap();
    assert_eq!(state.vendor_now(now), None);
    let response = Response::text(200, "").header("date", "Mon, 02 Mar 2026 09:00:00 GMT");
    state.learn(&response, now);
    let later: Timestamp = "2026-03-02T15:00:07Z".parse().unwrap();
    assert_eq!(state.vendor_now(later), "2026-03-02T09:00:07Z".parse().ok());
}

/// A vendor that counts calls in windows of so many seconds and says so in its headers.
struct Vendor {
    /// Whether answers say the time, in whole seconds.
    dates: bool,
    most: u64,
    seconds: i64,
    window: i64,
    used: u64,
}

impl Vendor {
    /// Answers; whether it took the call.
    fn answer(&mut self, now: Timestamp) -> (Response, bool) {
        let window = now.as_second().div_euclid(self.seconds);
        if window != self.window {
            (self.window, self.used) = (window, 0);
        }
        let is_taken = self.used < self.most;
        self.used += u64::from(is_taken);
        let reset = (window + 1) * self.seconds;
        let response = Response::text(if is_taken { 200 } else { 429 }, "")
            .header("x-ratelimit-limit", &self.most.to_string())
            .header("x-ratelimit-remaining", &(self.most - self.used).to_string())
            .header("x-ratelimit-reset", &reset.to_string())
            .header("retry-after", &(reset - now.as_second()).to_string());
        let printer = jiff::fmt::rfc2822::DateTimePrinter::new();
        let response = match self.dates {
            true => response.header("date", &printer.timestamp_to_rfc9110_string(&now).unwrap()),
            false => response,
        };
        (response, is_taken)
    }
}

/// Three runs that always want to call, on one pace, for ten windows: the share of the allowed calls that was used, in
/// hundredths, and how many calls were refused.
fn share(most: u64, (seconds, dates): (i64, bool), limits: PaceLimits, takes_ms: i64) -> (u64, u64) {
    let mut state = PaceState::new(limits);
    let begin = 2_000_000_000_000 / (seconds * 1_000) * seconds * 1_000;
    let mut vendor = Vendor {
        dates,
        most,
        seconds,
        window: 0,
        used: 0,
    };
    let (mut now, end) = (begin, begin + 10 * seconds * 1_000);
    let (mut taken, mut refused) = (0, 0);
    let mut under_way: VecDeque<(i64, Response)> = VecDeque::new();
    while now < end {
        let moment = Timestamp::from_millisecond(now).unwrap();
        while under_way.front().is_some_and(|(at, _)| *at <= now) {
            let (_, response) = under_way.pop_front().unwrap();
            state.learn(&response, moment);
            state.leave();
        }
        let next_answer = under_way.front().map(|(at, _)| *at);
        if under_way.len() >= limits.parallel {
            now = next_answer.unwrap();
            continue;
        }
        match state.ask(moment) {
            Verdict::Go => {
                let (response, is_taken) = vendor.answer(moment);
                taken += u64::from(is_taken);
                refused += u64::from(!is_taken);
                under_way.push_back((now + takes_ms, response));
            }
            Verdict::Wait(wait) => {
                let awake = now + i64::try_from(wait.as_millis()).unwrap().max(1);
                now = next_answer.map_or(awake, |at| at.min(awake));
            }
        }
    }
    (taken * 100 / (most * 10), refused)
}

#[test]
fn while_there_is_work_the_budget_is_used_and_not_overdrawn() {
    let limits = |per_minute| PaceLimits {
        per_minute,
        per_second: None,
        window: PaceLimits::MINUTE,
        parallel: 12,
    };
    let of_ten = PaceLimits {
        window: Duration::from_secs(10),
        ..limits(Some(1_000))
    };
    for (most, seconds, limits, takes_ms) in [
        (200, 60, limits(Some(200)), 80),
        (200, 60, limits(None), 80),
        (1_000, 60, limits(Some(200)), 80),
        (8_000, 300, limits(None), 80),
        (1_000, 300, limits(None), 400),
        (60, 60, limits(None), 900),
        (166, 10, of_ten, 80),
        (1_666, 10, of_ten, 40),
        (4_166, 10, of_ten, 20),
    ] {
        for dates in [false, true] {
            let (share, refused) = share(most, (seconds, dates), limits, takes_ms);
            assert!(
                share >= 95 && refused == 0,
                "{most} in {seconds} s, dates {dates}: {share} % used, {refused} refused"
            );
        }
    }
}

#[test]
fn sessions_of_one_connection_share_their_budget() {
    let clock: Arc<dyn Clock> = Arc::new(Ticking(AtomicI64::new(0)));
    let limits = PaceLimits {
        per_minute: Some(2),
        per_second: None,
        window: PaceLimits::MINUTE,
        parallel: 1,
    };
    let budget = Budget::default();
    let (one, other) = (budget.pace(&clock, limits), budget.pace(&clock, limits));
    assert!(Arc::ptr_eq(&one, &other));
    one.hold(Duration::from_secs(7));
    assert_eq!(
        (other.wait(), budget.wait()),
        (Duration::from_secs(7), Duration::from_secs(7))
    );
    assert_eq!(Budget::default().wait(), Duration::ZERO);
}
