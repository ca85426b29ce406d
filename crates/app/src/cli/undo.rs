//! `run undo` and `record undo`: taking back what was written.

use std::io::{self, BufRead, IsTerminal};

use clap::Args;
use engine::{LeftAlone, Undo};
use model::{Action, Change, Import, Side};
use serde_json::json;

use crate::{
    cli::{print, progress::Bars, report, value::in_quotes},
    failure::{Exit, Failure},
    wiring::{Rooms, TakenBack},
};

/// How many changes are shown.
const SHOWN: usize = 20;
/// How much of a value stands in a line.
const LETTERS: usize = 24;

/// How something is taken back.
#[derive(Args, Clone, Copy, Debug)]
pub struct UndoArgs {
    /// Only show what would be written
    #[arg(long)]
    dry_run: bool,

    /// Put back also what was changed since
    #[arg(long)]
    pub force: bool,

    /// Do not ask
    #[arg(long)]
    yes: bool,
}

/// Shows what goes back, asks, and writes it.
pub async fn undo(
    rooms: &Rooms,
    import: &Import,
    undos: &[Undo],
    args: UndoArgs,
    as_json: bool,
) -> Result<Exit, Failure> {
    if args.dry_run || !args.yes {
        let bars = Bars::new(as_json);
        let shown = rooms.undo(import, undos, true, &bars).await?;
        bars.finish();
        if args.dry_run {
            tell(&shown, as_json);
            return Ok(exit(&shown));
        }
        if shown.changes.is_empty() {
            tell(&shown, as_json);
            return Ok(Exit::No);
        }
        if !io::stdin().is_terminal() {
            let hint = "say --yes where nobody can answer, or --dry-run to see what would be written";
            return Err(Failure::usage("Nothing was taken back: nobody was there to ask").hint(hint));
        }
        tell(&shown, false);
        if !agrees() {
            print::talk("Nothing was written.");
            return Ok(Exit::No);
        }
    }
    let bars = Bars::new(as_json);
    let done = rooms.undo(import, undos, false, &bars).await;
    bars.finish();
    let done = done?;
    tell(&done, as_json);
    Ok(exit(&done))
}

fn agrees() -> bool {
    print::talk("\nWrite this? yes or no");
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    read.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

fn exit(done: &TakenBack) -> Exit {
    match (&done.run, done.alone.is_empty()) {
        (Some(run), true) => report::exit(run),
        (None, true) => Exit::Done,
        (_, false) => Exit::No,
    }
}

fn tell(done: &TakenBack, as_json: bool) {
    if as_json {
        print::json(&json!({ "run": done.run, "changes": done.changes, "left_alone": done.alone }));
        return;
    }
    let records = print::many(done.changes.len() as u64, "record", "records");
    print::data(match &done.run {
        Some(run) => format!("Took back what was written of {records}, in run {}", run.id),
        None => format!("Would take back what was written of {records}"),
    });
    for change in done.changes.iter().take(SHOWN) {
        show_change(change);
    }
    if done.changes.len() > SHOWN {
        print::data(format!(
            "  and {} more; --json lists all",
            done.changes.len() - SHOWN
        ));
    }
    show_alone(&done.alone);
    if let Some(run) = &done.run {
        let failed: u64 = run
            .report
            .iter()
            .flat_map(|report| &report.lines)
            .map(|line| line.failed)
            .sum();
        if failed > 0 {
            print::data(format!(
                "Not everything could be written: interline problem list {}",
                run.import
            ));
        }
        print::talk("\nThe values that were taken back come again only when their side changes them.");
    }
}

fn show_change(change: &Change) {
    let (side, id) = match change.side {
        Side::Left => ("left", change.left.as_str()),
        Side::Right => ("right", change.right.as_ref().map_or("", |right| right.as_str())),
    };
    let title = print::short(&change.title, LETTERS);
    let goes = match change.action {
        Action::Delete(_) => ": deleted, for that run made it",
        Action::Create { .. } => ": made again",
        Action::Update(_) => "",
    };
    print::data(format!("  {} {id} on the {side} ({title}){goes}", change.object));
    for field in &change.fields {
        let before = field.before.clone().unwrap_or_default();
        print::data(format!(
            "      {}: {} back to {}",
            field.name,
            in_quotes(&before, LETTERS),
            in_quotes(&field.after, LETTERS)
        ));
    }
}

fn show_alone(alone: &[LeftAlone]) {
    if alone.is_empty() {
        return;
    }
    print::data(format!("\nLeft as it is ({})", alone.len()));
    for one in alone.iter().take(SHOWN) {
        let field = one
            .field
            .as_ref()
            .map(|field| format!(", {field}"))
            .unwrap_or_default();
        let title = print::short(&one.title, LETTERS);
        let text = format!("{} {} ({title}){field}: {}", one.object, one.left, one.why);
        print::data(format!("  {}", print::wrapped(&text, 2)));
    }
    if alone.len() > SHOWN {
        print::data(format!("  and {} more; --json lists all", alone.len() - SHOWN));
    }
    if alone.iter().any(|one| one.may_be_forced) {
        print::data("What was changed since goes back with --force.");
    }
}
