//! Bodies are compressed: a vendor's JSON shrinks to a third or less.

use std::{
    io,
    sync::{Mutex, PoisonError},
};

use serde::{Serialize, de::DeserializeOwned};
use zstd::bulk::{Compressor, Decompressor};

use crate::error::{Cause, Trouble};

/// A quick level that finds repeated names and leaves the letters as they are: small bodies gain little by more.
const LEVEL: i32 = -3;

/// What is shorter stays as it is: the tables that a compressed body begins with would eat up what it saves.
const SHORT: usize = 400;

/// What every compressed body begins with, and no JSON does.
const MAGIC: [u8; 4] = zstd::zstd_safe::MAGICNUMBER.to_le_bytes();

/// No body of ours unpacks to more than this; whatever claims to is damaged.
const LARGEST: u64 = 1 << 30;

/// Compresses and decompresses, with working memory that is used again and again.
pub(crate) struct Pack {
    compressor: Mutex<Compressor<'static>>,
    decompressor: Mutex<Decompressor<'static>>,
}

impl Pack {
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            compressor: Mutex::new(Compressor::new(LEVEL)?),
            decompressor: Mutex::new(Decompressor::new()?),
        })
    }

    /// Compresses, if it is worth it.
    pub fn pack(&self, bytes: &[u8]) -> Result<Vec<u8>, Cause> {
        if bytes.len() < SHORT && !bytes.starts_with(&MAGIC) {
            return Ok(bytes.to_vec());
        }
        let mut compressor = self.compressor.lock().unwrap_or_else(PoisonError::into_inner);
        compressor
            .compress(bytes)
            .map_err(|error| Cause::new(Trouble::Unexpected, error))
    }

    /// Decompresses what was compressed.
    pub fn unpack(&self, packed: &[u8]) -> Result<Vec<u8>, Cause> {
        if !packed.starts_with(&MAGIC) && packed.len() < SHORT {
            return Ok(packed.to_vec());
        }
        let size = zstd::zstd_safe::get_frame_content_size(packed)
            .ok()
            .flatten()
            .filter(|size| *size <= LARGEST)
            .and_then(|size| usize::try_from(size).ok())
            .ok_or(Trouble::Garbled)?;
        let mut decompressor = self.decompressor.lock().unwrap_or_else(PoisonError::into_inner);
        decompressor
            .decompress(packed, size)
            .map_err(|error| Cause::new(Trouble::Garbled, error))
    }

    /// Writes as JSON, compressed.
    pub fn pack_json(&self, value: &impl Serialize) -> Result<Vec<u8>, Cause> {
        self.pack(&serde_json::to_vec(value)?)
    }

    /// Reads what `pack_json` wrote.
    pub fn unpack_json<T: DeserializeOwned>(&self, packed: &[u8]) -> Result<T, Cause> {
        Ok(serde_json::from_slice(&self.unpack(packed)?)?)
    }

    /// Decompresses a text.
    pub fn unpack_text(&self, packed: &[u8]) -> Result<String, Cause> {
        String::from_utf8(self.unpack(packed)?).map_err(|error| Cause::new(Trouble::Garbled, error))
    }
}
