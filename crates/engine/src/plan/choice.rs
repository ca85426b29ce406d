//! What people decided, as far as it counts for what is there now.

use model::{Choice, ExternalKey, FieldName, ProblemKind, Record, RecordId, Side, Value, ValueMark};

use super::{Planning, has_key};
use crate::identify::{Identified, KEY, marks};

/// Stands for the field by which a counterpart was found, where a person told.
const PERSON: &str = "person";

impl Planning<'_, '_> {
    /// The side whose value a person chose for a field, having seen these very values.
    pub(super) fn chosen(&self, field: &FieldName, left: &Value, right: &Value) -> Option<Side> {
        let mut decisions = self.given.decisions.iter();
        let decision = decisions.find(|decision| {
            decision.record == self.pair.left.id
                && decision.field.as_ref() == Some(field)
                && decision.left == ValueMark::of(left)
                && decision.right == ValueMark::of(right)
        })?;
        match &decision.choice {
            Choice::Take(side) => Some(*side),
            Choice::Pair(_) | Choice::LeaveOut => None,
        }
    }

    /// What identification found, unless a person chose between these very candidates.
    pub(super) fn as_chosen(
        &self,
        found: Identified,
        key: &ExternalKey,
        candidates: &[Record],
    ) -> Identified {
        let Identified::Equal(ids) = found else {
            return found;
        };
        let seen = marks(&self.bound.pairing, &self.pair.left, key, &ids);
        let chosen = self.given.decisions.iter().find_map(|decision| {
            let counts = decision.record == self.pair.left.id
                && decision.field.is_none()
                && (decision.left, decision.right) == seen;
            match &decision.choice {
                Choice::Pair(id) if counts && ids.contains(id) => Some(id.clone()),
                _ => None,
            }
        });
        let Some(id) = chosen else {
            return Identified::Equal(ids);
        };
        let is_ours = candidates
            .iter()
            .any(|candidate| candidate.id == id && has_key(candidate, key));
        Identified::One {
            id,
            score: 100,
            by: FieldName::new(if is_ours { KEY } else { PERSON }),
        }
    }

    pub(super) fn equal_candidates(&mut self, ids: &[RecordId]) {
        let ids: Vec<&str> = ids.iter().take(5).map(RecordId::as_str).collect();
        let text = format!(
            "several records on the right side could be its counterpart: {}",
            ids.join(", ")
        );
        let hint = "merge them on the right side, or give one of them a key that tells them apart";
        self.problem(ProblemKind::EqualCandidates, None, text, Some(hint), true);
    }
}

#[cfg(test)]
mod tests;
