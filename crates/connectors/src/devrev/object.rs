//! What every object's file says of it: where it is read and written, and which fields it has.

use std::borrow::Cow;

use model::{Fault, FaultKind, Field, FieldKind, FieldName, ObjectName, RichFormat};

use super::{
    account, article, comment, contact, conversation, custom, dev_user, directory, group, issue, link,
    meeting, part, tag, ticket,
};

/// An object of DevRev. Those that a customer made are known by name only at run time.
#[derive(Clone)]
pub(super) struct Object {
    /// Our name of it.
    pub(super) name: Cow<'static, str>,
    /// What a person calls it.
    pub(super) title: Cow<'static, str>,
    /// Its calls.
    pub(super) calls: Calls,
    /// The member an answer shows one under.
    pub(super) one: &'static str,
    /// The member a list shows them under.
    pub(super) many: &'static str,
    /// What the customisation calls name it; none: custom fields are not for us.
    pub(super) leaf: Option<Cow<'static, str>>,
    /// The value that `type` needs in requests.
    pub(super) kind: Option<&'static str>,
    /// How a list is asked for what changed.
    pub(super) since: Since,
    /// Whether a list takes `sort_by`.
    pub(super) sorts: bool,
    /// Where our key is stored.
    pub(super) key: Key,
    /// Its own fields.
    pub(super) stock: &'static [Stock],
}

/// An object's calls and what each is for.
#[derive(Clone, Copy)]
pub(super) struct Calls {
    pub(super) list: (&'static str, &'static str),
    pub(super) get: (&'static str, &'static str),
    pub(super) create: Option<(&'static str, &'static str)>,
    pub(super) update: Option<(&'static str, &'static str)>,
    pub(super) delete: Option<(&'static str, &'static str)>,
}

impl Calls {
    /// Of what is read only.
    pub(super) const fn reading(
        list: (&'static str, &'static str),
        get: (&'static str, &'static str),
    ) -> Self {
        Self {
            list,
            get,
            create: None,
            update: None,
            delete: None,
        }
    }
}

/// How a list is asked for what changed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Since {
    /// It cannot be.
    Never,
    /// `{after}`
    Moment,
    /// `{type: "range", after}`
    Range,
}

/// Where our key is stored.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// Nowhere.
    Nowhere,
    /// Among `external_refs`.
    Refs,
    /// In `external_ref`.
    Ref,
    /// In our custom field, and in `external_ref` where the API has it.
    FieldAndRef,
    /// In our custom field.
    Field,
    /// In `external_ref`, unique among what is said about one record.
    Timeline,
    /// In the name of the file that holds its text.
    TextFile,
    /// Nowhere; these fields together tell one from another.
    Likeness(&'static [&'static str]),
    /// In `unique_key`, and in our custom field, which a list is sure to be filtered by.
    Unique,
}

/// A field of DevRev's own.
#[derive(Clone, Copy)]
pub(super) struct Stock {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) holds: Holds,
    pub(super) write: Write,
    pub(super) required: bool,
    /// Whether no answer shows it.
    pub(super) hidden: bool,
}

/// What a field holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    Text(Option<usize>),
    Rich,
    Bool,
    Instant,
    Choice(&'static [&'static str]),
    /// A word that DevRev writes as a number.
    Level(&'static [(&'static str, i64)]),
    /// A stage by its name.
    Stage(&'static [&'static str]),
    Ref(&'static str),
    RefAny(&'static [&'static str]),
    Texts,
    Refs(&'static str),
    RefsAny(&'static [&'static str]),
    Visibility,
    /// Files that were brought before, by their ids.
    Files,
    /// Tags by their names.
    Tags,
}

/// How a field is written. DevRev's updates are irregular.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Write {
    /// Not by us.
    Never,
    /// At creation only.
    Once,
    /// The same in both; emptied by an empty text or list.
    Plain,
    /// The same in both; emptied by `null`.
    Nullable,
    /// Plain at creation; `{"set": […]}` in updates.
    Set,
    /// Plain at creation; by calls of its own later.
    Association,
    /// By calls of its own, and never shown with the record.
    Apart,
}

const N_OBJECTS: usize = 14;

static ALL: [&Object; N_OBJECTS] = [
    &group::OBJECT,
    &dev_user::OBJECT,
    &account::OBJECT,
    &contact::OBJECT,
    &ticket::OBJECT,
    &issue::OBJECT,
    &conversation::OBJECT,
    &meeting::OBJECT,
    &comment::OBJECT,
    &tag::OBJECT,
    &part::OBJECT,
    &directory::OBJECT,
    &article::OBJECT,
    &link::OBJECT,
];

/// Every object, in the order of references.
pub(super) fn all() -> [&'static Object; N_OBJECTS] {
    ALL
}

/// The object of that name.
pub(super) fn by_name(name: &ObjectName) -> Result<Cow<'static, Object>, Fault> {
    let found = ALL.into_iter().find(|object| object.name == name.as_str());
    let custom = || custom::named(name.as_str()).map(Cow::Owned);
    found.map(Cow::Borrowed).or_else(custom).ok_or_else(|| {
        let names = ALL.map(|object| object.name.as_ref()).join(", ");
        Fault::new(
            FaultKind::Settings,
            format!("looking for the object `{name}` in DevRev"),
        )
        .hint(format!(
            "DevRev has {names}, and custom objects as `custom:<leaf type>`"
        ))
    })
}

/// Fields that many objects have, and that we only read.
pub(super) const NAME: Stock = Stock::new("name", "Name", Holds::Text(None), Write::Never);
pub(super) const DESCRIPTION: Stock =
    Stock::new("description", "Description", Holds::Text(None), Write::Never);
pub(super) const DISPLAY_ID: Stock = Stock::new("display_id", "Display id", Holds::Text(None), Write::Never);
pub(super) const CREATED: Stock = Stock::new("created_date", "Created", Holds::Instant, Write::Never);

impl Object {
    /// What is read whole and never written as a record.
    pub(super) const fn reading(
        (one, title, many): (&'static str, &'static str, &'static str),
        calls: Calls,
        stock: &'static [Stock],
    ) -> Self {
        Self {
            name: Cow::Borrowed(one),
            title: Cow::Borrowed(title),
            calls,
            one,
            many,
            leaf: None,
            kind: None,
            since: Since::Never,
            sorts: true,
            key: Key::Nowhere,
            stock,
        }
    }

    pub(super) fn field(&self, name: &str) -> Option<&'static Stock> {
        self.stock.iter().find(|stock| stock.name == name)
    }

    /// Whether it is one of the works, which share their calls.
    pub(super) fn is_work(&self) -> bool {
        self.one == "work"
    }

    /// Whether there is one list of all of them.
    pub(super) fn is_listed(&self) -> bool {
        self.key != Key::Timeline && self.name != "link"
    }

    /// Whether only recipes that ask for more than the usual need it.
    pub(super) fn is_optional(&self) -> bool {
        let name = self.name.as_ref();
        self.is_custom()
            || matches!(
                name,
                "group" | "issue" | "meeting" | "comment" | "directory" | "article" | "link"
            )
    }

    /// Whether a customer made its kind.
    pub(super) fn is_custom(&self) -> bool {
        self.key == Key::Unique
    }

    /// Whether its answers show custom fields. What they do not show is not known to be empty.
    pub(super) fn shows_custom(&self) -> bool {
        self.key != Key::TextFile
    }

    /// Whether our custom field holds its key.
    pub(super) fn has_key_field(&self) -> bool {
        matches!(self.key, Key::Field | Key::FieldAndRef | Key::Unique)
    }
}

impl Stock {
    pub(super) const fn new(name: &'static str, title: &'static str, holds: Holds, write: Write) -> Self {
        Self {
            name,
            title,
            holds,
            write,
            required: false,
            hidden: false,
        }
    }

    /// Whether it refers to another record.
    pub(super) fn names_a_record(&self) -> bool {
        matches!(self.holds, Holds::Ref(_) | Holds::RefAny(_))
    }

    pub(super) const fn required(self) -> Self {
        Self {
            required: true,
            ..self
        }
    }

    pub(super) const fn hidden(self) -> Self {
        Self { hidden: true, ..self }
    }

    pub(super) fn field(&self) -> Field {
        Field {
            name: FieldName::new(self.name),
            title: self.title.to_owned(),
            kind: self.holds.kind(),
            writable: self.write != Write::Never,
            required: self.required,
            custom: false,
            id: None,
        }
    }
}

impl Holds {
    fn kind(self) -> FieldKind {
        let words = |values: &[&str]| FieldKind::Choice {
            values: values.iter().map(|&value| value.to_owned()).collect(),
        };
        let reference = |object: &str| FieldKind::Ref {
            object: ObjectName::new(object),
        };
        let any = |objects: &[&str]| FieldKind::RefAny {
            objects: objects.iter().map(ObjectName::new).collect(),
        };
        match self {
            Self::Text(max) => FieldKind::Text { max },
            // A longer text goes on in comments, so there is no limit to speak of.
            Self::Rich => FieldKind::Rich {
                format: RichFormat::CommonMark,
                max: None,
            },
            Self::Bool => FieldKind::Bool,
            Self::Instant => FieldKind::Instant,
            Self::Choice(values) | Self::Stage(values) => words(values),
            Self::Level(levels) => FieldKind::Choice {
                values: levels.iter().map(|(word, _)| (*word).to_owned()).collect(),
            },
            Self::Ref(object) => reference(object),
            Self::Texts | Self::Tags => FieldKind::List(Box::new(FieldKind::Text { max: None })),
            Self::Refs(object) => FieldKind::List(Box::new(reference(object))),
            Self::RefAny(objects) => any(objects),
            Self::RefsAny(objects) => FieldKind::List(Box::new(any(objects))),
            Self::Visibility => FieldKind::Visibility,
            Self::Files => FieldKind::List(Box::new(FieldKind::File)),
        }
    }
}
