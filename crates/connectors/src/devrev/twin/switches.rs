//! What the documentation leaves open, as switches.

use std::collections::BTreeMap;

use model::{Fault, FaultKind};

use crate::{TwinSetting, kit::distance};

const fn setting(name: &'static str, values: &'static [&'static str], help: &'static str) -> TwinSetting {
    TwinSetting { name, values, help }
}

/// Every switch; the first value is the default.
pub(in crate::devrev) static SETTINGS: &[TwinSetting] = &[
    setting(
        "works_external_ref",
        &["accept", "refuse"],
        "Whether works take an external_ref, which the 2025 description lacks.",
    ),
    setting(
        "account_display_name",
        &["unique", "any"],
        "Whether two accounts may share a display name.",
    ),
    setting(
        "dev_user_email",
        &["conflict", "accept"],
        "Whether a second dev user with the same e-mail is refused.",
    ),
    setting(
        "merged",
        &["moved", "gone"],
        "What a call about a record that was merged into another gets: the other's id with 301, or 404.",
    ),
    setting(
        "max_page",
        &["100", "50", "500", "1000"],
        "The largest limit of a list.",
    ),
    setting("over_max_page", &["refuse", "clamp"], "What a larger limit gets."),
    setting(
        "list_order",
        &["oldest_first", "newest_first"],
        "How a list without sort_by is ordered.",
    ),
    setting(
        "missing_reference",
        &["invalid_id", "bad_request", "not_found"],
        "What a reference to something that does not exist gets.",
    ),
    setting(
        "missing_spec",
        &["missing_required_field", "bad_request", "field_not_in_schema"],
        "What custom fields without a custom_schema_spec get.",
    ),
    setting(
        "length_error",
        &["invalid_field", "value_not_permitted", "bad_request"],
        "What a text or a list of the wrong length gets.",
    ),
    setting(
        "stage_error",
        &["value_not_permitted", "invalid_field", "bad_request"],
        "What an unknown or forbidden stage gets.",
    ),
    setting(
        "conversation_stage",
        &["any", "start_only"],
        "Whether a conversation may be created in a stage other than the first.",
    ),
    setting(
        "empty_owned_by",
        &["refuse", "accept"],
        "Whether a work may be created with an empty owned_by.",
    ),
    setting(
        "null_fields",
        &["refuse", "ignore"],
        "What a null gets where the description does not allow one.",
    ),
    setting(
        "display_ids",
        &["accept", "refuse"],
        "Whether requests may name things by their display ids.",
    ),
    setting(
        "contact_external_refs",
        &["one", "many"],
        "How many external_refs a contact may have.",
    ),
    setting(
        "timeline_external_ref",
        &["either", "entry", "object"],
        "What the id beside an external_ref names when a timeline entry is read.",
    ),
    setting(
        "comment_moves_parent",
        &["no", "yes"],
        "Whether a comment that is made or changed moves the modified_date of what it is about.",
    ),
    setting(
        "timeline_entries",
        &["comments", "all"],
        "Whether lists of timeline entries tell of changes too, as the live API's do.",
    ),
    setting(
        "fragment_field_names",
        &["plain", "prefixed"],
        "Whether a fragment that is read names its fields with their prefix.",
    ),
    setting(
        "meeting_external_ref",
        &["unique", "any"],
        "Whether two meetings may share an external_ref.",
    ),
    setting(
        "same_link",
        &["accept", "conflict"],
        "What a second link of one type between the same two things gets.",
    ),
    setting(
        "link_pairs",
        &["known", "any"],
        "Whether stock links are legal only between the kinds of things of which it was seen.",
    ),
    setting(
        "artifact_limit",
        &["33554432", "1048576", "1024"],
        "The largest file that can be uploaded, in bytes.",
    ),
    setting(
        "artifact_url_seconds",
        &["3600", "60", "1"],
        "How long the address of an upload or of a download holds.",
    ),
    setting(
        "artifact_again",
        &["accept", "refuse"],
        "What adding an artifact to the record that it hangs on already gets.",
    ),
    setting(
        "artifact_without_file",
        &["refuse", "accept"],
        "What attaching an artifact gets for which nothing was uploaded.",
    ),
    setting(
        "leaf_type_access",
        &["at_once", "after_a_minute", "never"],
        "When a token may use a leaf type that was just made; before, its objects are forbidden.",
    ),
    setting(
        "custom_object_key",
        &["conflict", "existing"],
        "What creating a custom object with a key that its leaf type has already gives.",
    ),
    setting(
        "custom_object_filters",
        &["eq", "all"],
        "Whether filter expressions take operators besides eq: and, or, not, in, ne, gt, gte, lt, lte.",
    ),
    setting(
        "custom_field_names",
        &["snake", "any"],
        "Whether custom field names must be lowercase letters, digits and underscores.",
    ),
];

/// The switches as they stand.
#[derive(Clone, Debug, Default)]
pub(super) struct Switches(BTreeMap<&'static str, &'static str>);

impl Switches {
    /// Reads named values; a name or a value that is not known is a fault that says the nearest one.
    pub(super) fn read(values: &BTreeMap<String, String>) -> Result<Self, Fault> {
        let mut switches = BTreeMap::new();
        for (name, value) in values {
            let Some(known) = SETTINGS.iter().find(|setting| setting.name == name) else {
                let names = SETTINGS.iter().map(|setting| setting.name);
                return Err(unknown("setting", name, names));
            };
            let Some(value) = known.values.iter().find(|known| *known == value) else {
                return Err(unknown(
                    &format!("value of {name}"),
                    value,
                    known.values.iter().copied(),
                ));
            };
            switches.insert(known.name, *value);
        }
        Ok(Self(switches))
    }

    fn get(&self, name: &str) -> &'static str {
        let first = || {
            SETTINGS
                .iter()
                .find(|setting| setting.name == name)
                .and_then(|setting| setting.values.first().copied())
                .unwrap_or("")
        };
        self.0.get(name).copied().unwrap_or_else(first)
    }

    pub(super) fn is(&self, name: &str, value: &str) -> bool {
        self.get(name) == value
    }

    pub(super) fn max_page(&self) -> usize {
        self.get("max_page").parse().unwrap_or(100)
    }

    pub(super) fn missing_reference(&self) -> &'static str {
        self.get("missing_reference")
    }

    pub(super) fn missing_spec(&self) -> &'static str {
        self.get("missing_spec")
    }

    pub(super) fn length_error(&self) -> &'static str {
        self.get("length_error")
    }

    pub(super) fn stage_error(&self) -> &'static str {
        self.get("stage_error")
    }

    pub(super) fn timeline_external_ref(&self) -> &'static str {
        self.get("timeline_external_ref")
    }

    pub(super) fn artifact_limit(&self) -> u64 {
        self.get("artifact_limit").parse().unwrap_or(u64::MAX)
    }

    pub(super) fn artifact_url_milliseconds(&self) -> i64 {
        self.get("artifact_url_seconds").parse().unwrap_or(3_600) * 1_000
    }

    pub(super) fn leaf_type_access(&self) -> &'static str {
        self.get("leaf_type_access")
    }

    pub(super) fn display_ids(&self) -> bool {
        self.is("display_ids", "accept")
    }

    pub(super) fn null_ignored(&self) -> bool {
        self.is("null_fields", "ignore")
    }
}

fn unknown(what: &str, given: &str, known: impl Iterator<Item = &'static str>) -> Fault {
    let nearest = known.min_by_key(|name| distance(given, name)).unwrap_or("");
    Fault::new(
        FaultKind::Settings,
        format!("reading the DevRev twin's {what} `{given}`"),
    )
    .hint(format!("the nearest that exists is `{nearest}`"))
}
