//! Files that are there whole or not at all.

use std::{
    fs::{self, File},
    io,
    path::Path,
};

/// Gives a written and synced file its name, for good.
pub(super) fn put_in_place(temporary: &Path, path: &Path) -> io::Result<()> {
    fs::rename(temporary, path)?;
    path.parent().map_or(Ok(()), sync_folder)
}

/// Makes sure that a folder's names are on disk.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Removes what was being written when the program ended.
pub(super) fn sweep(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "tmp") {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// The names in a folder that a reading understands, sorted by it.
pub(super) fn named<T: Ord>(folder: &Path, understand: impl Fn(&str) -> Option<T>) -> io::Result<Vec<T>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        if let Some(understood) = name.to_str().and_then(&understand) {
            found.push(understood);
        }
    }
    found.sort();
    Ok(found)
}
