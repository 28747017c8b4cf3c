//! `suppression`: who may not be written to, one by one and as lists. Lists are read and written piece by piece.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::body::Body;
use http::{Method, Request};
use serde_json::{Value, json};

use super::account::{account_of, in_account};
use super::args::{ListFormat, OfAccount, SuppressionCommand};
use super::client::{Server, refusal};
use super::exit::{Done, Exit, Stop};
use super::json::{items, text};
use super::person::ask;
use super::print;
use crate::consent_lines::{Columns, Format, LINE_BYTES_MAX, parse_act};
use crate::outbound::Flow;

/// Lines of one request.
const PIECE_LINES: usize = 5_000;
/// Refused lines that are named.
const PROBLEMS_SHOWN: usize = 100;
/// Until an export begins.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);

/// Runs `suppression …`.
///
/// # Errors
/// As every command: exit code and line; [`Exit::Failed`] after an import that refused lines.
pub async fn run(command: SuppressionCommand) -> Done {
    match command {
        SuppressionCommand::Add { number, note, marketing, of } => {
            let act = if marketing { "opted_out" } else { "suppressed" };
            said(&number, act, note, &of).await
        }
        SuppressionCommand::Lift { number, note, marketing, of } => {
            let act = if marketing { "opted_in" } else { "lifted" };
            said(&number, act, note, &of).await
        }
        SuppressionCommand::Check { number, of } => {
            let standing = ask(&of, "/suppressions/check", &json!({"number": number})).await?;
            if of.client.json { print::json(&standing) } else { draw(&standing) }
        }
        SuppressionCommand::Import { file, format, act, dry_run, of } => {
            if act != "none" {
                parse_act(&act).map_err(|problem| Stop::new(Exit::Usage, format!("--{problem}")))?;
            }
            let format = format_of(format, Some(&file));
            let query = format!("?format={}&act={act}&dry_run={dry_run}", format.as_str());
            import(&file, format, &query, &of).await
        }
        SuppressionCommand::Export { out, format, of } => {
            let json = of.client.json.then_some(ListFormat::Jsonl);
            let format = format_of(format.or(json), out.as_deref());
            export(out, format, &of).await
        }
    }
}

async fn said(number: &str, act: &str, note: Option<String>, of: &OfAccount) -> Done {
    let body = json!({"number": number, "act": act, "note": note, "source": "cli"});
    let noted = ask(of, "/suppressions", &body).await?;
    if of.client.json { print::json(&noted) } else { draw(&noted["standing"]) }
}

/// What may be sent to a person, and what was said.
fn draw(standing: &Value) -> Done {
    let may = match (standing["anything"].as_bool(), standing["marketing"].as_bool()) {
        (Some(true), Some(true)) => "may get everything",
        (Some(true), _) => "may get no marketing",
        _ => "may get nothing",
    };
    let number = text(&standing["number"]);
    print::line(format!("{} {may}", if number.is_empty() { text(&standing["hash"]) } else { number }))?;
    let zones: Vec<_> = items(standing, "zones").iter().map(text).collect();
    if !zones.is_empty() {
        print::line(format!("in {} ({})", zones.join(", "), text(&standing["zones_known"])))?;
    }
    for entry in items(standing, "history") {
        let wording = text(&entry["wording"]);
        let wording = if wording.is_empty() { wording } else { format!("  \"{wording}\"") };
        let (at, act, source) = (text(&entry["at"]), text(&entry["act"]), text(&entry["source"]));
        print::line(format!("{at}  {act:<10}  {source}{}", super::text::tame(&wording).replace('\n', " ")))?;
    }
    Ok(())
}

fn format_of(given: Option<ListFormat>, file: Option<&Path>) -> Format {
    let ending = file.and_then(Path::extension).and_then(|ending| ending.to_str()).unwrap_or_default();
    match given {
        Some(ListFormat::Csv) => Format::Csv,
        Some(ListFormat::Jsonl) => Format::Jsonl,
        None if ["jsonl", "ndjson", "json"].contains(&ending) => Format::Jsonl,
        None => Format::Csv,
    }
}

/// What the pieces of an import came to.
#[derive(Default)]
struct Total {
    lines: u64,
    changed: u64,
    unchanged: u64,
    refused: u64,
    problems: Vec<Value>,
}

impl Total {
    fn add(&mut self, answer: &Value) {
        let n = |name: &str| answer[name].as_u64().unwrap_or_default();
        self.lines += n("lines");
        self.changed += n("changed");
        self.unchanged += n("unchanged");
        self.refused += n("refused");
        let room = PROBLEMS_SHOWN.saturating_sub(self.problems.len());
        self.problems.extend(items(answer, "problems").iter().take(room).cloned());
    }
}

async fn import(file: &Path, format: Format, query: &str, of: &OfAccount) -> Done {
    let server = Server::find(&of.client)?;
    let account = account_of(&server, of.account).await?;
    let path = in_account(account, &format!("/suppressions/import{query}"));
    let mut pieces = Pieces::open(file, format)?;
    let mut total = Total::default();
    while let Some((first_line, piece)) = pieces.next()? {
        let path = format!("{path}&first_line={first_line}");
        let answer = server.upload(&path, Some(format.mime()), piece).await.map_err(|stop| {
            let line = format!("{} (up to line {} it is noted: import it again)", stop.line, first_line - 1);
            Stop::new(stop.exit, line)
        })?;
        total.add(&answer);
        if pieces.is_long() {
            print::aside(format!(
                "{} lines, {} changed, {} refused",
                total.lines, total.changed, total.refused
            ));
        }
    }
    let Total { lines, changed, unchanged, refused, problems } = &total;
    if of.client.json {
        print::json(
            &json!({"lines": lines, "changed": changed, "unchanged": unchanged, "refused": refused, "problems": problems}),
        )?;
    } else {
        for problem in problems {
            print::aside(format!("line {}: {}", text(&problem["line"]), text(&problem["problem"])));
        }
        let would = if query.ends_with("dry_run=true") { "would change" } else { "changed" };
        print::line(format!("{lines} lines: {changed} {would}, {unchanged} so already, {refused} refused"))?;
    }
    if *refused > 0 {
        return Err(Stop::failed(format!("{refused} lines were refused; mend and import them again")));
    }
    Ok(())
}

/// A file in pieces of whole lines, each beginning with the file's header.
struct Pieces {
    name: String,
    lines: Box<dyn BufRead>,
    header: Vec<u8>,
    /// The line that is read next.
    line: u64,
    /// What was read to see whether it is a header, and is none.
    first: Option<Vec<u8>>,
}

impl Pieces {
    fn open(file: &Path, format: Format) -> Result<Self, Stop> {
        let name = file.display().to_string();
        let lines: Box<dyn BufRead> = if name == "-" {
            Box::new(BufReader::new(io::stdin()))
        } else {
            let opened = File::open(file);
            Box::new(BufReader::new(
                opened.map_err(|error| Stop::new(Exit::Usage, format!("{name} cannot be read: {error}")))?,
            ))
        };
        let mut pieces = Self { name, lines, header: Vec::new(), line: 1, first: None };
        if let Some(first) = pieces.read()? {
            let text = String::from_utf8_lossy(&first).trim_start_matches('\u{feff}').trim().to_owned();
            let is_header = format == Format::Csv
                && Columns::of(&text)
                    .map_err(|problem| Stop::new(Exit::Usage, format!("{}: {problem}", pieces.name)))?
                    .is_some();
            if is_header {
                pieces.header = first;
                pieces.line = 2;
            } else {
                pieces.first = Some(first);
            }
        }
        Ok(pieces)
    }

    /// The next line with its end.
    fn read(&mut self) -> Result<Option<Vec<u8>>, Stop> {
        let mut line = Vec::new();
        let limit = LINE_BYTES_MAX as u64 + 2;
        let read = io::Read::take(&mut self.lines, limit).read_until(b'\n', &mut line);
        let read = read.map_err(|error| Stop::failed(format!("{} cannot be read: {error}", self.name)))?;
        if read as u64 == limit && !line.ends_with(b"\n") {
            let line = format!("{}: line {} is longer than {LINE_BYTES_MAX} bytes", self.name, self.line);
            return Err(Stop::failed(line));
        }
        Ok((read > 0).then_some(line))
    }

    /// The next piece and the number of its first line; `None` at the end.
    fn next(&mut self) -> Result<Option<(u64, Vec<u8>)>, Stop> {
        let (first_line, mut piece, mut count) = (self.line, self.header.clone(), 0);
        while count < PIECE_LINES {
            let Some(line) = (match self.first.take() {
                Some(first) => Some(first),
                None => self.read()?,
            }) else {
                break;
            };
            self.line += 1;
            count += 1;
            piece.extend_from_slice(&line);
        }
        Ok((count > 0).then_some((first_line, piece)))
    }

    /// Whether there is more than one piece: then its progress is told.
    const fn is_long(&self) -> bool {
        self.line > PIECE_LINES as u64
    }
}

async fn export(out: Option<PathBuf>, format: Format, of: &OfAccount) -> Done {
    let server = Server::find(&of.client)?;
    let account = account_of(&server, of.account).await?;
    let path = in_account(account, &format!("/suppressions/export?format={}", format.as_str()));
    let mut request = Request::new(Body::empty());
    *request.method_mut() = Method::GET;
    *request.uri_mut() = path.parse().unwrap_or_default();
    let mut flow = server.admin_flow(request, ANSWER_WITHIN).await?;
    if let Some(stop) = refusal(flow.status, &Value::Null) {
        return Err(stop);
    }
    match out {
        None => copy(&mut flow, &mut io::stdout().lock(), "stdout").await,
        Some(file) => {
            let name = file.display().to_string();
            let mut made =
                File::create(&file).map_err(|e| Stop::failed(format!("{name} cannot be written: {e}")))?;
            copy(&mut flow, &mut made, &name).await?;
            print::aside(format!("written to {name}"));
            Ok(())
        }
    }
}

async fn copy(flow: &mut Flow, to: &mut impl Write, name: &str) -> Done {
    while let Some(bytes) = flow.next().await {
        let bytes = bytes.map_err(|failure| Stop::failed(format!("the export broke off: {failure}")))?;
        match to.write_all(&bytes).and_then(|()| to.flush()) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Err(Stop::new(Exit::Ok, "")),
            Err(error) => return Err(Stop::failed(format!("{name} cannot be written: {error}"))),
        }
    }
    Ok(())
}
