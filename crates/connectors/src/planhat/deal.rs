//! Deals, their line items, and products: the newer way to keep revenue. Parts of their pages are missing in every
//! public copy, so what is of another kind than expected is kept as it comes.

use super::{
    fields::{Holds, Known, computed, known},
    object::{Object, PLAIN},
};

pub(super) static DEAL: Object = Object {
    name: "deal",
    title: "Deal",
    path: "/deals",
    documented: false,
    permission: "Deals (View)",
    known: &[
        known("name", Holds::Text),
        known("companyId", Holds::One("company")),
        known("ownerId", Holds::One("user")),
        known("followers", Holds::Many("user")),
        known("stage", Holds::Text),
        known("mrr", Holds::Number),
        computed("arr", Holds::Number),
        known("total", Holds::Number),
        known("fees", Holds::Number),
        known("currency", Holds::Code),
        known("closeDate", Holds::Moment),
        computed("renewalDate", Holds::Moment),
        computed("startDate", Holds::Moment),
        computed("endDate", Holds::Moment),
        computed("subscriptions", Holds::Whole),
        known("externalId", Holds::Text),
        known("sourceId", Holds::Text),
        CREATED,
        UPDATED,
    ],
    aliases: &[("fromDate", "startDate"), ("toDate", "endDate")],
    required: &["companyId"],
    ..PLAIN
};

pub(super) static LINE_ITEM: Object = Object {
    name: "lineitem",
    title: "Line item",
    path: "/lineitems",
    documented: false,
    permission: "Line Items (View)",
    known: &[
        known("name", Holds::Text),
        known("dealId", Holds::One("deal")),
        known("companyId", Holds::One("company")),
        known("productId", Holds::One("product")),
        known("productType", Holds::Text),
        known("status", Holds::Text),
        known("fixedPeriod", Holds::Bool),
        known("fromDate", Holds::Moment),
        known("toDate", Holds::Moment),
        known("length", Holds::Number),
        known("mrr", Holds::Number),
        known("arr", Holds::Number),
        known("value", Holds::Number),
        known("currency", Holds::Code),
        // What a product hands on to it.
        known("autoRenews", Holds::Bool),
        known("renewalDate", Holds::Moment),
        known("renewalMrr", Holds::Number),
        computed("renewalArr", Holds::Number),
        known("renewalPeriod", Holds::Number),
        known("renewalUnit", Holds::Text),
        known("noticePeriod", Holds::Number),
        known("noticeUnit", Holds::Text),
        known("externalId", Holds::Text),
        known("sourceId", Holds::Text),
        CREATED,
        UPDATED,
    ],
    labels: &[
        ("companyId", "companyName"),
        ("dealId", "dealName"),
        ("productId", "productName"),
    ],
    aliases: &[("startDate", "fromDate"), ("endDate", "toDate")],
    required: &["dealId"],
    ..PLAIN
};

pub(super) static PRODUCT: Object = Object {
    name: "product",
    title: "Product",
    path: "/products",
    documented: false,
    permission: "Products (View)",
    known: &[
        known("name", Holds::Text),
        known("type", Holds::Text),
        known("mrr", Holds::Number),
        computed("arr", Holds::Number),
        known("value", Holds::Number),
        known("currency", Holds::Code),
        known("fixedPeriod", Holds::Bool),
        known("autoRenews", Holds::Bool),
        known("length", Holds::Number),
        known("renewalMrr", Holds::Number),
        computed("renewalArr", Holds::Number),
        known("renewalPeriod", Holds::Number),
        known("noticePeriod", Holds::Number),
        known("noticeUnit", Holds::Text),
        known("packages", Holds::Anything),
        known("externalId", Holds::Text),
        known("sourceId", Holds::Text),
        CREATED,
        UPDATED,
    ],
    // How it looks in Planhat's page.
    internal: &["color"],
    required: &["name"],
    ..PLAIN
};

const CREATED: Known = computed("createdAt", Holds::Moment);
const UPDATED: Known = computed("updatedAt", Holds::Moment);
