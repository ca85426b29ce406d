//! An open connection to DevRev: what it remembers between calls.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
};

use model::{Calls, Destination, Fault, Source};
use tokio::sync::Mutex;

use super::{client::Client, object::Object, shape::Kinds, tag::Tags};
use crate::{Outlet, Session, Settings};

pub(super) struct DevRevSession {
    pub(super) client: Client,
    pub(super) tags: Tags,
    /// Whether `works.create` takes `external_ref`: it does today, and did not in July 2025.
    refuses_ref: AtomicBool,
    /// Objects whose list refused `sort_by`.
    unsorted: RwLock<HashSet<&'static str>>,
    /// What custom fields hold, by leaf type, as last described.
    kinds: RwLock<HashMap<&'static str, Arc<Kinds>>>,
    /// Leaf types that are known to have our key field.
    keyed: RwLock<HashSet<&'static str>>,
    /// Held while a schema is read and written: each write must carry the whole of it.
    pub(super) schema_gate: Mutex<()>,
}

impl DevRevSession {
    pub(super) fn new(settings: &Settings, outlet: Outlet) -> Result<Self, Fault> {
        Ok(Self {
            client: Client::new(&settings.secret, outlet)?,
            tags: Tags::default(),
            refuses_ref: AtomicBool::new(false),
            unsorted: RwLock::default(),
            kinds: RwLock::default(),
            keyed: RwLock::default(),
            schema_gate: Mutex::new(()),
        })
    }

    /// What an object's custom fields hold, as far as they have been described.
    pub(super) fn kinds(&self, object: &Object) -> Arc<Kinds> {
        let kinds = self.kinds.read().unwrap_or_else(PoisonError::into_inner);
        let known = object.leaf.and_then(|leaf| kinds.get(leaf));
        known.cloned().unwrap_or_default()
    }

    pub(super) fn remember_kinds(&self, leaf: &'static str, kinds: Kinds) {
        let mut all = self.kinds.write().unwrap_or_else(PoisonError::into_inner);
        all.insert(leaf, Arc::new(kinds));
    }

    pub(super) fn sorts(&self, object: &Object) -> bool {
        let unsorted = self.unsorted.read().unwrap_or_else(PoisonError::into_inner);
        object.sorts && !unsorted.contains(object.name)
    }

    pub(super) fn remember_unsorted(&self, object: &'static Object) {
        let mut unsorted = self.unsorted.write().unwrap_or_else(PoisonError::into_inner);
        unsorted.insert(object.name);
    }

    pub(super) fn is_keyed(&self, leaf: &str) -> bool {
        let keyed = self.keyed.read().unwrap_or_else(PoisonError::into_inner);
        keyed.contains(leaf)
    }

    pub(super) fn remember_keyed(&self, leaf: &'static str) {
        let mut keyed = self.keyed.write().unwrap_or_else(PoisonError::into_inner);
        keyed.insert(leaf);
    }

    pub(super) fn refuses_ref(&self) -> bool {
        self.refuses_ref.load(Ordering::Relaxed)
    }

    pub(super) fn remember_refused_ref(&self) {
        self.refuses_ref.store(true, Ordering::Relaxed);
    }
}

impl Session for DevRevSession {
    fn source(&self) -> Option<&dyn Source> {
        Some(self)
    }

    fn destination(&self) -> Option<&dyn Destination> {
        Some(self)
    }

    fn calls(&self) -> Calls {
        self.client.counter.calls()
    }
}
