//! Every crash point: one run, killed at each of its durable steps in turn, always comes to the same end.

use model::{Direction, Value};

use crate::{
    Defect, Mix,
    disk::Ground,
    history::Story,
    state::{State, tell},
    world::{Came, Saved, Stumble, World},
};

/// What came of the points that were tried.
#[derive(Clone, Debug, Default)]
pub struct Crashes {
    /// At how many of them the run was killed.
    pub tried: u64,
    /// After which it did not come to the same end: the point, and what is different.
    pub failed: Vec<(u64, String)>,
}

/// A run that is killed, and from where it begins.
pub struct Rehearsal<'a> {
    ground: &'a Ground,
    story: Story,
    start: Saved,
    end: State,
    /// How many durable steps it has: before and after each commit, before each request, and before each answer is heard.
    pub points: u64,
    /// How many records the left side has.
    pub records: usize,
}

const SEED: u64 = 500;

/// So many runs must be enough for both sides to come to rest.
const RUNS: usize = 4;

impl<'a> Rehearsal<'a> {
    /// A workspace of about so many records on the left: half of it imported, the other half made since, with edits on both
    /// sides and records that were made on the right. A desk in Intercom is only brought.
    pub fn new(ground: &'a Ground, records: usize, mix: Mix) -> Result<Self, Stumble> {
        let story = Story {
            seed: SEED,
            defect: Defect::None,
            mix,
            told: false,
        };
        let is_desk = mix == Mix::Desk;
        let switches: &[&str] = match is_desk {
            true => &["all_conversations", "tickets"],
            false => &["accounts_back", "contacts_back", "comments_back"],
        };
        let mut chosen: Vec<_> = switches.iter().map(|name| (*name, Value::Bool(true))).collect();
        chosen.push(match is_desk {
            true => ("gone", Value::text("delete")),
            false => ("gone_right", Value::text("again")),
        });
        let mut world = World::new(ground, story, &chosen)?;
        if !is_desk {
            world.direction = Direction::Both;
        }
        world.with_people(|people| {
            (people.careful, people.says_back) = (true, true);
            people.settle_in(records / 2);
        });
        finish(&mut world)?;
        world.with_people(|people| {
            people.settle_in(records / 2);
            (0..records / 10).for_each(|_| people.edit_left());
            (0..records / 10).for_each(|_| people.edit_right());
            if !is_desk {
                people.settle_in_right();
                people.part_some();
            }
        });
        // What is gone on the right is noticed when all is read.
        world.scope.rescan = true;
        let start = world.saved()?;
        let mut undisturbed = World::restored(ground, story, &start)?;
        undisturbed.sync(None)?;
        let points = undisturbed.death.steps();
        finish(&mut undisturbed)?;
        let end = tell(&undisturbed.twins);
        Ok(Self {
            ground,
            story,
            start,
            records: end.left_records(),
            end,
            points,
        })
    }

    /// Kills the run at every so manieth step, beginning with one of them, and lets it be run again.
    pub fn crash_every(&self, stride: u64, first: u64) -> Result<Crashes, Stumble> {
        let mut crashes = Crashes::default();
        let mut point = first;
        while point < self.points {
            crashes.tried += 1;
            let difference = self.crash_at(point)?;
            crashes
                .failed
                .extend(difference.map(|difference| (point, difference)));
            point += stride.max(1);
        }
        Ok(crashes)
    }

    /// What is different from the undisturbed end after a kill at this step, if anything is.
    fn crash_at(&self, point: u64) -> Result<Option<String>, Stumble> {
        let mut world = World::restored(self.ground, self.story, &self.start)?;
        match world.sync(Some(point))? {
            Came::Killed => {}
            Came::Report(_) => return Ok(Some("it was not killed".to_owned())),
            Came::Stopped(fault) => return Ok(Some(format!("it stopped: {}", model::chain(&fault)))),
            Came::Stuck => return Ok(Some("it waits for ever".to_owned())),
        }
        // Mostly the next run comes to the same end, and that this is one at rest is known of it.
        if matches!(world.sync(None)?, Came::Report(_)) && self.end.difference(&tell(&world.twins)).is_none()
        {
            return Ok(None);
        }
        finish(&mut world)?;
        Ok(self.end.difference(&tell(&world.twins)))
    }
}

/// Runs until both sides rest.
fn finish(world: &mut World<'_>) -> Result<(), Stumble> {
    for _ in 0..RUNS {
        let before = world.twins.saved()?;
        match world.sync(None)? {
            Came::Report(_) if world.twins.saved()? == before => return Ok(()),
            Came::Report(_) => {}
            Came::Stopped(fault) => return Err(fault.into()),
            Came::Killed | Came::Stuck => return Err("a run that nothing disturbs does not end".into()),
        }
    }
    Ok(())
}
