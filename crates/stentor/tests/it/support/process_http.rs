//! A blocking HTTP/1.1 client for servers on this machine: one connection, kept alive, never a request twice.
//! Also what a test needs to write bytes that no client would. Used by the tests of processes, crashes and durability.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use super::contract;
use super::process::PATIENCE;

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// Lower-case names.
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("{} and no JSON: {}", self.status, self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Itself, as an answer of ours: one that the description allows.
    #[track_caller]
    pub fn described(self, method: &str, path: &str) -> Self {
        contract::check(method, path, self.status, &self.header_map(), &self.body);
        self
    }

    fn header_map(&self) -> HeaderMap {
        let parsed = |(name, value): &(String, String)| {
            Some((name.parse::<HeaderName>().ok()?, value.parse::<HeaderValue>().ok()?))
        };
        self.headers.iter().filter_map(parsed).collect::<HeaderMap<HeaderValue>>()
    }

    /// The body of a 2xx.
    #[track_caller]
    pub fn ok(&self) -> Value {
        assert!((200..300).contains(&self.status), "{}: {}", self.status, self.text());
        self.json()
    }
}

/// A connection, opened when needed and again after it broke.
pub struct Http {
    address: SocketAddr,
    stream: Option<BufReader<TcpStream>>,
}

impl Http {
    pub const fn new(address: SocketAddr) -> Self {
        Self { address, stream: None }
    }

    /// One request and its answer.
    ///
    /// # Errors
    /// When the connection cannot be made or ends before the whole answer is here: the request may have been done.
    pub fn ask(
        &mut self,
        method: &str,
        path: &str,
        (header, value): (&str, &str),
        body: &[u8],
    ) -> io::Result<Answer> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => BufReader::new(connect(self.address)?),
        };
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\n{header}: {value}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        stream.get_mut().write_all(&[head.as_bytes(), body].concat())?;
        let answer = read_answer(&mut stream)?;
        if answer.header("connection") != Some("close") {
            self.stream = Some(stream);
        }
        Ok(answer)
    }
}

/// A connection whose reads and writes end after [`PATIENCE`].
///
/// # Errors
/// When nobody listens.
pub fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// Reads one answer with a `Content-Length`.
///
/// # Errors
/// When the connection ends before it does, or it is none.
pub fn read_answer(stream: &mut impl BufRead) -> io::Result<Answer> {
    let (first, headers) = read_head(stream)?;
    let status = first.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or_else(no_http)?;
    let body = read_body(stream, &headers)?;
    Ok(Answer { status, headers, body })
}

/// The first line and the headers, their names in lower case.
///
/// # Errors
/// When the connection ends first.
pub fn read_head(stream: &mut impl BufRead) -> io::Result<(String, Vec<(String, String)>)> {
    let mut next = || {
        let mut line = String::new();
        match stream.read_line(&mut line)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok::<_, io::Error>(line.trim_end().to_owned()),
        }
    };
    let first = next()?;
    let mut headers = Vec::new();
    loop {
        let line = next()?;
        if line.is_empty() {
            return Ok((first, headers));
        }
        let (name, value) = line.split_once(':').ok_or_else(no_http)?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
}

/// The body its head announces.
///
/// # Errors
/// When the connection ends first.
pub fn read_body(stream: &mut impl Read, headers: &[(String, String)]) -> io::Result<Vec<u8>> {
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.and_then(|(_, value)| value.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(body)
}

fn no_http() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "not HTTP")
}
