//! One HTTP request in, one answer, half an answer or none out.

use std::{io, sync::Arc};

use bytes::Bytes;
use connectors::kit::{FaultPlan, Request, Response};
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use http_body::Body;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;

use crate::twin::{control, host::Host, limits::Rate, reply::ReplyBody, stats::Ending};

/// The longest body a twin takes.
const LONGEST_BODY: usize = 40 * 1024 * 1024;

pub(super) type HttpReply = http::Response<ReplyBody>;

/// Answers a request. An error closes the connection without an answer.
pub(super) async fn answer(
    host: Arc<Host>,
    incoming: http::Request<Incoming>,
) -> Result<HttpReply, io::Error> {
    let request = match take_in(incoming).await {
        Ok(request) => request,
        Err(refusal) => return Ok(whole(refusal)),
    };
    if host.control && request.path.starts_with("/_twin/") {
        return Ok(control::answer(host, request).await);
    }
    if request.method == Method::OPTIONS {
        return Ok(whole(Response::text(204, "").header("allow", "*")));
    }
    let admission = host.admit(&request);
    let mut reply = match admission.rate.wait_seconds {
        Some(wait) => whole(host.refuse_too_many(&request, wait)),
        None => perform(&host, &request, admission.fault).await?,
    };
    add_rate(&mut reply, &admission.rate);
    Ok(reply)
}

async fn perform(host: &Host, request: &Request, fault: Option<FaultPlan>) -> Result<HttpReply, io::Error> {
    match fault {
        None => Ok(whole(host.perform(request, None))),
        Some(FaultPlan::Delay(wait)) => {
            tokio::time::sleep(wait).await;
            Ok(whole(host.perform(request, None)))
        }
        Some(FaultPlan::Reset) => {
            host.reset(request);
            Err(closed())
        }
        Some(FaultPlan::LostAnswer) => {
            host.perform(request, Some(Ending::Lost));
            Err(closed())
        }
        Some(FaultPlan::Truncated) => {
            let response = host.perform(request, Some(Ending::Truncated));
            if response.body.is_empty() {
                return Err(closed());
            }
            Ok(torn(response))
        }
        Some(refused @ (FaultPlan::Throttled(_) | FaultPlan::ServerError)) => match refused.refusal() {
            Some(refusal) => Ok(whole(host.refuse(request, refusal))),
            None => Err(closed()),
        },
    }
}

fn closed() -> io::Error {
    io::Error::other("the connection is closed without an answer, as it was asked to")
}

/// Reads the whole request; what is too long or torn is refused.
async fn take_in(incoming: http::Request<Incoming>) -> Result<Request, Response> {
    let (head, body) = incoming.into_parts();
    let too_long = || Response::json_text(413, r#"{"message":"The body is too long"}"#.to_owned());
    if body.size_hint().lower() > LONGEST_BODY as u64 {
        return Err(too_long());
    }
    let body = if body.is_end_stream() {
        Bytes::new()
    } else {
        match Limited::new(body, LONGEST_BODY).collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) if error.is::<LengthLimitError>() => return Err(too_long()),
            Err(_) => return Err(Response::text(400, "The body broke off")),
        }
    };
    let method = match head.method {
        // The answer to HEAD is the answer to GET, of which the server leaves the body out.
        Method::HEAD => Method::GET,
        method => method,
    };
    Ok(Request {
        method,
        path: head.uri.path().to_owned(),
        query: head.uri.query().map(decode_query).unwrap_or_default(),
        headers: head.headers,
        body,
    })
}

/// The names and values of a query, decoded.
pub(crate) fn decode_query(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (decode(name), decode(value))
        })
        .collect()
}

/// `%41` and `+` become `A` and a space; a broken escape stays as it is.
fn decode(text: &str) -> String {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.as_bytes();
    while let Some((&first, rest)) = bytes.split_first() {
        bytes = rest;
        match (first, rest) {
            (b'%', [high, low, after @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    decoded.push(high * 16 + low);
                    bytes = after;
                }
                _ => decoded.push(b'%'),
            },
            (b'+', _) => decoded.push(b' '),
            (byte, _) => decoded.push(byte),
        }
    }
    String::from_utf8(decoded).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

pub(super) fn whole(response: Response) -> HttpReply {
    let body = ReplyBody::whole(response.body.clone());
    with_head(response, body)
}

fn torn(response: Response) -> HttpReply {
    let length = response.body.len();
    let body = ReplyBody::torn(&response.body);
    let mut reply = with_head(response, body);
    reply
        .headers_mut()
        .insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    reply
}

fn with_head(response: Response, body: ReplyBody) -> HttpReply {
    let mut reply = http::Response::new(body);
    *reply.status_mut() = StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    *reply.headers_mut() = response.headers;
    reply
}

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");
const OLD_LIMIT: HeaderName = HeaderName::from_static("x-rate-limit-limit");
const OLD_REMAINING: HeaderName = HeaderName::from_static("x-rate-limit-remaining");

/// Adds the rate headers, in both spellings that vendors use, unless the twin limits requests itself.
fn add_rate(reply: &mut HttpReply, rate: &Rate) {
    let headers = reply.headers_mut();
    let limit = HeaderValue::from(rate.limit);
    let remaining = HeaderValue::from(rate.remaining);
    headers.entry(OLD_LIMIT).or_insert(limit.clone());
    headers.entry(OLD_REMAINING).or_insert(remaining.clone());
    headers.entry(LIMIT).or_insert(limit);
    headers.entry(REMAINING).or_insert(remaining);
    headers.entry(RESET).or_insert(HeaderValue::from(rate.reset));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_decoded() {
        let check = |query: &str, expected: &[(&str, &str)]| {
            let decoded = decode_query(query);
            let decoded: Vec<_> = decoded.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
            assert_eq!(decoded, expected, "{query}");
        };
        check("", &[]);
        check("a=1&b=", &[("a", "1"), ("b", "")]);
        check("a", &[("a", "")]);
        check("q=a%20b+c%C3%A5", &[("q", "a b cå")]);
        check("q=100%&r=%zz", &[("q", "100%"), ("r", "%zz")]);
        check("a%5Bb%5D=c=d", &[("a[b]", "c=d")]);
    }
}
