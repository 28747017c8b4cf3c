//! The API in this process: a store in memory, a clock moved by hand, requests without a socket.
//! One account with its terms signed, one twin channel, one key, and a template of every kind.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use stentor::api::{AppState, Front, Limits, Parts, Review, Serves, front};
use stentor::clock::Clock;
use stentor::lifecycle::Lifecycle;
use stentor::registry::{Directory, hash_key};
use stentor::server::NoAnswer;
use stentor::wake::Wake;
use stentor_core::id::{AccountId, ChannelId, EndpointId, TemplateId};
use stentor_core::learning::{self, Decided};
use stentor_core::outcome::{Next, Outcome};
use stentor_core::registry::{Account, ApiKey, Channel, Character, Endpoint, Role, Template, UpstreamKind};
use stentor_core::template::{Category, ParameterFormat, TemplateStatus};
use stentor_core::time::Timestamp;
use stentor_store::{
    Audit, BeginSend, Delivery, DeliveryItem, DeliveryRecord, DeliveryVerdict, MessageFilter, MessageView,
    RegistryChange, SendRecord, Store,
};
use tokio::sync::{Mutex, mpsc};

use super::contract;

pub const KEY: &str = "a-key-for-tests-AK";
pub const ADMIN_KEY: &str = "an-admin-key-for-tests";
pub const ACCOUNT: AccountId = AccountId(111_000_111_000_111);
pub const CHANNEL: ChannelId = ChannelId(222_000_222_000_222);
pub const NUMBER: &str = "15550001111";
pub const START: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// The API under test.
pub struct TestApp {
    pub state: Arc<AppState>,
    pub clock: Clock,
    front: Front,
    reviews: Option<Mutex<mpsc::UnboundedReceiver<Review>>>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Bytes,
}

impl Answer {
    /// The body as JSON: every answer is.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|_| panic!("not JSON: {}", String::from_utf8_lossy(&self.bytes)))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// (HTTP status, code, details) of an error; also that the wrapped copy is the same.
    #[track_caller]
    pub fn error(&self) -> (u16, u64, String) {
        let body = self.json();
        let error = &body["error"];
        if body.get("detail").is_some() {
            assert_eq!(&body["detail"]["error"], error);
        }
        let details = error["error_data"]["details"].as_str().unwrap_or_default();
        (self.status.as_u16(), error["code"].as_u64().unwrap_or_default(), details.to_owned())
    }
}

fn template(id: i64, name: &str, category: Category, components: &Value) -> Template {
    Template {
        status: TemplateStatus::Approved,
        approved_at: Some(START - std::time::Duration::from_hours(1)),
        last_used_at: Some(START),
        ..Template::new(TemplateId(id), ACCOUNT, (name, "en"), category, components.to_string(), START)
    }
}

/// The templates every test starts with.
pub fn templates() -> Vec<Template> {
    let body = json!([{"type": "BODY", "text": "Our sale is on!"}]);
    let greeting = json!([{"type": "BODY", "text": "Hi {{1}}, take {{2}}!"}]);
    let named = json!([{"type": "BODY", "text": "Hi {{first_name}}!"}]);
    let shop = json!([
        {"type": "HEADER", "format": "IMAGE"},
        {"type": "BODY", "text": "New in: {{1}}."},
        {"type": "BUTTONS", "buttons": [
            {"type": "QUICK_REPLY", "text": "Stop"},
            {"type": "URL", "text": "Look", "url": "https://example.com/{{1}}"}]}]);
    let code = json!([{"type": "BODY", "text": "{{1}} is your code."}]);
    let states = |id, name, status| Template { status, ..template(id, name, Category::Marketing, &body) };
    vec![
        template(1, "marketing_text_no_param", Category::Marketing, &body),
        template(2, "greeting", Category::Marketing, &greeting),
        Template {
            parameter_format: ParameterFormat::Named,
            ..template(3, "named", Category::Marketing, &named)
        },
        template(4, "shop", Category::Marketing, &shop),
        template(5, "order_update", Category::Utility, &body),
        template(6, "login_code", Category::Authentication, &code),
        states(7, "fixture_pending", TemplateStatus::Pending),
        states(8, "fixture_paused", TemplateStatus::Paused),
        states(9, "fixture_disabled", TemplateStatus::Disabled),
        states(10, "fixture_rejected", TemplateStatus::Rejected),
        Template {
            pinned: true,
            approved_at: None,
            ..template(11, "fixture_syncing", Category::Marketing, &body)
        },
    ]
}

impl TestApp {
    /// A twin.
    pub async fn new() -> Self {
        Self::with(|_, _| ()).await
    }

    /// With the account and channel changed first.
    pub async fn with(change: impl FnOnce(&mut Account, &mut Channel)) -> Self {
        Self::over(Self::store(change).await, |_| ()).await
    }

    async fn store(change: impl FnOnce(&mut Account, &mut Channel)) -> Arc<Store> {
        let mut account = Account::new(ACCOUNT, "Shop", "whsec".to_owned(), START);
        account.terms_signed_at = Some(START);
        let mut channel = Channel::new(CHANNEL, ACCOUNT, NUMBER, UpstreamKind::Simulated, START);
        channel.character = Character::Twin;
        change(&mut account, &mut channel);
        let key = ApiKey {
            hash: hash_key(KEY),
            account: ACCOUNT,
            channel: CHANNEL,
            created_at: START,
            expires_at: None,
            used_at: None,
        };
        let mut changes = vec![
            RegistryChange::PutAccount(account),
            RegistryChange::PutChannel(channel),
            RegistryChange::PutKey(key),
        ];
        changes.extend(templates().into_iter().map(RegistryChange::PutTemplate));
        let store = Arc::new(Store::memory());
        store.administer(START, audit(), changes, Vec::new()).await.unwrap();
        store
    }

    /// With the state changed before it is shared.
    pub async fn configured(configure: impl FnOnce(&mut AppState)) -> Self {
        Self::over(Self::store(|_, _| ()).await, configure).await
    }

    /// On the store of an earlier one, as after a restart.
    pub async fn on(store: Arc<Store>, configure: impl FnOnce(&mut AppState)) -> Self {
        Self::over(store, configure).await
    }

    /// With a reviewer who is asked and says nothing; see [`TestApp::asked`].
    pub async fn reviewed() -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        let mut app = Self::configured(|state| state.reviews = Some(sender)).await;
        app.reviews = Some(Mutex::new(receiver));
        app
    }

    /// What the reviewer was asked next.
    pub async fn asked(&self) -> Review {
        let reviews = self.reviews.as_ref().expect("made by `reviewed`");
        reviews.lock().await.recv().await.unwrap()
    }

    async fn over(store: Arc<Store>, configure: impl FnOnce(&mut AppState)) -> Self {
        let clock = Clock::manual(START);
        let mut state = AppState::new(Parts {
            directory: Arc::new(Directory::load(&store).await.unwrap()),
            store,
            clock: clock.clone(),
            wake: Arc::new(Wake::default()),
            lifecycle: Lifecycle::new(),
            wamid_secret: [1; 32],
            recipient_secret: [2; 32],
            last_id: None,
            admin_key_hash: hash_key(ADMIN_KEY),
            limits: Limits { body_bytes_max: 64 * 1024, ..Limits::default() },
        });
        configure(&mut state);
        let state = Arc::new(state);
        let front = front(&state, Serves::Both);
        Self { state, clock, front, reviews: None }
    }

    /// One request as it is.
    pub async fn request(&self, request: Request<Body>) -> Answer {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let (head, body) = self.front.clone().answer(request).await.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        if head.extensions.get::<NoAnswer>().is_none() {
            contract::check(method.as_str(), &path, head.status.as_u16(), &head.headers, &bytes);
        }
        Answer { status: head.status, headers: head.headers, bytes }
    }

    /// A request with the key of its side and headers of one's own.
    pub async fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        let admin = path.starts_with("/admin/") || path.starts_with("/sim/");
        if !headers.iter().any(|(name, _)| ["d360-api-key", "authorization"].contains(name)) {
            request = match admin {
                true => request.header("authorization", format!("Bearer {ADMIN_KEY}")),
                false => request.header("D360-API-KEY", KEY),
            };
        }
        if !headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
            request = request.header(*name, *value);
        }
        self.request(request.body(body.into()).unwrap()).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.call("POST", path, &[], body.to_string()).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, &[], Body::empty()).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.call("DELETE", path, &[], Body::empty()).await
    }

    /// Every message of the account, newest first.
    pub async fn messages(&self) -> Vec<MessageView> {
        let filter = MessageFilter { limit: 1_000, ..MessageFilter::default() };
        self.state.store.messages(ACCOUNT, filter).await.unwrap()
    }

    /// The next program on the same store, with a clock of its own.
    pub async fn after(before: &Self, configure: impl FnOnce(&mut AppState)) -> Self {
        Self::over(Arc::clone(&before.state.store), configure).await
    }

    /// An endpoint for all of the account's events.
    pub async fn account_endpoint(&self, url: &str) {
        self.put_account_endpoint(EndpointId(1), url).await;
    }

    /// The same, under an id of its own.
    pub async fn put_account_endpoint(&self, id: EndpointId, url: &str) {
        let endpoint = Endpoint {
            id,
            account: ACCOUNT,
            channel: None,
            role: Role::Main,
            url: url.to_owned(),
            headers: Vec::new(),
            created_at: START,
        };
        self.change(vec![RegistryChange::PutEndpoint(endpoint)]).await;
    }

    /// Takes what is due to an endpoint, as a receiver that answers 200.
    pub async fn take(&self, endpoint: EndpointId) -> Vec<Delivery> {
        let (store, now) = (&self.state.store, self.clock.now());
        let mut all = Vec::new();
        loop {
            let due = store.claim_deliveries(now, endpoint, 100).await.unwrap();
            if due.is_empty() {
                return all;
            }
            let verdict = DeliveryVerdict::Delivered;
            let done =
                |d: &Delivery| DeliveryRecord { id: d.id, status: 200, took_ms: 1, error: None, verdict };
            store.record_deliveries(now, endpoint, due.iter().map(done).collect()).await.unwrap();
            all.extend(due);
        }
    }

    /// The `value` of every notice due.
    pub async fn told(&self) -> Vec<Value> {
        let value = |delivery: Delivery| match delivery.item {
            DeliveryItem::Notice { value, .. } => serde_json::from_str(&value).unwrap(),
            item @ DeliveryItem::Status { .. } => panic!("not a notice: {item:?}"),
        };
        self.take(EndpointId(1)).await.into_iter().map(value).collect()
    }

    /// The bodies of every webhook due, as they would leave.
    pub async fn bodies(&self) -> Vec<Value> {
        let snapshot = self.state.directory.snapshot();
        let (account, channel) = (snapshot.account(ACCOUNT).unwrap(), snapshot.channel(CHANNEL));
        let body = |delivery: Delivery| {
            let channel = channel.map(AsRef::as_ref);
            let body = stentor::envelope::body(&delivery, account, channel, &self.state.wamid_key).unwrap();
            assert!(body.is_ascii());
            serde_json::from_str(&body).unwrap()
        };
        self.take(EndpointId(1)).await.into_iter().map(body).collect()
    }

    /// Sends the one queued message as an upstream that takes it under our own id; its wamid.
    pub async fn leave(&self) -> String {
        let (store, now) = (&self.state.store, self.clock.now());
        let claimed = store.claim(now, ACCOUNT, CHANNEL, 1).await.unwrap().remove(0);
        let id = claimed.message.id;
        let lease = std::time::Duration::from_secs(60);
        let decided = learning::is_open(&claimed.message).then(|| Box::new(Decided::at(0)));
        let begin = BeginSend::at_rate((ACCOUNT, CHANNEL), vec![id], lease, 80);
        let begin = BeginSend { decided: vec![decided], ..begin };
        assert_eq!(store.begin_send(now, begin).await.unwrap().messages.len(), 1);
        let upstream_id = stentor_core::wamid::encode(&self.state.wamid_key, id, &claimed.body.address);
        let outcome = Outcome::Taken { upstream_id: upstream_id.clone(), held: false };
        let (next, own_id) = (Next::Done, true);
        let record = SendRecord { message: id, account: ACCOUNT, attempt: 1, outcome, next, own_id };
        store.record_sends(now, vec![record]).await.unwrap();
        upstream_id
    }

    /// Changes the registry as an operator would.
    pub async fn change(&self, changes: Vec<RegistryChange>) {
        self.change_of(ACCOUNT, changes).await;
    }

    /// The same for another account.
    pub async fn change_of(&self, account: AccountId, changes: Vec<RegistryChange>) {
        let (store, now) = (&self.state.store, self.clock.now());
        let audit = Audit { account, ..audit() };
        self.state.directory.commit(store, now, audit, changes, Vec::new()).await.unwrap();
    }
}

fn audit() -> Audit {
    let (actor, action) = ("system".to_owned(), "test.setup".to_owned());
    Audit { at: START, actor, account: ACCOUNT, action, detail: String::new() }
}

/// The specification's request.
pub fn specification() -> Value {
    json!({
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "441234567890",
        "type": "template",
        "template": {"name": "marketing_text_no_param", "language": {"policy": "deterministic", "code": "en"}}
    })
}

/// The specification's request for another template, with components.
pub fn of_template(name: &str, components: &Value) -> Value {
    let mut body = specification();
    body["template"]["name"] = json!(name);
    body["template"]["components"] = components.clone();
    body
}
