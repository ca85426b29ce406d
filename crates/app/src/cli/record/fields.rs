//! A record's fields on both sides, and what was written of them.

use engine::{FieldView, Inspected, merge::Merged};
use model::{Change, FieldChange, Problem, Side};
use store::{Fate, Past};

use crate::cli::{
    print, report,
    run::short_id,
    value::{in_quotes, on_one_line},
};

/// How much of a value stands in a cell, and in a line.
const LETTERS: usize = 20;
/// How many fields of a change are shown.
const SHOWN: usize = 12;

/// The fields that are not alike, with what was agreed and what the next sync makes of them.
pub fn show_fields(about: &Inspected) {
    let filled = |view: &&FieldView| !(view.left.is_empty() && view.right.is_empty());
    let (alike, others): (Vec<_>, Vec<_>) = about
        .fields
        .iter()
        .filter(filled)
        .partition(|view| engine::merge::same(&view.left, &view.right));
    let n_alike = print::many(alike.len() as u64, "field is", "fields are");
    print::data(format!("\nField by field: {n_alike} alike on both sides."));
    if others.is_empty() {
        return;
    }
    let mut table = print::table(&["  Field", "Left", "Right", "Agreed", "Next sync"]);
    for view in others {
        let base = view
            .base
            .as_ref()
            .map(|base| cell(&base.left))
            .unwrap_or_default();
        table.add_row([
            format!("  {}", view.field),
            cell(&view.left),
            cell(&view.right),
            base,
            verdict(view).to_owned(),
        ]);
    }
    print::show(&table);
}

fn cell(value: &model::Value) -> String {
    print::short(&on_one_line(value), LETTERS)
}

fn verdict(view: &FieldView) -> &'static str {
    match (view.verdict, view.back.is_some()) {
        (Merged::Alike, _) => "both stay: agreed so",
        (Merged::Take(Side::Left), _) => "writes the right",
        (Merged::Take(Side::Right), true) => "writes the left",
        (Merged::Take(Side::Right), false) => "both stay",
        (Merged::Clash, _) => "waits for a person",
    }
}

/// What was done to the record on either side, with what each field had before.
pub fn show_history(history: &[Past]) {
    if history.is_empty() {
        return;
    }
    print::data("\nWhat was done");
    for past in history {
        print::data(format!("  {}", past_line(past)));
        for field in past.change.fields.iter().take(SHOWN) {
            print::data(format!("      {}", field_line(&past.change, field)));
        }
        let more = past.change.fields.len().saturating_sub(SHOWN);
        if more > 0 {
            print::data(format!("      and {more} more; --json lists all"));
        }
    }
}

fn past_line(past: &Past) -> String {
    let action = report::action(&past.change.action);
    let side = match past.change.side {
        Side::Left => "left",
        Side::Right => "right",
    };
    let undone = match past.change.why {
        model::Reason::Undone => ", taken back",
        model::Reason::Rehomed => ", as another kind or elsewhere",
        model::Reason::Again => ", again",
        _ => "",
    };
    let fate = match &past.fate {
        Fate::Unsettled => "not settled yet".to_owned(),
        Fate::Settled { .. } => "done".to_owned(),
        Fate::Failed { why, .. } => format!("failed: {why}"),
    };
    let text = format!(
        "{}  {action} on the {side}{undone}: {fate} (run {})",
        print::time(past.intended_at),
        short_id(&past.run)
    );
    print::wrapped(&text, 6)
}

fn field_line(change: &Change, field: &FieldChange) -> String {
    let after = in_quotes(&field.after, LETTERS);
    match (&change.action, &field.before) {
        (model::Action::Create { .. }, _) => format!("{}: {after}", field.name),
        (_, Some(before)) => format!("{}: {} to {after}", field.name, in_quotes(before, LETTERS)),
        (_, None) => format!("{}: {after}", field.name),
    }
}

/// The last thing that went wrong, its cure, and when it is tried again.
pub fn show_trouble(history: &[Past], problems: &[Problem], next: &str) {
    let last = history.last().map(|past| &past.fate);
    if let Some(Fate::Failed { at, why }) = last {
        let text = format!("Last error, at {}: {why}", print::time(*at));
        print::data(format!("\n{}", print::wrapped(&text, 2)));
    }
    if problems.is_empty() {
        return;
    }
    print::data("\nWhat is open");
    for problem in problems {
        print::data(report::problem_text(problem));
    }
    print::data(format!("Tried again: {next}"));
}
