//! `interline record show`: one record on both sides, and what was done to it.

use clap::{Args, Subcommand};
use model::{
    Change, ConnectionId, End, FieldName, Import, Intents, Mirror, ObjectName, PairRow, Problem, Raw, Record,
    RecordId, Source,
};
use serde::Serialize;
use serde_json::json;
use store::{Fate, Looked, Past};

use crate::{
    cli::{
        import, nearest, print,
        undo::{self, UndoArgs},
        value::short,
    },
    config::StateArgs,
    failure::{Exit, Failure},
    wiring::{self, Rooms},
};

mod fields;

use fields::{show_fields, show_history, show_trouble};

/// How many of the record's open problems are shown.
const PROBLEMS: usize = 100;

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
        /// The record's id at either vendor
        id: String,
    },
    /// Take back what the latest run wrote of a record, or of one field
    Undo {
        /// The import
        import: String,
        /// The object, of either side: company, ticket
        object: String,
        /// The record's id at either vendor
        id: String,

        /// Only this field, as either side names it
        #[arg(long)]
        field: Option<String>,

        #[command(flatten)]
        how: UndoArgs,
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
    match args.verb {
        Verb::Show { import, object, id } => show_one(&rooms, &import, &object, id, as_json).await,
        Verb::Undo {
            import,
            object,
            id,
            field,
            how,
        } => {
            let import = import::find(&rooms, &import).await?;
            let import = rooms.store.import(&import).await?.import;
            let object = known_object(&import, &object)?;
            let id = RecordId::from(id);
            let pair = find_pair(&rooms, &import, &object, &id).await?;
            let known = pair.map_or((object, id), |pair| (pair.left_object, pair.left));
            let only = field.map(FieldName::from);
            let found = rooms
                .undo_of_record(&import, (&known.0, &known.1), only, how.force)
                .await?;
            let undo = found.ok_or_else(|| {
                Failure::usage(format!("No run wrote that of the {} `{}`", known.0, known.1))
                    .hint("interline record show lists what was done to it")
            })?;
            undo::undo(&rooms, &import, &[undo], how, as_json).await
        }
    }
}

async fn show_one(
    rooms: &Rooms,
    import: &str,
    object: &str,
    id: String,
    as_json: bool,
) -> Result<Exit, Failure> {
    let import = import::find(rooms, import).await?;
    let import = rooms.store.import(&import).await?.import;
    let object = known_object(&import, object)?;
    let id = RecordId::from(id);
    let pair = find_pair(rooms, &import, &object, &id).await?;
    let (left_object, left_id) = match &pair {
        Some(pair) => (pair.left_object.clone(), pair.left.clone()),
        None => (object.clone(), id.clone()),
    };
    let left = face(rooms, &import.left, &left_object, &left_id).await?;
    let right = match &pair {
        Some(pair) => Some(face(rooms, &import.right, &pair.right_object, &pair.right).await?),
        None => None,
    };
    let history = history_of(rooms, &import, (&left_object, &left_id), pair.as_ref()).await?;
    let problems = problems_of(rooms, &import, &left_object, &left_id).await?;
    // Without both connections the rest is still worth showing.
    let about = rooms
        .inspect(&import, &left_object, std::slice::from_ref(&left_id))
        .await;
    let about = about.ok().and_then(|mut found| found.pop());
    let next = next_try(rooms, &import).await?;
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
            "fields": about.as_ref().map(|about| &about.fields),
            "next_try": next,
        }));
    } else {
        show(&left, right.as_ref(), pair.as_ref());
        if let Some(about) = &about {
            show_fields(about);
        }
        show_history(&history);
        show_trouble(&history, &problems, &next);
    }
    Ok(Exit::Done)
}

/// What was done to a record, a creation with what it was made with.
async fn history_of(
    rooms: &Rooms,
    import: &Import,
    (object, left): (&ObjectName, &RecordId),
    pair: Option<&PairRow>,
) -> Result<Vec<Past>, Failure> {
    let mut history = rooms.store.changes_of(&import.id, object, left).await?;
    let Some(pair) = pair else {
        return Ok(history);
    };
    let written = history.iter().filter(|past| is_written(past));
    let mut written: Vec<Change> = written.map(|past| past.change.clone()).collect();
    engine::with_contents(&mut written, &pair.base);
    let places = history.iter_mut().filter(|past| is_written(past));
    places
        .zip(written)
        .for_each(|(past, change)| past.change = change);
    Ok(history)
}

async fn problems_of(
    rooms: &Rooms,
    import: &Import,
    object: &ObjectName,
    record: &RecordId,
) -> Result<Vec<Problem>, Failure> {
    let wanted = Looked {
        object: Some(object.clone()),
        record: Some(record.clone()),
        kind: None,
    };
    let open = rooms
        .store
        .look_for_problems(&import.id, &wanted, PROBLEMS)
        .await?;
    Ok(open.into_iter().map(|open| open.problem).collect())
}

fn is_written(past: &Past) -> bool {
    matches!(past.fate, Fate::Settled { .. })
}

/// When an open problem is tried again.
async fn next_try(rooms: &Rooms, import: &Import) -> Result<String, Failure> {
    let schedule = rooms.store.schedule(&import.id).await?;
    Ok(match schedule {
        Some(_) => format!(
            "by the next sync; interline import schedule {} says when",
            import.id
        ),
        None => format!("by the next sync: interline import sync {}", import.id),
    })
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

fn show(left: &Face, right: Option<&Face>, pair: Option<&PairRow>) {
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
