//! The connector against canned answers: a request for a departure, an outcome for an answer.

use serde_json::json;
use stentor_core::registry::Echo;

use super::*;
use crate::outbound::canned::{Act, Canned, answer};
use crate::upstream::refuses_mark;
use crate::upstream::sample::{PAYLOAD, departure};

/// With all the time that a busy machine takes, but for an act that never ends.
pub fn connector_for(act: &Act, url: &str) -> CloudApi {
    let patience = Duration::from_secs(if matches!(act, Act::Hang) { 1 } else { 60 });
    let limits = Limits { answer: patience, connect: patience, ..Limits::default() };
    let settings = Settings {
        base_url: format!("{url}/"),
        version: "v23.0".into(),
        media_base_url: String::new(),
        token: " EAAG ".into(),
        limits,
    };
    CloudApi::new(settings).expect("good settings")
}

pub fn connector(url: &str) -> CloudApi {
    connector_for(&Act::Close, url)
}

#[tokio::test]
async fn what_goes_upstream_is_the_payload_without_what_is_ours_and_with_our_mark() {
    let template = json!({"name": "spring_sale", "language": {"code": "en"}});
    let optimised = json!({
        "messaging_product": "whatsapp", "to": "+44 1234 567890", "type": "template", "template": template,
        "product_policy": "CLOUD_API_FALLBACK", "message_activity_sharing": true,
        "biz_opaque_callback_data": "s:7000000000000042.2",
    });
    let classic = json!({
        "messaging_product": "whatsapp", "to": "+44 1234 567890", "type": "template", "template": template,
        "biz_opaque_callback_data": "s:7000000000000042.2",
    });
    let without_echo = json!({
        "messaging_product": "whatsapp", "to": "+44 1234 567890", "type": "template", "template": template,
    });
    for (route, echo, endpoint, expected) in [
        (Route::Optimised, Echo::Unproven, "marketing_messages", optimised),
        (Route::Classic, Echo::Yes, "messages", classic),
        (Route::Classic, Echo::No, "messages", without_echo),
    ] {
        let mut server = Canned::new([Act::Close]).await;
        connector(&server.url).send(departure(route, echo, PAYLOAD)).await;
        let (head, body) = server.requests.recv().await.expect("a request");
        assert!(head.starts_with(&format!("POST /v23.0/106540352242922/{endpoint} HTTP/1.1\r\n")), "{head}");
        assert!(head.contains("authorization: Bearer EAAG\r\n"), "{head}");
        assert!(head.contains("content-type: application/json\r\n"), "{head}");
        let body: Value = serde_json::from_str(&body).expect("JSON");
        assert_eq!(body, expected, "{endpoint} {echo:?}");
    }
}

#[tokio::test]
async fn the_sharing_that_was_decided_is_said_where_the_request_was_silent() {
    let mut server = Canned::new([Act::Close]).await;
    let silent = r#"{"messaging_product":"whatsapp","to":"441234567890","type":"template"}"#;
    let decided = Departure { sharing: false, ..departure(Route::Optimised, Echo::No, silent) };
    connector(&server.url).send(decided).await;
    let (_, body) = server.requests.recv().await.expect("a request");
    let body: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(body["message_activity_sharing"], json!(false));
}

/// Who reads the first of two would send what nobody has validated.
#[tokio::test]
async fn a_name_given_twice_leaves_once_as_it_was_read() {
    let mut server = Canned::new([Act::Close]).await;
    let twice = r#"{"messaging_product":"whatsapp","to":"1","type":"template","to":"441234567890",
        "template":{"name":"other","language":{"code":"en"},"name":"spring_sale","message_send_ttl_\u0073econds":60}}"#;
    connector(&server.url).send(departure(Route::Classic, Echo::No, twice)).await;
    let (_, body) = server.requests.recv().await.expect("a request");
    let template = r#""template":{"name":"spring_sale","language":{"code":"en"}}"#;
    let expected = r#"{"messaging_product":"whatsapp","to":"441234567890","type":"template","#;
    assert_eq!(body, format!("{expected}{template}}}"));
}

/// A client that writes `null` where it has nothing to say.
#[tokio::test]
async fn what_is_null_leaves_as_null() {
    let mut server = Canned::new([Act::Close]).await;
    let sent = r#"{"messaging_product":"whatsapp","to":"441234567890","type":"reaction","template":null,"context":null,"reaction":{"message_id":"ours","emoji":"x"}}"#;
    let reference = Reference { given: "ours".into(), theirs: Some("theirs".into()), is_known: true };
    let leaves = Departure { reference: Some(reference), ..departure(Route::Classic, Echo::No, sent) };
    connector(&server.url).send(leaves).await;
    let (_, body) = server.requests.recv().await.expect("a request");
    assert_eq!(body, sent.replace("ours", "theirs"));
}

#[tokio::test]
async fn every_answer_has_one_outcome() {
    let taken = |held| Outcome::Taken { upstream_id: "wamid.theirs".to_owned(), held };
    let refused = |code, http, details: &str, retry_after: Option<u64>| Outcome::Refused {
        code,
        http,
        details: details.to_owned(),
        retry_after: retry_after.map(Duration::from_secs),
    };
    let ambiguous = |why| Outcome::Ambiguous { why };
    let limit = r#"{"error":{"message":"(#130429) Rate limit hit","code":130429,"error_data":{"details":"slow down"}}}"#;
    let table = [
        (
            answer(200, "", r#"{"messages":[{"id":"wamid.theirs","message_status":"accepted"}]}"#),
            taken(false),
        ),
        (answer(201, "", r#"{"messages":[{"id":"wamid.theirs"}],"success":true}"#), taken(false)),
        (
            answer(
                200,
                "",
                r#"{"messages":[{"id":"wamid.theirs","message_status":"held_for_quality_assessment"}]}"#,
            ),
            taken(true),
        ),
        (answer(200, "", r#"{"messages":[]}"#), ambiguous(Ambiguous::Unreadable)),
        (answer(200, "", r#"{"messages":[{"id":""}]}"#), ambiguous(Ambiguous::Unreadable)),
        (answer(200, "", "<html>"), ambiguous(Ambiguous::Unreadable)),
        (answer(429, "retry-after: 12\r\n", limit), refused(130_429, 429, "slow down", Some(12))),
        (
            answer(400, "", r#"{"error":{"message":"(#100) Invalid parameter","code":100}}"#),
            refused(100, 400, "(#100) Invalid parameter", None),
        ),
        (
            answer(
                400,
                "",
                r#"{"detail":{"error":{"message":"m","code":134101,"error_data":{"details":"syncing"}}}}"#,
            ),
            refused(134_101, 400, "syncing", None),
        ),
        (
            answer(
                500,
                "",
                r#"{"error":{"message":"(#131000) Something went wrong","code":131000,"error_data":"text"}}"#,
            ),
            refused(131_000, 500, "(#131000) Something went wrong", None),
        ),
        (answer(502, "", "Bad Gateway"), ambiguous(Ambiguous::ServerError)),
        (answer(503, "", "{}"), ambiguous(Ambiguous::ServerError)),
        (answer(404, "", "<html>not here</html>"), ambiguous(Ambiguous::Unreadable)),
        (answer(302, "location: /elsewhere\r\n", ""), ambiguous(Ambiguous::Unreadable)),
        (Act::Hang, ambiguous(Ambiguous::Timeout)),
        (Act::Close, ambiguous(Ambiguous::Reset)),
    ];
    for (act, expected) in table {
        let server = Canned::new([act.clone()]).await;
        let connector = connector_for(&act, &server.url);
        let outcome = connector.send(departure(Route::Optimised, Echo::Yes, PAYLOAD)).await;
        assert_eq!(outcome, expected, "{act:?}");
        assert!(!refuses_mark(&outcome));
    }
}

#[tokio::test]
async fn a_refusal_of_our_mark_is_told_apart() {
    let details = "Unexpected key \\\"biz_opaque_callback_data\\\" on param \\\"root\\\"";
    let body = format!(r#"{{"error":{{"message":"(#100) {details}","code":100}}}}"#);
    let server = Canned::new([answer(400, "", &body)]).await;
    assert!(refuses_mark(
        &connector(&server.url).send(departure(Route::Optimised, Echo::Unproven, PAYLOAD)).await
    ));
}

#[tokio::test]
async fn nobody_there_means_not_sent() {
    let outcome = connector("http://127.0.0.1:1").send(departure(Route::Classic, Echo::Yes, PAYLOAD)).await;
    assert_eq!(outcome, Outcome::NotSent { why: NotSent::Connect });
}

#[test]
fn settings_that_cannot_work_are_refused_by_name() {
    let new = |base_url: &str, token: &str| {
        let (base_url, token) = (base_url.to_owned(), token.to_owned());
        CloudApi::new(Settings {
            base_url,
            version: "v23.0".into(),
            media_base_url: String::new(),
            token,
            limits: Limits::default(),
        })
        .expect_err("bad settings")
        .to_string()
    };
    for base_url in ["", "graph.facebook.com", "/v23.0", "ftp://graph.facebook.com", "https://"] {
        assert!(new(base_url, "t").starts_with("upstream.base_url "), "{base_url}");
    }
    assert!(new("https://graph.facebook.com", "a\nb").starts_with("upstream.token: "));
}

#[tokio::test]
async fn what_is_quoted_or_reacted_to_leaves_under_the_upstreams_name() {
    let reference = |theirs: Option<&str>| Reference {
        given: "wamid.ours".to_owned(),
        theirs: theirs.map(str::to_owned),
        is_known: true,
    };
    let sent = async |payload: &str, reference| {
        let mut server = Canned::new([Act::Close]).await;
        let departure =
            Departure { reference: Some(reference), ..departure(Route::Classic, Echo::No, payload) };
        connector(&server.url).send(departure).await;
        let (_, body) = server.requests.recv().await.expect("a request");
        serde_json::from_str::<Value>(&body).expect("JSON")
    };
    let text = r#"{"type":"text","text":{"body":"wamid.ours"},"context":{"message_id":"wamid.ours"}}"#;
    assert_eq!(crate::upstream::refers_to(text.as_bytes()), None, "no request of ours");
    let body = sent(text, reference(Some("wamid.theirs"))).await;
    assert_eq!(
        (&body["context"]["message_id"], &body["text"]["body"]),
        (&json!("wamid.theirs"), &json!("wamid.ours"))
    );
    assert_eq!(sent(text, reference(None)).await.get("context"), None, "nothing there to be quoted");
    let reaction = r#"{"type":"reaction","reaction":{"message_id":"wamid.ours","emoji":"x"}}"#;
    assert_eq!(
        sent(reaction, reference(Some("wamid.theirs"))).await["reaction"]["message_id"],
        "wamid.theirs"
    );
    assert_eq!(sent(reaction, reference(None)).await["reaction"]["message_id"], "wamid.ours");
}

#[tokio::test]
async fn a_receipt_is_a_post_of_its_own() {
    let channel = departure(Route::Classic, Echo::No, "{}").channel;
    let receipt =
        |typing| Receipt { channel: Arc::clone(&channel), message_id: "wamid.theirs".into(), typing };
    let mut server = Canned::new([answer(200, "", r#"{"success":true}"#), Act::Close]).await;
    let outcome = connector(&server.url).read(&receipt(true)).await;
    assert!(matches!(outcome, Outcome::Taken { .. }), "{outcome:?}");
    let (head, body) = server.requests.recv().await.expect("a request");
    assert!(head.starts_with("POST /v23.0/106540352242922/messages HTTP/1.1\r\n"), "{head}");
    let expected = json!({"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.theirs",
        "typing_indicator": {"type": "text"}});
    assert_eq!(serde_json::from_str::<Value>(&body).expect("JSON"), expected);
    let outcome = connector(&server.url).read(&receipt(false)).await;
    assert!(
        !matches!(outcome, Outcome::Taken { .. } | Outcome::Refused { .. }),
        "to be repeated: {outcome:?}"
    );
}
