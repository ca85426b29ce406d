//! The workspace's days.

use jiff::{Timestamp, tz::TimeZone};

/// The zones that a workspace can be in, as POSIX writes their rules.
const ZONES: &[(&str, &str)] = &[
    ("America/New_York", "EST5EDT,M3.2.0,M11.1.0"),
    ("Europe/Dublin", "GMT0IST,M3.5.0/1,M10.5.0"),
    ("Asia/Kolkata", "IST-5:30"),
    ("Australia/Sydney", "AEST-10AEDT,M10.1.0,M4.1.0/3"),
];

/// The zone of that name; UTC where it is not known.
fn zone(name: &str) -> TimeZone {
    let rules = ZONES.iter().find(|(known, _)| *known == name);
    rules
        .and_then(|(_, rules)| TimeZone::posix(rules).ok())
        .unwrap_or(TimeZone::UTC)
}

/// When the day of a second began, and when the next one begins, in seconds.
pub(super) fn day(zone_name: &str, second: i64) -> (i64, i64) {
    let bounds = || {
        let time = Timestamp::from_second(second).ok()?.to_zoned(zone(zone_name));
        let next = time.tomorrow().ok()?.start_of_day().ok()?;
        let begin = time.start_of_day().ok()?;
        Some((begin.timestamp().as_second(), next.timestamp().as_second()))
    };
    bounds().unwrap_or((second, second.saturating_add(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_the_zone_s() {
        let check = |zone: &str, second: i64, begin: i64, next: i64| {
            assert_eq!(day(zone, second), (begin, next), "{zone} {second}");
        };
        // 18 December 2024, 15:57:40 UTC.
        check("UTC", 1_734_537_460, 1_734_480_000, 1_734_566_400);
        check("America/New_York", 1_734_537_460, 1_734_498_000, 1_734_584_400);
        check("Asia/Kolkata", 1_734_537_460, 1_734_460_200, 1_734_546_600);
        check("Australia/Sydney", 1_734_537_460, 1_734_526_800, 1_734_613_200);
        // The day on which New York's clocks go forward has 23 hours.
        check("America/New_York", 1_741_507_200, 1_741_496_400, 1_741_579_200);
        check("UTC", i64::MAX, i64::MAX, i64::MAX);
    }
}
