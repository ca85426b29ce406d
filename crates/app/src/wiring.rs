//! Joins the rooms; the only file that names them all.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use connectors::{
    Connector, Outlet, Session, Settings, TwinOptions, Wire,
    kit::{Budget, HttpWire, TwinWire, WireLimits},
};
use engine::{Progress, Scope, Unmade, Unmaking, Work, recipe::Known};
use model::{
    Clock, ConnectionId, ConnectorId, Destination, Direction, Fault, FaultKind, Import, ImportId, Intents,
    Problem, Recipe, Report, Run, RunId, RunState, Secret, Source, Trigger,
};
use serde::Serialize;
use store::{Connection, Store};

use crate::{
    alone::{Alone, Watch},
    clock::RealClock,
    config::StateArgs,
    failure::Failure,
    watched::{WatchedProgress, WatchedWire},
};

mod events;
mod look;
mod plan;
mod undo;

pub use look::{Answer, Answered};
pub use plan::PlanDocument;
pub use undo::TakenBack;

/// The setting of every connector that names another address than the vendor's own.
pub const BASE_URL: &str = "base_url";

/// Memory and time, joined.
pub struct Rooms {
    /// Memory.
    pub store: Store,
    /// Time.
    pub clock: Arc<dyn Clock>,
    folder: PathBuf,
    /// What connections may be asked, each by all its runs together.
    budgets: Mutex<BTreeMap<ConnectionId, Arc<Budget>>>,
}

impl Rooms {
    /// Opens the state; makes it if there is none.
    pub async fn open(state: &StateArgs) -> Result<Self, Failure> {
        let clock: Arc<dyn Clock> = Arc::new(RealClock);
        let key = state.vault_key()?;
        let store = Store::open(&state.database_url()?, &key, Arc::clone(&clock)).await?;
        Ok(Self {
            store,
            clock,
            folder: state.data.clone(),
            budgets: Mutex::default(),
        })
    }

    /// Opens a connection as it is kept; sends nothing.
    pub async fn open_session(&self, id: &ConnectionId) -> Result<Box<dyn Session>, Failure> {
        self.open_session_by(id, None).await
    }

    /// The same for a run, which sends nothing once it lost its lease.
    async fn open_session_by(
        &self,
        id: &ConnectionId,
        watch: Option<&Arc<Watch>>,
    ) -> Result<Box<dyn Session>, Failure> {
        let connection = self.store.connection(id).await?;
        self.connect(&connection, self.secret(id).await?, watch)
    }

    /// The token of a connection.
    pub async fn secret(&self, id: &ConnectionId) -> Result<Secret, Failure> {
        self.store.secret(id).await?.ok_or_else(|| {
            Failure::usage(format!("Connection `{id}` has no token")).hint(format!(
                "interline connection change {id} --secret-env VARIABLE gives it one"
            ))
        })
    }

    /// Opens a connection that need not be kept yet; sends nothing.
    pub fn session(&self, connection: &Connection, secret: Secret) -> Result<Box<dyn Session>, Failure> {
        self.connect(connection, secret, None)
    }

    fn connect(
        &self,
        connection: &Connection,
        secret: Secret,
        watch: Option<&Arc<Watch>>,
    ) -> Result<Box<dyn Session>, Failure> {
        let connector = connector(&connection.connector)?;
        let settings = Settings {
            values: connection.settings.clone(),
            secret,
        };
        let base_url = connector.base_url(&settings)?;
        let wire: Arc<dyn Wire> = Arc::new(HttpWire::new(&base_url, WireLimits::default())?);
        let clock = Arc::clone(&self.clock);
        let wire = match watch {
            Some(watch) => {
                let budget = self.budget(&connection.id);
                watch.keep_to(&connection.id, &budget);
                Arc::new(WatchedWire {
                    wire,
                    watch: Arc::clone(watch),
                    clock: Arc::clone(&clock),
                    budget,
                })
            }
            None => wire,
        };
        Ok(connector.open(&settings, Outlet { wire, clock })?)
    }

    /// The one budget of a connection in this process.
    fn budget(&self, id: &ConnectionId) -> Arc<Budget> {
        let mut budgets = self.budgets.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(budgets.entry(id.clone()).or_default())
    }

    /// Runs an import because somebody asked for it, and keeps what came of it, also if it could not go on.
    pub async fn sync(&self, id: &ImportId, order: Order, progress: &dyn Progress) -> Result<Run, Failure> {
        let import = self.store.import(id).await?.import;
        let alone = self.alone(id).await?.ok_or_else(|| busy(id))?;
        let ended = self
            .execute(&import, &alone, order, progress, std::future::pending())
            .await;
        alone.leave().await;
        let ended = ended?;
        match ended.fault {
            Some(fault) => Err(fault.into()),
            None => Ok(ended.run),
        }
    }

    /// Runs an import until it ends, the lease is lost, or `stop` comes, and keeps what came of it.
    pub async fn execute(
        &self,
        import: &Import,
        alone: &Alone,
        order: Order,
        progress: &dyn Progress,
        stop: impl Future<Output = ()>,
    ) -> Result<Ended, Failure> {
        let task = (progress, async |work: &Work<'_>| engine::run(work).await);
        self.execute_task(import, alone, order, task, stop).await
    }

    /// The same for whatever a run can be.
    async fn execute_task(
        &self,
        import: &Import,
        alone: &Alone,
        order: Order,
        (progress, task): (
            &dyn Progress,
            impl AsyncFnOnce(&Work<'_>) -> Result<Report, Fault>,
        ),
        stop: impl Future<Output = ()>,
    ) -> Result<Ended, Failure> {
        let ends = Ends::open(self, import, alone).await?;
        let run = Run {
            id: alone.run.clone(),
            import: import.id.clone(),
            trigger: order.trigger,
            started_at: self.clock.now(),
            state: RunState::Working,
            report: None,
        };
        self.store.begin_run(&run).await?;
        if order.announces {
            self.store.announce(&run.import, &run.id).await?;
        }
        let store = alone.store();
        let progress = WatchedProgress {
            progress,
            watch: &alone.watch,
        };
        let work = ends.work(self, &store, import, &order, &progress, alone.place())?;
        let result = tokio::select! {
            result = task(&work) => result,
            fault = alone.watch.keep() => Err(fault),
            () = stop => Err(Fault::new(FaultKind::Unreachable, "going on with the run").said("the program was stopped")),
        };
        self.ended(run, result.map(|report| ends.with_calls(report)))
            .await
    }

    /// Keeps how a run ended.
    async fn ended(&self, mut run: Run, result: Result<Report, Fault>) -> Result<Ended, Failure> {
        let at = self.clock.now();
        let fault = match result {
            Ok(report) => {
                run.state = match report.certificate.holds {
                    true => RunState::Done { at },
                    false => RunState::Incomplete { at },
                };
                run.report = Some(report);
                self.seal(&mut run).await;
                None
            }
            Err(fault) => {
                let why = fault.to_string();
                run.state = RunState::Stopped { at, why };
                Some(fault)
            }
        };
        match (self.store.finish_run(&run).await, fault) {
            // Whether it could be kept or not: this came first.
            (_, Some(fault)) => Ok(Ended {
                run,
                fault: Some(fault),
            }),
            (Ok(()), None) => Ok(Ended { run, fault: None }),
            (Err(error), None) => Err(error.into()),
        }
    }

    /// Deletes what an import made on the right; forgets the import once everything is gone.
    pub async fn unmake(
        &self,
        id: &ImportId,
        how: Unmaking,
        progress: &dyn Progress,
    ) -> Result<Unmade, Failure> {
        let import = self.store.import(id).await?.import;
        let alone = self.alone(id).await?.ok_or_else(|| busy(id))?;
        let unmade = self.unmade(&import, &alone, how, progress).await;
        alone.leave().await;
        let unmade = unmade?;
        if unmade.is_whole() && !how.dry_run {
            self.store.delete_import(id).await?;
        }
        Ok(unmade)
    }

    async fn unmade(
        &self,
        import: &Import,
        alone: &Alone,
        how: Unmaking,
        progress: &dyn Progress,
    ) -> Result<Unmade, Failure> {
        let ends = Ends::open(self, import, alone).await?;
        let store = alone.store();
        let order = Order::manual(Direction::Forward);
        let work = ends.work(self, &store, import, &order, progress, alone.place())?;
        tokio::select! {
            unmade = engine::unmake(&work, how) => Ok(unmade?),
            fault = alone.watch.keep() => Err(fault.into()),
        }
    }

    /// The open problems of an import, oldest first.
    pub async fn problems(&self, id: &ImportId, at_most: usize) -> Result<Vec<Problem>, Failure> {
        Ok(Intents::problems(&self.store, id, at_most).await?)
    }

    /// Keeps others out of an import; nothing if somebody is at work on it.
    pub async fn alone(&self, id: &ImportId) -> Result<Option<Alone>, Failure> {
        Alone::on(id, &self.store, &self.clock, &self.folder).await
    }
}

/// How a run is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// What sets it off.
    pub trigger: Trigger,
    /// Which side it writes.
    pub direction: Direction,
    /// Whether many counterparts of what is gone may go.
    pub deletes_approved: bool,
    /// Whether the left side is not asked anything: what is known of it counts.
    pub left_unasked: bool,
    /// How much of the import it takes up.
    pub scope: Scope,
    /// Whether what it creates and updates is told to the import's hooks.
    pub announces: bool,
}

impl Order {
    /// The whole of an import, because somebody asked for it.
    pub fn manual(direction: Direction) -> Self {
        Self {
            trigger: Trigger::Manual,
            direction,
            deletes_approved: false,
            left_unasked: false,
            scope: Scope::default(),
            announces: false,
        }
    }

    /// What a changed recipe concerns, from what is known of the left side.
    pub fn replan() -> Self {
        Self {
            left_unasked: true,
            ..Self::manual(Direction::Forward)
        }
    }
}

/// A run that came to its end.
pub struct Ended {
    /// The run, as it was kept.
    pub run: Run,
    /// Why it could not go on.
    pub fault: Option<Fault>,
}

fn busy(id: &ImportId) -> Failure {
    Failure::broke(format!("Import `{id}` is at work already"))
        .hint("wait until that run has ended; `interline run list` shows it")
}

/// The two open connections of an import.
struct Ends {
    left: Box<dyn Session>,
    right: Box<dyn Session>,
}

impl Ends {
    async fn open(rooms: &Rooms, import: &Import, alone: &Alone) -> Result<Self, Failure> {
        let watch = Some(&alone.watch);
        Ok(Self {
            left: rooms.open_session_by(&import.left, watch).await?,
            right: rooms.open_session_by(&import.right, watch).await?,
        })
    }

    /// The same for whoever only looks.
    async fn unwatched(rooms: &Rooms, import: &Import) -> Result<Self, Failure> {
        Ok(Self {
            left: rooms.open_session(&import.left).await?,
            right: rooms.open_session(&import.right).await?,
        })
    }

    fn work<'a>(
        &'a self,
        rooms: &'a Rooms,
        store: &'a Store,
        import: &'a Import,
        order: &'a Order,
        progress: &'a dyn Progress,
        at: (&'a RunId, &'a Path),
    ) -> Result<Work<'a>, Failure> {
        let (run, scratch) = at;
        Ok(Work {
            import,
            run,
            left: source(self.left.as_ref(), &import.left)?,
            right_source: source(self.right.as_ref(), &import.right)?,
            right: destination(self.right.as_ref(), &import.right)?,
            left_writer: self.left.destination(),
            direction: order.direction,
            deletes_approved: order.deletes_approved,
            left_unasked: order.left_unasked,
            scope: &order.scope,
            mirror: store,
            intents: store,
            files: store,
            scratch,
            clock: rooms.clock.as_ref(),
            progress,
        })
    }

    fn with_calls(&self, report: Report) -> Report {
        Report {
            left_calls: self.left.calls(),
            right_calls: self.right.calls(),
            ..report
        }
    }
}

/// A mistake in a recipe, and where it is.
#[derive(Clone, Debug, Serialize)]
pub struct RecipeMistake {
    /// The line, from 1.
    pub line: u64,
    /// The column, from 1.
    pub column: u64,
    /// What is wrong, in one sentence.
    pub text: String,
    /// What to try.
    pub hint: Option<String>,
}

/// The recipes that come with the program.
const OWN_RECIPES: [&str; 2] = [
    include_str!("../../../recipes/planhat-devrev.yaml"),
    include_str!("../../../recipes/intercom-devrev.yaml"),
];

/// The recipe that comes with the program for these two connectors.
pub fn own_recipe(left: &ConnectorId, right: &ConnectorId) -> Option<&'static str> {
    let fits = |recipe: &Recipe| &recipe.left == left && &recipe.right == right;
    OWN_RECIPES
        .into_iter()
        .find(|text| engine::recipe::parse(text).is_ok_and(|recipe| fits(&recipe)))
}

/// Reads a recipe, or says every mistake in it.
pub fn read_recipe(text: &str) -> Result<Recipe, Vec<RecipeMistake>> {
    engine::recipe::parse(text).map_err(|mistakes| mistakes.into_iter().map(RecipeMistake::from).collect())
}

/// Reads a recipe, or says every mistake in it, also those that only what both sides have can show.
pub fn check_recipe(text: &str, known: &Known) -> Result<Recipe, Vec<RecipeMistake>> {
    let mistakes = engine::recipe::check(text, Some(known));
    if mistakes.is_empty() {
        return read_recipe(text);
    }
    Err(mistakes.into_iter().map(RecipeMistake::from).collect())
}

/// A session that ends at an empty twin in memory: what it describes is what the vendor documents.
pub fn twin_session(connector: &dyn Connector) -> Result<Box<dyn Session>, Failure> {
    let clock: Arc<dyn Clock> = Arc::new(RealClock);
    let twin = connector.twin(&TwinOptions::default())?;
    let card = connector.card();
    let required = card.settings.iter().filter(|setting| setting.required);
    let settings = Settings {
        values: required
            .map(|setting| (setting.name.to_owned(), setting.example.to_owned()))
            .collect(),
        secret: Secret::new("twin"),
    };
    let outlet = Outlet {
        wire: Arc::new(TwinWire::new(twin, Arc::clone(&clock))),
        clock,
    };
    Ok(connector.open(&settings, outlet)?)
}

impl From<engine::recipe::Mistake> for RecipeMistake {
    fn from(mistake: engine::recipe::Mistake) -> Self {
        Self {
            line: mistake.line as u64,
            column: mistake.column as u64,
            text: mistake.text,
            hint: mistake.hint,
        }
    }
}

/// What reads this connection.
pub fn source<'a>(session: &'a dyn Session, id: &ConnectionId) -> Result<&'a dyn Source, Failure> {
    let cannot = || Failure::usage(format!("Connection `{id}` cannot be read from"));
    session.source().ok_or_else(cannot)
}

/// What writes this connection.
pub fn destination<'a>(session: &'a dyn Session, id: &ConnectionId) -> Result<&'a dyn Destination, Failure> {
    let cannot = || Failure::usage(format!("Connection `{id}` cannot be written to"));
    session.destination().ok_or_else(cannot)
}

/// The connector of that id.
pub fn connector(id: &ConnectorId) -> Result<&'static dyn Connector, Failure> {
    connectors::by_id(id.as_str()).ok_or_else(|| Failure::usage(format!("There is no connector `{id}`")))
}
