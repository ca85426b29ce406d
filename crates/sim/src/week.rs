//! A week of hourly syncs, as a customer's server has it.

use std::time::Duration;

use model::{Direction, How, Report, Value};

use crate::{
    counts::Befell,
    dice::Dice,
    disk::Ground,
    history::{
        Story, Told, ask_for_all, choices, come_to_rest, gone_right, parts, run, says_back, wide_choices,
    },
    people::People,
    world::{Came, Stumble, World},
};

const HOURS: u64 = 168;
/// In the last hours nothing is edited and nothing goes wrong: by then every record was read again, twice over.
const CALM: u64 = 51;
const HOUR: Duration = Duration::from_secs(3_600);

/// Lives through a week.
pub fn replay(ground: &Ground, story: Story) -> Result<Told, Stumble> {
    let mut dice = Dice::of(story.seed, "week");
    let both = dice.percent(50);
    let mut chosen = choices(&mut dice, both);
    chosen.extend(wide_choices(&mut dice));
    chosen.push(("comments_back", Value::Bool(says_back(story.seed, both))));
    chosen.extend(gone_right(story.seed));
    let mut world = World::new(ground, story, &chosen)?;
    world.goes_back = both;
    world.direction = match both {
        true => Direction::Both,
        false => Direction::Forward,
    };
    world.costly = *dice.pick(&[1, 40]).unwrap_or(&1);
    let records = dice.between(15, 60);
    world.with_people(|people| {
        people.pictures = true;
        people.parts = parts(story.seed);
        people.says_back = says_back(story.seed, both);
        people.settle_in(records);
    });
    let mut told = Told::default();
    let mut calm = 0;
    for hour in 0..HOURS {
        told.steps += 1;
        if hour < HOURS - CALM {
            a_deed(&mut world, &mut dice, &mut calm)?;
        }
        let dies_at = match hour < HOURS - CALM {
            true => an_hour(&mut world, &mut dice, &mut calm),
            false => {
                be_calm(&world);
                None
            }
        };
        world.with_people(|people| people.diary.push(format!("-- hour {hour}")));
        let before = world.twins.saved()?;
        let came = run(&mut world, dies_at, &mut told)?;
        let is_done = matches!(came, Came::Report(_));
        // Where everything is read each time, what is agreed on rests at once.
        let rests = if world.costly > 1 { CALM } else { 3 };
        if is_done && calm >= rests && world.twins.saved()? != before {
            told.findings.push(format!(
                "hour {hour}: nothing was to be done, and something was written"
            ));
        }
        calm = if is_done { calm + 1 } else { 0 };
        if let (Came::Report(report), true) = (&came, hour + 1 == HOURS) {
            told.findings.extend(stale(&world, report));
        }
        world.clock.pass(HOUR);
    }
    // An account that went without a word, and that nothing names, is missed by nobody else.
    if parts(story.seed) {
        ask_for_all(&mut world, &mut told)?;
    }
    come_to_rest(&mut world, &mut told)?;
    told.finish(&world);
    Ok(told)
}

/// The user of the import may decide, or take something back.
fn a_deed(world: &mut World<'_>, dice: &mut Dice, calm: &mut u64) -> Result<(), Stumble> {
    let done = match dice.below(20) {
        0 | 1 => world.decide(dice)?,
        2 => world.take_back(dice)?,
        _ => return Ok(()),
    };
    *calm = 0;
    world.with_people(|people| people.diary.push(format!("   {done}")));
    Ok(())
}

/// Somebody may edit, and something may go wrong. At which step the run is killed, if it is.
fn an_hour(world: &mut World<'_>, dice: &mut Dice, calm: &mut u64) -> Option<u64> {
    be_calm(world);
    let before = (dice.percent(35), dice.percent(20), dice.percent(12));
    if before.0 {
        let edits = dice.between(1, 4);
        world.with_people(|people| (0..edits).for_each(|_| people.edit_left()));
    }
    if before.0 && dice.percent(20) {
        world.with_people(People::edit_both);
    }
    if before.1 {
        let edits = dice.between(1, 3);
        world.with_people(|people| (0..edits).for_each(|_| people.edit_right()));
    }
    if before.2 {
        world.disturb(*dice.pick(&[50, 200]).unwrap_or(&50), 2, 20);
        world.expire(*dice.pick(&[0, 50]).unwrap_or(&0));
    }
    if dice.percent(4) {
        world.counts.count(Befell::ClockJump);
        world.ours.set_off(dice.between(0, 20_000) as i64 - 10_000);
    }
    if dice.percent(3) {
        world.room.fill(dice.below(60) as u64, dice.between(1, 40) as u64);
    }
    let dies_at = dice.percent(8).then(|| dice.below(240) as u64);
    if before.0 || before.1 || before.2 || dies_at.is_some() {
        *calm = 0;
    }
    dies_at
}

fn be_calm(world: &World<'_>) {
    world.disturb(0, 0, 0);
    world.expire(0);
    world.room.fill(0, 0);
}

/// What a report must say of how old its knowledge can be.
fn stale(world: &World<'_>, report: &Report) -> Vec<String> {
    let now = model::Clock::now(world.clock.as_ref());
    let oldest = now.checked_sub(HOUR * CALM as u32).ok();
    let parts = report
        .certificate
        .rests_on
        .iter()
        .filter(|read| read.how == How::Parts);
    let old = parts.filter(|read| read.all_since.is_none_or(|since| Some(since) < oldest));
    old.map(|read| {
        format!(
            "{} of the {:?} was read whole last at {:?}, which is too long ago",
            read.object, read.side, read.all_since
        )
    })
    .collect()
}
