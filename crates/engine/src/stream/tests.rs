mod ground;

use std::{
    collections::{HashMap, HashSet},
    sync::Mutex,
    time::Duration,
};

use model::{
    Clock, ConnectionId, Deliveries, Event, EventKind, Journal, MessageId, ParcelKind, Position, SourceId,
    Timestamp,
};
use serde_json::{Value as Json, json};

use self::ground::{Does, Ground};
use super::{
    aim::{Aimed, aim},
    *,
};

const RECIPE: &str = include_str!("../../../../recipes/segment-planhat.yaml");

fn recipe(set: &[(&str, &str)]) -> StreamRecipe {
    let mut recipe = StreamRecipe::read(RECIPE).unwrap();
    for (name, value) in set {
        recipe.set(name, value).unwrap();
    }
    recipe
}

fn event(id: &str, kind: EventKind, user: Option<&str>, said: Json) -> Event {
    Event {
        source: SourceId::from("web"),
        message_id: MessageId::new(id),
        kind,
        received_at: Timestamp::UNIX_EPOCH,
        timestamp: Timestamp::UNIX_EPOCH,
        original_timestamp: None,
        sent_at: None,
        user_id: user.map(Into::into),
        anonymous_id: None,
        body: said.to_string().into(),
    }
}

fn track(id: &str, user: &str) -> Event {
    event(
        id,
        EventKind::Track,
        Some(user),
        json!({ "event": id, "context": { "groupId": "c1" } }),
    )
}

/// Brings what there is, waiting as long as the clock must, until nothing is left or a person must help.
async fn run(ground: &Ground, set: &[(&str, &str)]) -> Step {
    let to = ConnectionId::from("acme");
    if ground.lanes.lock().unwrap().is_empty() {
        ground.open_lane(&first_lane(&to, Position(0))).await.unwrap();
    }
    let recipes = HashMap::from([(SourceId::from("web"), recipe(set))]);
    let stream = Stream {
        to: &to,
        journal: ground,
        sink: ground,
        store: ground,
        clock: ground,
        recipes: &recipes,
        end: ground.end(),
    };
    loop {
        let lane = ground.lanes.lock().unwrap()[0].clone();
        match stream.step(&lane).await {
            Ok(Step::Moved) => {}
            Ok(Step::Waits(wait)) => ground.sleep(wait).await,
            Ok(step) => return step,
            // It died, and begins anew.
            Err(fault) => assert!(ground.has_died.lock().unwrap().take().is_some(), "{fault:?}"),
        }
    }
}

fn counts(ground: &Ground) -> Vec<(String, u64)> {
    ground.counts.lock().unwrap().clone().into_iter().collect()
}

fn actions(ground: &Ground) -> Vec<String> {
    let taken = ground.taken.lock().unwrap();
    taken
        .iter()
        .filter_map(|(_, body)| Some(body.get("action")?.as_str()?.to_owned()))
        .collect()
}

fn with(events: Vec<Event>, script: &[Does]) -> Ground {
    Ground {
        events,
        script: Mutex::new(script.iter().copied().collect()),
        ..Ground::default()
    }
}

#[tokio::test]
async fn a_destination_that_is_down_for_three_hours_gets_everything_once() {
    let ground = with(vec![track("a", "u"), track("b", "u")], &[Does::Down; 40]);
    assert_eq!(run(&ground, &[]).await, Step::Idle);
    assert_eq!(actions(&ground), ["a", "b"]);
    assert_eq!(counts(&ground), [("delivered".to_owned(), 2)]);
    assert!(*ground.now.lock().unwrap() > Duration::from_secs(3_600));
}

#[tokio::test]
async fn a_destination_that_stays_down_waits_for_a_person_and_loses_nothing() {
    let ground = with(vec![track("a", "u")], &[Does::Down; 1_000]);
    assert_eq!(run(&ground, &[]).await, Step::Stopped);
    assert!(*ground.now.lock().unwrap() >= PATIENCE);
    ground.script.lock().unwrap().clear();
    let id = ground.lanes.lock().unwrap()[0].id.clone();
    ground.note_failing(&id, None, false).await.unwrap();
    assert_eq!(run(&ground, &[]).await, Step::Idle);
    assert_eq!(actions(&ground), ["a"]);
}

#[tokio::test]
async fn what_lost_its_answer_is_sent_again_or_held_as_the_source_wants() {
    let events = || vec![track("a", "u"), track("b", "u")];
    let ground = with(events(), &[Does::Loses]);
    run(&ground, &[("uncertain", "resend")]).await;
    assert_eq!(actions(&ground), ["a", "b", "a", "b"]);
    assert_eq!(counts(&ground), [("resent".to_owned(), 2)]);
    // A clear no to the second try says nothing of the first.
    let ground = with(events(), &[Does::Loses, Does::Down, Does::Throttles(1)]);
    run(&ground, &[("uncertain", "resend")]).await;
    assert_eq!(counts(&ground), [("resent".to_owned(), 2)]);
    let ground = with(events(), &[Does::Loses]);
    run(&ground, &[("uncertain", "hold")]).await;
    assert_eq!(actions(&ground), ["a", "b"]);
    assert_eq!(counts(&ground), [("held".to_owned(), 2)]);
    let reasons: Vec<_> = ground
        .held
        .lock()
        .unwrap()
        .values()
        .map(|(held, _)| held.reason.clone())
        .collect();
    assert_eq!(reasons, ["uncertain", "uncertain"]);
    // Where nothing can have arrived, nothing is uncertain.
    let ground = with(events(), &[Does::Down, Does::Throttles(30)]);
    run(&ground, &[("uncertain", "hold")]).await;
    assert_eq!(counts(&ground), [("delivered".to_owned(), 2)]);
    assert!(*ground.now.lock().unwrap() >= Duration::from_secs(30));
}

#[tokio::test]
async fn one_that_is_refused_is_held_and_keeps_back_no_other() {
    let events = (0..25).map(|n| track(&format!("e{n}"), "u")).collect();
    let ground = Ground {
        poison: HashSet::from(["e3", "e17"]),
        ..with(events, &[])
    };
    assert_eq!(run(&ground, &[]).await, Step::Idle);
    assert_eq!(
        counts(&ground),
        [("delivered".to_owned(), 23), ("held".to_owned(), 2)]
    );
    let held: Vec<_> = ground
        .held
        .lock()
        .unwrap()
        .values()
        .map(|(held, _)| (held.message_id.to_string(), held.words.clone()))
        .collect();
    assert_eq!(
        held,
        [
            ("e3".to_owned(), "no".to_owned()),
            ("e17".to_owned(), "no".to_owned())
        ]
    );
    let mut brought = actions(&ground);
    brought.dedup();
    assert_eq!(brought.len(), 23);
}

#[tokio::test]
async fn what_was_brought_before_a_fault_is_not_brought_again() {
    // The whole is refused for one of them; the first half goes, and then the host is gone for a while.
    let events = (0..8).map(|n| track(&format!("e{n}"), "u")).collect();
    let ground = Ground {
        poison: HashSet::from(["e7"]),
        ..with(events, &[Does::Well, Does::Well, Does::Down, Does::Down])
    };
    assert_eq!(run(&ground, &[]).await, Step::Idle);
    let mut brought = actions(&ground);
    brought.sort();
    assert_eq!(brought, ["e0", "e1", "e2", "e3", "e4", "e5", "e6"]);
}

#[tokio::test]
async fn what_was_brought_before_a_fault_and_never_settled_counts_as_sent_again() {
    let events = (0..8).map(|n| track(&format!("e{n}"), "u")).collect();
    let ground = Ground {
        poison: HashSet::from(["e7"]),
        dies: Mutex::new(true),
        ..with(events, &[Does::Well, Does::Well, Does::Down])
    };
    assert_eq!(run(&ground, &[]).await, Step::Idle);
    let twice = actions(&ground).len() - 7;
    assert_eq!(twice, 4);
    let expected = [("delivered", 3), ("held", 1), ("resent", 4)];
    let expected = expected.map(|(what, events)| (what.to_owned(), events));
    assert_eq!(counts(&ground), expected);
}

/// Fifteen events that were held and let go, where a call takes ten, and then goes wrong this way.
async fn let_go(does: Does) -> Ground {
    let events = (0..15).map(|n| track(&format!("e{n}"), "u")).collect();
    let ground = with(events, &[Does::Loses, Does::Loses]);
    run(&ground, &[("uncertain", "hold")]).await;
    assert_eq!(counts(&ground), [("held".to_owned(), 15)]);
    ground.taken.lock().unwrap().clear();
    ground.counts.lock().unwrap().clear();
    ground.let_all_go();
    *ground.script.lock().unwrap() = [Does::Well, does].into();
    run(&ground, &[("uncertain", "hold")]).await;
    ground
}

#[tokio::test]
async fn what_was_held_and_brought_before_a_fault_is_not_brought_again() {
    let ground = let_go(Does::Throttles(30)).await;
    assert_eq!(actions(&ground).len(), 15);
    assert_eq!(counts(&ground), [("delivered".to_owned(), 15)]);
    // Only the second call is uncertain.
    let ground = let_go(Does::Loses).await;
    assert_eq!(actions(&ground).len(), 15);
    assert_eq!(
        counts(&ground),
        [("delivered".to_owned(), 10), ("held".to_owned(), 5)]
    );
}

#[tokio::test]
async fn a_refused_token_waits_for_a_person() {
    let ground = with(vec![track("a", "u")], &[Does::Denies]);
    assert_eq!(run(&ground, &[]).await, Step::Stopped);
    assert_eq!(*ground.now.lock().unwrap(), Duration::ZERO);
}

#[tokio::test]
async fn nobody_is_held_of_whom_nothing_is_said_but_who_has_no_company() {
    let group = json!({ "groupId": "c1", "traits": { "name": "One" } });
    let events = vec![
        event("g", EventKind::Group, None, group),
        event(
            "i1",
            EventKind::Identify,
            Some("u"),
            json!({ "traits": { "companyId": "c1" } }),
        ),
        track("t1", "u"),
        event(
            "i2",
            EventKind::Identify,
            Some("v"),
            json!({ "traits": { "plan": "a" } }),
        ),
    ];
    let ground = Ground {
        silent: true,
        ..with(events, &[])
    };
    run(&ground, &[]).await;
    assert_eq!(
        counts(&ground),
        [("delivered".to_owned(), 3), ("held".to_owned(), 1)]
    );
    let reasons: Vec<_> = ground
        .held
        .lock()
        .unwrap()
        .values()
        .map(|(held, _)| held.reason.clone())
        .collect();
    assert_eq!(reasons, ["no_company"]);
}

#[tokio::test]
async fn what_was_held_and_cannot_be_read_any_more_is_counted_and_let_go() {
    let mut ground = with(vec![track("a", "u")], &[Does::Loses]);
    run(&ground, &[("uncertain", "hold")]).await;
    ground.events.clear();
    ground.let_all_go();
    run(&ground, &[]).await;
    assert_eq!(
        counts(&ground),
        [("held".to_owned(), 1), ("unreadable".to_owned(), 1)]
    );
    assert_eq!(ground.held.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn people_are_made_before_what_they_did_and_each_once() {
    let identify =
        |id: &str, said: Json| event(id, EventKind::Identify, Some("u"), json!({ "traits": said }));
    let events = vec![
        track("t1", "u"),
        identify("i1", json!({ "companyId": "c1", "plan": "a", "seats": 1 })),
        identify("i2", json!({ "plan": "b" })),
    ];
    let ground = with(events, &[]);
    run(&ground, &[]).await;
    let taken = ground.taken.lock().unwrap();
    let kinds: Vec<_> = taken.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds, [ParcelKind::Person, ParcelKind::Activity]);
    assert_eq!(taken[0].1["custom"], json!({ "plan": "b", "seats": 1 }));
    assert_eq!(taken[0].1["companyId"], "extid-c1");
}

#[tokio::test]
async fn what_comes_under_an_id_of_before_an_alias_is_about_the_same_person() {
    let alias =
        |id: &str, from: &str, to: &str| event(id, EventKind::Alias, Some(to), json!({ "previousId": from }));
    let of_company = |id: &str, user: &str| {
        event(
            id,
            EventKind::Identify,
            Some(user),
            json!({ "traits": { "companyId": "c1" } }),
        )
    };
    let plain = |id: &str, user: &str| event(id, EventKind::Track, Some(user), json!({ "event": id }));
    let events = vec![
        of_company("i1", "a"),
        plain("t0", "a"),
        alias("r1", "a", "b"),
        plain("t1", "a"),
        alias("r2", "b", "c"),
        of_company("i2", "a"),
        plain("t2", "a"),
        plain("t3", "b"),
        // It was a mistake, and is taken back.
        alias("r3", "c", "a"),
        plain("t4", "c"),
        plain("t5", "a"),
    ];
    let ground = with(events, &[]);
    run(&ground, &[]).await;
    let taken = ground.taken.lock().unwrap();
    let who = |kind: ParcelKind| -> Vec<String> {
        let of_kind = taken.iter().filter(|(of, _)| *of == kind);
        of_kind
            .map(|(_, body)| body["externalId"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(who(ParcelKind::Person), ["a", "c"]);
    assert_eq!(who(ParcelKind::Activity), ["a", "b", "c", "c", "a", "a"]);
    // What was said before an alias is brought before it: afterwards nobody has that id.
    let kinds: Vec<ParcelKind> = taken.iter().take(3).map(|(kind, _)| *kind).collect();
    assert_eq!(
        kinds,
        [ParcelKind::Person, ParcelKind::Activity, ParcelKind::Rekey]
    );
    let companies = taken.iter().filter(|(kind, _)| *kind == ParcelKind::Activity);
    assert!(
        companies
            .into_iter()
            .all(|(_, body)| body["companyExternalId"] == "c1")
    );
}

fn aimed(kind: EventKind, user: Option<&str>, said: Json, set: &[(&str, &str)]) -> Aimed {
    let event = event("m", kind, user, said);
    aim(&recipe(set), &event, event.json(), None)
}

#[test]
fn an_activity_says_what_when_who_and_where() {
    let said = json!({
        "event": "Paid", "properties": { "total": 3 }, "context": { "traits": { "email": "A@x.y", "name": "Ada" }, "groupId": 7 },
    });
    let activity = aimed(EventKind::Track, None, said, &[]).activity.unwrap();
    let expected = json!({
        "action": "Paid", "date": "1970-01-01T00:00:00Z", "email": "A@x.y", "name": "Ada", "companyExternalId": "7",
        "info": { "total": 3, "source": "Segment" },
    });
    assert_eq!(Json::Object(activity), expected);
    let of = |kind, said, set: &[(&str, &str)]| {
        let aimed = aimed(kind, Some("u"), said, set);
        aimed
            .activity
            .map_or(aimed.nothing.unwrap_or_default().to_owned(), |activity| {
                activity["action"].as_str().unwrap().to_owned()
            })
    };
    assert_eq!(of(EventKind::Page, json!({}), &[]), "Loaded a Page");
    assert_eq!(
        of(EventKind::Page, json!({ "name": "Home" }), &[]),
        "Viewed Home Page"
    );
    assert_eq!(
        of(EventKind::Screen, json!({ "name": "Home" }), &[]),
        "screens_off"
    );
    assert_eq!(
        of(
            EventKind::Screen,
            json!({ "name": "Home" }),
            &[("screens", "true")]
        ),
        "Viewed Home Screen"
    );
}

#[test]
fn audiences_become_fields_and_the_false_is_written() {
    let personas = json!({ "personas": { "computation_class": "audience" } });
    let said = json!({ "traits": { "order_completed_last_30days": false }, "context": personas });
    let person = aimed(EventKind::Identify, Some("u"), said, &[]).person.unwrap();
    assert_eq!(person["custom"], json!({ "order_completed_last_30days": false }));
    let said = json!({
        "event": "Audience Exited", "properties": { "audience_key": "vip", "vip": false }, "context": personas,
    });
    let exited = aimed(EventKind::Track, Some("u"), said, &[]);
    assert_eq!(
        (exited.person.unwrap()["custom"].clone(), exited.activity),
        (json!({ "vip": false }), None)
    );
}

#[test]
fn numbers_of_a_group_become_metrics_if_so_chosen() {
    let said = json!({ "groupId": "c1", "traits": { "name": "One", "monthly users": 5, "plan": "pro" } });
    let as_fields = aimed(EventKind::Group, None, said.clone(), &[]);
    assert_eq!(
        as_fields.company.unwrap()["custom"],
        json!({ "monthly users": 5, "plan": "pro" })
    );
    assert_eq!(as_fields.metrics.len(), 0);
    let chosen = aimed(EventKind::Group, None, said, &[("group_metrics", "true")]);
    assert_eq!(chosen.company.unwrap()["custom"], json!({ "plan": "pro" }));
    assert_eq!(chosen.metrics[0]["dimensionId"], "monthly_users");
    assert_eq!(chosen.person, None);
}

#[test]
fn in_dock_mode_an_event_goes_as_it_is() {
    let said = json!({ "event": "Paid", "context": { "groupId": "c1" } });
    let whole = aimed(EventKind::Track, Some("u"), said, &[("mode", "dock")])
        .whole
        .unwrap();
    assert_eq!(
        (&whole["user_id"], &whole["traits"]["companyId"], &whole["type"]),
        (&json!("u"), &json!("c1"), &json!("track"))
    );
}

#[test]
fn a_recipe_that_cannot_be_one_says_why() {
    let check = |from: &str, to: &str, words: &str| {
        let why = StreamRecipe::read(&RECIPE.replace(from, to)).unwrap_err();
        assert!(why.contains(words), "{why}");
    };
    check("hold_days: 30", "hold_days: 0", "from 1 to 365");
    check("to: planhat", "to: devrev", "`to` is `devrev`");
    check("uncertain: resend", "uncertain: forget", "uncertain");
    check("screens:", "screenz:", "screenz");
    assert!(recipe(&[]).set("hold", "1").unwrap_err().contains("hold_days"));
}
