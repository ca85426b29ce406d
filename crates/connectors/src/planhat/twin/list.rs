//! Lists: which records, in which order, which page, which properties.

use std::collections::{BTreeSet, HashMap};

use model::Timestamp;

use super::{
    models::{Expand, Filter, Model, Page},
    order::{Scope, Sort, Test},
    prose,
    raw::{Fields, plain, walk},
    record::{Refusal, object},
    revenue,
    state::State,
    switches::Switches,
    table::Table,
    user,
};

/// What a list is asked for.
struct Ask {
    limit: usize,
    offset: usize,
    sort: Sort,
    scope: Scope,
    /// The records that indexes left; none: all of the scope.
    slots: Option<BTreeSet<u32>>,
    now: Timestamp,
}

type Query = [(String, String)];

/// A page of a list, as JSON.
pub(super) fn page(
    state: &mut State,
    switches: &Switches,
    model: &Model,
    query: &Query,
    now: Timestamp,
) -> Result<String, Refusal> {
    let query = &usual(model, query);
    let ask = read(state, switches, model, query, now)?;
    let slots = match (&ask.slots, state.table_mut(model.table)) {
        (Some(slots), Some(table)) => among(table, &ask, slots),
        (None, Some(table)) => through(table, &ask),
        (_, None) => Vec::new(),
    };
    let wanted = Wanted::new(switches, model, query);
    let mut shown = HashMap::new();
    let mut out = String::with_capacity(slots.len() * 512 + 2);
    out.push('[');
    let table = state.table(model.table);
    for text in slots.iter().filter_map(|slot| table.text(*slot)) {
        if out.len() > 1 {
            out.push(',');
        }
        match model.look {
            Some(look) => {
                let mut record = object(text);
                look(switches, &mut record, now);
                let text = serde_json::to_string(&record).unwrap_or_default();
                wanted.show(state, &text, &mut shown, &mut out);
            }
            None => wanted.show(state, text, &mut shown, &mut out),
        }
    }
    out.push(']');
    Ok(out)
}

/// A request's parameters under their usual names.
fn usual(model: &Model, query: &Query) -> Vec<(String, String)> {
    let name = |name: &String| {
        let alias = model.aliases.iter().find(|(alias, _)| alias == name);
        alias.map_or_else(|| name.clone(), |(_, usual)| (*usual).to_owned())
    };
    query
        .iter()
        .map(|(key, value)| (name(key), value.clone()))
        .collect()
}

fn read(
    state: &State,
    switches: &Switches,
    model: &Model,
    query: &Query,
    now: Timestamp,
) -> Result<Ask, Refusal> {
    let (limit, offset) = match model.page {
        Page::Whole => (usize::MAX, 0),
        Page::UpTo { default, max } => {
            let limit = whole(query, "limit").filter(|limit| *limit > 0);
            if limit.is_some_and(|limit| limit > max) && switches.refuses_over_max {
                return Err(Refusal::bad(format!("limit must not be above {max}")));
            }
            let offset = whole(query, "offset").unwrap_or(0);
            (limit.unwrap_or(default).min(max), offset)
        }
    };
    let default_sort = if switches.oldest_first {
        ""
    } else {
        model.default_sort
    };
    let sort = value(query, "sort").map_or("", str::trim);
    let sort = if sort.is_empty() { default_sort } else { sort };
    let (descending, property) = match sort.strip_prefix('-') {
        Some(property) => (true, property),
        None => (false, sort),
    };
    let mut ask = Ask {
        limit,
        offset,
        sort: Sort {
            property: property.to_owned(),
            descending: descending && !property.is_empty(),
        },
        scope: Scope {
            kind: model.kind.map(str::to_owned),
            without: match value(query, model.archived) {
                Some("true") => "",
                _ => model.archived,
            },
            tests: Vec::new(),
        },
        slots: None,
        now,
    };
    ask.narrow_to_companies(state, switches, model, query)?;
    for filter in model.filters {
        ask.narrow(state.table(model.table), switches, query, filter);
    }
    Ok(ask)
}

impl Ask {
    fn narrow_to_companies(
        &mut self,
        state: &State,
        switches: &Switches,
        model: &Model,
        query: &Query,
    ) -> Result<(), Refusal> {
        if model.company_filter.is_empty() {
            return Ok(());
        }
        let mut companies = several(query, "companyId");
        if model.company_filter == "one" {
            companies.truncate(1);
        }
        if companies.is_empty() {
            return Ok(());
        }
        let known = |id: &String| state.table("company").slot(id).is_some();
        if switches.unknown_company_is_404 && !companies.iter().any(known) {
            return Err(Refusal::new(404, "no such company"));
        }
        let table = state.table(model.table);
        let slots = companies.iter().flat_map(|id| table.of_company(id));
        self.keep_only(slots.collect());
        Ok(())
    }

    fn narrow(&mut self, table: &Table, switches: &Switches, query: &Query, filter: &Filter) {
        let given = |name: &str| value(query, name).filter(|value| !value.is_empty());
        match *filter {
            Filter::By(name, key) => {
                if let Some(value) = given(name) {
                    self.keep_only(table.by(key, value).iter().copied().collect());
                }
            }
            Filter::ById(name) => {
                if let Some(id) = given(name) {
                    self.keep_only(table.slot(id).into_iter().collect());
                }
            }
            Filter::Belongs(name) => {
                let wanted = several(query, name);
                if !wanted.is_empty() {
                    self.keep_only(wanted.iter().flat_map(|id| table.of_company(id)).collect());
                }
            }
            Filter::Flagged(name, field) => match given(name) {
                Some("only") => self.scope.tests.push(Test::Flag(field, true)),
                Some("excluded") => self.scope.tests.push(Test::Flag(field, false)),
                _ => {}
            },
            Filter::From(..) | Filter::To(..) | Filter::Recent(..) => self.narrow_to_days(query, filter),
            Filter::Undocumented(..) if !switches.undocumented_filters => {}
            Filter::Equal(name, field) | Filter::Undocumented(name, field) => {
                let wanted = several(query, name);
                if wanted.is_empty() {
                } else if field == "type" && wanted.len() == 1 && self.scope.kind.is_none() {
                    self.scope.kind = wanted.into_iter().next();
                } else {
                    self.scope.tests.push(Test::Equal(field, wanted));
                }
            }
            Filter::Among(name, field) => {
                let wanted = several(query, name);
                if !wanted.is_empty() {
                    self.scope.tests.push(Test::Among(field, wanted));
                }
            }
            Filter::Within(name, field) => {
                if let Some(text) = given(name) {
                    self.scope.tests.push(Test::Within(field, text.to_lowercase()));
                }
            }
        }
    }

    fn narrow_to_days(&mut self, query: &Query, filter: &Filter) {
        let given = |name: &str| value(query, name).and_then(prose::day);
        let (field, first, last) = match *filter {
            Filter::From(name, field) => (field, given(name), None),
            Filter::To(name, field) => (field, None, given(name)),
            Filter::Recent(name, field, usual) => {
                let days = value(query, name).and_then(|days| days.trim().parse::<i64>().ok());
                let first = prose::days(self.now).saturating_sub(days.unwrap_or(usual));
                (field, Some(first), None)
            }
            _ => return,
        };
        if first.is_some() || last.is_some() {
            let (first, last) = (first.unwrap_or(i64::MIN), last.unwrap_or(i64::MAX));
            self.scope.tests.push(Test::Days(field, first, last));
        }
    }

    fn keep_only(&mut self, slots: BTreeSet<u32>) {
        self.slots = Some(match self.slots.take() {
            Some(kept) => kept.intersection(&slots).copied().collect(),
            None => slots,
        });
    }
}

/// The page of a few records that indexes found.
fn among(table: &Table, ask: &Ask, slots: &BTreeSet<u32>) -> Vec<u32> {
    let mut entries = Vec::with_capacity(slots.len());
    for slot in slots {
        let fields = Fields::read(table.text(*slot).unwrap_or_default());
        if ask.scope.holds(&fields) {
            entries.push(ask.sort.entry(&fields, *slot));
        }
    }
    entries.sort_by(|left, right| ask.sort.compare(left, right));
    let page = entries.iter().skip(ask.offset).take(ask.limit);
    page.map(|entry| entry.slot).collect()
}

/// The page of all records that fit: their order is made once and kept, so that a page costs what it holds.
fn through(table: &mut Table, ask: &Ask) -> Vec<u32> {
    let order = table.order(&ask.scope, &ask.sort);
    order.map_or(Vec::new(), |order| {
        order.from(ask.offset).take(ask.limit).collect()
    })
}

/// Which properties of a record are shown, and how.
struct Wanted<'a> {
    model: &'a Model,
    /// Their names; none: every property.
    names: Option<Vec<&'a str>>,
    hidden: &'static str,
    currencies: bool,
}

impl<'a> Wanted<'a> {
    fn new(switches: &Switches, model: &'a Model, query: &'a Query) -> Self {
        let listed = Some(model.listed).filter(|listed| !listed.is_empty());
        let listed = listed.map(|listed| listed.split_ascii_whitespace().collect::<Vec<_>>());
        let selected = value(query, "select").map(|select| {
            let words = select.split(',').map(str::trim);
            words.filter(|word| !word.is_empty()).collect::<Vec<_>>()
        });
        let names = match selected.filter(|selected| !selected.is_empty()) {
            Some(mut selected) => {
                if let Some(listed) = listed.filter(|_| switches.select_listed_only) {
                    selected.retain(|name| listed.contains(name));
                }
                Some(selected)
            }
            None => listed,
        };
        let hides_source = switches.hides_ticket_source_id && model.kind.is_some();
        Self {
            model,
            names,
            hidden: if hides_source { "sourceId" } else { "" },
            currencies: switches.expands_currency,
        }
    }

    fn takes(&self, name: &str) -> bool {
        let wanted = || self.names.as_ref().is_none_or(|names| names.contains(&name));
        name == "_id" || (name != self.hidden && wanted())
    }

    fn show(&self, state: &State, text: &str, shown: &mut HashMap<String, String>, out: &mut String) {
        out.push('{');
        let mut first = true;
        for (name, raw) in walk(text).filter(|(name, _)| self.takes(name)) {
            out.push_str(if first { "\"" } else { ",\"" });
            first = false;
            out.push_str(name);
            out.push_str("\":");
            let mut expanded = self.model.expanded.iter();
            match expanded.find(|(known, _)| *known == name) {
                Some((_, Expand::User)) => out.push_str(&user_object(state, raw, shown)),
                Some((_, Expand::Roles)) => out.push_str(&role_objects(raw)),
                Some((_, Expand::Currency)) if self.currencies => {
                    let object = plain(raw).map(|code| revenue::currency(&code).to_string());
                    out.push_str(object.as_deref().unwrap_or(raw));
                }
                Some((_, Expand::Currency)) | None => out.push_str(raw),
            }
        }
        out.push('}');
    }
}

/// A reference to a user as lists show it.
fn user_object(state: &State, raw: &str, shown: &mut HashMap<String, String>) -> String {
    let Some(id) = plain(raw) else {
        return raw.to_owned();
    };
    let object = || match state.field("user", &id, "nickName") {
        Some(name) => serde_json::json!({ "_id": id, "nickName": name }).to_string(),
        None => raw.to_owned(),
    };
    shown.entry(id.clone()).or_insert_with(object).clone()
}

fn role_objects(raw: &str) -> String {
    let roles: Vec<serde_json::Value> = serde_json::from_str(raw).unwrap_or_default();
    let roles = roles.into_iter().map(|role| match role.as_str() {
        Some(id) => user::role(id),
        None => role,
    });
    serde_json::Value::Array(roles.collect()).to_string()
}

/// The first parameter of that name.
fn value<'a>(query: &'a Query, name: &str) -> Option<&'a str> {
    query
        .iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.as_str())
}

/// Everything that the parameters of that name list, separated by commas.
fn several(query: &Query, name: &str) -> Vec<String> {
    let values = query.iter().filter(|(key, _)| key == name);
    let words = values.flat_map(|(_, value)| value.split(','));
    words
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// A whole number that is not negative, however large; nothing for anything else.
fn whole(query: &Query, name: &str) -> Option<usize> {
    let digits = value(query, name)?.trim();
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(usize::MAX))
}
