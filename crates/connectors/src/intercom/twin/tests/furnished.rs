//! A twin with people in it, so that conversations can be had.

use serde_json::{Value, json};

use super::{START, Stand, stand};

/// The admins.
pub(super) const ADA: &str = "991001";
pub(super) const BEN: &str = "991002";
/// The contacts: a user, a lead, and another user.
pub(super) const ANN: &str = "6762f0f31bb69f9f2193bb8b";
pub(super) const LEO: &str = "6762f0f31bb69f9f2193bb8c";
pub(super) const MIA: &str = "6762f0f31bb69f9f2193bb8d";
/// The company that they are of.
pub(super) const COMPANY: &str = "6762f0f31bb69f9f2193bbff";

/// A twin with two admins, a team, three contacts, two tags and a company.
pub(in crate::intercom::twin) fn furnished(settings: &[(&str, &str)]) -> Stand {
    let mut stand = stand(settings);
    let mut saved = Vec::new();
    stand.twin.save(&mut saved).unwrap();
    let mut lines = String::from_utf8(saved).unwrap();
    let mut put =
        |table: &str, record: Value| lines.push_str(&format!("{}\n", json!({"t": table, "r": record})));
    for (id, name) in [(ADA, "Ada"), (BEN, "Ben")] {
        put(
            "admins",
            json!({"id": id, "name": name, "email": format!("{name}@twin.example")}),
        );
    }
    put("teams", json!({"id": "5001", "name": "Support", "admin_ids": []}));
    let people = [(ANN, "user", "Ann"), (LEO, "lead", "Leo"), (MIA, "user", "Mia")];
    for (place, (id, role, name)) in people.into_iter().enumerate() {
        let email = format!("{}@acme.example", name.to_lowercase());
        put(
            "contacts",
            json!({"id": id, "role": role, "name": name, "email": email, "external_id": (70 + place).to_string(),
                "created_at": START, "updated_at": START}),
        );
    }
    for (id, name) in [("86", "billing"), ("87", "vip")] {
        put("tags", json!({"id": id, "name": name}));
    }
    put(
        "companies",
        json!({"id": COMPANY, "company_id": "acme", "name": "Acme", "created_at": START, "updated_at": START}),
    );
    stand.twin.load(&mut lines.as_bytes()).unwrap();
    stand
}

impl Stand {
    /// A conversation that Ann begins; its id.
    pub(super) fn talk(&mut self, body: &str) -> String {
        let message = self.did(
            "POST /conversations",
            json!({"from": {"type": "user", "id": ANN}, "body": body}),
        );
        assert_eq!(message["type"], "user_message");
        message["conversation_id"].as_str().unwrap().to_owned()
    }

    /// What an admin does to a conversation.
    pub(super) fn manage(&mut self, id: &str, more: Value) -> Value {
        let mut body = json!({"admin_id": ADA, "type": "admin"});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        self.did(&format!("POST /conversations/{id}/parts"), body)
    }

    /// What an admin says.
    pub(super) fn says(&mut self, id: &str, kind: &str, body: &str) -> Value {
        let reply = json!({"message_type": kind, "type": "admin", "admin_id": ADA, "body": body});
        self.did(&format!("POST /conversations/{id}/reply"), reply)
    }

    /// What Ann says.
    pub(super) fn answers(&mut self, id: &str, body: &str) -> Value {
        let reply = json!({"message_type": "comment", "type": "user", "intercom_user_id": ANN, "body": body});
        self.did(&format!("POST /conversations/{id}/reply"), reply)
    }
}

/// The types and bodies of the parts, the oldest first.
pub(super) fn parts(talk: &Value) -> Vec<(String, String)> {
    let parts = talk["conversation_parts"]["conversation_parts"]
        .as_array()
        .unwrap();
    let text = |part: &Value, name: &str| part[name].as_str().unwrap_or("").to_owned();
    parts
        .iter()
        .map(|part| (text(part, "part_type"), text(part, "body")))
        .collect()
}
