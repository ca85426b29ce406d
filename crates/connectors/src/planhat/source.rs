//! Reading Planhat.

use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use http::Method;
use model::{
    Ask, Calls, Fault, Next, ObjectName, ObjectType, Page, Permission, Raw, Record, RecordId, Source,
    Workspace,
};
use serde_json::Value as Json;

use super::{
    client::{Aim, Client},
    customfield::CustomFields,
    object::{self, Object},
    page::{self, Follow, Place},
};
use crate::kit::{Request, Response};

/// An open Planhat workspace.
pub(super) struct PlanhatSource {
    client: Client,
    subdomain: String,
    /// As `describe` last found them; until then custom values are read by the form they have.
    custom: RwLock<Arc<CustomFields>>,
}

/// What a page of custom fields holds at most.
const MOST_CUSTOM_FIELDS: u64 = 2_000;

/// What other models' pages hold at most. A page of such a size, although more was asked for, may have been cut.
const PAGE_SIZES: [u64; 4] = [100, 500, 1_000, 2_000];

const FIRST_STEP_BACK: u64 = 50;

/// What an import wants, and the list that tells whether it may view it.
const PERMISSIONS: &[(&str, Option<&str>, &[&str])] = &[
    ("Company", Some("/companies"), &[]),
    ("End Users", Some("/endusers"), &[]),
    ("Conversations", Some("/conversations"), &["Create", "Update"]),
    ("Tasks", Some("/tasks"), &[]),
    ("Licenses", Some("/licenses"), &["Create", "Update"]),
    ("Users", Some("/users"), &[]),
    ("Custom Fields", Some("/customfields"), &["Create", "Update"]),
    // No list of comments is documented, so there is nothing to probe.
    ("Comments", None, &["Create", "Update"]),
];

impl PlanhatSource {
    pub(super) fn new(client: Client, subdomain: String) -> Self {
        Self {
            client,
            subdomain,
            custom: RwLock::default(),
        }
    }

    pub(super) fn calls(&self) -> Calls {
        self.client.calls()
    }

    fn custom(&self) -> Arc<CustomFields> {
        Arc::clone(&self.custom.read().unwrap_or_else(PoisonError::into_inner))
    }

    async fn read_custom(&self) -> Result<CustomFields, Fault> {
        let doing = "reading the custom fields";
        let aim = Aim {
            doing,
            permission: "Custom Fields (View)",
        };
        let mut fields = CustomFields::default();
        let mut offset = 0;
        loop {
            let request = list("/customfields", MOST_CUSTOM_FIELDS, offset);
            let response = self.client.ask(request, aim).await?;
            let page = page::split(&response.body, doing)?;
            for text in &page.texts {
                fields.add(text).map_err(|error| page::nonsense(error, doing))?;
            }
            let count = page.texts.len() as u64;
            if count < MOST_CUSTOM_FIELDS {
                return Ok(fields);
            }
            offset += count;
        }
    }

    async fn page(&self, object: &Object, offset: u64, aim: Aim<'_>) -> Result<Response, Fault> {
        let request = list(object.path, object.most, offset).query("sort", "_id");
        let request = object
            .query
            .iter()
            .fold(request, |request, (name, value)| request.query(name, *value));
        let request = match object.select() {
            Some(names) => request.query("select", names),
            None => request,
        };
        self.client.ask(request, aim).await
    }

    async fn may_view(&self, path: &str) -> Result<Option<bool>, Fault> {
        let doing = "checking the permissions";
        let response = self.client.send(list(path, 1, 0), doing).await?;
        match response.status {
            200..=299 => Ok(Some(true)),
            // A model that the token may not view answers either.
            403 | 404 => Ok(Some(false)),
            _ => Err(self.client.refused(
                &response,
                Aim {
                    doing,
                    permission: "",
                },
            )),
        }
    }
}

#[async_trait]
impl Source for PlanhatSource {
    async fn workspace(&self) -> Result<Workspace, Fault> {
        let doing = "reaching the Planhat workspace";
        let workspace = |acting_as| Workspace {
            id: self.subdomain.clone(),
            name: format!("Planhat at {}", self.subdomain),
            acting_as,
        };
        let profile = self
            .client
            .send(Request::new(Method::GET, "/myprofile"), doing)
            .await?;
        if profile.status == 200 {
            let profile: Option<Json> = serde_json::from_slice(&profile.body).ok();
            let name =
                |profile: &Json| object::first_text(profile, &["nickName", "email"]).map(str::to_owned);
            return Ok(workspace(profile.as_ref().and_then(name)));
        }
        // Nobody knows whether that address is still alive; a list of one tells as well whether we are known.
        let response = self.client.send(list("/users", 1, 0), doing).await?;
        match response.status {
            200..=299 | 403 | 404 => Ok(workspace(None)),
            _ => Err(self.client.refused(
                &response,
                Aim {
                    doing,
                    permission: "Users (View)",
                },
            )),
        }
    }

    async fn permissions(&self) -> Result<Vec<Permission>, Fault> {
        let mut all = vec![Permission {
            name: "Portfolio (Full access)".to_owned(),
            present: None,
            optional: false,
        }];
        for (model, probe, writes) in PERMISSIONS {
            let present = match probe {
                Some(path) => self.may_view(path).await?,
                None => None,
            };
            all.push(Permission {
                name: format!("{model} (View)"),
                present,
                optional: false,
            });
            // Only a write could tell.
            let writes = writes.iter().map(|write| Permission {
                name: format!("{model} ({write})"),
                present: None,
                optional: false,
            });
            all.extend(writes);
        }
        Ok(all)
    }

    async fn describe(&self) -> Result<Vec<ObjectType>, Fault> {
        let custom = Arc::new(self.read_custom().await?);
        *self.custom.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&custom);
        Ok(object::all().map(|object| object.describe(&custom)).collect())
    }

    async fn read(&self, ask: &Ask) -> Result<Page, Fault> {
        let object = object::named(&ask.object)?;
        let doing = format!("reading a page of {}", object.name);
        let aim = Aim {
            doing: &doing,
            permission: object.permission,
        };
        let place = Place::of(ask.cursor.as_ref())?;
        let (mut from, mut step) = (place.first_try(), FIRST_STEP_BACK);
        loop {
            let response = self.page(object, from, aim).await?;
            let page = page::split(&response.body, &doing)?;
            let ids: Vec<&str> = page.ids.iter().map(AsRef::as_ref).collect();
            match place.follow(from, &ids) {
                Follow::From(new) => return Ok(turn(object, place, from, new, &page)),
                Follow::StepBack => {
                    from = from.saturating_sub(step);
                    step = step.saturating_mul(4);
                }
            }
        }
    }

    async fn find(&self, object: &ObjectName, id: &RecordId) -> Result<Option<Raw>, Fault> {
        let object = object::named(object)?;
        let doing = format!("reading {} `{id}`", object.name);
        let request = Request::new(Method::GET, format!("{}/{}", object.path, encoded(id.as_str())));
        let response = self.client.send(request, &doing).await?;
        match response.status {
            200..=299 => page::one(&response.body, &doing).map(Some),
            404 => Ok(None),
            _ => Err(self.client.refused(
                &response,
                Aim {
                    doing: &doing,
                    permission: object.permission,
                },
            )),
        }
    }

    fn is_whole(&self, object: &ObjectName, listed: &Raw) -> bool {
        object::named(object).is_ok_and(|object| (object.is_whole)(&listed.json))
    }

    async fn count(&self, object: &ObjectName) -> Result<Option<u64>, Fault> {
        if object.as_str() != "company" {
            return Ok(None);
        }
        let doing = "counting the companies";
        let aim = Aim {
            doing,
            permission: "Company (View)",
        };
        let response = self
            .client
            .ask(Request::new(Method::GET, "/leancompanies"), aim)
            .await?;
        Ok(Some(page::split(&response.body, doing)?.texts.len() as u64))
    }

    fn shape(&self, object: &ObjectName, raw: &Raw) -> Result<Record, Fault> {
        object::named(object)?.shape(raw, &self.custom())
    }

    fn cost(&self, object: &ObjectName, records: u64) -> u64 {
        // Each page after the first repeats one record; a full page is followed by another.
        object::named(object).map_or(0, |object| 1 + records.saturating_sub(1) / (object.most - 1))
    }
}

/// A page's new records, and where reading goes on.
fn turn(object: &Object, place: Place, from: u64, new: usize, page: &page::Texts<'_>) -> Page {
    let records = page.ids.iter().zip(&page.texts).skip(new);
    let raws: Vec<Raw> = records
        .map(|(id, text)| Raw::new(RecordId::from(id.as_ref()), (*text).to_owned()))
        .collect();
    let count = page.ids.len() as u64;
    let last = raws.last().map(|raw| raw.id.clone()).or(place.last);
    let was_cut = new < page.ids.len() && PAGE_SIZES.contains(&count);
    let next = match count >= object.most || was_cut {
        true => Next::More(
            Place {
                offset: from + count,
                last,
            }
            .cursor(),
        ),
        false => Next::CaughtUp,
    };
    Page { raws, next }
}

fn list(path: &str, limit: u64, offset: u64) -> Request {
    Request::new(Method::GET, path)
        .query("limit", limit.to_string())
        .query("offset", offset.to_string())
}

/// A path's part, with everything encoded that is not surely plain.
fn encoded(part: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    part.bytes()
        .map(|byte| {
            if plain(byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}
