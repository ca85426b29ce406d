//! The order of a list, and a place in it.

use serde_json::{Map, Value};

use super::{refusal::Refusal, shelf::Slot};

/// What a list is ordered by, and which way.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) axis: Axis,
    pub(super) rises: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Axis {
    Created,
    Modified,
}

/// A record's place in an order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// The time of the last change, or zero where the order does not go by it.
    pub(super) modified: i64,
    pub(super) slot: Slot,
}

impl Order {
    /// Reads `sort_by`: a field, with `:asc` or `:desc` behind it if need be.
    pub(super) fn read(body: &Map<String, Value>, newest_first: bool) -> Result<Self, Refusal> {
        let sort = body.get("sort_by").and_then(Value::as_array);
        let mut first = None;
        for sort in sort.into_iter().flatten().filter_map(Value::as_str) {
            let order = Self::read_one(sort).ok_or_else(|| Refusal::invalid_field("sort_by"))?;
            first.get_or_insert(order);
        }
        Ok(first.unwrap_or(Self {
            axis: Axis::Created,
            rises: !newest_first,
        }))
    }

    fn read_one(text: &str) -> Option<Self> {
        let (name, way) = text.split_once(':').unwrap_or((text, "asc"));
        let axis = match name {
            "created_date" => Axis::Created,
            "modified_date" => Axis::Modified,
            _ => return None,
        };
        let rises = match way {
            "asc" => true,
            "desc" => false,
            _ => return None,
        };
        Some(Self { axis, rises })
    }

    fn letter(self) -> char {
        match (self.axis, self.rises) {
            (Axis::Created, true) => 'c',
            (Axis::Created, false) => 'd',
            (Axis::Modified, true) => 'm',
            (Axis::Modified, false) => 'n',
        }
    }
}

impl Place {
    pub(super) fn new(order: Order, modified: i64, slot: Slot) -> Self {
        let modified = match order.axis {
            Axis::Created => 0,
            Axis::Modified => modified,
        };
        Self { modified, slot }
    }

    /// The cursor: nothing a caller should look into.
    pub(super) fn write(self, order: Order) -> String {
        // The offset keeps times before 1970 free of a sign.
        let modified = self.modified.wrapping_sub(i64::MIN).cast_unsigned();
        format!("{}{modified:016x}{:08x}", order.letter(), self.slot)
    }

    pub(super) fn read(cursor: &str, order: Order) -> Result<Self, Refusal> {
        let read = || {
            let rest = cursor.strip_prefix(order.letter())?;
            let (modified, slot) = rest.split_at_checked(16)?;
            let modified = u64::from_str_radix(modified, 16).ok()?.cast_signed();
            let slot = u32::from_str_radix(slot, 16).ok()?;
            Some(Self {
                modified: modified.wrapping_add(i64::MIN),
                slot,
            })
        };
        read().ok_or_else(|| Refusal::invalid_field("cursor"))
    }
}
