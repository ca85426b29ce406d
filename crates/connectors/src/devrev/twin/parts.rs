//! Parts, and the tags that hang on everything.

use super::{
    accounts::BY_CREATOR,
    artifacts,
    call::{
        self, CURSOR, CUSTOM, CUSTOM_FIELDS, Call, LIMIT, MODE, Method, SORT_BY, read, target, write,
        write_typed,
    },
    kind::{Kind, PARTS},
    links,
    refusal::{Refusal, Reply},
    row::Row,
    shape::{
        ARTIFACTS, By, DATES, FRAGMENT_IDS, Field, ID, IDS, Known, OWNERS, SET_TAGS, SPAN, SPEC, Shape, TEXT,
        TEXTS, field,
    },
    shelf::Slot,
    show,
    state::Family,
};

const TAG: &[Kind] = &[Kind::Tag];
const TYPES: &[&str] = &[
    "capability",
    "enhancement",
    "feature",
    "linkable",
    "product",
    "runnable",
];
const PARENT: Field = field(
    "parent_part",
    Shape::List(&Shape::Id(PARTS, Known::Reference), 1, 1),
)
.must();
const STAGE: Field = field("stage_v2", Shape::Id(&[Kind::Stage], Known::Reference));
const STYLE: Field = field("style_new", Shape::Object(&[field("color", TEXT)]));
const LINK: Shape = Shape::Object(&[
    field(
        "link_type",
        Shape::Choice(&[
            "custom_link",
            "developed_with",
            "imports",
            "is_analyzed_by",
            "is_converted_to",
            "is_dependent_on",
            "is_duplicate_of",
            "is_follow_up_of",
            "is_merged_into",
            "is_parent_of",
            "is_part_of",
            "is_related_to",
            "serves",
        ]),
    )
    .must(),
    field("source", ID),
    field("target", ID),
]);
static CODE: &[Field] = &[
    field("code_inferred_surface_area", TEXTS),
    field("code_repo_paths", TEXT),
    field("code_repo_url", TEXT),
];

static ENHANCEMENTS: &[Field] = &[
    field("accounts", IDS).by(By::Nothing),
    field("actual_close_date", SPAN).by(By::Nothing),
    field("actual_close_date_v2", DATES).by(By::Nothing),
    field("actual_start_date", SPAN).by(By::Nothing),
    field("actual_start_date_v2", DATES).by(By::Nothing),
    field("opportunities", IDS).by(By::Nothing),
    field(
        "rev_score_tier",
        Shape::List(&Shape::Choice(&["high", "low", "medium"]), 0, usize::MAX),
    )
    .by(By::Nothing),
    field("stage_v2", IDS).by(By::Nothing),
    field("state_v2", TEXTS).by(By::Nothing),
    field("target_close_date", SPAN).by(By::Date("target_close_date")),
    field("target_close_date_v2", DATES).by(By::Date("target_close_date")),
    field("target_start_date", SPAN).by(By::Date("target_start_date")),
    field("target_start_date_v2", DATES).by(By::Date("target_start_date")),
    field("tickets", IDS).by(By::Nothing),
];

static PARTS_LIST: &[Field] = &[
    field("type", Shape::List(&Shape::Choice(TYPES), 0, usize::MAX)).by(By::Kind),
    BY_CREATOR,
    CURSOR,
    CUSTOM,
    field("enhancement", Shape::Object(ENHANCEMENTS)).by(By::Group(Some(Kind::Enhancement))),
    LIMIT,
    MODE,
    field("modified_by", IDS).by(By::Modifier),
    field("name", TEXTS).by(By::Index("name")),
    field("owned_by", IDS).by(By::Index("owned_by")),
    field(
        "parent_part",
        Shape::Object(&[
            field("level", Shape::Int(1, i64::MAX)),
            field("parts", Shape::List(&ID, 1, usize::MAX)).must(),
        ]),
    )
    .by(By::Parent),
    SORT_BY,
    field("subtype", TEXTS).by(By::Field("subtype")),
    field("tags", IDS).by(By::Index("tags")),
];

static TAGS_LIST: &[Field] = &[
    CURSOR,
    LIMIT,
    MODE,
    field("name", TEXTS).by(By::Index("name")),
    SORT_BY,
];

pub(super) static METHODS: &[Method] = &[
    write_typed(
        "parts.create",
        &[
            field("type", Shape::Choice(TYPES)).must(),
            field("artifacts", ARTIFACTS),
            CUSTOM_FIELDS,
            field("custom_schema_fragments", FRAGMENT_IDS),
            field("custom_schema_spec", SPEC),
            field("description", TEXT),
            field("links", Shape::List(&LINK, 0, usize::MAX)),
            field("name", TEXT).must(),
            field("owned_by", OWNERS).must(),
            field(
                "stage_validation_options",
                Shape::List(&Shape::Choice(&["allow_non_start"]), 0, usize::MAX),
            ),
            field("tags", SET_TAGS),
        ],
        &[
            ("capability", &[PARENT]),
            (
                "enhancement",
                &[
                    PARENT,
                    STAGE,
                    field("target_close_date", Shape::Time),
                    field("target_start_date", Shape::Time),
                ],
            ),
            ("feature", &[PARENT]),
            ("linkable", CODE),
            ("runnable", CODE),
        ],
        |call| {
            let kind = call.text("type").and_then(Kind::of_name);
            let row = call.draft(kind.ok_or_else(|| Refusal::missing("type"))?)?;
            create_part(call, row)
        },
    ),
    write_typed(
        "parts.update",
        &[
            field(
                "type",
                Shape::Choice(&[
                    "capability",
                    "enhancement",
                    "feature",
                    "linkable",
                    "none",
                    "product",
                    "runnable",
                ]),
            ),
            field("artifacts", Shape::Object(&[field("set", ARTIFACTS)])),
            CUSTOM_FIELDS,
            field("custom_schema_fragments", FRAGMENT_IDS),
            field("custom_schema_spec", SPEC),
            field("description", TEXT),
            target(PARTS),
            field("name", TEXT),
            field("owned_by", Shape::Object(&[field("set", OWNERS)])),
            field(
                "stage_validation_options",
                Shape::List(&Shape::Choice(&["allow_invalid_transition"]), 0, usize::MAX),
            ),
            field("tags", Shape::Object(&[field("set", SET_TAGS)])),
        ],
        &[
            (
                "enhancement",
                &[
                    STAGE,
                    field("target_close_date", Shape::Time).or_null(),
                    field("target_start_date", Shape::Time).or_null(),
                ],
            ),
            ("linkable", CODE),
            ("runnable", CODE),
        ],
        update_part,
    ),
    read("parts.get", &[target(PARTS)], call::get),
    write("parts.delete", &[target(PARTS)], delete_part),
    read("parts.list", PARTS_LIST, |call| {
        call.list(Family::Parts, PARTS_LIST, "parts")
    }),
    write(
        "tags.create",
        &[
            field("allowed_values", TEXTS),
            field("description", TEXT),
            field("name", TEXT).must(),
            STYLE,
        ],
        |call| {
            let row = call.draft(Kind::Tag)?;
            call.add(row)
        },
    ),
    write(
        "tags.update",
        &[
            field("allowed_values", Shape::Object(&[field("set", TEXTS)])),
            field("description", TEXT),
            target(TAG),
            field("name", TEXT),
            STYLE,
        ],
        call::update,
    ),
    read("tags.get", &[target(TAG)], call::get),
    write("tags.delete", &[target(TAG)], call::delete),
    read("tags.list", TAGS_LIST, |call| {
        call.list(Family::Tags, TAGS_LIST, "tags")
    }),
];

fn create_part(call: Call<'_>, row: Row) -> Result<Reply, Refusal> {
    call.state.check_unique(&row)?;
    artifacts::check(&call, &row)?;
    let given = links::of_new_part(&call, &row)?;
    let parent = row.keys("parent_part").next();
    let key = call.state.add(row);
    artifacts::attach(call.state, key);
    // A part below another is linked to it.
    if let Some(parent) = parent {
        links::link(call.state, "is_part_of", key, parent, call.now);
    }
    for (link_type, source, target) in given {
        links::link(call.state, link_type, source, target, call.now);
    }
    Ok(Reply::wrote(201, show::one(call.state, call.state.found(key)?)))
}

fn update_part(call: Call<'_>) -> Result<Reply, Refusal> {
    let kind = call.target()?.key.kind;
    match call.text("type") {
        None => return Err(Refusal::bad_request()),
        Some(name) if name != "none" && name != kind.name() => {
            return Err(Refusal::not_permitted("type", &[kind.name()]));
        }
        Some(_) => {}
    }
    call::update(call)
}

fn delete_part(call: Call<'_>) -> Result<Reply, Refusal> {
    let key = call.target()?.key;
    let shelf = call.state.shelf(Family::Parts);
    let mut children = shelf.having(&format!("parent_part={key}"), 0..Slot::MAX);
    if children.next().is_some() {
        return Err(Refusal::bad_request().detail("it has parts below it"));
    }
    drop(children);
    call::delete(call)
}
