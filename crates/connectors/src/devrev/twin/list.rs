//! Lists: what is asked for, in which order, and from where.

use serde_json::{Map, Value};

use super::{
    cursor::{Axis, Order, Place},
    filter::{Test, tests},
    kind::Kind,
    refusal::{Refusal, Reply},
    row::Row,
    shape::Field,
    shelf::{Shelf, Slot, directed},
    show::{self, Json},
    state::{Family, State},
};

/// One list: whose records, through which filters.
pub(super) struct Ask<'a> {
    pub(super) family: Family,
    /// The only kinds that count; none: all of the family.
    pub(super) kinds: Option<&'a [Kind]>,
    pub(super) fields: &'static [Field],
    pub(super) body: &'a Map<String, Value>,
    pub(super) now: i64,
}

/// The slots of one page, and the cursors on both of its sides.
pub(super) struct Page {
    pub(super) slots: Vec<Slot>,
    pub(super) next: Option<String>,
    pub(super) prev: Option<String>,
}

// Beyond so many candidates an index is walked in order rather than collected and sorted.
const FEW: usize = 2_000;

/// Answers a list under its envelope.
pub(super) fn answer(state: &State, ask: &Ask<'_>, envelope: &str) -> Result<Reply, Refusal> {
    let page = page(state, ask)?;
    let mut json = Json::new();
    json.open(b'{');
    json.key(envelope);
    put_records(state, ask.family, &page.slots, &mut json);
    put_cursors(&page, &mut json);
    json.close(b'}');
    Ok(Reply::read(json.out))
}

/// Writes the cursors of a page, as far as there are more.
pub(super) fn put_cursors(page: &Page, json: &mut Json) {
    for (name, cursor) in [("next_cursor", &page.next), ("prev_cursor", &page.prev)] {
        if let Some(cursor) = cursor {
            json.member(name, cursor);
        }
    }
}

/// Answers an export: everything up to `first`, without cursors.
pub(super) fn export(state: &State, ask: &Ask<'_>, envelope: &str) -> Result<Reply, Refusal> {
    let first = ask.body.get("first").and_then(Value::as_u64).unwrap_or(50);
    let walk = Walk::new(state, ask)?;
    let slots = walk.take(usize::try_from(first).unwrap_or(50), None, true);
    let mut json = Json::new();
    json.open(b'{');
    json.key(envelope);
    put_records(state, ask.family, &slots, &mut json);
    json.close(b'}');
    Ok(Reply::read(json.out))
}

/// Counts what a list would give.
pub(super) fn count(state: &State, ask: &Ask<'_>) -> Result<usize, Refusal> {
    let walk = Walk::new(state, ask)?;
    Ok(match walk.tests.as_slice() {
        [] => walk.shelf.count(None),
        [Test::Kinds(kinds)] => walk.shelf.count(Some(kinds)),
        _ => walk.take(usize::MAX, None, true).len(),
    })
}

pub(super) fn put_records(state: &State, family: Family, slots: &[Slot], json: &mut Json) {
    let shelf = state.shelf(family);
    json.open(b'[');
    for row in slots.iter().filter_map(|slot| shelf.at(*slot)) {
        json.next();
        show::record(state, row, json);
    }
    json.close(b']');
}

/// Finds one page.
pub(super) fn page(state: &State, ask: &Ask<'_>) -> Result<Page, Refusal> {
    let walk = Walk::new(state, ask)?;
    let limit = limit(state, ask.body)?;
    let is_forward = ask.body.get("mode").and_then(Value::as_str) != Some("before");
    let cursor = ask
        .body
        .get("cursor")
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty());
    let from = cursor.map(|text| Place::read(text, walk.order)).transpose()?;
    let mut slots = walk.take(limit.saturating_add(1), from, is_forward);
    let has_more = slots.len() > limit;
    slots.truncate(limit);
    if !is_forward {
        slots.reverse();
    }
    let edge = |slot: Option<&Slot>| slot.map(|slot| walk.place(*slot).write(walk.order));
    // What lies behind the cursor was read to get it, so something lies there.
    let (has_next, has_prev) = match is_forward {
        true => (has_more, from.is_some()),
        false => (from.is_some(), has_more),
    };
    Ok(Page {
        next: edge(slots.last()).filter(|_| has_next),
        prev: edge(slots.first()).filter(|_| has_prev),
        slots,
    })
}

pub(super) fn limit(state: &State, body: &Map<String, Value>) -> Result<usize, Refusal> {
    let most = state.switches.max_page();
    let Some(limit) = body.get("limit").and_then(Value::as_u64) else {
        return Ok(50.min(most));
    };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    match limit <= most || state.switches.is("over_max_page", "clamp") {
        true => Ok(limit.min(most)),
        false => Err(Refusal::invalid_field("limit").detail(format!("at most {most}"))),
    }
}

/// A list's records in their order.
struct Walk<'a> {
    state: &'a State,
    shelf: &'a Shelf,
    tests: Vec<Test<'a>>,
    order: Order,
}

impl<'a> Walk<'a> {
    fn new(state: &'a State, ask: &Ask<'a>) -> Result<Self, Refusal> {
        let shelf = state.shelf(ask.family);
        let mut tests = tests(state, ask)?;
        tests.extend(ask.kinds.map(|kinds| Test::Kinds(kinds.to_vec())));
        let newest_first = state.switches.is("list_order", "newest_first");
        Ok(Self {
            state,
            shelf,
            tests,
            order: Order::read(ask.body, newest_first)?,
        })
    }

    fn place(&self, slot: Slot) -> Place {
        let modified = self.shelf.at(slot).map_or(0, |row| row.modified);
        Place::new(self.order, modified, slot)
    }

    fn passes(&self, slot: Slot) -> bool {
        let passes = |row: &Row| self.tests.iter().all(|test| test.passes(self.state, row));
        self.shelf.at(slot).is_some_and(passes)
    }

    /// The first so many after the cursor, or before it counting backwards.
    fn take(&self, most: usize, from: Option<Place>, is_forward: bool) -> Vec<Slot> {
        let rises = self.order.rises == is_forward;
        if let Some(few) = self.few_candidates() {
            return self.take_few(few, most, from, rises);
        }
        let slots = self.ordered(from, rises);
        slots.filter(|slot| self.passes(*slot)).take(most).collect()
    }

    fn take_few(&self, mut slots: Vec<Slot>, most: usize, from: Option<Place>, rises: bool) -> Vec<Slot> {
        slots.retain(|slot| self.passes(*slot));
        let mut places: Vec<Place> = slots.iter().map(|slot| self.place(*slot)).collect();
        places.sort_unstable();
        places.dedup();
        if !rises {
            places.reverse();
        }
        let beyond =
            |place: &Place| from.is_none_or(|from| if rises { *place > from } else { *place < from });
        let places = places.into_iter().filter(beyond);
        places.take(most).map(|place| place.slot).collect()
    }

    /// The slots that the most telling index leaves, if they are few.
    fn few_candidates(&self) -> Option<Vec<Slot>> {
        let candidates = self
            .tests
            .iter()
            .filter_map(|test| test.candidates(self.shelf, FEW));
        candidates.min_by_key(Vec::len)
    }

    /// Every slot that can matter, in order, from just beyond the cursor.
    fn ordered(&self, from: Option<Place>, rises: bool) -> Box<dyn Iterator<Item = Slot> + '_> {
        match self.order.axis {
            Axis::Modified => self.by_change(from, rises),
            Axis::Created => self.by_birth(from, rises),
        }
    }

    fn by_change(&self, from: Option<Place>, rises: bool) -> Box<dyn Iterator<Item = Slot> + '_> {
        use std::ops::Bound::{Excluded, Included};
        let (after, before) = self
            .tests
            .iter()
            .find_map(Test::modified_span)
            .unwrap_or((i64::MIN, i64::MAX));
        let mut low = Included((after, 0));
        let mut high = Included((before, Slot::MAX));
        if let Some(from) = from {
            let at = (from.modified, from.slot);
            match rises {
                true if at >= (after, 0) => low = Excluded(at),
                false if at <= (before, Slot::MAX) => high = Excluded(at),
                _ => {}
            }
        }
        if !is_range(low, high) {
            return Box::new(std::iter::empty());
        }
        let kind = self.tests.iter().find_map(Test::one_kind);
        let moments = self.shelf.changed(kind, (low, high), rises);
        Box::new(moments.map(|(_, slot)| slot))
    }

    fn by_birth(&self, from: Option<Place>, rises: bool) -> Box<dyn Iterator<Item = Slot> + '_> {
        let (mut first, mut end) = match self.tests.iter().find_map(Test::created_span) {
            Some((after, before)) => self.shelf.born(after, before),
            None => (0, self.shelf.len()),
        };
        match (from, rises) {
            (Some(from), true) => first = first.max(from.slot.saturating_add(1)),
            (Some(from), false) => end = end.min(from.slot),
            (None, _) => {}
        }
        if first >= end {
            return Box::new(std::iter::empty());
        }
        if let Some(index) = self.tests.iter().find_map(Test::one_index) {
            return directed(self.shelf.having(index, first..end), rises);
        }
        if let Some(kind) = self.tests.iter().find_map(Test::one_kind) {
            return directed(self.shelf.of_kind(kind, first..end), rises);
        }
        directed(first..end, rises)
    }
}

// A range whose ends cross makes a tree panic.
fn is_range(low: std::ops::Bound<(i64, Slot)>, high: std::ops::Bound<(i64, Slot)>) -> bool {
    use std::ops::Bound::{Excluded, Included, Unbounded};
    match (low, high) {
        (Unbounded, _) | (_, Unbounded) => true,
        (Included(low), Included(high)) => low <= high,
        (Included(low) | Excluded(low), Included(high) | Excluded(high)) => low < high,
    }
}
