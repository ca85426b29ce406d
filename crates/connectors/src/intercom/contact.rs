//! Contacts: users and leads.

use model::Fields;
use serde::Deserialize;
use serde_json::Value as Json;

use super::{
    fields::{self, Holds, Known, Place, first_text, known},
    object::{List, OURS, Object, PLAIN, at, put},
};

pub(super) static CONTACT: Object = Object {
    name: "contact",
    title: "Contact",
    list: List::Search,
    path: "/contacts",
    permission: "Read and list users and companies",
    known: KNOWN,
    // Made of the address; the number in another form; what becomes records of its own.
    internal: &["email_domain", "formatted_phone", "notes"],
    title_of: |json| {
        let title = first_text(json, &["name", "email", "phone", "external_id", "id"]);
        super::html::one_line(title.unwrap_or_default())
    },
    derive,
    ..PLAIN
};

const KNOWN: &[Known] = &[
    known("role", Holds::Text),
    known("external_id", Holds::Text),
    known("email", Holds::Text),
    known("phone", Holds::Text),
    known("name", Holds::Text),
    known("owner_id", Holds::One("admin")),
    known("former_teammates", Holds::Words),
    known("avatar", Holds::Anything),
    known("companies", Holds::Many("company")),
    known("tags", Holds::Many("tag")),
    // Where the connection asks for them.
    known("segments", Holds::Many("segment")),
    known("has_hard_bounced", Holds::Bool),
    known("marked_email_as_spam", Holds::Bool),
    known("unsubscribed_from_emails", Holds::Bool),
    known("unsubscribed_from_sms", Holds::Bool),
    known("sms_consent", Holds::Anything),
    known("enabled_push_messaging", Holds::Bool),
    known("opted_out_subscription_types", Holds::Anything),
    known("opted_in_subscription_types", Holds::Anything),
    known("created_at", Holds::Moment),
    known("updated_at", Holds::Moment),
    known("signed_up_at", Holds::Moment),
    known("last_seen_at", Holds::Moment),
    known("last_replied_at", Holds::Moment),
    known("last_contacted_at", Holds::Moment),
    known("last_email_opened_at", Holds::Moment),
    known("last_email_clicked_at", Holds::Moment),
    known("language_override", Holds::Text),
    known("browser", Holds::Text),
    known("browser_version", Holds::Text),
    known("browser_language", Holds::Text),
    known("os", Holds::Text),
    known("location.country", Holds::Text),
    known("location.region", Holds::Text),
    known("location.city", Holds::Text),
    known("location.country_code", Holds::Text),
    known("location.continent_code", Holds::Text),
    known("android_app_name", Holds::Text),
    known("android_app_version", Holds::Text),
    known("android_device", Holds::Text),
    known("android_os_version", Holds::Text),
    known("android_sdk_version", Holds::Text),
    known("android_last_seen_at", Holds::Moment),
    known("ios_app_name", Holds::Text),
    known("ios_app_version", Holds::Text),
    known("ios_device", Holds::Text),
    known("ios_os_version", Holds::Text),
    known("ios_sdk_version", Holds::Text),
    known("ios_last_seen_at", Holds::Moment),
    known("referrer", Holds::Text),
    known("utm_campaign", Holds::Text),
    known("utm_content", Holds::Text),
    known("utm_medium", Holds::Text),
    known("utm_source", Holds::Text),
    known("utm_term", Holds::Text),
    known("social_profiles", Holds::Words),
    known("merge_history", Holds::Anything),
];

/// What was read in full stands in place of the first ten that a contact shows.
fn derive(json: &Json, place: Place<'_>, fields: &mut Fields) {
    for (name, object) in [("companies", "company"), ("tags", "tag"), ("segments", "segment")] {
        let list = at(json, &[OURS, name]);
        if list.is_array() {
            put(fields, name, Holds::Many(object).read(list, place));
        }
    }
    let profiles = fields::items(at(json, &["social_profiles"]));
    let urls = profiles.into_iter().flatten();
    let urls = urls.filter_map(|one| first_text(one, &["url", "name"]));
    let urls: Vec<model::Value> = urls.map(model::Value::text).collect();
    if json.get("social_profiles").is_some() {
        put(fields, "social_profiles", model::Value::List(urls));
    }
}

/// A list that stands within a contact: its first ten.
#[derive(Default, Deserialize)]
pub(super) struct Within {
    #[serde(default)]
    data: Option<Vec<serde::de::IgnoredAny>>,
    #[serde(default)]
    total_count: Option<Json>,
    #[serde(default)]
    has_more: Option<bool>,
}

#[derive(Default, Deserialize)]
struct Lists {
    #[serde(default)]
    companies: Option<Within>,
    #[serde(default)]
    tags: Option<Within>,
    #[serde(default)]
    notes: Option<Within>,
}

impl Within {
    fn shown(&self) -> u64 {
        self.data.as_ref().map_or(0, |data| data.len() as u64)
    }

    fn has_more(&self) -> bool {
        let total = self.total_count.as_ref().and_then(Json::as_u64);
        self.has_more == Some(true) || total.is_some_and(|total| total > self.shown())
    }

    fn is_empty(&self) -> bool {
        self.shown() == 0 && !self.has_more()
    }
}

/// The lists of a contact that have to be read besides: those that show their first ten only, and the notes, which it shows
/// by their ids alone.
pub(super) fn to_read(text: &str) -> Vec<&'static str> {
    let Ok(lists) = serde_json::from_str::<Lists>(text) else {
        return vec!["companies", "tags", "notes"];
    };
    let more = |within: &Option<Within>| within.as_ref().is_some_and(Within::has_more);
    let mut wanted = Vec::new();
    if more(&lists.companies) {
        wanted.push("companies");
    }
    if more(&lists.tags) {
        wanted.push("tags");
    }
    if lists.notes.is_some_and(|notes| !notes.is_empty()) {
        wanted.push("notes");
    }
    wanted
}
