use std::{collections::HashMap, time::Duration};

use model::{
    Acquaintance, ConnectionId, Deliveries, Failing, Held, Lane, LaneId, MessageId, Position, Settling,
    SourceId, Timestamp,
};

use super::ground::Ground;

fn to() -> ConnectionId {
    ConnectionId::from("acme")
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn lane(name: &str) -> Lane {
    Lane {
        id: LaneId {
            to: to(),
            name: name.to_owned(),
        },
        position: Position(4),
        sending: None,
        source: None,
        until: None,
        failing: None,
        stopped: false,
    }
}

fn held(position: u64, waits_for: &str) -> Held {
    Held {
        position: Position(position),
        source: SourceId::from("web"),
        message_id: MessageId::new(format!("m{position}")),
        reason: "no_company".to_owned(),
        words: "no, 東京".to_owned(),
        waits_for: waits_for.to_owned(),
        held_at: at(position.cast_signed()),
    }
}

pub async fn lanes_come_back_as_they_were(ground: Ground) {
    let store = &ground.store;
    assert_eq!(store.lanes(&to()).await.unwrap(), []);
    let replay = Lane {
        source: Some(SourceId::from("web")),
        until: Some(Position(9)),
        ..lane("replay")
    };
    for lane in [&lane(""), &replay, &lane("")] {
        store.open_lane(lane).await.unwrap();
    }
    assert_eq!(store.lanes(&to()).await.unwrap(), [lane(""), replay.clone()]);
    store.begin_sending(&replay.id, Some(Position(7))).await.unwrap();
    let failing = Failing {
        since: at(1),
        tries: 3,
        next_at: at(9),
        complaint: "down".to_owned(),
    };
    store
        .note_failing(&lane("").id, Some(&failing), true)
        .await
        .unwrap();
    let lanes = store.lanes(&to()).await.unwrap();
    assert_eq!(lanes[1].sending, Some(Position(7)));
    assert_eq!((&lanes[0].failing, lanes[0].stopped), (&Some(failing), true));
    store.note_failing(&lane("").id, None, false).await.unwrap();
    store.close_lane(&replay.id).await.unwrap();
    assert_eq!(store.lanes(&to()).await.unwrap(), [lane("")]);
    assert_eq!(store.lanes(&ConnectionId::from("other")).await.unwrap(), []);
}

// tidy: long because each step stands on the one before.
pub async fn what_was_held_is_ripe_once_it_waits_for_nothing(ground: Ground) {
    let store = &ground.store;
    store.open_lane(&lane("")).await.unwrap();
    let knows = |name: &str, company: Option<&str>, is_there| {
        let one = Acquaintance {
            company: company.map(str::to_owned),
            is_there,
            became: None,
        };
        (name.to_owned(), one)
    };
    let settling = Settling {
        position: Some(Position(8)),
        sending: Some(Position(9)),
        held: vec![held(6, "u1"), held(5, "company:c1"), held(7, "")],
        met: HashMap::from([knows("u1", Some("c1"), Some(false)), knows("u2", None, None)]),
        counts: vec![(SourceId::from("web"), "held".to_owned(), 3)],
        ..Settling::default()
    };
    store.settle(&lane("").id, &settling, at(60)).await.unwrap();
    store
        .settle(
            &lane("").id,
            &Settling {
                position: Some(Position(8)),
                ..settling.clone()
            },
            at(61),
        )
        .await
        .unwrap();
    let lanes = store.lanes(&to()).await.unwrap();
    assert_eq!(
        (lanes[0].position, lanes[0].sending),
        (Position(8), Some(Position(9)))
    );
    let listed = store.held_events(&to(), 2).await.unwrap();
    assert_eq!(listed, [held(5, "company:c1"), held(6, "u1")]);
    assert_eq!(
        store.held_counts(&to()).await.unwrap(),
        [("no_company".to_owned(), 3)]
    );
    assert_eq!(store.first_held(&to()).await.unwrap(), Some(Position(5)));
    assert_eq!(store.ripe(&to(), 9).await.unwrap(), []);
    let names = ["u1", "u2", "u3"].map(str::to_owned);
    let met = store.acquaintances(&to(), &names).await.unwrap();
    assert_eq!(met, settling.met);
    // Somebody is known now, and a person lets another go.
    let met = Settling {
        met: HashMap::from([knows("u1", Some("c2"), Some(true))]),
        ..Settling::default()
    };
    store.settle(&lane("").id, &met, at(62)).await.unwrap();
    assert_eq!(store.ripe(&to(), 9).await.unwrap(), [(held(6, "u1"), false)]);
    let id = MessageId::new("m7");
    assert_eq!(store.let_go_held(&to(), Some(&id)).await.unwrap(), 1);
    store.begin_sending_held(&to(), &[Position(6)]).await.unwrap();
    let ripe = store.ripe(&to(), 9).await.unwrap();
    assert_eq!(ripe, [(held(6, "u1"), true), (held(7, "*"), false)]);
    store.begin_sending_held(&to(), &[]).await.unwrap();
    // Who is called otherwise by now is there if he or she is there by that name.
    let gone = Acquaintance {
        became: Some("u3".to_owned()),
        ..Acquaintance::default()
    };
    for (met, ripe) in [
        (("u1".to_owned(), gone.clone()), 1),
        (knows("u3", None, Some(true)), 2),
    ] {
        let met = Settling {
            met: HashMap::from([met]),
            ..Settling::default()
        };
        store.settle(&lane("").id, &met, at(63)).await.unwrap();
        assert_eq!(store.ripe(&to(), 9).await.unwrap().len(), ripe);
    }
    let met = store.acquaintances(&to(), &["u1".to_owned()]).await.unwrap();
    assert_eq!(met.get("u1"), Some(&gone));
    assert!(
        store
            .ripe(&to(), 9)
            .await
            .unwrap()
            .iter()
            .all(|(_, sending)| !sending)
    );
    let released = Settling {
        released: vec![Position(6), Position(7)],
        ..Settling::default()
    };
    store.settle(&lane("").id, &released, at(63)).await.unwrap();
    assert_eq!(store.lanes(&to()).await.unwrap()[0].position, Position(8));
    assert_eq!(store.expire(&to(), at(5)).await.unwrap(), []);
    assert_eq!(
        store.expire(&to(), at(6)).await.unwrap(),
        [(SourceId::from("web"), 1)]
    );
    assert_eq!(store.drop_held(&to(), None).await.unwrap(), 0);
    assert_eq!(store.first_held(&to()).await.unwrap(), None);
    let since = at(0) + Duration::from_secs(60);
    let counts = store.delivery_counts(&to(), since).await.unwrap();
    assert_eq!((counts.len(), counts[0].events, counts[0].minute), (1, 6, at(60)));
}

pub async fn the_longest_name_is_found_and_waited_for(ground: Ground) {
    let store = &ground.store;
    store.open_lane(&lane("")).await.unwrap();
    let letter = |n: u32| char::from(b'a' + (n.wrapping_mul(2_654_435_761) >> 28) as u8);
    let long: String = (0..30_000).map(letter).collect();
    let other = format!("{long}x");
    let one = Acquaintance {
        is_there: Some(true),
        ..Acquaintance::default()
    };
    let settling = Settling {
        held: vec![
            Held {
                words: "nul \0".to_owned(),
                ..held(5, &long)
            },
            held(6, &other),
        ],
        met: HashMap::from([(long.clone(), one.clone())]),
        ..Settling::default()
    };
    store.settle(&lane("").id, &settling, at(60)).await.unwrap();
    let met = store.acquaintances(&to(), &[other, long.clone()]).await.unwrap();
    assert_eq!(met, HashMap::from([(long, one)]));
    let ripe = store.ripe(&to(), 9).await.unwrap();
    assert_eq!(ripe.len(), 1);
    assert_eq!(ripe[0].0.words, "nul \u{fffd}");
}
