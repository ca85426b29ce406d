//! Pairs in, plan out: a pure function, so that what is shown is what is done.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use model::{
    Action, Base, Change, ChangeId, Condition, ConnectorId, Decision, ExternalKey, Field, FieldChange,
    FieldKind, FieldName, ObjectName, Otherwise, Pair, Plan, Policy, Problem, ProblemKind, Reason, Record,
    RecordId, Reference, Rule, Settled, Side, Value,
};

use crate::{
    bind::Bound,
    files::{Missing, Taken, say_missing},
    identify::{Identified, identify},
    landing::landing,
    turn::{Counterparts, KnownOnRight, Turned, below_lines, say, turn_of},
    unique::Shared,
};

mod along;
pub(crate) mod back;
mod choice;
pub(crate) mod dead;
pub(crate) mod gone;
mod inspect;
pub(crate) mod lost;
mod merging;
pub(crate) mod rehome;
mod unique;

pub(crate) use along::brings;
pub(crate) use back::agree_on;
pub use back::{Backwards, plan_back, plan_births};
pub use inspect::{Agreement, FieldView, inspect};
pub use lost::mark_of_lost;

/// What planning needs to know besides the pairs.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    /// The left side's connector, for the keys of new records.
    pub connector: &'a ConnectorId,
    /// The right side's, for the keys of left records that were made for right ones.
    pub right_connector: &'a ConnectorId,
    /// The import's options, in the right side's words.
    pub options: &'a BTreeMap<String, Value>,
    /// What left references point to on the right; none: all of them count as followed.
    pub counterparts: Option<&'a Counterparts>,
    /// What became of the files that left records show and hold.
    pub files: &'a Taken,
    /// Whether every record that could arrive has arrived, so that a reference that leads nowhere is a problem.
    pub all_arrived: bool,
    /// Why the right side could not keep a value of a kind, if it could not.
    pub misfit: &'a dyn Fn(&FieldKind, &Value) -> Option<String>,
    /// Left objects of which some records stay without a counterpart, as the user of the import chose.
    pub left_alone: &'a BTreeSet<ObjectName>,
    /// Who wins a clash where a rule does not say.
    pub clashes: Policy,
    /// What people decided about these records.
    pub decisions: &'a [Decision],
    /// Who else says what only one may say.
    pub shared: Option<&'a Shared>,
}

impl<'a> Given<'a> {
    fn known(&self) -> KnownOnRight<'a> {
        KnownOnRight {
            counterparts: self.counterparts,
            files: self.files,
        }
    }
}

/// Plans pairs of one pairing. `claimed` holds right records that earlier pairs of this run met; `next_id` numbers
/// the changes.
pub fn plan(
    given: &Given<'_>,
    bound: &Bound,
    pairs: &[Pair],
    claimed: &mut HashSet<RecordId>,
    next_id: &mut dyn FnMut() -> ChangeId,
) -> Plan {
    let mut plan = Plan::default();
    for pair in pairs {
        Planning::new(given, bound, pair, &mut plan).pair(claimed, next_id);
    }
    plan
}

/// The pairing that a left record belongs to: the first whose conditions all hold.
pub fn choose<'a>(bound: &'a [Bound], object: &ObjectName, left: &Record) -> Option<&'a Bound> {
    bound.iter().find(|bound| {
        &bound.pairing.left == object
            && bound.pairing.joins.is_none()
            && bound.pairing.only.iter().all(|condition| holds(condition, left))
            && !bound.leaves_out(left)
    })
}

fn holds(condition: &Condition, left: &Record) -> bool {
    let words: Vec<String> = match left.fields.get(&condition.field) {
        Some(value) => value
            .elements()
            .iter()
            .map(|value| say(value).to_lowercase())
            .collect(),
        None => Vec::new(),
    };
    let among = |list: &[String]| list.iter().any(|word| words.contains(&word.to_lowercase()));
    (condition.is.is_empty() || among(&condition.is)) && !among(&condition.is_not)
}

/// One pair while it is planned.
struct Planning<'a, 'p> {
    given: &'a Given<'a>,
    bound: &'a Bound,
    pair: &'a Pair,
    plan: &'p mut Plan,
    base: Base,
    waiting: bool,
    /// Whether some right value is to be written to the left.
    returning: bool,
    /// At a first meeting of two of which one was made for the other: the side that was there first.
    maker: Option<Side>,
}

impl<'a, 'p> Planning<'a, 'p> {
    fn new(given: &'a Given<'a>, bound: &'a Bound, pair: &'a Pair, plan: &'p mut Plan) -> Self {
        Self {
            given,
            bound,
            pair,
            plan,
            base: Base::default(),
            waiting: false,
            returning: false,
            maker: None,
        }
    }
}

impl Planning<'_, '_> {
    fn pair(&mut self, claimed: &mut HashSet<RecordId>, next_id: &mut dyn FnMut() -> ChangeId) {
        let Some(values) = self.turned() else { return };
        if let Some(id) = self.pair.right_id.clone() {
            let right = self.pair.right.as_ref();
            let fields = self.merged(&values, right, self.pair.base.as_ref());
            if self.remade(&fields, next_id) {
                return;
            }
            return self.write(id, fields, Reason::OtherSideChanged, self.pair.adopted, next_id);
        }
        if let Some(onto) = &self.bound.pairing.onto {
            return match landing(onto, &self.pair.left, self.given.counterparts) {
                Ok(id) => {
                    let fields = self.merged(&values, self.pair.right.as_ref(), None);
                    self.write(id, fields, Reason::OtherSideChanged, true, next_id);
                }
                Err(text) => {
                    let hint = "it is written by the first sync after that record arrives";
                    self.problem(ProblemKind::MissingReference, None, text, Some(hint), true);
                }
            };
        }
        let key = ExternalKey::of(self.given.connector, &self.bound.pairing.left, &self.pair.left.id);
        let free: Vec<Record> = self
            .pair
            .candidates
            .iter()
            .filter(|candidate| !claimed.contains(&candidate.id))
            .cloned()
            .collect();
        let found = identify(
            &self.bound.pairing,
            &self.pair.left,
            (&key, self.given.right_connector),
            &free,
        );
        match self.as_chosen(found, &key, &free) {
            Identified::Nobody if self.bound.leaves_alone() => {}
            Identified::Nobody => self.create(&values, key, next_id),
            Identified::Equal(ids) => self.equal_candidates(&ids),
            Identified::One { id, by, .. } => {
                claimed.insert(id.clone());
                let right = free.iter().find(|candidate| candidate.id == id);
                // Our own key says that one was made for the other in an earlier life: then it is not somebody else's
                // record, and what it was made of counts.
                let is_ours = by.as_str() == crate::identify::KEY;
                let adopted = !is_ours || !right.is_some_and(|right| has_key(right, &key));
                self.maker = is_ours.then_some(if adopted { Side::Right } else { Side::Left });
                let values = match self.maker {
                    Some(Side::Right) => self.below_lines(values),
                    _ => values,
                };
                let fields = self.merged(&values, right, None);
                self.write(id, fields, Reason::FirstMeeting, adopted, next_id);
            }
        }
    }

    /// What every rule's left value turns into; `None` if the record must wait for a person.
    fn turned(&mut self) -> Option<Vec<(usize, Value)>> {
        let (values, blocked) = self.turn_all();
        (!blocked).then_some(values)
    }

    /// The same as far as it goes, and whether the record must wait for a person.
    fn turn_all(&mut self) -> (Vec<(usize, Value)>, bool) {
        let mut values = Vec::with_capacity(self.bound.rules.len());
        let mut blocked = false;
        let known = self.given.known();
        for (at, (rule, field)) in self.bound.rules.iter().enumerate() {
            let value = match turn_of(rule, &self.pair.left, &field.kind, known, self.pair.adopted) {
                Ok(turned) if self.is_stuck(rule, field, &turned) => {
                    blocked = true;
                    self.note_unresolved(field, &turned.unresolved, true);
                    self.note_unresolved(field, &turned.left_out, true);
                    continue;
                }
                Ok(turned) if let Some(why) = (self.given.misfit)(&field.kind, &turned.value) => {
                    blocked |= field.required;
                    self.does_not_fit(rule, field, &format!("it {why}"));
                    continue;
                }
                Ok(turned) => {
                    self.note_unresolved(field, &turned.unresolved, false);
                    self.note_left_behind(field, &turned);
                    self.note_missing(field, &turned.missing);
                    match self.bound.attach == Some(at) {
                        true => self.given.files.of(&self.pair.left.id),
                        false => self.unless_gone(rule, field, turned),
                    }
                }
                Err(misfit) => {
                    blocked |= field.required;
                    self.does_not_fit(rule, field, &misfit.to_string());
                    continue;
                }
            };
            if self.is_shared(rule, field, &value) {
                blocked |= field.required;
                values.push((at, Value::Nothing));
                continue;
            }
            match self.or_otherwise(rule, field, value) {
                Some(value) => values.push((at, value)),
                None => blocked = true,
            }
        }
        (values, blocked)
    }

    /// What the values of a left record say on the right one that it was made for.
    fn below_lines(&self, values: Vec<(usize, Value)>) -> Vec<(usize, Value)> {
        let below = |(at, value): (usize, Value)| match self.bound.rules.get(at) {
            Some((rule, _)) => (at, below_lines(rule, value)),
            None => (at, value),
        };
        values.into_iter().map(below).collect()
    }

    /// Whether the record cannot be made before what it refers to.
    fn is_stuck(&self, rule: &Rule, field: &Field, turned: &Turned) -> bool {
        let names_some = !turned.unresolved.is_empty() || !turned.left_out.is_empty();
        let is_lost = turned.value.is_empty() && names_some;
        is_lost && field.required && rule.otherwise == Otherwise::Nothing && self.pair.right_id.is_none()
    }

    fn note_unresolved(&mut self, field: &Field, unresolved: &[Reference], blocks: bool) {
        for reference in unresolved {
            self.waiting = true;
            let is_left_alone = self.given.left_alone.contains(&reference.object);
            if blocks || (self.given.all_arrived && !is_left_alone) {
                let text = format!(
                    "it refers to the {} `{}`, which is not on the right side",
                    reference.object, reference.id
                );
                let hint = "it is filled in by the first sync after that record arrives";
                self.problem(
                    ProblemKind::MissingReference,
                    Some(&field.name),
                    text,
                    Some(hint),
                    blocks,
                );
            }
        }
    }

    fn note_left_behind(&mut self, field: &Field, turned: &Turned) {
        for (what, times) in turned.left_behind() {
            let what = format!("{}.{}: {what}", self.bound.pairing.id, field.name);
            *self.plan.left_out.entry(what).or_default() += times;
        }
    }

    fn note_missing(&mut self, field: &Field, missing: &[Missing]) {
        if missing.is_empty() {
            return;
        }
        let text = say_missing(missing);
        let hint = "each sync tries again; until then its name stands there";
        self.problem(
            ProblemKind::MissingFile,
            Some(&field.name),
            text,
            Some(hint),
            false,
        );
    }

    fn or_otherwise(&mut self, rule: &Rule, field: &Field, value: Value) -> Option<Value> {
        if !value.is_empty() {
            return Some(value);
        }
        match &rule.otherwise {
            Otherwise::Nothing => {}
            Otherwise::Value(value) => return Some(value.clone()),
            Otherwise::Option(name) => match self.given.options.get(name) {
                Some(chosen) => return Some(as_kind(chosen, field)),
                None if !field.required => {}
                None => {
                    let text = format!(
                        "`{}` needs the import's option `{name}`, which is not set",
                        field.name
                    );
                    self.problem(ProblemKind::MissingRequired, Some(&field.name), text, None, true);
                    return None;
                }
            },
            Otherwise::Problem => {
                let text = format!("`{}` has no value on the left side", field.name);
                self.problem(ProblemKind::MissingRequired, Some(&field.name), text, None, true);
                return None;
            }
        }
        if field.required && self.pair.right_id.is_none() {
            let text = format!(
                "`{}` is required on the right side and has no value on the left side",
                field.name
            );
            self.problem(ProblemKind::MissingRequired, Some(&field.name), text, None, true);
            return None;
        }
        Some(Value::Nothing)
    }

    fn create(&mut self, values: &[(usize, Value)], key: ExternalKey, next_id: &mut dyn FnMut() -> ChangeId) {
        let mut fields = Vec::with_capacity(values.len());
        for (name, value) in self.filled(values) {
            fields.push(FieldChange {
                name: name.clone(),
                before: None,
                after: value.clone(),
            });
            self.base.left.insert(name, value);
        }
        let change = self.change(Action::Create { key }, fields, Reason::Missing, false, next_id());
        self.plan.changes.push(change);
    }

    fn filled(&self, values: &[(usize, Value)]) -> Vec<(FieldName, Value)> {
        values
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .filter_map(|(at, value)| Some((self.bound.rules.get(*at)?.1.name.clone(), value.clone())))
            .collect()
    }

    fn write(
        &mut self,
        id: RecordId,
        fields: Vec<FieldChange>,
        why: Reason,
        adopted: bool,
        next_id: &mut dyn FnMut() -> ChangeId,
    ) {
        if !fields.is_empty() {
            let change = self.change(Action::Update(id), fields, why, adopted, next_id());
            self.plan.changes.push(change);
            return;
        }
        let at_rest = self.pair.base.as_ref() == Some(&self.base)
            && (self.pair.waiting, self.pair.returning) == (self.waiting, self.returning);
        if at_rest {
            self.plan.alike += 1;
            return;
        }
        self.plan.settled.push(Settled {
            change: None,
            pairing: self.bound.pairing.id.clone(),
            left_object: self.bound.pairing.left.clone(),
            left: self.pair.left.id.clone(),
            right_object: self.bound.pairing.right.clone(),
            right: id,
            base: std::mem::take(&mut self.base),
            adopted,
            waiting: self.waiting,
            returning: self.returning,
            shared: self.bound.pairing.shares(),
            right_hash: None,
        });
    }

    fn change(
        &mut self,
        action: Action,
        fields: Vec<FieldChange>,
        why: Reason,
        adopted: bool,
        id: ChangeId,
    ) -> Change {
        Change {
            id,
            pairing: self.bound.pairing.id.clone(),
            side: Side::Right,
            object: self.bound.pairing.right.clone(),
            left_object: self.bound.pairing.left.clone(),
            left: self.pair.left.id.clone(),
            right_object: self.bound.pairing.right.clone(),
            right: match &action {
                Action::Create { .. } => None,
                Action::Update(id) | Action::Delete(id) => Some(id.clone()),
            },
            title: self.pair.left.title.clone(),
            action,
            fields,
            why,
            adopted,
            waiting: self.waiting,
            returning: self.returning,
            base: std::mem::take(&mut self.base),
        }
    }

    fn does_not_fit(&mut self, rule: &Rule, field: &Field, misfit: &str) {
        let from: Vec<&str> = rule.left.iter().map(FieldName::as_str).collect();
        let text = format!(
            "`{}` does not fit into `{}`: {misfit}",
            from.join("`, `"),
            field.name
        );
        self.problem(
            ProblemKind::DoesNotFit,
            Some(&field.name),
            text,
            None,
            field.required,
        );
    }

    fn problem(
        &mut self,
        kind: ProblemKind,
        field: Option<&FieldName>,
        text: String,
        hint: Option<&str>,
        blocks: bool,
    ) {
        self.plan.problems.push(Problem {
            kind,
            pairing: Some(self.bound.pairing.id.clone()),
            side: Side::Right,
            object: self.bound.pairing.left.clone(),
            record: self.pair.left.id.clone(),
            title: self.pair.left.title.clone(),
            field: field.cloned(),
            text,
            hint: hint.map(str::to_owned),
            blocks,
        });
    }
}

/// Whether a right record carries this very key.
fn has_key(right: &Record, key: &ExternalKey) -> bool {
    right
        .keys
        .iter()
        .any(|known| known.eq_ignore_ascii_case(key.as_str()))
}

/// An option is one value; a field that takes several takes it as the only one.
fn as_kind(value: &Value, field: &Field) -> Value {
    match (&field.kind, value) {
        (FieldKind::List(_), Value::List(_)) => value.clone(),
        (FieldKind::List(_), one) => Value::List(vec![one.clone()]),
        _ => value.clone(),
    }
}

#[cfg(test)]
pub(crate) mod tests;
