//! Projects, workspaces, objectives and campaigns: named things of a company.

use super::{
    fields::{Holds, Known, computed, known},
    object::{Object, PLAIN},
};

pub(super) static PROJECT: Object = Object {
    name: "project",
    title: "Project",
    path: "/projects",
    permission: "Projects (View)",
    known: &[
        known("name", Holds::Text),
        known("companyId", Holds::One("company")),
        known("externalId", Holds::Text),
        known("sourceId", Holds::Text),
        known("currency", Holds::Code),
        known("startDate", Holds::Moment),
        known("endDate", Holds::Moment),
        known("mrr", Holds::Number),
        known("arr", Holds::Number),
        known("nrr", Holds::Number),
        CREATED,
        UPDATED,
    ],
    required: &["name", "companyId"],
    ..PLAIN
};

pub(super) static WORKSPACE: Object = Object {
    name: "workspace",
    title: "Workspace",
    path: "/workspaces",
    permission: "Workspaces (View)",
    known: &[
        known("name", Holds::Text),
        known("companyId", Holds::One("company")),
        known("ownerId", Holds::One("user")),
        known("externalId", Holds::Text),
        known("sourceId", Holds::Text),
        CREATED,
        UPDATED,
    ],
    required: &["name", "companyId"],
    ..PLAIN
};

pub(super) static OBJECTIVE: Object = Object {
    name: "objective",
    title: "Objective",
    path: "/objectives",
    permission: "Objectives (View)",
    known: &[
        known("name", Holds::Text),
        known("companyId", Holds::One("company")),
        known("health", Holds::Number),
        known("externalId", Holds::Text),
        known("sourceId", Holds::Text),
        CREATED,
        UPDATED,
    ],
    required: &["name", "companyId"],
    ..PLAIN
};

pub(super) static CAMPAIGN: Object = Object {
    name: "campaign",
    title: "Campaign",
    path: "/campaigns",
    permission: "Campaigns (View)",
    known: &[
        known("name", Holds::Text),
        known("companyId", Holds::One("company")),
        known("campaignPurpose", Holds::Text),
        known("externalId", Holds::Text),
        known("sourceId", Holds::Text),
        CREATED,
        UPDATED,
    ],
    required: &["name", "companyId"],
    ..PLAIN
};

const CREATED: Known = computed("createdAt", Holds::Moment);
const UPDATED: Known = computed("updatedAt", Holds::Moment);
