//! What is well written and yet cannot be done.

use model::{
    Field, FieldKind, FieldName, Identify, ObjectName, ObjectType, Otherwise, Owner, Pairing, Recipe, Rule,
    Turn, Value,
};

use super::{
    Known,
    choice::{check_when, is_chosen},
    read::{PairingPlaces, RulePlaces, Written},
    tree::{At, Mistakes},
};
use crate::bind::newborn;
use crate::turn::{say_objects, turns_into, way_back};

mod joins;

/// Custom fields bear a prefix that ends so, as in `tnt__status`.
const PREFIX_END: &str = "__";

/// What a customer made on the left is named so; no documentation knows it.
const CUSTOMERS_OWN: &str = "custom.";

/// Notes what the recipe alone, and with what the two sides have, shows to be wrong.
pub(super) fn check(written: &Written, known: Option<&Known>, mistakes: &mut Mistakes) {
    let recipe = &written.recipe;
    let made = known
        .map(|known| newborns(recipe, &known.right))
        .unwrap_or_default();
    for (at, (pairing, places)) in recipe.pairings.iter().zip(&written.places).enumerate() {
        let earlier = || recipe.pairings.iter().take(at);
        if earlier().any(|other| other.id == pairing.id) {
            mistakes.add(places.id, format!("there is another pairing `{}`", pairing.id));
        }
        let takes_all =
            |other: &&Pairing| other.left == pairing.left && other.only.is_empty() && other.when.is_empty();
        let rest = pairing.joins.is_none();
        if let Some(other) = earlier().find(|other| rest && takes_all(other)) {
            let text = format!(
                "no record comes here: `{}` takes every `{}` before",
                other.id, other.left
            );
            let hint = Some("give the earlier pairing an `only`".to_owned());
            mistakes.add_with(places.left, text, hint);
        }
        let left = known.map(|known| object(known.left.iter(), &pairing.left, "left", places.left, mistakes));
        let right = known.map(|known| {
            let types = known.right.iter().chain(&made);
            object(types, &pairing.right, "right", places.right, mistakes)
        });
        let mut sides = Sides {
            recipe,
            pairing,
            left: left.flatten(),
            right: right.flatten(),
            mistakes,
        };
        check_when(&recipe.options, &places.when, sides.mistakes);
        sides.check_onto(places);
        sides.check_joins(places);
        sides.check_fields(places);
        sides.check_rules(places);
        sides.check_back(places);
        sides.check_gone(places);
    }
}

/// The objects that the recipe makes and that are not there.
fn newborns(recipe: &Recipe, there: &[ObjectType]) -> Vec<ObjectType> {
    let absent = |pairing: &&Pairing| there.iter().all(|object| object.name != pairing.right);
    let pairings = recipe.pairings.iter().filter(absent);
    pairings
        .filter_map(|pairing| Some(newborn(&pairing.right, pairing.make.as_ref()?)))
        .collect()
}

fn object<'a>(
    types: impl Iterator<Item = &'a ObjectType> + Clone,
    name: &ObjectName,
    side: &str,
    at: At,
    mistakes: &mut Mistakes,
) -> Option<&'a ObjectType> {
    let found = types.clone().find(|object| &object.name == name);
    if found.is_none() && !name.as_str().is_empty() {
        let names: Vec<&str> = types.map(|object| object.name.as_str()).collect();
        let text = format!("the {side} side has no object `{name}`");
        mistakes.unknown(at, text, name.as_str(), &names);
    }
    found
}

/// A pairing beside what its two objects have, as far as that is known.
struct Sides<'a> {
    recipe: &'a Recipe,
    pairing: &'a Pairing,
    left: Option<&'a ObjectType>,
    right: Option<&'a ObjectType>,
    mistakes: &'a mut Mistakes,
}

impl<'a> Sides<'a> {
    /// A pairing that lands on another's records: that pairing is there, and its records are of the same object.
    fn check_onto(&mut self, places: &PairingPlaces) {
        let (Some(onto), Some((pairing_at, by_at))) = (&self.pairing.onto, places.onto) else {
            return;
        };
        let Some(other) = self.recipe.pairing(&onto.pairing) else {
            let ids: Vec<&str> = self
                .recipe
                .pairings
                .iter()
                .map(|other| other.id.as_str())
                .collect();
            let text = format!("there is no pairing `{}`", onto.pairing);
            self.mistakes
                .unknown(pairing_at, text, onto.pairing.as_str(), &ids);
            return;
        };
        if other.right != self.pairing.right {
            let text = format!(
                "`{}` makes `{}`, and this pairing writes `{}`",
                other.id, other.right, self.pairing.right
            );
            self.mistakes.add(pairing_at, text);
        }
        let by = self.left_field(&onto.by, by_at);
        if by.is_some_and(|by| !by.kind.targets().contains(&other.left)) {
            self.mistakes
                .add(by_at, format!("`{}` does not refer to `{}`", onto.by, other.left));
        }
        if let Some((_, at)) = places.identify.first() {
            self.mistakes
                .add(*at, "what lands on another pairing's records needs no `identify`");
        }
        for (rule, place) in self.pairing.rules.iter().zip(&places.rules) {
            if other.rules.iter().any(|theirs| theirs.right == rule.right) {
                let text = format!("`{}` writes `{}` already", other.id, rule.right);
                self.mistakes.add(place.right, text);
            }
        }
    }

    /// What archiving writes is undone by the rules once the left record is back.
    fn check_gone(&mut self, places: &PairingPlaces) {
        if self.pairing.gone == Some(model::WhenGone::Archive) && self.pairing.archive.is_empty() {
            let text = format!("`{}` is to archive, and does not say how", self.pairing.id);
            let hint = Some("as in `archive: { stage: archived }`".to_owned());
            self.mistakes.add_with(places.id, text, hint);
        }
        for (name, at) in &places.archive {
            let rule = self.pairing.rules.iter().find(|rule| &rule.right == name);
            if !rule.is_some_and(|rule| rule.owner != Owner::Right) {
                let text = format!("no rule that the left side may win writes `{name}`");
                let hint = Some("archiving could not be undone if the left record came back".to_owned());
                self.mistakes.add_with(*at, text, hint);
            }
        }
    }

    fn check_fields(&mut self, places: &PairingPlaces) {
        for (at, (field, place)) in self.pairing.fields.iter().zip(&places.fields).enumerate() {
            if self
                .pairing
                .fields
                .iter()
                .take(at)
                .any(|other| other.name == field.name)
            {
                self.mistakes
                    .add(*place, format!("the field `{}` is declared twice", field.name));
            }
            let known = self.right.and_then(|right| right.field(&field.name));
            if known.is_none() && self.right.is_some_and(|right| !right.extensible) {
                let text = format!("`{}` takes no custom fields", self.pairing.right);
                self.mistakes.add(*place, text);
            }
        }
        for (condition, place) in self.pairing.only.iter().zip(&places.only) {
            self.left_field(&condition.field, *place);
        }
        for (way, (left_at, right_at)) in self.pairing.identify.iter().zip(&places.identify) {
            if let Identify::Fields { left, right, .. } = way {
                self.left_field(left, *left_at);
                self.right_kind(right, *right_at);
            }
        }
    }

    fn check_rules(&mut self, places: &PairingPlaces) {
        for (at, (rule, place)) in self.pairing.rules.iter().zip(&places.rules).enumerate() {
            let earlier = self.pairing.rules.iter().take(at);
            if !rule.right.as_str().is_empty() && earlier.clone().any(|other| other.right == rule.right) {
                self.mistakes.add(
                    place.right,
                    format!("another rule writes `{}` already", rule.right),
                );
            }
            self.check_rule(rule, place);
        }
        if self.pairing.shares() {
            return;
        }
        let required = self
            .right
            .into_iter()
            .flat_map(|right| &right.fields)
            .filter(|field| field.required);
        for field in required {
            if !self.pairing.rules.iter().any(|rule| rule.right == field.name) {
                let text = format!(
                    "`{}` needs `{}`, and no rule writes it",
                    self.pairing.right, field.name
                );
                self.mistakes.add(places.id, text);
            }
        }
    }

    fn check_rule(&mut self, rule: &Rule, place: &RulePlaces) {
        if let Turn::Stamped(stamp) = &rule.turn {
            for name in [&stamp.what, &stamp.by, &stamp.at] {
                self.left_field(name, place.turn);
            }
            for name in stamp.back.iter().flat_map(|back| [&back.by, &back.at]) {
                self.right_kind(name, place.turn);
            }
        }
        if let Turn::Cases(cases) = &rule.turn {
            for case in cases {
                self.left_field(&case.field, place.turn);
            }
        }
        if let Otherwise::Option(name) = &rule.otherwise {
            let options = &self.recipe.options;
            if !options.iter().any(|option| &option.name == name) {
                let names: Vec<&str> = options.iter().map(|option| option.name.as_str()).collect();
                let text = format!("there is no option `{name}`");
                self.mistakes.unknown(place.otherwise, text, name, &names);
            }
        }
        let kind = self.right_kind(&rule.right, place.right);
        let is_its_own = rule.turn == Turn::Same && !rule.together && rule.owner == Owner::Left;
        if rule.unique && !is_its_own {
            let text = "`unique` is for a value that goes to the right as it is, and that the left side owns";
            self.mistakes.add(place.right, text);
        }
        self.check_way_back(rule, kind.as_ref(), place);
        for (name, at) in rule.left.iter().zip(&place.left) {
            if is_chosen(&self.recipe.options, name, *at, self.mistakes) {
                continue;
            }
            let left = self.left_field(name, *at);
            if let Some(kind) = &kind {
                self.check_turn(rule, left, kind, *at);
            }
        }
        if let Some(kind) = &kind {
            self.check_turned(rule, kind, place);
        }
    }

    /// Whether a value that may change on the right can go back, where the pairing goes back at all.
    fn check_way_back(&mut self, rule: &Rule, kind: Option<&FieldKind>, place: &RulePlaces) {
        let goes = self.pairing.back.is_some() && rule.owner != Owner::Left && !rule.left.is_empty();
        let (true, Some(left), Some(kind)) = (goes, self.left, kind) else {
            return;
        };
        // What is not there at all is said elsewhere.
        if rule.left.iter().any(|name| left.field(name).is_none()) {
            return;
        }
        if let Err(why) = way_back(rule, left, kind) {
            let text = format!("`{}` cannot go back to the left side: {why}", rule.right);
            let hint = Some("give it to the left side: `owner: left`".to_owned());
            self.mistakes.add_with(place.turn, text, hint);
        }
    }

    /// What a creation on the left names: the field that dates it, what it needs, what must be given.
    fn check_back(&mut self, places: &PairingPlaces) {
        let back = self.pairing.back.as_ref();
        let Some(born) = back.and_then(|back| back.create.as_ref()) else {
            return;
        };
        for name in &born.needs {
            self.left_field(name, places.id);
        }
        for name in &born.given {
            self.right_kind(name, places.id);
        }
        // What dates the records of an object that is still to be made, nobody knows yet.
        if self.pairing.make.is_none() {
            self.right_kind(&born.at, places.id);
        }
    }

    /// The left field of that name; if the object is known and has none, a mistake.
    fn left_field(&mut self, name: &FieldName, at: At) -> Option<&'a Field> {
        let left = self.left?;
        let found = left.field(name);
        let checked = !name.as_str().is_empty() && !name.as_str().starts_with(CUSTOMERS_OWN);
        if found.is_none() && checked {
            let names: Vec<&str> = left.fields.iter().map(|field| field.name.as_str()).collect();
            let text = format!("`{}` has no field `{name}`", left.name);
            self.mistakes.unknown(at, text, name.as_str(), &names);
        }
        found
    }

    /// What the right field holds, if it is known or declared.
    fn right_kind(&mut self, name: &FieldName, at: At) -> Option<FieldKind> {
        if name.as_str().is_empty() {
            return None;
        }
        if let Some(field) = self.right.and_then(|right| right.field(name)) {
            if !field.writable && self.pairing.rules.iter().any(|rule| &rule.right == name) {
                self.mistakes.add(at, format!("`{name}` cannot be written"));
            }
            return Some(field.kind.clone());
        }
        let declared = || self.pairing.fields.iter();
        if let Some(field) = declared().find(|field| &field.name == name) {
            return Some(field.kind.clone());
        }
        let mut names: Vec<&str> = declared().map(|field| field.name.as_str()).collect();
        match self.right {
            Some(right) => {
                names.extend(right.fields.iter().map(|field| field.name.as_str()));
                let text = format!(
                    "`{}` has no field `{name}`, and `fields` declares none",
                    right.name
                );
                self.mistakes.unknown(at, text, name.as_str(), &names);
            }
            None if name.as_str().contains(PREFIX_END) => {
                let text = format!("`fields` does not declare `{name}`");
                self.mistakes.unknown(at, text, name.as_str(), &names);
            }
            None => {}
        }
        None
    }

    /// Whether what the left field holds can become what the right field holds.
    fn check_turn(&mut self, rule: &Rule, left: Option<&Field>, right: &FieldKind, at: At) {
        if rule.turn != Turn::Same {
            return;
        }
        let from = left.map(|left| left.kind.targets()).unwrap_or_default();
        match (from, right.targets()) {
            (_, []) => {}
            ([], to) if left.is_none() => self.check_paired(to, at),
            ([], _) => {}
            (from, to) => self.check_reference(from, to, at),
        }
        if let Some(left) = left
            && !turns_into(&left.kind, right)
        {
            let text = format!(
                "`{}` holds {}, and `{}` holds {}",
                left.name,
                say_kind(&left.kind),
                rule.right,
                say_kind(right)
            );
            let hint = Some("`turn: label` or `turn: json` makes a text of it".to_owned());
            self.mistakes.add_with(at, text, hint);
        }
    }

    /// One of several objects is enough: a record of another becomes a problem when it is met.
    fn check_reference(&mut self, from: &[ObjectName], to: &[ObjectName], at: At) {
        let mut pairings = self
            .recipe
            .pairings
            .iter()
            .filter(|pairing| from.contains(&pairing.left))
            .peekable();
        let named = say_objects(from);
        if pairings.peek().is_none() {
            let text = format!("it refers to `{named}`, which no pairing moves");
            let hint = Some("`turn: label` keeps the name".to_owned());
            self.mistakes.add_with(at, text, hint);
        } else if !pairings.any(|pairing| is_any(&pairing.right, to)) {
            let text = format!(
                "it refers to `{named}`, which no pairing makes `{}`",
                say_objects(to)
            );
            self.mistakes.add(at, text);
        }
    }

    fn check_paired(&mut self, to: &[ObjectName], at: At) {
        if !self
            .recipe
            .pairings
            .iter()
            .any(|pairing| is_any(&pairing.right, to))
        {
            let text = format!("it refers to `{}`, which no pairing makes", say_objects(to));
            self.mistakes.add(at, text);
        }
    }

    /// Whether what the turn makes can stand in the right field.
    fn check_turned(&mut self, rule: &Rule, kind: &FieldKind, place: &RulePlaces) {
        let inner = innermost(kind);
        let text = matches!(
            inner,
            FieldKind::Text { .. } | FieldKind::Rich { .. } | FieldKind::Choice { .. }
        );
        let fits = match &rule.turn {
            Turn::Same => true,
            Turn::Table { .. } | Turn::Label | Turn::Cases(_) => text,
            Turn::Gathered => text,
            Turn::Json => text || matches!(inner, FieldKind::Json),
            Turn::Stamped(_) => matches!(kind, FieldKind::Rich { .. }),
        };
        if !fits {
            let turned = match &rule.turn {
                Turn::Stamped(_) => "a stamped text is marked up",
                _ => "the turn makes a text",
            };
            let text = format!("{turned}, and `{}` holds {}", rule.right, say_kind(kind));
            self.mistakes.add(place.turn, text);
        }
        let FieldKind::Choice { values } = inner else {
            return;
        };
        let names: Vec<&str> = values.iter().map(String::as_str).collect();
        let fallback = match &rule.otherwise {
            Otherwise::Value(Value::Text(word)) => Some((word.clone(), place.otherwise)),
            _ => None,
        };
        for (word, at) in place.words.iter().cloned().chain(fallback) {
            if !names.is_empty() && !names.contains(&word.as_str()) {
                let text = format!("`{}` cannot be `{word}`", rule.right);
                self.mistakes.unknown(at, text, &word, &names);
            }
        }
    }
}

fn innermost(kind: &FieldKind) -> &FieldKind {
    match kind {
        FieldKind::List(inner) => innermost(inner),
        other => other,
    }
}

fn is_any(object: &ObjectName, named: &[ObjectName]) -> bool {
    named.iter().any(|named| object.is_among(named))
}

/// What a field of that kind holds.
pub fn say_kind(kind: &FieldKind) -> String {
    match kind {
        FieldKind::Bool => "yes or no".to_owned(),
        FieldKind::Number => "a number".to_owned(),
        FieldKind::Integer => "a whole number".to_owned(),
        FieldKind::Text { .. } => "a text".to_owned(),
        FieldKind::Rich { .. } => "marked-up text".to_owned(),
        FieldKind::Instant => "a moment".to_owned(),
        FieldKind::Date => "a day".to_owned(),
        FieldKind::Choice { .. } => "one of some words".to_owned(),
        FieldKind::Ref { object } => format!("a reference to `{object}`"),
        FieldKind::RefAny { objects } => format!("a reference to `{}`", say_objects(objects)),
        FieldKind::Person => "a person".to_owned(),
        FieldKind::File => "a file".to_owned(),
        FieldKind::Visibility => "who may see it".to_owned(),
        FieldKind::List(inner) => format!("several of {}", say_kind(inner)),
        FieldKind::Json => "anything".to_owned(),
    }
}
