//! Those who edit both sides, through the same doors as anybody.

mod desk;
mod left;
mod merging;
mod parting;
mod right;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use connectors::Wire;
use connectors::kit::{Request, TwinWire};
use http::{Method, header::AUTHORIZATION};
use serde_json::{Value, json};

use crate::{
    clock::{SimClock, at_once},
    counts::{Befell, Counts},
    dice::Dice,
    world::Twins,
};

pub use parting::Parting;

/// The token of both twins.
pub const TOKEN: &str = "sim";

/// Those who edit.
pub struct People {
    twins: Twins,
    clock: Arc<SimClock>,
    counts: Arc<Counts>,
    dice: Dice,
    number: u64,
    /// What was done, in words, for whoever replays a seed.
    pub diary: Vec<String>,
    /// What people did on the right that nobody may touch.
    pub theirs: Theirs,
    /// The keys of records that were being made when a process was killed.
    pub interrupted: BTreeSet<String>,
    /// Whether nobody does what ends differently when it is done in another order: two companies that claim one domain.
    pub careful: bool,
    /// The keys of left records that people deleted.
    pub removed: BTreeSet<String>,
    /// Left records that people made.
    pub made: BTreeSet<String>,
    /// Addresses that some end user or contact has or had.
    pub addresses: BTreeSet<String>,
    /// Right records that bore the key of a left record when people deleted that.
    pub widows: BTreeMap<String, String>,
    /// Whether texts show pictures.
    pub pictures: bool,
    /// Whether comments go back.
    pub says_back: bool,
    /// Whether whole accounts and contacts are deleted and merged, here and there.
    pub parts: bool,
    /// The companies that people gave left records, by the ids of these.
    pub companies: BTreeMap<String, String>,
    /// Comments that somebody changed on the left, by their keys.
    pub answered: BTreeSet<String>,
    /// What was taken back: by key and field.
    pub undone: BTreeMap<(String, &'static str), Undone>,
    /// What people wrote last into texts that either side may write, since they were made: by key and field.
    pub wrote: BTreeMap<(String, &'static str), Wrote>,
}

/// What a right text became when a write was taken back; nothing, if nobody knows.
#[derive(Clone, Debug)]
pub struct Undone(pub Option<String>);

/// What was written last on each side.
#[derive(Clone, Debug, Default)]
pub struct Wrote {
    /// On the left.
    pub left: Option<String>,
    /// On the right.
    pub right: Option<String>,
}

/// What is of the right side alone.
#[derive(Clone, Debug, Default)]
pub struct Theirs {
    /// Records that were made there and are still there, with their kind.
    pub born: BTreeMap<String, &'static str>,
    /// All that were ever made there.
    pub ever: BTreeSet<String>,
    /// Records that somebody changed there.
    pub touched: BTreeSet<String>,
    /// Fields that no rule writes: by record and field, what somebody wrote there last.
    pub fields: BTreeMap<(String, &'static str), String>,
    /// The keys of counterparts that somebody deleted there.
    pub deleted: BTreeSet<String>,
    /// The ids of all that is gone there.
    pub deleted_ids: BTreeSet<String>,
    /// How counterparts were parted last from left records, by the keys of these.
    pub partings: BTreeMap<String, Parting>,
}

impl Theirs {
    /// Whether somebody there deleted a record, or what it hangs on.
    pub fn took_away(&self, id: &str) -> bool {
        let about = id.split_once(":comment/").map_or(id, |(about, _)| about);
        self.deleted_ids.contains(id) || self.deleted_ids.contains(about)
    }
}

/// One way to edit: how often it is chosen, what it is called, and the doing. It does nothing where there is nothing to
/// edit.
type Way = (usize, &'static str, fn(&mut People) -> Option<()>);

impl People {
    /// People at these twins.
    pub fn new(twins: Twins, clock: Arc<SimClock>, counts: Arc<Counts>, dice: Dice) -> Self {
        Self {
            twins,
            clock,
            counts,
            dice,
            number: 0,
            diary: Vec::new(),
            theirs: Theirs::default(),
            interrupted: BTreeSet::new(),
            careful: false,
            removed: BTreeSet::new(),
            made: BTreeSet::new(),
            addresses: BTreeSet::new(),
            widows: BTreeMap::new(),
            pictures: false,
            says_back: false,
            parts: false,
            companies: BTreeMap::new(),
            answered: BTreeSet::new(),
            undone: BTreeMap::new(),
            wrote: BTreeMap::new(),
        }
    }

    /// Makes a small workspace on the left.
    pub fn settle_in(&mut self, records: usize) {
        if self.is_desk() {
            (0..records).for_each(|_| self.choose(desk::NEW));
            return;
        }
        for (n, _, way) in left::FIRST {
            for _ in 0..*n {
                way(self);
            }
        }
        for _ in 0..records {
            self.choose(left::NEW);
        }
    }

    /// Makes so many of each kind on the right.
    pub fn settle_in_right(&mut self) {
        for (n, _, way) in right::NEW {
            for _ in 0..*n {
                way(self);
            }
        }
    }

    /// Deletes an account, a contact and a ticket on the right, and makes one of two accounts and of two contacts.
    pub fn part_some(&mut self) {
        for (_, _, way) in parting::PARTINGS {
            way(self);
        }
    }

    /// Edits something on either side.
    pub fn edit(&mut self) {
        match self.dice.percent(75) {
            true => self.edit_left(),
            false => self.edit_right(),
        }
    }

    /// Whether the left side is a support desk.
    fn is_desk(&self) -> bool {
        self.twins.vendor == "intercom"
    }

    /// Edits something on the left.
    pub fn edit_left(&mut self) {
        if self.is_desk() {
            return self.choose(desk::EDITS);
        }
        match self.parts && self.dice.percent(15) {
            true => self.choose(merging::MERGES),
            false => self.choose(left::EDITS),
        }
    }

    /// Edits something on the right.
    pub fn edit_right(&mut self) {
        if self.is_desk() {
            return self.choose(desk::RIGHT);
        }
        match self.parts && self.dice.percent(60) {
            true => self.choose(parting::PARTINGS),
            false => self.choose(right::EDITS),
        }
    }

    /// Edits the same on both sides.
    pub fn edit_both(&mut self) {
        const BOTH: &[Way] = &[(1, "both: the same text changed", right::change_both)];
        self.choose(BOTH);
    }

    /// Writes a text on the left that the right side may write as well.
    pub fn edit_text(&mut self) {
        const TEXT: &[Way] = &[(1, "left: a text changed", |people| {
            let (object, path, field, ..) = *people.dice.pick(&right::BOTH)?;
            let record = people.some_left(object)?;
            people.write_text(object, path, &record, field)
        })];
        self.choose(TEXT);
    }

    fn choose(&mut self, ways: &'static [Way]) {
        self.clock
            .pass(Duration::from_millis(self.dice.between(1, 3_000) as u64));
        let weights: Vec<(usize, &Way)> = ways.iter().map(|way| (way.0, way)).collect();
        let Some((_, name, way)) = self.dice.weighed(&weights) else {
            return;
        };
        if way(self).is_some() {
            self.counts.count(Befell::Edit(name));
        }
    }

    /// Sends to the Planhat twin.
    fn at_left(&mut self, method: Method, path: &str, body: &Value) -> Option<Value> {
        let makes = method == Method::POST;
        let request = Request::new(method, path).json(body);
        let answer = self.ask(Arc::clone(&self.twins.left), request, body)?;
        let made = text_of(&answer, "/_id").filter(|_| makes);
        self.made.extend(made.map(str::to_owned));
        let id = made.or_else(|| path.rsplit('/').next());
        if let (Some(id), Some(company)) = (id, text_of(body, "/companyId")) {
            self.companies.insert(id.to_owned(), company.to_owned());
        }
        Some(answer)
    }

    /// Sends to the DevRev twin.
    fn at_right(&mut self, path: &str, body: &Value) -> Option<Value> {
        let request = Request::new(Method::POST, path).json(body);
        self.ask(Arc::clone(&self.twins.right), request, body)
    }

    fn ask(&mut self, twin: Arc<TwinWire>, request: Request, body: &Value) -> Option<Value> {
        self.addresses
            .extend(text_of(body, "/email").map(str::to_lowercase));
        let doing = format!("{} {} {body}", request.method, request.path);
        let request = request.header(AUTHORIZATION, &format!("Bearer {TOKEN}"));
        let response = at_once(twin.send(request)).ok()?;
        let short: String = doing.chars().take(300).collect();
        self.diary.push(format!("{short} -> {}", response.status));
        if !(200..300).contains(&response.status) {
            self.counts.count(Befell::RefusedEdit);
            let why = String::from_utf8_lossy(&response.body);
            self.diary.push(format!("  {why}"));
            return None;
        }
        Some(serde_json::from_slice(&response.body).unwrap_or_else(|_| json!({})))
    }

    /// Notes what was written into a text that either side may write.
    fn note(&mut self, key: String, field: &'static str, left: bool, text: &str) {
        self.undone.remove(&(key.clone(), field));
        let wrote = self.wrote.entry((key, field)).or_default();
        match left {
            true => wrote.left = Some(text.to_owned()),
            false => wrote.right = Some(text.to_owned()),
        }
    }

    /// From now on nobody knows what was taken back of a record: its counterpart may be another.
    fn doubt(&mut self, key: &str) {
        let of_it = self.undone.iter_mut().filter(|((of, _), _)| of == key);
        of_it.for_each(|(_, undone)| undone.0 = None);
    }

    /// One of the left twin's records of an object.
    fn some_left(&mut self, object: &str) -> Option<Value> {
        let twin = Arc::clone(&self.twins.left);
        self.some_of(&twin, object, |_| true)
    }

    /// One of the right twin's records of an object that pleases.
    fn some_right(&mut self, object: &str, pleases: impl Fn(&Value) -> bool) -> Option<Value> {
        let twin = Arc::clone(&self.twins.right);
        self.some_of(&twin, object, pleases)
    }

    fn some_of(&mut self, twin: &TwinWire, object: &str, pleases: impl Fn(&Value) -> bool) -> Option<Value> {
        let records = records(twin, object);
        let pleasing: Vec<&Value> = records.iter().filter(|record| pleases(record)).collect();
        self.dice.pick(&pleasing).map(|record| (*record).clone())
    }

    /// A word that nobody has written before.
    fn word(&mut self) -> String {
        const WORDS: [&str; 12] = [
            "Fjord",
            "Åsgård",
            "naïve",
            "Север",
            "مرحبا",
            "東京",
            "O'Neil & Co",
            "a.b#c",
            "  spaced  ",
            "x",
            "E=mc²",
            "Zoë",
        ];
        self.number += 1;
        let word = self.dice.pick(&WORDS).copied().unwrap_or_default();
        format!("{word} {}", self.number)
    }

    /// A word that can stand in an address.
    fn plain_word(&mut self) -> String {
        self.number += 1;
        format!("w{}", self.number)
    }
}

/// Every record of an object, as a twin has it.
pub fn records(twin: &TwinWire, object: &str) -> Vec<Value> {
    twin.with_twin(|twin| {
        let lines = twin.dump(object).into_iter().flatten();
        lines
            .filter_map(|line| serde_json::from_str(&line).ok())
            .collect()
    })
}

/// The accounts and organisations that a contact belongs to, which it does not show itself.
pub fn homes(twin: &TwinWire, contact: &str) -> Vec<String> {
    let body = json!({ "rev_user_id": contact });
    let request = Request::new(Method::POST, "/rev-users.associations.list").json(&body);
    let request = request.header(AUTHORIZATION, &format!("Bearer {TOKEN}"));
    let listed = at_once(twin.send(request)).ok();
    let listed = listed.and_then(|response| serde_json::from_slice::<Value>(&response.body).ok());
    let homes = listed
        .as_ref()
        .and_then(|listed| listed["associations"].as_array());
    let ids = homes.into_iter().flatten();
    ids.filter_map(|home| text_of(home, "/associated_to/id").map(str::to_owned))
        .collect()
}

/// Gives a body one more member.
fn add(body: &mut Value, name: &str, value: Value) {
    if let Some(members) = body.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}

/// The text of a member.
pub fn text_of<'a>(record: &'a Value, path: &str) -> Option<&'a str> {
    record.pointer(path)?.as_str()
}

/// The key of ours that a right record bears.
pub fn key_of(record: &Value) -> Option<&str> {
    key_from(record, "planhat:")
}

/// The same of a desk in Intercom.
pub fn key_of_desk(record: &Value) -> Option<&str> {
    key_from(record, "intercom:")
}

fn key_from<'a>(record: &'a Value, vendor: &str) -> Option<&'a str> {
    const PLACES: [&str; 6] = [
        "/custom_fields/tnt__interline_key",
        "/unique_key",
        "/external_ref",
        "/external_refs/0",
        "/external_refs/1",
        "/kept/external_ref",
    ];
    let mut found = PLACES.iter().filter_map(|path| text_of(record, path));
    found.find(|key| key.starts_with(vendor))
}

/// The left people who joined a contact, each with what it says of them.
pub fn joined(record: &Value) -> Vec<(String, Value)> {
    let texts = record
        .pointer("/custom_fields/tnt__ph_elsewhere")
        .and_then(Value::as_array);
    let texts = texts.into_iter().flatten().filter_map(Value::as_str);
    let said = texts.filter_map(|text| serde_json::from_str::<Value>(text).ok());
    said.filter_map(|said| Some((text_of(&said, "/_id")?.to_owned(), said)))
        .collect()
}

/// The key by which a left record is known on both sides: that of its right record, if it was made for one.
pub fn key_of_left(object: &str, record: &Value) -> Option<String> {
    let theirs = ["/externalId", "/sourceId"]
        .into_iter()
        .filter_map(|path| text_of(record, path));
    let theirs = theirs.into_iter().find(|key| key.starts_with("devrev:"));
    match theirs.map(str::to_owned).or_else(|| key_in_line(object, record)) {
        Some(key) => Some(key),
        None => Some(format!("planhat:{object}:{}", text_of(record, "/_id")?)),
    }
}

/// The first words of a comment that was made for one of DevRev.
const LINE: &str = "<p><em>DevRev comment ";

/// A comment bears its key in its first line: as much of a hash of the right record's id.
fn key_in_line(object: &str, record: &Value) -> Option<String> {
    let mark = text_of(record, "/text")
        .filter(|_| object == "comment")?
        .strip_prefix(LINE)?;
    Some(format!("devrev:comment:{}", mark.split_once(' ')?.0))
}

/// A comment's first line, if it was made for one of DevRev, and the rest.
pub fn below_line(html: &str) -> (&str, &str) {
    let end = html.find("</p>").filter(|_| html.starts_with(LINE));
    end.and_then(|end| html.split_at_checked(end + "</p>".len()))
        .unwrap_or(("", html))
}

/// The key that a left record bears which was made for a right one.
pub fn key_of_theirs(kind: &str, id: &str) -> String {
    match kind {
        "comment" | "timeline_entry" => {
            let hash = blake3::hash(id.as_bytes()).to_hex();
            format!("devrev:comment:{}", hash.get(..12).unwrap_or_default())
        }
        kind => format!("devrev:{kind}:{id}"),
    }
}

/// The key by which a right record is known on both sides.
pub fn key_of_right(kind: &str, record: &Value) -> Option<String> {
    match key_of(record) {
        Some(key) => Some(key.to_owned()),
        None => Some(key_of_theirs(kind, text_of(record, "/id")?)),
    }
}
