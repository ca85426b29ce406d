//! Kind of fault and attempt number → what next.

use std::time::Duration;

use model::FaultKind;

/// What to do after a failed try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextTry {
    /// Try again after so long.
    After(Duration),
    /// It will not get better.
    GiveUp,
}

const LONGEST: Duration = Duration::from_secs(60);

/// Decides about the try after attempt number `attempt`, which counts from one.
pub fn next_try(kind: FaultKind, attempt: u32) -> NextTry {
    let tries = match kind {
        FaultKind::Throttled { .. } => 30,
        FaultKind::Unreachable => 7,
        FaultKind::Unexpected => 3,
        _ => 1,
    };
    if attempt >= tries {
        return NextTry::GiveUp;
    }
    let growing = Duration::from_millis(100).saturating_mul(3_u32.saturating_pow(attempt.saturating_sub(1)));
    match kind {
        FaultKind::Throttled { wait: Some(wait) } => NextTry::After(wait.min(LONGEST * 15)),
        _ => NextTry::After(growing.min(LONGEST)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: FaultKind, attempt: u32, millis: Option<u64>) {
        let expected = millis.map_or(NextTry::GiveUp, |millis| {
            NextTry::After(Duration::from_millis(millis))
        });
        assert_eq!(next_try(kind, attempt), expected, "{kind:?} {attempt}");
    }

    #[test]
    fn a_vendor_that_says_how_long_is_believed() {
        check(
            FaultKind::Throttled {
                wait: Some(Duration::from_secs(7)),
            },
            1,
            Some(7_000),
        );
        check(
            FaultKind::Throttled {
                wait: Some(Duration::from_secs(90_000)),
            },
            1,
            Some(900_000),
        );
    }

    #[test]
    fn waits_grow_and_end() {
        check(FaultKind::Unreachable, 1, Some(100));
        check(FaultKind::Unreachable, 3, Some(900));
        check(FaultKind::Unreachable, 7, None);
        check(FaultKind::Throttled { wait: None }, 20, Some(60_000));
    }

    #[test]
    fn a_refusal_is_final() {
        for kind in [
            FaultKind::Rejected,
            FaultKind::Denied,
            FaultKind::Gone,
            FaultKind::Exists,
            FaultKind::Settings,
        ] {
            check(kind, 1, None);
        }
    }
}
