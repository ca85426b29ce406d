//! A small workspace that looks lived in: a few accounts, the people in them, a ticket here and there.

use model::{Fault, FaultKind, Timestamp};
use serde_json::{Value, json};

use super::{door, state::State};
use crate::{Sample, kit::Request};

const NAMES: &[&str] = &[
    "Ada", "Bashir", "Chiara", "Dmitri", "Eun-ji", "Femi", "Gita", "Håkon",
];
const SURNAMES: &[&str] = &[
    "Okafor",
    "Lindqvist",
    "Tanaka",
    "Moreau",
    "Haddad",
    "Novák",
    "Silva",
];
const TRADES: &[&str] = &["Foundry", "Logistics", "Robotics", "Dairy", "Optics", "Press"];

/// Fills a workspace through its own door.
pub(super) fn fill(state: &mut State, sample: &Sample, now: Timestamp) -> Result<usize, Fault> {
    let mut filling = Filling {
        state,
        now,
        chance: sample.seed,
        made: 0,
    };
    for place in 1..=sample.companies {
        filling.company(place)?;
    }
    Ok(filling.made)
}

struct Filling<'a> {
    state: &'a mut State,
    now: Timestamp,
    chance: u64,
    made: usize,
}

impl Filling<'_> {
    fn company(&mut self, place: usize) -> Result<(), Fault> {
        let name = format!("{} {} {place}", self.pick(SURNAMES), self.pick(TRADES));
        let domain = format!("company-{place}.example");
        let tier = self.pick(&["gold", "silver", "bronze"]);
        let account = self.make(
            "/accounts.create",
            &json!({"display_name": name, "domains": [domain], "tier": tier, "owned_by": ["DEVU-1"]}),
        )?;
        for person in 1..=3 {
            let name = format!("{} {}", self.pick(NAMES), self.pick(SURNAMES));
            let email = format!("person-{person}@{domain}");
            let contact = self.make(
                "/rev-users.create",
                &json!({"display_name": name, "email": email, "external_ref": email, "account": account}),
            )?;
            if person == 1 {
                let severity = self.pick(&["low", "medium", "high"]);
                self.make(
                    "/works.create",
                    &json!({
                        "type": "ticket", "title": "Cannot export the report", "body": "It stops **half way**.",
                        "applies_to_part": "PROD-1", "owned_by": ["DEVU-1"], "reported_by": [contact],
                        "account": account, "severity": severity,
                    }),
                )?;
            }
        }
        Ok(())
    }

    /// Creates one thing, and gives its id.
    fn make(&mut self, path: &str, body: &Value) -> Result<String, Fault> {
        let request = Request::new(http::Method::POST, path)
            .header(http::header::AUTHORIZATION, "sample")
            .json(body);
        let answer = door::answer(self.state, None, &request, self.now);
        let fault = || Fault::new(FaultKind::Unexpected, "filling the DevRev twin");
        let body: Value =
            serde_json::from_slice(&answer.response.body).map_err(|error| fault().because(error))?;
        let object = path.split_once('.').map_or("", |(object, _)| object);
        let envelope = match object {
            "/accounts" => "account",
            "/rev-users" => "rev_user",
            _ => "work",
        };
        let id = body
            .get(envelope)
            .and_then(|made| made.get("id"))
            .and_then(Value::as_str);
        let id = id.ok_or_else(|| fault().said(body.to_string()))?;
        self.made += 1;
        Ok(id.to_owned())
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        // SplitMix64: one line of chance, the same everywhere.
        self.chance = self.chance.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.chance;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let at = (mixed ^ (mixed >> 31)) % (from.len().max(1) as u64);
        usize::try_from(at)
            .ok()
            .and_then(|at| from.get(at))
            .copied()
            .unwrap_or("")
    }
}
