//! A run: the keys of a stretch of positions, sorted, in a file that never changes.

use std::{
    fs::File,
    io::{self, BufWriter, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use super::{Key, Span, filter::Filter};
use crate::journal::{
    files,
    record::{Bytes, sum},
};

const MAGIC: [u8; 8] = *b"ILKEYS1\n";
const HEAD: usize = 64;

/// Keys to a page, which is what a question reads.
const PAGE: usize = 256;

/// Where a page begins, and its sum.
type Fence = (Key, u64);

/// A file of keys.
pub(super) struct Run {
    /// What it covers.
    pub span: Span,
    /// How many keys.
    pub count: u64,
    pub path: PathBuf,
    file: Mutex<File>,
    fences: Vec<Fence>,
    filter: Option<Filter>,
}

fn garbled(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// A run's file name.
pub(super) fn name(span: &Span) -> String {
    format!("{:020}-{:020}.keys", span.first, span.last)
}

/// The positions that a file of that name covers.
pub(super) fn positions(name: &str) -> Option<(u64, u64)> {
    let (first, last) = name.strip_suffix(".keys")?.split_once('-')?;
    Some((first.parse().ok()?, last.parse().ok()?))
}

/// Writes a run: at most so many keys, which come sorted.
pub(super) fn write(
    folder: &Path,
    span: Span,
    most: u64,
    keys: impl Iterator<Item = io::Result<Key>>,
) -> io::Result<PathBuf> {
    let path = folder.join(name(&span));
    let temporary = path.with_extension("tmp");
    let mut out = BufWriter::with_capacity(1 << 18, File::create(&temporary)?);
    out.write_all(&[0; HEAD])?;
    let mut filter = Filter::for_keys(most);
    let (mut count, mut fences, mut page) = (0_u64, Vec::<Fence>::new(), Vec::with_capacity(PAGE * 16));
    let mut begin = 0;
    let mut last = None;
    let mut flush = |page: &mut Vec<u8>, begin: Key| {
        if !page.is_empty() {
            fences.push((begin, sum(page)));
            out.write_all(page)?;
            page.clear();
        }
        io::Result::Ok(())
    };
    for key in keys {
        let key = key?;
        if last.replace(key) == Some(key) {
            continue;
        }
        if page.is_empty() {
            begin = key;
        }
        page.extend_from_slice(&key.to_be_bytes());
        filter.add(key);
        count += 1;
        if page.len() == PAGE * 16 {
            flush(&mut page, begin)?;
        }
    }
    flush(&mut page, begin)?;
    let mut rest = Vec::with_capacity(fences.len() * 24);
    for (key, page_sum) in &fences {
        rest.extend_from_slice(&key.to_le_bytes());
        rest.extend_from_slice(&page_sum.to_le_bytes());
    }
    rest.extend(filter.bytes());
    out.write_all(&rest)?;
    out.seek(SeekFrom::Start(0))?;
    out.write_all(&head(count, &span, &rest))?;
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()?;
    files::put_in_place(&temporary, &path)?;
    Ok(path)
}

/// What a run says of itself at its beginning.
fn head(count: u64, span: &Span, rest: &[u8]) -> Vec<u8> {
    let mut head = MAGIC.to_vec();
    for number in [
        count,
        span.first,
        span.last,
        span.oldest.cast_unsigned(),
        span.newest.cast_unsigned(),
    ] {
        head.extend_from_slice(&number.to_le_bytes());
    }
    head.extend_from_slice(&sum(rest).to_le_bytes());
    head.extend_from_slice(&sum(&head).to_le_bytes());
    head
}

impl Run {
    /// Opens one; its filter is kept in memory if there is room for it.
    pub fn open(path: &Path, room: &mut u64) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let mut head = [0; HEAD];
        file.read_exact(&mut head)?;
        let (said, _) = head.split_at(HEAD - 8);
        let mut bytes = Bytes(&head);
        let mut number = || bytes.u64().ok_or_else(|| garbled("a head is too short"));
        let (magic, count) = (number()?, number()?);
        let (first, last, oldest, newest) = (number()?, number()?, number()?, number()?);
        let (rest_sum, head_sum) = (number()?, number()?);
        if magic.to_le_bytes() != MAGIC || head_sum != sum(said) {
            return Err(garbled("this is no head of a file of keys"));
        }
        file.seek(SeekFrom::Start(HEAD as u64 + count * 16))?;
        let mut rest = Vec::new();
        file.read_to_end(&mut rest)?;
        if sum(&rest) != rest_sum {
            return Err(garbled("the end of a file of keys is damaged"));
        }
        let pages = usize::try_from(count).unwrap_or(usize::MAX).div_ceil(PAGE);
        let (fences, filter) = rest
            .split_at_checked(pages * 24)
            .ok_or_else(|| garbled("fences are missing"))?;
        let filter = match Filter::length(0).max(filter.len() as u64) {
            length if length <= *room => {
                *room -= length;
                Some(Filter::from_bytes(filter))
            }
            _ => None,
        };
        Ok(Self {
            span: Span {
                first,
                last,
                oldest: oldest.cast_signed(),
                newest: newest.cast_signed(),
            },
            count,
            path: path.to_owned(),
            file: Mutex::new(file),
            fences: fences.chunks_exact(24).filter_map(fence).collect(),
            filter,
        })
    }

    /// How much memory its filter takes.
    pub fn weight(&self) -> u64 {
        self.filter.as_ref().map_or(0, |_| Filter::length(self.count))
    }

    /// Whether it has a key.
    pub fn has(&self, key: Key) -> io::Result<bool> {
        if self.filter.as_ref().is_some_and(|filter| !filter.may_have(key)) {
            return Ok(false);
        }
        match self
            .fences
            .partition_point(|(begin, _)| *begin <= key)
            .checked_sub(1)
        {
            Some(page) => Ok(self.page(page)?.binary_search(&key).is_ok()),
            None => Ok(false),
        }
    }

    /// The keys of a page.
    fn page(&self, page: usize) -> io::Result<Vec<Key>> {
        let before = page as u64 * PAGE as u64;
        let keys = usize::try_from(self.count.saturating_sub(before))
            .unwrap_or(usize::MAX)
            .min(PAGE);
        let mut bytes = vec![0; keys * 16];
        {
            let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
            file.seek(SeekFrom::Start(HEAD as u64 + before * 16))?;
            file.read_exact(&mut bytes)?;
        }
        match self.fences.get(page) {
            Some((_, known)) if *known == sum(&bytes) => {}
            _ => return Err(garbled("a page of keys is damaged")),
        }
        let keys = bytes
            .chunks_exact(16)
            .filter_map(|key| key.try_into().ok().map(Key::from_be_bytes));
        Ok(keys.collect())
    }

    /// All its keys, in their order.
    pub fn keys(&self) -> impl Iterator<Item = io::Result<Key>> + '_ {
        (0..self.fences.len()).flat_map(|page| {
            let (keys, fault) = match self.page(page) {
                Ok(keys) => (keys, None),
                Err(error) => (Vec::new(), Some(Err(error))),
            };
            fault.into_iter().chain(keys.into_iter().map(Ok))
        })
    }
}

fn fence(bytes: &[u8]) -> Option<Fence> {
    let (key, page_sum) = bytes.split_at_checked(16)?;
    Some((
        Key::from_le_bytes(key.try_into().ok()?),
        u64::from_le_bytes(page_sum.try_into().ok()?),
    ))
}

/// The keys of several runs, in their order, each once for each run that has it.
pub(super) fn merged<'a>(runs: &'a [std::sync::Arc<Run>]) -> impl Iterator<Item = io::Result<Key>> + 'a {
    let mut heads: Vec<_> = runs.iter().map(|run| run.keys().peekable()).collect();
    std::iter::from_fn(move || {
        let least = heads.iter_mut().filter_map(|keys| match keys.peek() {
            // A fault comes first.
            Some(Err(_)) => Some((0, keys)),
            Some(Ok(key)) => Some((*key, keys)),
            None => None,
        });
        least.min_by_key(|(key, _)| *key)?.1.next()
    })
}
