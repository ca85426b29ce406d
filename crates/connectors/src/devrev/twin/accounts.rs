//! Accounts, and the workspaces within them.

use serde_json::{Value, json};

use super::{
    artifacts,
    call::{
        self, CURSOR, CUSTOM, CUSTOM_FIELDS, Call, FIRST_500, LIMIT, MODE, Method, SORT_BY, read, target,
        write,
    },
    kind::{Kind, USERS},
    refusal::{Refusal, Reply},
    row::Row,
    shape::{
        ARTIFACTS, By, FRAGMENT_IDS, Field, IDS, Known, OWNERS, SET_TAGS, SPAN, SPEC, Shape, TEXT, TEXTS,
        field,
    },
    show::{self, Json},
    state::{Family, State},
};

const ACCOUNT: &[Kind] = &[Kind::Account];
const REV_ORG: &[Kind] = &[Kind::RevOrg];
pub(super) const BY_CREATOR: Field = field(
    "created_by",
    Shape::List(&Shape::Id(USERS, Known::Any), 0, usize::MAX),
)
.by(By::Creator);
pub(super) const CREATED: Field = field("created_date", SPAN).by(By::Created);
pub(super) const MODIFIED: Field = field("modified_date", SPAN).by(By::Modified);
/// A string of a format that nobody describes; taken as a tag's id.
pub(super) const TAG_FILTER: Field = field("tags", IDS).by(By::Index("tags"));
const ARTIFACT_SET: Shape = Shape::Object(&[field("set", ARTIFACTS)]);

// The first three are for lists alone, the last for exports.
static ACCOUNTS_LIST: &[Field] = &[
    CURSOR,
    LIMIT,
    MODE,
    BY_CREATOR,
    CREATED,
    CUSTOM,
    field("display_name", TEXTS).by(By::Index("display_name")),
    field("domains", TEXTS).by(By::Index("domains")),
    field("external_refs", TEXTS).by(By::Index("external_refs")),
    MODIFIED,
    field("owned_by", IDS).by(By::Index("owned_by")),
    SORT_BY,
    field("stage", IDS).by(By::Nothing),
    field("subtype", TEXTS).by(By::Field("subtype")),
    TAG_FILTER,
    field("tier", TEXTS).by(By::Index("tier")),
    field("websites", TEXTS).by(By::Index("websites")),
    FIRST_500,
];

static REV_ORGS_LIST: &[Field] = &[
    field("account", IDS).by(By::Index("account")),
    BY_CREATOR,
    CREATED,
    CURSOR,
    field("custom_field_filter", TEXTS).by(By::Nothing),
    CUSTOM,
    field("display_name", TEXTS).by(By::Index("display_name")),
    field("external_ref", TEXTS).by(By::Index("external_ref")),
    LIMIT,
    MODE,
    MODIFIED,
    SORT_BY,
    TAG_FILTER,
];

pub(super) static METHODS: &[Method] = &[
    write(
        "accounts.create",
        &[
            field("artifacts", ARTIFACTS),
            CUSTOM_FIELDS,
            field("custom_schema_spec", SPEC),
            field("description", TEXT),
            field("display_name", TEXT).must(),
            field("domains", TEXTS),
            field("external_refs", TEXTS),
            field("owned_by", OWNERS),
            field("schema_fragment_ids", FRAGMENT_IDS),
            field("tags", SET_TAGS),
            field("tier", TEXT),
            field("websites", TEXTS),
        ],
        create_account,
    ),
    write(
        "accounts.update",
        &[
            target(ACCOUNT),
            field("artifacts", ARTIFACT_SET),
            CUSTOM_FIELDS,
            field("custom_schema_spec", SPEC),
            field("description", TEXT),
            field("display_name", TEXT),
            field("domains", TEXTS),
            field("external_refs", TEXTS),
            field("owned_by", OWNERS),
            field("schema_fragment_ids", FRAGMENT_IDS),
            field("tags", SET_TAGS),
            field("tier", TEXT).or_null(),
            field("websites", Shape::Object(&[field("set", TEXTS)])),
        ],
        update_account,
    ),
    read("accounts.get", &[target(ACCOUNT)], call::get),
    write("accounts.delete", &[target(ACCOUNT)], delete_account),
    read("accounts.list", ACCOUNTS_LIST.split_at(17).0, |call| {
        call.list(Family::Accounts, ACCOUNTS_LIST, "accounts")
    }),
    read("accounts.export", ACCOUNTS_LIST.split_at(3).1, |call| {
        call.export(Family::Accounts, ACCOUNTS_LIST, "accounts")
    }),
    write(
        "rev-orgs.create",
        &[
            field("account", Shape::Id(ACCOUNT, Known::Reference)).must(),
            field("artifacts", ARTIFACTS),
            CUSTOM_FIELDS,
            field("custom_schema_fragments", FRAGMENT_IDS),
            field("description", TEXT),
            field("display_name", TEXT).must(),
            field("domain", TEXT),
            field("environment", Shape::Choice(&["production", "staging", "test"])),
            field("external_ref", TEXT),
            field("tags", SET_TAGS),
            field("tier", TEXT),
        ],
        |call| {
            let mut row = call.draft(Kind::RevOrg)?;
            if row.get("external_ref").is_none() {
                row.set("external_ref", call.state.display_id(row.key));
            }
            call.add(row)
        },
    ),
    write(
        "rev-orgs.update",
        &[
            target(REV_ORG),
            field("account", Shape::Id(ACCOUNT, Known::Reference)),
            field("artifacts", ARTIFACT_SET),
            field("custom_schema_fragments", FRAGMENT_IDS),
            field("description", TEXT),
            field("display_name", TEXT),
            field("domain", TEXT),
            field("environment", Shape::Choice(&["production", "staging", "test"])),
            field("external_ref", TEXT),
            field("tags", SET_TAGS),
            field("tier", TEXT),
        ],
        call::update,
    ),
    read(
        "rev-orgs.get",
        &[
            field("id", Shape::Id(REV_ORG, Known::Target)),
            field("account", Shape::Id(ACCOUNT, Known::Target)),
        ],
        get_rev_org,
    ),
    write("rev-orgs.delete", &[target(REV_ORG)], call::delete),
    read("rev-orgs.list", REV_ORGS_LIST, |call| {
        call.list(Family::RevOrgs, REV_ORGS_LIST, "rev_orgs")
    }),
];

fn create_account(call: Call<'_>) -> Result<Reply, Refusal> {
    let Call { state, now, .. } = &call;
    let mut account = call.draft(Kind::Account)?;
    if account.list("external_refs").is_empty() {
        account.set("external_refs", json!([state.don(account.key)]));
    }
    fill_domains(&mut account);
    let mut org = state.draft(Kind::RevOrg, *now);
    org.set("account", account.key.value());
    if let Some(name) = account.get("display_name") {
        org.set("display_name", name.clone());
    }
    org.set("external_ref", state.don(account.key));
    account.set("default_rev_org", org.key.value());
    state.check_unique(&account)?;
    artifacts::check(&call, &account)?;
    if state.check_unique(&org).is_err() {
        org.set("external_ref", state.display_id(org.key));
    }
    let account = call.state.add(account);
    artifacts::attach(call.state, account);
    let org = call.state.add(org);
    let mut json = Json::new();
    json.open(b'{');
    json.key("account");
    show::record(call.state, call.state.found(account)?, &mut json);
    json.key("default_rev_org");
    show::record(call.state, call.state.found(org)?, &mut json);
    json.close(b'}');
    Ok(Reply::wrote(201, json.out))
}

fn update_account(call: Call<'_>) -> Result<Reply, Refusal> {
    let mut row = call.changed()?;
    if row.list("external_refs").is_empty() {
        row.set("external_refs", json!([call.state.don(row.key)]));
    }
    if call.body.contains_key("websites") {
        fill_domains(&mut row);
    }
    call.put(row)
}

fn delete_account(call: Call<'_>) -> Result<Reply, Refusal> {
    let key = call.target()?.key;
    // Every workspace belongs to an account: also those that came with an account that was merged into this one.
    for org in call.state.holding(Family::RevOrgs, "account", key) {
        call.state.remove(org);
    }
    call.state.remove(key);
    Ok(Reply::wrote(200, b"{}".to_vec()))
}

/// Adds the domains that the websites have.
fn fill_domains(account: &mut Row) {
    let websites: Vec<String> = account
        .list("websites")
        .iter()
        .filter_map(|website| domain_of(website.as_str()?))
        .collect();
    let mut domains = account.list("domains").to_vec();
    for domain in websites {
        let domain = Value::String(domain);
        if !domains.contains(&domain) {
            domains.push(domain);
        }
    }
    if !domains.is_empty() {
        account.set("domains", domains);
    }
}

fn domain_of(website: &str) -> Option<String> {
    let rest = website.split_once("://").map_or(website, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#', ':']).next()?;
    let host = host.strip_prefix("www.").unwrap_or(host);
    (!host.is_empty()).then(|| host.to_lowercase())
}

fn get_rev_org(call: Call<'_>) -> Result<Reply, Refusal> {
    let org = match (call.key("id"), call.key("account")) {
        (Some(id), _) => Some(id),
        (None, Some(account)) => call
            .state
            .get(account)
            .and_then(|account| account.key_of("default_rev_org")),
        (None, None) => return Err(Refusal::missing("id")),
    };
    let org = call.state.found(org.ok_or_else(Refusal::not_found)?)?;
    Ok(Reply::read(show::one(call.state, org)))
}

/// An account's default workspace.
pub(super) fn default_org(state: &State, account: super::kind::Key) -> Option<super::kind::Key> {
    state.get(account)?.key_of("default_rev_org")
}
