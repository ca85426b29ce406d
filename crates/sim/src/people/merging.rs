//! How people make one record of two in Planhat. It documents no merge: what the second one had is given to the first, and the
//! second one is deleted.

use serde_json::{Value, json};

use super::{People, Way, add, records, text_of};

/// What people do now and then where whole records come and go.
pub(super) const MERGES: &[Way] = &[
    (1, "left: companies merged", merge_companies),
    (2, "left: end users merged", merge_endusers),
];

/// What belongs to a company: the objects, and their paths.
const OF_A_COMPANY: [(&str, &str); 4] = [
    ("enduser", "endusers"),
    ("conversation", "conversations"),
    ("task", "tasks"),
    ("license", "licenses"),
];

fn merge_companies(people: &mut People) -> Option<()> {
    let (first, second) = people.two_left("company")?;
    let (to, from) = (text_of(&first, "/_id")?, text_of(&second, "/_id")?);
    for (object, path) in OF_A_COMPANY {
        for record in records(&people.twins.left, object) {
            if text_of(&record, "/companyId") == Some(from) {
                people.put(path, &record, &json!({ "companyId": to }));
            }
        }
    }
    people.remove_one("company", "companies", &second)
}

fn merge_endusers(people: &mut People) -> Option<()> {
    let (first, second) = people.two_left("enduser")?;
    let (to, from) = (text_of(&first, "/_id")?, text_of(&second, "/_id")?);
    for record in records(&people.twins.left, "conversation") {
        let named = record.get("endusers").and_then(Value::as_array);
        let ids: Vec<&str> = named
            .into_iter()
            .flatten()
            .filter_map(|one| text_of(one, "/id"))
            .collect();
        if !ids.contains(&from) {
            continue;
        }
        let others = ids.iter().filter(|id| **id != from && **id != to);
        let named: Vec<Value> = others.chain([&to]).map(|id| json!({ "id": id })).collect();
        people.put("conversations", &record, &json!({ "endusers": named }));
    }
    let mut emails = first.get("otherEmails").cloned().unwrap_or_else(|| json!([]));
    if let (Some(emails), Some(email)) = (emails.as_array_mut(), text_of(&second, "/email")) {
        emails.push(json!(email));
    }
    people.remove_one("enduser", "endusers", &second)?;
    let mut body = json!({});
    add(&mut body, "otherEmails", emails);
    people.put("endusers", &first, &body)
}

impl People {
    /// Two of an object.
    fn two_left(&mut self, object: &str) -> Option<(Value, Value)> {
        let first = self.some_left(object).filter(|_| !self.careful)?;
        let second = self.some_left(object)?;
        (first != second).then_some((first, second))
    }
}
