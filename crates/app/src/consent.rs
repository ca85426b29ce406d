//! A token by consent: a person is sent to the vendor's page, and the vendor sends the browser back to a door of ours that
//! is open for that long.

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use connectors::{
    Asked, Consent, Settings, Wire,
    kit::{HttpWire, WireLimits, is_same, new_address_word},
};
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use model::{Fault, FaultKind, Secret};
use tokio::{net::TcpListener, sync::mpsc, task::JoinSet};

use crate::{failure::Failure, twin::decode_query};

/// Where the vendor sends the browser.
pub const CALLBACK: &str = "/oauth/callback";
/// How long a person has to decide.
const PATIENCE: Duration = Duration::from_secs(10 * 60);
/// How long a browser has to say what it wants.
const BROWSER: Duration = Duration::from_secs(10);

/// So many browsers are answered at a time.
const MOST_AT_ONCE: usize = 8;

/// An app of a customer's at a vendor, and where its answers go.
pub struct App {
    /// Its id there.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Secret,
    /// Where our door is.
    pub listen: SocketAddr,
    /// The address of the door as the vendor knows it; none: as it is.
    pub redirect: Option<String>,
}

/// Asks a person for consent, and gives the token. `show` is told the page to open.
pub async fn token(
    consent: &dyn Consent,
    settings: &Settings,
    app: &App,
    show: impl FnOnce(&str),
) -> Result<Secret, Failure> {
    let cannot = |error| {
        Failure::broke(format!("The program cannot listen on {}", app.listen))
            .because(error)
            .hint("choose another port with --listen; the app at the vendor must name the same address")
    };
    let listener = TcpListener::bind(app.listen).await.map_err(cannot)?;
    let at = listener.local_addr().map_err(cannot)?;
    let here = format!("http://{at}{CALLBACK}");
    let state = new_address_word()?;
    let asked = Asked {
        client_id: &app.client_id,
        client_secret: &app.client_secret,
        redirect: app.redirect.as_deref().unwrap_or(&here),
        state: state.reveal(),
    };
    show(&consent.page(settings, &asked)?);
    let code = tokio::time::timeout(PATIENCE, answered(listener, state.clone())).await;
    let code = code.map_err(|_| {
        Failure::no("Nobody consented within ten minutes").hint("begin again when there is time for it")
    })??;
    let (base, request) = consent.exchange(settings, &asked, &code)?;
    let response = HttpWire::new(&base, WireLimits::default())?.send(request).await?;
    Ok(consent.token(&response)?)
}

/// Waits for the answer to our question. What answers another one, or none, is told so and changes nothing.
async fn answered(listener: TcpListener, state: Secret) -> Result<String, Failure> {
    let state = Arc::new(state);
    let (tell, mut heard) = mpsc::channel::<Said>(1);
    let mut browsers = JoinSet::new();
    loop {
        tokio::select! {
            Some(said) = heard.recv() => {
                // The page that says so is still on its way to the browser.
                while browsers.join_next().await.is_some() {}
                return match said {
                    Said::Yes(code) => Ok(code),
                    Said::No(why) => Err(Failure::no(format!("The vendor gave no consent: {why}"))),
                    Said::Other => continue,
                };
            }
            Some(_) = browsers.join_next() => {}
            accepted = listener.accept() => {
                let (Ok((stream, _)), true) = (accepted, browsers.len() < MOST_AT_ONCE) else { continue };
                let (tell, state) = (tell.clone(), Arc::clone(&state));
                browsers.spawn(async move {
                    let service = service_fn(|request: Request<Incoming>| {
                        let said = hear(request.method(), request.uri(), &state);
                        let tell = tell.clone();
                        async move {
                            let page = page(&said);
                            if said != Said::Other {
                                let _ = tell.try_send(said);
                            }
                            Ok::<_, Infallible>(page)
                        }
                    });
                    // How it ends is the browser's business.
                    let _ = http1::Builder::new()
                        .timer(TokioTimer::new())
                        .header_read_timeout(BROWSER)
                        .keep_alive(false)
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        }
    }
}

/// What a browser brings.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Said {
    /// A code for a token.
    Yes(String),
    /// Why there is none.
    No(String),
    /// No answer to our question.
    Other,
}

fn hear(method: &Method, uri: &http::Uri, state: &Secret) -> Said {
    if method != Method::GET || uri.path() != CALLBACK {
        return Said::Other;
    }
    let pairs = decode_query(uri.query().unwrap_or_default());
    let value = |name: &str| {
        let found = pairs.iter().find(|(key, _)| key == name);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    };
    match (value("state"), value("code"), value("error")) {
        (Some(given), Some(code), None) if is_same(state, given) => Said::Yes(code.to_owned()),
        (Some(given), _, Some(error)) if is_same(state, given) => Said::No(plain(error)),
        _ => Said::Other,
    }
}

/// A vendor's word for an error, as far as it is one.
fn plain(error: &str) -> String {
    let is_plain = |sign: &char| sign.is_ascii_alphanumeric() || *sign == '_';
    error.chars().filter(is_plain).take(40).collect()
}

fn page(said: &Said) -> Response<Full<Bytes>> {
    let (status, text) = match said {
        Said::Yes(_) => (
            StatusCode::OK,
            "Interline has its answer. This page can be closed.",
        ),
        Said::No(_) => (
            StatusCode::OK,
            "Interline was not given access. This page can be closed.",
        ),
        Said::Other => (
            StatusCode::BAD_REQUEST,
            "This does not answer what Interline asked. Begin again at the command line.",
        ),
    };
    let body = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Interline</title>\
         <body style=\"font: 18px/1.5 system-ui, sans-serif; margin: 20vh auto; max-width: 30em; padding: 0 1em\">\
         <h1 style=\"font-size: 1.3em\">Interline</h1><p>{text}</p></body></html>"
    );
    let mut page = Response::new(Full::new(Bytes::from(body)));
    *page.status_mut() = status;
    let headers = page.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, header::HeaderValue::from_static(value));
    }
    page
}

/// Refuses a connector that has no such way.
pub fn of(connector: &dyn connectors::Connector) -> Result<&'static dyn Consent, Failure> {
    connector.consent().ok_or_else(|| {
        let title = connector.card().title;
        let fault = Fault::new(FaultKind::Settings, format!("asking {title} for consent"));
        Failure::from(
            fault
                .said("it gives no tokens that way")
                .hint("--secret-env VARIABLE names the token"),
        )
        .into_usage()
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn check(uri: &str, expected: &Said) {
        let state = Secret::new("abc");
        let said = hear(&Method::GET, &uri.parse().unwrap(), &state);
        assert_eq!(&said, expected, "{uri}");
    }

    #[test]
    fn only_the_answer_to_our_question_counts() {
        let yes = |code: &str| Said::Yes(code.to_owned());
        check("/oauth/callback?code=x1&state=abc", &yes("x1"));
        check("/oauth/callback?state=abc&code=dG9r%3D", &yes("dG9r="));
        check("/oauth/callback?state=abc&code=dG9r=", &yes("dG9r="));
        check(
            "/oauth/callback?error=access_denied&state=abc",
            &Said::No("access_denied".to_owned()),
        );
        check(
            "/oauth/callback?error=%1b[31mred&state=abc",
            &Said::No("31mred".to_owned()),
        );
        for other in [
            "/oauth/callback?code=x1&state=abd",
            "/oauth/callback?code=x1",
            "/oauth/callback?state=abc",
            "/oauth/callback?code=&state=abc",
            "/oauth/callback?error=access_denied&state=other",
            "/?code=x1&state=abc",
            "/oauth/callback",
        ] {
            check(other, &Said::Other);
        }
        let uri = "/oauth/callback?code=x1&state=abc".parse().unwrap();
        assert_eq!(hear(&Method::POST, &uri, &Secret::new("abc")), Said::Other);
    }
}
