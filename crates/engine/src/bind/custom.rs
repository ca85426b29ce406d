//! Left custom fields into right ones, without a rule each.

use std::collections::BTreeMap;

use model::{
    CustomFields, Field, FieldKind, FieldName, ObjectName, ObjectType, Otherwise, Owner, Pairing, Recipe,
    RichFormat, Rule, Turn,
};

use super::{Bound, added, likely::likely};
use crate::turn::always_fits;

/// What custom fields are bound with.
pub(super) struct Binding<'a> {
    pub(super) recipe: &'a Recipe,
    pub(super) custom: &'a CustomFields,
    pub(super) right: &'a ObjectType,
    pub(super) before: Option<&'a BTreeMap<String, FieldName>>,
    /// What the names of right fields begin with that recipes make: none of the customer's own.
    pub(super) made: Vec<&'a str>,
}

impl Binding<'_> {
    pub(super) fn bind(&self, left: &ObjectType, bound: &mut Bound) {
        for field in left.fields.iter().filter(|field| field.custom) {
            if bound.covered.contains(&field.name) {
                continue;
            }
            let (target, owner) = match self.place(field, bound) {
                Ok(place) => place,
                Err(reason) => {
                    bound.not_mapped.insert(field.name.clone(), reason);
                    continue;
                }
            };
            bound.covered.insert(field.name.clone());
            bound
                .places
                .insert(field.lasting_name().to_owned(), target.name.clone());
            let rule = Rule {
                left: vec![field.name.clone()],
                right: target.name.clone(),
                turn: Turn::Same,
                owner,
                clash: None,
                back: BTreeMap::new(),
                otherwise: Otherwise::Nothing,
                together: false,
                cut: false,
                unique: false,
            };
            bound.rules.push((rule, target));
        }
    }

    /// The right field that takes a left custom field, added if there is none yet, and who owns it; or why none can.
    fn place(&self, field: &Field, bound: &mut Bound) -> Result<(Field, Owner), String> {
        if self.custom.except.contains(&field.title) {
            return Err("the recipe leaves it out".to_owned());
        }
        let Some(kind) = right_kind(self.recipe, &field.kind) else {
            return Err("the right side has no kind for it".to_owned());
        };
        // Where it went before it goes on, under whatever name it is now, as long as all that it may hold finds room there.
        let before = self.before.and_then(|places| places.get(field.lasting_name()));
        let known = before.and_then(|name| self.right.field(name));
        let known = known.filter(|known| always_fits(&kind, &known.kind)).cloned();
        if let Some(known) = known.or_else(|| self.counterpart(field, &kind, &bound.add)) {
            let owner = self.owner(&known);
            return Ok((self.with_words(known, &kind, bound), owner));
        }
        if let Some(theirs) = self.likely(field, &kind, bound) {
            return Ok((theirs, Owner::Either));
        }
        if !self.right.extensible {
            return Err("the right object takes no custom fields".to_owned());
        }
        let made = added(self.free_name(field, &kind, &bound.add), &field.title, kind);
        bound.add.push(made.clone());
        Ok((made, self.custom.owner))
    }

    /// Who owns a right field: one that is the customer's own may be filled in there.
    fn owner(&self, right: &Field) -> Owner {
        match right.name.as_str().starts_with(&self.custom.prefix) {
            true => self.custom.owner,
            false => Owner::Either,
        }
    }

    /// The customer's own right field that is surely the same; one that may be is only noted.
    fn likely(&self, field: &Field, kind: &FieldKind, bound: &mut Bound) -> Option<Field> {
        let is_written = |name: &FieldName| bound.rules.iter().any(|(rule, _)| &rule.right == name);
        let is_made = |name: &FieldName| self.made.iter().any(|made| name.as_str().starts_with(made));
        let theirs = self.right.fields.iter().filter(|right| {
            right.custom && right.writable && !is_written(&right.name) && !is_made(&right.name)
        });
        let (right, likely) = likely(field, kind, theirs)?;
        let taken = likely.taken.then(|| right.clone());
        bound.likely.push(likely);
        taken
    }

    /// The right field with the words that the left one has more.
    fn with_words(&self, known: Field, kind: &FieldKind, bound: &mut Bound) -> Field {
        let Some((grown, more)) = grown(&known.kind, kind).filter(|_| self.right.extensible) else {
            return known;
        };
        let field = Field { kind: grown, ..known };
        bound.add.retain(|add| add.name != field.name);
        bound.add.push(field.clone());
        bound.words.insert(field.name.clone(), more);
        field
    }

    /// The right field made for this left field earlier: it bears our prefix and the left field's title.
    fn counterpart(&self, field: &Field, kind: &FieldKind, add: &[Field]) -> Option<Field> {
        let made = |known: &&Field| {
            known.name.as_str().starts_with(&self.custom.prefix)
                && known.title == field.title
                && (&known.kind == kind || same_but_words(&known.kind, kind))
        };
        self.right.fields.iter().chain(add).find(made).cloned()
    }

    /// A name of letters, digits and underscores that no other field has.
    fn free_name(&self, field: &Field, kind: &FieldKind, add: &[Field]) -> FieldName {
        let taken = |name: &str| {
            let mut known = self.right.fields.iter().chain(add);
            known.any(|known| known.name.as_str() == name)
        };
        let wanted = format!("{}{}", self.custom.prefix, slug(&field.title));
        let marked = |what: &str| {
            let mark = blake3::hash(what.as_bytes()).to_hex();
            format!("{wanted}_{}", mark.as_str().get(..6).unwrap_or_default())
        };
        let by_title = marked(&field.title);
        let name = match (taken(&wanted), taken(&by_title)) {
            (false, _) => wanted,
            (true, false) => by_title,
            // A field of the same title and another kind.
            (true, true) => marked(&format!("{} {kind:?}", field.title)),
        };
        FieldName::from(name)
    }
}

/// A list of words with those that another has more, and these; nothing if there are none.
fn grown(known: &FieldKind, wanted: &FieldKind) -> Option<(FieldKind, Vec<String>)> {
    match (known, wanted) {
        (FieldKind::List(known), wanted) => {
            let wanted = match wanted {
                FieldKind::List(wanted) => wanted,
                one => one,
            };
            let (grown, more) = grown(known, wanted)?;
            Some((FieldKind::List(Box::new(grown)), more))
        }
        // An empty list of words takes any.
        (FieldKind::Choice { values }, FieldKind::Choice { values: wanted }) if !values.is_empty() => {
            let more = wanted.iter().filter(|word| !values.contains(word));
            let more: Vec<String> = more.cloned().collect();
            let values = values.iter().chain(&more).cloned().collect();
            (!more.is_empty()).then_some((FieldKind::Choice { values }, more))
        }
        _ => None,
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

fn right_kind(recipe: &Recipe, kind: &FieldKind) -> Option<FieldKind> {
    Some(match kind {
        FieldKind::Rich { .. } => FieldKind::Rich {
            format: RichFormat::CommonMark,
            max: None,
        },
        FieldKind::Ref { .. } | FieldKind::RefAny { .. } => {
            let moved = |pairing: &&Pairing| kind.targets().contains(&pairing.left);
            let pairings = recipe.pairings.iter().filter(moved);
            let mut objects: Vec<ObjectName> = pairings.map(|pairing| pairing.right.clone()).collect();
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
