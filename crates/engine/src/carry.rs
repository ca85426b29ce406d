//! Carries files: fetched to the disk, brought to the right side once however often they are named, and remembered.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
};

use futures_util::{StreamExt, future::try_join_all, stream};
use model::{
    AddressMark, BroughtFile, Clock, Destination, Fault, FaultKind, Fetched, FileRef, Files, ImportId,
    KnownFile, NewFile, Source,
};
use ring::digest;
use tempfile::TempPath;
use tokio::io::AsyncReadExt;

use crate::{
    files::{Wanted, bytes_in, picture_type, with_ending},
    work::{Tally, again_by},
};

/// How many files are under way at once.
const AT_ONCE: usize = 4;
/// The largest picture of a text, in bytes.
const LARGEST_PICTURE: u64 = 25 * 1024 * 1024;
/// The largest other file, in bytes.
const LARGEST_FILE: u64 = 250 * 1024 * 1024;

/// What a carrier of files reaches.
pub(crate) struct Carrier<'a> {
    pub(crate) import: &'a ImportId,
    pub(crate) left: &'a dyn Source,
    pub(crate) right: &'a dyn Destination,
    pub(crate) files: &'a dyn Files,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) scratch: &'a Path,
    pub(crate) tally: &'a Tally,
}

impl Carrier<'_> {
    pub(crate) async fn known(
        &self,
        marks: impl Iterator<Item = &AddressMark>,
    ) -> Result<HashMap<AddressMark, KnownFile>, Fault> {
        let marks: Vec<AddressMark> = marks.copied().collect();
        match marks.is_empty() {
            true => Ok(HashMap::new()),
            false => self.files.known(self.import, &marks).await,
        }
    }

    /// Brings what is not there yet. What could not be had is tried once more in each run.
    pub(crate) async fn brought(
        &self,
        named: &HashMap<AddressMark, &Wanted>,
    ) -> Result<HashMap<AddressMark, KnownFile>, Fault> {
        let mut known = self.known(named.keys()).await?;
        if named.keys().all(|mark| is_here(&known, mark)) {
            return Ok(known);
        }
        let mut tried = self.tally.bringing.tried.lock().await;
        let absent: Vec<AddressMark> = named
            .keys()
            .filter(|mark| !is_here(&known, mark))
            .copied()
            .collect();
        // Another lane may have brought it meanwhile.
        known.extend(self.known(absent.iter()).await?);
        let mut due: Vec<(AddressMark, &Wanted)> = named
            .iter()
            .filter(|(mark, _)| !is_here(&known, mark) && !tried.contains(mark))
            .map(|(mark, wanted)| (*mark, *wanted))
            .collect();
        due.sort_by_key(|(mark, _)| *mark);
        for group in due.chunks(AT_ONCE) {
            for file in self.bring(group).await? {
                if let Err(why) = &file.result {
                    *self.tally.counts().files.missing.entry(why.clone()).or_default() += 1;
                    tried.insert(file.address);
                }
                known.insert(file.address, file);
            }
        }
        Ok(known)
    }

    /// Brings a few files at once, and keeps what became of them before anything refers to them.
    async fn bring(&self, group: &[(AddressMark, &Wanted)]) -> Result<Vec<KnownFile>, Fault> {
        let fetched = group.iter().map(|(_, wanted)| self.fetch(wanted));
        let fetched = try_join_all(fetched).await?;
        let digests: Vec<[u8; 32]> = fetched.iter().flatten().map(|one| one.fetched.sha256).collect();
        let mut there = match digests.is_empty() {
            true => HashMap::new(),
            false => self.files.alike(self.import, &digests).await?,
        };
        let mut seen = HashSet::new();
        let fresh = fetched.iter().flatten();
        let fresh =
            fresh.filter(|one| !there.contains_key(&one.fetched.sha256) && seen.insert(one.fetched.sha256));
        let uploaded = stream::iter(fresh)
            .map(async |one| (one.fetched, self.upload(one).await))
            .buffer_unordered(AT_ONCE)
            .collect::<Vec<_>>()
            .await;
        let mut refused: HashMap<[u8; 32], String> = HashMap::new();
        for (fetched, result) in uploaded {
            match result {
                Ok(file) => {
                    let brought = BroughtFile {
                        file,
                        sha256: fetched.sha256,
                        size: fetched.size,
                    };
                    self.tally.counts().files.count(&brought);
                    there.insert(fetched.sha256, brought);
                }
                Err(fault) if is_everybodys(&fault) => return Err(fault),
                Err(fault) => drop(refused.insert(fetched.sha256, reason(&fault))),
            }
        }
        let files = group.iter().zip(&fetched).map(|((address, wanted), fetched)| {
            let result = fetched.as_ref().map_err(Clone::clone).and_then(|one| {
                let digest = &one.fetched.sha256;
                let refused = || refused.get(digest).cloned().unwrap_or_default();
                there.get(digest).cloned().ok_or_else(refused)
            });
            KnownFile {
                address: *address,
                name: wanted.file.name.clone(),
                result,
            }
        });
        let files: Vec<KnownFile> = files.collect();
        self.files.keep(self.import, &files, &[]).await?;
        Ok(files)
    }

    /// Fetches a file, or says why it cannot be had. A fault that concerns more than this file ends the run.
    async fn fetch(&self, wanted: &Wanted) -> Result<Result<OnDisk, String>, Fault> {
        let path = room(self.scratch)?;
        let fetched = match wanted.file.url.starts_with("data:") {
            true => unpack(&wanted.file.url, &path).await,
            false if wanted.file.url.starts_with("cid:") => {
                Err(absent("it was a part of a mail, and is not kept"))
            }
            false => {
                let most = match wanted.is_picture {
                    true => LARGEST_PICTURE,
                    false => LARGEST_FILE,
                };
                let to: PathBuf = path.to_path_buf();
                again_by(self.clock, self.tally, async || {
                    self.left.fetch(&wanted.file, wanted.holder(), &to, most).await
                })
                .await
            }
        };
        let fetched = match fetched {
            Ok(fetched) => fetched,
            Err(fault) if fault.kind() == FaultKind::Settings => return Err(fault),
            Err(fault) => return Ok(Err(reason(&fault))),
        };
        let seen = picture_type(&head(&path).await?);
        if wanted.is_picture && seen.is_none() {
            return Ok(Err("it is no picture that can be shown".to_owned()));
        }
        let media_type = seen.map(str::to_owned).or_else(|| wanted.file.media_type.clone());
        Ok(Ok(OnDisk {
            name: with_ending(&wanted.file.name, media_type.as_deref()),
            path,
            fetched,
            media_type,
        }))
    }

    async fn upload(&self, one: &OnDisk) -> Result<FileRef, Fault> {
        let file = NewFile {
            path: one.path.to_path_buf(),
            name: one.name.clone(),
            media_type: one.media_type.clone(),
            size: one.fetched.size,
        };
        again_by(self.clock, self.tally, async || self.right.upload(&file).await).await
    }
}

fn is_here(known: &HashMap<AddressMark, KnownFile>, mark: &AddressMark) -> bool {
    known.get(mark).is_some_and(|file| file.result.is_ok())
}

/// A file on our disk, which is gone with this value.
struct OnDisk {
    path: TempPath,
    fetched: Fetched,
    name: String,
    media_type: Option<String>,
}

/// Whether a refused file says that others would fare no better.
fn is_everybodys(fault: &Fault) -> bool {
    matches!(
        fault.kind(),
        FaultKind::Settings | FaultKind::Unreachable | FaultKind::Throttled { .. }
    )
}

/// An empty file for what will be fetched.
pub(crate) fn room(scratch: &Path) -> Result<TempPath, Fault> {
    let made = tempfile::Builder::new().prefix("file-").tempfile_in(scratch);
    made.map(tempfile::NamedTempFile::into_temp_path).map_err(disk)
}

/// Writes the bytes that stand in an address.
async fn unpack(address: &str, to: &Path) -> Result<Fetched, Fault> {
    let bytes = bytes_in(address).ok_or_else(|| absent("its bytes cannot be read"))?;
    tokio::fs::write(to, &bytes).await.map_err(disk)?;
    let digest = digest::digest(&digest::SHA256, &bytes);
    Ok(Fetched::new(bytes.len() as u64, digest.as_ref()))
}

/// The first bytes, which say what a file is.
async fn head(path: &Path) -> Result<Vec<u8>, Fault> {
    let file = tokio::fs::File::open(path).await.map_err(disk)?;
    let mut head = Vec::new();
    file.take(32).read_to_end(&mut head).await.map_err(disk)?;
    Ok(head)
}

fn absent(why: &str) -> Fault {
    Fault::new(FaultKind::Gone, "fetching a file").said(why)
}

fn disk(error: std::io::Error) -> Fault {
    Fault::new(FaultKind::Settings, "keeping a file for a moment")
        .hint("the data folder must be writable, and the disk must have room for a few files")
        .because(error)
}

/// Why a file could not be had, in a few words.
fn reason(fault: &Fault) -> String {
    fault.words().map_or_else(|| fault.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests;
