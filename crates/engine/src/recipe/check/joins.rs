//! A pairing whose records share the counterparts of another's: what it can join, and what it can write.

use model::FieldKind;

use super::Sides;
use crate::recipe::read::PairingPlaces;

impl Sides<'_> {
    /// The other pairing is there and moves the same objects, its records can be told alike, and only lists are written,
    /// of which every record owns a part.
    pub(super) fn check_joins(&mut self, places: &PairingPlaces) {
        let (Some(joins), Some((pairing_at, at))) = (&self.pairing.joins, places.joins) else {
            return;
        };
        let Some(other) = self.recipe.pairing(&joins.pairing) else {
            let ids: Vec<&str> = self.recipe.pairings.iter().map(|one| one.id.as_str()).collect();
            let text = format!("there is no pairing `{}`", joins.pairing);
            self.mistakes
                .unknown(pairing_at, text, joins.pairing.as_str(), &ids);
            return;
        };
        if (&other.left, &other.right) != (&self.pairing.left, &self.pairing.right) || other.shares() {
            let text = format!(
                "`{}` makes `{}` of `{}`, and this pairing joins `{}` of `{}`",
                other.id, other.right, other.left, self.pairing.right, self.pairing.left
            );
            self.mistakes.add(pairing_at, text);
        }
        if joins.alike.is_empty() {
            self.mistakes.add(at, "no field tells which records are alike");
        }
        for name in joins.alike.iter().chain([&joins.apart]) {
            self.left_field(name, at);
        }
        if let Some((_, at)) = places.identify.first() {
            self.mistakes
                .add(*at, "what joins another pairing's records needs no `identify`");
        }
        for (rule, place) in self.pairing.rules.iter().zip(&places.rules) {
            if other.rules.iter().any(|theirs| theirs.right == rule.right) {
                let text = format!("`{}` writes `{}` already", other.id, rule.right);
                self.mistakes.add(place.right, text);
            }
            let kind = self.right_kind(&rule.right, place.right);
            if kind.is_some_and(|kind| !matches!(kind, FieldKind::List(_))) {
                let text = format!("several records write `{}`, which holds one value", rule.right);
                self.mistakes.add(place.right, text);
            }
        }
    }
}

#[cfg(test)]
mod tests;
