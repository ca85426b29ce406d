//! The records of one kind: as compact text, with an index for everything that is looked up.

use std::collections::{BTreeSet, HashMap};

use super::{
    order::{Order, Scope, Sort},
    raw::Fields,
};

/// How many orders a table keeps; the one that was not used for longest makes room.
const ORDERS: usize = 16;

/// What identifies a record besides `_id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    External,
    Source,
    Email,
}

/// Which fields a table's indexes are made of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    /// The field of the customer's own id.
    pub external: &'static str,
    /// The field of the company's id.
    pub company: &'static str,
    /// Whether e-mails that differ only in case are different.
    pub exact_email: bool,
}

/// The records of one kind.
pub(super) struct Table {
    layout: Layout,
    rows: Vec<Option<Box<str>>>,
    by_id: HashMap<Box<str>, u32>,
    external: Index,
    source: Index,
    email: Index,
    domain: Index,
    company: HashMap<Box<str>, BTreeSet<u32>>,
    orders: Vec<Order>,
    asked: u64,
}

type Index = HashMap<Box<str>, Vec<u32>>;

impl Key {
    /// The field that holds it.
    pub(super) fn field(self, layout: &Layout) -> &'static str {
        match self {
            Self::External => layout.external,
            Self::Source => "sourceId",
            Self::Email => "email",
        }
    }
}

impl Table {
    pub(super) fn new(layout: Layout) -> Self {
        Self {
            layout,
            rows: Vec::new(),
            by_id: HashMap::new(),
            external: Index::new(),
            source: Index::new(),
            email: Index::new(),
            domain: Index::new(),
            company: HashMap::new(),
            orders: Vec::new(),
            asked: 0,
        }
    }

    pub(super) fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The text of the record in a slot.
    pub(super) fn text(&self, slot: u32) -> Option<&str> {
        self.rows.get(usize::try_from(slot).ok()?)?.as_deref()
    }

    /// The slot of the record with this id.
    pub(super) fn slot(&self, id: &str) -> Option<u32> {
        self.by_id.get(id).copied()
    }

    /// The text of the record with this id.
    pub(super) fn get(&self, id: &str) -> Option<&str> {
        self.text(self.slot(id)?)
    }

    /// The slots of the records with this key, the oldest first.
    pub(super) fn by(&self, key: Key, value: &str) -> &[u32] {
        let found = match key {
            Key::External => self.external.get(value),
            Key::Source => self.source.get(value),
            Key::Email if self.layout.exact_email => self.email.get(value),
            Key::Email => self.email.get(value.to_lowercase().as_str()),
        };
        found.map_or(&[], Vec::as_slice)
    }

    /// The slots of the records that name this mail domain.
    pub(super) fn of_domain(&self, domain: &str) -> &[u32] {
        self.domain
            .get(domain.to_lowercase().as_str())
            .map_or(&[], Vec::as_slice)
    }

    /// The slots of the records that belong to a company, the oldest first. (Or to whatever else the layout's field
    /// names: comments belong to what was commented on, line items to a deal.)
    pub(super) fn of_company(&self, company: &str) -> impl Iterator<Item = u32> {
        self.company.get(company).into_iter().flatten().copied()
    }

    /// Every record's text, in the order of creation.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().filter_map(|row| row.as_deref())
    }

    /// Keeps a record under its id, in place of what was there.
    pub(super) fn put(&mut self, id: &str, text: String) {
        let slot = match self.slot(id) {
            Some(slot) => {
                self.forget(slot);
                slot
            }
            None => {
                // Four thousand million records do not fit into memory, so the count fits.
                let slot = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
                self.rows.push(None);
                self.by_id.insert(id.into(), slot);
                slot
            }
        };
        self.learn(slot, &text);
        if let Some(row) = usize::try_from(slot).ok().and_then(|at| self.rows.get_mut(at)) {
            *row = Some(text.into());
        }
    }

    /// Takes a record out.
    pub(super) fn remove(&mut self, id: &str) -> Option<Box<str>> {
        let slot = self.by_id.remove(id)?;
        self.forget(slot)
    }

    /// The order that holds a scope sorted this way, made if there is none.
    pub(super) fn order(&mut self, scope: &Scope, sort: &Sort) -> Option<&Order> {
        self.asked += 1;
        let known = self
            .orders
            .iter()
            .position(|order| order.scope == *scope && order.sort == *sort);
        let at = match known {
            Some(at) => at,
            None => self.add_order(scope, sort),
        };
        let order = self.orders.get_mut(at)?;
        order.used = self.asked;
        Some(order)
    }

    fn add_order(&mut self, scope: &Scope, sort: &Sort) -> usize {
        if self.orders.len() >= ORDERS {
            let oldest = self.orders.iter().enumerate().min_by_key(|(_, order)| order.used);
            if let Some(at) = oldest.map(|(at, _)| at) {
                self.orders.swap_remove(at);
            }
        }
        let mut entries = Vec::with_capacity(self.by_id.len());
        for (slot, row) in (0u32..).zip(&self.rows) {
            let Some(text) = row else { continue };
            let fields = match (*scope == Scope::default(), sort.property.as_str()) {
                (true, "") => Fields::default(),
                (true, property) => Fields::only(text, property),
                (false, _) => Fields::read(text),
            };
            if scope.holds(&fields) {
                entries.push(sort.entry(&fields, slot));
            }
        }
        self.orders.push(Order::new(scope.clone(), sort.clone(), entries));
        self.orders.len() - 1
    }

    fn learn(&mut self, slot: u32, text: &str) {
        let fields = Fields::read(text);
        for (index, key) in self.keys_of(&fields) {
            let slots = self.index(index).entry(key.into()).or_default();
            let place = slots.partition_point(|other| *other < slot);
            slots.insert(place, slot);
        }
        for company in self.companies_of(&fields) {
            self.company.entry(company.into()).or_default().insert(slot);
        }
        for order in &mut self.orders {
            if order.scope.holds(&fields) {
                order.insert(order.sort.entry(&fields, slot));
            }
        }
    }

    fn forget(&mut self, slot: u32) -> Option<Box<str>> {
        let text = self.rows.get_mut(usize::try_from(slot).ok()?)?.take()?;
        let fields = Fields::read(&text);
        for (index, key) in self.keys_of(&fields) {
            let index = self.index(index);
            if let Some(slots) = index.get_mut(key.as_str()) {
                slots.retain(|other| *other != slot);
                if slots.is_empty() {
                    index.remove(key.as_str());
                }
            }
        }
        for company in self.companies_of(&fields) {
            if let Some(slots) = self.company.get_mut(company.as_str()) {
                slots.remove(&slot);
                if slots.is_empty() {
                    self.company.remove(company.as_str());
                }
            }
        }
        for order in &mut self.orders {
            if order.scope.holds(&fields) {
                order.remove(&order.sort.entry(&fields, slot));
            }
        }
        Some(text)
    }

    /// One company, or several where the field is a list.
    fn companies_of(&self, fields: &Fields<'_>) -> Vec<String> {
        match fields.raw(self.layout.company) {
            Some(raw) if raw.starts_with('[') => fields.texts(self.layout.company),
            Some(_) => fields.text(self.layout.company).into_iter().collect(),
            None => Vec::new(),
        }
    }

    fn keys_of(&self, fields: &Fields<'_>) -> Vec<(Which, String)> {
        let mut keys = Vec::with_capacity(4);
        let mut add = |which, key: Option<String>| {
            if let Some(key) = key.filter(|key| !key.is_empty()) {
                keys.push((which, key));
            }
        };
        add(Which::External, fields.text(self.layout.external));
        add(Which::Source, fields.text("sourceId"));
        let email = fields.text("email");
        let exact = self.layout.exact_email;
        add(
            Which::Email,
            email.map(|email| if exact { email } else { email.to_lowercase() }),
        );
        let domains: BTreeSet<String> = fields
            .texts("domains")
            .iter()
            .map(|domain| domain.to_lowercase())
            .collect();
        for domain in domains {
            add(Which::Domain, Some(domain));
        }
        keys
    }

    fn index(&mut self, which: Which) -> &mut Index {
        match which {
            Which::External => &mut self.external,
            Which::Source => &mut self.source,
            Which::Email => &mut self.email,
            Which::Domain => &mut self.domain,
        }
    }
}

#[derive(Clone, Copy)]
enum Which {
    External,
    Source,
    Email,
    Domain,
}
