//! The containers that are open while a document grows.

use super::{
    document::Block,
    table::{Row, Table},
};

/// What can hold blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Container {
    /// A quote.
    Quote,
    /// A list.
    List,
    /// An entry of a list.
    Entry,
    /// A table.
    Table,
    /// A row of a table.
    Row,
    /// A cell of a row.
    Cell,
}

/// A container that is open.
pub(super) struct Frame {
    /// What it is.
    pub kind: Kind,
    /// What stands in it so far.
    pub blocks: Vec<Block>,
}

/// What a container is, and what it gathers.
pub(super) enum Kind {
    Root,
    Quote,
    List {
        first: Option<u32>,
        entries: Vec<Vec<Block>>,
    },
    Entry,
    Table(Table),
    Row(Row),
    Cell {
        head: bool,
        span: usize,
    },
}

impl Kind {
    /// The kind of container; none for the document itself.
    pub(super) fn container(&self) -> Option<Container> {
        Some(match self {
            Self::Root => return None,
            Self::Quote => Container::Quote,
            Self::List { .. } => Container::List,
            Self::Entry => Container::Entry,
            Self::Table(_) => Container::Table,
            Self::Row(_) => Container::Row,
            Self::Cell { .. } => Container::Cell,
        })
    }
}
