use model::{Intents, Problem, ProblemKind, RecordId, Settled, Settlement};

use super::ground::{Ground, company, ids, settled};
use crate::Store;

pub fn problem(record: &str, text: &str) -> Problem {
    Problem {
        kind: ProblemKind::Refused,
        pairing: Some("accounts".into()),
        side: model::Side::Right,
        object: company(),
        record: record.into(),
        title: format!("Company {record}"),
        field: None,
        text: text.to_owned(),
        hint: Some("try again".to_owned()),
        blocks: true,
    }
}

/// Keeps a batch of which these records were planned, and these problems found.
async fn plan(store: &Store, import: &str, planned: &[&str], problems: &[Problem]) {
    let (object, planned) = (company(), ids(planned));
    let settlement = Settlement {
        problems,
        planned_records: &planned,
        object: Some((&object, model::Side::Right)),
        ..Settlement::default()
    };
    store
        .settle(&import.into(), &"run".into(), &settlement)
        .await
        .unwrap();
}

pub async fn open(store: &Store, import: &str, problems: &[Problem]) {
    plan(store, import, &[], problems).await;
}

async fn problems(store: &Store) -> Vec<Problem> {
    store.problems(&"i".into(), 100).await.unwrap()
}

pub async fn problems_close_when_their_record_is_planned_again(ground: Ground) {
    let (store, import) = (&ground.store, ground.import("i").await);
    let clash = Problem {
        kind: ProblemKind::Clash,
        field: Some("name".into()),
        pairing: None,
        hint: None,
        blocks: false,
        ..problem("b", "both changed")
    };
    plan(
        store,
        "i",
        &["a", "b"],
        &[problem("a", "first"), problem("a", "second"), clash.clone()],
    )
    .await;
    assert_eq!(problems(store).await, [problem("a", "second"), clash.clone()]);
    assert_eq!(store.count_problems(&import).await.unwrap(), (2, 1));
    assert_eq!(store.problems(&import, 1).await.unwrap().len(), 1);
    plan(store, "i", &["a", "c"], &[problem("c", "new")]).await;
    assert_eq!(problems(store).await, [clash, problem("c", "new")]);
    plan(store, "i", &["a", "b", "c"], &[]).await;
    assert_eq!(problems(store).await, []);
    assert_eq!(store.count_problems(&import).await.unwrap(), (0, 0));
}

pub async fn a_problem_that_stays_keeps_its_age(ground: Ground) {
    let store = &ground.store;
    ground.import("i").await;
    open(store, "i", &[problem("z", "oldest")]).await;
    ground.tick();
    open(store, "i", &[problem("b", "younger")]).await;
    ground.tick();
    plan(store, "i", &["z"], &[problem("z", "still")]).await;
    assert_eq!(
        problems(store).await,
        [problem("z", "still"), problem("b", "younger")]
    );
    plan(store, "i", &["z"], &[]).await;
    ground.tick();
    open(store, "i", &[problem("z", "back")]).await;
    assert_eq!(
        problems(store).await,
        [problem("b", "younger"), problem("z", "back")]
    );
}

pub async fn waiting_records_come_in_pages(ground: Ground) {
    let (store, import) = (&ground.store, ground.import("i").await);
    let clash = Problem {
        kind: ProblemKind::Clash,
        blocks: false,
        ..problem("B", "")
    };
    let harmless = Problem {
        kind: ProblemKind::DoesNotFit,
        blocks: false,
        ..problem("a", "")
    };
    let waits: Vec<Settled> = ["c", "e"]
        .iter()
        .map(|left| Settled {
            waiting: true,
            ..settled(left, left)
        })
        .chain([settled("d", "d")])
        .collect();
    let problems = [clash, harmless, problem("c", ""), problem("f", "")];
    let settlement = Settlement {
        settled: &waits,
        problems: &problems,
        ..Settlement::default()
    };
    store.settle(&import, &"run".into(), &settlement).await.unwrap();
    let page = |after: Option<&'static str>, at_most: usize| {
        let import = import.clone();
        async move {
            let after = after.map(RecordId::from);
            store
                .waiting(&import, &company(), after.as_ref(), at_most)
                .await
                .unwrap()
        }
    };
    assert_eq!(page(None, 9).await, ids(&["B", "c", "e", "f"]));
    assert_eq!(page(None, 2).await, ids(&["B", "c"]));
    assert_eq!(page(Some("c"), 9).await, ids(&["e", "f"]));
    let other = store.waiting(&import, &"user".into(), None, 9).await.unwrap();
    assert_eq!(other, []);
}

pub async fn odd_texts_are_kept(ground: Ground) {
    let store = &ground.store;
    ground.import("i").await;
    open(store, "i", &[problem("a", "nul \0 quote ' \" \\ 漢 \u{202e}")]).await;
    assert_eq!(
        problems(store).await[0].text,
        "nul \u{fffd} quote ' \" \\ 漢 \u{202e}"
    );
    let long = problem("b", &"word ".repeat(50_000));
    open(store, "i", std::slice::from_ref(&long)).await;
    assert_eq!(problems(store).await[1], long);
}
