//! Keeps to a vendor's pace: one per connection, shared by everything that speaks through it.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use model::{Clock, Timestamp};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::kit::Response;

mod state;

pub use state::{PaceState, Verdict, retry_after};

/// What a vendor documents; its answers' headers may know better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaceLimits {
    /// Calls a minute, if documented.
    pub per_minute: Option<u32>,
    /// Calls a second, if documented.
    pub per_second: Option<u32>,
    /// The window over which the vendor counts: the calls of a minute are spread over windows of that length, and of one
    /// such the headers speak.
    pub window: Duration,
    /// Calls under way at once.
    pub parallel: usize,
}

impl PaceLimits {
    /// The window of vendors that count by the minute.
    pub const MINUTE: Duration = Duration::from_secs(60);
}

/// Lets calls through when the connection's budget allows.
pub struct Pace {
    clock: Arc<dyn Clock>,
    parallel: usize,
    permits: Arc<Semaphore>,
    state: Arc<Mutex<PaceState>>,
    runs: Arc<Runs>,
}

/// The one pace of a connection: whoever opens the connection first says its limits, and all others keep to them too.
/// Runs of other processes take their part of it.
#[derive(Default)]
pub struct Budget {
    pace: OnceLock<Arc<Pace>>,
    runs: Arc<Runs>,
}

/// The runs that speak through a connection: in this process, and everywhere.
#[derive(Debug, Default)]
struct Runs {
    here: AtomicU32,
    all: AtomicU32,
}

impl Budget {
    pub(crate) fn pace(&self, clock: &Arc<dyn Clock>, limits: PaceLimits) -> Arc<Pace> {
        let pace = || Pace {
            runs: Arc::clone(&self.runs),
            ..Pace::new(Arc::clone(clock), limits)
        };
        Arc::clone(self.pace.get_or_init(|| Arc::new(pace())))
    }

    /// How long the vendor wants the next call to wait by now.
    pub fn wait(&self) -> Duration {
        self.pace.get().map_or(Duration::ZERO, |pace| pace.wait())
    }

    /// A run of this process begins to speak through the connection.
    pub fn begin(&self) {
        self.runs.here.fetch_add(1, Ordering::Relaxed);
    }

    /// It has ended.
    pub fn end(&self) {
        self.runs.here.fetch_sub(1, Ordering::Relaxed);
    }

    /// Takes in how many runs speak through the connection in all processes together.
    pub fn among(&self, all: u32) {
        self.runs.all.store(all, Ordering::Relaxed);
    }
}

/// A call under way; dropping it lets the next one in.
pub struct PaceGuard {
    state: Arc<Mutex<PaceState>>,
    _permit: Option<OwnedSemaphorePermit>,
}

// A clock that rounds down must not turn a wait into a spin.
const SHORTEST_WAIT: Duration = Duration::from_millis(1);

impl Pace {
    /// A pace that knows the documented limits only.
    pub fn new(clock: Arc<dyn Clock>, limits: PaceLimits) -> Self {
        let parallel = limits.parallel.max(1);
        Self {
            clock,
            parallel,
            permits: Arc::new(Semaphore::new(parallel)),
            state: Arc::new(Mutex::new(PaceState::new(limits))),
            runs: Arc::default(),
        }
    }

    /// Waits until one more call is allowed, and counts it.
    pub async fn enter(&self) -> PaceGuard {
        // The semaphore is never closed; were it, the call would go without a permit.
        let permit = Arc::clone(&self.permits).acquire_owned().await.ok();
        loop {
            let verdict = self.shared().ask(self.clock.now());
            match verdict {
                Verdict::Go => break,
                Verdict::Wait(wait) => self.clock.sleep(wait.max(SHORTEST_WAIT)).await,
            }
        }
        PaceGuard {
            state: Arc::clone(&self.state),
            _permit: permit,
        }
    }

    /// Takes in what an answer says about the budget; call it while the answer's guard is held.
    pub fn learn(&self, response: &Response, now: Timestamp) {
        lock(&self.state).learn(response, now);
    }

    /// What the vendor's clock shows, as far as its answers said it.
    pub fn vendor_now(&self) -> Option<Timestamp> {
        lock(&self.state).vendor_now(self.clock.now())
    }

    /// Makes everybody wait so long, whatever the headers say.
    pub fn hold(&self, wait: Duration) {
        let now = self.clock.now();
        lock(&self.state).hold(wait, now);
    }

    /// How long the next call has to wait by now.
    pub fn wait(&self) -> Duration {
        self.shared().wait(self.clock.now())
    }

    /// The state, once it knows who else there is.
    fn shared(&self) -> MutexGuard<'_, PaceState> {
        let mut state = lock(&self.state);
        let runs = |count: &AtomicU32| count.load(Ordering::Relaxed);
        state.among(runs(&self.runs.here), runs(&self.runs.all));
        state
    }

    /// Calls under way at once, at most.
    pub fn parallel(&self) -> usize {
        self.parallel
    }

    /// Calls a minute that the vendor allows, as far as it has said so.
    pub fn per_minute(&self) -> Option<u64> {
        lock(&self.state).per_minute()
    }
}

impl Drop for PaceGuard {
    fn drop(&mut self) {
        lock(&self.state).leave();
    }
}

fn lock(state: &Mutex<PaceState>) -> MutexGuard<'_, PaceState> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
