//! Both sides as their twins have them, found by what identifies a record.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    people::{self, Parting, key_of, key_of_left, records, text_of},
    world::Twins,
};

/// The left objects that are looked at.
const LEFT: [&str; 7] = [
    "user",
    "company",
    "enduser",
    "license",
    "conversation",
    "task",
    "comment",
];

/// The right dumps, and what the recipe calls the records in them.
const RIGHT: [(&str, &str); 8] = [
    ("dev_user", "dev_user"),
    ("account", "account"),
    ("rev_user", "contact"),
    ("ticket", "ticket"),
    ("conversation", "conversation"),
    ("custom_object", "custom"),
    ("timeline_entry", "comment"),
    ("meeting", "meeting"),
];

/// Both sides.
pub struct Sides {
    /// Left records by object and id.
    pub left: BTreeMap<&'static str, BTreeMap<String, Value>>,
    /// Right records by id.
    pub right: BTreeMap<String, Value>,
    /// Right records without a key of ours: their ids and kinds.
    pub keyless: Vec<(String, String)>,
    /// Ids and kinds of right records, by key; of people, by address.
    by_key: BTreeMap<String, Vec<(String, String)>>,
    /// The key, or address, of each right record.
    key_of: BTreeMap<String, String>,
    /// Left people who joined the contact of somebody alike: the contact and what it says of them.
    joined: BTreeMap<String, Vec<(String, Value)>>,
    /// What the contacts that somebody joined, or was merged into, belong to.
    homes: BTreeMap<String, Vec<String>>,
    /// Accounts by their organisations.
    account_of: BTreeMap<String, String>,
}

impl Sides {
    /// As the twins are now.
    pub fn of(twins: &Twins) -> Self {
        let id_of = |record: &Value| text_of(record, "/_id").unwrap_or_default().to_owned();
        let of_left = |object: &'static str| {
            let records = records(&twins.left, object).into_iter();
            (object, records.map(|record| (id_of(&record), record)).collect())
        };
        let mut sides = Self {
            left: LEFT.into_iter().map(of_left).collect(),
            right: BTreeMap::new(),
            keyless: Vec::new(),
            by_key: BTreeMap::new(),
            key_of: BTreeMap::new(),
            joined: BTreeMap::new(),
            homes: BTreeMap::new(),
            account_of: BTreeMap::new(),
        };
        for (dump, kind) in RIGHT {
            for record in records(&twins.right, dump) {
                sides.take_in(kind, record);
            }
        }
        let contacts = sides.joined.values().flatten().map(|(id, _)| id.clone());
        sides.homes = contacts
            .map(|id| (id.clone(), people::homes(&twins.right, &id)))
            .collect();
        sides.know_newborns();
        for org in records(&twins.right, "rev_org") {
            let account = text_of(&org, "/account/id").or(text_of(&org, "/account"));
            if let (Some(id), Some(account)) = (text_of(&org, "/id"), account) {
                sides.account_of.insert(id.to_owned(), account.to_owned());
            }
        }
        sides
    }

    fn take_in(&mut self, kind: &str, record: Value) {
        let id = text_of(&record, "/id").unwrap_or_default().to_owned();
        let kind = match text_of(&record, "/leaf_type") {
            Some(leaf) if kind == "custom" => format!("custom:{leaf}"),
            _ => kind.to_owned(),
        };
        for (left, text) in people::joined(&record) {
            let joined = self.joined.entry(left).or_default();
            joined.push((id.clone(), text));
        }
        let key = match kind.as_str() {
            "dev_user" => text_of(&record, "/email").map(str::to_lowercase),
            _ => key_of(&record).map(str::to_owned),
        };
        match key {
            Some(key) => {
                self.by_key
                    .entry(key.clone())
                    .or_default()
                    .push((id.clone(), kind));
                self.key_of.insert(id.clone(), key);
            }
            None => self.keyless.push((id.clone(), kind)),
        }
        self.right.insert(id, record);
    }

    /// Right records whose left records were made for them bear no key of ours: their left records bear theirs.
    fn know_newborns(&mut self) {
        for (id, kind) in std::mem::take(&mut self.keyless) {
            let key = people::key_of_theirs(&kind, &id);
            let lefts = self.left.iter().flat_map(|(object, records)| {
                records.values().filter_map(|record| key_of_left(object, record))
            });
            if lefts.into_iter().any(|other| other == key) {
                self.by_key
                    .entry(key.clone())
                    .or_default()
                    .push((id.clone(), kind.clone()));
                self.key_of.insert(id.clone(), key);
            }
            self.keyless.push((id, kind));
        }
    }

    /// What was merged into a record that is nobody's is a part of that, which bears no key of ours. A contact that another
    /// was merged into may be in several accounts.
    pub fn follow(&mut self, twins: &Twins, partings: &BTreeMap<String, Parting>) {
        for parting in partings.values() {
            if let (Some(into), "contact") = (&parting.into, parting.kind) {
                let homes = people::homes(&twins.right, &into.id);
                self.homes.insert(into.id.clone(), homes);
            }
        }
        // Of people who came together before anybody looked, any may be the one whom the others join.
        for is_owned in [false, true] {
            for (key, parting) in partings {
                let into = parting.into.as_ref().filter(|into| into.is_owned == is_owned);
                let Some(into) = into.filter(|into| self.right.contains_key(&into.id)) else {
                    continue;
                };
                let is_taken = self.key_of.contains_key(&into.id) || self.by_key.contains_key(key);
                let same = partings.values().filter_map(|one| one.into.as_ref());
                let is_meant = parting.kind == "contact" || !is_owned;
                let is_nobody_s = is_meant && same.into_iter().any(|one| one.id == into.id && !one.is_owned);
                let left = self.left_of(key).filter(|_| is_nobody_s && !is_taken);
                let is_guest = |left: &Value| self.joined_by(left).iter().any(|(id, _)| *id == into.id);
                if left.is_none_or(|(_, left)| is_guest(left)) {
                    continue;
                }
                let counterpart = (into.id.clone(), parting.kind.to_owned());
                self.by_key.insert(key.clone(), vec![counterpart]);
                self.key_of.insert(into.id.clone(), key.clone());
            }
        }
    }

    /// Right records that bear a key of ours: their ids, kinds and the records.
    pub fn keyed(&self) -> impl Iterator<Item = (&str, &str, &Value)> {
        let all = self.by_key.values().flatten();
        all.filter_map(|(id, kind)| Some((id.as_str(), kind.as_str(), self.right.get(id)?)))
    }

    /// Whether some right record bears this key.
    pub fn is_there(&self, key: &str) -> bool {
        self.by_key.contains_key(key)
    }

    /// The kind that an id of DevRev names, as the recipe calls it.
    pub fn kind_in<'i>(&self, id: &'i str) -> &'i str {
        if id.contains(":comment/") {
            return "comment";
        }
        let kind = id.rsplit(':').next().and_then(|last| last.split('/').next());
        match kind.unwrap_or_default() {
            "revu" => "contact",
            "custom_object" if id.contains("/license/") => "custom:license",
            "custom_object" => "custom:planhat_meeting",
            kind => kind,
        }
    }

    /// The left records that bear a right record's key.
    pub fn made_for(&self, kind: &str, id: &str) -> Vec<&Value> {
        let key = people::key_of_theirs(kind, id);
        let all = self
            .left
            .iter()
            .flat_map(|(object, records)| records.values().map(move |record| (object, record)));
        let bear = all.filter(|(object, record)| key_of_left(object, record).as_ref() == Some(&key));
        bear.map(|(_, record)| record).collect()
    }

    /// The right records that bear a left record's key, with their kinds.
    pub fn counterparts(&self, object: &str, left: &Value) -> Vec<(&str, &Value)> {
        let found = self.key(object, left).and_then(|key| self.by_key.get(&key));
        let found = found.into_iter().flatten();
        found
            .filter_map(|(id, kind)| Some((kind.as_str(), self.right.get(id)?)))
            .collect()
    }

    /// Of a left record that was made for a right one: the right records that were made for it since, with their kinds.
    pub fn made_anew(&self, object: &str, left: &Value) -> Vec<(&str, &Value)> {
        let ours = text_of(left, "/_id").map(|id| format!("planhat:{object}:{id}"));
        let ours = ours.filter(|ours| key_of_left(object, left).as_ref() != Some(ours));
        let found = ours.and_then(|key| self.by_key.get(&key));
        let found = found.into_iter().flatten();
        found
            .filter_map(|(id, kind)| Some((kind.as_str(), self.right.get(id)?)))
            .collect()
    }

    /// Whether the left record of which a key speaks is there, whoever joined its counterpart.
    pub fn is_on_the_left(&self, key: &str) -> bool {
        let mut all = self
            .left
            .iter()
            .flat_map(|(object, records)| records.values().map(move |record| (object, record)));
        all.any(|(object, record)| key_of_left(object, record).as_deref() == Some(key))
    }

    /// The left record that is known by a key.
    pub fn left_of(&self, key: &str) -> Option<(&'static str, &Value)> {
        let mut all = self
            .left
            .iter()
            .flat_map(|(object, records)| records.values().map(move |record| (*object, record)));
        all.find(|(object, record)| {
            key_of_left(object, record).as_deref() == Some(key)
                || self.key(object, record).as_deref() == Some(key)
        })
    }

    /// The key that the counterpart of a left record bears.
    pub fn key(&self, object: &str, left: &Value) -> Option<String> {
        match object {
            "user" => text_of(left, "/email").map(str::to_lowercase),
            "enduser" => match self.joined_by(left).first() {
                Some((right, _)) => self.key_of.get(right).cloned(),
                None => key_of_left(object, left),
            },
            // One that was made anew elsewhere is ours.
            "comment" => {
                let ours = format!("planhat:comment:{}", text_of(left, "/_id")?);
                let is_there = self.by_key.contains_key(&ours);
                is_there.then_some(ours).or_else(|| key_of_left(object, left))
            }
            _ => key_of_left(object, left),
        }
    }

    /// The contacts that somebody joined, and what each says of him or her.
    pub fn joined_by(&self, left: &Value) -> &[(String, Value)] {
        let joined = text_of(left, "/_id").and_then(|id| self.joined.get(id));
        joined.map_or(&[], Vec::as_slice)
    }

    /// Whether a contact that somebody joined belongs to the account with this key.
    pub fn is_at_home(&self, contact: &str, account: &str) -> bool {
        let mut homes = self.homes.get(contact).into_iter().flatten();
        homes.any(|home| self.key_of_right(home) == Some(account))
    }

    /// Whether there is a right record with the key that a left record would have alone.
    pub fn has_own(&self, object: &str, left: &Value) -> bool {
        key_of_left(object, left).is_some_and(|key| self.by_key.contains_key(&key))
    }

    /// People who joined a contact and are gone from the left side.
    pub fn gone_and_joined(&self) -> impl Iterator<Item = &str> {
        let there = self.left.get("enduser");
        let is_gone = move |id: &&String| there.is_none_or(|there| !there.contains_key(*id));
        self.joined.keys().filter(is_gone).map(String::as_str)
    }

    /// The key that the counterpart of the left record with this id bears, if there is such a record.
    pub fn key_of_left(&self, id: &str) -> Option<String> {
        let found = self.left_by_id(id);
        found.and_then(|(object, record)| self.key(object, record))
    }

    /// The left record with this id, and its object.
    pub fn left_by_id(&self, id: &str) -> Option<(&'static str, &Value)> {
        let mut all = self.left.iter();
        all.find_map(|(object, records)| Some((*object, records.get(id)?)))
    }

    /// The key that a right record bears.
    pub fn key_of_right(&self, id: &str) -> Option<&str> {
        let id = self.account_of.get(id).map_or(id, String::as_str);
        self.key_of.get(id).map(String::as_str)
    }
}
