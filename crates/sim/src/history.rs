//! A history, drawn from a seed and lived through.

use std::{collections::BTreeMap, fmt, time::Duration};

use model::{Direction, Value};

use crate::{
    counts::Befell,
    dice::Dice,
    disk::Ground,
    judge::{Word, judge},
    mischief::Defect,
    mix::Mix,
    week,
    world::{Came, Stumble, World},
};

/// What to live through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Story {
    /// Where chance begins.
    pub seed: u64,
    /// The defect that is put in on purpose.
    pub defect: Defect,
    /// What befalls.
    pub mix: Mix,
    /// Whether every request is told.
    pub told: bool,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// How many steps it had.
    pub steps: u64,
    /// What befell.
    pub befell: BTreeMap<Befell, u64>,
    /// What must not be, one sentence each.
    pub findings: Vec<String>,
    /// What was done, in words.
    pub diary: Vec<String>,
    /// Everything that was sent, as one hash.
    pub sent: String,
}

impl Told {
    /// Takes over what the world counted and told.
    pub(crate) fn finish(&mut self, world: &World<'_>) {
        self.befell = world.counts.told();
        self.diary = world.with_people(|people| std::mem::take(&mut people.diary));
        self.sent = world.sent();
    }
}

/// So many runs must be enough, once nothing goes wrong any more, for both sides to come to rest.
const RUNS_TO_REST: usize = 2;

/// Something that happens to a world.
#[derive(Clone, Copy, Debug)]
enum Step {
    EditLeft(usize),
    EditRight(usize),
    Sync(Direction),
    SyncKilled(Direction, u64),
    ClockJump(i64),
    DiskFull { after: u64, during: u64 },
    Pass(u64),
    Decide,
    TakeBack,
    EditBoth(usize),
    Expire(usize),
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

/// Lives through a story from beginning to end.
pub fn replay(ground: &Ground, story: Story) -> Result<Told, Stumble> {
    if story.mix == Mix::Week {
        return week::replay(ground, story);
    }
    let (wide, desk) = (story.mix == Mix::Wide, story.mix == Mix::Desk);
    let (mut dice, mut more) = (Dice::of(story.seed, "history"), Dice::of(story.seed, "wide"));
    let both = dice.percent(50) && !desk;
    let mut chosen = match desk {
        true => desk_choices(&mut dice),
        false => all_choices(&mut dice, story.seed, both),
    };
    if wide {
        if both && more.percent(60) {
            chosen.retain(|(name, _)| *name != "clashes");
        }
        chosen.extend(wide_choices(&mut more));
    }
    let mut world = World::new(ground, story, &chosen)?;
    world.goes_back = both;
    note_choices(&world, &chosen);
    world.with_people(|people| (people.says_back, people.pictures) = (says_back(story.seed, both), wide));
    world.with_people(|people| people.parts = parts(story.seed) && !desk);
    if wide {
        world.costly = *more.pick(&[1, 40]).unwrap_or(&1);
        world.archive_some();
    }
    let mut told = Told::default();
    let records = dice.between(4, 40);
    world.with_people(|people| people.settle_in(records));
    let faults = *dice.pick(&[0, 0, 20, 100, 400]).unwrap_or(&0);
    let shifts = *dice.pick(&[0, 0, 3, 10]).unwrap_or(&0);
    let jumps = *more.pick(&[0, 0, 50]).filter(|_| wide).unwrap_or(&0);
    world.disturb(faults, shifts, jumps);
    let steps = dice.between(3, 9) + if wide { more.between(2, 6) } else { 0 };
    for _ in 0..steps {
        let step = match wide && more.percent(40) {
            true => draw_wide(&mut more),
            false => draw(&mut dice, both),
        };
        told.steps += 1;
        world.with_people(|people| people.diary.push(format!("-- {step}")));
        take(&mut world, step, &mut more, &mut told)?;
    }
    world.direction = match both {
        true => Direction::Both,
        false => Direction::Forward,
    };
    world.disturb(0, 0, 0);
    world.expire(0);
    world.room.fill(0, 0);
    if world.costly > 1 || parts(story.seed) || desk {
        ask_for_all(&mut world, &mut told)?;
    }
    come_to_rest(&mut world, &mut told)?;
    told.finish(&world);
    Ok(told)
}

/// What is only read in rounds, or is no more, is asked for.
pub(crate) fn ask_for_all(world: &mut World<'_>, told: &mut Told) -> Result<(), Stumble> {
    world.scope.rescan = true;
    run(world, None, told)?;
    world.scope.rescan = false;
    Ok(())
}

fn note_choices(world: &World<'_>, chosen: &[(&'static str, Value)]) {
    let words = chosen.iter().map(|(name, value)| format!(" {name}={value:?}"));
    let words: String = words.collect();
    world.with_people(|people| people.diary.push(format!("-- chosen:{words}")));
}

/// What the user chose, with what is drawn by chances of its own.
fn all_choices(dice: &mut Dice, seed: u64, both: bool) -> Vec<(&'static str, Value)> {
    let mut chosen = choices(dice, both);
    chosen.push(("comments_back", Value::Bool(says_back(seed, both))));
    chosen.extend(gone_right(seed));
    chosen
}

/// What the user of the import chose.
pub(crate) fn choices(dice: &mut Dice, both: bool) -> Vec<(&'static str, Value)> {
    let mut choices = Vec::new();
    if both {
        let clashes = *dice.pick(&["ask", "left", "right", "newest"]).unwrap_or(&"ask");
        choices.push(("clashes", Value::text(clashes)));
        for name in ["accounts_back", "contacts_back"] {
            choices.push((name, Value::Bool(dice.percent(60))));
        }
    }
    choices
}

/// Whether comments go back. By a chance of its own, so that all else befalls as it did before they could.
pub(crate) fn says_back(seed: u64, both: bool) -> bool {
    both && Dice::of(seed, "comments").percent(60)
}

/// Whether people delete and merge whole accounts and contacts: in every second history, and the others are as they were before
/// people did.
pub(crate) fn parts(seed: u64) -> bool {
    seed.is_multiple_of(2)
}

/// What is to become of what lost its counterpart.
pub(crate) fn gone_right(seed: u64) -> Option<(&'static str, Value)> {
    let mut dice = Dice::of(seed, "partings");
    let policy = *dice.pick(&["report", "again", "again", "leave"])?;
    parts(seed).then(|| ("gone_right", Value::text(policy)))
}

/// What the user chose besides.
pub(crate) fn wide_choices(dice: &mut Dice) -> Vec<(&'static str, Value)> {
    let gone = *dice
        .pick(&["report", "report", "archive", "delete", "delete"])
        .unwrap_or(&"report");
    let pictures = *dice.pick(&["none", "all", "own"]).unwrap_or(&"none");
    vec![("gone", Value::text(gone)), ("pictures", Value::text(pictures))]
}

/// What the user of a desk's import chose.
fn desk_choices(dice: &mut Dice) -> Vec<(&'static str, Value)> {
    let gone = *dice
        .pick(&["report", "archive", "delete", "delete"])
        .unwrap_or(&"report");
    let pictures = *dice.pick(&["all", "own", "none"]).unwrap_or(&"own");
    vec![
        ("gone", Value::text(gone)),
        ("pictures", Value::text(pictures)),
        ("all_conversations", Value::Bool(dice.percent(70))),
        ("tickets", Value::Bool(dice.percent(80))),
    ]
}

fn draw_wide(dice: &mut Dice) -> Step {
    match dice.below(10) {
        0..3 => Step::Decide,
        3..6 => Step::TakeBack,
        6..9 => Step::EditBoth(dice.between(1, 3)),
        _ => Step::Expire(*dice.pick(&[0, 40, 100]).unwrap_or(&0)),
    }
}

fn draw(dice: &mut Dice, both: bool) -> Step {
    let direction = match dice.below(4) {
        _ if !both => Direction::Forward,
        0 => Direction::Forward,
        1 => Direction::Reverse,
        _ => Direction::Both,
    };
    match dice.below(100) {
        0..25 => Step::EditLeft(dice.between(1, 6)),
        25..45 => Step::EditRight(dice.between(1, 4)),
        45..60 => Step::Sync(direction),
        60..70 => Step::SyncKilled(direction, dice.below(80) as u64),
        70..85 => Step::SyncKilled(direction, dice.below(320) as u64),
        85..90 => Step::ClockJump(dice.between(0, 200_000) as i64 - 100_000),
        90..95 => Step::DiskFull {
            after: dice.below(60) as u64,
            during: dice.between(1, 40) as u64,
        },
        _ => Step::Pass(dice.between(1, 100_000) as u64),
    }
}

fn take(world: &mut World<'_>, step: Step, dice: &mut Dice, told: &mut Told) -> Result<(), Stumble> {
    match step {
        Step::EditLeft(edits) => world.with_people(|people| (0..edits).for_each(|_| people.edit_left())),
        Step::EditRight(edits) => world.with_people(|people| (0..edits).for_each(|_| people.edit_right())),
        Step::Sync(direction) => {
            world.direction = direction;
            run(world, None, told)?;
        }
        Step::SyncKilled(direction, at) => {
            world.direction = direction;
            run(world, Some(at), told)?;
        }
        Step::Decide => {
            if world.goes_back {
                // First something that may have to be decided.
                world.with_people(|people| (0..2).for_each(|_| people.edit_both()));
                world.direction = Direction::Both;
                run(world, None, told)?;
            }
            let done = world.decide(dice)?;
            world.with_people(|people| people.diary.push(format!("   {done}")));
        }
        Step::TakeBack => {
            // First something that can be taken back.
            world.with_people(|people| (0..2).for_each(|_| people.edit_text()));
            world.direction = Direction::Forward;
            run(world, None, told)?;
            let done = world.take_back(dice)?;
            world.with_people(|people| people.diary.push(format!("   {done}")));
        }
        Step::EditBoth(edits) => world.with_people(|people| (0..edits).for_each(|_| people.edit_both())),
        Step::Expire(of_a_hundred) => world.expire(of_a_hundred),
        Step::ClockJump(seconds) => {
            world.counts.count(Befell::ClockJump);
            world.ours.set_off(seconds);
        }
        Step::DiskFull { after, during } => world.room.fill(after, during),
        Step::Pass(seconds) => world.clock.pass(Duration::from_secs(seconds)),
    }
    Ok(())
}

/// One run; that it waits for ever is a finding.
pub(crate) fn run(world: &mut World<'_>, dies_at: Option<u64>, told: &mut Told) -> Result<Came, Stumble> {
    let came = world.sync(dies_at)?;
    let words = match &came {
        Came::Report(report) => format!("a report; the certificate holds: {}", report.certificate.holds),
        Came::Stopped(fault) => format!("stopped: {}", model::chain(fault)),
        Came::Killed => "killed".to_owned(),
        Came::Stuck => "stuck".to_owned(),
    };
    let steps = world.death.steps();
    world.with_people(|people| people.diary.push(format!("   {words} after {steps} steps")));
    if matches!(came, Came::Stuck) {
        told.findings.push("a run waits for ever".to_owned());
    }
    Ok(came)
}

/// With nothing going wrong any more, both sides come to rest, and the judge looks at them.
pub(crate) fn come_to_rest(world: &mut World<'_>, told: &mut Told) -> Result<(), Stumble> {
    let mut last = None;
    for n in 0..RUNS_TO_REST {
        match world.sync(None)? {
            Came::Report(report) => {
                let writes = report.right_calls.writes;
                let lines: Vec<_> = report
                    .lines
                    .iter()
                    .filter(|line| line.created + line.updated > 0)
                    .collect();
                world.with_people(|people| people.diary.push(format!("-- at rest {n}: {lines:?} {writes}")));
                last = Some(report);
            }
            Came::Stopped(fault) => {
                told.findings.push(format!(
                    "a run that nothing disturbs stops: {}",
                    model::chain(&fault)
                ));
                return Ok(());
            }
            Came::Killed | Came::Stuck => {
                told.findings
                    .push("a run that nothing disturbs does not end".to_owned());
                return Ok(());
            }
        }
    }
    let Some(report) = last else { return Ok(()) };
    let before = world.twins.written()?;
    if let Came::Report(_) = world.sync(None)?
        && world.twins.written()? != before
    {
        told.findings
            .push("nothing comes to rest: the twins still change".to_owned());
    }
    let problems = world.problems()?;
    world.with_people(|people| {
        let said = problems.iter().map(|problem| {
            let (object, record) = (&problem.object, &problem.record);
            format!("   problem of {object} {record}: {}", problem.text)
        });
        people.diary.extend(said);
    });
    let word = Word {
        report: &report,
        problems: &problems,
    };
    told.findings.extend(judge(world, &word)?);
    Ok(())
}
