//! An open connection to DevRev: what it remembers between calls.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, PoisonError, RwLock},
};

use model::{Calls, Destination, ExternalKey, Fault, Source};
use tokio::sync::Mutex;

use super::{article::Articles, client::Client, makes_shadows, object::Object, shape::Kinds, tag::Tags};
use crate::{Outlet, Registrar, Session, Settings};

/// The members that are remembered when they are refused.
pub(super) const SORT: &str = "sort_by";
pub(super) const REFERENCE: &str = "external_ref";

pub(super) struct DevRevSession {
    pub(super) client: Client,
    pub(super) tags: Tags,
    pub(super) articles: Articles,
    /// Whether a person whom DevRev does not know becomes a shadow user.
    pub(super) makes_shadows: bool,
    /// What was refused as unknown, as object and member: not every organisation takes what is young or beta.
    refused: RwLock<HashSet<(String, &'static str)>>,
    /// Keys of comments that may be there although no answer said so.
    doubtful: Mutex<HashSet<ExternalKey>>,
    /// What custom fields hold, by leaf type, as last described.
    kinds: RwLock<HashMap<String, Arc<Kinds>>>,
    /// Leaf types that are known to have our key field.
    keyed: RwLock<HashSet<String>>,
    /// Leaf types that nobody may create yet, although we waited.
    closed: RwLock<HashSet<String>>,
    /// Held while a schema is read and written: each write must carry the whole of it.
    pub(super) schema_gate: Mutex<()>,
}

impl DevRevSession {
    pub(super) fn new(settings: &Settings, outlet: Outlet) -> Result<Self, Fault> {
        Ok(Self {
            client: Client::new(&settings.secret, outlet)?,
            makes_shadows: makes_shadows(settings)?,
            tags: Tags::default(),
            articles: Articles::default(),
            refused: RwLock::default(),
            doubtful: Mutex::default(),
            kinds: RwLock::default(),
            keyed: RwLock::default(),
            closed: RwLock::default(),
            schema_gate: Mutex::new(()),
        })
    }

    /// What an object's custom fields hold, as far as they have been described.
    pub(super) fn kinds(&self, object: &Object) -> Arc<Kinds> {
        let kinds = self.kinds.read().unwrap_or_else(PoisonError::into_inner);
        let known = object.leaf.as_deref().and_then(|leaf| kinds.get(leaf));
        known.cloned().unwrap_or_default()
    }

    /// Whether it is there for certain: a kind of a customer's is, once it was described or made.
    pub(super) fn knows(&self, object: &Object) -> bool {
        let kinds = self.kinds.read().unwrap_or_else(PoisonError::into_inner);
        let leaf = object.leaf.as_deref();
        !object.is_custom() || leaf.is_some_and(|leaf| kinds.contains_key(leaf))
    }

    pub(super) fn remember_kinds(&self, leaf: &str, kinds: Kinds) {
        let mut all = self.kinds.write().unwrap_or_else(PoisonError::into_inner);
        all.insert(leaf.to_owned(), Arc::new(kinds));
    }

    pub(super) fn sorts(&self, object: &Object) -> bool {
        object.sorts && !self.refuses(object, SORT)
    }

    /// Whether this member of the object's requests was refused as unknown.
    pub(super) fn refuses(&self, object: &Object, member: &'static str) -> bool {
        let refused = self.refused.read().unwrap_or_else(PoisonError::into_inner);
        refused.contains(&(object.name.to_string(), member))
    }

    /// Remembers that it was; says whether that is news.
    pub(super) fn remember_refused(&self, object: &Object, member: &'static str) -> bool {
        let mut refused = self.refused.write().unwrap_or_else(PoisonError::into_inner);
        refused.insert((object.name.to_string(), member))
    }

    /// Whoever creates it next must look for it first.
    pub(super) async fn doubt(&self, key: &ExternalKey) {
        self.doubtful.lock().await.insert(key.clone());
    }

    /// Whether it must be looked for before it is created.
    pub(super) async fn is_doubtful(&self, key: &ExternalKey) -> bool {
        self.doubtful.lock().await.contains(key)
    }

    pub(super) fn is_keyed(&self, leaf: &str) -> bool {
        let keyed = self.keyed.read().unwrap_or_else(PoisonError::into_inner);
        keyed.contains(leaf)
    }

    pub(super) fn remember_keyed(&self, leaf: &str) {
        let mut keyed = self.keyed.write().unwrap_or_else(PoisonError::into_inner);
        keyed.insert(leaf.to_owned());
    }

    pub(super) fn is_closed(&self, object: &Object) -> bool {
        let closed = self.closed.read().unwrap_or_else(PoisonError::into_inner);
        closed.contains(object.name.as_ref())
    }

    pub(super) fn remember_closed(&self, object: &Object) {
        let mut closed = self.closed.write().unwrap_or_else(PoisonError::into_inner);
        closed.insert(object.name.to_string());
    }
}

impl Session for DevRevSession {
    fn source(&self) -> Option<&dyn Source> {
        Some(self)
    }

    fn destination(&self) -> Option<&dyn Destination> {
        Some(self)
    }

    fn registrar(&self) -> Option<&dyn Registrar> {
        Some(self)
    }

    fn calls(&self) -> Calls {
        self.client.counter.calls()
    }
}
