//! The ceiling: bare hyper that reads the body and answers as many bytes as an accept does, and nothing else.

use std::convert::Infallible;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// As long as the answer to an accept.
const ANSWER: &str = r#"{"messaging_product":"whatsapp","contacts":[{"input":"447000000000","wa_id":"447000000000"}],"messages":[{"id":"wamid.HBgMNDQ3MDAwMDAwMDAwFQIAERgSQzYzNTVDNjhBMjA1OERGREU4AA==","message_status":"accepted"}]}"#;

/// Serves until it is killed; prints its address first.
pub async fn serve() -> Result<(), String> {
    let answer = || async { Ok(hyper::Response::new(Full::new(Bytes::from_static(ANSWER.as_bytes())))) };
    listen(move |_| answer()).await
}

/// Serves `answer(body)` on a free port of the loopback, printing the address as the first line.
pub async fn listen<F, A>(answer: F) -> Result<(), String>
where
    F: Fn(Bytes) -> A + Clone + Send + 'static,
    A: Future<Output = Result<hyper::Response<Full<Bytes>>, Infallible>> + Send,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|e| e.to_string())?;
    crate::say::say(listener.local_addr().map_err(|e| e.to_string())?);
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let _ = stream.set_nodelay(true);
        let answer = answer.clone();
        let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
            let answer = answer.clone();
            async move {
                let body = request.into_body().collect().await.map(http_body_util::Collected::to_bytes);
                answer(body.unwrap_or_default()).await
            }
        });
        start(async move {
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

#[expect(clippy::disallowed_methods, reason = "ends with its process")]
fn start(task: impl Future<Output = ()> + Send + 'static) {
    drop(tokio::spawn(task));
}
