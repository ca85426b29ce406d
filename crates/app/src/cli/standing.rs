//! `interline import list` and `show`: what there is, how it stands, and when it runs next.

use model::{Run, RunState};
use serde_json::{Value, json};
use store::{AtWork, ImportRow};

use crate::{
    cli::{import::find, print, report, schedule},
    failure::{Exit, Failure},
    wiring::Rooms,
};

/// An import and what is known of how it gets on.
struct Standing {
    row: ImportRow,
    last: Option<Run>,
    at_work: Option<AtWork>,
    schedule: Option<model::Schedule>,
}

/// Lists the imports.
pub async fn list(rooms: &Rooms, as_json: bool) -> Result<Exit, Failure> {
    let mut all = Vec::new();
    for row in rooms.store.imports().await? {
        all.push(standing(rooms, row).await?);
    }
    let now = rooms.clock.now();
    if as_json {
        let values: Vec<Value> = all.iter().map(|one| value(one, now)).collect();
        print::json(&values);
        return Ok(Exit::Done);
    }
    if all.is_empty() {
        print::talk(
            "There is no import yet. Make one: interline import create NAME --from CONNECTION --to CONNECTION --part PART",
        );
        return Ok(Exit::Done);
    }
    let mut table = print::table(&["Name", "From", "To", "Last run", "State", "Next run"]);
    for one in &all {
        let import = &one.row.import;
        let when = one.last.as_ref().map(|run| print::time(run.started_at));
        table.add_row([
            import.id.to_string(),
            import.left.to_string(),
            import.right.to_string(),
            when.unwrap_or_else(|| "-".to_owned()),
            state(one),
            schedule::short(one.schedule.as_ref(), now),
        ]);
    }
    print::show(&table);
    Ok(Exit::Done)
}

/// Shows one import.
pub async fn show(rooms: &Rooms, name: &str, as_json: bool) -> Result<Exit, Failure> {
    let id = find(rooms, name).await?;
    let one = standing(rooms, rooms.store.import(&id).await?).await?;
    let now = rooms.clock.now();
    if as_json {
        print::json(&value(&one, now));
        return Ok(Exit::Done);
    }
    let import = &one.row.import;
    print::data(format!("Import      {}", import.id));
    print::data(format!("From        {}", import.left));
    print::data(format!("To          {}", import.right));
    print::data(format!(
        "Recipe      {}, version {}",
        import.recipe.name, one.row.version
    ));
    let last = one.last.as_ref().map_or_else(String::new, |run| {
        format!(
            " (run {} of {})",
            super::run::short_id(&run.id),
            print::time(run.started_at)
        )
    });
    print::data(format!("State       {}{last}", state(&one)));
    print::data(match &one.schedule {
        Some(schedule) => format!("Schedule    {}", schedule::sentence(schedule, now)),
        None => format!("Schedule    none; interline import schedule {name} --every 1h makes one"),
    });
    Ok(Exit::Done)
}

async fn standing(rooms: &Rooms, row: ImportRow) -> Result<Standing, Failure> {
    let id = &row.import.id;
    Ok(Standing {
        last: rooms.store.last_run(id).await?,
        at_work: rooms.store.at_work(id, rooms.clock.now()).await?,
        schedule: rooms.store.schedule(id).await?,
        row,
    })
}

fn state(one: &Standing) -> String {
    match &one.last {
        Some(run) => run_state(run, one.at_work.as_ref()),
        None => "never run".to_owned(),
    }
}

/// A run's state in a word or two; of one that began and did not end, whether somebody is still at it.
pub fn run_state(run: &Run, at_work: Option<&AtWork>) -> String {
    let at_it = at_work.filter(|at_work| at_work.run == run.id);
    match (&run.state, at_it) {
        (RunState::Working, Some(at_work)) => match at_work.stalled_since {
            Some(since) => format!("stalled since {}", print::time(since)),
            None => "at work".to_owned(),
        },
        (RunState::Working, None) => "interrupted".to_owned(),
        (state, _) => report::state(state).to_owned(),
    }
}

fn value(one: &Standing, now: model::Timestamp) -> Value {
    let import = &one.row.import;
    json!({
        "name": import.id,
        "from": import.left,
        "to": import.right,
        "recipe": import.recipe.name,
        "recipe_version": one.row.version,
        "created_at": import.created_at,
        "last_run": one.last.as_ref().map(|run| json!({
            "id": run.id,
            "trigger": run.trigger,
            "started_at": run.started_at,
            "state": run.state,
        })),
        "state": state(one),
        "stalled_since": one.at_work.as_ref().and_then(|at_work| at_work.stalled_since),
        "schedule": one.schedule.as_ref().map(|schedule| schedule::as_value(schedule, now)),
    })
}
