//! The client against canned servers: what it refuses, what it tells apart.

use super::canned::{Act, Canned, answer};
use super::*;

fn client(limits: Limits) -> Outbound {
    Outbound::new(limits).expect("no file is read")
}

/// With all the time that a busy machine takes.
fn private() -> Limits {
    let patience = Duration::from_secs(60);
    Limits { allow_private: true, answer: patience, connect: patience, ..Limits::default() }
}

/// For what never comes, however long one waits. Connecting to this machine takes no time to speak of.
fn impatient() -> Limits {
    let soon = Duration::from_secs(1);
    Limits { answer: soon, connect: soon, ..private() }
}

async fn get(client: &Outbound, url: &str) -> Result<Answer, Failure> {
    client.post(&url.parse().expect("a URL"), HeaderMap::new(), "{}").await
}

#[tokio::test]
async fn addresses_that_are_not_public_are_refused_by_name_and_number() {
    let server = Canned::new([answer(200, "", "ok")]).await;
    let port = server.url.rsplit(':').next().expect("a port");
    let client = client(Limits::default());
    for host in ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "169.254.169.254"] {
        let failure = get(&client, &format!("http://{host}:{port}/")).await.expect_err(host);
        assert_eq!(failure, Failure::Forbidden, "{host}");
        assert!(failure.is_never_sent());
    }
}

#[tokio::test]
async fn an_answer_is_given_back_whole_whatever_its_status_and_no_redirect_is_followed() {
    let acts = [
        answer(200, "retry-after: 7\r\n", "one"),
        answer(302, "location: http://127.0.0.1:1/\r\n", ""),
        answer(500, "", "no"),
    ];
    let server = Canned::new(acts).await;
    let client = client(private());
    let first = get(&client, &server.url).await.expect("an answer");
    assert_eq!((first.status.as_u16(), &first.body[..]), (200, &b"one"[..]));
    assert_eq!(first.retry_after(), Some(Duration::from_secs(7)));
    for status in [302, 500] {
        assert_eq!(get(&client, &server.url).await.expect("an answer").status.as_u16(), status);
    }
}

#[tokio::test]
async fn a_long_answer_is_cut_off() {
    let server = Canned::new([answer(200, "", &"x".repeat(100_000))]).await;
    let answer = get(&client(private()), &server.url).await.expect("an answer");
    assert_eq!(answer.body.len(), 64 * 1_024);
}

#[tokio::test]
async fn what_surely_never_left_is_told_from_what_may_have_been_taken() {
    let refusing =
        tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("it");
    let client = client(private());
    let failure = get(&client, &format!("http://{refusing}")).await.expect_err("nobody listens any more");
    assert_eq!((failure, failure.is_never_sent()), (Failure::Connect, true));

    let torn = Act::Say("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf".to_owned());
    let impatient = self::client(impatient());
    for (client, act, expected) in [
        (&impatient, Act::Hang, Failure::Timeout),
        (&client, Act::Close, Failure::Reset),
        (&client, Act::Say("220 no HTTP at all\r\n\r\n".to_owned()), Failure::Reset),
        // The rest of the body never comes.
        (&impatient, torn, Failure::Timeout),
    ] {
        let server = Canned::new([act.clone()]).await;
        let failure = get(client, &server.url).await.expect_err("no answer");
        assert_eq!((failure, failure.is_never_sent()), (expected, false), "{act:?}");
    }
}

#[tokio::test]
async fn a_request_is_sent_once() {
    let mut server = Canned::new([answer(200, "", ""), Act::Close, answer(200, "", "")]).await;
    let client = client(private());
    get(&client, &server.url).await.expect("the first, over a new connection");
    assert_eq!(get(&client, &server.url).await.expect_err("closed over the kept one"), Failure::Reset);
    for _ in 0..2 {
        server.requests.recv().await.expect("a request");
    }
    assert!(server.requests.try_recv().is_err(), "nothing was tried again");
}

#[tokio::test]
async fn more_than_the_limit_at_once_is_refused_unsent() {
    let mut server = Canned::new([Act::Hang]).await;
    let client = client(Limits { in_flight_max: 1, ..private() });
    let first = get(&client, &server.url);
    let second = async {
        server.requests.recv().await.expect("the first arrived");
        get(&client, &server.url).await
    };
    tokio::select! {
        first = first => panic!("it hangs: {first:?}"),
        second = second => assert_eq!(second.err(), Some(Failure::PoolFull)),
    }
}

#[tokio::test]
async fn tls_needs_a_known_authority() {
    let folder = tempfile::tempdir().expect("a folder");
    let (acceptor, ca_file) = crate::tls::own_authority(folder.path()).expect("an authority");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("https://localhost:{}/", listener.local_addr().expect("an address").port());
    let life = crate::lifecycle::Lifecycle::new();
    let router = axum::Router::new().fallback(|| async { "secured" });
    let limits = crate::server::Limits {
        connections_max: 4,
        header_timeout: Duration::from_secs(60),
        header_bytes_max: 8_192,
        connection_time: Duration::from_hours(1),
        grace: Duration::ZERO,
    };
    life.start(crate::server::serve(listener, Some(acceptor), router, limits, life.clone()));

    let knowing = client(Limits { ca_file: Some(ca_file), ..private() });
    assert_eq!(&get(&knowing, &url).await.expect("trusted").body[..], b"secured");
    assert_eq!(get(&client(private()), &url).await.expect_err("not trusted"), Failure::Connect);
    life.stop();
}

#[test]
fn an_unreadable_authority_is_named() {
    let limits = Limits { ca_file: Some("/nowhere/ca.pem".into()), ..Limits::default() };
    let error = Outbound::new(limits).expect_err("no such file").to_string();
    assert!(error.starts_with("/nowhere/ca.pem: "), "{error}");
}
