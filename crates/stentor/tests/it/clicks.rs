//! Links that are followed through us, and the conversions that come of them.

use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use stentor::clicks::Clicks;
use stentor_core::click::Place;
use stentor_core::id::{EndpointId, MessageId};
use stentor_core::registry::Template;
use stentor_core::wamid;
use stentor_store::RegistryChange;

use crate::support::app::*;

const PHONE: (&str, &str) = ("user-agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)");
const HOOK: EndpointId = EndpointId(1);

async fn tracking() -> TestApp {
    let app =
        TestApp::configured(|state| state.clicks = Some(Clicks::new("https://go.example", [7; 32]))).await;
    let shop = templates().into_iter().find(|template| template.name == "shop").unwrap();
    let tracked = Template { extra: r#"{"click_tracking":true}"#.to_owned(), ..shop };
    app.change(vec![RegistryChange::PutTemplate(tracked)]).await;
    app
}

/// A message of the tracked template that was taken, and the path its second button leads by.
async fn sent(app: &TestApp, to: &str, end: &str, shared: bool) -> (MessageId, String) {
    let body = json!({
        "messaging_product": "whatsapp", "recipient_type": "individual", "to": to, "type": "template",
        "message_activity_sharing": shared,
        "template": {"name": "shop", "language": {"policy": "deterministic", "code": "en"}, "components": [
            {"type": "header", "parameters": [{"type": "image", "image": {"link": "https://a.example/i.png"}}]},
            {"type": "body", "parameters": [{"type": "text", "text": "boots"}]},
            {"type": "button", "sub_type": "url", "index": "1", "parameters": [{"type": "text", "text": end}]}]}});
    let answer = app.post("/marketing_messages", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    let id = wamid::decode(&app.state.wamid_key, &app.leave().await).unwrap();
    let deadline = app.messages().await[0].message.deadline;
    let token = app.state.clicks.as_ref().unwrap().token((ACCOUNT, id), Place::of(1), deadline);
    (id, format!("/c/{token}"))
}

async fn learnt(app: &TestApp) -> Vec<&'static str> {
    app.state.store.learnt_after(0, 100).await.unwrap().iter().map(|learnt| learnt.line.deed.word()).collect()
}

#[tokio::test]
async fn a_link_leads_where_its_template_says_and_a_person_is_counted() {
    let app = tracking().await;
    app.account_endpoint("https://hook.example/").await;
    let (_, path) = sent(&app, "919812345678", "boots?size=42", true).await;
    for (method, headers) in [
        ("HEAD", vec![PHONE]),
        ("GET", vec![]),
        ("GET", vec![("user-agent", "WhatsApp/2.24.1 A")]),
        ("GET", vec![("user-agent", "facebookexternalhit/1.1")]),
    ] {
        let led = app.call(method, &path, &headers, "").await;
        assert_eq!((led.status.as_u16(), led.header("location")), (302, "https://example.com/boots?size=42"));
    }
    assert_eq!(learnt(&app).await, ["sent"], "no person asked");
    let led = app.call("GET", &path, &[PHONE], "").await;
    assert_eq!((led.status.as_u16(), led.header("cache-control")), (302, "no-store"));
    assert_eq!(learnt(&app).await, ["sent", "click"]);
    let told = app.take(HOOK).await;
    let told: Vec<String> = told.iter().map(|delivery| format!("{delivery:?}")).collect();
    assert!(told.iter().any(|text| text.contains("marketing_messages_link_click")), "{told:?}");
    let insights = app.get(&format!("/marketing/{ACCOUNT}/insights?date_preset=today")).await.json();
    assert_eq!(insights["data"][0]["marketing_messages_link_btn_click"], "1");
}

#[tokio::test]
async fn a_link_of_a_card_leads_where_its_own_card_says() {
    let app = tracking().await;
    let card = |shop: &str| {
        json!({"components": [{"type": "HEADER", "format": "IMAGE"}, {"type": "BUTTONS", "buttons": [
            {"type": "URL", "text": "Look", "url": format!("https://{shop}.example/{{{{1}}}}")}]}]})
    };
    let components =
        json!([{"type": "BODY", "text": "New in"}, {"type": "CAROUSEL", "cards": [card("a"), card("b")]}]);
    let shop = templates().into_iter().find(|template| template.name == "shop").unwrap();
    let (components, extra) = (components.to_string(), r#"{"click_tracking":true}"#.to_owned());
    app.change(vec![RegistryChange::PutTemplate(Template { components, extra, ..shop })]).await;
    let filled = |index: usize| {
        json!({"card_index": index, "components": [
            {"type": "header", "parameters": [{"type": "image", "image": {"link": "https://a.example/i.png"}}]},
            {"type": "button", "sub_type": "url", "index": 0, "parameters": [{"type": "text", "text": format!("n{index}")}]}]})
    };
    let body = json!({
        "messaging_product": "whatsapp", "recipient_type": "individual", "to": "919812345678", "type": "template",
        "message_activity_sharing": true,
        "template": {"name": "shop", "language": {"policy": "deterministic", "code": "en"}, "components": [
            {"type": "carousel", "cards": [filled(1), filled(0)]}]}});
    let answer = app.post("/marketing_messages", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    let id = wamid::decode(&app.state.wamid_key, &app.leave().await).unwrap();
    for (card, leads) in [(0, "https://a.example/n0"), (1, "https://b.example/n1"), (2, "")] {
        let place = Place::on_card(card, 0).unwrap();
        let token = app.state.clicks.as_ref().unwrap().token((ACCOUNT, id), place, START);
        let led = app.call("GET", &format!("/c/{token}"), &[PHONE], "").await;
        assert_eq!(led.header("location"), leads, "{card}");
    }
    assert_eq!(learnt(&app).await, ["sent", "click", "click"]);
}

#[tokio::test]
async fn what_is_not_shared_is_led_on_and_not_kept() {
    let app = tracking().await;
    app.account_endpoint("https://hook.example/").await;
    let (_, path) = sent(&app, "919812345678", "boots", false).await;
    let led = app.call("GET", &path, &[PHONE], "").await;
    assert_eq!((led.status.as_u16(), led.header("location")), (302, "https://example.com/boots"));
    assert_eq!(learnt(&app).await, [""; 0]);
    assert!(app.take(HOOK).await.is_empty());
}

#[tokio::test]
async fn forged_ended_and_straying_links_lead_nowhere() {
    let app = tracking().await;
    let (id, path) = sent(&app, "919812345678", "boots", true).await;
    let forged = Clicks::new("https://go.example", [8; 32]).token((ACCOUNT, id), Place::of(1), START);
    for wrong in [
        "/c/x".to_owned(),
        format!("/c/{forged}"),
        format!("{path}?to=https://evil.example"),
        "/c/%20".to_owned(),
    ] {
        let answer = app.call("GET", &wrong, &[PHONE], "").await;
        match wrong.contains("evil") {
            // A query says nothing.
            true => assert_eq!(answer.header("location"), "https://example.com/boots"),
            false => assert_eq!(answer.status, 404, "{wrong}"),
        }
    }
    let no_link = app.state.clicks.as_ref().unwrap().token((ACCOUNT, id), Place::of(0), START);
    assert_eq!(app.call("GET", &format!("/c/{no_link}"), &[PHONE], "").await.status, 410);
    app.clock.advance(Duration::from_hours(24 * 61));
    assert_eq!(app.call("GET", &path, &[PHONE], "").await.status, 410);
    let plain = TestApp::new().await;
    assert_eq!(plain.call("GET", &path, &[PHONE], "").await.status, 404, "no click host");
}

#[tokio::test]
async fn tracking_is_asked_for_and_needs_a_host_and_a_link() {
    let body = |buttons: Value, wanted: Value| {
        json!({"name": "fresh", "language": "en", "category": "MARKETING", "click_tracking": wanted, "components": [
            {"type": "BODY", "text": "New in"}, {"type": "BUTTONS", "buttons": buttons}]})
    };
    let link = || json!([{"type": "URL", "text": "Look", "url": "https://shop.example/{{1}}", "example": ["https://shop.example/a"]}]);
    let bare = json!([{"type": "URL", "text": "Look", "url": "https://shop.example/"}]);
    let plain = TestApp::new().await;
    let refused = plain.post("/message_templates", &body(link(), json!(true))).await;
    assert!(
        refused.status == 400 && refused.json().to_string().contains("clicks.public_url"),
        "{}",
        refused.json()
    );
    let app = tracking().await;
    for (buttons, wanted) in [(bare, json!(true)), (link(), json!("yes"))] {
        let refused = app.post("/message_templates", &body(buttons, wanted)).await;
        assert!(
            refused.status == 400 && refused.json().to_string().contains("click_tracking"),
            "{}",
            refused.json()
        );
    }
    let made = app.post("/message_templates", &body(link(), json!(true))).await.json();
    let shown = app.get(&format!("/message_templates/{}", made["id"].as_str().unwrap())).await.json();
    assert_eq!(shown["click_tracking"], true);
    assert!(
        shown["components"].to_string().contains("https://shop.example/"),
        "the customer's own words: {shown}"
    );
}

async fn dataset(app: &TestApp) -> String {
    app.post("/marketing/dataset", &json!({})).await.json()["id"].as_str().unwrap().to_owned()
}

fn bought(ph: &Value, id: &str, secs: i64) -> Value {
    json!({"event_name": "Purchase", "event_time": secs, "event_id": id, "action_source": "website",
        "user_data": {"ph": ph}, "custom_data": {"value": "12.50", "currency": "eur"}})
}

#[tokio::test]
async fn conversions_are_put_down_to_what_was_clicked_and_counted_once() {
    let app = tracking().await;
    let path = format!("/marketing/{}/events", dataset(&app).await);
    let (_, link) = sent(&app, "919812345678", "boots", true).await;
    let (_, other) = sent(&app, "919812345679", "boots", false).await;
    for link in [&link, &other] {
        app.call("GET", link, &[PHONE], "").await;
    }
    app.clock.advance(Duration::from_hours(24 * 6));
    let now = app.clock.now().secs();
    let hash: String = Sha256::digest(b"919812345678").iter().map(|byte| format!("{byte:02x}")).collect();
    let data = json!([
        bought(&json!("+91 98123 45678"), "a", now - 60),
        bought(&json!([hash]), "b", now - 50),
        bought(&json!(hash), "b", now - 50),
        bought(&json!("919812345679"), "c", now - 60),
        bought(&json!("919812345670"), "d", now - 60),
    ]);
    let answer = app.post(&path, &json!({"data": data})).await.json();
    assert_eq!((&answer["events_received"], &answer["messages"]), (&json!(5), &json!([])));
    app.post(&path, &json!({"data": data})).await;
    assert_eq!(learnt(&app).await, ["sent", "click", "conversion", "conversion"]);
    let insights = app.get(&format!("/marketing/{ACCOUNT}/insights?date_preset=maximum")).await.json();
    let row = &insights["data"][0];
    assert_eq!(
        (&row["marketing_messages_website_purchase"], &row["marketing_messages_website_purchase_values"]),
        (&json!("2"), &json!("25"))
    );
    assert_eq!(
        (&row["marketing_messages_app_purchase"], &row["marketing_messages_sent"]),
        (&json!("0"), &json!("1"))
    );
    // Seven days after the click it is nobody's doing any more.
    app.clock.advance(Duration::from_hours(25));
    let late = bought(&json!("919812345678"), "e", app.clock.now().secs());
    app.post(&path, &json!({"data": [late]})).await;
    assert_eq!(learnt(&app).await.len(), 4);
}

#[tokio::test]
async fn a_wrong_event_refuses_the_call_and_names_itself() {
    let app = tracking().await;
    let id = dataset(&app).await;
    let (path, now) = (format!("/marketing/{id}/events"), app.clock.now().secs());
    let with = |change: &dyn Fn(&mut Value)| {
        let mut event = bought(&json!("919812345678"), "a", now);
        change(&mut event);
        json!({"data": [bought(&json!("919812345678"), "z", now), event]})
    };
    for (body, says) in [
        (with(&|e| e["event_time"] = json!(now - 8 * 86_400)), "data[1].event_time: is more than 7 days ago"),
        (with(&|e| e["event_time"] = json!(now + 3_600)), "data[1].event_time: is in the future"),
        (with(&|e| e["event_name"] = json!("")), "data[1].event_name"),
        (with(&|e| e["user_data"] = json!({})), "data[1].user_data.ph"),
        (with(&|e| e["user_data"] = json!({"ph": "me"})), "data[1].user_data.ph"),
        (
            with(&|e| e["custom_data"] = json!({"value": "x", "currency": "EUR"})),
            "data[1].custom_data: value",
        ),
        (with(&|e| e["custom_data"] = json!({"value": 1})), "data[1].custom_data: currency"),
        (json!({"data": []}), "1 to 1000"),
        (json!({"data": vec![json!({}); 2]}), "event_name"),
        (json!({}), "data"),
    ] {
        let (status, code, details) = app.post(&path, &body).await.error();
        assert!((status, code) == (400, 100) && details.contains(says), "{details}, not {says}");
    }
    assert_eq!(app.post("/marketing/5/events", &json!({"data": []})).await.status, 404);
    assert_eq!(learnt(&app).await, [""; 0], "nothing of a refused call is taken");
}
