//! Sources and the counts of their events.

use model::{ConnectionId, Discard, EventSource, SourceId, Timestamp, WriteKey};

use super::ground::{Ground, connection};
use crate::{Became, EventCount, StoreError, Trouble, UnknownKey};

fn source(name: &str, key: &str, destination: Option<&str>) -> EventSource {
    EventSource {
        id: SourceId::new(name),
        key: WriteKey::new(key),
        destination: destination.map(ConnectionId::new),
        settings: serde_json::from_str(r#"{"screen":true}"#).unwrap(),
        enabled: true,
        created_at: Timestamp::from_second(1).unwrap(),
    }
}

fn trouble(result: Result<(), StoreError>) -> Option<Trouble> {
    result.err().map(|error| error.trouble().clone())
}

pub async fn a_source_has_a_name_and_a_key_of_its_own(ground: Ground) {
    let store = &ground.store;
    store.add_connection(&connection("acme"), None).await.unwrap();
    let (web, app) = (source("web", "k1", Some("acme")), source("app", "k2", None));
    store.add_source(&web).await.unwrap();
    store.add_source(&app).await.unwrap();
    assert_eq!(store.sources().await.unwrap(), [app.clone(), web.clone()]);
    for (other, what, name) in [
        (source("web", "k3", None), "source", "web"),
        (source("new", "k1", None), "source", "new"),
    ] {
        let taken = Trouble::Taken {
            what,
            name: name.to_owned(),
        };
        assert_eq!(trouble(store.add_source(&other).await), Some(taken));
    }
    let nowhere = store.add_source(&source("new", "k3", Some("none"))).await;
    let missing = Trouble::Missing {
        what: "connection",
        name: "none".to_owned(),
    };
    assert_eq!(trouble(nowhere), Some(missing));
    let changed = EventSource {
        key: WriteKey::new("k4"),
        enabled: false,
        ..web
    };
    store.change_source(&changed).await.unwrap();
    assert_eq!(store.sources().await.unwrap(), [app, changed]);
}

pub async fn a_connection_that_a_source_feeds_stays(ground: Ground) {
    let store = &ground.store;
    store.add_connection(&connection("acme"), None).await.unwrap();
    store
        .add_source(&source("web", "k1", Some("acme")))
        .await
        .unwrap();
    let acme = ConnectionId::new("acme");
    let feeds = Trouble::Feeds {
        name: "acme".to_owned(),
        source: "web".to_owned(),
    };
    assert_eq!(trouble(store.remove_connection(&acme).await), Some(feeds));
    store.remove_source(&SourceId::new("web")).await.unwrap();
    let missing = Trouble::Missing {
        what: "source",
        name: "web".to_owned(),
    };
    assert_eq!(
        trouble(store.remove_source(&SourceId::new("web")).await),
        Some(missing)
    );
    store.remove_connection(&acme).await.unwrap();
}

pub async fn counts_of_events_add_up_minute_by_minute(ground: Ground) {
    let store = &ground.store;
    let at = |second| Timestamp::from_second(second).unwrap();
    let count = |second, what, events| EventCount {
        source: SourceId::new("web"),
        minute: at(second),
        what,
        events,
    };
    let discarded = Became::Discarded(Discard::EventNotDefined);
    let key = |hint: &str, second| UnknownKey {
        hint: hint.to_owned(),
        events: 2,
        last_at: at(second),
    };
    let first = [count(60, Became::Accepted, 5), count(60, discarded, 1)];
    store.count_events(&first, &[key("…a", 60)]).await.unwrap();
    let second = [count(119, Became::Accepted, 2), count(120, Became::Repeated, 3)];
    store
        .count_events(&second, &[key("…a", 120), key("…b", 121)])
        .await
        .unwrap();
    let all = [
        count(60, Became::Accepted, 7),
        count(60, discarded, 1),
        count(120, Became::Repeated, 3),
    ];
    assert_eq!(store.event_counts(at(0)).await.unwrap(), all);
    assert_eq!(store.event_counts(at(121)).await.unwrap(), &all[2..]);
    let known = store.unknown_keys().await.unwrap();
    assert_eq!(
        known,
        [
            key("…b", 121),
            UnknownKey {
                events: 4,
                ..key("…a", 120)
            }
        ]
    );
    store.forget_event_counts(at(120)).await.unwrap();
    assert_eq!(store.event_counts(at(0)).await.unwrap(), &all[2..]);
    for number in 0..150 {
        store
            .count_events(&[], &[key(&format!("…{number:03}"), 200 + number)])
            .await
            .unwrap();
    }
    let known = store.unknown_keys().await.unwrap();
    assert_eq!((known.len(), known[0].hint.as_str()), (100, "…149"));
}
