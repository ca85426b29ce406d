//! A workspace that looks real.

mod companies;
mod contacts;
mod dice;
mod standing;
mod words;

use model::{Fault, Timestamp};

use self::dice::Dice;
use super::state::{Record, State};
use crate::Sample;

/// What a sample is made with, and what it has made so far.
pub(super) struct Filling<'a> {
    pub(super) state: &'a mut State,
    dice: Dice,
    /// Seconds since 1970.
    now: i64,
    admins: Vec<String>,
    tags: Vec<String>,
    contact_segments: Vec<String>,
    company_segments: Vec<String>,
    pub(super) companies: Vec<String>,
    made: usize,
}

/// Fills a workspace. How many records it made.
pub(super) fn fill(state: &mut State, sample: &Sample, now: Timestamp) -> Result<usize, Fault> {
    state.reseed(sample.seed);
    let now = now.as_second().max(state.clock.div_euclid(1_000));
    let mut filling = Filling {
        state,
        dice: Dice::new(sample.seed),
        now,
        admins: Vec::new(),
        tags: Vec::new(),
        contact_segments: Vec::new(),
        company_segments: Vec::new(),
        companies: Vec::new(),
        made: 0,
    };
    standing::fill(&mut filling, sample.companies);
    companies::fill(&mut filling, sample.companies);
    contacts::fill(&mut filling);
    Ok(filling.made)
}

impl Filling<'_> {
    fn put(&mut self, table: &str, record: Record) {
        self.made += 1;
        self.state.put(table, record);
    }

    /// A time in the two years before now, in seconds.
    fn past(&mut self) -> i64 {
        const TWO_YEARS: i64 = 2 * 365 * 86_400;
        self.dice.between(self.now - TWO_YEARS, self.now - 86_400)
    }

    /// A time since another.
    fn since(&mut self, time: i64) -> i64 {
        self.dice.between(time, self.now)
    }
}
