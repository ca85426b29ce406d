//! Licenses: what a company pays for, and until when.

use super::{
    fields::{Holds, Known, computed, known},
    object::{Object, PLAIN},
};

pub(super) static LICENSE: Object = Object {
    name: "license",
    title: "License",
    path: "/licenses",
    permission: "Licenses (View)",
    known: KNOWN,
    required: &["companyId", "_currency", "value", "fromDate"],
    ..PLAIN
};

const KNOWN: &[Known] = &[
    known("companyId", Holds::One("company")),
    known("product", Holds::Text),
    known("_currency", Holds::Code),
    known("externalId", Holds::Text),
    known("sourceId", Holds::Text),
    known("fromDate", Holds::Moment),
    known("toDate", Holds::Moment),
    known("toDateIncluded", Holds::Bool),
    known("fixedPeriod", Holds::Bool),
    known("mrr", Holds::Number),
    known("value", Holds::Number),
    computed("arr", Holds::Number),
    computed("length", Holds::Number),
    known("status", Holds::Text),
    known("renewalStatus", Holds::Text),
    known("autoRenews", Holds::Bool),
    known("renewalPeriod", Holds::Number),
    known("renewalUnit", Holds::Text),
    known("renewalDate", Holds::Moment),
    computed("renewalDaysFromNow", Holds::Whole),
    known("renewalMrr", Holds::Number),
    known("renewalArr", Holds::Number),
    known("noticePeriod", Holds::Number),
    known("noticeUnit", Holds::Text),
    computed("isOverdue", Holds::Bool),
    known("invoiceCycle", Holds::Text),
    known("invoiceCycleInterval", Holds::Number),
    known("invoicesGenerated", Holds::Bool),
    known("invoiceMuted", Holds::Bool),
    known("fcNewMrr", Holds::Number),
    known("fcNewMrrOptimistic", Holds::Number),
    known("fcNewMrrPessimistic", Holds::Number),
    known("fcNewArr", Holds::Number),
    known("fcNewArrOptimistic", Holds::Number),
    known("fcNewArrPessimistic", Holds::Number),
    known("fcNewStartDate", Holds::Moment),
    known("parent", Holds::One("license")),
    computed("issues", Holds::Anything),
    computed("createdAt", Holds::Moment),
    computed("updatedAt", Holds::Moment),
];
