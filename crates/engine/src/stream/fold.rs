//! A piece of a lane: what its events become, folded so that each company and each person is written once. Pure.

use std::collections::{BTreeMap, HashMap};

use model::{Acquaintance, Event, EventKind, Position, SourceId};
use serde_json::{Map, Value as Json};

use super::{
    aim::{Aimed, aim, who},
    recipe::{Mode, StreamRecipe},
};

/// So many ids that a person had one after the other are followed.
pub(super) const MOST_IDS: usize = 8;

/// By which name a company is known.
pub(super) fn company_name(id: &str) -> String {
    format!("company:{id}")
}

/// An event of a piece, with what it becomes.
pub(super) struct Due {
    pub position: Position,
    pub event: Event,
    pub aimed: Aimed,
}

/// A record to write, and which events made it so.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Folded {
    pub body: Map<String, Json>,
    pub of: Vec<usize>,
}

/// An event of a piece, read once: how it is brought, what it says, and who it is about.
pub(super) struct Heard<'a> {
    position: Position,
    event: Event,
    recipe: &'a StreamRecipe,
    said: Option<Map<String, Json>>,
    pub who: Option<String>,
}

/// Reads events; a source that is brought nowhere any more is passed over.
pub(super) fn hear<'a>(
    events: Vec<(Position, Event)>,
    recipes: &'a HashMap<SourceId, StreamRecipe>,
) -> Vec<Heard<'a>> {
    let heard = events.into_iter().filter_map(|(position, event)| {
        let recipe = recipes.get(&event.source)?;
        let said = event.json();
        let who = said.as_ref().and_then(|said| who(recipe, &event, said));
        Some(Heard {
            position,
            event,
            recipe,
            said,
            who,
        })
    });
    heard.collect()
}

/// The id by which a person is known now, where an alias gave another, and then perhaps another.
fn known_by<'a>(mut id: &'a str, met: &'a HashMap<String, Acquaintance>) -> &'a str {
    for _ in 0..MOST_IDS {
        match met.get(id).and_then(|one| one.became.as_deref()) {
            Some(now) => id = now,
            None => break,
        }
    }
    id
}

/// Lets events be about whom they are about now: what was sent late, or is brought once more, has an id of before an alias.
pub(super) fn follow(heard: &mut [Heard<'_>], met: &HashMap<String, Acquaintance>) {
    for one in heard {
        let is_followed = one.event.kind != EventKind::Alias && one.recipe.mode == Mode::Native;
        if let Some(id) = one.event.user_id.as_mut().filter(|_| is_followed) {
            let now = known_by(id, met);
            if now != &**id {
                one.who = Some(now.to_owned());
                *id = now.into();
            }
        }
    }
}

/// What events become, in their order; each knows the company that its person was said to belong to before.
pub(super) fn aim_all(heard: Vec<Heard<'_>>, met: &mut HashMap<String, Acquaintance>) -> Vec<Due> {
    let mut all = Vec::with_capacity(heard.len());
    for one in heard {
        let last = one.who.as_ref().and_then(|who| met.get(who)?.company.clone());
        let aimed = aim(one.recipe, &one.event, one.said, last.as_deref());
        if let (Some(who), Some(company)) = (&aimed.who, &aimed.company_of) {
            met.entry(who.clone()).or_default().company = Some(company.clone());
        }
        all.push(Due {
            position: one.position,
            event: one.event,
            aimed,
        });
    }
    all
}

/// One record for each company or person: what was said later counts.
pub(super) fn fold<'a>(
    all: &'a [Due],
    of: impl Fn(&'a Aimed) -> Option<(&'a str, &'a Map<String, Json>)>,
) -> BTreeMap<&'a str, Folded> {
    let mut folded: BTreeMap<&str, Folded> = BTreeMap::new();
    for (at, due) in all.iter().enumerate() {
        if let Some((name, body)) = of(&due.aimed) {
            let one = folded.entry(name).or_default();
            lay_over(&mut one.body, body);
            one.of.push(at);
        }
    }
    folded
}

fn lay_over(below: &mut Map<String, Json>, above: &Map<String, Json>) {
    for (name, value) in above {
        match (below.get_mut(name), value) {
            (Some(Json::Object(below)), Json::Object(above)) if name == "custom" => lay_over(below, above),
            _ => {
                below.insert(name.clone(), value.clone());
            }
        }
    }
}
