//! Directories, which articles lie in, and the order of what lies in one.

use serde_json::{Value, json};

use super::{
    accounts::BY_CREATOR,
    call::{self, CURSOR, Call, LIMIT, MODE, Method, read, target, write},
    kind::{Key, Kind},
    list,
    refusal::{Refusal, Reply},
    row::Row,
    shape::{By, Field, IDS, Known, SET_TAGS, Shape, TEXT, field},
    shelf::{Slot, shared_index},
    state::{Family, State},
};

const DIRECTORY: &[Kind] = &[Kind::Directory];
const PARENT: Shape = Shape::Id(DIRECTORY, Known::Reference);
const PICTURE: Shape = Shape::Id(&[Kind::Artifact], Known::Reference);

// The first three are for lists alone.
static LIST: &[Field] = &[
    CURSOR,
    LIMIT,
    MODE,
    BY_CREATOR,
    field("modified_by", IDS).by(By::Modifier),
];

pub(super) static METHODS: &[Method] = &[
    write(
        "directories.create",
        &[
            field("description", TEXT),
            field("language", TEXT),
            field("parent", PARENT),
            field("published", Shape::Bool),
            field("tags", SET_TAGS),
            field("thumbnail", PICTURE),
            field("title", TEXT).must(),
        ],
        |call| {
            let mut row = call.draft(Kind::Directory)?;
            rank_last(&mut row);
            call.add(row)
        },
    ),
    write(
        "directories.update",
        &[
            field("description", TEXT),
            field("icon", TEXT),
            target(DIRECTORY),
            field("parent", PARENT).or_null(),
            field("published", Shape::Bool),
            field(
                "reorder",
                Shape::Object(&[field("after", PARENT), field("before", PARENT)]),
            ),
            field("tags", Shape::Object(&[field("set", SET_TAGS)])),
            field("thumbnail", PICTURE).or_null(),
            field("title", TEXT),
        ],
        |call| {
            let mut row = call.changed()?;
            if row
                .key_of("parent")
                .is_some_and(|parent| lies_in(call.state, parent, row.key))
            {
                return Err(Refusal::bad_request().detail("a directory cannot lie in itself"));
            }
            reorder(&call, &mut row)?;
            call.put(row)
        },
    ),
    read("directories.get", &[target(DIRECTORY)], call::get),
    write("directories.delete", &[target(DIRECTORY)], call::delete),
    read("directories.list", LIST, |call| {
        call.list(Family::Directories, LIST, "directories")
    }),
    read("directories.count", LIST.split_at(3).1, |call| {
        let count = list::count(call.state, &call.ask(Family::Directories, LIST))?;
        Ok(Reply::read(json!({"count": count}).to_string().into_bytes()))
    }),
];

/// Whether something is a directory, or lies in it at any depth.
pub(super) fn lies_in(state: &State, key: Key, directory: Key) -> bool {
    let mut at = Some(key);
    // A chain is no longer than there are directories.
    for _ in 0..=state.shelf(Family::Directories).len() {
        match at {
            Some(key) if key == directory => return true,
            Some(key) => at = state.get(key).and_then(|row| row.key_of("parent")),
            None => return false,
        }
    }
    false
}

/// Ranks are numbers written so that texts compare as they do.
fn rank(number: u64) -> Value {
    Value::String(format!("{number:016x}"))
}

fn read_rank(row: &Row) -> u64 {
    let rank = row
        .text("rank")
        .and_then(|rank| u64::from_str_radix(rank, 16).ok());
    rank.unwrap_or(0)
}

/// Ranks something new behind everything else.
pub(super) fn rank_last(row: &mut Row) {
    row.set("rank", rank(u64::from(row.key.number) << 24));
}

/// Puts a record right before or after another, as its call asks.
pub(super) fn reorder(call: &Call<'_>, row: &mut Row) -> Result<(), Refusal> {
    let asked = call.body.get("reorder");
    let given = |name: &str| asked.and_then(|asked| asked.get(name)).and_then(Key::of_value);
    let (other, is_after) = match (given("after"), given("before")) {
        (Some(other), None) => (other, true),
        (None, Some(other)) => (other, false),
        (None, None) => return Ok(()),
        (Some(_), Some(_)) => return Err(Refusal::bad_request().detail("before one or after one")),
    };
    let other = call.state.found(other)?;
    if other.key == row.key || other.get("parent") != row.get("parent") {
        return Err(Refusal::bad_request().detail("not beside each other"));
    }
    let at = read_rank(other);
    let beside = ranks_beside(call.state, row);
    let next = match is_after {
        true => beside
            .into_iter()
            .filter(|rank| *rank > at)
            .min()
            .unwrap_or(at.saturating_add(1 << 25)),
        false => beside.into_iter().filter(|rank| *rank < at).max().unwrap_or(0),
    };
    let between = at.midpoint(next);
    if between == at || between == next {
        return Err(Refusal::bad_request().detail("no rank is left between the two"));
    }
    row.set("rank", rank(between));
    Ok(())
}

/// The ranks of everything of a kind in the same directory, the record itself left out.
fn ranks_beside(state: &State, row: &Row) -> Vec<u64> {
    let Some(family) = Family::of(row.key.kind) else {
        return Vec::new();
    };
    let shelf = state.shelf(family);
    let others = |slot: Slot| shelf.at(slot).filter(|other| other.key != row.key);
    match row.text("parent") {
        Some(parent) => {
            let slots = shelf.having(&shared_index("parent", parent), 0..Slot::MAX);
            slots.filter_map(others).map(read_rank).collect()
        }
        None => {
            let all = shelf.rows().filter_map(|(slot, _)| others(slot));
            all.filter(|other| other.get("parent").is_none())
                .map(read_rank)
                .collect()
        }
    }
}
