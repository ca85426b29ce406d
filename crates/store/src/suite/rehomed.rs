use model::{Gone, Intents, ObjectName, RecordId, Replaced, Settled, Settlement};

use super::ground::{Ground, company, settled};
use crate::Store;

fn place(id: &str) -> (ObjectName, RecordId) {
    ("account".into(), id.into())
}

fn left(id: &str) -> (ObjectName, RecordId) {
    (company(), id.into())
}

/// Settles pairs whose counterparts took the places of others.
async fn rehome(store: &Store, pairs: &[Settled], rehomed: &[(ObjectName, RecordId)]) {
    let settlement = Settlement {
        settled: pairs,
        rehomed,
        ..Settlement::default()
    };
    store
        .settle(&"i".into(), &"run".into(), &settlement)
        .await
        .unwrap();
}

async fn settle(store: &Store, settlement: Settlement<'_>) {
    store
        .settle(&"i".into(), &"run".into(), &settlement)
        .await
        .unwrap();
}

/// What was replaced and is to be retired; with `all`, also what stays.
async fn replaced(store: &Store, all: bool) -> Vec<String> {
    let rows = store.replaced(&"i".into(), None, all, 9).await.unwrap();
    rows.iter().map(tell).collect()
}

fn tell(one: &Replaced) -> String {
    format!(
        "{}-{}{}",
        one.pair.left,
        one.pair.right,
        if one.stays { " stays" } else { "" }
    )
}

pub async fn a_counterpart_that_another_replaced_is_known_until_it_is_retired(ground: Ground) {
    let (store, import) = (&ground.store, ground.import("i").await);
    let before = settled("l1", "r1");
    settle(
        store,
        Settlement {
            settled: &[before.clone(), settled("l2", "r2")],
            ..Settlement::default()
        },
    )
    .await;
    // A pair that only moves on is none that was replaced.
    rehome(store, &[settled("l2", "r2")], &[left("l2")]).await;
    rehome(store, &[settled("l1", "r9")], &[left("l1")]).await;
    assert_eq!(replaced(store, false).await, ["l1-r1"]);
    let known = store
        .replaced_of(&import, &company(), &["l1".into(), "l2".into()])
        .await
        .unwrap();
    assert_eq!(known.iter().map(tell).collect::<Vec<_>>(), ["l1-r1"]);
    assert_eq!(known[0].pair.base, before.base);
    let among = store
        .replaced_among(&import, &"account".into(), &["r1".into(), "r9".into()])
        .await
        .unwrap();
    assert_eq!(among.len(), 1);
    settle(
        store,
        Settlement {
            left_behind: &[place("r1")],
            ..Settlement::default()
        },
    )
    .await;
    assert_eq!(replaced(store, false).await, [""; 0]);
    assert_eq!(replaced(store, true).await, ["l1-r1 stays"]);
    // It is taken up again, and what had its place is replaced in turn.
    rehome(store, &[settled("l1", "r1")], &[left("l1")]).await;
    assert_eq!(replaced(store, true).await, ["l1-r9"]);
    settle(
        store,
        Settlement {
            retired: &[place("r9")],
            ..Settlement::default()
        },
    )
    .await;
    assert_eq!(replaced(store, true).await, [""; 0]);
}

pub async fn what_shared_a_replaced_counterpart_is_planned_anew(ground: Ground) {
    let (store, import) = (&ground.store, ground.import("i").await);
    let sharer = Settled {
        shared: true,
        ..settled("l2", "r1")
    };
    settle(
        store,
        Settlement {
            settled: &[settled("l1", "r1"), sharer],
            ..Settlement::default()
        },
    )
    .await;
    rehome(store, &[settled("l1", "r9")], &[left("l1")]).await;
    let rows = store
        .pairs(&import, &company(), &["l1".into(), "l2".into()])
        .await
        .unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(replaced(store, true).await, ["l1-r1"]);
}

pub async fn a_counterpart_that_is_gone_is_not_replaced(ground: Ground) {
    let (store, import) = (&ground.store, ground.import("i").await);
    settle(
        store,
        Settlement {
            settled: &[settled("l1", "r1")],
            ..Settlement::default()
        },
    )
    .await;
    let gone = [(company(), "l1".into(), Gone::Deleted)];
    settle(
        store,
        Settlement {
            gone: &gone,
            ..Settlement::default()
        },
    )
    .await;
    rehome(store, &[settled("l1", "r9")], &[left("l1")]).await;
    assert_eq!(replaced(store, true).await, [""; 0]);
    let through = store
        .pairs_through(&import, &company(), &"accounts".into(), None, 9)
        .await
        .unwrap();
    assert_eq!(through.len(), 1);
    assert_eq!(through[0].right, "r9".into());
}
