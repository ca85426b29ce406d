//! One step of a lane: reads a piece, brings it, keeps what came of it.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use model::{
    Acquaintance, Clock, ConnectionId, Deliveries, Event, EventKind, Fault, Journal, Lane, LaneId,
    ParcelKind, Position, Settling, Sink, SourceId,
};

use super::{
    fold::{MOST_IDS, aim_all, company_name, follow, hear},
    patience::after,
    piece::{Fate, Work},
    recipe::StreamRecipe,
};

/// So many held events are looked at in one step.
const RIPE_AT_ONCE: usize = 500;
/// Held events are read together with what lies so far behind the first of them.
const READ_AT_ONCE: u64 = 2_000;

/// Everything that deliveries to one destination need.
pub struct Stream<'a> {
    /// The destination.
    pub to: &'a ConnectionId,
    /// Where events are.
    pub journal: &'a dyn Journal,
    /// Where they go.
    pub sink: &'a dyn Sink,
    /// What is kept of it.
    pub store: &'a dyn Deliveries,
    /// Time.
    pub clock: &'a dyn Clock,
    /// The sources whose events go there, and how.
    pub recipes: &'a HashMap<SourceId, StreamRecipe>,
    /// So far the journal went before the sources were looked up: what came later may be of one that is not among them.
    pub end: Position,
}

/// What a step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Something was done; there may be more.
    Moved,
    /// Nothing is to be done before something comes.
    Idle,
    /// The destination is waited for.
    Waits(Duration),
    /// A person must let it go on.
    Stopped,
}

/// Some events that are brought together.
struct Piece {
    events: Vec<(Position, Event)>,
    /// Which of them may have arrived already.
    unsure: HashSet<Position>,
    /// Where the lane goes on; nothing for what was held.
    next: Option<Position>,
}

impl Stream<'_> {
    /// Does the next thing that is due on a lane. A fault is of our own disk: those of the destination are kept with the lane.
    pub async fn step(&self, lane: &Lane) -> Result<Step, Fault> {
        let now = self.clock.now();
        if lane.stopped {
            return Ok(Step::Stopped);
        }
        if let Some(failing) = &lane.failing
            && failing.next_at > now
        {
            return Ok(Step::Waits(failing.next_at.duration_since(now).unsigned_abs()));
        }
        let Some(piece) = self.next_piece(lane).await? else {
            return Ok(Step::Idle);
        };
        if piece.events.is_empty() {
            let settling = Settling {
                position: piece.next,
                ..Settling::default()
            };
            self.store.settle(&lane.id, &settling, now).await?;
            return Ok(Step::Moved);
        }
        match self.bring(lane, piece).await? {
            Ok(settling) => {
                self.store.settle(&lane.id, &settling, self.clock.now()).await?;
                if lane.failing.is_some() {
                    self.store.note_failing(&lane.id, None, false).await?;
                }
                Ok(Step::Moved)
            }
            Err(fault) => {
                let now = self.clock.now();
                let roll = now.as_microsecond().unsigned_abs();
                let (failing, stopped) = after(&fault, lane.failing.as_ref(), now, roll);
                self.store.note_failing(&lane.id, Some(&failing), stopped).await?;
                Ok(match stopped {
                    true => Step::Stopped,
                    false => Step::Waits(failing.next_at.duration_since(now).unsigned_abs()),
                })
            }
        }
    }

    /// What was held and waits no more comes first.
    async fn next_piece(&self, lane: &Lane) -> Result<Option<Piece>, Fault> {
        if lane.id.name.is_empty()
            && let Some(piece) = self.ripe(lane).await?
        {
            return Ok(Some(piece));
        }
        let end = lane.until.map_or(self.end, |until| until.min(self.end));
        if lane.position >= end {
            return Ok(None);
        }
        let most = self.sink.most(ParcelKind::Activity);
        let stretch = self.journal.read(lane.position, most).await?;
        let mut next = stretch.next;
        let is_ours = |event: &Event| {
            let is_it = lane.source.as_ref().is_none_or(|source| *source == event.source);
            is_it && self.recipes.contains_key(&event.source)
        };
        let mut events = Vec::new();
        for (position, event) in stretch.events {
            if position > end {
                break;
            }
            if !is_ours(&event) {
                continue;
            }
            // It comes alone: what was said before goes by the old id, and what follows by the new one.
            let is_alias = event.kind == EventKind::Alias;
            if is_alias && !events.is_empty() {
                next = Position(position.0 - 1);
                break;
            }
            events.push((position, event));
            if is_alias {
                next = position;
                break;
            }
        }
        next = next.min(end);
        let sending = lane.sending.unwrap_or_default();
        let unsure = events
            .iter()
            .map(|(position, _)| *position)
            .filter(|position| *position <= sending);
        Ok(Some(Piece {
            unsure: unsure.collect(),
            events,
            next: Some(next.max(Position(lane.position.0 + 1))),
        }))
    }

    async fn ripe(&self, lane: &Lane) -> Result<Option<Piece>, Fault> {
        let ripe = self.store.ripe(&lane.id.to, RIPE_AT_ONCE).await?;
        let mut piece = Piece {
            events: Vec::new(),
            unsure: HashSet::new(),
            next: None,
        };
        let mut lost = Settling::default();
        let places: Vec<Position> = ripe.iter().map(|(held, _)| held.position).collect();
        let mut found = self.found(&places).await?;
        for (held, was_sending) in ripe {
            let position = held.position;
            let Some(event) = found.remove(&position) else {
                // The disk has lost it, or nobody was meant to bring it for so long that the journal forgot it.
                lost.released.push(held.position);
                lost.counts.push((held.source, "unreadable".to_owned(), 1));
                continue;
            };
            if !self.recipes.contains_key(&event.source) {
                continue;
            }
            let is_alias = event.kind == EventKind::Alias;
            if is_alias && !piece.events.is_empty() {
                break;
            }
            if was_sending {
                piece.unsure.insert(position);
            }
            piece.events.push((position, event));
            if is_alias {
                break;
            }
        }
        if !lost.released.is_empty() {
            self.store.settle(&lane.id, &lost, self.clock.now()).await?;
        }
        Ok((!piece.events.is_empty()).then_some(piece))
    }

    /// The events at these places, which are in order; what lies close together is read at once.
    async fn found(&self, mut places: &[Position]) -> Result<HashMap<Position, Event>, Fault> {
        let mut found = HashMap::with_capacity(places.len());
        while let Some(first) = places.first() {
            let near = places.partition_point(|place| place.0 - first.0 < READ_AT_ONCE);
            let at_most = places.get(near - 1).map_or(1, |last| last.0 - first.0 + 1);
            let before = Position(first.0.saturating_sub(1));
            let at_most = usize::try_from(at_most).unwrap_or(usize::MAX);
            let stretch = self.journal.read(before, at_most).await?;
            let events = stretch.events.into_iter();
            found.extend(events.filter(|(place, _)| places.binary_search(place).is_ok()));
            // A stretch may end before, if it is of large events.
            let next = stretch.next.max(*first);
            places = places.split_at(places.partition_point(|place| *place <= next)).1;
        }
        Ok(found)
    }

    /// What is known of people, and of the ids that they have by now.
    async fn met_by_any_id(&self, mut ids: HashSet<String>) -> Result<HashMap<String, Acquaintance>, Fault> {
        let mut met = HashMap::new();
        for _ in 0..=MOST_IDS {
            let asked: Vec<String> = ids.drain().collect();
            let found = self.store.acquaintances(self.to, &asked).await?;
            ids.extend(found.values().filter_map(|one| one.became.clone()));
            met.extend(found);
            ids.retain(|id| !met.contains_key(id));
            if ids.is_empty() {
                break;
            }
        }
        Ok(met)
    }

    /// Brings a piece; the inner fault is the destination's.
    async fn bring(&self, lane: &Lane, piece: Piece) -> Result<Result<Settling, Fault>, Fault> {
        let now = self.clock.now();
        let mut heard = hear(piece.events, self.recipes);
        let people = heard.iter().filter_map(|one| one.who.clone());
        let mut met = self.met_by_any_id(people.collect()).await?;
        follow(&mut heard, &met);
        let mut known = met.clone();
        let all = aim_all(heard, &mut met);
        let aimed = || all.iter().map(|due| &due.aimed);
        let companies = aimed().filter_map(|aimed| aimed.company_of.as_deref().map(company_name));
        let before = aimed().filter_map(|aimed| aimed.rekey.as_ref().map(|(from, _)| from.clone()));
        let others: HashSet<String> = companies.chain(before).collect();
        let others: Vec<String> = others.into_iter().collect();
        for (name, one) in self.store.acquaintances(self.to, &others).await? {
            known.entry(name.clone()).or_insert_with(|| one.clone());
            met.entry(name).or_insert(one);
        }
        let mut work = Work {
            stream: self,
            lane,
            all: &all,
            met,
            fate: all
                .iter()
                .map(|due| due.aimed.nothing.map_or(Fate::Open, Fate::Nothing))
                .collect(),
            sending: None,
            now,
        };
        if let Err(fault) = work.companies().await {
            return Ok(Err(fault));
        }
        if let Err(fault) = work.people().await {
            return Ok(Err(fault));
        }
        if let Err(fault) = work.rekeys().await {
            return Ok(Err(fault));
        }
        if let Err(fault) = work.metrics().await {
            return Ok(Err(fault));
        }
        let done = match work.activities(&piece.unsure, piece.next.is_none()).await? {
            (done, None) => done,
            (0, Some(fault)) => return Ok(Err(fault)),
            (done, Some(fault)) => {
                tracing::warn!(error = %model::chain(&fault), "Some events of a piece were brought, and others not");
                done
            }
        };
        Ok(Ok(work.settling(done, piece.next, &known)))
    }
}

/// The lane that never ends, at its beginning.
pub fn first_lane(to: &ConnectionId, position: Position) -> Lane {
    Lane {
        id: LaneId {
            to: to.clone(),
            name: String::new(),
        },
        position,
        sending: None,
        source: None,
        until: None,
        failing: None,
        stopped: false,
    }
}
