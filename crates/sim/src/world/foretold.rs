//! What a run would do, and how much of what the right vendor allows it used.

use engine::{Preview, Work};
use model::RunId;

use super::{Stumble, World, lacking};
use crate::{clock::Ended, limit::Limit};

impl World<'_> {
    /// What a sync would do, by a process of its own that nothing happens to.
    pub fn plan(&mut self) -> Result<Preview, Stumble> {
        let store = self.opened()?;
        let (left, right) = self.sessions()?;
        self.death.begin(None);
        let task = async |work: &Work<'_>| engine::preview(work).await;
        let run = RunId::from("plan");
        let ended = self.work(&run, &store, left.as_ref(), right.as_ref(), task)?;
        let reads = (left.calls().reads, right.calls().reads);
        drop((left, right, store));
        self.end_process();
        match ended {
            Ended::ByItself(preview) => {
                let mut preview = preview?;
                preview.reading(reads.0, reads.1);
                Ok(preview)
            }
            Ended::Killed | Ended::Stuck => Err(lacking("an end").into()),
        }
    }

    /// From now on the right vendor takes so many requests and no more.
    pub fn limit_right(&self, limit: Option<Limit>) {
        self.right.limit_to(limit);
    }

    /// How the right vendor's limit was used.
    pub fn used_right(&self) -> Limit {
        self.right.limit().clone().unwrap_or_default()
    }
}
