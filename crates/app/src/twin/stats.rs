//! How many requests came, by route and by what was answered.

use std::collections::HashMap;

use connectors::kit::Request;
use serde_json::{Map, Value, json};

/// Routes beyond this many are counted as one.
const MOST_ROUTES: usize = 1_000;

/// The counts since the start.
#[derive(Debug, Default)]
pub(super) struct Stats {
    requests: u64,
    changed: u64,
    bytes_in: u64,
    bytes_out: u64,
    routes: HashMap<String, Vec<(Ending, u64)>>,
    route: String,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// With a whole answer of this status.
    Status(u16),
    /// Without an answer, not performed.
    Reset,
    /// Performed, without an answer.
    Lost,
    /// Performed, with half an answer.
    Truncated,
}

impl Stats {
    pub(super) fn count(&mut self, request: &Request, ending: Ending, changed: bool, bytes_out: usize) {
        self.requests += 1;
        self.changed += u64::from(changed);
        self.bytes_in += request.body.len() as u64;
        self.bytes_out += bytes_out as u64;
        fold(&mut self.route, request.method.as_str(), &request.path);
        if !self.routes.contains_key(self.route.as_str()) {
            if self.routes.len() >= MOST_ROUTES {
                self.route.clear();
                self.route.push_str("other");
            }
            self.routes.entry(self.route.clone()).or_default();
        }
        let Some(endings) = self.routes.get_mut(self.route.as_str()) else {
            return;
        };
        match endings.iter_mut().find(|(known, _)| *known == ending) {
            Some((_, count)) => *count += 1,
            None => endings.push((ending, 1)),
        }
    }

    pub(super) fn to_json(&self) -> Value {
        let routes = self.routes.iter().map(|(route, endings)| {
            let counts = endings
                .iter()
                .map(|(ending, count)| (ending.name(), json!(count)));
            (route.clone(), Value::Object(counts.collect()))
        });
        json!({
            "requests": self.requests,
            "changed": self.changed,
            "bytes_in": self.bytes_in,
            "bytes_out": self.bytes_out,
            "routes": routes.collect::<Map<_, _>>(),
        })
    }
}

impl Ending {
    fn name(self) -> String {
        match self {
            Self::Status(status) => status.to_string(),
            Self::Reset => "reset".to_owned(),
            Self::Lost => "lost_answer".to_owned(),
            Self::Truncated => "truncated".to_owned(),
        }
    }
}

/// `GET /companies/5f0c` becomes `GET /companies/*`.
fn fold(route: &mut String, method: &str, path: &str) {
    route.clear();
    route.push_str(method);
    route.push(' ');
    for segment in path.strip_prefix('/').unwrap_or(path).split('/') {
        route.push('/');
        route.push_str(if is_id(segment) { "*" } else { segment });
    }
}

/// Ids hold digits or say whose they are; the names in vendors' paths do not, versions apart.
fn is_id(segment: &str) -> bool {
    let is_version = segment.len() <= 3 && segment.starts_with('v');
    let is_key = segment.starts_with("extid-") || segment.starts_with("srcid-");
    let is_odd = segment
        .bytes()
        .any(|byte| byte.is_ascii_digit() || byte == b'%' || byte == b':');
    !is_version && (is_key || is_odd)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_in_paths_are_folded() {
        let check = |path: &str, expected: &str| {
            let mut route = String::new();
            fold(&mut route, "GET", path);
            assert_eq!(route, format!("GET {expected}"));
        };
        check("/companies", "/companies");
        check("/works.create", "/works.create");
        check("/companies/5f0c1a2b3c4d5e6f70819203", "/companies/*");
        check("/companies/extid-acme", "/companies/*");
        check("/v1/users/7/notes", "/v1/users/*/notes");
        check("/", "/");
    }
}
