//! A CSV file with a mapping of its columns, into the same rows as a design file has.

use std::collections::BTreeMap;
use std::path::Path;

use crate::EvalError;
use crate::dataset::{Dataset, Order, Row, Timing, is_train};
use crate::mapping::Mapping;
use crate::source::{LINE_BYTES_MAX, ROWS_MAX, TEXT_BYTES_MAX, open};
use crate::{columns, svm};

/// Of a file in the order of time that does not say, so much is history.
const HISTORY_PERCENT: usize = 60;

/// A CSV file's cells, column by column, and the line of each row.
pub struct Table {
    /// The columns' names.
    pub headers: Vec<String>,
    /// The cells of each column.
    pub cells: Vec<Vec<String>>,
    /// Where each row begins.
    pub lines: Vec<u64>,
    /// Its number in the file, from 0: what the split goes by, whatever is left out.
    pub numbers: Vec<u64>,
}

impl Table {
    /// Reads a file; the separator is the one of `,`, `;` and tab that its header has most.
    ///
    /// # Errors
    /// [`EvalError`], with the line.
    pub fn read(path: &Path) -> Result<Self, EvalError> {
        let fault = |line: u64, what: String| EvalError::Line { path: path.to_owned(), line, what };
        let separator = separator(path)?;
        let mut reader =
            csv::ReaderBuilder::new().delimiter(separator).trim(csv::Trim::All).from_reader(open(path)?);
        let of_csv =
            |error: &csv::Error| fault(error.position().map_or(1, csv::Position::line), error.to_string());
        let clean = |header: &str| header.trim_start_matches('\u{feff}').to_owned();
        let headers: Vec<String> = reader.headers().map_err(|e| of_csv(&e))?.iter().map(clean).collect();
        let mut table =
            Self { cells: vec![Vec::new(); headers.len()], headers, lines: Vec::new(), numbers: Vec::new() };
        let mut record = csv::StringRecord::new();
        while reader.read_record(&mut record).map_err(|e| of_csv(&e))? {
            let line = record.position().map_or(0, csv::Position::line);
            if record.as_slice().len() > LINE_BYTES_MAX {
                return Err(fault(line, format!("the row is longer than {LINE_BYTES_MAX} bytes")));
            }
            if table.lines.len() >= ROWS_MAX || reader.position().byte() > TEXT_BYTES_MAX {
                let what = format!(
                    "more than {ROWS_MAX} rows or {TEXT_BYTES_MAX} bytes: evaluate a part of the file"
                );
                return Err(fault(line, what));
            }
            table.numbers.push(table.lines.len() as u64);
            table.lines.push(line);
            table.cells.iter_mut().zip(&record).for_each(|(column, cell)| column.push(cell.to_owned()));
        }
        Ok(table)
    }

    /// The place of a column, by its name in any case.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<usize> {
        self.headers.iter().position(|header| header.eq_ignore_ascii_case(name))
    }

    /// Only the rows that are wanted.
    pub fn keep(&mut self, is_wanted: impl Fn(&Self, usize) -> bool) {
        let wanted: Vec<bool> = (0..self.lines.len()).map(|i| is_wanted(self, i)).collect();
        for column in &mut self.cells {
            let mut wanted = wanted.iter();
            column.retain(|_| *wanted.next().unwrap_or(&false));
        }
        for numbers in [&mut self.lines, &mut self.numbers] {
            let mut wanted = wanted.iter();
            numbers.retain(|_| *wanted.next().unwrap_or(&false));
        }
    }
}

/// Reads a CSV file by that mapping; what the mapping leaves open is found by the file's headers.
///
/// # Errors
/// [`EvalError`], with the line.
pub fn read(path: &Path, mapping: &Mapping) -> Result<Dataset, EvalError> {
    load(path, mapping, Purpose::Order)
}

/// The same for the difference of two arms: no row is left out, and numbers have their slopes alone.
///
/// # Errors
/// [`EvalError`], with the line.
pub fn read_all(path: &Path, mapping: &Mapping) -> Result<Dataset, EvalError> {
    load(path, mapping, Purpose::Difference)
}

/// What rows are read for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// To order people by one model.
    Order,
    /// To take the difference of two: both arms are needed, and slopes alone, since it has the noise of both.
    Difference,
}

fn load(path: &Path, mapping: &Mapping, purpose: Purpose) -> Result<Dataset, EvalError> {
    let mut table = Table::read(path)?;
    let mapping = mapping.completed(&table, path)?;
    let mut notes = mapping.notes.clone();
    if let Some((column, value)) = mapping.leave_out.as_ref().filter(|_| purpose == Purpose::Order) {
        let at = column_of(&table, column, path)?;
        table.keep(|table, i| !table.cells[at][i].eq_ignore_ascii_case(value));
        notes.push(format!("rows with {column} = {value} are left out"));
    }
    let mut rows = rows(&table, &mapping, path)?;
    let is_train: Vec<bool> = rows.iter().map(|row| row.is_train).collect();
    let features: Vec<usize> = mapping.features.iter().filter_map(|name| table.column(name)).collect();
    let names = columns::fill(&table, &features, &is_train, &mut rows, purpose == Purpose::Order)
        .map_err(|what| EvalError::File { path: path.to_owned(), what })?;
    let orders = orders(&table, &mapping);
    let timing = if mapping.label_time.is_some() { Timing::Dates } else { Timing::Split };
    let mut data = Dataset { rows, names, features: 0, orders, timing, notes };
    svm::finish(&mut data, path)?;
    Ok(data)
}

/// The place of a column that must be there.
///
/// # Errors
/// [`EvalError::File`], naming the columns that are.
pub fn column_of(table: &Table, name: &str, path: &Path) -> Result<usize, EvalError> {
    table.column(name).ok_or_else(|| EvalError::File {
        path: path.to_owned(),
        what: format!("there is no column `{name}`; there are {}", table.headers.join(", ")),
    })
}

fn separator(path: &Path) -> Result<u8, EvalError> {
    let mut header = String::new();
    let unreadable = |source| EvalError::Unreadable { path: path.to_owned(), source };
    let mut text = std::io::Read::take(open(path)?, LINE_BYTES_MAX as u64);
    std::io::BufRead::read_line(&mut text, &mut header).map_err(unreadable)?;
    let count = |separator: u8| header.bytes().filter(|byte| *byte == separator).count();
    Ok([b',', b';', b'\t'].into_iter().rev().max_by_key(|separator| count(*separator)).unwrap_or(b','))
}

fn rows(table: &Table, mapping: &Mapping, path: &Path) -> Result<Vec<Row>, EvalError> {
    let find = |name: &Option<String>| name.as_ref().map(|name| column_of(table, name, path)).transpose();
    let label = column_of(table, mapping.label.as_deref().unwrap_or("y"), path)?;
    let [recipient, group, train] = [find(&mapping.recipient)?, find(&mapping.group)?, find(&mapping.train)?];
    let [time, label_time, event_time] =
        [find(&mapping.time)?, find(&mapping.label_time)?, find(&mapping.event_time)?];
    let count = table.lines.len();
    let mut recipients = Numbers::default();
    let mut groups = Numbers::default();
    let mut rows = Vec::with_capacity(count);
    for i in 0..count {
        let fault = |what: String| EvalError::Line { path: path.to_owned(), line: table.lines[i], what };
        let day = |column: Option<usize>| match column.map(|column| table.cells[column][i].as_str()) {
            None | Some("") => Ok(None),
            Some(text) => day(text).map(Some).map_err(fault),
        };
        let sent_day = day(time)?.unwrap_or(0);
        rows.push(Row {
            label: is_positive(&table.cells[label][i], mapping.positive.as_deref()).map_err(fault)?,
            is_train: match train {
                Some(column) => svm::label(&table.cells[column][i]).map_err(|_| {
                    fault(format!("`{}` is no 1 (training row) or 0 (test row)", table.cells[column][i]))
                })?,
                None if mapping.is_in_order => i < count * HISTORY_PERCENT / 100,
                None => is_train(table.numbers[i]),
            },
            features: vec![(0, 1.0)],
            recipient: recipient.map(|column| recipients.of(&table.cells[column][i])),
            group: group.map_or(0, |column| groups.of(&table.cells[column][i])),
            sent_day,
            known_day: day(label_time)?.unwrap_or(sent_day),
            engaged_day: day(event_time)?,
        });
    }
    Ok(rows)
}

/// Texts, numbered as they come.
#[derive(Default)]
struct Numbers(BTreeMap<String, u64>);

impl Numbers {
    fn of(&mut self, text: &str) -> u64 {
        let next = self.0.len() as u64;
        *self.0.entry(text.to_owned()).or_insert(next)
    }
}

fn is_positive(text: &str, positive: Option<&str>) -> Result<bool, String> {
    if let Some(positive) = positive {
        return Ok(text.eq_ignore_ascii_case(positive));
    }
    match text.to_ascii_lowercase().as_str() {
        "yes" | "true" | "y" | "t" => Ok(true),
        "no" | "false" | "n" | "f" => Ok(false),
        _ => svm::label(text).map_err(|_| {
            format!(
                "the label is `{text}`: 1, yes or true is engaged, 0, no or false is not; or say --positive"
            )
        }),
    }
}

/// A day: of a date, or a number that grows with time.
fn day(text: &str) -> Result<i64, String> {
    if let Ok(number) = text.parse::<f64>() {
        return Ok(number.floor() as i64);
    }
    let date = text.get(..10).unwrap_or(text);
    let date: jiff::civil::Date =
        date.parse().map_err(|_| format!("`{text}` is no date such as 2026-11-30"))?;
    let epoch = jiff::civil::date(1970, 1, 1);
    Ok(i64::from((date - epoch).get_days()))
}

fn orders(table: &Table, mapping: &Mapping) -> Vec<Order> {
    let order = |(column, is_low_first): &(String, bool)| {
        let at = table.column(column)?;
        let sign = if *is_low_first { -1.0 } else { 1.0 };
        // What is missing goes last.
        let value = |cell: &String| cell.parse::<f64>().map_or(f64::NEG_INFINITY, |value| sign * value);
        let name = format!("{column}, {} first", if *is_low_first { "low" } else { "high" });
        Some(Order { name, scores: table.cells[at].iter().map(value).collect() })
    };
    mapping.orders.iter().filter_map(order).collect()
}
