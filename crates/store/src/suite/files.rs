use std::collections::HashMap;

use model::{AddressMark, Attachment, BroughtFile, FileRef, Files, KnownFile, ProblemKind, RecordId};

use super::{
    ground::{Ground, company, ids},
    problems::{open, problem},
};
use crate::Store;

fn file(url: &str) -> FileRef {
    FileRef {
        url: url.to_owned(),
        name: format!("{url}.png"),
        media_type: Some("image/png".to_owned()),
    }
}

fn known(address: &str, url: &str, contents: u8) -> KnownFile {
    KnownFile {
        address: AddressMark::of(address),
        name: format!("{url}.png"),
        result: Ok(BroughtFile {
            file: file(url),
            sha256: [contents; 32],
            size: 7,
        }),
    }
}

fn missing(address: &str) -> KnownFile {
    KnownFile {
        address: AddressMark::of(address),
        name: "x".to_owned(),
        result: Err("status 404".to_owned()),
    }
}

fn owner(record: &str, url: &str) -> Attachment {
    Attachment {
        object: company(),
        record: record.into(),
        file: url.to_owned(),
    }
}

async fn keep(store: &Store, import: &str, files: &[KnownFile], owners: &[Attachment]) {
    Files::keep(store, &import.into(), files, owners).await.unwrap();
}

/// One file that belongs to a record.
pub async fn fill(store: &Store, import: &str) {
    keep(store, import, &[known("a", "u1", 1)], &[owner("l1", "u1")]).await;
}

async fn found(store: &Store, import: &str, addresses: &[&str]) -> Vec<KnownFile> {
    let marks: Vec<_> = addresses.iter().map(|address| AddressMark::of(address)).collect();
    let mut known = Files::known(store, &import.into(), &marks).await.unwrap();
    marks.iter().filter_map(|mark| known.remove(mark)).collect()
}

pub async fn files_are_known_by_address_and_by_contents(ground: Ground) {
    let store = &ground.store;
    ground.import("i").await;
    ground.import("j").await;
    keep(store, "i", &[known("a", "u1", 1), missing("b")], &[]).await;
    assert_eq!(
        found(store, "i", &["a", "b", "c"]).await,
        [known("a", "u1", 1), missing("b")]
    );
    assert_eq!(found(store, "j", &["a"]).await, []);
    keep(store, "i", &[known("b", "u2", 2), known("b2", "u2", 2)], &[]).await;
    assert_eq!(found(store, "i", &["b"]).await, [known("b", "u2", 2)]);
    let alike = store.alike(&"i".into(), &[[2; 32], [9; 32]]).await.unwrap();
    let expected = known("b", "u2", 2).result.unwrap();
    assert_eq!(alike, HashMap::from([([2; 32], expected)]));
}

pub async fn a_file_belongs_to_the_record_that_came_first(ground: Ground) {
    let store = &ground.store;
    ground.import("i").await;
    let files = [known("a", "u1", 1), known("b", "u2", 2)];
    keep(
        store,
        "i",
        &files,
        &[owner("l1", "u1"), owner("l2", "u1"), owner("l1", "u2")],
    )
    .await;
    keep(store, "i", &files[..1], &[owner("l2", "u1")]).await;
    let attached = store.attached(&"i".into(), &company(), &ids(&["l1", "l2"])).await;
    let expected = HashMap::from([(RecordId::from("l1"), vec![file("u1"), file("u2")])]);
    assert_eq!(attached.unwrap(), expected);
    let others = store.attached(&"i".into(), &"user".into(), &ids(&["l1"])).await;
    assert!(others.unwrap().is_empty());
}

pub async fn what_misses_a_file_waits_and_is_counted(ground: Ground) {
    let store = &ground.store;
    ground.import("i").await;
    let missing = model::Problem {
        kind: ProblemKind::MissingFile,
        blocks: false,
        ..problem("a", "status 404")
    };
    open(store, "i", &[missing, problem("b", "other")]).await;
    assert_eq!(Files::missing(store, &"i".into()).await.unwrap(), 1);
    let waiting = model::Intents::waiting(store, &"i".into(), &company(), None, 9).await;
    assert_eq!(waiting.unwrap(), ids(&["a", "b"]));
}
