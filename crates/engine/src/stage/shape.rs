//! Raws into records, each with the pairing that takes it; what stands in the way is a problem of its record.

use std::collections::HashMap;

use model::{Fault, ObjectName, Problem, ProblemKind, Raw, Record, Seen, Side};

use super::{Due, Lane};
use crate::{bind::Bound, plan::choose, work::Work};

impl Lane<'_> {
    /// Shapes raws and sorts them by pairing. What is not as documented is a problem, and the rest goes on.
    pub(crate) fn shape(&self, seen: Vec<Seen>) -> (Vec<(usize, Vec<Due>)>, Vec<Problem>) {
        let mut due: HashMap<usize, Vec<Due>> = HashMap::new();
        let mut problems = Vec::new();
        for Seen { raw, .. } in seen {
            let left = match self.work.left.shape(self.object, &raw) {
                Ok(left) => left,
                Err(fault) => {
                    problems.push(not_as_documented(self.object, &raw, &fault));
                    continue;
                }
            };
            match choose(self.bound, self.object, &left) {
                Some(bound) => {
                    problems.extend(withheld(self.work, bound, &raw, &left));
                    let at = self
                        .bound
                        .iter()
                        .position(|one| std::ptr::eq(one, bound))
                        .unwrap_or_default();
                    self.note_unmapped(bound, &left);
                    due.entry(at).or_default().push(Due { left, right: None });
                }
                None => {
                    *self
                        .tally
                        .counts()
                        .excluded
                        .entry(self.object.clone())
                        .or_default() += 1
                }
            }
        }
        let mut due: Vec<_> = due.into_iter().collect();
        due.sort_by_key(|(at, _)| *at);
        (due, problems)
    }

    fn note_unmapped(&self, bound: &Bound, left: &Record) {
        let unmapped = left
            .fields
            .iter()
            .filter(|(name, value)| !bound.covered.contains(*name) && !value.is_empty());
        let mut counts = self.tally.counts();
        let seen = counts.unmapped_seen.entry(self.object.clone()).or_default();
        for (name, _) in unmapped {
            if seen.len() < 200 && !seen.contains(name) {
                seen.insert(name.clone());
            }
        }
    }
}

/// What the vendor does not give of what a record holds.
fn withheld(work: &Work<'_>, bound: &Bound, raw: &Raw, left: &Record) -> Option<Problem> {
    let object = &bound.pairing.left;
    let withheld = work.left.withheld(object, raw)?;
    Some(Problem {
        kind: ProblemKind::Withheld,
        pairing: Some(bound.pairing.id.clone()),
        side: Side::Right,
        object: object.clone(),
        record: raw.id.clone(),
        title: left.title.clone(),
        field: None,
        text: format!(
            "it holds {} of {}, and the left vendor gives {}",
            withheld.stated, withheld.object, withheld.given
        ),
        hint: None,
        blocks: false,
    })
}

fn not_as_documented(object: &ObjectName, raw: &Raw, fault: &Fault) -> Problem {
    Problem {
        kind: ProblemKind::NotAsDocumented,
        pairing: None,
        side: Side::Right,
        object: object.clone(),
        record: raw.id.clone(),
        title: raw.id.to_string(),
        field: None,
        text: model::chain(fault),
        hint: fault.advice().map(str::to_owned),
        blocks: true,
    }
}
