//! `/waba_webhook`, `/multi_webhook`, and who hears what.

use std::time::Duration;

use serde_json::{Value, json};
use stentor::api::inbound;
use stentor_core::id::{AccountId, ChannelId, EndpointId};
use stentor_core::registry::{Account, ApiKey, Channel, Character, Role, UpstreamKind};
use stentor_store::RegistryChange;

use crate::support::app::*;

/// Lets tasks that were woken run until something is so.
async fn soon(what: &str, mut look: impl AsyncFnMut() -> bool) {
    for _ in 0..10_000 {
        if look().await {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("in vain: {what}");
}

fn hook(url: &str) -> Value {
    json!({"url": url, "headers": {"X-A": "b"}})
}

async fn url_of(app: &TestApp, path: &str) -> Value {
    app.get(path).await.json()["url"].clone()
}

#[tokio::test]
async fn an_address_that_nothing_would_be_sent_to_is_refused_when_it_is_set() {
    let app = TestApp::new().await;
    for url in
        ["https://127.0.0.1/", "https://0x7f.1/", "https://[::ffff:10.0.0.1]/", "https://169.254.169.254/x"]
    {
        for path in ["/v1/configs/webhook", "/waba_webhook"] {
            let refused = app.post(path, &hook(url)).await;
            let details = refused.json()["error"]["error_data"]["details"].to_string();
            assert!(refused.status == 400 && details.contains("private network"), "{path} {url}: {details}");
        }
    }
    assert_eq!(app.post("/v1/configs/webhook", &hook("https://93.184.216.34/")).await.status, 200);
}

#[tokio::test]
async fn a_twins_waba_webhook_takes_effect_after_its_time_and_not_before() {
    let app = TestApp::new().await;
    let none = app.get("/waba_webhook").await.json();
    let number = json!({"id": CHANNEL.to_string(), "display_phone_number": NUMBER, "url": null});
    let expected = json!({"waba_id": ACCOUNT.to_string(), "url": null, "headers": {},
        "phone_numbers": [number], "numbers_on_this_waba": [number]});
    assert_eq!(none, expected);
    let set = app.post("/waba_webhook", &hook("https://one.example/")).await;
    assert_eq!(set.status, 200);
    assert!(set.json()["message"].as_str().unwrap().contains("15 seconds"), "{:?}", set.json());
    app.clock.advance(Duration::from_millis(14_999));
    tokio::task::yield_now().await;
    assert_eq!(url_of(&app, "/waba_webhook").await, Value::Null);
    // A second one before its time takes the first one's place, and waits its own time.
    app.post("/waba_webhook", &hook("https://two.example/")).await;
    app.clock.advance(Duration::from_millis(14_999));
    tokio::task::yield_now().await;
    assert_eq!(url_of(&app, "/waba_webhook").await, Value::Null);
    app.clock.advance(Duration::from_millis(1));
    soon("the second", async || url_of(&app, "/waba_webhook").await == "https://two.example/").await;
    assert_eq!(app.get("/waba_webhook").await.json()["headers"], json!({"X-A": "b"}));
    assert_eq!(app.state.directory.snapshot().endpoints().count(), 1);
    assert_eq!(app.delete("/waba_webhook").await.status, 200);
    assert_eq!(url_of(&app, "/waba_webhook").await, Value::Null);
}

#[tokio::test]
async fn a_waba_webhook_to_come_is_waited_for_by_the_next_program() {
    let app = TestApp::new().await;
    app.post("/waba_webhook", &hook("https://one.example/")).await;
    let next = TestApp::after(&app, |_| ()).await;
    stentor::api::webhooks::resume(&next.state);
    next.clock.advance(Duration::from_secs(15));
    soon("it is there", async || url_of(&next, "/waba_webhook").await == "https://one.example/").await;
}

#[tokio::test]
async fn override_all_replaces_what_the_numbers_have_of_their_own() {
    let app = TestApp::with(|_, channel| channel.character = Character::Gateway).await;
    app.post("/v1/configs/webhook", &hook("https://number.example/")).await;
    let set = app.post("/waba_webhook", &hook("https://waba.example/")).await;
    assert_eq!(set.json(), json!({"message": "The WABA webhook is set."}), "a gateway's at once");
    assert_eq!(url_of(&app, "/v1/configs/webhook").await, "https://number.example/");
    let mut all = hook("https://all.example/");
    all["override_all"] = json!(true);
    app.post("/waba_webhook", &all).await;
    assert_eq!(url_of(&app, "/v1/configs/webhook").await, "https://all.example/");
    let shown = app.get("/waba_webhook").await.json();
    assert_eq!(shown["url"], "https://all.example/");
    assert_eq!(shown["phone_numbers"][0]["url"], "https://all.example/");
}

#[tokio::test]
async fn what_cannot_be_a_waba_webhook_is_refused() {
    let app = TestApp::new().await;
    for (body, word) in [
        (json!({}), "url"),
        (json!({"url": "http://example.com/"}), "url"),
        (json!({"url": "https://example.com/", "override_all": "yes"}), "override_all"),
        (json!({"url": "https://example.com/", "headers": {"Host": "x"}}), "Host"),
    ] {
        let refused = app.post("/waba_webhook", &body).await;
        assert_eq!(refused.status, 400, "{body}");
        assert!(refused.error().2.contains(word), "{:?}", refused.json());
    }
    for method in ["GET", "POST", "DELETE"] {
        for path in ["/waba_webhook", "/multi_webhook", "/v1/configs/webhook"] {
            let refused = app.call(method, path, &[("d360-api-key", "x")], "{}").await;
            assert_eq!(refused.status, 401, "{method} {path}");
            assert_eq!(refused.json()["error"], "Invalid api token.");
        }
    }
    let none = app.post("/v1/configs/webhook", &json!({"headers": {}})).await;
    assert_eq!((none.status.as_u16(), &none.json()["meta"]["http_code"]), (400, &json!(400)));
    assert!(none.json()["meta"]["details"][0].as_str().unwrap().contains("url"), "{:?}", none.json());
}

#[tokio::test]
async fn further_destinations_are_kept_by_name() {
    let app = TestApp::new().await;
    let of = |name: &str| json!({"name": name, "url": format!("https://{name}.example/"), "headers": {}});
    assert_eq!(app.get("/multi_webhook").await.json(), json!({"enabled": false, "destinations": []}));
    let set = app.post("/multi_webhook", &json!({"enabled": true, "destinations": [of("a"), of("b")]})).await;
    assert_eq!(set.status, 200);
    assert!(set.json()["message"].is_string());
    let shown = app.get("/multi_webhook").await.json();
    assert_eq!(shown, json!({"enabled": true, "destinations": [of("a"), of("b")]}));
    let call =
        async |method: &str, body: Value| app.call(method, "/multi_webhook", &[], body.to_string()).await;
    let taken = call("PUT", json!({"destinations": [of("a")]})).await;
    assert_eq!(taken.status, 409);
    assert!(taken.json()["message"].as_str().unwrap().contains("`a`"));
    let mut upper = of("c");
    upper["name"] = json!("A");
    assert_eq!(call("PUT", upper).await.status, 200, "names are case-sensitive");
    assert_eq!(call("PUT", of("d")).await.status, 409, "three at most");
    assert_eq!(call("PATCH", json!({"name": "b", "url": "https://new.example/"})).await.status, 200);
    assert_eq!(call("PATCH", json!({"name": "x", "url": "https://new.example/"})).await.status, 404);
    assert_eq!(call("PATCH", json!({"name": "b"})).await.status, 400);
    assert_eq!(call("PATCH", json!({"name": "b", "headers": {"X-K": "1"}})).await.status, 200);
    let shown = app.get("/multi_webhook").await.json();
    let b = json!({"name": "b", "url": "https://new.example/", "headers": {"X-K": "1"}});
    assert_eq!(shown["destinations"][1], b);
    assert_eq!(call("DELETE", json!({"name": "b"})).await.status, 200);
    assert_eq!(app.delete("/multi_webhook?name=a").await.status, 200);
    assert_eq!(app.delete("/multi_webhook?name=a").await.status, 404);
    assert_eq!(app.get("/multi_webhook").await.json()["destinations"].as_array().unwrap().len(), 1);
    assert_eq!(call("POST", json!({"enabled": false})).await.status, 200);
    assert_eq!(app.get("/multi_webhook").await.json()["enabled"], false, "off, and kept");
    assert_eq!(app.delete("/multi_webhook").await.status, 200);
    assert_eq!(app.get("/multi_webhook").await.json(), json!({"enabled": false, "destinations": []}));
    for body in
        [json!({}), json!({"enabled": "on"}), json!({"enabled": true, "destinations": [{"name": "x"}]})]
    {
        assert_eq!(app.post("/multi_webhook", &body).await.status, 400, "{body}");
    }
    let four: Vec<_> = ["a", "b", "c", "d"].iter().map(|name| of(name)).collect();
    let refused = app.post("/multi_webhook", &json!({"enabled": true, "destinations": four})).await;
    assert_eq!(refused.status, 409);
    assert_eq!(app.get("/multi_webhook").await.json()["destinations"], json!([]), "nothing of it is kept");
}

const OTHER: ChannelId = ChannelId(333_000_333_000_333);
const OTHER_KEY: &str = "another-key-AK";

/// Who hears an event: of the number, or with `None` of the account.
async fn hears(app: &TestApp, channel: Option<ChannelId>) -> Vec<String> {
    let field = if channel.is_some() { "user_preferences" } else { "account_update" };
    inbound::forward(&app.state, ACCOUNT, channel, field, (&json!({}), None)).await.unwrap();
    let snapshot = app.state.directory.snapshot();
    let mut heard = Vec::new();
    for endpoint in snapshot.endpoints() {
        if !app.take(endpoint.id).await.is_empty() {
            heard.push(endpoint.url.clone());
        }
    }
    heard
}

#[tokio::test]
async fn a_numbers_webhook_goes_before_the_accounts_for_what_is_about_the_number() {
    for (character, unheard) in [(Character::Twin, true), (Character::Gateway, false)] {
        let app = TestApp::with(|_, channel| channel.character = character).await;
        let other = Channel {
            character,
            ..Channel::new(OTHER, ACCOUNT, "15550002222", UpstreamKind::Simulated, START)
        };
        let hash = stentor::registry::hash_key(OTHER_KEY);
        let (created_at, expires_at, used_at) = (START, None, None);
        let key = ApiKey { hash, account: ACCOUNT, channel: OTHER, created_at, expires_at, used_at };
        app.change(vec![RegistryChange::PutChannel(other), RegistryChange::PutKey(key)]).await;
        assert!(hears(&app, Some(CHANNEL)).await.is_empty());
        let (number, waba) = ("https://number.example/".to_owned(), "https://waba.example/".to_owned());
        app.post("/v1/configs/webhook", &json!({"url": number})).await;
        assert_eq!(hears(&app, Some(CHANNEL)).await, std::slice::from_ref(&number));
        assert!(hears(&app, Some(OTHER)).await.is_empty(), "another number's");
        let of_account = hears(&app, None).await;
        let status = app.get("/admin/v1/status").await.json();
        if unheard {
            assert!(of_account.is_empty(), "dropped, as at 360dialog");
            assert_eq!(status["webhooks"]["unheard"], 1);
            let path = format!("/admin/v1/channels/{CHANNEL}");
            app.call("PATCH", &path, &[], json!({"account_events": true}).to_string()).await;
            assert_eq!(hears(&app, None).await, std::slice::from_ref(&number), "a setting of its own");
        } else {
            assert_eq!(of_account, std::slice::from_ref(&number));
            assert_eq!(status["webhooks"]["unheard"], 0);
            let same = json!({"url": number}).to_string();
            app.call("POST", "/v1/configs/webhook", &[("d360-api-key", OTHER_KEY)], same).await;
            assert_eq!(hears(&app, None).await, std::slice::from_ref(&number), "two numbers, one URL: once");
            app.call("DELETE", "/v1/configs/webhook", &[("d360-api-key", OTHER_KEY)], "").await;
        }
        app.put_account_endpoint(EndpointId(1), &waba).await;
        assert_eq!(hears(&app, Some(CHANNEL)).await, std::slice::from_ref(&number));
        assert_eq!(hears(&app, Some(OTHER)).await, std::slice::from_ref(&waba), "no webhook of its own");
        assert_eq!(
            hears(&app, None).await,
            std::slice::from_ref(&waba),
            "never the number's while there is the account's"
        );
        app.delete("/v1/configs/webhook").await;
        assert_eq!(hears(&app, Some(CHANNEL)).await, [waba]);
    }
}

#[tokio::test]
async fn another_accounts_webhooks_hear_nothing() {
    let app = TestApp::new().await;
    let stranger = Account::new(AccountId(5), "Stranger", "s".to_owned(), START);
    let audit = stentor_store::Audit {
        at: START,
        actor: "system".to_owned(),
        account: stranger.id,
        action: "test.setup".to_owned(),
        detail: String::new(),
    };
    let endpoint = stentor_core::registry::Endpoint {
        id: EndpointId(9),
        account: stranger.id,
        channel: None,
        role: Role::Main,
        url: "https://stranger.example/".to_owned(),
        headers: Vec::new(),
        created_at: START,
    };
    let changes = vec![RegistryChange::PutAccount(stranger), RegistryChange::PutEndpoint(endpoint)];
    app.state.directory.commit(&app.state.store, START, audit, changes, Vec::new()).await.unwrap();
    assert!(hears(&app, Some(CHANNEL)).await.is_empty());
    assert!(hears(&app, None).await.is_empty());
}
