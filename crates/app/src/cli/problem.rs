//! `interline problem`: what only a person can decide.

use clap::{Args, Subcommand};
use model::{ImportId, ObjectName, ProblemKind, RecordId, Side};
use store::{Looked, OpenProblem};

use crate::{
    cli::{import, nearest, print, report},
    config::StateArgs,
    failure::{Exit, Failure},
    wiring::{Answer, Answered, Rooms},
};

mod show;

/// How many problems are decided in one go.
const AT_MOST: usize = 100_000;

/// What `problem` takes.
#[derive(Args, Debug)]
pub struct ProblemArgs {
    #[command(flatten)]
    state: StateArgs,

    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List the open problems, oldest first
    List {
        /// The import
        import: String,

        #[command(flatten)]
        sort: Sort,

        /// At most so many
        #[arg(long, default_value_t = 1_000)]
        limit: usize,
    },
    /// Show a problem with both sides' values, and what each decision would do
    Show {
        /// The problem's id, or its beginning
        id: String,
    },
    /// Decide; the next sync does it, if both sides still are as they were when you decided
    Decide(DecideArgs),
}

/// Which problems are meant.
#[derive(Args, Debug)]
struct Sort {
    /// Only of this kind: clash, refused, …; may be given several times
    #[arg(long, value_parser = kind)]
    kind: Vec<ProblemKind>,

    /// Only of records of this object
    #[arg(long)]
    object: Option<String>,
}

#[derive(Args, Debug)]
struct DecideArgs {
    /// The problem's id, or its beginning
    #[arg(required_unless_present = "all", conflicts_with_all = ["all", "kind", "object", "import"])]
    id: Option<String>,

    /// Every open problem to which the decision is an answer
    #[arg(long)]
    all: bool,

    /// With --all: only of this import
    #[arg(long)]
    import: Option<String>,

    #[command(flatten)]
    sort: Sort,

    #[command(flatten)]
    decision: DecisionArgs,
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct DecisionArgs {
    /// Of a clash: the side whose value is kept; of what is gone on the right: left makes it again, right leaves it out
    #[arg(long, value_enum)]
    take: Option<Taken>,

    /// Of equal candidates: the right record that is the counterpart
    #[arg(long, value_name = "RIGHT_ID", conflicts_with = "all")]
    pair: Option<String>,

    /// Let the next sync try once more
    #[arg(long)]
    retry: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Taken {
    Left,
    Right,
}

fn kind(word: &str) -> Result<ProblemKind, String> {
    let folded = word.replace('-', "_").to_lowercase();
    ProblemKind::of(&folded).ok_or_else(|| {
        let words: Vec<&str> = ProblemKind::WORDS.iter().map(|(word, _)| *word).collect();
        format!(
            "there is no such kind: {}",
            nearest::hint(&folded, "kind", &words)
        )
    })
}

/// Does what the verb says.
pub async fn run(args: ProblemArgs, as_json: bool) -> Result<Exit, Failure> {
    let rooms = Rooms::open(&args.state).await?;
    match args.verb {
        Verb::List { import, sort, limit } => list(&rooms, &import, &sort, limit, as_json).await,
        Verb::Show { id } => show::show(&rooms, &find(&rooms, &id).await?, as_json).await,
        Verb::Decide(args) => decide(&rooms, args, as_json).await,
    }
}

async fn list(
    rooms: &Rooms,
    import: &str,
    sort: &Sort,
    limit: usize,
    as_json: bool,
) -> Result<Exit, Failure> {
    let id = import::find(rooms, import).await?;
    let problems = looked(rooms, &id, sort, limit).await?;
    if as_json {
        print::json(&problems);
        return Ok(Exit::Done);
    }
    if problems.is_empty() {
        print::talk("There is no open problem.");
        return Ok(Exit::Done);
    }
    for open in &problems {
        print::data(report::problem_text(&open.problem));
    }
    if let [open, ..] = problems.as_slice() {
        let id = report::short_problem_id(open.id);
        print::talk(format!("\nSee both sides of one: interline problem show {id}"));
    }
    Ok(Exit::Done)
}

async fn looked(
    rooms: &Rooms,
    import: &ImportId,
    sort: &Sort,
    at_most: usize,
) -> Result<Vec<OpenProblem>, Failure> {
    let kinds: Vec<Option<ProblemKind>> = match sort.kind.as_slice() {
        [] => vec![None],
        kinds => kinds.iter().copied().map(Some).collect(),
    };
    let mut found = Vec::new();
    for kind in kinds {
        let wanted = Looked {
            kind,
            object: sort.object.as_deref().map(ObjectName::from),
            record: None,
        };
        let room = at_most.saturating_sub(found.len());
        found.extend(rooms.store.look_for_problems(import, &wanted, room).await?);
    }
    Ok(found)
}

/// The open problem whose id this is, or begins so, if only one does.
async fn find(rooms: &Rooms, id: &str) -> Result<OpenProblem, Failure> {
    let mut found = rooms.store.problems_named(id).await?;
    match (found.pop(), found.is_empty()) {
        (Some(open), true) => Ok(open),
        (Some(_), false) => Err(
            Failure::usage(format!("More than one problem begins with `{id}`"))
                .hint("write more of its id; interline problem list IMPORT --json shows it whole"),
        ),
        (None, _) => Err(Failure::usage(format!("There is no open problem `{id}`"))
            .hint("interline problem list IMPORT shows those that are open")),
    }
}

async fn decide(rooms: &Rooms, args: DecideArgs, as_json: bool) -> Result<Exit, Failure> {
    let answer = match (args.decision.take, args.decision.pair) {
        (Some(Taken::Left), _) => Answer::Take(Side::Left),
        (Some(Taken::Right), _) => Answer::Take(Side::Right),
        (None, Some(id)) => Answer::Pair(RecordId::from(id)),
        (None, None) => Answer::Retry,
    };
    let Some(id) = &args.id else {
        return decide_all(rooms, &answer, args.import.as_deref(), args.sort, as_json).await;
    };
    let open = find(rooms, id).await?;
    let answered = rooms
        .answer(&open.import, std::slice::from_ref(&open), &answer)
        .await?;
    if answered.skipped > 0 {
        return Err(no_answer(&open, &answer));
    }
    let kinds = std::slice::from_ref(&open.problem.kind);
    tell(
        &answered,
        std::slice::from_ref(&open.import),
        (&answer, kinds),
        as_json,
    );
    Ok(Exit::Done)
}

async fn decide_all(
    rooms: &Rooms,
    answer: &Answer,
    import: Option<&str>,
    mut sort: Sort,
    as_json: bool,
) -> Result<Exit, Failure> {
    if matches!(answer, Answer::Take(_)) && sort.kind.is_empty() {
        sort.kind.push(ProblemKind::Clash);
    }
    let imports = match import {
        Some(name) => vec![import::find(rooms, name).await?],
        None => rooms
            .store
            .imports()
            .await?
            .into_iter()
            .map(|row| row.import.id)
            .collect(),
    };
    let (mut sum, mut touched) = (Answered::default(), Vec::new());
    for import in imports {
        let problems = looked(rooms, &import, &sort, AT_MOST).await?;
        if problems.is_empty() {
            continue;
        }
        let answered = rooms.answer(&import, &problems, answer).await?;
        sum.decided += answered.decided;
        sum.settled_already += answered.settled_already;
        sum.skipped += answered.skipped;
        touched.push(import);
    }
    tell(&sum, &touched, (answer, &sort.kind), as_json);
    Ok(if sum.decided > 0 { Exit::Done } else { Exit::No })
}

/// Why a decision is none for this problem.
fn no_answer(open: &OpenProblem, answer: &Answer) -> Failure {
    let id = report::short_problem_id(open.id);
    let kind = report::kind(open.problem.kind);
    let sentence = match (answer, open.problem.kind) {
        (Answer::Pair(right), ProblemKind::EqualCandidates) => {
            format!("`{right}` is none of the candidates of problem {id}")
        }
        _ => format!("Problem {id} cannot be decided so: its kind is {kind}"),
    };
    let cure = match open.problem.kind {
        ProblemKind::Clash | ProblemKind::GoneOnTheRight => {
            format!("say --take left or --take right; interline problem show {id}")
        }
        ProblemKind::EqualCandidates => {
            format!("say --pair with one of them; interline problem show {id} lists them")
        }
        _ => {
            let retry = format!("correct its cause, and say --retry; interline problem show {id}");
            open.problem
                .hint
                .as_ref()
                .map_or(retry, |hint| format!("{hint}; then say --retry"))
        }
    };
    Failure::usage(sentence).hint(cure)
}

fn tell(
    answered: &Answered,
    imports: &[ImportId],
    (answer, kinds): (&Answer, &[ProblemKind]),
    as_json: bool,
) {
    if as_json {
        print::json(answered);
        return;
    }
    let problems = print::many(answered.decided, "problem", "problems");
    let is_gone = kinds == [ProblemKind::GoneOnTheRight];
    match answer {
        _ if answered.decided == 0 => print::talk("Nothing is to be decided so."),
        Answer::Take(Side::Left) if is_gone => {
            print::talk(format!("Decided {problems}: the next sync makes it again."));
        }
        Answer::Take(Side::Right) if is_gone => {
            print::talk(format!("Decided {problems}: the record is left out."));
        }
        Answer::Take(Side::Left) => print::talk(format!("Decided {problems}: the left value is kept.")),
        Answer::Take(Side::Right) => print::talk(format!("Decided {problems}: the right value is kept.")),
        Answer::Pair(right) => print::talk(format!("Decided: its counterpart is {right}.")),
        Answer::Retry => print::talk(format!("The next sync tries again: {problems}.")),
    }
    if answered.settled_already > 0 {
        let settled = print::many(answered.settled_already, "problem was", "problems were");
        print::talk(format!(
            "{settled} settled by what is there now; the next sync closes that."
        ));
    }
    if answered.skipped > 0 {
        let skipped = print::many(answered.skipped, "problem", "problems");
        print::talk(format!("To {skipped} this is no answer."));
    }
    for import in imports.iter().filter(|_| answered.decided > 0) {
        let direction = match answer {
            Answer::Take(Side::Right) if !is_gone => " --direction both",
            _ => "",
        };
        print::talk(format!("Do it now: interline import sync {import}{direction}"));
    }
}
