//! `/whatsapp_business_profile`, `/block_users`, `/conversational_automation`: kept here, or passed through to a real
//! upstream.

use std::sync::{Arc, Mutex};

use http::Method;
use serde_json::{Value, json};
use stentor::api::inbound;
use stentor::outbound::Answer as Theirs;
use stentor::relay::{Asking, Relay};
use stentor_core::registry::UpstreamKind;
use stentor_store::RegistryChange;

use crate::support::app::*;

const PROFILE: &str = "/whatsapp_business_profile";
const READER: &str = "441234567890";

#[tokio::test]
async fn a_profile_is_set_in_every_manner_and_read_by_field() {
    let app = TestApp::new().await;
    assert_eq!(
        app.get(PROFILE).await.json(),
        json!({"data": [{"vertical": "UNDEFINED", "messaging_product": "whatsapp"}]})
    );
    let body = json!({"messaging_product": "whatsapp", "about": "Fresh bread", "vertical": "retail",
        "websites": ["https://example.com/"], "email": "a@example.com"});
    assert_eq!(app.post(PROFILE, &body).await.json(), json!({"success": true}));
    let multipart = "--b\r\nContent-Disposition: form-data; name=\"messaging_product\"\r\n\r\nwhatsapp\r\n\
        --b\r\nContent-Disposition: form-data; name=\"description\"\r\n\r\nBaked at night\r\n\
        --b\r\nContent-Disposition: form-data; name=\"websites[]\"\r\n\r\nhttps://example.org\r\n\
        --b\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\n\r\n--b--\r\n";
    let kind = [("content-type", "multipart/form-data; boundary=b")];
    let set = app.call("POST", PROFILE, &kind, multipart).await;
    assert_eq!(set.json(), json!({"success": true}));
    let whole = app.call("POST", PROFILE, &[("content-type", "multipart/form-data")], multipart).await;
    assert_eq!(whole.error().0, 400, "nothing says what parts it");
    let whole = &app.get(PROFILE).await.json()["data"][0];
    assert_eq!(
        (&whole["about"], &whole["vertical"], &whole["description"], &whole["websites"], &whole["email"]),
        (
            &json!("Fresh bread"),
            &json!("RETAIL"),
            &json!("Baked at night"),
            &json!(["https://example.org"]),
            &Value::Null
        )
    );
    let chosen = app.get(&format!("{PROFILE}?fields=about,vertical")).await.json();
    assert_eq!(chosen["data"][0].as_object().unwrap().len(), 3);
    let path = format!("/v23.0/{CHANNEL}{PROFILE}");
    let graph = app.call("GET", &path, &[("authorization", "Bearer a-key-for-tests-AK")], "").await;
    assert_eq!(graph.json()["data"][0]["about"], "Fresh bread");
    let audit = app.state.store.audit(ACCOUNT, None, 10).await.unwrap();
    assert!(audit.iter().any(|row| row.action == "profile.set" && !row.detail.contains("bread")));
}

#[tokio::test]
async fn a_body_that_says_it_is_json_is_read_as_json_alone() {
    let app = TestApp::new().await;
    for body in ["\u{feff}{\"about\": \"Hi\"}", "null", "about=Hi", "17"] {
        let refused =
            app.call("POST", PROFILE, &[("content-type", "application/json; charset=utf-8")], body).await;
        assert_eq!((refused.error().0, refused.error().1), (400, 100), "{body}");
    }
    let form = [("content-type", "application/x-www-form-urlencoded")];
    assert_eq!(app.call("POST", PROFILE, &form, "about=Hi").await.status, 200);
    assert_eq!(app.get(PROFILE).await.json()["data"][0]["about"], "Hi");
}

#[tokio::test]
async fn what_no_profile_can_be_is_refused_by_field() {
    let app = TestApp::new().await;
    let long = |chars: usize| "x".repeat(chars);
    let cases = [
        (json!({"about": ""}), "about"),
        (json!({"about": long(140)}), "about"),
        (json!({"address": long(257)}), "address"),
        (json!({"description": long(513)}), "description"),
        (json!({"email": "nobody"}), "email"),
        (json!({"vertical": ""}), "vertical"),
        (json!({"vertical": "PIRATES"}), "vertical"),
        (json!({"websites": ["https://a.example", "https://b.example", "https://c.example"]}), "websites"),
        (json!({"websites": ["example.com"]}), "websites"),
        (json!({"websites": [7]}), "websites"),
        (json!({"profile_picture_handle": "not a handle"}), "profile_picture_handle"),
        (json!({"profile_picture_handle": "2:c2FtcGxl:aW1hZ2U="}), "profile_picture_handle"),
        (json!({"messaging_product": "sms"}), "messaging_product"),
        (json!({"about": {"a": 1}}), "about"),
    ];
    for (body, field) in cases {
        let (http, code, details) = app.post(PROFILE, &body).await.error();
        assert_eq!((http, code), (400, 100), "{body}");
        assert!(details.starts_with(field), "{details}");
    }
    assert_eq!(app.get(&format!("{PROFILE}?fields=colour")).await.error().1, 100);
    assert_eq!(app.call("GET", PROFILE, &[("d360-api-key", "x")], "").await.status, 401);
    assert_eq!(app.get(PROFILE).await.json()["data"][0].as_object().unwrap().len(), 2);
}

async fn wrote(app: &TestApp, number: &str) {
    app.clock.advance(std::time::Duration::from_secs(1));
    let at = app.clock.now().secs().to_string();
    let id = format!("wamid.{number}.{at}");
    let message = json!({"from": number, "id": id, "timestamp": at, "type": "text", "text": {"body": "hi"}});
    let contact = json!({"wa_id": number, "profile": {"name": "Ann"}});
    inbound::wrote(&app.state, ACCOUNT, CHANNEL, contact, message).await.unwrap();
}

fn of(numbers: &[&str]) -> Value {
    let users: Vec<Value> = numbers.iter().map(|user| json!({"user": user})).collect();
    json!({"messaging_product": "whatsapp", "block_users": users})
}

#[tokio::test]
async fn who_wrote_can_be_blocked_and_is_not_heard_or_written_to() {
    let app = TestApp::new().await;
    app.account_endpoint("https://example.com/hook").await;
    wrote(&app, READER).await;
    assert_eq!(app.told().await.len(), 1);
    // One can be blocked, one has never written, one is nobody, one is the number itself.
    let mixed = app.post("/block_users", &of(&["+441234567890", "441234567891", "x", NUMBER])).await;
    assert_eq!((mixed.error().0, mixed.error().1), (400, 139_100));
    let lists = &mixed.json()["block_users"];
    assert_eq!(lists["added_users"], json!([{"input": "+441234567890", "wa_id": READER}]));
    let codes: Vec<_> =
        lists["failed_users"].as_array().unwrap().iter().map(|u| u["errors"][0]["code"].clone()).collect();
    assert_eq!(codes.len(), 3);
    assert!(
        codes.contains(&json!(131_047)) && codes.contains(&json!(131_021)) && codes.contains(&json!(131_009))
    );
    let listed = app.get("/block_users").await.json();
    assert_eq!(listed["data"][0]["block_users"][0]["wa_id"], READER);
    assert_eq!(app.post("/messages", &specification()).await.error().1, 130_403);
    wrote(&app, READER).await;
    assert_eq!(app.told().await.len(), 0, "a blocked person is not heard");
    let again = app.post("/block_users", &of(&[READER])).await;
    assert_eq!(again.status, 200, "blocking twice is blocking");
    let gone = app.call("DELETE", "/block_users", &[], of(&[READER]).to_string()).await;
    assert_eq!(gone.json()["block_users"]["removed_users"][0]["wa_id"], READER);
    assert_eq!(app.post("/messages", &specification()).await.status, 200);
    assert_eq!(app.get("/block_users").await.json(), json!({"data": [{"block_users": []}]}));
    for body in [json!({}), json!({"block_users": []}), json!({"block_users": [{"user": {}}]}), json!([])] {
        assert_eq!(app.post("/block_users", &body).await.error().1, 100, "{body}");
    }
}

#[tokio::test]
async fn the_block_list_is_read_in_pages() {
    let app = TestApp::new().await;
    let numbers: Vec<String> = (0..5).map(|n| format!("44123456780{n}")).collect();
    for number in &numbers {
        wrote(&app, number).await;
    }
    let all: Vec<&str> = numbers.iter().map(String::as_str).collect();
    assert_eq!(app.post("/block_users", &of(&all)).await.status, 200);
    let (mut seen, mut path) = (Vec::new(), "/block_users?limit=2".to_owned());
    let mut last = Value::Null;
    for _ in 0..3 {
        let page = app.get(&path).await.json();
        let people = page["data"][0]["block_users"].as_array().unwrap();
        seen.extend(people.iter().map(|p| p["wa_id"].as_str().unwrap().to_owned()));
        path = page["paging"]["next"].as_str().unwrap_or_default().to_owned();
        last = page;
    }
    assert_eq!((seen.len(), path.as_str()), (5, ""));
    let before = last["paging"]["cursors"]["before"].as_str().unwrap();
    let back = app.get(&format!("/block_users?limit=2&before={before}")).await.json();
    assert_eq!(back["data"][0]["block_users"][1]["wa_id"], seen[3].as_str());
    assert_eq!(app.get("/block_users?after=%20x").await.error().1, 131_059);
    assert_eq!(app.get("/block_users?limit=0").await.error().1, 100);
}

#[tokio::test]
async fn automation_is_kept_within_its_limits() {
    let app = TestApp::new().await;
    let path = "/conversational_automation";
    let body = json!({"enable_welcome_message": true, "prompts": ["Where is my order?"],
        "commands": [{"command_name": "help", "command_description": "What I can do"}]});
    assert_eq!(app.post(path, &body).await.json(), json!({"success": true}));
    let shown = app.get(path).await.json();
    assert_eq!((&shown["conversational_automation"], &shown["id"]), (&body, &json!(CHANNEL.to_string())));
    let prompts = vec!["x"; 5];
    for (body, field) in [
        (json!({"prompts": prompts}), "prompts"),
        (json!({"prompts": ["x".repeat(81)]}), "prompts"),
        (json!({"commands": [{"command_name": "x"}]}), "commands"),
        (json!({"enable_welcome_message": "maybe"}), "enable_welcome_message"),
    ] {
        assert!(app.post(path, &body).await.error().2.starts_with(field), "{body}");
    }
}

/// An upstream that remembers what it was asked and answers one thing.
#[derive(Default)]
struct Upstream {
    asked: Mutex<Vec<(Method, String, Value)>>,
    answer: Mutex<(u16, Value)>,
}

impl Relay for Upstream {
    fn ask(&self, method: Method, path: String, body: String) -> Asking<'_> {
        let body = serde_json::from_str(&body).unwrap_or_default();
        self.asked.lock().unwrap().push((method, path, body));
        let (status, body) = self.answer.lock().unwrap().clone();
        Box::pin(async move {
            Ok(Theirs {
                status: status.try_into().unwrap(),
                headers: http::HeaderMap::new(),
                body: body.to_string().into(),
            })
        })
    }
}

#[tokio::test]
async fn with_a_real_upstream_its_answer_is_the_answer() {
    let upstream = Arc::new(Upstream::default());
    let relay = Arc::clone(&upstream);
    let app = TestApp::configured(|state| state.relay = Some(relay)).await;
    let mut channel =
        stentor_core::registry::Channel::clone(app.state.directory.snapshot().channel(CHANNEL).unwrap());
    channel.upstream = UpstreamKind::CloudApi;
    app.change(vec![RegistryChange::PutChannel(channel)]).await;
    *upstream.answer.lock().unwrap() = (200, json!({"data": [{"about": "Theirs"}]}));
    assert_eq!(app.get(&format!("{PROFILE}?fields=about")).await.json()["data"][0]["about"], "Theirs");
    *upstream.answer.lock().unwrap() = (
        400,
        json!({"error": {"message": "no", "type": "OAuthException", "code": 100, "error_data": {}, "fbtrace_id": "A"}}),
    );
    let refused = app.post(PROFILE, &json!({"about": "Ours"})).await;
    assert_eq!((refused.status.as_u16(), refused.json()["error"]["message"].clone()), (400, json!("no")));
    let asked = upstream.asked.lock().unwrap().clone();
    assert_eq!(
        (&asked[0].0, asked[0].1.as_str()),
        (&Method::GET, &*format!("{CHANNEL}/whatsapp_business_profile?fields=about"))
    );
    assert_eq!(asked[1].2, json!({"about": "Ours", "messaging_product": "whatsapp"}));
    let added = json!({"messaging_product": "whatsapp", "block_users": {"added_users": [{"input": READER, "wa_id": READER}]}});
    *upstream.answer.lock().unwrap() = (200, added.clone());
    assert_eq!(app.post("/block_users", &of(&[READER])).await.json(), added);
    assert_eq!(app.post("/messages", &specification()).await.error().1, 130_403);
}

#[tokio::test]
async fn what_is_left_of_the_old_api_answers_in_its_shape() {
    let app = TestApp::new().await;
    let mut body = specification();
    body.as_object_mut().unwrap().remove("messaging_product");
    let sent = app.post("/v1/messages", &body).await;
    assert_eq!(sent.status, 201);
    assert!(sent.json()["messages"][0]["id"].as_str().unwrap().starts_with("wamid."));
    let checked =
        app.post("/v1/contacts", &json!({"blocking": "wait", "contacts": ["+44 123 456 7890", "x"]})).await;
    assert_eq!(
        checked.json()["contacts"],
        json!([
            {"input": "+44 123 456 7890", "status": "valid", "wa_id": READER},
            {"input": "x", "status": "invalid"}
        ])
    );
    assert_eq!(app.post("/v1/contacts", &json!({"contacts": []})).await.json()["meta"]["http_code"], 400);
    for path in ["/v1/settings/application", "/v1/users/login", "/v1/health"] {
        let gone = app.get(path).await;
        assert_eq!((gone.status.as_u16(), &gone.json()["meta"]["success"]), (404, &json!(false)), "{path}");
    }
}

async fn uploaded(app: &TestApp, kind: &str, content: &[u8]) -> Value {
    let query = format!("/uploads?file_length={}&file_type={kind}", content.len());
    let session = app.call("POST", &query, &[], "").await.json()["id"].as_str().unwrap().to_owned();
    let bytes = content.to_vec();
    let written = app.call("POST", &format!("/{session}"), &[("file_offset", "0")], bytes).await.json();
    json!({"profile_picture_handle": written["h"]})
}

#[tokio::test]
async fn a_picture_is_an_upload_and_its_url_serves_it() {
    let app = TestApp::new().await;
    let jpeg = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01";
    let handle = uploaded(&app, "image/jpeg", jpeg).await;
    assert_eq!(app.post(PROFILE, &handle).await.json(), json!({"success": true}));
    // A year later it is still there, as fresh URLs.
    app.clock.advance(std::time::Duration::from_hours(365 * 24));
    let shown = app.get(PROFILE).await.json();
    let url = url::Url::parse(shown["data"][0]["profile_picture_url"].as_str().unwrap()).unwrap();
    let fetched = app.get(&format!("{}?{}", url.path(), url.query().unwrap())).await;
    assert_eq!((fetched.status.as_u16(), &fetched.bytes[..]), (200, &jpeg[..]));
    assert_eq!(fetched.header("content-type"), "image/jpeg");
    let paper = uploaded(&app, "application/pdf", b"%PDF-1.4 ").await;
    let (http, code, details) = app.post(PROFILE, &paper).await.error();
    assert_eq!((http, code), (400, 100));
    assert!(details.contains("must be of an image"), "{details}");
}
