//! Users: the customer's own team.

use serde_json::Value as Json;

use super::{
    fields::{Holds, Known, computed, known},
    object::{self, Object, PLAIN},
};

pub(super) static USER: Object = Object {
    name: "user",
    title: "User",
    path: "/users",
    most: 10_000,
    permission: "Users (View)",
    stamp: Some("updatedAt"),
    known: KNOWN,
    // What somebody's screen looks like is nobody else's business, and sums of what the companies say belong to those.
    internal: &[
        "image",
        "radarOneLine",
        "taskFilter",
        "companyFilter",
        "workflowFilter",
        "compressedView",
        "permissions",
        "notificationsEnabled",
        "isExposedAsSenderOption",
        "playLogDisabled",
        "dailyDigest",
        "followerUpdate",
        "inAppNotifications",
        "revReportPeriodType",
        "splitLayoutDisabled",
        "poc",
        "defaultMeetingLength",
        "googleApi",
        "msApi",
        "googleCalendarApi",
        "skippedGettingStartedSteps",
        "recentOpenTabs",
        "isMyProfile",
        "arr",
        "mrr",
        "arrAvg",
        "mrrAvg",
        "npsAvg",
        "healthAvg",
        "healthAvgRound",
        "lastTouch7",
        "lastTouch30",
        "lastTouch90",
        "lastActive7",
        "lastActive30",
        "lastActive90",
        "nrOpenTasks",
        "nrOverDueTasks",
        "nrTasksDue7Days",
        "nrTasksDue14Days",
        "nrTasksDue30Days",
        "nrTasksDue90Days",
        "revenueShare",
        "customerCount",
        "payingCustomerCount",
        "defaultCurrencyId",
    ],
    required: &["nickName", "email", "firstName", "lastName"],
    title_of,
    ..PLAIN
};

const KNOWN: &[Known] = &[
    known("email", Holds::Text),
    known("nickName", Holds::Text),
    known("firstName", Holds::Text),
    known("lastName", Holds::Text),
    known("externalId", Holds::Text),
    known("roles", Holds::Called("role")),
    known("teams", Holds::Called("team")),
    known("managers", Holds::Many("user")),
    known("inactive", Holds::Bool),
    known("isHidden", Holds::Bool),
    known("tzOffset", Holds::Number),
    computed("removed", Holds::Bool),
    computed("createDate", Holds::Moment),
    computed("createdAt", Holds::Moment),
    computed("updatedAt", Holds::Moment),
];

fn title_of(json: &Json) -> String {
    let parts: Vec<&str> = ["firstName", "lastName"]
        .into_iter()
        .filter_map(|name| object::first_text(json, &[name]))
        .collect();
    match parts.as_slice() {
        [] => object::first_text(json, &["nickName", "email", "_id"])
            .unwrap_or_default()
            .to_owned(),
        parts => parts.join(" "),
    }
}
