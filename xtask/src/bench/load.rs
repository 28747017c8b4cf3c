//! The load: keep-alive connections that each send the next request as soon as the last is answered.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What the load is.
pub struct Load {
    /// Where to.
    pub address: SocketAddr,
    /// Keep-alive connections.
    pub connections: usize,
    /// How long; whichever of this and `requests_max` ends first.
    pub lasts: Duration,
    /// How many requests in all.
    pub requests_max: u64,
    /// The whole request with this number.
    pub request: Arc<dyn Fn(u64) -> Vec<u8> + Send + Sync>,
}

/// What came of it.
#[derive(Default)]
pub struct Report {
    /// Answers with status 200.
    pub ok: u64,
    /// Other answers and broken connections.
    pub failed: u64,
    /// The first failure's answer, to say what went wrong.
    pub first_failure: Option<String>,
    /// Latencies of the answers with 200, sorted, in microseconds.
    latencies: Vec<u32>,
}

impl Report {
    /// The latency below which this share of the answers came, in milliseconds.
    pub fn quantile_ms(&self, share: f64) -> f64 {
        let last = self.latencies.len().saturating_sub(1);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an index below the length"
        )]
        let index = (super::meter::ratio(last as u64, 1) * share) as usize;
        self.latencies.get(index).map_or(0.0, |us| f64::from(*us) / 1_000.0)
    }
}

/// Runs the load to its end.
pub async fn run(load: Load) -> Report {
    let next = Arc::new(AtomicU64::new(0));
    let load = Arc::new(load);
    let tasks: Vec<_> = (0..load.connections).map(|_| start(Arc::clone(&load), Arc::clone(&next))).collect();
    let mut report = Report::default();
    for task in tasks {
        let one = task.await.unwrap_or_default();
        report.ok += one.ok;
        report.failed += one.failed;
        report.first_failure = report.first_failure.or(one.first_failure);
        report.latencies.extend(one.latencies);
    }
    report.latencies.sort_unstable();
    report
}

#[expect(clippy::disallowed_methods, reason = "the bench owns its tasks and waits for each")]
fn start(load: Arc<Load>, next: Arc<AtomicU64>) -> tokio::task::JoinHandle<Report> {
    tokio::spawn(async move { connection(&load, &next).await })
}

#[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
async fn connection(load: &Load, next: &AtomicU64) -> Report {
    let mut report = Report::default();
    let Ok(mut stream) = TcpStream::connect(load.address).await else {
        report.failed = 1;
        report.first_failure = Some("no connection".to_owned());
        return report;
    };
    let _ = stream.set_nodelay(true);
    let began = Instant::now();
    let mut buffer = Vec::with_capacity(4_096);
    while began.elapsed() < load.lasts {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= load.requests_max {
            break;
        }
        let request = (load.request)(number);
        let sent = Instant::now();
        match exchange(&mut stream, &request, &mut buffer).await {
            Some(200) => {
                report.ok += 1;
                report.latencies.push(u32::try_from(sent.elapsed().as_micros()).unwrap_or(u32::MAX));
            }
            Some(_) => {
                report.failed += 1;
                report.first_failure.get_or_insert_with(|| String::from_utf8_lossy(&buffer).into_owned());
            }
            None => {
                report.failed += 1;
                report.first_failure.get_or_insert_with(|| "the connection broke".to_owned());
                break;
            }
        }
    }
    report
}

/// One request and its answer (with `Content-Length`); the status, or `None` when the connection broke.
pub async fn exchange(stream: &mut TcpStream, request: &[u8], buffer: &mut Vec<u8>) -> Option<u16> {
    stream.write_all(request).await.ok()?;
    buffer.clear();
    loop {
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
        let Some(head) = buffer.windows(4).position(|w| w == b"\r\n\r\n") else { continue };
        let length = content_length(&buffer[..head]);
        if buffer.len() >= head + 4 + length {
            return std::str::from_utf8(buffer.get(9..12)?).ok()?.parse().ok();
        }
    }
}

fn content_length(head: &[u8]) -> usize {
    let head = String::from_utf8_lossy(head);
    let line = head.lines().find_map(|l| {
        let (name, value) = l.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    line.unwrap_or(0)
}

/// A POST with a JSON body.
pub fn post(path: &str, header: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{header}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
