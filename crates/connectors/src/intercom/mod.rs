//! Intercom: its client and its twin.

mod twin;

use model::{Calls, Fault, FaultKind};

use crate::{Card, Connector, Outlet, Session, Setting, Settings, Twin, TwinOptions};

pub(crate) static CONNECTOR: Intercom = Intercom;

pub(crate) struct Intercom;

static SETTINGS: &[Setting] = &[
    Setting {
        name: "region",
        help: "Where the workspace is hosted: us, eu or au.",
        example: "us",
        required: false,
    },
    Setting {
        name: "base_url",
        help: "The address of the API, where it is not the one that goes with the region.",
        example: "https://api.intercom.io",
        required: false,
    },
];

impl Connector for Intercom {
    fn card(&self) -> Card {
        Card {
            id: "intercom",
            title: "Intercom",
            settings: SETTINGS,
            secret: "access token",
            twin_settings: twin::SETTINGS,
        }
    }

    fn base_url(&self, settings: &Settings) -> Result<String, Fault> {
        if let Some(url) = setting(settings, "base_url") {
            return Ok(url.trim_end_matches('/').to_owned());
        }
        match setting(settings, "region").unwrap_or("us") {
            "us" => Ok("https://api.intercom.io".to_owned()),
            "eu" => Ok("https://api.eu.intercom.io".to_owned()),
            "au" => Ok("https://api.au.intercom.io".to_owned()),
            _ => Err(Fault::new(FaultKind::Settings, "reading the setting `region`")
                .hint("it is `us`, `eu` or `au`")),
        }
    }

    fn open(&self, settings: &Settings, _outlet: Outlet) -> Result<Box<dyn Session>, Fault> {
        self.base_url(settings)?;
        Ok(Box::new(Open))
    }

    fn twin(&self, options: &TwinOptions) -> Result<Box<dyn Twin>, Fault> {
        twin::open(options)
    }
}

/// A connection that neither reads nor writes.
struct Open;

impl Session for Open {
    fn calls(&self) -> Calls {
        Calls::default()
    }
}

fn setting<'a>(settings: &'a Settings, name: &str) -> Option<&'a str> {
    let text = settings.values.get(name)?.trim();
    (!text.is_empty()).then_some(text)
}
