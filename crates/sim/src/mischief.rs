//! Defects put in on purpose: a simulation that does not notice them is of no use.

use std::{
    collections::BTreeSet,
    str::FromStr,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use model::{
    Action, Change, Destination, Evidence, ExternalKey, Fault, FieldKind, FieldName, FileRef, NewFile,
    ObjectName, Outcome, RecordId, SchemaChange, Value, Written,
};

/// A defect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Defect {
    /// None: the program as it is.
    #[default]
    None,
    /// Nothing that was lost is ever found again.
    NoLookBack,
    /// No pair remembers what it agreed on.
    NoBase,
    /// What came of a change is kept before the change is made.
    SettleFirst,
}

impl FromStr for Defect {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "none" => Ok(Self::None),
            "no-look-back" => Ok(Self::NoLookBack),
            "no-base" => Ok(Self::NoBase),
            "settle-first" => Ok(Self::SettleFirst),
            _ => Err("a defect is none, no-look-back, no-base or settle-first".to_owned()),
        }
    }
}

/// Does what the defect says, in the wrappers around store and destination.
#[derive(Default)]
pub struct Mischief {
    defect: Defect,
    late: Mutex<Vec<Late>>,
}

/// A write that is put off until its outcome is kept.
type Late = (ObjectName, Vec<Change>);

impl Mischief {
    /// With this defect.
    pub fn new(defect: Defect) -> Self {
        Self {
            defect,
            late: Mutex::default(),
        }
    }

    /// Whether no pair remembers its base.
    pub fn forgets_bases(&self) -> bool {
        self.defect == Defect::NoBase
    }

    /// Makes the writes that were put off.
    pub async fn write_late(&self, to: &dyn Destination) {
        let late: Vec<Late> = self.late().drain(..).collect();
        for (object, changes) in late {
            // A defect like this one does not look at what comes of it.
            drop(to.write(&object, &changes).await);
        }
    }

    /// Forgets the writes that were put off, as a killed process does.
    pub fn forget(&self) {
        self.late().clear();
    }

    fn late(&self) -> MutexGuard<'_, Vec<Late>> {
        self.late.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A destination behind which the defect is.
pub struct Behind<'a> {
    /// The destination.
    pub inner: &'a dyn Destination,
    /// The defect.
    pub mischief: &'a Mischief,
}

impl Behind<'_> {
    fn put_off(&self, object: &ObjectName, changes: &[Change]) -> Vec<Outcome> {
        self.mischief.late().push((object.clone(), changes.to_vec()));
        changes.iter().filter_map(pretended).collect()
    }
}

fn pretended(change: &Change) -> Option<Outcome> {
    let Action::Update(id) = &change.action else {
        return None;
    };
    Some(Outcome {
        change: change.id.clone(),
        result: Ok(Written {
            id: RecordId::clone(id),
            raw: None,
            evidence: Evidence::Answered,
        }),
    })
}

#[async_trait]
impl Destination for Behind<'_> {
    async fn extend(&self, change: &SchemaChange) -> Result<(), Fault> {
        self.inner.extend(change).await
    }

    async fn option(&self, name: &str, text: &str) -> Result<Value, Fault> {
        self.inner.option(name, text).await
    }

    async fn write(&self, object: &ObjectName, changes: &[Change]) -> Vec<Outcome> {
        let is_update = |change: &Change| matches!(change.action, Action::Update(_));
        match self.mischief.defect == Defect::SettleFirst && changes.iter().all(is_update) {
            true => self.put_off(object, changes),
            false => self.inner.write(object, changes).await,
        }
    }

    async fn look_back(&self, object: &ObjectName, key: &ExternalKey) -> Result<Option<Outcome>, Fault> {
        match self.mischief.defect == Defect::NoLookBack {
            true => Ok(None),
            false => self.inner.look_back(object, key).await,
        }
    }

    async fn upload(&self, file: &NewFile) -> Result<FileRef, Fault> {
        self.inner.upload(file).await
    }

    fn misfit(&self, kind: &FieldKind, value: &Value) -> Option<String> {
        self.inner.misfit(kind, value)
    }

    fn is_fixed(&self, object: &ObjectName, field: &FieldName) -> bool {
        self.inner.is_fixed(object, field)
    }

    fn batch(&self, object: &ObjectName) -> usize {
        self.inner.batch(object)
    }

    fn calls(&self, object: &ObjectName, changes: &[Change], once: &mut BTreeSet<String>) -> u64 {
        self.inner.calls(object, changes, once)
    }

    fn calls_per_minute(&self) -> Option<u64> {
        self.inner.calls_per_minute()
    }
}
