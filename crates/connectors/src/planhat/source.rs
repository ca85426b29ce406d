//! Reading Planhat.

use std::{
    collections::HashSet,
    path::Path,
    sync::{Arc, PoisonError, RwLock},
};

use async_trait::async_trait;
use http::Method;
use model::{
    Ask, Calls, Fault, FaultKind, Fetched, FileRef, Mode, Next, ObjectName, ObjectType, Page, Permission,
    Raw, Record, RecordId, Source, Timestamp, Workspace,
};
use serde_json::Value as Json;

use super::{
    client::{Aim, Client},
    customfield::CustomFields,
    file,
    list::{self, Order, list},
    names::Names,
    object::{self, Object, Reading},
    page::{self, Place},
    permission,
    usage::{self, Usage},
};
use crate::kit::{Request, encoded};

/// An open Planhat workspace.
pub(super) struct PlanhatSource {
    pub(super) client: Client,
    subdomain: String,
    base: String,
    /// As `describe` last found them; until then custom values are read by the form they have.
    custom: RwLock<Arc<CustomFields>>,
    names: Names,
    usage: Usage,
}

/// What a page of custom fields holds at most.
const MOST_CUSTOM_FIELDS: u64 = 2_000;

impl PlanhatSource {
    pub(super) fn new(client: Client, subdomain: String, base: String) -> Self {
        Self {
            client,
            subdomain,
            base,
            custom: RwLock::default(),
            names: Names::default(),
            usage: Usage::new(usage::HELD),
        }
    }

    pub(super) fn calls(&self) -> Calls {
        self.client.calls()
    }

    pub(super) fn custom(&self) -> Arc<CustomFields> {
        Arc::clone(&self.custom.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn know_custom(&self, custom: CustomFields) -> Arc<CustomFields> {
        let custom = Arc::new(custom);
        *self.custom.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&custom);
        custom
    }

    /// The customer's fields as they are now; metrics stay as they were found.
    pub(super) async fn learn_custom(&self) -> Result<Arc<CustomFields>, Fault> {
        let mut custom = self.read_custom().await?;
        custom.take_metrics_of(&self.custom());
        Ok(self.know_custom(custom))
    }

    /// The customer's fields, read anew if one of these is not known.
    pub(super) async fn custom_with(
        &self,
        object: &str,
        names: HashSet<&str>,
    ) -> Result<Arc<CustomFields>, Fault> {
        let custom = self.custom();
        match names.iter().all(|name| custom.of(object).contains_key(*name)) {
            true => Ok(custom),
            false => self.learn_custom().await,
        }
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

    async fn find_listed(&self, object: &Object, id: &RecordId) -> Result<Option<Raw>, Fault> {
        self.find_at(object, &encoded(id.as_str()), id.as_str()).await
    }

    /// The record at this part of a path, which stands for this id or key.
    pub(super) async fn find_at(&self, object: &Object, part: &str, id: &str) -> Result<Option<Raw>, Fault> {
        let doing = format!("reading {} `{id}`", object.name);
        let request = Request::new(Method::GET, format!("{}/{part}", object.path));
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
        permission::all(&self.client).await
    }

    async fn describe(&self) -> Result<Vec<ObjectType>, Fault> {
        let mut custom = self.read_custom().await?;
        custom.add_metrics(&self.usage.metrics(&self.client).await?);
        let custom = self.know_custom(custom);
        Ok(object::all().map(|object| object.describe(&custom)).collect())
    }

    fn learned(&self) -> Option<String> {
        self.custom().learned()
    }

    fn recall(&self, learned: &str) -> Result<(), Fault> {
        let custom = CustomFields::recalled(learned).map_err(|error| {
            Fault::new(FaultKind::Unexpected, "recalling the custom fields").because(error)
        })?;
        self.know_custom(custom);
        Ok(())
    }

    async fn read(&self, ask: &Ask) -> Result<Page, Fault> {
        let object = object::named(&ask.object)?;
        let doing = format!("reading a page of {}", object.name);
        let aim = Aim {
            doing: &doing,
            permission: object.permission,
        };
        match object.reading {
            Reading::Listed => {
                let (order, place) = way(object, ask)?;
                list::read(&self.client, object, order, &place, aim).await
            }
            Reading::InUsers(property) => Ok(Page {
                raws: self.names.read(&self.client, property).await?,
                next: Next::CaughtUp,
            }),
            Reading::Metrics => self.usage.read(&self.client, ask.cursor.as_ref()).await,
        }
    }

    async fn find(&self, object: &ObjectName, id: &RecordId) -> Result<Option<Raw>, Fault> {
        let object = object::named(object)?;
        match object.reading {
            Reading::Listed => self.find_listed(object, id).await,
            Reading::InUsers(property) => self.names.find(&self.client, property, id).await,
            Reading::Metrics => usage::find(&self.client, id).await,
        }
    }

    fn is_whole(&self, object: &ObjectName, listed: &Raw) -> bool {
        object::named(object).is_ok_and(|object| (object.is_whole)(&listed.json))
    }

    fn reading(&self, object: &ObjectName) -> model::Reading {
        match object::named(object) {
            Ok(object) if object.reading == Reading::Listed => match object.stamp {
                Some(_) => model::Reading::Newest {
                    lists: object.passes.len(),
                },
                None => model::Reading::Pages,
            },
            _ => model::Reading::Whole,
        }
    }

    async fn count(&self, object: &ObjectName) -> Result<Option<u64>, Fault> {
        Ok(self.ids(object).await?.map(|ids| ids.len() as u64))
    }

    async fn ids(&self, object: &ObjectName) -> Result<Option<Vec<RecordId>>, Fault> {
        if object.as_str() != "company" {
            return Ok(None);
        }
        let doing = "reading the companies' ids";
        let aim = Aim {
            doing,
            permission: "Company (View)",
        };
        let response = self
            .client
            .ask(Request::new(Method::GET, "/leancompanies"), aim)
            .await?;
        let ids = page::split(&response.body, doing)?.ids;
        Ok(Some(ids.iter().map(|id| RecordId::from(id.as_ref())).collect()))
    }

    fn shape(&self, object: &ObjectName, raw: &Raw) -> Result<Record, Fault> {
        object::named(object)?.shape(raw, &self.custom())
    }

    fn is_own_file(&self, address: &str) -> bool {
        file::own_path(address, &self.base).is_some()
    }

    async fn fetch(
        &self,
        file: &FileRef,
        _holder: Option<(&ObjectName, &RecordId)>,
        to: &Path,
        most: u64,
    ) -> Result<Fetched, Fault> {
        let url = file::own_path(&file.url, &self.base).unwrap_or_else(|| file.url.clone());
        self.client.download(url, to, most).await
    }

    fn vendor_now(&self) -> Option<Timestamp> {
        self.client.vendor_now()
    }

    fn cost(&self, object: &ObjectName, records: u64) -> u64 {
        let Ok(object) = object::named(object) else {
            return 0;
        };
        match object.reading {
            // Each page after the first repeats one record; a full page is followed by another.
            Reading::Listed => object.passes.len() as u64 + records.saturating_sub(1) / (object.most - 1),
            Reading::InUsers(_) => 1,
            Reading::Metrics => self.usage.calls().unwrap_or(1),
        }
    }
}

/// In which order a list is read, and from where.
fn way(object: &Object, ask: &Ask) -> Result<(Order, Place), Fault> {
    let place = Place::of(ask.cursor.as_ref())?;
    Ok(match (ask.mode, object.stamp) {
        (Mode::NewestFirst { list }, Some(stamp)) => {
            (Order::NewestFirst(stamp), Place { pass: list, ..place })
        }
        _ => (Order::ById, place),
    })
}
