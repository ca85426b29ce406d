//! What records of each family hold, and how each field is shown.

use super::{kind::Kind, state::Family};

/// How a stored field is shown.
#[derive(Clone, Copy)]
pub(super) enum Show {
    /// As it is kept.
    Plain,
    /// Not at all: it is kept for filters and derived values.
    Hidden,
    User,
    Users,
    Artifact,
    Artifacts,
    Account,
    Org,
    Part,
    Parts,
    Tags,
    Stage,
    /// A summary of a fragment.
    Atom,
    /// A number with its label.
    Level(&'static [(i64, &'static str)]),
    /// A fragment's field descriptors.
    Descriptors,
}

use Show::{
    Account, Artifact, Artifacts, Atom, Descriptors, Hidden, Level, Org, Part, Parts, Plain, Stage, Tags,
    User, Users,
};

type Model = &'static [(&'static str, Show)];

const PRIORITIES: &[(i64, &str)] = &[(1, "P0"), (2, "P1"), (3, "P2"), (4, "P3")];
const SENTIMENTS: &[(i64, &str)] = &[
    (1, "Delighted"),
    (2, "Happy"),
    (3, "Neutral"),
    (4, "Unhappy"),
    (5, "Frustrated"),
];

const ACCOUNT: Model = &[
    ("artifacts", Artifacts),
    ("display_name", Plain),
    ("description", Plain),
    ("domains", Plain),
    ("external_refs", Plain),
    ("owned_by", Users),
    ("subtype", Plain),
    ("tags", Tags),
    ("tier", Plain),
    ("websites", Plain),
    ("default_rev_org", Hidden),
];
const REV_ORG: Model = &[
    ("artifacts", Artifacts),
    ("display_name", Plain),
    ("account", Account),
    ("description", Plain),
    ("domain", Plain),
    ("external_ref", Plain),
    ("subtype", Plain),
    ("tags", Tags),
    ("environment", Hidden),
    ("tier", Hidden),
];
const REV_USER: Model = &[
    ("artifacts", Artifacts),
    ("display_name", Plain),
    ("display_picture", Artifact),
    ("email", Plain),
    ("full_name", Plain),
    ("phone_numbers", Plain),
    ("state", Plain),
    ("description", Plain),
    ("external_refs", Plain),
    ("is_verified", Plain),
    ("rev_org", Org),
    ("subtype", Plain),
    ("tags", Tags),
    ("associations", Hidden),
];
const DEV_USER: Model = &[
    ("display_name", Plain),
    ("email", Plain),
    ("full_name", Plain),
    ("state", Plain),
    ("experience_start_date", Plain),
    ("reports_to", User),
    ("subtype", Plain),
    ("job_title", Hidden),
];
const WORK: Model = &[
    ("artifacts", Artifacts),
    ("title", Plain),
    ("body", Plain),
    ("actual_close_date", Plain),
    ("applies_to_part", Part),
    ("external_ref", Plain),
    ("owned_by", Users),
    ("reported_by", Users),
    ("stage", Stage),
    ("subtype", Plain),
    ("tags", Tags),
    ("target_close_date", Plain),
    ("account", Account),
    ("rev_org", Org),
    ("channels", Plain),
    ("needs_response", Plain),
    ("sentiment", Level(SENTIMENTS)),
    ("sentiment_modified_date", Plain),
    ("sentiment_summary", Plain),
    ("severity", Plain),
    ("source_channel", Plain),
    ("developed_with", Parts),
    ("priority", Plain),
    ("priority_v2", Level(PRIORITIES)),
    ("target_start_date", Plain),
    ("is_spam", Hidden),
    ("is_archived", Hidden),
    ("is_frozen", Hidden),
];
const CONVERSATION: Model = &[
    ("title", Plain),
    ("description", Plain),
    ("actual_close_date", Plain),
    ("members", Users),
    ("metadata", Plain),
    ("owned_by", Users),
    ("source_channel", Plain),
    ("stage", Stage),
    ("subtype", Plain),
    ("tags", Tags),
    ("applies_to_parts", Hidden),
    ("is_spam", Hidden),
    ("is_frozen", Hidden),
];
const COMMENT: Model = &[
    ("artifacts", Artifacts),
    ("body", Plain),
    ("body_type", Plain),
    ("external_ref", Plain),
    ("labels", Plain),
    ("panels", Plain),
    ("visibility", Plain),
    ("snap_kit_body", Plain),
    ("object", Hidden),
    ("private_to", Hidden),
    ("expires_at", Hidden),
];
const ARTIFACT: Model = &[
    ("name", Hidden),
    ("media_type", Hidden),
    ("parent", Hidden),
    ("versions", Hidden),
];
const TAG: Model = &[
    ("name", Plain),
    ("description", Plain),
    ("allowed_values", Plain),
    ("style_new", Plain),
];
const PART: Model = &[
    ("artifacts", Artifacts),
    ("name", Plain),
    ("description", Plain),
    ("owned_by", Users),
    ("subtype", Plain),
    ("tags", Tags),
    ("target_close_date", Plain),
    ("target_start_date", Plain),
    ("parent_part", Hidden),
    ("code_inferred_surface_area", Hidden),
    ("code_repo_paths", Hidden),
    ("code_repo_url", Hidden),
];
const CUSTOM_OBJECT: Model = &[
    ("subtype", Plain),
    ("title", Plain),
    ("unique_key", Plain),
    ("stage", Stage),
];
const FRAGMENT: Model = &[
    ("leaf_type", Plain),
    ("description", Plain),
    ("fragment_type", Plain),
    ("fields", Descriptors),
    ("is_custom_leaf_type", Plain),
    ("is_deprecated", Plain),
    ("deprecated", Plain),
    ("conditions", Plain),
    ("composite_schemas", Plain),
    ("id_prefix", Plain),
    ("leaf_type_display_name", Plain),
    ("stock_field_overrides", Plain),
    ("subtype", Plain),
    ("subtype_display_name", Plain),
    ("app", Plain),
    ("app_display_name", Plain),
    ("old_fragment_ref", Atom),
    ("new_fragment_ref", Atom),
];

/// A family's fields.
pub(super) fn model(family: Family) -> Model {
    match family {
        Family::Fragments => FRAGMENT,
        Family::DevUsers => DEV_USER,
        Family::Artifacts => ARTIFACT,
        Family::Tags => TAG,
        Family::Parts => PART,
        Family::Accounts => ACCOUNT,
        Family::RevOrgs => REV_ORG,
        Family::RevUsers => REV_USER,
        Family::Works => WORK,
        Family::Conversations => CONVERSATION,
        Family::CustomObjects => CUSTOM_OBJECT,
        Family::Comments => COMMENT,
    }
}

/// The shared spelling of a field's name, and how it is shown.
pub(super) fn field(family: Family, name: &str) -> Option<(&'static str, Show)> {
    model(family).iter().copied().find(|(known, _)| *known == name)
}

/// Lists that are shown even when nothing is in them.
pub(super) fn always(family: Family) -> &'static [&'static str] {
    match family {
        Family::Accounts | Family::Works | Family::Parts => &["owned_by"],
        Family::Conversations => &["members"],
        _ => &[],
    }
}

/// The envelope of one record, and of many.
pub(super) fn envelope(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Account => ("account", "accounts"),
        Kind::RevOrg => ("rev_org", "rev_orgs"),
        Kind::RevUser => ("rev_user", "rev_users"),
        Kind::DevUser => ("dev_user", "dev_users"),
        Kind::Ticket | Kind::Issue => ("work", "works"),
        Kind::Conversation => ("conversation", "conversations"),
        Kind::Custom(_) => ("custom_object", "result"),
        Kind::Comment => ("timeline_entry", "timeline_entries"),
        Kind::Artifact => ("artifact", "artifacts"),
        Kind::Tag => ("tag", "tags"),
        Kind::TenantFragment | Kind::CustomTypeFragment | Kind::AppFragment | Kind::StockFragment => {
            ("fragment", "result")
        }
        _ => ("part", "parts"),
    }
}
