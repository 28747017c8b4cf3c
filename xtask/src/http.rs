//! A small blocking HTTP client for servers that we started ourselves on this machine: one request, one connection,
//! JSON both ways. Called by `corpus`. Not for strangers: no TLS, no redirects.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

const ANSWER_BYTES_MAX: u64 = 16 << 20;
const TIMEOUT: Duration = Duration::from_secs(30);

/// An answer: its status and its body, `null` when that is no JSON.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The body.
    pub body: Value,
}

impl Answer {
    /// Was it a 2xx?
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// One request to `http://host:port` with one header of authority; HTTP/1.0, so that the answer ends with the connection.
pub fn request(
    base: &str,
    method: &str,
    path: &str,
    (header, secret): (&str, &str),
    body: Option<&Value>,
) -> io::Result<Answer> {
    let host = base.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    let body = body.map(Value::to_string).unwrap_or_default();
    let head = format!(
        "{method} {path} HTTP/1.0\r\nHost: {host}\r\n{header}: {secret}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())?;
    let mut answer = Vec::new();
    stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer)?;
    parse(&answer).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "not an HTTP answer"))
}

fn parse(answer: &[u8]) -> Option<Answer> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?;
    let status = head.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()?;
    let text = String::from_utf8_lossy(&answer[end + 4..]).into_owned();
    Some(Answer { status, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read() {
        let answer = parse(b"HTTP/1.0 201 Created\r\nX: y\r\n\r\n{\"id\":1}").expect("an answer");
        assert_eq!((answer.status, answer.body["id"].as_i64()), (201, Some(1)));
        assert!(answer.is_success());
        assert_eq!(
            parse(b"HTTP/1.1 503 \r\n\r\nbusy").map(|a| (a.status, a.body)),
            Some((503, Value::from("busy")))
        );
        assert!(parse(b"SSH-2.0").is_none());
    }
}
