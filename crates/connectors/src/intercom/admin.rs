//! The company's own people, and the teams that they are in.

use super::{
    fields::{Holds, Known, known},
    object::{Object, PLAIN},
};

pub(super) static TEAM: Object = Object {
    name: "team",
    title: "Team",
    path: "/teams",
    permission: "Read admins",
    known: TEAM_KNOWN,
    ..PLAIN
};

const TEAM_KNOWN: &[Known] = &[
    known("name", Holds::Text),
    known("admin_ids", Holds::Many("admin")),
    known("admin_priority_level", Holds::Anything),
    known("assignment_limit", Holds::Whole),
    known("distribution_method", Holds::Text),
];

pub(super) static ADMIN: Object = Object {
    name: "admin",
    title: "Teammate",
    path: "/admins",
    permission: "Read admins",
    known: ADMIN_KNOWN,
    ..PLAIN
};

const ADMIN_KNOWN: &[Known] = &[
    known("name", Holds::Text),
    known("email", Holds::Text),
    known("job_title", Holds::Text),
    known("away_mode_enabled", Holds::Bool),
    known("away_mode_reassign", Holds::Bool),
    known("away_status_reason_id", Holds::Text),
    known("has_inbox_seat", Holds::Bool),
    known("team_ids", Holds::Many("team")),
    known("team_priority_level", Holds::Anything),
    known("avatar", Holds::Anything),
    known("role.id", Holds::Text),
    known("role.name", Holds::Text),
    known("email_verified", Holds::Bool),
];
