//! What became of the left side's fields since the last run, and what follows from it.

use model::{Became, Drift, Field, FieldKind, ObjectName, ObjectType, Turn};

use crate::{
    bind::Bound,
    recipe::say_kind,
    turn::{always_fits, turns_into},
};

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
            if let Some(became) = became(&known.kind, &field.kind) {
                note(field, became);
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

fn became(from: &FieldKind, to: &FieldKind) -> Option<Became> {
    match (from, to) {
        (FieldKind::Choice { values: from }, FieldKind::Choice { values: to }) => {
            let without = |these: &[String], those: &[String]| -> Vec<String> {
                let only = these.iter().filter(|word| !those.contains(word));
                only.cloned().collect()
            };
            let (more, fewer) = (without(to, from), without(from, to));
            let same = more.is_empty() && fewer.is_empty();
            (!same).then_some(Became::Reworded { more, fewer })
        }
        (FieldKind::List(from), FieldKind::List(to)) => match became(from, to) {
            Some(Became::Another { .. }) => Some(another(from, to, true)),
            other => other,
        },
        _ => (from != to).then(|| another(from, to, false)),
    }
}

fn another(from: &FieldKind, to: &FieldKind, several: bool) -> Became {
    let wrapped = |kind: &FieldKind| match several {
        true => FieldKind::List(Box::new(kind.clone())),
        false => kind.clone(),
    };
    Became::Another {
        from: wrapped(from),
        to: wrapped(to),
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
        (_, Some(target)) => moved(field, became, target, bound),
    }
}

/// What follows where a rule moves the field.
fn moved(field: &Field, became: &Became, target: &Field, bound: &Bound) -> String {
    let right = &bound.pairing.right;
    let mut effect = match (became, bound.words.get(&target.name)) {
        (_, Some(more)) => format!("{right}.{} gains {}", target.name, more.join(", ")),
        (_, None) if bound.add.iter().any(|add| add.name == target.name) => {
            format!("{right}.{} is made for it", target.name)
        }
        (Became::Another { .. }, None) => {
            format!("{right}.{} holds {}", target.name, say_kind(&target.kind))
        }
        (Became::Reworded { more, .. }, None) if more.is_empty() => {
            format!("{right}.{} keeps its words", target.name)
        }
        _ => format!("it goes into {right}.{}", target.name),
    };
    let before = bound.places_before.get(field.lasting_name());
    if let Some(left) = before.filter(|before| **before != target.name) {
        effect += &format!(", and {right}.{left} is kept as it was");
    } else if !is_kept(field, target, bound) {
        effect += "; each value that does not fit becomes a problem";
    }
    effect
}

/// Whether every value finds room: a rule's own words are no matter of the field's.
fn is_kept(field: &Field, target: &Field, bound: &Bound) -> bool {
    let rule = bound
        .rules
        .iter()
        .find(|(rule, _)| rule.left.contains(&field.name));
    let same = rule.is_none_or(|(rule, _)| rule.turn == Turn::Same);
    let follows = !field.kind.targets().is_empty() && turns_into(&field.kind, &target.kind);
    !same || follows || always_fits(&field.kind, &target.kind)
}

#[cfg(test)]
mod tests;
