//! Reading Intercom.

use std::{
    path::Path,
    sync::{Arc, PoisonError, RwLock},
};

use async_trait::async_trait;
use http::Method;
use model::{
    Ask, Calls, Fault, FaultKind, Fetched, FileRef, ObjectName, ObjectType, Page, Permission, Raw, Reading,
    Record, RecordId, Source, Timestamp, Withheld, Workspace,
};
use serde_json::Value as Json;

use super::{
    client::{Aim, Client},
    company, contact, deleted,
    fields::{self, first_text},
    file::{Home, Signed},
    find::Finder,
    learned::Learned,
    list,
    object::{self, List, OURS, Object, at},
    page, permission, within,
};
use crate::kit::{Request, member};

/// An open Intercom workspace.
pub(super) struct IntercomSource {
    client: Client,
    home: Home,
    signed: Signed,
    /// Whether each contact is asked for its segments.
    segments: bool,
    /// As `describe` last found it; until then values keep the form they have.
    learned: RwLock<Arc<Learned>>,
}

impl IntercomSource {
    pub(super) fn new(client: Client, base: String, segments: bool) -> Self {
        Self {
            client,
            home: Home::new(base),
            signed: Signed::default(),
            segments,
            learned: RwLock::default(),
        }
    }

    pub(super) fn calls(&self) -> Calls {
        self.client.calls()
    }

    fn known(&self) -> Arc<Learned> {
        Arc::clone(&self.learned.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn know(&self, learned: Learned) {
        *self.learned.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(learned);
    }

    fn finder(&self) -> Finder<'_> {
        Finder {
            client: &self.client,
            home: &self.home,
            segments: self.segments,
        }
    }

    async fn find_any(&self, object: &'static Object, id: &RecordId) -> Result<Option<Raw>, Fault> {
        if let Some((carrier, carrier_id)) = within::carrier_of(object, id) {
            let carrier = object::named(&ObjectName::new(carrier))?;
            let found = self.find_listed(carrier, &carrier_id).await?;
            let brought = found.map(|raw| within::of(carrier.name, &raw)).transpose()?;
            let mut brought = brought.into_iter().flatten();
            let found = brought.find(|(of, raw)| of.as_str() == object.name && &raw.id == id);
            return Ok(found.map(|(_, raw)| raw));
        }
        self.find_listed(object, id).await
    }

    async fn find_listed(&self, object: &'static Object, id: &RecordId) -> Result<Option<Raw>, Fault> {
        let found = self.finder().find(object, id).await?;
        if let Some(raw) = &found {
            self.signed.learn(&self.home, &raw.json, self.client.now());
        }
        Ok(found)
    }

    /// What a list says that shaping needs; nothing where this workspace does not give it.
    async fn defined(
        &self,
        path: &str,
        query: &[(&str, &str)],
        permission: &str,
    ) -> Result<Vec<Json>, Fault> {
        let doing = "reading the customer's attributes";
        let request = query
            .iter()
            .fold(Request::new(Method::GET, path), |request, (name, value)| {
                request.query(name, *value)
            });
        let response = self.client.send(request, doing).await?;
        match response.status {
            200..=299 => {}
            // Another version of the API, or no permission: values then keep the form they have.
            400 | 403 | 404 | 422 => return Ok(Vec::new()),
            _ => {
                let fault = self.client.refused(&response, Aim { doing, permission });
                return match fault.kind() {
                    FaultKind::Unavailable => Ok(Vec::new()),
                    _ => Err(fault),
                };
            }
        }
        let listed = page::split(&response, doing)?;
        let texts = listed.texts.iter();
        texts
            .map(|text| serde_json::from_str(text).map_err(|error| page::nonsense(error, doing)))
            .collect()
    }

    async fn learn(&self) -> Result<Learned, Fault> {
        let mut learned = Learned::default();
        learned.remember(&self.known());
        for admin in self.defined("/admins", &[], "Read admins").await? {
            learned.add_admin(&admin);
        }
        let archived = ("include_archived", "true");
        for tag in self.defined("/tags", &[], "Read tags").await? {
            learned.add_tag(&tag);
        }
        for model in ["contact", "company"] {
            let query = [("model", model), archived];
            for one in self
                .defined("/data_attributes", &query, "Read and list users and companies")
                .await?
            {
                learned.add_data_attribute(model, &one);
            }
        }
        for one in self
            .defined("/conversations/attributes", &[archived], "Read conversations")
            .await?
        {
            learned.add_conversation_attribute(&one);
        }
        for one in self.defined("/ticket_types", &[], "Read tickets").await? {
            learned.add_ticket_type(&one);
        }
        Ok(learned)
    }
}

#[async_trait]
impl Source for IntercomSource {
    async fn workspace(&self) -> Result<Workspace, Fault> {
        let doing = "reaching the Intercom workspace";
        let response = self.client.send(Request::new(Method::GET, "/me"), doing).await?;
        let aim = Aim {
            doing,
            permission: "Read one admin",
        };
        if !matches!(response.status, 200..=299) {
            let fault = self.client.refused(&response, aim);
            return match fault.kind() {
                // Tags tell as well whether we are known, but not where we are.
                FaultKind::Unavailable => self.unnamed_workspace().await,
                _ => Err(fault),
            };
        }
        let me: Json =
            serde_json::from_slice(&response.body).map_err(|error| page::nonsense(error, doing))?;
        let app = at(&me, &["app"]);
        let id = first_text(app, &["id_code", "id"]).unwrap_or("intercom");
        Ok(Workspace {
            id: id.to_owned(),
            name: first_text(app, &["name"]).unwrap_or(id).to_owned(),
            acting_as: first_text(&me, &["name", "email"]).map(str::to_owned),
        })
    }

    async fn permissions(&self) -> Result<Vec<Permission>, Fault> {
        permission::all(&self.client).await
    }

    async fn describe(&self) -> Result<Vec<ObjectType>, Fault> {
        self.know(self.learn().await?);
        let learned = self.known();
        Ok(object::all().map(|object| object.describe(&learned)).collect())
    }

    fn learned(&self) -> Option<String> {
        serde_json::to_string(&*self.known()).ok()
    }

    fn recall(&self, learned: &str) -> Result<(), Fault> {
        let doing = "recalling what is known of the customer's attributes";
        let learned = serde_json::from_str(learned)
            .map_err(|error| Fault::new(FaultKind::Unexpected, doing).because(error))?;
        self.know(learned);
        Ok(())
    }

    async fn read(&self, ask: &Ask) -> Result<Page, Fault> {
        let object = object::named(&ask.object)?;
        let page = list::read(&self.client, &self.home, object, ask).await?;
        let now = self.client.now();
        for raw in &page.raws {
            self.signed.learn(&self.home, &raw.json, now);
        }
        if object.name != "article_text" {
            return Ok(page);
        }
        let mut texts = Vec::new();
        for article in &page.raws {
            let brought = within::of("article", article)?;
            texts.extend(brought.into_iter().map(|(_, text)| text));
        }
        Ok(Page { raws: texts, ..page })
    }

    async fn find(&self, object: &ObjectName, id: &RecordId) -> Result<Option<Raw>, Fault> {
        self.find_any(object::named(object)?, id).await
    }

    fn is_whole(&self, object: &ObjectName, listed: &Raw) -> bool {
        let has = |name: &str| {
            let found = member::<serde::de::IgnoredAny>(&listed.json, name);
            matches!(found, Ok(Some(_)))
        };
        match object.as_str() {
            "conversation" => has("conversation_parts"),
            "ticket" => has("ticket_parts"),
            "company" => company::is_whole(&listed.json) || has(OURS),
            "contact" => has(OURS) || (!self.segments && contact::to_read(&listed.json).is_empty()),
            _ => true,
        }
    }

    fn reading(&self, object: &ObjectName) -> Reading {
        match object::named(object).map(|object| (object.name, object.list)) {
            Ok((_, List::Search) | ("article", _)) => Reading::Newest { lists: 1 },
            _ => Reading::Whole,
        }
    }

    async fn count(&self, object: &ObjectName) -> Result<Option<u64>, Fault> {
        if object.as_str() == "article_text" {
            // An article counts as one, in however many languages.
            return Ok(None);
        }
        list::count(&self.client, object::named(object)?).await
    }

    fn shape(&self, object: &ObjectName, raw: &Raw) -> Result<Record, Fault> {
        object::named(object)?.shape(raw, &self.home, &self.known())
    }

    fn carriers(&self, object: &ObjectName) -> Vec<ObjectName> {
        let object = object::named(object);
        let carriers = object.iter().flat_map(|object| object.carriers);
        carriers.map(ObjectName::new).collect()
    }

    fn lists_all(&self, object: &ObjectName) -> bool {
        !matches!(object.as_str(), "contact" | "company" | "admin")
    }

    fn within(&self, object: &ObjectName, raw: &Raw) -> Result<Vec<(ObjectName, Raw)>, Fault> {
        within::of(object.as_str(), raw)
    }

    fn withheld(&self, object: &ObjectName, raw: &Raw) -> Option<Withheld> {
        within::withheld(object.as_str(), raw)
    }

    async fn deleted_since(
        &self,
        object: &ObjectName,
        since: Timestamp,
    ) -> Result<Option<Vec<RecordId>>, Fault> {
        match object.as_str() {
            "conversation" => deleted::since(&self.client, since).await,
            _ => Ok(None),
        }
    }

    fn is_own_file(&self, address: &str) -> bool {
        self.home.is_own(address)
    }

    async fn fetch(
        &self,
        file: &FileRef,
        holder: Option<(&ObjectName, &RecordId)>,
        to: &Path,
        most: u64,
    ) -> Result<Fetched, Fault> {
        let address = &file.url;
        if !self.home.is_own(address) {
            return self.client.download(address.clone(), to, most).await;
        }
        let fresh = || self.signed.fresh(address, self.client.now());
        if let Some(signed) = fresh() {
            let fetched = self.client.download(self.home.way(&signed), to, most).await;
            let is_refused = |fault: &Fault| {
                use FaultKind::{Denied, Gone, Rejected};
                matches!(fault.kind(), Denied | Gone | Rejected)
            };
            match fetched {
                Err(fault) if is_refused(&fault) && holder.is_some() => {}
                fetched => return fetched,
            }
        }
        // The signature is too old, or came in another run: the record brings a new one.
        if let Some((object, id)) = holder {
            self.find_any(object::named(object)?, id).await?;
        }
        let signed = fresh().unwrap_or_else(|| address.clone());
        self.client.download(self.home.way(&signed), to, most).await
    }

    fn vendor_now(&self) -> Option<Timestamp> {
        self.client.vendor_now()
    }

    fn cost(&self, object: &ObjectName, records: u64) -> u64 {
        let Ok(object) = object::named(object) else {
            return 0;
        };
        match (object.name, object.list) {
            ("conversation", _) => 1 + records / 150 + records,
            (_, List::Search) => 1 + records / 150,
            (_, List::Numbered) => 1 + records / 50,
            (_, List::Scroll) => 2 + records / 100,
            (_, List::AtOnce) => 1,
            (_, List::Carried) => 0,
        }
    }
}

impl IntercomSource {
    async fn unnamed_workspace(&self) -> Result<Workspace, Fault> {
        let aim = Aim {
            doing: "reaching the Intercom workspace",
            permission: "Read tags",
        };
        let response = self
            .client
            .send(Request::new(Method::GET, "/tags"), aim.doing)
            .await?;
        let fault = || self.client.refused(&response, aim);
        match response.status {
            200..=299 => {}
            _ if fault().kind() == FaultKind::Unavailable => {}
            _ => return Err(fault()),
        }
        // A contact names the workspace that it is in.
        let contact = object::named(&ObjectName::new("contact"))?;
        let listed = list::probe(contact).map(|request| self.client.send(request, aim.doing));
        let id = match listed {
            Some(listed) => workspace_id(&listed.await?.body),
            None => None,
        };
        let id = id.unwrap_or_else(|| "intercom".to_owned());
        Ok(Workspace {
            name: format!("Intercom workspace {id}"),
            id,
            acting_as: None,
        })
    }
}

fn workspace_id(body: &[u8]) -> Option<String> {
    let json: Json = serde_json::from_slice(body).ok()?;
    let first = fields::items(&json)?.first()?;
    first_text(first, &["workspace_id"]).map(str::to_owned)
}
