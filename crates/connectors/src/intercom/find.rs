//! One record, read directly, with what its list leaves out.

use http::Method;
use model::{Fault, FaultKind, Raw, RecordId};
use serde_json::{Map, Value as Json};

use super::{
    client::{Aim, Client},
    company, contact,
    file::Home,
    list::{self, aim_of},
    object::{List, OURS, Object},
    page::{self, After},
};
use crate::kit::{Request, Response, encoded};

/// How many pages of a contact's or a company's list are read.
const MOST_PAGES: u64 = 1_000;
/// What such a page holds at most.
const PER_PAGE: u64 = 50;
/// How often a contact was merged, at most.
const HOPS: usize = 4;

/// What reading needs.
pub(super) struct Finder<'a> {
    pub(super) client: &'a Client,
    pub(super) home: &'a Home,
    /// Whether each contact is asked for its segments.
    pub(super) segments: bool,
}

impl Finder<'_> {
    pub(super) async fn find(&self, object: &Object, id: &RecordId) -> Result<Option<Raw>, Fault> {
        let doing = format!("reading {} `{id}`", object.name);
        let aim = aim_of(object, &doing);
        match (object.name, object.list) {
            ("contact", _) => self.contact(object, id, aim).await,
            ("company", _) => self.company(object, id, aim).await,
            ("note", _) => {
                let bare = id.as_str().rsplit(':').next().unwrap_or_default();
                let found = self
                    .client
                    .get(format!("{}/{}", object.path, encoded(bare)), aim)
                    .await?;
                let note = found
                    .map(|response| page::one(&response, self.home, aim.doing))
                    .transpose()?;
                Ok(note.map(|note| Raw {
                    id: id.clone(),
                    ..note
                }))
            }
            (_, List::Carried) => {
                Err(Fault::new(FaultKind::Rejected, aim.doing).said("it is read with what it belongs to"))
            }
            _ => self.plain(object, id, aim).await,
        }
    }

    async fn plain(&self, object: &Object, id: &RecordId, aim: Aim<'_>) -> Result<Option<Raw>, Fault> {
        let path = format!("{}/{}", object.path, encoded(id.as_str()));
        let found = self.client.get(path, aim).await?;
        found
            .map(|response| page::one(&response, self.home, aim.doing))
            .transpose()
    }

    /// A contact that was merged answers with the one that it was merged into.
    async fn contact(&self, object: &Object, id: &RecordId, aim: Aim<'_>) -> Result<Option<Raw>, Fault> {
        let mut path = format!("{}/{}", object.path, encoded(id.as_str()));
        for _ in 0..HOPS {
            let response = self
                .client
                .send(Request::new(Method::GET, &path), aim.doing)
                .await?;
            match response.status {
                200..=299 => {
                    let raw = page::one(&response, self.home, aim.doing)?;
                    return self.whole_contact(object, raw, aim).await.map(Some);
                }
                404 => return Ok(None),
                410 => match canonical(&response) {
                    Some(next) if next != path => path = next,
                    _ => return Ok(None),
                },
                _ => return Err(self.client.refused(&response, aim)),
            }
        }
        Err(Fault::new(FaultKind::Unexpected, aim.doing).said("the contact was merged in a circle"))
    }

    async fn whole_contact(&self, object: &Object, raw: Raw, aim: Aim<'_>) -> Result<Raw, Fault> {
        let mut lists = contact::to_read(&raw.json);
        if self.segments {
            lists.push("segments");
        }
        let mut ours = Map::new();
        for list in lists {
            let path = format!("{}/{}/{list}", object.path, encoded(raw.id.as_str()));
            ours.insert(list.to_owned(), Json::Array(self.sub_list(&path, aim).await?));
        }
        self.with_ours(raw, ours, aim)
    }

    async fn company(&self, object: &Object, id: &RecordId, aim: Aim<'_>) -> Result<Option<Raw>, Fault> {
        let Some(raw) = self.plain(object, id, aim).await? else {
            return Ok(None);
        };
        if company::is_whole(&raw.json) {
            return Ok(Some(raw));
        }
        let path = format!("{}/{}/notes", object.path, encoded(id.as_str()));
        let mut ours = Map::new();
        ours.insert("notes".to_owned(), Json::Array(self.sub_list(&path, aim).await?));
        self.with_ours(raw, ours, aim).map(Some)
    }

    /// Every record of a list that belongs to one record; none where it has no such list.
    async fn sub_list(&self, path: &str, aim: Aim<'_>) -> Result<Vec<Json>, Fault> {
        let (mut all, mut number) = (Vec::new(), 1);
        while number <= MOST_PAGES {
            let request = list::numbered_page(path, number, PER_PAGE);
            let response = self.client.send(request, aim.doing).await?;
            match response.status {
                200..=299 => {}
                404 => return Ok(all),
                _ => return Err(self.client.refused(&response, aim)),
            }
            let listed = page::split(&response, aim.doing)?;
            for text in &listed.texts {
                all.push(serde_json::from_str(text).map_err(|error| page::nonsense(error, aim.doing))?);
            }
            match listed.next {
                After::Page(next) if next > number && !listed.texts.is_empty() => number = next,
                _ => return Ok(all),
            }
        }
        Err(Fault::new(FaultKind::Unexpected, aim.doing).said("the list does not end"))
    }

    /// The record with what was read besides.
    fn with_ours(&self, raw: Raw, ours: Map<String, Json>, aim: Aim<'_>) -> Result<Raw, Fault> {
        if ours.is_empty() {
            return Ok(raw);
        }
        let mut members: Map<String, Json> = raw.parse(aim.doing)?;
        members.insert(OURS.to_owned(), Json::Object(ours));
        page::raw(&Json::Object(members).to_string(), self.home, aim.doing)
    }
}

/// `Link: </contacts/6762f0d5>; rel="canonical"`
fn canonical(response: &Response) -> Option<String> {
    let link = response.header_text("link")?;
    let links = link.split(',').filter(|one| one.contains("canonical"));
    let address = links
        .filter_map(|one| one.split_once('<')?.1.split_once('>'))
        .map(|(address, _)| address)
        .next()?;
    let (_, id) = address.rsplit_once("/contacts/")?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (!id.is_empty() && id.bytes().all(plain)).then(|| format!("/contacts/{id}"))
}
