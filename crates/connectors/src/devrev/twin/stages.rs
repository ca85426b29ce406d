//! The stages and states every workspace has.

use super::kind::Kind;

/// One stock stage.
pub(super) struct Stage {
    pub(super) name: &'static str,
    pub(super) state: &'static str,
    /// Its number among all stages, from 1.
    pub(super) number: u32,
    /// Its place among the stages of its kind, from 1.
    pub(super) ordinal: u32,
    is_start: bool,
    kind: Kind,
}

const OPEN: &str = "open";
const BUSY: &str = "in_progress";
const CLOSED: &str = "closed";

/// The names in order, with their states; the first is the start.
const TICKET: &[(&str, &str)] = &[
    ("queued", OPEN),
    ("work_in_progress", BUSY),
    ("awaiting_product_assist", BUSY),
    ("awaiting_development", BUSY),
    ("in_development", BUSY),
    ("awaiting_customer_response", BUSY),
    ("resolved", CLOSED),
    ("canceled", CLOSED),
];
const ISSUE: &[(&str, &str)] = &[
    ("triage", OPEN),
    ("backlog", OPEN),
    ("prioritized", OPEN),
    ("in_development", BUSY),
    ("in_review", BUSY),
    ("in_testing", BUSY),
    ("in_deployment", BUSY),
    ("completed", CLOSED),
    ("wont_fix", CLOSED),
    ("duplicate", CLOSED),
];
const CONVERSATION: &[(&str, &str)] = &[
    ("new", OPEN),
    ("needs_response", BUSY),
    ("waiting_on_user", BUSY),
    ("hold", BUSY),
    ("suspended", BUSY),
    ("resolved", CLOSED),
    ("archived", CLOSED),
];

const TASK: &[(&str, &str)] = &[("open", OPEN), ("in_development", BUSY), ("resolved", CLOSED)];
const OPPORTUNITY: &[(&str, &str)] = &[
    ("qualification", OPEN),
    ("validation", BUSY),
    ("negotiation", BUSY),
    ("contract", BUSY),
    ("stalled", BUSY),
    ("closed_won", CLOSED),
    ("closed_lost", CLOSED),
];

const STOCK: &[(Kind, &[(&str, &str)])] = &[
    (Kind::Ticket, TICKET),
    (Kind::Issue, ISSUE),
    (Kind::Conversation, CONVERSATION),
    (Kind::Task, TASK),
    (Kind::Opportunity, OPPORTUNITY),
];

fn all() -> impl Iterator<Item = Stage> {
    let kinds = STOCK.iter().flat_map(|(kind, stages)| {
        let ordered = (1u32..).zip(stages.iter());
        ordered.map(move |(ordinal, (name, state))| (*kind, ordinal, *name, *state))
    });
    (1u32..)
        .zip(kinds)
        .map(|(number, (kind, ordinal, name, state))| Stage {
            name,
            state,
            number,
            ordinal,
            is_start: ordinal == 1,
            kind,
        })
}

pub(super) fn by_number(number: u32) -> Option<Stage> {
    all().find(|stage| stage.number == number)
}

pub(super) fn by_name(kind: Kind, name: &str) -> Option<Stage> {
    all().find(|stage| stage.kind == kind && stage.name == name)
}

pub(super) fn of_kind(kind: Kind) -> impl Iterator<Item = Stage> {
    all().filter(move |stage| stage.kind == kind)
}

/// The stage a record of this kind starts in.
pub(super) fn start(kind: Kind) -> &'static str {
    all()
        .find(|stage| stage.kind == kind && stage.is_start)
        .map_or("", |stage| stage.name)
}

/// A state's number, and whether it ends things.
pub(super) fn state(name: &str) -> (u32, bool) {
    match name {
        OPEN => (1, false),
        BUSY => (2, false),
        _ => (3, true),
    }
}

impl Stage {
    pub(super) fn is_final(&self) -> bool {
        state(self.state).1
    }

    pub(super) fn is_start(&self) -> bool {
        self.is_start
    }

    pub(super) fn is_of(&self, kind: Kind) -> bool {
        self.kind == kind
    }
}
