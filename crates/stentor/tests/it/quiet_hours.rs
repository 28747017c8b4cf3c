//! Quiet hours at the door: what is held until when, what is warned of, and what the timeline says.

use std::time::Duration;

use serde_json::{Value, json};
use stentor_core::message::{State, WaitReason};
use stentor_core::quiet_hours::QuietHours;

use super::support::app::{ACCOUNT, CHANNEL, TestApp, specification};

const HOUR: Duration = Duration::from_hours(1);

/// At 21:00 in London (the clock begins at 08:00Z).
async fn at_night() -> TestApp {
    let app = TestApp::with(|account, _| account.quiet_hours = QuietHours::parse("21:00-08:00").ok()).await;
    app.clock.advance(HOUR * 13);
    app
}

fn with(change: impl FnOnce(&mut Value)) -> Value {
    let mut request = specification();
    change(&mut request);
    request
}

#[tokio::test]
async fn marketing_is_held_until_the_morning_and_says_whose() {
    let app = at_night().await;
    let answer = app.post("/marketing_messages", &specification()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("x-stentor-held"), "quiet_hours; until=2027-01-16T08:00:00.000Z");
    let view = app.messages().await.remove(0);
    assert_eq!((view.message.state, view.message.wait), (State::Waiting, Some(WaitReason::QuietHours)));
    assert_eq!(view.message.due.unwrap().to_string(), "2027-01-16T08:00:00.000Z");
    let name = answer.json()["messages"][0]["id"].as_str().unwrap().replace('=', "%3D");
    let timeline = app.get(&format!("/admin/v1/messages/{name}")).await.json();
    assert_eq!(
        timeline["events"][1]["reason"],
        "quiet_hours until 2027-01-16T08:00:00.000Z: quiet hours 21:00-08:00 in Europe/London (by its country GB)"
    );
    assert!(app.state.store.claim(app.clock.now(), ACCOUNT, CHANNEL, 9).await.unwrap().is_empty());
    // Without quiet hours nothing holds it any more.
    let path = format!("/admin/v1/accounts/{ACCOUNT}");
    app.call("PATCH", &path, &[], json!({"quiet_hours": null}).to_string()).await;
    assert_eq!(app.state.store.claim(app.clock.now(), ACCOUNT, CHANNEL, 9).await.unwrap().len(), 1);
}

#[tokio::test]
async fn where_it_is_day_or_they_wrote_themselves_it_goes() {
    let app = at_night().await;
    let goes = async |request: &Value| {
        let answer = app.post("/marketing_messages", request).await;
        assert_eq!(answer.status, 200, "{:?}", answer.json());
        answer.header("x-stentor-held").is_empty()
    };
    // 13:00 in Los Angeles; 16:00 to 14:00 between Toronto and Edmonton.
    assert!(goes(&with(|r| r["to"] = json!("12135550123"))).await);
    assert!(!goes(&with(|r| r["to"] = json!("4915112345678"))).await);
    app.post("/admin/v1/people/set", &json!({"number": "4915112345678", "time_zone": "America/New_York"}))
        .await;
    app.clock.advance(Duration::from_secs(60));
    assert!(goes(&with(|r| r["to"] = json!("4915112345678"))).await, "their own zone wins");
    app.post("/admin/v1/people/set", &json!({"number": "12135550123", "time_zone": "Europe/Berlin"})).await;
    assert!(!goes(&with(|r| r["to"] = json!("12135550123"))).await);
    let message = json!({"from": "441234567890", "id": "wamid.in1", "timestamp": app.clock.now().secs().to_string(), "type": "text", "text": {"body": "Hi"}});
    stentor::api::inbound::wrote(&app.state, ACCOUNT, CHANNEL, json!({"wa_id": "441234567890"}), message)
        .await
        .unwrap();
    assert!(goes(&specification()).await, "they are awake");
    let utility = with(|r| {
        r["to"] = json!("4915112345670");
        r["type"] = json!("text");
        r["text"] = json!({"body": "Your parcel is here"});
        r.as_object_mut().unwrap().shift_remove("template");
    });
    assert_eq!(app.post("/messages", &utility).await.header("x-stentor-held"), "", "no marketing");
}

#[tokio::test]
async fn a_deadline_in_the_night_is_warned_of_at_once_and_ends_it() {
    let app = TestApp::with(|account, _| account.quiet_hours = QuietHours::parse("21:00-20:00").ok()).await;
    app.clock.advance(HOUR * 13);
    let short = with(|r| r["message_send_ttl_seconds"] = json!(43_200));
    let answer = app.post("/marketing_messages", &short).await;
    assert_eq!(answer.status, 200);
    let warned = "the person's quiet hours last past the deadline: it will fail with 410 unless they change";
    assert!(answer.header("x-stentor-warning").contains(warned), "{}", answer.header("x-stentor-warning"));
    let view = app.messages().await.remove(0);
    assert!(view.events.iter().any(|(_, event)| event.detail.as_deref() == Some(warned)));
    // The second look ends it, and says why.
    let (store, now) = (&app.state.store, app.clock.now());
    let claimed = store.claim(now, ACCOUNT, CHANNEL, 1).await.unwrap().remove(0);
    let facts = app.state.directory.snapshot();
    let (account, channel) = (facts.account(ACCOUNT).unwrap(), facts.channel(CHANNEL).unwrap());
    let known = claimed.person.known(&claimed.body.address);
    let again = stentor_core::admission::readmit(&claimed.message, account, channel, None, known, now);
    let details =
        "quiet hours 21:00-20:00 in Europe/London (by its country GB) last past its deadline".to_owned();
    assert_eq!(again, stentor_core::admission::Again::Drop { code: 410, details });
}
