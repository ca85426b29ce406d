//! The simulation simulates: the same seed is the same history, what shall go wrong does, and defects are noticed.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    Befell, Defect, Ground, Mix, Moment, Rehearsal, Story, Told,
    limit::Limit,
    replay,
    world::{Came, World},
};

/// Seeds whose histories ended badly once.
const FAILED_ONCE: &str = include_str!("../seeds.txt");

/// Enough histories for everything to befall.
const SEEDS: u64 = 24;

fn tell(ground: &Ground, seed: u64, defect: Defect) -> Told {
    let story = Story {
        seed,
        defect,
        ..Story::default()
    };
    replay(ground, story).unwrap()
}

#[test]
fn histories_end_well_and_everything_befalls() {
    let ground = Ground::new().unwrap();
    let mut befell: BTreeMap<Befell, u64> = BTreeMap::new();
    for seed in 0..SEEDS {
        let told = tell(&ground, seed, Defect::None);
        assert_eq!(told.findings, Vec::<String>::new(), "just sim --seed {seed}");
        for (what, n) in told.befell {
            *befell.entry(what).or_default() += n;
        }
    }
    for what in [
        Befell::Throttled,
        Befell::ServerError,
        Befell::Reset,
        Befell::LostAnswer,
        Befell::Truncated,
        Befell::Delay,
        Befell::PageShift,
        Befell::DiskFull,
        Befell::ClockJump,
        Befell::Killed(Moment::BeforeCommit),
        Befell::Killed(Moment::AfterCommit),
        Befell::Killed(Moment::BeforeRequest),
        Befell::Killed(Moment::BeforeAnswer),
        Befell::StoppedRun,
        Befell::Birth,
        Befell::WentBack,
        Befell::Edit("left: type changed"),
        Befell::Edit("left: comment deleted"),
        Befell::Edit("left: custom field renamed"),
        Befell::Edit("right: field of ours changed"),
        Befell::Edit("right: counterpart deleted"),
        Befell::Edit("right: account deleted"),
        Befell::Edit("right: contact deleted"),
        Befell::Edit("right: accounts merged"),
        Befell::Edit("right: contacts merged"),
        Befell::Edit("left: companies merged"),
        Befell::Edit("left: end users merged"),
        Befell::MadeAgain,
        Befell::Joined,
        Befell::Asked,
    ] {
        assert!(befell.contains_key(&what), "{what} never befell: {befell:?}");
    }
}

#[test]
fn what_befalls_less_often_befalls_and_ends_well() {
    let ground = Ground::new().unwrap();
    let mut befell: BTreeMap<Befell, u64> = BTreeMap::new();
    for seed in 0..SEEDS {
        let story = Story {
            seed,
            mix: Mix::Wide,
            ..Story::default()
        };
        let told = replay(&ground, story).unwrap();
        assert_eq!(
            told.findings,
            Vec::<String>::new(),
            "just sim --mix wide --seed {seed}"
        );
        for (what, n) in told.befell {
            *befell.entry(what).or_default() += n;
        }
    }
    for what in [
        Befell::ClockJumpDuring,
        Befell::Decision,
        Befell::Undone,
        Befell::Expired,
    ] {
        assert!(befell.contains_key(&what), "{what} never befell: {befell:?}");
    }
}

#[test]
fn seeds_that_failed_once_end_well() {
    let ground = Ground::new().unwrap();
    let lines = FAILED_ONCE
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty());
    for line in lines {
        let (which, _) = line.split_once(':').expect("a seed, a colon and a cause");
        let (mix, seed) = which.split_once(' ').unwrap_or(("plain", which));
        let story = Story {
            seed: seed.trim().parse().expect("a seed"),
            mix: mix.parse().expect("a mix"),
            ..Story::default()
        };
        let told = replay(&ground, story).unwrap();
        assert_eq!(
            told.findings,
            Vec::<String>::new(),
            "just sim --mix {mix} --seed {}",
            story.seed
        );
    }
}

#[test]
fn a_seed_is_the_same_history_every_time() {
    let (one, other) = (Ground::new().unwrap(), Ground::new().unwrap());
    for seed in [2, 8, 15] {
        let (first, second) = (tell(&one, seed, Defect::None), tell(&other, seed, Defect::None));
        assert_eq!(first.diary, second.diary);
        assert_eq!(first.sent, second.sent, "{seed}");
        assert_eq!(first.befell, second.befell);
    }
}

/// A defect is noticed within so many seeds.
fn check(defect: Defect, within: u64) {
    let ground = Ground::new().unwrap();
    let is_noticed = |seed| !tell(&ground, seed, defect).findings.is_empty();
    assert!((0..within).any(is_noticed), "{defect:?} is not noticed");
}

#[test]
fn a_program_that_never_looks_back_is_noticed() {
    check(Defect::NoLookBack, 60);
}

#[test]
fn a_program_that_forgets_what_was_agreed_is_noticed() {
    check(Defect::NoBase, 60);
}

#[test]
fn a_program_that_settles_before_it_writes_is_noticed() {
    check(Defect::SettleFirst, 60);
}

#[test]
fn a_run_that_is_killed_comes_to_the_same_end() {
    let ground = Ground::new().unwrap();
    let rehearsal = Rehearsal::new(&ground, 80, Mix::Plain).unwrap();
    assert!(rehearsal.points > 200, "{}", rehearsal.points);
    // All of them: just crash-points
    let crashes = rehearsal.crash_every(37, 7).unwrap();
    assert!(crashes.tried > 5, "{}", crashes.tried);
    assert_eq!(crashes.failed, vec![]);
    // What goes back comes last.
    let back = rehearsal.crash_every(5, rehearsal.points * 5 / 6).unwrap();
    assert_eq!(back.failed, vec![]);
}

/// Every allowed call is used while there is work, none is refused, and the plan says beforehand how long it takes.
#[test]
fn a_limit_is_used_up_and_the_end_is_foretold() {
    let ground = Ground::new().unwrap();
    for (records, requests) in [(150, 25), (300, 60)] {
        let window = Duration::from_secs(60);
        let mut world = World::new(&ground, Story::default(), &[]).unwrap();
        world.with_people(|people| people.settle_in(records));
        world.limit_right(Some(Limit::new(requests, window)));
        let plan = world.plan().unwrap();
        // What the plan itself took of the limit is forgotten by the time that somebody approves it.
        world.clock.pass(window);
        world.limit_right(Some(Limit::new(requests, window)));
        let began = world.clock.passed();
        assert!(
            matches!(world.sync(None).unwrap(), Came::Report(_)),
            "the run ends"
        );
        let took = (world.clock.passed() - began).as_secs_f64();
        let used = world.used_right();
        println!(
            "{records} records took {took:.0} s of {:?}: {:?}",
            plan.cost, used.windows
        );
        assert_eq!(used.refused, 0, "no call beyond the limit");
        let full = used.windows.len() - 1;
        assert!(full > 5, "{:?}", used.windows);
        let share = used.windows.iter().take(full).sum::<u64>() as f64 / (full as u64 * requests) as f64;
        assert!(
            share >= 0.95,
            "{share} of what is allowed is used: {:?}",
            used.windows
        );
        let near = |planned: u64, actual: f64| (planned as f64 - actual).abs() <= actual * 0.1;
        let sent = used.windows.iter().sum::<u64>() as f64;
        assert!(
            near(plan.cost.right_calls, sent),
            "{} calls planned, {sent} made",
            plan.cost.right_calls
        );
        assert!(
            near(plan.cost.takes_seconds, took),
            "{} s planned, {took} s taken",
            plan.cost.takes_seconds
        );
    }
}
