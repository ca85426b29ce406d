//! The decision: given what is known at a moment, wait or go. Pure; time is an argument.

use std::{collections::VecDeque, time::Duration};

use jiff::SignedDuration;
use model::Timestamp;

use crate::kit::{PaceLimits, Response};

/// Wait, or go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The call may be sent, and has been counted.
    Go,
    /// Not before so long.
    Wait(Duration),
}

/// What is known of a connection's budget.
#[derive(Debug)]
pub struct PaceState {
    minute: Option<Window>,
    second: Option<Window>,
    told: Option<Told>,
    held_until: Option<Timestamp>,
    under_way: u64,
    parallel: u64,
    sharing: Sharing,
    window: Duration,
    longest_window: Duration,
    ahead: Option<SignedDuration>,
}

/// The runs that share the budget: those of this process, and those of others.
#[derive(Clone, Copy, Debug)]
struct Sharing {
    here: u32,
    elsewhere: u32,
}

impl Sharing {
    /// Our part of so many calls.
    fn part(self, most: u32) -> u32 {
        let all = u64::from(self.here) + u64::from(self.elsewhere);
        let part = u64::from(most) * u64::from(self.here) / all.max(1);
        u32::try_from(part).unwrap_or(most).max(1)
    }
}

/// What the vendor's headers last said.
#[derive(Clone, Copy, Debug)]
struct Told {
    at: Timestamp,
    limit: Option<u64>,
    remaining: u64,
    resets_at: Timestamp,
    /// Whether no answer has said it yet.
    is_guessed: bool,
}

/// The calls of the last while, so that no while of that length sees more than allowed.
#[derive(Debug)]
struct Window {
    span: Duration,
    most: u32,
    sent: VecDeque<Timestamp>,
}

const MINUTE: Duration = Duration::from_secs(60);
// DevRev documents a window of five minutes; a reset much further away is a clock that is wrong.
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);
const WAIT_AFTER_BARE_429: Duration = Duration::from_secs(1);
// Resets of one window may differ by rounding.
const SAME_WINDOW: Duration = Duration::from_secs(2);

impl PaceState {
    /// Knows the documented limits only.
    pub fn new(limits: PaceLimits) -> Self {
        Self {
            minute: limits
                .per_minute
                .map(|most| Window::new(limits.window, part_of_minute(most, limits.window))),
            second: limits
                .per_second
                .map(|most| Window::new(Duration::from_secs(1), most)),
            told: None,
            held_until: None,
            under_way: 0,
            parallel: limits.parallel as u64,
            sharing: Sharing {
                here: 1,
                elsewhere: 0,
            },
            window: limits.window,
            longest_window: limits.window,
            ahead: None,
        }
    }

    /// So many runs of this process share the budget, and so many in all processes.
    pub fn among(&mut self, here: u32, all: u32) {
        let here = here.max(1);
        self.sharing = Sharing {
            here,
            elsewhere: all.saturating_sub(here),
        };
    }

    /// Decides about one more call, and counts it if it may go.
    pub fn ask(&mut self, now: Timestamp) -> Verdict {
        let wait = self.wait(now);
        if wait > Duration::ZERO {
            return Verdict::Wait(wait);
        }
        for window in self.minute.iter_mut().chain(&mut self.second) {
            window.sent.push_back(now);
        }
        if let Some(told) = &mut self.told {
            told.remaining = told.remaining.saturating_sub(1);
        }
        self.under_way += 1;
        Verdict::Go
    }

    /// Notes that a call has ended, whatever came of it.
    pub fn leave(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
    }

    /// Makes everybody wait so long.
    pub fn hold(&mut self, wait: Duration, now: Timestamp) {
        let until = later(now, wait.min(LONGEST_WAIT));
        self.held_until = self.held_until.max(Some(until));
    }

    /// Takes in an answer's headers.
    pub fn learn(&mut self, response: &Response, now: Timestamp) {
        let number = |names: [&str; 2]| {
            let text = names.iter().find_map(|name| response.header_text(name))?;
            text.trim().parse::<u64>().ok()
        };
        let limit = number(["x-ratelimit-limit", "x-rate-limit-limit"]);
        let remaining = number(["x-ratelimit-remaining", "x-rate-limit-remaining"]);
        let reset = number(["x-ratelimit-reset", "x-rate-limit-reset"]);
        if let Some(date) = response.header_text("date").and_then(http_date) {
            self.ahead = Some(date.duration_since(now));
        }
        self.believe_larger(limit);
        if let (Some(remaining), Some(reset)) = (remaining, reset) {
            let resets_at = reset_time(reset, response, now);
            self.take_in(limit, remaining, resets_at, now);
        }
        if response.status == 429 {
            let asked = retry_after(response, now);
            let told = self.told.filter(|told| told.remaining == 0);
            let wait = asked.or(told.map(|told| between(now, told.resets_at)));
            self.hold(wait.unwrap_or(WAIT_AFTER_BARE_429), now);
        }
    }

    /// What the vendor's clock shows, as its last answer said it; answers say whole seconds and take a while.
    pub fn vendor_now(&self, now: Timestamp) -> Option<Timestamp> {
        now.checked_add(self.ahead?).ok()
    }

    /// Calls a minute that the vendor allows, as far as it is known.
    pub fn per_minute(&self) -> Option<u64> {
        let told = self.told.and_then(|told| told.limit);
        let seconds = whole_windows(self.longest_window, self.window);
        let told = told.map(|limit| limit.saturating_mul(60) / seconds);
        let window = self.window.as_secs().max(1);
        let documented = self
            .minute
            .as_ref()
            .map(|counted| u64::from(counted.most) * 60 / window);
        told.or(documented)
    }

    /// How long the next call has to wait.
    pub fn wait(&mut self, now: Timestamp) -> Duration {
        let held = self
            .held_until
            .map_or(Duration::ZERO, |until| between(now, until));
        let told = match self.told {
            Some(told) if told.remaining <= self.left_to_others(told, now) => between(now, told.resets_at),
            _ => Duration::ZERO,
        };
        if told == Duration::ZERO {
            self.begin_window(now);
        }
        let windows = self.minute.iter_mut().chain(&mut self.second);
        let counted = windows.map(|window| window.wait(now, self.sharing)).max();
        held.max(told).max(counted.unwrap_or_default())
    }

    /// Calls that other processes may have sent since the vendor last said what remains: those under way, and more the longer
    /// that is ago; never more than their part of the window.
    fn left_to_others(&self, told: Told, now: Timestamp) -> u64 {
        let others = u64::from(self.sharing.elsewhere);
        let (Some(limit), 1..) = (told.limit, others) else {
            return 0;
        };
        let part = limit.saturating_mul(others) / (others + u64::from(self.sharing.here)).max(1);
        let milliseconds = |span: Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        let window = milliseconds(self.longest_window).max(1);
        let since = milliseconds(between(told.at, now)).min(window);
        let sent = part.saturating_mul(since) / window;
        let under_way = others.saturating_mul(self.parallel);
        part.min(sent.saturating_add(under_way))
    }

    /// Once the reset has come, the vendor counts anew; until it says more, its limit is what remains.
    fn begin_window(&mut self, now: Timestamp) {
        let Some(told) = self.told.filter(|told| told.resets_at <= now) else {
            return;
        };
        self.told = told.limit.map(|limit| Told {
            at: now,
            limit: Some(limit),
            remaining: limit.saturating_sub(self.under_way).max(1),
            resets_at: later(now, self.longest_window),
            is_guessed: true,
        });
    }

    /// A header that allows more than the documentation is newer than the documentation.
    fn believe_larger(&mut self, limit: Option<u64>) {
        let documented = self.minute.as_ref().map(|window| u64::from(window.most));
        if limit > documented && documented.is_some() {
            self.minute = None;
        }
    }

    fn take_in(&mut self, limit: Option<u64>, remaining: u64, resets_at: Timestamp, now: Timestamp) {
        let others = self.under_way.saturating_sub(1);
        let same = self.told.filter(|told| {
            between(told.resets_at, resets_at).max(between(resets_at, told.resets_at)) <= SAME_WINDOW
        });
        // Answers overtake each other: within one window, what remains only falls.
        let remaining = match same {
            Some(told) => told.remaining.min(remaining),
            None => remaining.saturating_sub(others),
        };
        // A date in whole seconds is earlier than the moment it was said at, and makes its window end later than it does.
        let told = same.filter(|told| !told.is_guessed);
        let resets_at = told.map_or(resets_at, |told| told.resets_at.min(resets_at));
        self.longest_window = self.longest_window.max(between(now, resets_at));
        self.told = Some(Told {
            at: now,
            limit,
            remaining,
            resets_at,
            is_guessed: false,
        });
    }
}

impl Window {
    fn new(span: Duration, most: u32) -> Self {
        Self {
            span,
            most: most.max(1),
            sent: VecDeque::new(),
        }
    }

    fn wait(&mut self, now: Timestamp, sharing: Sharing) -> Duration {
        while let Some(first) = self.sent.front() {
            if between(now, later(*first, self.span)) > Duration::ZERO {
                break;
            }
            self.sent.pop_front();
        }
        let most = usize::try_from(sharing.part(self.most)).unwrap_or(usize::MAX);
        // With a smaller part than before, more than one may have to grow old.
        let over = self.sent.len().checked_sub(most);
        match over.and_then(|over| self.sent.get(over)) {
            Some(first) => between(now, later(*first, self.span)),
            _ => Duration::ZERO,
        }
    }
}

/// The calls of a minute that one window gets.
fn part_of_minute(most: u32, window: Duration) -> u32 {
    let part = u64::from(most) * window.as_secs() / MINUTE.as_secs();
    u32::try_from(part).unwrap_or(most)
}

/// The longest window that was seen, in seconds: a whole number of those that the vendor counts by. Dates and resets come
/// in whole seconds, so that a window may look longer than it is.
fn whole_windows(longest: Duration, window: Duration) -> u64 {
    let window = window.as_secs().max(1);
    let seconds = longest.as_secs().max(window);
    match seconds % window {
        over if over <= SAME_WINDOW.as_secs() => seconds - over,
        _ => seconds,
    }
}

/// Epoch seconds, read by the vendor's own clock where it tells the time; a small number counts from now.
fn reset_time(reset: u64, response: &Response, now: Timestamp) -> Timestamp {
    const SURELY_EPOCH: u64 = 1_000_000_000;
    if reset < SURELY_EPOCH {
        return later(now, Duration::from_secs(reset).min(LONGEST_WAIT));
    }
    let vendor_now = response.header_text("date").and_then(http_date).unwrap_or(now);
    let reset = i64::try_from(reset)
        .ok()
        .and_then(|second| Timestamp::from_second(second).ok());
    let wait = reset.map_or(Duration::ZERO, |reset| between(vendor_now, reset));
    later(now, wait.min(LONGEST_WAIT))
}

/// How long `Retry-After` asks to wait: seconds, or a date.
pub fn retry_after(response: &Response, now: Timestamp) -> Option<Duration> {
    let text = response.header_text("retry-after")?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    http_date(text).map(|at| between(now, at))
}

fn http_date(text: &str) -> Option<Timestamp> {
    let zoned = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(zoned.timestamp())
}

/// From the earlier to the later; zero if it is the other way round.
fn between(earlier: Timestamp, until: Timestamp) -> Duration {
    Duration::try_from(until.duration_since(earlier)).unwrap_or(Duration::ZERO)
}

fn later(now: Timestamp, wait: Duration) -> Timestamp {
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}
