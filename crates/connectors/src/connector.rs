//! What a vendor's folder offers, and what it is given.

use std::{
    collections::BTreeMap,
    io::{self, BufRead, Write},
    sync::Arc,
};

use async_trait::async_trait;
use model::{Calls, Clock, Destination, Fault, FaultKind, Fetched, Secret, Sink, Source, Timestamp};

use crate::{
    Consent, Inlet, Registrar,
    kit::{Budget, Download, Pace, PaceLimits, Request, Response, Upload},
};

/// One vendor's folder.
pub trait Connector: Send + Sync {
    /// What it is called and which settings it takes.
    fn card(&self) -> Card;

    /// The address that a connection with these settings talks to, without a slash at its end.
    fn base_url(&self, settings: &Settings) -> Result<String, Fault>;

    /// Checks settings; sends nothing.
    fn open(&self, settings: &Settings, outlet: Outlet) -> Result<Box<dyn Session>, Fault>;

    /// Understands what the vendor tells us unasked; nothing if it never does.
    fn inlet(&self) -> Option<&'static dyn Inlet> {
        None
    }

    /// Gets a token by a person's consent in the browser; nothing if the vendor gives none so.
    fn consent(&self) -> Option<&'static dyn Consent> {
        None
    }

    /// The address that events are brought to, which may be another; nothing if the vendor takes none.
    fn events_url(&self, _settings: &Settings) -> Result<Option<String>, Fault> {
        Ok(None)
    }

    /// Takes what events become, by the connection's own way out and by the one to that address.
    fn sink(
        &self,
        _settings: &Settings,
        _outlet: Outlet,
        _events: Arc<dyn Wire>,
    ) -> Result<Box<dyn Sink>, Fault> {
        Err(Fault::new(FaultKind::Settings, "bringing events").said("this vendor takes none"))
    }

    /// An empty stand-in for the vendor.
    fn twin(&self, options: &TwinOptions) -> Result<Box<dyn Twin>, Fault>;
}

/// What a connector is called and what it wants to know.
#[derive(Clone, Debug)]
pub struct Card {
    /// Its id: `planhat`.
    pub id: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// The settings of a connection, besides its secret.
    pub settings: &'static [Setting],
    /// What the secret is called there.
    pub secret: &'static str,
    /// The switches of its twin, for what the reference marks UNVERIFIED.
    pub twin_settings: &'static [TwinSetting],
}

/// One setting of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its name.
    pub name: &'static str,
    /// What it means, in one sentence.
    pub help: &'static str,
    /// A value as it may be written.
    pub example: &'static str,
    /// Whether a connection cannot do without it.
    pub required: bool,
}

/// One switch of a twin.
#[derive(Clone, Copy, Debug)]
pub struct TwinSetting {
    /// Its name.
    pub name: &'static str,
    /// The values it takes; the first is the default.
    pub values: &'static [&'static str],
    /// What it decides, in one sentence.
    pub help: &'static str,
}

/// A connection's settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Named values.
    pub values: BTreeMap<String, String>,
    /// The token.
    pub secret: Secret,
}

/// What a session is given to reach the world.
#[derive(Clone)]
pub struct Outlet {
    /// The way out.
    pub wire: Arc<dyn Wire>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

impl Outlet {
    /// The pace of what speaks through this outlet: that of its connection, if the wire belongs to one.
    pub(crate) fn pace(&self, limits: PaceLimits) -> Arc<Pace> {
        match self.wire.budget() {
            Some(budget) => budget.pace(&self.clock, limits),
            None => Arc::new(Pace::new(Arc::clone(&self.clock), limits)),
        }
    }
}

/// An open connection. What a vendor cannot do is absent here, rather than an error later.
pub trait Session: Send + Sync {
    /// Reads.
    fn source(&self) -> Option<&dyn Source> {
        None
    }

    /// Writes.
    fn destination(&self) -> Option<&dyn Destination> {
        None
    }

    /// Tells the vendor where we listen; nothing if only a person can.
    fn registrar(&self) -> Option<&dyn Registrar> {
        None
    }

    /// The calls made since it was opened.
    fn calls(&self) -> Calls;
}

/// The one way out to the network. It sends once: who asks decides whether to ask again.
#[async_trait]
pub trait Wire: Send + Sync {
    /// Sends, and waits for the whole answer. Any HTTP status is an answer; no answer is an `Unreachable` fault.
    async fn send(&self, request: Request) -> Result<Response, Fault>;

    /// Sends a form with a file of our disk in it to an address that the vendor named, piece by piece. Nothing that
    /// identifies us goes along.
    async fn upload(&self, _upload: Upload) -> Result<Response, Fault> {
        Err(Fault::new(FaultKind::Rejected, "bringing a file").said("this wire carries no files"))
    }

    /// The budget that everything on this way out shares; without one, whoever opens a session on it has its own.
    fn budget(&self) -> Option<&Budget> {
        None
    }

    /// Fetches a file from an address that the vendor named to our disk, piece by piece.
    async fn download(&self, _download: Download) -> Result<Fetched, Fault> {
        Err(Fault::new(FaultKind::Rejected, "fetching a file").said("this wire carries no files"))
    }
}

/// A stand-in for a vendor: a pure function of its state, a request and a time.
pub trait Twin: Send {
    /// Answers, and says whether its state changed.
    fn answer(&mut self, request: &Request, now: Timestamp) -> Answer;

    /// The names `dump` takes.
    fn objects(&self) -> Vec<&'static str>;

    /// Every record of an object, one JSON text each, in the order of creation.
    fn dump<'a>(&'a self, object: &str) -> Option<Box<dyn Iterator<Item = String> + 'a>>;

    /// Fills it with a workspace that looks real; the same sample and time give the same workspace.
    fn fill(&mut self, sample: &Sample, now: Timestamp) -> Result<usize, Fault>;

    /// What it wants sent by now, besides its answers, to addresses that it was told. It gives a delivery again until it
    /// hears what came of it.
    fn deliveries(&self, _now: Timestamp) -> Vec<Delivery> {
        Vec::new()
    }

    /// Hears what came of a delivery; nothing if no answer came. Whether its state changed.
    fn delivered(&mut self, _id: u64, _response: Option<&Response>, _now: Timestamp) -> bool {
        false
    }

    /// Writes its whole state as lines of JSON.
    fn save(&self, out: &mut dyn Write) -> io::Result<()>;

    /// Takes the state that `save` wrote, in place of its own.
    fn load(&mut self, input: &mut dyn BufRead) -> io::Result<()>;
}

/// A request that a twin wants sent.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// By which it hears what came of it.
    pub id: u64,
    /// Where to: `http://127.0.0.1:7000`.
    pub origin: String,
    /// The request.
    pub request: Request,
}

/// What a twin answers.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The answer.
    pub response: Response,
    /// Whether the twin's state changed, so that the request must be kept.
    pub changed: bool,
}

/// The size and seed of a sample workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// How many companies; everything else grows with it, about twenty records to a company.
    pub companies: usize,
    /// Where chance begins.
    pub seed: u64,
}

/// How a twin is set up.
#[derive(Clone, Debug, Default)]
pub struct TwinOptions {
    /// The token it takes; none: any token.
    pub token: Option<String>,
    /// Its switches, by the names on the card.
    pub settings: BTreeMap<String, String>,
}
