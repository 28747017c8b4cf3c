//! The id of a request: on every answer, in its error, and from an accepted send to its message.

use serde_json::json;

use crate::support::app::{TestApp, specification};
use crate::support::process::until;
use crate::support::process_http::Http;
use crate::support::process_server::Server;

const TRACE: &str = "x-fb-trace-id";

#[tokio::test]
async fn every_answer_is_named_and_an_error_says_the_same_name() {
    let app = TestApp::new().await;
    let wrong = json!({"messaging_product": "whatsapp", "to": "441234567890", "type": "text", "text": {}});
    for path in ["/marketing_messages", "/messages", "/v1/configs/templates", "/no/such/path"] {
        let answer = app.post(path, &wrong).await;
        let name = answer.header(TRACE);
        assert_eq!((name.len(), name), (23, answer.header("x-360dialog-trace-id")), "{path}");
        assert!(answer.status.is_client_error(), "{path}: {}", answer.json());
        assert_eq!(answer.json()["error"]["fbtrace_id"], name, "{path}");
    }
    // Meta's paths, where the layer in front of the handlers refuses, and where it tells a handler's error again.
    for path in ["/v99.0/1", "/v23.0/1/messages", "/v23.0/nothing", "/v23.0/12345", "/v23.0"] {
        let answer = app.call("GET", path, &[("authorization", "Bearer a-key-for-tests-AK")], "").await;
        let name = answer.header(TRACE);
        assert_eq!((name.len(), name), (23, answer.header("x-360dialog-trace-id")), "{path}");
        assert_eq!(answer.json()["error"]["fbtrace_id"], name, "{path}");
    }
    // The operator's, where an error is told as customers are told it.
    let answer = app.get("/admin/v1/messages?limit=0").await;
    assert_eq!((answer.status.as_u16(), answer.header(TRACE).len()), (400, 23));
    assert_eq!(answer.json()["error"]["fbtrace_id"], answer.header(TRACE));
    assert_ne!(app.get("/healthz").await.header(TRACE), app.get("/healthz").await.header(TRACE));
}

#[tokio::test]
async fn the_name_of_an_accepted_send_leads_to_its_timeline() {
    let app = TestApp::new().await;
    let answer = app.post("/marketing_messages", &specification()).await;
    let wamid = answer.json()["messages"][0]["id"].clone();
    let shown = app.get(&format!("/admin/v1/messages/{}", answer.header(TRACE))).await.json();
    assert_eq!((&shown["wamid"], &shown["request"]), (&wamid, &json!(answer.header(TRACE))));
}

#[test]
fn a_refusal_s_line_in_the_log_has_its_name_and_no_number() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = Server::dev(folder.path(), &[], &[("STENTOR_LOG_LEVEL", "stentor=info")]);
    let body =
        r#"{"messaging_product":"whatsapp","to":"441234567890","type":"text","text":{"body":"hello"}}"#;
    let answer = server.post(body.as_bytes()).expect("an answer");
    assert_eq!(answer.status, 400);
    let name = answer.header("x-fb-trace-id").expect("named").to_owned();
    let line = until("the line is there", || server.process.err.try_iter().find(|line| line.contains(&name)));
    assert!(line.contains("path=\"/marketing_messages\" status=400 code=100"), "{line}");
    assert!(!line.contains("441234567890"), "{line}");
    let mut http = Http::new(server.address);
    let answer = http.ask("GET", "/v23.0/441234567890/messages", ("Accept", "*/*"), b"").expect("an answer");
    let name = answer.header("x-fb-trace-id").expect("named").to_owned();
    let line = until("Graph's too", || server.process.err.try_iter().find(|line| line.contains(&name)));
    assert!(line.contains("status=401 code=190") && !line.contains("441234567890"), "{line}");
}
