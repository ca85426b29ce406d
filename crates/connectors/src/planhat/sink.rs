//! What events become in Planhat: companies and end users by the bulk calls of the main API, activities, metrics and whole events by
//! the analytics host, which knows no token but the tenant's and says 200 to almost everything.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderValue, Method, header};
use model::{
    Brought, Clock, Fault, FaultKind, Field, FieldKind, FieldName, ObjectName, ParcelKind, SchemaChange, Sink,
};
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::{
    client::Aim,
    object, refusal,
    source::PlanhatSource,
    upsert::{self, Each},
    write,
};
use crate::{
    Wire,
    kit::{Request, Response, encoded},
};

/// How many records a bulk call of the main API takes here; Planhat's own limit is 5,000.
const RECORDS: usize = 1_000;
/// How many activities go in one call: far below the 150,000 that Planhat says it takes.
const ACTIVITIES: usize = 2_000;

/// Brings what events become.
pub(super) struct PlanhatSink {
    source: PlanhatSource,
    /// The analytics host.
    wire: Arc<dyn Wire>,
    clock: Arc<dyn Clock>,
    tenant: String,
    /// Custom fields that were made, that were there, or that the token may not make.
    settled: Mutex<HashSet<(&'static str, String)>>,
}

/// What the analytics host answers, where it says anything.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Taken {
    errors: Vec<Json>,
}

impl PlanhatSink {
    pub(super) fn new(
        source: PlanhatSource,
        wire: Arc<dyn Wire>,
        clock: Arc<dyn Clock>,
        tenant: String,
    ) -> Self {
        Self {
            source,
            wire,
            clock,
            tenant,
            settled: Mutex::default(),
        }
    }

    async fn records(&self, name: &'static str, bodies: &[Map<String, Json>]) -> Result<Vec<Brought>, Fault> {
        let object = object::named(&ObjectName::new(name))?;
        let upserted = upsert::send(&self.source.client, object, bodies).await?;
        let brought = upserted.each.into_iter().map(|each| match each {
            Each::Created(_) | Each::Matched(_) => Brought::Taken,
            Each::Refused { words, .. } => Brought::Refused(words),
            Each::Unheard => Brought::Unheard,
        });
        Ok(brought.collect())
    }

    /// Gives an end user another id. Nobody there with the old one is no fault; with both, there is no way to make one of two.
    async fn rekey(&self, body: &Map<String, Json>) -> Result<Brought, Fault> {
        let of = |name: &str| body.get(name).and_then(Json::as_str).unwrap_or_default();
        let (from, to) = (of("from"), of("to"));
        let doing = "giving an end user another id";
        if !self.is_there(from, doing).await? {
            return Ok(Brought::Unheard);
        }
        if self.is_there(to, doing).await? {
            return Ok(Brought::Refused(
                "both ids have an end user in Planhat".to_owned(),
            ));
        }
        let mut change = Map::new();
        change.insert("externalId".to_owned(), to.into());
        let path = format!("/endusers/extid-{}", encoded(from));
        let request = Request::new(Method::PUT, path).json(&change.into());
        let aim = Aim {
            doing,
            permission: "End Users (Update)",
        };
        match self.source.client.ask(request, aim).await {
            Ok(_) => Ok(Brought::Taken),
            Err(fault) if fault.kind() == FaultKind::Rejected => {
                Ok(Brought::Refused(fault.words().unwrap_or_default().to_owned()))
            }
            Err(fault) => Err(fault),
        }
    }

    async fn is_there(&self, id: &str, doing: &str) -> Result<bool, Fault> {
        let path = format!("/endusers/extid-{}", encoded(id));
        let aim = Aim {
            doing,
            permission: "End Users (View)",
        };
        match self.source.client.ask(Request::new(Method::GET, path), aim).await {
            Ok(_) => Ok(true),
            Err(fault) if fault.kind() == FaultKind::Gone => Ok(false),
            Err(fault) => Err(fault),
        }
    }

    /// Sends to the analytics host. Its fault never shows the path, which holds the tenant token.
    async fn send(&self, request: Request, doing: &str) -> Result<Response, Fault> {
        let response = self.wire.send(request).await.map_err(|fault| {
            let told = Fault::new(fault.kind(), doing);
            let told = match fault.advice() {
                Some(advice) => told.hint(advice),
                None => told,
            };
            if fault.is_unsent() { told.unsent() } else { told }
        })?;
        let aim = Aim {
            doing,
            permission: "",
        };
        match response.status {
            200..=299 => Ok(response),
            404 => Err(Fault::new(FaultKind::Settings, doing)
                .said("the analytics host knows no such tenant")
                .hint("check the connection's `tenant`: Planhat shows it under App Settings, API Access")),
            _ => Err(refusal::fault(&response, aim, self.clock.now())),
        }
    }

    async fn analytics(
        &self,
        path: String,
        bodies: &[Map<String, Json>],
        doing: &str,
    ) -> Result<Vec<Brought>, Fault> {
        let items: Vec<Json> = bodies.iter().cloned().map(Json::Object).collect();
        let request = Request::new(Method::POST, path).json(&Json::Array(items));
        let response = self.send(request, doing).await?;
        let taken: Taken = serde_json::from_slice(&response.body).unwrap_or_default();
        Ok(told_apart(bodies, &taken.errors))
    }

    /// An event as it is, as Segment's own destination sends it.
    async fn whole(&self, body: &Map<String, Json>) -> Result<Brought, Fault> {
        let doing = "bringing an event to Planhat's Segment endpoint";
        let mut request = Request::new(Method::POST, "/dock/segment").json(&body.clone().into());
        let user = STANDARD.encode(format!("{}:", self.tenant));
        if let Ok(mut value) = HeaderValue::from_str(&format!("Basic {user}")) {
            value.set_sensitive(true);
            request.headers.insert(header::AUTHORIZATION, value);
        }
        self.send(request, doing).await?;
        Ok(Brought::Taken)
    }
}

#[async_trait]
impl Sink for PlanhatSink {
    async fn bring(&self, kind: ParcelKind, bodies: &[Map<String, Json>]) -> Result<Vec<Brought>, Fault> {
        match kind {
            ParcelKind::Company => self.records("company", bodies).await,
            ParcelKind::Person => self.records("enduser", bodies).await,
            ParcelKind::Activity => {
                let path = format!("/analytics/bulk/{}", encoded(&self.tenant));
                self.analytics(path, bodies, "bringing activities").await
            }
            ParcelKind::Metric => {
                let path = format!("/dimensiondata/{}", encoded(&self.tenant));
                self.analytics(path, bodies, "bringing metrics").await
            }
            ParcelKind::Rekey | ParcelKind::Whole => {
                let mut all = Vec::with_capacity(bodies.len());
                for body in bodies {
                    all.push(match kind {
                        ParcelKind::Rekey => self.rekey(body).await?,
                        _ => self.whole(body).await?,
                    });
                }
                Ok(all)
            }
        }
    }

    async fn make_fields(&self, kind: ParcelKind, bodies: &[Map<String, Json>]) -> Result<(), Fault> {
        let object = match kind {
            ParcelKind::Company => "company",
            ParcelKind::Person => "enduser",
            _ => return Ok(()),
        };
        let mut add: Vec<Field> = Vec::new();
        {
            let mut settled = self.settled.lock().unwrap_or_else(PoisonError::into_inner);
            let customs = bodies.iter().filter_map(|body| body.get("custom")?.as_object());
            for (name, value) in customs.flatten() {
                if settled.insert((object, name.clone())) {
                    add.push(field(name, value));
                }
            }
        }
        if add.is_empty() {
            return Ok(());
        }
        let change = SchemaChange {
            object: ObjectName::new(object),
            add,
            make: None,
        };
        match write::extend(&self.source, &change).await {
            Ok(()) => Ok(()),
            // Records are written all the same: Planhat leaves out what it has no field for.
            Err(fault)
                if matches!(
                    fault.kind(),
                    FaultKind::Denied | FaultKind::Settings | FaultKind::Rejected
                ) =>
            {
                tracing::warn!(error = %model::chain(&fault), "Custom fields of events cannot be made");
                Ok(())
            }
            Err(fault) => {
                let mut settled = self.settled.lock().unwrap_or_else(PoisonError::into_inner);
                for field in &change.add {
                    settled.remove(&(object, field.title.clone()));
                }
                Err(fault)
            }
        }
    }

    fn most(&self, kind: ParcelKind) -> usize {
        match kind {
            ParcelKind::Company | ParcelKind::Person => RECORDS,
            ParcelKind::Activity | ParcelKind::Metric => ACTIVITIES,
            ParcelKind::Rekey | ParcelKind::Whole => 1,
        }
    }
}

fn field(name: &str, value: &Json) -> Field {
    Field {
        name: FieldName::new(format!("custom.{name}")),
        title: name.to_owned(),
        kind: match value {
            Json::Bool(_) => FieldKind::Bool,
            Json::Number(_) => FieldKind::Number,
            _ => FieldKind::Text { max: None },
        },
        writable: true,
        required: false,
        custom: true,
        id: None,
    }
}

/// Which items an answer's errors are about: they bear the items. An error that bears none of them is about nobody.
fn told_apart(bodies: &[Map<String, Json>], errors: &[Json]) -> Vec<Brought> {
    let mut brought = vec![Brought::Taken; bodies.len()];
    for error in errors {
        let words = error
            .get("error")
            .and_then(Json::as_str)
            .unwrap_or("refused without a word");
        let item = error.get("item").and_then(Json::as_object);
        // Planhat may leave members out of what it repeats, or add some.
        let is_it = |body: &Map<String, Json>| {
            item.is_some_and(|item| {
                let mut shared = item
                    .iter()
                    .filter(|(name, _)| body.contains_key(*name))
                    .peekable();
                shared.peek().is_some() && shared.all(|(name, value)| body.get(name) == Some(value))
            })
        };
        let open = brought
            .iter_mut()
            .zip(bodies)
            .filter(|(brought, _)| **brought == Brought::Taken);
        match open.into_iter().find(|(_, body)| is_it(body)) {
            Some((brought, _)) => *brought = Brought::Refused(words.to_owned()),
            None => tracing::warn!("Planhat refused something that was not sent"),
        }
    }
    brought
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_error_is_about_the_item_that_it_bears() {
        let body = |id: &str| {
            json!({ "externalId": id, "value": 1 })
                .as_object()
                .unwrap()
                .clone()
        };
        let bodies = [body("a"), body("b"), body("b")];
        let error = |id: &str| json!({ "item": { "externalId": id, "value": 1, "at": 5 }, "error": "no" });
        let refused = || Brought::Refused("no".to_owned());
        let told = |errors: &[Json]| told_apart(&bodies, errors);
        assert_eq!(told(&[]), [Brought::Taken, Brought::Taken, Brought::Taken]);
        assert_eq!(told(&[error("b")]), [Brought::Taken, refused(), Brought::Taken]);
        assert_eq!(
            told(&[error("b"), error("b")]),
            [Brought::Taken, refused(), refused()]
        );
        assert_eq!(
            told(&[error("c"), json!("odd"), json!({})]),
            [Brought::Taken, Brought::Taken, Brought::Taken]
        );
    }
}
