//! Who may not be written to: from every source, on what is queued already; one by one, as lists, and looked up.

use std::time::Duration;

use serde_json::{Value, json};
use stentor::api::inbound;
use stentor_core::admission::{Again, readmit};
use stentor_core::message::{Status, StatusKind, UpstreamStatus};

use super::support::app::{ACCOUNT, CHANNEL, START, TestApp, specification};

const PERSON: &str = "441234567890";

async fn said(app: &TestApp, body: Value) -> Value {
    let answer = app.post("/admin/v1/suppressions", &body).await;
    assert_eq!(answer.status, 200, "{:?}", answer.json());
    answer.json()
}

async fn check(app: &TestApp, number: &str) -> Value {
    app.post("/admin/v1/suppressions/check", &json!({"number": number})).await.json()
}

/// What the second look says of the one queued message.
async fn second_look(app: &TestApp) -> Again {
    let (store, now) = (&app.state.store, app.clock.now());
    let claimed = store.claim(now, ACCOUNT, CHANNEL, 1).await.unwrap().remove(0);
    store.release(ACCOUNT, vec![claimed.message.id]).await.unwrap();
    let facts = app.state.directory.snapshot();
    let (account, channel) = (facts.account(ACCOUNT).unwrap(), facts.channel(CHANNEL).unwrap());
    let known = claimed.person.known(&claimed.body.address);
    readmit(&claimed.message, account, channel, None, known, now)
}

async fn wrote(app: &TestApp, id: &str, kind: &str, fields: Value) {
    let mut message =
        json!({"from": PERSON, "id": id, "timestamp": app.clock.now().secs().to_string(), "type": kind});
    message[kind] = fields;
    inbound::wrote(&app.state, ACCOUNT, CHANNEL, json!({"wa_id": PERSON}), message).await.unwrap();
}

async fn stop(app: &TestApp, source: &str) {
    match source {
        "user_preferences" => {
            let preference = json!({"wa_id": PERSON, "value": "stop", "timestamp": app.clock.now().secs()});
            inbound::preferred(&app.state, ACCOUNT, CHANNEL, json!({"wa_id": PERSON}), preference)
                .await
                .unwrap();
        }
        "131050" => {
            // Another message to them failed.
            app.post("/marketing_messages", &specification()).await;
            let upstream_id = app.leave().await;
            let message = stentor_core::wamid::decode(&app.state.wamid_key, &upstream_id);
            let kind = StatusKind::Failed { code: 131_050, detail: String::new() };
            let status = Status { kind, at: app.clock.now() };
            let told = UpstreamStatus {
                channel: CHANNEL,
                upstream_id,
                message,
                mark: None,
                recipient: None,
                status,
            };
            inbound::statuses(&app.state, ACCOUNT, vec![told]).await.unwrap();
        }
        "stop_word" => wrote(app, "wamid.in1", "text", json!({"body": "Stop!"})).await,
        "opt_out_payload" => {
            wrote(app, "wamid.in2", "button", json!({"text": "Fewer offers", "payload": "NO_OFFERS"})).await;
        }
        "api" | "cli" => {
            said(app, json!({"number": PERSON, "act": "opted_out", "source": source})).await;
        }
        _ => {
            let path = "/admin/v1/suppressions/import?act=opted_out";
            assert_eq!(app.call("POST", path, &[], PERSON).await.json()["changed"], 1);
        }
    }
}

#[tokio::test]
async fn an_opt_out_from_every_source_stops_what_is_queued() {
    for source in ["user_preferences", "131050", "stop_word", "opt_out_payload", "api", "cli", "import"] {
        let app = TestApp::with(|account, _| account.opt_out_payloads = vec!["NO_OFFERS".to_owned()]).await;
        if source != "131050" {
            app.post("/marketing_messages", &specification()).await;
            assert_eq!(second_look(&app).await, Again::Go, "{source}");
        }
        stop(&app, source).await;
        if source == "131050" {
            app.clock.advance(Duration::from_secs(60));
            app.post("/marketing_messages", &specification()).await;
        }
        assert!(matches!(second_look(&app).await, Again::Drop { code: 131_050, .. }), "{source}");
        let standing = check(&app, "+44 1234 567890").await;
        assert_eq!(
            (&standing["marketing"], &standing["anything"]),
            (&json!(false), &json!(true)),
            "{source}"
        );
        assert_eq!(standing["opt_out_source"], source);
        let last = standing["history"].as_array().unwrap().last().unwrap().clone();
        assert_eq!((&last["act"], &last["source"]), (&json!("opted_out"), &json!(source)));
        let (wording, actor) = match source {
            "stop_word" => (json!("Stop!"), "network"),
            "opt_out_payload" => (json!("Fewer offers"), "network"),
            "user_preferences" | "131050" => (Value::Null, "network"),
            _ => (Value::Null, "admin"),
        };
        assert_eq!((&last["wording"], &last["actor"]), (&wording, &json!(actor)), "{source}");
        // The listed label counts, too, and a word to start again takes back what was said in the chat.
        wrote(&app, "wamid.in9", "text", json!({"body": "start"})).await;
        let in_chat = ["stop_word", "opt_out_payload"].contains(&source);
        assert_eq!(check(&app, PERSON).await["marketing"], in_chat, "{source}");
    }
}

#[tokio::test]
async fn a_suppression_stops_everything_until_it_is_lifted() {
    let app = TestApp::new().await;
    app.post("/marketing_messages", &specification()).await;
    let noted = said(&app, json!({"number": PERSON, "note": "asked by phone"})).await;
    assert_eq!((&noted["changed"], &noted["standing"]["anything"]), (&json!(true), &json!(false)));
    let Again::Drop { code: 130_403, details } = second_look(&app).await else { panic!() };
    assert_eq!(details, "the operator has suppressed the person: nothing is sent to them");
    wrote(&app, "wamid.in1", "text", json!({"body": "start"})).await;
    assert_eq!(check(&app, PERSON).await["anything"], false, "only the operator lifts it");
    assert_eq!(said(&app, json!({"number": PERSON})).await["changed"], false);
    let lifted = said(&app, json!({"number": PERSON, "act": "lifted"})).await;
    assert_eq!((&lifted["changed"], &lifted["standing"]["marketing"]), (&json!(true), &json!(true)));
    assert_eq!(second_look(&app).await, Again::Go);
    let history = lifted["standing"]["history"].as_array().unwrap().clone();
    assert_eq!(history[0]["wording"], "asked by phone");
    // The audit says what was done to whom, without the number.
    let audit = app.get("/admin/v1/audit").await.json()["audit"].clone();
    let row = audit.as_array().unwrap().iter().find(|row| row["action"] == "person.consent").unwrap().clone();
    assert_eq!(row["detail"], format!("{} lifted", lifted["standing"]["hash"].as_str().unwrap()));
    assert!(!audit.to_string().contains("567890"));
}

#[tokio::test]
async fn what_cannot_be_noted_is_refused_by_field() {
    let app = TestApp::new().await;
    for (path, body, field) in [
        ("/admin/v1/suppressions", json!({}), "number"),
        ("/admin/v1/suppressions", json!({"number": "12"}), "number"),
        ("/admin/v1/suppressions", json!({"number": PERSON, "act": "stop"}), "act"),
        ("/admin/v1/suppressions", json!({"number": PERSON, "source": "import"}), "source"),
        ("/admin/v1/suppressions", json!({"number": PERSON, "note": "x".repeat(501)}), "note"),
        ("/admin/v1/suppressions", json!({"number": PERSON, "why": "x"}), "why"),
        ("/admin/v1/suppressions/check", json!({"number": ""}), "number"),
        ("/admin/v1/suppressions/import?format=xml", json!({}), "format"),
        ("/admin/v1/suppressions/import?act=stop", json!({}), "act"),
        ("/admin/v1/suppressions/import?dry_run=1", json!({}), "dry_run"),
    ] {
        let refused = app.post(path, &body).await;
        assert_eq!(
            (refused.status.as_u16(), &refused.json()["error"]["field"]),
            (400, &json!(field)),
            "{path}"
        );
    }
    let path = format!("/admin/v1/accounts/{ACCOUNT}");
    for (body, field) in [
        (json!({"quiet_hours": "9-17"}), "quiet_hours"),
        (json!({"quiet_hours": "09:00-09:00"}), "quiet_hours"),
        (json!({"opt_out_payloads": [""]}), "opt_out_payloads"),
        (json!({"opt_out_payloads": ["x".repeat(257)]}), "opt_out_payloads"),
        (json!({"opt_out_payloads": 7}), "opt_out_payloads"),
    ] {
        let refused = app.call("PATCH", &path, &[], body.to_string()).await;
        assert_eq!(
            (refused.status.as_u16(), &refused.json()["error"]["field"]),
            (400, &json!(field)),
            "{body}"
        );
    }
    let set = json!({"quiet_hours": "21:00-08:00", "opt_out_payloads": "NO, LATER"});
    let now = app.call("PATCH", &path, &[], set.to_string()).await.json();
    assert_eq!(
        (&now["quiet_hours"], &now["opt_out_payloads"]),
        (&json!("21:00-08:00"), &json!(["NO", "LATER"]))
    );
    let none = json!({"quiet_hours": null, "opt_out_payloads": null});
    let now = app.call("PATCH", &path, &[], none.to_string()).await.json();
    assert_eq!((&now["quiet_hours"], &now["opt_out_payloads"]), (&json!(null), &json!([])));
}

#[tokio::test]
async fn a_list_is_imported_line_by_line_and_again_without_change() {
    let app = TestApp::new().await;
    let list = "\u{feff}number,act,at,note,time_zone\r\n\
        +49 151 12345678,opted_out,2026-11-30T12:00:00Z,\"by mail, twice\",Europe/Berlin\r\n\
        \r\n\
        4915112345679,,,,\r\n\
        12345,,,,\r\n\
        4915112345680,stop,,,\r\n\
        US.13491208655302741918,lifted,,,\r\n\
        4915112345681,none,,,Asia/Tokyo";
    let import = async |query: &str| {
        app.call("POST", &format!("/admin/v1/suppressions/import{query}"), &[], list).await
    };
    let expected = |dry_run: bool, changed: u64, unchanged: u64| {
        json!({
            "dry_run": dry_run, "lines": 6, "changed": changed, "unchanged": unchanged, "refused": 2,
            "problems": [
                {"line": 5, "problem": "number: has 5 digits, a number has 7 to 15 with its country code"},
                {"line": 6, "problem": "act: must be one of opted_out, opted_in, suppressed, lifted, or none"},
            ],
        })
    };
    assert_eq!(import("?dry_run=true").await.json(), expected(true, 3, 1));
    assert_eq!(check(&app, "4915112345679").await["anything"], true, "nothing was written");
    assert_eq!(import("").await.json(), expected(false, 3, 1));
    assert_eq!(import("").await.json(), expected(false, 0, 4));
    let one = check(&app, "4915112345678").await;
    assert_eq!(
        (&one["marketing"], &one["opted_out_at"]),
        (&json!(false), &json!("2026-11-30T12:00:00.000Z"))
    );
    assert_eq!(
        (&one["time_zone"], &one["zones_known"]),
        (&json!("Europe/Berlin"), &json!("the person's own"))
    );
    assert_eq!(one["history"].as_array().unwrap().len(), 1);
    assert_eq!(one["history"][0]["wording"], "by mail, twice");
    assert_eq!(check(&app, "4915112345679").await["anything"], false);
    assert_eq!(check(&app, "4915112345681").await["zones"], json!(["Asia/Tokyo"]));
    let audit = app.get("/admin/v1/audit").await.json()["audit"].to_string();
    assert!(audit.contains("lines=4 up to line 8") && !audit.contains("4915112345"), "{audit}");

    // What is exported is what was imported, and is imported elsewhere.
    for format in ["csv", "jsonl"] {
        let answer = app.get(&format!("/admin/v1/suppressions/export?format={format}")).await;
        let text = String::from_utf8(answer.bytes.to_vec()).unwrap();
        assert_eq!(text.lines().count(), 3 + usize::from(format == "csv"), "{text}");
        assert!(text.contains("4915112345678") && text.contains("by mail, twice"));
        let other = TestApp::new().await;
        let path = format!("/admin/v1/suppressions/import?format={format}");
        let imported = other.call("POST", &path, &[], text.clone()).await.json();
        assert_eq!((&imported["changed"], &imported["refused"]), (&json!(3), &json!(0)), "{text}");
        let again = other.get(&format!("/admin/v1/suppressions/export?format={format}")).await;
        let sorted = |text: &str| {
            let mut lines: Vec<_> = text.lines().map(|l| l.replace("\"cli\"", "")).collect();
            lines.sort_unstable();
            lines
        };
        assert_eq!(sorted(&String::from_utf8_lossy(&again.bytes)), sorted(&text));
    }
}

#[tokio::test]
async fn many_pages_are_imported_and_exported_as_streams() {
    let app = TestApp::new().await;
    let list: String = (0..2_345).map(|n| format!("49151{n:08}\n")).collect();
    // In pieces that end anywhere, the last one without a line's end.
    let bytes = std::io::Cursor::new(list.trim_end().to_owned());
    let body = axum::body::Body::from_stream(tokio_util::io::ReaderStream::with_capacity(bytes, 777));
    let answer = app.call("POST", "/admin/v1/suppressions/import?first_line=11", &[], body).await.json();
    assert_eq!((&answer["lines"], &answer["changed"]), (&json!(2_345), &json!(2_345)), "{answer}");
    let text = app.get("/admin/v1/suppressions/export").await.bytes;
    let text = String::from_utf8(text.to_vec()).unwrap();
    assert_eq!(text.lines().count(), 2_346);
    let numbers: std::collections::BTreeSet<_> =
        text.lines().filter_map(|line| line.split(',').next()).collect();
    assert!((0..2_345).all(|n| numbers.contains(format!("49151{n:08}").as_str())));
    let rows = app.get("/admin/v1/audit").await.json()["audit"].as_array().unwrap().len();
    assert_eq!(rows, 1 + 3, "a row for each thousand lines");
    let long = "x".repeat(5_000);
    let refused = app.call("POST", "/admin/v1/suppressions/import", &[], long).await;
    assert_eq!(refused.status, 400);
    let told = refused.json()["error"]["message"].as_str().unwrap().to_owned();
    assert_eq!(told, "body: line 1 is longer than 4096 bytes: what follows was not read");
    assert_eq!(app.clock.now(), START);
}
