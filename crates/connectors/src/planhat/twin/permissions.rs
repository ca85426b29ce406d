//! What a token may do with which model, in the words of Planhat's own list of permissions.

use model::Fault;

use super::{
    models::{MODELS, Model, Verb},
    switches::{unknown, words},
};

type Denied = Vec<(&'static str, Verb)>;

/// What the token may not do: what `deny` names, and where `allow` is given everything that it does not name.
pub(super) fn denied(deny: Option<&str>, allow: Option<&str>) -> Result<Denied, Fault> {
    let mut denied = Denied::new();
    for word in words(deny.unwrap_or_default()) {
        denied.extend(read(&word)?);
    }
    let allow = allow.unwrap_or_default();
    if allow.is_empty() {
        return Ok(denied);
    }
    let mut allowed = Denied::new();
    for word in words(allow) {
        allowed.extend(read(&word)?);
    }
    for model in MODELS.iter().filter(|model| model.owns_table()) {
        let all = Verb::NAMES.iter().map(|(_, verb)| (model.name, *verb));
        denied.extend(all.filter(|permission| !allowed.contains(permission)));
    }
    Ok(denied)
}

/// One permission: `company:view`, `End Users (View)` or `conversation.create`; `*` is every verb.
fn read(word: &str) -> Result<Denied, Fault> {
    let (name, verb) = word.split_once([':', '.', '(']).unwrap_or((word, ""));
    let name = letters(name);
    let named = |model: &&Model| {
        let forms = [
            model.name.to_owned(),
            format!("{}s", model.name),
            model.path.to_owned(),
        ];
        model.owns_table() && forms.iter().any(|form| letters(form) == name)
    };
    let Some(model) = MODELS.iter().find(named) else {
        let names = MODELS.iter().filter(|model| model.owns_table());
        return Err(unknown("model", &name, names.map(|model| model.name)));
    };
    let verb = verb.trim().trim_end_matches(')').to_lowercase();
    if verb == "*" {
        return Ok(Verb::NAMES.iter().map(|(_, verb)| (model.name, *verb)).collect());
    }
    match Verb::NAMES.iter().find(|(known, _)| *known == verb) {
        Some((_, verb)) => Ok(vec![(model.name, *verb)]),
        None => {
            let names = Verb::NAMES.iter().map(|(name, _)| *name);
            Err(unknown("permission", &verb, names))
        }
    }
}

/// A name's letters, in lower case: `End Users` and `endusers` are one.
fn letters(name: &str) -> String {
    let letters = name.chars().filter(|letter| letter.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}
