//! Every configuration key with what is allowed; the one place where ranges stand.

use std::ops::RangeInclusive;

/// What a key's value may be.
#[derive(Debug)]
pub enum Allowed {
    /// A whole number in the range.
    Number(RangeInclusive<i64>),
    /// true or false.
    Switch,
    /// Any text.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
}

/// One configuration key.
#[derive(Debug)]
pub struct Key {
    /// `section.name`.
    pub name: &'static str,
    /// What it may be.
    pub allowed: Allowed,
}

const fn number(name: &'static str, range: RangeInclusive<i64>) -> Key {
    Key { name, allowed: Allowed::Number(range) }
}
const fn switch(name: &'static str) -> Key {
    Key { name, allowed: Allowed::Switch }
}
const fn text(name: &'static str) -> Key {
    Key { name, allowed: Allowed::Text }
}

/// Every key, in the order of the default file.
pub const KEYS: &[Key] = &[
    text("server.listen"),
    text("server.admin_listen"),
    switch("server.behind_proxy"),
    text("server.tls_certificate"),
    text("server.tls_key"),
    text("server.cors_origins"),
    number("server.body_bytes_max", 1_024..=67_108_864),
    number("server.upstream_body_bytes_max", 1_024..=67_108_864),
    number("server.header_bytes_max", 8_192..=1_048_576),
    number("server.connections_max", 1..=1_000_000),
    number("server.header_timeout_secs", 1..=300),
    number("server.connection_secs_max", 1..=86_400),
    number("server.request_timeout_secs", 1..=600),
    number("server.shutdown_grace_secs", 1..=300),
    text("store.data_dir"),
    number("store.accept_rows_max", 1..=1_000_000),
    number("store.settle_rows_max", 1..=1_000_000),
    number("store.begin_rows_max", 1..=1_000_000),
    number("store.commit_rows_max", 1..=20_000),
    number("store.cache_mib", 1..=16_384),
    number("store.checkpoint_pages", 100..=1_000_000),
    number("store.disk_free_mib_min", 0..=1_048_576),
    number("retention.body_days", 1..=3_650),
    number("retention.message_days", 61..=3_650),
    number("retention.audit_days", 1..=3_650),
    number("retention.learning_days", 8..=3_650),
    number("retention.idempotency_hours", 1..=720),
    number("retention.parked_status_days", 1..=90),
    number("engine.in_flight_max", 1..=100_000),
    number("engine.plan_window_messages_max", 0..=1_000_000),
    number("engine.queue_messages_per_account_max", 1..=1_000_000_000),
    number("engine.lease_secs", 5..=3_600),
    number("engine.send_timeout_secs", 1..=600),
    number("engine.undeliverable_hours", 0..=168),
    switch("learning.profile_eea_and_uk"),
    text("clicks.public_url"),
    number("autopilot.check_secs", 1..=3_600),
    number("autopilot.first_messages", 1..=1_000_000),
    number("autopilot.first_spread_minutes", 0..=1_440),
    number("autopilot.opt_outs_per_mille_max", 1..=1_000),
    number("autopilot.failures_percent_max", 1..=100),
    number("autopilot.reads_percent_of_account_min", 0..=100),
    number("autopilot.confidence_percent", 50..=99),
    number("autopilot.sample_messages_min", 1..=1_000_000),
    number("webhooks.timeout_secs", 1..=60),
    number("webhooks.in_flight_per_endpoint_max", 1..=10_000),
    number("webhooks.in_flight_max", 1..=100_000),
    number("webhooks.batch_events_max", 1..=1_000),
    number("webhooks.horizon_days", 1..=30),
    number("webhooks.rows_per_endpoint_max", 1..=100_000_000),
    switch("webhooks.allow_private"),
    number("webhooks.answer_bytes_max", 1..=1_048_576),
    number("webhooks.waba_delay_secs", 0..=3_600),
    Key { name: "upstream.kind", allowed: Allowed::Word(&["", "cloud_api", "simulated"]) },
    text("upstream.base_url"),
    text("upstream.version"),
    text("upstream.token"),
    text("upstream.app_secret"),
    text("upstream.verify_token"),
    text("upstream.ca_file"),
    number("upstream.connections_max", 1..=10_000),
    number("upstream.connect_timeout_secs", 1..=60),
    text("upstream.media_base_url"),
    number("network.seed", 0..=i64::MAX),
    number("network.review_delay_ms", 0..=86_400_000),
    number("network.throughput_per_sec", 1..=1_000_000),
    number("network.messages_max", 100..=10_000_000),
    number("network.pacing_first", 0..=1_000_000_000),
    Key { name: "network.fetch_links", allowed: Allowed::Word(&["loopback", "all", "none"]) },
    number("media.quota_mib", 1..=16_777_216),
    text("media.url_base"),
    number("media.uploads_per_sec", 1..=100_000),
    number("media.upload_timeout_secs", 1..=3_600),
    number("media.errors_per_hour_max", 0..=100_000),
    number("media.error_rest_minutes", 1..=1_440),
    Key { name: "media.unknown_ids", allowed: Allowed::Word(&["refuse", "accept"]) },
    text("log.level"),
    switch("log.json"),
];

impl Key {
    /// The key's environment twin: `STENTOR_SERVER_LISTEN`.
    #[must_use]
    pub fn environment(&self) -> String {
        format!("STENTOR_{}", self.name.replace('.', "_").to_uppercase())
    }

    /// Whether `value` is allowed.
    ///
    /// # Errors
    /// What is wrong and what is allowed.
    pub fn check(&self, value: &toml::Value) -> Result<(), String> {
        let name = self.name;
        match (&self.allowed, value) {
            (Allowed::Number(range), toml::Value::Integer(n)) if range.contains(n) => Ok(()),
            (Allowed::Number(range), toml::Value::Integer(n)) => {
                Err(format!("`{name}` is {n}; allowed: {} to {}", range.start(), range.end()))
            }
            (Allowed::Word(words), toml::Value::String(s)) if !words.contains(&s.as_str()) => {
                Err(format!("`{name}` is {s:?}; allowed: {}", quoted(words)))
            }
            (Allowed::Switch, toml::Value::Boolean(_))
            | (Allowed::Text | Allowed::Word(_), toml::Value::String(_)) => Ok(()),
            _ => Err(format!("`{name}` must be {}", self.allowed_in_words())),
        }
    }

    /// The value of a text from the environment.
    ///
    /// # Errors
    /// What is wrong and what is allowed.
    pub fn value_of(&self, text: &str) -> Result<toml::Value, String> {
        let value = match self.allowed {
            Allowed::Number(_) => text.trim().parse().map(toml::Value::Integer).ok(),
            Allowed::Switch => text.trim().parse().map(toml::Value::Boolean).ok(),
            Allowed::Text | Allowed::Word(_) => Some(toml::Value::String(text.to_owned())),
        };
        let value = value.ok_or_else(|| format!("`{}` must be {}", self.name, self.allowed_in_words()))?;
        self.check(&value)?;
        Ok(value)
    }

    /// What is allowed, for errors and `docs/config.md`.
    #[must_use]
    pub fn allowed_in_words(&self) -> String {
        match &self.allowed {
            Allowed::Number(range) => format!("a whole number, {} to {}", range.start(), range.end()),
            Allowed::Switch => "true or false".to_owned(),
            Allowed::Text => "a text in quotes".to_owned(),
            Allowed::Word(words) => format!("one of {}", quoted(words)),
        }
    }
}

fn quoted(words: &[&str]) -> String {
    words.iter().map(|w| format!("{w:?}")).collect::<Vec<_>>().join(", ")
}

/// The problem with a key that does not exist, with the nearest one that does.
pub(super) fn unknown(name: &str) -> String {
    let nearest = KEYS.iter().map(|k| (distance(name, k.name), k.name)).min();
    match nearest {
        Some((d, known)) if d <= 3 => format!("`{name}` does not exist; did you mean `{known}`?"),
        _ => format!("`{name}` does not exist; `stentor config` prints all keys"),
    }
}

/// Levenshtein's distance over bytes: keys are ASCII.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.bytes().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
