//! What takes events in, and what brings them on.

use std::sync::Arc;

use async_trait::async_trait;
use connectors::{
    Outlet, Settings, Wire,
    kit::{Budget, Download, HttpWire, Request, Response, Upload, WireLimits},
};
use model::{ConnectionId, Fault, Fetched, Sink};
use store::JournalReader;

use super::{Rooms, connector};
use crate::{
    collect::{self, Collector},
    failure::Failure,
};

impl Rooms {
    /// Takes in what Segment's libraries send; one process does, for each folder of data.
    pub async fn collector(&self, strict: bool) -> Result<Arc<Collector>, Failure> {
        let (store, clock) = (self.store.clone(), Arc::clone(&self.clock));
        let collector = Collector::open(&self.folder, store, clock, strict).await?;
        Ok(Arc::new(collector))
    }

    /// What was taken in; nothing, if nothing ever was.
    pub async fn events(&self) -> Result<Option<JournalReader>, Failure> {
        Ok(JournalReader::open(&collect::folder(&self.folder)).await?)
    }

    /// Opens what takes events at a connection; sends nothing.
    pub async fn sink(&self, id: &ConnectionId) -> Result<Box<dyn Sink>, Failure> {
        let connection = self.store.connection(id).await?;
        let connector = connector(&connection.connector)?;
        let settings = Settings {
            values: connection.settings.clone(),
            secret: self.secret(id).await?,
        };
        let takes_none = || {
            Failure::usage(format!(
                "{} takes no events; a source's events go to a Planhat connection",
                connector.card().title
            ))
        };
        let events = connector.events_url(&settings)?.ok_or_else(takes_none)?;
        let events: Arc<dyn Wire> = Arc::new(HttpWire::new(&events, WireLimits::default())?);
        let wire = HttpWire::new(&connector.base_url(&settings)?, WireLimits::default())?;
        let wire: Arc<dyn Wire> = Arc::new(Budgeted {
            wire,
            budget: self.budget(id),
        });
        let clock = Arc::clone(&self.clock);
        Ok(connector.sink(&settings, Outlet { wire, clock }, events)?)
    }
}

/// A way out on which what a connection may be asked is shared with its runs.
struct Budgeted {
    wire: HttpWire,
    budget: Arc<Budget>,
}

#[async_trait]
impl Wire for Budgeted {
    async fn send(&self, request: Request) -> Result<Response, Fault> {
        self.wire.send(request).await
    }

    async fn upload(&self, upload: Upload) -> Result<Response, Fault> {
        self.wire.upload(upload).await
    }

    async fn download(&self, download: Download) -> Result<Fetched, Fault> {
        self.wire.download(download).await
    }

    fn budget(&self) -> Option<&Budget> {
        Some(&self.budget)
    }
}
