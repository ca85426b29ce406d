//! Webhooks: telling DevRev where we listen. One is known by its address, which nobody else has.

use async_trait::async_trait;
use model::{Fault, FaultKind, Secret};
use serde::Deserialize;
use serde_json::json;

use super::{client::Call, inlet::EVENTS, session::DevRevSession};
use crate::{Listening, Registrar};

#[derive(Deserialize)]
struct Webhook {
    id: String,
    url: Option<String>,
    status: Option<String>,
}

#[derive(Deserialize)]
struct WebhookPage {
    #[serde(default)] // absent when there are none
    webhooks: Vec<Webhook>,
}

#[derive(Deserialize)]
struct OneWebhook {
    webhook: Webhook,
}

impl Webhook {
    fn listening(&self) -> Listening {
        match self.status.as_deref() {
            Some("active") => Listening::Active,
            Some("inactive") => Listening::Inactive,
            _ => Listening::Unverified,
        }
    }
}

#[async_trait]
impl Registrar for DevRevSession {
    async fn register(&self, url: &str, secret: &Secret) -> Result<Listening, Fault> {
        let known = self.webhooks(url).await?.into_iter().next();
        let (call, body) = match known {
            // What was sent before and not answered, or has fallen silent.
            Some(webhook) => (
                Call::new("/webhooks.update", "activating the webhook"),
                json!({
                    "id": webhook.id,
                    "secret": secret.reveal(),
                    "event_types": { "set": EVENTS },
                    "action": "activate",
                }),
            ),
            None => (
                Call::new("/webhooks.create", "registering a webhook"),
                json!({ "url": url, "secret": secret.reveal(), "event_types": EVENTS }),
            ),
        };
        let made: OneWebhook = self.client.write(call, &body).await?.parse()?;
        Ok(made.webhook.listening())
    }

    async fn listening(&self, url: &str) -> Result<Option<Listening>, Fault> {
        let known = self.webhooks(url).await?;
        Ok(known.first().map(Webhook::listening))
    }

    async fn unregister(&self, url: &str) -> Result<(), Fault> {
        for webhook in self.webhooks(url).await? {
            let call = Call::new("/webhooks.delete", "deleting the webhook").about(&webhook.id);
            match self.client.write(call, &json!({ "id": webhook.id })).await {
                Err(refusal) if refusal.kind() != FaultKind::Gone => return Err(refusal.into()),
                _ => {}
            }
        }
        Ok(())
    }
}

impl DevRevSession {
    /// The webhooks of that address. The list takes no member at all.
    async fn webhooks(&self, url: &str) -> Result<Vec<Webhook>, Fault> {
        let call = Call::new("/webhooks.list", "reading the webhooks");
        let page: WebhookPage = self.client.read(call, &json!({})).await?.parse()?;
        let is_this = |webhook: &Webhook| webhook.url.as_deref() == Some(url);
        Ok(page.webhooks.into_iter().filter(is_this).collect())
    }
}
