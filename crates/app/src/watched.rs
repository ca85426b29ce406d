//! What a run sends and counts, with an eye on its lease and on its progress.

use std::sync::Arc;

use async_trait::async_trait;
use connectors::{
    Wire,
    kit::{Budget, Download, Request, Response, Upload, retry_after},
};
use engine::{Progress, Stage};
use model::{Clock, Fault, Fetched, ObjectName};

use crate::alone::Watch;

/// Sends nothing once the lease is lost. The wire is the last place before the network, after every wait.
pub struct WatchedWire {
    /// The way out.
    pub wire: Arc<dyn Wire>,
    /// Who has the lease.
    pub watch: Arc<Watch>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// What the connection may be asked, by all its runs together.
    pub budget: Arc<Budget>,
}

impl WatchedWire {
    /// An answer is progress; a refusal that says when to come again is a reason to wait.
    fn note(&self, answer: &Result<Response, Fault>) {
        let Ok(response) = answer else { return };
        match response.status {
            429 | 503 => {
                if let Some(wait) = retry_after(response, self.clock.now()) {
                    self.watch.excuse(wait);
                }
            }
            500.. => {}
            _ => self.watch.moved(),
        }
    }
}

#[async_trait]
impl Wire for WatchedWire {
    async fn send(&self, request: Request) -> Result<Response, Fault> {
        self.watch.sure().await?;
        let answer = self.wire.send(request).await;
        self.note(&answer);
        answer
    }

    async fn upload(&self, upload: Upload) -> Result<Response, Fault> {
        self.watch.sure().await?;
        let answer = self.wire.upload(upload).await;
        self.note(&answer);
        answer
    }

    fn budget(&self) -> Option<&Budget> {
        Some(&self.budget)
    }

    async fn download(&self, download: Download) -> Result<Fetched, Fault> {
        self.watch.sure().await?;
        let fetched = self.wire.download(download).await;
        if fetched.is_ok() {
            self.watch.moved();
        }
        fetched
    }
}

/// Passes on what is counted; every count is progress.
pub struct WatchedProgress<'a> {
    /// Whoever else watches.
    pub progress: &'a dyn Progress,
    /// How the run gets on.
    pub watch: &'a Watch,
}

impl Progress for WatchedProgress<'_> {
    fn stage(&self, object: &ObjectName, stage: Stage, done: u64, total: Option<u64>) {
        self.watch.moved();
        self.progress.stage(object, stage, done, total);
    }
}
