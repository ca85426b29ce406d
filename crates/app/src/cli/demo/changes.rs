//! What somebody changes on the left between two runs: over its API, as anybody would.

mod intercom;
mod planhat;

use connectors::{
    Wire,
    kit::{HttpWire, Request, WireLimits},
};
use http::{Method, header::AUTHORIZATION};
use serde_json::Value;

pub(super) use self::{intercom::intercom, planhat::planhat};
use crate::{failure::Failure, twin::TwinServer};

/// Somebody at a twin's API.
pub(super) struct Desk {
    wire: HttpWire,
    token: String,
}

impl Desk {
    fn at(twin: &TwinServer) -> Result<Self, Failure> {
        Ok(Self {
            wire: HttpWire::new(&twin.url(), WireLimits::default())?,
            token: twin.token.clone().unwrap_or_default(),
        })
    }

    async fn send(&self, method: Method, path: &str, body: &Value) -> Result<Value, Failure> {
        self.ask(Request::new(method, format!("/{path}")).json(body))
            .await
    }

    async fn ask(&self, request: Request) -> Result<Value, Failure> {
        let doing = format!("{} {}", request.method, request.path);
        let request = request.header(AUTHORIZATION, &format!("Bearer {}", self.token));
        let response = self.wire.send(request).await?;
        if !(200..300).contains(&response.status) {
            let said = String::from_utf8_lossy(&response.body).into_owned();
            let words = format!("The twin answered {} to {doing}", response.status);
            return Err(Failure::broke(words).because(said));
        }
        serde_json::from_slice(&response.body)
            .map_err(|error| Failure::broke(format!("The answer to {doing} is no JSON")).because(error))
    }
}
