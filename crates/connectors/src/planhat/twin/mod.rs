//! A stand-in for Planhat, written from its documentation alone.

mod activity;
mod analytics;
mod answers;
mod bulk;
mod comment;
mod company;
mod conversation;
mod custom_field;
mod deal;
mod door;
mod enduser;
mod file;
mod issue;
mod legacy;
mod license;
mod limits;
mod list;
mod metric;
mod models;
mod nps;
mod order;
mod period;
mod permissions;
mod prose;
mod raw;
mod record;
mod revenue;
mod sample;
mod state;
mod switches;
mod table;
mod task;
#[cfg(test)]
mod tests;
mod ticket;
mod time;
mod user;
mod work;
mod write;

use std::io::{self, BufRead, Write};

use model::{Fault, Timestamp};
use serde_json::json;

use self::{limits::Limits, models::of_table, record::text_of, state::State, switches::Switches};
use crate::{Answer, Sample, Twin, TwinOptions, kit::Request};

pub(super) use self::switches::SETTINGS;

/// An empty twin.
pub(super) fn open(options: &TwinOptions) -> Result<Box<dyn Twin>, Fault> {
    Ok(Box::new(PlanhatTwin::new(options)?))
}

/// A workspace, and who may touch it.
struct PlanhatTwin {
    token: Option<String>,
    switches: Switches,
    state: State,
    limits: Limits,
}

impl PlanhatTwin {
    fn new(options: &TwinOptions) -> Result<Self, Fault> {
        let switches = Switches::parse(options)?;
        Ok(Self {
            token: options.token.clone(),
            state: State::new(&switches.types, switches.exact_email),
            switches,
            limits: Limits::default(),
        })
    }
}

impl Twin for PlanhatTwin {
    fn answer(&mut self, request: &Request, now: Timestamp) -> Answer {
        self.state.take_changed();
        let rate = match analytics::is_for(request, &self.switches) {
            true => None,
            false => self.limits.take(&self.switches, now),
        };
        let mut response = match &rate {
            Some(rate) if rate.wait_seconds.is_some() => limits::refused(&self.switches),
            _ => door::answer(
                &mut self.state,
                &self.switches,
                self.token.as_deref(),
                request,
                now,
            ),
        };
        if let Some(rate) = rate {
            response = rate.on(response);
        }
        Answer {
            response,
            changed: self.state.take_changed(),
        }
    }

    fn objects(&self) -> Vec<&'static str> {
        door::objects(&self.switches)
    }

    fn dump<'a>(&'a self, object: &str) -> Option<Box<dyn Iterator<Item = String> + 'a>> {
        if object == "conversationtype" {
            let types = self.state.types().iter();
            return Some(Box::new(types.map(|name| json!({ "name": name }).to_string())));
        }
        let model = of_table(object).filter(|model| self.objects().contains(&model.name))?;
        Some(Box::new(self.state.table(model.table).texts().map(str::to_owned)))
    }

    fn fill(&mut self, sample: &Sample, now: Timestamp) -> Result<usize, Fault> {
        self.state.reseed(sample.seed);
        let mut count = 0;
        for (kind, mut record) in sample::records(sample, sample::today(), now) {
            let table = match kind {
                sample::Model::Company => "company",
                sample::Model::EndUser => "enduser",
                sample::Model::User => "user",
                sample::Model::Conversation => "conversation",
                sample::Model::CustomField => "customfield",
                sample::Model::Of(table) => table,
                sample::Model::ConversationType => {
                    self.state.add_type(&text_of(&record, "name").unwrap_or_default());
                    count += 1;
                    continue;
                }
            };
            if kind == sample::Model::Conversation {
                conversation::derive(&self.state, &mut record);
            }
            let (Some(model), Some(id)) = (of_table(table), text_of(&record, "_id")) else {
                continue;
            };
            self.state.put(model, &id, &record);
            count += 1;
        }
        Ok(count)
    }

    fn save(&self, out: &mut dyn Write) -> io::Result<()> {
        self.state.save(out)
    }

    fn load(&mut self, input: &mut dyn BufRead) -> io::Result<()> {
        self.state = State::load(input, self.switches.exact_email)?;
        for name in &self.switches.types {
            self.state.add_type(name);
        }
        Ok(())
    }
}
