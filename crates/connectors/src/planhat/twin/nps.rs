//! Answers to surveys, which also show at the contact and the company.

use model::Timestamp;
use serde_json::{Map, Value};

use super::{
    enduser::ENDUSER,
    models::{Filter, Model, NO_PROPERTIES, PLAIN, Page, Properties, Within},
    prose,
    record::{FieldMap, Refusal, Scene, number, number_of, text_of},
    state::State,
    switches::Switches,
    table::Key,
};

/// How one live workspace names what the documentation names otherwise.
const LIVE_NAMES: [(&str, &str); 3] = [
    ("score", "nps"),
    ("comment", "npsComment"),
    ("dateAnswered", "npsDate"),
];

/// Answers to surveys.
pub(super) const NPS: Model = Model {
    name: "nps",
    path: "nps",
    table: "nps",
    page: Page::UpTo {
        default: 100,
        max: 10_000,
    },
    external: "",
    company: "cId",
    company_filter: "many",
    get_keys: &[Key::Source],
    put_keys: &[Key::Source],
    bulk_keys: &[Key::Source],
    required: &["email", "score"],
    unique: &[(Key::Source, Within::Model)],
    properties: Properties {
        text: "cId email campaignId comment sourceId source",
        number: "score",
        date: "dateSent dateAnswered",
        automatic: "_id cName euId __v",
        ..NO_PROPERTIES
    },
    defaults: r#"{"__v":0}"#,
    filters: &[Filter::Recent("npsExpiryDay", "dateAnswered", 360)],
    stamps: &[],
    complete,
    after: show,
    removed: |state, record, _| {
        if let Some(company) = text_of(record, "cId") {
            state.work_out_later("nps", &company);
        }
    },
    look: Some(look),
    ..PLAIN
};

fn complete(scene: &Scene<'_>, record: &mut FieldMap) -> Result<(), Refusal> {
    let score = number_of(record, "score").filter(|score| score.fract() == 0.0);
    if !score.is_some_and(|score| (0.0..=10.0).contains(&score)) {
        return Err(Refusal::bad("score must be a whole number from 0 to 10"));
    }
    if scene.was.is_none() {
        let now = prose::iso(scene.now);
        record.entry("dateAnswered").or_insert_with(|| now.into());
    }
    if scene.given.contains_key("email") || scene.given.contains_key("cId") {
        find_enduser(scene, record);
    }
    Ok(())
}

/// Links the contact with the address, of the company that is named if there are several.
fn find_enduser(scene: &Scene<'_>, record: &mut FieldMap) {
    let email = text_of(record, "email").unwrap_or_default();
    let company = text_of(record, "cId").filter(|_| scene.given.contains_key("cId"));
    let known = scene.state.by("enduser", Key::Email, &email);
    let same = |enduser: &&FieldMap| company.is_none() || text_of(enduser, "companyId") == company;
    let Some(enduser) = known.iter().find(same) else {
        record.remove("euId");
        return;
    };
    record.insert("euId".to_owned(), enduser.get("_id").cloned().unwrap_or_default());
    if company.is_none() {
        for (ours, theirs) in [("cId", "companyId"), ("cName", "companyName")] {
            record.insert(ours.to_owned(), enduser.get(theirs).cloned().unwrap_or_default());
        }
    }
}

/// Shows the answer at the contact, and has the company's worked out.
fn show(state: &mut State, _: &Switches, was: Option<&FieldMap>, record: &FieldMap, _: Timestamp) {
    for record in was.into_iter().chain([record]) {
        if let Some(company) = text_of(record, "cId") {
            state.work_out_later("nps", &company);
        }
    }
    let Some(id) = text_of(record, "euId") else { return };
    let Some(mut enduser) = state.get("enduser", &id) else {
        return;
    };
    let sent = ("dateSent", "npsSent");
    for (ours, theirs) in LIVE_NAMES.into_iter().chain([sent]) {
        if let Some(value) = record.get(ours) {
            enduser.insert(theirs.to_owned(), value.clone());
        }
    }
    state.put(&ENDUSER, &id, &enduser);
}

/// Works out a company's score: promoters less detractors, in a hundred.
pub(super) fn work_out(state: &mut State, id: &str, now: Timestamp) {
    let answers: Vec<FieldMap> = state.of_company("nps", id).collect();
    let scores: Vec<f64> = answers
        .iter()
        .filter_map(|answer| number_of(answer, "score"))
        .collect();
    let Some(mut company) = state.get("company", id) else {
        return;
    };
    let share = |test: fn(&f64) -> bool| scores.iter().filter(|score| test(score)).count() as f64;
    let score = (share(|score| *score >= 9.0) - share(|score| *score <= 6.0)) * 100.0;
    let score = match scores.len() {
        0 => Value::Null,
        count => number(score / count as f64),
    };
    if company.get("nps") != Some(&score) {
        company.insert("nps".to_owned(), score);
        state.touch_company(company, now);
    }
}

/// How a workspace shows an answer whose names are those of the live one.
fn look(switches: &Switches, record: &mut FieldMap, _: Timestamp) {
    if !switches.live_nps {
        return;
    }
    record.remove("euId");
    let renamed: Map<String, Value> = LIVE_NAMES
        .iter()
        .filter_map(|(ours, theirs)| Some(((*theirs).to_owned(), record.remove(*ours)?)))
        .collect();
    record.extend(renamed);
}
