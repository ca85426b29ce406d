//! Assets, campaigns, objectives, projects, workspaces, workflows, issues, answers to surveys, and hours.

use serde_json::{Map, Value, json};

use super::{
    Model, Place, Record, amount, day_of, days_after, decimal, dice::Subject, filling,
    revenue::without_stamps, stamp, text, words,
};

pub(super) fn of_company(place: &Place<'_>, conversations: &[String]) -> Vec<Record> {
    let mut records = Vec::new();
    let mut add = |table: &'static str, record| records.push((Model::Of(table), record));
    if place.has(0) {
        add("campaign", campaign(place));
        add("workflow", workflow(place));
    }
    if place.has(1) {
        add("objective", objective(place));
        add("workspace", workspace(place));
    }
    if place.has(2) {
        let entries = [time_entry(place, 0), time_entry(place, 1)];
        add("timesheet", timesheet(place, &entries));
        entries.into_iter().for_each(|entry| add("timeentry", entry));
    }
    if place.has(3) {
        add("asset", asset(place));
        add("project", project(place));
    }
    if place.has(4) {
        add("issue", issue(place, conversations));
        add("nps", nps(place));
    }
    records
}

fn asset(place: &Place<'_>) -> Map<String, Value> {
    let mut dice = place.dice(Subject::Asset, 0);
    let owner = place.user(&mut dice).map(|user| (&user.id, &user.name));
    let installed = dice.moment(place.core.made, place.world.now);
    place.record(Subject::Asset, 0, json!({
        "name": "Gateway #7 / cellar", "serialNumber": format!("SN-{:08}", dice.roll(100_000_000)),
        "value": amount(&mut dice), "_currency": "EUR", "installDate": stamp(installed),
        "status": dice.pick(&["live", "retired", ""]), "ownerId": owner.map(|owner| owner.0),
        "ownerName": owner.map(|owner| owner.1), "followers": owner.map(|owner| owner.0).into_iter().collect::<Vec<_>>(),
        "usage": {"uptime": decimal("99.95")}, "externalId": format!("asset-{}", place.core.place),
        "custom": filling::of_every_type(place, &mut dice),
    }))
}

fn campaign(place: &Place<'_>) -> Map<String, Value> {
    let mut dice = place.dice(Subject::Campaign, 0);
    let mut record = place.record(
        Subject::Campaign,
        0,
        json!({
            "name": "Spring: \u{201c}grow\u{201d}", "campaignPurpose": dice.pick(words::SENTENCES),
            "custom": filling::of_two(place, &mut dice),
        }),
    );
    without_stamps(&mut record);
    record
}

fn objective(place: &Place<'_>) -> Map<String, Value> {
    let mut dice = place.dice(Subject::Objective, 0);
    let mut record = place.record(Subject::Objective, 0, json!({
        "name": dice.pick(words::SUBJECTS), "health": decimal("7.25"), "custom": filling::of_two(place, &mut dice),
    }));
    without_stamps(&mut record);
    record
}

fn project(place: &Place<'_>) -> Map<String, Value> {
    let mut dice = place.dice(Subject::Project, 0);
    let start = dice.moment(place.core.made, place.world.now);
    let mut record = place.record(
        Subject::Project,
        0,
        json!({
            "name": dice.pick(words::SUBJECTS), "currency": "SEK", "startDate": stamp(start),
            "endDate": stamp(days_after(start, 90)), "mrr": amount(&mut dice), "arr": amount(&mut dice),
            "nrr": amount(&mut dice), "custom": filling::of_two(place, &mut dice),
        }),
    );
    without_stamps(&mut record);
    record
}

fn workspace(place: &Place<'_>) -> Map<String, Value> {
    let mut dice = place.dice(Subject::Workspace, 0);
    let owner = place.user(&mut dice).map(|user| &user.id);
    let mut record = place.record(
        Subject::Workspace,
        0,
        json!({
            "name": "Production (EU)", "ownerId": owner, "custom": filling::of_two(place, &mut dice),
        }),
    );
    without_stamps(&mut record);
    record
}

fn workflow(place: &Place<'_>) -> Map<String, Value> {
    let mut dice = place.dice(Subject::Workflow, 0);
    let start = dice.moment(place.core.made, place.world.now);
    let owner = place.user(&mut dice).map(|user| &user.id);
    let contact = place.contacts.first();
    let mut record = place.record(Subject::Workflow, 0, json!({
        "name": "Onboarding", "type": "sequence", "owner": owner, "status": "active",
        "targetId": contact.map(|person| &person.id), "targetModel": "EndUser",
        "targetName": contact.map(|person| &person.name), "templateId": "5f00000000000000000000aa",
        "startDate": stamp(start), "isArchived": false, "archiveDate": null, "percentDone": dice.roll(101),
        "actualDays": 12, "expectedDays": 30, "expectedEndDate": stamp(days_after(start, 30)),
        "nextStartTime": stamp(days_after(start, 2)), "openRate": decimal("0.5"), "clickRate": decimal("0.125"),
        "replyRate": 0, "bounceRate": 0, "endUserEmail": contact.and_then(|person| person.email.as_ref()),
        "custom": {},
    }));
    for name in ["externalId", "sourceId"] {
        record.remove(name);
    }
    record
}

fn issue(place: &Place<'_>, conversations: &[String]) -> Map<String, Value> {
    let mut dice = place.dice(Subject::Issue, 0);
    let user = place.user(&mut dice).map(|user| &user.id);
    let guests = place.contacts.iter().take(2);
    let endusers: Vec<Value> = guests
        .map(|person| json!({"id": person.id, "name": person.name}))
        .collect();
    let ids: Vec<&Value> = endusers.iter().filter_map(|person| person.get("id")).collect();
    let mut record = place.record(Subject::Issue, 0, json!({
        "title": dice.pick(words::SUBJECTS), "description": text::body(&mut dice), "companyIds": [place.core.id],
        "companies": [{"id": place.core.id, "name": place.core.name}], "enduserIds": ids, "endusers": endusers,
        "conversationIds": conversations.iter().take(2).collect::<Vec<_>>(), "source": "jira",
        "sourceUrl": format!("https://jira.example/browse/AB-{}?a=1&b=2", place.core.place),
        "priority": dice.pick(&["High", "low", "P1", ""]), "archived": dice.one_in(5),
        "status": dice.pick(&["Open", "In Progress", "Done"]), "mrrCombined": dice.roll(9_000),
        "arrCombined": dice.roll(90_000), "followers": user.into_iter().collect::<Vec<_>>(),
        "companyMatchingValue": [place.core.domain], "custom": filling::of_two(place, &mut dice),
    }));
    for name in ["externalId", "companyId", "companyName"] {
        record.remove(name);
    }
    record
}

fn nps(place: &Place<'_>) -> Map<String, Value> {
    let mut dice = place.dice(Subject::Nps, 0);
    let contact = place.contacts.first();
    let answered = dice.moment(super::years_ago(place.world.now, 2), place.world.now);
    let mut record = place.record(Subject::Nps, 0, json!({
        "cId": place.core.id, "cName": place.core.name, "euId": contact.map(|person| &person.id),
        "email": contact.and_then(|person| person.email.clone()).unwrap_or_else(|| "nobody@gone.example".to_owned()),
        "campaignId": "5f00000000000000000000cc", "score": dice.roll(11), "comment": dice.pick(words::SENTENCES),
        "dateSent": stamp(days_after(answered, -3)), "dateAnswered": stamp(answered), "source": "email",
        "custom": filling::of_two(place, &mut dice),
    }));
    without_stamps(&mut record);
    for name in ["externalId", "companyId", "companyName"] {
        record.remove(name);
    }
    record
}

fn time_entry(place: &Place<'_>, number: u64) -> Map<String, Value> {
    let mut dice = place.dice(Subject::TimeEntry, number);
    let day = dice.moment(place.core.made, place.world.now);
    let quarters = dice.between(1, 40);
    let hundredths = quarters * 25;
    let hours = format!("{}.{:02}", hundredths / 100, hundredths % 100);
    let money = |rate: i64| {
        let cents = rate * hundredths;
        decimal(&format!("{}.{:02}", cents / 100, cents % 100))
    };
    let mut record = place.record(Subject::TimeEntry, number, json!({
        "date": stamp(day), "hours": decimal(&hours), "isTimeOff": number == 1, "description": "Workshop & travel",
        "isBillable": number == 0, "billingCode": "PS-01", "currency": "EUR", "billableRate": 120,
        "totalBilled": money(120), "costRate": 60, "totalCost": money(60), "timesheetStatus": "submitted",
        "timesheetId": sheet_id(place), "custom": filling::of_two(place, &mut dice),
    }));
    for name in ["externalId", "sourceId"] {
        record.remove(name);
    }
    record
}

fn sheet_id(place: &Place<'_>) -> String {
    place.id(Subject::Timesheet, 0, place.world.now)
}

fn timesheet(place: &Place<'_>, entries: &[Map<String, Value>]) -> Map<String, Value> {
    let mut dice = place.dice(Subject::Timesheet, 0);
    let day = day_of(place.world.now);
    let mut user = || place.user(&mut dice).map(|user| &user.id);
    let (who, boss) = (user(), user());
    let entries: Vec<Value> = entries
        .iter()
        .map(|entry| json!({"_id": entry.get("_id")}))
        .collect();
    super::object(json!({
        "_id": sheet_id(place), "approvedBy": boss, "status": "submitted", "timeEntries": entries,
        "dateOfApproval": "2026-10-30", "dateFrom": day - 7, "dateTo": day - 1, "assignedModel": "User",
        "assignedId": who, "custom": filling::of_two(place, &mut dice), "__v": 0,
    }))
}
