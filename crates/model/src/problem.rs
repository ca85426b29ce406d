//! What makes two problems the same one, so that a person can name it.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Problem, ProblemKind, Side};

/// Names a problem: of the same sort, record, field and side it is the same, however often it comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProblemId(pub [u8; 16]);

impl fmt::Display for ProblemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Serialize for ProblemId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ProblemId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let number = u128::from_str_radix(&text, 16).map_err(serde::de::Error::custom)?;
        Ok(Self(number.to_be_bytes()))
    }
}

impl Problem {
    /// Its id: what sort, of which record, about which field, and for which side.
    pub fn id(&self) -> ProblemId {
        let mut hasher = blake3::Hasher::new();
        let parts = [
            self.kind.word(),
            self.object.as_str(),
            self.record.as_str(),
            self.field.as_ref().map_or("", |field| field.as_str()),
        ];
        let left = (self.side == Side::Left).then_some("left");
        for part in parts.into_iter().chain(left) {
            hasher.update(&part.len().to_le_bytes());
            hasher.update(part.as_bytes());
        }
        let mut id = [0; 16];
        hasher.finalize_xof().fill(&mut id);
        ProblemId(id)
    }
}

impl ProblemKind {
    /// Every kind with its word, as its serialised form has it.
    pub const WORDS: [(&'static str, Self); 15] = [
        ("clash", Self::Clash),
        ("equal_candidates", Self::EqualCandidates),
        ("missing_required", Self::MissingRequired),
        ("missing_reference", Self::MissingReference),
        ("does_not_fit", Self::DoesNotFit),
        ("not_unique", Self::NotUnique),
        ("refused", Self::Refused),
        ("not_as_documented", Self::NotAsDocumented),
        ("differs", Self::Differs),
        ("kind_changed", Self::KindChanged),
        ("gone_on_the_right", Self::GoneOnTheRight),
        ("gone_on_the_left", Self::GoneOnTheLeft),
        ("too_many_gone", Self::TooManyGone),
        ("missing_file", Self::MissingFile),
        ("withheld", Self::Withheld),
    ];

    /// Its word.
    pub fn word(self) -> &'static str {
        let found = Self::WORDS.iter().find(|(_, kind)| *kind == self);
        found.map_or("problem", |(word, _)| word)
    }

    /// The kind of that word.
    pub fn of(word: &str) -> Option<Self> {
        let found = Self::WORDS.iter().find(|(known, _)| *known == word);
        found.map(|(_, kind)| *kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_has_the_word_of_its_serialised_form() {
        for (word, kind) in ProblemKind::WORDS {
            assert_eq!(serde_json::to_value(kind).unwrap_or_default(), word);
            assert_eq!((kind.word(), ProblemKind::of(word)), (word, Some(kind)));
        }
    }

    #[test]
    fn an_id_comes_back_as_it_was() {
        let id = ProblemId([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 255]);
        let text = serde_json::to_string(&id).unwrap_or_default();
        assert_eq!(text, "\"0102030405060708090a0b0c0d0e0fff\"");
        assert_eq!(serde_json::from_str::<ProblemId>(&text).ok(), Some(id));
    }
}
