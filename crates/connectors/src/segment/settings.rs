//! What a browser's or a phone's library wants to know before it begins.

use bytes::Bytes;
use http::{HeaderMap, Response, header::HOST};
use serde_json::json;

use super::reply;

/// The document for a write key. It says that events come to where it was asked for, and that nothing else is to be loaded.
pub(super) fn document(headers: &HeaderMap, key: &str) -> Response<Bytes> {
    let mut own = json!({
        "apiKey": key,
        "addBundledMetadata": true,
        "unbundledIntegrations": [],
        "bundledConfigIds": [],
        "maybeBundledConfigIds": {},
        "versionSettings": { "version": "4.4.7", "componentTypes": ["browser"] },
    });
    if let (Some(host), Some(own)) = (host(headers), own.as_object_mut()) {
        own.insert("apiHost".to_owned(), format!("{host}/v1").into());
        let protocol = protocol(headers, host);
        own.extend(protocol.map(|protocol| ("protocol".to_owned(), protocol.into())));
    }
    let always = json!({ "__default": { "enabled": true, "integrations": {} } });
    let document = json!({
        "integrations": { "Segment.io": own },
        "plan": { "track": always, "identify": always, "group": always },
        "edgeFunction": {},
        "analyticsNextEnabled": true,
        "middlewareSettings": {},
        "enabledMiddleware": {},
        "metrics": { "sampleRate": 0 },
        "legacyVideoPluginsEnabled": false,
        "remotePlugins": [],
    });
    reply::as_json(200, &document)
}

/// The host by which we were reached, if it is one.
fn host(headers: &HeaderMap) -> Option<&str> {
    let host = headers.get(HOST)?.to_str().ok()?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte);
    (!host.is_empty() && host.len() <= 255 && host.bytes().all(is_plain)).then_some(host)
}

/// How we were reached, where that can be told: by a proxy's word, or on this machine. Libraries go by https otherwise.
fn protocol(headers: &HeaderMap, host: &str) -> Option<&'static str> {
    let forwarded = headers
        .get("x-forwarded-proto")
        .and_then(|value| value.to_str().ok());
    match forwarded {
        Some("https") => Some("https"),
        Some("http") => Some("http"),
        _ => {
            let own = ["localhost", "127.0.0.1", "[::1]"];
            let is_own = |name: &&str| {
                host.strip_prefix(*name)
                    .is_some_and(|port| port.is_empty() || port.starts_with(':'))
            };
            own.iter().any(is_own).then_some("http")
        }
    }
}
