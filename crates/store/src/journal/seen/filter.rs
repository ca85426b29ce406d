//! A filter says of most keys that they are not there, from memory alone.

use super::Key;

/// One bit in each of eight words: one line of the processor's memory is read for a question.
type Cell = [u32; 8];

/// Odd numbers, as Apache Parquet's filter has them.
const SALT: Cell = [
    0x47b6_137b,
    0x4497_4d91,
    0x8824_ad5b,
    0xa2b7_289d,
    0x7054_95c7,
    0x2df1_424b,
    0x9efc_4947,
    0x5c6b_fb31,
];

/// Keys to a cell of 256 bits: one question in about two hundred is answered with a false perhaps.
const KEYS_PER_CELL: u64 = 20;

/// A filter over some keys.
pub(super) struct Filter(Vec<Cell>);

impl Filter {
    /// One for so many keys.
    pub fn for_keys(count: u64) -> Self {
        let cells = usize::try_from(count / KEYS_PER_CELL + 1).unwrap_or(usize::MAX);
        Self(vec![Cell::default(); cells])
    }

    pub fn add(&mut self, key: Key) {
        let at = self.at(key);
        if let Some(cell) = self.0.get_mut(at) {
            for (word, bit) in cell.iter_mut().zip(bits(key)) {
                *word |= bit;
            }
        }
    }

    /// False if the key is not there; true if it may be.
    pub fn may_have(&self, key: Key) -> bool {
        let Some(cell) = self.0.get(self.at(key)) else {
            return true;
        };
        cell.iter().zip(bits(key)).all(|(word, bit)| word & bit != 0)
    }

    fn at(&self, key: Key) -> usize {
        let cells = self.0.len() as u128;
        usize::try_from(((key >> 64) * cells) >> 64).unwrap_or_default()
    }

    pub fn bytes(&self) -> impl Iterator<Item = u8> + '_ {
        self.0.iter().flatten().flat_map(|word| word.to_le_bytes())
    }

    pub fn from_bytes(bytes: &[u8]) -> Self {
        let word = |bytes: &[u8]| bytes.try_into().map(u32::from_le_bytes).unwrap_or(u32::MAX);
        let cells = bytes.chunks_exact(32).map(|cell| {
            let mut words = Cell::default();
            for (place, bytes) in words.iter_mut().zip(cell.chunks_exact(4)) {
                *place = word(bytes);
            }
            words
        });
        Self(cells.collect())
    }

    /// How many bytes a filter for so many keys has.
    pub fn length(count: u64) -> u64 {
        (count / KEYS_PER_CELL + 1) * 32
    }
}

/// One bit of each word, by the half of the key that does not choose the cell.
fn bits(key: Key) -> Cell {
    let low = (key & 0xffff_ffff) as u32;
    SALT.map(|salt| 1 << (low.wrapping_mul(salt) >> 27))
}
