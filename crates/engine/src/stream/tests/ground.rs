//! A destination, a journal, a clock and what is kept of deliveries, all in memory.

use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    sync::Mutex,
    time::Duration,
};

use async_trait::async_trait;
use model::{
    Acquaintance, Appended, Brought, Clock, ConnectionId, Deliveries, Event, Failing, Fault, FaultKind, Held,
    Journal, JournalStanding, Lane, LaneId, ParcelKind, Position, Settling, Sink, SourceId, Stretch,
    Timestamp,
};
use serde_json::{Map, Value as Json};

/// A destination, a journal, a clock and what is kept, all in memory.
#[derive(Default)]
pub(super) struct Ground {
    pub events: Vec<Event>,
    pub now: Mutex<Duration>,
    pub lanes: Mutex<Vec<Lane>>,
    pub held: Mutex<BTreeMap<u64, (Held, bool)>>,
    pub met: Mutex<HashMap<String, Acquaintance>>,
    pub counts: Mutex<BTreeMap<String, u64>>,
    /// What the next calls do; then all goes well.
    pub script: Mutex<VecDeque<Does>>,
    pub taken: Mutex<Vec<(ParcelKind, Map<String, Json>)>>,
    /// Whether nothing is said of people.
    pub silent: bool,
    /// Activities that are refused.
    pub poison: HashSet<&'static str>,
    /// Whether the process dies before it settles anything for the first time; and that it has.
    pub dies: Mutex<bool>,
    pub has_died: Mutex<Option<()>>,
}

#[derive(Clone, Copy)]
pub(super) enum Does {
    Well,
    /// Nobody listens.
    Down,
    /// It takes all, and its answer is lost.
    Loses,
    Throttles(u64),
    Denies,
}

#[async_trait]
impl Sink for Ground {
    async fn bring(&self, kind: ParcelKind, bodies: &[Map<String, Json>]) -> Result<Vec<Brought>, Fault> {
        let does = self.script.lock().unwrap().pop_front().unwrap_or(Does::Well);
        let fault = |kind| Err(Fault::new(kind, "bringing"));
        match does {
            Does::Down => return Err(Fault::new(FaultKind::Unreachable, "bringing").unsent()),
            Does::Throttles(seconds) => {
                return fault(FaultKind::Throttled {
                    wait: Some(Duration::from_secs(seconds)),
                });
            }
            Does::Denies => return fault(FaultKind::Denied),
            Does::Well | Does::Loses => {}
        }
        let is_poison = |body: &Map<String, Json>| {
            body.get("action")
                .and_then(Json::as_str)
                .is_some_and(|action| self.poison.contains(action))
        };
        if bodies.iter().any(is_poison) {
            return Err(Fault::new(FaultKind::Rejected, "bringing").said("no"));
        }
        let all = bodies.iter().cloned().map(|body| (kind, body));
        self.taken.lock().unwrap().extend(all);
        match does {
            Does::Loses => fault(FaultKind::Unreachable),
            _ if self.silent && kind == ParcelKind::Person => Ok(vec![Brought::Unheard; bodies.len()]),
            _ => Ok(vec![Brought::Taken; bodies.len()]),
        }
    }

    async fn make_fields(&self, _: ParcelKind, _: &[Map<String, Json>]) -> Result<(), Fault> {
        Ok(())
    }

    fn most(&self, _: ParcelKind) -> usize {
        10
    }
}

#[async_trait]
impl Journal for Ground {
    async fn append(&self, _: Vec<Event>) -> Result<Vec<Appended>, Fault> {
        Ok(Vec::new())
    }

    async fn read(&self, after: Position, at_most: usize) -> Result<Stretch, Fault> {
        let all = self.events.iter().enumerate();
        let some = all.map(|(at, event)| (Position(at as u64 + 1), event.clone()));
        let events: Vec<_> = some.filter(|(at, _)| *at > after).take(at_most).collect();
        let next = events.last().map_or(after, |(at, _)| *at);
        Ok(Stretch {
            events,
            next,
            missing: 0,
        })
    }

    fn end(&self) -> Position {
        Position(self.events.len() as u64)
    }

    async fn grown(&self, _: Position) {}

    async fn since(&self, _: Timestamp) -> Result<Position, Fault> {
        Ok(Position(0))
    }

    async fn forget(&self, _: Position, _: Timestamp) -> Result<usize, Fault> {
        Ok(0)
    }

    fn standing(&self) -> JournalStanding {
        JournalStanding::default()
    }
}

#[async_trait]
impl Clock for Ground {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH + *self.now.lock().unwrap()
    }

    async fn sleep(&self, time: Duration) {
        *self.now.lock().unwrap() += time;
    }
}

impl Ground {
    /// A person lets all that is held go.
    pub fn let_all_go(&self) {
        let mut held = self.held.lock().unwrap();
        held.values_mut()
            .for_each(|(held, _)| held.waits_for = "*".to_owned());
    }

    fn change(&self, id: &LaneId, change: impl FnOnce(&mut Lane)) {
        let mut lanes = self.lanes.lock().unwrap();
        if let Some(lane) = lanes.iter_mut().find(|lane| &lane.id == id) {
            change(lane);
        }
    }
}

#[async_trait]
impl Deliveries for Ground {
    async fn lanes(&self, _: &ConnectionId) -> Result<Vec<Lane>, Fault> {
        Ok(self.lanes.lock().unwrap().clone())
    }

    async fn open_lane(&self, lane: &Lane) -> Result<(), Fault> {
        self.lanes.lock().unwrap().push(lane.clone());
        Ok(())
    }

    async fn close_lane(&self, _: &LaneId) -> Result<(), Fault> {
        Ok(())
    }

    async fn begin_sending(&self, id: &LaneId, to: Option<Position>) -> Result<(), Fault> {
        self.change(id, |lane| lane.sending = to);
        Ok(())
    }

    async fn begin_sending_held(&self, _: &ConnectionId, held: &[Position]) -> Result<(), Fault> {
        for (at, one) in self.held.lock().unwrap().iter_mut() {
            one.1 = held.contains(&Position(*at));
        }
        Ok(())
    }

    async fn settle(&self, id: &LaneId, settling: &Settling, _: Timestamp) -> Result<(), Fault> {
        if std::mem::take(&mut *self.dies.lock().unwrap()) {
            *self.has_died.lock().unwrap() = Some(());
            return Err(Fault::new(FaultKind::Unexpected, "dying"));
        }
        if let Some(position) = settling.position {
            self.change(id, |lane| {
                (lane.position, lane.sending) = (position, settling.sending)
            });
        }
        let mut held = self.held.lock().unwrap();
        held.retain(|at, _| !settling.released.contains(&Position(*at)));
        held.extend(
            settling
                .held
                .iter()
                .map(|one| (one.position.0, (one.clone(), false))),
        );
        self.met.lock().unwrap().extend(settling.met.clone());
        for (_, what, events) in &settling.counts {
            *self.counts.lock().unwrap().entry(what.clone()).or_default() += events;
        }
        Ok(())
    }

    async fn note_failing(&self, id: &LaneId, failing: Option<&Failing>, stopped: bool) -> Result<(), Fault> {
        self.change(id, |lane| {
            (lane.failing, lane.stopped) = (failing.cloned(), stopped)
        });
        Ok(())
    }

    async fn acquaintances(
        &self,
        _: &ConnectionId,
        names: &[String],
    ) -> Result<HashMap<String, Acquaintance>, Fault> {
        let met = self.met.lock().unwrap();
        Ok(names
            .iter()
            .filter_map(|name| Some((name.clone(), met.get(name)?.clone())))
            .collect())
    }

    async fn ripe(&self, _: &ConnectionId, _: usize) -> Result<Vec<(Held, bool)>, Fault> {
        let met = self.met.lock().unwrap();
        let is_met = |name: &str| met.get(name).is_some_and(|one| one.is_there == Some(true));
        let became = |name: &str| met.get(name).and_then(|one| one.became.clone());
        let is_there = |name: &str| is_met(name) || became(name).is_some_and(|now| is_met(&now));
        let held = self.held.lock().unwrap();
        Ok(held
            .values()
            .filter(|(held, _)| held.waits_for == "*" || is_there(&held.waits_for))
            .cloned()
            .collect())
    }

    async fn expire(&self, _: &ConnectionId, _: Timestamp) -> Result<Vec<(SourceId, u64)>, Fault> {
        Ok(Vec::new())
    }
}
