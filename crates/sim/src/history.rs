//! A history, drawn from a seed and lived through.

use std::{collections::BTreeMap, fmt, time::Duration};

use model::{Direction, Value};

use crate::{
    counts::Befell,
    dice::Dice,
    disk::Ground,
    judge::{Word, judge},
    mischief::Defect,
    world::{Came, Stumble, World},
};

/// What to live through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Story {
    /// Where chance begins.
    pub seed: u64,
    /// The defect that is put in on purpose.
    pub defect: Defect,
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
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

/// Lives through a story from beginning to end.
pub fn replay(ground: &Ground, story: Story) -> Result<Told, Stumble> {
    let mut dice = Dice::of(story.seed, "history");
    let both = dice.percent(50);
    let mut world = World::new(ground, story, &choices(&mut dice, both))?;
    world.goes_back = both;
    let mut told = Told::default();
    let records = dice.between(4, 40);
    world.with_people(|people| people.settle_in(records));
    let faults = *dice.pick(&[0, 0, 20, 100, 400]).unwrap_or(&0);
    let shifts = *dice.pick(&[0, 0, 3, 10]).unwrap_or(&0);
    world.disturb(faults, shifts);
    for _ in 0..dice.between(3, 9) {
        let step = draw(&mut dice, both);
        told.steps += 1;
        world.with_people(|people| people.diary.push(format!("-- {step}")));
        take(&mut world, step, &mut told)?;
    }
    world.direction = match both {
        true => Direction::Both,
        false => Direction::Forward,
    };
    world.disturb(0, 0);
    world.room.fill(0, 0);
    come_to_rest(&mut world, &mut told)?;
    told.befell = world.counts.told();
    told.diary = world.with_people(|people| std::mem::take(&mut people.diary));
    told.sent = world.sent();
    Ok(told)
}

/// What the user of the import chose.
fn choices(dice: &mut Dice, both: bool) -> Vec<(&'static str, Value)> {
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

fn take(world: &mut World<'_>, step: Step, told: &mut Told) -> Result<(), Stumble> {
    match step {
        Step::EditLeft(edits) => world.with_people(|people| (0..edits).for_each(|_| people.edit_left())),
        Step::EditRight(edits) => world.with_people(|people| (0..edits).for_each(|_| people.edit_right())),
        Step::Sync(direction) => run(world, direction, None, told)?,
        Step::SyncKilled(direction, at) => run(world, direction, Some(at), told)?,
        Step::ClockJump(seconds) => {
            world.counts.count(Befell::ClockJump);
            world.ours.set_off(seconds);
        }
        Step::DiskFull { after, during } => world.room.fill(after, during),
        Step::Pass(seconds) => world.clock.pass(Duration::from_secs(seconds)),
    }
    Ok(())
}

fn run(
    world: &mut World<'_>,
    direction: Direction,
    dies_at: Option<u64>,
    told: &mut Told,
) -> Result<(), Stumble> {
    world.direction = direction;
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
    Ok(())
}

/// With nothing going wrong any more, both sides come to rest, and the judge looks at them.
fn come_to_rest(world: &mut World<'_>, told: &mut Told) -> Result<(), Stumble> {
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
    let before = world.twins.saved()?;
    if let Came::Report(_) = world.sync(None)?
        && world.twins.saved()? != before
    {
        told.findings
            .push("nothing comes to rest: the twins still change".to_owned());
    }
    let problems = world.problems()?;
    let word = Word {
        report: &report,
        problems: &problems,
    };
    told.findings.extend(judge(world, &word)?);
    Ok(())
}
