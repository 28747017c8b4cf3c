//! Templates in both shapes, their life, and the reviewer's verdicts.

use std::time::Duration;

use serde_json::{Value, json};
use stentor::api::Review;
use stentor::api::verdicts::{Verdict, reviewed};
use stentor_core::template::{RejectedReason, TemplateStatus};
use stentor_store::{DeliveryItem, RegistryChange};

use crate::support::app::*;

fn definition(name: &str) -> Value {
    json!({"name": name, "language": "en", "category": "MARKETING",
        "components": [{"type": "BODY", "text": format!("Hi {{{{1}}}}, here is {name}!"),
            "example": {"body_text": [["Ann"]]}}]})
}

#[tokio::test]
async fn the_legacy_list_has_360dialogs_shape() {
    let app = TestApp::new().await;
    let list = app.get("/v1/configs/templates?limit=2&offset=1&sort=-name").await;
    assert_eq!(list.status, 200);
    let list = list.json();
    assert_eq!((&list["count"], &list["limit"], &list["offset"]), (&json!(2), &json!(2), &json!(1)));
    assert_eq!(
        (&list["total"], &list["sort"], &list["filters"]),
        (&json!(11), &json!(["-name"]), &json!({}))
    );
    let one = &list["waba_templates"][0];
    assert_eq!((&one["name"], &one["status"]), (&json!("order_update"), &json!("approved")));
    assert!(one["id"].as_str().unwrap().ends_with("WT"));
    let all = app.get("/v1/configs/templates").await.json();
    assert_eq!((&all["limit"], &all["sort"]), (&json!(1_000), &json!(["id"])));
}

#[tokio::test]
async fn the_legacy_list_filters() {
    let app = TestApp::new().await;
    for (query, names) in [
        ("filters=%7B%22status%22%3A%22submitted%22%7D", vec!["fixture_pending"]),
        ("filters=%7B%22business_templates.name%22%3A%22named%22%7D", vec!["named"]),
        ("filters=%7B%22id%22%3A%2200000000000000000004WT%22%7D", vec!["shop"]),
        ("name=greeting", vec!["greeting"]),
        (
            "filters=%7B%22category%22%3A%5B%22UTILITY%22%2C%22authentication%22%5D%7D",
            vec!["order_update", "login_code"],
        ),
    ] {
        let list = app.get(&format!("/v1/configs/templates?{query}")).await.json();
        let got: Vec<_> =
            list["waba_templates"].as_array().unwrap().iter().map(|t| t["name"].clone()).collect();
        assert_eq!(got, names, "{query}");
    }
    for query in ["filters=no", "filters=%7B%22colour%22%3A1%7D", "limit=0", "limit=x"] {
        let answer = app.get(&format!("/v1/configs/templates?{query}")).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["meta"]["success"]),
            (400, &json!(false)),
            "{query}"
        );
    }
}

#[tokio::test]
async fn a_legacy_creation_is_201_submitted_and_handed_to_the_reviewer() {
    let app = TestApp::reviewed().await;
    let made = app.post("/v1/configs/templates", &definition("summer_sale")).await;
    assert_eq!(made.status, 201);
    let made = made.json();
    assert_eq!((&made["status"], &made["rejected_reason"]), (&json!("submitted"), &json!(null)));
    assert_eq!(made["components"][0]["example"]["body_text"][0][0], "Ann");
    match app.asked().await {
        Review::Submit(template) => assert_eq!(template.name, "summer_sale"),
        other => panic!("{other:?}"),
    }
    let refused = app.post("/messages", &of_template("summer_sale", &json!([]))).await;
    assert!(refused.error().2.contains("PENDING"));
}

#[tokio::test]
async fn a_meta_creation_is_200_with_id_status_and_category() {
    let app = TestApp::new().await;
    let mut wanted = definition("summer_sale");
    wanted["message_send_ttl_seconds"] = json!(86_400);
    let made = app.post("/message_templates", &wanted).await;
    assert_eq!(made.status, 200);
    let made = made.json();
    assert_eq!((&made["status"], &made["category"]), (&json!("PENDING"), &json!("MARKETING")));
    let shown = app.get(&format!("/message_templates/{}", made["id"].as_str().unwrap())).await.json();
    assert_eq!((&shown["name"], &shown["message_send_ttl_seconds"]), (&json!("summer_sale"), &json!(86_400)));
    let fields =
        app.get(&format!("/message_templates/{}?fields=name,status", made["id"].as_str().unwrap())).await;
    assert_eq!(fields.json().as_object().unwrap().keys().collect::<Vec<_>>(), ["id", "name", "status"]);
}

#[tokio::test]
async fn the_meta_list_pages_in_both_directions() {
    let app = TestApp::new().await;
    let first = app.get("/message_templates?limit=4&fields=name").await.json();
    assert_eq!(first["data"].as_array().unwrap().len(), 4);
    let after = first["paging"]["cursors"]["after"].as_str().unwrap();
    let second = app.get(first["paging"]["next"].as_str().unwrap()).await.json();
    assert_eq!(second["data"][0]["name"], "order_update");
    let before = second["paging"]["cursors"]["before"].as_str().unwrap();
    let back = app.get(&format!("/message_templates?limit=4&fields=name&before={before}")).await.json();
    assert_eq!(back["data"], first["data"]);
    let last = app.get(&format!("/message_templates?limit=100&after={after}")).await.json();
    assert_eq!(last["paging"].get("next"), None);
    assert_eq!(app.get("/message_templates?after=nonsense").await.error().1, 131_059);
    let approved = app.get("/message_templates?status=PENDING&category=marketing&language=en").await.json();
    assert_eq!(approved["data"].as_array().unwrap().len(), 1);
    assert_eq!(app.get("/message_templates?status=HAPPY").await.error().1, 100);
}

#[tokio::test]
async fn what_cannot_be_created_blames_its_field() {
    let app = TestApp::new().await;
    let change = |pointer: &str, value: Value| {
        let mut body = definition("summer_sale");
        *body.pointer_mut(pointer).unwrap() = value;
        body
    };
    let mut short = definition("summer_sale");
    short["message_send_ttl_seconds"] = json!(120);
    let cases = [
        (change("/name", json!("Summer Sale")), "name", Some(2_388_046)),
        (change("/name", json!("greeting")), "name", Some(2_388_024)),
        (change("/components/0/text", json!("{{1}} hi")), "body.text", Some(2_388_299)),
        (change("/components/0/text", json!("x".repeat(1_025))), "body.text", Some(2_388_040)),
        (short, "message_send_ttl_seconds", None),
    ];
    for (body, field, subcode) in cases {
        for path in ["/message_templates", "/v1/configs/templates"] {
            let answer = app.post(path, &body).await;
            let told = answer.json();
            assert_eq!((answer.status.as_u16(), &told["error"]["code"]), (400, &json!(100)), "{told}");
            assert_eq!(told["error"]["error_subcode"].as_u64(), subcode, "{told}");
            assert_eq!(told["error"]["error_data"]["blame_field_specs"], json!([[field]]));
        }
    }
    let in_use = app.post("/v1/configs/templates", &definition("greeting")).await.json();
    let words = "you have provided is already in use. Please choose a different name for your template.";
    assert!(in_use["meta"]["developer_message"].as_str().unwrap().contains(words));
    assert_eq!(app.call("POST", "/message_templates", &[], "{").await.status, 400);
}

#[tokio::test]
async fn ttl_ranges_follow_the_category() {
    let app = TestApp::new().await;
    for (category, secs, fine) in [
        ("MARKETING", 43_200, true),
        ("MARKETING", -1, false),
        ("UTILITY", 30, true),
        ("UTILITY", 43_201, false),
        ("AUTHENTICATION", -1, true),
        ("AUTHENTICATION", 901, false),
    ] {
        let mut body =
            definition(&format!("t{}_{}", category.to_lowercase(), secs.to_string().replace('-', "m")));
        body["category"] = json!(category);
        body["message_send_ttl_seconds"] = json!(secs);
        assert_eq!(app.post("/message_templates", &body).await.status == 200, fine, "{category} {secs}");
    }
}

#[tokio::test]
async fn a_deleted_name_is_locked_for_thirty_days_and_its_messages_stay() {
    let app = TestApp::new().await;
    app.post("/messages", &specification()).await;
    let gone = app.delete("/v1/configs/templates/marketing_text_no_param").await;
    assert_eq!(gone.status, 200);
    assert_eq!(app.post("/messages", &specification()).await.error().1, 132_001);
    assert_eq!(app.messages().await.len(), 1);
    let again = definition("marketing_text_no_param");
    assert_eq!(app.post("/message_templates", &again).await.json()["error"]["error_subcode"], 2_388_023);
    app.clock.advance(Duration::from_hours(30 * 24));
    assert_eq!(app.post("/message_templates", &again).await.status, 200);
}

#[tokio::test]
async fn every_way_of_deleting() {
    let app = TestApp::new().await;
    for path in [
        "/v1/configs/templates/greeting",
        "/v1/configs/templates?name=named",
        "/v1/configs/templates/00000000000000000004WT",
        "/v1/configs/templates/5",
        "/message_templates?name=login_code",
        "/message_templates?hsm_id=7&name=fixture_pending",
        "/message_templates?hsm_ids=%5B%2210%22%2C%2211%22%5D",
    ] {
        assert_eq!(app.delete(path).await.status, 200, "{path}");
        assert_eq!(app.delete(path).await.status, 404, "{path} again");
    }
    let left = app.get("/v1/configs/templates").await.json();
    assert_eq!(left["total"], 3);
    assert_eq!(app.delete("/message_templates").await.error().1, 100);
    assert_eq!(app.delete("/message_templates?name=fixture_disabled").await.status, 400);
}

#[tokio::test]
async fn an_edit_goes_to_review_again_and_is_limited() {
    let app = TestApp::reviewed().await;
    let edit = |text: &str| json!({"components": [{"type": "BODY", "text": text}]});
    assert_eq!(app.post("/message_templates/1", &edit("Better!")).await.json()["success"], true);
    assert!(matches!(app.asked().await, Review::Submit(_)));
    assert_eq!(app.get("/message_templates/1").await.json()["status"], "PENDING");
    assert_eq!(
        app.post("/message_templates/1", &edit("Best!")).await.status,
        400,
        "not while it is in review"
    );
    let key = ("marketing_text_no_param", "en");
    reviewed(&app.state, ACCOUNT, key, Verdict::Approved).await.unwrap();
    let soon = app.post("/message_templates/1", &edit("Best!")).await;
    assert!(soon.json()["error"]["error_user_msg"].as_str().unwrap().contains("24 hours"));
    app.clock.advance(Duration::from_hours(24));
    assert_eq!(
        app.post("/message_templates/1", &json!({"message_send_ttl_seconds": 43_200})).await.status,
        200
    );
    assert_eq!(app.get("/message_templates/1").await.json()["status"], "APPROVED", "a TTL needs no review");
    let category = app.post("/message_templates/2", &json!({"category": "UTILITY"})).await;
    assert_eq!(category.json()["error"]["error_data"]["blame_field_specs"], json!([["category"]]));
    assert_eq!(app.post("/message_templates/999", &edit("x")).await.status, 404);
}

#[tokio::test]
async fn verdicts_move_templates_and_are_told() {
    let app = TestApp::new().await;
    app.post("/v1/configs/webhook", &json!({"url": "https://example.com/hook"})).await;
    let key = ("fixture_pending", "en");
    let rejected = Verdict::Rejected(RejectedReason::Scam);
    reviewed(&app.state, ACCOUNT, key, rejected).await.unwrap();
    let shown = app.get("/message_templates/7").await.json();
    assert_eq!((&shown["status"], &shown["rejected_reason"]), (&json!("REJECTED"), &json!("SCAM")));
    reviewed(&app.state, ACCOUNT, key, Verdict::Approved).await.unwrap();
    assert_eq!(app.get("/message_templates/7").await.json()["status"], "REJECTED", "nothing was in review");
    let greeting = ("greeting", "en");
    let paused = Verdict::Paused { title: "FIRST_PAUSE".to_owned(), until: None };
    reviewed(&app.state, ACCOUNT, greeting, paused).await.unwrap();
    assert_eq!(app.get("/message_templates/2").await.json()["status"], "PAUSED");
    reviewed(&app.state, ACCOUNT, greeting, Verdict::Unpaused).await.unwrap();
    assert_eq!(app.get("/message_templates/2").await.json()["status"], "APPROVED");
    reviewed(&app.state, ACCOUNT, ("gone", "en"), Verdict::Approved).await.unwrap();

    app.change(vec![RegistryChange::PutTemplate(pinned_pending())]).await;
    reviewed(&app.state, ACCOUNT, ("pinned", "en"), Verdict::Approved).await.unwrap();
    assert_eq!(app.get("/message_templates/12").await.json()["status"], "PENDING", "pinned stays as it is");
}

fn pinned_pending() -> stentor_core::registry::Template {
    let mut template = templates().remove(6);
    template.id = stentor_core::id::TemplateId(12);
    template.name = "pinned".to_owned();
    template.status = TemplateStatus::Pending;
    template.pinned = true;
    template
}

#[tokio::test]
async fn an_approval_is_told_to_the_account_and_starts_the_sync() {
    let app = TestApp::new().await;
    app.account_endpoint("https://example.com/hook").await;
    reviewed(&app.state, ACCOUNT, ("fixture_pending", "en"), Verdict::Approved).await.unwrap();
    let endpoint = app.state.directory.snapshot().own_endpoint(ACCOUNT, None).unwrap().id;
    let told = app.state.store.claim_deliveries(app.clock.now(), endpoint, 10).await.unwrap();
    let [delivery] = told.as_slice() else { panic!("{told:?}") };
    let DeliveryItem::Notice { field, value, .. } = &delivery.item else { panic!("{delivery:?}") };
    let value: Value = serde_json::from_str(value).unwrap();
    assert_eq!(field, "message_template_status_update");
    assert_eq!(
        (&value["event"], &value["message_template_name"]),
        (&json!("APPROVED"), &json!("fixture_pending"))
    );
    let send = of_template("fixture_pending", &json!([]));
    assert_eq!(app.post("/marketing_messages", &send).await.error().1, 134_101);
    app.clock.advance(Duration::from_mins(10));
    assert_eq!(app.post("/marketing_messages", &send).await.status, 200);
}

#[tokio::test]
async fn template_paths_need_a_key_and_say_so_in_their_shape() {
    let app = TestApp::new().await;
    let wrong = [("d360-api-key", "wrong")];
    let meta = app.call("GET", "/message_templates?limit=1", &wrong, "").await;
    assert_eq!((meta.status.as_u16(), meta.json()), (401, json!({"error": "Invalid api token."})));
    let config = app.call("GET", "/v1/configs/templates", &wrong, "").await;
    assert_eq!(config.json()["meta"]["http_code"], 401);
    assert_eq!(config.json()["error"], "Invalid api token.");
}

#[tokio::test]
async fn a_body_that_is_no_object_is_refused_on_every_write() {
    let app = TestApp::new().await;
    for path in [
        "/message_templates/archive",
        "/message_templates/unarchive",
        "/message_templates",
        "/v1/configs/templates",
    ] {
        for body in ["[null, null]", "7", "\"x\"", "null"] {
            assert_eq!(app.call("POST", path, &[], body).await.status.as_u16(), 400, "{path} {body}");
        }
    }
}
