//! A side that seems to be large: reading everything costs so many calls that a run reads what changed last, and a part of
//! the rest.

use std::path::Path;

use async_trait::async_trait;
use model::{
    Ask, Fault, Fetched, FileRef, ObjectName, ObjectType, Page, Permission, Raw, Reading, Record, RecordId,
    Source, Timestamp, Withheld, Workspace,
};

/// A source that says it costs so many times as much to read.
pub struct Costly<'a> {
    /// The source.
    pub inner: &'a dyn Source,
    /// How many times.
    pub times: u64,
}

#[async_trait]
impl Source for Costly<'_> {
    async fn workspace(&self) -> Result<Workspace, Fault> {
        self.inner.workspace().await
    }

    async fn permissions(&self) -> Result<Vec<Permission>, Fault> {
        self.inner.permissions().await
    }

    async fn describe(&self) -> Result<Vec<ObjectType>, Fault> {
        self.inner.describe().await
    }

    fn learned(&self) -> Option<String> {
        self.inner.learned()
    }

    fn recall(&self, learned: &str) -> Result<(), Fault> {
        self.inner.recall(learned)
    }

    async fn read(&self, ask: &Ask) -> Result<Page, Fault> {
        self.inner.read(ask).await
    }

    async fn find(&self, object: &ObjectName, id: &RecordId) -> Result<Option<Raw>, Fault> {
        self.inner.find(object, id).await
    }

    fn is_whole(&self, object: &ObjectName, listed: &Raw) -> bool {
        self.inner.is_whole(object, listed)
    }

    async fn count(&self, object: &ObjectName) -> Result<Option<u64>, Fault> {
        self.inner.count(object).await
    }

    fn shape(&self, object: &ObjectName, raw: &Raw) -> Result<Record, Fault> {
        self.inner.shape(object, raw)
    }

    fn reading(&self, object: &ObjectName) -> Reading {
        self.inner.reading(object)
    }

    fn vendor_now(&self) -> Option<Timestamp> {
        self.inner.vendor_now()
    }

    async fn hanging_on(
        &self,
        object: &ObjectName,
        id: &RecordId,
    ) -> Result<Option<Vec<(ObjectName, RecordId)>>, Fault> {
        self.inner.hanging_on(object, id).await
    }

    fn is_listed(&self, object: &ObjectName) -> bool {
        self.inner.is_listed(object)
    }

    fn carriers(&self, object: &ObjectName) -> Vec<ObjectName> {
        self.inner.carriers(object)
    }

    fn within(&self, object: &ObjectName, raw: &Raw) -> Result<Vec<(ObjectName, Raw)>, Fault> {
        self.inner.within(object, raw)
    }

    fn lists_all(&self, object: &ObjectName) -> bool {
        self.inner.lists_all(object)
    }

    fn withheld(&self, object: &ObjectName, raw: &Raw) -> Option<Withheld> {
        self.inner.withheld(object, raw)
    }

    async fn deleted_since(
        &self,
        object: &ObjectName,
        since: Timestamp,
    ) -> Result<Option<Vec<RecordId>>, Fault> {
        self.inner.deleted_since(object, since).await
    }

    async fn about(
        &self,
        object: &ObjectName,
        subject: (&ObjectName, &RecordId),
    ) -> Result<Option<Vec<Raw>>, Fault> {
        self.inner.about(object, subject).await
    }

    async fn ids(&self, object: &ObjectName) -> Result<Option<Vec<RecordId>>, Fault> {
        self.inner.ids(object).await
    }

    fn is_own_file(&self, address: &str) -> bool {
        self.inner.is_own_file(address)
    }

    async fn fetch(
        &self,
        file: &FileRef,
        holder: Option<(&ObjectName, &RecordId)>,
        to: &Path,
        most: u64,
    ) -> Result<Fetched, Fault> {
        self.inner.fetch(file, holder, to, most).await
    }

    fn cost(&self, object: &ObjectName, records: u64) -> u64 {
        self.inner.cost(object, records).saturating_mul(self.times)
    }
}
