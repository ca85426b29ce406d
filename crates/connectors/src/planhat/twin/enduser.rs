//! Contacts.

use model::Timestamp;
use serde_json::Value;

use super::{
    models::{Filter, Model, PLAIN, Properties, Within},
    prose,
    record::{FieldMap, Refusal, Scene, text_of},
    state::State,
    switches::Switches,
    table::Key,
};

/// Domains where everybody may have an address: they say nothing about a company.
const PUBLIC_DOMAINS: &[&str] = &[
    "gmail.com",
    "googlemail.com",
    "outlook.com",
    "hotmail.com",
    "live.com",
    "yahoo.com",
    "icloud.com",
    "aol.com",
    "gmx.de",
    "web.de",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "163.com",
];

/// Contacts.
pub(super) const ENDUSER: Model = Model {
    name: "enduser",
    path: "endusers",
    table: "enduser",
    bulk_keys: &[Key::Source, Key::External, Key::Email],
    company_filter: "many",
    one_of: &["email", "externalId", "sourceId"],
    unique: &[
        (Key::External, Within::Company),
        (Key::Email, Within::Company),
        (Key::Source, Within::Model),
    ],
    properties: Properties {
        text: "companyId externalId sourceId firstName lastName name email position phone experience linkedInUrl \
               npsComment",
        number: "relevance nps",
        flag: "featured primary archived npsUnsubscribed",
        date: "lastActive npsDate npsSent",
        day: "",
        list: "otherEmails tags personas relatedEndusers",
        object: "sharedNotificationsPrefs usage",
        any: "",
        automatic: "_id companyName beats beatsTotal beatTrend convs14 convsTotal lastTouch lastTouchType \
                    lastTouchTime lastTouchByType lastActivities emailMd5 createDate createdAt updatedAt __v",
        request: "",
    },
    defaults: r#"{"featured":false,"primary":false,"archived":false,"npsUnsubscribed":false,"otherEmails":[],"tags":[],
        "personas":[],"relatedEndusers":[],"lastActivities":[],"lastTouchByType":{},"usage":{},"beats":0,
        "beatsTotal":0,"convs14":0,"convsTotal":0,"__v":0}"#,
    filters: &[Filter::By("email", Key::Email), Filter::ById("euId")],
    aliases: &[("c", "companyId")],
    archived: "archived",
    complete,
    after: share_domain,
    ..PLAIN
};

fn complete(scene: &Scene<'_>, record: &mut FieldMap) -> Result<(), Refusal> {
    if scene.was.is_none() {
        let now = prose::iso(scene.now);
        record.insert("createDate".to_owned(), now.clone().into());
        record.insert("createdAt".to_owned(), now.into());
    }
    let has_parts = scene.changes("firstName") || scene.changes("lastName");
    let gives_parts = scene.given.contains_key("firstName") || scene.given.contains_key("lastName");
    if has_parts && !scene.given.contains_key("name") {
        let parts = [text_of(record, "firstName"), text_of(record, "lastName")];
        let name = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
        record.insert("name".to_owned(), name.into());
    } else if scene.changes("name") && !gives_parts && !scene.switches.keeps_whole_name {
        let name = text_of(record, "name").unwrap_or_default();
        let (first, last) = name.trim().split_once(' ').unwrap_or((name.trim(), ""));
        record.insert("firstName".to_owned(), first.into());
        record.insert("lastName".to_owned(), last.trim().into());
    }
    Ok(())
}

/// The domain of an e-mail address.
pub(super) fn domain_of(email: &str) -> Option<String> {
    let (_, domain) = email.rsplit_once('@')?;
    let domain = domain.trim().to_lowercase();
    (!domain.is_empty()).then_some(domain)
}

/// Adds a contact's mail domain to its company.
fn share_domain(
    state: &mut State,
    switches: &Switches,
    _was: Option<&FieldMap>,
    record: &FieldMap,
    now: Timestamp,
) {
    if switches.leaves_domains {
        return;
    }
    let company = text_of(record, "companyId").and_then(|id| state.get("company", &id));
    let domain = text_of(record, "email").and_then(|email| domain_of(&email));
    let (Some(mut company), Some(domain)) = (company, domain) else {
        return;
    };
    if PUBLIC_DOMAINS.contains(&domain.as_str()) {
        return;
    }
    let domains = company
        .entry("domains")
        .or_insert_with(|| Value::Array(Vec::new()));
    let Value::Array(domains) = domains else { return };
    let known = |known: &Value| {
        known
            .as_str()
            .is_some_and(|known| known.eq_ignore_ascii_case(&domain))
    };
    if domains.iter().any(known) {
        return;
    }
    domains.push(domain.into());
    state.touch_company(company, now);
}
