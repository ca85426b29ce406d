//! Files: which are Intercom's own, what each is called for good, and where it lies at the moment.
//!
//! Intercom signs an address for half an hour, and signs it anew with each answer. So that a file stays the same one, its
//! address is kept without the signature; the record that holds it brings a new one.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use http::Uri;
use model::Timestamp;
use serde_json::Value as Json;

/// What belongs to a signature, and not to the file.
const SIGNATURE: &[&str] = &["expires", "signature", "req"];
/// Where Intercom keeps files, besides hosts called `…intercom-attachments-1.com`.
const ZONES: &[&str] = &[
    "intercomcdn.com",
    "intercomcdn.eu",
    "intercomassets.com",
    "intercom-attachments.com",
    "intercom-attachments.eu",
    "intercomusercontent.com",
];
/// What stands where an address ends, in texts of all sorts.
const ENDS: &[char] = &['"', '\'', '<', '>', ')', '\\', '`', '|'];
/// How long a signature is trusted. Intercom says half an hour.
const TRUSTED: Duration = Duration::from_secs(25 * 60);
/// How many signed addresses are held. One that is not costs a call.
const HELD: usize = 4_000;

/// Where Intercom's own files lie.
pub(super) struct Home {
    base: String,
}

impl Home {
    pub(super) fn new(base: String) -> Self {
        Self { base }
    }

    /// Whether Intercom itself keeps the file at this address.
    pub(super) fn is_own(&self, address: &str) -> bool {
        if address
            .strip_prefix(self.base.as_str())
            .is_some_and(|path| path.starts_with('/'))
        {
            return true;
        }
        let Ok(uri) = address.split('#').next().unwrap_or_default().parse::<Uri>() else {
            return false;
        };
        let Some(authority) = uri.authority().filter(|_| uri.scheme_str() == Some("https")) else {
            return false;
        };
        // Names and ports of somebody's choice are no part of Intercom's addresses.
        authority.as_str() == authority.host() && is_own_host(&authority.host().to_ascii_lowercase())
    }

    /// How to get to it: by the path alone, where it lies with the API itself.
    pub(super) fn way(&self, address: &str) -> String {
        match address.strip_prefix(self.base.as_str()) {
            Some(path) if path.starts_with('/') => path.to_owned(),
            _ => address.to_owned(),
        }
    }

    /// The address that stays: without its signature.
    pub(super) fn lasting(&self, address: &str) -> Option<String> {
        self.is_own(address).then(|| unsigned(address))
    }

    /// HTML with the addresses of Intercom's own files as they stay.
    pub(super) fn in_html(&self, html: &str) -> String {
        self.replaced(html, |address| {
            let lasting = self.lasting(&address.replace("&amp;", "&"))?;
            Some(lasting.replace('&', "&amp;"))
        })
    }

    /// A text in which no signature is left, so that it is the same each time it is sent.
    pub(super) fn without_signatures(&self, json: &mut Json) {
        match json {
            Json::String(text) => {
                let plain = self.replaced(text, |address| self.lasting(&address.replace("&amp;", "&")));
                *text = plain;
            }
            Json::Array(all) => all.iter_mut().for_each(|one| self.without_signatures(one)),
            Json::Object(map) => map.values_mut().for_each(|one| self.without_signatures(one)),
            _ => {}
        }
    }

    /// Hands each address of a file of Intercom's, as it was sent.
    fn each(&self, json: &Json, meet: &mut dyn FnMut(String)) {
        match json {
            Json::String(text) => {
                self.replaced(text, |address| {
                    let address = address.replace("&amp;", "&");
                    if self.is_own(&address) {
                        meet(address);
                    }
                    None
                });
            }
            Json::Array(all) => all.iter().for_each(|one| self.each(one, meet)),
            Json::Object(map) => map.values().for_each(|one| self.each(one, meet)),
            _ => {}
        }
    }

    fn replaced(&self, text: &str, mut by: impl FnMut(&str) -> Option<String>) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find("http") {
            let (before, from) = rest.split_at(at);
            let ends = |sign: char| sign.is_whitespace() || ENDS.contains(&sign);
            let (address, after) = from.split_at(from.find(ends).unwrap_or(from.len()));
            out.push_str(before);
            match by(address) {
                Some(other) => out.push_str(&other),
                None => out.push_str(address),
            }
            rest = after;
        }
        out.push_str(rest);
        out
    }
}

fn is_own_host(host: &str) -> bool {
    let in_zone = |zone: &str| {
        host.strip_suffix(zone)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    // `acme.intercom-attachments-7.com`, where the number is any.
    let domain = host
        .strip_suffix(".com")
        .map(|name| name.rsplit('.').next().unwrap_or_default());
    let number = domain.and_then(|name| name.strip_prefix("intercom-attachments-"));
    let is_numbered =
        number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()));
    is_numbered || ZONES.iter().any(|zone| in_zone(zone))
}

/// The address without its signature and its fragment.
fn unsigned(address: &str) -> String {
    let address = address.split('#').next().unwrap_or_default();
    let Some((path, query)) = address.split_once('?') else {
        return address.to_owned();
    };
    let is_signature = |pair: &&str| SIGNATURE.contains(&pair.split('=').next().unwrap_or_default());
    let kept: Vec<&str> = query.split('&').filter(|pair| !is_signature(pair)).collect();
    match kept.is_empty() {
        true => path.to_owned(),
        false => format!("{path}?{}", kept.join("&")),
    }
}

/// Signed addresses as they came last, by the address that stays.
#[derive(Default)]
pub(super) struct Signed {
    by_address: Mutex<HashMap<String, (String, Timestamp)>>,
}

impl Signed {
    /// Takes in the addresses that a record bears.
    pub(super) fn learn(&self, home: &Home, text: &str, now: Timestamp) {
        if !text.contains("signature") {
            return;
        }
        let Ok(json) = serde_json::from_str::<Json>(text) else {
            return;
        };
        let mut known = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() > HELD {
            known.clear();
        }
        home.each(&json, &mut |address| {
            known.insert(unsigned(&address), (address, now));
        });
    }

    /// The address by which it can be fetched now, if one came a moment ago.
    pub(super) fn fresh(&self, lasting: &str, now: Timestamp) -> Option<String> {
        let known = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        let (address, at) = known.get(lasting)?;
        let is_young = at.checked_add(TRUSTED).is_ok_and(|until| now < until);
        is_young.then(|| address.clone())
    }
}
