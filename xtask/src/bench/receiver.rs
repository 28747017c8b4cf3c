//! A customer's webhook receiver: answers 200 and counts the statuses it is told; any body of `count` is answered with
//! the counts.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http_body_util::Full;
use hyper::body::Bytes;

const STATUSES: [&str; 4] = ["sent", "delivered", "read", "failed"];

/// Serves until it is killed; prints its address first.
pub async fn serve() -> Result<(), String> {
    let counts: Arc<[AtomicU64; 4]> = Arc::default();
    super::bare::listen(move |body| {
        let counts = Arc::clone(&counts);
        async move { Ok(hyper::Response::new(Full::new(answer(&counts, &body)))) }
    })
    .await
}

fn answer(counts: &[AtomicU64; 4], body: &[u8]) -> Bytes {
    if body == b"\"count\"" {
        let row: Vec<String> = counts.iter().map(|c| c.load(Ordering::Relaxed).to_string()).collect();
        return Bytes::from(format!("[{}]", row.join(",")));
    }
    for (count, status) in counts.iter().zip(STATUSES) {
        let wanted = format!("\"status\":\"{status}\"");
        let found = body.windows(wanted.len()).filter(|w| *w == wanted.as_bytes()).count();
        count.fetch_add(found as u64, Ordering::Relaxed);
    }
    Bytes::from_static(b"{}")
}
