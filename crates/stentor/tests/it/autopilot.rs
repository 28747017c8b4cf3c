//! The autopilot at the API: a template that people stop is held, says why wherever it is asked, and goes on when a person
//! resumes it; where it only watches, it holds nothing; the first messages of what is new are spread.

use std::time::Duration;

use serde_json::{Value, json};
use stentor::api::autopilot;
use stentor_core::consent::{Act, Entry, Source};
use stentor_core::id::{MessageId, TemplateId};
use stentor_core::message::{Status, StatusKind, UpstreamStatus};
use stentor_core::registry::{Autopilot, Template};
use stentor_store::{PersonNote, RegistryChange};

use super::support::app::{ACCOUNT, CHANNEL, START, TestApp, specification};

const TEMPLATE: TemplateId = TemplateId(1);

/// An account with this setting.
async fn app(mode: Autopilot) -> TestApp {
    TestApp::with(|account, _| account.autopilot = Some(mode)).await
}

fn to(n: u32) -> Value {
    let mut body = specification();
    body["to"] = json!(format!("4915112{n:05}"));
    body
}

/// So many people get the template, and so many of them stop the business's marketing.
async fn campaign(app: &TestApp, people: u32, stops: u32) {
    for n in 0..people {
        assert_eq!(app.post("/marketing_messages", &to(n)).await.status, 200);
        app.clock.advance(Duration::from_secs(10));
        let wamid = app.leave().await;
        let view = app.messages().await.into_iter().find(|view| view.body.is_some()).unwrap();
        delivered(app, &wamid, view.message.id).await;
        if n < stops {
            let at = app.clock.now();
            let entry = Entry::new(at, Act::OptedOut, Source::UserPreferences, None, "network");
            let note = PersonNote::Said { entry, address: None };
            app.state.store.note_person(ACCOUNT, view.message.recipient, note).await.unwrap();
        }
    }
}

async fn delivered(app: &TestApp, wamid: &str, id: MessageId) {
    let now = app.clock.now();
    let status = UpstreamStatus {
        channel: CHANNEL,
        upstream_id: wamid.to_owned(),
        message: Some(id),
        mark: None,
        recipient: None,
        status: Status { kind: StatusKind::Delivered, at: now },
    };
    app.state.store.record_statuses(now, ACCOUNT, vec![status]).await.unwrap();
}

async fn template(app: &TestApp) -> Value {
    let path = "/admin/v1/templates?name=marketing_text_no_param";
    app.get(path).await.json()["templates"][0].clone()
}

#[tokio::test]
async fn what_people_stop_is_held_until_a_person_resumes_it() {
    let app = app(Autopilot::Act).await;
    campaign(&app, 40, 8).await;
    autopilot::round(&app.state).await.unwrap();
    let held = template(&app).await["held"].clone();
    assert_eq!(held["fault"], "opt_outs", "{held}");
    assert!(held["detail"].as_str().unwrap().contains("of 40 people who got it stopped"), "{held}");
    // A message is still taken; it waits, and says for what.
    let answer = app.post("/marketing_messages", &to(900)).await.json();
    let wamid = answer["messages"][0]["id"].as_str().unwrap().to_owned();
    let shown = app.get(&format!("/admin/v1/messages/{wamid}")).await.json();
    let last = shown["events"].as_array().unwrap().last().unwrap()["reason"].as_str().unwrap().to_owned();
    assert!(last.starts_with("paused: template marketing_text_no_param is held by us since"), "{last}");
    let health = app.get("/health_status").await.json()["health_status"].clone();
    assert_eq!(health["can_send_message"], "LIMITED", "{health}");
    let audit = app.state.store.audit(ACCOUNT, None, 1).await.unwrap().remove(0);
    assert_eq!((audit.actor.as_str(), audit.action.as_str()), ("autopilot", "template.hold"));
    assert!(audit.detail.contains("held for opt_outs"), "{}", audit.detail);
    let status = app.get("/admin/v1/status").await.json();
    assert_eq!(status["autopilot"]["held"], 1);
    // Resumed: what it was held for is forgotten, and it is not held again for it.
    let resume = format!("/admin/v1/accounts/{ACCOUNT}/templates/{TEMPLATE}/resume");
    assert_eq!(app.post(&resume, &json!({})).await.json()["held"], Value::Null);
    autopilot::round(&app.state).await.unwrap();
    assert_eq!(template(&app).await["held"], Value::Null);
    assert_eq!(app.post(&resume, &json!({})).await.status, 400, "it is not held");
}

#[tokio::test]
async fn watched_it_is_only_doubted_and_off_not_even_that() {
    for (mode, doubted) in [(Autopilot::Watch, 1), (Autopilot::Off, 0)] {
        let app = app(mode).await;
        campaign(&app, 40, 8).await;
        autopilot::round(&app.state).await.unwrap();
        assert_eq!(template(&app).await["held"], Value::Null);
        let status = app.get("/admin/v1/status").await.json();
        assert_eq!(status["autopilot"]["templates"].as_array().unwrap().len(), doubted, "{mode:?}");
    }
}

#[tokio::test]
async fn the_first_messages_of_a_new_template_are_spread() {
    let app = app(Autopilot::Act).await;
    let snapshot = app.state.directory.snapshot();
    let row = Template::clone(&snapshot.template_by_id(ACCOUNT, TEMPLATE).unwrap().template);
    let new = Template { approved_at: Some(START), last_used_at: Some(app.clock.now()), ..row };
    app.change(vec![RegistryChange::PutTemplate(new)]).await;
    app.clock.advance(Duration::from_mins(11));
    let mut held = Vec::new();
    for n in 0..3 {
        let answer = app.post("/marketing_messages", &to(n)).await;
        assert_eq!(answer.status, 200);
        held.push(answer.headers.get("x-stentor-held").map(|held| held.to_str().unwrap().to_owned()));
    }
    assert_eq!(held[0], None, "the first goes at once");
    assert!(held[1].as_deref().unwrap().starts_with("slot; until="), "{held:?}");
    assert!(held[2] > held[1], "{held:?}");
}
