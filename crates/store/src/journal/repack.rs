//! A file that nobody writes any more, packed again.

use std::{fs::File, io, path::Path};

use super::block::{self, Packer};

/// So many bytes of events go into a block when a file is packed again.
const BLOCK: usize = 1 << 20;

/// A file that is packed again: fewer blocks, and larger.
pub(super) struct Repacked {
    file: File,
    packer: Packer,
    records: Vec<u8>,
    count: u32,
    first: u64,
    received_at: i64,
    length: u64,
}

impl Repacked {
    pub fn create(path: &Path) -> io::Result<Self> {
        Ok(Self {
            file: File::create(path)?,
            packer: Packer::thorough()?,
            records: Vec::new(),
            count: 0,
            first: 0,
            received_at: 0,
            length: 0,
        })
    }

    pub fn add(&mut self, head: &block::Head, records: &[u8]) -> io::Result<()> {
        // Within a block, positions follow each other.
        if self.records.len() + records.len() > BLOCK || self.first + u64::from(self.count) != head.first {
            self.flush()?;
        }
        if self.count == 0 {
            (self.first, self.received_at) = (head.first, head.received_at);
        }
        self.records.extend_from_slice(records);
        self.count += head.count;
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.count == 0 {
            return Ok(());
        }
        let mut out = Vec::new();
        self.packer
            .put(&mut out, &self.records, self.count, self.first, self.received_at)?;
        io::Write::write_all(&mut self.file, &out)?;
        self.length += out.len() as u64;
        self.records.clear();
        self.count = 0;
        Ok(())
    }

    pub fn finish(mut self) -> io::Result<u64> {
        self.flush()?;
        self.file.sync_all()?;
        Ok(self.length)
    }
}
