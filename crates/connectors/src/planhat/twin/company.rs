//! Companies, and their light list.

use super::{
    models::{Deleted, Expand, Filter, Model, PLAIN, Page, Properties, Within},
    prose,
    record::{FieldMap, Refusal, Scene, text_of},
    revenue,
    table::Key,
};

/// Companies.
pub(super) const COMPANY: Model = Model {
    name: "company",
    path: "companies",
    table: "company",
    page: Page::UpTo {
        default: 100,
        max: 5000,
    },
    company: "_id",
    company_filter: "many",
    required: &["name"],
    unique: &[(Key::External, Within::Model), (Key::Source, Within::Model)],
    properties: Properties {
        text: "name owner coOwner externalId sourceId phase status hProfile description address country city zip \
               phonePrimary web orgRootId orgPath",
        number: "csmScore mr nrr30 mrrTotal nrrTotal mrTotal sentimentScore nps",
        flag: "",
        date: "customerFrom customerTo lastRenewal",
        day: "",
        list: "domains alerts tags products followers documents collaborators links",
        object: "usage shareable",
        any: "",
        automatic: "_id h createDate createdAt updatedAt lastUpdated renewalDaysFromNow lastActive lastActiveTime \
                    lastTouch lastTouchType lastTouchByType lastTouchTime nextTouch nextTouchDate phaseSince \
                    csmScoreLog features sunits lastActivities mrr arr arrTotal orgMrr orgArr renewalMrr renewalArr \
                    orgMrrTotal orgArrTotal orgHealthTotal orgLevel orgUnits orgCount orgPathCount slug headId hDiff \
                    hDiffDate renewalDate autoRenews licenses sales lastPerformedTriggers __v",
        request: "",
    },
    defaults: r#"{"shareable":{"enabled":false,"euIds":[],"sunits":false},"followers":[],"domains":[],
        "collaborators":[],"products":[],"tags":[],"lastPerformedTriggers":[],"sales":[],"licenses":[],
        "csmScoreLog":[],"documents":[],"links":[],"alerts":[],"lastActivities":[],"lastTouchByType":{},"features":{},
        "sunits":{},"usage":{},"nrr30":0,"nrrTotal":0,"mrrTotal":0,"mrr":0,"mr":0,"mrTotal":0,"status":"prospect",
        "__v":0}"#,
    listed: "_id shareable domains tags status name features sunits usage alerts customerFrom lastRenewal mr mrTotal \
             mrr mrrTotal nrr30 nrrTotal nextTouch owner coOwner",
    added: r#"{"renewalDate":null,"renewalDaysFromNow":null,"autoRenews":null,"headId":null,"customerTo":null,
        "customerFrom":null,"orgPathCount":0}"#,
    expanded: &[("owner", Expand::User), ("coOwner", Expand::User)],
    stamps: &["lastUpdated", "updatedAt"],
    deleted: Deleted::Count,
    complete,
    embed: revenue::embed,
    after: |state, _, was, record, _| {
        let renamed = was.is_some_and(|was| was.get("name") != record.get("name"));
        if let (true, Some(id), Some(name)) = (renamed, text_of(record, "_id"), record.get("name")) {
            state.rename_company(&id, name);
        }
    },
    ..PLAIN
};

/// All companies, with little of each.
pub(super) const LEAN: Model = Model {
    path: "leancompanies",
    face: true,
    operations: "L",
    page: Page::Whole,
    company_filter: "",
    listed: "_id name externalId sourceId",
    expanded: &[],
    filters: &[
        Filter::By("externalId", Key::External),
        Filter::By("sourceId", Key::Source),
        Filter::Equal("status", "status"),
    ],
    ..COMPANY
};

fn complete(scene: &Scene<'_>, record: &mut FieldMap) -> Result<(), Refusal> {
    let now = prose::iso(scene.now);
    if let Some(name) = text_of(record, "name").filter(|_| scene.changes("name")) {
        let letters = name.chars().filter(|letter| letter.is_ascii_alphanumeric());
        let slug: String = letters.collect::<String>().to_ascii_lowercase();
        record.insert("slug".to_owned(), slug.into());
    }
    if scene.was.is_none() {
        record.insert("createDate".to_owned(), now.clone().into());
        record.insert("createdAt".to_owned(), now.clone().into());
    }
    if scene.changes("phase") {
        record.insert("phaseSince".to_owned(), now.into());
    }
    Ok(())
}
