//! Writing: which object is written by which way, and which changes go together.

mod before;
mod comment;
mod encode;
mod many;
mod members;
mod one;
mod option;
mod schema;
mod ticket;

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use futures_util::{StreamExt, stream};
use model::{Action, Change, ExternalKey, Fault, FaultKind, ObjectName, RecordId, Written};

pub(super) use self::{encode::misfit, option::option, schema::extend};
use self::{
    many::Shown,
    members::{Members, type_of},
};
use super::{
    comment::COMMENT, company::COMPANY, conversation::CONVERSATION, enduser::ENDUSER, license::LICENSE,
    object::Object, source::PlanhatSource, task::TASK,
};

/// How an object's records are written.
struct Way {
    object: &'static Object,
    /// The properties that can hold our key, best first. A path names a record by each of them.
    keys: &'static [&'static str],
    /// What a record cannot be made without.
    needs: &'static [&'static str],
    /// How what was written together is read back.
    shown: Shown,
}

const EXTERNAL: &str = "externalId";
const SOURCE: &str = "sourceId";
const BOTH: &[&str] = &[EXTERNAL, SOURCE];

static WAYS: [Way; 6] = [
    Way {
        object: &COMPANY,
        keys: BOTH,
        needs: &["name"],
        shown: Shown::ById,
    },
    Way {
        object: &ENDUSER,
        keys: BOTH,
        needs: &["companyId"],
        shown: Shown::NewestFirst,
    },
    Way {
        object: &LICENSE,
        keys: BOTH,
        needs: &["companyId", "fromDate", "toDate"],
        shown: Shown::NewestMadeFirst,
    },
    Way {
        object: &CONVERSATION,
        keys: BOTH,
        needs: &["companyId"],
        shown: Shown::NewestFirst,
    },
    Way {
        object: &TASK,
        keys: &[SOURCE],
        needs: &["companyId"],
        shown: Shown::NewestFirst,
    },
    // Nothing that is known of comments says that they hold a key, or that many are taken at once.
    Way {
        object: &COMMENT,
        keys: &[],
        needs: &["parent", "text"],
        shown: Shown::OneByOne,
    },
];

/// So few are cheaper one by one.
const FEW: usize = 3;

impl Way {
    fn of(object: &ObjectName) -> Result<&'static Self, Fault> {
        let way = WAYS.iter().find(|way| way.object.name == object.as_str());
        way.ok_or_else(|| {
            let names: Vec<&str> = WAYS.iter().map(|way| way.object.name).collect();
            Fault::new(FaultKind::Rejected, format!("writing {object}"))
                .said("such records of Planhat are read only")
                .hint(format!("what can be written is {}", names.join(", ")))
        })
    }

    /// Whether a field keeps its value when it is to be emptied: what a record must have, and what holds keys.
    fn keeps(&self, field: &str) -> bool {
        self.needs.contains(&field) || BOTH.contains(&field) || matches!(field, "type" | "mainType")
    }

    /// Whether Planhat, not finding the record of such an update any more, could make one of it.
    fn could_be_made_of(&self, members: &Members) -> bool {
        self.needs.iter().all(|name| members.contains_key(*name))
    }
}

/// Whether custom fields are among the objects' properties.
pub(super) fn takes_fields(object: &str) -> bool {
    WAYS.iter()
        .any(|way| way.object.name == object && way.shown != Shown::OneByOne)
}

/// What writing has found out about the workspace, and what it must remember.
#[derive(Default)]
struct Learned {
    /// Conversation types, and whether the workspace has them.
    types: Mutex<HashMap<String, bool>>,
    /// Whether an update keeps the custom fields that it does not name.
    merges: Mutex<Option<bool>>,
    /// Creations whose end is not known.
    doubts: Mutex<HashSet<ExternalKey>>,
    /// Comments that this session made, which are nobody else's.
    comments: Mutex<HashSet<RecordId>>,
    /// Calls with many records follow one another, as Planhat asks for.
    turn: tokio::sync::Mutex<()>,
}

/// Writes into a workspace, which it can read as well.
pub(super) struct Writer {
    pub(super) source: PlanhatSource,
    learned: Learned,
}

/// One change on its way.
struct Job<'a> {
    /// Its place among the changes.
    at: usize,
    change: &'a Change,
    members: Members,
}

/// The place of a change, and what came of it.
type Done = (usize, Result<Written, Fault>);

impl Writer {
    pub(super) fn new(source: PlanhatSource) -> Self {
        Self {
            source,
            learned: Learned::default(),
        }
    }

    /// One result per change, in the same order.
    pub(super) async fn write_all(
        &self,
        object: &ObjectName,
        changes: &[Change],
    ) -> Vec<Result<Written, Fault>> {
        let mut done: Vec<Done> = match self.jobs(object, changes).await {
            Ok((way, jobs, mut refused)) => {
                refused.extend(self.run(way, jobs).await);
                refused
            }
            Err(fault) => (0..changes.len()).map(|at| (at, Err(alike(&fault)))).collect(),
        };
        done.sort_by_key(|(at, _)| *at);
        done.into_iter().map(|(_, result)| result).collect()
    }

    /// What there is to send, and what is refused before anything is sent.
    async fn jobs<'a>(
        &self,
        object: &ObjectName,
        changes: &'a [Change],
    ) -> Result<(&'static Way, Vec<Job<'a>>, Vec<Done>), Fault> {
        let way = Way::of(object)?;
        let fields = changes.iter().flat_map(|change| &change.fields);
        let names = fields.filter_map(|field| field.name.as_str().strip_prefix("custom."));
        let custom = self
            .source
            .custom_with(way.object.name, names.collect::<HashSet<_>>())
            .await?;
        let (mut jobs, mut refused) = (Vec::new(), Vec::new());
        for (at, change) in changes.iter().enumerate() {
            let doing = doing(way, change);
            match members::members(way, &custom, change, &doing) {
                Ok(members) => jobs.push(Job { at, change, members }),
                Err(fault) => refused.push((at, Err(fault))),
            }
        }
        Ok((way, jobs, refused))
    }

    /// Conversations of a type that nobody has seen yet: one of them finds out whether there is such a type. Then what can
    /// go together goes together, and the rest one by one.
    async fn run(&self, way: &'static Way, jobs: Vec<Job<'_>>) -> Vec<Done> {
        let (scouts, jobs) = self.scouts(way, jobs);
        let mut done = Vec::new();
        for scout in scouts {
            done.push((scout.at, self.one(way, &scout).await));
        }
        let (many, mut single): (Vec<_>, Vec<_>) = jobs.into_iter().partition(|job| self.fits(way, job));
        if many.len() > FEW {
            let (sent, rest) = self.many(way, many).await;
            done.extend(sent);
            single.extend(rest);
        } else {
            single.extend(many);
        }
        let mut calls = Vec::with_capacity(single.len());
        for job in &single {
            calls.push(async move { (job.at, self.one(way, job).await) });
        }
        let width = self.source.client.parallel();
        done.extend(
            stream::iter(calls)
                .buffer_unordered(width)
                .collect::<Vec<_>>()
                .await,
        );
        done
    }

    fn scouts<'a>(&self, way: &Way, jobs: Vec<Job<'a>>) -> (Vec<Job<'a>>, Vec<Job<'a>>) {
        let mut sent: HashSet<String> = HashSet::new();
        jobs.into_iter().partition(|job| {
            let word = unproven(way, &self.learned, &job.members);
            word.is_some_and(|word| sent.insert(word.to_owned()))
        })
    }

    /// Whether a change can go together with others.
    fn fits(&self, way: &Way, job: &Job<'_>) -> bool {
        if way.shown == Shown::OneByOne || unproven(way, &self.learned, &job.members).is_some() {
            return false;
        }
        let is_talk = way.object.name == CONVERSATION.name;
        match &job.change.action {
            Action::Delete(_) => false,
            // A key of the customer's own could meet another record.
            Action::Create { .. } => {
                let is_free = !BOTH.iter().any(|name| job.members.contains_key(*name));
                is_free && !(is_talk && type_of(&job.members) == Some("ticket"))
            }
            Action::Update(_) => {
                let is_quiet = !self.needs_before(way, &job.members) && !ticket::is_for_tickets(&job.members);
                way.shown != Shown::NewestMadeFirst
                    && !job.members.is_empty()
                    && !way.could_be_made_of(&job.members)
                    && is_quiet
            }
        }
    }

    /// Whether an update must know the record as it was.
    fn needs_before(&self, way: &Way, members: &Members) -> bool {
        let may_lose_fields = || members.contains_key("custom") && *lock(&self.learned.merges) != Some(true);
        let may_lose_owner = || members.contains_key("users") && !members.contains_key("ownerId");
        may_lose_fields()
            || way.object.name == CONVERSATION.name
                && (may_lose_owner() || unproven(way, &self.learned, members).is_some())
    }
}

/// A conversation type of which nobody knows yet whether the workspace has it.
fn unproven<'a>(way: &Way, learned: &Learned, members: &'a Members) -> Option<&'a str> {
    let word = type_of(members).filter(|word| *word != "note")?;
    let is_open = way.object.name == CONVERSATION.name && lock(&learned.types).get(word) != Some(&true);
    is_open.then_some(word)
}

/// `writing license planhat:…`: what is being done, for people.
fn doing(way: &Way, change: &Change) -> String {
    let name = way.object.name;
    match &change.action {
        Action::Create { key } => format!("making {name} `{key}`"),
        Action::Update(id) => format!("writing {name} `{id}`"),
        Action::Delete(id) => format!("deleting {name} `{id}`"),
    }
}

/// One fault for several records.
fn alike(fault: &Fault) -> Fault {
    let mut copy = Fault::new(fault.kind(), fault.doing());
    if let Some(words) = fault.words() {
        copy = copy.said(words);
    }
    match fault.advice() {
        Some(advice) => copy.hint(advice),
        None => copy,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
