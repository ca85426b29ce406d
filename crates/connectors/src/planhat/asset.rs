//! Assets: what a company has of the customer's.

use super::{
    fields::{Holds, Known, computed, known},
    object::{Object, PLAIN},
};

pub(super) static ASSET: Object = Object {
    name: "asset",
    title: "Asset",
    path: "/assets",
    permission: "Assets (View)",
    stamp: Some("updatedAt"),
    known: KNOWN,
    required: &["name", "companyId"],
    ..PLAIN
};

const KNOWN: &[Known] = &[
    known("name", Holds::Text),
    known("companyId", Holds::One("company")),
    known("externalId", Holds::Text),
    known("sourceId", Holds::Text),
    known("serialNumber", Holds::Text),
    known("value", Holds::Number),
    known("_currency", Holds::Code),
    known("installDate", Holds::Moment),
    known("status", Holds::Text),
    known("ownerId", Holds::One("user")),
    known("followers", Holds::Many("user")),
    computed("usage", Holds::Anything),
    computed("createdAt", Holds::Moment),
    computed("updatedAt", Holds::Moment),
];
