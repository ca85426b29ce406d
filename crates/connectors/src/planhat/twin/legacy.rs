//! Routes of 2017 that only old documentation and old clients know.

use super::models::{Model, NO_PROPERTIES, PLAIN, Properties};

/// Telephone calls.
pub(super) const CALL: Model = Model {
    name: "call",
    path: "calls",
    table: "call",
    properties: Properties {
        text: "nr userId phUserId agentId phAgentId companyId phCompanyId agentName direction record",
        number: "waiting",
        date: "start end",
        automatic: "_id __v",
        ..NO_PROPERTIES
    },
    ..NAMED
};

/// Groups of companies.
pub(super) const SEGMENT: Model = Model {
    name: "segment",
    path: "segments",
    table: "segment",
    required: &["name"],
    ..NAMED
};

/// Tags of conversations.
pub(super) const ACTIVITY_TAG: Model = Model {
    name: "activitytag",
    path: "activitytags",
    table: "activitytag",
    required: &["name"],
    ..NAMED
};

const NAMED: Model = Model {
    operations: "CUGLD",
    external: "",
    company: "",
    company_filter: "",
    get_keys: &[],
    put_keys: &[],
    bulk_keys: &[],
    unique: &[],
    properties: Properties {
        text: "name",
        automatic: "_id __v",
        ..NO_PROPERTIES
    },
    exists: |switches| switches.legacy,
    stamps: &[],
    ..PLAIN
};
