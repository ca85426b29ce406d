//! Pages by offset, and how reading goes on after one without missing a record.
//!
//! A page begins with the last record of the page before it. When that record is not where it was, something was
//! deleted in front of it, and reading steps back until it meets what it knows.

use std::borrow::Cow;

use model::{Cursor, Fault, FaultKind, Raw, RecordId};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::kit::{member, unread};

const NOT_AS_DOCUMENTED: &str =
    "sync again, for Planhat may have an outage; if it stays so, report it: the answer is not as documented";

/// Where reading goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// How many records lie before the next one.
    pub(super) offset: u64,
    /// Which of the object's ways through the list this is.
    #[serde(default)]
    pub(super) pass: usize,
    /// The last record that was read; its place is `offset - 1`, unless something was deleted.
    pub(super) last: Option<RecordId>,
}

impl Place {
    pub(super) fn of(cursor: Option<&Cursor>) -> Result<Self, Fault> {
        let Some(cursor) = cursor else {
            return Ok(Self::default());
        };
        serde_json::from_str(cursor.as_str())
            .map_err(|error| Fault::new(FaultKind::Unexpected, "reading a Planhat cursor").because(error))
    }

    pub(super) fn cursor(&self) -> Cursor {
        // A number and an id always fit.
        Cursor::from(serde_json::to_string(self).unwrap_or_default())
    }

    /// The offset to ask for: one record of what is known, so that a shift is seen.
    pub(super) fn first_try(&self) -> u64 {
        match self.last {
            Some(_) => self.offset.saturating_sub(1),
            None => self.offset,
        }
    }

    /// What of the page that was read from `from` is new. `by_id` says that the list was asked for in the order of ids.
    pub(super) fn follow(&self, from: u64, ids: &[&str], by_id: bool) -> Follow {
        let Some(last) = &self.last else {
            return Follow::From(0);
        };
        if let Some(at) = ids.iter().position(|id| *id == last.as_str()) {
            return Follow::From(at + 1);
        }
        if from == 0 {
            // The record we know is gone, and there is nothing in front of this page.
            return Follow::From(if by_id { newer(ids, last) } else { 0 });
        }
        // Where the list is in the order of ids, the gap is visible although the record itself is gone.
        let in_order = by_id && ids.is_sorted();
        match ids.first() {
            Some(first) if in_order && *first < last.as_str() => Follow::From(newer(ids, last)),
            _ => Follow::StepBack,
        }
    }
}

/// What to make of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Follow {
    /// It goes on where the last one ended; what is new begins here.
    From(usize),
    /// Records have moved forward; read again from further in front.
    StepBack,
}

fn newer(ids: &[&str], last: &RecordId) -> usize {
    if !ids.is_sorted() {
        return 0;
    }
    ids.partition_point(|id| *id <= last.as_str())
}

/// The texts of a page's records, as sent, and their ids.
pub(super) struct Texts<'a> {
    pub(super) ids: Vec<Cow<'a, str>>,
    pub(super) texts: Vec<&'a str>,
}

#[derive(Deserialize)]
struct Wrapped<'a> {
    #[serde(borrow)]
    data: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow, rename = "_id")]
    id: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Id<'a>(#[serde(borrow)] Cow<'a, str>);

/// Takes a list apart; both a bare one and one under `data` are seen.
pub(super) fn split<'a>(body: &'a [u8], doing: &str) -> Result<Texts<'a>, Fault> {
    let bare = body.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{');
    let parsed = match bare {
        true => serde_json::from_slice::<Vec<&RawValue>>(body),
        false => serde_json::from_slice::<Wrapped>(body).map(|wrapped| wrapped.data),
    };
    let raws = parsed.map_err(|error| nonsense(error, doing))?;
    let texts: Vec<&str> = raws.into_iter().map(RawValue::get).collect();
    let ids = texts.iter().zip(1..).map(|(text, place)| {
        let id: Option<Option<Id>> = member(text, "_id").map_err(|error| nonsense(error, doing))?;
        let id = id.flatten().map(|id| id.0).filter(|id| !id.is_empty());
        id.ok_or_else(|| nameless(doing, &format!("record {place} of the page has no `_id`")))
    });
    let ids = ids.collect::<Result<_, _>>()?;
    Ok(Texts { ids, texts })
}

/// One record, as sent.
pub(super) fn one(body: &[u8], doing: &str) -> Result<Raw, Fault> {
    let text = std::str::from_utf8(body)
        .map_err(|error| Fault::new(FaultKind::Unexpected, doing).because(error))?
        .trim();
    let named: Named = serde_json::from_str(text).map_err(|error| nonsense(error, doing))?;
    let id = named.id.filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| nameless(doing, "the record has no `_id`"))?;
    Ok(Raw::new(RecordId::from(id.as_ref()), text.to_owned()))
}

fn nameless(doing: &str, words: &str) -> Fault {
    Fault::new(FaultKind::Unexpected, doing)
        .said(words)
        .hint(NOT_AS_DOCUMENTED)
}

/// An answer that breaks off may have been whole when it was sent; any other mistake would come again.
pub(super) fn nonsense(error: serde_json::Error, doing: &str) -> Fault {
    let kind = match error.is_eof() {
        true => FaultKind::Unreachable,
        false => FaultKind::Unexpected,
    };
    Fault::new(kind, doing)
        .said(unread(&error))
        .hint(NOT_AS_DOCUMENTED)
}
