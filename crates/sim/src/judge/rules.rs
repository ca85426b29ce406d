//! What the recipe says of two records.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    OptionKind, Owner, Pairing, Problem, Recipe, Rule, Turn, Value as Chosen, When, WhenGone, WhenGoneRight,
};
use serde_json::Value;

use super::{
    Sides,
    texts::{alike, is_empty, says},
};
use crate::people::{self, Theirs, Undone, key_of_left, text_of};

/// The recipe, and what it is about.
pub struct Rules<'a> {
    /// The recipe.
    pub recipe: &'a Recipe,
    /// What the user chose.
    pub options: &'a BTreeMap<String, Chosen>,
    /// Both sides.
    pub sides: &'a Sides,
    /// The open problems.
    pub problems: &'a [Problem],
    /// Whether the last runs went both ways.
    pub both_ways: bool,
    /// What people did on the right.
    pub theirs: &'a Theirs,
    /// The keys of records that were being made when a process was killed.
    pub interrupted: &'a BTreeSet<String>,
    /// Left fields of which the report says that they are not moved.
    pub not_moved: &'a BTreeMap<String, String>,
    /// What was taken back: the two sides need not be alike there.
    pub undone: &'a BTreeMap<(String, &'static str), Undone>,
    /// The custom fields that the left side has now: `conversation.Name`.
    pub defined: &'a BTreeSet<String>,
}

/// Right fields that hold marked-up text.
const RICH: [&str; 3] = ["description", "body", "tnt__ph_description"];

/// Right fields whose left value the connector makes of others where Planhat has none: of pairings other than the company's.
const MADE_OF_OTHERS: [&str; 2] = ["visibility", "owner"];

/// Left fields that Planhat works out whenever it is asked, so that what is kept says nothing.
const WORKED_OUT: [&str; 3] = ["status", "isOverdue", "snippet"];

impl Rules<'_> {
    /// The pairing that a left record belongs to.
    pub fn pairing_of(&self, object: &str, left: &Value) -> Option<&Pairing> {
        let takes = |pairing: &&Pairing| {
            pairing.left.as_str() == object
                && pairing.onto.is_none()
                && self.holds(&pairing.when)
                && pairing.only.iter().all(|condition| {
                    let word = text_of(left, &format!("/{}", condition.field)).unwrap_or_default();
                    let is = condition.is.is_empty() || condition.is.iter().any(|is| is == word);
                    !self.holds(&condition.when) || (is && !condition.is_not.iter().any(|is| is == word))
                })
        };
        self.recipe.pairings.iter().find(takes)
    }

    /// Whether what changes on the right goes back to the left, for a pairing's rules that the left side does not own.
    pub fn goes_back(&self, pairing: &Pairing) -> bool {
        pairing.back.as_ref().is_some_and(|back| self.holds(&back.when))
    }

    /// Whether both sides must have the same under a rule, in a pairing.
    fn binds(&self, pairing: &Pairing, rule: &Rule, right: &Value) -> bool {
        // What was made on the right stays as it was made, until its left record changes.
        let born_right = rule.owner == Owner::Left && people::key_of(right).is_none();
        match rule.owner {
            Owner::Left => !born_right || pairing.right.as_str() == "dev_user",
            Owner::Right => false,
            Owner::Either if !self.goes_back(pairing) || self.both_ways => true,
            // What was changed on the right waits for a run that goes back.
            Owner::Either => text_of(right, "/id").is_none_or(|id| !self.theirs.touched.contains(id)),
        }
    }

    /// The pairing whose right record is of this kind.
    pub fn pairing_between(&self, object: &str, kind: &str) -> Option<&Pairing> {
        let mut all = self.recipe.pairings.iter();
        all.find(|pairing| {
            pairing.left.as_str() == object && pairing.right.as_str() == kind && !pairing.shares()
        })
    }

    /// What is to become of counterparts of what is gone.
    pub fn when_gone(&self, pairing: &Pairing) -> WhenGone {
        let chosen = match self.chosen("gone").as_str() {
            "archive" => WhenGone::Archive,
            "delete" => WhenGone::Delete,
            _ => WhenGone::Report,
        };
        pairing.gone.unwrap_or(chosen)
    }

    /// What is to become of what lost its counterpart.
    pub fn when_gone_right(&self) -> WhenGoneRight {
        match self.chosen("gone_right").as_str() {
            "again" => WhenGoneRight::Again,
            "leave" => WhenGoneRight::Leave,
            _ => WhenGoneRight::Report,
        }
    }

    /// The key of the counterpart of the left record with this key, or of what that became a part of.
    pub fn place_of(&self, key: &str) -> Option<String> {
        if self.sides.is_there(key) {
            return Some(key.to_owned());
        }
        let into = self.theirs.partings.get(key)?.into.as_ref()?;
        self.sides.key_of_right(&into.id).map(str::to_owned)
    }

    /// Whether counterparts of what is gone are deleted anywhere.
    pub fn deletes_any(&self) -> bool {
        let mut all = self.recipe.pairings.iter();
        all.any(|pairing| self.when_gone(pairing) == WhenGone::Delete)
    }

    /// Whether Planhat's own pictures are brought.
    pub fn brings_pictures(&self) -> bool {
        matches!(self.chosen("pictures").as_str(), "all" | "own")
    }

    /// Whether any run writes the left side.
    pub fn goes_back_at_all(&self) -> bool {
        self.both_ways
    }

    /// Whether the user chose all of this.
    pub fn all_hold(&self, when: &[When]) -> bool {
        self.holds(when)
    }

    fn holds(&self, when: &[When]) -> bool {
        when.iter()
            .all(|when| when.is.contains(&self.chosen(&when.option)))
    }

    /// What was chosen for an option, as a word.
    fn chosen(&self, name: &str) -> String {
        let option = self.recipe.options.iter().find(|option| option.name == name);
        let default = option.and_then(|option| option.default.clone());
        let is_switch = option.is_some_and(|option| option.kind == OptionKind::Switch);
        match self.options.get(name) {
            Some(Chosen::Bool(on)) => on.to_string(),
            Some(Chosen::Text(word)) => word.clone(),
            _ if is_switch => default.unwrap_or_else(|| "false".to_owned()),
            _ => default.unwrap_or_default(),
        }
    }

    /// Whether an open problem says why a record, or this field of it, is not as it should be.
    pub fn is_excused(&self, object: &str, id: &str, field: Option<&str>) -> bool {
        self.problems.iter().any(|problem| {
            let of_field = problem.field.as_ref().map(model::FieldName::as_str);
            problem.object.as_str() == object
                && problem.record.as_str() == id
                && (of_field.is_none() || field.is_none() || of_field == field)
        })
    }

    /// What two records differ in, against the recipe.
    pub fn compare(&self, pairing: &Pairing, left: &Value, right: &Value) -> Vec<String> {
        let id = text_of(left, "/_id").unwrap_or_default();
        let key = key_of_left(pairing.left.as_str(), left).unwrap_or_default();
        let mut findings = Vec::new();
        for rule in pairing
            .rules
            .iter()
            .filter(|rule| self.binds(pairing, rule, right) && !self.is_undone(&key, rule))
        {
            let excused = self.is_excused(pairing.left.as_str(), id, Some(rule.right.as_str()));
            let made = rule
                .left
                .iter()
                .any(|name| MADE_OF_OTHERS.contains(&name.as_str()));
            if let Some((is, should)) = self.differs(rule, left, right)
                && !excused
                && !self.is_at_home(rule, (left, right))
                && !(made && should.is_null() && pairing.left.as_str() != "company")
            {
                let field = format!("{} {id}.{}", pairing.id, rule.right);
                findings.push(format!("{field} is {is}, and the left side has {should}"));
            }
        }
        findings.extend(self.customs(pairing, left, right));
        findings
    }

    /// A contact that somebody joined, or was merged into, is in several accounts, and shows the workspace of one of them.
    fn is_at_home(&self, rule: &Rule, (left, right): (&Value, &Value)) -> bool {
        let contact = text_of(right, "/id").unwrap_or_default();
        let company = text_of(left, "/companyId").and_then(|id| self.sides.key_of_left(id));
        let account = company.and_then(|key| self.place_of(&key));
        rule.right.as_str() == "account" && account.is_some_and(|key| self.sides.is_at_home(contact, &key))
    }

    fn is_undone(&self, key: &str, rule: &Rule) -> bool {
        let mut undone = self.undone.keys().filter(|(of, _)| of == key);
        undone.any(|(_, field)| rule.left.iter().any(|name| name.as_str() == *field))
    }

    fn differs(&self, rule: &Rule, left: &Value, right: &Value) -> Option<(Value, Value)> {
        let name = rule
            .left
            .iter()
            .find(|name| !is_empty(left_value(left, name.as_str())));
        let value = name.map_or(&Value::Null, |name| left_value(left, name.as_str()));
        let shown = right_value(right, rule.right.as_str());
        let skipped = rule.together || rule.cut || rule.otherwise != model::Otherwise::Nothing;
        let worked_out = rule.left.iter().any(|name| WORKED_OUT.contains(&name.as_str()));
        let is_alike = match &rule.turn {
            Turn::Stamped(_) => {
                let (_, below) = people::below_line(value.as_str().unwrap_or_default());
                self.text(&Value::from(below), shown)
            }
            Turn::Same if RICH.contains(&rule.right.as_str()) => self.text(value, shown),
            Turn::Same if rule.cut => title(value, shown),
            Turn::Same if skipped || worked_out => true,
            Turn::Same => self.same(value, shown),
            _ => true,
        };
        (!is_alike).then(|| (shown.clone(), value.clone()))
    }

    fn text(&self, left: &Value, right: &Value) -> bool {
        let Some(html) = left.as_str() else { return true };
        right.as_str().is_some_and(|right| says(right, html)) || is_empty(left)
    }

    fn same(&self, left: &Value, right: &Value) -> bool {
        let ids = ids(left);
        match ids.as_slice() {
            [] => alike(left, right),
            ids => self.refers(ids, right),
        }
    }

    /// Whether the right value names the counterparts of these left records.
    fn refers(&self, ids: &[&str], right: &Value) -> bool {
        let known = ids.iter().filter_map(|id| self.sides.key_of_left(id));
        let known: Vec<String> = known.collect();
        // What refers to a record that is gone may say anything.
        if known.len() < ids.len() {
            return true;
        }
        // What was merged is named by the name of the other. What has no counterpart is named by nobody, and what named
        // another before may name that still: not everything can be emptied.
        let mut wanted: Vec<String> = known.iter().filter_map(|key| self.place_of(key)).collect();
        let wanted_all = wanted.len() == known.len();
        let listed: Vec<&Value> = match right {
            Value::Array(values) => values.iter().collect(),
            Value::Null => vec![],
            one => vec![one],
        };
        let right_ids = listed
            .iter()
            .filter_map(|value| value.as_str().or(text_of(value, "/id")));
        let mut found: Vec<String> = right_ids
            .filter_map(|id| self.sides.key_of_right(id).map(str::to_owned))
            .collect();
        wanted.sort();
        wanted.dedup();
        found.sort();
        found.dedup();
        match wanted_all {
            true => wanted == found,
            false => wanted.iter().all(|key| found.contains(key)),
        }
    }

    /// A customer's own fields: each value is in one of the fields made for them.
    fn customs(&self, pairing: &Pairing, left: &Value, right: &Value) -> Vec<String> {
        let Some(custom) = &pairing.custom else {
            return Vec::new();
        };
        let id = text_of(left, "/_id").unwrap_or_default();
        let made = right
            .get("custom_fields")
            .and_then(Value::as_object)
            .into_iter()
            .flatten();
        let made: Vec<&Value> = made
            .filter(|(name, _)| name.starts_with(&custom.prefix))
            .map(|(_, value)| value)
            .collect();
        let own = left
            .get("custom")
            .and_then(Value::as_object)
            .into_iter()
            .flatten();
        // What was renamed since is told by the run that met it, which may have been killed.
        let is_told = |name: &str| {
            let is_defined = self.defined.contains(&format!("{}.{name}", pairing.left));
            let not_moved = self.not_moved;
            !is_defined || not_moved.contains_key(&format!("{}.custom.{name}", pairing.id))
        };
        let lost = own.filter(|(name, _)| !is_told(name)).filter(|(_, value)| {
            let is_there = |made: &&Value| {
                let text = made.as_str().zip(value.as_str());
                alike(value, made) || text.is_some_and(|(made, html)| says(made, html))
            };
            !is_empty(value) && !made.iter().any(is_there)
        });
        let excused = self.problems.iter().any(|problem| problem.record.as_str() == id);
        lost.filter(|_| !excused)
            .map(|(name, value)| format!("{} {id}: {value} of `{name}` is nowhere on the right", pairing.id))
            .collect()
    }
}

/// The ids that a left value refers to, if it does.
fn ids(left: &Value) -> Vec<&str> {
    let is_id = |text: &str| text.len() == 24 && text.chars().all(|letter| letter.is_ascii_hexdigit());
    match left {
        Value::String(text) if is_id(text) => vec![text],
        Value::Array(values) => {
            let ids = values
                .iter()
                .filter_map(|value| text_of(value, "/id").or(value.as_str()));
            ids.filter(|id| is_id(id)).collect()
        }
        _ => vec![],
    }
}

fn left_value<'a>(left: &'a Value, name: &str) -> &'a Value {
    let name = if name == "parent" && left.get("commentableId").is_some() {
        "commentableId"
    } else {
        name
    };
    left.get(name).unwrap_or(&Value::Null)
}

/// A right record's field, by its name in the recipe.
pub fn right_value<'a>(right: &'a Value, name: &str) -> &'a Value {
    let own = |name: &str| right.get(name);
    let found = match name {
        "account" => own("account").or(own("rev_org")),
        name if name.starts_with("tnt__") => right.get("custom_fields").and_then(|fields| fields.get(name)),
        name => own(name),
    };
    found.unwrap_or(&Value::Null)
}

/// A title may be cut, and stands for something else where there is none.
fn title(left: &Value, right: &Value) -> bool {
    match (left.as_str(), right.as_str()) {
        (Some(left), Some(right)) if !left.trim().is_empty() => {
            alike(&left.into(), &right.into()) || says(left, right.trim_end_matches('…'))
        }
        _ => true,
    }
}
