//! One page of an object's list.

use http::Method;
use model::{Fault, FaultKind, Next, Page, Raw, RecordId};

use super::{
    client::{Aim, Client},
    object::Object,
    page::{self, Follow, Place},
};
use crate::kit::{Request, Response};

/// What other models' pages hold at most. A page of such a size, although more was asked for, may have been cut.
const PAGE_SIZES: [u64; 4] = [100, 500, 1_000, 2_000];

/// The page to ask for where nothing is documented and a larger one was refused.
const SMALL_PAGE: u64 = 100;

const FIRST_STEP_BACK: u64 = 50;

/// How many records a page has that is to show what changed last: the first mostly tells that nothing did.
const NEWEST_PAGE: u64 = 500;

/// How a list is gone through.
#[derive(Clone, Copy)]
pub(super) enum Order {
    /// Everything, by id.
    ById,
    /// One way through the list, what changed last first.
    NewestFirst(&'static str),
}

impl Order {
    fn sort(self) -> String {
        match self {
            Self::ById => "_id".to_owned(),
            Self::NewestFirst(stamp) => format!("-{stamp}"),
        }
    }

    fn limit(self, object: &Object) -> u64 {
        match self {
            Self::ById => object.most,
            Self::NewestFirst(_) => object.most.min(NEWEST_PAGE),
        }
    }

    fn is_by_id(self) -> bool {
        matches!(self, Self::ById)
    }
}

/// The page that comes at this place, and what comes after it.
pub(super) async fn read(
    client: &Client,
    object: &Object,
    order: Order,
    place: &Place,
    aim: Aim<'_>,
) -> Result<Page, Fault> {
    let (mut from, mut step) = (place.first_try(), FIRST_STEP_BACK);
    loop {
        let response = ask(client, object, order, (from, place.pass), aim).await?;
        let page = page::split(&response.body, aim.doing)?;
        let ids: Vec<&str> = page.ids.iter().map(AsRef::as_ref).collect();
        match place.follow(from, &ids, order.is_by_id()) {
            Follow::From(new) => return Ok(turn(object, order, place, from, new, &page)),
            Follow::StepBack => {
                from = from.saturating_sub(step);
                step = step.saturating_mul(4);
            }
        }
    }
}

async fn ask(
    client: &Client,
    object: &Object,
    order: Order,
    (offset, pass): (u64, usize),
    aim: Aim<'_>,
) -> Result<Response, Fault> {
    let response = client
        .send(
            request(object, order, order.limit(object), (offset, pass)),
            aim.doing,
        )
        .await?;
    let response = match response.status {
        400 if !object.documented => {
            client
                .send(request(object, order, SMALL_PAGE, (offset, pass)), aim.doing)
                .await?
        }
        _ => response,
    };
    match response.status {
        200..=299 => Ok(response),
        400 | 403 | 404 => Err(unavailable(client, &response, object.documented, aim)),
        _ => Err(client.refused(&response, aim)),
    }
}

fn request(object: &Object, order: Order, limit: u64, (offset, pass): (u64, usize)) -> Request {
    let request = list(object.path, limit, offset).query("sort", order.sort());
    let filters = object.passes.get(pass).copied().unwrap_or_default();
    let request = filters
        .iter()
        .fold(request, |request, (name, value)| request.query(name, *value));
    match object.select() {
        Some(names) => request.query("select", names),
        None => request,
    }
}

/// A model that the token may not view answers 403 or 404, and so does one that the workspace does not have. A list that
/// is refused as such would be refused again, and is no reason to leave the others.
pub(super) fn unavailable(client: &Client, response: &Response, documented: bool, aim: Aim<'_>) -> Fault {
    let refused = client.refused(response, aim);
    let permission = aim.permission;
    let fault = Fault::new(FaultKind::Unavailable, aim.doing).said(refused.words().unwrap_or_default());
    match (response.status, documented) {
        (400, _) => fault.hint("report it, for the list is not as documented, or take the object out of the recipe"),
        (_, true) => fault.hint(format!(
            "give the token's private app the permission {permission} in Planhat, or take the object out of the recipe"
        )),
        (_, false) => fault.hint(format!(
            "Planhat documents no such list, and this workspace may have none: take the object out of the recipe, or give the token's private app the permission {permission}"
        )),
    }
}

/// A page's new records, and where reading goes on.
fn turn(object: &Object, order: Order, place: &Place, from: u64, new: usize, page: &page::Texts<'_>) -> Page {
    let records = page.ids.iter().zip(&page.texts).skip(new);
    let raws: Vec<Raw> = records
        .map(|(id, text)| Raw::new(RecordId::from(id.as_ref()), (*text).to_owned()))
        .collect();
    let count = page.ids.len() as u64;
    let last = raws.last().map(|raw| raw.id.clone()).or(place.last.clone());
    let was_cut = new < page.ids.len() && PAGE_SIZES.contains(&count);
    let next = match count >= order.limit(object) || was_cut {
        true => Next::More(
            Place {
                offset: from + count,
                last,
                pass: place.pass,
            }
            .cursor(),
        ),
        false if order.is_by_id() && place.pass + 1 < object.passes.len() => Next::More(
            Place {
                pass: place.pass + 1,
                ..Place::default()
            }
            .cursor(),
        ),
        false => Next::CaughtUp,
    };
    Page { raws, next }
}

/// A request for a part of a list.
pub(super) fn list(path: &str, limit: u64, offset: u64) -> Request {
    Request::new(Method::GET, path)
        .query("limit", limit.to_string())
        .query("offset", offset.to_string())
}
