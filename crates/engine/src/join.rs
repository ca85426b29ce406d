//! Records of one left object that are the same thing, such as one person in several companies: the first of them makes
//! the counterpart, and the others join it.

use std::collections::{HashMap, HashSet, VecDeque};

use model::{FieldName, Joins, PairRow, PairingId, Record, RecordId, Turn, Value};

use crate::{
    identify::folded,
    merge::same,
    turn::{is_gathered_of, json},
    work::mark,
};

mod lane;
mod part;
mod spare;

pub(crate) use lane::Joined;
pub(crate) use part::part;

/// What a record is told by, and where it is, as marks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tells {
    id: RecordId,
    /// One for each field that tells, in their order; none where it is empty.
    told: Vec<Option<u64>>,
    place: Option<u64>,
}

impl Tells {
    pub(crate) fn of(joins: &Joins, record: &Record) -> Self {
        let told = |name: &FieldName| {
            let (_, text) = folded(record, name, name).into_iter().next()?;
            Some(mark_of(&[name.as_str(), &text]))
        };
        let place = record.fields.get(&joins.apart).filter(|place| !place.is_empty());
        Self {
            id: record.id.clone(),
            told: joins.alike.iter().map(told).collect(),
            place: place.map(|place| mark_of(&[&json(place).to_string()])),
        }
    }

    /// Whether the first field that both have says the same: its mark.
    fn alike(&self, other: &Self) -> Option<u64> {
        let mut both = self
            .told
            .iter()
            .zip(&other.told)
            .filter_map(|(one, other)| Some(((*one)?, (*other)?)));
        both.next()
            .filter(|(one, other)| one == other)
            .map(|(one, _)| one)
    }

    fn is_elsewhere(&self, other: &Self) -> bool {
        self.place.is_some() && other.place.is_some() && self.place != other.place
    }
}

fn mark_of(parts: &[&str]) -> u64 {
    mark(&RecordId::from(parts.join("\n")))
}

/// Whose counterpart a record joins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Meets {
    /// Nobody's: it gets its own.
    Nobody,
    /// That is not known before somebody alike is settled; the mark says who waits for the same.
    Waits(u64),
    /// This one.
    Joins(RecordId),
}

/// Records that get a counterpart of their own, by what they are told by.
#[derive(Debug, Default)]
struct Firsts(HashMap<u64, Vec<Tells>>);

impl Firsts {
    fn insert(&mut self, tells: &Tells) {
        for told in tells.told.iter().flatten() {
            self.0.entry(*told).or_default().push(tells.clone());
        }
    }

    fn alike(&self, tells: &Tells) -> Option<(&Tells, u64)> {
        let told = tells.told.iter().flatten();
        let others = told.filter_map(|told| self.0.get(told)).flatten();
        others
            .filter(|other| other.id != tells.id)
            .find_map(|other| Some((other, tells.alike(other)?)))
    }
}

/// What a lane remembers of one batch.
#[derive(Debug, Default)]
struct Memory {
    firsts: Firsts,
    /// Right records that somebody joins: two must not add to one list at once.
    joined: HashSet<RecordId>,
}

/// What a lane remembers of records that may be alike, while nothing in the store tells of them yet.
#[derive(Debug, Default)]
pub(crate) struct Joining {
    /// The batch that is planned, and the one that is written meanwhile. A preview, which writes none, forgets none.
    now: Memory,
    before: Memory,
    /// Those that wait for somebody alike, with the mark of what they wait for.
    later: VecDeque<(u64, RecordId)>,
    /// Whether all that could be settled is.
    is_late: bool,
}

impl Joining {
    /// Another batch begins.
    fn turn_over(&mut self) {
        self.before = std::mem::take(&mut self.now);
    }

    /// The records that can be planned now: of those that wait for the same, one.
    pub(crate) fn due(&mut self, at_most: usize) -> Vec<RecordId> {
        self.is_late = true;
        self.now = Memory::default();
        self.before = Memory::default();
        let (mut due, mut seen) = (Vec::new(), HashSet::new());
        for (mark, id) in std::mem::take(&mut self.later) {
            match due.len() < at_most && seen.insert(mark) {
                true => due.push(id),
                false => self.later.push_back((mark, id)),
            }
        }
        due
    }

    fn is_joined(&self, right: &RecordId) -> bool {
        self.now.joined.contains(right) || self.before.joined.contains(right)
    }

    /// Whose counterpart a record without one joins, among others that are alike, each with its own. `makes` is the pairing
    /// that makes counterparts.
    fn meet(&self, tells: &Tells, others: &[(Tells, Option<PairRow>)], makes: &PairingId) -> Meets {
        let alike = others
            .iter()
            .filter(|(other, _)| other.id != tells.id && tells.alike(other).is_some());
        let rows = alike.filter_map(|(other, row)| Some((other, row.as_ref()?)));
        let (elsewhere, here): (Vec<_>, Vec<_>) = rows.partition(|(other, _)| tells.is_elsewhere(other));
        let is_taken = |right: &RecordId| here.iter().any(|(_, row)| &row.right == right);
        let makers = elsewhere
            .iter()
            .filter(|(_, row)| &row.pairing == makes && !is_taken(&row.right));
        if let Some((_, row)) = makers.min_by_key(|(other, _)| &other.id) {
            return match self.is_joined(&row.right) {
                true => Meets::Waits(mark(&row.right)),
                false => Meets::Joins(row.right.clone()),
            };
        }
        let firsts = [&self.now.firsts, &self.before.firsts];
        let waits = firsts.into_iter().find_map(|firsts| firsts.alike(tells));
        waits.map_or(Meets::Nobody, |(_, mark)| Meets::Waits(mark))
    }

    /// The same where nothing is ever written: the first one alike stands for its counterpart.
    fn meet_in_preview(&self, tells: &Tells) -> Meets {
        match self.now.firsts.alike(tells) {
            Some((first, _)) if first.is_elsewhere(tells) => Meets::Joins(first.id.clone()),
            _ => Meets::Nobody,
        }
    }
}

/// What a list holds once what is ours in it is put in and what was ours is taken out.
pub(crate) fn with_part(list: &Value, was: &Value, ours: &Value) -> Value {
    let is_in = |list: &Value, value: &Value| list.elements().iter().any(|one| same(one, value));
    let kept = list.elements().iter();
    let kept = kept.filter(|value| !is_in(was, value) || is_in(ours, value));
    let new = ours.elements().iter().filter(|value| !is_in(list, value));
    let all: Vec<Value> = kept.chain(new).cloned().collect();
    match all.is_empty() {
        true => Value::Nothing,
        false => Value::List(all),
    }
}

/// What was ours in a list: as agreed on, and what a run that was killed wrote of the record since, which says whose it is.
pub(crate) fn was_ours(turn: &Turn, list: &Value, agreed: &Value, id: &RecordId) -> Value {
    if *turn != Turn::Gathered {
        return agreed.clone();
    }
    let earlier = list.elements().iter().filter(|text| is_gathered_of(text, id));
    Value::List(agreed.elements().iter().chain(earlier).cloned().collect())
}

/// Whether a list holds all of these.
pub(crate) fn holds_part(list: &Value, part: &Value) -> bool {
    let is_in = |value: &Value| list.elements().iter().any(|one| same(one, value));
    part.elements().iter().all(is_in)
}

#[cfg(test)]
mod tests;
