//! The leaf types that were made here, by `schemas.custom.set`.

use super::kind::Kind;

/// One leaf type.
pub(super) struct Leaf {
    pub(super) name: String,
    /// What the display ids of its objects begin with, behind `C-`.
    pub(super) prefix: String,
    /// When it was made, in milliseconds.
    pub(super) born: i64,
}

/// Every leaf type, in the order in which they were made. None ever goes.
#[derive(Default)]
pub(super) struct Leaves(Vec<Leaf>);

impl Leaves {
    /// Adds a leaf type, whose names the caller has checked.
    pub(super) fn add(&mut self, leaf: Leaf) -> Option<Kind> {
        let place = u16::try_from(self.0.len())
            .ok()
            .filter(|place| *place != u16::MAX)?;
        self.0.push(leaf);
        Some(Kind::Custom(place))
    }

    pub(super) fn get(&self, kind: Kind) -> Option<&Leaf> {
        match kind {
            Kind::Custom(place) => self.0.get(usize::from(place)),
            _ => None,
        }
    }

    pub(super) fn kind(&self, name: &str) -> Option<Kind> {
        self.find(|leaf| leaf.name == name)
    }

    pub(super) fn kind_of_prefix(&self, prefix: &str) -> Option<Kind> {
        self.find(|leaf| leaf.prefix == prefix)
    }

    /// The name of a leaf type, made here or not.
    pub(super) fn name(&self, kind: Kind) -> &str {
        self.get(kind).map_or(kind.name(), |leaf| &leaf.name)
    }

    pub(super) fn prefix(&self, kind: Kind) -> &str {
        self.get(kind).map_or("", |leaf| &leaf.prefix)
    }

    fn find(&self, is_it: impl Fn(&Leaf) -> bool) -> Option<Kind> {
        let place = self.0.iter().position(is_it)?;
        Some(Kind::Custom(u16::try_from(place).ok()?))
    }
}
