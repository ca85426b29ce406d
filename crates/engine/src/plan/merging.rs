//! The fields of a pair, merged one by one.

use model::{
    Agreed, Base, Field, FieldChange, FieldKind, FieldName, Owner, ProblemKind, Record, Rule, Side, Value,
    Visibility,
};

use super::Planning;
use crate::{
    files::with_ours,
    join::{was_ours, with_part},
    merge::{Merged, kept_few, merge, resolve, same},
};

impl Planning<'_, '_> {
    /// Merges every field, and notes in `base` what the pair agrees on afterwards.
    pub(super) fn merged(
        &mut self,
        values: &[(usize, Value)],
        right: Option<&Record>,
        base: Option<&Base>,
    ) -> Vec<FieldChange> {
        let mut fields = Vec::new();
        let is_shown = self.is_shown_to_more(values, right, base);
        for (at, left) in values {
            let Some((rule, field)) = self.bound.rules.get(*at) else {
                continue;
            };
            let agreed = base.map(|base| base.agreed(&field.name));
            let right_value = there(right, base, &field.name);
            if self.stays(rule, field, (agreed, left, right_value), is_shown) {
                continue;
            }
            if self.bound.attach == Some(*at) {
                fields.extend(self.hold(&field.name, left, right_value));
                continue;
            }
            if self.bound.pairing.joins.is_some() {
                let shown = right.and_then(|right| right.fields.get(&field.name));
                fields.extend(self.add((rule, &field.name), left, shown));
                continue;
            }
            match self.verdict(rule, agreed, left, right_value) {
                Merged::Alike => {
                    self.agree(&field.name, left, right_value);
                    self.still_few(&field.name, left, agreed);
                }
                Merged::Take(Side::Left) => {
                    let shown = right.and_then(|right| right.fields.get(&field.name));
                    let before = known_before(shown, agreed, right_value);
                    fields.push(FieldChange {
                        name: field.name.clone(),
                        before: Some(before.clone()),
                        after: left.clone(),
                    });
                    self.agree(&field.name, left, left);
                }
                Merged::Take(Side::Right) => self.take_right((*at, rule, field), agreed, left, right_value),
                Merged::Clash => {
                    if let Some(agreed) = agreed {
                        self.agree(&field.name, agreed.left, agreed.right);
                    }
                    let text = format!("both sides changed `{}`, and neither owns it", field.name);
                    let hint = "decide which value to keep; the record's other fields go on meanwhile";
                    self.problem(ProblemKind::Clash, Some(&field.name), text, Some(hint), false);
                }
            }
        }
        fields
    }

    /// Lets the right value stand, and go back where it may.
    fn take_right(
        &mut self,
        (at, rule, field): (usize, &Rule, &Field),
        agreed: Option<Agreed<'_>>,
        left: &Value,
        right: &Value,
    ) {
        let may_go_back = rule.owner != Owner::Left && self.bound.back.contains_key(&at);
        match agreed {
            Some(agreed) => {
                self.returning |= may_go_back;
                self.agree(&field.name, agreed.left, agreed.right);
            }
            // They met, or became a pair by a merge, and say different things: so does what a killed run made of the right record,
            // which was changed since.
            None if may_go_back => {
                self.returning = true;
                self.agree(&field.name, left, left);
            }
            None => self.agree(&field.name, left, right),
        }
    }

    /// Whether the right record was there before its left one.
    fn is_of_the_right(&self) -> bool {
        self.pair.adopted || self.maker == Some(Side::Right)
    }

    /// Whether the right record is shown to more people than the left one.
    fn is_shown_to_more(
        &self,
        values: &[(usize, Value)],
        right: Option<&Record>,
        base: Option<&Base>,
    ) -> bool {
        values.iter().any(|(at, left)| {
            let Some((_, field)) = self.bound.rules.get(*at) else {
                return false;
            };
            let public = Value::Visibility(Visibility::Public);
            let there = there(right, base, &field.name);
            field.kind == FieldKind::Visibility && there == &public && left != &public
        })
    }

    /// Leaves a right value as it is, and says so where the left one would have been shown to more people: whether it did.
    fn stays(
        &mut self,
        rule: &Rule,
        field: &Field,
        (agreed, left, right): (Option<Agreed<'_>>, &Value, &Value),
        is_shown: bool,
    ) -> bool {
        // Who sees what was made on the right is decided there, and not every field can be written again.
        let is_visibility = field.kind == FieldKind::Visibility;
        let is_quiet = is_visibility && self.is_of_the_right();
        if !is_quiet && (is_visibility || !is_shown) {
            return false;
        }
        if self.verdict(rule, agreed, left, right) != Merged::Take(Side::Left) {
            return false;
        }
        if is_quiet {
            self.agree(&field.name, left, right);
            return true;
        }
        match agreed {
            Some(agreed) => self.agree(&field.name, agreed.left, agreed.right),
            None => self.agree(&field.name, left, right),
        }
        let text = format!(
            "`{}` was changed on the left side, where it is internal, and its counterpart is public: it is not shown there",
            field.name
        );
        let hint = "make the change on the right side, if everybody may see it";
        self.problem(
            ProblemKind::DoesNotFit,
            Some(&field.name),
            text,
            Some(hint),
            false,
        );
        true
    }

    /// A list of which the vendor kept a part stays a problem, however often the record is planned.
    fn still_few(&mut self, field: &FieldName, left: &Value, agreed: Option<Agreed<'_>>) {
        let kept = agreed
            .map(|agreed| agreed.right)
            .filter(|kept| matches!(kept, Value::List(_)));
        if let Some(few) = kept.and_then(|kept| kept_few(field, left, kept)) {
            self.base.right.insert(field.clone(), few.kept);
            self.problem(ProblemKind::Differs, Some(field), few.text, None, false);
        }
    }

    /// Files are added to those that a record holds; none is ever taken off.
    fn hold(&mut self, field: &FieldName, ours: &Value, right: &Value) -> Option<FieldChange> {
        let after = with_ours(ours, right);
        self.agree(field, ours, &after);
        (!same(&after, right)).then(|| FieldChange {
            name: field.clone(),
            before: Some(right.clone()),
            after,
        })
    }

    /// What several left records write together: ours is put in, what was ours is taken out, and the rest stays. What the
    /// vendor does not show is as it was written.
    fn add(
        &mut self,
        (rule, field): (&Rule, &FieldName),
        ours: &Value,
        shown: Option<&Value>,
    ) -> Option<FieldChange> {
        let base = self.pair.base.as_ref();
        let was = base.map_or(&Value::Nothing, |base| base.agreed(field).left);
        let list = shown.unwrap_or(was);
        let after = with_part(list, &was_ours(&rule.turn, list, was, &self.pair.left.id), ours);
        if !ours.is_empty() {
            self.base.left.insert(field.clone(), ours.clone());
        }
        if let Some(answered) = base.and_then(|base| base.right.get(field)) {
            self.base.right.insert(field.clone(), answered.clone());
        }
        (!same(list, &after)).then(|| FieldChange {
            name: field.clone(),
            before: Some(list.clone()),
            after,
        })
    }

    fn agree(&mut self, field: &FieldName, left: &Value, right: &Value) {
        if !left.is_empty() {
            self.base.left.insert(field.clone(), left.clone());
        }
        if !same(left, right) {
            self.base.right.insert(field.clone(), right.clone());
        }
    }

    /// Whose value counts. A clash is settled by what a person decided about these very values, or by policy.
    pub(super) fn verdict(
        &self,
        rule: &Rule,
        agreed: Option<Agreed<'_>>,
        left: &Value,
        right: &Value,
    ) -> Merged {
        let merged = merge(rule.owner, agreed, left, right);
        if merged != Merged::Clash {
            return merged;
        }
        if let (None, Some(maker)) = (agreed, self.maker) {
            return Merged::Take(maker);
        }
        let policy = rule.clash.unwrap_or(self.given.clashes);
        resolve(policy, self.chosen(&rule.right, left, right), self.newest())
    }

    /// The side whose record changed last, where both say when they did.
    fn newest(&self) -> Option<Side> {
        let right = self.pair.right.as_ref().and_then(|right| right.changed_at)?;
        let left = self.pair.left.changed_at?;
        match left.cmp(&right) {
            std::cmp::Ordering::Less => Some(Side::Right),
            std::cmp::Ordering::Equal => None,
            std::cmp::Ordering::Greater => Some(Side::Left),
        }
    }
}

/// What the right side has: what is shown, or what was agreed on.
fn there<'v>(right: Option<&'v Record>, base: Option<&'v Base>, field: &FieldName) -> &'v Value {
    match (right, base) {
        (Some(record), _) => record.fields.get(field).unwrap_or(&Value::Nothing),
        (None, Some(base)) => base.agreed(field).right,
        (None, None) => &Value::Nothing,
    }
}

/// What a right record holds before it is written, as far as it is known: what a vendor does not show is as it was
/// written.
fn known_before<'v>(shown: Option<&'v Value>, agreed: Option<Agreed<'v>>, right: &'v Value) -> &'v Value {
    match agreed {
        Some(agreed) if shown.is_none() && right.is_empty() => agreed.left,
        _ => right,
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use std::collections::HashSet;

    use model::{ChangeId, Policy};

    use super::*;
    use crate::plan::{
        plan,
        tests::{Case, bound, pair_of, with_given},
    };

    /// `agreed left, agreed right | right record: none, hidden or the value shown`
    fn check(agreed: (&str, &str), shown: Option<&str>, expected: &str) {
        let value = |word: &str| match word {
            "" => Value::Nothing,
            word => Value::text(word),
        };
        let (left, right) = (value(agreed.0), value(agreed.1));
        let agreed = Agreed {
            left: &left,
            right: &right,
        };
        let shown = shown.map(value);
        let holds = shown.as_ref().unwrap_or(&right);
        assert_eq!(
            known_before(shown.as_ref(), Some(agreed), holds),
            &value(expected)
        );
    }

    #[test]
    fn what_a_vendor_does_not_show_is_as_it_was_written() {
        check(("a", ""), None, "a");
        check(("a", ""), Some(""), "");
        check(("a", "A"), None, "A");
        check(("a", ""), Some("b"), "b");
    }

    #[test]
    fn where_the_right_side_wins_at_a_meeting_its_value_goes_back() {
        let mut bound = bound();
        bound.rules[1].0.clash = Some(Policy::Right);
        let met = |bound: &crate::bind::Bound| {
            let mut pair = pair_of(&Case {
                left: "name=Acme note=ours",
                right: Some("name=Acme note=theirs part=PROD-1"),
                base: Some(""),
                candidates: &[],
            });
            // It became a part of somebody's record: nobody agreed on what that holds.
            pair.base = None;
            with_given(&[], |given| {
                let mut next_id = || ChangeId::new("1");
                let plan = plan(given, bound, &[pair], &mut HashSet::new(), &mut next_id);
                let settled = &plan.settled[0];
                (
                    settled.returning,
                    settled.base.agreed(&"note".into()).right.clone(),
                )
            })
        };
        assert_eq!(met(&bound), (false, Value::text("theirs")));
        let (_, note) = bound.rules[1].clone();
        bound.back.insert(1, note);
        assert_eq!(met(&bound), (true, Value::text("ours")));
    }
}
