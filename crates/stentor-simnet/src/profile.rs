//! Faults as data: how badly the network behaves. Switchable while it runs, given by name or as JSON.
//! Called by the CLI, the admin API and tests. Probabilities are per request or per status; durations say their unit.
//! What a profile does to a message's statuses is decided when the message is taken; replies feel a switch at once.

use serde::Deserialize;
use serde::Serialize;

/// How the network behaves. Every field may be left out of the JSON: then it is as in `calm`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Profile {
    /// What it is called.
    pub name: String,
    /// Requests per second and business number; above it 130429. `None`: the network's own throughput.
    pub throttle_per_sec: Option<u32>,
    /// Milliseconds an ordinary reply takes.
    pub reply_ms: u64,
    /// How likely a reply is slow, 0..=1.
    pub slow_reply: f64,
    /// Milliseconds a slow reply takes.
    pub slow_reply_ms: u64,
    /// How likely a 5xx without the message being taken is, 0..=1.
    pub error_5xx: f64,
    /// How likely a 5xx although the message was taken is, 0..=1.
    pub error_5xx_taken: f64,
    /// How likely the reply to a message that was taken is lost, 0..=1.
    pub lost_reply_taken: f64,
    /// How likely request and reply are lost, 0..=1.
    pub lost_reply_not_taken: f64,
    /// How likely the connection is reset after the message was taken, 0..=1.
    pub reset_taken: f64,
    /// How likely the connection is reset before the message was taken, 0..=1.
    pub reset_not_taken: f64,
    /// How likely a status comes late, 0..=1.
    pub status_delay: f64,
    /// Milliseconds a late status is late, at most.
    pub status_delay_ms: u64,
    /// How likely a status comes twice, 0..=1.
    pub status_duplicate: f64,
    /// How likely a status changes places with the one before it, 0..=1.
    pub status_reorder: f64,
    /// How likely a status never comes, 0..=1.
    pub status_lost: f64,
    /// While true nothing is reported at all; everything comes out, late, once it is false again.
    pub statuses_held: bool,
    /// How many statuses go into one webhook at most, 1..=100. The caller batches.
    pub batch_max: u16,
    /// Whether the pair limit holds: 45 messages at once to one person, paid back with 6 s each; above it 131056.
    pub pair_limit: bool,
    /// Pacing of new marketing templates; `None`: none.
    pub pacing: Option<Pacing>,
    /// Errors to rehearse, tried in this order.
    pub inject: Vec<Injected>,
}

/// Pacing: the first messages of a new marketing template go out, the rest is held until their reception is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pacing {
    /// How many messages go out before the rest is held, 1 or more.
    pub first: u32,
    /// Seconds until it is decided.
    pub decide_secs: u64,
}

/// An error to rehearse.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Injected {
    /// Where it shows: in the reply (not taken) or as a `failed` status (taken).
    pub at: InjectedAt,
    /// Meta's error code.
    pub code: u32,
    /// How likely, 0..=1.
    pub probability: f64,
    /// HTTP status, for replies.
    #[serde(default = "bad_request")]
    pub http: u16,
}

/// Where an injected error shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InjectedAt {
    /// In the answer of the request.
    Reply,
    /// As a `failed` status.
    Status,
}

const fn bad_request() -> u16 {
    400
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            name: "calm".to_owned(),
            throttle_per_sec: None,
            reply_ms: 20,
            slow_reply: 0.0,
            slow_reply_ms: 0,
            error_5xx: 0.0,
            error_5xx_taken: 0.0,
            lost_reply_taken: 0.0,
            lost_reply_not_taken: 0.0,
            reset_taken: 0.0,
            reset_not_taken: 0.0,
            status_delay: 0.0,
            status_delay_ms: 0,
            status_duplicate: 0.0,
            status_reorder: 0.0,
            status_lost: 0.0,
            statuses_held: false,
            batch_max: 100,
            pair_limit: false,
            pacing: None,
            inject: Vec::new(),
        }
    }
}

/// What is wrong with a profile.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// Not JSON, an unknown field, or a value of the wrong type; the message names it and where.
    #[error("profile: {0}")]
    Shape(#[from] serde_json::Error),
    /// A value out of its range.
    #[error("profile: {field} is {value}; allowed: {allowed}")]
    Range {
        /// Which field.
        field: String,
        /// What it was.
        value: String,
        /// What it may be.
        allowed: &'static str,
    },
    /// No profile of that name.
    #[error(
        "profile: no profile is called {0:?}; there are calm, busy, lossy, storm, throttled, down, or JSON"
    )]
    Unknown(String),
}

impl Profile {
    /// The profiles that have a name, with a line of what each does.
    pub const NAMED: [(&str, &str); 6] = [
        ("calm", "everything works; replies in 20 ms"),
        (
            "busy",
            "replies slow now and then, statuses up to 30 s late, new templates are paced, the pair limit holds",
        ),
        (
            "lossy",
            "1 reply in 50 lost or reset, taken or not; statuses twice, out of order, late, 1 in 200 never",
        ),
        ("storm", "all of it at once: 5xx, resets, lost and slow replies, statuses an hour late"),
        ("throttled", "5 requests a second and number; above it 130429"),
        ("down", "every connection is reset and no status comes until it is over"),
    ];

    /// The profile of that name.
    ///
    /// # Errors
    /// [`ProfileError::Unknown`], naming those there are.
    pub fn named(name: &str) -> Result<Self, ProfileError> {
        let calm = Self { name: name.to_owned(), ..Self::default() };
        Ok(match name {
            "calm" => calm,
            "busy" => Self {
                reply_ms: 150,
                slow_reply: 0.05,
                slow_reply_ms: 2_000,
                status_delay: 0.2,
                status_delay_ms: 30_000,
                status_duplicate: 0.005,
                pair_limit: true,
                pacing: Some(Pacing { first: 100, decide_secs: 600 }),
                ..calm
            },
            "lossy" => Self {
                lost_reply_taken: 0.005,
                lost_reply_not_taken: 0.005,
                reset_taken: 0.005,
                reset_not_taken: 0.005,
                status_delay: 0.1,
                status_delay_ms: 60_000,
                status_duplicate: 0.05,
                status_reorder: 0.05,
                status_lost: 0.005,
                ..calm
            },
            "storm" => Self {
                reply_ms: 300,
                slow_reply: 0.1,
                slow_reply_ms: 10_000,
                error_5xx: 0.05,
                error_5xx_taken: 0.02,
                lost_reply_taken: 0.02,
                lost_reply_not_taken: 0.02,
                reset_taken: 0.02,
                reset_not_taken: 0.02,
                status_delay: 0.5,
                status_delay_ms: 3_600_000,
                status_duplicate: 0.2,
                status_reorder: 0.2,
                status_lost: 0.02,
                pair_limit: true,
                pacing: Some(Pacing { first: 100, decide_secs: 600 }),
                ..calm
            },
            "throttled" => Self { throttle_per_sec: Some(5), ..calm },
            "down" => Self { reset_not_taken: 1.0, statuses_held: true, ..calm },
            other => return Err(ProfileError::Unknown(other.to_owned())),
        })
    }

    /// A profile from what a user typed: a name of [`Profile::NAMED`], or a JSON object.
    ///
    /// ```
    /// use stentor_simnet::Profile;
    /// assert_eq!(Profile::parse("storm").unwrap().name, "storm");
    /// let mine = Profile::parse(r#"{"name":"mine","status_lost":0.5}"#).unwrap();
    /// assert_eq!(mine.status_lost, 0.5);
    /// let error = Profile::parse(r#"{"status_lost":5}"#).unwrap_err();
    /// assert_eq!(error.to_string(), "profile: status_lost is 5; allowed: 0 to 1");
    /// ```
    ///
    /// # Errors
    /// What is wrong, naming the field and what is allowed.
    pub fn parse(text: &str) -> Result<Self, ProfileError> {
        let text = text.trim();
        if !text.starts_with('{') {
            return Self::named(text);
        }
        let profile: Self = serde_json::from_str(text)?;
        profile.check()?;
        Ok(profile)
    }

    /// The profile as JSON, every field spelt out: what [`Profile::parse`] reads.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    fn check(&self) -> Result<(), ProfileError> {
        let shares = [
            ("slow_reply", self.slow_reply),
            ("error_5xx", self.error_5xx),
            ("error_5xx_taken", self.error_5xx_taken),
            ("lost_reply_taken", self.lost_reply_taken),
            ("lost_reply_not_taken", self.lost_reply_not_taken),
            ("reset_taken", self.reset_taken),
            ("reset_not_taken", self.reset_not_taken),
            ("status_delay", self.status_delay),
            ("status_duplicate", self.status_duplicate),
            ("status_reorder", self.status_reorder),
            ("status_lost", self.status_lost),
        ];
        for (field, value) in shares {
            within(field, value, (0.0..=1.0).contains(&value), "0 to 1")?;
        }
        const DAY_MS: u64 = 86_400_000;
        for (field, value) in [
            ("reply_ms", self.reply_ms),
            ("slow_reply_ms", self.slow_reply_ms),
            ("status_delay_ms", self.status_delay_ms),
        ] {
            within(field, value, value <= DAY_MS, "0 to 86400000 (a day)")?;
        }
        within("batch_max", self.batch_max, (1..=100).contains(&self.batch_max), "1 to 100")?;
        if let Some(rate) = self.throttle_per_sec {
            within("throttle_per_sec", rate, rate > 0, "1 or more, or null")?;
        }
        if let Some(pacing) = self.pacing {
            within("pacing.first", pacing.first, pacing.first > 0, "1 or more")?;
        }
        for (i, injected) in self.inject.iter().enumerate() {
            let p = injected.probability;
            within(&format!("inject[{i}].probability"), p, (0.0..=1.0).contains(&p), "0 to 1")?;
            let http = injected.http;
            within(&format!("inject[{i}].http"), http, (400..=599).contains(&http), "400 to 599")?;
        }
        Ok(())
    }
}

fn within(
    field: &str,
    value: impl std::fmt::Display,
    is_allowed: bool,
    allowed: &'static str,
) -> Result<(), ProfileError> {
    if is_allowed {
        return Ok(());
    }
    Err(ProfileError::Range { field: field.to_owned(), value: value.to_string(), allowed })
}
