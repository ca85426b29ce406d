//! Which imports what vendors told us concerns.

use std::collections::{BTreeMap, BTreeSet};

use engine::Hint;
use model::{ConnectionId, Import, ImportId, Schedule, Side};

use crate::{inlet::Told, wiring::Rooms};

/// What is to be read soon, by import.
#[derive(Default)]
pub(super) struct Asked {
    hints: BTreeMap<ImportId, BTreeSet<Hint>>,
    /// Imports that were told of too much: everything that changed is read.
    pub(super) whole: BTreeSet<ImportId>,
}

impl Asked {
    /// Gives what vendors told us to the imports that run by themselves.
    pub(super) async fn take_up(
        &mut self,
        rooms: &Rooms,
        schedules: &[Schedule],
        told: Vec<(ConnectionId, Told)>,
    ) {
        if told.is_empty() {
            return;
        }
        let awake = schedules.iter().filter(|schedule| schedule.paused.is_none());
        for schedule in awake {
            // One that cannot be read says so when it is to run.
            if let Ok(row) = rooms.store.import(&schedule.import).await {
                self.give(&row.import, &told);
            }
        }
    }

    fn give(&mut self, import: &Import, told: &[(ConnectionId, Told)]) {
        for (side, end) in [(Side::Left, &import.left), (Side::Right, &import.right)] {
            for (_, told) in told.iter().filter(|(connection, _)| connection == end) {
                match told {
                    Told::Much => drop(self.whole.insert(import.id.clone())),
                    Told::Records(records) => {
                        let hints = records.iter().map(|(object, record)| Hint {
                            side,
                            object: object.clone(),
                            record: record.clone(),
                        });
                        self.ask(&import.id, hints);
                    }
                }
            }
        }
    }

    /// Has these read soon.
    pub(super) fn ask(&mut self, import: &ImportId, hints: impl IntoIterator<Item = Hint>) {
        let mut hints = hints.into_iter().peekable();
        if hints.peek().is_some() {
            self.hints.entry(import.clone()).or_default().extend(hints);
        }
    }

    /// The imports that something is to be read of.
    pub(super) fn imports(&self) -> Vec<ImportId> {
        self.hints.keys().cloned().collect()
    }

    /// Takes out what is to be read of an import.
    pub(super) fn forget(&mut self, import: &ImportId) -> Vec<Hint> {
        self.whole.remove(import);
        self.hints
            .remove(import)
            .unwrap_or_default()
            .into_iter()
            .collect()
    }
}
