//! A twin's memory on disk: the newest snapshot, and every entry that came after it.
//!
//! The files `snapshot-N` and `journal-N` belong together; `snapshot-0` is the empty twin and has no file. An entry is
//! its length, a checksum and its bytes, written before the answer goes out: a killed process loses nothing that
//! it answered. (A power cut may: entries are not flushed to the disk one by one.)

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use crate::failure::Failure;

const MAGIC: &[u8] = b"interline twin journal 1\n";

/// The longest entry: a body limit and some room for the rest.
const LONGEST: u32 = 64 * 1024 * 1024;

/// An open data folder.
#[derive(Debug)]
pub(super) struct Journal {
    folder: PathBuf,
    number: u64,
    file: File,
    length: u64,
    entries: u64,
    line: Vec<u8>,
    // Held for as long as the folder is ours.
    _lock: File,
}

impl Journal {
    /// Opens the folder, makes it if it is missing, and keeps others out of it.
    pub(super) fn open(folder: &Path) -> Result<Self, Failure> {
        fs::create_dir_all(folder).map_err(|error| unusable(folder, error))?;
        let lock = take_lock(folder)?;
        let number = newest(folder).map_err(|error| unusable(folder, error))?;
        let path = folder.join(format!("journal-{number}"));
        let file = open_file(&path).map_err(|error| unusable(folder, error))?;
        Ok(Self {
            folder: folder.to_owned(),
            number,
            file,
            length: 0,
            entries: 0,
            line: Vec::new(),
            _lock: lock,
        })
    }

    /// The newest snapshot, if there is one.
    pub(super) fn snapshot(&self) -> Result<Option<BufReader<File>>, Failure> {
        if self.number == 0 {
            return Ok(None);
        }
        let path = self.snapshot_path(self.number);
        let file = File::open(&path).map_err(|error| unusable(&self.folder, error))?;
        Ok(Some(BufReader::with_capacity(1 << 20, file)))
    }

    /// Hands every whole entry to `take`, in order, and cuts off a torn tail.
    pub(super) fn replay(&mut self, mut take: impl FnMut(&[u8]) -> bool) -> Result<u64, Failure> {
        let folder = self.folder.clone();
        let failed = |error| unusable(&folder, error);
        let size = self.file.metadata().map_err(failed)?.len();
        let mut input = BufReader::with_capacity(1 << 20, &self.file);
        let mut whole = 0;
        let mut magic = vec![0; MAGIC.len()];
        if input.read_exact(&mut magic).is_ok() {
            if magic != MAGIC {
                return Err(unreadable(&self.folder, "it does not begin as a journal does"));
            }
            whole = MAGIC.len() as u64;
            let mut bytes = Vec::new();
            while read_entry(&mut input, &mut bytes, size - whole)
                .map_err(|error| unreadable(&folder, &error.to_string()))?
            {
                if !take(&bytes) {
                    return Err(unreadable(&self.folder, &format!("entry {}", self.entries + 1)));
                }
                whole += 12 + bytes.len() as u64;
                self.entries += 1;
            }
        }
        if whole < size {
            tracing::warn!(
                cut.bytes = size - whole,
                "Cut off the torn end of the twin's journal"
            );
        }
        self.cut(whole).map_err(failed)?;
        Ok(self.entries)
    }

    /// Writes one entry; `fill` puts its bytes in. After a failure nothing of it is left.
    pub(super) fn append(&mut self, fill: impl FnOnce(&mut Vec<u8>)) -> io::Result<()> {
        self.line.clear();
        self.line.extend_from_slice(&[0; 12]);
        fill(&mut self.line);
        let (head, bytes) = self.line.split_at_mut(12);
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        if length > LONGEST {
            return Err(io::Error::other("the request is too long to be kept"));
        }
        let (length_place, sum_place) = head.split_at_mut(4);
        length_place.copy_from_slice(&length.to_le_bytes());
        sum_place.copy_from_slice(&checksum(bytes).to_le_bytes());
        if let Err(error) = self.file.write_all(&self.line) {
            let _ = self.cut(self.length);
            return Err(error);
        }
        self.length += self.line.len() as u64;
        self.entries += 1;
        if self.line.capacity() > 1 << 20 {
            self.line = Vec::new();
        }
        Ok(())
    }

    /// How many entries came after the snapshot.
    pub(super) fn entries(&self) -> u64 {
        self.entries
    }

    /// Whether nothing was ever kept here.
    pub(super) fn is_fresh(&self) -> bool {
        self.number == 0 && self.entries == 0
    }

    /// Writes a new snapshot, and begins a new journal after it.
    pub(super) fn renew(&mut self, save: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        let number = self.number + 1;
        let temporary = self.folder.join("snapshot.tmp");
        let mut out = BufWriter::with_capacity(1 << 20, File::create(&temporary)?);
        save(&mut out)?;
        out.flush()?;
        out.get_ref().sync_all()?;
        // The journal must be there before the snapshot counts.
        let next = open_file(&self.folder.join(format!("journal-{number}")))?;
        fs::rename(&temporary, self.snapshot_path(number))?;
        File::open(&self.folder)?.sync_all()?;
        let old = self.number;
        self.file = next;
        self.number = number;
        self.entries = 0;
        self.cut(0)?;
        for path in [
            self.snapshot_path(old),
            self.folder.join(format!("journal-{old}")),
        ] {
            let _ = fs::remove_file(path);
        }
        Ok(())
    }

    /// Makes the file so long, and goes on writing there.
    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.file.set_len(length)?;
        self.file.seek(SeekFrom::Start(length))?;
        self.length = length;
        if length == 0 {
            self.file.write_all(MAGIC)?;
            self.length = MAGIC.len() as u64;
        }
        Ok(())
    }

    fn snapshot_path(&self, number: u64) -> PathBuf {
        self.folder.join(format!("snapshot-{number}"))
    }
}

fn open_file(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
}

fn take_lock(folder: &Path) -> Result<File, Failure> {
    let lock = open_file(&folder.join("lock")).map_err(|error| unusable(folder, error))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(Failure::broke(format!(
            "The twin's folder {} is in use by another twin",
            folder.display()
        ))
        .hint("stop that one first, or choose another folder with --data")),
        Err(TryLockError::Error(error)) => Err(unusable(folder, error)),
    }
}

/// The highest number that has a snapshot.
fn newest(folder: &Path) -> io::Result<u64> {
    let mut newest = 0;
    for file in fs::read_dir(folder)? {
        let name = file?.file_name();
        let number = name
            .to_str()
            .and_then(|name| name.strip_prefix("snapshot-")?.parse().ok());
        newest = newest.max(number.unwrap_or(0));
    }
    Ok(newest)
}

/// Reads one entry; `false` at the end, or where the rest is torn. A killed writer leaves the beginning of an entry, a
/// power cut may leave zeros; anything else is damage, after which entries may follow that were answered.
fn read_entry(input: &mut impl BufRead, bytes: &mut Vec<u8>, left: u64) -> io::Result<bool> {
    let mut length = [0; 4];
    let mut sum = [0; 8];
    if !read_whole(input, &mut length)? || !read_whole(input, &mut sum)? {
        return Ok(false);
    }
    let length = u64::from(u32::from_le_bytes(length));
    bytes.clear();
    input.take(length).read_to_end(bytes)?;
    if bytes.len() as u64 == length && checksum(bytes) == u64::from_le_bytes(sum) {
        return Ok(true);
    }
    let is_last = length + 12 >= left;
    let is_blank = length == 0 && is_blank(input)?;
    if is_last || is_blank {
        return Ok(false);
    }
    Err(io::Error::new(
        io::ErrorKind::InvalidData,
        "an entry is damaged, and others follow it",
    ))
}

/// Whether nothing but zeros follows.
fn is_blank(input: &mut impl BufRead) -> io::Result<bool> {
    loop {
        let bytes = input.fill_buf()?;
        if bytes.is_empty() {
            return Ok(true);
        }
        if bytes.iter().any(|byte| *byte != 0) {
            return Ok(false);
        }
        let length = bytes.len();
        input.consume(length);
    }
}

fn read_whole(input: &mut impl Read, place: &mut [u8]) -> io::Result<bool> {
    match input.read_exact(place) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// Tells a torn entry from a whole one; no defence against somebody who means harm.
fn checksum(bytes: &[u8]) -> u64 {
    let mut sum: u64 = 0xCBF2_9CE4_8422_2325 ^ bytes.len() as u64;
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        sum = (sum ^ u64::from_le_bytes(*word)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        sum ^= sum >> 29;
    }
    for byte in rest {
        sum = (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3);
    }
    sum ^ (sum >> 32)
}

fn unusable(folder: &Path, error: io::Error) -> Failure {
    Failure::broke(format!(
        "The twin cannot keep its journal in {}",
        folder.display()
    ))
    .because(error)
    .hint("choose a folder that can be written with --data, or leave --data out to keep everything in memory")
}

pub(super) fn unreadable(folder: &Path, what: &str) -> Failure {
    Failure::broke(format!(
        "The twin's journal in {} cannot be read: {what}",
        folder.display()
    ))
    .hint("it was written by another version or changed by hand; choose another folder, or remove this one to begin anew")
}

#[cfg(test)]
mod tests;
