//! From the tree to a recipe, noting everything that does not fit.

use model::{
    Condition, ConnectorId, FieldKind, FieldName, Identify, ObjectName, Owner, Pairing, PairingId, Policy,
    Recipe, RecipeField, RichFormat, Rule, When, WhenGone, WhenGoneRight,
};

use super::{
    choice, custom, gone, rule,
    tree::{At, Mistakes, Name, Node, Tree},
};

/// A recipe with the places where its parts are written.
pub(super) struct Written {
    /// The recipe.
    pub recipe: Recipe,
    /// Where each pairing's parts stand, in the order of the pairings.
    pub places: Vec<PairingPlaces>,
}

/// Where the parts of a pairing stand.
#[derive(Default)]
pub(super) struct PairingPlaces {
    /// Its name.
    pub id: At,
    /// Its left object.
    pub left: At,
    /// Its right object.
    pub right: At,
    /// Its conditions.
    pub only: Vec<At>,
    /// Its ways to identify: the left and the right field.
    pub identify: Vec<(At, At)>,
    /// The fields it declares.
    pub fields: Vec<At>,
    /// Its rules.
    pub rules: Vec<RulePlaces>,
    /// What must be chosen, for it or for a part of it.
    pub when: Vec<(When, At)>,
    /// What archiving writes.
    pub archive: Vec<(FieldName, At)>,
    /// The pairing it lands on, and the field that leads there.
    pub onto: Option<(At, At)>,
    /// The pairing whose records it joins, and how.
    pub joins: Option<(At, At)>,
}

/// Where the parts of a rule stand.
#[derive(Clone, Debug, Default)]
pub(super) struct RulePlaces {
    /// The left fields.
    pub left: Vec<At>,
    /// The right field.
    pub right: At,
    /// How the value turns.
    pub turn: At,
    /// What is written when there is nothing.
    pub otherwise: At,
    /// The right words of a table.
    pub words: Vec<(String, At)>,
}

/// Named values of which the names are known.
pub(super) struct Section<'a> {
    at: At,
    what: &'a str,
    entries: &'a [(Name, Node)],
}

impl<'a> Section<'a> {
    /// Opens named values; names that are not among the keys, or come twice, are mistakes.
    pub(super) fn open(
        node: &'a Node,
        what: &'a str,
        keys: &[&str],
        mistakes: &mut Mistakes,
    ) -> Option<Self> {
        let Tree::Map(entries) = &node.tree else {
            let found = node.tree.called();
            let hint = Some(format!("a {what} has {}", keys.join(", ")));
            mistakes.add_with(
                node.at,
                format!("a {what} is named values, and here is {found}"),
                hint,
            );
            return None;
        };
        for (at, (name, _)) in entries.iter().enumerate() {
            if !keys.contains(&name.text.as_str()) {
                let text = format!("a {what} has no `{}`", name.text);
                mistakes.unknown(name.at, text, &name.text, keys);
            }
            if entries
                .iter()
                .take(at)
                .any(|(before, _)| before.text == name.text)
            {
                mistakes.add(name.at, format!("`{}` is written twice", name.text));
            }
        }
        let at = node.at;
        Some(Self { at, what, entries })
    }

    /// The value of that name, if it is there.
    pub(super) fn get(&self, key: &str) -> Option<&'a Node> {
        let found = self.entries.iter().find(|(name, _)| name.text == key);
        found
            .map(|(_, node)| node)
            .filter(|node| !matches!(node.tree, Tree::Empty))
    }

    /// The value of that name; that it is missing is a mistake.
    pub(super) fn need(&self, key: &str, mistakes: &mut Mistakes) -> Option<&'a Node> {
        let found = self.get(key);
        if found.is_none() {
            mistakes.add(self.at, format!("a {} needs `{key}`", self.what));
        }
        found
    }

    /// The text of that name, and where it stands; that it is missing is a mistake.
    pub(super) fn text(&self, key: &str, mistakes: &mut Mistakes) -> (String, At) {
        match self.need(key, mistakes) {
            Some(node) => (text(node, key, mistakes).unwrap_or_default(), node.at),
            None => (String::new(), self.at),
        }
    }
}

/// Reads a recipe as far as it goes.
pub(super) fn recipe(tree: &Node, mistakes: &mut Mistakes) -> Written {
    let mut written = Written {
        recipe: Recipe {
            name: String::new(),
            left: ConnectorId::new(""),
            right: ConnectorId::new(""),
            options: Vec::new(),
            clashes: Policy::default(),
            pairings: Vec::new(),
        },
        places: Vec::new(),
    };
    let keys = ["recipe", "left", "right", "options", "clashes", "pairings"];
    let Some(section) = Section::open(tree, "recipe", &keys, mistakes) else {
        return written;
    };
    written.recipe.name = section.text("recipe", mistakes).0;
    written.recipe.left = ConnectorId::from(section.text("left", mistakes).0);
    written.recipe.right = ConnectorId::from(section.text("right", mistakes).0);
    let options = choice::options(section.get("options"), mistakes);
    written.recipe.options = options.into_iter().map(|(option, _)| option).collect();
    let clashes = section.get("clashes");
    written.recipe.clashes = clashes
        .and_then(|node| choice::policy(node, mistakes))
        .unwrap_or_default();
    if let Some(pairings) = section.need("pairings", mistakes) {
        for node in list(pairings, "pairings", mistakes) {
            if let Some((one, places)) = pairing(node, mistakes) {
                written.recipe.pairings.push(one);
                written.places.push(places);
            }
        }
    }
    written
}

// tidy: long because it is one line per part
fn pairing(node: &Node, mistakes: &mut Mistakes) -> Option<(Pairing, PairingPlaces)> {
    let keys = [
        "id",
        "left",
        "right",
        "when",
        "make",
        "onto",
        "joins",
        "create",
        "only",
        "identify",
        "back",
        "gone",
        "gone_right",
        "archive",
        "fields",
        "rules",
        "custom",
        "ignore",
    ];
    let section = Section::open(node, "pairing", &keys, mistakes)?;
    let (id, id_at) = section.text("id", mistakes);
    let (left, left_at) = section.text("left", mistakes);
    let (right, right_at) = section.text("right", mistakes);
    let mut places = PairingPlaces {
        id: id_at,
        left: left_at,
        right: right_at,
        ..PairingPlaces::default()
    };
    let onto = choice::onto(section.get("onto"), mistakes);
    places.onto = onto.as_ref().map(|(_, pairing, by)| (*pairing, *by));
    let joins = choice::joins(section.get("joins"), mistakes);
    places.joins = joins.as_ref().map(|(_, pairing, at)| (*pairing, *at));
    let gone = gone::one_of(section.get("gone"), "gone", &WhenGone::WORDS, mistakes);
    let right_words = &WhenGoneRight::WORDS;
    let gone_right = gone::one_of(section.get("gone_right"), "gone_right", right_words, mistakes);
    let pairing = Pairing {
        id: PairingId::from(id),
        left: ObjectName::from(left),
        right: ObjectName::from(right),
        when: when(&section, "when", &mut places, mistakes),
        make: choice::make(section.get("make"), mistakes),
        onto: onto.map(|(onto, ..)| onto),
        joins: joins.map(|(joins, ..)| joins),
        create: when(&section, "create", &mut places, mistakes),
        only: only(&section, &mut places, mistakes),
        identify: identify(&section, &mut places, mistakes),
        back: section
            .get("back")
            .and_then(|node| choice::back(node, &mut places.when, mistakes)),
        gone,
        gone_right,
        archive: gone::archive(&section, &mut places, mistakes),
        fields: fields(&section, &mut places, mistakes),
        rules: rules(&section, &mut places, mistakes),
        custom: section
            .get("custom")
            .and_then(|node| custom::custom(node, mistakes)),
        ignore: section
            .get("ignore")
            .map_or_else(Vec::new, |node| names(node, "ignore", mistakes)),
    };
    Some((pairing, places))
}

fn when(section: &Section<'_>, key: &str, places: &mut PairingPlaces, mistakes: &mut Mistakes) -> Vec<When> {
    let found = choice::when(section.get(key), key, mistakes);
    places.when.extend(found.iter().cloned());
    found.into_iter().map(|(when, _)| when).collect()
}

/// Fields with their words, or several such, so that a field may come twice.
fn only(section: &Section<'_>, places: &mut PairingPlaces, mistakes: &mut Mistakes) -> Vec<Condition> {
    match section.get("only") {
        None => Vec::new(),
        Some(Node {
            tree: Tree::List(nodes),
            ..
        }) => {
            let mut conditions = Vec::new();
            for node in nodes {
                conditions.extend(conditions_in(node, places, mistakes));
            }
            conditions
        }
        Some(node) => conditions_in(node, places, mistakes),
    }
}

fn conditions_in(node: &Node, places: &mut PairingPlaces, mistakes: &mut Mistakes) -> Vec<Condition> {
    let Tree::Map(entries) = &node.tree else {
        let hint = Some("as in `only: { type: ticket }`".to_owned());
        let text = format!(
            "`only` is fields with their words, and here is {}",
            node.tree.called()
        );
        mistakes.add_with(node.at, text, hint);
        return Vec::new();
    };
    let mut conditions = Vec::new();
    for (name, node) in entries {
        let mut condition = Condition {
            field: FieldName::from(name.text.as_str()),
            is: Vec::new(),
            is_not: Vec::new(),
            when: Vec::new(),
        };
        if let Tree::Map(_) = &node.tree {
            let words = Section::open(node, "condition", &["is", "not", "when"], mistakes);
            let read = |key, mistakes: &mut Mistakes| {
                let node = words.as_ref().and_then(|words| words.get(key));
                node.map_or_else(Vec::new, |node| texts(node, &name.text, mistakes))
            };
            condition.is = read("is", mistakes);
            condition.is_not = read("not", mistakes);
            if let Some(words) = &words {
                condition.when = when(words, "when", places, mistakes);
            }
        } else {
            condition.is = texts(node, &name.text, mistakes);
        }
        places.only.push(name.at);
        conditions.push(condition);
    }
    conditions
}

fn identify(section: &Section<'_>, places: &mut PairingPlaces, mistakes: &mut Mistakes) -> Vec<Identify> {
    let mut ways = Vec::new();
    let Some(node) = section.get("identify") else {
        return ways;
    };
    for node in list(node, "identify", mistakes) {
        if let Tree::Text(word) = &node.tree {
            if word == "key" {
                ways.push(Identify::Key);
                places.identify.push((node.at, node.at));
            } else {
                let text = format!("there is no way to identify called `{word}`");
                mistakes.unknown(node.at, text, word, &["key"]);
            }
            continue;
        }
        let keys = ["left", "right", "score"];
        let Some(fields) = Section::open(node, "way to identify", &keys, mistakes) else {
            continue;
        };
        let (left, left_at) = fields.text("left", mistakes);
        let (right, right_at) = fields.text("right", mistakes);
        let score = fields
            .need("score", mistakes)
            .and_then(|node| rule::score(node, mistakes));
        places.identify.push((left_at, right_at));
        ways.push(Identify::Fields {
            left: FieldName::from(left),
            right: FieldName::from(right),
            score: score.unwrap_or(100),
        });
    }
    ways
}

fn fields(section: &Section<'_>, places: &mut PairingPlaces, mistakes: &mut Mistakes) -> Vec<RecipeField> {
    let mut fields = Vec::new();
    let Some(node) = section.get("fields") else {
        return fields;
    };
    for node in list(node, "fields", mistakes) {
        let Some(field) = Section::open(node, "field", &["name", "title", "kind"], mistakes) else {
            continue;
        };
        let (name, at) = field.text("name", mistakes);
        let title = field.get("title").and_then(|node| text(node, "title", mistakes));
        let kind = field.need("kind", mistakes).and_then(|node| kind(node, mistakes));
        places.fields.push(at);
        fields.push(RecipeField {
            title: title.unwrap_or_else(|| name.clone()),
            name: FieldName::from(name),
            kind: kind.unwrap_or(FieldKind::Json),
        });
    }
    fields
}

/// `text`, `list text`, `ref account`, `{ choice: [one, other] }`
fn kind(node: &Node, mistakes: &mut Mistakes) -> Option<FieldKind> {
    if let Tree::Map(_) = &node.tree {
        let section = Section::open(node, "kind", &["choice"], mistakes)?;
        let values = texts(section.need("choice", mistakes)?, "choice", mistakes);
        return Some(FieldKind::Choice { values });
    }
    let words = text(node, "kind", mistakes)?;
    let found = kind_of(&words);
    if found.is_none() {
        let known = [
            "text", "rich", "number", "integer", "bool", "instant", "date", "json", "ref", "list",
        ];
        let first = words.split_whitespace().next().unwrap_or_default();
        if known.contains(&first) {
            let hint = Some("say `ref account`, or `list text`".to_owned());
            mistakes.add_with(node.at, format!("`{words}` is no kind"), hint);
        } else {
            mistakes.unknown(node.at, format!("there is no kind `{words}`"), first, &known);
        }
    }
    found
}

fn kind_of(words: &str) -> Option<FieldKind> {
    let (first, rest) = words.trim().split_once(' ').unwrap_or((words.trim(), ""));
    let rest = rest.trim();
    Some(match (first, rest) {
        ("text", "") => FieldKind::Text { max: None },
        ("rich", "") => FieldKind::Rich {
            format: RichFormat::CommonMark,
            max: None,
        },
        ("number", "") => FieldKind::Number,
        ("integer", "") => FieldKind::Integer,
        ("bool", "") => FieldKind::Bool,
        ("instant", "") => FieldKind::Instant,
        ("date", "") => FieldKind::Date,
        ("json", "") => FieldKind::Json,
        ("ref", objects) if !objects.is_empty() && !objects.contains(' ') => {
            let mut objects: Vec<ObjectName> = objects.split('|').map(ObjectName::new).collect();
            match objects.len() {
                1 => FieldKind::Ref {
                    object: objects.pop()?,
                },
                _ => FieldKind::RefAny { objects },
            }
        }
        ("list", inner) if !inner.starts_with("list") => FieldKind::List(Box::new(kind_of(inner)?)),
        _ => return None,
    })
}

fn rules(section: &Section<'_>, places: &mut PairingPlaces, mistakes: &mut Mistakes) -> Vec<Rule> {
    let mut rules = Vec::new();
    let Some(node) = section.need("rules", mistakes) else {
        return rules;
    };
    for node in list(node, "rules", mistakes) {
        if let Some((one, place)) = rule::rule(node, mistakes) {
            rules.push(one);
            places.rules.push(place);
        }
    }
    rules
}

/// Who wins.
pub(super) fn owner(node: &Node, mistakes: &mut Mistakes) -> Owner {
    match text(node, "owner", mistakes).as_deref() {
        Some("right") => Owner::Right,
        Some("either") => Owner::Either,
        Some("left") | None => Owner::Left,
        Some(wrong) => {
            let text = format!("there is no owner `{wrong}`");
            mistakes.unknown(node.at, text, wrong, &["left", "right", "either"]);
            Owner::Left
        }
    }
}

/// A text; a number or yes or no counts as it is written.
pub(super) fn text(node: &Node, key: &str, mistakes: &mut Mistakes) -> Option<String> {
    match &node.tree {
        Tree::Text(text) => Some(text.clone()),
        Tree::Number(digits) => Some(digits.clone()),
        Tree::Bool(yes) => Some(yes.to_string()),
        other => {
            mistakes.add(
                node.at,
                format!("`{key}` is a text, and here is {}", other.called()),
            );
            None
        }
    }
}

/// One text or several.
pub(super) fn texts(node: &Node, key: &str, mistakes: &mut Mistakes) -> Vec<String> {
    match &node.tree {
        Tree::List(nodes) => nodes
            .iter()
            .filter_map(|node| text(node, key, mistakes))
            .collect(),
        _ => text(node, key, mistakes).into_iter().collect(),
    }
}

pub(super) fn names(node: &Node, key: &str, mistakes: &mut Mistakes) -> Vec<FieldName> {
    texts(node, key, mistakes)
        .into_iter()
        .map(FieldName::from)
        .collect()
}

/// Several nodes.
pub(super) fn list<'a>(node: &'a Node, key: &str, mistakes: &mut Mistakes) -> &'a [Node] {
    match &node.tree {
        Tree::List(nodes) => nodes,
        other => {
            mistakes.add(
                node.at,
                format!("`{key}` is a list, and here is {}", other.called()),
            );
            &[]
        }
    }
}
