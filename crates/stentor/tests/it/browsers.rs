//! Pages that call from a browser: refused by silence unless the configuration names their origin.

use axum::body::Body;
use http::Request;
use serde_json::Value;

use crate::support::app::TestApp;
use crate::support::process::Process;
use crate::support::process_server::Server;

fn preflight(origin: &str) -> Request<Body> {
    let request = Request::options("/messages").header("origin", origin);
    let request = request.header("access-control-request-method", "POST");
    request.header("access-control-request-headers", "d360-api-key").body(Body::empty()).unwrap()
}

#[tokio::test]
async fn no_page_may_call_at_first() {
    let app = TestApp::new().await;
    let answer = app.request(preflight("https://tools.example.com")).await;
    assert_eq!((answer.status.as_u16(), answer.header("access-control-allow-origin")), (405, ""));
}

#[tokio::test]
async fn a_named_origin_may_and_no_other() {
    let tools = "https://tools.example.com";
    let app = TestApp::configured(|state| state.cors_origins = vec![tools.parse().unwrap()]).await;
    let answer = app.request(preflight(tools)).await;
    assert_eq!((answer.status.as_u16(), answer.header("access-control-allow-origin")), (200, tools));
    assert_eq!(
        answer.header("access-control-allow-headers"),
        "content-type,authorization,d360-api-key,idempotency-key"
    );
    let answer = app.request(preflight("https://evil.example.com")).await;
    assert_eq!(answer.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn every_file_of_the_pages_has_its_own_type_and_no_other() {
    let app = TestApp::new().await;
    for (file, kind) in [("", "text/html"), ("swagger-ui.css", "text/css"), ("index.css", "text/css")] {
        let answer = app.get(&format!("/docs/{file}")).await;
        let kinds: Vec<_> =
            answer.headers.get_all("content-type").iter().map(|kind| kind.to_str().unwrap()).collect();
        assert_eq!((answer.status.as_u16(), kinds), (200, vec![kind]), "{file}");
    }
}

#[test]
fn what_is_no_origin_is_refused_at_the_start() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for wrong in ["*", "tools.example.com", "https://tools.example.com/"] {
        let arguments = ["dev", "--listen", "127.0.0.1:0", "--data", folder.path().to_str().unwrap()];
        let ended = Process::start(&arguments, &[("STENTOR_SERVER_CORS_ORIGINS", wrong)]).ended();
        assert_ne!(ended.code, Some(0));
        assert!(ended.err.iter().any(|line| line.contains("server.cors_origins")), "{:?}", ended.err);
    }
}

#[test]
fn a_connection_that_is_old_enough_closes_with_its_next_answer() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = Server::dev(folder.path(), &[], &[("STENTOR_SERVER_CONNECTION_SECS_MAX", "3")]);
    let mut http = crate::support::process_http::Http::new(server.address);
    let mut ask = || http.ask("GET", "/healthz", ("Accept", "*/*"), b"").expect("an answer");
    assert_eq!(ask().header("connection"), None);
    crate::support::process::until("it closes", || {
        (ask().header("connection") == Some("close")).then_some(())
    });
    assert_ne!(ask().json()["status"], Value::Null, "and the next one is served");
}
