//! What a client is still sending when its answer is ready: taken and thrown away for a moment, for a client whose
//! connection closes while it writes sees a broken pipe instead of the answer (RFC 9112, 9.6). Called by the server.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use http_body_util::BodyExt as _;
use hyper::body::{Frame, Incoming, SizeHint};

/// A request's body that comes back to its [`Leftover`] when it is dropped unread.
struct Watched {
    body: Option<Incoming>,
    slot: Arc<Mutex<Option<Incoming>>>,
}

/// Where an unread body comes back to.
pub(super) struct Leftover(Arc<Mutex<Option<Incoming>>>);

/// Puts a body under watch; an empty one needs none.
pub(super) fn watch(body: Incoming) -> (Body, Option<Leftover>) {
    if hyper::body::Body::is_end_stream(&body) {
        return (Body::empty(), None);
    }
    let slot = Arc::new(Mutex::new(None));
    (Body::new(Watched { body: Some(body), slot: Arc::clone(&slot) }), Some(Leftover(slot)))
}

impl Leftover {
    /// Reads what is left to its end, for at most `limit`.
    pub(super) async fn discard(self, limit: Duration) {
        let left = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut left) = left else { return };
        let read = async { while let Some(Ok(_)) = left.frame().await {} };
        tokio::select! {
            () = read => {}
            () = crate::clock::pause(limit) => {}
        }
    }
}

impl hyper::body::Body for Watched {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        self.body.as_mut().map_or(Poll::Ready(None), |body| Pin::new(body).poll_frame(context))
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(hyper::body::Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), hyper::body::Body::size_hint)
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let unread = self.body.take().filter(|body| !hyper::body::Body::is_end_stream(body));
        if unread.is_some() {
            *self.slot.lock().unwrap_or_else(PoisonError::into_inner) = unread;
        }
    }
}
