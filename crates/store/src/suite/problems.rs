use model::{Intents, Problem, ProblemKind, RecordId, Settled, Settlement};

use super::ground::{Ground, company, ids, settled};
use crate::{Looked, Store};

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

pub async fn problems_are_found_by_the_beginning_of_their_id(ground: Ground) {
    let (store, import) = (&ground.store, ground.import("i").await);
    ground.import("j").await;
    let all: Vec<Problem> = (0..40)
        .map(|number| problem(&format!("r{number}"), "why"))
        .collect();
    open(store, "i", &all).await;
    open(store, "j", &[problem("other", "why")]).await;
    for one in all.iter().take(5).chain([&problem("other", "why")]) {
        let id = one.id().to_string();
        for begin in [id.as_str(), &id[..12], &id[..12].to_uppercase()] {
            let found = store.problems_named(begin).await.unwrap();
            assert_eq!(found.len(), 1, "{begin}");
            assert_eq!((&found[0].problem, found[0].id), (one, one.id()));
            let of = if one.record.as_str() == "other" { "j" } else { "i" };
            assert_eq!(found[0].import.as_str(), of);
        }
    }
    // Forty ids begin with sixteen digits.
    let several = most_named(store).await;
    assert_eq!(several, 2);
    for begin in ["", "no digits", &"0".repeat(33)] {
        assert_eq!(store.problems_named(begin).await.unwrap(), [], "{begin}");
    }
    let looked = Looked {
        record: Some("r7".into()),
        kind: Some(ProblemKind::Refused),
        object: Some(company()),
    };
    let found = store.look_for_problems(&import, &looked, 9).await.unwrap();
    assert_eq!(
        found.iter().map(|open| &open.problem).collect::<Vec<_>>(),
        [&all[7]]
    );
    let none = Looked {
        kind: Some(ProblemKind::Clash),
        ..Looked::default()
    };
    assert_eq!(store.look_for_problems(&import, &none, 9).await.unwrap(), []);
    let all_open = store.look_for_problems(&import, &Looked::default(), 99).await;
    assert_eq!(all_open.unwrap().len(), 40);
}

/// The most problems that any one digit names.
async fn most_named(store: &Store) -> usize {
    let mut most = 0;
    for digit in "0123456789abcdef".chars() {
        most = most.max(store.problems_named(&digit.to_string()).await.unwrap().len());
    }
    most
}

pub async fn a_pair_can_be_planned_again(ground: Ground) {
    let (store, import) = (&ground.store, ground.import("i").await);
    let pairs = [settled("a", "a"), settled("b", "b")];
    let settlement = Settlement {
        settled: &pairs,
        ..Settlement::default()
    };
    store.settle(&import, &"run".into(), &settlement).await.unwrap();
    store
        .plan_again(&import, &company(), &ids(&["b", "c"]))
        .await
        .unwrap();
    let waiting = store.waiting(&import, &company(), None, 9).await.unwrap();
    assert_eq!(waiting, ids(&["b"]));
}
