//! The way out to the network. Nothing else in the tree opens a connection.

mod files;
mod outside;

use std::{
    sync::{Once, OnceLock},
    time::Duration,
};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use model::{Fault, FaultKind, Fetched};
use reqwest::{Client, ClientBuilder, Url};
use tracing::{Level, debug};

use crate::{
    Wire,
    kit::{Download, Request, Response, Upload},
};

pub(crate) use files::refused;

/// Where patience ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WireLimits {
    /// The time a whole answer may take.
    pub whole: Duration,
    /// The time connecting may take.
    pub connect: Duration,
    /// The largest body, unpacked, in bytes.
    pub body: usize,
}

impl Default for WireLimits {
    fn default() -> Self {
        Self {
            whole: Duration::from_secs(60),
            connect: Duration::from_secs(10),
            body: 64 * 1024 * 1024,
        }
    }
}

/// An address with these names and values in its query; nothing if it is none.
pub(crate) fn with_query(address: &str, pairs: &[(&str, &str)]) -> Option<String> {
    Some(Url::parse_with_params(address, pairs).ok()?.into())
}

/// A wire that ends at a vendor's host. It sends once and follows no redirects.
pub struct HttpWire {
    client: Client,
    /// For addresses that anybody may have written; made when the first is asked.
    outside: OnceLock<Client>,
    base: String,
    limits: WireLimits,
}

static PROVIDER: Once = Once::new();

impl HttpWire {
    /// Checks the address and prepares connections; sends nothing.
    pub fn new(base_url: &str, limits: WireLimits) -> Result<Self, Fault> {
        Self::prepare(base_url, limits, false)
    }

    /// The same for an address that anybody may have named: only what is public is reached, whatever its name stands for
    /// by then.
    pub fn public(base_url: &str, limits: WireLimits) -> Result<Self, Fault> {
        Self::prepare(base_url, limits, true)
    }

    fn prepare(base_url: &str, limits: WireLimits, public_only: bool) -> Result<Self, Fault> {
        let refused = |hint: &str| {
            Fault::new(FaultKind::Settings, format!("reading the address `{base_url}`")).hint(hint)
        };
        let url = Url::parse(base_url)
            .map_err(|error| refused("an address looks like https://api.example.com").because(error))?;
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
            return Err(Fault::new(FaultKind::Settings, "reading an address")
                .hint("an address carries no user name, password or query"));
        }
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(refused(
                "an address begins with https:// or http:// and names a host",
            ));
        }
        provide();
        let client = client(&url, limits);
        let client = match public_only {
            true if !outside::may_be_asked(&url) => {
                return Err(refused("the address is not a public one"));
            }
            true => outside::confine(client),
            false => client,
        };
        let client = client.build().map_err(|error| {
            Fault::new(FaultKind::Settings, "preparing secure connections")
                .hint("install the system's CA certificates (package ca-certificates)")
                .because(error.without_url())
        })?;
        Ok(Self {
            client,
            outside: OnceLock::new(),
            base: base_url.trim_end_matches('/').to_owned(),
            limits,
        })
    }

    async fn exchange(&self, request: Request, name: &str) -> Result<Response, Fault> {
        let mut url = Url::parse(&format!("{}{}", self.base, request.path)).map_err(|error| {
            Fault::new(FaultKind::Unexpected, format!("addressing {name}")).because(error)
        })?;
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&request.query);
        }
        let mut outgoing = reqwest::Request::new(request.method, url);
        *outgoing.headers_mut() = request.headers;
        if !request.body.is_empty() {
            *outgoing.body_mut() = Some(request.body.into());
        }
        let mut answer = self
            .client
            .execute(outgoing)
            .await
            .map_err(|error| unreachable(name, error))?;
        let status = answer.status().as_u16();
        let headers = std::mem::take(answer.headers_mut());
        let body = self.body(answer, name).await?;
        Ok(Response {
            status,
            headers,
            body,
        })
    }

    /// Reads the body and stops at the limit, whatever length was announced. One that comes in one piece is not copied,
    /// and one whose length is told is copied once.
    async fn body(&self, mut answer: reqwest::Response, name: &str) -> Result<Bytes, Fault> {
        let announced = answer.content_length().and_then(|length| length.try_into().ok());
        let mut body = BytesMut::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| unreachable(name, error))? {
            if body.len() + chunk.len() > self.limits.body {
                return Err(
                    Fault::new(FaultKind::Unexpected, format!("reading the answer to {name}"))
                        .hint(format!("the answer is larger than {} bytes", self.limits.body)),
                );
            }
            if body.is_empty() {
                if announced == Some(chunk.len()) {
                    return Ok(chunk);
                }
                body.reserve(announced.unwrap_or_default().min(self.limits.body));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }
}

#[async_trait]
impl Wire for HttpWire {
    async fn send(&self, request: Request) -> Result<Response, Fault> {
        let name = format!("{} {}", request.method, redacted(&request.path));
        if !tracing::enabled!(Level::DEBUG) {
            return self.exchange(request, &name).await;
        }
        let began = std::time::Instant::now();
        let answer = self.exchange(request, &name).await;
        let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        match &answer {
            Ok(response) => {
                let (status, bytes) = (response.status, response.body.len());
                debug!(call = name, status, bytes, took_ms, "Vendor answered");
            }
            Err(fault) => debug!(call = name, took_ms, error = %model::chain(fault), "Vendor did not answer"),
        }
        answer
    }

    async fn upload(&self, upload: Upload) -> Result<Response, Fault> {
        self.send_file(upload).await
    }

    async fn download(&self, download: Download) -> Result<Fetched, Fault> {
        self.fetch_file(download).await
    }
}

/// Whoever came first, a provider of cryptography is there afterwards.
fn provide() {
    PROVIDER.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
}

fn client(url: &Url, limits: WireLimits) -> ClientBuilder {
    let client = Client::builder()
        .user_agent(concat!("interline/", env!("CARGO_PKG_VERSION")))
        .http1_only()
        .pool_max_idle_per_host(64)
        .connect_timeout(limits.connect)
        .timeout(limits.whole)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false);
    // Without encryption there is nobody to trust, and a machine without CA certificates will do.
    let client = match url.scheme() {
        "http" => client.tls_certs_only([]),
        _ => client,
    };
    let host = url.host_str().unwrap_or_default();
    match host == "localhost" || host == "[::1]" || host.starts_with("127.") {
        true => client.no_proxy(),
        false => client,
    }
}

/// Never shows the address: its query may hold a token.
fn unreachable(name: &str, error: reqwest::Error) -> Fault {
    let error = error.without_url();
    let fault = Fault::new(FaultKind::Unreachable, name);
    let fault = if error.is_timeout() {
        fault.hint("the vendor took too long to answer")
    } else if error.is_connect() {
        fault.hint(connect_hint(&error)).unsent()
    } else {
        fault
    };
    fault.because(error)
}

fn connect_hint(error: &reqwest::Error) -> &'static str {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        if let Some(io) = error.downcast_ref::<std::io::Error>()
            && io.kind() == std::io::ErrorKind::ConnectionRefused
        {
            return "nothing listens at that address; is the twin running, and is the port right?";
        }
        cause = error.source();
    }
    "check the address, the network and the name server"
}

/// The path, with whatever looks like a tenant's token left out.
fn redacted(path: &str) -> String {
    if !path.split('/').any(is_uuid) {
        return path.to_owned();
    }
    let parts = path
        .split('/')
        .map(|part| if is_uuid(part) { "[tenant]" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

fn is_uuid(part: &str) -> bool {
    part.len() == 36
        && part.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests;
