//! A piece of a lane while it is brought: companies, then people, then what they did.

use std::collections::{BTreeMap, HashMap, HashSet};

use model::{
    Acquaintance, Brought, Fault, FaultKind, Held, Lane, ParcelKind, Position, Settling, SourceId, Timestamp,
};
use serde_json::{Map, Value as Json};

use super::{
    Stream,
    fold::{Due, Folded, company_name, fold},
    patience::is_uncertain,
    recipe::{Uncertain, Unknown},
};

/// What became of an event.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Fate {
    Open,
    Nothing(&'static str),
    Delivered,
    Resent,
    Held {
        reason: &'static str,
        words: String,
        waits_for: String,
    },
}

/// A piece while it is brought.
pub(super) struct Work<'a> {
    pub stream: &'a Stream<'a>,
    pub lane: &'a Lane,
    pub all: &'a [Due],
    pub met: HashMap<String, Acquaintance>,
    pub fate: Vec<Fate>,
    /// What may have arrived or not by now.
    pub sending: Option<Position>,
    pub now: Timestamp,
}

impl Work<'_> {
    fn hold(&mut self, at: usize, reason: &'static str, words: &str, waits_for: String) {
        if let Some(fate) = self.fate.get_mut(at)
            && *fate == Fate::Open
        {
            *fate = Fate::Held {
                reason,
                words: words.to_owned(),
                waits_for,
            };
        }
    }

    fn is_there(&self, name: &str) -> Option<bool> {
        self.met.get(name).and_then(|one| one.is_there)
    }

    fn note(&mut self, name: &str, is_there: bool) {
        self.met.entry(name.to_owned()).or_default().is_there = Some(is_there);
    }

    pub async fn companies(&mut self) -> Result<(), Fault> {
        let folded = fold(self.all, |aimed| {
            Some((aimed.company_of.as_deref()?, aimed.company.as_ref()?))
        });
        let brought = self.records(ParcelKind::Company, &folded).await?;
        for ((id, one), brought) in folded.iter().zip(brought) {
            let name = company_name(id);
            match brought {
                Brought::Taken => self.note(&name, true),
                // What was there and is as it was may not be told of.
                Brought::Unheard if one.body.contains_key("name") || self.is_there(&name) == Some(true) => {
                    self.note(&name, true);
                }
                Brought::Refused(_) | Brought::Unheard
                    if !one.body.contains_key("name") && self.is_there(&name) != Some(true) =>
                {
                    self.note(&name, false);
                    for at in &one.of {
                        self.hold(*at, "unknown_company", "", name.clone());
                    }
                }
                refused => {
                    for at in &one.of {
                        self.hold(*at, "refused", words(&refused), String::new());
                    }
                }
            }
        }
        Ok(())
    }

    pub async fn people(&mut self) -> Result<(), Fault> {
        let folded = fold(self.all, |aimed| {
            Some((aimed.who.as_deref()?, aimed.person.as_ref()?))
        });
        let (mut due, mut waits) = (BTreeMap::new(), Vec::new());
        for (who, one) in folded {
            let company = company_of(&one).map(|id| company_name(&id));
            match company.filter(|company| self.is_there(company) == Some(false)) {
                Some(company) => waits.push((who, one, company)),
                None => drop(due.insert(who, one)),
            }
        }
        for (who, one, company) in waits {
            if self.is_there(who) != Some(true) {
                self.note(who, false);
            }
            for at in one.of {
                self.hold(at, "unknown_company", "", company.clone());
            }
        }
        let brought = self.records(ParcelKind::Person, &due).await?;
        for ((who, one), brought) in due.iter().zip(brought) {
            if brought == Brought::Taken {
                self.note(who, true);
                continue;
            }
            let was_there = self.is_there(who) == Some(true);
            let company = company_of(one).map(|id| company_name(&id));
            let is_placed = company
                .as_ref()
                .is_some_and(|name| self.is_there(name) == Some(true));
            // Left out without a word is only who has no company there.
            if brought == Brought::Unheard && (was_there || is_placed) {
                self.note(who, true);
                continue;
            }
            let (reason, waits_for) = match company {
                None if !was_there => ("no_company", (*who).to_owned()),
                Some(company) if self.is_there(&company) != Some(true) => ("unknown_company", company),
                _ => ("refused", String::new()),
            };
            if !was_there {
                self.note(who, false);
            }
            for at in &one.of {
                self.hold(*at, reason, words(&brought), waits_for.clone());
            }
        }
        Ok(())
    }

    pub async fn rekeys(&mut self) -> Result<(), Fault> {
        for at in 0..self.all.len() {
            let Some((from, to)) = self.all.get(at).and_then(|due| due.aimed.rekey.clone()) else {
                continue;
            };
            let mut body = Map::new();
            body.insert("from".to_owned(), from.as_str().into());
            body.insert("to".to_owned(), to.as_str().into());
            let brought = self.stream.sink.bring(ParcelKind::Rekey, &[body]).await?;
            match brought.into_iter().next() {
                Some(Brought::Taken) => {
                    self.note_alias(&from, &to);
                    self.note(&to, true);
                }
                // Nobody has that id there: nothing is to be done, but who is called so later is the same.
                Some(Brought::Unheard) | None => self.note_alias(&from, &to),
                Some(refused) => self.hold(at, "conflict", words(&refused), String::new()),
            }
        }
        Ok(())
    }

    /// From now on what is said of `from` is of `to`, who is what `from` was.
    fn note_alias(&mut self, from: &str, to: &str) {
        let before = self.met.remove(from).unwrap_or_default();
        let now = self.met.entry(to.to_owned()).or_default();
        now.company = now.company.take().or(before.company);
        now.became = None;
        let gone = Acquaintance {
            became: Some(to.to_owned()),
            ..Acquaintance::default()
        };
        self.met.insert(from.to_owned(), gone);
    }

    pub async fn metrics(&mut self) -> Result<(), Fault> {
        let all = self.all;
        let bodies: Vec<(usize, Map<String, Json>)> = all
            .iter()
            .enumerate()
            .flat_map(|(at, due)| due.aimed.metrics.iter().map(move |body| (at, body.clone())))
            .filter(|(at, _)| self.fate.get(*at) == Some(&Fate::Open))
            .collect();
        let (ats, bodies): (Vec<usize>, Vec<Map<String, Json>>) = bodies.into_iter().unzip();
        let brought = whole(self.bring(ParcelKind::Metric, &bodies).await)?;
        for (at, brought) in ats.into_iter().zip(brought) {
            if let Brought::Refused(words) = brought {
                self.hold(at, "refused", &words, String::new());
            }
        }
        Ok(())
    }

    /// Brings what people did. So many events from the beginning are done with, all unless there is a fault; the outer fault is
    /// our own disk's.
    pub async fn activities(
        &mut self,
        unsure: &HashSet<Position>,
        was_held: bool,
    ) -> Result<(usize, Option<Fault>), Fault> {
        let due = self.due(unsure);
        if due.is_empty() {
            return Ok((self.all.len(), None));
        }
        let sends = due.iter().filter_map(|one| Some(self.all.get(one.at)?.position));
        let sends: Vec<Position> = sends.collect();
        self.note_sending(&sends, unsure, was_held).await?;
        let Err((first, fault)) = self.send(due, unsure).await else {
            return Ok((self.all.len(), None));
        };
        // A clear no does not make certain what was not before.
        self.sending = unsure.iter().max().copied();
        match is_uncertain(&fault) {
            true => self.sending = self.sending.max(sends.last().copied()),
            false => {
                let kept_back = self.all.get(first).map(|due| due.position);
                let brought = sends.into_iter().filter(|position| Some(*position) < kept_back);
                self.note_sending(&brought.collect::<Vec<_>>(), unsure, was_held)
                    .await?;
            }
        }
        // What was brought before stands, of what was held too: sent again it would be there twice.
        Ok((first, Some(fault)))
    }

    /// Notes on disk that these may have arrived, besides what was unsure before.
    async fn note_sending(
        &self,
        sends: &[Position],
        unsure: &HashSet<Position>,
        was_held: bool,
    ) -> Result<(), Fault> {
        let store = self.stream.store;
        let all = sends.iter().chain(unsure).copied();
        match was_held {
            true => {
                let held: Vec<Position> = all.collect();
                store.begin_sending_held(self.stream.to, &held).await
            }
            false => store.begin_sending(&self.lane.id, all.max()).await,
        }
    }

    /// What is to be sent that counts twice if it is sent twice; what must wait is held.
    fn due(&mut self, unsure: &HashSet<Position>) -> Vec<Sent> {
        let (mut due, all) = (Vec::new(), self.all);
        for (at, one) in all.iter().enumerate() {
            let (kind, body) = match (&one.aimed.activity, &one.aimed.whole) {
                (Some(body), _) => (ParcelKind::Activity, body),
                (None, Some(body)) => (ParcelKind::Whole, body),
                (None, None) => continue,
            };
            let recipe = self.stream.recipes.get(&one.event.source);
            let holds = recipe.is_some_and(|recipe| recipe.uncertain == Uncertain::Hold);
            if unsure.contains(&one.position) && holds {
                self.hold(at, "uncertain", "", String::new());
                continue;
            }
            let who = one.aimed.who.as_deref().unwrap_or_default();
            let is_named = body.contains_key("companyExternalId") || kind == ParcelKind::Whole;
            let may_send = recipe.is_some_and(|recipe| recipe.unknown_people == Unknown::Send);
            match self.is_there(who) {
                Some(false) => self.hold(at, "behind", "", who.to_owned()),
                None if !is_named && !may_send => self.hold(at, "unknown_person", "", who.to_owned()),
                _ => due.push(Sent {
                    at,
                    kind,
                    body: body.clone(),
                }),
            }
        }
        due
    }

    /// Sends it. The fault that ended it, and the first event that it kept back.
    async fn send(&mut self, due: Vec<Sent>, unsure: &HashSet<Position>) -> Result<(), (usize, Fault)> {
        for same in due.chunk_by(|one, next| one.kind == next.kind) {
            let Some(kind) = same.first().map(|first| first.kind) else {
                continue;
            };
            let bodies: Vec<Map<String, Json>> = same.iter().map(|one| one.body.clone()).collect();
            let (brought, fault) = self.bring(kind, &bodies).await;
            let kept_back = same.get(brought.len()).map(|one| one.at);
            for (one, brought) in same.iter().zip(&brought) {
                self.became(one.at, brought, unsure);
            }
            if let (Some(at), Some(fault)) = (kept_back, fault) {
                return Err((at, fault));
            }
        }
        Ok(())
    }

    /// Brings parcels of one kind, a call at a time. What came of the first of them, and the fault that kept the others back. Where
    /// a whole call is refused, one of it is to blame, and nothing was taken: it is found by halves.
    async fn bring(&self, kind: ParcelKind, bodies: &[Map<String, Json>]) -> (Vec<Brought>, Option<Fault>) {
        let sink = self.stream.sink;
        let mut brought = Vec::with_capacity(bodies.len());
        let mut pieces: Vec<&[Map<String, Json>]> = bodies.chunks(sink.most(kind).max(1)).rev().collect();
        while let Some(piece) = pieces.pop() {
            match sink.bring(kind, piece).await {
                Ok(some) => brought.extend(some),
                Err(fault) if fault.kind() == FaultKind::Rejected && piece.len() > 1 => {
                    let (now, later) = piece.split_at(piece.len() / 2);
                    pieces.extend([later, now]);
                }
                Err(fault) if fault.kind() == FaultKind::Rejected => {
                    brought.push(Brought::Refused(fault.words().unwrap_or_default().to_owned()));
                }
                Err(fault) => return (brought, Some(fault)),
            }
        }
        (brought, None)
    }

    fn became(&mut self, at: usize, brought: &Brought, unsure: &HashSet<Position>) {
        if let Brought::Refused(words) = brought {
            return self.hold(at, "refused", words, String::new());
        }
        let was_unsure = self.all.get(at).is_some_and(|due| unsure.contains(&due.position));
        if let Some(fate) = self.fate.get_mut(at)
            && *fate == Fate::Open
        {
            *fate = if was_unsure { Fate::Resent } else { Fate::Delivered };
        }
    }

    /// Brings records of one kind.
    async fn records(
        &self,
        kind: ParcelKind,
        folded: &BTreeMap<&str, Folded>,
    ) -> Result<Vec<Brought>, Fault> {
        let bodies: Vec<Map<String, Json>> = folded.values().map(|one| one.body.clone()).collect();
        if bodies.is_empty() {
            return Ok(Vec::new());
        }
        self.stream.sink.make_fields(kind, &bodies).await?;
        whole(self.bring(kind, &bodies).await)
    }

    /// What so many events from the beginning came to.
    pub fn settling(
        &self,
        done: usize,
        next: Option<Position>,
        known: &HashMap<String, Acquaintance>,
    ) -> Settling {
        let is_whole = done >= self.all.len();
        let mut settling = Settling {
            position: match (next, done.checked_sub(1).and_then(|last| self.all.get(last))) {
                (None, _) => None,
                (Some(next), _) if is_whole => Some(next),
                (Some(_), last) => last.map(|due| due.position),
            },
            sending: self.sending,
            ..Settling::default()
        };
        let mut counts: BTreeMap<(SourceId, &str), u64> = BTreeMap::new();
        for (due, fate) in self.all.iter().zip(&self.fate).take(done) {
            let what = match fate {
                Fate::Open | Fate::Delivered => "delivered",
                Fate::Resent => "resent",
                Fate::Nothing(why) => why,
                Fate::Held {
                    reason,
                    words,
                    waits_for,
                } => {
                    settling.held.push(Held {
                        position: due.position,
                        source: due.event.source.clone(),
                        message_id: due.event.message_id.clone(),
                        reason: (*reason).to_owned(),
                        words: words.clone(),
                        waits_for: waits_for.clone(),
                        held_at: self.now,
                    });
                    "held"
                }
            };
            if next.is_none() && what != "held" {
                settling.released.push(due.position);
            }
            *counts.entry((due.event.source.clone(), what)).or_default() += 1;
        }
        let new = self
            .met
            .iter()
            .filter(|(name, one)| known.get(*name) != Some(one));
        settling.met = new.map(|(name, one)| (name.clone(), one.clone())).collect();
        let counts = counts.into_iter();
        settling.counts = counts
            .map(|((source, what), events)| (source, what.to_owned(), events))
            .collect();
        settling
    }
}

/// All of it, or the fault.
fn whole((brought, fault): (Vec<Brought>, Option<Fault>)) -> Result<Vec<Brought>, Fault> {
    fault.map_or(Ok(brought), Err)
}

fn words(brought: &Brought) -> &str {
    match brought {
        Brought::Refused(words) => words,
        Brought::Taken | Brought::Unheard => "",
    }
}

/// The company that a person's record names.
fn company_of(one: &Folded) -> Option<String> {
    let company = one.body.get("companyId")?.as_str()?;
    company.strip_prefix("extid-").map(str::to_owned)
}

/// What is sent, and which event of its piece it comes from.
struct Sent {
    at: usize,
    kind: ParcelKind,
    body: Map<String, Json>,
}
