//! How a plan reads.

use std::collections::BTreeMap;

use engine::{Preview, bind::Likely};
use model::{Action, Became, Change, Drift, PairingId, SchemaChange};

use super::{list, show_ignored, show_lines_under, show_problems};
use crate::cli::print::{self, many, thousands};

/// How many letters of a title are shown, so that a line with an id stays on one line.
const SHOWN_TITLE: usize = 24;

/// How many changes of a plan are shown.
const SHOWN_CHANGES: usize = 12;

/// Prints which fields go into others because they are alike, and what only a person can settle.
fn show_likely(import: &str, likely: &BTreeMap<PairingId, Vec<Likely>>) {
    let all = likely
        .iter()
        .flat_map(|(pairing, likely)| likely.iter().map(move |one| (pairing, one)));
    let (taken, open): (Vec<_>, Vec<_>) = all.partition(|(_, one)| one.taken);
    let line = |(pairing, one): &(&PairingId, &Likely)| {
        format!(
            "{pairing}: {} -> {}   alike to {} of 100",
            one.left, one.right, one.score
        )
    };
    list("Fields matched by name", taken.iter().map(line));
    list("Fields that may be the same", open.iter().map(line));
    if !open.is_empty() {
        print::data(format!(
            "  Each gets a field of its own unless a rule says otherwise: interline recipe edit {import}"
        ));
    }
}

/// Prints what a sync would do.
pub fn show_plan(import: &str, preview: &Preview) {
    print::data(format!("What a sync of {import} would do; nothing was written"));
    print::data("");
    let heads = [
        "Pairing", ">Left", ">Create", ">Update", ">Adopt", ">Alike", ">Wait", ">Fail",
    ];
    show_lines_under(heads, &preview.lines);
    for (object, number) in &preview.excluded {
        let records = many(*number, "record", "records");
        print::data(format!("Left out by the recipe: {records} of {object}"));
    }
    list(
        "What became of the left side's fields",
        preview.drift.iter().map(drift_text),
    );
    let made = preview.schema.iter().filter_map(new_object).collect::<Vec<_>>();
    list("Objects to make on the right", made.into_iter());
    let added: Vec<_> = preview.schema.iter().flat_map(fields).collect();
    list("Fields to add or to extend on the right", added.into_iter());
    let not_mapped = preview.not_mapped.iter();
    list(
        "Fields not mapped",
        not_mapped.map(|(field, why)| format!("{field}: {why}")),
    );
    show_likely(import, &preview.likely);
    show_ignored(&preview.ignored);
    if preview.files > 0 {
        let files = many(preview.files, "file", "files");
        print::data(format!("\n{files} would be fetched and brought"));
    }
    show_changes(preview);
    show_problems(&preview.problems, preview.n_problems, "sync, and they are listed");
    let cost = &preview.cost;
    print::data("");
    print::data(format!(
        "Cost    {} to the left, {} to the right",
        many(cost.left_calls, "call", "calls"),
        many(cost.right_calls, "call", "calls")
    ));
    print::data(format!(
        "Takes   about {} at the pace that the platforms allow",
        print::about(cost.takes_seconds)
    ));
}

fn show_changes(preview: &Preview) {
    let lines = preview.lines.iter();
    let all: u64 = lines.map(|line| line.created + line.updated + line.adopted).sum();
    let shown = preview.changes.len().min(SHOWN_CHANGES);
    if shown == 0 {
        return;
    }
    print::data(format!("\nThe first changes ({shown} of {})", thousands(all)));
    for change in preview.changes.iter().take(SHOWN_CHANGES) {
        print::data(format!("  {}", change_text(change)));
    }
}

/// `custom:license (License, LIC-…)`
fn new_object(change: &SchemaChange) -> Option<String> {
    let make = change.make.as_ref()?;
    Some(format!(
        "{} ({}, {}-…)",
        change.object, make.title, make.key_prefix
    ))
}

/// One line per field that is not as it was.
pub(super) fn drift_text(drift: &Drift) -> String {
    let became = match &drift.became {
        Became::New => "is new".to_owned(),
        Became::Gone => "is gone".to_owned(),
        Became::Renamed { from } => format!("was {from}"),
        Became::Another { from, to } => {
            format!(
                "was {}, is {}",
                engine::recipe::say_kind(from),
                engine::recipe::say_kind(to)
            )
        }
        Became::Reworded { more, fewer } => reworded(more, fewer),
    };
    format!("{}.{} {became}: {}", drift.object, drift.field, drift.effect)
}

fn reworded(more: &[String], fewer: &[String]) -> String {
    let said =
        |verb: &str, words: &[String]| (!words.is_empty()).then(|| format!("{verb} {}", words.join(", ")));
    let parts = [said("takes", more), said("takes no more", fewer)];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" and ")
}

fn fields(change: &SchemaChange) -> Vec<String> {
    let names = change.add.iter();
    names
        .map(|field| format!("{}.{}", change.object, field.name))
        .collect()
}

fn change_text(change: &Change) -> String {
    let fields = many(change.fields.len() as u64, "field", "fields");
    format!(
        "{} {}, {fields}: {} ({})",
        action(&change.action),
        change.object,
        print::short(&change.title, SHOWN_TITLE),
        change.left
    )
}

/// What a change does, in a word.
pub fn action(action: &Action) -> &'static str {
    match action {
        Action::Create { .. } => "create",
        Action::Update(_) => "update",
        Action::Delete(_) => "delete",
    }
}
