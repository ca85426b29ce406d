//! What only a few records have: the properties that nothing else in a sample fills.

use model::Timestamp;
use serde_json::{Map, Value, json};

use super::{Place, days_after, decimal, object, people, stamp};

/// Whether a company is one of those.
pub(super) fn is_filled(place: u64) -> bool {
    place % 50 == 4
}

/// What such a company has besides; `license` is its first.
pub(super) fn of_company(place: &Place<'_>, license: Option<&Value>) -> Map<String, Value> {
    let at = |days: i64| stamp(days_after(place.world.now, days));
    let user = place.world.users.first().map(|user| &user.id);
    let contact = place.contacts.first().map(|person| &person.id);
    object(json!({
        "hProfile": "5f00000000000000000000ab", "hDiff": decimal("-0.5"), "hDiffDate": at(-9),
        "sentimentScore": decimal("3.25"), "customerTo": at(120), "renewalDate": at(120), "autoRenews": true,
        "headId": license, "alerts": ["Usage is down by 20 %"], "followers": [user], "collaborators": [user],
        "documents": [{"name": "Order form.pdf", "url": "https://files.example.com/of?v=1&x=2"}],
        "links": [{"title": "Slack <channel>", "url": "https://chat.example/c/1"}],
        "usage": {"Logged in": 12}, "lastActiveTime": at(-2), "lastTouchTime": at(-1), "nextTouchDate": at(7),
        "lastTouchByType": {"email": at(-1), "call": at(-30)}, "csmScoreLog": [{"score": 4, "time": at(-90)}],
        "features": {"sso": true}, "sunits": {"s1": {"status": true, "default": false}}, "arrTotal": decimal("99999.99"),
        "orgCount": 4, "lastActivities": [{"action": "Logged in", "date": at(-2), "euId": contact}],
        "lastPerformedTriggers": ["5f00000000000000000000ac"],
    }))
}

/// What the first contact of such a company has besides.
pub(super) fn of_enduser(place: &Place<'_>) -> Map<String, Value> {
    let at = |days: i64| stamp(days_after(place.world.now, days));
    let others = place.contacts.iter().skip(1).take(2);
    let others: Vec<&str> = others.map(|person| person.id.as_str()).collect();
    object(json!({
        "linkedInUrl": "https://www.linkedin.example/in/ö?a=1&b=2", "nps": 9, "npsComment": "Good \"so far\"",
        "npsDate": at(-20), "npsSent": at(-23), "personas": ["Champion", "Économique"], "relatedEndusers": others,
        "usage": {"Logged in": 3}, "beatTrend": decimal("-12.5"), "lastTouch": at(-1), "lastTouchType": "email",
        "lastTouchTime": at(-1), "lastTouchByType": {"email": at(-1)},
        "lastActivities": [{"action": "Logged in", "date": at(-2)}],
    }))
}

/// What the first conversation of such a company has besides.
pub(super) fn of_conversation(place: &Place<'_>) -> Map<String, Value> {
    let user = place.world.users.first();
    let contact = place.contacts.first();
    object(json!({
        "emailTemplateIds": ["5f00000000000000000000ad"], "autoTags": ["renewal"],
        "assigneeName": user.map(|user| &user.name), "owner": user.map(|user| &user.id),
        "followers": user.map(|user| &user.id).into_iter().collect::<Vec<_>>(),
        "userId": "610015551b990c6500005eed", "nickName": "Test user", "note": "Subject: text",
        "companySourceId": format!("0014{:011}", place.core.place),
        "sender": [{"email": contact.and_then(|person| person.email.as_ref()), "name": contact.map(|person| &person.name)}],
    }))
}

/// What the second team member has besides: figures of its companies, and how it likes its pages.
pub(super) fn of_user(seed: u64, now: Timestamp) -> Map<String, Value> {
    let manager = people::user(seed, now, 0).0.id;
    let mut fields = object(json!({
        "workflowFilter": "mine", "revReportPeriodType": "month", "defaultCurrencyId": "EUR",
        "defaultMeetingLength": 30, "removed": false, "playLogDisabled": false, "dailyDigest": true,
        "followerUpdate": true, "inAppNotifications": true, "splitLayoutDisabled": false, "managers": [manager],
        "poc": ["5f00000000000000000000ae"], "permissions": {"export": true}, "googleApi": {"on": false},
        "msApi": {"on": false}, "googleCalendarApi": {"on": false}, "skippedGettingStartedSteps": {"mail": true},
        "recentOpenTabs": {"companies": 1}, "isMyProfile": false, "revenueShare": decimal("0.125"),
    }));
    let figures = [
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
        "customerCount",
        "payingCustomerCount",
    ];
    let figures = figures.into_iter().zip(3..);
    fields.extend(figures.map(|(name, value)| (name.to_owned(), json!(value))));
    fields
}
