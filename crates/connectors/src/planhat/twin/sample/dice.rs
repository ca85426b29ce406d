//! Chance from a seed: the same seed rolls the same.

use model::Timestamp;

/// What an id or a roll is for, so that no two subjects share their chance.
#[derive(Clone, Copy)]
pub(super) enum Subject {
    ConversationType = 1,
    CustomField,
    User,
    Company,
    EndUser,
    Conversation,
    Meeting,
    Comment,
    Task,
    Event,
    License,
    Sale,
    Invoice,
    Churn,
    Opportunity,
    Deal,
    LineItem,
    Product,
    Asset,
    Campaign,
    Objective,
    Project,
    Workspace,
    Workflow,
    Issue,
    Nps,
    TimeEntry,
    Timesheet,
    Metric,
    Filling,
}

/// The splitmix64 generator.
pub(super) struct Dice(u64);

impl Dice {
    /// Dice for one subject; `company` and `place` tell subjects of the same kind apart.
    pub(super) fn new(seed: u64, subject: Subject, company: u64, place: u64) -> Self {
        Self(spread(seed) ^ spot(subject, company, place))
    }

    /// A number from 0 up to, but not including, `sides`.
    pub(super) fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        spread(self.0) % sides.max(1)
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.roll(high.saturating_sub(low).unsigned_abs() + 1) as i64
    }

    /// True once in so many times.
    pub(super) fn one_in(&mut self, times: u64) -> bool {
        self.roll(times) == 0
    }

    /// One of these; the default if there are none.
    pub(super) fn pick<T: Copy + Default>(&mut self, from: &[T]) -> T {
        let at = self.roll(from.len() as u64) as usize;
        from.get(at).copied().unwrap_or_default()
    }

    /// A moment between these two, to the millisecond.
    pub(super) fn moment(&mut self, from: Timestamp, to: Timestamp) -> Timestamp {
        let at = self.between(
            from.as_millisecond(),
            to.as_millisecond().max(from.as_millisecond()),
        );
        Timestamp::from_millisecond(at).unwrap_or(from)
    }
}

/// An id as Planhat makes them: the second of creation, then what makes it unique.
pub(super) fn id(seed: u64, subject: Subject, company: u64, place: u64, made: Timestamp) -> String {
    // `spread` maps one to one, so different subjects never get the same id.
    let unique = spread(spot(subject, company, place).wrapping_add(seed.wrapping_mul(0x2545_F491_4F6C_DD1D)));
    format!("{:08x}{unique:016x}", made.as_second() as u32)
}

fn spot(subject: Subject, company: u64, place: u64) -> u64 {
    ((subject as u64) << 56) | (company << 16) | place
}

fn spread(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}
