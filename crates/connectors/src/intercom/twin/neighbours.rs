//! The tables that conversations refer to, until each has a file with its operations.

use serde_json::{Value, json};

use super::{
    call::{View, id_of},
    door::Resource,
    state::Record,
    table::Layout,
};

fn show(_: &View<'_>, record: &Record) -> Value {
    json!(record)
}

fn key(record: &Record, name: &str) -> Vec<String> {
    record.get(name).and_then(id_of).into_iter().collect()
}

const fn layout(table: &'static str) -> Layout {
    Layout {
        table,
        object: None,
        orders: &[],
        keys: &[],
        show,
    }
}

// Before the others in `door`: whoever comes after has the table.
pub(super) const RESOURCE: Resource = Resource {
    layouts: &[
        layout("admins"),
        layout("teams"),
        layout("tags"),
        layout("companies"),
        layout("data_attributes"),
        Layout {
            keys: &[
                ("external_id", |record| key(record, "external_id")),
                ("email", |record| key(record, "email")),
            ],
            ..layout("contacts")
        },
    ],
    routes: &[],
};
