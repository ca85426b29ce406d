//! What became of the left side's fields since the last run, and what follows from it.

use model::{Became, Drift, Field, FieldKind, ObjectName, ObjectType};

use crate::{bind::Bound, recipe::say_kind, turn::turns_into};

/// A field that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drifted {
    /// The left object.
    pub object: ObjectName,
    /// The field as it is now, or was last.
    pub field: Field,
    /// What became of it.
    pub became: Became,
}

/// Compares the fields of objects that were there before; a field is the same if its id, or else its name, is.
pub fn drift(before: &[ObjectType], after: &[ObjectType]) -> Vec<Drifted> {
    let mut all = Vec::new();
    for new in after {
        let Some(old) = before.iter().find(|old| old.name == new.name) else {
            continue;
        };
        let mut note = |field: &Field, became| {
            all.push(Drifted {
                object: new.name.clone(),
                field: field.clone(),
                became,
            });
        };
        for field in &new.fields {
            let Some(known) = twin_of(field, &old.fields) else {
                note(field, Became::New);
                continue;
            };
            if known.name != field.name {
                let from = known.name.clone();
                note(field, Became::Renamed { from });
            }
            if !is_alike(&known.kind, &field.kind) {
                let (from, to) = (known.kind.clone(), field.kind.clone());
                note(field, Became::Another { from, to });
            }
        }
        for field in &old.fields {
            if twin_of(field, &new.fields).is_none() {
                note(field, Became::Gone);
            }
        }
    }
    all
}

/// The same field at another time. An id tells; where only one of the two times knows ids, the name does.
fn twin_of<'a>(field: &Field, others: &'a [Field]) -> Option<&'a Field> {
    let by_id = others
        .iter()
        .find(|other| other.id.is_some() && other.id == field.id);
    by_id.or_else(|| {
        others
            .iter()
            .find(|other| other.name == field.name && (other.id.is_none() || field.id.is_none()))
    })
}

/// Two lists of words are alike: a word more is no other kind.
fn is_alike(one: &FieldKind, other: &FieldKind) -> bool {
    match (one, other) {
        (FieldKind::Choice { .. }, FieldKind::Choice { .. }) => true,
        (FieldKind::List(one), FieldKind::List(other)) => is_alike(one, other),
        _ => one == other,
    }
}

/// What follows on the right, in the pairings of the object.
pub fn effects(drifted: Vec<Drifted>, bound: &[Bound]) -> Vec<Drift> {
    let mut all = Vec::new();
    for Drifted {
        object,
        field,
        became,
    } in drifted
    {
        let mut said: Vec<String> = Vec::new();
        for bound in bound.iter().filter(|bound| bound.pairing.left == object) {
            let effect = effect(&field, &became, bound);
            if !said.contains(&effect) {
                said.push(effect);
            }
        }
        // An object that the import does not read is none of its business.
        if !said.is_empty() {
            all.push(Drift {
                object,
                field: field.name,
                became,
                effect: said.join("; "),
            });
        }
    }
    all
}

fn effect(field: &Field, became: &Became, bound: &Bound) -> String {
    let target = bound
        .rules
        .iter()
        .find(|(rule, _)| rule.left.contains(&field.name))
        .map(|(_, target)| target);
    let right = &bound.pairing.right;
    match (became, target) {
        (Became::Gone, Some(target)) => {
            format!("{right}.{} is kept, and nothing fills it any more", target.name)
        }
        (Became::Gone, None) => match bound.places_before.get(field.lasting_name()) {
            Some(name) => format!("{right}.{name} is kept, and nothing fills it any more"),
            None => "no rule moved it".to_owned(),
        },
        (_, None) => match bound.not_mapped.get(&field.name) {
            Some(why) => format!("it is not mapped: {why}"),
            None => "the recipe leaves it out".to_owned(),
        },
        (Became::New, Some(target)) if bound.add.iter().any(|add| add.name == target.name) => {
            format!("{right}.{} is made for it", target.name)
        }
        (Became::New | Became::Renamed { .. }, Some(target)) => {
            format!("it goes into {right}.{}", target.name)
        }
        (Became::Another { to, .. }, Some(target)) => {
            let keeps = format!("{right}.{} still holds {}", target.name, say_kind(&target.kind));
            match turns_into(to, &target.kind) {
                true => keeps,
                false => format!("{keeps}; each value that does not fit becomes a problem"),
            }
        }
    }
}

#[cfg(test)]
mod tests;
