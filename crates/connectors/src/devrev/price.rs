//! How many calls writing costs: most records one, and some of their fields more.

use std::collections::BTreeSet;

use model::{Action, Change, FieldChange, ObjectName, Value};

/// The calls that these changes cost. `once` has what was counted before and is needed only once.
pub(super) fn calls(object: &ObjectName, changes: &[Change], once: &mut BTreeSet<String>) -> u64 {
    changes.iter().map(|change| of_one(object, change, once)).sum()
}

fn of_one(object: &ObjectName, change: &Change, once: &mut BTreeSet<String>) -> u64 {
    let is_new = matches!(change.action, Action::Create { .. });
    // A person's creation is looked for before it is made.
    let mut calls = 1 + u64::from(is_new && object.as_str() == "dev_user");
    if object.as_str() == "article" {
        calls += text(change, is_new);
    }
    for field in &change.fields {
        calls += match field.name.as_str() {
            "tags" if is_new => tags(field, once),
            "groups" => field.after.elements().len() as u64,
            // Those there are are listed, what is missing is added, and the contact is read before and after.
            "accounts" if !is_new || field.after.elements().len() > 1 => 4,
            _ => 0,
        };
    }
    calls
}

/// An article's text is prepared and brought as a file; one that is there is read first, to keep its other files.
fn text(change: &Change, is_new: bool) -> u64 {
    let has = |name: &str| change.fields.iter().any(|field| field.name.as_str() == name);
    match (is_new, has("body"), has("artifacts")) {
        (true, ..) => 2,
        (false, true, _) => 3,
        (false, false, files) => u64::from(files),
    }
}

/// A tag is made when it is first needed; all of them are listed before that.
fn tags(field: &FieldChange, once: &mut BTreeSet<String>) -> u64 {
    let names = field.after.elements().iter().filter_map(|tag| match tag {
        Value::Text(name) => Some(name.trim().to_lowercase()),
        _ => None,
    });
    let mut calls = 0;
    for name in names {
        calls += u64::from(once.insert("tags".to_owned()));
        calls += u64::from(once.insert(format!("tag {name}")));
    }
    calls
}

#[cfg(test)]
mod tests {
    use model::{Base, Reason, Side};

    use super::*;

    fn change(is_new: bool, fields: &[(&str, &[&str])]) -> Change {
        let list = |values: &[&str]| Value::List(values.iter().map(|value| Value::text(*value)).collect());
        Change {
            id: "c".into(),
            pairing: "p".into(),
            side: Side::Right,
            object: "account".into(),
            action: match is_new {
                true => Action::Create { key: "k".into() },
                false => Action::Update("r".into()),
            },
            left_object: "company".into(),
            left: "l".into(),
            right_object: "account".into(),
            right: None,
            title: String::new(),
            fields: fields
                .iter()
                .map(|(name, values)| FieldChange {
                    name: (*name).into(),
                    before: None,
                    after: list(values),
                })
                .collect(),
            why: Reason::Missing,
            adopted: false,
            waiting: false,
            returning: false,
            base: Base::default(),
        }
    }

    fn check(object: &str, changes: &[Change], costs: u64) {
        assert_eq!(
            calls(&object.into(), changes, &mut BTreeSet::new()),
            costs,
            "{object}"
        );
    }

    #[test]
    fn most_changes_cost_one_call_and_some_fields_more() {
        let plain = change(true, &[("display_name", &["Acme"])]);
        check("account", &[plain.clone(), plain.clone()], 2);
        check("dev_user", &[plain], 2);
        check("dev_user", &[change(false, &[("groups", &["a", "b"])])], 3);
        check("rev_user", &[change(true, &[("accounts", &["a"])])], 1);
        check("rev_user", &[change(false, &[("accounts", &["a", "b"])])], 5);
        let tagged = change(true, &[("tags", &["VIP", "vip", "new"])]);
        check("account", &[tagged.clone(), tagged], 5);
        check("article", &[change(true, &[("title", &["A"])])], 3);
        check("article", &[change(false, &[("title", &["A"])])], 1);
        check("article", &[change(false, &[("artifacts", &[])])], 2);
        check(
            "article",
            &[change(false, &[("body", &["a"]), ("artifacts", &[])])],
            4,
        );
    }
}
