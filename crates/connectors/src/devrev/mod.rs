//! DevRev: its client and its twin.
//!
//! The client speaks `accounts`, `rev-users` (contacts), `dev-users`, `works` of type ticket, `conversations`, `tags`,
//! `parts` and the customisation calls. It never tries twice: who asked decides about that.

mod account;
mod article;
mod artifact;
mod body;
mod client;
mod comment;
mod contact;
mod conversation;
mod custom;
mod descriptor;
mod destination;
mod dev_user;
mod directory;
mod domains;
mod encode;
mod group;
mod inlet;
mod issue;
mod key;
mod likeness;
mod link;
mod meeting;
mod members;
mod object;
mod option;
mod part;
mod price;
mod schema;
mod session;
mod shape;
mod source;
mod tag;
mod ticket;
mod twin;
mod webhook;

use model::{Fault, FaultKind};

use crate::{Card, Connector, Inlet, Outlet, Session, Setting, Settings, Twin, TwinOptions};

pub(crate) static CONNECTOR: DevRev = DevRev;

pub(crate) struct DevRev;

const BASE_URL: &str = "https://api.devrev.ai";

static SETTINGS: &[Setting] = &[
    Setting {
        name: "base_url",
        help: "Address of the API, if it is not https://api.devrev.ai.",
        example: "https://api.devrev.ai",
        required: false,
    },
    Setting {
        name: SHADOW_USERS,
        help: "Whether a person whom DevRev does not know becomes a shadow user; yes unless it says no.",
        example: "no",
        required: false,
    },
];

const SHADOW_USERS: &str = "shadow_users";

/// Whether people whom DevRev does not know become shadow users.
fn makes_shadows(settings: &Settings) -> Result<bool, Fault> {
    match settings.values.get(SHADOW_USERS).map(|word| word.trim()) {
        None | Some("yes") => Ok(true),
        Some("no") => Ok(false),
        Some(_) => {
            let doing = format!("reading the setting `{SHADOW_USERS}`");
            Err(Fault::new(FaultKind::Settings, doing).hint("it is `yes` or `no`"))
        }
    }
}

impl Connector for DevRev {
    fn card(&self) -> Card {
        Card {
            id: "devrev",
            title: "DevRev",
            settings: SETTINGS,
            secret: "personal access token",
            twin_settings: twin::SETTINGS,
        }
    }

    fn base_url(&self, settings: &Settings) -> Result<String, Fault> {
        let address = settings.values.get("base_url").map_or(BASE_URL, String::as_str);
        let address = address.trim().trim_end_matches('/');
        if address.starts_with("https://") || address.starts_with("http://") {
            return Ok(address.to_owned());
        }
        Err(Fault::new(FaultKind::Settings, "reading the setting `base_url`")
            .hint(format!("an address looks like {BASE_URL}")))
    }

    fn open(&self, settings: &Settings, outlet: Outlet) -> Result<Box<dyn Session>, Fault> {
        self.base_url(settings)?;
        let known = |name: &String| SETTINGS.iter().any(|setting| setting.name == name.as_str());
        if let Some(name) = settings.values.keys().find(|name| !known(name)) {
            return Err(
                Fault::new(FaultKind::Settings, format!("reading the setting `{name}`"))
                    .hint("DevRev takes `base_url`, `shadow_users` and a personal access token"),
            );
        }
        Ok(Box::new(session::DevRevSession::new(settings, outlet)?))
    }

    fn inlet(&self) -> Option<&'static dyn Inlet> {
        Some(&inlet::INLET)
    }

    fn twin(&self, options: &TwinOptions) -> Result<Box<dyn Twin>, Fault> {
        twin::open(options)
    }
}

#[cfg(test)]
mod judge;
#[cfg(test)]
mod tests;
