//! Everybody who may not get everything, or whose time zone is known, as a list that is read while it is sent.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::extract::State;
use http::{HeaderValue, Uri, header};
use hyper::body::Frame;
use stentor_core::consent::{Act, Entry};
use stentor_core::id::{AccountId, RecipientKey};
use stentor_core::time::Timestamp;
use stentor_store::{PersonView, StoreError};

use super::super::super::http::Query;
use super::super::super::state::AppState;
use super::super::answer::{AdminError, Answer};
use super::super::scope::OfAccount;
use crate::consent_lines::{COLUMNS, Format, hash, written};

/// People read at a time.
const PAGE_ROWS: usize = 500;

type Page = Result<(String, Option<RecipientKey>), StoreError>;

/// `GET …/suppressions/export?format=csv|jsonl`.
#[utoipa::path(
    get, path = "/suppressions/export", tag = "People", summary = "Everybody who opted out or is suppressed, as a list",
    description = "What `import` reads. A line for each thing that stands; an erased person has only a hash.",
    params(("format" = Option<String>, Query, description = "`csv` (when absent) or `jsonl`")),
    responses((status = 200, description = "The list", body = String, content_type = "*/*")),
)]
pub async fn export(State(state): State<Arc<AppState>>, of: OfAccount, uri: Uri) -> Answer {
    let format = match Query::of(&uri).get("format") {
        None => Format::Csv,
        Some(word) => {
            Format::parse(word).ok_or_else(|| AdminError::field("format", "must be csv or jsonl"))?
        }
    };
    let (account, header_line) = (of.account.id, COLUMNS.join(",") + "\n");
    let first = page(Arc::clone(&state), account, format, None).await?;
    let (mut text, after) = first;
    if format == Format::Csv {
        text.insert_str(0, &header_line);
    }
    let pages = Pages { state, account, format, ready: Some(text), next: None, after };
    let mut response = axum::response::Response::new(Body::new(pages));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(format.mime()));
    Ok(response)
}

/// The list, page after page.
struct Pages {
    state: Arc<AppState>,
    account: AccountId,
    format: Format,
    /// Read, and not sent yet.
    ready: Option<String>,
    next: Option<Pin<Box<dyn Future<Output = Page> + Send>>>,
    /// Where the next page begins; `None`: there is none.
    after: Option<RecipientKey>,
}

impl hyper::body::Body for Pages {
    type Data = Bytes;
    type Error = StoreError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, StoreError>>> {
        if let Some(text) = self.ready.take() {
            return Poll::Ready(Some(Ok(Frame::data(text.into()))));
        }
        if self.next.is_none() {
            let Some(after) = self.after.take() else { return Poll::Ready(None) };
            let (state, account, format) = (Arc::clone(&self.state), self.account, self.format);
            self.next = Some(Box::pin(page(state, account, format, Some(after))));
        }
        let Some(next) = self.next.as_mut() else { return Poll::Ready(None) };
        match next.as_mut().poll(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(read) => {
                self.next = None;
                // A list that breaks off must not look whole: the error ends the connection.
                Poll::Ready(Some(read.map(|(text, after)| {
                    self.after = after;
                    Frame::data(text.into())
                })))
            }
        }
    }
}

async fn page(state: Arc<AppState>, account: AccountId, format: Format, after: Option<RecipientKey>) -> Page {
    let people = state.store.stopped_people(account, after, PAGE_ROWS).await?;
    let next = people.last().map(|view| view.recipient).filter(|_| people.len() == PAGE_ROWS);
    Ok((people.iter().map(|view| lines(view, format)).collect(), next))
}

/// A line for each thing that stands of a person.
fn lines(view: &PersonView, format: Format) -> String {
    let consent = view.person.consent;
    let out = consent.opted_out.map(|(at, _)| (Act::OptedOut, at));
    let suppressed = consent.suppressed_at.map(|at| (Act::Suppressed, at));
    let mut standing: Vec<_> = out.into_iter().chain(suppressed).map(Some).collect();
    if standing.is_empty() {
        standing.push(None);
    }
    standing.into_iter().map(|stands| line(view, stands, format)).collect()
}

fn line(view: &PersonView, stands: Option<(Act, Timestamp)>, format: Format) -> String {
    let said = |(act, at): (Act, Timestamp)| {
        let is_it = |entry: &&Entry| entry.act == act && entry.at == at;
        view.history.iter().rev().find(is_it)
    };
    let entry = stands.and_then(said);
    let at = stands.map_or_else(String::new, |(_, at)| at.to_string());
    written(
        format,
        [
            view.person.address.as_deref().unwrap_or_default(),
            &hash(view.recipient),
            stands.map_or("none", |(act, _)| act.as_str()),
            &at,
            entry.map_or("", |entry| entry.source.as_str()),
            entry.and_then(|entry| entry.wording.as_deref()).unwrap_or_default(),
            view.person.time_zone.as_deref().unwrap_or_default(),
        ],
    )
}
