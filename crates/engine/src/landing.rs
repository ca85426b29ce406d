//! Where a record goes that has no counterpart of its own.

use model::{Onto, Record, RecordId, Value};

use crate::turn::{Counterparts, is_gone};

/// The right record that a left one is written onto: the counterpart of the record it names; or why there is none.
/// Without counterparts all of them count as there.
pub(crate) fn landing(
    onto: &Onto,
    left: &Record,
    counterparts: Option<&Counterparts>,
) -> Result<RecordId, String> {
    let named = left
        .fields
        .get(&onto.by)
        .map(Value::references)
        .unwrap_or_default();
    let Some(reference) = named.first() else {
        return Err(format!("`{}` names no record of the left side", onto.by));
    };
    let Some(counterparts) = counterparts else {
        return Ok(reference.id.clone());
    };
    let found = counterparts.get(&(reference.object.clone(), reference.id.clone()));
    let found = found.filter(|(object, _)| !is_gone(object));
    found.map(|(_, right)| right.clone()).ok_or_else(|| {
        format!(
            "it belongs to the {} `{}`, which is not on the right side",
            reference.object, reference.id
        )
    })
}
