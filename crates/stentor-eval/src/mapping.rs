//! Which column of a CSV file is what: as told by flags, and for the rest by what the public files' headers look like.

use std::path::Path;

use clap::Args;

use crate::EvalError;
use crate::table::Table;

/// The mapping. What is not given is found by the headers, or is not there.
#[derive(Args, Clone, Debug, Default, PartialEq)]
pub struct Mapping {
    /// Column of the label: 1/0, yes/no, true/false, or see --positive
    #[arg(long, value_name = "COLUMN")]
    pub label: Option<String>,
    /// The label that means engaged
    #[arg(long, value_name = "VALUE")]
    pub positive: Option<String>,
    /// Column of the recipient
    #[arg(long, value_name = "COLUMN")]
    pub recipient: Option<String>,
    /// Column of the mailing, within which gains are told too
    #[arg(long, value_name = "COLUMN")]
    pub group: Option<String>,
    /// Column of the time of sending (a date, or a number that grows); with --label-time rows run by their dates
    #[arg(long, value_name = "COLUMN")]
    pub time: Option<String>,
    /// Column of the time at which the label is known: when its window closes
    #[arg(long, value_name = "COLUMN")]
    pub label_time: Option<String>,
    /// Column of the time of the engagement itself, empty where there was none
    #[arg(long, value_name = "COLUMN")]
    pub event_time: Option<String>,
    /// Column that is 1 in training rows and 0 in test rows; without it a hash decides, 70 to 30
    #[arg(long, value_name = "COLUMN")]
    pub train: Option<String>,
    /// The rows are in the order of time: the first 60 % are history, then come blocks of 1,000
    #[arg(long = "in-order")]
    pub is_in_order: bool,
    /// Columns of features, separated by commas; otherwise all that are nothing else
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub features: Vec<String>,
    /// Columns that are no features
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub skip: Vec<String>,
    /// Columns to order by, for comparison: high first, or low first after a minus
    #[arg(long = "order", value_name = "COLUMNS", value_delimiter = ',', allow_hyphen_values = true, value_parser = order)]
    pub orders: Vec<(String, bool)>,
    /// Rows to leave out: those with this value in this column
    #[arg(skip)]
    pub leave_out: Option<(String, String)>,
    /// What was found by itself.
    #[arg(skip)]
    pub notes: Vec<String>,
}

fn order(text: &str) -> Result<(String, bool), String> {
    match text.strip_prefix('-') {
        Some("") | None if text.trim_start_matches('-').is_empty() => Err("name a column".to_owned()),
        Some(column) => Ok((column.to_owned(), true)),
        None => Ok((text.to_owned(), false)),
    }
}

/// What the headers of a public file say.
struct Known {
    name: &'static str,
    /// Headers that only it has together.
    by: &'static [&'static str],
    label: &'static str,
    recipient: Option<&'static str>,
    group: Option<&'static str>,
    times: [Option<&'static str>; 3],
    train: Option<&'static str>,
    is_in_order: bool,
    features: &'static [&'static str],
    /// Known only afterwards, or the outcome itself.
    skip: &'static [&'static str],
    orders: &'static [&'static str],
    leave_out: Option<(&'static str, &'static str)>,
}

const KNOWN: [Known; 3] = [
    Known {
        name: "completejourney (coupon mailings by date)",
        by: &["campaign_id", "household_id", "start_date", "end_date", "days_since_red"],
        label: "y",
        recipient: Some("household_id"),
        group: Some("campaign_id"),
        times: [Some("start_date"), Some("end_date"), Some("red")],
        train: Some("is_train"),
        is_in_order: true,
        features: &[
            "l_n_red",
            "n_redcamp",
            "days_since_red",
            "l_n_items",
            "l_spend",
            "days_since_buy",
            "l_n_coupon_items",
            "l_n_prev",
            "campaign_type",
            "age",
            "income",
            "household_comp",
        ],
        skip: &[],
        orders: &["-days_since_red", "-days_since_buy", "l_n_items"],
        leave_out: None,
    },
    Known {
        name: "bank marketing (calls in the order of time)",
        by: &["poutcome", "pdays", "duration", "campaign"],
        label: "y",
        recipient: None,
        group: None,
        times: [None; 3],
        train: None,
        is_in_order: true,
        features: &[],
        // The length of the call is known only when it is over.
        skip: &["duration"],
        orders: &["previous", "-campaign"],
        leave_out: None,
    },
    Known {
        name: "Hillstrom's e-mail challenge",
        by: &["history_segment", "zip_code", "segment", "visit", "conversion"],
        label: "visit",
        recipient: None,
        group: None,
        times: [None; 3],
        train: None,
        is_in_order: false,
        features: &[],
        skip: &["visit", "conversion", "spend", "history_segment"],
        orders: &["-recency", "history"],
        leave_out: Some(("segment", "No E-Mail")),
    },
];

impl Mapping {
    /// With what the headers say where nothing was given.
    ///
    /// # Errors
    /// [`EvalError::File`], where a column that was named is not there, or no label is found.
    pub fn completed(&self, table: &Table, path: &Path) -> Result<Self, EvalError> {
        let mut mapping = self.clone();
        let known = KNOWN.iter().find(|known| known.by.iter().all(|name| table.column(name).is_some()));
        if let Some(known) = known {
            mapping.fill(known);
        }
        if mapping.label.is_none() {
            let usual = ["y", "label", "engaged", "read", "clicked", "opened", "converted"];
            mapping.label =
                usual.iter().find(|name| table.column(name).is_some()).map(|name| (*name).to_owned());
        }
        let Some(label) = mapping.label.clone() else {
            let what =
                format!("name the label's column with --label; there are {}", table.headers.join(", "));
            return Err(EvalError::File { path: path.to_owned(), what });
        };
        for name in mapping.named().chain(&mapping.features).chain(&mapping.skip) {
            crate::table::column_of(table, name, path)?;
        }
        if mapping.label_time.is_some() && mapping.time.is_none() {
            let what = "--label-time needs --time, the column of the time of sending".to_owned();
            return Err(EvalError::File { path: path.to_owned(), what });
        }
        if mapping.features.is_empty() {
            let taken: Vec<&String> = mapping.named().chain(&mapping.skip).collect();
            let is_free = |name: &&String| !taken.iter().any(|other| other.eq_ignore_ascii_case(name));
            let mut features: Vec<String> = table.headers.iter().filter(is_free).cloned().collect();
            features.retain(|name| !name.eq_ignore_ascii_case(&label));
            mapping.features = features;
        }
        Ok(mapping)
    }

    /// Columns that say what a row is.
    fn named(&self) -> impl Iterator<Item = &String> {
        let single = [
            &self.label,
            &self.recipient,
            &self.group,
            &self.time,
            &self.label_time,
            &self.event_time,
            &self.train,
        ];
        single.into_iter().flatten()
    }

    fn fill(&mut self, known: &Known) {
        let own = |name: Option<&str>| name.map(ToOwned::to_owned);
        let set = |field: &mut Option<String>, name: Option<&str>| {
            if field.is_none() {
                *field = own(name);
            }
        };
        set(&mut self.label, Some(known.label));
        set(&mut self.recipient, known.recipient);
        set(&mut self.group, known.group);
        set(&mut self.time, known.times[0]);
        set(&mut self.label_time, known.times[1]);
        set(&mut self.event_time, known.times[2]);
        set(&mut self.train, known.train);
        self.is_in_order |= known.is_in_order && self.train.is_none();
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        if self.features.is_empty() {
            self.features = list(known.features);
        }
        self.skip.extend(list(known.skip).into_iter().filter(|name| Some(name) != self.label.as_ref()));
        if self.orders.is_empty() {
            self.orders = known.orders.iter().filter_map(|text| order(text).ok()).collect();
        }
        self.leave_out = known.leave_out.map(|(column, value)| (column.to_owned(), value.to_owned()));
        self.notes.push(format!("the headers are those of {}", known.name));
    }
}
