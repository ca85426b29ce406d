//! What a user wrote for an import's option, as a value of this side.

use model::{Fault, FaultKind, ObjectName, RecordId, Reference, Value};
use serde::Deserialize;
use serde_json::json;

use super::{client::Call, session::DevRevSession};

#[derive(Deserialize)]
struct Part {
    id: String,
    name: Option<String>,
    display_id: Option<String>,
}

#[derive(Deserialize)]
struct PartAnswer {
    part: Part,
}

#[derive(Deserialize)]
struct PartPage {
    #[serde(default)] // absent when there are none
    parts: Vec<Part>,
}

#[derive(Deserialize)]
pub(super) struct DevUser {
    pub(super) id: String,
    display_name: Option<String>,
    full_name: Option<String>,
}

#[derive(Deserialize)]
struct DevUserAnswer {
    dev_user: DevUser,
}

#[derive(Deserialize)]
struct DevUserPage {
    #[serde(default)] // absent when there are none
    dev_users: Vec<DevUser>,
}

/// How many names a hint lists.
const NAMED: usize = 5;

impl DevRevSession {
    pub(super) async fn read_option(&self, name: &str, text: &str) -> Result<Value, Fault> {
        match name {
            "part" => self.part(text.trim()).await,
            "fallback_person" => self.person(text.trim()).await,
            _ => Err(
                Fault::new(FaultKind::Settings, format!("reading the option `{name}`"))
                    .hint("DevRev knows the options `part` and `fallback_person`"),
            ),
        }
    }

    async fn part(&self, text: &str) -> Result<Value, Fault> {
        if looks_like_id(text) {
            let call = Call::new("/parts.get", "looking for the part").about(text);
            match self.client.read(call, &json!({ "id": text })).await {
                Ok(answer) => return Ok(part_value(answer.parse::<PartAnswer>()?.part)),
                // It may be a name that only looks like an id.
                Err(refusal) if matches!(refusal.kind(), FaultKind::Gone | FaultKind::Rejected) => {}
                Err(refusal) => return Err(refusal.into()),
            }
        }
        let named = self.parts(json!({"name": [text], "limit": NAMED})).await?;
        let mut named = named
            .into_iter()
            .filter(|part| part.name.as_deref() == Some(text));
        match (named.next(), named.next()) {
            (Some(part), None) => Ok(part_value(part)),
            (Some(_), Some(_)) => Err(no_part(
                text,
                "several parts have that name; give an id like PROD-1",
            )),
            (None, _) => {
                let some = self.parts(json!({ "limit": NAMED })).await?;
                Err(no_part(
                    text,
                    &format!("there are, among others: {}", names(&some)),
                ))
            }
        }
    }

    async fn parts(&self, body: serde_json::Value) -> Result<Vec<Part>, Fault> {
        let call = Call::new("/parts.list", "reading the parts");
        let page: PartPage = self.client.read(call, &body).await?.parse()?;
        Ok(page.parts)
    }

    async fn person(&self, text: &str) -> Result<Value, Fault> {
        if text.contains('@') {
            if let Some(user) = self.dev_user_by_email(text).await? {
                return Ok(user_value(user));
            }
            if !self.makes_shadows {
                let doing = "reading the option `fallback_person`";
                return Err(Fault::new(FaultKind::Settings, doing)
                    .said(format!("nobody in DevRev has the address `{text}`"))
                    .hint("name somebody who is there, for shadow users are switched off"));
            }
            let call = Call::new("/dev-users.create", "creating a shadow user for").about(text);
            let body = json!({"email": text, "state": "shadow"});
            let answer: DevUserAnswer = self.client.write(call, &body).await?.parse()?;
            return Ok(user_value(answer.dev_user));
        }
        let call = Call::new("/dev-users.get", "looking for the dev user").about(text);
        match self.client.read(call, &json!({ "id": text })).await {
            Ok(answer) => Ok(user_value(answer.parse::<DevUserAnswer>()?.dev_user)),
            Err(refusal) if matches!(refusal.kind(), FaultKind::Gone | FaultKind::Rejected) => {
                let doing = "reading the option `fallback_person`";
                Err(Fault::new(FaultKind::Settings, doing)
                    .said(format!("there is no dev user `{text}`"))
                    .hint("give an e-mail address, or an id like DEVU-1"))
            }
            Err(refusal) => Err(refusal.into()),
        }
    }

    async fn dev_user_by_email(&self, email: &str) -> Result<Option<DevUser>, Fault> {
        let call = Call::new("/dev-users.list", "looking for the dev user").about(email);
        let page: DevUserPage = self
            .client
            .read(call, &json!({"email": [email]}))
            .await?
            .parse()?;
        Ok(page.dev_users.into_iter().next())
    }
}

/// `don:…` or a display id such as `PROD-1`.
fn looks_like_id(text: &str) -> bool {
    let is_display_id = || {
        let (prefix, number) = text.rsplit_once('-')?;
        let upper = !prefix.is_empty() && prefix.bytes().all(|byte| byte.is_ascii_uppercase());
        let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        Some(upper && digits)
    };
    text.starts_with("don:") || is_display_id().unwrap_or(false)
}

fn no_part(text: &str, hint: &str) -> Fault {
    Fault::new(FaultKind::Settings, "reading the option `part`")
        .said(format!("there is no part `{text}`"))
        .hint(hint)
}

fn names(parts: &[Part]) -> String {
    let shown = parts.iter().map(|part| {
        let name = part.name.as_deref().unwrap_or("?");
        format!("{name} ({})", part.display_id.as_deref().unwrap_or(&part.id))
    });
    shown.collect::<Vec<_>>().join(", ")
}

fn part_value(part: Part) -> Value {
    reference("part", part.id, part.name)
}

fn user_value(user: DevUser) -> Value {
    reference("dev_user", user.id, user.full_name.or(user.display_name))
}

fn reference(object: &str, id: String, label: Option<String>) -> Value {
    Value::Ref(Reference {
        object: ObjectName::new(object),
        id: RecordId::from(id),
        label,
    })
}
