//! A block: what one commit appended, or a piece of it, with a head that says what it is and sums that say whether it is.

use std::io::{self, Read, Seek, SeekFrom};

use super::record::{Bytes, sum};

/// So long is a head.
pub(super) const HEAD: usize = 52;

/// Larger than this, once unpacked, no block is: it must be read whole.
pub(super) const LARGEST: usize = 64 << 20;

/// With this a head begins.
const MAGIC: [u8; 4] = *b"ILJ1";

/// The payload is packed.
const PACKED: u32 = 1;

/// The block was packed again, when its file was closed.
const AGAIN: u32 = 2;

/// What a head says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    stored: u32,
    raw: u32,
    flags: u32,
    sum: u64,
    /// How many events.
    pub count: u32,
    /// The position of the first.
    pub first: u64,
    /// When the first came, in microseconds.
    pub received_at: i64,
}

impl Head {
    /// The whole block's bytes.
    pub fn length(&self) -> u64 {
        u64::from(self.stored) + HEAD as u64
    }

    /// The position after the last event.
    pub fn after(&self) -> u64 {
        self.first.saturating_add(u64::from(self.count))
    }

    /// Whether it was packed again.
    pub fn is_again(&self) -> bool {
        self.flags & AGAIN != 0
    }

    fn bytes(&self) -> [u8; HEAD - 8] {
        let mut bytes = [0; HEAD - 8];
        let parts: [&[u8]; 8] = [
            &MAGIC,
            &self.stored.to_le_bytes(),
            &self.raw.to_le_bytes(),
            &self.flags.to_le_bytes(),
            &self.sum.to_le_bytes(),
            &self.count.to_le_bytes(),
            &self.first.to_le_bytes(),
            &self.received_at.to_le_bytes(),
        ];
        for (place, byte) in bytes.iter_mut().zip(parts.into_iter().flatten()) {
            *place = *byte;
        }
        bytes
    }

    /// Reads a head; nothing if it is none.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let mut rest = Bytes(bytes);
        if rest.take(4)? != MAGIC {
            return None;
        }
        let head = Self {
            stored: rest.u32()?,
            raw: rest.u32()?,
            flags: rest.u32()?,
            sum: rest.u64()?,
            count: rest.u32()?,
            first: rest.u64()?,
            received_at: rest.i64()?,
        };
        let is_whole = rest.u64()? == sum(&head.bytes());
        let is_sized = head.raw as usize <= LARGEST && head.stored as usize <= LARGEST;
        (is_whole && is_sized && head.count > 0).then_some(head)
    }
}

/// Packs and writes blocks.
pub(super) struct Packer {
    zstd: zstd::bulk::Compressor<'static>,
    again: bool,
}

impl Packer {
    /// For what is waited for: quick.
    pub fn quick() -> io::Result<Self> {
        Ok(Self {
            zstd: zstd::bulk::Compressor::new(1)?,
            again: false,
        })
    }

    /// For what has time: small.
    pub fn thorough() -> io::Result<Self> {
        Ok(Self {
            zstd: zstd::bulk::Compressor::new(6)?,
            again: true,
        })
    }

    /// Appends a block.
    pub fn put(
        &mut self,
        out: &mut Vec<u8>,
        records: &[u8],
        count: u32,
        first: u64,
        received_at: i64,
    ) -> io::Result<()> {
        // A few hundred bytes are not worth it.
        let packed = match records.len() {
            0..256 => None,
            _ => Some(self.zstd.compress(records)?).filter(|packed| packed.len() < records.len()),
        };
        let stored = packed.as_deref().unwrap_or(records);
        let long = |_| io::Error::new(io::ErrorKind::InvalidInput, "a block is too long");
        let head = Head {
            stored: u32::try_from(stored.len()).map_err(long)?,
            raw: u32::try_from(records.len()).map_err(long)?,
            flags: if packed.is_some() { PACKED } else { 0 } | if self.again { AGAIN } else { 0 },
            sum: sum(stored),
            count,
            first,
            received_at,
        };
        let bytes = head.bytes();
        out.extend_from_slice(&bytes);
        out.extend_from_slice(&sum(&bytes).to_le_bytes());
        out.extend_from_slice(stored);
        Ok(())
    }
}

/// What lies at a place of a file.
pub(super) enum Found {
    /// A block, and its events' bytes.
    Block(Head, Vec<u8>),
    /// Nothing: the file ends here.
    End,
    /// No whole block.
    Damaged,
}

/// Reads the head at a place.
pub(super) fn head(file: &mut (impl Read + Seek), at: u64) -> io::Result<Option<Head>> {
    let mut bytes = [0; HEAD];
    file.seek(SeekFrom::Start(at))?;
    match file.read_exact(&mut bytes) {
        Ok(()) => Ok(Head::parse(&bytes)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads the block at a place of a file with so many bytes.
pub(super) fn read(file: &mut (impl Read + Seek), at: u64, length: u64) -> io::Result<Found> {
    if at >= length {
        return Ok(Found::End);
    }
    let Some(head) = head(file, at)? else {
        return Ok(Found::Damaged);
    };
    if at.saturating_add(head.length()) > length {
        return Ok(Found::Damaged);
    }
    let mut stored = vec![0; head.stored as usize];
    file.read_exact(&mut stored)?;
    if sum(&stored) != head.sum {
        return Ok(Found::Damaged);
    }
    let records = match head.flags & PACKED {
        0 => stored,
        _ => match zstd::bulk::decompress(&stored, head.raw as usize) {
            Ok(records) => records,
            Err(_) => return Ok(Found::Damaged),
        },
    };
    Ok(match records.len() == head.raw as usize {
        true => Found::Block(head, records),
        false => Found::Damaged,
    })
}

/// The next place after this one where a head is; none if there is no other.
pub(super) fn next(file: &mut (impl Read + Seek), after: u64, length: u64) -> io::Result<Option<u64>> {
    const PIECE: usize = 1 << 20;
    let mut begin = after.saturating_add(1);
    let mut piece = Vec::new();
    while begin < length {
        piece.clear();
        file.seek(SeekFrom::Start(begin))?;
        file.by_ref()
            .take((PIECE + HEAD) as u64)
            .read_to_end(&mut piece)?;
        let found = piece
            .windows(HEAD)
            .position(|window| window.starts_with(&MAGIC) && Head::parse(window).is_some());
        match found {
            Some(at) => return Ok(Some(begin + at as u64)),
            None => begin += PIECE as u64,
        }
    }
    Ok(None)
}
