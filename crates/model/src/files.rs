//! Files that an import brought from the left side to the right, and the port that remembers them.

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
};

use async_trait::async_trait;

use crate::{Fault, FileRef, ImportId, ObjectName, RecordId, SetSum};

/// What stands for a file's address where it is kept: an address may be as long as the file itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AddressMark(pub [u8; 16]);

impl AddressMark {
    /// The mark of an address.
    pub fn of(address: &str) -> Self {
        let mut mark = [0; 16];
        let hash = blake3::hash(address.as_bytes());
        mark.iter_mut()
            .zip(hash.as_bytes())
            .for_each(|(to, from)| *to = *from);
        Self(mark)
    }
}

/// What became of the file at a left address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownFile {
    /// Its address on the left side.
    pub address: AddressMark,
    /// What it is called.
    pub name: String,
    /// Where it is now; or why it could not be had.
    pub result: Result<BroughtFile, String>,
}

/// A file that is on the right side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BroughtFile {
    /// Where.
    pub file: FileRef,
    /// The SHA-256 of its bytes.
    pub sha256: [u8; 32],
    /// How many bytes it has.
    pub size: u64,
}

/// A record that a file is to be attached to, and the file's address on the right side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// The left object.
    pub object: ObjectName,
    /// The left record.
    pub record: RecordId,
    /// The file, as the right side calls it.
    pub file: String,
}

/// Which files an import brought.
#[async_trait]
pub trait Files: Send + Sync {
    /// What became of these addresses, as far as anything did.
    async fn known(
        &self,
        import: &ImportId,
        addresses: &[AddressMark],
    ) -> Result<HashMap<AddressMark, KnownFile>, Fault>;

    /// Files with these contents that are on the right side already, by their SHA-256.
    async fn alike(
        &self,
        import: &ImportId,
        contents: &[[u8; 32]],
    ) -> Result<HashMap<[u8; 32], BroughtFile>, Fault>;

    /// Keeps what became of files, and to which records they are attached. A file belongs to the record that came first,
    /// for ever: a later one changes nothing.
    async fn keep(&self, import: &ImportId, files: &[KnownFile], owners: &[Attachment]) -> Result<(), Fault>;

    /// The files that belong to these left records.
    async fn attached(
        &self,
        import: &ImportId,
        object: &ObjectName,
        records: &[RecordId],
    ) -> Result<HashMap<RecordId, Vec<FileRef>>, Fault>;

    /// Forgets files of the right side, by their addresses there: they go with the records that hold them, and whoever else
    /// needs them brings them again.
    async fn let_go(&self, import: &ImportId, files: &[String]) -> Result<(), Fault>;

    /// How many files open problems miss.
    async fn missing(&self, import: &ImportId) -> Result<u64, Fault>;

    /// What all files of the import come to.
    async fn sum(&self, import: &ImportId) -> Result<FileSum, Fault>;
}

/// What the files of an import come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileSum {
    /// Those on the right side: each once, by its SHA-256 and how many bytes it has.
    pub brought: SetSum,
    /// Their bytes.
    pub bytes: u64,
    /// Addresses that gave no file, by the reason.
    pub missing: BTreeMap<String, u64>,
}

/// A file of our disk that is to be brought to a vendor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFile {
    /// Where it lies.
    pub path: PathBuf,
    /// What it is to be called.
    pub name: String,
    /// What it is, if that is known.
    pub media_type: Option<String>,
    /// How many bytes it has.
    pub size: u64,
}

/// What was fetched to our disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// How many bytes.
    pub size: u64,
    /// Their SHA-256.
    pub sha256: [u8; 32],
}

impl Fetched {
    /// So many bytes with that digest.
    pub fn new(size: u64, digest: &[u8]) -> Self {
        let mut sha256 = [0; 32];
        sha256.iter_mut().zip(digest).for_each(|(to, from)| *to = *from);
        Self { size, sha256 }
    }
}
