//! The API's versions, of which three are served: what an answer looks like depends on them.

use super::{refusal::Refusal, switches::Switches};

/// A version of the API: the number after `2.`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(pub(super) u8);

impl Version {
    pub(super) const V14: Self = Self(14);
    pub(super) const V15: Self = Self(15);
    pub(super) const V16: Self = Self(16);

    /// The version that a request asks for, or the one that its app was set to.
    pub(super) fn of(header: Option<&str>, switches: &Switches) -> Result<Self, Refusal> {
        let text = header.map_or(switches.text("default_version"), str::trim);
        let known = [Self::V14, Self::V15, Self::V16];
        known
            .into_iter()
            .find(|version| version.text() == text)
            .ok_or_else(Refusal::version)
    }

    /// As the header writes it.
    pub(super) fn text(self) -> &'static str {
        match self.0 {
            14 => "2.14",
            15 => "2.15",
            _ => "2.16",
        }
    }
}
