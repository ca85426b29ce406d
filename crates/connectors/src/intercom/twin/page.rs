//! Pages: behind a cursor, or by number.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Map, Value, json};

use super::{
    call::{Call, id_of},
    refusal::Refusal,
    table::{Place, Rank, id_value, rank},
};

/// How many records a page holds if nothing is said, and at the most.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes(pub(super) usize, pub(super) usize);

impl Sizes {
    /// What a size that was asked for comes to.
    pub(super) fn of(self, asked: Option<&str>) -> Result<usize, Refusal> {
        let Some(asked) = asked.filter(|text| !text.is_empty()) else {
            return Ok(self.0);
        };
        match asked.parse::<usize>() {
            Ok(size) if size > self.1 => Err(Refusal::invalid("Per Page is too big")),
            Ok(size) if size > 0 => Ok(size),
            _ => Err(Refusal::invalid("Per Page is invalid")),
        }
    }
}

/// Where a cursor goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cursor {
    pub(super) place: Place,
    /// The page that begins here.
    pub(super) page: usize,
}

impl Cursor {
    /// The base64 of `[time in milliseconds, id, page]`.
    pub(super) fn text(self) -> String {
        let (time, rank) = self.place;
        let list = json!([time.saturating_mul(1_000), id_value(rank), self.page]);
        BASE64_STANDARD.encode(list.to_string())
    }

    pub(super) fn read(text: &str) -> Result<Self, Refusal> {
        Self::parse(text).ok_or_else(Refusal::cursor)
    }

    fn parse(text: &str) -> Option<Self> {
        let list: Value = serde_json::from_slice(&BASE64_STANDARD.decode(text).ok()?).ok()?;
        let [time, id, page] = list.as_array()?.as_slice() else {
            return None;
        };
        let time = match time.as_i64()? {
            i64::MIN => i64::MIN,
            time => time.div_euclid(1_000),
        };
        let id: Rank = rank(&id_of(id)?)?;
        Some(Self {
            place: (time, id),
            page: usize::try_from(page.as_u64()?).ok()?,
        })
    }
}

/// What was asked for behind a cursor.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) per_page: usize,
    pub(super) after: Option<Cursor>,
}

impl Asked {
    /// From the query of a list.
    pub(super) fn of_query(call: &Call<'_>, sizes: Sizes) -> Result<Self, Refusal> {
        Ok(Self {
            per_page: sizes.of(call.query_text("per_page"))?,
            after: call
                .query_text("starting_after")
                .filter(|text| !text.is_empty())
                .map(Cursor::read)
                .transpose()?,
        })
    }

    /// From the `pagination` of a search.
    pub(super) fn of_body(call: &Call<'_>, sizes: Sizes) -> Result<Self, Refusal> {
        let pagination = call.value("pagination").and_then(Value::as_object);
        let member = |name: &str| pagination?.get(name).filter(|value| !value.is_null());
        let after = match member("starting_after") {
            None => None,
            Some(value) => Some(Cursor::read(value.as_str().ok_or_else(Refusal::cursor)?)?),
        };
        Ok(Self {
            per_page: sizes.of(member("per_page").and_then(id_of).as_deref())?,
            after,
        })
    }

    /// The `pages` of an answer: how many records there are in all, and behind which the next page begins.
    pub(super) fn pages(&self, total: usize, next: Option<Place>) -> Value {
        let page = self.after.map_or(1, |cursor| cursor.page);
        let mut pages = Map::new();
        pages.insert("type".to_owned(), "pages".into());
        pages.insert("page".to_owned(), page.into());
        pages.insert("per_page".to_owned(), self.per_page.into());
        pages.insert("total_pages".to_owned(), total.div_ceil(self.per_page).into());
        if let Some(place) = next {
            let page = page.saturating_add(1);
            let cursor = Cursor { place, page };
            let next = json!({"page": page, "starting_after": cursor.text()});
            pages.insert("next".to_owned(), next);
        }
        Value::Object(pages)
    }
}

/// A page by its number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbered {
    pub(super) page: usize,
    pub(super) per_page: usize,
}

impl Numbered {
    /// From the query, or else from the body.
    pub(super) fn of(call: &Call<'_>, sizes: Sizes) -> Result<Self, Refusal> {
        let member = |name: &str| {
            let in_query = call.query_text(name).map(str::to_owned);
            in_query.or_else(|| call.id(name)).filter(|text| !text.is_empty())
        };
        let page = match member("page") {
            None => 1,
            Some(text) => text
                .parse()
                .ok()
                .filter(|page| *page > 0)
                .ok_or_else(|| Refusal::invalid("Page is invalid"))?,
        };
        let per_page = sizes.of(member("per_page").as_deref())?;
        Ok(Self { page, per_page })
    }

    /// How many records come before this page.
    pub(super) fn skipped(self) -> usize {
        (self.page - 1).saturating_mul(self.per_page)
    }

    /// What of a list is on this page.
    pub(super) fn take<T>(self, list: impl IntoIterator<Item = T>) -> Vec<T> {
        list.into_iter()
            .skip(self.skipped())
            .take(self.per_page)
            .collect()
    }

    /// The `pages` of an answer: `next` is a whole address, or null.
    pub(super) fn pages(self, call: &Call<'_>, total: usize) -> Value {
        let total_pages = total.div_ceil(self.per_page);
        let next = (self.page < total_pages).then(|| self.address(call));
        json!({
            "type": "pages",
            "page": self.page,
            "per_page": self.per_page,
            "total_pages": total_pages,
            "next": next,
        })
    }

    fn address(self, call: &Call<'_>) -> String {
        let mut address = format!("{}{}?", call.base, call.path);
        let kept = |name: &str| !matches!(name, "page" | "per_page");
        for (name, value) in call.query.iter().filter(|(name, _)| kept(name)) {
            address.push_str(&format!("{}={}&", encode(name), encode(value)));
        }
        address.push_str(&format!("per_page={}&page={}", self.per_page, self.page + 1));
        address
    }
}

/// A list by number with its envelope: `{"type":"list","data":[…],"total_count","pages"}`.
pub(super) fn numbered_list<T>(
    call: &Call<'_>,
    sizes: Sizes,
    list: Vec<T>,
    show: impl FnMut(T) -> Value,
) -> Result<Value, Refusal> {
    let page = Numbered::of(call, sizes)?;
    let total = list.len();
    let data: Vec<Value> = page.take(list).into_iter().map(show).collect();
    Ok(json!({"type": "list", "data": data, "total_count": total, "pages": page.pages(call, total)}))
}

/// A text as a query holds it.
pub(super) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            byte => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}
