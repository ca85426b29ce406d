//! A plan that a person approves: whether what would be done now is what it says.

use std::collections::{BTreeMap, BTreeSet};

use model::{Action, Change, Direction, ImportId, PairingId, Reason, SchemaChange, SetSum, Side};
use serde::{Deserialize, Serialize};

/// How many differences are said.
const SAID: usize = 3;

/// What a change does, as plans count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doing {
    /// Makes a right record.
    Create,
    /// Makes a right record for one that became another kind.
    Rehome,
    /// Writes a right record.
    Update,
    /// Writes a right record that was there before.
    Adopt,
    /// Archives a right record.
    Archive,
    /// Deletes a right record.
    Delete,
    /// Makes a left record.
    CreateLeft,
    /// Writes a left record.
    UpdateLeft,
    /// Deletes a left record.
    DeleteLeft,
}

impl Doing {
    /// What a change does.
    pub fn of(change: &Change) -> Self {
        match (change.side, &change.action, change.why) {
            (Side::Left, Action::Create { .. }, _) => Self::CreateLeft,
            (Side::Left, Action::Delete(_), _) => Self::DeleteLeft,
            (Side::Left, ..) => Self::UpdateLeft,
            (_, Action::Create { .. }, Reason::Rehomed) => Self::Rehome,
            (_, Action::Create { .. }, _) => Self::Create,
            (_, Action::Delete(_), _) => Self::Delete,
            (_, _, Reason::Gone) => Self::Archive,
            (_, _, Reason::FirstMeeting) => Self::Adopt,
            _ => Self::Update,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Create => "to create",
            Self::Rehome => "to make again as another kind",
            Self::Update => "to update",
            Self::Adopt => "to adopt",
            Self::Archive => "to archive",
            Self::Delete => "to delete",
            Self::CreateLeft => "to create on the left",
            Self::UpdateLeft => "to update on the left",
            Self::DeleteLeft => "to delete on the left",
        }
    }
}

/// What a person approves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// The import.
    pub import: ImportId,
    /// Which side is written.
    pub direction: Direction,
    /// The objects that it takes up; none: all.
    pub objects: Vec<String>,
    /// What stands for all changes, listed or not.
    pub sums: BTreeMap<PairingId, BTreeMap<Doing, SetSum>>,
    /// What is added to the right side's schema.
    pub schema: Vec<SchemaChange>,
    /// The first changes of each pairing.
    pub changes: Vec<Change>,
}

impl Planned {
    /// A hash of all that the plan says: another plan has another, and so has one that somebody altered.
    pub fn hash(&self) -> String {
        let listed: Vec<SetSum> = self.changes.iter().map(mark).collect();
        let said = (
            &self.import,
            self.direction,
            &self.objects,
            &self.sums,
            &self.schema,
            listed,
        );
        let text = serde_json::to_vec(&said).unwrap_or_default();
        blake3::hash(&text).to_hex().to_string()
    }
}

/// Adds a change to the sums of a plan.
pub(crate) fn add(sums: &mut BTreeMap<PairingId, BTreeMap<Doing, SetSum>>, change: &Change) {
    let of_pairing = sums.entry(change.pairing.clone()).or_default();
    let sum = of_pairing.entry(Doing::of(change)).or_default();
    sum.join(&mark(change));
}

/// What stands for a change: all that it does, without the ids of the run that planned it.
fn mark(change: &Change) -> SetSum {
    let said = (
        &change.pairing,
        change.side,
        &change.object,
        &change.action,
        &change.left_object,
        &change.left,
        &change.right,
        &change.fields,
        change.why,
    );
    let text = serde_json::to_vec(&said).unwrap_or_default();
    let mut sum = SetSum::default();
    sum.add(&[&text]);
    sum
}

/// What would be done now and is not what was planned, in one sentence; nothing if it is the same.
pub fn differs(planned: &Planned, now: &Planned) -> Option<String> {
    let mut said = Vec::new();
    if planned.schema != now.schema {
        said.push("other fields or objects would be added on the right".to_owned());
    }
    let pairings: BTreeSet<&PairingId> = planned.sums.keys().chain(now.sums.keys()).collect();
    for id in pairings {
        let of = |plan: &Planned| plan.sums.get(id).cloned().unwrap_or_default();
        let (then, today) = (of(planned), of(now));
        let doings: BTreeSet<Doing> = then.keys().chain(today.keys()).copied().collect();
        for doing in doings {
            let sum = |sums: &BTreeMap<Doing, SetSum>| sums.get(&doing).copied().unwrap_or_default();
            let (then, today) = (sum(&then), sum(&today));
            if then != today {
                said.push(difference((planned, now), (id, doing), (then, today)));
            }
        }
    }
    if said.is_empty() {
        return None;
    }
    let more = said.len().saturating_sub(SAID);
    said.truncate(SAID);
    if more > 0 {
        said.push(format!("and {more} more differences"));
    }
    Some(said.join("; "))
}

fn difference(
    (planned, now): (&Planned, &Planned),
    (id, doing): (&PairingId, Doing),
    (then, today): (SetSum, SetSum),
) -> String {
    let what = doing.words();
    let counts = match then.count == today.count {
        true => format!("{id}: {} {what}, and not the same as in the plan", then.count),
        false => format!("{id}: {} {what} in the plan, and {} now", then.count, today.count),
    };
    match named((planned, now), id, doing) {
        Some(record) => format!("{counts}, such as {record}"),
        None => counts,
    }
}

/// The first listed record that only one of the two plans has so.
fn named((planned, now): (&Planned, &Planned), id: &PairingId, doing: Doing) -> Option<String> {
    let of = |plan: &Planned| -> Vec<(String, SetSum)> {
        let changes = plan.changes.iter();
        let wanted = changes.filter(|change| &change.pairing == id && Doing::of(change) == doing);
        wanted.map(|change| (record(change), mark(change))).collect()
    };
    let (then, today) = (of(planned), of(now));
    let missing = |these: &[(String, SetSum)], those: &[(String, SetSum)]| {
        let lacks = |one: &&(String, SetSum)| !those.iter().any(|other| other == *one);
        these.iter().find(lacks).map(|(record, _)| record.clone())
    };
    missing(&today, &then).or_else(|| missing(&then, &today))
}

fn record(change: &Change) -> String {
    match (&change.right, change.left.as_str()) {
        (Some(right), "") => format!("{} {right}", change.right_object),
        _ => format!("{} {}", change.left_object, change.left),
    }
}

#[cfg(test)]
mod tests {
    use model::{Base, FieldChange, RecordId, Value};

    use super::*;

    /// `left id = name` each; a name that is `+` is created.
    fn plan(lines: &[&str]) -> Planned {
        let mut sums = BTreeMap::new();
        let changes: Vec<Change> = lines
            .iter()
            .enumerate()
            .map(|(at, line)| change(at, line))
            .collect();
        changes.iter().for_each(|change| add(&mut sums, change));
        Planned {
            import: "acme".into(),
            direction: Direction::Forward,
            objects: vec![],
            sums,
            schema: vec![],
            changes,
        }
    }

    fn change(at: usize, line: &str) -> Change {
        let (id, name) = line.split_once('=').unwrap_or((line, "+"));
        let right = (name != "+").then(|| RecordId::new(format!("ACC-{id}")));
        Change {
            id: format!("run.{at}").into(),
            pairing: PairingId::new("company"),
            side: Side::Right,
            object: "account".into(),
            action: match &right {
                Some(right) => Action::Update(right.clone()),
                None => Action::Create {
                    key: format!("planhat:company:{id}").into(),
                },
            },
            left_object: "company".into(),
            left: id.into(),
            right_object: "account".into(),
            right,
            title: id.to_owned(),
            fields: vec![FieldChange {
                name: "name".into(),
                before: None,
                after: Value::text(name.to_owned()),
            }],
            why: Reason::OtherSideChanged,
            adopted: false,
            waiting: false,
            returning: false,
            base: Base::default(),
        }
    }

    fn check(planned: &[&str], now: &[&str], says: Option<&str>) {
        assert_eq!(
            differs(&plan(planned), &plan(now)).as_deref(),
            says,
            "{planned:?} {now:?}"
        );
    }

    #[test]
    fn the_same_changes_in_any_order_are_the_same_plan() {
        check(&["1=Acme", "2", "3"], &["3", "1=Acme", "2"], None);
        check(&[], &[], None);
    }

    #[test]
    fn a_difference_is_counted_and_named() {
        check(
            &["1=Acme"],
            &["1=Acme", "2=Bolt"],
            Some("company: 1 to update in the plan, and 2 now, such as company 2"),
        );
        check(
            &["1=Acme", "2=Bolt"],
            &["1=Acme", "2=Nut"],
            Some("company: 2 to update, and not the same as in the plan, such as company 2"),
        );
        check(
            &["1", "2=Bolt"],
            &["2=Bolt"],
            Some("company: 1 to create in the plan, and 0 now, such as company 1"),
        );
    }

    #[test]
    fn what_is_listed_counts_for_the_hash_as_well() {
        let honest = plan(&["1=Acme", "2=Bolt"]);
        let mut altered = honest.clone();
        altered.changes.pop();
        assert_ne!(honest.hash(), altered.hash());
        assert_eq!(honest.hash(), plan(&["1=Acme", "2=Bolt"]).hash());
        let mut schema = honest.clone();
        schema.schema.push(SchemaChange {
            object: "account".into(),
            add: vec![],
            make: None,
        });
        assert_ne!(honest.hash(), schema.hash());
        assert!(differs(&honest, &schema).is_some_and(|says| says.contains("on the right")));
    }
}
