//! Lists of people as text: one line each, CSV with a header or one JSON object a line. The import reads them and the
//! export writes them, on both sides of the API; who they are and what is kept is decided elsewhere.
//!
//! Columns: `number` (or `hash`, of an erased person's export), `act`, `at`, `note`, `time_zone`; a CSV without a header
//! has numbers alone. `source` is written, and read over.

use serde_json::{Map, Value, json};
use stentor_core::consent::Act;
use stentor_core::id::RecipientKey;
use stentor_core::quiet_hours;
use stentor_core::recipient::{self, Address};
use stentor_core::time::Timestamp;
use stentor_wire::reader::tree;

/// Bytes of one line; a longer one is refused, not cut.
pub const LINE_BYTES_MAX: usize = 4_096;
/// The columns, in the order in which they are written.
pub const COLUMNS: [&str; 7] = ["number", "hash", "act", "at", "source", "note", "time_zone"];

/// How the lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// RFC 4180, but for line breaks inside of quotes.
    Csv,
    /// A JSON object a line.
    Jsonl,
}

impl Format {
    /// The word in a query.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
        }
    }

    /// The format of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Csv, Self::Jsonl].into_iter().find(|format| format.as_str() == word)
    }

    /// For `Content-Type`.
    #[must_use]
    pub const fn mime(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Jsonl => "application/x-ndjson",
        }
    }
}

/// Who a line is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// A number or user id.
    Address(Address),
    /// Only their key: erased.
    Key(RecipientKey),
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Who.
    pub who: Who,
    /// What was said; `None`: nothing, only the zone is noted.
    pub act: Option<Act>,
    /// When; `None`: now.
    pub at: Option<Timestamp>,
    /// The operator's note.
    pub note: Option<String>,
    /// The IANA time zone: `Some(None)` forgets it, `None` leaves it as it is.
    pub time_zone: Option<Option<String>>,
}

/// What the columns of a CSV mean, in its order; of JSON nothing is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns(Vec<&'static str>);

impl Columns {
    /// The numbers alone.
    #[must_use]
    pub fn numbers() -> Self {
        Self(vec!["number"])
    }

    /// Out of a file's first line; `None`: it is no header.
    ///
    /// # Errors
    /// A header with a column that does not exist, or without a number.
    pub fn of(first: &str) -> Result<Option<Self>, String> {
        let names = fields(first)?;
        let known = |name: &String| {
            let name = name.trim().to_ascii_lowercase();
            COLUMNS.into_iter().find(|column| *column == name)
        };
        if !names.iter().any(|name| known(name).is_some()) {
            return Ok(None);
        }
        let columns: Option<Vec<_>> = names.iter().map(known).collect();
        let columns = columns.ok_or_else(|| format!("the header may have only {}", COLUMNS.join(", ")))?;
        if !columns.iter().any(|column| matches!(*column, "number" | "hash")) {
            return Err("the header needs a column number".to_owned());
        }
        Ok(Some(Self(columns)))
    }
}

/// Reads one line. `act`: of lines that do not say; `now`: nothing was said later.
///
/// # Errors
/// What is wrong with it, naming the column and what it may be; never the number.
pub fn read(
    line: &str,
    (format, columns): (Format, &Columns),
    act: Option<Act>,
    now: Timestamp,
) -> Result<Line, String> {
    let mut row = match format {
        Format::Csv => of_csv(line, columns)?,
        Format::Jsonl => of_json(line)?,
    };
    let mut take = |name: &str| row.shift_remove(name).filter(|text| !text.is_empty());
    let (number, hash) = (take("number"), take("hash"));
    let who = match (number, hash) {
        (Some(number), _) => Who::Address(address(&number)?),
        (None, Some(hash)) => Who::Key(key(&hash)?),
        (None, None) => return Err("number: is missing".to_owned()),
    };
    let act = match take("act").as_deref() {
        None => act,
        Some("none") => None,
        Some(word) => Some(parse_act(word)?),
    };
    let at = take("at").map(|text| moment(&text)).transpose()?;
    if at.is_some_and(|at| at > now) {
        return Err("at: lies in the future".to_owned());
    }
    let time_zone = take("time_zone").map(|name| parse_zone(&name)).transpose()?;
    Ok(Line { who, act, at, note: take("note"), time_zone })
}

/// The act of a word.
///
/// # Errors
/// The words there are.
pub fn parse_act(word: &str) -> Result<Act, String> {
    let words = || Act::ALL.iter().map(|act| act.as_str()).collect::<Vec<_>>().join(", ");
    Act::parse(word).ok_or_else(|| format!("act: must be one of {}, or none", words()))
}

/// A time zone by its name; `none` forgets it.
///
/// # Errors
/// There is none of that name.
pub fn parse_zone(name: &str) -> Result<Option<String>, String> {
    match name {
        "none" => Ok(None),
        _ if quiet_hours::zone(name).is_some() => Ok(Some(name.to_owned())),
        _ => Err("time_zone: must be an IANA name such as Europe/Berlin, or none to forget it".to_owned()),
    }
}

fn address(number: &str) -> Result<Address, String> {
    let parsed = recipient::parse_user(number).or_else(|_| recipient::parse(number));
    parsed.map_err(|error| format!("number: {error}"))
}

fn key(hash: &str) -> Result<RecipientKey, String> {
    let bits = u64::from_str_radix(hash, 16).ok().filter(|_| hash.len() == 16);
    let bits = bits.ok_or("hash: must be 16 hexadecimal digits, as an export writes them")?;
    Ok(RecipientKey(bits.cast_signed()))
}

/// A person's key as it is written.
#[must_use]
pub fn hash(key: RecipientKey) -> String {
    format!("{:016x}", key.0.cast_unsigned())
}

fn moment(text: &str) -> Result<Timestamp, String> {
    if let Ok(secs) = text.parse::<i64>() {
        return Ok(Timestamp::from_secs(secs));
    }
    let parsed = text.parse::<jiff::Timestamp>().map(|at| Timestamp::from_millis(at.as_millisecond()));
    parsed.map_err(|_| "at: must be RFC 3339 such as 2026-11-30T12:00:00Z, or Unix seconds".to_owned())
}

/// Fields by their column, as text.
struct Fields(Map<String, Value>);

impl Fields {
    fn shift_remove(&mut self, name: &str) -> Option<String> {
        match self.0.shift_remove(name)? {
            Value::String(text) => Some(text.trim().to_owned()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }
}

fn of_csv(line: &str, columns: &Columns) -> Result<Fields, String> {
    let fields = fields(line)?;
    if fields.len() > columns.0.len() {
        return Err(format!("has {} fields, the header {}", fields.len(), columns.0.len()));
    }
    let named = columns.0.iter().zip(fields).map(|(name, field)| ((*name).to_owned(), field.into()));
    Ok(Fields(named.collect()))
}

fn of_json(line: &str) -> Result<Fields, String> {
    match tree(line.as_bytes()) {
        Ok(Value::Object(row)) => match row.keys().find(|name| !COLUMNS.contains(&name.as_str())) {
            None => Ok(Fields(row)),
            Some(name) => Err(format!("{name:?}: no such field; there are {}", COLUMNS.join(", "))),
        },
        Ok(_) => Err("is no JSON object".to_owned()),
        Err(error) => Err(format!("is no JSON: column {}", error.column())),
    }
}

/// The fields of a line of CSV.
fn fields(line: &str) -> Result<Vec<String>, String> {
    let (mut all, mut field, mut left) = (Vec::new(), String::new(), line.chars().peekable());
    let mut is_quoted = left.next_if_eq(&'"').is_some();
    while let Some(c) = left.next() {
        match c {
            '"' if is_quoted && left.next_if_eq(&'"').is_some() => field.push('"'),
            '"' if is_quoted => is_quoted = false,
            ',' if !is_quoted => {
                all.push(std::mem::take(&mut field));
                is_quoted = left.next_if_eq(&'"').is_some();
            }
            c => field.push(c),
        }
    }
    if is_quoted {
        return Err("a quote is not closed on its line".to_owned());
    }
    all.push(field);
    Ok(all)
}

/// One line of an export, its values in the order of [`COLUMNS`]; an empty one is left out of JSON.
#[must_use]
pub fn written(format: Format, values: [&str; 7]) -> String {
    match format {
        Format::Csv => values.map(quoted).join(",") + "\n",
        Format::Jsonl => {
            let given = COLUMNS.iter().zip(values).filter(|(_, value)| !value.is_empty());
            let row: Map<String, Value> =
                given.map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
            Value::Object(row).to_string() + "\n"
        }
    }
}

fn quoted(value: &str) -> String {
    let is_plain = !value.contains([',', '"', '\n', '\r']);
    let one_line = value.replace(['\n', '\r'], " ");
    if is_plain { one_line } else { format!("\"{}\"", one_line.replace('"', "\"\"")) }
}

#[cfg(test)]
mod tests;
