//! What an import asks a person before it does much at once.

use model::{Fault, ObjectName, Problem, ProblemKind, RecordId, Settlement, Side};

use crate::{bind::Bound, work::Work};

/// How many of which pairing, in words.
pub(crate) fn counted<'a>(parts: impl Iterator<Item = (&'a Bound, u64)>) -> String {
    let parts = parts.filter(|(_, taken)| *taken > 0);
    let parts: Vec<String> = parts
        .map(|(bound, taken)| format!("{taken} of {}", bound.pairing.id))
        .collect();
    parts.join(", ")
}

/// One problem of the import as a whole for all that waits for a person's word, closed once there is none. `about` is the
/// object that it is kept under.
pub(crate) async fn ask_about_all(
    work: &Work<'_>,
    about: &str,
    held: bool,
    (text, hint): (String, String),
) -> Result<(), Fault> {
    let import = work.import.id.as_str();
    let (object, record) = (ObjectName::new(about), RecordId::new(import));
    let problem = Problem {
        kind: ProblemKind::TooManyGone,
        pairing: None,
        side: Side::Right,
        object: object.clone(),
        record: record.clone(),
        title: import.to_owned(),
        field: None,
        text,
        hint: Some(hint),
        blocks: false,
    };
    let settlement = Settlement {
        problems: if held { std::slice::from_ref(&problem) } else { &[] },
        planned_records: std::slice::from_ref(&record),
        object: Some((&object, Side::Right)),
        ..Settlement::default()
    };
    work.intents.settle(&work.import.id, work.run, &settlement).await
}
