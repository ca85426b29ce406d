//! Records of one family in the order of their creation, with the indexes that keep a look-up as cheap as what it returns.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::{Bound, Range},
};

use super::{
    kind::{Key, Kind},
    row::{Row, any_of},
};

/// Where a record stands on its shelf.
pub(super) type Slot = u32;

/// How a shelf's records are found.
#[derive(Clone, Copy)]
pub(super) struct Indexes {
    /// Fields of which no two records share a value.
    pub(super) unique: &'static [&'static str],
    /// Fields of which records share values.
    pub(super) shared: &'static [&'static str],
    /// What a unique value is unique within, besides the shelf.
    pub(super) within: Within,
}

/// What a unique value is unique within.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Within {
    Shelf,
    Kind,
    /// The record that the field `object` names.
    Object,
}

/// Records, by slot; a deleted one leaves its slot empty for ever.
pub(super) struct Shelf {
    indexes: Indexes,
    rows: Vec<Option<Box<Row>>>,
    /// When each slot was filled; never decreases.
    born: Vec<i64>,
    /// The slot of a kind's n-th record.
    numbers: BTreeMap<Kind, Vec<Slot>>,
    live: BTreeMap<Kind, usize>,
    /// By kind, so that a list of one kind does not pass the others' changes.
    changed: BTreeMap<Kind, BTreeSet<Moment>>,
    unique: HashMap<Box<str>, Slot>,
    shared: BTreeSet<(Box<str>, Slot)>,
}

/// When a record changed, and which it is.
pub(super) type Moment = (i64, Slot);

/// Custom values are indexed up to so many bytes; a look-up compares the whole value afterwards.
const INDEXED_BYTES: usize = 120;

impl Shelf {
    pub(super) fn new(indexes: Indexes) -> Self {
        Self {
            indexes,
            rows: Vec::new(),
            born: Vec::new(),
            numbers: BTreeMap::new(),
            live: BTreeMap::new(),
            changed: BTreeMap::new(),
            unique: HashMap::new(),
            shared: BTreeSet::new(),
        }
    }

    pub(super) fn at(&self, slot: Slot) -> Option<&Row> {
        self.rows.get(slot as usize)?.as_deref()
    }

    pub(super) fn slot(&self, key: Key) -> Option<Slot> {
        let number = usize::try_from(key.number.checked_sub(1)?).ok()?;
        self.numbers.get(&key.kind)?.get(number).copied()
    }

    pub(super) fn get(&self, key: Key) -> Option<&Row> {
        self.at(self.slot(key)?).filter(|row| row.key == key)
    }

    pub(super) fn len(&self) -> Slot {
        slot_of(self.rows.len())
    }

    pub(super) fn count(&self, kinds: Option<&[Kind]>) -> usize {
        let counted = |kind: &Kind| kinds.is_none_or(|kinds| kinds.contains(kind));
        self.live
            .iter()
            .filter(|(kind, _)| counted(kind))
            .map(|(_, n)| n)
            .sum()
    }

    pub(super) fn next_number(&self, kind: Kind) -> u32 {
        self.numbers.get(&kind).map_or(0, |slots| slot_of(slots.len())) + 1
    }

    pub(super) fn rows(&self) -> impl DoubleEndedIterator<Item = (Slot, &Row)> {
        let numbered = self.rows.iter().enumerate();
        numbered.filter_map(|(slot, row)| Some((slot_of(slot), row.as_deref()?)))
    }

    /// The slots born in this time.
    pub(super) fn born(&self, after: i64, before: i64) -> (Slot, Slot) {
        let first = self.born.partition_point(|born| *born < after);
        let end = self.born.partition_point(|born| *born <= before);
        (slot_of(first), slot_of(end))
    }

    /// The slots, among these, whose record has this value in an indexed field.
    pub(super) fn having<'a>(
        &'a self,
        index: &str,
        slots: Range<Slot>,
    ) -> impl DoubleEndedIterator<Item = Slot> + use<'a> {
        let first: (Box<str>, Slot) = (index.into(), slots.start);
        let end: (Box<str>, Slot) = (index.into(), slots.end.max(slots.start));
        self.shared.range(first..end).map(|(_, slot)| *slot)
    }

    /// The slots, among these, of one kind.
    pub(super) fn of_kind(&self, kind: Kind, slots: Range<Slot>) -> impl DoubleEndedIterator<Item = Slot> {
        let all = self.numbers.get(&kind).map_or(&[] as &[Slot], Vec::as_slice);
        let first = all.partition_point(|slot| *slot < slots.start);
        let end = all.partition_point(|slot| *slot < slots.end);
        all.get(first..end).unwrap_or(&[]).iter().copied()
    }

    pub(super) fn is_unique(&self, field: &str) -> bool {
        self.indexes.unique.contains(&field)
    }

    pub(super) fn having_unique(&self, index: &str) -> Option<Slot> {
        self.unique.get(index).copied()
    }

    /// Slots by the time of their last change, of one kind or of all.
    pub(super) fn changed(
        &self,
        kind: Option<Kind>,
        range: (Bound<Moment>, Bound<Moment>),
        rises: bool,
    ) -> impl Iterator<Item = Moment> {
        let wanted = self
            .changed
            .iter()
            .filter(move |(known, _)| kind.is_none_or(|kind| kind == **known));
        let walks = wanted.map(|(_, moments)| directed(moments.range(range).copied(), rises));
        let mut walks: Vec<_> = walks.map(Iterator::peekable).collect();
        std::iter::from_fn(move || {
            let heads = walks.iter_mut().filter_map(|walk| Some((*walk.peek()?, walk)));
            let (_, walk) = match rises {
                true => heads.min_by_key(|(moment, _)| *moment),
                false => heads.max_by_key(|(moment, _)| *moment),
            }?;
            walk.next()
        })
    }

    /// The field of a record that would break a rule of uniqueness.
    pub(super) fn clash(&self, row: &Row) -> Option<&'static str> {
        let own = self.slot(row.key);
        let mut clash = None;
        self.each_unique(row, &mut |field, index| {
            let taken = self.unique.get(index).copied();
            if taken.is_some() && taken != own {
                clash = Some(field);
            }
        });
        clash
    }

    /// Adds a record; its key must be the next of its kind, and the caller has looked for clashes.
    pub(super) fn push(&mut self, row: Row) {
        let slot = slot_of(self.rows.len());
        self.numbers.entry(row.key.kind).or_default().push(slot);
        self.born.push(row.created);
        self.rows.push(None);
        self.place(slot, row);
    }

    /// Puts a record back in its slot after a change.
    pub(super) fn replace(&mut self, row: Row) {
        let Some(slot) = self.slot(row.key) else { return };
        self.take(slot);
        self.place(slot, row);
    }

    pub(super) fn remove(&mut self, key: Key) -> Option<Row> {
        self.take(self.slot(key)?)
    }

    fn place(&mut self, slot: Slot, row: Row) {
        *self.live.entry(row.key.kind).or_default() += 1;
        self.changed
            .entry(row.key.kind)
            .or_default()
            .insert((row.modified, slot));
        let mut unique = Vec::new();
        self.each_unique(&row, &mut |_, index| unique.push(Box::from(index)));
        for index in unique {
            self.unique.insert(index, slot);
        }
        let mut shared = Vec::new();
        self.each_shared(&row, &mut |index| shared.push((Box::from(index), slot)));
        self.shared.extend(shared);
        if let Some(place) = self.rows.get_mut(slot as usize) {
            *place = Some(Box::new(row));
        }
    }

    fn take(&mut self, slot: Slot) -> Option<Row> {
        let row = *self.rows.get_mut(slot as usize)?.take()?;
        if let Some(live) = self.live.get_mut(&row.key.kind) {
            *live = live.saturating_sub(1);
        }
        if let Some(changed) = self.changed.get_mut(&row.key.kind) {
            changed.remove(&(row.modified, slot));
        }
        let mut unique: Vec<Box<str>> = Vec::new();
        self.each_unique(&row, &mut |_, index| unique.push(Box::from(index)));
        for index in unique {
            if self.unique.get(&index) == Some(&slot) {
                self.unique.remove(&index);
            }
        }
        let mut shared: Vec<(Box<str>, Slot)> = Vec::new();
        self.each_shared(&row, &mut |index| shared.push((Box::from(index), slot)));
        for entry in shared {
            self.shared.remove(&entry);
        }
        Some(row)
    }

    /// Changes every record of these kinds, indexes included.
    pub(super) fn rework(&mut self, kinds: &[Kind], mut change: impl FnMut(&mut Row)) {
        let slots = kinds.iter().filter_map(|kind| self.numbers.get(kind));
        let slots: Vec<Slot> = slots.flatten().copied().collect();
        for slot in slots {
            if let Some(mut row) = self.take(slot) {
                change(&mut row);
                self.place(slot, row);
            }
        }
    }

    /// Keeps the slot and the number of a record that was deleted before a save.
    pub(super) fn push_gone(&mut self, key: Key, born: i64) {
        let slot = slot_of(self.rows.len());
        self.numbers.entry(key.kind).or_default().push(slot);
        self.born.push(born);
        self.rows.push(None);
    }

    /// Every slot with its birth and its key, the empty ones too.
    pub(super) fn slots(&self) -> impl Iterator<Item = (Slot, i64, Key)> {
        let mut keys: Vec<Key> = vec![Key::new(Kind::DevOrg, 0); self.rows.len()];
        for (kind, slots) in &self.numbers {
            for (number, slot) in (1u32..).zip(slots) {
                if let Some(key) = keys.get_mut(*slot as usize) {
                    *key = Key::new(*kind, number);
                }
            }
        }
        let born = self.born.clone().into_iter();
        (0u32..)
            .zip(born.zip(keys))
            .map(|(slot, (born, key))| (slot, born, key))
    }

    fn each_unique(&self, row: &Row, with: &mut dyn FnMut(&'static str, &str)) {
        for field in self.indexes.unique {
            row.any_text(field, |text| {
                with(
                    field,
                    &self.unique_index(row.key.kind, row.text("object"), field, text),
                );
                false
            });
        }
    }

    /// The text by which a unique value is found.
    pub(super) fn unique_index(&self, kind: Kind, object: Option<&str>, field: &str, text: &str) -> String {
        match self.indexes.within {
            Within::Shelf => format!("{field}={text}"),
            Within::Kind => format!("{field}@{kind}={text}"),
            Within::Object => format!("{field}@{}={text}", object.unwrap_or("")),
        }
    }

    fn each_shared(&self, row: &Row, with: &mut dyn FnMut(&str)) {
        for field in self.indexes.shared {
            row.any_text(field, |text| {
                with(&shared_index(field, text));
                false
            });
        }
        for (field, value) in &row.custom {
            if field.filterable {
                any_of(value, &mut |text| {
                    with(&shared_index(&field.name, text));
                    false
                });
            }
        }
    }
}

/// An iterator as it comes, or from its end.
pub(super) fn directed<'a, T>(
    items: impl DoubleEndedIterator<Item = T> + 'a,
    rises: bool,
) -> Box<dyn Iterator<Item = T> + 'a> {
    match rises {
        true => Box::new(items),
        false => Box::new(items.rev()),
    }
}

/// The text by which a shared value is found.
pub(super) fn shared_index(field: &str, text: &str) -> String {
    let mut end = text.len().min(INDEXED_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{field}={}", text.get(..end).unwrap_or(""))
}

fn slot_of(index: usize) -> Slot {
    Slot::try_from(index).unwrap_or(Slot::MAX)
}
