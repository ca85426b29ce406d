//! Intercom's consent page and what it gives tokens for. Which of its hosts answers other regions is not documented: a code is
//! given to the one that third parties use for all.

use model::{Fault, FaultKind, Secret};
use serde::Deserialize;
use serde_json::json;

use super::setting;
use crate::{
    Asked, Consent, Settings,
    kit::{self, Request, Response},
};

pub(super) static CONSENT: IntercomConsent = IntercomConsent;

pub(super) struct IntercomConsent;

const PAGE: &str = "https://app.intercom.com";
const TOKENS: &str = "https://api.intercom.io";

impl Consent for IntercomConsent {
    fn page(&self, settings: &Settings, asked: &Asked<'_>) -> Result<String, Fault> {
        let base = setting(settings, "base_url").unwrap_or(match region(settings).as_str() {
            "eu" => "https://app.eu.intercom.com",
            "au" => "https://app.au.intercom.com",
            _ => PAGE,
        });
        let pairs = [
            ("client_id", asked.client_id),
            ("state", asked.state),
            ("redirect_uri", asked.redirect),
        ];
        let page = format!("{}/oauth", base.trim_end_matches('/'));
        kit::with_query(&page, &pairs).ok_or_else(|| {
            Fault::new(FaultKind::Settings, "finding Intercom's page for consent")
                .hint("an address looks like https://api.intercom.io")
        })
    }

    fn exchange(
        &self,
        settings: &Settings,
        asked: &Asked<'_>,
        code: &str,
    ) -> Result<(String, Request), Fault> {
        let base = setting(settings, "base_url").unwrap_or(TOKENS);
        let request = Request::new(http::Method::POST, "/auth/eagle/token").json(&json!({
            "code": code,
            "client_id": asked.client_id,
            "client_secret": asked.client_secret.reveal(),
        }));
        Ok((base.trim_end_matches('/').to_owned(), request))
    }

    fn token(&self, response: &Response) -> Result<Secret, Fault> {
        let doing = "asking Intercom for a token";
        let given: Given = match response.status {
            200..=299 => serde_json::from_slice(&response.body)
                .map_err(|error| Fault::new(FaultKind::Unexpected, doing).because(error))?,
            status => {
                return Err(Fault::new(FaultKind::Denied, doing)
                    .said(format!("it answered with status {status}"))
                    .hint("a code counts once and for a few minutes; check the app's id and secret, and begin again"));
            }
        };
        let token = [given.access_token, given.token].into_iter().flatten();
        let token = token
            .map(|token| token.trim().to_owned())
            .find(|token| !token.is_empty());
        token
            .map(Secret::new)
            .ok_or_else(|| Fault::new(FaultKind::Unexpected, doing).said("the answer has no token"))
    }
}

#[derive(Deserialize)]
struct Given {
    access_token: Option<String>,
    token: Option<String>,
}

fn region(settings: &Settings) -> String {
    setting(settings, "region").unwrap_or("us").to_ascii_lowercase()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn settings(pairs: &[(&str, &str)]) -> Settings {
        let pairs = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Settings {
            values: pairs.collect::<BTreeMap<_, _>>(),
            secret: Secret::new(""),
        }
    }

    fn check_page(given: &[(&str, &str)], expected: &str) {
        let asked = Asked {
            client_id: "id 1",
            client_secret: &Secret::new("s"),
            redirect: "http://127.0.0.1:8914/oauth/callback",
            state: "x&y",
        };
        let page = CONSENT.page(&settings(given), &asked).unwrap();
        let rest =
            "?client_id=id+1&state=x%26y&redirect_uri=http%3A%2F%2F127.0.0.1%3A8914%2Foauth%2Fcallback";
        assert_eq!(page, format!("{expected}{rest}"));
    }

    #[test]
    fn the_page_is_that_of_the_region() {
        check_page(&[], "https://app.intercom.com/oauth");
        check_page(&[("region", "EU")], "https://app.eu.intercom.com/oauth");
        check_page(
            &[("base_url", "http://127.0.0.1:7103/")],
            "http://127.0.0.1:7103/oauth",
        );
    }

    fn check_token(status: u16, body: &str, expected: Option<&str>) {
        let token = CONSENT.token(&Response::json_text(status, body.to_owned())).ok();
        assert_eq!(token.as_ref().map(Secret::reveal), expected, "{body}");
    }

    #[test]
    fn either_name_of_the_token_will_do() {
        check_token(
            200,
            r#"{"token_type":"Bearer","token":"a","access_token":"a"}"#,
            Some("a"),
        );
        check_token(200, r#"{"token":"a"}"#, Some("a"));
        check_token(200, r#"{"token":"","access_token":null}"#, None);
        check_token(200, "", None);
        check_token(401, r#"{"token":"a"}"#, None);
    }
}
