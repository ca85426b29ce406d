//! Teams and roles. Planhat lists neither: they are what users say of themselves, so a name is a record.

use std::{collections::BTreeMap, time::Duration};

use model::{Cursor, Fault, Raw, RecordId, Timestamp};
use serde_json::{Map, Value as Json, json};
use tokio::sync::Mutex;

use super::{
    client::{Aim, Client},
    fields::{self, Holds, computed},
    list,
    object::{Object, PLAIN, Reading},
    page::Place,
    user,
};

pub(super) static TEAM: Object = Object {
    name: "team",
    title: "Team",
    path: "/users",
    reading: Reading::InUsers("teams"),
    permission: "Users (View)",
    known: &[
        computed("name", Holds::Text),
        computed("description", Holds::Text),
    ],
    ..PLAIN
};

pub(super) static ROLE: Object = Object {
    name: "role",
    title: "Role",
    path: "/users",
    reading: Reading::InUsers("roles"),
    permission: "Users (View)",
    known: &[
        computed("name", Holds::Text),
        // A team may have the same name; this one no team has.
        computed("label", Holds::Text),
        computed("description", Holds::Text),
    ],
    ..PLAIN
};

/// What one reading of the users found, until both objects have been asked for.
#[derive(Default)]
pub(super) struct Names(Mutex<Found>);

#[derive(Default)]
struct Found {
    at: Option<Timestamp>,
    of: BTreeMap<&'static str, Vec<Raw>>,
}

/// The properties of users that hold names.
const PROPERTIES: [&str; 2] = ["teams", "roles"];
/// What was found longer ago is read again.
const FRESH: Duration = Duration::from_secs(10 * 60);

impl Names {
    /// Every name that users have in that property. The users are read once for both; who asks again reads again.
    pub(super) async fn read(&self, client: &Client, property: &'static str) -> Result<Vec<Raw>, Fault> {
        let mut found = self.0.lock().await;
        found.refresh(client, property).await?;
        Ok(found.of.remove(property).unwrap_or_default())
    }

    /// One of those names, if somebody has it.
    pub(super) async fn find(
        &self,
        client: &Client,
        property: &'static str,
        name: &RecordId,
    ) -> Result<Option<Raw>, Fault> {
        let mut found = self.0.lock().await;
        found.refresh(client, property).await?;
        let mut raws = found.of.get(property).into_iter().flatten();
        Ok(raws.find(|raw| raw.id == *name).cloned())
    }
}

impl Found {
    /// Reads the users, unless it was done a moment ago and nobody has asked for that property since.
    async fn refresh(&mut self, client: &Client, property: &str) -> Result<(), Fault> {
        let is_fresh = self
            .at
            .is_some_and(|at| client.now().duration_since(at).unsigned_abs() < FRESH);
        if !is_fresh || !self.of.contains_key(property) {
            *self = gather(client).await?;
        }
        Ok(())
    }
}

async fn gather(client: &Client) -> Result<Found, Fault> {
    let mut names: BTreeMap<&'static str, BTreeMap<String, Map<String, Json>>> = PROPERTIES
        .into_iter()
        .map(|property| (property, BTreeMap::new()))
        .collect();
    let mut cursor: Option<Cursor> = None;
    loop {
        let aim = Aim {
            doing: "reading the users' teams and roles",
            permission: user::USER.permission,
        };
        let page = list::read(
            client,
            &user::USER,
            list::Order::ById,
            &Place::of(cursor.as_ref())?,
            aim,
        )
        .await?;
        for raw in &page.raws {
            let user: Json = raw.parse(aim.doing)?;
            for property in PROPERTIES {
                take(&user, property, names.entry(property).or_default());
            }
        }
        cursor = match page.next {
            model::Next::More(cursor) => Some(cursor),
            model::Next::CaughtUp => break,
        };
    }
    let raw = |(name, record): (String, Map<String, Json>)| {
        Raw::new(RecordId::from(name), Json::Object(record).to_string())
    };
    Ok(Found {
        at: Some(client.now()),
        of: names
            .into_iter()
            .map(|(property, records)| (property, records.into_iter().map(raw).collect()))
            .collect(),
    })
}

/// The names of one user, each with the description that somebody's answer has.
fn take(user: &Json, property: &str, records: &mut BTreeMap<String, Map<String, Json>>) {
    let held = user.get(property).unwrap_or(&Json::Null);
    let one = std::slice::from_ref(held);
    let all = held.as_array().map_or(one, Vec::as_slice);
    for item in all {
        for name in fields::names(item).into_iter().flatten() {
            let record = records.entry(name.to_owned()).or_default();
            record.entry("_id").or_insert_with(|| json!(name));
            record.entry("name").or_insert_with(|| json!(name));
            if property == "roles" {
                record
                    .entry("label")
                    .or_insert_with(|| json!(format!("{name} (role)")));
            }
            if let Some(words) = item.get("description").filter(|words| words.is_string()) {
                record.entry("description").or_insert_with(|| words.clone());
            }
        }
    }
}
