//! An import's own copy of its recipe: shown, listed by versions, edited.

use std::{
    ffi::OsString,
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

use model::ImportId;
use serde_json::json;

use super::read;
use crate::{
    cli::{connection, import, print},
    config,
    failure::{Exit, Failure},
    wiring::Rooms,
};

/// Prints a version of an import's recipe.
pub async fn show(rooms: &Rooms, name: &str, version: Option<i64>) -> Result<Exit, Failure> {
    let id = import::find(rooms, name).await?;
    print::data(text_of(rooms, &id, version).await?.trim_end());
    Ok(Exit::Done)
}

/// Lists the versions of an import's recipe.
pub async fn versions(rooms: &Rooms, name: &str, as_json: bool) -> Result<Exit, Failure> {
    let id = import::find(rooms, name).await?;
    let versions = rooms.store.recipe_versions(&id).await?;
    if as_json {
        let all = versions
            .iter()
            .map(|(version, at)| json!({ "version": version, "since": at }));
        print::json(&all.collect::<Vec<_>>());
        return Ok(Exit::Done);
    }
    let mut table = print::table(&[">Version", "Since"]);
    for (version, at) in versions {
        table.add_row([version.to_string(), print::time(at)]);
    }
    print::show(&table);
    Ok(Exit::Done)
}

/// Changes an import's recipe: by a file, or in an editor.
pub async fn edit(rooms: &Rooms, name: &str, file: Option<&Path>) -> Result<Exit, Failure> {
    let id = import::find(rooms, name).await?;
    let before = text_of(rooms, &id, None).await;
    let path = match file {
        Some(file) => file.to_owned(),
        None => in_editor(name, &before.as_ref().map_err(clone_failure)?.clone())?,
    };
    let kept = rooms.store.import(&id).await?.import;
    let left = connection::find(rooms, kept.left.as_str()).await?;
    let right = connection::find(rooms, kept.right.as_str()).await?;
    let read = read(rooms, &path, &left, &right).await;
    let (recipe, text) = match (read, file) {
        // What was typed must not be lost over a mistake in it.
        (Err(failure), None) => {
            print::talk(format!("Your text is kept in {}", path.display()));
            return Err(failure);
        }
        (read, _) => read?,
    };
    if before.is_ok_and(|before| before == text) {
        print::talk("Nothing was changed.");
        return Ok(Exit::Done);
    }
    let version = rooms.store.change_recipe_text(&id, &recipe, &text).await?;
    if file.is_none() {
        // It is in the state now.
        let _ = fs::remove_file(&path);
    }
    print::talk(format!(
        "Import {name} has version {version} of its recipe. Apply it: interline import replan {name}"
    ));
    Ok(Exit::Done)
}

fn clone_failure(failure: &Failure) -> Failure {
    Failure::usage(failure.to_string()).hint("bring the text with --file FILE")
}

async fn text_of(rooms: &Rooms, id: &ImportId, version: Option<i64>) -> Result<String, Failure> {
    let row = rooms.store.import(id).await?;
    let version = version.unwrap_or(row.version);
    let text = rooms.store.recipe_text(id, version).await?;
    text.ok_or_else(|| {
        Failure::usage(format!(
            "The text of version {version} of the recipe of `{id}` is not kept"
        ))
        .hint(format!("interline recipe versions {id} lists those that are"))
    })
}

/// The path of a text after somebody edited it.
fn in_editor(name: &str, text: &str) -> Result<PathBuf, Failure> {
    let broke = |error: std::io::Error| Failure::broke("The recipe cannot be put into a file").because(error);
    let safe: String = name
        .chars()
        .map(|letter| if letter.is_alphanumeric() { letter } else { '-' })
        .collect();
    let mut file = tempfile::Builder::new()
        .prefix(&format!("{safe}-"))
        .suffix(".yaml")
        .tempfile()
        .map_err(broke)?;
    file.write_all(text.as_bytes()).map_err(broke)?;
    let (_, path) = file.keep().map_err(|error| broke(error.error))?;
    let editor = config::editor();
    let failed = |editor: &OsString| {
        Failure::broke(format!("The editor `{}` did not end well", editor.display()))
            .hint("set EDITOR, or bring the text with --file FILE")
    };
    // An editor may come with words of its own: `code --wait`.
    let said = editor.to_string_lossy().into_owned();
    let mut words = said.split_whitespace();
    let program = words.next().unwrap_or("vi");
    let status = Command::new(program).args(words).arg(&path).status();
    match status {
        Ok(status) if status.success() => Ok(path),
        Ok(_) => Err(failed(&editor)),
        Err(error) => Err(failed(&editor).because(error)),
    }
}
