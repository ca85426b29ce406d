//! What belongs together: recipes, their pairings, and the rules per field.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    ConnectionId, ConnectorId, FieldKind, FieldName, ImportId, NewObject, ObjectName, PairingId, Value,
};

/// The two sides of a pairing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Where an import reads from.
    Left,
    /// Where an import writes to.
    Right,
}

/// Who wins when both sides changed a field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// The left value is the truth.
    #[default]
    Left,
    /// The right value is the truth: the left value only fills an empty or new record.
    Right,
    /// Neither: if both changed, a person decides.
    Either,
}

/// Who wins when both sides changed a field that neither owns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// A person decides.
    #[default]
    Ask,
    /// The left value.
    Left,
    /// The right value.
    Right,
    /// The value of the record that changed last; a person decides where that cannot be told.
    Newest,
}

impl Policy {
    /// Every policy with its word.
    pub const WORDS: [(&'static str, Self); 4] = [
        ("ask", Self::Ask),
        ("left", Self::Left),
        ("right", Self::Right),
        ("newest", Self::Newest),
    ];

    /// The policy of that word.
    pub fn of(word: &str) -> Option<Self> {
        let found = Self::WORDS.iter().find(|(known, _)| *known == word);
        found.map(|(_, policy)| *policy)
    }
}

/// One workspace of a left connection kept in a right connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// Its name.
    pub id: ImportId,
    /// Where it reads from.
    pub left: ConnectionId,
    /// Where it writes to.
    pub right: ConnectionId,
    /// What is paired with what, and how.
    pub recipe: Recipe,
    /// What the user chose once for the whole import, in the right side's words: `part`, `fallback_person`.
    pub options: BTreeMap<String, Value>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The list of pairings that an import follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipe {
    /// Its name.
    pub name: String,
    /// The connector of the left side.
    pub left: ConnectorId,
    /// The connector of the right side.
    pub right: ConnectorId,
    /// What the user of an import may choose.
    #[serde(default)]
    pub options: Vec<RecipeOption>,
    /// Who wins when both sides changed a field that neither owns, unless the user of an import chose otherwise.
    #[serde(default)]
    pub clashes: Policy,
    /// In the order in which a left record looks for its pairing: the first that takes it keeps it.
    pub pairings: Vec<Pairing>,
}

/// Something that the user of an import may choose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipeOption {
    /// Its name, as `--set` takes it.
    pub name: String,
    /// What a person calls it.
    pub title: String,
    /// What can be chosen.
    pub kind: OptionKind,
    /// What counts when nothing was chosen; none: it must be chosen, or what needs it is left out.
    pub default: Option<String>,
    /// The name under which several switches are set together.
    pub group: Option<String>,
}

/// What can be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OptionKind {
    /// On or off.
    Switch,
    /// One of these words.
    Choice {
        /// The words.
        words: Vec<String>,
    },
    /// A part of the product, in the right side's words.
    Part,
    /// Somebody on the right side.
    Person,
    /// A field of the left side, by its name; a rule reads it as `$` and the option's name.
    Field,
}

/// A test of what the user of an import chose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct When {
    /// The option.
    pub option: String,
    /// The words one of which it must be: `true` of a switch.
    pub is: Vec<String>,
}

/// How a pairing's right records are written back to the left.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Back {
    /// What the user of an import must have chosen; none: it always counts.
    pub when: Vec<When>,
    /// Which right records without a counterpart get one on the left; none: none of them does.
    pub create: Option<Born>,
}

/// Right records that get their counterpart on the left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Born {
    /// The right field that says when a record was made: only what was made after the import counts.
    pub at: FieldName,
    /// What the user of an import must have chosen; none: it always counts.
    pub when: Vec<When>,
    /// Left fields without which a record is not made, besides those that the left side itself requires.
    pub needs: Vec<FieldName>,
    /// The right fields that must hold something for a record to be one of this import at all.
    pub given: Vec<FieldName>,
}

/// What becomes of a counterpart whose left record is gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenGone {
    /// It stays, and the report counts it.
    #[default]
    Report,
    /// The fields that the pairing names for it are written.
    Archive,
    /// It is deleted, unless it was there before us.
    Delete,
}

impl WhenGone {
    /// Each with its word.
    pub const WORDS: [(&'static str, Self); 3] = [
        ("report", Self::Report),
        ("archive", Self::Archive),
        ("delete", Self::Delete),
    ];
}

/// What becomes of a left record whose counterpart is gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenGoneRight {
    /// A person decides.
    #[default]
    Report,
    /// Its counterpart is made again.
    Again,
    /// It is left out.
    Leave,
}

impl WhenGoneRight {
    /// Each with its word.
    pub const WORDS: [(&'static str, Self); 3] = [
        ("report", Self::Report),
        ("again", Self::Again),
        ("leave", Self::Leave),
    ];
}

/// Where the counterparts of a pairing's records come from when they are those of another pairing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Onto {
    /// The pairing that makes them.
    pub pairing: PairingId,
    /// The left field that refers to a record of that pairing.
    pub by: FieldName,
}

/// Which records of another pairing are the same thing as those of this one, so that they share a counterpart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joins {
    /// The pairing that makes the counterparts, of the same two objects: whichever record comes first.
    pub pairing: PairingId,
    /// The left fields that tell: the first that both records have decides, case and surrounding space apart.
    pub alike: Vec<FieldName>,
    /// A left field in which they must differ: two records in one place are two things.
    pub apart: FieldName,
}

/// Two objects kept alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pairing {
    /// Its name within the recipe.
    pub id: PairingId,
    /// The left object.
    pub left: ObjectName,
    /// The right object.
    pub right: ObjectName,
    /// What the user must have chosen; none: it always counts.
    #[serde(default)]
    pub when: Vec<When>,
    /// The right object, if it is one that we make.
    #[serde(default)]
    pub make: Option<NewObject>,
    /// Whose right records it writes, if not its own. Such a pairing never creates.
    #[serde(default)]
    pub onto: Option<Onto>,
    /// With whose records its own may share a counterpart. Such a pairing never creates, and takes only those that do: to
    /// the lists of the right record it adds what is theirs.
    #[serde(default)]
    pub joins: Option<Joins>,
    /// What the user must have chosen for counterparts to be made; else those that are there are found, and a record
    /// without one is left out. None: they are always made.
    #[serde(default)]
    pub create: Vec<When>,
    /// Which left records belong to it: all conditions hold. None: every record.
    pub only: Vec<Condition>,
    /// How a left record finds a counterpart that exists already, in this order.
    pub identify: Vec<Identify>,
    /// Whether and how right records are written back.
    #[serde(default)]
    pub back: Option<Back>,
    /// What becomes of the counterparts of left records that are gone; none: as the user of an import chose.
    #[serde(default)]
    pub gone: Option<WhenGone>,
    /// What becomes of left records whose counterparts are gone; none: as the user of an import chose.
    #[serde(default)]
    pub gone_right: Option<WhenGoneRight>,
    /// What is written to archive a right record.
    #[serde(default)]
    pub archive: BTreeMap<FieldName, Value>,
    /// Custom fields that the right side needs for the rules.
    pub fields: Vec<RecipeField>,
    /// One field each.
    pub rules: Vec<Rule>,
    /// What happens to the left side's own custom fields.
    pub custom: Option<CustomFields>,
    /// Left fields that are known and left out on purpose, so that no report lists them as not mapped.
    pub ignore: Vec<FieldName>,
}

/// A test of one left field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// The field.
    pub field: FieldName,
    /// The words one of which it must be; none: any.
    pub is: Vec<String>,
    /// The words none of which it may be.
    pub is_not: Vec<String>,
    /// What the user must have chosen for the condition to count.
    #[serde(default)]
    pub when: Vec<When>,
}

/// A way to find a counterpart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Identify {
    /// By the key of ours that the vendor stores.
    Key,
    /// By equal contents of two fields, case and surrounding space apart.
    Fields {
        /// The left field; a list counts by each element.
        left: FieldName,
        /// The right field; a list counts by each element.
        right: FieldName,
        /// How sure that makes us, in percent.
        score: u8,
    },
}

/// A custom field that a recipe adds on the right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipeField {
    /// Its name on the right, as rules use it.
    pub name: FieldName,
    /// What a person calls it.
    pub title: String,
    /// What it holds.
    pub kind: FieldKind,
}

/// How left custom fields become right custom fields without a rule each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomFields {
    /// Put before the name of each field that is made.
    pub prefix: String,
    /// Who owns them.
    pub owner: Owner,
    /// Titles of left custom fields that stay where they are.
    pub except: Vec<String>,
    /// What the names of right fields begin with that other recipes make: no left field goes there by its name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub apart: Vec<String>,
}

/// One field on either side, how it turns, who owns it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// The left fields; the first that is not empty counts. None: the value comes from `otherwise`.
    pub left: Vec<FieldName>,
    /// The right field.
    pub right: FieldName,
    /// How the left value becomes the right one.
    pub turn: Turn,
    /// Who wins.
    pub owner: Owner,
    /// Who wins when both sides changed it and neither owns it; none: as the recipe says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clash: Option<Policy>,
    /// Of a table: the left word for a right word that several left words turn into.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub back: BTreeMap<String, String>,
    /// What is written when the left side has nothing.
    pub otherwise: Otherwise,
    /// Whether the values of all left fields count, as one list; otherwise the first that is not empty does.
    #[serde(default)]
    pub together: bool,
    /// Whether the right value is cut to the length its field allows; otherwise too long a text is a problem.
    pub cut: bool,
    /// Whether only one record may have the value: of several that say the same, none gets it, and a person decides.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unique: bool,
}

/// How a left value becomes a right one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// The same value, in the kind of the right field: markup to markup, reference to its counterpart.
    Same,
    /// A word for a word, case apart.
    Table {
        /// Left word to right word.
        words: BTreeMap<String, String>,
    },
    /// The name under which the left side mentions a record or person.
    Label,
    /// One JSON text of all the left fields that are not empty, and of the record's id.
    Gathered,
    /// The whole value as JSON text, for what the right side has no kind for.
    Json,
    /// Marked-up text below a first line that says who wrote it, where and when.
    Stamped(Stamp),
    /// The word of the first case that holds.
    Cases(Vec<Case>),
}

/// A word, and when it is the right one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// The left field that decides.
    pub field: FieldName,
    /// The words one of which it must be, case apart; none: it is not empty.
    pub is: Vec<String>,
    /// The right word.
    pub gives: String,
}

/// Where the first line of a stamped text takes its words from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// What the platform is called: `Planhat`.
    pub from: String,
    /// The left field that says what it is: `type`; empty: `from` says it.
    pub what: FieldName,
    /// The left field with the author or authors.
    pub by: FieldName,
    /// The left field with the time.
    pub at: FieldName,
    /// The line that a left text bears which was made for a right one, with right fields; none: it bears none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back: Option<Box<Self>>,
}

/// What is written when the left side has nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Otherwise {
    /// Nothing: the right field is emptied, or left out of a new record.
    #[default]
    Nothing,
    /// This value, in the right side's words.
    Value(Value),
    /// The import's option of this name.
    Option(String),
    /// The record waits for a person.
    Problem,
}

impl Pairing {
    /// Whether it writes right records that are first of all those of another pairing.
    pub fn shares(&self) -> bool {
        self.onto.is_some() || self.joins.is_some()
    }
}

impl Recipe {
    /// The left objects, each once, in the order of the pairings.
    pub fn left_objects(&self) -> Vec<ObjectName> {
        let mut objects = Vec::new();
        for pairing in &self.pairings {
            if !objects.contains(&pairing.left) {
                objects.push(pairing.left.clone());
            }
        }
        objects
    }

    /// The right objects, each once, in the order of the pairings.
    pub fn right_objects(&self) -> Vec<ObjectName> {
        let mut objects = Vec::new();
        for pairing in &self.pairings {
            if !objects.contains(&pairing.right) {
                objects.push(pairing.right.clone());
            }
        }
        objects
    }

    /// The pairing of that name.
    pub fn pairing(&self, id: &PairingId) -> Option<&Pairing> {
        self.pairings.iter().find(|pairing| &pairing.id == id)
    }
}
