//! Inlets: what vendors tell us, on its way to the next run. It is a hint, and lives in memory alone: what is lost with the
//! program is found by the next run by schedule.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
};

use connectors::kit::is_same;
use model::{ConnectionId, ObjectName, RecordId, Secret};
use store::{Inlet, Store, StoreError};
use tokio::sync::Notify;

/// So many records of one connection wait; beyond that, everything that changed is read.
const MOST: usize = 1_000;

/// Where all inlets lie.
pub const ROOT: &str = "/in/";

type Records = BTreeSet<(ObjectName, RecordId)>;

/// What vendors told us and no run has taken up yet.
#[derive(Default)]
pub struct Hints {
    waiting: Mutex<BTreeMap<ConnectionId, Records>>,
    told: Notify,
}

/// What a connection's vendor told us.
#[derive(Debug, PartialEq, Eq)]
pub enum Told {
    /// These records changed.
    Records(Records),
    /// More than is worth reading one by one.
    Much,
}

impl Hints {
    /// Takes in what a vendor told us; the next run is not far.
    pub fn tell(&self, connection: &ConnectionId, records: Vec<(ObjectName, RecordId)>) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let known = waiting.entry(connection.clone()).or_default();
        for record in records {
            if known.len() <= MOST {
                known.insert(record);
            }
        }
        drop(waiting);
        self.told.notify_one();
    }

    /// Waits until there is something new.
    pub async fn told(&self) {
        self.told.notified().await;
    }

    /// Takes out what waits.
    pub fn take(&self) -> Vec<(ConnectionId, Told)> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = std::mem::take(&mut *waiting).into_iter();
        let told = taken.map(|(connection, records)| match records.len() > MOST {
            true => (connection, Told::Much),
            false => (connection, Told::Records(records)),
        });
        told.collect()
    }
}

/// The path of a connection's inlet.
pub fn path(connection: &ConnectionId, word: &Secret) -> String {
    format!("{}{}", folder(connection), word.reveal())
}

/// The path without the word at its end.
fn folder(connection: &ConnectionId) -> String {
    let mut path = ROOT.to_owned();
    for byte in connection.as_str().bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => path.push(char::from(byte)),
            _ => path.push_str(&format!("%{byte:02X}")),
        }
    }
    path + "/"
}

/// The inlet at a path. Whoever does not know its word learns nothing, not even whether there is one.
pub async fn at(store: &Store, path: &str) -> Result<Option<Inlet>, StoreError> {
    for connection in store.connections().await? {
        let Some(word) = path.strip_prefix(folder(&connection.id).as_str()) else {
            continue;
        };
        let inlet = store.inlet(&connection.id).await?;
        return Ok(inlet.filter(|inlet| is_same(&inlet.word, word)));
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(number: usize) -> (ObjectName, RecordId) {
        ("ticket".into(), RecordId::from(number.to_string()))
    }

    #[test]
    fn what_is_told_twice_waits_once_and_what_is_too_much_is_said_so() {
        let hints = Hints::default();
        let connection = ConnectionId::new("c");
        assert!(hints.take().is_empty());
        hints.tell(&connection, vec![record(1), record(2)]);
        hints.tell(&connection, vec![record(2)]);
        let told = Told::Records([record(1), record(2)].into());
        assert_eq!(hints.take(), [(connection.clone(), told)]);
        assert!(hints.take().is_empty());
        hints.tell(&connection, (0..5_000).map(record).collect());
        assert_eq!(hints.take(), [(connection, Told::Much)]);
    }

    #[test]
    fn any_name_can_stand_in_a_path() {
        let path = |name: &str| path(&ConnectionId::new(name), &Secret::new("w"));
        assert_eq!(path("devrev"), "/in/devrev/w");
        assert_eq!(path("a/b ö"), "/in/a%2Fb%20%C3%B6/w");
    }
}
