use std::{collections::BTreeMap, sync::Arc};

use model::{Certificate, ImportId, Line, Mirror, Report, Run, RunState, Secret, Timestamp, Trigger};

use super::ground::{Ground, connection, count, email, import, left, progress, raws};
use crate::{ImportRow, Store, StoreError, Trouble, VaultKey};

pub fn run(import: &str, id: &str, second: i64) -> Run {
    Run {
        id: id.into(),
        import: import.into(),
        trigger: Trigger::Manual,
        started_at: Timestamp::from_second(second).unwrap(),
        state: RunState::Working,
        report: None,
    }
}

fn trouble<T>(result: Result<T, StoreError>) -> Trouble {
    match result {
        Ok(_) => panic!("it went well"),
        Err(error) => error.trouble().clone(),
    }
}

pub async fn connections_come_back_without_their_secret(ground: Ground) {
    let store = &ground.store;
    let (a, b) = (connection("a"), connection("b"));
    store.add_connection(&b, None).await.unwrap();
    store
        .add_connection(&a, Some(&Secret::new("s3cret")))
        .await
        .unwrap();
    assert_eq!(store.connections().await.unwrap(), [a.clone(), b.clone()]);
    assert_eq!(store.connection(&a.id).await.unwrap(), a);
    assert_eq!(store.secret(&a.id).await.unwrap().unwrap().reveal(), "s3cret");
    assert!(store.secret(&b.id).await.unwrap().is_none());
    let settings = BTreeMap::from([("region".to_owned(), "eu".to_owned())]);
    store.change_connection(&a.id, &settings, None).await.unwrap();
    assert_eq!(store.secret(&a.id).await.unwrap().unwrap().reveal(), "s3cret");
    store
        .change_connection(&a.id, &settings, Some(&Secret::new("other")))
        .await
        .unwrap();
    assert_eq!(store.secret(&a.id).await.unwrap().unwrap().reveal(), "other");
    assert_eq!(store.connection(&a.id).await.unwrap().settings, settings);
    assert_eq!(
        store.workspace("w").await.unwrap().connections().await.unwrap(),
        []
    );
}

pub async fn a_secret_opens_only_with_its_key_and_in_its_place(ground: Ground) {
    let store = &ground.store;
    for name in ["a", "b"] {
        store
            .add_connection(&connection(name), Some(&Secret::new("s3cret")))
            .await
            .unwrap();
    }
    let key = VaultKey::from_bytes([8; 32]);
    let other = Store::open(&ground.url, &key, ground.clock.clone())
        .await
        .unwrap();
    let error = other.secret(&"a".into()).await.unwrap_err();
    assert_eq!(*error.trouble(), Trouble::WrongKey { name: "a".to_owned() });
    assert!(error.hint().is_some());
    other.close().await;
    super::ground::execute(
        store,
        "update connection set secret = (select secret from connection where name = 'a') where name = 'b'",
    )
    .await;
    assert!(store.secret(&"a".into()).await.is_ok());
    assert!(matches!(
        trouble(store.secret(&"b".into()).await),
        Trouble::WrongKey { .. }
    ));
}

pub async fn a_connection_in_use_stays(ground: Ground) {
    let (store, import) = (&ground.store, ground.import("i").await);
    let in_use = Trouble::InUse {
        name: "d".to_owned(),
        import: "i".to_owned(),
    };
    assert_eq!(trouble(store.remove_connection(&"d".into()).await), in_use);
    store.delete_import(&import).await.unwrap();
    store.remove_connection(&"d".into()).await.unwrap();
    assert_eq!(store.connections().await.unwrap(), [connection("p")]);
}

pub async fn a_removed_connection_takes_its_mirror_along(ground: Ground) {
    let store = &ground.store;
    store.add_connection(&connection("p"), None).await.unwrap();
    store
        .keep(&left(), &raws(&["a"]), &[email("a", "a@x")], &progress(1, "c"))
        .await
        .unwrap();
    store.remove_connection(&"p".into()).await.unwrap();
    for table in ["endpoint", "met", "raw", "handle", "connection"] {
        assert_eq!(count(store, table).await, 0, "{table}");
    }
    assert_eq!(store.progress(&left()).await.unwrap(), None);
    store
        .keep(&left(), &raws(&["a"]), &[], &progress(1, "c"))
        .await
        .unwrap();
    assert_eq!(count(store, "raw").await, 1);
}

pub async fn imports_come_back_with_their_version(ground: Ground) {
    let store = &ground.store;
    let id: ImportId = ground.import("i").await;
    ground.import("h").await;
    let row = |name: &str| ImportRow {
        import: import(name),
        version: 1,
    };
    assert_eq!(store.imports().await.unwrap(), [row("h"), row("i")]);
    let mut recipe = import("i").recipe;
    recipe.name = "edited".to_owned();
    assert_eq!(store.change_recipe(&id, &recipe).await.unwrap(), 2);
    assert_eq!(store.change_recipe(&id, &recipe).await.unwrap(), 3);
    store.change_options(&id, &BTreeMap::new()).await.unwrap();
    let found = store.import(&id).await.unwrap();
    assert_eq!((found.version, found.import.recipe), (3, recipe));
    assert!(found.import.options.is_empty());
}

pub async fn names_are_taken_or_missing(ground: Ground) {
    let store = &ground.store;
    let missing = |what, name: &str| Trouble::Missing {
        what,
        name: name.to_owned(),
    };
    let taken = |what, name: &str| Trouble::Taken {
        what,
        name: name.to_owned(),
    };
    assert_eq!(
        trouble(store.add_import(&import("i")).await),
        missing("connection", "p")
    );
    let id = ground.import("i").await;
    assert_eq!(
        trouble(store.add_import(&import("i")).await),
        taken("import", "i")
    );
    assert_eq!(
        trouble(store.add_connection(&connection("p"), None).await),
        taken("connection", "p")
    );
    let (x, settings) = ("x".into(), BTreeMap::new());
    assert_eq!(trouble(store.connection(&x).await), missing("connection", "x"));
    assert_eq!(trouble(store.secret(&x).await), missing("connection", "x"));
    assert_eq!(
        trouble(store.remove_connection(&x).await),
        missing("connection", "x")
    );
    assert_eq!(
        trouble(store.change_connection(&x, &settings, None).await),
        missing("connection", "x")
    );
    assert_eq!(trouble(store.import(&"x".into()).await), missing("import", "x"));
    assert_eq!(
        trouble(store.delete_import(&"x".into()).await),
        missing("import", "x")
    );
    assert_eq!(trouble(store.run(&"x".into()).await), missing("run", "x"));
    assert_eq!(
        trouble(store.finish_run(&run("i", "x", 1)).await),
        missing("run", "x")
    );
    assert_eq!(store.last_run(&id).await.unwrap(), None);
}

pub async fn runs_come_back_latest_first(ground: Ground) {
    let (store, import) = (&ground.store, ground.import("i").await);
    ground.import("j").await;
    let (first, mut second) = (run("i", "a", 1), run("i", "b", 2));
    for run in [&first, &second, &run("j", "c", 3)] {
        store.begin_run(run).await.unwrap();
    }
    let mut line = Line::new(&"accounts".into());
    line.created = 12;
    second.state = RunState::Incomplete {
        at: Timestamp::from_second(9).unwrap(),
    };
    second.report = Some(Report {
        lines: vec![line],
        excluded: BTreeMap::from([("company".into(), 3)]),
        certificate: Certificate {
            gaps: vec!["one".to_owned()],
            ..Certificate::default()
        },
        ..Report::default()
    });
    store.finish_run(&second).await.unwrap();
    assert_eq!(store.run(&"b".into()).await.unwrap(), second);
    assert_eq!(store.runs(&import, 9).await.unwrap(), [second.clone(), first]);
    assert_eq!(store.runs(&import, 1).await.unwrap(), [second.clone()]);
    assert_eq!(store.last_run(&import).await.unwrap(), Some(second));
    let elsewhere = store.workspace("w").await.unwrap();
    assert!(elsewhere.run(&"b".into()).await.is_err());
}

pub async fn everything_outlives_the_program(ground: Ground) {
    let import = ground.import("i").await;
    let secret = Secret::new("s3cret");
    ground
        .store
        .add_connection(&connection("s"), Some(&secret))
        .await
        .unwrap();
    ground.store.begin_run(&run("i", "a", 1)).await.unwrap();
    let store = Arc::new(ground.reopen().await);
    assert_eq!(
        store.secret(&"s".into()).await.unwrap().unwrap().reveal(),
        "s3cret"
    );
    assert_eq!(store.import(&import).await.unwrap().version, 1);
    assert_eq!(store.last_run(&import).await.unwrap(), Some(run("i", "a", 1)));
}
