use model::{Base, Onto, PairRow, Pairing, Policy, Value, WhenGone};

use super::{Fate, Leaving, fate, may_go_although_changed, must_ask};

/// A pairing that does so with what is gone: `archives` says how to archive, `onto` that it shares.
fn pairing(gone: Option<WhenGone>, how: &str) -> Pairing {
    let stage = ("stage".into(), Value::text("archived"));
    Pairing {
        id: "company".into(),
        left: "company".into(),
        right: "account".into(),
        when: vec![],
        make: None,
        onto: how.contains("onto").then(|| Onto {
            pairing: "other".into(),
            by: "id".into(),
        }),
        joins: None,
        create: vec![],
        only: vec![],
        identify: vec![],
        back: None,
        gone,
        gone_right: None,
        archive: how.contains("archives").then_some(stage).into_iter().collect(),
        fields: vec![],
        rules: vec![],
        custom: None,
        ignore: vec![],
    }
}

fn check(gone: Option<WhenGone>, how: &str, expected: Fate) {
    let row = PairRow {
        pairing: "company".into(),
        left_object: "company".into(),
        left: "l".into(),
        right_object: "account".into(),
        right: "r".into(),
        base: Base::default(),
        adopted: how.contains("adopted"),
        waiting: false,
        returning: false,
        gone: None,
    };
    let is_shared = how.contains("joined");
    assert_eq!(
        fate(&pairing(gone, how), &row, is_shared),
        expected,
        "{gone:?} {how}"
    );
}

#[test]
fn a_counterpart_has_the_fate_that_its_pairing_says() {
    check(None, "", Fate::Stays);
    check(Some(WhenGone::Report), "archives", Fate::Stays);
    check(Some(WhenGone::Archive), "archives", Fate::Archived);
    check(Some(WhenGone::Archive), "", Fate::Stays);
    check(Some(WhenGone::Delete), "", Fate::Deleted);
    check(Some(WhenGone::Delete), "archives", Fate::Deleted);
}

#[test]
fn what_was_there_before_us_or_is_shared_is_never_deleted() {
    check(Some(WhenGone::Delete), "adopted", Fate::Stays);
    check(Some(WhenGone::Delete), "joined", Fate::Stays);
    check(Some(WhenGone::Archive), "joined archives", Fate::Stays);
    check(Some(WhenGone::Delete), "adopted archives", Fate::Archived);
    check(Some(WhenGone::Delete), "onto", Fate::Stays);
    check(Some(WhenGone::Archive), "onto archives", Fate::Stays);
}

#[test]
fn what_was_changed_goes_only_where_the_left_side_wins_every_clash() {
    let may = [Policy::Ask, Policy::Left, Policy::Right, Policy::Newest].map(may_go_although_changed);
    assert_eq!(may, [false, true, false, false]);
}

#[test]
fn many_go_only_after_asking() {
    for (taken, expected) in [
        // A handful goes, however few there are.
        (&[(5, 5)][..], false),
        (&[(6, 6)], true),
        // Beyond, one in a hundred.
        (&[(6, 599)], true),
        (&[(6, 600)], false),
        (&[(50, 5_000)], false),
        (&[(50, 4_999)], true),
        // Never more than fifty in all.
        (&[(51, 1_000_000)], true),
        (&[(5, 5), (5, 5), (5, 5)], false),
        (&[(30, 10_000), (21, 10_000)], true),
        (&[(0, 0)], false),
        (&[], false),
    ] {
        let leaving: Vec<Leaving> = taken
            .iter()
            .map(|(taken, pairs)| Leaving {
                taken: *taken,
                pairs: *pairs,
            })
            .collect();
        assert_eq!(must_ask(&leaving), expected, "{taken:?}");
    }
}
