//! The log of webhook deliveries.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use axum::extract::State;
use http::Uri;
use serde::Serialize;
use stentor_core::id::{DeliveryId, MessageId};
use utoipa::ToSchema;

use super::super::http::Query;
use super::super::state::AppState;
use super::answer::{AdminError, Answer, at, ok};
use super::messages::wamid_of;
use super::scope::OfAccount;

/// `GET /admin/v1/accounts/{account}/deliveries?limit=&before=`: newest first; `before`: a delivery's id.
#[utoipa::path(
    get, path = "/deliveries", tag = "Webhooks", summary = "What was delivered, newest first",
    params(
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 1000, description = "Rows; 20 at first"),
        ("before" = Option<String>, Query, description = "A delivery's id: rows before it"),
    ),
    responses((status = 200, description = "A page", body = Deliveries)),
)]
pub async fn log(State(state): State<Arc<AppState>>, of: OfAccount, uri: Uri) -> Answer {
    let query = Query::of(&uri);
    let limit = query.number("limit", 1..=1_000, 20)?;
    let before = query.get("before").map(|text| text.parse::<DeliveryId>());
    let before = before.transpose().map_err(|_| AdminError::field("before", "must be a delivery's id"))?;
    let account = of.account.id;
    let rows = state.store.delivery_log(account, before, limit).await?;
    let mut wamids: HashMap<MessageId, Option<String>> = HashMap::new();
    for id in rows.iter().filter_map(|row| row.message) {
        if let Entry::Vacant(unseen) = wamids.entry(id) {
            let view = state.store.message(account, id).await?;
            unseen.insert(view.and_then(|view| wamid_of(&state, &view)));
        }
    }
    let before = rows.last().filter(|_| rows.len() == limit).map(|row| row.id.to_string());
    let shown = rows.iter().map(|row| DeliveryRow {
        id: row.id.to_string(),
        endpoint_id: row.endpoint.to_string(),
        wamid: row.message.and_then(|id| wamids.get(&id).cloned().flatten()),
        seq: row.seq,
        notice: row.notice.map(|id| id.to_string()),
        at: at(Some(row.at)),
        status: row.status,
        took_ms: row.took_ms,
        error: row.error.clone(),
    });
    ok(&Deliveries { deliveries: shown.collect(), before })
}

/// A page of the log.
#[derive(Serialize, ToSchema)]
struct Deliveries {
    deliveries: Vec<DeliveryRow>,
    /// For the next page; null: this is the last.
    #[schema(required = true)]
    before: Option<String>,
}

/// One attempt to deliver a webhook.
#[derive(Serialize, ToSchema)]
#[schema(as = Delivery)]
struct DeliveryRow {
    id: String,
    endpoint_id: String,
    /// Of the message it told of.
    #[schema(required = true)]
    wamid: Option<String>,
    /// The event's number within the message.
    #[schema(required = true)]
    seq: Option<u32>,
    /// The notice, if it was not a message's.
    #[schema(required = true)]
    notice: Option<String>,
    #[schema(required = true)]
    at: Option<String>,
    /// HTTP status; 0: there was no answer.
    #[schema(example = 200)]
    status: u16,
    took_ms: u32,
    #[schema(required = true)]
    error: Option<String>,
}
