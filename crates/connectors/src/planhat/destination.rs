//! Planhat as the side that is written.

use async_trait::async_trait;
use model::{
    Change, ChangeId, Destination, Evidence, ExternalKey, Fault, FieldKind, ObjectName, Outcome,
    SchemaChange, Value, Written,
};

use super::write::{self, Writer};

#[async_trait]
impl Destination for Writer {
    async fn extend(&self, change: &SchemaChange) -> Result<(), Fault> {
        write::extend(&self.source, change).await
    }

    async fn option(&self, name: &str, text: &str) -> Result<Value, Fault> {
        write::option(&self.source, name, text.trim()).await
    }

    async fn write(&self, object: &ObjectName, changes: &[Change]) -> Vec<Outcome> {
        let results = self.write_all(object, changes).await;
        let outcomes = changes.iter().zip(results);
        outcomes
            .map(|(change, result)| Outcome {
                change: change.id.clone(),
                result,
            })
            .collect()
    }

    async fn look_back(&self, object: &ObjectName, key: &ExternalKey) -> Result<Option<Outcome>, Fault> {
        let found = self.made_before(object, key).await?;
        Ok(found.map(|raw| Outcome {
            change: ChangeId::new(key.as_str()),
            result: Ok(Written {
                id: raw.id.clone(),
                raw: Some(raw),
                evidence: Evidence::Answered,
            }),
        }))
    }

    fn misfit(&self, kind: &FieldKind, value: &Value) -> Option<String> {
        write::misfit(kind, value).map(str::to_owned)
    }

    fn batch(&self, object: &ObjectName) -> usize {
        match write::takes_fields(object.as_str()) {
            true => 500,
            false => 50,
        }
    }

    fn calls_per_minute(&self) -> Option<u64> {
        self.source.client.per_minute()
    }
}
