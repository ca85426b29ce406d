//! A long list kept sorted, in pieces, so that the record at any place is found without walking there.

use std::cmp::Ordering;

use super::{
    prose,
    raw::{Fields, plain},
};

/// How many records a piece holds before it is cut in two.
const PIECE: usize = 1024;

/// What a record is sorted by.
#[derive(Clone, Debug)]
pub(super) enum SortKey {
    Flag(bool),
    Number(f64),
    Text(Box<str>),
    Missing,
}

/// Which records of a table an order holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Scope {
    /// Only of this type.
    pub kind: Option<String>,
    /// Only those without this flag; empty: all.
    pub without: &'static str,
    /// Only those that pass all of these.
    pub tests: Vec<Test>,
}

/// What a record must be to be listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Test {
    /// A property is one of these texts.
    Equal(&'static str, Vec<String>),
    /// A list of people holds one of these ids.
    Among(&'static str, Vec<String>),
    /// A property holds this text, whatever its case.
    Within(&'static str, String),
    /// A flag is set, or not.
    Flag(&'static str, bool),
    /// A date is not before the first of these days, nor after the second.
    Days(&'static str, i64, i64),
}

/// The property to sort by; without a name, the order of creation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sort {
    pub property: String,
    pub descending: bool,
}

/// A record's place among others.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub key: SortKey,
    pub slot: u32,
}

/// All records of a scope, sorted.
pub(super) struct Order {
    pub scope: Scope,
    pub sort: Sort,
    /// When it was last asked for, by the table's own count.
    pub used: u64,
    pieces: Vec<Vec<Entry>>,
}

impl Scope {
    /// Whether a record belongs to it.
    pub(super) fn holds(&self, fields: &Fields<'_>) -> bool {
        if !self.without.is_empty() && fields.flag(self.without) {
            return false;
        }
        let kind = |kind: &String| fields.text("type").as_ref() == Some(kind);
        self.kind.as_ref().is_none_or(kind) && self.tests.iter().all(|test| test.takes(fields))
    }
}

impl Test {
    fn takes(&self, fields: &Fields<'_>) -> bool {
        match self {
            Self::Equal(field, wanted) => fields.text(field).is_some_and(|text| wanted.contains(&text)),
            Self::Among(field, wanted) => fields.people(field).iter().any(|id| wanted.contains(id)),
            Self::Within(field, part) => fields
                .text(field)
                .is_some_and(|text| text.to_lowercase().contains(part)),
            Self::Flag(field, wanted) => fields.flag(field) == *wanted,
            Self::Days(field, from, to) => fields
                .text(field)
                .and_then(|text| prose::day(&text))
                .is_some_and(|day| (*from..=*to).contains(&day)),
        }
    }
}

impl Sort {
    /// Where a record stands.
    pub(super) fn entry(&self, fields: &Fields<'_>, slot: u32) -> Entry {
        let key = match self.property.as_str() {
            "" => SortKey::Missing,
            property => SortKey::read(fields.raw(property)),
        };
        Entry { key, slot }
    }

    /// The order of two records: by key, those without one last, then by creation.
    pub(super) fn compare(&self, left: &Entry, right: &Entry) -> Ordering {
        let by_key = match (&left.key, &right.key) {
            (SortKey::Missing, SortKey::Missing) => Ordering::Equal,
            (SortKey::Missing, _) => Ordering::Greater,
            (_, SortKey::Missing) => Ordering::Less,
            (left, right) if self.descending => right.compare(left),
            (left, right) => left.compare(right),
        };
        by_key.then(left.slot.cmp(&right.slot))
    }
}

impl SortKey {
    fn read(raw: Option<&str>) -> Self {
        match raw {
            None => Self::Missing,
            Some("true") => Self::Flag(true),
            Some("false") => Self::Flag(false),
            Some(raw) if raw.starts_with('"') => {
                plain(raw).map_or(Self::Missing, |text| Self::Text(text.into()))
            }
            Some(raw) => match raw.parse::<f64>() {
                Ok(number) => Self::Number(number),
                Err(_) => Self::Text(raw.into()),
            },
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Flag(_) => 0,
            Self::Number(_) => 1,
            Self::Text(_) => 2,
            Self::Missing => 3,
        }
    }

    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Flag(left), Self::Flag(right)) => left.cmp(right),
            (Self::Number(left), Self::Number(right)) => left.total_cmp(right),
            (Self::Text(left), Self::Text(right)) => left.cmp(right),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl Order {
    /// Sorts the records once.
    pub(super) fn new(scope: Scope, sort: Sort, mut entries: Vec<Entry>) -> Self {
        entries.sort_unstable_by(|left, right| sort.compare(left, right));
        let mut pieces = Vec::with_capacity(entries.len() / (PIECE / 2) + 1);
        let mut rest = entries.into_iter().peekable();
        while rest.peek().is_some() {
            pieces.push(rest.by_ref().take(PIECE / 2).collect());
        }
        Self {
            scope,
            sort,
            used: 0,
            pieces,
        }
    }

    /// Adds a record.
    pub(super) fn insert(&mut self, entry: Entry) {
        let at = self.piece_of(&entry);
        let Some(piece) = self.pieces.get_mut(at) else {
            self.pieces.push(vec![entry]);
            return;
        };
        let place = piece.partition_point(|other| self.sort.compare(other, &entry).is_lt());
        piece.insert(place, entry);
        if piece.len() > PIECE {
            let upper = piece.split_off(PIECE / 2);
            self.pieces.insert(at + 1, upper);
        }
    }

    /// Takes a record out.
    pub(super) fn remove(&mut self, entry: &Entry) {
        let at = self.piece_of(entry);
        let Some(piece) = self.pieces.get_mut(at) else {
            return;
        };
        if let Ok(place) = piece.binary_search_by(|other| self.sort.compare(other, entry)) {
            piece.remove(place);
        }
        if piece.is_empty() {
            self.pieces.remove(at);
        }
    }

    /// The records from this place on.
    pub(super) fn from(&self, offset: usize) -> impl Iterator<Item = u32> {
        let mut left = offset;
        let mut start = self.pieces.len();
        for (at, piece) in self.pieces.iter().enumerate() {
            if left < piece.len() {
                start = at;
                break;
            }
            left -= piece.len();
        }
        let skip = if start == self.pieces.len() { 0 } else { left };
        let pieces = self.pieces.iter().skip(start);
        pieces.flatten().skip(skip).map(|entry| entry.slot)
    }

    fn piece_of(&self, entry: &Entry) -> usize {
        let starts_before = |piece: &Vec<Entry>| {
            piece
                .first()
                .is_some_and(|first| self.sort.compare(first, entry).is_le())
        };
        self.pieces.partition_point(starts_before).saturating_sub(1)
    }
}
