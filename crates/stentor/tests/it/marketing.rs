//! `/marketing/*`: what is counted from our own log, and what only looks like an ad account's.

use std::time::Duration;

use serde_json::json;
use stentor::api::inbound;
use stentor_core::message::{Status, StatusKind, UpstreamStatus};
use stentor_core::wamid;

use crate::support::app::*;

/// Sends the specification's request, with activity shared or not, and has it read.
async fn read(app: &TestApp, path: &str, shared: bool) {
    let mut body = specification();
    body["message_activity_sharing"] = json!(shared);
    assert_eq!(app.post(path, &body).await.status, 200);
    let id = app.leave().await;
    for (kind, after) in [(StatusKind::Sent, 1), (StatusKind::Delivered, 2), (StatusKind::Read, 3)] {
        let status = UpstreamStatus {
            channel: CHANNEL,
            upstream_id: id.clone(),
            message: wamid::decode(&app.state.wamid_key, &id),
            mark: None,
            recipient: None,
            status: Status { kind, at: app.clock.now() + Duration::from_secs(after) },
        };
        inbound::statuses(&app.state, ACCOUNT, vec![status]).await.unwrap();
    }
}

#[tokio::test]
async fn analytics_count_shared_messages_by_day_template_and_product() {
    let app = TestApp::new().await;
    let path = "/marketing/template_analytics";
    assert_eq!(app.get(&format!("{path}?template_ids=%5B1%5D")).await.error().1, 200_005);
    assert_eq!(
        app.call("POST", &format!("{path}?enable=true"), &[], "").await.json()["id"],
        ACCOUNT.to_string()
    );
    read(&app, "/marketing_messages", true).await;
    read(&app, "/marketing_messages", false).await;
    app.clock.advance(Duration::from_hours(24));
    read(&app, "/marketing_messages", true).await;
    read(&app, "/messages", true).await;
    let lite = format!("{path}?template_ids=%5B%221%22,2%5D&product_type=MARKETING_MESSAGES_LITE_API");
    let told = app.get(&lite).await.json();
    let points = told["data"][0]["data_points"].as_array().unwrap();
    assert_eq!(points.len(), 2, "a day each: {told}");
    assert_eq!(points[0]["end"], points[1]["start"]);
    for point in points {
        assert_eq!(
            (&point["template_id"], &point["sent"], &point["read"]),
            (&json!("1"), &json!(1), &json!(1))
        );
        assert_eq!(point["cost"], json!([{"type": "amount_spent", "value": 0.0}]));
    }
    let classic = app.get(&format!("{path}?template_ids=1&metric_types=READ")).await.json();
    assert_eq!(classic["data"][0]["product_type"], "cloud_api");
    let point = &classic["data"][0]["data_points"][0];
    assert_eq!((&point["read"], point.get("sent")), (&json!(1), None));
    let graph = [("authorization", "Bearer a-key-for-tests-AK")];
    let asked =
        app.call("GET", &format!("/v23.0/{ACCOUNT}/template_analytics?template_ids=1"), &graph, "").await;
    assert_eq!(asked.json()["data"][0]["data_points"].as_array().unwrap().len(), 1);
    for wrong in [
        "template_ids=%5B%5D",
        "template_ids=1&granularity=HOURLY",
        "template_ids=1&start=2020-01-01",
        "template_ids=1&metric_types=LIKES",
        "template_ids=1&product_type=X",
        "",
    ] {
        assert_eq!(app.get(&format!("{path}?{wrong}")).await.error().1, 100, "{wrong}");
    }
}

#[tokio::test]
async fn insights_are_decimal_strings_over_the_shared_log() {
    let app = TestApp::new().await;
    read(&app, "/marketing_messages", true).await;
    read(&app, "/marketing_messages", false).await;
    read(&app, "/messages", true).await;
    let path = format!("/marketing/{ACCOUNT}/insights");
    let row = app.get(&format!("{path}?date_preset=today")).await.json()["data"][0].clone();
    assert_eq!(
        (
            &row["marketing_messages_sent"],
            &row["marketing_messages_delivery_rate"],
            &row["marketing_messages_cost_per_delivered"]
        ),
        (&json!("1"), &json!("100"), &json!("0"))
    );
    let chosen = "fields=marketing_messages_read,marketing_messages_read_rate_benchmark&date_preset=today&time_increment=1";
    let of_template = app.get(&format!("/marketing/1/insights?{chosen}")).await.json();
    assert_eq!(
        of_template["data"],
        json!([{"marketing_messages_read": "1", "date_start": "2027-01-15", "date_stop": "2027-01-15"}])
    );
    let before = app.get(&format!("{path}?date_preset=yesterday")).await.json();
    assert_eq!(before["data"][0]["marketing_messages_sent"], "0");
    assert_eq!(app.get("/marketing/999/insights").await.status, 404);
    for wrong in ["fields=likes", "date_preset=ever", "breakdowns=age", "time_increment=7", "time_range=x"] {
        assert_eq!(app.get(&format!("{path}?{wrong}")).await.error().1, 100, "{wrong}");
    }
    let spec = "targeting_spec=%7B%22geo_locations%22%3A%7B%22countries%22%3A%5B%22IN%22%5D%7D%7D";
    let reach = app.get(&format!("/marketing/reachestimate?{spec}&date_interval=L1D")).await.json();
    assert_eq!(
        (&reach["estimates"][0]["lower_bound_deliveries"], &reach["estimates"][0]["users"]),
        (&json!(900), &json!(1_000))
    );
    assert_eq!(app.get("/marketing/reachestimate").await.error().1, 100);
    assert_eq!(app.get(&format!("/marketing/reachestimate?{spec}&date_interval=L2D")).await.error().1, 100);
}

#[tokio::test]
async fn a_dataset_is_made_once() {
    let app = TestApp::new().await;
    assert_eq!(app.get("/marketing/dataset").await.status, 404);
    let made = app.post("/marketing/dataset", &json!({"dataset_name": "Sales"})).await.json();
    assert_eq!(made["name"], "Sales");
    assert_eq!(app.post(&format!("/marketing/{CHANNEL}/dataset"), &json!({})).await.json(), made);
    assert_eq!(app.get(&format!("/marketing/{ACCOUNT}/dataset")).await.json(), made);
    assert_eq!(app.get("/marketing/9/dataset").await.status, 404);
    let id = made["id"].as_str().unwrap();
    assert_eq!(
        app.get(&format!("/marketing/dataset_quality?dataset_id={id}")).await.json(),
        json!({"web": []})
    );
    assert_eq!(app.get("/marketing/dataset_quality?dataset_id=1").await.status, 404);
    assert_eq!(app.post(&format!("/marketing/{ACCOUNT}/events"), &json!({"data": []})).await.status, 404);
}
