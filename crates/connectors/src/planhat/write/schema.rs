//! Custom fields of ours.

use http::Method;
use model::{Fault, FaultKind, Field, FieldKind, SchemaChange};
use serde_json::{Value as Json, json};

use super::{
    super::{client::Aim, source::PlanhatSource},
    takes_fields,
};
use crate::kit::Request;

/// Makes the fields that are missing.
pub(in super::super) async fn extend(source: &PlanhatSource, change: &SchemaChange) -> Result<(), Fault> {
    let object = change.object.as_str();
    let doing = format!("making custom fields of {object}");
    let refused = |why: String| Fault::new(FaultKind::Settings, doing.as_str()).said(why);
    if change.make.is_some() {
        return Err(refused("Planhat takes no kinds of record of ours".to_owned()));
    }
    if !takes_fields(object) && !change.add.is_empty() {
        return Err(refused(format!("{object} takes no custom fields")));
    }
    let there = source.learn_custom().await?;
    let mut is_new = false;
    for field in &change.add {
        let name = name_of(field);
        let Some((kind, words)) = kind_of(&field.kind) else {
            return Err(refused(format!(
                "Planhat has no kind of custom field for `{name}`"
            )));
        };
        if let Some(known) = there.of(object).get(name) {
            match known.is_formula() {
                true => {
                    return Err(refused(format!(
                        "`{name}` is a formula in Planhat, and cannot be written"
                    )));
                }
                false => continue,
            }
        }
        let mut definition = json!({"name": name, "type": kind, "parent": object, "isHidden": false});
        if let (Some(words), Some(members)) = (words, definition.as_object_mut()) {
            members.insert("listValues".to_owned(), Json::from(words));
        }
        let request = Request::new(Method::POST, "/customfields").json(&definition);
        let aim = Aim {
            doing: &doing,
            permission: "Custom Fields (Create)",
        };
        source.client.ask(request, aim).await?;
        is_new = true;
    }
    if is_new {
        source.learn_custom().await?;
    }
    Ok(())
}

/// The name that stands in `custom` of a record.
fn name_of(field: &Field) -> &str {
    let name = field.name.as_str();
    name.strip_prefix("custom.").unwrap_or(name)
}

/// Planhat's kind of field, and the words of a choice.
fn kind_of(kind: &FieldKind) -> Option<(&'static str, Option<Vec<String>>)> {
    let (of_one, words) = match kind {
        FieldKind::Bool => ("checkbox", None),
        FieldKind::Number | FieldKind::Integer => ("number", None),
        FieldKind::Text { .. } => ("text", None),
        FieldKind::Rich { .. } => ("rich text", None),
        FieldKind::Instant => ("date", None),
        FieldKind::Date => ("day", None),
        FieldKind::Choice { values } => ("list", Some(values.clone())),
        FieldKind::Ref { object } => match object.as_str() {
            "user" => ("team member", None),
            "enduser" => ("enduser", None),
            _ => return None,
        },
        FieldKind::List(inner) => match (inner.as_ref(), kind.targets()) {
            (FieldKind::Choice { values }, _) => ("multipicklist", Some(values.clone())),
            (FieldKind::Text { .. }, _) => ("multipicklist", Some(Vec::new())),
            (_, [object]) if object.as_str() == "user" => ("team members", None),
            (_, [object]) if object.as_str() == "enduser" => ("endusers", None),
            _ => return None,
        },
        _ => return None,
    };
    Some((of_one, words))
}
