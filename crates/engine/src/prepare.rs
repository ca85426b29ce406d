//! Both sides as they are today, the recipe bound to them, and what became of the left one since the last run.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    Drift, Fault, FaultKind, Memory, ObjectName, ObjectType, PairingId, Planning, Recipe, Seq, Settlement,
};

use crate::{
    below::settle_homes,
    bind::{Bound, bind, places},
    drift::{drift, effects},
    files::Pictures,
    work::{Tally, Work, again},
};

/// Both sides as they are today, and the recipe bound to them.
pub(crate) struct Prepared {
    pub(crate) bound: Vec<Bound>,
    pub(crate) left: Vec<ObjectType>,
    /// What became of the left side's fields.
    pub(crate) drift: Vec<Drift>,
    /// What the next run compares with.
    memory: Memory,
    /// Left objects of which every record must be planned again, for their rules are others now.
    pub(crate) again: BTreeSet<ObjectName>,
}

pub(crate) async fn prepare(work: &Work<'_>, tally: &Tally) -> Result<Prepared, Fault> {
    let before = work.intents.remembered(&work.import.id).await?;
    let known = before.clone().unwrap_or_default();
    let (left, right) = futures_util::try_join!(
        left_objects(work, tally, &known),
        again(work, tally, async || work.right_source.describe().await),
    )?;
    let mut bound = bind(&work.import.recipe, &left, &right, &known.places).map_err(|unbound| {
        Fault::new(FaultKind::Settings, "joining the recipe with both sides' fields")
            .said(unbound.to_string())
            .hint("`interline recipe check FILE --from CONNECTION --to CONNECTION` explains every mistake of a recipe")
    })?;
    for one in &mut bound {
        let fixed = one.rules.iter().map(|(_, field)| &field.name);
        let fixed = fixed.filter(|name| work.right.is_fixed(&one.pairing.right, name));
        one.fixed = fixed.cloned().collect();
    }
    settle_homes(work, &mut bound);
    let drifted = drift(&known.left, &left);
    let now = marks(work, &bound);
    let is_other = |bound: &&Bound| {
        let id = &bound.pairing.id;
        before.is_some() && known.rules.get(id) != now.get(id)
    };
    let read = work.import.recipe.left_objects();
    let kept = left.iter().filter(|object| read.contains(&object.name));
    let memory = Memory {
        places: places(&bound),
        rules: now.clone(),
        left: kept.cloned().collect(),
        below: known.below.clone(),
        learned: None,
    };
    Ok(Prepared {
        memory,
        drift: effects(drifted, &bound),
        again: bound
            .iter()
            .filter(is_other)
            .map(|bound| bound.pairing.left.clone())
            .collect(),
        bound,
        left,
    })
}

/// The left side's objects: as they are, or as they are remembered if it is not to be asked.
async fn left_objects(work: &Work<'_>, tally: &Tally, known: &Memory) -> Result<Vec<ObjectType>, Fault> {
    if !work.left_unasked {
        return again(work, tally, async || work.left.describe().await).await;
    }
    if known.left.is_empty() {
        return Err(Fault::new(
            FaultKind::Settings,
            "planning from what is known of the left side",
        )
        .said("nothing was imported yet")
        .hint(format!("interline import sync {}", work.import.id)));
    }
    if let Some(learned) = &known.learned {
        work.left.recall(learned)?;
    }
    Ok(known.left.clone())
}

impl Prepared {
    /// Forgets how far objects were planned whose rules are others now.
    pub(crate) async fn plan_again(&self, work: &Work<'_>) -> Result<(), Fault> {
        for object in &self.again {
            let end = work.left_end(object);
            let settlement = Settlement {
                planned: Some((&end, Planning::Left, Seq::default())),
                ..Settlement::default()
            };
            let (import, run) = (&work.import.id, work.run);
            work.intents.settle(import, run, &settlement).await?;
        }
        Ok(())
    }

    /// With what a run takes up of it alone. What is remembered is all of it.
    pub(crate) fn narrowed(mut self, recipe: &Recipe) -> Self {
        let is_taken = |bound: &Bound| {
            recipe
                .pairings
                .iter()
                .any(|pairing| pairing.id == bound.pairing.id)
        };
        self.bound.retain(is_taken);
        self
    }

    /// Keeps what the left side is like, for the next run to compare.
    pub(crate) async fn remember(self, work: &Work<'_>) -> Result<(), Fault> {
        let (import, intents) = (&work.import.id, work.intents);
        let now = intents.remembered(import).await?;
        let memory = Memory {
            learned: work.left.learned(),
            below: now.map_or(self.memory.below, |now| now.below),
            ..self.memory
        };
        work.intents.remember(&work.import.id, &memory).await
    }
}

/// A mark of each pairing's rules, and of what else decides how values turn.
fn marks(work: &Work<'_>, bound: &[Bound]) -> BTreeMap<PairingId, String> {
    let pictures = Pictures::chosen(&work.import.options);
    let mark = |bound: &Bound| {
        let rules: Vec<_> = bound
            .rules
            .iter()
            .map(|(rule, field)| (rule, &field.kind))
            .collect();
        let text = serde_json::to_vec(&(rules, &bound.pairing.only, pictures)).unwrap_or_default();
        (bound.pairing.id.clone(), blake3::hash(&text).to_hex().to_string())
    };
    bound.iter().map(mark).collect()
}
