use model::{
    Action, Change, ChangeId, FieldChange, FieldName, Fields, Intents, Memory, Mirror, ObjectName, PairRow,
    Planning, RecordId, RunId, Seq, Settled, Settlement, Value,
};

use super::ground::{Ground, company, count, creation, ids, left, raws, right, settled};
use crate::{Fate, Store, Trouble};

fn run() -> RunId {
    "run".into()
}

async fn settle(store: &Store, import: &str, pairs: &[Settled]) {
    let settlement = Settlement {
        settled: pairs,
        ..Settlement::default()
    };
    store.settle(&import.into(), &run(), &settlement).await.unwrap();
}

fn row(pair: &Settled) -> PairRow {
    PairRow {
        pairing: pair.pairing.clone(),
        left_object: pair.left_object.clone(),
        left: pair.left.clone(),
        right_object: pair.right_object.clone(),
        right: pair.right.clone(),
        base: pair.base.clone(),
        adopted: pair.adopted,
        waiting: pair.waiting,
        returning: pair.returning,
        gone: None,
    }
}

async fn pairs(store: &Store, import: &str, wanted: &[&str]) -> Vec<PairRow> {
    let mut rows = store
        .pairs(&import.into(), &company(), &ids(wanted))
        .await
        .unwrap();
    rows.sort_by(|a, b| a.left.cmp(&b.left));
    rows
}

async fn unsettled(store: &Store) -> Vec<Change> {
    store.unsettled(&"i".into()).await.unwrap()
}

pub async fn settled_pairs_are_found_from_both_sides(ground: Ground) {
    let (store, import) = (&ground.store, ground.import("i").await);
    let mut all = [settled("l1", "r1"), settled("l2", "r2"), settled("l3", "r3")];
    all[1].adopted = true;
    all[2].waiting = true;
    all[2].base.right = Fields::from([("name".into(), Value::text("cut"))]);
    settle(store, "i", &all).await;
    let rows: Vec<PairRow> = all.iter().map(row).collect();
    assert_eq!(pairs(store, "i", &["l1", "l2", "l3", "l4"]).await, rows);
    assert_eq!(pairs(store, "i", &[]).await, []);
    let found = store
        .pairs_of_right(&import, &"account".into(), &ids(&["r2", "r9"]))
        .await
        .unwrap();
    assert_eq!(found, rows[1..2]);
    assert_eq!(
        store
            .pairs_of_right(&import, &company(), &ids(&["r2"]))
            .await
            .unwrap(),
        []
    );
    assert_eq!(
        super::ground::count(store, "pair where pairing = 'accounts'").await,
        3
    );
    assert_eq!(
        super::ground::count(store, "pair where pairing = 'tickets'").await,
        0
    );
}

pub async fn references_are_followed_to_their_counterparts(ground: Ground) {
    let (store, import) = (&ground.store, ground.import("i").await);
    let mut user = settled("l1", "u1");
    user.left_object = "user".into();
    user.right_object = "dev_user".into();
    settle(store, "i", &[settled("l1", "r1"), settled("l2", "r2"), user]).await;
    let key = |object: &str, id: &str| (ObjectName::from(object), RecordId::from(id));
    let wanted = [
        key("company", "l1"),
        key("user", "l1"),
        key("company", "l1"),
        key("user", "l2"),
    ];
    let found = store.counterparts(&import, &wanted).await.unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(found[&wanted[0]], key("account", "r1"));
    assert_eq!(found[&wanted[1]], key("dev_user", "u1"));
}

pub async fn what_was_intended_outlives_the_program(ground: Ground) {
    let import = ground.import("i").await;
    let changes = [creation("c1", "l1"), creation("c2", "l2"), creation("c3", "l3")];
    ground.store.intend(&import, &run(), &changes).await.unwrap();
    let store = ground.reopen().await;
    assert_eq!(unsettled(&store).await, changes);
    let done = Settled {
        change: Some("c1".into()),
        ..settled("l1", "r1")
    };
    let failed = [(ChangeId::from("c2"), "Refused: no such \0 part".to_owned())];
    let settlement = Settlement {
        settled: &[done],
        failed: &failed,
        ..Settlement::default()
    };
    store.settle(&import, &run(), &settlement).await.unwrap();
    assert_eq!(unsettled(&store).await, changes[2..]);
    store.intend(&import, &run(), &changes[1..2]).await.unwrap();
    assert_eq!(unsettled(&store).await, changes[1..]);
    store.intend(&import, &run(), &[]).await.unwrap();
}

pub async fn changes_come_back_as_they_were(ground: Ground) {
    let import = ground.import("i").await;
    let whole = creation("a", "l");
    let mut some = Change {
        id: "b".into(),
        ..whole.clone()
    };
    some.fields.reverse();
    let mut others = Change {
        id: "c".into(),
        ..whole.clone()
    };
    others.fields[0].after = Value::text("\0 not the base's");
    let mut update = Change {
        id: "d".into(),
        action: Action::Update("r".into()),
        ..whole.clone()
    };
    update.fields = vec![FieldChange {
        name: FieldName::from("name"),
        before: Some(Value::Nothing),
        after: Value::text("l"),
    }];
    let delete = Change {
        id: "e".into(),
        action: Action::Delete("r".into()),
        fields: vec![],
        ..whole.clone()
    };
    let all = [whole, some, others, update, delete];
    ground.store.intend(&import, &run(), &all).await.unwrap();
    assert_eq!(unsettled(&ground.store).await, all);
}

pub async fn a_record_has_a_history(ground: Ground) {
    let (store, import) = (&ground.store, ground.import("i").await);
    let changes = [
        creation("c1", "l1"),
        creation("c2", "l1"),
        creation("c3", "l1"),
        creation("c4", "l2"),
    ];
    for change in &changes {
        ground.tick();
        store
            .intend(&import, &run(), std::slice::from_ref(change))
            .await
            .unwrap();
    }
    let done = Settled {
        change: Some("c2".into()),
        ..settled("l1", "r1")
    };
    let failed = [(ChangeId::from("c1"), "Too long".to_owned())];
    let settlement = Settlement {
        settled: &[done],
        failed: &failed,
        ..Settlement::default()
    };
    store.settle(&import, &run(), &settlement).await.unwrap();
    let past = store.changes_of(&import, &company(), &"l1".into()).await.unwrap();
    let found: Vec<Change> = past.iter().map(|past| past.change.clone()).collect();
    assert_eq!(found, changes[..3]);
    assert!(
        past.iter()
            .all(|past| past.run == run() && past.intended_at.as_second() > 1_700_000_000)
    );
    assert!(matches!(&past[0].fate, Fate::Failed { why, .. } if why == "Too long"));
    assert!(matches!(past[1].fate, Fate::Settled { .. }));
    assert_eq!(past[2].fate, Fate::Unsettled);
}

pub async fn a_settlement_that_fails_leaves_nothing(ground: Ground) {
    let (store, import) = (&ground.store, ground.import("i").await);
    settle(store, "i", &[settled("l1", "r1")]).await;
    let changes = [creation("c2", "l2")];
    store.intend(&import, &run(), &changes).await.unwrap();
    let good = Settled {
        change: Some("c2".into()),
        ..settled("l2", "r2")
    };
    let twice = settled("l3", "r1");
    let end = left();
    let settlement = Settlement {
        settled: &[good, twice],
        planned: Some((&end, Planning::Left, Seq(7))),
        ..Settlement::default()
    };
    assert!(store.settle(&import, &run(), &settlement).await.is_err());
    assert_eq!(pairs(store, "i", &["l2", "l3"]).await, []);
    assert_eq!(unsettled(store).await, changes);
    assert_eq!(
        store.planned(&import, &end, Planning::Left).await.unwrap(),
        Seq(0)
    );
}

pub async fn the_later_of_two_bases_counts(ground: Ground) {
    let store = &ground.store;
    ground.import("i").await;
    let mut later = settled("l1", "r1");
    later.base.left.clear();
    settle(store, "i", &[settled("l1", "r1"), later.clone()]).await;
    assert_eq!(pairs(store, "i", &["l1"]).await, [row(&later)]);
    let moved = settled("l1", "r7");
    settle(store, "i", std::slice::from_ref(&moved)).await;
    assert_eq!(pairs(store, "i", &["l1"]).await, [row(&moved)]);
}

pub async fn planning_goes_on_where_it_got(ground: Ground) {
    let (store, import) = (&ground.store, ground.import("i").await);
    let got = |planning: Planning| {
        let import = import.clone();
        async move { store.planned(&import, &left(), planning).await.unwrap().0 }
    };
    assert_eq!((got(Planning::Left).await, got(Planning::Right).await), (0, 0));
    for (planning, seq, found) in [
        (Planning::Left, 5, (5, 0)),
        (Planning::Right, 3, (5, 3)),
        (Planning::Left, 9, (9, 3)),
    ] {
        let end = left();
        let settlement = Settlement {
            planned: Some((&end, planning, Seq(seq))),
            ..Settlement::default()
        };
        store.settle(&import, &run(), &settlement).await.unwrap();
        assert_eq!((got(Planning::Left).await, got(Planning::Right).await), found);
    }
    assert_eq!(
        store.planned(&import, &right(), Planning::Left).await.unwrap(),
        Seq(0)
    );
}

pub async fn imports_do_not_see_each_other(ground: Ground) {
    let store = &ground.store;
    ground.import("i").await;
    let other = ground.import("j").await;
    settle(store, "i", &[settled("l1", "r1")]).await;
    settle(store, "j", &[settled("l1", "r2")]).await;
    store
        .intend(&other, &run(), &[creation("c1", "l1")])
        .await
        .unwrap();
    assert_eq!(pairs(store, "i", &["l1"]).await[0].right, "r1".into());
    assert_eq!(pairs(store, "j", &["l1"]).await[0].right, "r2".into());
    assert_eq!(unsettled(store).await, []);
    let elsewhere = store.workspace("other").await.unwrap();
    let missing = elsewhere
        .changes_of(&other, &company(), &"l1".into())
        .await
        .unwrap_err();
    assert_eq!(
        *missing.trouble(),
        Trouble::Missing {
            what: "import",
            name: "j".to_owned()
        }
    );
}

pub async fn a_deleted_import_leaves_no_row(ground: Ground) {
    let (store, import) = (&ground.store, ground.import("i").await);
    let fill = |name: &'static str| async move {
        let end = left();
        super::problems::open(store, name, &[super::problems::problem("l1", "text")]).await;
        store
            .intend(&name.into(), &run(), &[creation("c1", "l1")])
            .await
            .unwrap();
        let settlement = Settlement {
            settled: &[settled("l1", "r1")],
            planned: Some((&end, Planning::Left, Seq(1))),
            ..Settlement::default()
        };
        store.settle(&name.into(), &run(), &settlement).await.unwrap();
        super::files::fill(store, name).await;
        store
            .begin_run(&super::catalog::run(name, "run", 1))
            .await
            .unwrap();
    };
    store
        .keep(&left(), &raws(&["l1"]), &[], &super::ground::progress(1, "c"))
        .await
        .unwrap();
    fill("i").await;
    ground.import("j").await;
    fill("j").await;
    store.delete_import(&import).await.unwrap();
    let tables = [
        "import",
        "run",
        "pair",
        "change",
        "planned",
        "problem",
        "raw",
        "file",
        "attachment",
    ];
    for table in tables {
        assert_eq!(count(store, table).await, 1, "{table}");
    }
    assert!(
        store
            .intend(&import, &run(), &[creation("c9", "l9")])
            .await
            .is_err()
    );
    ground.import("i").await;
    assert_eq!(pairs(store, "i", &["l1"]).await, []);
}

pub async fn a_big_batch_is_settled_whole(ground: Ground) {
    let (store, import) = (&ground.store, ground.import("i").await);
    let changes: Vec<Change> = (0..1_111)
        .map(|n| creation(&format!("c{n:04}"), &format!("l{n:04}")))
        .collect();
    store.intend(&import, &run(), &changes).await.unwrap();
    assert_eq!(unsettled(store).await, changes);
    let all: Vec<Settled> = changes
        .iter()
        .take(1_000)
        .map(|change| Settled {
            change: Some(change.id.clone()),
            ..settled(change.left.as_str(), change.id.as_str())
        })
        .collect();
    let failed: Vec<_> = changes[1_000..]
        .iter()
        .map(|change| (change.id.clone(), format!("not {}", change.left)))
        .collect();
    let settlement = Settlement {
        settled: &all,
        failed: &failed,
        ..Settlement::default()
    };
    store.settle(&import, &run(), &settlement).await.unwrap();
    assert_eq!(unsettled(store).await, []);
    assert_eq!(
        super::ground::count(store, "pair where pairing = 'accounts'").await,
        1_000
    );
    let past = store
        .changes_of(&import, &company(), &"l1110".into())
        .await
        .unwrap();
    assert!(matches!(&past[0].fate, Fate::Failed { why, .. } if why == "not l1110"));
}

/// A right record is the counterpart of one left record, and others may share it.
pub async fn a_right_record_is_shared_and_not_taken(ground: Ground) {
    let import = ground.import("i").await;
    let (store, id) = (&ground.store, import.as_str());
    settle(store, id, &[settled("l1", "r1")]).await;
    let sharer = |left: &str| Settled {
        pairing: "usage".into(),
        shared: true,
        ..settled(left, "r1")
    };
    settle(store, id, &[sharer("l2"), sharer("l3")]).await;
    let rows = store
        .rights(&import, &"account".into(), &ids(&["r1"]))
        .await
        .unwrap();
    let mut lefts: Vec<_> = rows.iter().map(|row| row.left.as_str()).collect();
    lefts.sort_unstable();
    assert_eq!(lefts, ["l1", "l2", "l3"]);
    let taken = [settled("l4", "r1")];
    let settlement = Settlement {
        settled: &taken,
        ..Settlement::default()
    };
    store.settle(&import, &run(), &settlement).await.unwrap_err();
}

pub async fn what_the_left_side_was_like_is_remembered(ground: Ground) {
    let import = ground.import("i").await;
    let store = &ground.store;
    assert_eq!(store.remembered(&import).await.unwrap(), None);
    let places = [("size".to_owned(), "x_size".into())];
    let memory = Memory {
        places: [("company".into(), places.into())].into(),
        ..Memory::default()
    };
    store.remember(&import, &Memory::default()).await.unwrap();
    store.remember(&import, &memory).await.unwrap();
    assert_eq!(store.remembered(&import).await.unwrap(), Some(memory));
}

pub async fn a_run_tells_its_changes_page_by_page(ground: Ground) {
    let (store, import) = (&ground.store, ground.import("i").await);
    let of = |run: &str, number: usize| creation(&format!("{run}.{number}"), &format!("{run} {number}"));
    for name in ["run", "run2", "ru"] {
        let changes: Vec<Change> = (0..12).map(|number| of(name, number)).collect();
        store.intend(&import, &name.into(), &changes).await.unwrap();
    }
    let mut after: Option<ChangeId> = None;
    let mut told = Vec::new();
    loop {
        let page = store
            .changes_in(&import, &run(), after.as_ref(), 5)
            .await
            .unwrap();
        let Some(last) = page.last() else { break };
        assert!(page.len() <= 5);
        after = Some(last.change.id.clone());
        told.extend(page.into_iter().map(|past| (past.run.to_string(), past.change)));
    }
    let mut expected: Vec<_> = (0..12)
        .map(|number| ("run".to_owned(), of("run", number)))
        .collect();
    expected.sort_by(|a, b| a.1.id.cmp(&b.1.id));
    assert_eq!(told, expected);
}
