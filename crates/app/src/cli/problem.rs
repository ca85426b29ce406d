//! `interline problem list IMPORT`: what only a person can decide.

use clap::{Args, Subcommand};

use crate::{
    cli::{import, print, report},
    config::StateArgs,
    failure::{Exit, Failure},
    wiring::Rooms,
};

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

        /// At most so many
        #[arg(long, default_value_t = 1_000)]
        limit: usize,
    },
}

/// Does what the verb says.
pub async fn run(args: ProblemArgs, as_json: bool) -> Result<Exit, Failure> {
    let rooms = Rooms::open(&args.state).await?;
    let Verb::List { import, limit } = args.verb;
    let id = import::find(&rooms, &import).await?;
    let problems = rooms.problems(&id, limit).await?;
    if as_json {
        print::json(&problems);
        return Ok(Exit::Done);
    }
    if problems.is_empty() {
        print::talk("There is no open problem.");
    }
    for problem in &problems {
        print::data(report::problem_text(problem));
    }
    Ok(Exit::Done)
}
