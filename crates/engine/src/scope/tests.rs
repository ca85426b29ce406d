#![allow(clippy::unwrap_used)]

use model::Timestamp;

use super::*;

const PAIRINGS: &str = "company:company>account usage:usage>account enduser:enduser>contact \
    ticket:conversation>ticket mail:conversation>custom:mail todo:task>ticket note:note>custom:note";

fn import() -> Import {
    let pairings = PAIRINGS.split_whitespace().map(|pairing| {
        let (id, objects) = pairing.split_once(':').unwrap();
        let (left, right) = objects.split_once('>').unwrap();
        Pairing {
            id: PairingId::new(id),
            left: left.into(),
            right: right.into(),
            when: vec![],
            make: None,
            onto: None,
            joins: None,
            create: vec![],
            only: vec![],
            identify: vec![],
            back: None,
            fields: vec![],
            rules: vec![],
            custom: None,
            ignore: vec![],
            gone: None,
            gone_right: None,
            archive: Default::default(),
        }
    });
    Import {
        id: "i".into(),
        left: "l".into(),
        right: "r".into(),
        recipe: Recipe {
            name: "r".to_owned(),
            left: "planhat".into(),
            right: "devrev".into(),
            options: vec![],
            clashes: model::Policy::Ask,
            pairings: pairings.collect(),
        },
        options: Default::default(),
        created_at: Timestamp::UNIX_EPOCH,
    }
}

fn check(words: &[&str], expected: &str) {
    let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
    let taken = match part(&import(), &words) {
        Ok(part) => {
            let ids = part.recipe.pairings.iter().map(|pairing| pairing.id.to_string());
            ids.collect::<Vec<_>>().join(" ")
        }
        Err(fault) => model::chain(&fault),
    };
    assert_eq!(taken, expected, "{words:?}");
}

#[test]
fn what_shares_an_object_is_taken_up_together() {
    check(&[], "company usage enduser ticket mail todo note");
    check(&["note"], "note");
    check(&["contact"], "enduser");
    check(&["company"], "company usage");
    check(&["usage", "note"], "company usage note");
    check(&["mail"], "ticket mail todo");
    check(&["todo"], "ticket mail todo");
}

#[test]
fn a_word_that_means_nothing_is_refused() {
    check(
        &["company", "tickets"],
        "choosing the objects of a run cannot work as it is set up: the recipe, as it was chosen, has no `tickets`",
    );
}
