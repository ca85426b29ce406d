//! A stand-in for Intercom, written from its documentation alone.
//!
//! Each resource is a file with the tables it keeps and the operations on them; `door` lists the resources. Records are
//! kept as what is known about them (`table`), and shown as the version of a request wants them. Nothing here reads a
//! clock.

// Some of what resources share waits for the resources that use it.
#![allow(dead_code)]

mod call;
mod door;
mod limits;
mod me;
mod page;
mod refusal;
mod state;
mod switches;
mod table;
mod version;

#[cfg(test)]
mod tests;

use std::io::{self, BufRead, Write};

use model::{Fault, Timestamp};

use self::{call::View, limits::Limits, state::State, switches::Switches, version::Version};
use crate::{Answer, Sample, Twin, TwinOptions, kit::Request};

pub(super) use self::switches::SETTINGS;

/// An empty twin.
pub(super) fn open(options: &TwinOptions) -> Result<Box<dyn Twin>, Fault> {
    Ok(Box::new(IntercomTwin {
        token: options.token.clone(),
        state: State::new(Switches::read(&options.settings)?),
        limits: Limits::default(),
    }))
}

/// A workspace, and who may touch it.
struct IntercomTwin {
    token: Option<String>,
    state: State,
    limits: Limits,
}

impl Twin for IntercomTwin {
    fn answer(&mut self, request: &Request, now: Timestamp) -> Answer {
        self.state.take_changed();
        let rate = self.limits.take(&self.state.switches, now.as_millisecond());
        let response = match rate.is_over {
            true => door::refused(&mut self.state, rate.refusal()),
            false => door::answer(&mut self.state, self.token.as_deref(), request, now),
        };
        Answer {
            response: rate.on(response),
            changed: self.state.take_changed(),
        }
    }

    fn objects(&self) -> Vec<&'static str> {
        door::layouts().filter_map(|layout| layout.object).collect()
    }

    fn dump<'a>(&'a self, object: &str) -> Option<Box<dyn Iterator<Item = String> + 'a>> {
        let layout = door::layouts().find(|layout| layout.object == Some(object))?;
        let rows = self.state.table(layout.table).rows();
        Some(Box::new(rows.map(move |record| {
            let view = View {
                state: &self.state,
                version: Version::V16,
                base: "https://api.intercom.io",
                now: self.state.clock,
            };
            (layout.show)(&view, record).to_string()
        })))
    }

    fn fill(&mut self, _sample: &Sample, _now: Timestamp) -> Result<usize, Fault> {
        Ok(0)
    }

    fn save(&self, out: &mut dyn Write) -> io::Result<()> {
        self.state.save(out)
    }

    fn load(&mut self, input: &mut dyn BufRead) -> io::Result<()> {
        self.state = State::load(self.state.switches.clone(), input)?;
        Ok(())
    }
}
