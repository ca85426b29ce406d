//! How people in DevRev part counterparts from their left records: they delete accounts and contacts, or make one of two.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{People, Way, joined, key_of, key_of_left, key_of_right, key_of_theirs, records, text_of};

/// What people do now and then where whole records come and go.
pub(super) const PARTINGS: &[Way] = &[
    (2, "right: account deleted", |people| {
        people.delete(&ACCOUNT, |_| true)
    }),
    (3, "right: contact deleted", |people| {
        people.delete(&CONTACT, |_| true)
    }),
    (2, "right: ticket deleted", |people| {
        people.delete(&TICKET, |_| true)
    }),
    (3, "right: accounts merged", |people| {
        people.merge(
            &ACCOUNT,
            "/accounts.merge",
            ("primary_account", "secondary_account"),
        )
    }),
    (4, "right: contacts merged", |people| {
        people.merge(&CONTACT, "/rev-users.merge", ("primary_user", "secondary_user"))
    }),
];

/// What can be deleted there, and how.
pub(super) struct Shelf {
    /// What the twin calls it.
    pub(super) dump: &'static str,
    /// What the recipe calls it.
    pub(super) kind: &'static str,
    /// By which method it is deleted.
    pub(super) path: &'static str,
}

const ACCOUNT: Shelf = Shelf {
    dump: "account",
    kind: "account",
    path: "/accounts.delete",
};
const CONTACT: Shelf = Shelf {
    dump: "rev_user",
    kind: "contact",
    path: "/rev-users.delete",
};
pub(super) const TICKET: Shelf = Shelf {
    dump: "ticket",
    kind: "ticket",
    path: "/works.delete",
};
pub(super) const CONVERSATION: Shelf = Shelf {
    dump: "conversation",
    kind: "conversation",
    path: "/conversations.delete",
};
pub(super) const COMMENT: Shelf = Shelf {
    dump: "timeline_entry",
    kind: "comment",
    path: "/timeline-entries.delete",
};

/// How a counterpart came to be gone.
#[derive(Clone, Debug)]
pub struct Parting {
    /// Of which kind, as the recipe calls it.
    pub kind: &'static str,
    /// What it became a part of, if it was merged.
    pub into: Option<Into>,
    /// What the user of the import decided about it: whether it shall be made again.
    pub again: Option<bool>,
    /// The key of the left record whose counterpart it was first, where it was another's.
    pub host: Option<String>,
}

/// What a counterpart became a part of.
#[derive(Clone, Debug)]
pub struct Into {
    /// Its id.
    pub id: String,
    /// Whether it was some left record's counterpart, or bore the key of one.
    pub is_owned: bool,
}

impl People {
    /// Somebody deletes a record there.
    pub(super) fn delete(&mut self, shelf: &Shelf, may_be: fn(&Value) -> bool) -> Option<()> {
        let record = self.some_right(shelf.dump, may_be)?;
        let id = text_of(&record, "/id")?.to_owned();
        self.at_right(shelf.path, &json!({ "id": id }))?;
        self.part(shelf, &record, None)
    }

    /// Somebody makes one record of two there: the first keeps what it has, and what named the second names the first.
    fn merge(&mut self, shelf: &Shelf, path: &str, members: (&str, &str)) -> Option<()> {
        let first = self.some_right(shelf.dump, |_| true)?;
        let id = text_of(&first, "/id")?.to_owned();
        let second = self.some_right(shelf.dump, |other| text_of(other, "/id") != Some(id.as_str()))?;
        let body = json!({ members.0: id, members.1: text_of(&second, "/id")? });
        let into = Into {
            is_owned: self.is_owned(shelf.kind, &first),
            id,
        };
        self.at_right(path, &body)?;
        self.part(shelf, &second, Some(into))
    }

    /// Whether a right record is some left record's counterpart.
    fn is_owned(&self, kind: &str, record: &Value) -> bool {
        let id = text_of(record, "/id").unwrap_or_default();
        let key = key_of_theirs(kind, id);
        let lefts = ["company", "enduser"].into_iter();
        let lefts = lefts.flat_map(|object| {
            let lefts = records(&self.twins.left, object).into_iter();
            lefts.filter_map(move |left| key_of_left(object, &left))
        });
        let lefts: BTreeSet<String> = lefts.collect();
        let follows = |(of, one): (&String, &Parting)| {
            let into = one.into.as_ref();
            lefts.contains(of) && into.is_some_and(|into| into.id == id && !into.is_owned)
        };
        key_of(record).is_some() || lefts.contains(&key) || self.theirs.partings.iter().any(follows)
    }

    /// Notes that a record is gone there, with what hung on it.
    fn part(&mut self, shelf: &Shelf, record: &Value, into: Option<Into>) -> Option<()> {
        let id = text_of(record, "/id")?.to_owned();
        let below = format!("{id}:");
        let gone = |other: &str| other == id || other.starts_with(&below);
        self.theirs.born.retain(|other, _| !gone(other));
        self.theirs.fields.retain(|(other, _), _| !gone(other));
        self.theirs.deleted_ids.insert(id.clone());
        if let Some(key) = key_of(record) {
            self.doubt(key);
        }
        let with_it = joined(record)
            .into_iter()
            .map(|(left, _)| format!("planhat:enduser:{left}"));
        // What became a part of it before goes with it.
        let followed = self.theirs.partings.iter().filter(|(_, one)| {
            let into = one.into.as_ref();
            into.is_some_and(|into| into.id == id)
        });
        let followed: Vec<String> = followed.map(|(key, _)| key.clone()).collect();
        let own = key_of_right(shelf.kind, record).into_iter().chain(with_it);
        let own = own.map(|key| (key, true));
        let keys: Vec<(String, bool)> = own.chain(followed.into_iter().map(|key| (key, false))).collect();
        for (key, is_own) in keys {
            self.forget_right_edits(&key);
            let before = self.theirs.partings.get(&key);
            // What was decided about a merge counts on when that of which it became a part is gone too.
            let again = before.filter(|_| !is_own).and_then(|parting| parting.again);
            // Who was merged into another's is that one's guest wherever both go.
            let before = before.and_then(|parting| parting.into.as_ref());
            let was_guest = before.is_some_and(|before| before.is_owned);
            let host = key_of(record).filter(|host| *host != key);
            let parting = Parting {
                host: host.map(str::to_owned),
                kind: shelf.kind,
                into: into.clone().map(|into| Into {
                    is_owned: into.is_owned || was_guest,
                    ..into
                }),
                again,
            };
            self.theirs.partings.insert(key.clone(), parting);
            if into.is_none() {
                self.theirs.deleted.insert(key);
            }
        }
        Some(())
    }

    /// The user of the import decided about what lost its counterpart.
    pub fn decided(&mut self, key: &str, again: bool) {
        if let Some(parting) = self.theirs.partings.get_mut(key) {
            parting.again = Some(again);
        }
    }

    /// What somebody wrote into a record that is gone may have gone back, or may be gone with it.
    fn forget_right_edits(&mut self, key: &str) {
        let lefts = ["company", "enduser", "conversation", "license"].into_iter();
        let mut lefts = lefts.flat_map(|object| {
            let lefts = records(&self.twins.left, object).into_iter();
            lefts.map(move |left| (key_of_left(object, &left), left))
        });
        let left = lefts.find(|(other, _)| other.as_deref() == Some(key));
        for ((_, field), wrote) in self.wrote.iter_mut().filter(|((of, _), _)| of == key) {
            let now = left
                .as_ref()
                .and_then(|(_, left)| text_of(left, &format!("/{field}")));
            wrote.left = wrote.left.take().or_else(|| now.map(str::to_owned));
        }
        // Where the left side has nothing, nobody can tell whether it went back.
        self.wrote
            .retain(|(of, _), wrote| of != key || wrote.left.is_some());
    }
}
