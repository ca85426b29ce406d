//! A sum of hashes: what stands for a set of any size in forty bytes, whatever the order in which it is met.

use std::fmt::{self, Write};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// How many things a set holds, and the sum of their hashes. Two sets with equal sums hold the same things.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetSum {
    /// How many.
    #[serde(rename = "n")]
    pub count: u64,
    /// The sum of their hashes, modulo 2²⁵⁶.
    pub sum: Sum,
}

/// A number of 256 bits, its lowest part first; written as 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum([u64; 4]);

impl SetSum {
    /// Adds a thing that consists of these parts.
    pub fn add(&mut self, parts: &[&[u8]]) {
        let mut hasher = blake3::Hasher::new();
        for part in parts {
            // With its length before it, no part can pass for the end of another.
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        self.count += 1;
        self.sum.add(&Sum::of(hasher.finalize().as_bytes()));
    }

    /// Adds all of another set.
    pub fn join(&mut self, other: &Self) {
        self.count += other.count;
        self.sum.add(&other.sum);
    }
}

impl Sum {
    fn of(bytes: &[u8; 32]) -> Self {
        let mut limbs = [0; 4];
        for (limb, bytes) in limbs.iter_mut().zip(bytes.chunks(8)) {
            *limb = bytes
                .iter()
                .rev()
                .fold(0, |limb, byte| (limb << 8) | u64::from(*byte));
        }
        Self(limbs)
    }

    fn add(&mut self, other: &Self) {
        let mut carry = false;
        for (limb, more) in self.0.iter_mut().zip(other.0) {
            let (sum, over) = limb.overflowing_add(more);
            let (sum, over_again) = sum.overflowing_add(u64::from(carry));
            (*limb, carry) = (sum, over || over_again);
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let mut limbs = [0; 4];
        if text.len() != 64 || !text.is_ascii() {
            return None;
        }
        for (limb, digits) in limbs.iter_mut().rev().zip(text.as_bytes().chunks(16)) {
            *limb = u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
        }
        Some(Self(limbs))
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = String::with_capacity(64);
        for limb in self.0.iter().rev() {
            write!(digits, "{limb:016x}")?;
        }
        f.write_str(&digits)
    }
}

impl Serialize for Sum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Sum {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("not a sum of 64 hexadecimal digits"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn sum(things: &[&[&str]]) -> SetSum {
        let mut sum = SetSum::default();
        for parts in things {
            let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
            sum.add(&parts);
        }
        sum
    }

    #[test]
    fn the_order_does_not_count_and_everything_else_does() {
        let set = sum(&[&["a", "1"], &["b", "2"]]);
        assert_eq!(set, sum(&[&["b", "2"], &["a", "1"]]));
        assert_ne!(set, sum(&[&["a", "2"], &["b", "1"]]));
        assert_ne!(set, sum(&[&["a1"], &["b2"]]));
        assert_ne!(set, sum(&[&["a", "1"]]));
        assert_ne!(sum(&[&["a"]]), sum(&[&["a"], &["a"]]));
    }

    #[test]
    fn sets_are_joined() {
        let mut joined = sum(&[&["a"]]);
        joined.join(&sum(&[&["b"], &["c"]]));
        assert_eq!(joined, sum(&[&["c"], &["a"], &["b"]]));
    }

    #[test]
    fn a_carry_goes_through_all_of_it() {
        let mut all = Sum([u64::MAX; 4]);
        all.add(&Sum([1, 0, 0, 0]));
        assert_eq!(all, Sum::default());
        let mut half = Sum([u64::MAX, 0, 0, 7]);
        half.add(&Sum([1, u64::MAX, 0, 0]));
        assert_eq!(half, Sum([0, 0, 1, 7]));
    }

    #[test]
    fn it_reads_as_it_was_written() {
        let set = sum(&[&["a"], &["b"]]);
        let text = serde_json::to_string(&set).unwrap();
        assert_eq!(serde_json::from_str::<SetSum>(&text).unwrap(), set, "{text}");
        assert!(serde_json::from_str::<SetSum>(r#"{"n":1,"sum":"é"}"#).is_err());
        assert!(serde_json::from_str::<SetSum>(r#"{"n":1,"sum":"12"}"#).is_err());
    }
}
