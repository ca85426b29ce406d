//! What befell: a simulation in which nothing goes wrong proves nothing.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::death::Moment;

/// Something that befell, or that somebody did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Befell {
    /// A request was sent.
    Request,
    /// It was refused for haste.
    Throttled,
    /// It was answered with an error of the vendor's own.
    ServerError,
    /// The connection broke before anything was done.
    Reset,
    /// It was done, and the answer was lost.
    LostAnswer,
    /// It was done, and the answer broke off.
    Truncated,
    /// It was done late.
    Delay,
    /// Somebody edited a record while a run was reading.
    PageShift,
    /// A commit found no room.
    DiskFull,
    /// The clock was moved.
    ClockJump,
    /// It was moved while a run was working.
    ClockJumpDuring,
    /// The link to a file had expired.
    Expired,
    /// A clash was decided.
    Decision,
    /// It was decided what becomes of what lost its counterpart.
    LossDecision,
    /// What lost its counterpart got another.
    MadeAgain,
    /// What was merged was followed.
    Joined,
    /// What lost its counterpart was left out.
    LeftOut,
    /// A person was asked about what lost its counterpart.
    Asked,
    /// What a run had written was taken back.
    Undone,
    /// A process was killed there.
    Killed(Moment),
    /// A left record was made for one that people made on the right.
    Birth,
    /// What somebody wrote on the right was found on the left.
    WentBack,
    /// A run came to its end.
    Run,
    /// A run stopped at a fault.
    StoppedRun,
    /// Somebody edited something, in this way.
    Edit(&'static str),
    /// An edit was refused by the vendor.
    RefusedEdit,
}

impl fmt::Display for Befell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Request => "requests",
            Self::Throttled => "fault: 429",
            Self::ServerError => "fault: 500",
            Self::Reset => "fault: reset",
            Self::LostAnswer => "fault: lost answer",
            Self::Truncated => "fault: truncated",
            Self::Delay => "fault: delay",
            Self::PageShift => "edits between pages",
            Self::DiskFull => "disk full",
            Self::ClockJump => "clock jumps",
            Self::ClockJumpDuring => "clock jumps during a run",
            Self::Expired => "expired links",
            Self::Decision => "clashes decided",
            Self::LossDecision => "losses decided",
            Self::MadeAgain => "lost counterparts made again",
            Self::Joined => "merged counterparts followed",
            Self::LeftOut => "records left out",
            Self::Asked => "losses that a person is asked about",
            Self::Undone => "fields taken back",
            Self::Killed(Moment::BeforeCommit) => "killed before a commit",
            Self::Killed(Moment::AfterCommit) => "killed after a commit",
            Self::Killed(Moment::BeforeRequest) => "killed before a request",
            Self::Killed(Moment::BeforeAnswer) => "killed before an answer",
            Self::Birth => "left records made for right ones",
            Self::WentBack => "right edits that went back",
            Self::Run => "runs",
            Self::StoppedRun => "runs that stopped",
            Self::Edit(name) => name,
            Self::RefusedEdit => "edits that were refused",
        };
        f.write_str(name)
    }
}

/// Counts what befell.
#[derive(Debug, Default)]
pub struct Counts(Mutex<BTreeMap<Befell, u64>>);

impl Counts {
    /// Counts one more.
    pub fn count(&self, what: Befell) {
        *self.all().entry(what).or_default() += 1;
    }

    /// Everything so far.
    pub fn told(&self) -> BTreeMap<Befell, u64> {
        self.all().clone()
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<Befell, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
