//! What only a file can do: be unreadable, full, locked or of another version.

use std::{fs, sync::Arc};

use model::{Fault, FaultKind, Mirror, Raw, Secret, chain};

use super::ground::{Ground, connection, execute, keep, left, on_lite, progress, raw};
use crate::{Store, StoreError, Trouble, VaultKey};

async fn open(ground: &Ground, url: &str) -> StoreError {
    Store::open(url, &ground.key, ground.clock.clone())
        .await
        .unwrap_err()
}

fn path(ground: &Ground) -> &str {
    ground.url.strip_prefix("sqlite:").unwrap()
}

#[tokio::test]
async fn what_cannot_be_opened_is_said_clearly() {
    on_lite(|ground| async move {
        let folder = std::path::Path::new(path(&ground)).parent().unwrap().to_owned();
        let text = folder.join("text");
        fs::write(&text, "certainly no database ".repeat(1_000)).unwrap();
        let text = text.display().to_string();
        for (url, trouble) in [
            ("sqlite:/nowhere/at/all/store.db", Trouble::Unreadable),
            (folder.to_str().unwrap(), Trouble::Unreadable),
            (text.as_str(), Trouble::Corrupt),
            ("mysql://root@localhost/x", Trouble::BadAddress),
            ("", Trouble::BadAddress),
            ("postgres://nobody@127.0.0.1:1/x", Trouble::Unreachable),
        ] {
            let error = open(&ground, url).await;
            assert_eq!(*error.trouble(), trouble, "{url}: {}", chain(&error));
            assert!(error.hint().is_some());
            assert_eq!(Fault::from(error).kind(), FaultKind::Settings);
        }
    })
    .await;
}

#[tokio::test]
async fn a_database_of_another_version_is_left_alone() {
    on_lite(|ground| async move {
        execute(
            &ground.store,
            "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
             values (999, 'later', true, x'00', 1)",
        )
        .await;
        ground.store.close().await;
        let error = open(&ground, &ground.url).await;
        assert_eq!(*error.trouble(), Trouble::OtherVersion);
        assert_eq!(
            error.to_string(),
            "opening the database failed: another version of Interline made the database"
        );
    })
    .await;
}

#[tokio::test]
async fn a_full_disk_loses_nothing() {
    on_lite(|ground| async move {
        let store = &ground.store;
        keep(store, &left(), &[raw("a", "")], 1).await;
        execute(store, "pragma max_page_count = 60").await;
        let page: Vec<Raw> = (0..2_000)
            .map(|n| raw(&format!("r{n}"), &format!("{n} ").repeat(50)))
            .collect();
        let fault = store
            .keep(&left(), &page, &[], &progress(2, "d"))
            .await
            .unwrap_err();
        assert_eq!(fault.kind(), FaultKind::Settings);
        assert_eq!(
            fault.to_string(),
            "keeping a page cannot work as it is set up: the disk is full"
        );
        assert!(fault.advice().is_some());
        assert_eq!(store.progress(&left()).await.unwrap(), Some(progress(1, "c")));
        execute(store, "pragma max_page_count = 1000000").await;
        assert_eq!(keep(store, &left(), &page, 2).await.new, 2_000);
    })
    .await;
}

#[tokio::test]
async fn a_locked_database_is_said_to_be_locked() {
    on_lite(|ground| async move {
        execute(&ground.store, "pragma busy_timeout = 0").await;
        let other = Store::open(&ground.url, &ground.key, ground.clock.clone())
            .await
            .unwrap();
        let crate::db::Db::Lite(pool) = &other.writer else {
            panic!()
        };
        let held = pool.begin_with("begin immediate").await.unwrap();
        let fault = ground
            .store
            .keep(&left(), &[raw("a", "")], &[], &progress(1, "c"))
            .await
            .unwrap_err();
        assert_eq!(fault.words(), Some("the database is locked by another program"));
        held.rollback().await.unwrap();
        other.close().await;
        keep(&ground.store, &left(), &[raw("a", "")], 1).await;
    })
    .await;
}

#[tokio::test]
async fn no_secret_is_in_the_files_as_it_is() {
    on_lite(|ground| async move {
        let secret = Secret::new("a-token-that-nobody-may-read");
        ground
            .store
            .add_connection(&connection("named-so"), Some(&secret))
            .await
            .unwrap();
        let mut bytes = Vec::new();
        for suffix in ["", "-wal"] {
            bytes.extend(fs::read(format!("{}{suffix}", path(&ground))).unwrap());
        }
        let has = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(has("named-so"));
        assert!(!has("a-token-that-nobody-may-read"));
        assert!(!has("nobody-may-read"));
        assert!(!format!("{:?} {:?}", ground.store, ground.key).contains('7'));
    })
    .await;
}

#[test]
fn a_key_file_is_made_once_and_private() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let path = path.clone();
            std::thread::spawn(move || VaultKey::load_or_create(path).unwrap())
        })
        .collect();
    let keys: Vec<VaultKey> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    let secret = Secret::new("s");
    let sealed = keys[0].seal("here", &secret).unwrap();
    assert!(
        keys.iter()
            .all(|key| key.open("here", &sealed).unwrap().reveal() == "s")
    );
    assert!(keys[1].open("there", &sealed).is_none());
    assert_ne!(sealed, keys[0].seal("here", &secret).unwrap());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_key_that_is_none_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (short, odd) = ("ab".repeat(31), format!("{}+1", "ab".repeat(31)));
    for text in ["", short.as_str(), odd.as_str(), &"é".repeat(32)] {
        assert_eq!(
            *VaultKey::from_text(text).unwrap_err().trouble(),
            Trouble::BadKey,
            "{text}"
        );
        let path = folder.path().join("key");
        fs::write(&path, text).unwrap();
        let error = VaultKey::load_or_create(&path).unwrap_err();
        assert_eq!(*error.trouble(), Trouble::BadKey, "{text}");
    }
    assert!(VaultKey::from_text(&format!("{}\n", "aB".repeat(32))).is_ok());
    let nowhere = VaultKey::load_or_create("/nowhere/at/all/key").unwrap_err();
    assert_eq!(*nowhere.trouble(), Trouble::Unreadable);
    let _: Arc<StoreError> = Arc::new(nowhere);
}
