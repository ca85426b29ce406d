//! What the documentation leaves open, as settings of the twin.

use model::{Fault, FaultKind};

use super::{models::Verb, permissions};
use crate::{TwinOptions, TwinSetting, kit::distance};

/// What becomes of a conversation that is created with a reserved type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reserved {
    Note,
    Accept,
    Refuse,
}

/// How an error of a single request reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ErrorForm {
    Json,
    Text,
    Html,
}

macro_rules! switches {
    ($($field:ident: $name:literal = [$first:literal, $second:literal], $help:literal;)*) => {
        /// The settings, parsed; each flag is true when the second value was chosen.
        #[derive(Clone, Debug)]
        pub(super) struct Switches {
            pub denied: Vec<(&'static str, Verb)>,
            pub tenant: String,
            pub soft_limit: u64,
            pub hard_limit: u64,
            pub types: Vec<String>,
            pub reserved: Reserved,
            pub error_form: ErrorForm,
            $(pub $field: bool,)*
        }

        /// The settings as the card shows them; the first value is the default.
        pub(in super::super) static SETTINGS: &[TwinSetting] = &[
            TwinSetting { name: "deny", values: &[""], help: "What the token may not do: a comma list like `conversation.create,enduser.view`." },
            TwinSetting { name: "permissions", values: &[""], help: "What the token may do, and nothing else: a comma list like `company:view,end users:view,conversation:*`; without it, everything." },
            TwinSetting { name: "tenant", values: &[""], help: "The tenant token that the analytics paths take; without it, any." },
            TwinSetting { name: "soft_limit", values: &[""], help: "How many calls a minute are taken where `limits` is `documented`; 200 unless it is given." },
            TwinSetting { name: "hard_limit", values: &[""], help: "How many calls a second are taken where `limits` is `documented`; 150 unless it is given." },
            TwinSetting { name: "conversation_types", values: &[""], help: "The workspace's own conversation types: a comma list like `Training,In person meeting`." },
            TwinSetting { name: "reserved_types", values: &["note", "accept", "refuse"], help: "What creating an email, chat, ticket or call through `/conversations` gives." },
            TwinSetting { name: "error_form", values: &["json", "text", "html"], help: "How the body of a failed single request reads." },
            $(TwinSetting { name: $name, values: &[$first, $second], help: $help },)*
        ];

        impl Switches {
            /// Checks the settings.
            pub(super) fn parse(options: &TwinOptions) -> Result<Self, Fault> {
                for (name, value) in &options.settings {
                    check(name, value)?;
                }
                let value = |name: &str| options.settings.get(name).map(|value| value.trim());
                Ok(Self {
                    denied: permissions::denied(value("deny"), value("permissions"))?,
                    tenant: value("tenant").unwrap_or_default().to_owned(),
                    soft_limit: number("soft_limit", value("soft_limit"), 200)?,
                    hard_limit: number("hard_limit", value("hard_limit"), 150)?,
                    types: value("conversation_types").map_or(Vec::new(), words),
                    reserved: match value("reserved_types") {
                        Some("accept") => Reserved::Accept,
                        Some("refuse") => Reserved::Refuse,
                        _ => Reserved::Note,
                    },
                    error_form: match value("error_form") {
                        Some("text") => ErrorForm::Text,
                        Some("html") => ErrorForm::Html,
                        _ => ErrorForm::Json,
                    },
                    $($field: value($name) == Some($second),)*
                })
            }
        }
    };
}

switches! {
    denied_is_404: "denied_status" = ["403", "404"], "The status for a model that the token may not touch.";
    refuses_over_max: "over_max_limit" = ["clamp", "400"], "What a `limit` above the model's maximum gives.";
    object_errors: "bulk_error_form" = ["text", "object"], "What an element of a bulk error list is: a text, or an object with the record and the text.";
    mixed_denied_is_206: "bulk_mixed_denied" = ["403", "206"], "The status of a bulk write of which a part was denied and a part worked.";
    too_many_is_413: "bulk_too_many" = ["400", "413"], "The status for more than 5,000 records in a bulk write.";
    upserted_all: "upserted_ids" = ["created", "all"], "Whether `upsertedIds` holds updated records too.";
    unchanged_bumps: "bulk_unchanged_bumps" = ["no", "yes"], "Whether a bulk write that changes nothing in a record moves its `updatedAt`.";
    refuses_unknown_id: "bulk_unknown_id" = ["insert", "refuse"], "What a bulk record with an unknown `_id` gives.";
    select_listed_only: "select_surfaces_all" = ["yes", "no"], "Whether `select` reaches properties that the list leaves out.";
    oldest_first: "conversation_order" = ["newest", "oldest"], "How conversations are listed without `sort`: the newest `date` first, or as they were created.";
    undocumented_filters: "undocumented_filters" = ["ignored", "work"], "Whether `type` on conversations, `parent` on custom fields and `email` on users filter.";
    unknown_company_is_404: "unknown_company_filter" = ["empty", "404"], "What a list that is filtered by an unknown company gives.";
    refuses_put_id: "put_with_id" = ["accept", "400"], "What a single update with `_id` in its body gives.";
    deletes_by_key: "delete_by_key" = ["no", "yes"], "Whether a delete takes `extid-` and `srcid-`.";
    empty_delete: "delete_answer" = ["result", "empty"], "What deleting a record other than a company or a conversation answers.";
    replaces_custom: "custom_merge" = ["merge", "replace"], "Whether an update keeps the custom fields that it does not name.";
    keeps_null_custom: "custom_null" = ["clear", "keep"], "What null does to a custom field.";
    drops_unknown_custom: "unknown_custom" = ["store", "drop"], "What becomes of a custom value that no custom field defines.";
    keeps_unknown: "unknown_properties" = ["drop", "store"], "What becomes of a property that is not documented.";
    writes_automatic: "automatic_properties" = ["ignore", "write"], "What a write to an autogenerated property does.";
    casts_external_id: "external_id_numbers" = ["keep", "text"], "Whether a number sent as `externalId` or `sourceId` becomes a text.";
    exact_email: "email_case" = ["ignored", "exact"], "Whether e-mail addresses that differ only in case are different.";
    keeps_whole_name: "enduser_name" = ["split", "keep"], "Whether a contact's `name` that comes alone is split into first and last name.";
    hides_archived_by_id: "archived_by_id" = ["yes", "no"], "Whether an archived contact or task is reached by its id.";
    leaves_domains: "domains_from_endusers" = ["yes", "no"], "Whether a contact's mail domain is added to its company.";
    no_ticket_by_id: "ticket_by_id" = ["yes", "no"], "Whether `GET /tickets/{id}` exists.";
    hides_ticket_source_id: "ticket_source_id" = ["both", "external"], "Whether a ticket's `sourceId` comes back under its own name besides `externalId`.";
    no_comments: "comments" = ["present", "absent"], "Whether `/comments` exists.";
    refuses_comments: "comment_writes" = ["accept", "refuse"], "Whether comments can be made, changed and deleted.";
    disowns_comments: "comment_author" = ["given", "account"], "Whose a comment is that says `by`: that user's, or the token's.";
    rewrites_comments: "comment_markup" = ["kept", "rewritten"], "Whether a comment's markup is kept as it was sent, or written in other tags.";
    no_files: "files" = ["present", "absent"], "Whether `GET /files/{id}/{name}` gives the pictures that texts show.";
    no_line_items: "lineitems" = ["present", "absent"], "Whether `/lineitems` exists.";
    no_workflows: "workflows" = ["present", "absent"], "Whether `/workflows` exists.";
    legacy: "legacy_routes" = ["absent", "present"], "Whether the routes of 2017 exist: `/calls`, `/segments`, `/activitytags`, `/companies/{id}/licenses`, `/companies/{id}/endusers` and `POST /{tenant}/dimensiondata`.";
    live_nps: "nps_names" = ["documented", "live"], "How a survey's answer is named when it is read: `score`, `comment`, `dateAnswered` and `euId`, or `nps`, `npsComment`, `npsDate` and no contact.";
    expands_currency: "list_currency" = ["code", "object"], "Whether lists of licenses and sales show a currency as its code or as an object.";
    unknown_tenant_is_404: "unknown_tenant" = ["200", "404"], "What an analytics path gives with a tenant token that is not `tenant`; nothing is kept either way.";
    answers_activities: "activity_answer" = ["empty", "json"], "What the body of an answer to activities is: nothing, or how many were processed and which of them failed.";
    ignores_unknown_target: "unknown_metric_target" = ["error", "ignored"], "Whether a metric for a record that does not exist is reported in the answer.";
    limited: "limits" = ["off", "documented"], "Whether the twin itself refuses calls above 200 a minute or 150 a second, with rate headers. Analytics paths are never limited.";
    no_profile: "myprofile" = ["present", "absent"], "Whether `GET /myprofile` exists.";
}

fn fault() -> Fault {
    Fault::new(FaultKind::Settings, "starting the Planhat twin")
}

fn check(name: &str, value: &str) -> Result<(), Fault> {
    let Some(setting) = SETTINGS.iter().find(|setting| setting.name == name) else {
        let names = SETTINGS.iter().map(|setting| setting.name);
        return Err(unknown("setting", name, names));
    };
    let free = setting.values == [""];
    if free || setting.values.contains(&value.trim()) {
        return Ok(());
    }
    let what = format!("value of {name}");
    Err(unknown(&what, value, setting.values.iter().copied()))
}

fn number(name: &str, value: Option<&str>, usual: u64) -> Result<u64, Fault> {
    let Some(value) = value.filter(|value| !value.is_empty()) else {
        return Ok(usual);
    };
    let bad = || fault().said(format!("`{value}` is no number of calls for {name}"));
    value.parse().map_err(|_| bad())
}

pub(super) fn unknown<'a>(what: &str, given: &str, valid: impl Iterator<Item = &'a str>) -> Fault {
    let said = fault().said(format!("there is no {what} called `{given}`"));
    match valid.min_by_key(|name| distance(given, name)) {
        Some(name) => said.hint(format!("the nearest is `{name}`")),
        None => said,
    }
}

pub(super) fn words(list: &str) -> Vec<String> {
    let words = list.split(',').map(str::trim).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}
