//! Two twins, what lies between them, and the process that keeps them alike.

use std::{
    collections::BTreeMap,
    error::Error,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use connectors::{Outlet, Session, Settings, kit::TwinWire};
use engine::{Scope, Unwatched, Work};
use model::{
    Action, Clock, ConnectionId, Destination, Direction, Fault, FaultKind, Import, ImportId, Intents,
    Problem, Recipe, Report, RunId, Secret, Value,
};
use store::{Connection, Store};
use tempfile::TempDir;

use crate::{
    clock::{Ended, OurClock, SimClock, at_once, drive},
    costly::Costly,
    counts::{Befell, Counts},
    death::Death,
    dice::Dice,
    disk::{Disk, Ground, Room},
    history::Story,
    mischief::{Behind, Mischief},
    network::{Air, SimWire},
    people::{People, TOKEN},
};

#[cfg(test)]
mod foretold;
mod twins;

pub use twins::Twins;

const LEFT: &str = "left";
const RIGHT: &str = "right";

/// What the simulation itself stumbles over: no finding about the program, a fault of the simulation.
pub type Stumble = Box<dyn Error + Send + Sync>;

/// One simulated world.
pub struct World<'a> {
    pub(crate) ground: &'a Ground,
    folder: TempDir,
    /// Time.
    pub clock: Arc<SimClock>,
    /// Time, as our machine has it.
    pub ours: Arc<OurClock>,
    /// What befell.
    pub counts: Arc<Counts>,
    /// When the process dies.
    pub death: Arc<Death>,
    /// Those who edit.
    pub people: Arc<Mutex<People>>,
    /// The twins, without anything in between.
    pub twins: Twins,
    /// How much room the disk has.
    pub room: Room,
    /// The import.
    pub import: Import,
    /// Which sides the runs write.
    pub direction: Direction,
    /// Whether some runs write the left side.
    pub goes_back: bool,
    /// How many times as much as it does a whole reading seems to cost.
    pub costly: u64,
    /// What the runs take up.
    pub scope: Scope,
    /// Left fields of which some run's report said that they are not moved, and why.
    pub not_moved: BTreeMap<String, String>,
    left: Arc<SimWire>,
    right: Arc<SimWire>,
    air: Arc<Air>,
    mischief: Mischief,
    store: Option<Store>,
    runs: u64,
}

fn lacking(what: &str) -> Fault {
    Fault::new(FaultKind::Settings, format!("looking for {what}"))
}

/// A moment of a world.
pub struct Saved {
    twins: (Vec<u8>, Vec<u8>),
    folder: TempDir,
    passed: Duration,
    import: Import,
    direction: Direction,
    scope: Scope,
    runs: u64,
}

/// Both sides, opened.
pub(crate) type Sessions = (Box<dyn Session>, Box<dyn Session>);

/// What came of a run.
pub enum Came {
    /// It came to its end.
    Report(Box<Report>),
    /// It stopped.
    Stopped(Fault),
    /// It was killed.
    Killed,
    /// It waited for ever.
    Stuck,
}

impl<'a> World<'a> {
    /// A world in which nothing has happened: an import that never ran, between empty twins.
    pub fn new(ground: &'a Ground, story: Story, chosen: &[(&str, Value)]) -> Result<Self, Stumble> {
        let mut world = Self::bare(ground, story, ground.folder()?)?;
        let chosen = chosen
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()));
        world.import.options.extend(chosen);
        world.create()?;
        Ok(world)
    }

    /// This world at this moment, to begin again from.
    pub fn saved(&mut self) -> Result<Saved, Stumble> {
        self.end_process();
        Ok(Saved {
            twins: self.twins.saved()?,
            folder: self.ground.fork(self.folder.path())?,
            passed: self.clock.passed(),
            import: self.import.clone(),
            direction: self.direction,
            scope: self.scope.clone(),
            runs: self.runs,
        })
    }

    /// A world that goes on from a moment of another.
    pub fn restored(ground: &'a Ground, story: Story, saved: &Saved) -> Result<Self, Stumble> {
        let mut world = Self::bare(ground, story, ground.fork(saved.folder.path())?)?;
        world.clock.pass(saved.passed);
        world.twins.load(&saved.twins)?;
        world.import = saved.import.clone();
        world.direction = saved.direction;
        world.scope = saved.scope.clone();
        world.runs = saved.runs;
        Ok(world)
    }

    fn bare(ground: &'a Ground, story: Story, folder: TempDir) -> Result<Self, Stumble> {
        let clock = Arc::new(SimClock::new());
        let counts = Arc::new(Counts::default());
        let death = Arc::new(Death::default());
        let twins = Twins::new(&clock, story)?;
        let people = People::new(
            twins.clone(),
            Arc::clone(&clock),
            Arc::clone(&counts),
            Dice::of(story.seed, "people"),
        );
        let people = Arc::new(Mutex::new(people));
        let ours = Arc::new(OurClock::new(Arc::clone(&clock)));
        let air = Arc::new(Air {
            clock: Arc::clone(&clock),
            ours: Arc::clone(&ours),
            death: Arc::clone(&death),
            counts: Arc::clone(&counts),
            people: Arc::clone(&people),
            told: story.told,
            sent: Mutex::default(),
        });
        let wire = |end: &Arc<TwinWire>, matter| {
            Arc::new(SimWire::new(
                Arc::clone(end),
                Arc::clone(&air),
                Dice::of(story.seed, matter),
            ))
        };
        Ok(Self {
            folder,
            left: wire(&twins.left, LEFT),
            right: wire(&twins.right, RIGHT),
            import: import(story, clock.now())?,
            direction: Direction::Forward,
            goes_back: false,
            not_moved: BTreeMap::new(),
            costly: 1,
            scope: Scope::default(),
            ours,
            ground,
            clock,
            counts,
            death,
            people,
            twins,
            room: Room::default(),
            air,
            mischief: Mischief::new(story.defect),
            store: None,
            runs: 0,
        })
    }

    /// Makes the connections and the import, as a user does.
    fn create(&mut self) -> Result<(), Stumble> {
        let right = self.session(RIGHT)?;
        let destination = right.destination().ok_or_else(|| lacking("a destination"))?;
        for (name, text) in [
            ("part", "PROD-1"),
            ("fallback_person", "without-owner@interline.invalid"),
        ] {
            let value: Value = self.by_itself(destination.option(name, text))?;
            self.import.options.insert(name.to_owned(), value);
        }
        let store = self.opened()?;
        let _entered = self.ground.enter();
        for (id, connector) in [(LEFT, self.twins.vendor), (RIGHT, "devrev")] {
            let connection = Connection {
                id: id.into(),
                connector: connector.into(),
                settings: BTreeMap::new(),
                created_at: self.clock.now(),
            };
            at_once(store.add_connection(&connection, None))?;
        }
        at_once(store.add_import(&self.import))?;
        Ok(())
    }

    /// Does what nobody disturbs.
    fn by_itself<T>(&self, doing: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
        self.death.begin(None);
        match drive(&self.clock, &self.death, self.ground, doing) {
            Ended::ByItself(result) => result,
            Ended::Killed | Ended::Stuck => Err(lacking("an end")),
        }
    }

    /// Opens the store, if it is not open.
    pub(crate) fn opened(&mut self) -> Result<Store, Stumble> {
        if self.store.is_none() {
            self.store = Some(
                self.ground
                    .store(self.folder.path(), Arc::<OurClock>::clone(&self.ours))?,
            );
        }
        self.store.clone().ok_or_else(|| lacking("the store").into())
    }

    /// The recipe archives what is gone by a text, where it is to be archived.
    pub fn archive_some(&mut self) {
        for (pairing, field) in [("company", "tnt__ph_city"), ("license", "tnt__ph_product")] {
            let of = self.import.recipe.pairings.iter_mut();
            for pairing in of.filter(|one| one.id.as_str() == pairing) {
                pairing.archive.insert(field.into(), Value::text("archived"));
            }
        }
    }

    /// Lets go of everything that a process has in its memory.
    pub fn end_process(&mut self) {
        self.mischief.forget();
        let _entered = self.ground.enter();
        if let Some(store) = self.store.take() {
            at_once(store.close());
        }
    }

    /// From now on so much goes wrong: faults of ten thousand requests, edits of a hundred pages, and our clock set before
    /// so many of ten thousand answers.
    pub fn disturb(&self, faults: usize, shifts: usize, jumps: usize) {
        self.left.disturb(faults, shifts, jumps);
        self.right.disturb(faults, shifts, jumps);
    }

    /// From now on so many of a hundred files of the left side cannot be had.
    pub fn expire(&self, of_a_hundred: usize) {
        self.left.expire(of_a_hundred);
    }

    /// Asks those who edit for something.
    pub fn with_people<T>(&self, ask: impl FnOnce(&mut People) -> T) -> T {
        ask(&mut self.people.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// One run in a process of its own, killed at that step.
    pub fn sync(&mut self, dies_at: Option<u64>) -> Result<Came, Stumble> {
        let run = self.next_run();
        let store = self.opened()?;
        let (left, right) = self.sessions()?;
        self.death.begin(dies_at);
        let task = async |work: &Work<'_>| engine::run(work).await;
        let ended = self.work(&run, &store, left.as_ref(), right.as_ref(), task)?;
        drop((left, right, store));
        if let Some(moment) = self.death.died() {
            self.counts.count(Befell::Killed(moment));
        }
        self.end_process();
        if !matches!(ended, Ended::ByItself(Ok(_))) {
            self.note_interrupted()?;
        }
        Ok(match ended {
            Ended::ByItself(Ok(report)) => {
                self.counts.count(Befell::Run);
                self.not_moved.extend(report.not_mapped.clone());
                Came::Report(Box::new(report))
            }
            Ended::ByItself(Err(fault)) => {
                self.counts.count(Befell::StoppedRun);
                Came::Stopped(fault)
            }
            Ended::Killed => Came::Killed,
            Ended::Stuck => Came::Stuck,
        })
    }

    pub(crate) fn next_run(&mut self) -> RunId {
        self.runs += 1;
        RunId::from(format!("run-{}", self.runs))
    }

    /// Both sides, opened.
    pub(crate) fn sessions(&self) -> Result<Sessions, Stumble> {
        Ok((self.session(LEFT)?, self.session(RIGHT)?))
    }

    /// What was being made when the process died: nobody knows what its pair would have agreed on.
    fn note_interrupted(&mut self) -> Result<(), Stumble> {
        let store = self.opened()?;
        let _entered = self.ground.enter();
        let unsettled = at_once(Intents::unsettled(&store, &self.import.id))?;
        let keys = unsettled.into_iter().filter_map(|change| match change.action {
            Action::Create { key } => Some(key.to_string()),
            Action::Update(_) | Action::Delete(_) => None,
        });
        self.with_people(|people| people.interrupted.extend(keys));
        Ok(())
    }

    /// Drives one task of the engine.
    pub(crate) fn work<T>(
        &self,
        run: &RunId,
        store: &Store,
        left: &dyn Session,
        right: &dyn Session,
        task: impl AsyncFnOnce(&Work<'_>) -> Result<T, Fault>,
    ) -> Result<Ended<Result<T, Fault>>, Stumble> {
        let times = self.costly;
        let source = left.source().ok_or_else(|| lacking("a source"))?;
        let right_source = right.source().ok_or_else(|| lacking("a source"))?;
        let source = Costly { inner: source, times };
        let right_source = Costly {
            inner: right_source,
            times,
        };
        let destination: &dyn Destination = right.destination().ok_or_else(|| lacking("a destination"))?;
        let behind = Behind {
            inner: destination,
            mischief: &self.mischief,
        };
        let disk = Disk {
            store,
            death: &self.death,
            counts: &self.counts,
            room: &self.room,
            mischief: &self.mischief,
            late_to: destination,
        };
        let work = Work {
            import: &self.import,
            run,
            left: &source,
            right_source: &right_source,
            right: &behind,
            left_writer: left.destination(),
            direction: self.direction,
            deletes_approved: false,
            left_unasked: false,
            scope: &self.scope,
            mirror: &disk,
            intents: &disk,
            files: &disk,
            scratch: self.folder.path(),
            clock: self.ours.as_ref(),
            progress: &Unwatched,
        };
        Ok(drive(&self.clock, &self.death, self.ground, task(&work)))
    }

    /// The open problems.
    pub fn problems(&mut self) -> Result<Vec<Problem>, Stumble> {
        let store = self.opened()?;
        let _entered = self.ground.enter();
        let import: ImportId = self.import.id.clone();
        Ok(at_once(Intents::problems(&store, &import, 100_000))?)
    }

    /// Everything that was sent so far, as one hash.
    pub fn sent(&self) -> String {
        let sent = self.air.sent.lock().unwrap_or_else(PoisonError::into_inner);
        sent.finalize().to_hex().to_string()
    }

    fn session(&self, id: &str) -> Result<Box<dyn Session>, Fault> {
        let (connector, wire, settings) = match id == LEFT {
            true if self.twins.vendor == "planhat" => {
                ("planhat", &self.left, vec![("subdomain", "app.planhat.com")])
            }
            true => (self.twins.vendor, &self.left, vec![]),
            false => ("devrev", &self.right, vec![]),
        };
        let connector = connectors::by_id(connector).ok_or_else(|| lacking(connector))?;
        let settings = settings
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let settings = Settings {
            values: settings.collect(),
            secret: Secret::new(TOKEN),
        };
        let clock: Arc<dyn Clock> = Arc::<OurClock>::clone(&self.ours);
        let outlet = Outlet {
            wire: Arc::<SimWire>::clone(wire),
            clock,
        };
        connector.open(&settings, outlet)
    }
}

fn import(story: Story, created_at: model::Timestamp) -> Result<Import, Stumble> {
    let recipe: Recipe =
        engine::recipe::parse(twins::recipe(story.mix)).map_err(|mistakes| format!("{mistakes:?}"))?;
    Ok(Import {
        id: "sim".into(),
        left: ConnectionId::from(LEFT),
        right: ConnectionId::from(RIGHT),
        recipe,
        options: BTreeMap::new(),
        created_at,
    })
}
