//! Everything a twin knows.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    custom::{Part, Schemas},
    files::Files,
    hooks::{self, Change, Hooks},
    kind::{Key, Kind},
    leaves::Leaves,
    refusal::Refusal,
    row::Row,
    shelf::{Indexes, Shelf, Slot, Within, shared_index},
    stages,
    switches::Switches,
};

/// The twin's whole state.
pub(super) struct State {
    pub(super) switches: Switches,
    pub(super) schemas: Schemas,
    pub(super) leaves: Leaves,
    pub(super) files: Files,
    pub(super) hooks: Hooks,
    /// What the call at hand changed, as far as a webhook may want to hear of it.
    pub(super) changes: Vec<Change>,
    shelves: Vec<(Family, Shelf)>,
    /// Records that were merged into others.
    pub(super) merged: BTreeMap<Key, Key>,
    /// The time of the last change, in milliseconds; time never runs backwards here.
    pub(super) clock: i64,
}

/// Records that live on one shelf, because one list returns them together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Family {
    States,
    Stages,
    StageDiagrams,
    Fragments,
    DevUsers,
    Artifacts,
    Tags,
    Parts,
    Accounts,
    RevOrgs,
    RevUsers,
    Works,
    Conversations,
    CustomObjects,
    Groups,
    Memberships,
    Meetings,
    Directories,
    Articles,
    LinkTypes,
    Links,
    Comments,
    Webhooks,
}

/// Every family, in the order in which a save must be read again.
pub(super) const FAMILIES: [Family; 23] = [
    Family::States,
    Family::Stages,
    Family::StageDiagrams,
    Family::Fragments,
    Family::DevUsers,
    Family::Artifacts,
    Family::Tags,
    Family::Parts,
    Family::Accounts,
    Family::RevOrgs,
    Family::RevUsers,
    Family::Works,
    Family::Conversations,
    Family::CustomObjects,
    Family::Groups,
    Family::Memberships,
    Family::Meetings,
    Family::Directories,
    Family::Articles,
    Family::LinkTypes,
    Family::Links,
    Family::Comments,
    Family::Webhooks,
];

impl Family {
    pub(super) fn of(kind: Kind) -> Option<Family> {
        Some(match kind {
            Kind::TenantFragment | Kind::CustomTypeFragment | Kind::AppFragment => Family::Fragments,
            Kind::DevUser => Family::DevUsers,
            Kind::Artifact => Family::Artifacts,
            Kind::Tag => Family::Tags,
            Kind::Product
            | Kind::Capability
            | Kind::Feature
            | Kind::Enhancement
            | Kind::Linkable
            | Kind::Runnable => Family::Parts,
            Kind::Account => Family::Accounts,
            Kind::RevOrg => Family::RevOrgs,
            Kind::RevUser => Family::RevUsers,
            Kind::Ticket | Kind::Issue | Kind::Task | Kind::Opportunity => Family::Works,
            Kind::Conversation => Family::Conversations,
            Kind::Custom(_) => Family::CustomObjects,
            Kind::Group => Family::Groups,
            Kind::Membership => Family::Memberships,
            Kind::Meeting => Family::Meetings,
            Kind::Directory => Family::Directories,
            Kind::Article => Family::Articles,
            Kind::LinkType => Family::LinkTypes,
            Kind::Link => Family::Links,
            Kind::Webhook => Family::Webhooks,
            Kind::State => Family::States,
            Kind::Stage => Family::Stages,
            Kind::StageDiagram => Family::StageDiagrams,
            Kind::Comment | Kind::ChangeEvent => Family::Comments,
            _ => return None,
        })
    }

    fn indexes(self, switches: &Switches) -> Indexes {
        // tidy: long because it is one table.
        let unique_name = switches.is("account_display_name", "unique");
        let unique_email = switches.is("dev_user_email", "conflict");
        let unique_meeting = switches.is("meeting_external_ref", "unique");
        let (unique, shared): (&'static [_], &'static [_]) = match self {
            Family::Fragments => (&[], &["leaf_type"]),
            Family::DevUsers if unique_email => (&["email"], &["state"]),
            Family::DevUsers => (&[], &["email", "state"]),
            Family::Artifacts => (&[], &["parent"]),
            Family::Tags => (&["name"], &[]),
            Family::Parts => (&[], &["name", "owned_by", "parent_part", "tags"]),
            Family::Accounts if unique_name => (
                &["external_refs", "domains", "websites", "display_name"],
                &["owned_by", "tags", "tier"],
            ),
            Family::Accounts => (
                &["external_refs", "domains", "websites"],
                &["display_name", "owned_by", "tags", "tier"],
            ),
            Family::RevOrgs => (&["external_ref"], &["account", "display_name", "tags"]),
            Family::RevUsers => (
                &["external_refs"],
                &["email", "rev_org", "associations", "phone_numbers", "tags"],
            ),
            Family::Works => (
                &["external_ref"],
                &[
                    "applies_to_part",
                    "owned_by",
                    "reported_by",
                    "account",
                    "rev_org",
                    "tags",
                    "stage",
                    "group",
                ],
            ),
            Family::Conversations => (
                &[],
                &[
                    "applies_to_parts",
                    "owned_by",
                    "members",
                    "tags",
                    "stage",
                    "source_channel",
                    "group",
                ],
            ),
            Family::CustomObjects => (&["unique_key"], &[]),
            Family::Groups => (&["name"], &[]),
            Family::Memberships => (&["pair"], &["group", "member"]),
            Family::Meetings if unique_meeting => (&["external_ref"], &["members", "parent", "tags"]),
            Family::Meetings => (&[], &["external_ref", "members", "parent", "tags"]),
            Family::Directories => (&[], &["parent", "tags"]),
            Family::Articles => (
                &[],
                &["applies_to_parts", "authored_by", "owned_by", "parent", "tags"],
            ),
            Family::LinkTypes => (&[], &["name"]),
            Family::Webhooks | Family::Stages => (&[], &[]),
            Family::States => (&["ordinal"], &[]),
            Family::StageDiagrams => (&[], &["leaf_type"]),
            Family::Links => (&[], &["source", "target", "ends"]),
            Family::Comments => (&["external_ref"], &["object"]),
        };
        let within = match self {
            Family::Works | Family::CustomObjects => Within::Kind,
            Family::Comments => Within::Object,
            _ => Within::Shelf,
        };
        Indexes {
            unique,
            shared,
            within,
        }
    }
}

/// The token's user.
pub(super) const ME: Key = Key {
    kind: Kind::DevUser,
    number: 1,
};

impl State {
    /// A state without any record.
    pub(super) fn empty(switches: Switches) -> Self {
        let shelves = FAMILIES.map(|family| (family, Shelf::new(family.indexes(&switches))));
        Self {
            switches,
            schemas: Schemas::default(),
            leaves: Leaves::default(),
            files: Files::default(),
            hooks: Hooks::default(),
            changes: Vec::new(),
            shelves: shelves.into(),
            merged: BTreeMap::new(),
            clock: 0,
        }
    }

    /// A workspace as the vendor opens it: one user, one product.
    pub(super) fn fresh(switches: Switches) -> Self {
        let mut state = Self::empty(switches);
        stages::seed(&mut state);
        let mut user = state.draft(Kind::DevUser, 0);
        user.set("display_name", "interline");
        user.set("full_name", "Interline Operator");
        user.set("email", "operator@interline.example");
        user.set("state", "active");
        state.add(user);
        let mut product = state.draft(Kind::Product, 0);
        product.set("name", "Main product");
        product.set("owned_by", vec![ME.value()]);
        state.add(product);
        state
    }

    pub(super) fn shelf(&self, family: Family) -> &Shelf {
        let found = self.shelves.iter().find(|(known, _)| *known == family);
        &found.expect("`empty` makes a shelf for every family").1
    }

    pub(super) fn shelf_mut(&mut self, family: Family) -> &mut Shelf {
        let found = self.shelves.iter_mut().find(|(known, _)| *known == family);
        &mut found.expect("`empty` makes a shelf for every family").1
    }

    pub(super) fn get(&self, key: Key) -> Option<&Row> {
        self.shelf(Family::of(key.kind)?).get(key)
    }

    /// What an answer calls a thing; a comment's name takes its parent too.
    pub(super) fn don(&self, key: Key) -> String {
        key.don(&self.leaves)
    }

    pub(super) fn display_id(&self, key: Key) -> String {
        key.display_id(&self.leaves)
    }

    /// The kind of a leaf type that takes custom fields, made here or not.
    pub(super) fn leaf_kind(&self, name: &str) -> Option<Kind> {
        let stock = Kind::of_name(name).filter(|_| super::schemas::stock_number(name).is_some());
        stock.or_else(|| self.leaves.kind(name))
    }

    /// Whether an id names something; a comment's must hang under its own parent.
    pub(super) fn is_there(&self, key: Key, parent: Option<Key>) -> bool {
        match key.kind {
            Kind::DevOrg => key.number == 1,
            Kind::StockFragment => super::schemas::stock_leaf(key.number).is_some(),
            _ => self
                .get(key)
                .is_some_and(|row| parent.is_none() || row.key_of("object") == parent),
        }
    }

    pub(super) fn found(&self, key: Key) -> Result<&Row, Refusal> {
        self.get(key).ok_or_else(Refusal::not_found)
    }

    /// Where a record went that was merged into another, which may have been merged itself.
    pub(super) fn moved(&self, key: Key) -> Option<Key> {
        let mut at = *self
            .merged
            .get(&key)
            .filter(|_| self.switches.is("merged", "moved"))?;
        while let Some(next) = self.merged.get(&at) {
            at = *next;
        }
        Some(at)
    }

    /// A new record with the next number of its kind, not yet on its shelf.
    pub(super) fn draft(&self, kind: Kind, now: i64) -> Row {
        let number = Family::of(kind).map_or(1, |family| self.shelf(family).next_number(kind));
        Row::new(Key::new(kind, number), now, ME.number)
    }

    /// Refuses a record that would share a unique value with another.
    pub(super) fn check_unique(&self, row: &Row) -> Result<(), Refusal> {
        let Some(family) = Family::of(row.key.kind) else {
            return Ok(());
        };
        match self.shelf(family).clash(row) {
            Some(field) => Err(Refusal::conflict(field)),
            None => Ok(()),
        }
    }

    /// Puts a draft on its shelf.
    pub(super) fn add(&mut self, row: Row) -> Key {
        let key = row.key;
        if let Some(family) = Family::of(key.kind) {
            self.shelf_mut(family).push(row);
        }
        if self.is_watched(key) {
            self.changes.push(Change::Created(key));
        }
        key
    }

    pub(super) fn replace(&mut self, row: Row) {
        if self.is_watched(row.key)
            && let Some(old) = self.get(row.key)
        {
            let old = hooks::shown(self, old);
            self.changes.push(Change::Updated(row.key, old));
        }
        self.replace_quietly(row);
    }

    /// Puts a changed record back, and tells nobody.
    pub(super) fn replace_quietly(&mut self, row: Row) {
        if let Some(family) = Family::of(row.key.kind) {
            self.shelf_mut(family).replace(row);
        }
    }

    /// Whether somebody may want to hear what happens to a record.
    fn is_watched(&self, key: Key) -> bool {
        let is_told = self.shelf(Family::Webhooks).count(None) > 0 && hooks::event_name(key.kind).is_some();
        is_told || self.has_events(key.kind)
    }

    /// Whether the timelines of a kind tell of changes.
    fn has_events(&self, kind: Kind) -> bool {
        self.switches.is("timeline_entries", "all")
            && !matches!(kind, Kind::Comment | Kind::ChangeEvent)
            && kind.is_among(super::comments::OBJECTS)
    }

    /// Notes in a record's timeline what happened to it.
    pub(super) fn note(&mut self, key: Key, event: &str, now: i64) {
        if !self.has_events(key.kind) || self.get(key).is_none() {
            return;
        }
        let mut row = self.draft(Kind::ChangeEvent, now);
        row.set("object", key.value());
        row.set("event", event);
        row.set("visibility", "internal");
        row.set("panels", vec![Value::from("events")]);
        self.shelf_mut(Family::Comments).push(row);
    }

    /// Removes a record with what cannot be without it: the comments under it, its links and its memberships.
    pub(super) fn remove(&mut self, key: Key) {
        let mut doomed = vec![key];
        while let Some(key) = doomed.pop() {
            let Some(family) = Family::of(key.kind) else {
                continue;
            };
            for (family, field) in [
                (Family::Comments, "object"),
                (Family::Links, "ends"),
                (Family::Memberships, "member"),
            ] {
                doomed.extend(self.holding(family, field, key));
            }
            if key.kind == Kind::Tag {
                self.take_off(key);
            }
            if self.is_watched(key)
                && let Some(row) = self.get(key)
            {
                let id = match row.text("pair") {
                    Some(pair) => pair.to_owned(),
                    None => super::show::don(self, row),
                };
                let old = hooks::shown(self, row);
                self.changes.push(Change::Deleted(key, id, old));
            }
            self.shelf_mut(family).remove(key);
        }
    }

    /// The records of a family whose indexed field has this key.
    pub(super) fn holding(&self, family: Family, field: &str, key: Key) -> Vec<Key> {
        let shelf = self.shelf(family);
        let holding = shelf.having(&shared_index(field, &key.to_string()), 0..Slot::MAX);
        holding.filter_map(|slot| Some(shelf.at(slot)?.key)).collect()
    }

    /// Takes a tag off everything that has it; nothing counts as changed by that.
    fn take_off(&mut self, tag: Key) {
        let name = tag.to_string();
        let is_it = |value: &Value| {
            let text = value.as_str().unwrap_or("");
            text.split_once('=').map_or(text, |(key, _)| key) == name
        };
        for family in FAMILIES {
            for key in self.holding(family, "tags", tag) {
                if let Some(mut row) = self.get(key).cloned() {
                    let mut tags = row.list("tags").to_vec();
                    tags.retain(|tag| !is_it(tag));
                    row.set("tags", tags);
                    self.replace_quietly(row);
                }
            }
        }
    }

    /// The newest version of a fragment.
    pub(super) fn fragment(&self, leaf: &str, part: Part<'_>) -> Option<&Row> {
        self.get(self.schemas.get(leaf, part)?.fragment)
    }
}
