//! A stand-in for DevRev, written from its documentation alone.
//!
//! Methods are tables of what a request may hold (`shape`) with a function each; records are rows on indexed shelves
//! (`shelf`), references are kept as short keys and shown as summaries (`show`). Nothing here reads a clock.

mod accounts;
mod articles;
mod artifacts;
mod call;
mod comments;
mod contacts;
mod conversations;
mod cursor;
mod custom;
mod custom_objects;
mod diagrams;
mod directories;
mod door;
mod expression;
mod files;
mod filter;
mod fragments;
mod groups;
mod hooks;
mod json;
mod kind;
mod leaves;
mod links;
mod list;
mod meetings;
mod merges;
mod models;
mod multipart;
mod parts;
mod progress;
mod refusal;
mod row;
mod sample;
mod save;
mod schemas;
mod shape;
mod shelf;
mod show;
mod stages;
mod standing;
mod state;
mod subtypes;
mod switches;
mod webhooks;
mod works;

#[cfg(test)]
mod tests;

use std::io::{self, BufRead, Write};

use model::{Fault, Timestamp};

use crate::{
    Answer, Delivery, Sample, Twin, TwinOptions,
    kit::{Request, Response},
};

use {
    kind::Kind,
    show::Json,
    state::{Family, State},
    switches::Switches,
};

pub(super) use switches::SETTINGS;

/// An empty twin.
pub(super) fn open(options: &TwinOptions) -> Result<Box<dyn Twin>, Fault> {
    let switches = Switches::read(&options.settings)?;
    Ok(Box::new(DevRevTwin {
        token: options.token.clone(),
        state: State::fresh(switches),
    }))
}

struct DevRevTwin {
    token: Option<String>,
    state: State,
}

/// What `dump` gives, by name: a family, and the kinds of it that count.
const DUMPS: &[(&str, Family, &[Kind])] = &[
    ("account", Family::Accounts, &[Kind::Account]),
    ("rev_org", Family::RevOrgs, &[Kind::RevOrg]),
    ("rev_user", Family::RevUsers, &[Kind::RevUser]),
    ("dev_user", Family::DevUsers, &[Kind::DevUser]),
    ("ticket", Family::Works, &[Kind::Ticket]),
    ("issue", Family::Works, &[Kind::Issue]),
    ("conversation", Family::Conversations, &[Kind::Conversation]),
    ("timeline_entry", Family::Comments, &[Kind::Comment]),
    ("tag", Family::Tags, &[Kind::Tag]),
    ("part", Family::Parts, kind::PARTS),
    ("fragment", Family::Fragments, kind::FRAGMENTS),
    ("task", Family::Works, &[Kind::Task]),
    ("opportunity", Family::Works, &[Kind::Opportunity]),
    ("group", Family::Groups, &[Kind::Group]),
    ("meeting", Family::Meetings, &[Kind::Meeting]),
    ("directory", Family::Directories, &[Kind::Directory]),
    ("article", Family::Articles, &[Kind::Article]),
    ("link", Family::Links, &[Kind::Link]),
    ("link_type", Family::LinkTypes, &[Kind::LinkType]),
    ("webhook", Family::Webhooks, &[Kind::Webhook]),
    ("artifact", Family::Artifacts, &[Kind::Artifact]),
    ("custom_object", Family::CustomObjects, &[kind::ANY_CUSTOM]),
];

/// So many deliveries are given out at a time.
const MOST_DELIVERIES: usize = 64;

impl Twin for DevRevTwin {
    fn answer(&mut self, request: &Request, now: Timestamp) -> Answer {
        door::answer(&mut self.state, self.token.as_deref(), request, now)
    }

    fn objects(&self) -> Vec<&'static str> {
        DUMPS.iter().map(|(name, ..)| *name).collect()
    }

    fn dump<'a>(&'a self, object: &str) -> Option<Box<dyn Iterator<Item = String> + 'a>> {
        let (_, family, kinds) = DUMPS.iter().find(|(name, ..)| *name == object)?;
        let rows = self.state.shelf(*family).rows().map(|(_, row)| row);
        let wanted = rows.filter(|row| row.key.kind.is_among(kinds));
        if object == "artifact" {
            return Some(Box::new(wanted.map(|row| artifacts::dump(&self.state, row))));
        }
        if object == "article" {
            return Some(Box::new(wanted.map(|row| articles::dump(&self.state, row))));
        }
        Some(Box::new(wanted.map(|row| {
            let mut json = Json::new();
            show::record(&self.state, row, &mut json);
            String::from_utf8_lossy(&json.out).into_owned()
        })))
    }

    fn fill(&mut self, sample: &Sample, now: Timestamp) -> Result<usize, Fault> {
        sample::fill(&mut self.state, sample, now)
    }

    fn deliveries(&self, now: Timestamp) -> Vec<Delivery> {
        let now = now.as_millisecond().max(self.state.clock);
        hooks::deliveries(&self.state, now, MOST_DELIVERIES)
    }

    fn delivered(&mut self, id: u64, response: Option<&Response>, now: Timestamp) -> bool {
        let now = now.as_millisecond().max(self.state.clock);
        let changed = hooks::delivered(&mut self.state, id, response, now);
        if changed {
            self.state.clock = now;
        }
        changed
    }

    fn save(&self, out: &mut dyn Write) -> io::Result<()> {
        save::save(&self.state, out)
    }

    fn load(&mut self, input: &mut dyn BufRead) -> io::Result<()> {
        self.state = save::load(self.state.switches.clone(), input)?;
        Ok(())
    }
}
