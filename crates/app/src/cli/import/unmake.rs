//! `interline import delete`: what an import made on the right goes, and so does the import.

use clap::Args;
use engine::{Unmade, Unmaking};

use crate::{
    cli::{import::find, print, progress::Bars},
    failure::{Exit, Failure},
    wiring::Rooms,
};

/// What `import delete` takes.
#[derive(Args, Debug)]
pub struct DeleteArgs {
    /// The import
    name: String,

    /// Leave what somebody changed on the right since it was written
    #[arg(long)]
    keep_modified: bool,

    /// Only count what would be deleted
    #[arg(long)]
    dry_run: bool,

    /// Do not ask first
    #[arg(long)]
    yes: bool,
}

/// Asks, deletes, and says what became of everything.
pub async fn run(rooms: &Rooms, args: &DeleteArgs, as_json: bool) -> Result<Exit, Failure> {
    let import = find(rooms, &args.name).await?;
    if !args.dry_run && !args.yes {
        let question = format!(
            "This deletes every record that import {name} made on the right. To go on, type {name}: ",
            name = args.name
        );
        if print::ask(&question)? != args.name {
            print::talk("Nothing was deleted.");
            return Ok(Exit::No);
        }
    }
    let how = Unmaking {
        keep_modified: args.keep_modified,
        dry_run: args.dry_run,
    };
    let bars = Bars::new(as_json);
    let unmade = rooms.unmake(&import, how, &bars).await;
    bars.finish();
    let unmade = unmade?;
    match as_json {
        true => print::json(&unmade),
        false => show(&args.name, &unmade, args.dry_run),
    }
    Ok(if unmade.is_whole() { Exit::Done } else { Exit::No })
}

fn show(name: &str, unmade: &Unmade, dry_run: bool) {
    let deleted = if dry_run { ">To delete" } else { ">Deleted" };
    let mut table = print::table(&[
        "Object",
        deleted,
        ">There before",
        ">Changed since",
        ">Stay",
        ">Refused",
    ]);
    let is_something = |line: &&engine::UnmadeLine| {
        line.deleted + line.adopted + line.modified + line.stay + line.refused > 0
    };
    for line in unmade.lines.iter().filter(is_something) {
        let counts = [line.deleted, line.adopted, line.modified, line.stay, line.refused].map(print::count);
        table.add_row(std::iter::once(line.object.clone()).chain(counts));
    }
    print::show(&table);
    for refusal in &unmade.refusals {
        print::data(refusal);
    }
    match (dry_run, unmade.is_whole()) {
        (true, _) => print::talk("Nothing was deleted yet."),
        (false, true) => print::talk(format!(
            "Import {name} is deleted. What stays are custom fields, kinds of object, tags, files, and what the vendor never deletes."
        )),
        (false, false) => print::talk(format!(
            "Import {name} stays, for some records could not be deleted. Try again: interline import delete {name}"
        )),
    }
}
