use model::FaultKind;

use super::*;

#[test]
fn the_subdomain_says_where_the_api_is() {
    for (subdomain, expected) in [
        ("app.planhat.com", Some("https://api.planhat.com")),
        ("ws.planhat.com", Some("https://api.planhat.com")),
        ("https://app.planhat.com/home", Some("https://api.planhat.com")),
        ("APP-US1.planhat.com", Some("https://api-us1.planhat.com")),
        ("app-eu.planhat.com", Some("https://api-eu.planhat.com")),
        ("api.planhat.com", Some("https://api.planhat.com")),
        ("api-eu3.planhat.com", Some("https://api-eu3.planhat.com")),
        ("app.planhatdemo.com", Some("https://api.planhatdemo.com")),
        ("app.planhat.com.evil.example", None),
        ("evil.example/app.planhat.com", None),
        ("user@app.planhat.com", None),
        ("planhat.com", None),
        ("acme", None),
    ] {
        let url = CONNECTOR.base_url(&some_settings(&[("subdomain", subdomain)]));
        assert_eq!(url.as_deref().ok(), expected, "{subdomain}");
        assert!(
            url.is_ok()
                || url.is_err_and(|fault| fault.kind() == FaultKind::Settings && fault.advice().is_some())
        );
    }
}

#[test]
fn an_address_that_is_given_wins() {
    let settings = some_settings(&[("subdomain", "acme"), ("base_url", "http://127.0.0.1:7101/")]);
    assert_eq!(CONNECTOR.base_url(&settings).unwrap(), "http://127.0.0.1:7101");
}

#[test]
fn what_cannot_work_is_refused_before_anything_is_sent() {
    for (values, secret) in [
        (&[][..], "s3cr3t-t0k3n"),
        (&[("subdomain", " ")], "s3cr3t-t0k3n"),
        (&[("subdomain", "app.planhat.com")], ""),
        (&[("subdomain", "app.planhat.com")], "two\nlines"),
    ] {
        let settings = Settings {
            secret: Secret::new(secret),
            ..some_settings(values)
        };
        let fault = CONNECTOR
            .open(&settings, outlet(wire(|_| unreachable!())))
            .err()
            .unwrap();
        assert_eq!(fault.kind(), FaultKind::Settings, "{values:?}");
        assert!(fault.advice().is_some());
        assert!(
            secret.is_empty() || !format!("{fault:?}").contains(secret),
            "{fault:?}"
        );
    }
}
