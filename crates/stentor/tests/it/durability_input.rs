//! What strangers may do to a listening server: too much, too slowly, too many, or nonsense. It answers in JSON or
//! closes, goes on serving the others, and never panics.

use std::io::{BufReader, Read as _, Write as _};
use std::net::TcpStream;

use crate::support::process_http::{Answer, connect, read_answer};
use crate::support::process_server::{Server, marketing};

const READER: &str = "441234567890";
const IDLE: usize = 1_000;

fn dev(folder: &tempfile::TempDir, environment: &[(&str, &str)]) -> Server {
    Server::dev(folder.path(), &[], environment)
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// The answer to a whole request.
#[track_caller]
fn answer_to(server: &Server, bytes: &[u8]) -> Answer {
    let mut stream = connect(server.address).expect("a connection");
    // The server may answer, and close, before it has read everything.
    let _ = stream.write_all(bytes);
    read_answer(&mut BufReader::new(stream)).expect("an answer")
}

/// The answer to exactly these bytes and no more; `None` when the connection is closed without one.
fn answer_to_part(server: &Server, bytes: &[u8]) -> Option<Answer> {
    let mut stream = connect(server.address).expect("a connection");
    // The server may close before it has read everything.
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(std::net::Shutdown::Write);
    read_answer(&mut BufReader::new(stream)).ok()
}

fn post(key: &str, length: usize, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST /marketing_messages HTTP/1.1\r\nHost: x\r\nD360-API-KEY: {key}\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// Still there, with nothing to be ashamed of.
#[track_caller]
fn is_well(server: &Server) {
    server.accepted(READER);
    assert_eq!(server.panics(), 0.0);
}

#[test]
fn a_body_over_the_limit_is_413_in_json() {
    let folder = folder();
    let server = dev(&folder, &[("STENTOR_SERVER_BODY_BYTES_MAX", "4096")]);
    let mut body = marketing(READER);
    body["padding"] = "x".repeat(5_000).into();
    let body = body.to_string();
    // Said in the head, and found out while reading.
    let length = answer_to(&server, &post(&server.api_key, body.len(), body.as_bytes()));
    let chunked = format!(
        "POST /marketing_messages HTTP/1.1\r\nHost: x\r\nD360-API-KEY: {}\r\nTransfer-Encoding: chunked\r\n\r\n\
         {:x}\r\n{body}\r\n0\r\n\r\n",
        server.api_key,
        body.len()
    );
    let chunked = answer_to(&server, chunked.as_bytes());
    for answer in [length, chunked] {
        assert_eq!(answer.status, 413, "{}", answer.text());
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert!(answer.json()["error"]["message"].is_string(), "{}", answer.text());
    }
    is_well(&server);
}

#[test]
fn what_follows_a_request_does_not_hold_its_answer_back() {
    let folder = folder();
    let server = dev(&folder, &[]);
    let body = marketing(READER).to_string();
    let send = post(&server.api_key, body.len(), body.as_bytes());
    // A line too many, as old clients end a body; the beginning of a next request; nonsense.
    for more in ["\r\n", "GET /hea", "no request\r\n\r\n"] {
        let answer = answer_to(&server, &[&send, more.as_bytes()].concat());
        assert_eq!(answer.status, 200, "{more:?}: {}", answer.text());
    }
    assert_eq!(answer_to(&server, b"no request\r\n\r\n").status, 400);
    let head = format!("GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n", "a".repeat(200_000));
    assert_eq!(answer_to(&server, head.as_bytes()).status, 431);
    is_well(&server);
}

#[test]
fn idle_connections_stop_nobody() {
    let folder = folder();
    let server = dev(&folder, &[]);
    let mut idle: Vec<_> = (0..IDLE).map_while(|_| TcpStream::connect(server.address).ok()).collect();
    if idle.len() < IDLE {
        println!("{} connections: this process may open no more files", idle.len());
        // Room for the send itself.
        idle.truncate(idle.len().saturating_sub(24));
    }
    is_well(&server);
    drop(idle);
}

#[test]
fn a_body_that_dawdles_is_408_and_the_connection_closes() {
    let folder = folder();
    let server = dev(&folder, &[("STENTOR_SERVER_REQUEST_TIMEOUT_SECS", "1")]);
    let mut stream = connect(server.address).expect("a connection");
    stream.write_all(&post(&server.api_key, 4_000, b"{\"messaging_product\":")).expect("written");
    let mut stream = BufReader::new(stream);
    let answer = read_answer(&mut stream).expect("an answer");
    assert_eq!((answer.status, answer.header("connection")), (408, Some("close")), "{}", answer.text());
    let details = answer.json()["detail"]["error"]["error_data"]["details"].to_string();
    assert!(details.contains("within 1s"), "{details}");
    assert_eq!(stream.read(&mut [0]).expect("closed"), 0);
    is_well(&server);
}

#[test]
fn an_answer_ready_before_the_body_waits_for_it_and_the_connection_lives() {
    let folder = folder();
    let server = dev(&folder, &[]);
    let mut stream = BufReader::new(connect(server.address).expect("a connection"));
    for part in [&b"first"[..], b"second"] {
        let head = b"POST /no/such/path HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
        stream.get_mut().write_all(head).expect("written");
        // Each chunk a segment of its own, as client libraries send forms.
        for chunk in [part, b"the rest", b""] {
            let size = format!("{:x}\r\n", chunk.len());
            stream.get_mut().write_all(&[size.as_bytes(), chunk, b"\r\n"].concat()).expect("written");
        }
        let answer = read_answer(&mut stream).expect("an answer");
        assert_eq!((answer.status, answer.header("connection")), (404, None), "{}", answer.text());
    }
}

#[test]
fn a_head_that_dawdles_is_cut_off() {
    let folder = folder();
    let server = dev(&folder, &[("STENTOR_SERVER_HEADER_TIMEOUT_SECS", "1")]);
    let slow: Vec<_> = (0..50)
        .map(|_| {
            let mut stream = connect(server.address).expect("a connection");
            stream.write_all(b"POST /messages HTTP/1.1\r\nHost: x\r\nX-Slow: ").expect("written");
            stream
        })
        .collect();
    is_well(&server);
    for mut stream in slow {
        let mut said = Vec::new();
        // Ends only because the server closes: this side does not.
        stream.read_to_end(&mut said).expect("closed by the server before patience ends");
    }
    is_well(&server);
}

#[test]
fn nonsense_is_answered_or_closed_and_never_a_panic() {
    let folder = folder();
    let server = dev(&folder, &[]);
    let key = server.api_key.clone();
    let deep = |open: &str, close: &str| format!("{}{}", open.repeat(100_000), close.repeat(100_000));
    let refused_bodies: Vec<Vec<u8>> = vec![
        Vec::new(),
        b"\xff\xfe\x00".to_vec(),
        b"{\"to\":\"\xc3\x28\"}".to_vec(),
        b"{\"to\":\"\\ud800\"}".to_vec(),
        b"null".to_vec(),
        b"[]".to_vec(),
        b"{}{}".to_vec(),
        b"{\"to\":1e999}".to_vec(),
        deep("[", "]").into_bytes(),
        deep("{\"a\":", "}").into_bytes(),
        format!("{{\"to\":\"{}\"}}", "9".repeat(500_000)).into_bytes(),
        marketing("441234567890").to_string().replace("marketing_text", "\\u0000").into_bytes(),
    ];
    for body in &refused_bodies {
        let shown = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
        let answer = answer_to(&server, &post(&key, body.len(), body));
        assert!((400..500).contains(&answer.status), "{shown}: {} {}", answer.status, answer.text());
        assert!(answer.json()["error"]["code"].is_u64(), "{shown}: {}", answer.text());
    }
    let long = "x".repeat(200_000);
    let many: String = (0..5_000).map(|n| format!("X-{n}: y\r\n")).collect();
    let raw: Vec<Vec<u8>> = vec![
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(),
        b"\0\0\0\0\r\n\r\n".to_vec(),
        b"GET\r\n\r\n".to_vec(),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
        format!("GET /{long} HTTP/1.1\r\nHost: x\r\n\r\n").into_bytes(),
        format!("GET / HTTP/1.1\r\nHost: x\r\nX-Long: {long}\r\n\r\n").into_bytes(),
        format!("GET / HTTP/1.1\r\nHost: x\r\n{many}\r\n").into_bytes(),
        b"POST /messages HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n".to_vec(),
        b"POST /messages HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello".to_vec(),
        b"POST /messages HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n".to_vec(),
        b"GET /%ff%fe%00 HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
        b"GET /\xff\xfe HTTP/1.1\r\nHost: \xff\r\nD360-API-KEY: \xff\xfe\r\n\r\n".to_vec(),
        post(&key, 500, b"{\"breaks\":"),
    ];
    for bytes in &raw {
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(40)]).into_owned();
        let status = answer_to_part(&server, bytes).map(|answer| answer.status);
        assert!(status.is_none_or(|status| (400..500).contains(&status)), "{shown}: {status:?}");
    }
    let by_state = server.status()["by_state"].clone();
    let stored = by_state.as_object().expect("states").values().filter_map(serde_json::Value::as_u64);
    assert_eq!(stored.sum::<u64>(), 0, "nothing of it was stored: {by_state}");
    is_well(&server);
}
