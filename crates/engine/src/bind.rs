//! A pairing's rules joined with the fields both sides really have: what can be moved today, what must be added to
//! the right side's schema, and what will stay behind.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    CustomFields, Field, FieldKind, FieldName, NewObject, ObjectName, ObjectType, Otherwise, Owner, Pairing,
    PairingId, Recipe, Record, Rule, SchemaChange, Turn, Value,
};

use crate::turn::way_back;

mod custom;
mod likely;

use custom::Binding;
pub use likely::{CERTAIN, Likely};

/// A pairing that is ready to plan with.
#[derive(Clone, Debug)]
pub struct Bound {
    /// The pairing.
    pub pairing: Pairing,
    /// Its rules, those for custom fields included, each with the right field it writes.
    pub rules: Vec<(Rule, Field)>,
    /// Which of the rules writes the files that a right record holds.
    pub attach: Option<usize>,
    /// The right fields to add first, and those that gain words.
    pub add: Vec<Field>,
    /// The words that right fields gain, by field.
    pub words: BTreeMap<FieldName, Vec<String>>,
    /// The right object to make before them.
    pub make: Option<NewObject>,
    /// Left fields that no rule moves, with the reason.
    pub not_mapped: BTreeMap<FieldName, String>,
    /// Right fields that left custom fields went or may go into, because they are alike.
    pub likely: Vec<Likely>,
    /// Left fields that some rule reads or that are ignored on purpose.
    pub covered: BTreeSet<FieldName>,
    /// The right field of each left custom field, by the left one's id or name.
    pub places: BTreeMap<String, FieldName>,
    /// Where they went in the last run.
    pub places_before: BTreeMap<String, FieldName>,
    /// Left fields that name records without which a record cannot be on the right.
    pub needs: Vec<FieldName>,
    /// The left objects that the import moves.
    pub moved: BTreeSet<ObjectName>,
    /// The left field that each rule writes when its right value goes back, by the rule's place.
    pub back: BTreeMap<usize, Field>,
    /// Left fields without which no left record is made.
    pub left_needs: Vec<FieldName>,
    /// Right fields that say where a record is, and are given at its creation only.
    pub fixed: BTreeSet<FieldName>,
    /// The pairings below whose right records its own are listed, where no list has them and they go back.
    pub homes: Vec<Home>,
}

/// A pairing below whose right records others are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// The pairing.
    pub pairing: PairingId,
    /// Its left object.
    pub left: ObjectName,
    /// Its right object.
    pub right: ObjectName,
}

impl Bound {
    /// Whether a left record without a counterpart stays so, as the user of the import chose.
    pub fn leaves_alone(&self) -> bool {
        !self.pairing.create.is_empty()
    }

    /// Whether a left record belongs to one of an object that the import leaves out: then it is left out too.
    pub fn leaves_out(&self, left: &Record) -> bool {
        self.needs.iter().any(|name| {
            let named = left.fields.get(name).map(Value::references).unwrap_or_default();
            !named.is_empty() && named.iter().all(|named| !self.moved.contains(&named.object))
        })
    }

    /// Whether a right field is one that is made for this pairing, so that the vendor never fills it by itself.
    pub fn made(&self, name: &FieldName) -> bool {
        let custom = self.pairing.custom.as_ref();
        let is_custom = custom.is_some_and(|custom| name.as_str().starts_with(custom.prefix.as_str()));
        is_custom || self.pairing.fields.iter().any(|field| &field.name == name)
    }

    /// Whether nobody but we fills a right field, from the left side.
    pub(crate) fn is_ours(&self, rule: &Rule, field: &Field) -> bool {
        rule.owner != Owner::Right && self.made(&field.name)
    }

    /// Whether it is the pairing of that name, and writes the right records of another.
    pub fn shares(&self, pairing: &PairingId) -> bool {
        &self.pairing.id == pairing && self.pairing.shares()
    }
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

/// The right field that each left custom field went into, by pairing and by the left field's id or name.
pub type Places = BTreeMap<PairingId, BTreeMap<String, FieldName>>;

/// Binds every pairing of a recipe. Custom fields go where they went before.
pub fn bind(
    recipe: &Recipe,
    left: &[ObjectType],
    right: &[ObjectType],
    places: &Places,
) -> Result<Vec<Bound>, Unbound> {
    recipe
        .pairings
        .iter()
        .map(|pairing| bind_pairing(recipe, pairing, left, right, places.get(&pairing.id)))
        .collect()
}

/// Where custom fields go now.
pub fn places(bound: &[Bound]) -> Places {
    let of = |bound: &Bound| (bound.pairing.id.clone(), bound.places.clone());
    bound.iter().map(of).collect()
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
                make: one.make.clone(),
            }),
        }
    }
    changes.retain(|change| change.make.is_some() || !change.add.is_empty());
    // What a field refers to is made before the field.
    changes.sort_by_key(|change| change.make.is_none());
    changes
}

/// An object as it is once we have made it: its title is its one field.
pub(crate) fn newborn(name: &ObjectName, make: &NewObject) -> ObjectType {
    let title = Field {
        name: FieldName::new(NewObject::TITLE),
        title: "Title".to_owned(),
        kind: FieldKind::Text { max: None },
        writable: true,
        required: false,
        custom: false,
        id: None,
    };
    ObjectType {
        name: name.clone(),
        title: make.title.clone(),
        fields: vec![title],
        extensible: true,
    }
}

fn bind_pairing(
    recipe: &Recipe,
    pairing: &Pairing,
    left: &[ObjectType],
    right: &[ObjectType],
    before: Option<&BTreeMap<String, FieldName>>,
) -> Result<Bound, Unbound> {
    let unbound = |text: String| Unbound {
        pairing: pairing.id.to_string(),
        text,
    };
    let left = object(left, &pairing.left)
        .ok_or_else(|| unbound(format!("the left side has no object `{}`", pairing.left)))?;
    let known = object(right, &pairing.right);
    let made = pairing.make.as_ref().filter(|_| known.is_none());
    let made_object = made.map(|make| newborn(&pairing.right, make));
    let right = known
        .or(made_object.as_ref())
        .ok_or_else(|| unbound(format!("the right side has no object `{}`", pairing.right)))?;
    let mut bound = Bound {
        pairing: pairing.clone(),
        rules: Vec::new(),
        attach: None,
        add: Vec::new(),
        words: BTreeMap::new(),
        make: made.cloned(),
        not_mapped: BTreeMap::new(),
        likely: Vec::new(),
        covered: pairing.ignore.iter().cloned().collect(),
        places: BTreeMap::new(),
        places_before: before.cloned().unwrap_or_default(),
        needs: pairing.onto.iter().map(|onto| onto.by.clone()).collect(),
        moved: recipe.left_objects().into_iter().collect(),
        back: BTreeMap::new(),
        left_needs: Vec::new(),
        fixed: BTreeSet::new(),
        homes: Vec::new(),
    };
    bind_rules(recipe, left, right, &mut bound).map_err(unbound)?;
    if let Some(custom) = &pairing.custom {
        let made = made_by(recipe, custom);
        Binding {
            recipe,
            custom,
            right,
            before,
            made,
        }
        .bind(left, &mut bound);
    }
    cover_all_that_begin_so(left, &mut bound);
    bound.attach = attach(right, &mut bound.rules);
    bind_back(left, &mut bound);
    note_unmoved(left, &mut bound);
    Ok(bound)
}

/// Notes the left fields that nothing moves.
fn note_unmoved(left: &ObjectType, bound: &mut Bound) {
    for field in &left.fields {
        if !bound.covered.contains(&field.name) && !bound.not_mapped.contains_key(&field.name) {
            bound
                .not_mapped
                .insert(field.name.clone(), "no rule moves it".to_owned());
        }
    }
}

/// What the names of right fields begin with that this recipe makes, or another.
fn made_by<'a>(recipe: &'a Recipe, custom: &'a CustomFields) -> Vec<&'a str> {
    let pairings = recipe.pairings.iter();
    let declared = pairings.clone().flat_map(|pairing| &pairing.fields);
    let prefixes = pairings.filter_map(|pairing| pairing.custom.as_ref());
    let names = declared.map(|field| field.name.as_str());
    names
        .chain(prefixes.map(|custom| custom.prefix.as_str()))
        .chain(custom.apart.iter().map(String::as_str))
        .collect()
}

/// Finds the left field of every rule that can be turned round, where right records go back.
fn bind_back(left: &ObjectType, bound: &mut Bound) {
    let Some(back) = &bound.pairing.back else { return };
    let ways = bound.rules.iter().enumerate().filter_map(|(at, (rule, field))| {
        let is_ours = bound.attach == Some(at);
        let to = way_back(rule, left, &field.kind).ok().filter(|_| !is_ours)?;
        Some((at, to.clone()))
    });
    bound.back = ways.collect();
    let required = left.fields.iter().filter(|field| field.required);
    let needs = back.create.iter().flat_map(|born| &born.needs);
    let mut all: Vec<FieldName> = needs.cloned().collect();
    all.extend(required.map(|field| field.name.clone()));
    let mut seen = BTreeSet::new();
    all.retain(|name| seen.insert(name.clone()));
    bound.left_needs = all;
}

/// The rule that writes the files of a record. Where texts show pictures and no rule says where files go, there is one of
/// our own: it reads nothing, and writes what was brought for the record.
fn attach(right: &ObjectType, rules: &mut Vec<(Rule, Field)>) -> Option<usize> {
    let holds_files = |field: &Field| field.kind == FieldKind::List(Box::new(FieldKind::File));
    let written = rules.iter().position(|(_, field)| holds_files(field));
    let shows = |(_, field): &(Rule, Field)| matches!(field.kind, FieldKind::Rich { .. });
    if written.is_some() || !rules.iter().any(shows) {
        return written;
    }
    let field = right
        .fields
        .iter()
        .find(|field| field.writable && holds_files(field))?;
    let rule = Rule {
        left: Vec::new(),
        right: field.name.clone(),
        turn: Turn::Same,
        owner: Owner::Left,
        clash: None,
        back: BTreeMap::new(),
        otherwise: Otherwise::Nothing,
        together: false,
        cut: false,
        unique: false,
    };
    rules.push((rule, field.clone()));
    rules.len().checked_sub(1)
}

fn bind_rules(
    recipe: &Recipe,
    left: &ObjectType,
    right: &ObjectType,
    bound: &mut Bound,
) -> Result<(), String> {
    let declared: Vec<Field> = bound
        .pairing
        .fields
        .iter()
        .filter(|wanted| right.field(&wanted.name).is_none())
        .map(|wanted| added(wanted.name.clone(), &wanted.title, wanted.kind.clone()))
        .collect();
    let mut idle: BTreeSet<&FieldName> = BTreeSet::new();
    for rule in &bound.pairing.rules {
        let field = right
            .field(&rule.right)
            .or_else(|| declared.iter().find(|field| field.name == rule.right));
        let field = field.ok_or_else(|| format!("the right side has no field `{}`", rule.right))?;
        if let Some(absent) = leads_nowhere(recipe, rule, left, &field.kind) {
            idle.insert(&rule.right);
            for name in &rule.left {
                let why = format!("it refers to {absent}, which the import leaves out");
                bound.not_mapped.insert(name.clone(), why);
            }
            continue;
        }
        let needs = rule.turn == Turn::Same && rule.otherwise == Otherwise::Nothing;
        if needs && field.required && !field.kind.targets().is_empty() {
            bound.needs.extend(rule.left.iter().cloned());
        }
        bound.rules.push((rule.clone(), field.clone()));
        cover(&mut bound.covered, rule);
    }
    bound.not_mapped.retain(|name, _| !bound.covered.contains(name));
    bound.add = declared
        .iter()
        .filter(|field| !idle.contains(&field.name))
        .cloned()
        .collect();
    Ok(())
}

/// What a rule's references point to, if no pairing moves any of it: then they would wait for ever.
fn leads_nowhere(recipe: &Recipe, rule: &Rule, left: &ObjectType, to: &FieldKind) -> Option<String> {
    let follows = rule.turn == Turn::Same && rule.otherwise == Otherwise::Nothing && !to.targets().is_empty();
    let mut from: Vec<&ObjectName> = Vec::new();
    for name in rule.left.iter().filter(|_| follows) {
        match left.field(name).map(|field| field.kind.targets()) {
            None | Some([]) => return None,
            Some(targets) => from.extend(targets),
        }
    }
    let leads = |pairing: &Pairing| {
        from.contains(&&pairing.left) && to.targets().iter().any(|to| pairing.right.is_among(to))
    };
    let absent = !from.is_empty() && !recipe.pairings.iter().any(leads);
    absent.then(|| {
        from.iter()
            .map(|object| object.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    })
}

fn added(name: FieldName, title: &str, kind: FieldKind) -> Field {
    Field {
        name,
        title: title.to_owned(),
        kind,
        writable: true,
        required: false,
        custom: true,
        id: None,
    }
}

/// A name that ends in `*` stands for all fields that begin so.
fn cover_all_that_begin_so(left: &ObjectType, bound: &mut Bound) {
    let names = bound.pairing.rules.iter().flat_map(|rule| &rule.left);
    for start in names.filter_map(|name| name.as_str().strip_suffix('*')) {
        let meant = left.fields.iter().map(|field| &field.name);
        let meant = meant.filter(|name| name.as_str().starts_with(start));
        bound.covered.extend(meant.cloned());
    }
}

fn cover(covered: &mut BTreeSet<FieldName>, rule: &Rule) {
    covered.extend(rule.left.iter().cloned());
    if let Turn::Stamped(stamp) = &rule.turn {
        covered.extend([stamp.what.clone(), stamp.by.clone(), stamp.at.clone()]);
    }
    if let Turn::Cases(cases) = &rule.turn {
        covered.extend(cases.iter().map(|case| case.field.clone()));
    }
}

#[cfg(test)]
mod tests;
