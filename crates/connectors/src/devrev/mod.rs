//! DevRev: its client and its twin.

mod twin;

use model::{Fault, FaultKind};

use crate::{Card, Connector, Outlet, Session, Settings, Twin, TwinOptions};

pub(crate) static CONNECTOR: DevRev = DevRev;

pub(crate) struct DevRev;

impl Connector for DevRev {
    fn card(&self) -> Card {
        Card {
            id: "devrev",
            title: "DevRev",
            settings: &[],
            secret: "API token",
            twin_settings: twin::SETTINGS,
        }
    }

    fn base_url(&self, _settings: &Settings) -> Result<String, Fault> {
        Err(Fault::new(FaultKind::Settings, "opening DevRev"))
    }

    fn open(&self, _settings: &Settings, _outlet: Outlet) -> Result<Box<dyn Session>, Fault> {
        Err(Fault::new(FaultKind::Settings, "opening DevRev"))
    }

    fn twin(&self, options: &TwinOptions) -> Result<Box<dyn Twin>, Fault> {
        twin::open(options)
    }
}
