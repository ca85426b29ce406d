use model::{Gone, Intents, Mirror, ObjectName, RecordId, Settled, Settlement};

use super::ground::{Ground, company, ids, left, progress, raws, right, settled};
use crate::Store;

async fn settle(store: &Store, settlement: Settlement<'_>) {
    store
        .settle(&"i".into(), &"run".into(), &settlement)
        .await
        .unwrap();
}

async fn settle_pairs(store: &Store, settled: &[Settled]) {
    let settlement = Settlement {
        settled,
        ..Settlement::default()
    };
    settle(store, settlement).await;
}

async fn became(store: &Store, id: &str, gone: Gone) {
    let settlement = Settlement {
        gone: &[(company(), id.into(), gone)],
        ..Settlement::default()
    };
    settle(store, settlement).await;
}

/// Left records that are there and whose counterparts went by themselves: each with its right record and what became of it.
async fn bereft(store: &Store) -> Vec<String> {
    let rows = store.bereft(&"i".into(), &left(), None, 9).await.unwrap();
    let tell = |row: model::PairRow| format!("{}-{} {:?}", row.left, row.right, row.gone.unwrap());
    rows.into_iter().map(tell).collect()
}

async fn followed(store: &Store, id: &str) -> Option<(ObjectName, RecordId)> {
    let wanted = (company(), RecordId::from(id));
    let found = store
        .counterparts(&"i".into(), std::slice::from_ref(&wanted))
        .await;
    found.unwrap().remove(&wanted)
}

pub async fn what_lost_its_counterpart_is_told_from_what_is_gone_itself(ground: Ground) {
    let (store, import) = (&ground.store, ground.import("i").await);
    let page = raws(&["l1", "l2", "l3", "l4"]);
    store.keep(&left(), &page, &[], &progress(1, "c")).await.unwrap();
    let all = ["1", "2", "3", "4"].map(|n| settled(&format!("l{n}"), &format!("r{n}")));
    settle_pairs(store, &all).await;
    assert_eq!(bereft(store).await, [""; 0]);
    became(store, "l1", Gone::Lost).await;
    became(store, "l2", Gone::LeftOut).await;
    became(store, "l3", Gone::Deleted).await;
    became(store, "l4", Gone::Lost).await;
    store.lose(&left(), &ids(&["l4"])).await.unwrap();
    assert_eq!(bereft(store).await, ["l1-r1 Lost", "l2-r2 LeftOut"]);
    let widowed = store.widowed(&import, &left(), None, 9).await.unwrap();
    assert_eq!(
        widowed.len(),
        0,
        "nothing is to become of what is gone on both sides"
    );
    let without = store.unpaired(&import, &left(), None, 9).await.unwrap();
    assert_eq!(without, raws(&["l1", "l2", "l3"]));
    assert_eq!(followed(store, "l1").await, None);
    // It is there after all, and is planned again.
    let settlement = Settlement {
        found: &[(company(), "l1".into()), (company(), "l3".into())],
        ..Settlement::default()
    };
    settle(store, settlement).await;
    assert_eq!(bereft(store).await, ["l2-r2 LeftOut"]);
    assert_eq!(
        store.waiting(&import, &company(), None, 9).await.unwrap(),
        ids(&["l1"])
    );
    // It gets another.
    settle_pairs(store, &[settled("l2", "r9")]).await;
    assert_eq!(bereft(store).await, [""; 0]);
}

pub async fn what_was_merged_stands_for_both_and_is_one_s_counterpart(ground: Ground) {
    let (store, import) = (&ground.store, ground.import("i").await);
    let page = raws(&["l1", "l2"]);
    store.keep(&left(), &page, &[], &progress(1, "c")).await.unwrap();
    settle_pairs(store, &[settled("l1", "r1"), settled("l2", "r2")]).await;
    let settlement = Settlement {
        merged: &[(company(), "l2".into(), "r1".into())],
        ..Settlement::default()
    };
    settle(store, settlement).await;
    assert_eq!(bereft(store).await, ["l2-r1 Merged"]);
    let account = |id: &str| Some((ObjectName::from("account"), RecordId::from(id)));
    assert_eq!(followed(store, "l2").await, account("r1"));
    let back = (ObjectName::from("account"), RecordId::from("r1"));
    let owner = store
        .counterparts_of_right(&import, std::slice::from_ref(&back))
        .await
        .unwrap();
    assert_eq!(owner.get(&back), Some(&(company(), "l1".into())));
    let end = left();
    let there = store
        .count_pairs(&import, &"accounts".into(), &end)
        .await
        .unwrap();
    assert_eq!(there, 1);
    // It gets one of its own again; nobody's is taken for a record that another replaced.
    let settlement = Settlement {
        settled: &[settled("l2", "r3")],
        rehomed: &[(company(), "l2".into())],
        ..Settlement::default()
    };
    settle(store, settlement).await;
    assert_eq!(followed(store, "l2").await, account("r3"));
    assert_eq!(followed(store, "l1").await, account("r1"));
    assert_eq!(store.replaced(&import, None, true, 9).await.unwrap(), []);
}

pub async fn what_a_reading_did_not_list_is_known(ground: Ground) {
    let (store, import) = (&ground.store, ground.import("i").await);
    ground.import("other").await;
    let all = ["1", "2", "3"].map(|n| settled(&format!("l{n}"), &format!("r{n}")));
    settle_pairs(store, &all).await;
    let unlisted = |after: Option<&str>| {
        let (import, after) = (import.clone(), after.map(RecordId::from));
        async move {
            let found = store.unlisted(&import, &right(), after.as_ref(), 9).await;
            found.unwrap()
        }
    };
    store.list(&right(), &ids(&["r1", "r9"]), true).await.unwrap();
    store.list(&right(), &ids(&["r1"]), false).await.unwrap();
    assert_eq!(unlisted(None).await, ids(&["r2", "r3"]));
    assert_eq!(unlisted(Some("r2")).await, ids(&["r3"]));
    became(store, "l3", Gone::Lost).await;
    assert_eq!(unlisted(None).await, ids(&["r2"]));
    // What became a part of another is gone with that.
    became(store, "l2", Gone::Merged).await;
    assert_eq!(unlisted(None).await, ids(&["r2"]));
    // Who shared what stayed when its own left record was gone has it still.
    became(store, "l1", Gone::Kept).await;
    let sharing = Settled {
        shared: true,
        ..settled("l4", "r1")
    };
    settle_pairs(store, &[sharing]).await;
    store.list(&right(), &ids(&["r2"]), true).await.unwrap();
    assert_eq!(unlisted(None).await, ids(&["r1"]));
    became(store, "l4", Gone::Lost).await;
    assert_eq!(unlisted(None).await, ids(&[]));
    became(store, "l1", Gone::Lost).await;
    settle_pairs(store, &[settled("l1", "r1")]).await;
    // The next reading begins anew.
    store.list(&right(), &ids(&["r2"]), true).await.unwrap();
    assert_eq!(unlisted(None).await, ids(&["r1"]));
}
