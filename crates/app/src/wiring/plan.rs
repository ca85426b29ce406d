//! Plans as documents: made, kept, and applied only if they still say what would be done.

use engine::{
    Preview, Progress, Scope,
    approve::{Planned, differs},
};
use model::{Import, ImportId, Run, Timestamp};
use serde::Serialize;
use serde_json::Value;

use super::{Ends, Order, Rooms, busy};
use crate::{alone::Alone, failure::Failure};

/// How many digits of a plan's hash are its id.
const ID: usize = 16;

/// A plan with what a person needs to approve it.
#[derive(Clone, Debug, Serialize)]
pub struct PlanDocument {
    /// Its id: the beginning of its hash.
    pub plan: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// A hash of the changes.
    pub hash: String,
    /// The import.
    pub import: ImportId,
    /// Which side is written.
    pub direction: model::Direction,
    /// The objects that it takes up; none: all.
    pub objects: Vec<String>,
    /// What it says.
    #[serde(flatten)]
    pub preview: Preview,
}

impl Rooms {
    /// What a sync would do; writes nothing to either vendor.
    pub async fn plan(
        &self,
        id: &ImportId,
        order: Order,
        progress: &dyn Progress,
    ) -> Result<PlanDocument, Failure> {
        let import = self.store.import(id).await?.import;
        let alone = self.alone(id).await?.ok_or_else(|| busy(id))?;
        let planned = self.preview(&import, &alone, &order, progress).await;
        alone.leave().await;
        let preview = planned?;
        let hash = preview.planned(id, order.direction, &order.scope).hash();
        Ok(PlanDocument {
            plan: hash.chars().take(ID).collect(),
            made_at: self.clock.now(),
            hash,
            import: id.clone(),
            direction: order.direction,
            objects: order.scope.only,
            preview,
        })
    }

    async fn preview(
        &self,
        import: &Import,
        alone: &Alone,
        order: &Order,
        progress: &dyn Progress,
    ) -> Result<Preview, Failure> {
        let ends = Ends::open(self, import, alone).await?;
        let store = alone.store();
        let work = ends.work(self, &store, import, order, progress, alone.place())?;
        let mut preview = tokio::select! {
            preview = engine::preview(&work) => preview?,
            fault = alone.watch.keep() => return Err(fault.into()),
        };
        preview.reading(ends.left.calls().reads, ends.right.calls().reads);
        Ok(preview)
    }

    /// Does what a plan says, if that is what would be done now.
    pub async fn approve(
        &self,
        id: &ImportId,
        document: &str,
        progress: &dyn Progress,
    ) -> Result<Run, Failure> {
        let planned = read(id, document)?;
        let import = self.store.import(id).await?.import;
        let alone = self.alone(id).await?.ok_or_else(|| busy(id))?;
        let ran = self.apply(&import, &alone, &planned, progress).await;
        alone.leave().await;
        ran
    }

    async fn apply(
        &self,
        import: &Import,
        alone: &Alone,
        planned: &Planned,
        progress: &dyn Progress,
    ) -> Result<Run, Failure> {
        let order = Order {
            // Whoever approves the plan approves the deletions in it.
            deletes_approved: true,
            scope: Scope {
                only: planned.objects.clone(),
                ..Scope::default()
            },
            ..Order::manual(planned.direction)
        };
        let preview = self.preview(import, alone, &order, progress).await?;
        let now = preview.planned(&import.id, planned.direction, &order.scope);
        if let Some(what) = differs(planned, &now) {
            let sentence =
                format!("Nothing was written: what would be done now is not what the plan says: {what}");
            return Err(
                Failure::no(sentence).hint(format!("interline import plan {} makes a new plan", import.id))
            );
        }
        let order = Order {
            scope: Scope {
                heard: Some(preview.heard),
                ..order.scope
            },
            ..order
        };
        let never = std::future::pending();
        let ended = self.execute(import, alone, order, progress, never).await?;
        match ended.fault {
            Some(fault) => Err(fault.into()),
            None => Ok(ended.run),
        }
    }
}

/// What a document says, unless somebody altered it.
fn read(id: &ImportId, document: &str) -> Result<Planned, Failure> {
    let no_plan = |error: serde_json::Error| {
        Failure::usage("That is no plan").because(error).hint(format!(
            "interline import sync {id} --plan-only --out FILE makes one"
        ))
    };
    let whole: Value = serde_json::from_str(document).map_err(no_plan)?;
    let hash = whole
        .get("hash")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let planned: Planned = serde_json::from_value(whole).map_err(no_plan)?;
    if planned.hash() != hash {
        return Err(Failure::usage("The plan was altered after it was made")
            .hint("approve it as it was made, or make another one"));
    }
    if &planned.import != id {
        return Err(Failure::usage(format!(
            "The plan is one of import `{}`, not of `{id}`",
            planned.import
        )));
    }
    Ok(planned)
}
