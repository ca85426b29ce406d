//! An event as bytes, and back.

use model::{Event, EventKind, MessageId, SourceId, Timestamp};

/// Names an event: its source and its message id, as a number that no two events share.
pub(super) type Key = u128;

/// The key of an event.
pub(super) fn key(event: &Event) -> Key {
    let mut hasher = blake3::Hasher::new();
    hasher.update(event.source.as_str().as_bytes());
    // No name of a source has this byte.
    hasher.update(&[0]);
    hasher.update(event.message_id.as_str().as_bytes());
    let hash = hasher.finalize();
    let (half, _) = hash.as_bytes().split_at(16);
    Key::from_be_bytes(half.try_into().unwrap_or_default())
}

/// Shows whether bytes are what they were.
pub(super) fn sum(bytes: &[u8]) -> u64 {
    let hash = blake3::hash(bytes);
    let (sum, _) = hash.as_bytes().split_at(8);
    sum.try_into().map(u64::from_le_bytes).unwrap_or_default()
}

/// Appends an event, with its length before it. False, and nothing appended, if it is too long.
pub(super) fn put(out: &mut Vec<u8>, event: &Event) -> bool {
    let begin = out.len();
    out.extend_from_slice(&[0; 4]);
    let kind = EventKind::ALL
        .iter()
        .position(|kind| *kind == event.kind)
        .unwrap_or_default();
    out.push(u8::try_from(kind).unwrap_or(u8::MAX));
    for time in [
        Some(event.received_at),
        Some(event.timestamp),
        event.original_timestamp,
        event.sent_at,
    ] {
        let microseconds = time.map_or(i64::MIN, Timestamp::as_microsecond);
        out.extend_from_slice(&microseconds.to_le_bytes());
    }
    let texts = [
        Some(event.source.as_str()),
        Some(event.message_id.as_str()),
        event.user_id.as_deref(),
        event.anonymous_id.as_deref(),
        Some(&*event.body),
    ];
    for text in texts {
        let length = text.map_or(Some(u32::MAX), |text| u32::try_from(text.len()).ok());
        let Some(length) = length else {
            out.truncate(begin);
            return false;
        };
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(text.unwrap_or_default().as_bytes());
    }
    let length = u32::try_from(out.len() - begin - 4).ok();
    match (length, out.get_mut(begin..begin + 4)) {
        (Some(length), Some(place)) => {
            place.copy_from_slice(&length.to_le_bytes());
            true
        }
        _ => {
            out.truncate(begin);
            false
        }
    }
}

/// Bytes that are read from their beginning.
pub(super) struct Bytes<'a>(pub &'a [u8]);

impl<'a> Bytes<'a> {
    pub fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub fn u32(&mut self) -> Option<u32> {
        self.take(4)?.try_into().ok().map(u32::from_le_bytes)
    }

    pub fn u64(&mut self) -> Option<u64> {
        self.take(8)?.try_into().ok().map(u64::from_le_bytes)
    }

    pub fn i64(&mut self) -> Option<i64> {
        self.take(8)?.try_into().ok().map(i64::from_le_bytes)
    }

    fn time(&mut self) -> Option<Option<Timestamp>> {
        match self.i64()? {
            i64::MIN => Some(None),
            microseconds => Timestamp::from_microsecond(microseconds).ok().map(Some),
        }
    }

    fn text(&mut self) -> Option<Option<&'a str>> {
        match self.u32()? {
            u32::MAX => Some(None),
            length => std::str::from_utf8(self.take(usize::try_from(length).ok()?)?)
                .ok()
                .map(Some),
        }
    }

    /// The next event's bytes.
    pub fn record(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.u32()?).ok()?;
        self.take(length)
    }
}

/// Reads an event whose length is passed.
pub(super) fn get(record: &[u8]) -> Option<Event> {
    let mut bytes = Bytes(record);
    let kind = *EventKind::ALL.get(usize::from(*bytes.take(1)?.first()?))?;
    let received_at = bytes.time()??;
    let timestamp = bytes.time()??;
    let (original_timestamp, sent_at) = (bytes.time()?, bytes.time()?);
    Some(Event {
        source: SourceId::new(bytes.text()??),
        message_id: MessageId::new(bytes.text()??),
        kind,
        received_at,
        timestamp,
        original_timestamp,
        sent_at,
        user_id: bytes.text()?.map(Box::from),
        anonymous_id: bytes.text()?.map(Box::from),
        body: bytes.text()??.into(),
    })
}
