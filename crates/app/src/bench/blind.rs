//! A server that answers what a collector answers, and looks at nothing.

use std::convert::Infallible;

use bytes::Bytes;
use http::{Request, Response, header};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::TcpListener;

use super::broke;
use crate::{cli::print, failure::Failure};

/// Answers until it is killed.
pub(super) async fn run() -> Result<(), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(broke)?;
    let address = listener.local_addr().map_err(broke)?;
    print::data(json!({ "url": format!("http://{address}") }).to_string());
    loop {
        let (stream, _) = listener.accept().await.map_err(broke)?;
        let _ = stream.set_nodelay(true);
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer)));
    }
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    // Read, as whoever looks must.
    let _ = request.into_body().collect().await;
    let mut answer = Response::new(Full::new(Bytes::from_static(b"{\"success\": true}")));
    let json = header::HeaderValue::from_static("application/json");
    answer.headers_mut().insert(header::CONTENT_TYPE, json);
    Ok(answer)
}
