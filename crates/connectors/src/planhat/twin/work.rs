//! Assets, campaigns, objectives, projects, workspaces and workflows: what belongs to a company and needs little else.

use super::{
    models::{Model, NO_PROPERTIES, PLAIN, Properties},
    prose,
    record::{FieldMap, Refusal, Scene, text_of},
};

/// What a company has bought or runs.
pub(super) const ASSET: Model = Model {
    name: "asset",
    path: "assets",
    table: "asset",
    required: &["name", "companyId"],
    properties: Properties {
        text: "companyId externalId sourceId name serialNumber _currency status ownerId",
        number: "value",
        date: "installDate",
        automatic: "_id companyName ownerName createdAt updatedAt followers usage __v",
        ..NO_PROPERTIES
    },
    defaults: r#"{"followers":[],"usage":{},"__v":0}"#,
    complete: |scene, record| {
        stamp_creation(scene, record);
        name_owner(scene, record);
        Ok(())
    },
    ..PLAIN
};

/// Campaigns.
pub(super) const CAMPAIGN: Model = Model {
    name: "campaign",
    path: "campaigns",
    table: "campaign",
    required: &["name", "companyId"],
    properties: Properties {
        text: "companyId externalId sourceId name campaignPurpose",
        automatic: "_id companyName __v",
        ..NO_PROPERTIES
    },
    defaults: r#"{"__v":0}"#,
    stamps: &[],
    ..PLAIN
};

/// What a company wants to reach.
pub(super) const OBJECTIVE: Model = Model {
    name: "objective",
    path: "objectives",
    table: "objective",
    required: &["name", "companyId"],
    properties: Properties {
        text: "companyId externalId sourceId name",
        number: "health",
        automatic: "_id companyName __v",
        ..NO_PROPERTIES
    },
    defaults: r#"{"__v":0}"#,
    stamps: &[],
    ..PLAIN
};

/// Projects.
pub(super) const PROJECT: Model = Model {
    name: "project",
    path: "projects",
    table: "project",
    required: &["name", "companyId"],
    properties: Properties {
        text: "companyId externalId sourceId name currency",
        number: "mrr arr nrr",
        date: "startDate endDate",
        automatic: "_id companyName __v",
        ..NO_PROPERTIES
    },
    defaults: r#"{"__v":0}"#,
    stamps: &[],
    ..PLAIN
};

/// Workspaces.
pub(super) const WORKSPACE: Model = Model {
    name: "workspace",
    path: "workspaces",
    table: "workspace",
    required: &["name", "companyId"],
    properties: Properties {
        text: "companyId externalId sourceId name ownerId",
        automatic: "_id companyName __v",
        ..NO_PROPERTIES
    },
    defaults: r#"{"__v":0}"#,
    stamps: &[],
    ..PLAIN
};

/// Workflows: only a list, and only one client's word for it.
pub(super) const WORKFLOW: Model = Model {
    name: "workflow",
    path: "workflows",
    table: "workflow",
    operations: "L",
    external: "",
    unique: &[],
    exists: |switches| !switches.no_workflows,
    ..PLAIN
};

/// Says since when a new record exists.
pub(super) fn stamp_creation(scene: &Scene<'_>, record: &mut FieldMap) {
    if scene.was.is_none() {
        record.insert("createdAt".to_owned(), prose::iso(scene.now).into());
    }
}

/// Adds the name of the owner.
pub(super) fn name_owner(scene: &Scene<'_>, record: &mut FieldMap) {
    if !scene.given.contains_key("ownerId") {
        return;
    }
    let owner = text_of(record, "ownerId");
    match owner.and_then(|id| scene.state.field("user", &id, "nickName")) {
        Some(name) => record.insert("ownerName".to_owned(), name.into()),
        None => record.remove("ownerName"),
    };
}

/// Refuses a value that is none of these words; null and absence pass.
pub(super) fn one_of(record: &FieldMap, name: &str, words: &[&str]) -> Result<(), Refusal> {
    match text_of(record, name) {
        Some(word) if !words.contains(&word.as_str()) => Err(Refusal::bad(format!(
            "{name} must be one of {}",
            words.join(", ")
        ))),
        _ => Ok(()),
    }
}
