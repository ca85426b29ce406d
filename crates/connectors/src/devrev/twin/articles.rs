//! Articles. Their text is a file.

use serde_json::{Value, json};

use super::{
    accounts::BY_CREATOR,
    call,
    call::{CURSOR, CUSTOM_FIELDS, Call, LIMIT, MODE, Method, read, target, write},
    directories,
    kind::{Kind, PARTS},
    list,
    refusal::{Refusal, Reply},
    row::Row,
    shape::{
        ARTIFACTS, By, Field, ID, IDS, Known, OWNERS, PEOPLE, SET_TAGS, SPEC, Shape, TEXT, WHOLE, field,
    },
    show::{self, Json},
    state::{Family, State},
};

const ARTICLE: &[Kind] = &[Kind::Article];
const ACCESS: Shape = Shape::Choice(&["external", "internal", "private", "public", "restricted"]);
const STATUS: Shape = Shape::Choice(&["archived", "draft", "published", "review_needed"]);
const TYPE: Shape = Shape::Choice(&["article", "content_block", "page"]);
const FORMAT: Shape = Shape::Choice(&["drdfv2", "rt"]);
const ALIASES: Shape = Shape::List(&TEXT, 0, 5);
const BRAND: Shape = Shape::Id(&[Kind::Brand], Known::Reference);
const BLOCKS: Shape = Shape::List(&Shape::Id(ARTICLE, Known::Reference), 0, usize::MAX);
const ABOUT: Shape = Shape::List(&Shape::Id(PARTS, Known::Reference), 0, usize::MAX);
const DIRECTORY: Shape = Shape::Id(&[Kind::Directory], Known::Reference);
const SHARED: Shape = Shape::List(
    &Shape::Object(&[
        field("member", Shape::Id(MEMBERS, Known::Reference)),
        field("role", ID),
    ]),
    0,
    usize::MAX,
);
const MEMBERS: &[Kind] = &[
    Kind::DevUser,
    Kind::RevUser,
    Kind::SysUser,
    Kind::ServiceAccount,
    Kind::Group,
    Kind::DevOrg,
];
const SHARED_FILTER: Shape = Shape::List(
    &Shape::Object(&[field("member", ID), field("role", ID)]),
    0,
    usize::MAX,
);
const SOURCES: Shape = Shape::List(
    &Shape::Object(&[
        field("is_custom_leaf_type", Shape::Bool).must(),
        field("is_default", Shape::Bool).must(),
        field("leaf_type", TEXT).must(),
        field("object", ID).must(),
        field("reference_id", TEXT).must(),
    ]),
    0,
    usize::MAX,
);
/// So many files make up an article at most.
const MOST_FILES: usize = 200;

// The first four are for lists alone, the last for counts.
static LIST: &[Field] = &[
    CURSOR,
    LIMIT,
    MODE,
    field("status", Shape::List(&STATUS, 0, usize::MAX)).by(By::Field("status")),
    field("applies_to_parts", IDS).by(By::Index("applies_to_parts")),
    field("article_type", Shape::List(&TYPE, 0, usize::MAX)).by(By::Field("article_type")),
    field("authored_by", IDS).by(By::Index("authored_by")),
    field("brands", IDS).by(By::Field("brand")),
    BY_CREATOR,
    field("modified_by", IDS).by(By::Modifier),
    field("owned_by", IDS).by(By::Index("owned_by")),
    field("parent", IDS).by(By::Index("parent")),
    field("scope", Shape::List(&WHOLE, 0, usize::MAX)).by(By::Field("scope")),
    field("shared_with", SHARED_FILTER).by(By::Nothing),
    field("tags", IDS).by(By::Index("tags")),
    field("ancestor", ID).by(By::Ancestor),
];

pub(super) static METHODS: &[Method] = &[
    write(
        "articles.create",
        &[
            field("access_level", ACCESS),
            field("aliases", ALIASES),
            field("applies_to_parts", ABOUT),
            field("article_type", TYPE),
            field("authored_by", PEOPLE),
            field("brand", BRAND),
            field("content_format", FORMAT),
            CUSTOM_FIELDS,
            field("custom_schema_spec", SPEC),
            field("data_sources", SOURCES),
            field("description", TEXT),
            field("extracted_content", ARTIFACTS),
            field("language", TEXT),
            field("notify", Shape::Bool),
            field("owned_by", OWNERS).must(),
            field("parent", DIRECTORY),
            field("published_at", Shape::Time),
            field("release_notes", TEXT),
            field(
                "resource",
                Shape::Object(&[
                    field("artifacts", ARTIFACTS),
                    field("content_blocks", BLOCKS),
                    field("published_version", TEXT),
                    field("url", TEXT),
                ]),
            )
            .must(),
            field("scope", WHOLE),
            field("shared_with", SHARED),
            field("status", STATUS),
            field("tags", SET_TAGS),
            field("title", TEXT).must(),
        ],
        create,
    ),
    write(
        "articles.update",
        &[
            field("access_level", ACCESS),
            field("aliases", Shape::Object(&[field("set", ALIASES).must()])),
            field("applies_to_parts", Shape::Object(&[field("set", ABOUT)])),
            field("artifacts", Shape::Object(&[field("set", ARTIFACTS)])),
            field("authored_by", Shape::Object(&[field("set", PEOPLE)])),
            field("brand", BRAND).or_null(),
            field("content_blocks", Shape::Object(&[field("set", BLOCKS).must()])),
            field("content_format", FORMAT),
            CUSTOM_FIELDS,
            field("custom_schema_spec", SPEC),
            field("data_sources", Shape::Object(&[field("set", SOURCES)])),
            field("description", TEXT),
            field("extracted_content", Shape::Object(&[field("set", ARTIFACTS)])),
            target(ARTICLE),
            field("language", TEXT),
            field("notify", Shape::Bool),
            field("owned_by", Shape::Object(&[field("set", OWNERS)])),
            field("parent", DIRECTORY).or_null(),
            field("published_version", TEXT),
            field("release_notes", TEXT),
            field(
                "reorder",
                Shape::Object(&[
                    field("after", Shape::Id(ARTICLE, Known::Reference)),
                    field("before", Shape::Id(ARTICLE, Known::Reference)),
                ]),
            ),
            field("shared_with", Shape::Object(&[field("set", SHARED)])),
            field("status", STATUS),
            field("tags", Shape::Object(&[field("set", SET_TAGS)])),
            field("title", TEXT),
            field("url", TEXT),
        ],
        |call| {
            let mut row = call.changed()?;
            check(&row)?;
            directories::reorder(&call, &mut row)?;
            call.put(row)
        },
    ),
    read("articles.get", &[target(ARTICLE)], call::get),
    write("articles.delete", &[target(ARTICLE)], call::delete),
    read("articles.list", LIST.split_at(15).0, list_articles),
    read("articles.count", LIST.split_at(4).1, |mut call| {
        leave_out_blocks(&mut call);
        let count = list::count(call.state, &call.ask(Family::Articles, LIST))?;
        Ok(Reply::read(json!({"count": count}).to_string().into_bytes()))
    }),
];

fn create(call: Call<'_>) -> Result<Reply, Refusal> {
    let mut row = call.draft(Kind::Article)?;
    let resource = call.body.get("resource").and_then(Value::as_object);
    for name in ["artifacts", "content_blocks", "published_version", "url"] {
        if let Some(value) = resource.and_then(|resource| resource.get(name)) {
            row.set(name, value.clone());
        }
    }
    for (name, default) in [("article_type", "article"), ("status", "draft")] {
        if row.get(name).is_none() {
            row.set(name, default);
        }
    }
    if row.get("scope").is_none() {
        row.set("scope", 1);
    }
    if !matches!(row.get("scope").and_then(Value::as_i64), Some(1 | 2)) {
        return Err(Refusal::not_permitted("scope", &["1", "2"]));
    }
    check(&row)?;
    directories::rank_last(&mut row);
    call.add(row)
}

fn check(row: &Row) -> Result<(), Refusal> {
    if row.list("artifacts").len() > MOST_FILES {
        return Err(Refusal::invalid_field("artifacts").detail("at most 200 files"));
    }
    match row.list("owned_by") {
        [] => Err(Refusal::invalid_field("owned_by").detail("nobody owns it")),
        _ => Ok(()),
    }
}

/// A list that is not asked for types leaves out content blocks.
fn leave_out_blocks(call: &mut Call<'_>) {
    let types = call.body.entry("article_type");
    types.or_insert_with(|| json!(["article", "page"]));
}

fn list_articles(mut call: Call<'_>) -> Result<Reply, Refusal> {
    leave_out_blocks(&mut call);
    let ask = call.ask(Family::Articles, LIST);
    let page = list::page(call.state, &ask)?;
    let mut json = Json::new();
    json.open(b'{');
    json.key("articles");
    list::put_records(call.state, Family::Articles, &page.slots, &mut json);
    list::put_cursors(&page, &mut json);
    json.member("total", &list::count(call.state, &ask)?);
    json.close(b'}');
    Ok(Reply::read(json.out))
}

/// What an article says, and where.
pub(super) fn show_resource(state: &State, row: &Row, json: &mut Json) {
    json.key("resource");
    json.open(b'{');
    json.key("artifacts");
    show::summaries(state, show::artifact, row.keys("artifacts"), json);
    show::texts(row, &["url"], json);
    json.close(b'}');
}

/// What an article keeps and no answer shows.
const KEPT: &[&str] = &[
    "access_level",
    "aliases",
    "language",
    "published_at",
    "release_notes",
    "status",
];

/// Shows what an article's record does not.
pub(super) fn dump(state: &State, row: &Row) -> String {
    let mut json = Json::new();
    show::record(state, row, &mut json);
    // The record goes on with one member more.
    json.out.pop();
    json.key("kept");
    json.open(b'{');
    for name in KEPT {
        if let Some(value) = row.get(name) {
            json.member(name, value);
        }
    }
    show::tags(state, row, &mut json);
    show::customization(state, row, &mut json);
    json.close(b'}');
    json.close(b'}');
    String::from_utf8_lossy(&json.out).into_owned()
}
