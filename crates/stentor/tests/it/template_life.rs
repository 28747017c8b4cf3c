//! What becomes of a template after it is made: category, verdicts, scores, pauses, time; and the webhooks that tell.

use std::time::Duration;

use serde_json::{Value, json};
use stentor::api::verdicts::{Verdict, reviewed};
use stentor::api::{UpstreamWebhook, upkeep};
use stentor_core::id::EndpointId;
use stentor_core::registry::Template;
use stentor_core::template::{Category, Quality, RejectedReason, TemplateStatus};
use stentor_core::webhook;
use stentor_store::{DeliveryItem, RegistryChange};

use crate::support::app::*;

const SALE: (&str, &str) = ("marketing_text_no_param", "en");

async fn listening() -> TestApp {
    let app = TestApp::new().await;
    app.account_endpoint("https://example.com/hook").await;
    app
}

/// What was told since, as (field, value); ids are numbers and nothing else is missing.
async fn told(app: &TestApp) -> Vec<(String, Value)> {
    let of = |delivery: stentor_store::Delivery| match delivery.item {
        DeliveryItem::Notice { field, value, .. } => {
            let value: Value = serde_json::from_str(&value).unwrap();
            assert!(value["message_template_id"].is_i64(), "{value}");
            assert!(
                value["message_template_name"].is_string() && value["message_template_language"].is_string()
            );
            (field, value)
        }
        item @ DeliveryItem::Status { .. } => panic!("{item:?}"),
    };
    app.take(EndpointId(1)).await.into_iter().map(of).collect()
}

async fn set(app: &TestApp, id: i64, what: Value) -> Answer {
    app.post(&format!("/admin/v1/templates/{id}/set"), &what).await
}

/// Runs what time does until nothing more is due.
async fn pass(app: &TestApp, by: Duration) {
    app.clock.advance(by);
    while upkeep::step(&app.state).await.unwrap().is_some_and(|next| next <= app.clock.now()) {}
}

fn shown(app: &TestApp, id: i64) -> Template {
    let snapshot = app.state.directory.snapshot();
    let found = snapshot.all_templates().find(|of| of.template.id.0 == id);
    Template::clone(&found.unwrap_or_else(|| panic!("no template {id}")).template)
}

#[tokio::test]
async fn a_promotional_utility_template_is_made_as_marketing() {
    let app = listening().await;
    let create = |name: &str, text: &str| {
        json!({"name": name, "language": "en", "category": "UTILITY", "allow_category_change": false,
            "message_send_ttl_seconds": 600, "components": [{"type": "BODY", "text": text}]})
    };
    let made =
        app.post("/message_templates", &create("offer", "Our summer sale is on! 30% off everything.")).await;
    assert_eq!(made.json()["category"], "MARKETING", "{:?}", made.json());
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let offer = app.get(&format!("/message_templates/{id}")).await.json();
    assert_eq!((&offer["category"], &offer["previous_category"]), (&json!("MARKETING"), &Value::Null));
    assert_eq!(offer["message_send_ttl_seconds"], Value::Null, "600 s is no TTL of marketing");
    let update = app.post("/message_templates", &create("update", "Your parcel is out for delivery.")).await;
    assert_eq!(update.json()["category"], "UTILITY");
    assert!(told(&app).await.is_empty(), "the answer says it");
}

#[tokio::test]
async fn an_edit_is_told_with_its_components() {
    let app = listening().await;
    let components = json!([
        {"type": "HEADER", "format": "TEXT", "text": "News"},
        {"type": "BODY", "text": "We moved to a new street."},
        {"type": "FOOTER", "text": "The shop"},
        {"type": "BUTTONS", "buttons": [
            {"type": "QUICK_REPLY", "text": "Fine"},
            {"type": "URL", "text": "Map", "url": "https://example.com/map"},
            {"type": "PHONE_NUMBER", "text": "Call", "phone_number": "+15550001111"}]}]);
    assert_eq!(app.post("/message_templates/1", &json!({"components": components})).await.status, 200);
    let [(field, value)] = &told(&app).await[..] else { panic!("one") };
    assert_eq!(field, "message_template_components_update");
    let expected = json!({
        "message_template_id": 1, "message_template_name": SALE.0, "message_template_language": "en",
        "message_template_element": "We moved to a new street.", "message_template_title": "News",
        "message_template_footer": "The shop",
        "message_template_buttons": [
            {"message_template_button_type": "QUICK_REPLY", "message_template_button_text": "Fine"},
            {"message_template_button_type": "URL", "message_template_button_text": "Map",
             "message_template_button_url": "https://example.com/map"},
            {"message_template_button_type": "PHONE_NUMBER", "message_template_button_text": "Call",
             "message_template_button_phone_number": "+15550001111"}],
    });
    assert_eq!(*value, expected);
}

#[tokio::test]
async fn red_pauses_for_three_hours_then_six_then_for_ever() {
    let app = listening().await;
    let send = specification();
    for (title, hours) in [("FIRST_PAUSE", 3), ("SECOND_PAUSE", 6)] {
        assert_eq!(set(&app, 1, json!({"quality": "red"})).await.json()["status"], "PAUSED");
        let [(quality, score), (status, paused)] = &told(&app).await[..] else { panic!("two") };
        assert_eq!(
            (quality.as_str(), status.as_str()),
            ("message_template_quality_update", "message_template_status_update")
        );
        assert_eq!(
            (&score["previous_quality_score"], &score["new_quality_score"]),
            (&json!("UNKNOWN"), &json!("RED"))
        );
        assert_eq!((&paused["event"], &paused["other_info"]["title"]), (&json!("PAUSED"), &json!(title)));
        assert_eq!(
            (&paused["reason"], &paused["message_template_category"]),
            (&json!("NONE"), &json!("MARKETING"))
        );
        assert_eq!(app.post("/marketing_messages", &send).await.error().1, 132_015);
        pass(&app, Duration::from_hours(hours) - Duration::from_millis(1)).await;
        assert!(told(&app).await.is_empty());
        pass(&app, Duration::from_millis(1)).await;
        let [(_, back)] = &told(&app).await[..] else { panic!("one") };
        assert_eq!((&back["event"], &back["other_info"]["title"]), (&json!("APPROVED"), &json!("UNPAUSE")));
        assert_eq!(shown(&app, 1).health.quality, Quality::Unknown);
        assert_eq!(app.post("/marketing_messages", &send).await.status, 200);
    }
    assert_eq!(set(&app, 1, json!({"quality": "RED"})).await.json()["status"], "DISABLED");
    let [_, (_, disabled)] = &told(&app).await[..] else { panic!("two") };
    assert_eq!(
        (&disabled["event"], &disabled["other_info"]["title"]),
        (&json!("DISABLED"), &json!("DISABLED"))
    );
    assert_eq!(disabled["disable_info"]["disable_date"], app.clock.now().secs());
    pass(&app, Duration::from_hours(1_000)).await;
    assert_eq!(app.post("/marketing_messages", &send).await.error().1, 132_016);
    assert_eq!(set(&app, 1, json!({"event": "REINSTATED"})).await.json()["status"], "APPROVED");
}

#[tokio::test]
async fn pacings_own_pause_needs_a_hand() {
    let app = listening().await;
    set(&app, 1, json!({"pause": "RATE_LIMITING_PAUSE"})).await;
    pass(&app, Duration::from_hours(100)).await;
    assert_eq!(shown(&app, 1).status, TemplateStatus::Paused);
    assert_eq!(app.post("/message_templates/1/unpause", &json!({})).await.status, 200);
    assert_eq!(shown(&app, 1).status, TemplateStatus::Approved);
    set(&app, 1, json!({"pause": "FIRST_PAUSE"})).await;
    assert_eq!(app.post("/message_templates/1/unpause", &json!({})).await.status, 400, "it ends by itself");
    for (what, field) in [
        (json!({"pause": "FIRST_PAUSE"}), "pause"),
        (json!({"quality": "UNKNOWN"}), "quality"),
        (json!({"category": "MARKETING"}), "category"),
        (json!({"event": "EATEN"}), "event"),
        (json!({}), "quality"),
    ] {
        let refused = set(&app, 1, what.clone()).await;
        assert_eq!(
            (refused.status.as_u16(), &refused.json()["error"]["field"]),
            (400, &json!(field)),
            "{what}"
        );
    }
}

#[tokio::test]
async fn a_category_comes_a_day_after_it_was_announced() {
    let app = listening().await;
    assert_eq!(set(&app, 5, json!({"correct_category": "MARKETING"})).await.json()["category"], "UTILITY");
    let at = (app.clock.now() + Duration::from_hours(24)).secs();
    let [(field, notice)] = &told(&app).await[..] else { panic!("one") };
    assert_eq!(field, "template_category_update");
    assert_eq!(
        (&notice["new_category"], &notice["correct_category"]),
        (&json!("UTILITY"), &json!("MARKETING"))
    );
    assert_eq!(
        (&notice["category_update_timestamp"], &notice["previous_category"]),
        (&json!(at), &Value::Null)
    );
    pass(&app, Duration::from_hours(23)).await;
    assert_eq!(shown(&app, 5).category, Category::Utility);
    pass(&app, Duration::from_hours(1)).await;
    let [(_, done)] = &told(&app).await[..] else { panic!("one") };
    assert_eq!((&done["previous_category"], &done["new_category"]), (&json!("UTILITY"), &json!("MARKETING")));
    assert_eq!((&done["correct_category"], shown(&app, 5).status), (&Value::Null, TemplateStatus::Approved));
    let listed = app.get("/message_templates/5").await.json();
    assert_eq!((&listed["category"], &listed["previous_category"]), (&json!("MARKETING"), &json!("UTILITY")));
    // At once, and the other way.
    set(&app, 5, json!({"category": "UTILITY"})).await;
    assert_eq!(told(&app).await[0].1["new_category"], "UTILITY");
}

#[tokio::test]
async fn rejections_and_warnings_are_told_in_full() {
    let app = listening().await;
    reviewed(
        &app.state,
        ACCOUNT,
        ("fixture_pending", "en"),
        Verdict::Rejected(RejectedReason::InvalidFormat),
    )
    .await
    .unwrap();
    let [(_, value)] = &told(&app).await[..] else { panic!("one") };
    assert_eq!((&value["event"], &value["reason"]), (&json!("REJECTED"), &json!("INVALID_FORMAT")));
    assert!(
        value["rejection_info"]["reason"].is_string()
            && value["rejection_info"]["recommendation"].is_string()
    );
    for event in ["FLAGGED", "REINSTATED", "LOCKED"] {
        set(&app, 1, json!({"event": event})).await;
        let [(_, value)] = &told(&app).await[..] else { panic!("one") };
        assert_eq!((&value["event"], shown(&app, 1).status), (&json!(event), TemplateStatus::Approved));
    }
}

#[tokio::test]
async fn what_is_deleted_is_gone_after_thirty_days_and_what_is_put_away_after_fiftyeight() {
    let app = listening().await;
    assert_eq!(app.delete("/message_templates?name=greeting").await.status, 200);
    let [(_, pending)] = &told(&app).await[..] else { panic!("one") };
    assert_eq!((&pending["event"], &pending["reason"]), (&json!("PENDING_DELETION"), &Value::Null));
    let archived = Template {
        status: TemplateStatus::Archived,
        archived_at: Some(app.clock.now()),
        archived_from: Some(TemplateStatus::Approved),
        ..shown(&app, 1)
    };
    app.change(vec![RegistryChange::PutTemplate(archived)]).await;
    pass(&app, Duration::from_hours(28 * 24)).await;
    let [(_, value)] = &told(&app).await[..] else { panic!("one") };
    assert_eq!((&value["event"], &value["message_template_id"]), (&json!("PENDING_DELETION"), &json!(1)));
    pass(&app, Duration::from_hours(2 * 24)).await;
    let [(_, value)] = &told(&app).await[..] else { panic!("one") };
    assert_eq!((&value["event"], &value["message_template_name"]), (&json!("DELETED"), &json!("greeting")));
    pass(&app, Duration::from_hours(28 * 24)).await;
    assert_eq!(told(&app).await[0].1["event"], "DELETED");
    let left = app.state.directory.snapshot().all_templates().filter(|of| of.template.id.0 < 3).count();
    assert_eq!(left, 0, "their rows are gone");
}

#[tokio::test]
async fn an_upstreams_webhooks_are_followed_and_carry_our_ids() {
    let app = TestApp::configured(|state| {
        let (app_secret, verify_token) = ("secret".to_owned(), String::new());
        state.upstream_webhook = Some(UpstreamWebhook { app_secret, verify_token });
    })
    .await;
    app.account_endpoint("https://example.com/hook").await;
    let hears = async |field: &str, mut value: Value| {
        value["message_template_id"] = json!(777_777);
        value["message_template_name"] = json!("order_update");
        value["message_template_language"] = json!("en");
        let body = json!({"object": "whatsapp_business_account",
            "entry": [{"id": ACCOUNT.to_string(), "changes": [{"field": field, "value": value}]}]});
        let body = body.to_string();
        let signature = format!("sha256={}", webhook::sign(b"secret", body.as_bytes()));
        let answer =
            app.call("POST", "/upstream/webhook", &[("x-hub-signature-256", &signature)], body).await;
        assert_eq!(answer.status, 200);
        let told = told(&app).await;
        assert!(told.iter().all(|(_, value)| value["message_template_id"] == 5), "{told:?}");
        told.into_iter().map(|(field, _)| field).collect::<Vec<_>>()
    };
    // Meta's own sample of a quality update carries the wrong field.
    let score = json!({"previous_quality_score": "GREEN", "new_quality_score": "YELLOW"});
    assert_eq!(
        hears("message_template_status_update", score.clone()).await,
        ["message_template_quality_update"]
    );
    assert_eq!(shown(&app, 5).health.quality, Quality::Yellow);
    assert!(hears("message_template_quality_update", score).await.is_empty(), "told twice, heard once");
    let impending =
        json!({"new_category": "UTILITY", "correct_category": "MARKETING", "category_update_timestamp": 5});
    assert_eq!(hears("template_category_update", impending).await, ["template_category_update"]);
    pass(&app, Duration::from_hours(48)).await;
    assert_eq!(shown(&app, 5).category, Category::Utility, "the upstream says when");
    let done = json!({"previous_category": "UTILITY", "new_category": "MARKETING"});
    assert_eq!(hears("template_category_update", done).await, ["template_category_update"]);
    assert_eq!(shown(&app, 5).category, Category::Marketing);
    let paused = json!({"event": "PAUSED", "reason": "NONE", "other_info": {"title": "FIRST_PAUSE"}});
    assert_eq!(hears("message_template_status_update", paused).await, ["message_template_status_update"]);
    assert_eq!((shown(&app, 5).status, shown(&app, 5).health.pauses), (TemplateStatus::Paused, 1));
    pass(&app, Duration::from_hours(48)).await;
    assert_eq!(shown(&app, 5).status, TemplateStatus::Paused, "the upstream ends it");
    let back = json!({"event": "APPROVED", "reason": "NONE", "other_info": {"title": "UNPAUSE"}});
    hears("message_template_status_update", back).await;
    assert_eq!(shown(&app, 5).status, TemplateStatus::Approved);
    let edited = json!({"message_template_element": "x"});
    assert_eq!(
        hears("message_template_components_update", edited).await,
        ["message_template_components_update"]
    );
    let appeal = json!({"event": "IN_APPEAL", "reason": "NONE"});
    assert_eq!(hears("message_template_status_update", appeal).await, ["message_template_status_update"]);
}
