//! Intercom: what was said with customers, the people who said it, and the help centre.
//!
//! The client reads only. It shapes what it read without asking again, and retries nothing: who asks decides. `README.md`
//! has the limits, the oddities and the sources.

mod admin;
mod article;
mod client;
mod company;
mod consent;
mod contact;
mod conversation;
mod deleted;
mod fields;
mod file;
mod find;
mod html;
mod inlet;
mod learned;
mod link;
mod list;
mod note;
mod object;
mod page;
mod part;
mod permission;
mod refusal;
mod scroll;
mod source;
mod tag;
#[cfg(test)]
mod tests;
mod ticket;
mod twin;
mod within;

use model::{Calls, Fault, FaultKind, Source};

use self::{client::Client, source::IntercomSource};
use crate::{Card, Connector, Consent, Inlet, Outlet, Session, Setting, Settings, Twin, TwinOptions};

pub(crate) static CONNECTOR: Intercom = Intercom;

pub(crate) struct Intercom;

static SETTINGS: &[Setting] = &[
    Setting {
        name: "region",
        help: "Where Intercom keeps the workspace: us, eu or au; us if nothing is said.",
        example: "eu",
        required: false,
    },
    Setting {
        name: "base_url",
        help: "The address of the API, where it is not the one that goes with the region.",
        example: "https://api.intercom.io",
        required: false,
    },
    Setting {
        name: "contact_segments",
        help: "Whether each contact is asked for its segments, yes or no; it costs two calls for each contact.",
        example: "no",
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
        let region = setting(settings, "region").unwrap_or("us").to_ascii_lowercase();
        match region.as_str() {
            "us" => Ok("https://api.intercom.io".to_owned()),
            "eu" | "au" => Ok(format!("https://api.{region}.intercom.io")),
            _ => Err(
                Fault::new(FaultKind::Settings, format!("finding the API of the region `{region}`"))
                    .hint("set `region` to us, eu or au, as the address bar shows when Intercom is open: app.intercom.com is us"),
            ),
        }
    }

    fn open(&self, settings: &Settings, outlet: Outlet) -> Result<Box<dyn Session>, Fault> {
        let base = self.base_url(settings)?;
        let segments = switch(settings, "contact_segments")?;
        let client = Client::new(outlet, &settings.secret)?;
        Ok(Box::new(Open(IntercomSource::new(client, base, segments))))
    }

    fn inlet(&self) -> Option<&'static dyn Inlet> {
        Some(&inlet::INLET)
    }

    fn consent(&self) -> Option<&'static dyn Consent> {
        Some(&consent::CONSENT)
    }

    fn twin(&self, options: &TwinOptions) -> Result<Box<dyn Twin>, Fault> {
        twin::open(options)
    }
}

struct Open(IntercomSource);

impl Session for Open {
    fn source(&self) -> Option<&dyn Source> {
        Some(&self.0)
    }

    fn calls(&self) -> Calls {
        self.0.calls()
    }
}

fn setting<'a>(settings: &'a Settings, name: &str) -> Option<&'a str> {
    let text = settings.values.get(name)?.trim();
    (!text.is_empty()).then_some(text)
}

fn switch(settings: &Settings, name: &str) -> Result<bool, Fault> {
    match setting(settings, name) {
        None | Some("no" | "false" | "off") => Ok(false),
        Some("yes" | "true" | "on") => Ok(true),
        Some(_) => Err(
            Fault::new(FaultKind::Settings, format!("reading the setting `{name}`")).hint("it is yes or no"),
        ),
    }
}
