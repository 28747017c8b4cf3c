//! One send as the network process takes it: read, put before the network, its record on paper before its answer leaves.
//! Called for every message, so of a template nothing is read that nothing depends on; of anything else, everything.

use std::sync::PoisonError;

use http::HeaderValue;
use http::header::RETRY_AFTER;
use serde::{Deserialize, Serialize};
use serde_json::json;
use stentor_core::route::Route;
use stentor_core::template::Category;
use stentor_simnet::journal::Record;
use stentor_simnet::{Answers, MessageKind, Rendered, Reply, Submission, TemplateRef};
use stentor_wire::send::{Kind, SendRequest, parse_send};

use super::{Fate, Graph, reply};
use crate::clock::pause;
use crate::free_form;

impl Graph {
    /// `POST /{phone_number_id}/messages` or `/marketing_messages`.
    pub(super) async fn send(&self, phone_number_id: &str, route: Route, body: &[u8]) -> Fate {
        let request = match read(body, route) {
            Ok(request) => request,
            Err((code, details)) => return Fate::Answer(self.error(400, code, &details)),
        };
        if let Some(Kind::MarkRead { message_id, typing }) = request.free.as_ref().map(|free| &free.kind) {
            self.network.mark_read(&self.number(phone_number_id).account, message_id, *typing);
            return Fate::Answer(reply(200, json!({"success": true}).to_string()));
        }
        let unfetched = self.links.unfetched(body).await;
        let submission = Submission { unfetched, ..self.submission(phone_number_id, route, &request) };
        let (now, about) = (self.network.now(), self.journal.as_ref().map(|_| submission.clone()));
        let answer = self.network.send(submission);
        if let (Some(journal), Some(about)) = (&self.journal, about)
            && !journal.write(&Record::new(now, &about, &answer)).await
        {
            return Fate::Lost;
        }
        if !answer.after.is_zero() {
            pause(answer.after).await;
        }
        let input = request.address();
        match answer.reply {
            Reply::Accepted { id, wa_id, held } => {
                Fate::Answer(reply(200, accepted(input, &wa_id, &id, request.template.is_some(), held)))
            }
            Reply::Refused { http, code, details, retry_after } => {
                let mut response = self.error(http, code, &details);
                if let Some(after) = retry_after {
                    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(after.as_secs().max(1)));
                }
                Fate::Answer(response)
            }
            Reply::ServerError { http } => Fate::Answer(reply(http, "upstream connect error".to_owned())),
            Reply::Lost => Fate::Lost,
            Reply::Reset => Fate::Reset,
        }
    }

    fn submission(&self, phone_number_id: &str, route: Route, request: &Send) -> Submission {
        let number = self.number(phone_number_id);
        let template = request.template.as_ref().map(|template| TemplateRef {
            name: template.name.clone(),
            language: template.language.code.clone(),
        });
        let (category, ttl) = match &template {
            None => (None, None),
            Some(template) => {
                let known = self.templates.read().unwrap_or_else(PoisonError::into_inner);
                known
                    .get(&number.account, template)
                    .map_or((Some(Category::Marketing), None), |known| (Some(known.category), known.ttl))
            }
        };
        let free = request.free.as_ref();
        let shown = || match &template {
            Some(template) => {
                let body = format!("[{} {}]", template.name, template.language);
                Rendered { kind: MessageKind::Template, body, ..Rendered::default() }
            }
            None => Rendered::default(),
        };
        let rendered = free.and_then(|free| free_form::rendered(free.kind.clone())).unwrap_or_else(shown);
        let quoted = request.context.as_ref().and_then(|context| context.message_id.as_deref());
        let refers_to = free.and_then(SendRequest::refers_to).or(quoted);
        Submission {
            id: None,
            account: number.account,
            phone_number_id: phone_number_id.to_owned(),
            from: number.display,
            to: request.address().to_owned(),
            route,
            category,
            template,
            rendered,
            ttl,
            answers: refers_to.map(|id| Answers { id: id.to_owned(), is_known: false }),
            opaque: request.biz_opaque_callback_data.clone(),
            unfetched: None,
            sharing: request.message_activity_sharing.unwrap_or(true),
            service_window_open: false,
        }
    }
}

/// What a send is read for. What only Stentor's own API knows has no business here and is refused, as at Meta.
#[derive(Deserialize)]
struct Send {
    messaging_product: Option<String>,
    to: Option<String>,
    recipient: Option<String>,
    r#type: Option<String>,
    template: Option<Template>,
    context: Option<Context>,
    biz_opaque_callback_data: Option<String>,
    status: Option<String>,
    message_send_ttl_seconds: Option<serde::de::IgnoredAny>,
    product_policy: Option<serde::de::IgnoredAny>,
    message_activity_sharing: Option<bool>,
    /// What is no template, as the API itself reads it.
    #[serde(skip)]
    free: Option<SendRequest>,
}

#[derive(Deserialize)]
struct Template {
    name: String,
    language: Language,
    message_send_ttl_seconds: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Language {
    code: String,
}

#[derive(Deserialize)]
struct Context {
    message_id: Option<String>,
}

impl Send {
    fn address(&self) -> &str {
        self.to.as_deref().or(self.recipient.as_deref()).unwrap_or_default()
    }
}

/// The request, or code and details of its refusal.
fn read(body: &[u8], route: Route) -> Result<Send, (u32, String)> {
    let mut request: Send =
        serde_json::from_slice(body).map_err(|error| (100, format!("Invalid parameter: {error}")))?;
    let refused = |details: &str| Err((100, details.to_owned()));
    let unexpected = |field: &str| Err((100, format!("Unexpected key \"{field}\" on param \"root\"")));
    if request.messaging_product.as_deref() != Some("whatsapp") {
        return refused("The parameter messaging_product is required.");
    }
    if request.message_send_ttl_seconds.is_some()
        || request.template.as_ref().is_some_and(|template| template.message_send_ttl_seconds.is_some())
    {
        return unexpected("message_send_ttl_seconds");
    }
    if route == Route::Classic && request.product_policy.is_some() {
        return unexpected("product_policy");
    }
    if route == Route::Classic && request.message_activity_sharing.is_some() {
        return unexpected("message_activity_sharing");
    }
    if request.status.is_none() && request.address().is_empty() {
        return refused("The parameter to is required.");
    }
    let is_template = request.r#type.as_deref() == Some("template");
    if is_template && request.template.is_none() {
        return refused("The parameter template is required.");
    }
    if route == Route::Optimised && !is_template {
        return refused(stentor_core::reason::NOT_A_TEMPLATE);
    }
    if !is_template {
        let parsed = parse_send(body).map_err(|error| (error.code(), error.to_string()))?;
        request.free = Some(parsed.value);
    }
    Ok(request)
}

#[derive(Serialize)]
struct Accepted<'a> {
    messaging_product: &'static str,
    contacts: [Contact<'a>; 1],
    messages: [Message<'a>; 1],
}

#[derive(Serialize)]
struct Contact<'a> {
    input: &'a str,
    wa_id: &'a str,
}

#[derive(Serialize)]
struct Message<'a> {
    id: &'a str,
    /// Templates only.
    #[serde(skip_serializing_if = "Option::is_none")]
    message_status: Option<&'static str>,
}

fn accepted(input: &str, wa_id: &str, id: &str, is_template: bool, held: bool) -> String {
    let status = if held { "held_for_quality_assessment" } else { "accepted" };
    let answer = Accepted {
        messaging_product: "whatsapp",
        contacts: [Contact { input, wa_id }],
        messages: [Message { id, message_status: is_template.then_some(status) }],
    };
    serde_json::to_string(&answer).unwrap_or_default()
}
