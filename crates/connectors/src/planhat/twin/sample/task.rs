//! Tasks and calendar events, and comments on them and on conversations.

use serde_json::{Map, Value, json};

use super::{Model, Place, Record, days_after, dice::Subject, filling, stamp, text, words};

const KINDS: &[&str] = &["To do", "Call", "Onboarding / step", "Follow-up"];
const REPEATS: &[&str] = &["daily", "weekly", "monthly", "quarterly", "yearly", "custom"];

/// A company's tasks, and the comments on them and on these conversations.
pub(super) fn of_company(place: &Place<'_>, conversations: &[String]) -> Vec<Record> {
    let mut tasks = vec![task(place)];
    if place.has(2) {
        tasks.push(event(place));
    }
    let about_task = tasks
        .first()
        .and_then(|task| task.get("_id")?.as_str())
        .map(str::to_owned);
    let mut comments = Vec::new();
    let wanted = [
        (conversations.first(), "Conversation", true),
        (
            conversations.last(),
            "Conversation",
            place.core.place.is_multiple_of(3),
        ),
        (about_task.as_ref(), "Task", place.core.place % 4 == 1),
    ];
    for (number, (about, model, _)) in (0..).zip(wanted).filter(|(_, (_, _, is_wanted))| *is_wanted) {
        comments.extend(about.map(|about| comment(place, number, about, model)));
    }
    let tasks = tasks.into_iter().map(|record| (Model::Of("task"), record));
    let comments = comments.into_iter().map(|record| (Model::Of("comment"), record));
    tasks.chain(comments).collect()
}

fn comment(place: &Place<'_>, number: u64, about: &str, model: &str) -> Map<String, Value> {
    let mut dice = place.dice(Subject::Comment, number);
    let made = dice.moment(place.core.made, place.world.now);
    let by = match place.core.place % 25 {
        // Somebody who left, and whom nothing tells about any more.
        7 => Some("5f0000000000000000000000"),
        _ => place.user(&mut dice).map(|user| user.id.as_str()),
    };
    super::object(json!({
        "_id": place.id(Subject::Comment, number, made), "text": text::body(&mut dice), "by": by,
        "commentableId": about, "commentableModel": model, "createdAt": stamp(made),
        "updatedAt": stamp(dice.moment(made, place.world.now)), "__v": 0,
    }))
}

/// One task a company: open, done or archived, once or again and again.
fn task(place: &Place<'_>) -> Map<String, Value> {
    let mut dice = place.dice(Subject::Task, 0);
    let core = place.core;
    let start = match core.place % 40 {
        9 => super::years_ago(place.world.now, 60),
        19 => super::years_ago(place.world.now, -900),
        _ => dice.moment(core.made, place.world.now),
    };
    let is_done = core.place % 3 == 1;
    let owner = place.user(&mut dice).filter(|_| core.place % 8 != 6);
    let body = text::body(&mut dice);
    let mut record = place.record(Subject::Task, 0, json!({
        "mainType": "task", "action": text::subject(&mut dice), "type": dice.pick(KINDS),
        "startTime": stamp(start), "endTime": null, "description": body, "snippet": text::snippet(&body).0,
        "noSpecificTime": dice.one_in(2), "shared": dice.one_in(4), "overdueNotified": dice.one_in(3),
        "status": dice.pick(&["To-do", "In-progress", "Done", ""]), "isArchived": is_done && core.place % 2 == 1,
        "ownerId": owner.map(|user| &user.id), "ownerName": owner.map(|user| &user.name),
        "users": owner.iter().map(|user| json!({"id": user.id, "name": user.name})).collect::<Vec<_>>(),
        "endusers": guests(place, 1), "checklist": checklist(core.place, is_done),
        "activityTags": super::tags(&mut dice, words::ACTIVITY_TAGS, 2),
    }));
    record.remove("externalId");
    if is_done {
        record.insert("dateDone".to_owned(), json!(stamp(days_after(start, 1))));
        record.insert("doneBy".to_owned(), json!(owner.map(|user| &user.id)));
    }
    if core.place.is_multiple_of(3) {
        let repeat = dice.pick(REPEATS);
        let repeat = if core.place == 3 { "custom" } else { repeat };
        record.insert("repeat".to_owned(), json!(repeat));
        if repeat == "custom" {
            record.insert("repeatDays".to_owned(), json!(dice.between(2, 90)));
        }
    }
    record.insert("custom".to_owned(), filling::of_every_type(place, &mut dice));
    record
}

/// A meeting in the calendar.
fn event(place: &Place<'_>) -> Map<String, Value> {
    let mut dice = place.dice(Subject::Event, 0);
    let start = dice.moment(place.core.made, place.world.now);
    let owner = place.user(&mut dice);
    let users: Vec<Value> = place
        .world
        .users
        .iter()
        .take(2)
        .map(|user| json!({"id": user.id, "name": user.name}))
        .collect();
    let mut record = place.record(Subject::Event, 0, json!({
        "mainType": "event", "action": dice.pick(words::SUBJECTS), "type": "Meeting", "startTime": stamp(start),
        "endTime": stamp(start + jiff::SignedDuration::from_mins(dice.between(15, 180))), "description": "",
        "noSpecificTime": false, "shared": true, "overdueNotified": false, "status": null, "isArchived": false,
        "ownerId": owner.map(|user| &user.id), "ownerName": owner.map(|user| &user.name), "users": users,
        "endusers": guests(place, 3), "checklist": [], "activityTags": [],
    }));
    record.remove("externalId");
    record
}

fn guests(place: &Place<'_>, most: usize) -> Vec<Value> {
    let guests = place.contacts.iter().take(most);
    guests
        .map(|person| json!({"id": person.id, "name": person.name}))
        .collect()
}

fn checklist(place: u64, is_done: bool) -> Vec<Value> {
    match place % 4 {
        0 => Vec::new(),
        1 => vec![
            json!({"title": "Ask for the budget", "done": is_done}),
            json!({"title": "Book <room> & \"call\""}),
        ],
        _ => vec![json!({"title": "Only step"})],
    }
}
