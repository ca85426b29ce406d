//! Planhat: its client and its twin.

mod twin;

use model::{Fault, FaultKind};

use crate::{Card, Connector, Outlet, Session, Settings, Twin, TwinOptions};

pub(crate) static CONNECTOR: Planhat = Planhat;

pub(crate) struct Planhat;

impl Connector for Planhat {
    fn card(&self) -> Card {
        Card {
            id: "planhat",
            title: "Planhat",
            settings: &[],
            secret: "API token",
            twin_settings: twin::SETTINGS,
        }
    }

    fn base_url(&self, _settings: &Settings) -> Result<String, Fault> {
        Err(Fault::new(FaultKind::Settings, "opening Planhat"))
    }

    fn open(&self, _settings: &Settings, _outlet: Outlet) -> Result<Box<dyn Session>, Fault> {
        Err(Fault::new(FaultKind::Settings, "opening Planhat"))
    }

    fn twin(&self, options: &TwinOptions) -> Result<Box<dyn Twin>, Fault> {
        twin::open(options)
    }
}
