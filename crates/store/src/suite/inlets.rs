//! Inlets: sealed, one a connection, gone with it.

use model::{ConnectionId, Secret, Timestamp};

use super::ground::{Ground, count};
use crate::Inlet;

fn inlet(connection: &str, word: &str) -> Inlet {
    Inlet {
        connection: connection.into(),
        url: "https://sync.example.com".to_owned(),
        word: Secret::new(word),
        secret: Secret::new("s"),
        created_at: Timestamp::from_second(1).unwrap(),
    }
}

pub async fn an_inlet_is_kept_once_a_connection_and_goes_with_it(ground: Ground) {
    let store = &ground.store;
    let connection = crate::Connection {
        id: ConnectionId::new("c"),
        connector: "devrev".into(),
        settings: std::collections::BTreeMap::new(),
        created_at: Timestamp::from_second(1).unwrap(),
    };
    store.add_connection(&connection, None).await.unwrap();
    assert!(store.inlet(&connection.id).await.unwrap().is_none());
    for word in ["one", "two"] {
        store.keep_inlet(&inlet("c", word)).await.unwrap();
        let kept = store.inlet(&connection.id).await.unwrap().unwrap();
        assert_eq!((kept.word.reveal(), kept.secret.reveal()), (word, "s"));
        assert_eq!(kept.url, "https://sync.example.com");
    }
    assert_eq!(count(store, "inlet").await, 1);
    assert!(store.remove_inlet(&connection.id).await.unwrap());
    assert!(!store.remove_inlet(&connection.id).await.unwrap());
    store.keep_inlet(&inlet("c", "three")).await.unwrap();
    store.remove_connection(&connection.id).await.unwrap();
    assert_eq!(count(store, "inlet").await, 0);
}
