//! `interline import edit-connection`: another way into the same workspace.

use clap::Args;
use model::{ConnectionId, Side};

use crate::{
    cli::{connection, import::find, print},
    failure::{Exit, Failure},
    wiring::{self, Rooms},
};

/// What `import edit-connection` takes.
#[derive(Args, Debug)]
pub struct EditArgs {
    /// The import
    name: String,

    /// The connection to read from, and write back to, from now on
    #[arg(long, value_name = "CONNECTION")]
    left: Option<String>,

    /// The connection to write to from now on
    #[arg(long, value_name = "CONNECTION", required_unless_present = "left")]
    right: Option<String>,

    /// Even if it reaches another workspace, or that cannot be told
    #[arg(long)]
    force: bool,
}

/// Checks that both connections reach one workspace, and changes over.
pub async fn edit(rooms: &Rooms, args: &EditArgs) -> Result<Exit, Failure> {
    let id = find(rooms, &args.name).await?;
    let import = rooms.store.import(&id).await?.import;
    let sides = [
        (Side::Left, &args.left, &import.left),
        (Side::Right, &args.right, &import.right),
    ];
    for (side, wanted, old) in sides {
        let Some(wanted) = wanted else { continue };
        let new = connection::find(rooms, wanted).await?;
        let known = rooms.store.connection(old).await?;
        if new.connector != known.connector {
            return Err(Failure::usage(format!(
                "Connection `{wanted}` reaches {}, and the import needs {}",
                new.connector, known.connector
            )));
        }
        if !args.force {
            check_same(rooms, old, &new.id).await?;
        }
        rooms.store.change_side(&id, side, &new.id).await?;
        print::talk(format!("Import {} goes through {} now.", args.name, new.id));
    }
    Ok(Exit::Done)
}

/// Refuses another workspace: its records would all be new, and the old ones gone.
async fn check_same(rooms: &Rooms, old: &ConnectionId, new: &ConnectionId) -> Result<(), Failure> {
    let there = workspace(rooms, new).await?;
    let force = "with --force it is changed all the same: records that are not there count as gone";
    match workspace(rooms, old).await {
        Ok(here) if here == there => Ok(()),
        Ok(here) => Err(Failure::usage(format!(
            "Connection `{new}` reaches the workspace {there}, and `{old}` reaches {here}"
        ))
        .hint(force)),
        Err(failure) => Err(Failure::usage(format!(
            "Whether `{new}` reaches the same workspace as `{old}` cannot be told, for `{old}` does not answer"
        ))
        .because(failure)
        .hint(force)),
    }
}

async fn workspace(rooms: &Rooms, id: &ConnectionId) -> Result<String, Failure> {
    let session = rooms.open_session(id).await?;
    Ok(wiring::source(session.as_ref(), id)?.workspace().await?.id)
}
