#![allow(clippy::unwrap_used)]

use std::{sync::Arc, time::Duration};

use super::{FRESH, Key, Seen, Shelf, Span};

/// Spread as hashes are.
fn key(number: u64) -> Key {
    let hash = blake3::hash(&number.to_le_bytes());
    Key::from_be_bytes(hash.as_bytes()[..16].try_into().unwrap())
}

fn span(first: u64, last: u64) -> Span {
    Span {
        first,
        last,
        oldest: first as i64,
        newest: last as i64,
    }
}

fn open(folder: &std::path::Path, window: u64, room: u64) -> (Arc<Shelf>, Vec<(u64, u64)>) {
    let (shelf, again) = Shelf::open(folder, Duration::from_micros(window), room).unwrap();
    (Arc::new(shelf), again)
}

fn fill(seen: &mut Seen, shelf: &Shelf, numbers: std::ops::Range<u64>) {
    let step = FRESH as u64 / 2;
    for begin in numbers.clone().step_by(step as usize) {
        let end = (begin + step).min(numbers.end);
        if seen.note((begin..end).map(key), span(begin, end - 1)) {
            shelf.tidy().unwrap();
        }
    }
}

#[test]
fn what_was_noted_is_seen_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    for room in [1 << 30, 0] {
        let place = folder.path().join(room.to_string());
        let (shelf, again) = open(&place, u64::MAX / 4, room);
        assert_eq!(again, [(1, u64::MAX)]);
        let mut seen = Seen::new(Arc::clone(&shelf));
        let many = FRESH as u64 * 5 + 1000;
        fill(&mut seen, &shelf, 1..many);
        let check = |seen: &Seen| {
            let ask = seen.ask();
            assert!((1..many).step_by(997).all(|number| ask(key(number))));
            assert!(!(many..many + 20_000).any(|number| ask(key(number))));
        };
        check(&seen);
        // Four of a size became one.
        assert_eq!(shelf.lists().runs.len(), 2);
        let kept_to = shelf.kept_to();
        seen.freeze_all();
        drop(seen);
        let (shelf, again) = open(&place, u64::MAX / 4, room);
        assert_eq!(again, [(kept_to + 1, u64::MAX)]);
        let mut seen = Seen::new(shelf);
        seen.note((kept_to + 1..many).map(key), span(kept_to + 1, many - 1));
        check(&seen);
    }
}

#[test]
fn what_is_older_than_the_window_goes_file_by_file() {
    let folder = tempfile::tempdir().unwrap();
    let fresh = FRESH as u64;
    let (shelf, _) = open(folder.path(), fresh * 3, 1 << 30);
    let mut seen = Seen::new(Arc::clone(&shelf));
    fill(&mut seen, &shelf, 0..fresh * 8);
    let ask = seen.ask();
    assert!((fresh * 5..fresh * 8).step_by(997).all(|number| ask(key(number))));
    assert!(!ask(key(1)));
    assert!(std::fs::read_dir(folder.path()).unwrap().count() <= 5);
}

#[test]
fn a_damaged_file_is_given_back_to_the_journal() {
    let folder = tempfile::tempdir().unwrap();
    let (shelf, _) = open(folder.path(), u64::MAX / 4, 1 << 30);
    let mut seen = Seen::new(Arc::clone(&shelf));
    seen.note((1..1000).map(key), span(1, 999));
    seen.freeze_all();
    shelf.tidy().unwrap();
    let path = shelf.lists().runs[0].path.clone();
    for change in ["head", "end", "cut"] {
        let mut bytes = std::fs::read(&path).unwrap();
        let length = bytes.len();
        match change {
            "head" => bytes[20] ^= 1,
            "end" => bytes[length - 3] ^= 1,
            _ => bytes.truncate(30),
        }
        let other = folder.path().join(change);
        std::fs::create_dir(&other).unwrap();
        std::fs::write(other.join(path.file_name().unwrap()), bytes).unwrap();
        let (shelf, again) = open(&other, u64::MAX / 4, 1 << 30);
        assert_eq!(again, [(1, 999), (1000, u64::MAX)], "{change}");
        assert!(shelf.lists().runs.is_empty());
    }
    // A page that is damaged is found when it is asked.
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[64 + 5] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let (shelf, _) = open(folder.path(), u64::MAX / 4, 1 << 30);
    assert!(shelf.lists().runs[0].keys().any(|key| key.is_err()));
}
