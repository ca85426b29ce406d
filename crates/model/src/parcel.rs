//! What events become at a destination.

/// What is brought there, told apart by what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ParcelKind {
    /// A company, made or changed.
    Company,
    /// A person, made or changed.
    Person,
    /// A person's id, replaced by another: `from`, `to`.
    Rekey,
    /// What a person did.
    Activity,
    /// A number of a company's.
    Metric,
    /// A whole event, as Segment would hand it on.
    Whole,
}

impl ParcelKind {
    /// Whether bringing it again does nothing more. The others have no key there: what comes twice counts twice.
    pub fn is_repeatable(self) -> bool {
        matches!(self, Self::Company | Self::Person | Self::Rekey)
    }
}

/// What became of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Brought {
    /// It was taken.
    Taken,
    /// It was refused, in the vendor's words.
    Refused(String),
    /// The vendor answered, and says nothing of it: some leave out without a word what they cannot place.
    Unheard,
}
