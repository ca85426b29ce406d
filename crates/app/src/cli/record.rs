//! `interline record show`: one record on both sides, and what was done to it.

use clap::{Args, Subcommand};
use model::{
    ConnectionId, End, Import, Intents, Mirror, ObjectName, PairRow, Problem, Raw, Record, RecordId, Source,
};
use serde::Serialize;
use serde_json::json;
use store::{Fate, Past};

use crate::{
    cli::{import, nearest, print, report, run::short_id, value::short},
    config::StateArgs,
    failure::{Exit, Failure},
    wiring::{self, Rooms},
};

/// How many open problems are looked through for the record's own.
const PROBLEMS: usize = 100_000;

/// What `record` takes.
#[derive(Args, Debug)]
pub struct RecordArgs {
    #[command(flatten)]
    state: StateArgs,

    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show a record on both sides, and what was done to it
    Show {
        /// The import
        import: String,
        /// The object, of either side: company, ticket
        object: String,
        /// The record's id at its vendor
        id: String,
    },
}

/// One side of the record.
#[derive(Serialize)]
struct Face {
    connection: ConnectionId,
    object: ObjectName,
    id: RecordId,
    /// Whether it was read from the vendor just now, and not from the mirror.
    read_now: bool,
    record: Option<Record>,
}

/// Does what the verb says.
pub async fn run(args: RecordArgs, as_json: bool) -> Result<Exit, Failure> {
    let rooms = Rooms::open(&args.state).await?;
    let Verb::Show { import, object, id } = args.verb;
    let import = import::find(&rooms, &import).await?;
    let import = rooms.store.import(&import).await?.import;
    let object = known_object(&import, &object)?;
    let id = RecordId::from(id);
    let pair = find_pair(&rooms, &import, &object, &id).await?;
    let (left_object, left_id) = match &pair {
        Some(pair) => (pair.left_object.clone(), pair.left.clone()),
        None => (object.clone(), id.clone()),
    };
    let left = face(&rooms, &import.left, &left_object, &left_id).await?;
    let right = match &pair {
        Some(pair) => Some(face(&rooms, &import.right, &pair.right_object, &pair.right).await?),
        None => None,
    };
    let history = rooms.store.changes_of(&import.id, &left_object, &left_id).await?;
    let mut problems = rooms.problems(&import.id, PROBLEMS).await?;
    problems.retain(|problem| problem.object == left_object && problem.record == left_id);
    if left.record.is_none() && pair.is_none() && problems.is_empty() {
        return Err(
            Failure::usage(format!("The import has not met a {object} `{id}`"))
                .hint("sync first, and check the id"),
        );
    }
    if as_json {
        print::json(&json!({
            "pairing": pair.as_ref().map(|pair| &pair.pairing),
            "adopted": pair.as_ref().map(|pair| pair.adopted),
            "left": left,
            "right": right,
            "history": history.iter().map(past_json).collect::<Vec<_>>(),
            "problems": problems,
        }));
    } else {
        show(&left, right.as_ref(), pair.as_ref(), &history, &problems);
    }
    Ok(Exit::Done)
}

fn known_object(import: &Import, name: &str) -> Result<ObjectName, Failure> {
    let mut objects = import.recipe.left_objects();
    objects.extend(import.recipe.right_objects());
    let names: Vec<_> = objects.iter().map(ObjectName::as_str).collect();
    if names.contains(&name) {
        return Ok(ObjectName::from(name));
    }
    Err(Failure::usage(format!("The import has no object `{name}`"))
        .hint(nearest::hint(name, "object", &names)))
}

/// The pair of a left record, else of a right one.
async fn find_pair(
    rooms: &Rooms,
    import: &Import,
    object: &ObjectName,
    id: &RecordId,
) -> Result<Option<PairRow>, Failure> {
    let ids = std::slice::from_ref(id);
    let mut pairs = rooms.store.pairs(&import.id, object, ids).await?;
    if pairs.is_empty() {
        pairs = rooms.store.pairs_of_right(&import.id, object, ids).await?;
    }
    Ok(pairs.pop())
}

async fn face(
    rooms: &Rooms,
    connection: &ConnectionId,
    object: &ObjectName,
    id: &RecordId,
) -> Result<Face, Failure> {
    let end = End::new(connection, object);
    let kept: Option<Raw> = rooms.store.raws(&end, std::slice::from_ref(id)).await?.pop();
    let session = rooms.open_session(connection).await?;
    let source = wiring::source(session.as_ref(), connection)?;
    let (raw, read_now) = match kept {
        Some(raw) => (Some(raw), false),
        // What an import wrote itself need not be in the mirror. Without the vendor the rest is still worth showing.
        None => (read(source, object, id).await, true),
    };
    let record = raw.and_then(|raw| source.shape(object, &raw).ok());
    Ok(Face {
        connection: connection.clone(),
        object: object.clone(),
        id: id.clone(),
        read_now,
        record,
    })
}

/// Reads a record directly. A session must have seen the schema to know custom fields.
async fn read(source: &dyn Source, object: &ObjectName, id: &RecordId) -> Option<Raw> {
    source.describe().await.ok()?;
    source.find(object, id).await.ok().flatten()
}

fn show(left: &Face, right: Option<&Face>, pair: Option<&PairRow>, history: &[Past], problems: &[Problem]) {
    show_face("Left", left);
    match right {
        Some(right) => {
            print::data("");
            show_face("Right", right);
        }
        None => print::data("\nIt has no counterpart."),
    }
    if let Some(pair) = pair {
        let how = if pair.adopted {
            "was there before and was adopted"
        } else {
            "was made by this import"
        };
        print::data(format!("\nPaired by `{}`; the right record {how}.", pair.pairing));
    }
    if !history.is_empty() {
        print::data("\nWhat was done");
        for past in history {
            print::data(format!("  {}", past_line(past)));
        }
    }
    for problem in problems {
        print::data(format!("\n{}", report::problem_text(problem)));
    }
}

fn show_face(side: &str, face: &Face) {
    let title = face
        .record
        .as_ref()
        .map_or("cannot be read", |record| record.title.as_str());
    let when = if face.read_now {
        "as it is now"
    } else {
        "as last read"
    };
    print::data(format!(
        "{side}: {title}, {} in {}, {when}",
        face.object, face.connection
    ));
    print::data(format!("  {}", face.id));
    let Some(record) = &face.record else {
        return;
    };
    let mut table = print::table(&["  Field", "Value"]);
    for (name, value) in record.fields.iter().filter(|(_, value)| !value.is_empty()) {
        table.add_row([format!("  {name}"), short(value)]);
    }
    print::show(&table);
}

fn past_line(past: &Past) -> String {
    let action = report::action(&past.change.action);
    let when = print::time(past.intended_at);
    // Of a creation only the key is kept, not what was written.
    let fields = match past.change.fields.len() as u64 {
        0 => String::new(),
        fields => format!(", {}", print::many(fields, "field", "fields")),
    };
    let fate = match &past.fate {
        Fate::Unsettled => "not settled yet".to_owned(),
        Fate::Settled { .. } => "done".to_owned(),
        Fate::Failed { why, .. } => format!("failed: {why}"),
    };
    format!("{when}  {action}{fields}: {fate} (run {})", short_id(&past.run))
}

fn past_json(past: &Past) -> serde_json::Value {
    let (state, at, why) = match &past.fate {
        Fate::Unsettled => ("unsettled", None, None),
        Fate::Settled { at } => ("settled", Some(at), None),
        Fate::Failed { at, why } => ("failed", Some(at), Some(why)),
    };
    json!({
        "change": past.change,
        "run": past.run,
        "intended_at": past.intended_at,
        "state": state,
        "at": at,
        "why": why,
    })
}
