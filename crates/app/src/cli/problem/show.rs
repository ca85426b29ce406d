//! `interline problem show`: one problem, both sides, and what each decision would do.

use engine::{FieldView, Inspected};
use model::{ProblemKind, Side};
use serde_json::json;
use store::OpenProblem;

use crate::{
    cli::{
        print, report,
        value::{in_quotes, short},
    },
    failure::{Exit, Failure},
    wiring::Rooms,
};

/// How much of a value stands in a sentence.
const IN_SENTENCE: usize = 30;

/// Where what a label names begins.
const INDENT: usize = 10;

pub async fn show(rooms: &Rooms, open: &OpenProblem, as_json: bool) -> Result<Exit, Failure> {
    let import = rooms.store.import(&open.import).await?.import;
    let problem = &open.problem;
    // What the two sides look like needs both connections; the problem itself does not.
    let about = match import.recipe.left_objects().contains(&problem.object) {
        true => {
            let ids = std::slice::from_ref(&problem.record);
            rooms
                .inspect(&import, &problem.object, ids)
                .await
                .map(|mut found| found.pop())
        }
        false => Ok(None),
    };
    if as_json {
        print::json(&json!({ "problem": open, "record": about? }));
        return Ok(Exit::Done);
    }
    print::data(format!(
        "Problem {} of {}, open since {}",
        open.id,
        open.import,
        print::time(open.opened_at)
    ));
    print::data(report::problem_text(problem));
    match &about {
        Ok(Some(about)) => show_record(open, about),
        Ok(None) => {}
        Err(failure) => print::talk(format!("\nBoth sides cannot be shown: {failure}")),
    }
    show_decisions(open, about.as_ref().ok().and_then(Option::as_ref));
    Ok(Exit::Done)
}

fn line(label: &str, text: &str) {
    print::data(format!("{label:INDENT$}{}", print::wrapped(text, INDENT)));
}

fn show_record(open: &OpenProblem, about: &Inspected) {
    print::data("");
    line("Pairing", about.pairing.as_str());
    line("Left", &format!("{} {}", open.problem.object, about.left.id));
    match &about.right_id {
        Some(right) => line("Right", &format!("{} {right}", about.right_object)),
        None => line("Right", "it has no counterpart yet"),
    }
    if let Some(view) = view(open, about) {
        print::data(format!("\nField {}", view.field));
        show_values(view);
    }
    if !about.candidates.is_empty() {
        print::data("\nRight records that fit equally well");
        let mut table = print::table(&["  Id", "Title", "Changed"]);
        for record in &about.candidates {
            let changed = record.changed_at.map(print::time).unwrap_or_default();
            table.add_row([format!("  {}", record.id), record.title.clone(), changed]);
        }
        print::show(&table);
    }
}

/// A field's values on either side, and what was agreed.
fn show_values(view: &FieldView) {
    let say = |value: &model::Value| match value.is_empty() {
        true => "-".to_owned(),
        false => short(value),
    };
    line("  Left", &say(&view.left));
    line("  Right", &say(&view.right));
    match &view.base {
        None => line("  Agreed", "nothing yet: they meet for the first time"),
        Some(base) if engine::merge::same(&base.left, &base.right) => line("  Agreed", &say(&base.left)),
        Some(base) => {
            line("  Agreed", &format!("left {}", say(&base.left)));
            line("", &format!("right {}", say(&base.right)));
        }
    }
}

fn view<'a>(open: &OpenProblem, about: &'a Inspected) -> Option<&'a FieldView> {
    let name = open.problem.field.as_ref()?;
    about.fields.iter().find(|view| &view.field == name)
}

/// What can be decided, and what would come of it.
fn show_decisions(open: &OpenProblem, about: Option<&Inspected>) {
    let id = report::short_problem_id(open.id);
    let view = about.and_then(|about| view(open, about));
    print::data("\nWhat you can decide");
    let say = |decision: &str, what: &str| {
        print::data(format!("  interline problem decide {id} {decision}"));
        print::data(format!("      {}", print::wrapped(what, 6)));
    };
    match (open.problem.kind, view) {
        (ProblemKind::Clash, Some(view)) => {
            say("--take left", &take_left(view));
            say("--take right", &take_right(view));
            if let Some(side) = view.decided {
                let side = if side == Side::Left { "left" } else { "right" };
                print::data(format!(
                    "\nDecided: the {side} value, for as long as both stay as they are."
                ));
            }
        }
        (ProblemKind::GoneOnTheRight, _) => {
            say("--take left", "the next sync makes its counterpart again");
            say(
                "--take right",
                "it is left out from the next sync on; what refers to one that was merged refers to the other",
            );
        }
        (ProblemKind::EqualCandidates, _) if about.is_some_and(|about| !about.candidates.is_empty()) => {
            say(
                "--pair RIGHT_ID",
                "the next sync makes that record the counterpart, and adopts it",
            );
        }
        _ => say(
            "--retry",
            "the next sync plans the record again; do that once the cause is gone",
        ),
    }
}

fn take_left(view: &FieldView) -> String {
    format!(
        "the next sync writes {} to {} on the right; {} is in the history then",
        in_quotes(&view.left, IN_SENTENCE),
        view.field,
        in_quotes(&view.right, IN_SENTENCE)
    )
}

fn take_right(view: &FieldView) -> String {
    let kept = in_quotes(&view.right, IN_SENTENCE);
    match &view.back {
        Some(to) => format!(
            "the next sync with --direction both writes {kept} to {to} on the left; {} is in the history then",
            in_quotes(&view.left, IN_SENTENCE)
        ),
        None => format!(
            "{kept} stays on the right; the left side keeps its own, for nothing of {} goes back",
            view.field
        ),
    }
}
