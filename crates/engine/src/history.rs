//! What a record's past says that no single change does. Pure.

use std::collections::BTreeSet;

use model::{Action, Base, Change, FieldChange, FieldName, Side, Value};

/// Gives a right record's creation the fields that it was made with. They are not kept with it, for the past tells them:
/// what the first later change of a field found there, else what the pair agrees on. `changes` are those that were
/// written, the oldest first.
pub fn with_contents(changes: &mut [Change], base: &Base) {
    let is_bare = |change: &Change| {
        let is_made = matches!(change.action, Action::Create { .. });
        is_made && change.side == Side::Right && change.fields.is_empty()
    };
    let Some(at) = changes.iter().position(is_bare) else {
        return;
    };
    let later: Vec<&FieldChange> = changes
        .iter()
        .skip(at + 1)
        .filter(|change| change.side == Side::Right)
        .flat_map(|change| &change.fields)
        .collect();
    let names: BTreeSet<&FieldName> = base
        .left
        .keys()
        .chain(later.iter().map(|field| &field.name))
        .collect();
    let made_with = |name: &FieldName| match later.iter().find(|field| &field.name == name) {
        Some(first) => first.before.clone().unwrap_or_default(),
        None => base.agreed(name).left.clone(),
    };
    let fields = names.into_iter().map(|name| FieldChange {
        name: name.clone(),
        before: Some(Value::Nothing),
        after: made_with(name),
    });
    let fields: Vec<FieldChange> = fields.filter(|field| !field.after.is_empty()).collect();
    if let Some(made) = changes.get_mut(at) {
        made.fields = fields;
    }
}

#[cfg(test)]
mod tests;
