//! The way back: what was changed or made on the right is written to the left. Pure, as the way there is.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    Action, Base, Change, ChangeId, ConnectorId, ExternalKey, Field, FieldChange, FieldName, Otherwise,
    Owner, Pair, Plan, Problem, ProblemKind, Reason, Record, RecordId, Rule, Settled, Side, Value,
};

use super::{Given, Planning, as_kind};
use crate::{
    bind::Bound,
    files::Taken,
    merge::{Merged, same},
    turn::{Counterparts, below_line, is_cut, turn_back, turn_of},
};

/// What the way back needs to know besides what the way there does.
#[derive(Clone, Copy)]
pub struct Backwards<'a> {
    /// The right side's connector, for the keys of new records.
    pub connector: &'a ConnectorId,
    /// What right references point to on the left.
    pub counterparts: &'a Counterparts,
    /// What the left side shows of pictures that are on the right.
    pub files: &'a Taken,
    /// Why the left side could not keep a value of a kind, if it could not.
    pub misfit: &'a dyn Fn(&model::FieldKind, &Value) -> Option<String>,
}

/// Plans what was changed on the right of pairs of one pairing.
pub fn plan_back(
    given: &Given<'_>,
    back: &Backwards<'_>,
    bound: &Bound,
    pairs: &[Pair],
    next_id: &mut dyn FnMut() -> ChangeId,
) -> Plan {
    let mut plan = Plan::default();
    for pair in pairs {
        // What the way there has to say, it says itself.
        let mut unsaid = Plan::default();
        let planning = Planning::new(given, bound, pair, &mut unsaid);
        let returning = Returning {
            back,
            options: given.options,
            bound,
            record: &pair.left,
            object: &bound.pairing.left,
            plan: &mut plan,
        };
        returning.pair(planning, next_id);
    }
    plan
}

/// Plans left counterparts of right records that have none.
pub fn plan_births(
    given: &Given<'_>,
    back: &Backwards<'_>,
    bound: &Bound,
    rights: &[Record],
    next_id: &mut dyn FnMut() -> ChangeId,
) -> Plan {
    let mut plan = Plan::default();
    for right in rights {
        let returning = Returning {
            back,
            options: given.options,
            bound,
            record: right,
            object: &bound.pairing.right,
            plan: &mut plan,
        };
        returning.birth(given, right, next_id);
    }
    plan
}

/// One record on its way back.
struct Returning<'a, 'p> {
    back: &'a Backwards<'a>,
    /// The import's options, in the right side's words.
    options: &'a BTreeMap<String, Value>,
    bound: &'a Bound,
    /// The record that its problems are about: the left one, or a right one that has no counterpart yet.
    record: &'a Record,
    object: &'a model::ObjectName,
    plan: &'p mut Plan,
}

impl<'a> Returning<'a, '_> {
    fn pair(mut self, mut planning: Planning<'_, '_>, next_id: &mut dyn FnMut() -> ChangeId) {
        let pair = planning.pair;
        let (Some(right), Some(base)) = (&pair.right, &pair.base) else {
            return;
        };
        let Some(values) = planning.turned() else { return };
        let (mut fields, mut agreed_on) = (Vec::new(), Vec::new());
        for (at, left_value) in &values {
            let (Some((rule, field)), Some(to)) = (self.bound.rules.get(*at), self.bound.back.get(at)) else {
                continue;
            };
            let right_value = right.fields.get(&field.name).unwrap_or(&Value::Nothing);
            let agreed = Some(base.agreed(&field.name));
            let wins = planning.verdict(rule, agreed, left_value, right_value) == Merged::Take(Side::Right);
            if rule.owner == Owner::Left || !wins {
                continue;
            }
            let known = planning.given.known();
            if is_cut(rule, &pair.left, &field.kind, known) {
                self.is_only_a_part(to, field);
                continue;
            }
            let Some(change) = self.change_of(rule, field, to, right_value, Some(&pair.left)) else {
                continue;
            };
            agreed_on.push((*at, right_value));
            if !fields.iter().any(|other: &FieldChange| other.name == change.name) {
                fields.push(change);
            }
        }
        if fields.is_empty() {
            return;
        }
        let after = with_fields(&pair.left, &fields);
        let mut whole = base.clone();
        for (at, right_value) in agreed_on {
            self.agree(planning.given, &mut whole, at, &after, right_value, pair.adopted);
        }
        let is_there = |change: &FieldChange| {
            change
                .before
                .as_ref()
                .is_some_and(|before| same(before, &change.after))
        };
        fields.retain(|change| !is_there(change));
        if fields.is_empty() {
            self.plan.settled.push(self.at_rest(pair, right, whole));
            return;
        }
        let action = Action::Update(pair.left.id.clone());
        let change = self.change(right, action, fields, Reason::OtherSideChanged, whole, next_id());
        self.plan.changes.push(Change {
            left: pair.left.id.clone(),
            title: pair.left.title.clone(),
            adopted: pair.adopted,
            waiting: pair.waiting,
            ..change
        });
    }

    fn birth(mut self, given: &Given<'_>, right: &Record, next_id: &mut dyn FnMut() -> ChangeId) {
        let mut fields = self.constants();
        let mut taken: BTreeSet<FieldName> = fields.iter().map(|field| field.name.clone()).collect();
        let before = self.plan.problems.len();
        for (rule, field, to) in self.ways_back() {
            let right_value = right.fields.get(&field.name).unwrap_or(&Value::Nothing);
            if right_value.is_empty() || taken.contains(&to.name) {
                continue;
            }
            if let Some(change) = self.change_of(rule, field, to, right_value, None)
                && !change.after.is_empty()
            {
                taken.insert(to.name.clone());
                fields.push(change);
            }
        }
        for name in self.bound.left_needs.iter().filter(|name| !taken.contains(*name)) {
            self.lacks(name);
        }
        if self
            .plan
            .problems
            .iter()
            .skip(before)
            .any(|problem| problem.blocks)
        {
            return;
        }
        let empty = Record {
            id: RecordId::new(""),
            title: right.title.clone(),
            fields: model::Fields::new(),
            changed_at: None,
            keys: Vec::new(),
        };
        let after = with_fields(&empty, &fields);
        let mut base = Base::default();
        for (at, (_, field)) in self.bound.rules.iter().enumerate() {
            let right_value = right.fields.get(&field.name).unwrap_or(&Value::Nothing);
            self.agree(given, &mut base, at, &after, right_value, true);
        }
        let key = ExternalKey::of(self.back.connector, &self.bound.pairing.right, &right.id);
        let action = Action::Create { key };
        // It was there before us: deleting the import must never delete it.
        let change = Change {
            adopted: true,
            ..self.change(right, action, fields, Reason::Missing, base, next_id())
        };
        self.plan.changes.push(change);
    }

    /// The rules that can be turned round; what the left side owns comes last, for it may only be a name or a copy.
    fn ways_back(&self) -> Vec<(&'a Rule, &'a Field, &'a Field)> {
        let bound = self.bound;
        let ways = bound.back.iter().filter_map(|(at, to)| {
            let (rule, field) = bound.rules.get(*at)?;
            Some((rule, field, to))
        });
        let (lefts, others): (Vec<_>, Vec<_>) = ways.partition(|(rule, ..)| rule.owner == Owner::Left);
        others.into_iter().chain(lefts).collect()
    }

    /// What makes a left record one of this pairing: each condition of one word.
    fn constants(&self) -> Vec<FieldChange> {
        let conditions = self.bound.pairing.only.iter();
        let words = conditions.filter_map(|condition| match condition.is.as_slice() {
            [word] => Some(FieldChange {
                name: condition.field.clone(),
                before: None,
                after: Value::text(word.clone()),
            }),
            _ => None,
        });
        words.collect()
    }

    /// What a right value writes on the left; none if it cannot, which is a problem then.
    fn change_of(
        &mut self,
        rule: &Rule,
        field: &Field,
        to: &Field,
        right: &Value,
        left: Option<&Record>,
    ) -> Option<FieldChange> {
        let is_needed = left.is_none() && self.bound.left_needs.contains(&to.name);
        let nothing = Value::Nothing;
        // What stands in for nothing says nothing of the left side.
        let right = match self.stands_in(rule, field, right) {
            true => &nothing,
            false => right,
        };
        let below = below_line(rule, right, left, self.record);
        let right = below.as_ref().unwrap_or(right);
        let turned = match turn_back(rule, right, &to.kind, self.back.counterparts, self.back.files) {
            Ok(turned) => turned,
            Err(misfit) => {
                self.does_not_fit(to, field, &misfit.to_string(), is_needed);
                return None;
            }
        };
        if let Some(reference) = turned.unresolved.first()
            && turned.value.is_empty()
        {
            let text = format!(
                "`{}` refers to the {} `{}`, which is not on the left side",
                field.name, reference.object, reference.id
            );
            self.problem(ProblemKind::MissingReference, &field.name, text, None, is_needed);
            return None;
        }
        if let Some(why) = (self.back.misfit)(&to.kind, &turned.value) {
            self.does_not_fit(to, field, &format!("it {why}"), is_needed);
            return None;
        }
        Some(FieldChange {
            name: to.name.clone(),
            before: left.and_then(|left| left.fields.get(&to.name).cloned()),
            after: turned.value,
        })
    }

    /// Whether a right value is the one that is written where the left side has nothing.
    fn stands_in(&self, rule: &Rule, field: &Field, right: &Value) -> bool {
        let Otherwise::Option(name) = &rule.otherwise else {
            return false;
        };
        let chosen = self.options.get(name).map(|chosen| as_kind(chosen, field));
        chosen.is_some_and(|chosen| same(&chosen, right))
    }

    /// Notes in a base what a rule's two values are once the left record is as it will be.
    fn agree(
        &self,
        given: &Given<'_>,
        base: &mut Base,
        at: usize,
        after: &Record,
        right: &Value,
        born: bool,
    ) {
        let Some((rule, field)) = self.bound.rules.get(at) else {
            return;
        };
        let left = turn_of(rule, after, &field.kind, given.known(), born)
            .map_or(Value::Nothing, |turned| turned.value);
        agree_on(base, &field.name, &left, right);
    }

    fn change(
        &self,
        right: &Record,
        action: Action,
        fields: Vec<FieldChange>,
        why: Reason,
        base: Base,
        id: ChangeId,
    ) -> Change {
        Change {
            id,
            pairing: self.bound.pairing.id.clone(),
            side: Side::Left,
            object: self.bound.pairing.left.clone(),
            action,
            left_object: self.bound.pairing.left.clone(),
            left: RecordId::new(""),
            right_object: self.bound.pairing.right.clone(),
            right: Some(right.id.clone()),
            title: right.title.clone(),
            fields,
            why,
            adopted: false,
            waiting: false,
            returning: false,
            base,
        }
    }

    /// A pair of which the left record holds already what was to be written.
    fn at_rest(&self, pair: &Pair, right: &Record, base: Base) -> Settled {
        Settled {
            change: None,
            pairing: self.bound.pairing.id.clone(),
            left_object: self.bound.pairing.left.clone(),
            left: pair.left.id.clone(),
            right_object: self.bound.pairing.right.clone(),
            right: right.id.clone(),
            base,
            adopted: pair.adopted,
            waiting: pair.waiting,
            returning: false,
            shared: self.bound.pairing.shares(),
            right_hash: None,
        }
    }

    fn lacks(&mut self, name: &FieldName) {
        let from = self.bound.back.iter().find(|(_, to)| &to.name == name);
        let from = from.and_then(|(at, _)| Some(&self.bound.rules.get(*at)?.1.name));
        let text = match from {
            Some(right) => format!("`{name}` is required on the left side, and `{right}` has no value"),
            None => format!("`{name}` is required on the left side, and no rule gives it a value"),
        };
        let hint = "fill it in on the right side; the next sync tries again";
        self.problem(ProblemKind::MissingRequired, name, text, Some(hint), true);
    }

    fn is_only_a_part(&mut self, to: &Field, field: &Field) {
        let text = format!(
            "`{}` was changed on the right side, which holds only a part of `{}`: the rest would be lost",
            field.name, to.name
        );
        let hint = "make the change on the left side";
        self.problem(ProblemKind::DoesNotFit, &field.name, text, Some(hint), false);
    }

    fn does_not_fit(&mut self, to: &Field, field: &Field, misfit: &str, blocks: bool) {
        let text = format!(
            "`{}` does not fit into `{}` on the left side: {misfit}",
            field.name, to.name
        );
        self.problem(ProblemKind::DoesNotFit, &field.name, text, None, blocks);
    }

    fn problem(
        &mut self,
        kind: ProblemKind,
        field: &FieldName,
        text: String,
        hint: Option<&str>,
        blocks: bool,
    ) {
        self.plan.problems.push(Problem {
            kind,
            pairing: Some(self.bound.pairing.id.clone()),
            side: Side::Left,
            object: self.object.clone(),
            record: self.record.id.clone(),
            title: self.record.title.clone(),
            field: Some(field.clone()),
            text,
            hint: hint.map(str::to_owned),
            blocks,
        });
    }
}

/// Sets what a field's two values are agreed to be.
pub(crate) fn agree_on(base: &mut Base, field: &FieldName, left: &Value, right: &Value) {
    base.left.remove(field);
    base.right.remove(field);
    if !left.is_empty() {
        base.left.insert(field.clone(), left.clone());
    }
    if !same(left, right) {
        base.right.insert(field.clone(), right.clone());
    }
}

/// A left record as it is once these fields are written.
pub(crate) fn with_fields(left: &Record, fields: &[FieldChange]) -> Record {
    let mut after = left.clone();
    for field in fields {
        after.fields.insert(field.name.clone(), field.after.clone());
    }
    after
}

#[cfg(test)]
pub(crate) mod tests;
