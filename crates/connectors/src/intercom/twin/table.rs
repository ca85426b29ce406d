//! Records of one kind: by id, in order of time, and by what else they are asked for.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Bound,
};

use serde_json::{Map, Value};

use super::call::View;

/// A record as it is kept: what is known about it, and nothing that follows from that.
pub(super) type Record = Map<String, Value>;

/// An id as a number: by it records are kept, and told apart where their times are equal.
pub(super) type Rank = u128;

/// What records can be found by: a name, and what a record is found by under it.
pub(super) type Key = (&'static str, fn(&Record) -> Vec<String>);

/// What is true of all records of a table.
pub(super) struct Layout {
    /// The table's name: `contacts`.
    pub(super) table: &'static str,
    /// What `dump` calls its records; none: it gives none of them out.
    pub(super) object: Option<&'static str>,
    /// The times (whole numbers, in seconds) that it is kept in order of.
    pub(super) orders: &'static [&'static str],
    /// What its records can be found by.
    pub(super) keys: &'static [Key],
    /// A record as callers see it.
    pub(super) show: fn(&View<'_>, &Record) -> Value,
}

/// The records of one kind.
#[derive(Default)]
pub(super) struct Table {
    layout: Option<&'static Layout>,
    rows: BTreeMap<Rank, Record>,
    orders: HashMap<&'static str, BTreeSet<(i64, Rank)>>,
    keys: HashMap<(&'static str, String), BTreeSet<Rank>>,
}

/// The order of a walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Up,
    Down,
}

/// A place in a walk: a time in seconds, and a record's rank.
pub(super) type Place = (i64, Rank);

impl Table {
    pub(super) fn new(layout: &'static Layout) -> Self {
        Self {
            layout: Some(layout),
            ..Self::default()
        }
    }

    pub(super) fn layout(&self) -> Option<&'static Layout> {
        self.layout
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn get(&self, id: &str) -> Option<&Record> {
        self.rows.get(&rank(id)?)
    }

    pub(super) fn has(&self, id: &str) -> bool {
        self.get(id).is_some()
    }

    /// All records, the oldest id first.
    pub(super) fn rows(&self) -> impl DoubleEndedIterator<Item = &Record> {
        self.rows.values()
    }

    /// Keeps a record under its `id`; without a usable one it is not kept.
    pub(super) fn put(&mut self, record: Record) {
        let Some(rank) = id(&record).and_then(rank) else {
            return;
        };
        self.take(rank);
        let Some(layout) = self.layout else { return };
        for name in layout.orders {
            let places = self.orders.entry(name).or_default();
            places.insert((time(&record, name), rank));
        }
        for (name, of) in layout.keys {
            for value in of(&record) {
                self.keys.entry((name, value)).or_default().insert(rank);
            }
        }
        self.rows.insert(rank, record);
    }

    pub(super) fn remove(&mut self, id: &str) -> Option<Record> {
        self.take(rank(id)?)
    }

    fn take(&mut self, rank: Rank) -> Option<Record> {
        let record = self.rows.remove(&rank)?;
        let layout = self.layout?;
        for name in layout.orders {
            if let Some(places) = self.orders.get_mut(name) {
                places.remove(&(time(&record, name), rank));
            }
        }
        for (name, of) in layout.keys {
            for value in of(&record) {
                let key = (*name, value);
                let Some(ranks) = self.keys.get_mut(&key) else {
                    continue;
                };
                ranks.remove(&rank);
                if ranks.is_empty() {
                    self.keys.remove(&key);
                }
            }
        }
        Some(record)
    }

    /// The records that are found by a value, the oldest id first.
    pub(super) fn by(
        &self,
        key: &'static str,
        value: &str,
    ) -> impl DoubleEndedIterator<Item = &Record> + use<'_> {
        let ranks = self.keys.get(&(key, value.to_owned()));
        ranks.into_iter().flatten().filter_map(|rank| self.rows.get(rank))
    }

    /// How many records are found by a value.
    pub(super) fn count_by(&self, key: &'static str, value: &str) -> usize {
        self.keys.get(&(key, value.to_owned())).map_or(0, BTreeSet::len)
    }

    /// All records behind an id, the oldest id first.
    pub(super) fn after(&self, rank: Option<Rank>) -> impl Iterator<Item = &Record> {
        let low = rank.map_or(Bound::Unbounded, Bound::Excluded);
        self.rows.range((low, Bound::Unbounded)).map(|(_, row)| row)
    }

    /// Whether the table is kept in order of that time.
    pub(super) fn is_in_order_of(&self, name: &str) -> bool {
        self.layout.is_some_and(|layout| layout.orders.contains(&name))
    }

    /// How many records have a time within bounds.
    pub(super) fn count_between(&self, order: &str, from: i64, to: i64) -> usize {
        let (low, high) = (Bound::Included((from, 0)), Bound::Included((to, Rank::MAX)));
        match self.orders.get(order).filter(|_| is_span(low, high)) {
            Some(places) if (from, to) == (i64::MIN, i64::MAX) => places.len(),
            Some(places) => places.range((low, high)).count(),
            None => 0,
        }
    }

    /// Records in order of a time, within bounds of it (in seconds), from behind a place on.
    pub(super) fn walk<'a>(
        &'a self,
        order: &str,
        direction: Direction,
        from: i64,
        to: i64,
        after: Option<Place>,
    ) -> Box<dyn Iterator<Item = (Place, &'a Record)> + 'a> {
        let (mut low, mut high) = (Bound::Included((from, 0)), Bound::Included((to, Rank::MAX)));
        match (after, direction) {
            (Some(place), Direction::Up) if place >= (from, 0) => low = Bound::Excluded(place),
            (Some(place), Direction::Down) if place <= (to, Rank::MAX) => high = Bound::Excluded(place),
            _ => {}
        }
        let (Some(places), true) = (self.orders.get(order), is_span(low, high)) else {
            return Box::new(std::iter::empty());
        };
        let places = places.range((low, high));
        let row = |place: &Place| Some((*place, self.rows.get(&place.1)?));
        match direction {
            Direction::Up => Box::new(places.filter_map(row)),
            Direction::Down => Box::new(places.rev().filter_map(row)),
        }
    }
}

/// Whether bounds are in order: a set's `range` panics where they are not.
fn is_span(low: Bound<Place>, high: Bound<Place>) -> bool {
    match (low, high) {
        (Bound::Included(low), Bound::Included(high)) => low <= high,
        (Bound::Included(low) | Bound::Excluded(low), Bound::Included(high) | Bound::Excluded(high)) => {
            low < high
        }
        _ => true,
    }
}

pub(super) fn id(record: &Record) -> Option<&str> {
    record.get("id")?.as_str()
}

/// A time of a record; one that it has not is before all others.
pub(super) fn time(record: &Record, name: &str) -> i64 {
    record.get(name).and_then(Value::as_i64).unwrap_or(i64::MIN)
}

/// An id as a number: 24 digits to the base sixteen, or a plain number.
pub(super) fn rank(id: &str) -> Option<Rank> {
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    match id.len() {
        24 if id.bytes().all(is_hex) => Rank::from_str_radix(id, 16).ok(),
        1..=19 if id.bytes().all(|byte| byte.is_ascii_digit()) && (id == "0" || !id.starts_with('0')) => {
            id.parse().ok()
        }
        _ => None,
    }
}

/// The id that has this rank, as a cursor writes it: a number, or a text.
pub(super) fn id_value(rank: Rank) -> Value {
    match u64::try_from(rank) {
        Ok(number) => number.into(),
        Err(_) => format!("{rank:024x}").into(),
    }
}
