//! When a process dies: at a step that is counted, between any two of which nothing lasting happens.

use std::{
    future::pending,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// A moment at which a process may be killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Moment {
    /// Something is about to be kept.
    BeforeCommit,
    /// It is kept, and nobody knows yet.
    AfterCommit,
    /// A request is about to be sent.
    BeforeRequest,
    /// It was performed, and nobody has heard the answer.
    BeforeAnswer,
}

/// Counts the steps of a process, and kills it at one of them.
#[derive(Default)]
pub struct Death(Mutex<Fate>);

#[derive(Default)]
struct Fate {
    steps: u64,
    at: Option<u64>,
    died: Option<Moment>,
}

impl Death {
    /// Begins to count anew; the process dies at this step, which counts from nought.
    pub fn begin(&self, at: Option<u64>) {
        *self.fate() = Fate {
            at,
            ..Fate::default()
        };
    }

    /// How many steps were taken.
    pub fn steps(&self) -> u64 {
        self.fate().steps
    }

    /// Whether it is dead.
    pub fn is_dead(&self) -> bool {
        self.died().is_some()
    }

    /// At what moment it died.
    pub fn died(&self) -> Option<Moment> {
        self.fate().died
    }

    /// Takes a step. Who dies never comes back from it.
    pub async fn step(&self, moment: Moment) {
        let dies = {
            let mut fate = self.fate();
            let dies = fate.died.is_some() || fate.at == Some(fate.steps);
            if dies && fate.died.is_none() {
                fate.died = Some(moment);
            }
            fate.steps += 1;
            dies
        };
        if dies {
            pending::<()>().await;
        }
    }

    fn fate(&self) -> MutexGuard<'_, Fate> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
