//! How marketing is ordered, as operators and customers see it.

use serde_json::json;
use stentor::minds::Outlook;
use stentor_core::learning::{Decided, Record};
use stentor_core::outcome::{Next, Outcome};
use stentor_core::schedule::{Explanation, Flag};
use stentor_core::wamid;
use stentor_store::{BeginSend, SendRecord};

use crate::support::app::*;

const PATH: &str = "/admin/v1/delivery";

#[tokio::test]
async fn an_account_says_how_its_marketing_is_ordered() {
    let app = TestApp::new().await;
    assert_eq!(app.get(PATH).await.json(), json!({"mode": null, "templates": [], "competing": []}));
    let set = |body: serde_json::Value| {
        let app = &app;
        async move { app.call("PATCH", PATH, &[], body.to_string()).await }
    };
    assert_eq!(set(json!({"mode": "balanced"})).await.json()["mode"], "balanced");
    let with =
        set(json!({"template": 1, "template_mode": "best_hour", "template_goal": "click"})).await.json();
    assert_eq!(with["mode"], "balanced", "what is not said stays");
    assert_eq!(with["templates"], json!([{"template_id": "1", "mode": "best_hour", "goal": "click"}]));
    let without =
        set(json!({"mode": null, "template": "1", "template_mode": null, "template_goal": null})).await;
    assert_eq!(without.json(), json!({"mode": null, "templates": [], "competing": []}));
    for (body, field) in [
        (json!({"mode": "soon"}), "mode"),
        (json!({"template_mode": "early"}), "template"),
        (json!({"template": "x"}), "template"),
        (json!({"template": 1, "template_goal": "fame"}), "template_goal"),
        (json!({"speed": 1}), "speed"),
    ] {
        let refused = set(body).await;
        assert_eq!((refused.status.as_u16(), &refused.json()["error"]["field"]), (400, &json!(field)));
    }
    assert_eq!(set(json!({"template": 999, "template_mode": "early"})).await.status, 404);
}

/// A message that left by such a decision, and its name.
async fn left(app: &TestApp, record: Vec<u8>) -> String {
    assert_eq!(app.post("/marketing_messages", &specification()).await.status, 200);
    let (store, now) = (&app.state.store, app.clock.now());
    let claimed = store.claim(now, ACCOUNT, CHANNEL, 1).await.unwrap().remove(0);
    let (id, lease) = (claimed.message.id, std::time::Duration::from_secs(60));
    let decided = Decided { record: record.into(), ..Decided::at(60) };
    let begin = BeginSend::at_rate((ACCOUNT, CHANNEL), vec![id], lease, 80);
    store.begin_send(now, BeginSend { decided: vec![Some(Box::new(decided))], ..begin }).await.unwrap();
    let upstream_id = wamid::encode(&app.state.wamid_key, id, &claimed.body.address);
    let outcome = Outcome::Taken { upstream_id: upstream_id.clone(), held: false };
    let (next, own_id) = (Next::Done, true);
    let taken = SendRecord { message: id, account: ACCOUNT, attempt: 1, outcome, next, own_id };
    store.record_sends(now, vec![taken]).await.unwrap();
    upstream_id
}

fn record() -> Vec<u8> {
    let explanation = Explanation {
        p: 0.5,
        variance: 0.25,
        is_baseline: false,
        contributions: vec![stentor_core::engagement::Contribution {
            words: stentor_core::engagement::NAMES[6][0],
            logits: 0.75,
        }],
        slot_price: 0.125,
        budget_price: 0.0,
        index: 0.25,
        flag: Flag::Planned,
        model_version: 400,
    };
    Record { explanation, is_slice: false, usual: 0.5 }.bytes()
}

#[tokio::test]
async fn a_timeline_says_why_a_message_left_when_it_did() {
    let app = TestApp::new().await;
    let planned = left(&app, record()).await;
    let shown = app.get(&format!("/admin/v1/messages/{planned}")).await.json();
    let decision = &shown["decision"];
    let says = "It left because now was the best time left for it. Likely to engage: 50.0 %: reads more often than others (+0.75).";
    assert_eq!((&decision["sentence"], &decision["by"]), (&json!(says), &json!("planned")));
    assert_eq!((&decision["likely"], &decision["model_version"]), (&json!(0.5), &json!(400)));
    let sending =
        shown["events"].as_array().unwrap().iter().find(|event| event["event"] == "sending").unwrap();
    assert_eq!(sending["reason"], format!("attempt 1: {says}"));
    let alone = left(&app, Vec::new()).await;
    let shown = app.get(&format!("/admin/v1/messages/{alone}")).await.json();
    assert_eq!(shown["decision"]["by"], "at_once");
    app.post("/messages", &specification()).await;
    let classic = app.leave().await;
    assert_eq!(app.get(&format!("/admin/v1/messages/{classic}")).await.json()["decision"], json!(null));
}

#[tokio::test]
async fn a_lift_is_not_claimed_before_it_can_be_measured() {
    let app = TestApp::new().await;
    left(&app, record()).await;
    app.clock.advance(std::time::Duration::from_hours(25));
    let lift = app.get(&format!("{PATH}/lift?days=7&template=1")).await.json();
    assert_eq!((&lift["verdict"], &lift["planned"]["people"]), (&json!("not_measurable_yet"), &json!(1)));
    assert!(lift["interval"].is_null() && lift["needed"].is_null(), "{lift}");
    assert!(lift["sentence"].as_str().unwrap().starts_with("Not measurable yet"), "{lift}");
    assert_eq!(app.get(&format!("{PATH}/lift?template=2")).await.json()["planned"]["people"], 0);
    assert_eq!(app.get(&format!("{PATH}/lift?days=0")).await.status, 400);
}

#[tokio::test]
async fn expiries_that_can_be_foreseen_are_said_when_a_message_is_accepted() {
    let app = TestApp::new().await;
    let outlook = Outlook { waiting: 9_000, expiries: 120, ..Outlook::default() };
    app.state.minds.expect(CHANNEL, Some(outlook));
    let answer = app.post("/marketing_messages", &specification()).await;
    assert!(answer.header("x-stentor-warning").contains("120 of them will expire"), "{:?}", answer.headers);
    let classic = app.post("/messages", &specification()).await;
    assert_eq!(classic.header("x-stentor-warning"), "", "the classic way waits for nobody");
    assert_eq!(app.get(PATH).await.json()["competing"][0]["expected_expiries"], 120);
}
