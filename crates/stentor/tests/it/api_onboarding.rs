//! The marketing messages terms and what an account is told of itself.

use serde_json::{Value, json};
use stentor::api::UpstreamWebhook;
use stentor_core::id::EndpointId;
use stentor_core::webhook;

use crate::support::app::*;

fn of(account: &str, more: &str) -> String {
    format!("/admin/v1/accounts/{account}{more}")
}

async fn set(app: &TestApp, fields: Value) -> Value {
    let answer = app.call("PATCH", &of(&ACCOUNT.to_string(), ""), &[], fields.to_string()).await;
    assert_eq!(answer.status, 200, "{:?}", answer.json());
    answer.json()
}

#[tokio::test]
async fn every_state_on_the_way_is_told_in_both_words() {
    let app = TestApp::with(|account, _| account.terms_signed_at = None).await;
    for (fields, status, lite) in [
        (json!({}), "ELIGIBLE", "ELIGIBLE"),
        (json!({"onboarding_hold": "internal_setup"}), "PENDING_INTERNAL_SETUP", "INELIGIBLE"),
        (json!({"state": "unpaid"}), "PENDING_VALID_PAYMENT_METHOD", "INELIGIBLE"),
        (json!({"onboarding_hold": "business_app"}), "INELIGIBLE_USING_WHATSAPP_BUSINESS_APP", "INELIGIBLE"),
        (json!({"onboarding_hold": "on_behalf_of"}), "INELIGIBLE_ON_BEHALF_OF_WABA", "INELIGIBLE"),
        (json!({"country": "ir"}), "INELIGIBLE_COUNTRY_NOT_SUPPORTED", "INELIGIBLE"),
        (json!({"state": "restricted"}), "INELIGIBLE_INACTIVE_OR_RESTRICTED", "INELIGIBLE"),
    ] {
        let shown = set(&app, fields.clone()).await;
        assert_eq!(shown["marketing_messages_onboarding_status"], status, "{fields}");
        assert_eq!(shown["marketing_messages_lite_api_status"], lite, "{fields}");
    }
    set(&app, json!({"state": "active", "country": null, "onboarding_hold": null})).await;
    app.post(&of(&ACCOUNT.to_string(), "/terms"), &json!({})).await;
    assert_eq!(set(&app, json!({})).await["marketing_messages_onboarding_status"], "ONBOARDED");
    for (fields, field) in [
        (json!({"country": "Germany"}), "country"),
        (json!({"onboarding_hold": "x"}), "onboarding_hold"),
        (json!({"owner_business_id": "x"}), "owner_business_id"),
    ] {
        let refused = app.call("PATCH", &of(&ACCOUNT.to_string(), ""), &[], fields.to_string()).await;
        assert_eq!((refused.status.as_u16(), &refused.json()["error"]["field"]), (400, &json!(field)));
    }
}

#[tokio::test]
async fn before_the_terms_a_send_is_refused_in_the_documented_words() {
    let app = TestApp::with(|account, _| account.terms_signed_at = None).await;
    let refused = app.post("/marketing_messages", &specification()).await;
    let (http, code, details) = refused.error();
    assert_eq!((http, code), (403, 200));
    let message = refused.json()["error"]["message"].clone();
    assert_eq!(message, "(#200) You must accept the Marketing Messages Lite API terms to use the API.");
    assert!(details.contains("stentor account terms"), "{details}");
    let mut classic = specification();
    classic["product_policy"] = json!("CLOUD_API_FALLBACK");
    assert_eq!(app.post("/marketing_messages", &classic).await.status, 200);
}

#[tokio::test]
async fn a_signature_is_the_businesss_for_all_its_accounts_that_may_have_it() {
    let app = TestApp::with(|account, _| account.terms_signed_at = None).await;
    app.account_endpoint("https://example.com/").await;
    let business = json!({"name": "Second", "owner_business_id": 700});
    let second = app.post("/admin/v1/accounts", &business).await.json()["id"].as_str().unwrap().to_owned();
    let abroad = json!({"name": "Third", "owner_business_id": 700, "country": "KP"});
    let third = app.post("/admin/v1/accounts", &abroad).await.json()["id"].as_str().unwrap().to_owned();
    set(&app, json!({"owner_business_id": 700})).await;
    let cannot = app.post(&of(&third, "/terms"), &json!({})).await;
    assert_eq!((cannot.status.as_u16(), &cannot.json()["error"]["field"]), (409, &json!("country")));
    let invited = app.post(&of(&second, "/invite"), &json!({})).await;
    assert_eq!(invited.status, 201);
    assert!(invited.json()["request_id"].is_string());
    let again = app.post(&of(&second, "/invite"), &json!({})).await;
    assert_eq!((again.status.as_u16(), &again.json()["error"]["error_subcode"]), (400, &json!(1_752_041)));
    let signed = app.post(&of(&second, "/terms"), &json!({})).await.json();
    assert!(signed["terms_signed_at"].is_string());
    assert!(app.get(&of(&ACCOUNT.to_string(), "")).await.json()["terms_signed_at"].is_string());
    assert_eq!(app.get(&of(&third, "")).await.json()["terms_signed_at"], Value::Null);
    let told = app.told().await;
    let value = json!({"event": "MM_LITE_TERMS_SIGNED",
        "waba_info": {"waba_id": ACCOUNT.to_string(), "owner_business_id": "700"}});
    assert_eq!(told, [value], "one, for this account");
    app.post(&of(&second, "/terms"), &json!({})).await;
    assert!(app.told().await.is_empty(), "nothing new");
    assert_eq!(app.post("/marketing_messages", &specification()).await.status, 200);
}

#[tokio::test]
async fn an_accounts_state_and_a_numbers_rate_are_told() {
    let app = TestApp::new().await;
    app.account_endpoint("https://example.com/").await;
    let events = async |app: &TestApp| -> Vec<Value> {
        app.told().await.iter().map(|value| value["event"].clone()).collect()
    };
    set(&app, json!({"state": "restricted"})).await;
    assert_eq!(events(&app).await, ["ACCOUNT_VIOLATION", "ACCOUNT_RESTRICTION"]);
    set(&app, json!({"state": "disabled"})).await;
    let told = app.told().await.remove(0);
    assert_eq!(
        (&told["event"], &told["ban_info"]["waba_ban_state"]),
        (&json!("DISABLED_UPDATE"), &json!("DISABLE"))
    );
    set(&app, json!({"state": "active"})).await;
    assert_eq!(app.told().await.remove(0)["ban_info"]["waba_ban_state"], "REINSTATE");
    let path = format!("/admin/v1/channels/{CHANNEL}");
    app.call("PATCH", &path, &[], json!({"rate_per_s": 1_000}).to_string()).await;
    let told = app.told().await.remove(0);
    assert_eq!(
        (&told["event"], &told["display_phone_number"]),
        (&json!("THROUGHPUT_UPGRADE"), &json!(NUMBER))
    );
    assert_eq!(told["current_limit"], "TIER_UNLIMITED");
    app.call("PATCH", &path, &[], json!({"rate_per_s": 500}).to_string()).await;
    assert!(app.told().await.is_empty());
}

#[tokio::test]
async fn an_upstreams_signature_is_ours_and_passed_on_as_it_came() {
    let app = TestApp::configured(|state| {
        let (app_secret, verify_token) = ("app secret".to_owned(), "token".to_owned());
        state.upstream_webhook = Some(UpstreamWebhook { app_secret, verify_token });
    })
    .await;
    app.put_account_endpoint(EndpointId(1), "https://example.com/").await;
    app.call("DELETE", &of(&ACCOUNT.to_string(), "/terms"), &[], "").await;
    let value = json!({"event": "MM_LITE_TERMS_SIGNED", "more": 1,
        "waba_info": {"waba_id": ACCOUNT.to_string(), "owner_business_id": "900"}});
    // Under the business's id, not the account's.
    let body = json!({"object": "whatsapp_business_account", "entry": [{"id": "900", "time": 1,
        "changes": [{"field": "account_update", "value": value}]}]})
    .to_string();
    let signature = format!("sha256={}", webhook::sign(b"app secret", body.as_bytes()));
    let answer = app.call("POST", "/upstream/webhook", &[("x-hub-signature-256", &signature)], body).await;
    assert_eq!(answer.status, 200);
    assert_eq!(app.told().await, [value]);
    let shown = app.get(&of(&ACCOUNT.to_string(), "")).await.json();
    assert!(shown["terms_signed_at"].is_string());
    assert_eq!(shown["owner_business_id"], "900");
}
