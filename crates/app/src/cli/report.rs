//! How runs, plans and problems read.

mod plan;

use std::collections::BTreeMap;

use model::{
    Calls, Certificate, FieldName, FileCounts, Line, PairingId, Problem, ProblemId, ProblemKind, Report, Run,
    RunState, Side,
};

use crate::{
    cli::{
        print::{self, count, many, thousands},
        reads,
    },
    failure::Exit,
};

use plan::drift_text;
pub use plan::{action, show_plan};

/// How many problems are shown below a report.
pub const SHOWN_PROBLEMS: usize = 10;

/// How many fields of a list are shown.
const SHOWN_FIELDS: usize = 12;

/// A run's state in a word.
pub fn state(state: &RunState) -> &'static str {
    match state {
        RunState::Working => "began",
        RunState::Done { .. } => "done",
        RunState::Incomplete { .. } => "incomplete",
        RunState::Stopped { .. } => "stopped",
    }
}

/// How a command that shows a run ends.
pub fn exit(run: &Run) -> Exit {
    match run.state {
        RunState::Done { .. } => Exit::Done,
        RunState::Working | RunState::Incomplete { .. } => Exit::No,
        RunState::Stopped { .. } => Exit::Broke,
    }
}

/// Prints everything about a run.
pub fn show_run(run: &Run, problems: &[Problem]) {
    print::data(format!("Run {} of {}: {}", run.id, run.import, state(&run.state)));
    print::data(format!("Started {}", print::time(run.started_at)));
    if let RunState::Stopped { why, .. } = &run.state {
        print::data(format!("It could not go on: {why}"));
    }
    let Some(report) = &run.report else {
        return;
    };
    print::data("");
    show_lines(&report.lines);
    show_rest(report);
    let others = format!("interline problem list {}", run.import);
    show_problems(problems, report.problems, &others);
    print::data("");
    show_certificate(&report.certificate);
    print::data("");
    show_calls(report);
}

/// The table of objects by outcome.
pub fn show_lines(lines: &[Line]) {
    show_lines_under(
        [
            "Pairing", ">Left", ">Created", ">Updated", ">Adopted", ">Alike", ">Waiting", ">Failed",
        ],
        lines,
    );
}

/// The same under other heads.
fn show_lines_under(heads: [&str; 8], lines: &[Line]) {
    let mut table = print::table(&heads);
    let (some, none): (Vec<_>, Vec<_>) = lines.iter().partition(|line| is_worth_a_row(line));
    for line in some {
        table.add_row([
            line.pairing.to_string(),
            count(line.left),
            count(line.created),
            count(line.updated),
            count(line.adopted),
            count(line.alike),
            count(line.waiting),
            count(line.failed),
        ]);
    }
    print::show(&table);
    show_none(none.iter().map(|line| &line.pairing));
}

fn is_worth_a_row(line: &Line) -> bool {
    line.left + line.waiting + line.failed > 0
}

/// The pairings without a row, so that the table stays short.
fn show_none<'a>(pairings: impl Iterator<Item = &'a PairingId>) {
    let names: Vec<&str> = pairings.map(PairingId::as_str).collect();
    if !names.is_empty() {
        print::data(format!("No record of {}", names.join(", ")));
    }
}

/// What the table does not say.
pub fn show_rest(report: &Report) {
    for (object, number) in &report.excluded {
        let records = many(*number, "record", "records");
        print::data(format!("Left out by the recipe: {records} of {object}"));
    }
    for out in &report.certificate.left_out {
        let records = many(out.records, "record", "records");
        print::data(format!("Left out: {records} of {}, for {}", out.pairing, out.why));
    }
    for object in report.certificate.objects.iter().filter(|one| one.hidden > 0) {
        let records = many(object.hidden, "record", "records");
        print::data(format!(
            "Hidden in the left side's lists, and kept: {records} of {}",
            object.object
        ));
    }
    for (object, number) in &report.gone {
        let records = many(*number, "record", "records");
        print::data(format!("Gone from the left side: {records} of {object}"));
    }
    let sum = |of: fn(&Line) -> u64| report.lines.iter().map(of).sum::<u64>();
    let went = [
        ("Archived on the right", sum(|line| line.archived)),
        ("Deleted on the right", sum(|line| line.deleted)),
        (
            "Made anew on the right, as another kind or elsewhere",
            sum(|line| line.rehomed),
        ),
        ("Old counterparts that stay", sum(|line| line.left_behind)),
    ];
    for (what, number) in went.into_iter().filter(|(_, number)| *number > 0) {
        print::data(format!("{what}: {}", many(number, "record", "records")));
    }
    list(
        "What became of the left side's fields",
        report.drift.iter().map(drift_text),
    );
    list(
        "Objects and fields added or extended on the right",
        report.schema_added.iter().cloned(),
    );
    let not_mapped = report.not_mapped.iter();
    list(
        "Fields not mapped",
        not_mapped.map(|(field, why)| format!("{field}: {why}")),
    );
    show_ignored(&report.ignored);
    show_files(&report.files);
}

/// How many fields the recipe leaves out on purpose.
fn show_ignored(ignored: &BTreeMap<PairingId, Vec<FieldName>>) {
    let number = ignored.values().map(|names| names.len() as u64).sum();
    if number > 0 {
        let fields = many(number, "field", "fields");
        print::data(format!("Left out by the recipe: {fields}, which --json names"));
    }
}

/// The files that were brought, how they were proved, and those that could not be had.
fn show_files(files: &FileCounts) {
    if files.brought > 0 {
        print::data(format!(
            "\nFiles   {} brought, {} bytes; of {} fetched back, {} have the same SHA-256",
            count(files.brought),
            thousands(files.bytes),
            files.compared,
            files.equal
        ));
    }
    if files.not_compared > 0 {
        let files = many(files.not_compared, "file was", "files were");
        print::data(format!("        {files} not given back for comparing"));
    }
    list(
        "Files that could not be had",
        files
            .missing
            .iter()
            .map(|(why, number)| format!("{number}: {why}")),
    );
    if files.records_missing > 0 {
        let fields = many(files.records_missing, "field misses", "fields miss");
        print::data(format!("{fields} a file; each sync tries again"));
    }
}

fn list(head: &str, lines: impl ExactSizeIterator<Item = String>) {
    let all = lines.len();
    if all == 0 {
        return;
    }
    print::data(format!("\n{head} ({all})"));
    for line in lines.take(SHOWN_FIELDS) {
        print::data(format!("  {line}"));
    }
    if all > SHOWN_FIELDS {
        print::data(format!("  and {} more; --json lists all", all - SHOWN_FIELDS));
    }
}

/// The first problems, and how to see the others.
pub fn show_problems(problems: &[Problem], all: u64, others: &str) {
    if all == 0 {
        return;
    }
    print::data(format!("\nProblems ({})", thousands(all)));
    for problem in problems.iter().take(SHOWN_PROBLEMS) {
        print::data(problem_text(problem));
    }
    let shown = problems.len().min(SHOWN_PROBLEMS) as u64;
    if all > shown {
        let more = thousands(all - shown);
        print::data(format!("  and {more} more: {others}"));
    }
}

/// How many digits of a problem's id are shown: enough to name it by.
const SHOWN_ID: usize = 8;

/// The beginning of a problem's id, enough to name it by.
pub fn short_problem_id(id: ProblemId) -> String {
    id.to_string().chars().take(SHOWN_ID).collect()
}

/// One problem on a few lines, the first with its id.
pub fn problem_text(problem: &Problem) -> String {
    let field = match &problem.field {
        Some(field) => format!(", field {field}"),
        None => String::new(),
    };
    let blocks = match (problem.blocks, problem.side) {
        (false, _) => "",
        (true, Side::Right) => "; the record is not on the right",
        (true, Side::Left) => "; the record is not on the left",
    };
    let indent = SHOWN_ID + 4;
    let head = format!(
        "{}: {} {} ({}){field}{blocks}",
        kind(problem.kind),
        problem.object,
        problem.record,
        problem.title,
    );
    let mut text = format!(
        "  {}  {}\n{:indent$}{}",
        short_problem_id(problem.id()),
        print::wrapped(&head, indent),
        "",
        print::wrapped(&problem.text, indent),
    );
    if let Some(hint) = &problem.hint {
        let hint = print::wrapped(&format!("hint: {hint}"), indent);
        text.push_str(&format!("\n{:indent$}{hint}", ""));
    }
    text
}

/// A kind of problem in words.
pub fn kind(kind: ProblemKind) -> &'static str {
    match kind {
        ProblemKind::Clash => "clash",
        ProblemKind::EqualCandidates => "equal candidates",
        ProblemKind::MissingRequired => "missing value",
        ProblemKind::MissingReference => "missing reference",
        ProblemKind::DoesNotFit => "does not fit",
        ProblemKind::NotUnique => "not unique",
        ProblemKind::Refused => "refused",
        ProblemKind::NotAsDocumented => "not as documented",
        ProblemKind::Differs => "differs",
        ProblemKind::GoneOnTheRight => "gone on the right",
        ProblemKind::KindChanged => "another kind now",
        ProblemKind::TooManyGone => "too many gone",
        ProblemKind::GoneOnTheLeft => "gone on the left",
        ProblemKind::MissingFile => "missing file",
        ProblemKind::Withheld => "not all is given",
    }
}

/// What a run can swear to, and a clear verdict.
pub fn show_certificate(certificate: &Certificate) {
    let mut table = print::table(&[
        "Certificate",
        ">Left",
        ">Paired",
        ">Explained",
        ">Written",
        ">Read back",
        ">Equal",
    ]);
    for line in certificate
        .lines
        .iter()
        .filter(|line| line.left + line.written > 0)
    {
        table.add_row([
            line.pairing.to_string(),
            count(line.left),
            count(line.paired),
            count(line.explained),
            count(line.written),
            count(line.read_back),
            count(line.equal),
        ]);
    }
    print::show(&table);
    if certificate.holds {
        print::data("The certificate HOLDS: everything is on the right, and reads as it was written.");
    } else {
        print::data("The certificate DOES NOT HOLD:");
        for gap in &certificate.gaps {
            print::data(format!("  {gap}"));
        }
    }
    reads::show(certificate);
}

/// Calls made on each side, and the time.
pub fn show_calls(report: &Report) {
    print::data(format!("Calls   left  {}", calls(&report.left_calls)));
    print::data(format!("        right {}", calls(&report.right_calls)));
    let again = match report.retries {
        0 => String::new(),
        retries => format!(", {}", many(retries, "try made again", "tries made again")),
    };
    print::data(format!("Took    {}{again}", print::span(report.took_ms)));
}

fn calls(calls: &Calls) -> String {
    let mut text = format!(
        "{}, {}",
        many(calls.reads, "read", "reads"),
        many(calls.writes, "write", "writes")
    );
    if calls.retries > 0 {
        text.push_str(&format!(", {} of these again", thousands(calls.retries)));
    }
    text.push_str(&format!(
        ", {} KB received",
        thousands(calls.bytes_in.div_ceil(1_000))
    ));
    text
}
