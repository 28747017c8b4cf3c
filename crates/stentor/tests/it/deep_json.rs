//! JSON that is deeper than any reader goes: refused everywhere, and the process lives on.

use crate::support::app::*;

/// Lists within lists; within them a text that `serde_json` would read in its object's place, and so on: twelve thousand
/// levels in sixty rounds, each text of a depth that is allowed.
fn texts_within_texts(rounds: usize) -> String {
    let mut text = "[".repeat(100) + &"]".repeat(100);
    for _ in 0..rounds {
        let within = text.replace('\\', "\\u005c").replace('"', "\\u0022");
        let object = format!("{{\"$serde_json::private::RawValue\":\"{within}\"}}");
        text = "[".repeat(100) + &object + &"]".repeat(100);
    }
    text
}

#[tokio::test]
async fn what_is_too_deep_to_read_is_refused_by_every_reader() {
    let app = TestApp::new().await;
    let deep = texts_within_texts(60);
    let lists = "[".repeat(100_000);
    for path in [
        "/messages",
        "/marketing_messages",
        "/v1/messages",
        "/v1/contacts",
        "/v1/configs/templates",
        "/v1/configs/webhook",
        "/block_users",
        "/admin/v1/accounts",
    ] {
        for body in [format!(r#"{{"type":"text","data":{deep}}}"#), deep.clone(), lists.clone()] {
            let answer = app.call("POST", path, &[], body).await;
            assert!((400..500).contains(&answer.status.as_u16()), "{path}: {}", answer.status);
        }
    }
    let query: String = texts_within_texts(20).bytes().map(|byte| format!("%{byte:02X}")).collect();
    for path in ["/v1/configs/templates?filters=", "/v1/configs/templates?fields="] {
        let answer = app.get(&format!("{path}%7B%22a%22:{query}%7D")).await;
        assert!(answer.status.as_u16() < 500, "{path}: {}", answer.status);
    }
}
