//! Team members, and the account that the token belongs to.

use serde_json::{Map, Value, json};

use super::{
    models::{Expand, Filter, Model, PLAIN, Page, Properties, Within},
    prose,
    record::FieldMap,
    state::{ACCOUNT_NAME, State},
    table::Key,
};

const ROLES: [(&str, &str); 4] = [
    ("Admin", "May do everything"),
    ("CSM", "Looks after customers"),
    ("Sales", "Wins customers"),
    ("Support", "Answers customers"),
];

/// Team members.
pub(super) const USER: Model = Model {
    name: "user",
    path: "users",
    table: "user",
    page: Page::UpTo {
        default: 10_000,
        max: 10_000,
    },
    get_keys: &[Key::External],
    put_keys: &[Key::External],
    bulk_keys: &[Key::External, Key::Email],
    company: "",
    company_filter: "",
    required: &["nickName", "email", "firstName", "lastName"],
    unique: &[(Key::External, Within::Model), (Key::Email, Within::Model)],
    properties: Properties {
        text: "email nickName firstName lastName externalId taskFilter companyFilter workflowFilter \
               revReportPeriodType defaultCurrencyId",
        number: "tzOffset defaultMeetingLength",
        flag: "inactive radarOneLine compressedView isHidden notificationsEnabled isExposedAsSenderOption removed \
               playLogDisabled dailyDigest followerUpdate inAppNotifications splitLayoutDisabled",
        date: "",
        day: "",
        list: "roles managers teams poc",
        object: "",
        any: "",
        automatic: "_id image createDate createdAt updatedAt permissions googleApi msApi googleCalendarApi \
                    skippedGettingStartedSteps recentOpenTabs isMyProfile arr mrr arrAvg mrrAvg npsAvg healthAvg \
                    healthAvgRound lastTouch7 lastTouch30 lastTouch90 lastActive7 lastActive30 lastActive90 \
                    nrOpenTasks nrOverDueTasks nrTasksDue7Days nrTasksDue14Days nrTasksDue30Days nrTasksDue90Days \
                    revenueShare customerCount payingCustomerCount __v",
        request: "",
    },
    defaults: r#"{"roles":[],"inactive":false,"image":{"path":""},"radarOneLine":false,"taskFilter":"","companyFilter":"",
        "compressedView":false,"isHidden":false,"notificationsEnabled":true,"permissions":{},"managers":[],
        "teams":[],"isExposedAsSenderOption":false,"__v":0}"#,
    filters: &[Filter::Undocumented("email", "email")],
    expanded: &[("roles", Expand::Roles)],
    complete: |scene, record| {
        if scene.was.is_none() {
            let now = prose::iso(scene.now);
            record.insert("createDate".to_owned(), now.clone().into());
            record.insert("createdAt".to_owned(), now.into());
        }
        Ok(())
    },
    ..PLAIN
};

/// The service account that the token belongs to.
pub(super) fn profile(state: &State) -> FieldMap {
    let mut profile = Map::new();
    profile.insert("_id".to_owned(), state.account_id().into());
    profile.insert("nickName".to_owned(), ACCOUNT_NAME.into());
    profile.insert("firstName".to_owned(), "Test".into());
    profile.insert("lastName".to_owned(), "user".into());
    profile.insert("email".to_owned(), "service-account@planhat.test".into());
    profile.insert("isMyProfile".to_owned(), true.into());
    profile
}

/// A role as lists show it.
pub(super) fn role(id: &str) -> Value {
    let digit = id.bytes().last().map_or(0, usize::from);
    let (name, description) = ROLES.get(digit % ROLES.len()).copied().unwrap_or(("CSM", ""));
    json!({ "_id": id, "name": name, "description": description })
}
