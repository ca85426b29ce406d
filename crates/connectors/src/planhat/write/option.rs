//! What a user wrote for an import's option, as a value of Planhat.

use model::{Fault, FaultKind, ObjectName, Reference, Source, Value};
use serde_json::Value as Json;

use super::super::{
    client::Aim,
    list,
    object::{self, Object},
    page,
    source::PlanhatSource,
    user::USER,
};
use crate::kit::encoded;

/// `user` and `fallback_person` are somebody of the team, by address, name or id; `company` is one, by its id or a key.
pub(in super::super) async fn option(source: &PlanhatSource, name: &str, text: &str) -> Result<Value, Fault> {
    match name {
        "user" | "fallback_person" => user(source, name, text).await,
        "company" => company(source, text).await,
        _ => Err(
            Fault::new(FaultKind::Settings, format!("reading the option `{name}`"))
                .hint("Planhat knows the options `company`, `user` and `fallback_person`"),
        ),
    }
}

async fn user(source: &PlanhatSource, name: &str, text: &str) -> Result<Value, Fault> {
    let doing = format!("reading the option `{name}`");
    let aim = Aim {
        doing: &doing,
        permission: USER.permission,
    };
    // There are as many as the customer has employees with an account.
    let response = source
        .client
        .ask(list::list(USER.path, USER.most, 0), aim)
        .await?;
    let page = page::split(&response.body, &doing)?;
    let mut fits = Vec::new();
    for text_of_user in &page.texts {
        let user: Json = serde_json::from_str(text_of_user).map_err(|error| page::nonsense(error, &doing))?;
        let is_called = |name: &&str| {
            let word = object::first_text(&user, &[name]);
            word.is_some_and(|word| word.to_lowercase() == text.to_lowercase())
        };
        if ["_id", "email", "nickName"].iter().any(is_called) {
            fits.push(user);
        }
    }
    match fits.as_slice() {
        [one] => reference(&USER, one).ok_or_else(|| Fault::new(FaultKind::Unexpected, doing)),
        [] => Err(Fault::new(FaultKind::Settings, doing)
            .said(format!("nobody in Planhat's team is `{text}`"))
            .hint("give an e-mail address, a nick name or an id")),
        _ => Err(Fault::new(FaultKind::Settings, doing)
            .said(format!("several in Planhat's team are `{text}`"))
            .hint("give an e-mail address or an id")),
    }
}

async fn company(source: &PlanhatSource, text: &str) -> Result<Value, Fault> {
    let company = object::named(&ObjectName::new("company"))?;
    let keyed = ["extid-", "srcid-"]
        .into_iter()
        .find_map(|prefix| Some((prefix, text.strip_prefix(prefix)?)));
    let part = match keyed {
        Some((prefix, key)) => format!("{prefix}{}", encoded(key)),
        None => encoded(text),
    };
    let found = match text {
        "" => None,
        _ => source.find_at(company, &part, text).await?,
    };
    let raw = found.ok_or_else(|| {
        Fault::new(FaultKind::Settings, "reading the option `company`")
            .said(format!("there is no company `{text}` in Planhat"))
            .hint("give its id, or `extid-` or `srcid-` and its key")
    })?;
    let title = source.shape(&ObjectName::new("company"), &raw)?.title;
    Ok(Value::Ref(Reference {
        object: ObjectName::new("company"),
        id: raw.id,
        label: Some(title),
    }))
}

fn reference(object: &Object, json: &Json) -> Option<Value> {
    Some(Value::Ref(Reference {
        object: ObjectName::new(object.name),
        id: json.get("_id")?.as_str()?.into(),
        label: Some((object.title_of)(json)),
    }))
}
