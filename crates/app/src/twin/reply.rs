//! What goes back over the connection: a whole body, half of one, or one that comes in chunks.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::{sync::mpsc, time::Sleep};

/// The body of an answer.
pub(super) enum ReplyBody {
    /// All of it at once.
    Whole(Option<Bytes>),
    /// Half of it; then the connection breaks.
    Torn(Option<Bytes>, Pin<Box<Sleep>>),
    /// As it is written.
    Chunks(mpsc::Receiver<Bytes>),
}

impl ReplyBody {
    pub(super) fn whole(bytes: Bytes) -> Self {
        Self::Whole((!bytes.is_empty()).then_some(bytes))
    }

    pub(super) fn torn(bytes: &Bytes) -> Self {
        let half = bytes.slice(..bytes.len() / 2);
        // The half needs a moment to leave before the break follows.
        Self::Torn(Some(half), Box::pin(tokio::time::sleep(Duration::from_millis(5))))
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match &mut *self {
            Self::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Torn(half, pause) => match half.take() {
                Some(half) => Poll::Ready(Some(Ok(Frame::data(half)))),
                None => pause
                    .as_mut()
                    .poll(context)
                    .map(|()| Some(Err(io::Error::other("the answer breaks off, as it was asked to")))),
            },
            Self::Chunks(chunks) => chunks
                .poll_recv(context)
                .map(|chunk| chunk.map(|chunk| Ok(Frame::data(chunk)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, Bytes::len) as u64),
            Self::Torn(..) | Self::Chunks(_) => SizeHint::default(),
        }
    }
}
