//! The stages and states every workspace has.

use super::{
    kind::{Key, Kind},
    row::Row,
    state::{Family, State},
};

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

/// A record's stage, as answers tell of it.
pub(super) struct Entered<'a> {
    pub(super) key: Key,
    pub(super) name: &'a str,
    pub(super) ordinal: i64,
    pub(super) state: Key,
    pub(super) state_name: &'a str,
    pub(super) is_final: bool,
}

/// The stage that a record is in: one that its diagram has, or a stock one.
pub(super) fn of<'a>(state: &'a State, row: &'a Row) -> Option<Entered<'a>> {
    let Some(key) = row.key_of("stage_key") else {
        let stage = by_name(row.key.kind, row.text("stage")?)?;
        let (number, is_final) = self::state(stage.state);
        return Some(Entered {
            key: Key::new(Kind::Stage, stage.number),
            name: stage.name,
            ordinal: stage.ordinal.into(),
            state: Key::new(Kind::State, number),
            state_name: stage.state,
            is_final,
        });
    };
    let stage = state.get(key)?;
    let entered = state.get(stage.key_of("state")?)?;
    Some(Entered {
        key,
        name: stage.text("name").unwrap_or(""),
        ordinal: stage
            .get("ordinal")
            .and_then(serde_json::Value::as_i64)
            .unwrap_or(0),
        state: entered.key,
        state_name: entered.text("name").unwrap_or(""),
        is_final: entered.is_on("is_final"),
    })
}

/// Puts the stock states and stages in a workspace that has none.
pub(super) fn seed(state: &mut State) {
    if state.shelf(Family::Stages).len() > 0 {
        return;
    }
    for (ordinal, name) in (1..).zip([OPEN, BUSY, CLOSED]) {
        let mut row = state.draft(Kind::State, 0);
        row.set("name", name);
        row.set("ordinal", ordinal);
        row.set("is_final", self::state(name).1);
        row.set("is_stock", true);
        state.add(row);
    }
    for stage in all() {
        let mut row = state.draft(Kind::Stage, 0);
        row.set("name", stage.name);
        row.set("ordinal", stage.ordinal);
        row.set("state", Key::new(Kind::State, self::state(stage.state).0).value());
        row.set("is_stock", true);
        state.add(row);
    }
}
