//! Planhat: customers, their people, and what was said with them.
//!
//! The client reads every object by offset, pages overlapping, and shapes what it read without asking again. It retries
//! nothing: who asks decides. `README.md` has the limits, the oddities and the sources.

mod asset;
mod client;
mod comment;
mod company;
mod conversation;
mod customfield;
mod deal;
mod destination;
mod enduser;
mod fields;
mod file;
mod inlet;
mod issue;
mod license;
mod list;
mod names;
mod nps;
mod object;
mod page;
mod permission;
mod project;
mod refusal;
mod revenue;
mod sink;
mod source;
mod task;
#[cfg(test)]
mod tests;
mod time;
mod twin;
mod upsert;
mod usage;
mod user;
mod write;

use std::sync::Arc;

use model::{Calls, Destination, Fault, FaultKind, Sink, Source};

use self::{client::Client, sink::PlanhatSink, source::PlanhatSource, write::Writer};
use crate::{Card, Connector, Inlet, Outlet, Session, Setting, Settings, Twin, TwinOptions, Wire};

pub(crate) static CONNECTOR: Planhat = Planhat;

pub(crate) struct Planhat;

static SETTINGS: &[Setting] = &[
    Setting {
        name: "subdomain",
        help: "The host name in your browser's address bar when Planhat is open: app.planhat.com.",
        example: "app.planhat.com",
        required: true,
    },
    Setting {
        name: "base_url",
        help: "The address of the API, where it is not the one that goes with the subdomain.",
        example: "https://api.planhat.com",
        required: false,
    },
    Setting {
        name: "tenant",
        help: "The tenant token, which Planhat shows under App Settings, API Access: for events alone.",
        example: "0d3f0b2e-6c1d-4a55-9d2e-8d3b5f7a9c11",
        required: false,
    },
    Setting {
        name: "events_url",
        help: "Where events are brought, if it is not Planhat's analytics host.",
        example: "https://analytics.planhat.com",
        required: false,
    },
];

/// Where events are brought, whichever cluster a tenant is on.
const ANALYTICS: &str = "https://analytics.planhat.com";

impl Connector for Planhat {
    fn card(&self) -> Card {
        Card {
            id: "planhat",
            title: "Planhat",
            settings: SETTINGS,
            secret: "API token",
            twin_settings: twin::SETTINGS,
        }
    }

    fn base_url(&self, settings: &Settings) -> Result<String, Fault> {
        match setting(settings, "base_url") {
            Some(url) => Ok(url.trim_end_matches('/').to_owned()),
            None => Ok(format!("https://{}", api_host(subdomain(settings)?)?)),
        }
    }

    fn open(&self, settings: &Settings, outlet: Outlet) -> Result<Box<dyn Session>, Fault> {
        let subdomain = subdomain(settings)?.to_owned();
        let base = self.base_url(settings)?;
        let client = Client::new(outlet, &settings.secret)?;
        Ok(Box::new(Open(Writer::new(PlanhatSource::new(
            client, subdomain, base,
        )))))
    }

    fn inlet(&self) -> Option<&'static dyn Inlet> {
        Some(&inlet::INLET)
    }

    fn events_url(&self, settings: &Settings) -> Result<Option<String>, Fault> {
        let url = setting(settings, "events_url").unwrap_or(ANALYTICS);
        Ok(Some(url.trim_end_matches('/').to_owned()))
    }

    fn sink(
        &self,
        settings: &Settings,
        outlet: Outlet,
        events: Arc<dyn Wire>,
    ) -> Result<Box<dyn Sink>, Fault> {
        let tenant = setting(settings, "tenant").ok_or_else(|| {
            Fault::new(FaultKind::Settings, "bringing events to Planhat without a tenant token")
                .hint("interline connection change NAME --set tenant=TOKEN gives it one: Planhat shows it under App Settings, API Access")
        })?;
        let (subdomain, base) = (subdomain(settings)?.to_owned(), self.base_url(settings)?);
        let clock = Arc::clone(&outlet.clock);
        let client = Client::new(outlet, &settings.secret)?;
        let source = PlanhatSource::new(client, subdomain, base);
        Ok(Box::new(PlanhatSink::new(
            source,
            events,
            clock,
            tenant.to_owned(),
        )))
    }

    fn twin(&self, options: &TwinOptions) -> Result<Box<dyn Twin>, Fault> {
        twin::open(options)
    }
}

struct Open(Writer);

impl Session for Open {
    fn source(&self) -> Option<&dyn Source> {
        Some(&self.0.source)
    }

    fn destination(&self) -> Option<&dyn Destination> {
        Some(&self.0)
    }

    fn calls(&self) -> Calls {
        self.0.source.calls()
    }
}

fn setting<'a>(settings: &'a Settings, name: &str) -> Option<&'a str> {
    let text = settings.values.get(name)?.trim();
    (!text.is_empty()).then_some(text)
}

fn subdomain(settings: &Settings) -> Result<&str, Fault> {
    setting(settings, "subdomain").ok_or_else(|| {
        Fault::new(FaultKind::Settings, "opening Planhat without a subdomain")
            .hint("set `subdomain` to the host name in your browser's address bar, such as app.planhat.com")
    })
}

/// The API's host that goes with the app's: a tenant's cluster is named in both.
fn api_host(subdomain: &str) -> Result<String, Fault> {
    let host = subdomain
        .trim_start_matches("https://")
        .split('/')
        .next()
        .unwrap_or_default()
        .to_lowercase();
    let plain = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let known = host
        .split_once('.')
        .filter(|(first, zone)| plain(first) && matches!(*zone, "planhat.com" | "planhatdemo.com"));
    let api = known.and_then(|(first, zone)| {
        let (kind, cluster) = first.split_once('-').unwrap_or((first, ""));
        let cluster = if cluster.is_empty() {
            String::new()
        } else {
            format!("-{cluster}")
        };
        matches!(kind, "app" | "ws" | "api").then(|| format!("api{cluster}.{zone}"))
    });
    api.ok_or_else(|| {
        Fault::new(FaultKind::Settings, format!("finding the API of the subdomain `{subdomain}`"))
            .hint("the subdomain is a host such as app.planhat.com or app-us1.planhat.com; for any other, set `base_url`")
    })
}
