//! What the documentation leaves open, as switches.

use std::collections::BTreeMap;

use model::{Fault, FaultKind};

use crate::{TwinSetting, kit::distance};

const fn setting(name: &'static str, values: &'static [&'static str], help: &'static str) -> TwinSetting {
    TwinSetting { name, values, help }
}

/// Every switch; the first value is the default, and the only value `""` means that any text is taken.
pub(in crate::intercom) static SETTINGS: &[TwinSetting] = &[
    setting(
        "region",
        &["US", "EU", "AU"],
        "Where the workspace is hosted, as `/me` says it.",
    ),
    setting(
        "timezone",
        &[
            "America/New_York",
            "UTC",
            "Europe/Dublin",
            "Asia/Kolkata",
            "Australia/Sydney",
        ],
        "The workspace's time zone, in whose days contacts are searched.",
    ),
    setting(
        "default_version",
        &["2.14", "2.15", "2.16"],
        "The version of the API where a request names none.",
    ),
    setting(
        "newer_paths",
        &["400", "404"],
        "What a path gives that the version of the request does not have yet.",
    ),
    setting(
        "calls_per_minute",
        &[""],
        "How many calls a minute are taken, a sixth of them in each ten seconds; without it, any number.",
    ),
    setting(
        "permissions",
        &[""],
        "What the token may do, and nothing else: a comma list like `read_admins,read_conversations`; without it, everything.",
    ),
    setting(
        "denied",
        &["403", "401"],
        "What a call gets for which the token lacks the permission: `forbidden` or `token_unauthorized`.",
    ),
    setting(
        "client_id",
        &[""],
        "The OAuth app's id that is taken; without it, any.",
    ),
    setting(
        "client_secret",
        &[""],
        "The OAuth app's secret that is taken, and that webhooks are signed with; without it, any.",
    ),
    setting(
        "tickets_as_conversations",
        &["converted", "none", "all"],
        "Which tickets are met among conversations too: those that were conversations once, none, or all.",
    ),
    setting(
        "part_total",
        &["all", "500"],
        "What `total_count` of parts says where more than 500 exist: all of them, or those that are shown.",
    ),
    setting(
        "teammates",
        &["admins", "teammates", "both"],
        "Under which name a conversation lists its teammates.",
    ),
    setting(
        "file_minutes",
        &["30", "1", "60", "1440"],
        "How many minutes an address of a file works.",
    ),
    setting(
        "expired_file",
        &["403", "404", "410"],
        "What an address of a file answers once it has expired.",
    ),
    setting(
        "webhook_url",
        &[""],
        "Where the app's events are sent; without it, nowhere.",
    ),
    setting(
        "webhook_topics",
        &[""],
        "The topics that are sent: a comma list like `conversation.user.replied,article.updated`; without it, all.",
    ),
    setting(
        "webhook_version",
        &["2.14", "2.15", "2.16"],
        "The version whose shapes events have.",
    ),
    setting(
        "webhook_ping",
        &["first", "no"],
        "Whether a `ping` goes ahead of the first event.",
    ),
    setting(
        "webhook_duplicates",
        &["no", "yes"],
        "Whether every event is sent twice.",
    ),
    setting(
        "webhook_order",
        &["kept", "reversed"],
        "In which order events that are due at once are sent.",
    ),
    setting("webhook_times", &["seconds", "iso"], "How events write times."),
    setting(
        "part_ids",
        &["text", "number"],
        "Whether the id of a part is a text or a number.",
    ),
    setting(
        "unknown_part_types",
        &["no", "yes"],
        "Whether parts without a text have types that nobody has heard of.",
    ),
    setting(
        "missing_values",
        &["null", "absent"],
        "Whether what a conversation, ticket or article has not is null, or not there.",
    ),
    setting(
        "large_pages",
        &["work", "404", "502"],
        "What a search for conversations or tickets gives with more than 50 on a page.",
    ),
    setting(
        "empty_answers",
        &["never", "some"],
        "Whether one in twenty answers to reading is a 200 without a body.",
    ),
    setting(
        "merged_contact",
        &["410", "404"],
        "What a contact that was merged into another gives from 2.16 on; before, it is not found.",
    ),
    setting(
        "archived_contact",
        &["200", "404"],
        "Whether an archived contact is found by its id.",
    ),
    setting(
        "relations_move_contact",
        &["no", "yes"],
        "Whether a contact's `updated_at` moves when its companies or tags change.",
    ),
    setting(
        "index_seconds",
        &["0", "5", "60", "300"],
        "How many seconds pass before a new contact is found by a search.",
    ),
    setting(
        "unknown_custom",
        &["refuse", "accept"],
        "What a custom attribute gets that no data attribute defines.",
    ),
    setting(
        "scroll_size",
        &["100", "10", "2"],
        "How many companies a call to the scroll gives.",
    ),
    setting(
        "scroll_breaks",
        &["never", "once"],
        "Whether the first scroll breaks off at its second call, and has to be begun again.",
    ),
    setting(
        "scroll_shows",
        &["all", "with_users"],
        "Whether the scroll gives companies without contacts too.",
    ),
];

/// The switches as they stand.
#[derive(Clone, Debug, Default)]
pub(super) struct Switches {
    given: BTreeMap<&'static str, String>,
    calls_per_minute: Option<u64>,
}

impl Switches {
    /// Reads named values; a name or a value that is not known is a fault that says the nearest one.
    pub(super) fn read(values: &BTreeMap<String, String>) -> Result<Self, Fault> {
        let mut given = BTreeMap::new();
        for (name, value) in values {
            let Some(known) = SETTINGS.iter().find(|setting| setting.name == name) else {
                let names = SETTINGS.iter().map(|setting| setting.name);
                return Err(unknown("setting", name, names));
            };
            let value = value.trim();
            if known.values != [""] && !known.values.contains(&value) {
                let values = known.values.iter().copied();
                return Err(unknown(&format!("value of {name}"), value, values));
            }
            given.insert(known.name, value.to_owned());
        }
        let calls_per_minute = match given.get("calls_per_minute").filter(|text| !text.is_empty()) {
            None => None,
            Some(text) => Some(text.parse().map_err(|_| {
                Fault::new(
                    FaultKind::Settings,
                    "reading the Intercom twin's calls_per_minute",
                )
                .hint("it is a whole number")
            })?),
        };
        Ok(Self {
            given,
            calls_per_minute,
        })
    }

    /// A switch's value, or its default.
    pub(super) fn text(&self, name: &str) -> &str {
        if let Some(value) = self.given.get(name) {
            return value;
        }
        let setting = SETTINGS.iter().find(|setting| setting.name == name);
        setting
            .and_then(|setting| setting.values.first().copied())
            .unwrap_or("")
    }

    pub(super) fn is(&self, name: &str, value: &str) -> bool {
        self.text(name) == value
    }

    pub(super) fn calls_per_minute(&self) -> Option<u64> {
        self.calls_per_minute
    }

    /// How many seconds pass before a new contact is found by a search.
    pub(super) fn index_seconds(&self) -> i64 {
        self.text("index_seconds").parse().unwrap_or(0)
    }

    /// Whether the token may do what needs this permission.
    pub(super) fn allows(&self, scope: &str) -> bool {
        let list = self.text("permissions");
        list.is_empty() || list.split(',').any(|word| word.trim() == scope)
    }
}

fn unknown(what: &str, given: &str, known: impl Iterator<Item = &'static str>) -> Fault {
    let nearest = known.min_by_key(|name| distance(given, name)).unwrap_or("");
    Fault::new(
        FaultKind::Settings,
        format!("reading the Intercom twin's {what} `{given}`"),
    )
    .hint(format!("the nearest that exists is `{nearest}`"))
}
