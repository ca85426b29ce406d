//! What each model is called, where it lives and what is particular to it: a model more is a description more.

use super::{
    activity, comment, company, conversation, custom_field, deal, enduser, issue, legacy, license, metric,
    nps,
    record::{FieldMap, Refusal, Scene},
    revenue,
    state::State,
    switches::Switches,
    table::Key,
    task, ticket, time, user, work,
};

/// What a token may do with a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    View,
    Create,
    Update,
    Delete,
}

impl Verb {
    /// The verbs by the names of Planhat's permission list.
    pub(super) const NAMES: [(&'static str, Self); 4] = [
        ("view", Self::View),
        ("create", Self::Create),
        ("update", Self::Update),
        ("delete", Self::Delete),
    ];
}

/// How a model's properties are typed: words, separated by spaces.
#[derive(Clone, Copy)]
pub(super) struct Properties {
    pub text: &'static str,
    pub number: &'static str,
    pub flag: &'static str,
    pub date: &'static str,
    /// Whole days since 1970.
    pub day: &'static str,
    pub list: &'static str,
    pub object: &'static str,
    pub any: &'static str,
    /// Made by Planhat; what a client writes there is passed over.
    pub automatic: &'static str,
    /// Read from a request and not kept.
    pub request: &'static str,
}

/// Within what a key is unique.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Within {
    Model,
    Company,
}

/// A list parameter besides the common ones.
#[derive(Clone, Copy)]
pub(super) enum Filter {
    /// Looks records up by a key.
    By(&'static str, Key),
    /// Looks a record up by `_id`.
    ById(&'static str),
    /// Compares a property with one or more texts.
    Equal(&'static str, &'static str),
    /// The same, where only some clients say that it works.
    Undocumented(&'static str, &'static str),
    /// Looks for one or more ids in a list of people.
    Among(&'static str, &'static str),
    /// Looks for a text within a property.
    Within(&'static str, &'static str),
    /// Looks for what belongs to one or more records: the property that the table keeps together.
    Belongs(&'static str),
    /// `only` or `excluded`: whether a flag is set.
    Flagged(&'static str, &'static str),
    /// From this day on.
    From(&'static str, &'static str),
    /// Up to and including this day.
    To(&'static str, &'static str),
    /// Not older than so many days; so many unless the request says another number.
    Recent(&'static str, &'static str, i64),
}

/// How a list shows a reference.
#[derive(Clone, Copy)]
pub(super) enum Expand {
    /// `{_id, nickName}`.
    User,
    /// `[{_id, name, description}]`.
    Roles,
    /// `{_id, symbol, …}`, where a setting asks for it.
    Currency,
}

/// How many records a page of a list holds.
#[derive(Clone, Copy)]
pub(super) enum Page {
    UpTo { default: usize, max: usize },
    Whole,
}

/// What a delete answers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Deleted {
    Record,
    Count,
    Other,
}

/// What a write does to other records, given the record before and after.
type After = fn(&mut State, &Switches, Option<&FieldMap>, &FieldMap, model::Timestamp);

/// How a read changes what is shown.
type Look = fn(&Switches, &mut FieldMap, model::Timestamp);

/// One model.
pub(super) struct Model {
    /// What permissions and dumps call it.
    pub name: &'static str,
    /// The first segment of its paths.
    pub path: &'static str,
    /// The model whose records it shows.
    pub table: &'static str,
    /// C(reate) U(pdate) G(et) L(ist) D(elete) B(ulk).
    pub operations: &'static str,
    pub page: Page,
    /// What may stand in for `_id` in the path of a read.
    pub get_keys: &'static [Key],
    /// The same for an update.
    pub put_keys: &'static [Key],
    /// What a bulk record is matched by after `_id`, the strongest first.
    pub bulk_keys: &'static [Key],
    /// Whether a bulk write may be a single object.
    pub bulk_of_one: bool,
    /// The property of the customer's own id.
    pub external: &'static str,
    /// The property of the company's id, or of whatever else the table keeps its records together by.
    pub company: &'static str,
    /// Whether `companyId` filters: not, one id, several.
    pub company_filter: &'static str,
    /// What a create needs.
    pub required: &'static [&'static str],
    /// What a create within a bulk write needs besides.
    pub bulk_required: &'static [&'static str],
    /// What a create needs at least one of.
    pub one_of: &'static [&'static str],
    pub unique: &'static [(Key, Within)],
    pub properties: Properties,
    /// What a fresh record holds, as JSON.
    pub defaults: &'static str,
    /// What list records hold; empty: everything.
    pub listed: &'static str,
    /// What the answers to writes leave out.
    pub hidden_after_write: &'static str,
    /// What a read of one record leaves out.
    pub hidden: &'static str,
    /// What a read of one record adds where it is absent, as JSON.
    pub added: &'static str,
    pub expanded: &'static [(&'static str, Expand)],
    pub filters: &'static [Filter],
    /// Other names of list parameters, each with the usual one.
    pub aliases: &'static [(&'static str, &'static str)],
    /// Whether it shows the records of another model.
    pub face: bool,
    /// Whether its paths exist.
    pub exists: fn(&Switches) -> bool,
    /// Only records of this type belong to it.
    pub kind: Option<&'static str>,
    /// How lists are sorted unless they are asked for another way.
    pub default_sort: &'static str,
    /// The flag of archived records, which lists leave out unless a parameter of that name is true; empty: none.
    pub archived: &'static str,
    /// The properties that a write stamps with its time.
    pub stamps: &'static [&'static str],
    pub deleted: Deleted,
    /// Turns a request into the model's own words before anything else.
    pub arrive: fn(&Scene<'_>, FieldMap) -> Result<FieldMap, Refusal>,
    /// Fills in and checks what is particular to the model.
    pub complete: fn(&Scene<'_>, &mut FieldMap) -> Result<(), Refusal>,
    /// What a write does to other records.
    pub after: After,
    /// What a delete does to other records.
    pub removed: fn(&mut State, &FieldMap, model::Timestamp),
    /// How a read differs from the stored record, which depends on the day or on a setting.
    pub look: Option<Look>,
    /// What a read of one record holds besides, from other tables.
    pub embed: fn(&State, &mut FieldMap),
    /// What the answer to a create holds besides the record.
    pub extras: fn(&State, &mut FieldMap),
    /// How the answer to an update differs from the record.
    pub echo: fn(&mut FieldMap),
}

/// No property at all.
pub(super) const NO_PROPERTIES: Properties = Properties {
    text: "",
    number: "",
    flag: "",
    date: "",
    day: "",
    list: "",
    object: "",
    any: "",
    automatic: "",
    request: "",
};

/// A model without anything particular.
pub(super) const PLAIN: Model = Model {
    name: "",
    path: "",
    table: "",
    operations: "CUGLDB",
    page: Page::UpTo {
        default: 100,
        max: 2000,
    },
    get_keys: &[Key::External, Key::Source],
    put_keys: &[Key::External, Key::Source],
    bulk_keys: &[Key::Source, Key::External],
    bulk_of_one: false,
    external: "externalId",
    company: "companyId",
    company_filter: "one",
    required: &[],
    bulk_required: &[],
    one_of: &[],
    unique: &[(Key::External, Within::Company), (Key::Source, Within::Model)],
    properties: NO_PROPERTIES,
    defaults: "{}",
    listed: "",
    hidden_after_write: "",
    hidden: "",
    added: "{}",
    expanded: &[],
    filters: &[],
    aliases: &[],
    face: false,
    exists: |_| true,
    kind: None,
    default_sort: "",
    archived: "",
    stamps: &["updatedAt"],
    deleted: Deleted::Other,
    arrive: |_, body| Ok(body),
    complete: |_, _| Ok(()),
    after: |_, _, _, _, _| {},
    removed: |_, _, _| {},
    look: None,
    embed: |_, _| {},
    extras: |_, _| {},
    echo: |_| {},
};

/// Every model.
pub(super) static MODELS: &[Model] = &[
    company::COMPANY,
    company::LEAN,
    enduser::ENDUSER,
    user::USER,
    conversation::CONVERSATION,
    ticket::TICKET,
    task::TASK,
    license::LICENSE,
    revenue::SALE,
    revenue::INVOICE,
    revenue::CHURN,
    revenue::OPPORTUNITY,
    deal::DEAL,
    deal::LINE_ITEM,
    deal::PRODUCT,
    work::ASSET,
    work::CAMPAIGN,
    work::OBJECTIVE,
    work::PROJECT,
    work::WORKSPACE,
    work::WORKFLOW,
    issue::ISSUE,
    nps::NPS,
    time::TIME_ENTRY,
    time::TIMESHEET,
    comment::COMMENT,
    custom_field::CUSTOM_FIELD,
    metric::METRIC,
    activity::ACTIVITY,
    legacy::CALL,
    legacy::SEGMENT,
    legacy::ACTIVITY_TAG,
];

impl Model {
    /// Whether it offers an operation.
    pub(super) fn offers(&self, operation: char) -> bool {
        self.operations.contains(operation)
    }

    /// Whether it is the model that a table belongs to.
    pub(super) fn owns_table(&self) -> bool {
        !self.face
    }
}

/// The model with that first path segment.
pub(super) fn by_path(path: &str) -> Option<&'static Model> {
    MODELS.iter().find(|model| model.path == path)
}

/// The model that a table belongs to.
pub(super) fn of_table(table: &str) -> Option<&'static Model> {
    MODELS
        .iter()
        .find(|model| model.owns_table() && model.table == table)
}

/// Whether a word is in a list of words.
pub(super) fn has(words: &str, word: &str) -> bool {
    words.split_ascii_whitespace().any(|known| known == word)
}
