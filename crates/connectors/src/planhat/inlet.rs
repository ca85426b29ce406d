//! What Planhat's automations say. Their body is what the customer wrote, and nothing is signed: the address is the
//! secret.

use model::{ObjectName, RecordId};
use serde::Deserialize;

use super::object;
use crate::{Heard, Inlet, Knock, Proof};

pub(super) static INLET: PlanhatInlet = PlanhatInlet;

pub(super) struct PlanhatInlet;

/// `{"object": "company", "id": "…"}`, as our page tells the customer to write it.
#[derive(Deserialize)]
struct Told {
    #[serde(alias = "model")]
    object: String,
    #[serde(alias = "_id")]
    id: String,
}

impl Inlet for PlanhatInlet {
    fn proof(&self) -> Proof {
        Proof::Address
    }

    fn hear(&self, knock: &Knock<'_>) -> Heard {
        let Ok(told) = serde_json::from_slice::<Told>(knock.body) else {
            return Heard::Refused("its body is not {\"object\": \"company\", \"id\": \"…\"}");
        };
        let object = ObjectName::from(told.object.trim().to_lowercase());
        let id = told.id.trim();
        match object::named(&object) {
            Ok(_) if !id.is_empty() => Heard::Changed(vec![(object, RecordId::new(id))]),
            _ => Heard::Ignored,
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use model::{Secret, Timestamp};

    use super::*;

    fn check(body: &str, expected: &Heard) {
        let heard = INLET.hear(&Knock {
            headers: &HeaderMap::new(),
            body: body.as_bytes(),
            secret: &Secret::new(""),
            now: Timestamp::UNIX_EPOCH,
        });
        assert_eq!(&heard, expected, "{body}");
    }

    #[test]
    fn an_automation_says_which_record_changed() {
        let changed = |object: &str, id: &str| Heard::Changed(vec![(object.into(), id.into())]);
        let company = changed("company", "5f");
        check(r#"{"object":"company","id":"5f"}"#, &company);
        check(r#"{"model":"Company","_id":" 5f ","name":"Acme"}"#, &company);
        check(r#"{"object":"EndUser","id":"6a"}"#, &changed("enduser", "6a"));
        check(r#"{"object":"nothing","id":"5f"}"#, &Heard::Ignored);
        check(r#"{"object":"company","id":""}"#, &Heard::Ignored);
        for body in ["", "[]", r#"{"id":"5f"}"#, r#"{"object":"company","id":7}"#] {
            check(
                body,
                &Heard::Refused(r#"its body is not {"object": "company", "id": "…"}"#),
            );
        }
    }
}
