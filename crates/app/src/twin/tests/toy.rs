//! A twin of nobody: keeps texts, and reads them back.

use std::io::{self, BufRead, Write};

use connectors::{
    Answer, Card, Connector, Outlet, Sample, Session, Settings, Twin, TwinOptions,
    kit::{Request, Response},
};
use http::Method;
use model::{Fault, FaultKind, Timestamp};

pub(super) static TOY: Toy = Toy;

pub(super) struct Toy;

impl Connector for Toy {
    fn card(&self) -> Card {
        Card {
            id: "toy",
            title: "Toy",
            settings: &[],
            secret: "token",
            twin_settings: &[],
        }
    }

    fn base_url(&self, _settings: &Settings) -> Result<String, Fault> {
        Ok("http://127.0.0.1".to_owned())
    }

    fn open(&self, _settings: &Settings, _outlet: Outlet) -> Result<Box<dyn Session>, Fault> {
        Err(Fault::new(FaultKind::Settings, "opening a toy"))
    }

    fn twin(&self, options: &TwinOptions) -> Result<Box<dyn Twin>, Fault> {
        Ok(Box::new(Things {
            token: options.token.clone().unwrap_or_default(),
            loud: options.settings.contains_key("loud"),
            things: Vec::new(),
        }))
    }
}

struct Things {
    token: String,
    loud: bool,
    things: Vec<String>,
}

impl Twin for Things {
    fn answer(&mut self, request: &Request, _now: Timestamp) -> Answer {
        let known = format!("Bearer {}", self.token);
        let is_denied = request
            .header_text("authorization")
            .is_some_and(|given| given != known);
        let response = match &request.method {
            _ if is_denied => Response::text(401, "who?"),
            &Method::POST => {
                let text = String::from_utf8(request.body.to_vec()).unwrap();
                self.things
                    .push(if self.loud { text.to_uppercase() } else { text });
                Response::text(201, self.things.len().to_string())
            }
            _ => {
                let number = request
                    .path
                    .strip_prefix("/things/")
                    .and_then(|id| id.parse::<usize>().ok());
                match number.and_then(|number| self.things.get(number - 1)) {
                    Some(thing) => Response::text(200, thing.clone()),
                    None => Response::text(404, "no"),
                }
            }
        };
        Answer {
            changed: response.status == 201,
            response,
        }
    }

    fn objects(&self) -> Vec<&'static str> {
        vec!["thing"]
    }

    fn dump<'a>(&'a self, object: &str) -> Option<Box<dyn Iterator<Item = String> + 'a>> {
        (object == "thing").then(|| Box::new(self.things.iter().map(|thing| format!("{thing:?}"))) as _)
    }

    fn fill(&mut self, sample: &Sample, _now: Timestamp) -> Result<usize, Fault> {
        self.things
            .extend((0..sample.companies).map(|n| format!("sample-{n}")));
        Ok(sample.companies)
    }

    fn save(&self, out: &mut dyn Write) -> io::Result<()> {
        self.things.iter().try_for_each(|thing| writeln!(out, "{thing}"))
    }

    fn load(&mut self, input: &mut dyn BufRead) -> io::Result<()> {
        self.things = input.lines().collect::<io::Result<_>>()?;
        Ok(())
    }
}
