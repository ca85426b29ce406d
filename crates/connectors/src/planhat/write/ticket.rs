//! Tickets: conversations that have a door of their own. The common door makes a note of what is sent as a ticket, so new ones
//! go through theirs, which asks for the address of somebody who asked.

use http::Method;
use model::{Evidence, ExternalKey, Fault, FaultKind, ObjectName, Raw, RecordId, Source, Value, Written};
use serde_json::{Map, Value as Json};

use super::{
    super::{
        object::{Object, PLAIN},
        upsert::{self, Each},
    },
    Job, SOURCE, Way, Writer, lock,
    members::{Members, refusal},
};
use crate::kit::encoded;

static DOOR: Object = Object {
    name: "ticket",
    path: "/tickets",
    permission: "Conversations (View)",
    ..PLAIN
};

/// What their door takes; a ticket's subject and its own type have other names there.
const TAKEN: [(&str, &str); 11] = [
    ("companyId", "companyId"),
    ("subject", "title"),
    ("description", "description"),
    ("subType", "type"),
    ("severity", "severity"),
    ("product", "product"),
    ("status", "status"),
    ("timeSpent", "timeSpent"),
    ("url", "url"),
    ("tags", "tags"),
    ("source", "source"),
];

/// What only tickets have.
pub(super) const OWN: [&str; 9] = [
    "status",
    "severity",
    "product",
    "timeSpent",
    "url",
    "subType",
    "tags",
    "source",
    "email",
];

/// Whether these members are a ticket's.
pub(super) fn is_for_tickets(members: &Members) -> bool {
    OWN.iter().any(|name| members.contains_key(*name))
}

pub(super) fn only(field: &str) -> String {
    format!("`{field}` can be written of tickets only")
}

pub(super) fn no_requester(doing: &str) -> Fault {
    refusal(doing, "Planhat makes a ticket only for somebody with an address")
        .hint("let the recipe write `email`, or `endusers` whose first has an e-mail address in Planhat")
}

impl Writer {
    /// Nothing, if it must go through the common door.
    pub(super) async fn make_ticket(
        &self,
        way: &Way,
        members: &Members,
        key: &ExternalKey,
        doing: &str,
    ) -> Result<Option<Written>, Fault> {
        // Their door tells tickets apart by it: with the customer's own it could meet another one.
        if members.contains_key(SOURCE) {
            return Ok(None);
        }
        let Some(email) = self.requester(members).await? else {
            return Ok(None);
        };
        let (mut ticket, mut rest) = (Members::new(), Members::new());
        for (name, json) in members {
            match TAKEN.iter().find(|(known, _)| known == name) {
                Some((_, theirs)) => drop(ticket.insert((*theirs).to_owned(), json.clone())),
                None if matches!(name.as_str(), "type" | "email") => {}
                None => drop(rest.insert(name.clone(), json.clone())),
            }
        }
        ticket.insert(SOURCE.to_owned(), Json::from(key.as_str()));
        ticket.insert("email".to_owned(), email);
        // Until it has all it should, it is not there yet.
        lock(&self.learned.doubts).insert(key.clone());
        let id = self.through_door(ticket, doing).await?;
        if !rest.is_empty() {
            self.send(way, Method::PUT, &encoded(id.as_str()), &rest, doing)
                .await?;
        }
        lock(&self.learned.doubts).remove(key);
        let found = self.source.find(&ObjectName::new(way.object.name), &id).await;
        Ok(Some(Written {
            id,
            raw: found.ok().flatten(),
            evidence: Evidence::Answered,
        }))
    }

    async fn through_door(&self, ticket: Members, doing: &str) -> Result<RecordId, Fault> {
        let sent = {
            let _turn = self.learned.turn.lock().await;
            upsert::send(&self.source.client, &DOOR, &[ticket]).await?
        };
        match sent.each.into_iter().next() {
            Some(Each::Created(id) | Each::Matched(id)) => Ok(id),
            Some(Each::Refused { kind, words }) => Err(Fault::new(kind, doing).said(words)),
            Some(Each::Unheard) | None => Err(refusal(doing, "Planhat left the ticket out without a word")
                .hint("its requester must have an e-mail address, and its company must be in Planhat")),
        }
    }

    /// The address of who asked.
    async fn requester(&self, members: &Members) -> Result<Option<Json>, Fault> {
        if let Some(email) = members.get("email") {
            return Ok(Some(email.clone()));
        }
        let people = members.get("endusers").and_then(Json::as_array);
        let first = people.and_then(|people| people.first()?.get("id")?.as_str());
        let Some(id) = first else { return Ok(None) };
        let object = ObjectName::new("enduser");
        let Some(raw) = self.source.find(&object, &RecordId::from(id)).await? else {
            return Ok(None);
        };
        let record = self.source.shape(&object, &raw)?;
        Ok(match record.fields.get("email") {
            Some(Value::Text(email)) => Some(Json::from(email.as_str())),
            _ => None,
        })
    }

    /// What the common door did not keep of a ticket goes through theirs. Gives the record as it is then.
    pub(super) async fn mend_ticket(
        &self,
        way: &Way,
        answered: Raw,
        job: &Job<'_>,
        doing: &str,
    ) -> Result<Raw, Fault> {
        let object = ObjectName::new(way.object.name);
        let open = |raw: &Raw| -> Members {
            let not_kept = self.not_kept(way, raw, &job.change.fields);
            let names = not_kept.iter().map(|field| field.name.as_str());
            let own = names.filter(|name| OWN.contains(name));
            own.filter_map(|name| Some((name.to_owned(), job.members.get(name)?.clone())))
                .collect()
        };
        if open(&answered).is_empty() {
            return Ok(answered);
        }
        let Some(raw) = self.source.find(&object, &answered.id).await? else {
            return Err(Fault::new(FaultKind::Gone, doing));
        };
        let lost = open(&raw);
        let Some(name) = lost.keys().next() else {
            return Ok(raw);
        };
        let record: Map<String, Json> = raw.parse(doing)?;
        if record.get("type").and_then(Json::as_str) != Some("ticket") {
            return Err(refusal(doing, only(name)));
        }
        let Some(email) = lost.get("email").or_else(|| record.get("email")).cloned() else {
            return Err(no_requester(doing));
        };
        let mut ticket: Members = TAKEN
            .iter()
            .filter_map(|(name, theirs)| Some(((*theirs).to_owned(), lost.get(*name)?.clone())))
            .collect();
        ticket.insert("_id".to_owned(), Json::from(raw.id.as_str()));
        ticket.insert("email".to_owned(), email);
        self.through_door(ticket, doing).await?;
        let found = self.source.find(&object, &raw.id).await?;
        found.ok_or_else(|| Fault::new(FaultKind::Gone, doing))
    }
}
