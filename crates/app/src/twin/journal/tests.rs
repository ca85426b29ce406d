#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use super::*;

/// Writes three entries, damages the file, and says what a replay finds.
fn check(damage: impl FnOnce(&mut Vec<u8>), expected: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(folder.path()).unwrap();
    journal.replay(|_| true).unwrap();
    for text in ["one", "two", "three"] {
        journal
            .append(|out| out.extend_from_slice(text.as_bytes()))
            .unwrap();
    }
    drop(journal);
    let path = folder.path().join("journal-0");
    let mut bytes = fs::read(&path).unwrap();
    damage(&mut bytes);
    fs::write(&path, bytes).unwrap();

    let mut journal = Journal::open(folder.path()).unwrap();
    journal.replay(|_| true).unwrap();
    journal.append(|out| out.extend_from_slice(b"next")).unwrap();
    drop(journal);
    let mut journal = Journal::open(folder.path()).unwrap();
    let mut found = Vec::new();
    journal
        .replay(|bytes| {
            found.push(String::from_utf8(bytes.to_vec()).unwrap());
            true
        })
        .unwrap();
    assert_eq!(found, expected);
}

#[test]
fn a_torn_tail_is_cut_and_writing_goes_on_after_it() {
    check(|_| {}, &["one", "two", "three", "next"]);
    check(|bytes| bytes.truncate(bytes.len() - 1), &["one", "two", "next"]);
    check(|bytes| bytes.truncate(bytes.len() - 14), &["one", "two", "next"]);
    check(
        |bytes| bytes.extend_from_slice(&[9, 0]),
        &["one", "two", "three", "next"],
    );
    check(
        |bytes| bytes.extend_from_slice(&[0xFF; 40]),
        &["one", "two", "three", "next"],
    );
    check(|bytes| *bytes.last_mut().unwrap() ^= 1, &["one", "two", "next"]);
    check(|bytes| bytes.truncate(10), &["next"]);
    check(Vec::clear, &["next"]);
}

#[test]
fn damage_before_the_end_is_not_taken_for_a_torn_tail() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(folder.path()).unwrap();
    journal.replay(|_| true).unwrap();
    for text in ["one", "two"] {
        journal
            .append(|out| out.extend_from_slice(text.as_bytes()))
            .unwrap();
    }
    drop(journal);
    let path = folder.path().join("journal-0");
    let mut bytes = fs::read(&path).unwrap();
    bytes[MAGIC.len() + 12] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let failure = Journal::open(folder.path())
        .unwrap()
        .replay(|_| true)
        .unwrap_err();
    assert!(failure.to_string().contains("an entry is damaged"), "{failure}");
    assert_eq!(fs::read(&path).unwrap(), bytes);
}
