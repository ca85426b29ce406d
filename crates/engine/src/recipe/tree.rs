//! YAML as a tree in which everything knows where it stands, and the mistakes found in it.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_saphyr::{DuplicateKeyPolicy, Location, Spanned};

use super::near::nearest;

/// Something wrong in a recipe, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mistake {
    /// The line, counted from 1.
    pub line: usize,
    /// The column, counted from 1.
    pub column: usize,
    /// What is wrong.
    pub text: String,
    /// What may help.
    pub hint: Option<String>,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.text)?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

/// Where something stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct At {
    line: usize,
    column: usize,
}

impl From<Location> for At {
    fn from(location: Location) -> Self {
        let known = |number: u64| usize::try_from(number).unwrap_or(usize::MAX).max(1);
        Self {
            line: known(location.line()),
            column: known(location.column()),
        }
    }
}

/// The mistakes found so far.
#[derive(Default)]
pub(super) struct Mistakes(Vec<Mistake>);

impl Mistakes {
    /// Notes a mistake.
    pub(super) fn add(&mut self, at: At, text: impl Into<String>) {
        self.add_with(at, text, None);
    }

    /// Notes a mistake with what may help.
    pub(super) fn add_with(&mut self, at: At, text: impl Into<String>, hint: Option<String>) {
        self.0.push(Mistake {
            line: at.line,
            column: at.column,
            text: text.into(),
            hint,
        });
    }

    /// Notes that a name is not among those there are.
    pub(super) fn unknown(&mut self, at: At, text: String, wrong: &str, names: &[&str]) {
        let hint = match nearest(wrong, names.iter().copied()) {
            Some(near) => Some(format!("did you mean `{near}`?")),
            None if names.is_empty() => None,
            None if names.len() <= 12 => Some(format!("there are {}", list(names))),
            None => None,
        };
        self.add_with(at, text, hint);
    }

    /// All of them, from top to bottom.
    pub(super) fn sorted(mut self) -> Vec<Mistake> {
        self.0.sort();
        self.0.dedup();
        self.0
    }
}

fn list(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

/// A part of the YAML.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// Where it begins.
    pub at: At,
    /// What it is.
    pub tree: Tree,
}

/// What a part of the YAML is.
#[derive(Clone, Debug)]
pub(super) enum Tree {
    /// Nothing.
    Empty,
    /// `true` or `false`.
    Bool(bool),
    /// A number, in its digits.
    Number(String),
    /// A text.
    Text(String),
    /// Several parts.
    List(Vec<Node>),
    /// Named parts, in order.
    Map(Vec<(Name, Node)>),
}

/// A key and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Name {
    /// Where it begins.
    pub at: At,
    /// The key.
    pub text: String,
}

impl Tree {
    /// What a person would call it.
    pub(super) const fn called(&self) -> &'static str {
        match self {
            Self::Empty => "nothing",
            Self::Bool(_) => "yes or no",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Map(_) => "named values",
        }
    }
}

/// Reads YAML; what is no YAML is the one mistake.
pub(super) fn parse(yaml: &str, mistakes: &mut Mistakes) -> Option<Node> {
    let options = serde_saphyr::options! {
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        with_snippet: false,
        strict_booleans: true,
    };
    match serde_saphyr::from_str_with_options::<Node>(yaml, options) {
        Ok(node) => Some(node),
        Err(error) => {
            let at = error.location().map(At::from);
            let text = error.to_string();
            let first = text.lines().next().unwrap_or("it cannot be read").to_owned();
            mistakes.add(
                at.unwrap_or(At { line: 1, column: 1 }),
                format!("not YAML: {first}"),
            );
            None
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Tree>::deserialize(deserializer)?;
        Ok(Self {
            at: spanned.referenced.into(),
            tree: spanned.value,
        })
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<String>::deserialize(deserializer)?;
        Ok(Self {
            at: spanned.referenced.into(),
            text: spanned.value,
        })
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a number, yes or no, a list or named values")
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Empty)
    }

    fn visit_none<E>(self) -> Result<Tree, E> {
        Ok(Tree::Empty)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Tree, D::Error> {
        Tree::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Tree, E> {
        Ok(Tree::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Tree, E> {
        Ok(Tree::Number(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Tree, E> {
        Ok(Tree::Number(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Tree, E> {
        Ok(Tree::Number(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Tree, E> {
        Ok(Tree::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Tree, A::Error> {
        let mut list = Vec::new();
        while let Some(entry) = entries.next_element()? {
            list.push(entry);
        }
        Ok(Tree::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Tree, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Tree::Map(map))
    }
}
