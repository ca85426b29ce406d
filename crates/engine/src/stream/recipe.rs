//! The recipe of a destination: what events become there, as a user may write it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Map, Value as Json};

/// What events become at a destination.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StreamRecipe {
    /// The form of the file; 1.
    pub version: u32,
    /// Whose events: `segment`.
    pub from: String,
    /// What kind of destination: `planhat`.
    pub to: String,
    /// How they are brought.
    pub mode: Mode,
    /// What becomes of what somebody did whom nobody has made known.
    pub unknown_people: Unknown,
    /// What becomes of what was sent and never answered, where sending it again counts twice.
    pub uncertain: Uncertain,
    /// For how many days events are held.
    pub hold_days: u32,
    /// Whether screens become activities.
    pub screens: bool,
    /// Whether numbers of a group become metrics.
    pub group_metrics: bool,
    /// Which events become activities.
    pub events: Chosen,
    /// Says where records come from.
    pub stamp: String,
    /// What identify becomes.
    pub person: Shape,
    /// What group becomes.
    pub company: Shape,
    /// What track, page and screen become.
    pub activity: ActivityShape,
}

/// How events are brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// As records and activities.
    Native,
    /// As they are, to an endpoint for Segment's events.
    Dock,
}

/// What becomes of what somebody unknown did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unknown {
    /// It waits until somebody is known.
    Hold,
    /// The destination decides.
    Send,
}

/// What becomes of what may have arrived or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Uncertain {
    /// It is sent again.
    Resend,
    /// A person decides.
    Hold,
}

/// Events by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chosen {
    /// These alone; all, if empty.
    pub only: BTreeSet<String>,
    /// Not these.
    pub except: BTreeSet<String>,
}

/// What traits become.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// The destination's own fields, each from the first of these places that has something.
    pub fields: BTreeMap<String, Vec<Path>>,
    /// Where a person's company is said.
    #[serde(default)]
    pub company: Vec<Path>,
    /// What becomes of the other traits.
    pub rest: Rest,
    /// What becomes of those that are lists and objects.
    pub nested: Nested,
    /// Traits that are left out.
    pub except: BTreeSet<String>,
    /// Traits that are called otherwise there.
    pub rename: BTreeMap<String, String>,
}

/// What becomes of other traits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rest {
    /// Custom fields.
    Custom,
    /// Nothing.
    Drop,
}

/// What becomes of lists and objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Nested {
    /// Nothing.
    Drop,
    /// Their members become fields.
    Flatten,
}

/// What somebody's doing becomes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActivityShape {
    /// Where an address is said.
    pub email: Vec<Path>,
    /// Where a name is said.
    pub name: Vec<Path>,
    /// Where the company is said.
    pub company: Vec<Path>,
    /// Where its weight is said.
    pub weight: Vec<Path>,
}

/// A place in an event: `traits.company.id`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Path(String);

impl Path {
    /// What is there, unless it is nothing.
    pub fn find<'a>(&self, event: &'a Map<String, Json>) -> Option<&'a Json> {
        let mut steps = self.0.split('.');
        let mut found = event.get(steps.next()?)?;
        for step in steps {
            found = found.get(step)?;
        }
        let is_nothing = found.is_null() || found.as_str().is_some_and(|text| text.trim().is_empty());
        (!is_nothing).then_some(found)
    }

    /// The trait that it begins with, if it leads among the traits.
    pub fn of_traits(&self) -> Option<&str> {
        self.0.strip_prefix("traits.")?.split('.').next()
    }
}

/// The first of these places that has something.
pub fn first<'a>(paths: &[Path], event: &'a Map<String, Json>) -> Option<&'a Json> {
    paths.iter().find_map(|path| path.find(event))
}

/// The same as a text: a number as its digits.
pub fn first_text(paths: &[Path], event: &Map<String, Json>) -> Option<String> {
    paths.iter().find_map(|path| text(path.find(event)?))
}

/// A text, or a number as its digits.
pub fn text(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

impl StreamRecipe {
    /// Sets one of its plain words otherwise than it is written.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        fn read<T: serde::de::DeserializeOwned>(name: &str, value: &str) -> Result<T, String> {
            serde_saphyr::from_str(value).map_err(|_| format!("`{name}` cannot be `{value}`"))
        }
        match name {
            "mode" => self.mode = read(name, value)?,
            "unknown_people" => self.unknown_people = read(name, value)?,
            "uncertain" => self.uncertain = read(name, value)?,
            "hold_days" => self.hold_days = read(name, value)?,
            "screens" => self.screens = read(name, value)?,
            "group_metrics" => self.group_metrics = read(name, value)?,
            "stamp" => self.stamp = value.to_owned(),
            _ => {
                let known = "mode, unknown_people, uncertain, hold_days, screens, group_metrics, stamp";
                return Err(format!("there is no `{name}`; there are {known}"));
            }
        }
        Ok(())
    }

    /// Reads a recipe; a sentence where it cannot be one.
    pub fn read(yaml: &str) -> Result<Self, String> {
        let recipe: Self = serde_saphyr::from_str(yaml).map_err(|error| error.to_string())?;
        let is = |what: &str, is: &str, should: &str| match is == should {
            true => Ok(()),
            false => Err(format!("`{what}` is `{is}`, and this program knows `{should}`")),
        };
        is("version", &recipe.version.to_string(), "1")?;
        is("from", &recipe.from, "segment")?;
        is("to", &recipe.to, "planhat")?;
        match recipe.hold_days {
            1..=365 => Ok(recipe),
            days => Err(format!("`hold_days` is {days}, and must be from 1 to 365")),
        }
    }
}
