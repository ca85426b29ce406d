//! Chance from a seed: the same seed gives the same.

/// The splitmix64 generator.
pub(super) struct Chance(u64);

impl Chance {
    /// Chance for one thing; subject and place tell things apart.
    pub(super) fn new(seed: u64, subject: u64, place: u64) -> Self {
        Self(mix(seed) ^ mix((subject << 48) ^ place))
    }

    /// From zero up to, but not including, `sides`.
    pub(super) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        (mix(self.0) % sides.max(1) as u64) as usize
    }

    /// Both included.
    pub(super) fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.roll(high.saturating_sub(low) + 1)
    }

    pub(super) fn one_in(&mut self, times: usize) -> bool {
        self.roll(times) == 0
    }

    /// One of these; the default if there are none.
    pub(super) fn pick<T: Clone + Default>(&mut self, from: &[T]) -> T {
        let at = self.roll(from.len());
        from.get(at).cloned().unwrap_or_default()
    }
}

fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}
