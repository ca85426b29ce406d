//! Issues: what several companies wait for.

use serde_json::{Value, json};

use super::{
    models::{Model, NO_PROPERTIES, PLAIN, Properties, Within},
    record::{FieldMap, Refusal, Scene, number, number_of},
    table::Key,
    work,
};

/// Issues.
pub(super) const ISSUE: Model = Model {
    name: "issue",
    path: "issues",
    table: "issue",
    external: "",
    company: "companyIds",
    get_keys: &[Key::Source],
    put_keys: &[Key::Source],
    bulk_keys: &[Key::Source],
    required: &["title"],
    unique: &[(Key::Source, Within::Model)],
    properties: Properties {
        text: "title description sourceId source sourceUrl priority status",
        flag: "archived",
        list: "companyIds enduserIds conversationIds followers companyMatchingValue",
        automatic: "_id companies endusers mrrCombined arrCombined createdAt updatedAt __v",
        ..NO_PROPERTIES
    },
    defaults: r#"{"companyIds":[],"companies":[],"enduserIds":[],"endusers":[],"conversationIds":[],"followers":[],
        "archived":false,"mrrCombined":0,"arrCombined":0,"__v":0}"#,
    complete,
    ..PLAIN
};

fn complete(scene: &Scene<'_>, record: &mut FieldMap) -> Result<(), Refusal> {
    work::stamp_creation(scene, record);
    if scene.given.contains_key("companyIds") {
        settle_companies(scene, record)?;
    }
    if scene.given.contains_key("enduserIds") {
        let named = texts(record, "enduserIds").into_iter().map(|id| {
            let name = scene.state.enduser_name(&id);
            json!({ "id": id, "name": name })
        });
        let named = named.collect();
        record.insert("endusers".to_owned(), named);
    }
    Ok(())
}

/// Replaces references to companies by their ids, and adds their names and what they are worth together.
fn settle_companies(scene: &Scene<'_>, record: &mut FieldMap) -> Result<(), Refusal> {
    let (mut ids, mut named) = (Vec::new(), Vec::new());
    let (mut mrr, mut arr) = (0.0, 0.0);
    for reference in texts(record, "companyIds") {
        let company = scene.state.company(&reference);
        let Some((id, company)) = company.and_then(|id| Some((id.clone(), scene.state.get("company", &id)?)))
        else {
            return Err(Refusal::bad(format!("companyIds {reference} is not a company")));
        };
        named.push(json!({ "id": id, "name": company.get("name") }));
        ids.push(Value::from(id));
        mrr += number_of(&company, "mrr").unwrap_or(0.0);
        arr += number_of(&company, "arr").unwrap_or(0.0);
    }
    record.insert("companyIds".to_owned(), ids.into());
    record.insert("companies".to_owned(), named.into());
    record.insert("mrrCombined".to_owned(), number(mrr.round()));
    record.insert("arrCombined".to_owned(), number(arr.round()));
    Ok(())
}

fn texts(record: &FieldMap, name: &str) -> Vec<String> {
    let list = record.get(name).and_then(Value::as_array);
    let texts = list.into_iter().flatten().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}
