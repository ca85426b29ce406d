//! A twin with what surrounds it: its journal, its limits, its faults, its counts.

use std::{
    collections::BTreeMap,
    fs, io,
    io::Write,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use connectors::{
    Connector, Delivery, Sample, Twin, TwinOptions,
    kit::{FaultPlan, Faults, Request, Response, too_many},
};
use model::{Clock, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    failure::Failure,
    twin::{
        TwinServerOptions,
        entry::{self, Entry},
        journal::{Journal, unreadable},
        limits::{Limit, Rate, Window},
        stats::{Ending, Stats},
    },
};

/// With more entries than this at the start, a new snapshot is written.
const ENTRIES_AT_START: u64 = 20_000;

/// With more entries than this at the end, a new snapshot is written.
const ENTRIES_AT_END: u64 = 1_000;

/// A twin and what surrounds it.
pub(super) struct Host {
    parts: Mutex<Parts>,
    clock: Arc<dyn Clock>,
    pub(super) token: Option<String>,
    pub(super) control: bool,
}

/// What only one request at a time may touch.
pub(super) struct Parts {
    pub(super) twin: Box<dyn Twin>,
    pub(super) stats: Stats,
    pub(super) faults: Faults,
    pub(super) window: Window,
    journal: Option<Journal>,
    broken: Option<String>,
}

/// What a request meets at the door.
pub(super) struct Admission {
    pub(super) rate: Rate,
    pub(super) fault: Option<FaultPlan>,
}

impl Host {
    /// Makes the twin, and gives it back what its folder remembers.
    pub(super) fn open(options: TwinServerOptions) -> Result<Self, Failure> {
        let clock = Arc::clone(&options.clock);
        let twin_options = TwinOptions {
            token: options.token.clone(),
            settings: options.settings.clone(),
        };
        let (twin, journal) = match &options.data {
            None => (make(options.connector, &twin_options)?, None),
            Some(folder) => {
                let (twin, journal) = remember(options.connector, folder, &twin_options)?;
                (twin, Some(journal))
            }
        };
        let mut window = Window::default();
        window.set(options.limit);
        let parts = Parts {
            twin,
            stats: Stats::default(),
            faults: Faults::default(),
            window,
            journal,
            broken: None,
        };
        let host = Self {
            parts: Mutex::new(parts),
            clock,
            token: options.token,
            control: options.control,
        };
        if let Some(sample) = options.sample {
            host.fill_if_fresh(&sample)?;
        }
        Ok(host)
    }

    pub(super) fn parts(&self) -> MutexGuard<'_, Parts> {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts the request against the limit, and decides what goes wrong with it.
    pub(super) fn admit(&self, request: &Request) -> Admission {
        let now = self.clock.now();
        let mut parts = self.parts();
        let rate = parts.window.take(now);
        let fault = match rate.wait_seconds {
            Some(_) => None,
            None => parts.faults.next(&request.method, &request.path),
        };
        Admission { rate, fault }
    }

    /// Counts and answers a request that is not performed.
    pub(super) fn refuse(&self, request: &Request, response: Response) -> Response {
        let ending = Ending::Status(response.status);
        self.parts()
            .stats
            .count(request, ending, false, response.body.len());
        response
    }

    /// Answers whoever asks too often.
    pub(super) fn refuse_too_many(&self, request: &Request, wait_seconds: u64) -> Response {
        self.refuse(request, too_many(wait_seconds))
    }

    /// Counts a request that is neither performed nor answered.
    pub(super) fn reset(&self, request: &Request) {
        self.parts().stats.count(request, Ending::Reset, false, 0);
    }

    /// Lets the twin answer, and keeps what changed it before anybody hears of it.
    pub(super) fn perform(&self, request: &Request, ending: Option<Ending>) -> Response {
        let now = self.clock.now();
        let mut parts = self.parts();
        if let Some(why) = &parts.broken {
            return out_of_order(why);
        }
        let answer = parts.twin.answer(request, now);
        let mut response = answer.response;
        if answer.changed {
            let token = self.token.as_deref();
            let kept = parts.keep(|out| entry::write_request(out, request, now, token));
            if let Err(why) = kept {
                response = out_of_order(&why);
            }
        }
        let ending = ending.unwrap_or(Ending::Status(response.status));
        parts
            .stats
            .count(request, ending, answer.changed, response.body.len());
        response
    }

    /// What the twin wants sent by now.
    pub(super) fn deliveries(&self) -> Vec<Delivery> {
        let now = self.clock.now();
        let parts = self.parts();
        match parts.broken {
            Some(_) => Vec::new(),
            None => parts.twin.deliveries(now),
        }
    }

    /// Tells the twin what came of a delivery, and keeps it.
    pub(super) fn delivered(&self, id: u64, response: Option<&Response>) {
        let now = self.clock.now();
        let mut parts = self.parts();
        if parts.broken.is_none() && parts.twin.delivered(id, response, now) {
            // Should the journal fail, the twin is out of order and says so to whoever asks.
            let _ = parts.keep(|out| entry::write_delivered(out, id, response, now));
        }
    }

    /// Fills the twin, and keeps that it was filled. How many records it made.
    pub(super) fn fill(&self, sample: &Sample) -> Result<usize, Failure> {
        let now = self.clock.now();
        let mut parts = self.parts();
        if let Some(why) = &parts.broken {
            return Err(Failure::broke(why.clone()));
        }
        let records = parts.twin.fill(sample, now)?;
        parts
            .keep(|out| entry::write_fill(out, sample, now))
            .map_err(Failure::broke)?;
        Ok(records)
    }

    /// Writes a snapshot if it saves time at the next start.
    pub(super) fn close(&self) -> Result<(), Failure> {
        let mut parts = self.parts();
        let Parts {
            twin,
            journal: Some(journal),
            broken: None,
            ..
        } = &mut *parts
        else {
            return Ok(());
        };
        if journal.entries() <= ENTRIES_AT_END {
            return Ok(());
        }
        journal
            .renew(|out| twin.save(out))
            .map_err(|error| Failure::broke("The twin could not write a snapshot of itself").because(error))
    }

    fn fill_if_fresh(&self, sample: &Sample) -> Result<(), Failure> {
        let is_fresh = self.parts().journal.as_ref().is_none_or(Journal::is_fresh);
        if !is_fresh {
            tracing::info!("The twin's folder holds a workspace already, so the sample was left out");
            return Ok(());
        }
        self.fill(sample).map(|_| ())
    }
}

impl Parts {
    /// Appends to the journal. Once that fails the twin is out of order: it knows more than its folder.
    fn keep(&mut self, fill: impl FnOnce(&mut Vec<u8>)) -> Result<(), String> {
        let Some(journal) = &mut self.journal else {
            return Ok(());
        };
        journal.append(fill).map_err(|error| {
            let why = format!("The twin's journal cannot be written, so it answers nothing more: {error}");
            tracing::error!(error = %error, "The twin's journal cannot be written, so it answers nothing more");
            self.broken = Some(why.clone());
            why
        })
    }
}

fn out_of_order(why: &str) -> Response {
    Response::json(503, &serde_json::json!({ "message": why }))
}

/// What `twin.json` says: whose folder it is.
#[derive(Serialize, Deserialize)]
struct Label {
    connector: String,
    settings: BTreeMap<String, String>,
}

/// An empty twin; what it cannot be set to is the caller's mistake.
fn make(connector: &dyn Connector, options: &TwinOptions) -> Result<Box<dyn Twin>, Failure> {
    connector
        .twin(options)
        .map_err(|fault| Failure::from(fault).into_usage())
}

/// Opens the folder and replays it.
fn remember(
    connector: &'static dyn Connector,
    folder: &Path,
    options: &TwinOptions,
) -> Result<(Box<dyn Twin>, Journal), Failure> {
    let fresh = make(connector, options)?;
    let mut journal = Journal::open(folder)?;
    let label = read_label(folder, connector)?;
    // Entries mean what they meant under the settings they were answered with.
    let same_settings = label
        .as_ref()
        .is_none_or(|label| label.settings == options.settings);
    let mut twin = match label {
        Some(label) if !same_settings => connector.twin(&TwinOptions {
            token: options.token.clone(),
            settings: label.settings,
        })?,
        _ => fresh,
    };
    replay(twin.as_mut(), &mut journal, folder, options.token.as_deref())?;
    let cannot_save =
        |error: io::Error| Failure::broke("The twin could not write a snapshot of itself").because(error);
    if journal.entries() > ENTRIES_AT_START || !same_settings {
        journal.renew(|out| twin.save(out)).map_err(cannot_save)?;
    }
    write_label(folder, connector, &options.settings).map_err(cannot_save)?;
    if !same_settings {
        twin = connector.twin(options)?;
        load(twin.as_mut(), &journal, folder)?;
    }
    Ok((twin, journal))
}

fn replay(
    twin: &mut dyn Twin,
    journal: &mut Journal,
    folder: &Path,
    token: Option<&str>,
) -> Result<(), Failure> {
    load(twin, journal, folder)?;
    journal.replay(|bytes| match entry::read(bytes, token) {
        Some(Entry::Request(request, now)) => {
            twin.answer(&request, now);
            true
        }
        Some(Entry::Fill(sample, now)) => refill(twin, &sample, now),
        Some(Entry::Delivered(id, response, now)) => {
            twin.delivered(id, response.as_ref(), now);
            true
        }
        None => false,
    })?;
    Ok(())
}

fn refill(twin: &mut dyn Twin, sample: &Sample, now: Timestamp) -> bool {
    match twin.fill(sample, now) {
        Ok(_) => true,
        Err(fault) => {
            tracing::error!(error = %model::chain(&fault), "The twin could not fill itself again");
            false
        }
    }
}

fn load(twin: &mut dyn Twin, journal: &Journal, folder: &Path) -> Result<(), Failure> {
    match journal.snapshot()? {
        Some(mut input) => twin
            .load(&mut input)
            .map_err(|error| unreadable(folder, "its snapshot").because(error)),
        None => Ok(()),
    }
}

fn read_label(folder: &Path, connector: &dyn Connector) -> Result<Option<Label>, Failure> {
    let id = connector.card().id;
    let text = match fs::read(folder.join("twin.json")) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(folder, "twin.json").because(error)),
    };
    let label: Label =
        serde_json::from_slice(&text).map_err(|error| unreadable(folder, "twin.json").because(error))?;
    if label.connector != id {
        let folder = folder.display();
        let words = format!(
            "The folder {folder} holds a twin of {}, not of {id}",
            label.connector
        );
        return Err(Failure::usage(words).hint("choose another folder with --data"));
    }
    Ok(Some(label))
}

fn write_label(
    folder: &Path,
    connector: &dyn Connector,
    settings: &BTreeMap<String, String>,
) -> io::Result<()> {
    let label = Label {
        connector: connector.card().id.to_owned(),
        settings: settings.clone(),
    };
    let temporary = folder.join("twin.json.tmp");
    let mut file = fs::File::create(&temporary)?;
    serde_json::to_writer(&mut file, &label)?;
    file.flush()?;
    file.sync_all()?;
    fs::rename(temporary, folder.join("twin.json"))
}

/// Sets or lifts the limit.
pub(super) fn set_limit(host: &Host, limit: Option<Limit>) {
    host.parts().window.set(limit);
}
