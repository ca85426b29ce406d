//! A token by a person's consent in the browser: OAuth 2 with an authorization code.

use model::{Fault, Secret};

use crate::{
    Settings,
    kit::{Request, Response},
};

/// How a vendor is asked for a token that a person consents to. Pure.
pub trait Consent: Send + Sync {
    /// The page on which the person consents.
    fn page(&self, settings: &Settings, asked: &Asked<'_>) -> Result<String, Fault>;

    /// The address that gives tokens for codes, without a slash at its end, and what it is asked.
    fn exchange(
        &self,
        settings: &Settings,
        asked: &Asked<'_>,
        code: &str,
    ) -> Result<(String, Request), Fault>;

    /// The token that it answers.
    fn token(&self, response: &Response) -> Result<Secret, Fault>;
}

/// Who asks for consent, and where the answer is to go.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The app's id at the vendor.
    pub client_id: &'a str,
    /// The app's secret.
    pub client_secret: &'a Secret,
    /// Where the vendor sends the person afterwards.
    pub redirect: &'a str,
    /// What comes back with the answer to this question and to no other.
    pub state: &'a str,
}
