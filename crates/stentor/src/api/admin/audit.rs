//! Who changed what: the row every write of the operator leaves, and the list of them.

use std::sync::Arc;

use axum::extract::State;
use http::Uri;
use serde::Serialize;
use stentor_core::id::AccountId;
use stentor_core::time::Timestamp;
use stentor_store::Audit;
use utoipa::ToSchema;

use super::super::http::Query;
use super::super::state::AppState;
use super::answer::{AdminError, Answer, at, ok};
use super::scope::OfAccount;

/// Who the operator is in the audit.
pub const ACTOR: &str = "admin";

/// A row of the operator's. `detail`: ids and values, never secrets or addresses.
pub fn audit(now: Timestamp, account: AccountId, action: &str, detail: impl Into<String>) -> Audit {
    Audit { at: now, actor: ACTOR.to_owned(), account, action: action.to_owned(), detail: detail.into() }
}

/// `GET /admin/v1/accounts/{account}/audit?limit=&before=`: newest first; `before`: Unix milliseconds.
#[utoipa::path(
    get, path = "/audit", tag = "Audit", summary = "Who changed what, newest first",
    params(
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 1000, description = "Rows; 100 at first"),
        ("before" = Option<i64>, Query, description = "Unix milliseconds: rows before it"),
    ),
    responses((status = 200, description = "A page", body = AuditPage)),
)]
pub async fn list(State(state): State<Arc<AppState>>, of: OfAccount, uri: Uri) -> Answer {
    let query = Query::of(&uri);
    let limit = query.number("limit", 1..=1_000, 100)?;
    let before = query.get("before").map(|text| {
        let millis = text.parse().map_err(|_| AdminError::field("before", "must be Unix milliseconds"));
        millis.map(Timestamp::from_millis)
    });
    let rows = state.store.audit(of.account.id, before.transpose()?, limit).await?;
    let before = rows.last().filter(|_| rows.len() == limit).map(|row| row.at.millis());
    let rows: Vec<_> = rows
        .iter()
        .map(|row| AuditRow {
            at: at(Some(row.at)),
            actor: row.actor.clone(),
            action: row.action.clone(),
            detail: row.detail.clone(),
        })
        .collect();
    ok(&AuditPage { audit: rows, before })
}

/// A page of the audit.
#[derive(Serialize, ToSchema)]
struct AuditPage {
    audit: Vec<AuditRow>,
    /// For the next page; null: this is the last.
    #[schema(required = true)]
    before: Option<i64>,
}

/// One change.
#[derive(Serialize, ToSchema)]
struct AuditRow {
    /// RFC 3339.
    #[schema(required = true)]
    at: Option<String>,
    #[schema(example = "admin")]
    actor: String,
    #[schema(example = "channel.set")]
    action: String,
    detail: String,
}
