//! Sending: `POST /messages`, `/marketing_messages` and its alias. Bytes -> request -> facts -> decision -> store -> 200.
//!
//! The 200 leaves only after the commit. Everything looked up is in memory; the one thing awaited is the store.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use stentor_core::admission::{self, Admitted, Decision, Endpoint, Note, Wanted};
use stentor_core::id::{MessageId, RecipientKey};
use stentor_core::message::{Event, EventKind, Message, State as MessageState, WaitReason};
use stentor_core::quiet_hours::Verdict;
use stentor_core::recipient::{self, Address};
use stentor_core::registry::{Character, Template, UpstreamKind};
use stentor_core::route::Route;
use stentor_core::template::{Category, Content};
use stentor_core::time::Timestamp;
use stentor_core::wamid::{self, Direction};
use stentor_store::{Accepted, Body, NewMessage};
use stentor_wire::answer::{Contact, Sent, sent};
use stentor_wire::error::Shape;
use stentor_wire::reader::Parsed;
use stentor_wire::send::schema::SendBody;
use stentor_wire::send::{Kind, RecipientType, SendRequest, is_no_template, parse_send};

use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::auth;
use super::autopilot;
use super::error::ApiError;
use super::http::{Done, TRACE, bytes, header_value, is_json, text, told};
use super::idempotency::{self, Attempt};
use super::media;
use super::openapi::at;
use super::pacing;
use super::state::AppState;
use super::usage;
use crate::clock::instant;
use crate::minds::Outlook;
use crate::receipt::Receipt;
use crate::registry::{Caller, Registered, Snapshot};
use crate::translate;

/// Their paths.
pub fn routes() -> OpenApiRouter<Arc<AppState>> {
    let alias = "/marketing/marketing_messages";
    OpenApiRouter::default()
        .routes(routes!(messages))
        .routes(routes!(marketing))
        .routes(at(alias, routes!(marketing)))
}

/// `POST /messages`.
#[utoipa::path(
    post, path = "/messages", tag = "Messages",
    summary = "Send a message, or mark one as read",
    description = "The 200 leaves after the message is on disk. What becomes of it is told by webhook.",
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 bytes: the same request again gets the first answer again.")),
    request_body(content = SendBody, examples(
        ("template" = (summary = "A template", value = json!({
            "messaging_product": "whatsapp", "to": "441234567890", "type": "template",
            "template": {"name": "order_update", "language": {"code": "en"}}}))),
        ("text" = (summary = "Text", value = json!({
            "messaging_product": "whatsapp", "to": "441234567890", "type": "text", "text": {"body": "Hello!"}}))),
        ("image" = (summary = "An image", value = json!({
            "messaging_product": "whatsapp", "to": "441234567890", "type": "image",
            "image": {"link": "https://example.com/picture.png", "caption": "New in"}}))),
        ("button" = (summary = "Reply buttons", value = json!({
            "messaging_product": "whatsapp", "to": "441234567890", "type": "interactive",
            "interactive": {"type": "button", "body": {"text": "Shall we?"}, "action": {"buttons": [
                {"type": "reply", "reply": {"id": "yes", "title": "Yes"}},
                {"type": "reply", "reply": {"id": "no", "title": "No"}}]}}}))),
        ("read" = (summary = "Mark as read", value = json!({
            "messaging_product": "whatsapp", "status": "read", "message_id": "wamid.HBgMNDQxMjM0NTY3ODkw"}))),
    )),
    responses(
        (status = 200, description = "Accepted and kept; `Done` for a receipt", body = SentOrDone, headers(
            ("x-stentor-warning", description = "What was overlooked or is to be known"),
            ("x-stentor-held", description = "Why the message waits, and until when"),
            ("x-stentor-route", description = "The route, where it is not the one asked for"),
            ("x-stentor-upstream", description = "`SIMULATED` where nothing leaves this machine"),
            ("idempotent-replayed", description = "`true`: the first answer again"),
        )),
        (status = 403, description = ""),
        (status = 409, description = "The first request under this `Idempotency-Key` is still being answered."),
        (status = 422, description = ""),
        (status = 502, description = "What stands behind this number does not answer."),
    ),
)]
pub async fn messages(State(state): State<Arc<AppState>>, request: Request) -> Response {
    answer(state, Endpoint::Messages, Shape::Meta, request).await
}

/// `POST /marketing_messages` and its alias.
#[utoipa::path(
    post, path = "/marketing_messages", tag = "Messages",
    summary = "Send a marketing template, with delivery optimised",
    description = "The 200 leaves after the message is on disk. What becomes of it is told by webhook.",
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 bytes: the same request again gets the first answer again.")),
    request_body(content = SendBody, example = json!({
        "messaging_product": "whatsapp", "recipient_type": "individual", "to": "441234567890", "type": "template",
        "template": {"name": "marketing_text_no_param", "language": {"policy": "deterministic", "code": "en"}}})),
    responses(
        (status = 200, description = "Accepted and kept", body = Sent, headers(
            ("x-stentor-warning", description = "What was overlooked or is to be known"),
            ("x-stentor-held", description = "Why the message waits, and until when"),
            ("x-stentor-route", description = "The route, where it is not the one asked for"),
            ("x-stentor-upstream", description = "`SIMULATED` where nothing leaves this machine"),
            ("idempotent-replayed", description = "`true`: the first answer again"),
        )),
        (status = 403, description = ""),
        (status = 409, description = "The first request under this `Idempotency-Key` is still being answered."),
        (status = 422, description = ""),
        (status = 502, description = "What stands behind this number does not answer."),
    ),
)]
pub async fn marketing(State(state): State<Arc<AppState>>, request: Request) -> Response {
    answer(state, Endpoint::Marketing, Shape::Marketing, request).await
}

/// What `/messages` answers.
#[derive(ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "a schema; never made")]
pub(super) enum SentOrDone {
    /// A message was accepted.
    Sent(Sent),
    /// A receipt was taken.
    Done(Done),
}

async fn answer(state: Arc<AppState>, endpoint: Endpoint, shape: Shape, request: Request) -> Response {
    let (began, now) = (instant(), state.clock.now());
    let snapshot = state.directory.snapshot();
    let outcome = match auth::caller(&snapshot, request.headers(), now) {
        Ok(caller) => send(&state, &snapshot, caller, endpoint, request, now).await,
        Err(error) => Err(error),
    };
    match &outcome {
        Ok(_) => state.metrics.accept_seconds.observe(began.elapsed().as_secs_f64()),
        Err(error) => {
            state.metrics.refused.get_or_create(&error.kind().into()).inc();
        }
    }
    told(&state, shape, outcome)
}

/// One send by a known caller.
pub(super) async fn send(
    state: &Arc<AppState>,
    snapshot: &Snapshot,
    caller: Caller,
    endpoint: Endpoint,
    request: Request,
    now: Timestamp,
) -> Result<Response, ApiError> {
    admission::standing(&caller.account, &caller.channel)?;
    if let Some(free_mib) = state.disk.low_mib() {
        return Err(ApiError::disk_low(free_mib));
    }
    let (head, body) = request.into_parts();
    let body = bytes(state, body).await?;
    let once = idempotency::begin(state, &caller, &head, &body)?;
    if let Some(replayed) = idempotency::answered(state, once.as_ref(), now).await? {
        return Ok(replayed);
    }
    let Parsed { value: mut wanted, unknown } = read(&body, endpoint)?;
    if let Kind::MarkRead { message_id, typing } = wanted.kind {
        return mark_read(state, &caller, message_id, typing);
    }
    let to = address(&wanted)?;
    let asked = Asked::take(&mut wanted, snapshot, &caller);
    let decision = decide(&asked, &wanted, &to, endpoint, &caller, now);
    if let (Some(used), Some(registered)) = (decision.used, &asked.registered) {
        usage::note(state, registered, used, now).await?;
    }
    let mut admitted = decision.verdict?;
    media::check(state, &caller, &asked.content, &wanted.media()).await?;
    let person = to.key(&state.recipient_key, caller.account.id);
    if snapshot.is_blocked(caller.channel.id, person) {
        return Err(ApiError::new(
            130_403,
            "to: this number blocks the person; unblock them on /block_users",
        ));
    }
    if caller.channel.character == Character::Twin {
        let person = Some(person).filter(|_| caller.channel.pair_limit);
        state.limiter.take(caller.channel.id, caller.channel.rate_per_s, person, now)?;
    }
    let template = asked.registered.map(|registered| registered.template);
    if let (None, Some(template)) = (admitted.hold, &template) {
        admitted.hold = pacing::hold(state, template, &caller.channel, now)
            .or_else(|| autopilot::spread(state, template, now));
    }
    let night = night(state, &caller, &mut admitted, (person, &to), now).await?;
    let outlook = state.minds.outlook(caller.channel.id).filter(|_| admitted.route == Route::Optimised);
    let warnings = Warnings::new(&head.headers, &admitted, &unknown).expecting(outlook);
    state.metrics.unknown_fields.inc_by(unknown.len() as u64);
    let id = state.next_id(now);
    let message = Message {
        template: template.as_ref().map(|template| template.id),
        ..Message::accepted(id, caller.account.id, caller.channel.id, person, admitted.deadline)
    };
    let accepting = Accepting { state, id, message, template, admitted, warnings, night, to, now };
    accepting.commit(wanted, body, once, &caller).await
}

/// What the account's quiet hours mean for the message: it is held until they end, or its sender is warned that they last
/// too long. Whose night it is, where it is held.
async fn night(
    state: &AppState,
    caller: &Caller,
    admitted: &mut Admitted,
    (person, to): (RecipientKey, &Address),
    now: Timestamp,
) -> Result<Option<String>, ApiError> {
    if caller.account.quiet_hours.is_none() || admitted.category != Some(Category::Marketing) {
        return Ok(None);
    }
    let known = state.store.person(caller.account.id, person).await?;
    let from = admitted.hold.map_or(now, |(_, until)| until);
    let known = known.known(to.canonical());
    match admission::night(&caller.account, admitted.category, known, from, admitted.deadline) {
        Verdict::Never { .. } => admitted.notes.push(Note::NoTimeOfDay),
        Verdict::Wait { until, why } if admitted.hold.is_none() => {
            admitted.hold = Some((WaitReason::QuietHours, until));
            return Ok(Some(why));
        }
        Verdict::Wait { .. } | Verdict::Go => {}
    }
    Ok(None)
}

/// A receipt for a person's message: no message of ours, nothing to store. Ids of any form are taken, for only the
/// upstream knows whose they are; but one of our own making is surely no person's.
fn mark_read(
    state: &AppState,
    caller: &Caller,
    message_id: String,
    typing: bool,
) -> Result<Response, ApiError> {
    if wamid::parse(&message_id).is_some_and(|parts| parts.direction == Direction::Out) {
        let details =
            "message_id: names a message that the business sent; only a person's message can be read";
        return Err(ApiError::new(131_009, details));
    }
    let channel = Arc::clone(&caller.channel);
    if !state.receipts.add(Receipt { channel, message_id, typing }) {
        let busy = ApiError::new(130_429, "too many receipts are on their way: send this one again");
        return Err(busy.with_status(StatusCode::SERVICE_UNAVAILABLE).retry_after(1));
    }
    Ok(text(StatusCode::OK, r#"{"success":true}"#))
}

/// The request; on the marketing endpoint what is no template is refused before the rest of it is looked at.
fn read(body: &[u8], endpoint: Endpoint) -> Result<Parsed<SendRequest>, ApiError> {
    let parsed = parse_send(body);
    let free = match &parsed {
        Ok(parsed) => !matches!(parsed.value.kind, Kind::Template(_)),
        Err(_) => is_no_template(body),
    };
    if free && endpoint == Endpoint::Marketing {
        return Err(ApiError::new(100, stentor_core::reason::NOT_A_TEMPLATE));
    }
    Ok(parsed?)
}

/// The recipient, checked; `to` wins over `recipient`.
fn address(wanted: &SendRequest) -> Result<Address, ApiError> {
    let (field, parsed) = match (&wanted.to, &wanted.recipient) {
        (Some(to), _) => ("to", recipient::parse(to)),
        (None, Some(user)) => ("recipient", recipient::parse_user(user)),
        (None, None) => ("to", recipient::parse("")),
    };
    parsed.map_err(|error| ApiError::new(131_009, format!("{field}: {error}")))
}

/// What is asked for, with its template looked up.
struct Asked {
    registered: Option<Registered>,
    content: Content,
    name: String,
    language: String,
    languages: Vec<String>,
}

impl Asked {
    /// Takes the template's filling out of the request: the core's words from here on.
    fn take(wanted: &mut SendRequest, snapshot: &Snapshot, caller: &Caller) -> Self {
        let Kind::Template(template) = &mut wanted.kind else {
            let (name, language) = (String::new(), String::new());
            return Self {
                registered: None,
                content: Content::default(),
                name,
                language,
                languages: Vec::new(),
            };
        };
        let account = caller.account.id;
        let (name, language) = (std::mem::take(&mut template.name), std::mem::take(&mut template.language));
        let registered = snapshot.template(account, &name, &language).cloned();
        let languages = match registered {
            Some(_) => Vec::new(),
            None => snapshot.named(account, &name).map(|r| r.template.language.clone()).collect(),
        };
        let content = translate::content(std::mem::take(&mut template.components));
        Self { registered, content, name, language, languages }
    }
}

fn decide(
    asked: &Asked,
    wanted: &SendRequest,
    to: &Address,
    endpoint: Endpoint,
    caller: &Caller,
    now: Timestamp,
) -> Decision {
    let languages: Vec<&str> = asked.languages.iter().map(String::as_str).collect();
    let what = match (&wanted.kind, &asked.registered) {
        (Kind::Template(_), Some(Registered { template, definition })) => {
            Wanted::Template { template, definition, content: &asked.content }
        }
        (Kind::Template(_), None) => {
            Wanted::NoTemplate { name: &asked.name, language: &asked.language, languages: &languages }
        }
        (Kind::Pin, _) => Wanted::Unsupported("pin"),
        _ => Wanted::FreeForm,
    };
    let request = admission::Request {
        endpoint,
        wanted: what,
        to,
        to_group: wanted.recipient_type == RecipientType::Group,
        sharing: wanted.message_activity_sharing,
        product_policy: wanted.product_policy.map(translate::product_policy),
        ttl_secs: wanted.message_send_ttl_seconds,
    };
    admission::admit(&request, &caller.account, &caller.channel, now)
}

/// What the caller is told beside the 200, and the timeline keeps.
struct Warnings(Vec<String>);

impl Warnings {
    fn new(headers: &HeaderMap, admitted: &Admitted, unknown: &[String]) -> Self {
        let mut warnings: Vec<String> = admitted.notes.iter().map(|note| note.as_str().to_owned()).collect();
        if !unknown.is_empty() {
            warnings.push(format!("unknown fields ignored: {}", unknown.join(", ")));
        }
        if !is_json(headers) {
            warnings.push("Content-Type is not application/json: read as JSON".to_owned());
        }
        Self(warnings)
    }

    /// With what is to be expected of a queue that is longer than its messages live.
    fn expecting(mut self, outlook: Option<Outlook>) -> Self {
        if let Some(Outlook { waiting, expiries, .. }) = outlook.filter(|outlook| outlook.expiries > 0) {
            self.0.push(format!(
                "{waiting} marketing messages wait on this number, and at its speed {expiries} of them will expire"
            ));
        }
        self
    }
}

/// A message about to be committed.
struct Accepting<'a> {
    state: &'a Arc<AppState>,
    id: MessageId,
    message: Message,
    template: Option<Arc<Template>>,
    admitted: Admitted,
    warnings: Warnings,
    /// Whose night it waits for.
    night: Option<String>,
    to: Address,
    now: Timestamp,
}

impl Accepting<'_> {
    async fn commit(
        self,
        wanted: SendRequest,
        payload: Bytes,
        once: Option<Attempt<'_>>,
        caller: &Caller,
    ) -> Result<Response, ApiError> {
        let Self { state, id, message, template, admitted, warnings, night, to, now } = self;
        let wamid = wamid::encode(&state.wamid_key, id, to.canonical());
        let input = wanted.to.or(wanted.recipient).unwrap_or_default();
        let contact = match &to {
            Address::Phone(digits) => Contact::WaId(digits),
            Address::User(user) => Contact::UserId(user),
        };
        let is_paced = admitted.hold.is_some_and(|(reason, _)| reason == WaitReason::Pacing);
        let is_held = is_paced || state.network.as_ref().is_some_and(|network| network.holds(to.canonical()));
        let status = template.as_ref().map(|_| if is_held { pacing::HELD } else { "accepted" });
        let answer = sent(&input, contact, &wamid, status);
        let events = events(&admitted, &warnings, night.as_deref(), now);
        let message = Message {
            category: admitted.category,
            route: admitted.route,
            sharing: admitted.sharing,
            state: if admitted.hold.is_some() { MessageState::Waiting } else { MessageState::Accepted },
            wait: admitted.hold.map(|(reason, _)| reason),
            due: Some(admitted.hold.map_or(now, |(_, until)| until)),
            events: u32::try_from(events.len()).unwrap_or(u32::MAX),
            ..message
        };
        let body = Body {
            input,
            address: to.canonical().to_owned(),
            payload: payload.into(),
            opaque: wanted.biz_opaque_callback_data,
        };
        let idempotency = once.as_ref().map(|attempt| attempt.record(&answer));
        match state.store.accept(now, NewMessage { message, body, events, idempotency }).await? {
            Accepted::New => {}
            Accepted::Replayed { response } => return Ok(idempotency::replayed(response)),
            Accepted::OtherBody => return Err(idempotency::other_body()),
        }
        if let (true, Some(template)) = (is_paced, &template) {
            pacing::committed(state, template).await;
        }
        state.wake.queue_of(caller.channel.id);
        state.metrics.accepted.inc();
        let mut response = ok(answer, &admitted, &warnings, caller);
        response.headers_mut().insert(TRACE, header_value(&wamid::request_id(&state.wamid_key, id)));
        Ok(response)
    }
}

fn events(admitted: &Admitted, warnings: &Warnings, night: Option<&str>, now: Timestamp) -> Vec<Event> {
    let hold = admitted.hold.map(|(reason, until)| {
        let why = night.map_or_else(String::new, |why| format!(": {why}"));
        Event::note(now, EventKind::Waiting, format!("{} until {until}{why}", reason.as_str()))
    });
    let notes = warnings.0.iter().map(|warning| Event::note(now, EventKind::Note, warning.as_str()));
    hold.into_iter().chain(notes).collect()
}

fn ok(answer: String, admitted: &Admitted, warnings: &Warnings, caller: &Caller) -> Response {
    let mut response = text(StatusCode::OK, answer);
    let headers = response.headers_mut();
    if !warnings.0.is_empty() {
        headers.insert("x-stentor-warning", header_value(&warnings.0.join("; ")));
    }
    if let Some((reason, until)) = admitted.hold {
        let why = if reason == WaitReason::Sync { "template-sync" } else { reason.as_str() };
        headers.insert("x-stentor-held", header_value(&format!("{why}; until={until}")));
    }
    if admitted.notes.contains(&Note::FellBack) {
        headers.insert("x-stentor-route", header_value(admitted.route.as_str()));
    }
    if caller.channel.upstream == UpstreamKind::Simulated {
        headers.insert("x-stentor-upstream", header_value("SIMULATED"));
    }
    response
}
