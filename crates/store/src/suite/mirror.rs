use std::{collections::BTreeSet, future::Future, task::Poll};

use model::{End, FieldName, Handle, Intents, Keep, Kept, Met, Mirror, Raw, RunId, Seq, Settlement};

use super::ground::{Ground, company, email, execute, ids, keep, left, progress, raw, raws, right, settled};
use crate::Store;

const NOTHING: Kept = Kept { new: 0, changed: 0 };

async fn changed(store: &Store, end: &End, after: i64) -> Vec<(i64, Raw)> {
    let seen = store.changed(end, Seq(after), 100_000).await.unwrap();
    seen.into_iter().map(|seen| (seen.seq.0, seen.raw)).collect()
}

async fn order(store: &Store, end: &End, after: i64) -> Vec<String> {
    let changed = changed(store, end, after).await;
    changed.into_iter().map(|(_, raw)| raw.id.to_string()).collect()
}

pub async fn a_page_comes_back_with_its_cursor(ground: Ground) {
    let store = &ground.store;
    assert_eq!(store.progress(&left()).await.unwrap(), None);
    assert_eq!(changed(store, &left(), 0).await, vec![]);
    let page = vec![
        raw("b", "x"),
        raw("a", "ß 漢 \\u0000 \u{1f600}"),
        raw("c", &"long ".repeat(20_000)),
    ];
    assert_eq!(keep(store, &left(), &page, 1).await, Kept { new: 3, changed: 0 });
    let kept: Vec<(i64, Raw)> = (1..).zip(page).collect();
    assert_eq!(changed(store, &left(), 0).await, kept);
    assert_eq!(changed(store, &left(), 2).await, kept[2..]);
    assert_eq!(store.changed(&left(), Seq(0), 2).await.unwrap().len(), 2);
    assert_eq!(store.progress(&left()).await.unwrap(), Some(progress(1, "c")));
    let ended = Keep {
        cursor: None,
        whole: false,
        ..progress(1, "")
    };
    store.keep(&left(), &[], &[], &ended).await.unwrap();
    assert_eq!(store.progress(&left()).await.unwrap(), Some(ended));
}

pub async fn a_page_that_fails_leaves_neither_records_nor_cursor(ground: Ground) {
    let store = &ground.store;
    keep(store, &left(), &raws(&["a"]), 1).await;
    execute(store, "alter table handle rename to elsewhere").await;
    let page = raws(&["a", "b"]);
    let failed = store
        .keep(&left(), &page, &[email("b", "b@x")], &progress(2, "d"))
        .await;
    assert!(failed.is_err());
    execute(store, "alter table elsewhere rename to handle").await;
    assert_eq!(order(store, &left(), 0).await, ["a"]);
    assert_eq!(store.progress(&left()).await.unwrap(), Some(progress(1, "c")));
    assert_eq!(
        store.met(&left(), 1).await.unwrap(),
        Met {
            there: 1,
            gone: 0,
            unmet: 0,
            hidden: 0,
        }
    );
    assert_eq!(keep(store, &left(), &page, 2).await, Kept { new: 1, changed: 0 });
}

/// Runs a future until it would wait for so many times, and drops it then.
async fn cut<F: Future>(future: F, waits: usize) -> Option<F::Output> {
    let mut future = Box::pin(future);
    let mut left = waits;
    std::future::poll_fn(move |context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending if left == 0 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

pub async fn a_page_that_is_given_up_is_kept_whole_or_not_at_all(ground: Ground) {
    let store = &ground.store;
    keep(store, &left(), &raws(&["first"]), 1).await;
    let (mut whole, mut all) = (0, 1);
    for waits in 0..40 {
        let pass = waits as u64 + 2;
        let page: Vec<Raw> = (0..3).map(|n| raw(&format!("{waits}-{n}"), "")).collect();
        let handles = [email(&format!("{waits}-0"), "a@x")];
        let progress = progress(pass, "c");
        let ended = cut(store.keep(&left(), &page, &handles, &progress), waits).await;
        whole += usize::from(ended.is_some());
        // Waits for what the database was told last.
        execute(store, "update endpoint set seq = seq").await;
        let met = store.met(&left(), pass).await.unwrap();
        let met = met.there - met.unmet;
        let got = store.progress(&left()).await.unwrap().unwrap().pass;
        assert_eq!(met == 3, got == pass, "{met} {got} {pass}");
        assert!(ended.is_none() || met == 3);
        all += met;
    }
    keep(store, &left(), &raws(&["last"]), 99).await;
    assert_eq!(changed(store, &left(), 0).await.len() as u64, all + 1);
    assert!(whole > 0 && whole < 40, "{whole}");
}

pub async fn keeping_the_same_again_changes_nothing(ground: Ground) {
    let store = &ground.store;
    let all: Vec<Raw> = (0..10_000)
        .map(|n| raw(&format!("r{n}"), &"words ".repeat(n % 40)))
        .collect();
    for page in all.chunks(2_311) {
        assert_eq!(
            keep(store, &left(), page, 1).await,
            Kept {
                new: page.len(),
                changed: 0
            }
        );
    }
    let before = changed(store, &left(), 0).await;
    for page in all.chunks(3_000) {
        assert_eq!(keep(store, &left(), page, 2).await, NOTHING);
    }
    assert_eq!(changed(store, &left(), 10_000).await, vec![]);
    assert_eq!(changed(store, &left(), 0).await, before);
    assert!(before.iter().map(|(_, raw)| raw).eq(&all));
    assert_eq!(
        store.met(&left(), 2).await.unwrap(),
        Met {
            there: 10_000,
            gone: 0,
            unmet: 0,
            hidden: 0,
        }
    );
}

pub async fn a_changed_record_moves_to_the_end(ground: Ground) {
    let store = &ground.store;
    keep(store, &left(), &raws(&["a", "b", "c"]), 1).await;
    let again = [raw("b", "new"), raw("c", ""), raw("d", "")];
    assert_eq!(keep(store, &left(), &again, 2).await, Kept { new: 1, changed: 1 });
    assert_eq!(order(store, &left(), 0).await, ["a", "c", "b", "d"]);
    assert_eq!(order(store, &left(), 3).await, ["b", "d"]);
    keep(store, &left(), &[raw("b", "")], 2).await;
    assert_eq!(order(store, &left(), 0).await, ["a", "c", "d", "b"]);
    let store = ground.reopen().await;
    keep(&store, &left(), &raws(&["e"]), 2).await;
    assert_eq!(order(&store, &left(), 5).await, ["b", "e"]);
}

pub async fn the_later_copy_of_a_page_counts(ground: Ground) {
    let store = &ground.store;
    let page = [raw("a", "old"), raw("b", ""), raw("a", "new")];
    assert_eq!(keep(store, &left(), &page, 1).await, Kept { new: 2, changed: 0 });
    assert_eq!(
        changed(store, &left(), 0).await,
        vec![(1, raw("b", "")), (2, raw("a", "new"))]
    );
}

pub async fn passes_know_what_they_did_not_meet(ground: Ground) {
    let store = &ground.store;
    keep(store, &left(), &raws(&["c", "a", "b", "d"]), 1).await;
    keep(store, &left(), &[raw("a", "new"), raw("d", "")], 2).await;
    assert_eq!(
        store.met(&left(), 2).await.unwrap(),
        Met {
            there: 4,
            gone: 0,
            unmet: 2,
            hidden: 0,
        }
    );
    assert_eq!(store.unmet(&left(), 2, 9).await.unwrap(), ids(&["b", "c"]));
    assert_eq!(store.unmet(&left(), 2, 1).await.unwrap(), ids(&["b"]));
    assert_eq!(store.met(&right(), 2).await.unwrap(), Met::default());
}

pub async fn what_no_list_shows_is_there_until_one_does(ground: Ground) {
    let store = &ground.store;
    keep(store, &left(), &raws(&["a", "b", "c"]), 1).await;
    store.hide(&left(), &ids(&["b", "c"])).await.unwrap();
    let hidden = async || store.met(&left(), 1).await.unwrap();
    assert_eq!((hidden().await.there, hidden().await.hidden), (3, 2));
    // Met again as it was, in the same pass; changed; gone.
    keep(store, &left(), &raws(&["b"]), 1).await;
    assert_eq!(hidden().await.hidden, 1);
    store.lose(&left(), &ids(&["c"])).await.unwrap();
    assert_eq!((hidden().await.there, hidden().await.hidden), (2, 0));
    keep(store, &left(), &[raw("c", "new")], 2).await;
    assert_eq!((hidden().await.there, hidden().await.hidden), (3, 0));
}

pub async fn what_is_there_is_listed_without_what_is_gone(ground: Ground) {
    let store = &ground.store;
    keep(store, &left(), &raws(&["a", "b", "c"]), 1).await;
    keep(store, &left(), &raws(&["a"]), 2).await;
    store.lose(&left(), &ids(&["b"])).await.unwrap();
    let met = store.met(&left(), 2).await.unwrap();
    assert_eq!((met.there, met.gone, met.unmet), (2, 1, 1));
    assert_eq!(store.unmet(&left(), 2, 9).await.unwrap(), ids(&["c"]));
    assert_eq!(store.there(&left(), None, 9).await.unwrap(), ids(&["a", "c"]));
    let after = Some("a".into());
    assert_eq!(
        store.there(&left(), after.as_ref(), 9).await.unwrap(),
        ids(&["c"])
    );
    keep(store, &left(), &raws(&["b"]), 2).await;
    assert_eq!(
        store.there(&left(), None, 9).await.unwrap(),
        ids(&["a", "b", "c"])
    );
    // An older pass cannot make what a later one met unmet.
    assert_eq!(store.unmet(&left(), 1, 9).await.unwrap(), ids(&[]));
}

pub async fn records_and_hashes_are_found_by_id(ground: Ground) {
    let store = &ground.store;
    let all: Vec<Raw> = (0..700).map(|n| raw(&format!("r{n:03}"), "x")).collect();
    keep(store, &left(), &all, 1).await;
    let mut wanted: Vec<_> = all.iter().map(|raw| raw.id.clone()).collect();
    wanted.push("nowhere".into());
    let mut found = store.raws(&left(), &wanted).await.unwrap();
    found.sort_by(|a, b| a.id.cmp(&b.id));
    assert_eq!(found, all);
    let hashes = store.hashes(&left(), &wanted).await.unwrap();
    assert_eq!(hashes.len(), 700);
    assert!(all.iter().all(|raw| hashes[&raw.id] == raw.hash));
    let completed = raw("r000", "x").completed_by(raw("r000", "whole"));
    assert_eq!(keep(store, &left(), &[completed], 1).await, NOTHING);
}

pub async fn records_without_a_counterpart_are_found(ground: Ground) {
    let (store, import) = (&ground.store, ground.import("i").await);
    let without = |after: Option<&'static str>, at_most: usize| {
        let import = import.clone();
        async move {
            let after = after.map(Into::into);
            let raws = store
                .unpaired(&import, &left(), after.as_ref(), at_most)
                .await
                .unwrap();
            raws.into_iter().map(|raw| raw.id.to_string()).collect::<Vec<_>>()
        }
    };
    let count = || {
        let import = import.clone();
        async move {
            store
                .count_pairs(&import, &"accounts".into(), &left())
                .await
                .unwrap()
        }
    };
    assert_eq!(without(None, 9).await.len(), 0);
    keep(store, &left(), &raws(&["d", "b", "a", "c"]), 1).await;
    let pairs = [settled("b", "r1"), settled("gone", "r2")];
    let settlement = Settlement {
        settled: &pairs,
        ..Settlement::default()
    };
    store.settle(&import, &"run".into(), &settlement).await.unwrap();
    assert_eq!(without(None, 9).await, ["a", "c", "d"]);
    assert_eq!(without(Some("a"), 1).await, ["c"]);
    assert_eq!(count().await, 1);
    store.lose(&left(), &ids(&["b", "c", "nowhere"])).await.unwrap();
    assert_eq!(without(None, 9).await, ["a", "d"]);
    assert_eq!(count().await, 0);
    ground.import("other").await;
    let all = store.unpaired(&"other".into(), &left(), None, 9).await.unwrap();
    assert_eq!(all, raws(&["a", "d"]));
}

async fn candidates(ground: &Ground, value: &str) -> Vec<Handle> {
    let wanted = [
        ("email".into(), value.to_owned()),
        ("email".into(), "nobody".to_owned()),
    ];
    ground
        .store
        .candidates(&"i".into(), &right(), &wanted)
        .await
        .unwrap()
}

pub async fn candidates_are_in_no_pair(ground: Ground) {
    let (store, import) = (&ground.store, ground.import("i").await);
    ground.import("other").await;
    let long = "x".repeat(5_000);
    let handles = [
        email("r1", "a@x"),
        email("r2", "a@x"),
        email("r2", &long),
        email("r3", "n\0l"),
    ];
    let page = raws(&["r1", "r2", "r3"]);
    store
        .keep(&right(), &page, &handles, &progress(1, "c"))
        .await
        .unwrap();
    assert_eq!(candidates(&ground, "a@x").await, handles[..2]);
    assert_eq!(candidates(&ground, &long).await, handles[2..3]);
    assert_eq!(candidates(&ground, "n\0l").await, handles[3..]);
    let pair = [settled("l1", "r1")];
    let settlement = Settlement {
        settled: &pair,
        ..Settlement::default()
    };
    let run = RunId::from("run");
    store.settle(&"other".into(), &run, &settlement).await.unwrap();
    assert_eq!(candidates(&ground, "a@x").await.len(), 2);
    store.settle(&import, &run, &settlement).await.unwrap();
    assert_eq!(candidates(&ground, "a@x").await, handles[1..2]);
}

pub async fn handles_follow_their_record(ground: Ground) {
    ground.import("i").await;
    let store = &ground.store;
    let kept = |page: Vec<Raw>, handles: Vec<Handle>| async move {
        store
            .keep(&right(), &page, &handles, &progress(1, "c"))
            .await
            .unwrap();
    };
    kept(raws(&["r"]), vec![email("r", "old@x")]).await;
    kept(raws(&["r"]), vec![email("r", "old@x"), email("r", "second@x")]).await;
    assert_eq!(candidates(&ground, "old@x").await, [email("r", "old@x")]);
    assert_eq!(candidates(&ground, "second@x").await, [email("r", "second@x")]);
    kept(vec![raw("r", "new")], vec![email("r", "new@x")]).await;
    assert_eq!(candidates(&ground, "old@x").await, []);
    assert_eq!(candidates(&ground, "new@x").await, [email("r", "new@x")]);
}

pub async fn whoever_carries_a_handle_is_found_in_pairs_or_not(ground: Ground) {
    let (store, import) = (&ground.store, ground.import("i").await);
    keep(store, &left(), &raws(&["a", "b"]), 1).await;
    let note = |ids: Vec<model::RecordId>, handles: Vec<Handle>| async move {
        store
            .note(&left(), &["email".into()], &ids, &handles)
            .await
            .unwrap();
    };
    note(
        ids(&["a", "b"]),
        vec![email("a", "x"), email("b", "x"), email("b", "y")],
    )
    .await;
    let pair = [settled("a", "r")];
    let settlement = Settlement {
        settled: &pair,
        ..Settlement::default()
    };
    store
        .settle(&import, &RunId::from("run"), &settlement)
        .await
        .unwrap();
    let carrying = async |value: &str| {
        let wanted = [("email".into(), value.to_owned())];
        store.carrying(&left(), &wanted).await.unwrap()
    };
    assert_eq!(carrying("x").await, [email("a", "x"), email("b", "x")]);
    note(ids(&["b"]), vec![email("b", "z")]).await;
    assert_eq!(carrying("x").await, [email("a", "x")]);
    assert_eq!(carrying("y").await, []);
    assert_eq!(carrying("z").await, [email("b", "z")]);
}

pub async fn what_several_records_say_is_found_two_at_a_time(ground: Ground) {
    ground.import("i").await;
    let store = &ground.store;
    keep(store, &left(), &raws(&["a", "b", "c", "d"]), 1).await;
    let said = [email("a", "x"), email("b", "x"), email("c", "x"), email("d", "y")];
    let other = Handle {
        field: "phone".into(),
        ..email("d", "x")
    };
    let all = [&said[..], &[other]].concat();
    let fields: [FieldName; 2] = ["email".into(), "phone".into()];
    store
        .note(&left(), &fields, &ids(&["a", "b", "c", "d"]), &all)
        .await
        .unwrap();
    let shared = async |value: &str| {
        let wanted = [("email".into(), value.to_owned())];
        store.shared(&left(), &wanted).await.unwrap()
    };
    let sharing = async |after: Option<&Handle>, at_most| {
        let field = "email".into();
        store.sharing(&left(), &field, after, at_most).await.unwrap()
    };
    assert_eq!(shared("x").await, [email("a", "x"), email("c", "x")]);
    assert_eq!(shared("y").await, []);
    assert_eq!(sharing(None, 2).await, [email("a", "x"), email("b", "x")]);
    assert_eq!(sharing(Some(&email("b", "x")), 2).await, [email("c", "x")]);
    // What is gone says nothing, until it is back.
    store.lose(&left(), &ids(&["a", "b"])).await.unwrap();
    assert_eq!((shared("x").await, sharing(None, 9).await), (vec![], vec![]));
    keep(store, &left(), &raws(&["a"]), 2).await;
    assert_eq!(shared("x").await, [email("a", "x"), email("c", "x")]);
    // One field's words are replaced without the others'.
    store
        .note(&left(), &fields[1..], &ids(&["a", "c"]), &[])
        .await
        .unwrap();
    assert_eq!(sharing(None, 9).await, [email("a", "x"), email("c", "x")]);
}

pub async fn pages_kept_at_once_are_counted_one_by_one(ground: Ground) {
    let tasks: Vec<_> = (0..12)
        .map(|page| {
            let store = ground.store.clone();
            tokio::spawn(async move {
                let page: Vec<Raw> = (0..30).map(|n| raw(&format!("{page}-{n}"), "")).collect();
                keep(&store, &left(), &page, 1).await
            })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), Kept { new: 30, changed: 0 });
    }
    let seqs: BTreeSet<i64> = changed(&ground.store, &left(), 0)
        .await
        .into_iter()
        .map(|(seq, _)| seq)
        .collect();
    assert_eq!(seqs, (1..=360).collect());
}

pub async fn workspaces_and_ends_are_apart(ground: Ground) {
    let other = ground.store.workspace("other").await.unwrap();
    keep(&ground.store, &left(), &raws(&["a"]), 1).await;
    keep(&other, &left(), &raws(&["b"]), 1).await;
    keep(&other, &End::new(&"q".into(), &company()), &raws(&["c"]), 1).await;
    assert_eq!(order(&ground.store, &left(), 0).await, ["a"]);
    assert_eq!(order(&other, &left(), 0).await, ["b"]);
    assert_eq!(other.unmet(&left(), 9, 9).await.unwrap(), ids(&["b"]));
}
