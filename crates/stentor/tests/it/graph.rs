//! Meta's own paths: version, token and id are judged as Meta judges them, and the same handlers answer.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Query;
use serde_json::{Value, json};
use stentor::outbound::{Limits, Outbound};
use stentor_core::id::{AccountId, BusinessId, ChannelId};
use stentor_core::registry::{Account, Channel, ChannelState, UpstreamKind};
use stentor_store::RegistryChange;

use crate::support::app::*;

const BEARER: &str = "Bearer a-key-for-tests-AK";

async fn ask(app: &TestApp, method: &str, path: &str, body: &Value) -> Answer {
    let body = if body.is_null() { Body::empty() } else { body.to_string().into() };
    app.call(method, path, &[("authorization", BEARER)], body).await
}

async fn get(app: &TestApp, path: &str) -> Answer {
    ask(app, "GET", path, &Value::Null).await
}

/// (HTTP status, code, subcode, type) of an error.
fn told(answer: &Answer) -> (u16, u64, u64, String) {
    let error = &answer.json()["error"];
    assert!(answer.json().get("detail").is_none() && error["fbtrace_id"].is_string(), "{error}");
    let number = |name: &str| error[name].as_u64().unwrap_or_default();
    let kind = error["type"].as_str().unwrap_or_default().to_owned();
    (answer.status.as_u16(), number("code"), number("error_subcode"), kind)
}

#[tokio::test]
async fn a_bad_version_token_id_or_edge_is_told_as_meta_tells_it() {
    let app = TestApp::new().await;
    let oauth = |http, code| (http, code, 0, "OAuthException".to_owned());
    let missing = (400, 100, 33, "GraphMethodException".to_owned());
    for version in ["v1.0", "v99.0", "v23.7"] {
        let answer = get(&app, &format!("/{version}/{CHANNEL}")).await;
        assert_eq!(told(&answer), oauth(400, 2_635), "{version}");
    }
    let path = format!("/v23.0/{CHANNEL}");
    for headers in [[("authorization", "Bearer nobody")], [("authorization", "")]] {
        let answer = app.call("GET", &path, &headers, "").await;
        assert_eq!(told(&answer), oauth(401, 190));
        assert!(
            answer.json()["error"]["message"].as_str().unwrap().starts_with("Invalid OAuth access token")
        );
    }
    // 360dialog's header is no token of Graph's.
    assert_eq!(told(&app.get(&path).await), oauth(401, 190));
    let body = specification();
    for path in ["/v23.0/12345/messages", "/12345/marketing_messages", "/v23.0/12345"] {
        let answer = ask(&app, "POST", path, &body).await;
        assert_eq!(told(&answer), missing, "{path}");
        assert!(answer.json()["error"]["message"].as_str().unwrap().contains("'12345'"));
    }
    for path in [format!("/v23.0/{CHANNEL}/nothing"), "/v23.0/nothing".into(), "/v23.0".into()] {
        assert_eq!(told(&get(&app, &path).await), oauth(400, 2_500), "{path}");
    }
    let answer = get(&app, &format!("/v25.0/{CHANNEL}")).await;
    assert_eq!((answer.status.as_u16(), answer.header("facebook-api-version")), (200, "v25.0"));
    assert!(!answer.header("x-fb-trace-id").is_empty());
    assert_eq!(ask(&app, "DELETE", &format!("/v23.0/{CHANNEL}/messages"), &Value::Null).await.status, 405);
}

#[tokio::test]
async fn the_same_handlers_answer_with_meta_s_errors() {
    let app = TestApp::new().await;
    let sent = async |path: String| ask(&app, "POST", &path, &specification()).await;
    assert_eq!(sent(format!("/v23.0/{CHANNEL}/marketing_messages")).await.status, 200);
    assert_eq!(sent(format!("/{CHANNEL}/messages")).await.status, 200);
    let text =
        json!({"messaging_product": "whatsapp", "to": "441234567890", "type": "text", "text": {"body": "x"}});
    let answer = ask(&app, "POST", &format!("/v23.0/{CHANNEL}/marketing_messages"), &text).await;
    assert_eq!(told(&answer), (400, 100, 0, "OAuthException".to_owned()));
    // The token may come in the query, and does not reach the handler's own reading of it.
    let path = format!("/v23.0/{ACCOUNT}/message_templates?limit=2&access_token={KEY}");
    let page = app.call("GET", &path, &[("authorization", "")], "").await.json();
    assert_eq!(page["data"].as_array().unwrap().len(), 2);
    assert!(
        page["paging"]["next"].as_str().unwrap().starts_with(&format!("/v23.0/{ACCOUNT}/message_templates?"))
    );
    assert_eq!(get(&app, "/v23.0/2").await.json()["name"], "greeting");
    assert_eq!(get(&app, "/2").await.json()["name"], "greeting");
    let template = json!({"name": "made_by_graph", "language": "en", "category": "MARKETING",
        "components": [{"type": "BODY", "text": "Our new shop is open today."}]});
    let made = ask(&app, "POST", &format!("/v23.0/{ACCOUNT}/message_templates"), &template).await.json();
    let id = made["id"].as_str().unwrap();
    assert_eq!(get(&app, &format!("/v23.0/{id}?fields=status")).await.json()["status"], "PENDING");
    let path = format!("/v23.0/{ACCOUNT}/message_templates?name=made_by_graph");
    assert_eq!(ask(&app, "DELETE", &path, &Value::Null).await.json(), json!({"success": true}));
    assert_eq!(told(&get(&app, &format!("/v23.0/{id}")).await).2, 33);
}

#[tokio::test]
async fn number_and_account_show_the_fields_asked_for() {
    let app = TestApp::new().await;
    let number = get(&app, &format!("/v23.0/{CHANNEL}")).await.json();
    assert_eq!(number["display_phone_number"], format!("+{NUMBER}"));
    assert_eq!(
        (&number["throughput"]["level"], &number["id"]),
        (&json!("STANDARD"), &json!(CHANNEL.to_string()))
    );
    let path = format!("/{CHANNEL}?fields=status,health_status{{can_send_message}},account_mode");
    let chosen = get(&app, &path).await.json();
    assert_eq!(chosen.as_object().unwrap().len(), 4);
    assert_eq!((&chosen["status"], &chosen["account_mode"]), (&json!("CONNECTED"), &json!("LIVE")));
    let wrong = get(&app, &format!("/v23.0/{CHANNEL}?fields=colour")).await;
    assert!(wrong.json()["error"]["message"].as_str().unwrap().contains("nonexisting field (colour)"));
    let account = get(&app, &format!("/v23.0/{ACCOUNT}")).await.json();
    assert_eq!((&account["name"], &account["currency"]), (&json!("Shop"), &json!("USD")));
    let path = format!("/v23.0/{ACCOUNT}?fields=marketing_messages_onboarding_status,owner_business_info");
    assert_eq!(get(&app, &path).await.json()["marketing_messages_onboarding_status"], "ONBOARDED");
    let business = format!("/v23.0/{ACCOUNT}?fields=verification_status");
    assert!(get(&app, &business).await.status.is_client_error(), "an account has no such field");
    let owned = Account { owner_business: BusinessId(700), business_verified: false, ..kept(&app) };
    app.change(vec![RegistryChange::PutAccount(owned)]).await;
    let path = "/v23.0/700?fields=verification_status,marketing_messages_onboarding_status";
    let business = get(&app, path).await.json();
    assert_eq!(business["verification_status"], "not_verified");
    let terms = json!({"status": "TERM_OF_SERVICE_SIGNED", "time": START.to_string()[..10]});
    assert_eq!(business["marketing_messages_onboarding_status"], terms);
    // A sibling can be looked at and listed, not used; another account's number is not there at all.
    let (sibling, other) = (ChannelId(333), ChannelId(444));
    let of = |id, account| Channel::new(id, account, "15550002222", UpstreamKind::Simulated, START);
    let stranger = Account::new(AccountId(999), "Other", "s".to_owned(), START);
    app.change(vec![RegistryChange::PutChannel(of(sibling, ACCOUNT))]).await;
    app.change_of(
        AccountId(999),
        vec![RegistryChange::PutAccount(stranger), RegistryChange::PutChannel(of(other, AccountId(999)))],
    )
    .await;
    let numbers = get(&app, &format!("/v23.0/{ACCOUNT}/phone_numbers")).await.json();
    assert_eq!(numbers["data"].as_array().unwrap().len(), 2);
    assert_eq!(get(&app, "/v23.0/333").await.status, 200);
    assert_eq!(told(&ask(&app, "POST", "/v23.0/333/messages", &specification()).await).2, 33);
    for path in ["/v23.0/444", "/v23.0/999", "/v23.0/999/message_templates"] {
        assert_eq!(told(&get(&app, path).await).2, 33, "{path}");
    }
}

fn kept(app: &TestApp) -> Account {
    Account::clone(app.state.directory.snapshot().account(ACCOUNT).unwrap())
}

#[tokio::test]
async fn a_request_that_is_refused_has_changed_nothing() {
    let app = TestApp::new().await;
    app.post("/v1/configs/webhook", &json!({"url": "https://example.com/hook"})).await;
    let drops = json!({"webhook_configuration": {"override_callback_uri": ""}, "pin": "12"});
    assert_eq!(told(&ask(&app, "POST", &format!("/v23.0/{CHANNEL}"), &drops).await).1, 100);
    assert_eq!(app.get("/v1/configs/webhook").await.json()["url"], "https://example.com/hook");
    let half = json!({"degrees_of_freedom_spec": {"a": 1}, "is_enabled_for_insights": "perhaps"});
    assert_eq!(told(&ask(&app, "POST", &format!("/v23.0/{ACCOUNT}"), &half).await).1, 100);
    let spec = get(&app, &format!("/v23.0/{ACCOUNT}?fields=degrees_of_freedom_spec")).await.json();
    assert_eq!(spec["degrees_of_freedom_spec"], Value::Null);
}

#[tokio::test]
async fn settings_and_registration_are_kept() {
    let app = TestApp::new().await;
    let account = format!("/v23.0/{ACCOUNT}");
    let off = json!({"disable_marketing_messages_on_cloud_api": true});
    assert_eq!(ask(&app, "POST", &account, &off).await.json(), json!({"success": true}));
    let refused = ask(&app, "POST", &format!("/v23.0/{CHANNEL}/messages"), &specification()).await;
    assert_eq!(told(&refused).1, 131_063);
    let form = [("authorization", BEARER), ("content-type", "application/x-www-form-urlencoded")];
    app.call("POST", &account, &form, "disable_marketing_messages_on_cloud_api=false").await;
    let path = format!("/v23.0/{CHANNEL}");
    assert_eq!(ask(&app, "POST", &format!("{path}/messages"), &specification()).await.status, 200);
    assert_eq!(ask(&app, "POST", &format!("{path}/deregister"), &Value::Null).await.status, 200);
    let refused = ask(&app, "POST", &format!("{path}/messages"), &specification()).await;
    assert_eq!(told(&refused).1, 133_010);
    let no_pin = json!({"messaging_product": "whatsapp", "pin": "12"});
    assert_eq!(told(&ask(&app, "POST", &format!("{path}/register"), &no_pin).await).1, 100);
    let pin = json!({"messaging_product": "whatsapp", "pin": "123456"});
    assert_eq!(ask(&app, "POST", &format!("{path}/register"), &pin).await.json(), json!({"success": true}));
    assert_eq!(app.state.directory.snapshot().channel(CHANNEL).unwrap().state, ChannelState::Active);
}

#[tokio::test]
async fn a_token_and_its_user_can_be_looked_at() {
    let app = TestApp::new().await;
    let whole = get(&app, &format!("/v23.0/debug_token?input_token={KEY}")).await.json();
    assert_eq!(whole["data"]["is_valid"], true);
    assert_eq!(whole["data"]["granular_scopes"][0]["target_ids"], json!([ACCOUNT.to_string()]));
    let nobody = get(&app, "/debug_token?input_token=x").await.json();
    assert_eq!((&nobody["data"]["is_valid"], &nobody["data"]["error"]["code"]), (&json!(false), &json!(190)));
    assert_eq!(get(&app, "/v23.0/me").await.json()["name"], "Shop");
    let app_id = whole["data"]["app_id"].as_str().unwrap();
    assert_eq!(get(&app, &format!("/v23.0/{app_id}")).await.json()["name"], "Stentor");
}

/// A receiver of callbacks that gives the challenge back when the token is `right`.
async fn receiver(app: &TestApp) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let say = |Query(query): Query<std::collections::HashMap<String, String>>| async move {
        let right = query.get("hub.verify_token").is_some_and(|token| token == "right");
        if right { query["hub.challenge"].clone() } else { "no".to_owned() }
    };
    let router = axum::Router::new().route("/hook", axum::routing::get(say));
    app.state.lifecycle.start(async move { axum::serve(listener, router).await.unwrap() });
    url
}

#[tokio::test]
async fn a_callback_url_must_give_the_challenge_back() {
    let app = TestApp::configured(|state| {
        state.limits.allow_private_webhooks = true;
        let limits = Limits { allow_private: true, ..Limits::default() };
        state.outbound = Some(Arc::new(Outbound::new(limits).unwrap()));
    })
    .await;
    let url = receiver(&app).await;
    let apps = format!("/v23.0/{ACCOUNT}/subscribed_apps");
    let wanted = |path: &str, token: &str| json!({"override_callback_uri": format!("{url}{path}"), "verify_token": token});
    for (path, token) in [("/hook", "wrong"), ("/elsewhere", "right")] {
        let answer = ask(&app, "POST", &apps, &wanted(path, token)).await;
        assert_eq!(told(&answer).1, 2_200, "{:?}", answer.json());
    }
    assert_eq!(app.state.directory.snapshot().endpoints().count(), 0);
    assert_eq!(ask(&app, "POST", &apps, &wanted("/hook", "right")).await.json(), json!({"success": true}));
    let listed = get(&app, &apps).await.json();
    assert_eq!(listed["data"][0]["override_callback_uri"], format!("{url}/hook"));
    assert!(listed["data"][0]["whatsapp_business_api_data"]["id"].is_string());
    let number = format!("/v23.0/{CHANNEL}");
    let own = json!({"webhook_configuration": wanted("/hook", "right")});
    assert_eq!(ask(&app, "POST", &number, &own).await.json(), json!({"success": true}));
    let shown = get(&app, &format!("{number}?fields=webhook_configuration")).await.json();
    assert_eq!(shown["webhook_configuration"]["phone_number"], format!("{url}/hook"));
    assert_eq!(shown["webhook_configuration"]["whatsapp_business_account"], format!("{url}/hook"));
    assert_eq!(ask(&app, "DELETE", &apps, &Value::Null).await.status, 200);
    assert_eq!(app.state.directory.snapshot().endpoints().count(), 1, "the number's own stays");
    app.state.lifecycle.stop();
}

#[tokio::test]
async fn a_messaging_limit_is_its_business_s_and_its_change_is_told() {
    let app = TestApp::new().await;
    app.account_endpoint("https://example.com/hook").await;
    let field = "whatsapp_business_manager_messaging_limit";
    let path = format!("/v23.0/{CHANNEL}?fields={field}");
    assert_eq!(get(&app, &path).await.json()[field], "TIER_UNLIMITED");
    let set = async |account: &str, tier: &str| {
        let body = json!({"messaging_limit": tier}).to_string();
        app.call("PATCH", &format!("/admin/v1/accounts/{account}"), &[], body).await
    };
    assert_eq!(set(&ACCOUNT.to_string(), "TIER_3K").await.status, 400);
    assert_eq!(set(&ACCOUNT.to_string(), "TIER_2K").await.status, 200);
    assert_eq!(get(&app, &path).await.json()[field], "TIER_2K");
    assert_eq!(app.told().await[0]["max_daily_conversations_per_business"], "TIER_2K");
    set(&ACCOUNT.to_string(), "TIER_2K").await;
    assert_eq!(app.told().await.len(), 0, "told when it changes");
    // Another account of the same business: the lowest limit holds for both.
    let mut kin = Account::new(AccountId(777), "Branch", "s".to_owned(), START);
    kin.owner_business = app.state.directory.snapshot().account(ACCOUNT).unwrap().owner_business;
    app.change_of(AccountId(777), vec![RegistryChange::PutAccount(kin)]).await;
    assert_eq!(set("777", "TIER_250").await.status, 200);
    assert_eq!(get(&app, &path).await.json()[field], "TIER_250");
    assert_eq!(app.told().await[0]["max_daily_conversations_per_business"], "TIER_250");
}

#[tokio::test]
async fn a_pin_and_freedoms_are_kept() {
    let app = TestApp::new().await;
    let number = format!("/v23.0/{CHANNEL}");
    let pin = |pin: &str| json!({"messaging_product": "whatsapp", "pin": pin});
    assert_eq!(ask(&app, "POST", &format!("{number}/register"), &pin("123456")).await.status, 200);
    assert_eq!(told(&ask(&app, "POST", &format!("{number}/register"), &pin("654321")).await).1, 133_005);
    assert_eq!(ask(&app, "POST", &number, &pin("654321")).await.status, 200);
    assert_eq!(ask(&app, "POST", &format!("{number}/register"), &pin("654321")).await.status, 200);
    assert_eq!(get(&app, &format!("{number}?fields=is_pin_enabled")).await.json()["is_pin_enabled"], true);
    let spec = json!({"creative_features_spec": {"image_touchups": {"enroll_status": "OPT_OUT"}}});
    let body = json!({"degrees_of_freedom_spec": spec});
    assert_eq!(ask(&app, "POST", &format!("/v23.0/{ACCOUNT}"), &body).await.status, 200);
    let shown = get(&app, &format!("/v23.0/{ACCOUNT}?fields=degrees_of_freedom_spec")).await.json();
    assert_eq!(shown["degrees_of_freedom_spec"], spec);
}

#[tokio::test]
async fn the_app_s_callback_stands_behind_the_account_s() {
    let app = TestApp::configured(|state| {
        state.limits.allow_private_webhooks = true;
        let limits = Limits { allow_private: true, ..Limits::default() };
        state.outbound = Some(Arc::new(Outbound::new(limits).unwrap()));
    })
    .await;
    let url = receiver(&app).await;
    let (hook, path) = (format!("{url}/hook"), "/v23.0/app/subscriptions");
    let wanted = json!({"object": "whatsapp_business_account", "callback_url": hook, "verify_token": "right",
        "fields": ["messages", "account_update"]});
    assert_eq!(ask(&app, "POST", path, &wanted).await.json(), json!({"success": true}));
    let listed = get(&app, path).await.json();
    assert_eq!(
        (&listed["data"][0]["callback_url"], &listed["data"][0]["fields"][1]["name"]),
        (&json!(hook), &json!("account_update"))
    );
    let of_account = || app.state.directory.snapshot().own_endpoint(ACCOUNT, None).map(|e| e.url.clone());
    assert_eq!(of_account(), Some(hook.clone()));
    let apps = format!("/v23.0/{ACCOUNT}/subscribed_apps");
    let own = json!({"override_callback_uri": format!("{hook}?own"), "verify_token": "right"});
    assert_eq!(ask(&app, "POST", &apps, &own).await.status, 200);
    assert_eq!(of_account(), Some(format!("{hook}?own")));
    assert_eq!(ask(&app, "DELETE", &apps, &Value::Null).await.status, 200);
    assert_eq!(of_account(), Some(hook), "the app's comes back");
    assert_eq!(ask(&app, "DELETE", path, &Value::Null).await.status, 200);
    assert_eq!(of_account(), None);
    app.state.lifecycle.stop();
}

#[tokio::test]
async fn a_business_invites_its_accounts_once() {
    let app = TestApp::with(|account, _| account.terms_signed_at = None).await;
    let business = app.state.directory.snapshot().account(ACCOUNT).unwrap().owner_business;
    let path = format!("/v23.0/{business}/onboard_partners_to_mm_lite");
    let invited = ask(&app, "POST", &path, &json!({})).await;
    assert_eq!(invited.status, 200);
    assert!(invited.json()["request_id"].as_str().unwrap().parse::<u64>().is_ok());
    let owner = get(&app, &format!("/v23.0/{ACCOUNT}?fields=owner_business_info")).await.json();
    assert!(owner.to_string().contains("REQUEST_SENT"), "{owner}");
    let again = told(&ask(&app, "POST", &path, &json!({})).await);
    assert_eq!((again.0, again.1, again.2), (400, 100, 1_752_041));
}
