//! The operator's API: accounts and channels, keys and terms, and who is let in.

use serde_json::json;

use super::support::app::{ACCOUNT, ADMIN_KEY, CHANNEL, KEY, TestApp, specification};

#[tokio::test]
async fn nobody_without_the_admin_key() {
    let app = TestApp::new().await;
    for headers in [[("authorization", "")], [("authorization", "Bearer nonsense")], [("authorization", KEY)]]
    {
        for (method, path) in [
            ("GET", "/admin/v1/accounts"),
            ("GET", "/admin/v1/status"),
            ("POST", "/admin/v1/accounts"),
            ("PUT", "/admin/v1/webhook"),
        ] {
            let answer = app.call(method, path, &headers, "{}").await;
            assert_eq!(answer.status.as_u16(), 401, "{method} {path}");
            assert!(answer.json()["error"]["message"].as_str().unwrap().contains("Bearer <admin key>"));
        }
    }
    let bearer = format!("Bearer {ADMIN_KEY}");
    assert_eq!(
        app.call("GET", "/admin/v1/accounts", &[("authorization", &bearer)], "").await.status.as_u16(),
        200
    );
}

#[tokio::test]
async fn an_account_from_its_making_to_its_first_message() {
    let app = TestApp::new().await;
    let made = app.post("/admin/v1/accounts", &json!({"name": "Corpus"})).await;
    assert_eq!(made.status.as_u16(), 201);
    let account = made.json()["account_id"].as_str().unwrap().to_owned();
    assert_eq!(made.json()["webhook_secret"].as_str().unwrap().len(), 64);
    let signed = app.post(&format!("/admin/v1/accounts/{account}/terms"), &json!({"accept": true})).await;
    assert!(signed.json()["terms_signed_at"].is_string());
    let path = format!("/admin/v1/accounts/{account}/channels");
    let refused = app.post(&path, &json!({"display_phone_number": "+49 30 000001"})).await;
    assert_eq!(refused.json()["error"]["field"], "upstream", "there is nothing to send through");
}

#[tokio::test]
async fn accounts_are_changed_field_by_field() {
    let app = TestApp::new().await;
    let path = format!("/admin/v1/accounts/{ACCOUNT}");
    let wanted =
        json!({"sharing_default": false, "state": "unpaid", "product_policy_default": "cloud_api_fallback"});
    let changed = app.call("PATCH", &path, &[], wanted.to_string()).await.json();
    assert_eq!((&changed["sharing_default"], &changed["state"]), (&json!(false), &json!("unpaid")));
    assert_eq!(changed["webhook_secret"], json!(null));
    assert_eq!(app.get(&path).await.json()["webhook_secret"], "whsec");
    let wanted =
        json!({"product_policy_default": "STRICT", "messaging_limit": "TIER_2K", "business_verified": false});
    let changed = app.call("PATCH", &path, &[], wanted.to_string()).await.json();
    assert_eq!(changed["product_policy_default"], "strict");
    assert_eq!(
        (&changed["messaging_limit"], &changed["business_verified"]),
        (&json!("TIER_2K"), &json!(false))
    );
    let audit = app.get(&format!("{path}/audit?limit=1")).await.json()["audit"][0]["detail"].clone();
    let audit = audit.as_str().unwrap();
    assert!(
        audit.contains("business_verified=false") && audit.ends_with("messaging_limit=TIER_2K"),
        "{audit}"
    );
    assert_eq!(changed["marketing_cap_24h"], json!(null), "as the channel's character says");
    let caps = json!({"marketing_cap_24h": 3, "marketing_cap_7d": 0});
    let changed = app.call("PATCH", &path, &[], caps.to_string()).await.json();
    assert_eq!((&changed["marketing_cap_24h"], &changed["marketing_cap_7d"]), (&json!(3), &json!(0)));
    let back = json!({"marketing_cap_24h": null});
    let changed = app.call("PATCH", &path, &[], back.to_string()).await.json();
    assert_eq!((&changed["marketing_cap_24h"], &changed["marketing_cap_7d"]), (&json!(null), &json!(0)));
    for (body, field) in [
        (json!({"marketing_cap_24h": 9}), "marketing_cap_24h"),
        (json!({"marketing_cap_7d": -1}), "marketing_cap_7d"),
        (json!({"state": "happy"}), "state"),
        (json!({"sharing_default": "yes"}), "sharing_default"),
        (json!({"colour": 1}), "colour"),
        (json!({"name": ""}), "name"),
    ] {
        let refused = app.call("PATCH", &path, &[], body.to_string()).await;
        assert_eq!((refused.status.as_u16(), refused.json()["error"]["field"].as_str()), (400, Some(field)));
    }
    assert_eq!(app.get("/admin/v1/accounts/5").await.status.as_u16(), 404);
    assert_eq!(app.get("/admin/v1/accounts/x").await.status.as_u16(), 400);
    assert_eq!(app.post("/admin/v1/accounts", &json!({})).await.json()["error"]["field"], "name");
    let again = app.post("/admin/v1/accounts", &json!({"name": "x", "id": ACCOUNT.0})).await;
    assert_eq!(again.status.as_u16(), 409);
}

#[tokio::test]
async fn channels_are_changed_and_their_keys_made_anew() {
    let app = TestApp::new().await;
    let path = format!("/admin/v1/channels/{CHANNEL}");
    let hook = format!("{path}/webhook");
    let set = json!({"character": "gateway", "rate_per_s": 1_000, "sync_policy": "send", "paused_policy": "fail", "pair_limit": false});
    let changed = app.call("PATCH", &path, &[], set.to_string()).await.json();
    assert_eq!((&changed["character"], &changed["rate_per_s"]), (&json!("gateway"), &json!(1_000)));
    assert_eq!((&changed["sync_policy"], &changed["paused_policy"]), (&json!("send"), &json!("fail")));
    assert_eq!(changed["pair_limit"], false);
    for (body, field) in [
        (json!({"rate_per_s": 0}), "rate_per_s"),
        (json!({"rate_per_s": 1_001}), "rate_per_s"),
        (json!({"unknown_policy": "at_least_once"}), "unknown_policy"),
        (json!({"upstream": "cloud_api"}), "upstream"),
        (json!({"sync_policy": "wait"}), "sync_policy"),
        (json!({"paused_policy": "drop"}), "paused_policy"),
    ] {
        let refused = app.call("PATCH", &path, &[], body.to_string()).await;
        assert_eq!(
            (refused.status.as_u16(), refused.json()["error"]["field"].as_str()),
            (400, Some(field)),
            "{body}"
        );
    }
    let url = json!({"url": "https://example.com/hook", "headers": {"X-Shop": "7"}});
    assert_eq!(app.call("PUT", &hook, &[], url.to_string()).await.status.as_u16(), 200);
    let rotated = app.post(&format!("{path}/keys"), &json!({"grace_secs": 60})).await;
    assert_eq!(rotated.status.as_u16(), 201);
    let new = rotated.json()["api_key"].as_str().unwrap().to_owned();
    for key in [KEY, &new] {
        let sent = app.call("POST", "/messages", &[("d360-api-key", key)], specification().to_string()).await;
        assert_eq!(sent.status.as_u16(), 200, "both work in the grace period");
    }
    app.clock.advance(std::time::Duration::from_secs(60));
    let sent = app.call("POST", "/messages", &[("d360-api-key", KEY)], specification().to_string()).await;
    assert_eq!(sent.status.as_u16(), 401);
    assert_eq!(app.get(&hook).await.json()["headers"]["X-Shop"], "7", "a gateway keeps its webhook");
}

/// Which fields an operation takes, by its own account: it lists them when it is given one that it does not know.
#[tokio::test]
async fn every_field_that_is_taken_is_described() {
    let app = TestApp::new().await;
    let document = stentor::api::describe_operators();
    let (schemas, mut asked) = (&document["components"]["schemas"], 0);
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let mut schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            let null = json!({"type": "null"});
            if let Some(other) =
                schema["oneOf"].as_array().and_then(|all| all.iter().find(|one| **one != null))
            {
                schema = other;
            }
            let name = schema["$ref"].as_str().and_then(|to| to.rsplit('/').next()).unwrap_or_default();
            let Some(described) = schemas[name]["properties"].as_object() else { continue };
            let path =
                path.replace("{account}", &ACCOUNT.to_string()).replace("{channel}", &CHANNEL.to_string());
            let path = path.replace("{template}", "1");
            let answer = app.call(&method.to_uppercase(), &path, &[], r#"{"no_such_field": 1}"#).await;
            let error = answer.json()["error"]["message"].clone();
            let Some((_, taken)) =
                error.as_str().and_then(|text| text.split_once("no such field; there are: "))
            else {
                continue;
            };
            asked += 1;
            for field in taken.split(", ") {
                assert!(described.contains_key(field), "{method} {path} takes {field}, which {name} lacks");
            }
        }
    }
    assert!(asked >= 5, "{asked} operations told their fields");
}
