//! Licenses. What follows from their amounts and periods, here and in companies, is not worked out.

use serde_json::Value;

use super::{
    models::{Model, PLAIN, Properties},
    record::{FieldMap, Refusal, Scene, text_of},
};

/// Licenses.
pub(super) const LICENSE: Model = Model {
    name: "license",
    path: "licenses",
    table: "license",
    required: &["companyId", "_currency", "value"],
    properties: Properties {
        text: "product _currency companyId externalId sourceId renewalStatus renewalUnit noticeUnit invoiceCycle parent \
               status",
        number: "mrr value renewalPeriod noticePeriod invoiceCycleInterval renewalMrr renewalArr fcNewMrr \
                 fcNewMrrOptimistic fcNewMrrPessimistic fcNewArr fcNewArrOptimistic fcNewArrPessimistic",
        flag: "fixedPeriod autoRenews toDateIncluded invoicesGenerated invoiceMuted",
        date: "fromDate toDate renewalDate fcNewStartDate",
        list: "",
        object: "",
        any: "",
        automatic: "_id companyName arr renewalDaysFromNow length isOverdue issues",
        request: "",
    },
    defaults: r#"{"renewalPeriod":1,"noticePeriod":0,"issues":[]}"#,
    stamps: &[],
    complete,
    ..PLAIN
};

fn complete(scene: &Scene<'_>, record: &mut FieldMap) -> Result<(), Refusal> {
    let evergreen = scene.given.get("fixedPeriod") == Some(&Value::Bool(false));
    if evergreen && text_of(record, "mrr").is_none() {
        return Err(Refusal::bad("mrr is required"));
    }
    Ok(())
}
