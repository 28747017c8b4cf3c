//! THE error table: one row for every code that WhatsApp, 360dialog or we may give, and what each asks of the sender.
//!
//! The API prints from it, the upstreams and [`crate::outcome`] judge by it, `docs/errors.md` is generated from it.
//! A code that is not here is unknown and never resent. Source: Meta's error-code page, `docs/errors.md` says more.

use std::fmt::Write as _;

mod authorisation;
pub mod dialog360;
mod management;
mod marketing;
mod message;
mod registration;
mod template;
mod throttling;

/// Where a code is seen by whoever sent the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appears {
    /// In the HTTP answer of the request.
    Response,
    /// In a `failed` status webhook only, after a 200.
    Webhook,
    /// In the HTTP answer or in a `failed` status webhook.
    Both,
    /// On an inbound message; never about something we sent.
    Inbound,
}

/// What a code asks of whoever sent the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// Refused before it was processed: back off and send again.
    Safe,
    /// Passing trouble, but the message may already have been processed: never resent blindly.
    Transient,
    /// Never again as it is: somebody has to change the message, the template or the account.
    Fix,
    /// Never again.
    Never,
    /// Again after [`Reason::wait_secs`].
    Wait,
}

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason {
    /// `error.code`; the first code of the row where it stands for a range.
    pub code: u32,
    /// The last code (or, with a subcode, the last subcode) of the row: the same as the first but for ranges.
    pub last: u32,
    /// `error.error_subcode`, for rows that only apply to one.
    pub subcode: Option<u32>,
    /// HTTP status of the answer that carries it (where Meta prints none: 400).
    pub http: u16,
    /// Meta's title, without the `(#code)` in front: what webhooks carry as `title` and `message`.
    pub title: &'static str,
    /// Where it is seen.
    pub appears: Appears,
    /// What it asks of the sender.
    pub retry: Retry,
    /// Seconds before the next try; 0 unless `retry` is [`Retry::Wait`].
    pub wait_secs: u32,
    /// For people: what happened, and the fix.
    pub sentence: &'static str,
    /// Given by Stentor, not by WhatsApp.
    pub ours: bool,
}

impl Reason {
    const fn new(
        code: u32,
        http: u16,
        title: &'static str,
        appears: Appears,
        retry: Retry,
        sentence: &'static str,
    ) -> Self {
        Self {
            code,
            last: code,
            subcode: None,
            http,
            title,
            appears,
            retry,
            wait_secs: 0,
            sentence,
            ours: false,
        }
    }

    const fn through(self, last: u32) -> Self {
        Self { last, ..self }
    }

    const fn wait(self, wait_secs: u32) -> Self {
        Self { wait_secs, ..self }
    }

    /// Subcodes `first..=last` of `code`, all HTTP 400 and to be fixed by the caller.
    const fn sub(code: u32, first: u32, last: u32, title: &'static str, sentence: &'static str) -> Self {
        let row = Self::new(code, 400, title, Appears::Response, Retry::Fix, sentence);
        Self { subcode: Some(first), last, ..row }
    }

    /// `error.message` as Meta prints it.
    ///
    /// ```
    /// use stentor_core::reason::reason;
    /// assert_eq!(reason(131055).unwrap().message(), "(#131055) Method not allowed");
    /// ```
    #[must_use]
    pub fn message(&self) -> String {
        message(self.code, self.title)
    }
}

/// `error.message` as Meta prints it, for a code of a range or a title of one's own: `(#code) title`.
#[must_use]
pub fn message(code: u32, title: &str) -> String {
    format!("(#{code}) {title}")
}

/// `error_data.details` of code 100 on the marketing endpoint when the message is no template.
pub const NOT_A_TEMPLATE: &str = "Message must be a template message.";
/// `error_data.details` of code 131055 on the marketing endpoint when the template is not a marketing one.
pub const NOT_MARKETING: &str = "Only marketing template messages are supported";
/// Title of code 200 on the marketing endpoint when the account has not accepted Meta's terms.
pub const TERMS_NOT_ACCEPTED: &str = "You must accept the Marketing Messages Lite API terms to use the API.";
/// Our code for a message whose deadline passed before it was handed to WhatsApp (the old On-Premises code).
pub const EXPIRED: u32 = 410;
/// `error_data.details` of [`EXPIRED`].
pub const EXPIRED_DETAILS: &str = "never handed to WhatsApp";
/// `error_data.details` of [`EXPIRED`] for a message that was held after a restore until its deadline.
pub const EXPIRED_RESTORED_DETAILS: &str =
    "restored from a backup and held: whether it was sent before is unknown; not sent again";

/// The families, in the order they are printed.
const FAMILIES: [(&str, &[Reason]); 7] = [
    ("Authorisation and integrity", authorisation::ROWS),
    ("Throttling", throttling::ROWS),
    ("Messages", message::ROWS),
    ("Templates and flows", template::ROWS),
    ("Marketing messages", marketing::ROWS),
    ("Registration", registration::ROWS),
    ("Management", management::ROWS),
];

const ROWS: usize = {
    let (mut rows, mut family) = (0, 0);
    while family < FAMILIES.len() {
        rows += FAMILIES[family].1.len();
        family += 1;
    }
    rows
};

static ALL: [Reason; ROWS] = {
    let mut all = [FAMILIES[0].1[0]; ROWS];
    let (mut at, mut family) = (0, 0);
    while family < FAMILIES.len() {
        let mut row = 0;
        while row < FAMILIES[family].1.len() {
            all[at] = FAMILIES[family].1[row];
            at += 1;
            row += 1;
        }
        family += 1;
    }
    all
};

/// Every row, family by family.
#[must_use]
pub fn all() -> &'static [Reason] {
    &ALL
}

/// The row of a code, whatever its subcode.
///
/// ```
/// use stentor_core::reason::{Retry, reason};
/// assert_eq!(reason(131050).unwrap().retry, Retry::Never);
/// assert_eq!(reason(250).unwrap().title, "API Permission");
/// assert_eq!(reason(999_999), None);
/// ```
#[must_use]
pub fn reason(code: u32) -> Option<&'static Reason> {
    ALL.iter().find(|row| row.subcode.is_none() && (row.code..=row.last).contains(&code))
}

/// The row of a code and subcode; the code's own row where the subcode has none.
///
/// ```
/// use stentor_core::reason::detailed;
/// assert_eq!(detailed(100, Some(2_388_024)).unwrap().title, "Content in this language already exists");
/// assert_eq!(detailed(100, Some(1)).unwrap().title, "Invalid parameter");
/// ```
#[must_use]
pub fn detailed(code: u32, subcode: Option<u32>) -> Option<&'static Reason> {
    let exact = |sub: u32| {
        ALL.iter().find(|r| r.code == code && r.subcode.is_some_and(|first| (first..=r.last).contains(&sub)))
    };
    subcode.and_then(exact).or_else(|| reason(code))
}

/// The table for people: the body of `docs/errors.md`.
#[must_use]
pub fn markdown() -> String {
    let mut page = String::from(
        "# Errors\n\n\
        Branch on `code` and `error_data.details`, never on the title or the HTTP status. `message` is `(#code) title`.\n\n\
        Seen: *answer* = HTTP answer of the request; *webhook* = `failed` status after a 200; *inbound* = on a message of the user.\n\
        Again: *yes* = refused before processing, Stentor resends with back-off; *maybe taken* = may already have been processed, \
        Stentor settles it and never resends blindly; *fix* = never as it is; *no* = never; *in …* = after that time.\n",
    );
    for (family, rows) in FAMILIES {
        let _ = write!(
            page,
            "\n## {family}\n\n| Code | HTTP | Title | Seen | Again | What happened, and the fix |\n|---|---|---|---|---|---|\n"
        );
        for row in rows {
            let ours = if row.ours { " (Stentor's own)" } else { "" };
            let _ = writeln!(
                page,
                "| {}{ours} | {} | {} | {} | {} | {} |",
                codes(row),
                row.http,
                row.title,
                seen(row.appears),
                again(row),
                row.sentence
            );
        }
    }
    page
}

fn codes(row: &Reason) -> String {
    match row.subcode {
        None if row.last == row.code => row.code.to_string(),
        None => format!("{}–{}", row.code, row.last),
        Some(sub) if row.last == sub => format!("{} / {sub}", row.code),
        Some(sub) => format!("{} / {sub}–{}", row.code, row.last),
    }
}

const fn seen(appears: Appears) -> &'static str {
    match appears {
        Appears::Response => "answer",
        Appears::Webhook => "webhook",
        Appears::Both => "answer, webhook",
        Appears::Inbound => "inbound",
    }
}

fn again(row: &Reason) -> String {
    match row.retry {
        Retry::Safe => "yes".into(),
        Retry::Transient => "maybe taken".into(),
        Retry::Fix => "fix".into(),
        Retry::Never => "no".into(),
        Retry::Wait if row.wait_secs < 3_600 => format!("in {} min", row.wait_secs / 60),
        Retry::Wait => format!("in {} h", row.wait_secs / 3_600),
    }
}

#[cfg(test)]
mod tests;
