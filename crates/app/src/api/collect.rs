//! What Segment's libraries send, at `/v1/*`, and at the same paths without that.

use std::time::Duration;

use connectors::segment::{self, Unread};
use http::Request;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;

use super::router::Answer;
use crate::collect::Collector;

/// How long a library has to send a body.
const PATIENCE: Duration = Duration::from_secs(15);

/// Whether libraries call this path.
pub(super) fn is_for(path: &str) -> bool {
    segment::is_ours(path)
}

/// Answers a library.
pub(super) async fn answer(collector: &Collector, request: Request<Incoming>) -> Answer {
    let (head, body) = request.into_parts();
    let most = collector.most(head.uri.path());
    let whole = Limited::new(body, most).collect();
    let answer = match tokio::time::timeout(PATIENCE, whole).await {
        Ok(Ok(body)) => collector.answer(&head, &body.to_bytes()).await,
        Ok(Err(error)) if error.is::<LengthLimitError>() => collector.unread(&head, Unread::TooLarge),
        Ok(Err(_)) | Err(_) => collector.unread(&head, Unread::Broken),
    };
    answer.map(Full::new)
}
