//! A list of people, read line by line as it arrives and noted in batches: no more of it than one is ever in memory.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use http_body_util::BodyExt as _;
use serde::Serialize;
use stentor_core::consent::{Act, Entry, Source};
use stentor_core::id::AccountId;
use stentor_store::PersonWrite;
use utoipa::ToSchema;

use super::super::super::http::Query;
use super::super::super::state::AppState;
use super::super::answer::{AdminError, Answer, ok};
use super::super::audit::{ACTOR, audit};
use super::super::scope::OfAccount;
use crate::consent_lines::{Columns, Format, LINE_BYTES_MAX, Line, Who, parse_act, read};

/// Lines that are noted in one transaction.
const BATCH_LINES: usize = 1_000;
/// Lines of one request.
const LINES_MAX: u64 = 10_000_000;
/// Lines that an answer says of what is wrong with them; the rest is counted.
const PROBLEMS_SHOWN: usize = 100;

/// What an import did.
#[derive(Serialize, Default, ToSchema)]
pub(crate) struct Imported {
    /// Then nothing was written.
    dry_run: bool,
    /// Lines that were read, empty ones and the header not counted.
    lines: u64,
    /// Lines that changed something.
    changed: u64,
    /// Lines that said what is so already.
    unchanged: u64,
    /// Lines that could not be read: the others were taken.
    refused: u64,
    /// What is wrong with the first hundred of these.
    problems: Vec<Problem>,
}

/// What is wrong with one line.
#[derive(Serialize, ToSchema)]
pub(crate) struct Problem {
    /// 1 is the first of the file.
    #[schema(example = 17)]
    line: u64,
    #[schema(example = "number: has 5 digits, a number has 7 to 15 with its country code")]
    problem: String,
}

/// `POST …/suppressions/import?format=&act=&dry_run=&first_line=`, the list as its body.
#[utoipa::path(
    post, path = "/suppressions/import", tag = "People", summary = "Note a list of people: CSV or a JSON object a line",
    description = "Columns: `number` (or `hash`), `act`, `at`, `note`, `time_zone`. A CSV without a header has numbers \
        alone. Lines that cannot be read are refused one by one; what is so already is left as it is, so a list may be \
        imported again.",
    params(
        ("format" = Option<String>, Query, description = "`csv` (when absent) or `jsonl`"),
        ("act" = Option<String>, Query, description = "Of lines that do not say: `suppressed` (when absent), `opted_out`, `opted_in`, `lifted` or `none`"),
        ("dry_run" = Option<bool>, Query, description = "`true`: only say what would change"),
        ("first_line" = Option<u64>, Query, description = "Which line of its file the first one behind the header is; 1 when absent, 2 with a header"),
    ),
    request_body(content = String, content_type = "text/csv", description = "The list"),
    responses((status = 200, description = "What became of the lines", body = Imported)),
)]
pub async fn import(State(state): State<Arc<AppState>>, of: OfAccount, request: Request) -> Answer {
    let query = Query::of(request.uri());
    let format = match query.get("format") {
        None => Format::Csv,
        Some(word) => {
            Format::parse(word).ok_or_else(|| AdminError::field("format", "must be csv or jsonl"))?
        }
    };
    let act = match query.get("act") {
        None => Some(Act::Suppressed),
        Some("none") => None,
        Some(word) => Some(parse_act(word).map_err(|problem| AdminError::field("act", problem))?),
    };
    let dry_run = match query.get("dry_run") {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err(AdminError::field("dry_run", "must be true or false")),
    };
    let first_line = query.number("first_line", 1..=usize::MAX, 0)? as u64;
    let mut import = Import {
        state: &state,
        account: of.account.id,
        format,
        columns: None,
        act,
        first_line,
        at_line: 0,
        batch: Vec::with_capacity(BATCH_LINES),
        done: Imported { dry_run, ..Imported::default() },
    };
    let read = import.all(request.into_body()).await;
    // What came before the end of a body that broke off is noted, too: done again, it changes nothing.
    import.commit().await?;
    state.wake.queue();
    read?;
    ok(&import.done)
}

/// A list that is being read.
struct Import<'a> {
    state: &'a AppState,
    account: AccountId,
    format: Format,
    /// Of a CSV, once its first line is read.
    columns: Option<Columns>,
    act: Option<Act>,
    /// As the query says; 0: it does not.
    first_line: u64,
    /// The line that was read last; 0: none yet.
    at_line: u64,
    batch: Vec<PersonWrite>,
    done: Imported,
}

impl Import<'_> {
    async fn all(&mut self, mut body: Body) -> Result<(), AdminError> {
        let mut rest: Vec<u8> = Vec::new();
        while let Some(bytes) = self.next(&mut body).await? {
            rest.extend_from_slice(&bytes);
            let mut from = 0;
            while let Some(end) = rest[from..].iter().position(|byte| *byte == b'\n') {
                self.line(&rest[from..from + end]).await?;
                from += end + 1;
            }
            rest.drain(..from);
            if rest.len() > LINE_BYTES_MAX {
                let line = self.at_line.max(self.first_line.max(1) - 1) + 1;
                let problem =
                    format!("line {line} is longer than {LINE_BYTES_MAX} bytes: what follows was not read");
                return Err(AdminError::field("body", problem));
            }
        }
        if rest.is_empty() { Ok(()) } else { self.line(&rest).await }
    }

    /// The next piece of the body.
    async fn next(&self, body: &mut Body) -> Result<Option<Bytes>, AdminError> {
        let limit = self.state.limits.body_timeout;
        loop {
            let frame = tokio::select! {
                frame = body.frame() => frame,
                () = crate::clock::pause(limit) => {
                    return Err(super::super::super::error::ApiError::too_slow(limit).into());
                }
            };
            match frame {
                None => return Ok(None),
                Some(Ok(frame)) => {
                    if let Ok(bytes) = frame.into_data() {
                        return Ok(Some(bytes));
                    }
                }
                Some(Err(_)) => return Err(AdminError::field("body", "ended too early: import it again")),
            }
        }
    }

    async fn line(&mut self, bytes: &[u8]) -> Result<(), AdminError> {
        let is_first = self.at_line == 0;
        self.at_line = if is_first { self.first_line.max(1) } else { self.at_line + 1 };
        let text = String::from_utf8_lossy(bytes);
        let text = text.trim_end_matches('\r');
        let text = if is_first { text.trim_start_matches('\u{feff}') } else { text };
        if text.trim().is_empty() {
            return Ok(());
        }
        let columns = match &self.columns {
            Some(columns) => columns.clone(),
            None => match self.header(text)? {
                Some(columns) => columns,
                None => return Ok(()),
            },
        };
        self.done.lines += 1;
        if self.done.lines > LINES_MAX {
            let problem = format!("has more than {LINES_MAX} lines: import it in parts");
            return Err(AdminError::field("body", problem));
        }
        let now = self.state.clock.now();
        match read(text, (self.format, &columns), self.act, now) {
            Ok(line) => self.batch.push(self.write(line)),
            Err(problem) => {
                self.done.refused += 1;
                if self.done.problems.len() < PROBLEMS_SHOWN {
                    self.done.problems.push(Problem { line: self.at_line, problem });
                }
            }
        }
        if self.batch.len() >= BATCH_LINES { self.commit().await } else { Ok(()) }
    }

    /// Reads the first line as a header; `None`: it was one, and there is nothing more in it.
    fn header(&mut self, text: &str) -> Result<Option<Columns>, AdminError> {
        let found = match self.format {
            Format::Csv => Columns::of(text).map_err(|problem| AdminError::field("body", problem))?,
            Format::Jsonl => None,
        };
        let is_header = found.is_some();
        let columns = found.unwrap_or_else(Columns::numbers);
        self.columns = Some(columns.clone());
        // Where the query numbers the lines, it numbers those behind the header.
        if is_header && self.first_line > 0 {
            self.at_line = self.first_line - 1;
        }
        Ok((!is_header).then_some(columns))
    }

    fn write(&self, line: Line) -> PersonWrite {
        let (recipient, address) = match line.who {
            Who::Address(address) => {
                let key = address.key(&self.state.recipient_key, self.account);
                (key, Some(address.canonical().to_owned()))
            }
            Who::Key(key) => (key, None),
        };
        let at = line.at.unwrap_or_else(|| self.state.clock.now());
        let entry = line.act.map(|act| Entry::new(at, act, Source::Import, line.note.as_deref(), ACTOR));
        PersonWrite { recipient, address, entry, once: true, time_zone: line.time_zone }
    }

    async fn commit(&mut self) -> Result<(), AdminError> {
        let batch = std::mem::take(&mut self.batch);
        if batch.is_empty() {
            return Ok(());
        }
        let (account, now, lines) = (self.account, self.state.clock.now(), batch.len() as u64);
        let changed = if self.done.dry_run {
            self.state.store.preview_people(account, batch).await?
        } else {
            let row =
                audit(now, account, "person.import", format!("lines={lines} up to line {}", self.at_line));
            self.state.store.write_people(now, account, batch, row).await?
        };
        let changed = changed.into_iter().filter(|changed| *changed).count() as u64;
        self.done.changed += changed;
        self.done.unchanged += lines - changed;
        Ok(())
    }
}
