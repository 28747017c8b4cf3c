//! The partner's API: credentials, clients and channels, keys, usage, templates, management events.

use std::time::Duration;

use serde_json::{Value, json};
use stentor_core::id::AccountId;
use stentor_store::DeliveryItem;

use crate::support::app::*;

/// A name and password, a key, and the partner's id.
async fn logins(app: &TestApp) -> (String, String, String) {
    let user = app.post("/admin/v1/partner/logins", &json!({"name": "ops@example.com"})).await;
    assert_eq!(user.status, 201, "{:?}", user.json());
    let key = app.post("/admin/v1/partner/logins", &json!({"name": "robot", "kind": "key"})).await.json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let user = user.json();
    (text(&user["password"]), text(&key["api_key"]), text(&user["partner_id"]))
}

async fn call(app: &TestApp, key: &str, method: &str, path: &str, body: &Value) -> Answer {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    app.call(method, path, &[("x-api-key", key), ("authorization", "")], body).await
}

#[tokio::test]
async fn a_password_gives_a_token_that_ends() {
    let app = TestApp::new().await;
    let (password, key, partner) = logins(&app).await;
    let ask = async |name: &str, password: &str| {
        app.post("/api/v2/token", &json!({"username": name, "password": password})).await
    };
    assert_eq!(ask("ops@example.com", "wrong").await.status, 401);
    assert_eq!(ask("nobody", &password).await.status, 401);
    assert_eq!(ask("robot", &key).await.status, 401, "a key is no password");
    assert_eq!(app.post("/api/v2/token", &json!({"username": "x"})).await.status, 400);
    let token = ask("ops@example.com", &password).await;
    assert_eq!((token.status.as_u16(), &token.json()["token_type"]), (200, &json!("Bearer")));
    assert_eq!(token.json()["expires_in"], 86_400);
    let bearer = format!("Bearer {}", token.json()["access_token"].as_str().unwrap());
    let path = format!("/api/v2/partners/{partner}/clients");
    let with = async |bearer: &str| app.call("GET", &path, &[("authorization", bearer)], "").await.status;
    assert_eq!(with(&bearer).await, 200);
    assert_eq!(with(&format!("{bearer}0")).await, 401);
    app.clock.advance(Duration::from_hours(24));
    assert_eq!(with(&bearer).await, 401, "ended");
    let again = ask("ops@example.com", &password).await.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(app.delete("/admin/v1/partner/logins/ops@example.com").await.status, 200);
    assert_eq!(with(&format!("Bearer {again}")).await, 401, "removed");
    let listed = app.get("/admin/v1/partner/logins").await.json();
    assert_eq!(listed["logins"].as_array().unwrap().len(), 1);
    assert!(!listed.to_string().contains(&key), "shown once");
}

#[tokio::test]
async fn a_partners_credentials_open_no_other_door_and_no_other_opens_theirs() {
    let app = TestApp::new().await;
    let (_, key, partner) = logins(&app).await;
    let path = format!("/api/v2/partners/{partner}/clients");
    assert_eq!(app.call("GET", &path, &[("d360-api-key", KEY)], "").await.status, 401);
    let number = format!("Bearer {KEY}");
    assert_eq!(app.call("GET", &path, &[("authorization", &number)], "").await.status, 401);
    assert_eq!(call(&app, &key, "GET", "/v1/configs/webhook", &Value::Null).await.status, 401);
    let body = specification().to_string();
    let as_number = app.call("POST", "/messages", &[("d360-api-key", &key)], body).await;
    assert_eq!(as_number.status, 401);
    let other = call(&app, &key, "GET", "/api/v2/partners/1PA/clients", &Value::Null).await;
    assert_eq!((other.status.as_u16(), &other.json()["meta"]["http_code"]), (404, &json!(404)));
}

#[tokio::test]
async fn clients_and_channels_are_listed_filtered_and_bounded() {
    let app = TestApp::new().await;
    let (_, key, partner) = logins(&app).await;
    let of = |more: &str| format!("/api/v2/partners/{partner}{more}");
    app.post("/admin/v1/accounts", &json!({"name": "Alpha", "owner_business_id": 700})).await;
    let all = call(&app, &key, "GET", &of("/clients?sort=-name"), &Value::Null).await.json();
    let names: Vec<_> = all["clients"].as_array().unwrap().iter().map(|c| c["name"].clone()).collect();
    assert_eq!(names, ["Shop", "Alpha"]);
    assert_eq!((&all["total"], &all["count"], &all["sort"]), (&json!(2), &json!(2), &json!(["-name"])));
    let page = call(&app, &key, "GET", &of("/clients?sort=name&limit=1&offset=1"), &Value::Null).await.json();
    assert_eq!((&page["clients"][0]["name"], &page["total"]), (&json!("Shop"), &json!(2)));
    // As Python prints it.
    let filter = format!("/channels?filters=%7B%27id%27:%27{CHANNEL}CH%27%7D");
    let one = call(&app, &key, "GET", &of(&filter), &Value::Null).await.json();
    let channel = &one["partner_channels"][0];
    assert_eq!(channel["waba_account"]["external_id"], ACCOUNT.to_string());
    assert_eq!((&channel["status"], &channel["client"]["name"]), (&json!("running"), &json!("Shop")));
    for bad in
        ["/clients?filters=x", "/clients?limit=0", "/clients?sort=shoe", "/channels?filters=%7B%22a%22:1%7D"]
    {
        assert_eq!(call(&app, &key, "GET", &of(bad), &Value::Null).await.status, 400, "{bad}");
    }
    let client = of(&format!("/clients/{ACCOUNT}CL"));
    let noted = json!({"partner_payload": "customer 7", "max_channels": 1});
    let changed = call(&app, &key, "PATCH", &client, &noted).await.json();
    assert_eq!((&changed["partner_payload"], &changed["max_channels"]), (&json!("customer 7"), &json!(1)));
    let kept = call(&app, &key, "PATCH", &client, &json!({"partner_payload": null})).await.json();
    assert_eq!((&kept["partner_payload"], &kept["max_channels"]), (&Value::Null, &json!(1)));
    assert_eq!(call(&app, &key, "PATCH", &of("/clients/9CL"), &noted).await.status, 404);
}

#[tokio::test]
async fn a_partner_makes_keys_reads_usage_and_is_told_that_nothing_is_billed() {
    let app = TestApp::new().await;
    let (_, key, partner) = logins(&app).await;
    let of = |more: &str| format!("/api/v2/partners/{partner}{more}");
    app.post("/v1/configs/webhook", &json!({"url": "https://example.com/"})).await;
    app.post("/marketing_messages", &specification()).await;
    app.leave().await;
    let path = of(&format!("/channels/{CHANNEL}CH/api_keys"));
    let made = call(&app, &key, "POST", &path, &Value::Null).await;
    assert_eq!(made.status, 200);
    let fresh = made.json()["api_key"].as_str().unwrap().to_owned();
    assert_eq!(app.get("/v1/configs/webhook").await.status, 401, "the old one ended at once");
    let now = app.call("GET", "/v1/configs/webhook", &[("d360-api-key", &fresh)], "").await.json();
    assert_eq!(now["url"], Value::Null, "a twin's webhook goes with it");
    assert_eq!(call(&app, &key, "POST", &of("/channels/5CH/api_keys"), &Value::Null).await.status, 404);
    let usage = of(&format!("/clients/{ACCOUNT}CL/channels/{CHANNEL}CH/info/usage"));
    let (start, end) = (START.secs() - 86_400 * 40, START.secs() + 60);
    for granularity in ["DAY", "MONTH"] {
        let query = format!("{usage}?start_date={start}&end_date={end}&granularity={granularity}");
        let told = call(&app, &key, "GET", &query, &Value::Null).await.json();
        let [row] = told["usage"].as_array().unwrap().as_slice() else { panic!("one period: {told}") };
        assert_eq!(row["pricing_category"], "marketing_lite");
        assert!(row["period_date"].as_i64().unwrap() <= START.secs());
    }
    for bad in [
        "",
        "?start_date=x",
        "?start_date=5&end_date=5",
        "?start_date=0&granularity=DAY",
        "?start_date=5&granularity=HOUR",
    ] {
        assert_eq!(
            call(&app, &key, "GET", &format!("{usage}{bad}"), &Value::Null).await.status,
            400,
            "{bad}"
        );
    }
    let balance =
        call(&app, &key, "GET", &of(&format!("/clients/{ACCOUNT}CL/info/balance")), &Value::Null).await;
    assert_eq!(balance.status, 403);
    assert!(balance.json()["meta"]["developer_message"].as_str().unwrap().contains("bills nothing"));
}

#[tokio::test]
async fn an_accounts_templates_are_the_partners_too() {
    let app = TestApp::new().await;
    let (_, key, partner) = logins(&app).await;
    let root = format!("/api/v2/partners/{partner}/waba_accounts/{ACCOUNT}WA/waba_templates");
    let listed = call(&app, &key, "GET", &root, &Value::Null).await;
    assert_eq!((listed.status.as_u16(), &listed.json()["total"]), (200, &json!(templates().len())));
    let one =
        call(&app, &key, "GET", &format!("{root}?filters=%7B%27name%27:%27shop%27%7D"), &Value::Null).await;
    assert_eq!(one.json()["waba_templates"][0]["name"], "shop");
    // The ids that a number's own list tells are those that open this path.
    let told = app.get("/v1/configs/templates?limit=1").await.json()["waba_templates"][0].clone();
    assert_eq!(
        (&told["partner_id"], &told["waba_account_id"]),
        (&json!(partner), &json!(format!("{ACCOUNT}WA")))
    );
    let wanted = json!({"name": "spring", "language": "en", "category": "MARKETING",
        "components": [{"type": "BODY", "text": "Spring is here, and so is our sale."}]});
    assert_eq!(call(&app, &key, "POST", &root, &wanted).await.status, 201);
    assert_eq!(call(&app, &key, "DELETE", &format!("{root}/spring"), &Value::Null).await.status, 200);
    assert_eq!(call(&app, "wrong", "GET", &root, &Value::Null).await.status, 401);
    let other = format!("/api/v2/partners/{partner}/waba_accounts/5WA/waba_templates");
    assert_eq!(call(&app, &key, "GET", &other, &Value::Null).await.status, 404);
}

#[tokio::test]
async fn management_events_go_to_the_partners_url() {
    let app = TestApp::new().await;
    let (_, key, partner) = logins(&app).await;
    let path = format!("/api/v2/partners/{partner}/webhook_url");
    let none = call(&app, &key, "GET", &path, &Value::Null).await.json();
    assert_eq!(none, json!({"webhook_url": null, "platform_secret": null}));
    let set = call(&app, &key, "POST", &path, &json!({"webhook_url": "https://example.com/partner"})).await;
    assert_eq!(
        (set.status.as_u16(), &set.json()["webhook_url"]),
        (200, &json!("https://example.com/partner"))
    );
    assert_eq!(set.json()["platform_secret"].as_str().unwrap().len(), 64);
    assert_eq!(
        call(&app, &key, "POST", &path, &json!({"webhook_url": "http://x.example/"})).await.status,
        400
    );
    app.post("/admin/v1/accounts", &json!({"name": "Alpha", "owner_business_id": 700})).await;
    app.post("/admin/v1/accounts", &json!({"name": "Beta", "owner_business_id": 700})).await;
    let channel = format!("/admin/v1/channels/{CHANNEL}");
    app.call("PATCH", &channel, &[], json!({"state": "blocked"}).to_string()).await;
    app.call("PATCH", &channel, &[], json!({"state": "active"}).to_string()).await;
    app.delete("/v1/configs/templates/shop").await;
    let moved = format!("/admin/v1/accounts/{ACCOUNT}/templates/7/move");
    app.post(&moved, &json!({"to": "APPROVED"})).await;
    let snapshot = app.state.directory.snapshot();
    let endpoint = snapshot.own_endpoint(AccountId::INSTALLATION, None).unwrap().id;
    let told: Vec<Value> = app
        .take(endpoint)
        .await
        .into_iter()
        .map(|delivery| match delivery.item {
            DeliveryItem::Notice { value, .. } => serde_json::from_str(&value).unwrap(),
            item @ DeliveryItem::Status { .. } => panic!("{item:?}"),
        })
        .collect();
    let events: Vec<_> = told.iter().map(|event| event["event"].as_str().unwrap()).collect();
    let expected =
        ["client_created", "channel_running", "template_status_changed", "template_status_changed"];
    assert_eq!(events, expected, "{told:?}");
    assert_eq!(told[0]["data"]["id"], "700CL");
    assert_eq!(told[1]["data"]["id"], format!("{CHANNEL}CH"));
    assert_eq!(
        (&told[3]["data"]["name"], &told[3]["data"]["status"]),
        (&json!("fixture_pending"), &json!("APPROVED"))
    );
    call(&app, &key, "POST", &path, &json!({"webhook_url": null})).await;
    assert_eq!(call(&app, &key, "GET", &path, &Value::Null).await.json()["webhook_url"], Value::Null);
}
