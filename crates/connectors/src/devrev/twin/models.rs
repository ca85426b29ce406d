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
    /// Artifacts that are shown elsewhere.
    Held,
    /// Tags that are not shown.
    HiddenTags,
    /// A stage's state.
    StateOf,
    /// A diagram's stages.
    Nodes,
    /// An id, a display id and a name.
    Named,
    Group,
    Directory,
    /// A summary of anything.
    Any,
    /// An id and a display id.
    Ids,
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
    Account, Any, Artifact, Artifacts, Atom, Descriptors, Directory, Group, Held, Hidden, HiddenTags, Ids,
    Level, Named, Nodes, Org, Part, Parts, Plain, Stage, StateOf, Tags, User, Users,
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
    ("external_identities", Plain),
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
    ("stage_key", Hidden),
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
    ("group", Group),
    ("annual_contract_value", Plain),
    ("contacts", Users),
    ("forecast_category_v2", Level(FORECASTS)),
    ("value", Plain),
    ("amount", Hidden),
    ("customer_budget", Hidden),
    ("forecast_category", Hidden),
    ("probability", Hidden),
    ("embedded", Hidden),
    ("start_date", Hidden),
    ("is_frozen", Hidden),
];
const FORECASTS: &[(i64, &str)] = &[
    (1, "Omitted"),
    (2, "Pipeline"),
    (3, "Upside"),
    (4, "Strong upside"),
    (5, "Commit"),
    (6, "Won"),
];
const SCOPES: &[(i64, &str)] = &[(1, "Internal"), (2, "External")];
const CONVERSATION: Model = &[
    ("title", Plain),
    ("description", Plain),
    ("actual_close_date", Plain),
    ("members", Users),
    ("metadata", Plain),
    ("owned_by", Users),
    ("source_channel", Plain),
    ("stage", Stage),
    ("stage_key", Hidden),
    ("subtype", Plain),
    ("tags", Tags),
    ("applies_to_parts", Hidden),
    ("group", Group),
    ("is_spam", Hidden),
    ("is_frozen", Hidden),
];
const COMMENT: Model = &[
    ("event", Hidden),
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
const GROUP: Model = &[
    ("description", Plain),
    ("is_default", Plain),
    ("member_type", Plain),
    ("name", Plain),
    ("owner", User),
    ("type", Hidden),
];
const MEMBERSHIP: Model = &[
    ("group", Hidden),
    ("member", Hidden),
    ("member_rev_org", Hidden),
    ("pair", Hidden),
];
const MEETING: Model = &[
    ("channel", Plain),
    ("description", Plain),
    ("ended_date", Plain),
    ("external_ref", Plain),
    ("external_url", Plain),
    ("members", Users),
    ("organizer", User),
    ("parent", Any),
    ("recording", Artifact),
    ("recording_url", Plain),
    ("scheduled_date", Plain),
    ("state", Plain),
    ("subtype", Plain),
    ("tags", Tags),
    ("title", Plain),
    ("transcript", Artifact),
];
const DIRECTORY: Model = &[
    ("description", Plain),
    ("icon", Plain),
    ("language", Hidden),
    ("parent", Directory),
    ("published", Plain),
    ("rank", Plain),
    ("tags", Tags),
    ("thumbnail", Artifact),
    ("title", Plain),
];
const ARTICLE: Model = &[
    ("access_level", Hidden),
    ("aliases", Hidden),
    ("applies_to_parts", Parts),
    ("article_type", Plain),
    ("artifacts", Held),
    ("authored_by", Users),
    ("brand", Hidden),
    ("content_blocks", Hidden),
    ("content_format", Hidden),
    ("data_sources", Hidden),
    ("description", Plain),
    ("extracted_content", Artifacts),
    ("language", Hidden),
    ("owned_by", Users),
    ("parent", Directory),
    ("published_at", Hidden),
    ("published_version", Hidden),
    ("rank", Plain),
    ("release_notes", Hidden),
    ("scope", Level(SCOPES)),
    ("shared_with", Hidden),
    ("status", Hidden),
    ("subtype", Hidden),
    ("tags", HiddenTags),
    ("title", Plain),
    ("url", Hidden),
];
const LINK_TYPE: Model = &[
    ("backward_name", Plain),
    ("forward_name", Plain),
    ("is_deprecated", Plain),
    ("name", Plain),
    ("source_types", Plain),
    ("target_types", Plain),
    ("tooltip", Plain),
];
const LINK: Model = &[
    ("custom_link_type", Ids),
    ("ends", Hidden),
    ("link_type", Plain),
    ("source", Any),
    ("target", Any),
];
const STATE: Model = &[
    ("is_final", Plain),
    ("is_stock", Hidden),
    ("name", Plain),
    ("ordinal", Plain),
];
const STAGE: Model = &[
    ("is_stock", Hidden),
    ("name", Plain),
    ("ordinal", Plain),
    ("state", StateOf),
];
const STAGE_DIAGRAM: Model = &[
    ("is_custom_leaf_type", Plain),
    ("is_default", Plain),
    ("leaf_type", Plain),
    ("name", Plain),
    ("stages", Nodes),
];
const WEBHOOK: Model = &[
    ("event_types", Plain),
    ("headers", Plain),
    ("secret", Plain),
    ("status", Plain),
    ("url", Plain),
];
const CUSTOM_OBJECT: Model = &[
    ("subtype", Plain),
    ("title", Plain),
    ("unique_key", Plain),
    ("stage", Stage),
    ("stage_key", Hidden),
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
    ("stage_diagram_id", Named),
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
        Family::Groups => GROUP,
        Family::Memberships => MEMBERSHIP,
        Family::Meetings => MEETING,
        Family::Directories => DIRECTORY,
        Family::Articles => ARTICLE,
        Family::LinkTypes => LINK_TYPE,
        Family::Links => LINK,
        Family::Webhooks => WEBHOOK,
        Family::States => STATE,
        Family::Stages => STAGE,
        Family::StageDiagrams => STAGE_DIAGRAM,
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
        Family::Accounts | Family::Works | Family::Parts | Family::Articles => &["owned_by"],
        Family::Conversations | Family::Meetings => &["members"],
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
        Kind::Ticket | Kind::Issue | Kind::Task | Kind::Opportunity => ("work", "works"),
        Kind::Group => ("group", "groups"),
        Kind::Meeting => ("meeting", "meetings"),
        Kind::Directory => ("directory", "directories"),
        Kind::Article => ("article", "articles"),
        Kind::LinkType => ("custom_link_type", "result"),
        Kind::Link => ("link", "links"),
        Kind::State => ("custom_state", "result"),
        Kind::Stage => ("custom_stage", "result"),
        Kind::StageDiagram => ("stage_diagram", "result"),
        Kind::Webhook => ("webhook", "webhooks"),
        Kind::Conversation => ("conversation", "conversations"),
        Kind::Custom(_) => ("custom_object", "result"),
        Kind::Comment | Kind::ChangeEvent => ("timeline_entry", "timeline_entries"),
        Kind::Artifact => ("artifact", "artifacts"),
        Kind::Tag => ("tag", "tags"),
        Kind::TenantFragment | Kind::CustomTypeFragment | Kind::AppFragment | Kind::StockFragment => {
            ("fragment", "result")
        }
        _ => ("part", "parts"),
    }
}
