#![allow(clippy::unwrap_used)]

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use model::{Appended, Event, EventKind, FaultKind, Journal, MessageId, Position, SourceId, Timestamp};
use proptest::prelude::*;

use super::{FileJournal, JournalReader, Options, block, library};

fn event(number: u64) -> Event {
    let at = |second: u64| Timestamp::from_second(second as i64).unwrap();
    Event {
        source: SourceId::new("web"),
        message_id: MessageId::new(format!("m{number}")),
        kind: EventKind::ALL[number as usize % 6],
        received_at: at(1_000 + number),
        timestamp: at(900 + number),
        original_timestamp: number.is_multiple_of(2).then(|| at(number)),
        sent_at: None,
        user_id: number.is_multiple_of(3).then(|| "u".into()),
        anonymous_id: Some("".into()),
        body: format!(
            r#"{{"event":"Ordered {number}","n":"{}"}}"#,
            "x".repeat(number as usize % 400)
        )
        .into(),
    }
}

fn small() -> Options {
    Options {
        segment_bytes: 4_000,
        ..Options::default()
    }
}

async fn open(folder: &Path) -> FileJournal {
    FileJournal::open(folder, small()).await.unwrap()
}

async fn all(journal: &FileJournal) -> Vec<(u64, Event)> {
    let (mut found, mut after) = (Vec::new(), Position(0));
    loop {
        let stretch = journal.read(after, 7).await.unwrap();
        assert!(stretch.next >= after);
        if stretch.next == after {
            return found;
        }
        after = stretch.next;
        found.extend(
            stretch
                .events
                .into_iter()
                .map(|(position, event)| (position.0, event)),
        );
    }
}

fn numbered(numbers: impl IntoIterator<Item = u64>) -> Vec<(u64, Event)> {
    numbers
        .into_iter()
        .map(|number| (number, event(number)))
        .collect()
}

async fn append(journal: &FileJournal, numbers: impl IntoIterator<Item = u64>) -> Vec<Appended> {
    journal
        .append(numbers.into_iter().map(event).collect())
        .await
        .unwrap()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "events"));
    files.sort();
    files
}

#[tokio::test]
async fn events_come_back_in_their_order_and_each_once() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path()).await;
    let new = |position| Appended::New(Position(position));
    assert_eq!(
        append(&journal, [1, 2, 1]).await,
        [new(1), new(2), Appended::Repeated]
    );
    assert_eq!(append(&journal, [2, 3]).await, [Appended::Repeated, new(3)]);
    for number in 4..200 {
        append(&journal, [number]).await;
    }
    assert_eq!(all(&journal).await, numbered(1..200));
    assert_eq!(journal.end(), Position(199));
    drop(journal);
    let journal = open(folder.path()).await;
    assert_eq!(all(&journal).await, numbered(1..200));
    assert_eq!(
        append(&journal, [7, 199, 200]).await,
        [Appended::Repeated, Appended::Repeated, new(200)]
    );
    assert!(files(folder.path()).len() > 3);
    assert!(journal.append(Vec::new()).await.unwrap().is_empty());
}

#[tokio::test]
async fn another_source_s_event_is_another() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path()).await;
    append(&journal, [1]).await;
    let other = Event {
        source: SourceId::new("app"),
        ..event(1)
    };
    assert_eq!(
        journal.append(vec![other]).await.unwrap(),
        [Appended::New(Position(2))]
    );
}

#[tokio::test]
async fn closed_files_are_packed_and_read_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path()).await;
    for number in 1..400 {
        append(&journal, [number]).await;
        if number % 50 == 0 {
            // A reader in the middle keeps its place.
            assert_eq!(all(&journal).await.len() as u64, number);
        }
    }
    drop(journal);
    // What was not packed before the end is packed after the next beginning.
    let journal = open(folder.path()).await;
    let is_packed = |library: &library::Library| {
        let ledger = library.ledger();
        let (_, closed) = ledger.segments.split_last().unwrap();
        closed.iter().all(|segment| segment.done)
    };
    for _ in 0..500 {
        if is_packed(&journal.library) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(is_packed(&journal.library));
    assert_eq!(all(&journal).await, numbered(1..400));
    let sum: u64 = files(folder.path())
        .iter()
        .map(|path| fs::metadata(path).unwrap().len())
        .sum();
    assert_eq!(sum, journal.standing().bytes);
}

#[tokio::test]
async fn a_torn_end_is_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let journal = FileJournal::open(folder.path(), Options::default())
        .await
        .unwrap();
    append(&journal, 1..5).await;
    let whole = journal.standing().bytes;
    append(&journal, 5..9).await;
    drop(journal);
    fs::remove_dir_all(folder.path().join("keys")).unwrap();
    let path = &files(folder.path())[0];
    let bytes = fs::read(path).unwrap();
    for length in whole..bytes.len() as u64 {
        fs::write(path, &bytes[..length as usize]).unwrap();
        let reader = JournalReader::open(folder.path()).await.unwrap().unwrap();
        assert_eq!(reader.standing().end, Position(4));
        // Who only looks cuts nothing off.
        assert_eq!(fs::metadata(path).unwrap().len(), length);
        if length % 7 == 0 || length + 1 == bytes.len() as u64 {
            let journal = FileJournal::open(folder.path(), Options::default())
                .await
                .unwrap();
            assert_eq!(journal.standing().bytes, whole);
            assert_eq!(
                append(&journal, [4, 9]).await,
                [Appended::Repeated, Appended::New(Position(5))]
            );
            assert_eq!(all(&journal).await[4], (5, event(9)));
            drop(journal);
            fs::remove_dir_all(folder.path().join("keys")).unwrap();
        }
    }
    // Zeros, as a file system leaves them after a power cut.
    let mut zeros = bytes[..whole as usize].to_vec();
    zeros.resize(bytes.len() + 5_000, 0);
    fs::write(path, zeros).unwrap();
    let journal = FileJournal::open(folder.path(), Options::default())
        .await
        .unwrap();
    assert_eq!(all(&journal).await, numbered(1..5));
}

#[tokio::test]
async fn a_damaged_middle_is_skipped_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let journal = FileJournal::open(folder.path(), Options::default())
        .await
        .unwrap();
    for begin in [1, 11, 21, 31] {
        append(&journal, begin..begin + 10).await;
    }
    drop(journal);
    let path = &files(folder.path())[0];
    let bytes = fs::read(path).unwrap();
    let second = block::Head::parse(&bytes[..block::HEAD]).unwrap().length() as usize;
    for at in [second + 3, second + 20, second + block::HEAD + 30] {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x10;
        fs::write(path, damaged).unwrap();
        let journal = FileJournal::open(folder.path(), Options::default())
            .await
            .unwrap();
        assert_eq!(journal.standing().damaged, 10, "byte {at}");
        let stretch = journal.read(Position(5), 100).await.unwrap();
        assert_eq!((stretch.missing, stretch.next), (10, Position(40)));
        let found: Vec<u64> = stretch.events.iter().map(|(position, _)| position.0).collect();
        assert_eq!(found, (6..11).chain(21..41).collect::<Vec<_>>());
        // What is known of the lost ones is known from the files of keys.
        assert_eq!(
            append(&journal, [15, 35]).await,
            [Appended::Repeated, Appended::Repeated]
        );
        drop(journal);
    }
}

#[tokio::test]
async fn keys_that_are_lost_are_found_in_the_journal() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path()).await;
    append(&journal, 1..100).await;
    drop(journal);
    for file in fs::read_dir(folder.path().join("keys")).unwrap() {
        fs::write(file.unwrap().path(), "nonsense").unwrap();
    }
    let journal = open(folder.path()).await;
    let repeated = append(&journal, 1..101).await;
    assert!(
        repeated[..99]
            .iter()
            .all(|appended| *appended == Appended::Repeated)
    );
    assert_eq!(repeated[99], Appended::New(Position(100)));
}

#[tokio::test]
async fn what_was_delivered_and_is_old_goes_file_by_file() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path()).await;
    for number in 1..200 {
        append(&journal, [number]).await;
    }
    let late = Timestamp::from_second(100_000).unwrap();
    // What no file of keys has yet stays in any case.
    assert_eq!(journal.forget(Position(150), late).await.unwrap(), 0);
    drop(journal);
    let journal = open(folder.path()).await;
    let early = Timestamp::from_second(1_000).unwrap();
    assert_eq!(journal.forget(Position(150), early).await.unwrap(), 0);
    let before = files(folder.path()).len();
    let gone = journal.forget(Position(150), late).await.unwrap();
    assert!(gone > 0);
    assert_eq!(files(folder.path()).len(), before - gone);
    let first = journal.standing().first.0;
    assert!(first > 1 && first <= 151, "{first}");
    assert_eq!(all(&journal).await, numbered(first..200));
    let stretch = journal.read(Position(0), 1).await.unwrap();
    assert_eq!(stretch.missing, first - 1);
    assert_eq!(journal.standing().damaged, 0);
    assert_eq!(append(&journal, [1]).await, [Appended::Repeated]);
    let since = journal
        .since(Timestamp::from_second(1_180).unwrap())
        .await
        .unwrap();
    assert!(since.0 < 180 && since.0 > 100, "{since:?}");
    // Emptied, it goes on counting where it was.
    journal.forget(Position(1_000), late).await.unwrap();
    drop(journal);
    assert_eq!(
        append(&open(folder.path()).await, [500]).await,
        [Appended::New(Position(200))]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_bring_the_same_one_is_first() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Arc::new(open(folder.path()).await);
    let mut tasks = Vec::new();
    for _ in 0..16 {
        let journal = Arc::clone(&journal);
        tasks.push(tokio::spawn(async move { append(&journal, 1..50).await }));
    }
    let mut new = 0;
    for task in tasks {
        let appended = task.await.unwrap();
        new += appended
            .iter()
            .filter(|appended| **appended != Appended::Repeated)
            .count();
    }
    assert_eq!(new, 49);
    assert_eq!(all(&journal).await.len(), 49);
    assert!(journal.standing().syncs <= 16);
    tokio::time::timeout(Duration::from_secs(5), journal.grown(Position(48)))
        .await
        .unwrap();
}

#[tokio::test]
async fn one_process_at_a_time_writes() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path()).await;
    append(&journal, [1]).await;
    let other = FileJournal::open(folder.path(), small()).await.err().unwrap();
    assert_eq!(*other.trouble(), crate::Trouble::Locked);
    let reader = JournalReader::open(folder.path()).await.unwrap().unwrap();
    assert_eq!(
        reader.read(Position(0), 5).await.unwrap().events,
        [(Position(1), event(1))]
    );
    assert!(
        JournalReader::open(&folder.path().join("none"))
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn an_event_that_no_block_holds_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path()).await;
    let huge = Event {
        body: "x".repeat(super::LARGEST + 1).into(),
        ..event(1)
    };
    let fault = journal.append(vec![event(2), huge]).await.unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Rejected);
    assert_eq!(journal.end(), Position(0));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// However files are cut, changed or filled with zeros: the journal opens, what it reads is what was appended where it
    /// was, and what is appended afterwards is kept.
    #[test]
    fn any_damage_is_survived(
        sizes in prop::collection::vec(1_u64..30, 1..12),
        damages in prop::collection::vec((0_usize..100, 0.0_f64..1.0, 0_u8..3), 1..4),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let journal = open(folder.path()).await;
            let mut next = 1;
            for size in sizes {
                append(&journal, next..next + size).await;
                next += size;
            }
            drop(journal);
            for (file, place, how) in damages {
                let files = files(folder.path());
                let path = &files[file % files.len()];
                let mut bytes = fs::read(path).unwrap();
                let at = (bytes.len() as f64 * place) as usize;
                match how {
                    0 => bytes.truncate(at),
                    1 => bytes[at..].fill(0),
                    _ => if let Some(byte) = bytes.get_mut(at) { *byte ^= 0x55 },
                }
                fs::write(path, bytes).unwrap();
            }
            let journal = open(folder.path()).await;
            for (position, found) in all(&journal).await {
                assert_eq!(found, event(position));
            }
            let end = journal.end().0;
            assert!(end < next);
            let appended = append(&journal, [100_000]).await;
            assert_eq!(appended, [Appended::New(Position(end + 1))]);
            assert_eq!(all(&journal).await.last().unwrap(), &(end + 1, event(100_000)));
        });
    }
}
