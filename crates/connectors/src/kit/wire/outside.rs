//! Asking at addresses that stood in a text. Whoever wrote it may have meant a machine that only we can reach, so every
//! host is looked up by ourselves, and what is not public is not asked, nor followed to.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{Arc, OnceLock},
    time::Duration,
};

use model::{Fault, FaultKind};
use reqwest::{
    Client, ClientBuilder, Response, Url,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect::{Attempt, Policy},
};

use crate::kit::file::is_public;

/// How often an answer may send us on.
const HOPS: usize = 5;

/// Asks; who gives no answer in time is not asked again in this run.
pub(super) async fn ask(
    client: &OnceLock<Client>,
    url: Url,
    patience: Duration,
    connect: Duration,
    doing: &str,
) -> Result<Response, Fault> {
    if !may_be_asked(&url) {
        return Err(Fault::new(FaultKind::Rejected, doing).said("its address is not a public one"));
    }
    let client = match client.get() {
        Some(client) => client,
        None => {
            let made = build(connect).map_err(|error| {
                Fault::new(FaultKind::Settings, doing)
                    .hint("install the system's CA certificates (package ca-certificates)")
                    .because(error.without_url())
            })?;
            client.get_or_init(|| made)
        }
    };
    let answer = client.get(url).timeout(patience).send().await;
    answer.map_err(|error| {
        let kind = match error.is_connect() || error.is_timeout() {
            true => FaultKind::Gone,
            false => FaultKind::Unreachable,
        };
        Fault::new(kind, doing)
            .said("its host gives no answer, or is not a public one")
            .because(error.without_url())
    })
}

fn build(connect: Duration) -> reqwest::Result<Client> {
    super::provide();
    let client = Client::builder()
        .user_agent(concat!("interline/", env!("CARGO_PKG_VERSION")))
        .http1_only()
        .connect_timeout(connect)
        .redirect(Policy::custom(follow))
        .retry(reqwest::retry::never())
        .referer(false);
    confine(client).build()
}

/// Lets a client reach public addresses only. A proxy would look hosts up by itself.
pub(super) fn confine(client: ClientBuilder) -> ClientBuilder {
    client.no_proxy().dns_resolver(Arc::new(PublicOnly))
}

fn follow(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    match attempt.previous().len() <= HOPS && may_be_asked(attempt.url()) {
        true => attempt.follow(),
        false => attempt.stop(),
    }
}

/// Whether the address is one of the web. A name may still turn out to stand for a machine that is not public.
pub(super) fn may_be_asked(url: &Url) -> bool {
    let is_web = matches!(url.scheme(), "http" | "https");
    let host = url.host_str().unwrap_or_default();
    let literal = host.trim_matches(['[', ']']).parse::<IpAddr>();
    is_web && !host.is_empty() && literal.map_or(true, is_public)
}

/// Looks names up, and knows public addresses only: the check and the connection are about the same address.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
            match public.is_empty() {
                true => Err("the host has no public address".into()),
                false => Ok(Box::new(public.into_iter()) as Addrs),
            }
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn only_the_public_web_is_asked() {
        for (url, expected) in [
            ("https://files.example.com/a.png", true),
            ("http://files.example.com/a.png", true),
            ("https://8.8.8.8/a.png", true),
            ("ftp://files.example.com/a.png", false),
            ("https://127.0.0.1/a.png", false),
            ("http://2130706433/a.png", false),
            ("http://0x7f.1/a.png", false),
            ("http://[::1]/a.png", false),
            ("http://[::ffff:10.0.0.1]/a.png", false),
            ("http://169.254.169.254/latest/meta-data", false),
        ] {
            assert_eq!(may_be_asked(&Url::parse(url).unwrap()), expected, "{url}");
        }
    }

    #[tokio::test]
    async fn a_name_for_this_machine_is_not_known() {
        let found = PublicOnly.resolve("localhost".parse().unwrap()).await;
        let reason = found.err().unwrap().to_string();
        assert!(reason.contains("no public address"), "{reason}");
    }
}
