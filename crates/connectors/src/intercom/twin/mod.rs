//! A stand-in for Intercom, written from its documentation alone.
//!
//! Each resource is a file with the tables it keeps and the operations on them; `door` lists the resources. Records are
//! kept as what is known about them (`table`), and shown as the version of a request wants them. Nothing here reads a
//! clock.

mod admins;
mod article_show;
mod articles;
mod attributes;
mod call;
mod collections;
mod companies;
mod companies_list;
mod contact_parts;
mod contact_search;
mod contact_show;
mod contact_writes;
mod contacts;
mod conversation_attributes;
mod conversations;
mod door;
mod files;
mod found;
mod hooks;
mod internal_articles;
mod limits;
mod me;
mod notes;
mod oauth;
mod page;
mod part;
mod people;
mod picture;
mod prose;
mod query;
mod quirks;
mod record;
mod refusal;
mod reply;
mod sample;
mod sample_desk;
mod segments;
mod state;
mod stats;
mod switches;
mod table;
mod tags;
mod talk;
mod talk_changes;
mod talk_show;
mod talks;
mod telling;
mod ticket_show;
mod ticket_types;
mod ticket_writes;
mod tickets;
mod told;
mod version;
mod zone;

#[cfg(test)]
mod tests;

use std::io::{self, BufRead, Write};

use model::{Fault, Timestamp};

use self::{call::View, limits::Limits, state::State, switches::Switches, version::Version};
use crate::{
    Answer, Delivery, Sample, Twin, TwinOptions,
    kit::{Request, Response},
};

pub(super) use self::switches::SETTINGS;

/// An empty twin.
pub(super) fn open(options: &TwinOptions) -> Result<Box<dyn Twin>, Fault> {
    Ok(Box::new(IntercomTwin {
        token: options.token.clone(),
        state: State::new(Switches::read(&options.settings)?),
        limits: Limits::default(),
        asked: 0,
    }))
}

/// A workspace, and who may touch it.
struct IntercomTwin {
    token: Option<String>,
    state: State,
    limits: Limits,
    /// How much was asked since it woke up.
    asked: u64,
}

impl IntercomTwin {
    /// Gives out a file, which takes no token and counts against no limit.
    fn file(&self, request: &Request, now: Timestamp) -> Answer {
        let expired = self.state.switches.text("expired_file").parse().unwrap_or(403);
        Answer {
            response: self.state.desk.files.answer(request, now.as_second(), expired),
            changed: false,
        }
    }
}

impl Twin for IntercomTwin {
    fn answer(&mut self, request: &Request, now: Timestamp) -> Answer {
        self.state.take_changed();
        if files::is_for_file(request) {
            return self.file(request, now);
        }
        self.asked = self.asked.wrapping_add(1);
        if let Some(response) = quirks::empty_answer(&self.state.switches, request, self.asked) {
            return Answer {
                response,
                changed: false,
            };
        }
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

    fn fill(&mut self, sample: &Sample, now: Timestamp) -> Result<usize, Fault> {
        let people = sample::fill(&mut self.state, sample, now)?;
        let desk = sample_desk::fill(&mut self.state, sample, now.as_millisecond());
        Ok(people + desk)
    }

    fn deliveries(&self, now: Timestamp) -> Vec<Delivery> {
        let now = now.as_millisecond().max(self.state.clock);
        self.state.desk.hooks.deliveries(now)
    }

    fn delivered(&mut self, id: u64, response: Option<&Response>, now: Timestamp) -> bool {
        let now = now.as_millisecond().max(self.state.clock);
        self.state.desk.hooks.delivered(id, response, now)
    }

    fn save(&self, out: &mut dyn Write) -> io::Result<()> {
        self.state.save(out)
    }

    fn load(&mut self, input: &mut dyn BufRead) -> io::Result<()> {
        self.state = State::load(self.state.switches.clone(), input)?;
        Ok(())
    }
}
