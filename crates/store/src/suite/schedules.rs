//! Schedules and leases.

use std::time::Duration;

use model::{Direction, ImportId, Intents, Pause, Schedule, Settlement, Timestamp};

use super::ground::{Ground, count, creation, ids, settled};
use crate::{Lease, Store, Trouble};

const LASTS: Duration = Duration::from_secs(30);

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_000_000 + second).unwrap()
}

async fn take(store: &Store, import: &ImportId, place: &str, second: i64) -> Option<Lease> {
    let run = format!("run of {place} at {second}").into();
    store
        .take_lease(import, &run, place, LASTS, at(second))
        .await
        .unwrap()
}

fn schedule(import: &str) -> Schedule {
    Schedule {
        import: import.into(),
        every: Duration::from_secs(3600),
        direction: Direction::Both,
        automations: true,
        jitter: 7,
        last_tick: at(0),
        paused: None,
    }
}

pub async fn a_schedule_comes_back_as_it_was_kept(ground: Ground) {
    let (store, import) = (&ground.store, ground.import("i").await);
    assert_eq!(store.schedule(&import).await.unwrap(), None);
    store.keep_schedule(&schedule("i")).await.unwrap();
    store.tick(&import, at(5)).await.unwrap();
    let changed = Schedule {
        every: Duration::from_secs(60),
        automations: false,
        jitter: 8,
        ..schedule("i")
    };
    store.keep_schedule(&changed).await.unwrap();
    let kept = Schedule {
        jitter: 7,
        last_tick: at(5),
        ..changed
    };
    assert_eq!(store.schedules().await.unwrap(), [kept]);
    assert!(store.remove_schedule(&import).await.unwrap());
    assert!(!store.remove_schedule(&import).await.unwrap());
    assert!(store.tick(&import, at(6)).await.is_err());
}

pub async fn a_refused_connection_pauses_until_it_is_changed(ground: Ground) {
    let store = &ground.store;
    let pause = |why: &str| Pause {
        since: at(1),
        why: Some(why.to_owned()),
        refused: Some("p".into()),
    };
    for name in ["i", "j"] {
        let import = ground.import(name).await;
        store.keep_schedule(&schedule(name)).await.unwrap();
        store.pause_schedule(&import, &pause("first")).await.unwrap();
        store.pause_schedule(&import, &pause("second")).await.unwrap();
        let found = store.schedule(&import).await.unwrap().unwrap();
        assert_eq!(found.paused, Some(pause("first")));
    }
    assert_eq!(store.resume_refused(&"d".into()).await.unwrap(), []);
    let mut resumed = store.resume_refused(&"p".into()).await.unwrap();
    resumed.sort();
    assert_eq!(resumed, ["i".into(), "j".into()]);
    assert_eq!(store.schedules().await.unwrap(), [schedule("i"), schedule("j")]);
}

pub async fn one_worker_at_a_time_has_an_import(ground: Ground) {
    let (store, import) = (&ground.store, ground.import("i").await);
    let lease = take(store, &import, "a", 0).await.unwrap();
    assert_eq!(take(store, &import, "b", 29).await, None);
    let over = async |second| store.runs_over(&"p".into(), at(second)).await.unwrap();
    assert_eq!((over(29).await, over(30).await), (1, 0));
    assert!(store.renew_lease(&lease, LASTS, at(29), None).await.unwrap());
    assert_eq!(take(store, &import, "b", 58).await, None);
    store.give_lease_back(&lease).await.unwrap();
    assert_eq!(over(58).await, 0);
    assert_eq!(store.at_work(&import, at(58)).await.unwrap(), None);
    let next = take(store, &import, "b", 58).await.unwrap();
    assert!(!store.renew_lease(&lease, LASTS, at(58), None).await.unwrap());
    // What is given back late is no longer ours to give.
    store.give_lease_back(&lease).await.unwrap();
    assert!(
        store
            .renew_lease(&next, LASTS, at(59), Some(at(3)))
            .await
            .unwrap()
    );
    let found = store.at_work(&import, at(60)).await.unwrap().unwrap();
    assert_eq!(found.run, "run of b at 58".into());
    assert_eq!(found.stalled_since, Some(at(3)));
    assert_eq!(store.at_work(&import, at(600)).await.unwrap(), None);
}

pub async fn a_dead_holder_is_followed(ground: Ground) {
    let (store, import) = (&ground.store, ground.import("i").await);
    take(store, &import, "a", 0).await.unwrap();
    assert!(take(store, &import, "b", 30).await.is_some(), "it ran out");
    assert!(
        take(store, &import, "b", 31).await.is_some(),
        "two of one place cannot live"
    );
    assert_eq!(take(store, &import, "a", 31).await, None);
    assert!(
        take(store, &import, "a", -9_000).await.is_some(),
        "a clock was wrong"
    );
}

pub async fn of_many_who_want_a_lease_one_gets_it(ground: Ground) {
    let import = ground.import("i").await;
    let mut taking = tokio::task::JoinSet::new();
    for place in ["a", "b", "c", "d", "e", "f"] {
        let (store, import) = (ground.store.clone(), import.clone());
        taking.spawn(async move { take(&store, &import, place, 0).await });
    }
    let taken = taking.join_all().await;
    assert_eq!(taken.iter().flatten().count(), 1);
}

pub async fn who_lost_the_lease_keeps_nothing(ground: Ground) {
    let (store, import) = (&ground.store, ground.import("i").await);
    let run = "r".into();
    let lease = take(store, &import, "a", 0).await.unwrap();
    let ours = store.under(&lease);
    ours.intend(&import, &run, &[creation("c1", "l1")]).await.unwrap();
    take(store, &import, "b", 30).await.unwrap();
    let late = ours.intend(&import, &run, &[creation("c2", "l2")]).await;
    assert!(late.unwrap_err().to_string().contains("taken import `i` over"));
    let pairs = [settled("l1", "r1")];
    let settlement = Settlement {
        settled: &pairs,
        ..Settlement::default()
    };
    assert!(ours.settle(&import, &run, &settlement).await.is_err());
    let found = store.pairs(&import, &"company".into(), &ids(&["l1"])).await;
    assert_eq!(found.unwrap(), []);
    assert_eq!(count(store, "change").await, 1);
    // The lease is one import's; without one nothing is checked.
    let other = ground.import("j").await;
    ours.settle(&other, &run, &settlement).await.unwrap();
    store.settle(&import, &run, &settlement).await.unwrap();
}

pub async fn a_lease_outlives_nothing_it_should_not(ground: Ground) {
    let (store, import) = (&ground.store, ground.import("i").await);
    store.keep_schedule(&schedule("i")).await.unwrap();
    let lease = take(store, &import, "a", 0).await.unwrap();
    store.delete_import(&import).await.unwrap();
    assert_eq!(
        (count(store, "lease").await, count(store, "schedule").await),
        (0, 0)
    );
    assert!(!store.renew_lease(&lease, LASTS, at(1), None).await.unwrap());
    let error = store.at_work(&import, at(1)).await.unwrap_err();
    assert!(matches!(error.trouble(), Trouble::Missing { .. }));
}
