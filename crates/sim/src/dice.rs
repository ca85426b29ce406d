//! Chance from a seed.

/// Throws dice; the same seed gives the same throws.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Dice for one matter: what another matter throws does not change what these throw.
    pub fn of(seed: u64, matter: &str) -> Self {
        let hash = blake3::hash(matter.as_bytes());
        let bytes = hash.as_bytes().iter().take(8);
        let mark = bytes.fold(0_u64, |mark, byte| (mark << 8) | u64::from(*byte));
        let mut dice = Self(seed ^ mark);
        dice.throw();
        dice
    }

    /// Any number (splitmix64).
    pub fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    /// A number below this one; nought if there is none.
    pub fn below(&mut self, limit: usize) -> usize {
        let limit = limit as u64;
        usize::try_from(self.throw() % limit.max(1)).unwrap_or_default()
    }

    /// From the one up to and with the other.
    pub fn between(&mut self, least: usize, most: usize) -> usize {
        least + self.below(most.saturating_sub(least) + 1)
    }

    /// Whether something befalls that does so in so many of a hundred cases.
    pub fn percent(&mut self, of_a_hundred: usize) -> bool {
        self.below(100) < of_a_hundred
    }

    /// One of these, if there are any.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        of.get(self.below(of.len()))
    }

    /// One of these, each as often as its weight says.
    pub fn weighed<T: Copy>(&mut self, of: &[(usize, T)]) -> Option<T> {
        let whole: usize = of.iter().map(|(weight, _)| weight).sum();
        let mut at = self.below(whole);
        for (weight, one) in of {
            if at < *weight {
                return Some(*one);
            }
            at -= weight;
        }
        None
    }
}
