//! Everything that a twin remembers.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    io::{self, BufRead, Write},
    sync::LazyLock,
};

use model::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};

use super::{
    models::{MODELS, Model},
    prose,
    raw::Fields,
    record::{FieldMap, object, text_of},
    table::{Key, Layout, Table},
};

/// The types that every workspace has.
pub(super) const BASE_TYPES: [&str; 6] = ["note", "email", "chat", "ticket", "call", "meeting"];

/// The types that only Planhat itself makes.
pub(super) const RESERVED_TYPES: [&str; 4] = ["email", "chat", "ticket", "call"];

/// The name of the service account that the token belongs to.
pub(super) const ACCOUNT_NAME: &str = "Test user";

static EMPTY: LazyLock<Table> = LazyLock::new(|| Table::new(layout("", "", false)));

/// The records, the workspace's own conversation types, and where ids go on.
pub(super) struct State {
    seed: u64,
    counter: u64,
    changed: bool,
    types: Vec<String>,
    tables: BTreeMap<&'static str, Table>,
    /// What has to be worked out again before the next request, as table and id.
    stale: BTreeSet<(&'static str, String)>,
}

/// The first line of a saved state.
#[derive(Serialize, Deserialize)]
struct Head {
    twin: String,
    version: u32,
    seed: u64,
    counter: u64,
    types: Vec<String>,
}

fn layout(external: &'static str, company: &'static str, exact_email: bool) -> Layout {
    Layout {
        external,
        company,
        exact_email,
    }
}

impl State {
    pub(super) fn new(types: &[String], exact_email: bool) -> Self {
        let owners = MODELS.iter().filter(|model| model.owns_table());
        let tables = owners.map(|model| {
            let layout = layout(model.external, model.company, exact_email);
            (model.table, Table::new(layout))
        });
        let mut state = Self {
            seed: 0x5eed,
            counter: 0,
            changed: false,
            types: Vec::new(),
            tables: tables.collect(),
            stale: BTreeSet::new(),
        };
        for name in types {
            state.add_type(name);
        }
        state
    }

    /// A model's records.
    pub(super) fn table(&self, name: &str) -> &Table {
        self.tables.get(name).unwrap_or(&EMPTY)
    }

    /// A model's records, to look at in an order that may have to be made.
    pub(super) fn table_mut(&mut self, name: &str) -> Option<&mut Table> {
        self.tables.get_mut(name)
    }

    /// Keeps a record.
    pub(super) fn put(&mut self, model: &Model, id: &str, record: &FieldMap) {
        self.changed = true;
        if let Some(table) = self.tables.get_mut(model.table) {
            // A map of JSON values is always JSON.
            table.put(id, serde_json::to_string(record).unwrap_or_default());
        }
    }

    /// Takes a record out.
    pub(super) fn remove(&mut self, model: &Model, id: &str) {
        if let Some(table) = self.tables.get_mut(model.table) {
            self.changed |= table.remove(id).is_some();
        }
    }

    /// Has a record worked out again once the request is done, however many of its parts the request wrote.
    pub(super) fn work_out_later(&mut self, table: &'static str, id: &str) {
        self.stale.insert((table, id.to_owned()));
    }

    /// What has to be worked out again.
    pub(super) fn take_stale(&mut self) -> BTreeSet<(&'static str, String)> {
        std::mem::take(&mut self.stale)
    }

    /// The records that belong to a company, or to whatever else their table keeps them together by.
    pub(super) fn of_company(&self, table: &str, company: &str) -> impl Iterator<Item = FieldMap> {
        let table = self.table(table);
        let texts = table.of_company(company).filter_map(|slot| table.text(slot));
        texts.map(object)
    }

    /// Whether anything changed since this was asked last.
    pub(super) fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }

    /// A record.
    pub(super) fn get(&self, table: &str, id: &str) -> Option<FieldMap> {
        self.table(table).get(id).map(object)
    }

    /// The records with a key, the oldest first.
    pub(super) fn by(&self, table: &str, key: Key, value: &str) -> Vec<FieldMap> {
        let table = self.table(table);
        let slots = table.by(key, value).iter();
        slots.filter_map(|slot| table.text(*slot)).map(object).collect()
    }

    /// An id that no record has: the time, the seed and a count, as Mongo's are made.
    pub(super) fn fresh_id(&mut self, now: Timestamp) -> String {
        self.counter += 1;
        let seconds = u32::try_from(now.as_second()).unwrap_or(0);
        let seed = self.seed & 0xff_ffff;
        let count = self.counter & 0xff_ffff_ffff;
        format!("{seconds:08x}{seed:06x}{count:010x}")
    }

    /// How many ids were made so far: what running numbers go on from.
    pub(super) fn ids_made(&self) -> u64 {
        self.counter
    }

    /// The id of the service account that the token belongs to.
    pub(super) fn account_id(&self) -> String {
        format!("610015551b990c65{:08x}", self.seed & 0xffff_ffff)
    }

    /// Where ids go on from.
    pub(super) fn reseed(&mut self, seed: u64) {
        self.seed = seed;
    }

    /// Whether the workspace has defined that conversation type.
    pub(super) fn is_custom_type(&self, name: &str) -> bool {
        self.types.iter().any(|known| known == name)
    }

    /// Whether there is that conversation type.
    pub(super) fn is_type(&self, name: &str) -> bool {
        BASE_TYPES.contains(&name) || self.is_custom_type(name)
    }

    /// The workspace's own conversation types.
    pub(super) fn types(&self) -> &[String] {
        &self.types
    }

    /// Defines a conversation type.
    pub(super) fn add_type(&mut self, name: &str) {
        if !name.is_empty() && !self.is_type(name) {
            self.types.push(name.to_owned());
        }
    }

    /// The names of a model's custom fields.
    pub(super) fn custom_fields(&self, table: &str) -> HashSet<String> {
        let records = self.table("customfield").texts().map(Fields::read);
        records
            .filter(|fields| {
                fields
                    .text("parent")
                    .is_some_and(|parent| parent.eq_ignore_ascii_case(table))
            })
            .filter_map(|fields| fields.text("name"))
            .collect()
    }

    /// The id of the company that a reference means: an id, `extid-` or `srcid-`.
    pub(super) fn company(&self, reference: &str) -> Option<String> {
        let companies = self.table("company");
        let slot = if let Some(key) = reference.strip_prefix("extid-") {
            companies.by(Key::External, key).first().copied()
        } else if let Some(key) = reference.strip_prefix("srcid-") {
            companies.by(Key::Source, key).first().copied()
        } else {
            companies.slot(reference)
        };
        self.id_in("company", slot?)
    }

    /// The id of the company that has this mail domain.
    pub(super) fn company_of_domain(&self, domain: &str) -> Option<String> {
        let slot = self.table("company").of_domain(domain).first()?;
        self.id_in("company", *slot)
    }

    /// The id of the record in a slot.
    pub(super) fn id_in(&self, table: &str, slot: u32) -> Option<String> {
        Fields::only(self.table(table).text(slot)?, "_id").text("_id")
    }

    /// A record's field as text.
    pub(super) fn field(&self, table: &str, id: &str, name: &str) -> Option<String> {
        let text = Fields::only(self.table(table).get(id)?, name).text(name)?;
        Some(text).filter(|text| !text.is_empty())
    }

    /// What people call a contact.
    pub(super) fn enduser_name(&self, id: &str) -> Option<String> {
        let fields = Fields::read(self.table("enduser").get(id)?);
        let full = || {
            let names = [fields.text("firstName"), fields.text("lastName")];
            names.into_iter().flatten().collect::<Vec<_>>().join(" ")
        };
        [fields.text("name"), Some(full()), fields.text("email")]
            .into_iter()
            .flatten()
            .find(|name| !name.trim().is_empty())
    }

    /// Gives a company's records its new name.
    pub(super) fn rename_company(&mut self, id: &str, name: &Value) {
        for model in MODELS.iter().filter(|model| model.owns_table()) {
            let label = match model.company {
                "companyId" => "companyName",
                "cId" => "cName",
                "companyIds" => "companies",
                _ => continue,
            };
            let records: Vec<FieldMap> = self.of_company(model.table, id).collect();
            for mut record in records {
                match record.get_mut(label) {
                    Some(Value::Array(companies)) => rename(companies, id, name),
                    _ => {
                        record.insert(label.to_owned(), name.clone());
                    }
                }
                if let Some(id) = text_of(&record, "_id") {
                    self.put(model, &id, &record);
                }
            }
        }
    }

    /// Changes a company, and stamps the change.
    pub(super) fn touch_company(&mut self, mut company: FieldMap, now: Timestamp) {
        let Some(id) = text_of(&company, "_id") else {
            return;
        };
        for stamp in super::company::COMPANY.stamps {
            company.insert((*stamp).to_owned(), prose::iso(now).into());
        }
        self.put(&super::company::COMPANY, &id, &company);
    }

    /// Writes everything as lines of JSON.
    pub(super) fn save(&self, out: &mut dyn Write) -> io::Result<()> {
        let head = Head {
            twin: "planhat".to_owned(),
            version: 1,
            seed: self.seed,
            counter: self.counter,
            types: self.types.clone(),
        };
        serde_json::to_writer(&mut *out, &head)?;
        writeln!(out)?;
        for (name, table) in &self.tables {
            for text in table.texts() {
                writeln!(out, "{{\"{name}\":{text}}}")?;
            }
        }
        Ok(())
    }

    /// Reads what `save` wrote.
    pub(super) fn load(input: &mut dyn BufRead, exact_email: bool) -> io::Result<Self> {
        let mut line = String::new();
        input.read_line(&mut line)?;
        let head: Head = serde_json::from_str(&line)?;
        if head.twin != "planhat" || head.version != 1 {
            return Err(odd("this is not the state of a Planhat twin"));
        }
        let mut state = Self::new(&head.types, exact_email);
        state.seed = head.seed;
        state.counter = head.counter;
        loop {
            line.clear();
            if input.read_line(&mut line)? == 0 {
                return Ok(state);
            }
            state.load_line(line.trim_end())?;
        }
    }

    fn load_line(&mut self, line: &str) -> io::Result<()> {
        let kept: BTreeMap<String, &RawValue> = serde_json::from_str(line)?;
        for (name, raw) in kept {
            let id = Fields::read(raw.get()).text("_id");
            let id = id.ok_or_else(|| odd("a saved record has no id"))?;
            let table = self.tables.get_mut(name.as_str());
            let table = table.ok_or_else(|| odd("a saved record belongs to no model"))?;
            table.put(&id, raw.get().to_owned());
        }
        Ok(())
    }
}

fn rename(companies: &mut [Value], id: &str, name: &Value) {
    let known = |company: &&mut Value| company.get("id").and_then(Value::as_str) == Some(id);
    for company in companies.iter_mut().filter(known) {
        if let Some(company) = company.as_object_mut() {
            company.insert("name".to_owned(), name.clone());
        }
    }
}

fn odd(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
