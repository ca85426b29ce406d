//! A pairing's rules joined with the fields both sides really have: what can be moved today, what must be added to
//! the right side's schema, and what will stay behind.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    CustomFields, Field, FieldKind, FieldName, ObjectName, ObjectType, Otherwise, Pairing, Recipe,
    RichFormat, Rule, SchemaChange, Turn,
};

/// A pairing that is ready to plan with.
#[derive(Clone, Debug)]
pub struct Bound {
    /// The pairing.
    pub pairing: Pairing,
    /// Its rules, those for custom fields included, each with the right field it writes.
    pub rules: Vec<(Rule, Field)>,
    /// The right fields to add first.
    pub add: Vec<Field>,
    /// Left fields that no rule moves, with the reason.
    pub not_mapped: BTreeMap<FieldName, String>,
    /// Left fields that some rule reads or that are ignored on purpose.
    pub covered: BTreeSet<FieldName>,
}

/// What a recipe asks for and the two sides cannot give.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("pairing `{pairing}`: {text}")]
pub struct Unbound {
    /// The pairing.
    pub pairing: String,
    /// What is missing.
    pub text: String,
}

/// The object type of that name.
pub fn object<'a>(types: &'a [ObjectType], name: &ObjectName) -> Option<&'a ObjectType> {
    types.iter().find(|object| &object.name == name)
}

/// Binds every pairing of a recipe.
pub fn bind(recipe: &Recipe, left: &[ObjectType], right: &[ObjectType]) -> Result<Vec<Bound>, Unbound> {
    recipe
        .pairings
        .iter()
        .map(|pairing| bind_pairing(recipe, pairing, left, right))
        .collect()
}

/// The schema changes that the pairings need, one per right object.
pub fn schema_changes(bound: &[Bound]) -> Vec<SchemaChange> {
    let mut changes: Vec<SchemaChange> = Vec::new();
    for one in bound {
        let known = changes
            .iter_mut()
            .find(|change| change.object == one.pairing.right);
        match known {
            Some(change) => {
                let fresh = one
                    .add
                    .iter()
                    .filter(|field| !change.add.iter().any(|known| known.name == field.name));
                let fresh: Vec<Field> = fresh.cloned().collect();
                change.add.extend(fresh);
            }
            None => changes.push(SchemaChange {
                object: one.pairing.right.clone(),
                add: one.add.clone(),
                make: None,
            }),
        }
    }
    changes
}

fn bind_pairing(
    recipe: &Recipe,
    pairing: &Pairing,
    left: &[ObjectType],
    right: &[ObjectType],
) -> Result<Bound, Unbound> {
    let unbound = |text: String| Unbound {
        pairing: pairing.id.to_string(),
        text,
    };
    let left = object(left, &pairing.left)
        .ok_or_else(|| unbound(format!("the left side has no object `{}`", pairing.left)))?;
    let right = object(right, &pairing.right)
        .ok_or_else(|| unbound(format!("the right side has no object `{}`", pairing.right)))?;
    let mut bound = Bound {
        pairing: pairing.clone(),
        rules: Vec::new(),
        add: Vec::new(),
        not_mapped: BTreeMap::new(),
        covered: pairing.ignore.iter().cloned().collect(),
    };
    for wanted in &pairing.fields {
        if right.field(&wanted.name).is_none() {
            bound.add.push(Field {
                name: wanted.name.clone(),
                title: wanted.title.clone(),
                kind: wanted.kind.clone(),
                writable: true,
                required: false,
                custom: true,
                id: None,
            });
        }
    }
    for rule in &pairing.rules {
        let field = right
            .field(&rule.right)
            .or_else(|| bound.add.iter().find(|field| field.name == rule.right));
        let field = field.ok_or_else(|| unbound(format!("the right side has no field `{}`", rule.right)))?;
        bound.rules.push((rule.clone(), field.clone()));
        cover(&mut bound.covered, rule);
    }
    if let Some(custom) = &pairing.custom {
        bind_custom(recipe, custom, left, right, &mut bound);
    }
    for field in &left.fields {
        if !bound.covered.contains(&field.name) && !bound.not_mapped.contains_key(&field.name) {
            bound
                .not_mapped
                .insert(field.name.clone(), "no rule moves it".to_owned());
        }
    }
    Ok(bound)
}

fn cover(covered: &mut BTreeSet<FieldName>, rule: &Rule) {
    covered.extend(rule.left.iter().cloned());
    if let Turn::Stamped(stamp) = &rule.turn {
        covered.extend([stamp.what.clone(), stamp.by.clone(), stamp.at.clone()]);
    }
}

fn bind_custom(
    recipe: &Recipe,
    custom: &CustomFields,
    left: &ObjectType,
    right: &ObjectType,
    bound: &mut Bound,
) {
    for field in left.fields.iter().filter(|field| field.custom) {
        if bound.covered.contains(&field.name) {
            continue;
        }
        let target = match place_custom(recipe, custom, field, right, &mut bound.add) {
            Ok(target) => target,
            Err(reason) => {
                bound.not_mapped.insert(field.name.clone(), reason);
                continue;
            }
        };
        bound.covered.insert(field.name.clone());
        let rule = Rule {
            left: vec![field.name.clone()],
            right: target.name.clone(),
            turn: Turn::Same,
            owner: custom.owner,
            otherwise: Otherwise::Nothing,
            cut: false,
        };
        bound.rules.push((rule, target));
    }
}

/// The right field that takes a left custom field, added if there is none yet; or why none can.
fn place_custom(
    recipe: &Recipe,
    custom: &CustomFields,
    field: &Field,
    right: &ObjectType,
    add: &mut Vec<Field>,
) -> Result<Field, String> {
    if custom.except.contains(&field.title) {
        return Err("the recipe leaves it out".to_owned());
    }
    let Some(kind) = right_kind(recipe, &field.kind) else {
        return Err("the right side has no kind for it".to_owned());
    };
    match counterpart(custom, field, right, add) {
        Some(known) if known.kind == kind || same_but_words(&known.kind, &kind) => Ok(known),
        Some(known) => Err(format!(
            "its kind is another than that of `{}`, made earlier",
            known.name
        )),
        None if !right.extensible => Err("the right object takes no custom fields".to_owned()),
        None => {
            let made = Field {
                name: free_name(custom, field, right, add),
                title: field.title.clone(),
                kind,
                writable: true,
                required: false,
                custom: true,
                id: None,
            };
            add.push(made.clone());
            Ok(made)
        }
    }
}

/// Two lists of words are the same kind: a vendor may have added one.
fn same_but_words(one: &FieldKind, other: &FieldKind) -> bool {
    match (one, other) {
        (FieldKind::Choice { .. }, FieldKind::Choice { .. }) => true,
        (FieldKind::Text { .. }, FieldKind::Text { .. }) => true,
        (FieldKind::Rich { format: one, .. }, FieldKind::Rich { format: other, .. }) => one == other,
        (FieldKind::List(one), FieldKind::List(other)) => one == other || same_but_words(one, other),
        _ => false,
    }
}

/// The right field made for this left field earlier: it bears our prefix and the left field's title.
fn counterpart(custom: &CustomFields, field: &Field, right: &ObjectType, add: &[Field]) -> Option<Field> {
    let made = |known: &&Field| known.name.as_str().starts_with(&custom.prefix) && known.title == field.title;
    right.fields.iter().chain(add).find(made).cloned()
}

fn right_kind(recipe: &Recipe, kind: &FieldKind) -> Option<FieldKind> {
    Some(match kind {
        FieldKind::Rich { .. } => FieldKind::Rich {
            format: RichFormat::CommonMark,
            max: None,
        },
        FieldKind::Ref { object } => {
            let pairing = recipe.pairings.iter().find(|pairing| &pairing.left == object)?;
            FieldKind::Ref {
                object: pairing.right.clone(),
            }
        }
        FieldKind::RefAny { objects } => {
            let moved = objects
                .iter()
                .filter_map(|object| recipe.pairings.iter().find(|pairing| &pairing.left == object));
            let mut objects: Vec<ObjectName> = moved.map(|pairing| pairing.right.clone()).collect();
            objects.sort();
            objects.dedup();
            match objects.len() {
                0 => return None,
                1 => FieldKind::Ref {
                    object: objects.pop()?,
                },
                _ => FieldKind::RefAny { objects },
            }
        }
        FieldKind::List(inner) => match right_kind(recipe, inner)? {
            FieldKind::List(_) => return None,
            inner => FieldKind::List(Box::new(inner)),
        },
        FieldKind::Choice { values } if values.is_empty() => FieldKind::Text { max: None },
        FieldKind::Person | FieldKind::File | FieldKind::Visibility => return None,
        FieldKind::Json => FieldKind::Text { max: None },
        other => other.clone(),
    })
}

/// A name of letters, digits and underscores that no other field has.
fn free_name(custom: &CustomFields, field: &Field, right: &ObjectType, add: &[Field]) -> FieldName {
    let taken = |name: &str| {
        right
            .fields
            .iter()
            .chain(add)
            .any(|known| known.name.as_str() == name)
    };
    let wanted = format!("{}{}", custom.prefix, slug(&field.title));
    if !taken(&wanted) {
        return FieldName::from(wanted);
    }
    let mark = blake3::hash(field.title.as_bytes()).to_hex();
    FieldName::from(format!("{wanted}_{}", mark.as_str().get(..6).unwrap_or_default()))
}

fn slug(title: &str) -> String {
    let mut slug = String::new();
    for letter in title.chars() {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('_') {
            slug.push('_');
        }
    }
    let slug = slug.trim_end_matches('_');
    if slug.is_empty() {
        let mark = blake3::hash(title.as_bytes()).to_hex();
        return format!("field_{}", mark.as_str().get(..8).unwrap_or_default());
    }
    slug.chars().take(40).collect()
}

#[cfg(test)]
mod tests;
