//! A server for tests that plays one canned act for each request, whatever the request, and shows what it was.

use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, mpsc};

use crate::lifecycle::Lifecycle;

/// What happens once a request has been read.
#[derive(Clone, Debug)]
pub enum Act {
    /// These bytes, and the connection stays open.
    Say(String),
    /// Nothing, for ever.
    Hang,
    /// The connection is closed.
    Close,
}

/// An answer with this status and body.
pub fn answer(status: u16, headers: &str, body: &str) -> Act {
    Act::Say(format!("HTTP/1.1 {status} Canned\r\n{headers}content-length: {}\r\n\r\n{body}", body.len()))
}

/// The server.
pub struct Canned {
    /// `http://127.0.0.1:…`
    pub url: String,
    /// Head and body of each request.
    pub requests: mpsc::UnboundedReceiver<(String, String)>,
    life: Lifecycle,
}

impl Drop for Canned {
    fn drop(&mut self) {
        self.life.stop();
    }
}

impl Canned {
    /// Plays `acts` in the order of the requests, over any number of connections; afterwards every request hangs.
    pub async fn new(acts: impl IntoIterator<Item = Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (said, requests) = mpsc::unbounded_channel();
        let acts = Arc::new(Mutex::new(acts.into_iter().collect::<Vec<_>>().into_iter()));
        let life = Lifecycle::new();
        let accepting = life.clone();
        life.start(async move {
            while let Ok((stream, _)) = tokio::select! {
                () = accepting.stopping() => return,
                accepted = listener.accept() => accepted,
            } {
                let (said, acts, life) = (said.clone(), Arc::clone(&acts), accepting.clone());
                accepting.start(async move {
                    let play = async {
                        let mut stream = stream;
                        while let Some(request) = read(&mut stream).await {
                            let _ = said.send(request);
                            let act = acts.lock().await.next().unwrap_or(Act::Hang);
                            match act {
                                Act::Say(bytes) => {
                                    let _ = stream.write_all(bytes.as_bytes()).await;
                                }
                                Act::Hang => std::future::pending().await,
                                Act::Close => return,
                            }
                        }
                    };
                    tokio::select! {
                        () = life.stopping() => {}
                        () = play => {}
                    }
                });
            }
        });
        Self { url, requests, life }
    }
}

async fn read(stream: &mut TcpStream) -> Option<(String, String)> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            let all = end + 4 + length.unwrap_or(0);
            if bytes.len() >= all {
                let body = String::from_utf8_lossy(&bytes[end + 4..all]).into_owned();
                return Some((String::from_utf8_lossy(&bytes[..end]).into_owned(), body));
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}
