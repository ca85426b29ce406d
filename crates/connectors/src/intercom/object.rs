//! One object of Intercom: where it is listed, what it holds, and how a record of it is shaped.

use model::{
    Fault, FaultKind, Field, FieldName, Fields, ObjectName, ObjectType, Raw, Record, Timestamp, Value,
};
use serde_json::{Map, Value as Json};

use super::{
    admin, article, company, contact, conversation,
    fields::{self, Holds, Known, Place},
    file::Home,
    learned::{self, Learned},
    link, note, part, tag, ticket,
};

/// What there is to know of an object; the file that is named after it fills it in.
pub(super) struct Object {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) list: List,
    /// Where one of them is read, before its id; nothing where only others bring it along.
    pub(super) path: &'static str,
    pub(super) permission: &'static str,
    /// The objects whose records bring it along.
    pub(super) carriers: &'static [&'static str],
    pub(super) known: &'static [Known],
    /// Properties that are never fields: Intercom's own business, and what becomes records of other objects.
    pub(super) internal: &'static [&'static str],
    /// What a person would call a record.
    pub(super) title_of: fn(&Json) -> String,
    /// Adds what follows from several properties.
    pub(super) derive: fn(&Json, Place<'_>, &mut Fields),
}

/// How an object's records are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    /// By a search, sorted by the date of change.
    Search,
    /// By the number of the page, those that changed last first.
    Numbered,
    /// By the one scroll that a workspace may have.
    Scroll,
    /// All at once.
    AtOnce,
    /// Not at all: others bring it along.
    Carried,
}

/// An object without anything particular.
pub(super) const PLAIN: Object = Object {
    name: "",
    title: "",
    list: List::AtOnce,
    path: "",
    permission: "",
    carriers: &[],
    known: &[],
    internal: &[],
    title_of: |json| {
        let title = fields::first_text(json, &["name", "title", "email", "id"]);
        super::html::one_line(title.unwrap_or_default())
    },
    derive: |_, _, _| {},
};

/// The member of a record's JSON that we add: what was read besides, and where it stood.
pub(super) const OURS: &str = "interline";

static ALL: [&Object; 16] = [
    &admin::TEAM,
    &admin::ADMIN,
    &tag::TAG,
    &tag::SEGMENT,
    &company::COMPANY,
    &contact::CONTACT,
    &conversation::CONVERSATION,
    &part::PART,
    &ticket::TICKET,
    &part::TICKET_PART,
    &note::NOTE,
    &link::LINK,
    &article::COLLECTION,
    &article::ARTICLE,
    &article::ARTICLE_TEXT,
    &article::HELP_CENTER,
];

/// Every object, those that others refer to first.
pub(super) fn all() -> impl Iterator<Item = &'static Object> {
    ALL.into_iter()
}

/// The object of that name.
pub(super) fn named(name: &ObjectName) -> Result<&'static Object, Fault> {
    all().find(|object| object.name == name.as_str()).ok_or_else(|| {
        let names: Vec<&str> = all().map(|object| object.name).collect();
        Fault::new(
            FaultKind::Settings,
            format!("looking for the Intercom object `{name}`"),
        )
        .hint(format!("Intercom offers {}", names.join(", ")))
    })
}

impl Object {
    /// The object with its fields, those of the customer included.
    pub(super) fn describe(&self, learned: &Learned) -> ObjectType {
        let known = self.known.iter().map(|known| Field {
            name: FieldName::new(known.name),
            title: known.name.to_owned(),
            kind: known.holds.kind(),
            writable: false,
            required: false,
            custom: false,
            id: None,
        });
        ObjectType {
            name: ObjectName::new(self.name),
            title: self.title.to_owned(),
            fields: known.chain(learned.fields(self.name)).collect(),
            extensible: false,
        }
    }

    /// The record that a raw says.
    pub(super) fn shape(&self, raw: &Raw, home: &Home, learned: &Learned) -> Result<Record, Fault> {
        let json: Json = raw.parse(&format!("shaping {}", self.name))?;
        let Some(properties) = json.as_object() else {
            let doing = format!("shaping {} `{}`", self.name, raw.id);
            return Err(Fault::new(FaultKind::Unexpected, doing).said("it is no object"));
        };
        let place = Place { home };
        let mut fields = Fields::new();
        for (name, value) in properties.iter().filter(|(name, _)| name.as_str() != OURS) {
            match learned::bag(self.name) {
                Some(bag) if bag == name => self.shape_attributes(bag, value, place, learned, &mut fields),
                _ => self.shape_property(name, value, place, &mut fields),
            }
        }
        (self.derive)(&json, place, &mut fields);
        name_tags(&mut fields, learned);
        part_with_former(&mut fields, learned);
        Ok(Record {
            id: raw.id.clone(),
            title: (self.title_of)(&json),
            fields,
            changed_at: changed_at(properties),
            keys: Vec::new(),
        })
    }

    fn shape_property(&self, name: &str, json: &Json, place: Place<'_>, fields: &mut Fields) {
        if self.is_internal(name) {
            return;
        }
        if let Some(known) = self.known(name) {
            fields.insert(FieldName::new(name), known.holds.read(json, place));
            return;
        }
        let parts: Vec<&Known> = self
            .known
            .iter()
            .filter(|known| known.name.split_once('.').is_some_and(|(whole, _)| whole == name))
            .collect();
        match json {
            Json::Object(map) if !parts.is_empty() => {
                for (part, json) in map {
                    self.shape_part(name, part, json, place, fields);
                }
            }
            Json::Null if !parts.is_empty() => {
                fields.extend(
                    parts
                        .iter()
                        .map(|known| (FieldName::new(known.name), Value::Nothing)),
                );
            }
            // What nobody documents is kept as it comes, so that a report can name it.
            _ => keep_unknown(name, json, fields),
        }
    }

    fn shape_part(&self, name: &str, part: &str, json: &Json, place: Place<'_>, fields: &mut Fields) {
        let full = format!("{name}.{part}");
        match self.known(&full) {
            Some(known) => {
                fields.insert(FieldName::from(full), known.holds.read(json, place));
            }
            // The type of a part is said by its name.
            None if part == "type" || self.internal.contains(&full.as_str()) => {}
            None => keep_unknown(&full, json, fields),
        }
    }

    fn shape_attributes(
        &self,
        bag: &str,
        json: &Json,
        place: Place<'_>,
        learned: &Learned,
        fields: &mut Fields,
    ) {
        for (name, json) in json.as_object().into_iter().flatten() {
            let full = format!("{bag}.{name}");
            let value = match self.known(&full) {
                Some(known) => known.holds.read(json, place),
                None => learned.read(self.name, name, json, place),
            };
            fields.insert(FieldName::from(full), value);
        }
    }

    fn known(&self, name: &str) -> Option<&'static Known> {
        self.known.iter().find(|known| known.name == name)
    }

    /// Whether a property never becomes a field of its own.
    pub(super) fn is_internal(&self, name: &str) -> bool {
        matches!(name, "id" | "type" | "workspace_id") || self.internal.contains(&name)
    }
}

/// What is empty says nothing.
fn keep_unknown(name: &str, json: &Json, fields: &mut Fields) {
    let value = fields::tree(json);
    if !value.is_empty() {
        fields.insert(FieldName::new(name), value);
    }
}

/// Contacts name their tags by id alone.
fn name_tags(fields: &mut Fields, learned: &Learned) {
    let Some(Value::List(tags)) = fields.get_mut(&FieldName::new("tags")) else {
        return;
    };
    for tag in tags {
        if let Value::Ref(reference) = tag
            && reference.label.is_none()
        {
            reference.label = learned.tags.get(reference.id.as_str()).cloned();
        }
    }
}

/// A teammate who has left is in no list, so that nothing can refer to one: the name is kept instead.
fn part_with_former(fields: &mut Fields, learned: &Learned) {
    if learned.admins.is_empty() {
        return;
    }
    let mut former: Vec<Value> = Vec::new();
    let mut is_former = |value: &Value| match value {
        Value::Ref(reference)
            if reference.object.as_str() == "admin"
                && !learned.admins.contains_key(reference.id.as_str()) =>
        {
            let id = || format!("teammate {}", reference.id);
            let name = Value::text(reference.label.clone().unwrap_or_else(id));
            if !former.contains(&name) {
                former.push(name);
            }
            true
        }
        _ => false,
    };
    for (_, value) in fields
        .iter_mut()
        .filter(|(name, _)| !SAYS_WHO.contains(&name.as_str()))
    {
        match value {
            Value::List(values) => values.retain(|value| !is_former(value)),
            value if is_former(value) => *value = Value::Nothing,
            _ => {}
        }
    }
    if !former.is_empty() {
        put(fields, FORMER, Value::List(former));
    }
}

/// Fields of which only the name is taken, which they have.
const SAYS_WHO: &[&str] = &[
    "author",
    "source.author",
    "assigned_to",
    "conversation_rating.teammate",
];
/// The names of teammates who have left, where they would be referred to.
const FORMER: &str = "former_teammates";

fn changed_at(properties: &Map<String, Json>) -> Option<Timestamp> {
    let at = properties.get("updated_at")?;
    match fields::moment(at) {
        Some(Value::Instant(at)) => Some(at),
        _ => None,
    }
}

/// Puts a derived value among the fields.
pub(super) fn put(fields: &mut Fields, name: &str, value: Value) {
    fields.insert(FieldName::new(name), value);
}

/// A property, or nothing.
pub(super) fn at<'a>(json: &'a Json, path: &[&str]) -> &'a Json {
    const NOTHING: &Json = &Json::Null;
    path.iter()
        .try_fold(json, |json, name| json.get(name))
        .unwrap_or(NOTHING)
}

/// A derived value of a property as it is known to be held.
pub(super) fn held(holds: Holds, json: &Json, path: &[&str], place: Place<'_>) -> Value {
    holds.read(at(json, path), place)
}
