//! What one event becomes. Pure.

use model::{Event, EventKind};
use serde_json::{Map, Value as Json, json};

use super::recipe::{Mode, Nested, Rest, Shape, StreamRecipe, first, first_text, text};

/// The longest name of a custom field.
const LONGEST_NAME: usize = 100;

/// What one event becomes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Aimed {
    /// Who it is about, as the destination's records are told apart: an id, or `email:` and an address.
    pub who: Option<String>,
    /// The company that it says the person belongs to, or that it is about.
    pub company_of: Option<String>,
    /// A company's record.
    pub company: Option<Map<String, Json>>,
    /// A person's record.
    pub person: Option<Map<String, Json>>,
    /// That a person's id is another now: from, to.
    pub rekey: Option<(String, String)>,
    /// Something done.
    pub activity: Option<Map<String, Json>>,
    /// Numbers of a company's.
    pub metrics: Vec<Map<String, Json>>,
    /// The event as it is.
    pub whole: Option<Map<String, Json>>,
    /// Why it becomes nothing, in a word.
    pub nothing: Option<&'static str>,
}

impl Aimed {
    fn nothing(why: &'static str) -> Self {
        Self {
            nothing: Some(why),
            ..Self::default()
        }
    }
}

/// What an event becomes, by what it says; `last_company` is the one that its person was said to belong to last.
pub fn aim(
    recipe: &StreamRecipe,
    event: &Event,
    said: Option<Map<String, Json>>,
    last_company: Option<&str>,
) -> Aimed {
    let Some(said) = said else {
        return Aimed::nothing("unreadable");
    };
    if !is_meant(&said) {
        return Aimed::nothing("not_meant");
    }
    let aimed = match recipe.mode {
        Mode::Dock => dock(recipe, event, said),
        Mode::Native => native(recipe, event, &said, last_company),
    };
    let is_empty = aimed.nothing.is_none()
        && aimed.company.is_none()
        && aimed.person.is_none()
        && aimed.rekey.is_none()
        && aimed.activity.is_none()
        && aimed.metrics.is_empty()
        && aimed.whole.is_none();
    match is_empty {
        true => Aimed {
            nothing: Some("no_identity"),
            ..aimed
        },
        false => aimed,
    }
}

/// Who an event is about, without looking any closer: for what is known of somebody.
pub fn who(recipe: &StreamRecipe, event: &Event, said: &Map<String, Json>) -> Option<String> {
    name_of(
        event.user_id.as_deref(),
        first_text(&recipe.activity.email, said).as_deref(),
    )
}

fn name_of(id: Option<&str>, email: Option<&str>) -> Option<String> {
    match (id, email) {
        (Some(id), _) => Some(id.to_owned()),
        (None, Some(email)) => Some(format!("email:{}", email.to_lowercase())),
        (None, None) => None,
    }
}

/// Whether its `integrations` let it go to Planhat.
fn is_meant(said: &Map<String, Json>) -> bool {
    let integrations = said.get("integrations").and_then(Json::as_object);
    let of = |name: &str| integrations.and_then(|all| all.get(name));
    let is_off = |value: &Json| *value == Json::Bool(false);
    match (of("Planhat"), of("All").or_else(|| of("all"))) {
        (Some(own), _) => !is_off(own),
        (None, Some(all)) => !is_off(all),
        (None, None) => true,
    }
}

fn native(
    recipe: &StreamRecipe,
    event: &Event,
    said: &Map<String, Json>,
    last_company: Option<&str>,
) -> Aimed {
    match event.kind {
        EventKind::Identify => identify(recipe, event, said, last_company),
        EventKind::Group => group(recipe, event, said),
        EventKind::Alias => alias(event, said),
        EventKind::Screen if !recipe.screens => Aimed::nothing("screens_off"),
        EventKind::Track | EventKind::Page | EventKind::Screen => {
            computed(recipe, event, said).unwrap_or_else(|| activity(recipe, event, said, last_company))
        }
    }
}

fn identify(
    recipe: &StreamRecipe,
    event: &Event,
    said: &Map<String, Json>,
    last_company: Option<&str>,
) -> Aimed {
    let mut person = shaped(&recipe.person, said);
    split_name(&mut person);
    let email = person.get("email").and_then(text);
    let id = event.user_id.as_deref();
    let Some(who) = name_of(id, email.as_deref()) else {
        return Aimed::nothing("no_identity");
    };
    if let Some(id) = id {
        person.insert("externalId".to_owned(), id.into());
    }
    let company = first_text(&recipe.person.company, said);
    if let Some(company) = company.as_deref().or(last_company) {
        person.insert("companyId".to_owned(), format!("extid-{company}").into());
    }
    stamp(recipe, &mut person);
    Aimed {
        who: Some(who),
        company_of: company,
        person: Some(person),
        ..Aimed::default()
    }
}

/// Planhat makes a name of two; who sends one has it in two all the same.
fn split_name(person: &mut Map<String, Json>) {
    let has_parts = person.contains_key("firstName") || person.contains_key("lastName");
    let Some(name) = person.get("name").and_then(text).filter(|_| !has_parts) else {
        return;
    };
    let (first, last) = name.split_once(char::is_whitespace).unwrap_or((&name, ""));
    person.insert("firstName".to_owned(), first.into());
    person.insert("lastName".to_owned(), last.trim().into());
}

fn stamp(recipe: &StreamRecipe, record: &mut Map<String, Json>) {
    if !recipe.stamp.is_empty() {
        record.insert("source".to_owned(), recipe.stamp.as_str().into());
    }
}

fn group(recipe: &StreamRecipe, event: &Event, said: &Map<String, Json>) -> Aimed {
    let Some(id) = said.get("groupId").and_then(text) else {
        return Aimed::nothing("no_identity");
    };
    let mut company = shaped(&recipe.company, said);
    company.insert("externalId".to_owned(), id.as_str().into());
    let mut metrics = Vec::new();
    if recipe.group_metrics
        && let Some(Json::Object(custom)) = company.get_mut("custom")
    {
        metrics = numbers(custom, &id, event);
    }
    let email = first_text(&recipe.activity.email, said);
    let who = name_of(event.user_id.as_deref(), email.as_deref());
    let person = who.as_ref().map(|_| {
        let mut person = Map::new();
        let ids = [
            ("externalId", event.user_id.as_deref().map(str::to_owned)),
            ("email", email),
        ];
        for (name, value) in ids {
            if let Some(value) = value {
                person.insert(name.to_owned(), value.into());
            }
        }
        person.insert("companyId".to_owned(), format!("extid-{id}").into());
        person
    });
    Aimed {
        who,
        company_of: Some(id),
        company: Some(company),
        person,
        metrics,
        ..Aimed::default()
    }
}

/// Takes the numbers out of what would become fields.
fn numbers(custom: &mut Map<String, Json>, company: &str, event: &Event) -> Vec<Map<String, Json>> {
    let names: Vec<String> = custom
        .iter()
        .filter(|(_, value)| value.is_number())
        .map(|(name, _)| name.clone())
        .collect();
    let metrics = names.into_iter().filter_map(|name| {
        let value = custom.remove(&name)?;
        let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '_' };
        let id: String = name.chars().map(plain).collect();
        let metric = json!({
            "dimensionId": id, "value": value, "externalId": company, "model": "Company", "date": event.timestamp.to_string(),
        });
        match metric {
            Json::Object(metric) => Some(metric),
            _ => None,
        }
    });
    metrics.collect()
}

fn alias(event: &Event, said: &Map<String, Json>) -> Aimed {
    let previous = said.get("previousId").and_then(text);
    match (previous, event.user_id.as_deref()) {
        (Some(previous), Some(id)) if previous != id => Aimed {
            who: Some(id.to_owned()),
            rekey: Some((previous, id.to_owned())),
            ..Aimed::default()
        },
        _ => Aimed::nothing("no_identity"),
    }
}

/// Audiences and computed traits that come as something done become fields as well.
fn computed(recipe: &StreamRecipe, event: &Event, said: &Map<String, Json>) -> Option<Aimed> {
    said.get("context")?.get("personas")?;
    let properties = said.get("properties")?.as_object()?;
    let keys = ["audience_key", "trait_key"].iter();
    let key = keys.filter_map(|name| text(properties.get(*name)?)).next()?;
    let value = properties.get(&key).filter(|value| is_plain(value))?;
    let email = first_text(&recipe.activity.email, said);
    let who = name_of(event.user_id.as_deref(), email.as_deref())?;
    let mut person = Map::new();
    if let Some(id) = event.user_id.as_deref() {
        person.insert("externalId".to_owned(), id.into());
    }
    if let Some(email) = email {
        person.insert("email".to_owned(), email.into());
    }
    let mut custom = Map::new();
    custom.insert(key, value.clone());
    person.insert("custom".to_owned(), custom.into());
    Some(Aimed {
        who: Some(who),
        person: Some(person),
        ..Aimed::default()
    })
}

fn activity(
    recipe: &StreamRecipe,
    event: &Event,
    said: &Map<String, Json>,
    last_company: Option<&str>,
) -> Aimed {
    let email = first_text(&recipe.activity.email, said);
    let Some(who) = name_of(event.user_id.as_deref(), email.as_deref()) else {
        return Aimed::nothing("no_identity");
    };
    let action = action(event.kind, said);
    let is_chosen = recipe.events.only.is_empty() || recipe.events.only.contains(&action);
    if !is_chosen || recipe.events.except.contains(&action) {
        return Aimed::nothing("not_chosen");
    }
    let company = first_text(&recipe.activity.company, said);
    let mut info = said
        .get("properties")
        .and_then(Json::as_object)
        .cloned()
        .unwrap_or_default();
    let mut activity = Map::new();
    if !recipe.stamp.is_empty() {
        info.entry("source")
            .or_insert_with(|| recipe.stamp.as_str().into());
    }
    let mut put = |name: &str, value: Option<Json>| {
        if let Some(value) = value {
            activity.insert(name.to_owned(), value);
        }
    };
    put("action", Some(action.into()));
    put("date", Some(event.timestamp.to_string().into()));
    put("externalId", event.user_id.as_deref().map(Json::from));
    put("email", email.map(Json::from));
    put("name", first_text(&recipe.activity.name, said).map(Json::from));
    put(
        "companyExternalId",
        company.as_deref().or(last_company).map(Json::from),
    );
    put(
        "weight",
        first(&recipe.activity.weight, said)
            .filter(|weight| weight.is_number())
            .cloned(),
    );
    put("info", Some(info.into()));
    Aimed {
        who: Some(who),
        company_of: company,
        activity: Some(activity),
        ..Aimed::default()
    }
}

/// What somebody did, in words.
fn action(kind: EventKind, said: &Map<String, Json>) -> String {
    let of = |name: &str| said.get(name).and_then(text);
    match (kind, of("name")) {
        (EventKind::Page, Some(name)) => format!("Viewed {name} Page"),
        (EventKind::Page, None) => "Loaded a Page".to_owned(),
        (EventKind::Screen, Some(name)) => format!("Viewed {name} Screen"),
        (EventKind::Screen, None) => "Loaded a Screen".to_owned(),
        _ => of("event").unwrap_or_default(),
    }
}

/// A record of what traits say.
fn shaped(shape: &Shape, said: &Map<String, Json>) -> Map<String, Json> {
    let mut record = Map::new();
    for (name, paths) in &shape.fields {
        if let Some(value) = first(paths, said) {
            record.insert(name.clone(), value.clone());
        }
    }
    if shape.rest == Rest::Drop {
        return record;
    }
    let taken = shape
        .fields
        .values()
        .flatten()
        .filter_map(|path| path.of_traits());
    let taken: Vec<&str> = taken.collect();
    let mut custom = Map::new();
    let traits = said.get("traits").and_then(Json::as_object);
    for (name, value) in traits.into_iter().flatten() {
        if !taken.contains(&name.as_str()) && !shape.except.contains(name) {
            put_custom(shape, &mut custom, name, value, 0);
        }
    }
    if !custom.is_empty() {
        record.insert("custom".to_owned(), custom.into());
    }
    record
}

fn put_custom(shape: &Shape, custom: &mut Map<String, Json>, name: &str, value: &Json, depth: usize) {
    match value {
        Json::Object(members) if shape.nested == Nested::Flatten && depth < 4 => {
            for (inner, value) in members {
                put_custom(shape, custom, &format!("{name}_{inner}"), value, depth + 1);
            }
        }
        value if is_plain(value) && name.chars().count() <= LONGEST_NAME => {
            let name = shape.rename.get(name).map_or(name, String::as_str);
            custom.insert(name.to_owned(), value.clone());
        }
        _ => {}
    }
}

fn is_plain(value: &Json) -> bool {
    value.is_string() || value.is_number() || value.is_boolean()
}

/// The event as it is, with what Planhat's endpoint looks for under the names by which it looks.
fn dock(recipe: &StreamRecipe, event: &Event, mut said: Map<String, Json>) -> Aimed {
    let email = first_text(&recipe.activity.email, &said);
    let company = first_text(&recipe.person.company, &said);
    let who = name_of(event.user_id.as_deref(), email.as_deref());
    if who.is_none() {
        return Aimed::nothing("no_identity");
    }
    if let Some(id) = event.user_id.as_deref() {
        said.insert("user_id".to_owned(), id.into());
    }
    let traits = said.entry("traits").or_insert_with(|| Map::new().into());
    if let Json::Object(traits) = traits {
        for (name, value) in [("email", email), ("companyId", company)] {
            if let Some(value) = value {
                traits.entry(name).or_insert_with(|| value.into());
            }
        }
    }
    Aimed {
        who,
        whole: Some(said),
        ..Aimed::default()
    }
}
