//! The real clock; the only place that asks the machine for the time.

use std::time::Duration;

use async_trait::async_trait;
use model::{Clock, Timestamp};

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealClock;

#[async_trait]
impl Clock for RealClock {
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        // Whole microseconds: what is kept on disk is then the same moment.
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }

    async fn sleep(&self, wait: Duration) {
        tokio::time::sleep(wait).await;
    }
}
