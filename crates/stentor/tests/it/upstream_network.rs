//! The connector against the network as a process of its own speaks: real sockets, real losses, signed webhooks.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use stentor::lifecycle::Lifecycle;
use stentor::network::{self, Options, Ready};
use stentor::outbound::{Limits, Outbound};
use stentor::upstream::cloud_api::{CloudApi, Settings};
use stentor::upstream::{Departure, Upstream};
use stentor_core::id::{AccountId, ChannelId, MessageId};
use stentor_core::outcome::{Ambiguous, Outcome};
use stentor_core::registry::{Channel, UpstreamKind};
use stentor_core::route::Route;
use stentor_core::template::Category;
use stentor_core::time::Timestamp;
use stentor_core::webhook::verify;
use stentor_simnet::journal::{Record, Said};
use stentor_simnet::{NetworkConfig, Profile};
use tokio::sync::{Barrier, mpsc};

use crate::support::process::PATIENCE;

const READER: &str = "441234567890";
const LOST_TAKEN: &str = "447700900052";
const LOST_NOT_TAKEN: &str = "447700900053";
const ERROR_TAKEN: &str = "447700900054";
const THROTTLED: &str = "447700900056";
const RESET_TAKEN: &str = "447700900058";
const RESET_NOT_TAKEN: &str = "447700900059";
const HELD: &str = "447700900061";

struct World {
    life: Lifecycle,
    ready: Ready,
    upstream: Upstream,
    journal: tempfile::NamedTempFile,
}

impl Drop for World {
    fn drop(&mut self) {
        self.life.stop();
    }
}

impl World {
    async fn new(options: Options) -> Self {
        let (life, journal) = (Lifecycle::new(), tempfile::NamedTempFile::new().expect("a file"));
        let options = Options {
            listen: "127.0.0.1:0".into(),
            config: NetworkConfig { throughput_per_sec: 10_000, ..NetworkConfig::default() },
            journal: Some(journal.path().to_owned()),
            profile: Profile { reply_ms: 0, ..Profile::default() },
            ..options
        };
        let (ready, _) = network::start(options, &life).await.expect("starts");
        let upstream = connector(&ready, &ready.token, PATIENCE);
        Self { life, ready, upstream, journal }
    }

    async fn send(&self, id: i64, to: &str) -> Outcome {
        self.upstream.send(departure(id, to)).await
    }

    fn journal(&self) -> Vec<Record> {
        let text = std::fs::read_to_string(self.journal.path()).expect("a journal");
        text.lines().map(|line| Record::parse(line).expect("a record")).collect()
    }

    async fn ask(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let outbound = Outbound::new(Limits { allow_private: true, ..Limits::default() }).expect("a client");
        let uri = format!("{}{path}", self.ready.url).parse().expect("a URL");
        let token = format!("Bearer {}", self.ready.token).parse().expect("a header");
        let headers = HeaderMap::from_iter([(axum::http::header::AUTHORIZATION, token)]);
        let method = method.parse().expect("a method");
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = outbound.ask(method, &uri, headers, body).await.expect("an answer");
        (answer.status.as_u16(), serde_json::from_slice(&answer.body).expect("JSON"))
    }
}

fn connector(ready: &Ready, token: &str, patience: Duration) -> Upstream {
    let limits = Limits { answer: patience, connect: patience, ..Limits::default() };
    let settings = Settings {
        base_url: ready.url.clone(),
        version: "v23.0".into(),
        media_base_url: String::new(),
        token: token.into(),
        limits,
    };
    Upstream::CloudApi(CloudApi::new(settings).expect("good settings"))
}

fn departure(id: i64, to: &str) -> Departure {
    let channel = Channel::new(
        ChannelId(106_540_352_242_922),
        AccountId(102_290_129_340_398),
        "15550783881",
        UpstreamKind::CloudApi,
        Timestamp::from_secs(0),
    );
    let payload = json!({
        "messaging_product": "whatsapp", "to": to, "type": "template",
        "template": {"name": "spring_sale", "language": {"code": "en"}, "message_send_ttl_seconds": 43_200},
        "message_activity_sharing": true,
    });
    Departure {
        id: MessageId(id),
        attempt: 1,
        wamid: "wamid.ours".into(),
        channel: Arc::new(channel),
        template: None,
        category: Some(Category::Marketing),
        sharing: true,
        route: Route::Optimised,
        address: to.into(),
        payload: payload.to_string().into_bytes(),
        ttl: Duration::from_secs(43_200),
        window_open: false,
        leaves_before: Timestamp::NEVER,
        reference: None,
    }
}

/// A customer's side: answers with what the test queued, then with 200, and gives every POST with its answer to the test.
struct Receiver {
    url: String,
    posts: mpsc::UnboundedReceiver<Post>,
}

struct Post {
    signature: String,
    body: String,
    answer: StatusCode,
}

#[derive(Clone)]
struct Desk {
    said: mpsc::UnboundedSender<Post>,
    answers: Arc<std::sync::Mutex<Vec<StatusCode>>>,
    /// Nobody is answered before so many have come.
    together: Arc<Barrier>,
}

async fn take(State(desk): State<Desk>, headers: HeaderMap, body: String) -> StatusCode {
    desk.together.wait().await;
    let signature = headers.get("x-hub-signature-256").and_then(|s| s.to_str().ok()).unwrap_or_default();
    let answer = desk.answers.lock().expect("unpoisoned").pop().unwrap_or(StatusCode::OK);
    let _ = desk.said.send(Post { signature: signature.to_owned(), body, answer });
    answer
}

async fn receiver(life: &Lifecycle, answers: Vec<StatusCode>, together: usize) -> Receiver {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
    let (said, posts) = mpsc::unbounded_channel();
    let answers = Arc::new(std::sync::Mutex::new(answers));
    let desk = Desk { said, answers, together: Arc::new(Barrier::new(together)) };
    let challenge = |uri: axum::http::Uri| async move {
        let query = uri.query().unwrap_or_default().to_owned();
        query.split('&').find_map(|pair| pair.strip_prefix("hub.challenge=")).unwrap_or_default().to_owned()
    };
    let router =
        axum::Router::new().route("/hook", axum::routing::post(take).get(challenge)).with_state(desk);
    let stop = life.clone();
    life.start(async move {
        let serving = axum::serve(listener, router);
        let _ = serving.with_graceful_shutdown(async move { stop.stopping().await }).await;
    });
    Receiver { url, posts }
}

fn statuses(body: &str) -> Vec<Value> {
    let envelope: Value = serde_json::from_str(body).expect("JSON");
    let entries = envelope["entry"].as_array().expect("entries").clone();
    let changes = entries.iter().flat_map(|entry| entry["changes"].as_array().expect("changes").clone());
    changes
        .filter(|change| change["field"] == "messages")
        .flat_map(|change| change["value"]["statuses"].as_array().cloned().unwrap_or_default())
        .collect()
}

#[tokio::test]
async fn every_ending_of_a_send_is_told_apart_and_the_journal_knows_the_truth() {
    let world = World::new(Options::default()).await;
    let ambiguous = |why| Outcome::Ambiguous { why };
    let Outcome::Taken { upstream_id, held: false } = world.send(1, READER).await else {
        panic!("not taken")
    };
    assert!(matches!(world.send(2, HELD).await, Outcome::Taken { held: true, .. }));
    let refused = world.send(3, THROTTLED).await;
    let is_refused = |o: &Outcome| matches!(o, Outcome::Refused { code: 130_429, retry_after: Some(after), .. } if after.as_secs() == 2);
    assert!(is_refused(&refused), "{refused:?}");
    assert_eq!(world.send(4, ERROR_TAKEN).await, ambiguous(Ambiguous::ServerError));
    assert_eq!(world.send(5, RESET_TAKEN).await, ambiguous(Ambiguous::Reset));
    assert_eq!(world.send(6, RESET_NOT_TAKEN).await, ambiguous(Ambiguous::Reset));
    // No answer comes: long enough for the request to arrive there, and then in vain.
    let hurried = connector(&world.ready, &world.ready.token, Duration::from_secs(3));
    let lost = |id, to| hurried.send(departure(id, to));
    let (taken, not_taken) = tokio::join!(lost(7, LOST_TAKEN), lost(8, LOST_NOT_TAKEN));
    assert_eq!([taken, not_taken], [ambiguous(Ambiguous::Timeout), ambiguous(Ambiguous::Timeout)]);

    let mut journal = world.journal();
    journal.sort_by_key(|record| record.opaque.clone());
    let said: Vec<_> =
        journal.iter().map(|r| (r.opaque.as_deref().unwrap_or(""), r.taken, r.reply)).collect();
    assert_eq!(
        said,
        [
            ("s:1.1", true, Said::Accepted),
            ("s:2.1", true, Said::Held),
            ("s:3.1", false, Said::Refused(130_429)),
            ("s:4.1", true, Said::ServerError(500)),
            ("s:5.1", true, Said::Reset),
            ("s:6.1", false, Said::Reset),
            ("s:7.1", true, Said::Lost),
            ("s:8.1", false, Said::Lost),
        ]
    );
    assert_eq!(journal[0].id.as_deref(), Some(upstream_id.as_str()));
}

#[tokio::test]
async fn a_wrong_token_and_fields_of_ours_are_refused() {
    let world = World::new(Options::default()).await;
    let wrong = connector(&world.ready, "wrong", PATIENCE).send(departure(1, READER)).await;
    assert!(matches!(wrong, Outcome::Refused { code: 190, http: 401, .. }), "{wrong:?}");
    let body = json!({
        "messaging_product": "whatsapp", "to": READER, "type": "template", "message_send_ttl_seconds": 50_000,
        "template": {"name": "spring_sale", "language": {"code": "en"}},
    });
    let (http, answer) = world.ask("POST", "/v23.0/106540352242922/marketing_messages", &body).await;
    assert_eq!((http, &answer["error"]["code"]), (400, &json!(100)));
    let details = answer["error"]["error_data"]["details"].as_str().expect("details");
    assert!(details.contains("message_send_ttl_seconds"), "{details}");
    assert!(world.journal().is_empty(), "neither reached the network");
}

#[tokio::test]
async fn statuses_come_signed_in_batches_in_order_until_they_are_taken() {
    let life = Lifecycle::new();
    let refusals = vec![StatusCode::NO_CONTENT, StatusCode::INTERNAL_SERVER_ERROR];
    let mut receiver = receiver(&life, refusals, 1).await;
    let world = World::new(Options { webhook: Some(receiver.url.clone()), ..Options::default() }).await;
    let messages = 240;
    for id in 1..=messages {
        assert!(matches!(world.send(id, READER).await, Outcome::Taken { .. }));
    }
    let (http, _) = world.ask("POST", "/sim/advance", &json!({"by": "1m"})).await;
    assert_eq!(http, 200);

    let (mut seen, mut largest) = (Vec::new(), 0);
    let (mut refused, mut taken) = (Vec::new(), Vec::new());
    while seen.len() < 3 * usize::try_from(messages).expect("small") {
        let Post { signature, body, answer } = receiver.posts.recv().await.expect("a webhook");
        assert!(signature.starts_with("sha256="));
        assert!(verify(world.ready.app_secret.as_bytes(), body.as_bytes(), &signature), "the signature");
        if answer != StatusCode::OK {
            refused.push(body);
            continue;
        }
        let batch = statuses(&body);
        assert!((1..=100).contains(&batch.len()), "{}", batch.len());
        largest = largest.max(batch.len());
        seen.extend(batch);
        taken.push(body);
    }
    assert_eq!(refused.len(), 2);
    assert!(refused.iter().all(|body| taken.contains(body)), "the same bytes come again");
    assert_eq!(largest, 100);
    for id in 1..=messages {
        let mark = format!("s:{id}.1");
        let of: Vec<_> = seen.iter().filter(|s| s["biz_opaque_callback_data"] == mark.as_str()).collect();
        let words: Vec<_> = of.iter().map(|status| status["status"].as_str().unwrap_or("")).collect();
        assert_eq!(words, ["sent", "delivered", "read"], "{mark}");
    }
    life.stop();
}

/// A receiver that is slow to answer holds nothing up but what is told of the same message after it.
#[tokio::test]
async fn posts_do_not_wait_for_each_other() {
    let life = Lifecycle::new();
    let mut receiver = receiver(&life, Vec::new(), 2).await;
    let world = World::new(Options { webhook: Some(receiver.url.clone()), ..Options::default() }).await;
    for id in 1..=40 {
        assert!(matches!(world.send(id, READER).await, Outcome::Taken { .. }));
    }
    world.ask("POST", "/sim/advance", &json!({"by": "1m"})).await;
    let told = [receiver.posts.recv().await, receiver.posts.recv().await];
    let [Some(one), Some(other)] = told else { panic!("nobody posts") };
    let marks = |post: &Post| -> BTreeSet<String> {
        statuses(&post.body).iter().map(|status| status["biz_opaque_callback_data"].to_string()).collect()
    };
    assert!(marks(&one).is_disjoint(&marks(&other)), "of one message one after the other");
    life.stop();
}

#[tokio::test]
async fn webhooks_wait_for_a_target_and_a_subscription_proves_itself() {
    let life = Lifecycle::new();
    let mut receiver = receiver(&life, Vec::new(), 1).await;
    let world = World::new(Options::default()).await;
    world.send(1, READER).await;
    world.ask("POST", "/sim/advance", &json!({"by": "1m"})).await;
    let path = "/v23.0/102290129340398/subscribed_apps";
    let wrong = json!({"override_callback_uri": format!("{}/nowhere", receiver.url), "verify_token": "t"});
    assert_eq!(world.ask("POST", path, &wrong).await.0, 400);
    let right = json!({"override_callback_uri": receiver.url, "verify_token": "t"});
    assert_eq!(world.ask("POST", path, &right).await, (200, json!({"success": true})));
    let post = receiver.posts.recv().await.expect("what had waited");
    assert_eq!(statuses(&post.body).len(), 3);
    life.stop();
}

#[tokio::test]
async fn phones_profiles_and_templates_can_be_asked_for() {
    let world = World::new(Options::default()).await;
    world.send(1, READER).await;
    world.ask("POST", "/sim/advance", &json!({"by": "1m"})).await;
    let (_, messages) = world.ask("GET", &format!("/sim/messages/{READER}?wait=read"), &Value::Null).await;
    assert_eq!((&messages[0]["ticks"], &messages[0]["body"]), (&json!("read"), &json!("[spring_sale en]")));
    assert_eq!(world.ask("PUT", "/sim/profile", &json!("throttled")).await.1["throttle_per_sec"], 5);
    let (http, refused) = world.ask("PUT", "/sim/profile", &json!({"status_lost": 7})).await;
    assert_eq!((http, &refused["error"]), (400, &json!("profile: status_lost is 7; allowed: 0 to 1")));
    assert!(world.ask("GET", "/sim/recipients", &Value::Null).await.1.as_array().expect("a list").len() > 20);

    let path = "/v23.0/102290129340398/message_templates";
    let body = json!({
        "name": "from_here", "language": "en", "category": "UTILITY",
        "components": [{"type": "BODY", "text": "Your order is on its way."}],
    });
    let (http, made) = world.ask("POST", path, &body).await;
    assert_eq!((http, &made["status"]), (200, &json!("PENDING")));
    let (_, page) = world.ask("GET", &format!("{path}?name=from_here"), &Value::Null).await;
    assert_eq!((&page["data"][0]["id"], &page["data"][0]["category"]), (&made["id"], &json!("UTILITY")));
    assert_eq!(world.ask("DELETE", &format!("{path}?name=from_here"), &Value::Null).await.0, 200);
    assert_eq!(world.ask("DELETE", &format!("{path}?name=from_here"), &Value::Null).await.0, 400);
    assert_eq!(world.ask("POST", "/sim/reset", &Value::Null).await.0, 200);
    assert_eq!(world.ask("GET", "/sim/stats", &Value::Null).await.1["taken"], 0);
}
