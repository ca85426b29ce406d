//! Which hosts a token may go to.

use std::{collections::BTreeMap, net::IpAddr};

use connectors::{Connector, Settings};
use model::{Fault, FaultKind, Secret};

use crate::{failure::Failure, wiring::BASE_URL};

/// Refuses an address that is neither the vendor's nor this machine's, unless its host is allowed by name.
pub fn check_host(
    connector: &dyn Connector,
    settings: &BTreeMap<String, String>,
    secret: &Secret,
    allowed: Option<&str>,
) -> Result<(), Failure> {
    let Some(wanted) = settings.get(BASE_URL) else {
        return Ok(());
    };
    let mut own = settings.clone();
    own.remove(BASE_URL);
    let own = connector.base_url(&Settings {
        values: own,
        secret: secret.clone(),
    });
    let host = host(wanted).ok_or_else(|| {
        let fault = Fault::new(FaultKind::Settings, format!("reading the address `{wanted}`"));
        Failure::from(fault.hint("an address looks like http://127.0.0.1:7101")).into_usage()
    })?;
    let is_own = own.is_ok_and(|own| is_of_domain(&host, &own));
    if is_own || is_loopback(&host) || allowed == Some(host.as_str()) {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "The host {host} is not one of {}'s",
        connector.card().title
    ))
    .hint(format!("if the token may go there, add --allow-host {host}")))
}

/// The host of an address, in lower case.
pub fn host(address: &str) -> Option<String> {
    let uri: http::Uri = address.parse().ok()?;
    Some(uri.host()?.trim_matches(['[', ']']).to_ascii_lowercase())
}

/// Whether the host lies in the domain of the vendor's own address: its last two labels.
fn is_of_domain(candidate: &str, own: &str) -> bool {
    let Some(own) = host(own) else {
        return false;
    };
    let mut labels = own.rsplit('.');
    let (Some(top), Some(second)) = (labels.next(), labels.next()) else {
        return false;
    };
    let domain = format!("{second}.{top}");
    candidate == domain || candidate.ends_with(&format!(".{domain}"))
}

/// Whether a host is this machine.
pub fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vendors_domain_holds_its_hosts() {
        let check = |candidate: &str, expected: bool| {
            assert_eq!(
                is_of_domain(candidate, "https://api.planhat.com"),
                expected,
                "{candidate}"
            );
        };
        check("api.planhat.com", true);
        check("api-us2.planhat.com", true);
        check("planhat.com", true);
        check("planhat.com.example", false);
        check("notplanhat.com", false);
        assert!(is_loopback("127.0.0.1") && is_loopback("::1") && is_loopback("localhost"));
        assert!(!is_loopback("10.0.0.1"));
        assert_eq!(host("http://[::1]:80/x").as_deref(), Some("::1"));
    }
}
