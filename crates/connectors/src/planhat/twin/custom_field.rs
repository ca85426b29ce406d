//! The definitions of custom fields.

use super::{
    models::{Filter, Model, PLAIN, Properties},
    record::{Refusal, text_of},
};

const TYPES: &[&str] = &[
    "number",
    "text",
    "rich text",
    "checkbox",
    "day",
    "date",
    "list",
    "multipicklist",
    "team member",
    "team members",
    "rating",
    "phone",
    "email",
    "enduser",
    "endusers",
    "url",
];

/// The definitions of custom fields.
pub(super) const CUSTOM_FIELD: Model = Model {
    name: "customfield",
    path: "customfields",
    table: "customfield",
    operations: "CUGLD",
    get_keys: &[],
    put_keys: &[],
    bulk_keys: &[],
    company: "",
    company_filter: "",
    required: &["name", "parent", "type"],
    unique: &[],
    properties: Properties {
        text: "name type parent formula numberFormat",
        number: "",
        flag: "isFeatured isHidden isShared isLocked isMandatory isFormula treatUndefinedAsZero",
        date: "",
        day: "",
        list: "listValues",
        object: "",
        any: "",
        automatic: "_id filter formulaRefs __v",
        request: "",
    },
    defaults: r#"{"isFeatured":false,"isHidden":false,"isShared":false,"isLocked":false,"isMandatory":false,
        "isFormula":false,"listValues":[],"filter":[],"formulaRefs":[],"__v":0}"#,
    filters: &[Filter::Undocumented("parent", "parent")],
    stamps: &[],
    complete: |_, record| match text_of(record, "type") {
        Some(kind) if TYPES.contains(&kind.as_str()) => Ok(()),
        _ => Err(Refusal::bad("type must be one of the custom field types")),
    },
    ..PLAIN
};
