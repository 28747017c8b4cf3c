//! Templates managed over HTTP: lists and their pages, what is stored and shown again, archiving, comparing, unpausing.

use std::time::Duration;

use serde_json::{Value, json};
use stentor::api::Review;
use stentor_core::message::{StatusKind, UpstreamStatus};
use stentor_core::registry::Template;
use stentor_core::template::{Health, Quality, TemplateStatus};
use stentor_store::RegistryChange;

use crate::api_template_rules::definition;
use crate::support::app::*;

fn names(list: &Value) -> Vec<&str> {
    list["data"].as_array().unwrap().iter().map(|t| t["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn lists_are_filtered() {
    let app = TestApp::new().await;
    let mut green = templates().remove(1);
    green.health = Health { quality: Quality::Green, quality_at: Some(START), ..Health::default() };
    app.change(vec![RegistryChange::PutTemplate(green)]).await;
    for (query, expected) in [
        ("name_or_content=HI%20", vec!["greeting", "named"]),
        ("name_or_content=greet", vec!["greeting"]),
        ("content=new%20in", vec!["shop"]),
        ("quality_score=GREEN", vec!["greeting"]),
        ("status=%5B%22PAUSED%22,%22DISABLED%22%5D", vec!["fixture_paused", "fixture_disabled"]),
        ("category=UTILITY,AUTHENTICATION", vec!["order_update", "login_code"]),
        ("language=de", vec![]),
    ] {
        let list = app.get(&format!("/message_templates?{query}")).await.json();
        assert_eq!(names(&list), expected, "{query}");
    }
    for query in ["quality_score=PURPLE", "category=NEWS", "limit=0", "before=x"] {
        let refused = app.get(&format!("/message_templates?{query}")).await;
        assert_eq!(refused.status, 400, "{query}");
    }
    let rated = app.get("/message_templates/2?fields=quality_score").await.json();
    let date = START.secs();
    assert_eq!(rated, json!({"id": "2", "quality_score": {"score": "GREEN", "date": date}}));
    let legacy = app.get("/v1/configs/templates?name=greeting").await.json();
    let score = &legacy["waba_templates"][0]["quality_score"];
    assert_eq!(*score, json!({"score": "GREEN", "reasons": null}));
}

#[tokio::test]
async fn pages_link_to_their_neighbours() {
    let app = TestApp::new().await;
    let host = [("host", "twin.example:8080"), ("x-forwarded-proto", "https")];
    let path = "/message_templates?limit=3&fields=name,quality_score%7Bscore%7D&category=MARKETING";
    let first = app.call("GET", path, &host, "").await.json();
    assert_eq!(first["paging"].get("previous"), None);
    let next = first["paging"]["next"].as_str().unwrap();
    assert!(next.starts_with("https://twin.example:8080/message_templates?"), "{next}");
    let second = app.get(next.strip_prefix("https://twin.example:8080").unwrap()).await.json();
    assert_eq!(second["data"][0].as_object().unwrap().len(), 3, "id and the fields asked for");
    assert_eq!(names(&second), ["shop", "fixture_pending", "fixture_paused"]);
    let back = app.get(second["paging"]["previous"].as_str().unwrap()).await.json();
    assert_eq!(back["data"], first["data"]);
    let plain = app.get("/message_templates?limit=1").await.json();
    assert!(plain["paging"]["next"].as_str().unwrap().starts_with("/message_templates?limit=1&after="));
    let alias = app.get("/marketing/message_templates?limit=1").await.json();
    assert!(alias["paging"]["next"].as_str().unwrap().starts_with("/marketing/message_templates?"));
}

#[tokio::test]
async fn pages_stay_as_they_are_while_templates_are_created() {
    let app = TestApp::new().await;
    let (mut seen, mut next) = (Vec::new(), Some("/message_templates?limit=2".to_owned()));
    let mut n = 0;
    while let Some(path) = next {
        let page = app.get(&path).await.json();
        seen.extend(names(&page).into_iter().map(str::to_owned));
        next = page["paging"]["next"].as_str().map(str::to_owned);
        if n < 5 {
            assert_eq!(
                app.post("/message_templates", &definition(&format!("meanwhile_{n}"))).await.status,
                200
            );
        }
        n += 1;
    }
    for template in templates() {
        assert_eq!(seen.iter().filter(|name| **name == template.name).count(), 1, "{}", template.name);
    }
    let mut once = seen.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), seen.len(), "nothing twice");
}

#[tokio::test]
async fn a_summary_counts() {
    let app = TestApp::new().await;
    let list = app
        .get("/message_templates?limit=1&category=UTILITY&summary=total_count,message_template_limit")
        .await;
    assert_eq!(list.json()["summary"], json!({"total_count": 1, "message_template_limit": 6_000}));
}

#[tokio::test]
async fn what_is_passed_through_is_shown_again() {
    let app = TestApp::new().await;
    let mut body = definition("passed_through");
    body["sub_category"] = json!("custom");
    body["cta_url_link_tracking_opted_out"] = json!(true);
    body["library_template_name"] = json!("delivery_update_1");
    body["bid_spec"] = json!({"bid_amount": 100});
    body["degrees_of_freedom_spec"] =
        json!({"creative_features_spec": {"image_touchups": {"enroll_status": "OPT_IN"}}});
    let id = app.post("/message_templates", &body).await.json()["id"].as_str().unwrap().to_owned();
    let shown = app.get(&format!("/marketing/{id}")).await.json();
    assert_eq!(shown["sub_category"], "CUSTOM");
    assert_eq!(shown["cta_url_link_tracking_opted_out"], true);
    assert_eq!(shown["library_template_name"], "delivery_update_1");
    assert_eq!(shown["bid_spec"], json!({"bid_amount": 100}));
    assert_eq!(
        shown["degrees_of_freedom_spec"]["creative_features_spec"],
        json!([{"key": "image_touchups", "value": {"enroll_status": "OPT_IN"}}])
    );
    assert!(shown["last_updated_time"].is_string());
    let list = app.get("/v1/configs/templates?name=passed_through").await.json();
    let row = &list["waba_templates"][0];
    assert!(row["created_by"]["user_name"].as_str().unwrap().starts_with("API key "), "{row}");
    assert_eq!(row["modified_by"], row["created_by"]);
    assert_eq!((&row["updated_external"], &row["rejected_reason"]), (&json!(false), &json!("NONE")));
    assert!(row["partner_id"].as_str().unwrap().ends_with("PA"));
    let other = app.get("/v1/configs/templates?name=greeting").await.json();
    assert_eq!(other["waba_templates"][0]["namespace"], row["namespace"], "one for the account");
}

#[tokio::test]
async fn an_archived_template_is_not_sent_until_it_is_back() {
    let app = TestApp::reviewed().await;
    app.account_endpoint("https://example.com/hook").await;
    let ids = json!({"hsm_ids": ["1", 2, "7", "999"]});
    let away = app.post("/message_templates/archive", &ids).await;
    assert_eq!(away.status, 200);
    let away = away.json();
    assert_eq!(away["archived_templates"], json!(["1", "2"]));
    assert_eq!(away["failed_templates"].as_object().unwrap().keys().collect::<Vec<_>>(), ["7", "999"]);
    assert!(away["failed_templates"]["7"]["error"].as_str().unwrap().contains("Only approved or rejected"));
    let events: Vec<_> = app.told().await.into_iter().map(|value| value["event"].clone()).collect();
    assert_eq!(events, ["ARCHIVED", "ARCHIVED"]);
    assert!(matches!(app.asked().await, Review::Archive(_)));
    assert_eq!(app.get("/message_templates/1").await.json()["status"], "ARCHIVED");
    assert_eq!(
        app.get("/v1/configs/templates?name=greeting").await.json()["waba_templates"][0]["status"],
        "archived"
    );
    let refused = app.post("/messages", &specification()).await;
    assert_eq!(refused.error().1, 132_001);
    assert!(refused.error().2.contains("ARCHIVED"), "{:?}", refused.error());
    let edit = json!({"components": [{"type": "BODY", "text": "New words"}]});
    assert_eq!(app.post("/message_templates/1", &edit).await.status, 400);

    let back = app.post("/message_templates/unarchive", &json!({"hsm_ids": "1,8"})).await.json();
    assert_eq!(back["unarchived_templates"], json!(["1"]));
    assert!(back["failed_templates"]["8"]["error"].is_string());
    assert_eq!(app.told().await[0]["event"], "UNARCHIVED");
    assert_eq!(app.post("/messages", &specification()).await.status, 200);
    for bad in
        [json!({}), json!({"hsm_ids": []}), json!({"hsm_ids": vec!["1"; 101]}), json!({"hsm_ids": ["x"]})]
    {
        assert_eq!(app.post("/message_templates/archive", &bad).await.error().1, 100, "{bad}");
    }
}

#[tokio::test]
async fn a_rejected_template_comes_back_rejected() {
    let app = TestApp::new().await;
    app.post("/message_templates/archive", &json!({"hsm_ids": ["10"]})).await;
    app.post("/message_templates/unarchive", &json!({"hsm_ids": ["10"]})).await;
    assert_eq!(app.get("/message_templates/10").await.json()["status"], "REJECTED");
}

#[tokio::test]
async fn graph_says_why_as_text() {
    let app = TestApp::new().await;
    let bearer = [("authorization", "Bearer a-key-for-tests-AK")];
    let path = format!("/v23.0/{ACCOUNT}/message_templates/archive");
    let body = json!({"hsm_ids": ["1", "7"]}).to_string();
    let away = app.call("POST", &path, &bearer, body).await.json();
    assert_eq!(away["archived_templates"], json!(["1"]));
    assert!(away["failed_templates"]["7"].is_string(), "{away}");
}

async fn send(app: &TestApp, name: &str, to: &str) -> String {
    let mut body = of_template(name, &json!([]));
    body["to"] = json!(to);
    assert_eq!(app.post("/messages", &body).await.status, 200);
    app.leave().await
}

#[tokio::test]
async fn two_templates_are_compared_by_their_messages() {
    let app = TestApp::new().await;
    for to in ["491701111111", "491701111112"] {
        send(&app, "marketing_text_no_param", to).await;
    }
    let stopped = send(&app, "order_update", "491701111113").await;
    let message = stentor_core::wamid::decode(&app.state.wamid_key, &stopped).expect("ours");
    let status = UpstreamStatus {
        channel: CHANNEL,
        upstream_id: stopped,
        message: Some(message),
        mark: None,
        recipient: None,
        status: stentor_core::message::Status {
            kind: StatusKind::Failed { code: 131_050, detail: String::new() },
            at: app.clock.now(),
        },
    };
    app.state.store.record_statuses(app.clock.now(), ACCOUNT, vec![status]).await.unwrap();
    app.clock.advance(Duration::from_mins(1));
    let end = app.clock.now().secs();
    let path = |days: i64, other: &str| {
        format!("/message_templates/5/compare?template_ids={other}&start={}&end={end}", end - days * 86_400)
    };
    let told = app.get(&path(7, "%5B1%5D")).await;
    assert_eq!(told.status, 200, "{}", told.json());
    let expected = json!({"data": [
        {"metric": "BLOCK_RATE", "type": "RELATIVE", "order_by_relative_metric": ["1", "5"]},
        {"metric": "MESSAGE_SENDS", "type": "NUMBER_VALUES",
            "number_values": [{"key": "5", "value": 1}, {"key": "1", "value": 2}]},
        {"metric": "TOP_BLOCK_REASON", "type": "STRING_VALUES",
            "string_values": [{"key": "5", "value": "UNKNOWN_BLOCK_REASON"}]},
    ]});
    assert_eq!(told.json(), expected);
    let by_hand = app.get("/admin/v1/templates/5/compare?with=1&days=30").await.json();
    assert_eq!(by_hand, expected);
    for (path, status) in [
        (path(8, "1"), 400),
        (path(7, "5"), 400),
        (path(7, "1,2"), 400),
        (path(7, "999"), 404),
        ("/message_templates/5/compare?template_ids=1".to_owned(), 400),
        ("/message_templates/999/compare?template_ids=1&start=1&end=2".to_owned(), 404),
        ("/admin/v1/templates/5/compare?with=1&days=8".to_owned(), 400),
    ] {
        assert_eq!(app.get(&path).await.status.as_u16(), status, "{path}");
    }
}

fn paused(until: Option<Duration>) -> Template {
    let health = Health {
        pauses: u32::from(until.is_some()),
        paused_until: until.map(|d| START + d),
        ..Health::default()
    };
    Template { health, modified_by: "network".to_owned(), modified_at: START, ..templates().remove(7) }
}

#[tokio::test]
async fn a_pause_of_pacing_ends_by_hand_after_five_minutes() {
    let app = TestApp::reviewed().await;
    app.account_endpoint("https://example.com/hook").await;
    app.change(vec![RegistryChange::PutTemplate(paused(None))]).await;
    let unpause = || app.call("POST", "/message_templates/8/unpause", &[], "");
    let soon = unpause().await.json();
    assert!(soon["error"]["error_user_msg"].as_str().unwrap().contains("5 minutes"), "{soon}");
    app.clock.advance(Duration::from_mins(5));
    assert_eq!(unpause().await.json(), json!({"success": true}));
    assert!(matches!(app.asked().await, Review::Unpause(t) if t.status == TemplateStatus::Paused));
    assert_eq!(app.told().await[0]["event"], "APPROVED");
    assert_eq!(app.get("/message_templates/8").await.json()["status"], "APPROVED");
    assert_eq!(unpause().await.status, 400, "it is not paused any more");
    assert_eq!(app.call("POST", "/message_templates/999/unpause", &[], "").await.status, 404);
}

#[tokio::test]
async fn a_pause_for_quality_ends_by_itself() {
    let app = TestApp::new().await;
    app.change(vec![RegistryChange::PutTemplate(paused(Some(Duration::from_hours(3))))]).await;
    app.clock.advance(Duration::from_hours(1));
    let refused = app.call("POST", "/message_templates/8/unpause", &[], "").await.json();
    assert!(refused["error"]["error_user_msg"].as_str().unwrap().contains("ends by itself"), "{refused}");
}

#[tokio::test]
async fn an_id_is_deleted_with_its_own_name_only() {
    let app = TestApp::new().await;
    let wrong = app.delete("/message_templates?hsm_id=2&name=shop").await;
    assert_eq!((wrong.error().0, wrong.error().1), (400, 100));
    assert_eq!(
        app.delete("/message_templates?hsm_id=2&name=greeting").await.json(),
        json!({"success": true})
    );
    let many: Vec<String> = (0..101).map(|n| n.to_string()).collect();
    assert_eq!(app.delete(&format!("/message_templates?hsm_ids={}", many.join(","))).await.status, 400);
}

#[tokio::test]
async fn a_ttl_is_edited_without_a_review_and_handed_on() {
    let app = TestApp::reviewed().await;
    let edited = app.post("/message_templates/1", &json!({"message_send_ttl_seconds": 43_200})).await.json();
    assert_eq!(
        edited,
        json!({"success": true, "id": "1", "name": "marketing_text_no_param", "category": "MARKETING"})
    );
    assert!(matches!(app.asked().await, Review::Change(t) if t.ttl_secs == Some(43_200)));
    let shown = app.get("/message_templates/1").await.json();
    assert_eq!((&shown["status"], &shown["message_send_ttl_seconds"]), (&json!("APPROVED"), &json!(43_200)));
}

#[tokio::test]
async fn the_library_is_empty_and_says_so() {
    let app = TestApp::new().await;
    let library = app.get("/message_template_library?search=delivery&limit=10").await;
    assert_eq!(library.status, 200);
    assert_eq!(library.json()["data"], json!([]));
    assert!(library.json()["paging"].is_object());
    let wrong = [("d360-api-key", "wrong")];
    assert_eq!(app.call("GET", "/message_template_library", &wrong, "").await.status, 401);
}

#[tokio::test]
async fn an_operator_archives_and_unpauses() {
    let app = TestApp::new().await;
    let path = |verb: &str| format!("/admin/v1/accounts/{ACCOUNT}/templates/1/{verb}");
    let away = app.post(&path("archive"), &json!({})).await;
    assert_eq!((away.status.as_u16(), &away.json()["status"]), (200, &json!("ARCHIVED")));
    assert!(away.json()["archived_at"].is_string());
    assert_eq!(app.post(&path("archive"), &json!({})).await.status, 409);
    assert_eq!(app.post(&path("unarchive"), &json!({})).await.json()["status"], "APPROVED");
    assert_eq!(app.post(&path("unpause"), &json!({})).await.status, 400);
    let fixture = format!("/admin/v1/accounts/{ACCOUNT}/templates/8/unpause");
    assert_eq!(app.post(&fixture, &json!({})).await.json()["status"], "APPROVED");
}

#[tokio::test]
async fn a_sample_is_shown_as_a_url_and_may_be_given_back() {
    let app = TestApp::reviewed().await;
    let mut body = definition("with_a_picture");
    let header =
        json!({"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["4::aW1hZ2UvanBlZw==:x"]}});
    body["components"].as_array_mut().unwrap().insert(0, header);
    let id = app.post("/message_templates", &body).await.json()["id"].as_str().unwrap().to_owned();
    let Review::Submit(made) = app.asked().await else { panic!("submitted") };
    assert!(made.components.contains("4::aW1hZ2UvanBlZw==:x"));
    let path = format!("/message_templates/{id}");
    let shown = app.get(&path).await.json();
    let url = shown["components"][0]["example"]["header_handle"][0].as_str().unwrap();
    assert!(url.starts_with("https://scontent.whatsapp.net/") && url.contains(".jpg?"), "{url}");
    let key = ("with_a_picture", "en");
    stentor::api::verdicts::reviewed(&app.state, ACCOUNT, key, stentor::api::verdicts::Verdict::Approved)
        .await
        .unwrap();
    let edit = json!({"components": shown["components"], "message_send_ttl_seconds": 43_200});
    assert_eq!(app.post(&path, &edit).await.status, 200);
    assert_eq!(app.get(&path).await.json()["status"], "APPROVED", "the same sample needs no review");
    assert!(matches!(app.asked().await, Review::Change(t) if t.components == made.components));
}

#[tokio::test]
async fn a_mirror_follows_its_upstream_to_the_end() {
    use stentor::api::verdicts::{gone, mirrored};
    let app = TestApp::new().await;
    app.account_endpoint("https://example.com/hook").await;
    let name = ("marketing_text_no_param", "en");
    for status in [TemplateStatus::InAppeal, TemplateStatus::Archived, TemplateStatus::Approved] {
        mirrored(&app.state, ACCOUNT, name, (status, None), (None, None)).await.unwrap();
        let shown = app.get("/message_templates/1").await.json();
        assert_eq!(shown["status"], status.as_str());
        let sent = app.post("/messages", &specification()).await.status;
        assert_eq!(sent == 200, status == TemplateStatus::Approved, "{status}");
    }
    let events: Vec<_> = app.told().await.into_iter().map(|value| value["event"].clone()).collect();
    assert_eq!(events, ["IN_APPEAL", "ARCHIVED", "APPROVED"]);
    let scored = (None, Some(Quality::Yellow));
    for told in [1, 0] {
        mirrored(&app.state, ACCOUNT, name, (TemplateStatus::Approved, None), scored).await.unwrap();
        assert_eq!(app.told().await.len(), told, "told when it changes");
    }
    assert_eq!(
        app.get("/message_templates/1?fields=quality_score").await.json()["quality_score"]["score"],
        "YELLOW"
    );
    gone(&app.state, ACCOUNT, vec![stentor_core::id::TemplateId(1)]).await.unwrap();
    assert_eq!(app.told().await[0]["event"], "DELETED");
    assert_eq!(app.get("/message_templates/1").await.status, 404);
    assert_eq!(app.post("/messages", &specification()).await.error().1, 132_001);
    let again = definition("marketing_text_no_param");
    assert_eq!(
        app.post("/message_templates", &again).await.status,
        200,
        "the upstream locks names, if anybody"
    );
}

#[tokio::test]
async fn an_uploaded_sample_is_kept_with_its_template() {
    let app = TestApp::new().await;
    let jpeg = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01".to_vec();
    let query = format!("/uploads?file_length={}&file_type=image/jpeg", jpeg.len());
    let session = app.call("POST", &query, &[], "").await.json()["id"].as_str().unwrap().to_owned();
    let written = app.call("POST", &format!("/{session}"), &[("file_offset", "0")], jpeg).await.json();
    let handle = written["h"].as_str().unwrap_or_else(|| panic!("no handle: {written}")).to_owned();
    let mut body = definition("with_a_sample");
    let header = json!({"type": "HEADER", "format": "IMAGE", "example": {"header_handle": [handle]}});
    body["components"].as_array_mut().unwrap().insert(0, header);
    assert_eq!(app.post("/message_templates", &body).await.status, 200);
    app.clock.advance(Duration::from_hours(365 * 24));
    let named = stentor_core::media::Handle::decode(&app.state.media.url_key, &handle).expect("ours");
    let sample = app.state.store.media(app.clock.now(), ACCOUNT, named.media).await.unwrap();
    assert!(sample.is_some(), "a year later");
}
