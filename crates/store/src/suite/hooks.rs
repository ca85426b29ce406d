//! Hooks, and what they are told.

use std::time::Duration;

use model::{
    Action, Change, FieldChange, INTERRUPTED, ImportId, Intents, Run, RunId, RunState, Secret, Settled,
    Settlement, Timestamp, Trigger, Value,
};

use super::ground::{Ground, count, creation, settled};
use crate::{Event, Hook, Message, Store};

const LASTS: Duration = Duration::from_secs(60);

fn hook(name: &str) -> Hook {
    Hook {
        name: name.to_owned(),
        url: format!("https://{name}.example/hook"),
        private: false,
        created_at: Timestamp::from_second(1).unwrap(),
    }
}

async fn begin(store: &Store, import: &ImportId, id: &str, announces: bool) -> RunId {
    let run = Run {
        id: id.into(),
        import: import.clone(),
        trigger: Trigger::Periodic,
        started_at: Timestamp::from_second(1_700_000_000).unwrap(),
        state: RunState::Working,
        report: None,
    };
    store.begin_run(&run).await.unwrap();
    if announces {
        store.announce(import, &run.id).await.unwrap();
    }
    run.id
}

fn update(id: &str, left: &str) -> Change {
    Change {
        action: Action::Update(format!("r-{left}").into()),
        fields: vec![FieldChange {
            name: "name".into(),
            before: Some(Value::text("a")),
            after: Value::text("b"),
        }],
        ..creation(id, left)
    }
}

async fn settle(store: &Store, import: &ImportId, run: &RunId, pairs: &[(&str, Option<&str>)]) {
    let pairs: Vec<_> = pairs
        .iter()
        .map(|(left, change)| Settled {
            change: change.map(Into::into),
            ..settled(left, &format!("r-{left}"))
        })
        .collect();
    let settlement = Settlement {
        settled: &pairs,
        ..Settlement::default()
    };
    store.settle(import, run, &settlement).await.unwrap();
}

async fn interrupt(store: &Store, import: &ImportId, run: &RunId, change: &str) {
    let settlement = Settlement {
        failed: &[(change.into(), INTERRUPTED.to_owned())],
        ..Settlement::default()
    };
    store.settle(import, run, &settlement).await.unwrap();
}

async fn due(ground: &Ground, seconds: i64) -> Vec<Message> {
    let now = Timestamp::from_second(ground.clock_second() + seconds).unwrap();
    ground.store.take_messages(now, LASTS, 100).await.unwrap()
}

async fn told(ground: &Ground) -> Vec<String> {
    let messages = due(ground, 0).await;
    messages
        .iter()
        .map(|message| format!("{} {} {}", message.hook, message.event.kind, message.event.id))
        .collect()
}

pub async fn a_hook_comes_back_with_its_secret(ground: Ground) {
    let (store, import) = (&ground.store, ground.import("i").await);
    store
        .add_hook(&import, &hook("crm"), &Secret::new("whsec_x"))
        .await
        .unwrap();
    let twice = store.add_hook(&import, &hook("crm"), &Secret::new("y")).await;
    assert!(twice.unwrap_err().to_string().contains("a hook `crm` already"));
    assert_eq!(store.hooks(&import).await.unwrap(), [hook("crm")]);
    let secret = store.hook_secret(&import, "crm").await.unwrap();
    assert_eq!(secret.reveal(), "whsec_x");
    store.remove_hook(&import, "crm").await.unwrap();
    assert!(store.remove_hook(&import, "crm").await.is_err());
    assert!(store.hook_secret(&import, "crm").await.is_err());
}

pub async fn only_what_an_announcing_run_settled_is_told(ground: Ground) {
    let (store, import) = (&ground.store, ground.import("i").await);
    for name in ["a", "b"] {
        store
            .add_hook(&import, &hook(name), &Secret::new("s"))
            .await
            .unwrap();
    }
    let quiet = begin(store, &import, "quiet", false).await;
    store
        .intend(&import, &quiet, &[creation("q1", "l1")])
        .await
        .unwrap();
    settle(store, &import, &quiet, &[("l1", Some("q1"))]).await;
    let loud = begin(store, &import, "loud", true).await;
    store
        .intend(&import, &loud, &[creation("c2", "l2"), update("u1", "l1")])
        .await
        .unwrap();
    assert_eq!(
        told(&ground).await,
        [""; 0],
        "nothing is told before it is settled"
    );
    // What another run finds done was intended by this one.
    settle(
        store,
        &import,
        &quiet,
        &[("l2", Some("c2")), ("l1", Some("u1")), ("l3", None)],
    )
    .await;
    settle(store, &import, &loud, &[("l2", Some("c2"))]).await;
    let messages = due(&ground, 0).await;
    assert_eq!(messages.len(), 4);
    let found = messages
        .iter()
        .find(|message| message.hook == "b" && message.event.id == "u1");
    let expected = Event {
        id: "u1".to_owned(),
        kind: "record.updated".to_owned(),
        side: "right".to_owned(),
        left: ("company".into(), "l1".into()),
        right: ("account".into(), "r-l1".into()),
        fields: vec!["name".into()],
        made_at: Timestamp::from_second(ground.clock_second()).unwrap(),
    };
    assert_eq!(found.unwrap().event, expected);
    assert_eq!(found.unwrap().secret.reveal(), "s");
}

pub async fn an_update_that_was_interrupted_is_told_once(ground: Ground) {
    let (store, import) = (&ground.store, ground.import("i").await);
    store
        .add_hook(&import, &hook("a"), &Secret::new("s"))
        .await
        .unwrap();
    let loud = begin(store, &import, "loud", true).await;
    let lost = [update("u1", "l1"), update("u2", "l2"), update("u3", "l3")];
    store.intend(&import, &loud, &lost).await.unwrap();
    for id in ["u1", "u2"] {
        interrupt(store, &import, &loud, id).await;
    }
    let refused = Settlement {
        failed: &[("u3".into(), "Too long".to_owned())],
        ..Settlement::default()
    };
    store.settle(&import, &loud, &refused).await.unwrap();
    assert_eq!(told(&ground).await, [""; 0]);
    let next = begin(store, &import, "next", true).await;
    ground.tick();
    // One is written again, one is found as it was to be, one was never written.
    store.intend(&import, &next, &[update("v2", "l2")]).await.unwrap();
    settle(
        store,
        &import,
        &next,
        &[("l1", None), ("l2", Some("v2")), ("l3", None)],
    )
    .await;
    settle(store, &import, &next, &[("l1", None), ("l2", None), ("l3", None)]).await;
    let mut found = told(&ground).await;
    found.sort_unstable();
    assert_eq!(found, ["a record.updated u1", "a record.updated v2"]);
}

pub async fn a_message_is_sent_by_one_until_it_is_answered(ground: Ground) {
    let (store, import) = (&ground.store, ground.import("i").await);
    store
        .add_hook(&import, &hook("a"), &Secret::new("s"))
        .await
        .unwrap();
    let loud = begin(store, &import, "loud", true).await;
    let made = [creation("c1", "l1"), creation("c2", "l2"), creation("c3", "l3")];
    store.intend(&import, &loud, &made).await.unwrap();
    settle(
        store,
        &import,
        &loud,
        &[("l1", Some("c1")), ("l2", Some("c2")), ("l3", Some("c3"))],
    )
    .await;
    let messages = due(&ground, 0).await;
    assert_eq!(messages.len(), 3);
    assert_eq!(due(&ground, 59).await.len(), 0, "somebody is at it");
    assert_eq!(due(&ground, 60).await.len(), 3, "nobody answered for them");
    let later = Timestamp::from_second(ground.clock_second() + 500).unwrap();
    store.message_taken(&messages[0], "204").await.unwrap();
    store
        .message_refused(&messages[1], Some(later), "500")
        .await
        .unwrap();
    store.message_refused(&messages[2], None, "410").await.unwrap();
    assert_eq!(due(&ground, 499).await.len(), 0);
    let again = due(&ground, 500).await;
    assert_eq!((again.len(), again[0].tries), (1, 2));
    let counts = store.hook_counts(&import, "a").await.unwrap();
    assert_eq!((counts.waiting, counts.delivered, counts.given_up), (1, 1, 1));
    assert!(counts.complaint.is_some());
    store
        .prune_messages(Timestamp::from_second(2_000_000_000).unwrap())
        .await
        .unwrap();
    assert_eq!(count(store, "outbox").await, 1, "what waits stays");
    store.delete_import(&import).await.unwrap();
    assert_eq!((count(store, "outbox").await, count(store, "hook").await), (0, 0));
}

pub async fn an_import_knows_whether_it_ever_ran_to_its_end(ground: Ground) {
    let (store, import) = (&ground.store, ground.import("i").await);
    let mut run = super::catalog::run("i", "r", 1);
    run.report = None;
    store.begin_run(&run).await.unwrap();
    assert!(!store.ever_ended(&import).await.unwrap());
    run.report = Some(model::Report::default());
    store.finish_run(&run).await.unwrap();
    assert!(store.ever_ended(&import).await.unwrap());
}
