//! Values that only one record may have: where several say the same, none of them gets it, and a person decides.

use std::collections::HashMap;

use model::{Fault, FieldName, Gone, Handle, PairRow, Record, RecordId, Rule};

use crate::{
    bind::Bound,
    plan::choose,
    preview::Collected,
    run::lane,
    stage::{Due, Lane},
    turn::{read, say},
    work::{Tally, Work},
};

/// How many records are looked at at once.
const LOOKED_AT: usize = 500;

/// Left records, by the right field whose value others have as well, each with one of the others.
#[derive(Clone, Debug, Default)]
pub struct Shared {
    others: HashMap<(RecordId, FieldName), RecordId>,
    /// Whether it is a problem by now: while records still arrive, it only waits.
    said: bool,
}

impl Shared {
    /// Another record that says the same in a field.
    pub(crate) fn other(&self, left: &RecordId, field: &FieldName) -> Option<&RecordId> {
        if self.others.is_empty() {
            return None;
        }
        self.others.get(&(left.clone(), field.clone()))
    }

    pub(crate) fn is_said(&self) -> bool {
        self.said
    }

    #[cfg(test)]
    pub(crate) fn of(left: &str, field: &str, other: &str) -> Self {
        let others = [((left.into(), field.into()), other.into())];
        Self {
            others: others.into(),
            said: true,
        }
    }
}

/// The left field from which a rule takes its value for a record.
pub(crate) fn taken_from<'r>(rule: &'r Rule, left: &Record) -> Option<&'r FieldName> {
    let has = |name: &&FieldName| left.fields.get(*name).is_some_and(|value| !value.is_empty());
    rule.left.iter().find(has)
}

/// What a record says in a field that is its own, exactly: references tell capital letters from small ones.
fn told(rule: &Rule, left: &Record) -> Option<String> {
    let text = say(&*read(rule, left)?);
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Plans those again whose value was theirs alone when it was written, and is not any more.
pub(crate) async fn take_shared(
    work: &Work<'_>,
    tally: &Tally,
    bound: &[Bound],
    preview: Option<&Collected>,
) -> Result<(), Fault> {
    for object in work.import.recipe.left_objects() {
        lane(work, tally, bound, &object, preview, true)
            .take_shared()
            .await?;
    }
    Ok(())
}

impl Bound {
    fn unique(&self) -> Vec<&Rule> {
        let rules = self.rules.iter().map(|(rule, _)| rule);
        rules.filter(|rule| rule.unique).collect()
    }
}

impl Lane<'_> {
    /// Notes what the records of a batch say in fields that are their own, and finds who else says it.
    pub(crate) async fn shared(&self, due: &[(usize, Vec<Due>)]) -> Result<Shared, Fault> {
        let mut shared = Shared {
            said: self.all_arrived || self.preview.is_some(),
            ..Shared::default()
        };
        for (at, due) in due {
            let Some(bound) = self.bound.get(*at).filter(|bound| !bound.unique().is_empty()) else {
                continue;
            };
            let lefts: Vec<&Record> = due.iter().map(|due| &due.left).collect();
            let handles = self.note_unique(bound, &lefts).await?;
            let wanted: Vec<_> = handles
                .iter()
                .cloned()
                .map(|one| (one.field, one.value))
                .collect();
            let end = self.work.left_end(self.object);
            let found = self.work.mirror.shared(&end, &wanted).await?;
            let mut carriers: HashMap<(&FieldName, &str), Vec<&RecordId>> = HashMap::new();
            for one in &found {
                carriers
                    .entry((&one.field, &one.value))
                    .or_default()
                    .push(&one.record);
            }
            let rights = bound
                .unique()
                .into_iter()
                .map(|rule| (self.handle(bound, rule), &rule.right));
            let rights: HashMap<FieldName, &FieldName> = rights.collect();
            for handle in &handles {
                let carriers = carriers.get(&(&handle.field, handle.value.as_str()));
                let other = carriers
                    .into_iter()
                    .flatten()
                    .find(|other| ***other != handle.record);
                let (Some(other), Some(right)) = (other, rights.get(&handle.field)) else {
                    continue;
                };
                let key = (handle.record.clone(), (*right).clone());
                shared.others.insert(key, (*other).clone());
                if let Some(preview) = self.preview {
                    preview.says_shared(&bound.pairing.id, &handle.record);
                }
            }
        }
        Ok(shared)
    }

    /// The name under which the mirror keeps what records say: imports of one connection may have other rules.
    fn handle(&self, bound: &Bound, rule: &Rule) -> FieldName {
        let parts = [
            self.work.import.id.as_str(),
            bound.pairing.id.as_str(),
            rule.right.as_str(),
        ];
        FieldName::from(format!("unique {}", parts.join(" ")))
    }

    async fn note_unique(&self, bound: &Bound, lefts: &[&Record]) -> Result<Vec<Handle>, Fault> {
        let rules = bound
            .unique()
            .into_iter()
            .map(|rule| (self.handle(bound, rule), rule));
        let rules: Vec<(FieldName, &Rule)> = rules.collect();
        let of = |left: &&Record| {
            let told = rules.iter().filter_map(|(field, rule)| {
                Some(Handle {
                    record: left.id.clone(),
                    field: field.clone(),
                    value: told(rule, left)?,
                })
            });
            told.collect::<Vec<_>>()
        };
        let handles: Vec<Handle> = lefts.iter().flat_map(of).collect();
        let fields: Vec<FieldName> = rules.iter().map(|(field, _)| field.clone()).collect();
        let ids: Vec<RecordId> = lefts.iter().map(|left| left.id.clone()).collect();
        let end = self.work.left_end(self.object);
        self.work.mirror.note(&end, &fields, &ids, &handles).await?;
        Ok(handles)
    }

    /// Whether everything has to be there before anything is planned.
    pub(crate) fn foretells(&self) -> bool {
        let is_its = |bound: &&Bound| &bound.pairing.left == self.object && !bound.unique().is_empty();
        self.preview.is_some() && self.bound.iter().any(|bound| is_its(&bound))
    }

    /// Notes what all these records say before any of them is planned: a preview plans each once.
    pub(crate) async fn foretell(&self, after: model::Seq) -> Result<(), Fault> {
        if !self.foretells() {
            return Ok(());
        }
        let end = self.work.left_end(self.object);
        let mut after = after;
        loop {
            let seen = self.work.mirror.changed(&end, after, LOOKED_AT).await?;
            let Some(last) = seen.last().map(|seen| seen.seq) else {
                return Ok(());
            };
            after = last;
            let shaped = seen
                .iter()
                .filter_map(|seen| self.work.left.shape(self.object, &seen.raw).ok());
            let shaped: Vec<Record> = shaped.collect();
            for bound in self.bound.iter().filter(|bound| !bound.unique().is_empty()) {
                let is_its = |left: &&Record| {
                    let chosen = choose(self.bound, self.object, left);
                    chosen.is_some_and(|chosen| std::ptr::eq(chosen, bound))
                };
                let lefts: Vec<&Record> = shaped.iter().filter(is_its).collect();
                self.note_unique(bound, &lefts).await?;
            }
        }
    }

    /// The same for one object.
    async fn take_shared(&mut self) -> Result<(), Fault> {
        let (bound, object) = (self.bound, self.object);
        for one in bound.iter().filter(|bound| &bound.pairing.left == object) {
            for rule in one.unique() {
                self.take_from_sharers(one, rule).await?;
            }
        }
        Ok(())
    }

    async fn take_from_sharers(&mut self, bound: &Bound, rule: &Rule) -> Result<(), Fault> {
        let (import, end) = (&self.work.import.id, self.work.left_end(self.object));
        let field = self.handle(bound, rule);
        let mut after: Option<Handle> = None;
        loop {
            let mirror = self.work.mirror;
            let sharers = mirror.sharing(&end, &field, after.as_ref(), LOOKED_AT).await?;
            let Some(last) = sharers.last().cloned() else {
                return Ok(());
            };
            after = Some(last);
            let ids: Vec<RecordId> = sharers.into_iter().map(|sharer| sharer.record).collect();
            let rows = self.work.intents.pairs(import, self.object, &ids).await?;
            let is_told = |row: &PairRow| {
                let preview = self.preview;
                preview.is_some_and(|preview| preview.said_shared(&bound.pairing.id, &row.left))
            };
            let has_it = rows.into_iter().filter(|row| {
                row.pairing == bound.pairing.id
                    && !row.gone.is_some_and(Gone::is_without)
                    && !row.base.agreed(&rule.right).left.is_empty()
                    && !is_told(row)
            });
            let has_it: Vec<RecordId> = has_it.map(|row| row.left).collect();
            self.again(&has_it).await?;
        }
    }
}
