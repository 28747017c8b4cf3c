//! Logs and metrics. Each metric explains itself where it is declared; `docs/metrics.md` is printed from here.
//! Never a phone number, a key or a body in a log line or a label.

use std::io::IsTerminal as _;
use std::sync::Mutex;

use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use stentor_core::id::ChannelId;
use stentor_core::template::Fault;
use stentor_store::Counts;

/// What becomes of an attempt to send.
pub const ATTEMPTS: [&str; 4] = ["taken", "refused", "not_sent", "ambiguous"];
/// What becomes of a status from the upstream.
pub const STATUSES: [&str; 3] = ["applied", "nothing", "parked"];
/// What becomes of a claimed webhook.
pub const DELIVERIES: [&str; 4] = ["delivered", "retry", "back", "lost"];

/// What becomes of receipts for people's messages.
pub const RECEIPTS: [&str; 3] = ["sent", "refused", "dropped"];

/// A counter's one label: which code, state or result.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Kind {
    /// The value.
    pub kind: Word,
}

/// A label value from a closed set of words or a number.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Word {
    /// A fixed word.
    Fixed(&'static str),
    /// An error code or HTTP status.
    Number(u32),
}

impl EncodeLabelValue for Word {
    fn encode(
        &self,
        encoder: &mut prometheus_client::encoding::LabelValueEncoder<'_>,
    ) -> Result<(), std::fmt::Error> {
        match self {
            Self::Fixed(word) => word.encode(encoder),
            Self::Number(number) => number.encode(encoder),
        }
    }
}

impl From<&'static str> for Kind {
    fn from(word: &'static str) -> Self {
        Self { kind: Word::Fixed(word) }
    }
}

impl From<u32> for Kind {
    fn from(number: u32) -> Self {
        Self { kind: Word::Number(number) }
    }
}

/// A gauge's one label: which channel. Never its number.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct OfChannel {
    /// The phone-number id.
    pub channel: String,
}

/// Everything that is counted.
#[derive(Debug)]
pub struct Metrics {
    registry: Mutex<Registry>,
    /// Messages accepted (200 after the fsync).
    pub accepted: Counter,
    /// Sends refused, by error code.
    pub refused: Family<Kind, Counter>,
    /// Seconds from a send's arrival to its answer.
    pub accept_seconds: Histogram,
    /// Seconds from the wish for due messages of a channel to having them.
    pub claim_seconds: Histogram,
    /// Attempts by outcome: [`ATTEMPTS`].
    pub attempts: Family<Kind, Counter>,
    /// Statuses from the upstream: [`STATUSES`].
    pub statuses: Family<Kind, Counter>,
    /// What became of claimed webhooks: [`DELIVERIES`].
    pub deliveries: Family<Kind, Counter>,
    /// Receipts for people's messages: [`RECEIPTS`].
    pub receipts: Family<Kind, Counter>,
    /// Fields of requests that were ignored because nobody knows them.
    pub unknown_fields: Counter,
    /// Marketing messages that cannot leave before their deadlines at the rates of their channels.
    pub expected_expiries: Gauge,
    /// The number of the last line of the learning log that was learnt from.
    pub learnt_position: Gauge,
    /// Links of messages that people followed through us, where activity is shared.
    pub clicks: Counter,
    /// Codes of the upstream that the error table does not have, in answers and in statuses.
    pub unknown_codes: Counter,
    /// Panics contained in a request or a step; always a bug.
    pub panics: Counter,
    /// Media taken in: uploads, samples, what people sent.
    pub media_received: Counter,
    /// Bytes in the media folder.
    pub media_bytes: Gauge,
    /// Contents in the media folder.
    pub media_files: Gauge,
    /// Messages begun and not yet booked.
    pub sends_in_flight: Gauge,
    /// Webhook posts under way.
    pub posts_in_flight: Gauge,
    /// Endpoints that are down and given a rest.
    pub endpoints_resting: Gauge,
    /// Bytes free on the data folder's disk.
    pub disk_free_bytes: Gauge,
    templates_held: Gauge,
    templates_doubted: Family<Kind, Gauge>,
    channel_rate_per_s: Family<OfChannel, Gauge>,
    by_state: Family<Kind, Gauge>,
    oldest_queued_seconds: Gauge,
    deliveries_waiting: Gauge,
    deliveries_lost: Gauge,
    parked: Gauge,
    doubles: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let buckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5];
        let metrics = Self {
            registry: Mutex::new(Registry::with_prefix("stentor")),
            accepted: Counter::default(),
            refused: Family::default(),
            accept_seconds: Histogram::new(buckets),
            claim_seconds: Histogram::new(buckets),
            attempts: Family::default(),
            statuses: Family::default(),
            deliveries: Family::default(),
            receipts: Family::default(),
            unknown_fields: Counter::default(),
            expected_expiries: Gauge::default(),
            learnt_position: Gauge::default(),
            clicks: Counter::default(),
            panics: Counter::default(),
            media_received: Counter::default(),
            media_bytes: Gauge::default(),
            media_files: Gauge::default(),
            sends_in_flight: Gauge::default(),
            posts_in_flight: Gauge::default(),
            endpoints_resting: Gauge::default(),
            disk_free_bytes: Gauge::default(),
            templates_held: Gauge::default(),
            templates_doubted: Family::default(),
            channel_rate_per_s: Family::default(),
            by_state: Family::default(),
            oldest_queued_seconds: Gauge::default(),
            deliveries_waiting: Gauge::default(),
            deliveries_lost: Gauge::default(),
            parked: Gauge::default(),
            doubles: Gauge::default(),
            unknown_codes: Counter::default(),
        };
        metrics.declare();
        metrics.templates(0, std::iter::empty());
        // Shown from the start: a rate over a word that has not happened yet is 0, not absent.
        for (family, words) in [
            (&metrics.attempts, ATTEMPTS.as_slice()),
            (&metrics.statuses, STATUSES.as_slice()),
            (&metrics.deliveries, DELIVERIES.as_slice()),
            (&metrics.receipts, RECEIPTS.as_slice()),
        ] {
            words.iter().for_each(|word| drop(family.get_or_create(&(*word).into())));
        }
        metrics
    }
}

impl Metrics {
    fn declare(&self) {
        let mut guard = self.registry.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let r = &mut *guard;
        r.register("accepted", "Messages accepted: answered 200 after the fsync", self.accepted.clone());
        r.register("refused", "Sends refused, by error code", self.refused.clone());
        r.register(
            "accept_seconds",
            "Seconds from a send's arrival to its answer",
            self.accept_seconds.clone(),
        );
        r.register(
            "claim_seconds",
            "Seconds from the wish for due messages of a channel to having them, the wait for the writer included",
            self.claim_seconds.clone(),
        );
        r.register(
            "attempts",
            "Attempts to send: taken, refused, not_sent, ambiguous",
            self.attempts.clone(),
        );
        r.register("statuses", "Statuses from the upstream: applied, nothing, parked", self.statuses.clone());
        r.register(
            "deliveries",
            "Webhooks by what became of them: delivered, retry, back (their endpoint rests), lost",
            self.deliveries.clone(),
        );
        r.register(
            "receipts",
            "Receipts for people's messages: sent, refused, dropped (given up, or lost at a stop)",
            self.receipts.clone(),
        );
        r.register(
            "unknown_fields",
            "Fields of requests ignored because nobody knows them",
            self.unknown_fields.clone(),
        );
        r.register(
            "clicks",
            "Links of messages that people followed through us, where activity is shared",
            self.clicks.clone(),
        );
        r.register(
            "learnt_position",
            "Number of the last line of the learning log that was learnt from",
            self.learnt_position.clone(),
        );
        r.register(
            "expected_expiries",
            "Waiting marketing messages that cannot leave before their deadlines at the rates of their channels",
            self.expected_expiries.clone(),
        );
        r.register("panics", "Panics contained; always a bug worth reporting", self.panics.clone());
        r.register(
            "media_received",
            "Media taken in: uploads, samples, what people sent",
            self.media_received.clone(),
        );
        self.declare_gauges(r);
    }

    /// What stands at a moment, after what is counted.
    fn declare_gauges(&self, r: &mut Registry) {
        r.register("media_bytes", "Bytes in the media folder", self.media_bytes.clone());
        r.register(
            "media_files",
            "Contents in the media folder, each counted once",
            self.media_files.clone(),
        );
        r.register("sends_in_flight", "Messages begun and not yet booked", self.sends_in_flight.clone());
        r.register("posts_in_flight", "Webhook posts under way", self.posts_in_flight.clone());
        r.register(
            "endpoints_resting",
            "Endpoints that are down and given a rest",
            self.endpoints_resting.clone(),
        );
        r.register(
            "disk_free_bytes",
            "Bytes free on the data folder's disk; below store.disk_free_mib_min nothing new is accepted",
            self.disk_free_bytes.clone(),
        );
        r.register(
            "templates_held",
            "Templates that the autopilot holds until a person resumes them",
            self.templates_held.clone(),
        );
        r.register(
            "templates_doubted",
            "Templates that the autopilot's last round found at fault, held or only watched: opt_outs, failures, reads, blocks",
            self.templates_doubted.clone(),
        );
        r.register(
            "channel_rate_per_s",
            "Messages a second that a channel may send now: what its upstream leaves of its rate; 0 while it rests",
            self.channel_rate_per_s.clone(),
        );
        r.register("messages", "Messages by state", self.by_state.clone());
        r.register(
            "oldest_queued_seconds",
            "How long the message of the queue is due that is due first; 0: nothing is due",
            self.oldest_queued_seconds.clone(),
        );
        r.register(
            "deliveries_waiting",
            "Webhooks waiting for their endpoints",
            self.deliveries_waiting.clone(),
        );
        r.register("deliveries_lost", "Webhooks given up after the horizon", self.deliveries_lost.clone());
        r.register("statuses_parked", "Statuses that fit no message yet", self.parked.clone());
        r.register(
            "unknown_codes",
            "Error codes of the upstream that nobody here knows: never sent again, and worth reporting",
            self.unknown_codes.clone(),
        );
        r.register("doubles", "Messages the upstream has taken twice", self.doubles.clone());
    }

    /// The metrics as Prometheus reads them (OpenMetrics text), with the store's counts of the moment.
    #[must_use]
    pub fn render(&self, counts: &Counts, now: stentor_core::time::Timestamp) -> String {
        let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        for (state, count) in &counts.by_state {
            self.by_state.get_or_create(&state.as_str().into()).set(number(*count));
        }
        let age = counts.oldest_queued_at.map_or(0, |at| now.since(at).as_secs());
        self.oldest_queued_seconds.set(number(age));
        self.deliveries_waiting.set(number(counts.deliveries_waiting));
        self.deliveries_lost.set(number(counts.deliveries_lost));
        self.parked.set(number(counts.parked));
        self.doubles.set(number(counts.doubles));
        self.text()
    }

    /// What the autopilot's last round found.
    pub fn templates(&self, held: usize, doubted: impl Iterator<Item = Fault>) {
        self.templates_held.set(i64::try_from(held).unwrap_or(i64::MAX));
        let mut counts = Fault::ALL.map(|fault| (fault, 0));
        for fault in doubted {
            counts.iter_mut().filter(|(of, _)| *of == fault).for_each(|(_, n)| *n += 1);
        }
        counts.into_iter().for_each(|(fault, n)| {
            self.templates_doubted.get_or_create(&fault.as_str().into()).set(n);
        });
    }

    /// What each channel may send a second now; channels that are gone are shown no more.
    pub fn channel_rates(&self, rates: impl Iterator<Item = (ChannelId, u32)>) {
        self.channel_rate_per_s.clear();
        for (channel, rate) in rates {
            let of = OfChannel { channel: channel.to_string() };
            self.channel_rate_per_s.get_or_create(&of).set(rate.into());
        }
    }

    fn text(&self) -> String {
        let mut text = String::new();
        let registry = self.registry.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // Writing to a String cannot fail.
        let _ = encode(&mut text, &registry);
        text
    }

    /// `docs/metrics.md`: every metric with its type and meaning.
    #[must_use]
    pub fn markdown() -> String {
        let metrics = Self::default();
        // A family is printed once it has a member.
        drop(metrics.refused.get_or_create(&0.into()));
        drop(metrics.by_state.get_or_create(&"accepted".into()));
        metrics.channel_rates([(ChannelId(1), 80)].into_iter());
        let text = metrics.text();
        let mut page = String::from(
            "# Metrics\n\nServed at `/metrics` in the OpenMetrics text format. Generated; do not edit.\n\n\
             | metric | type | meaning |\n|---|---|---|\n",
        );
        let mut help = std::collections::BTreeMap::new();
        for line in text.lines() {
            let mut words = line.splitn(4, ' ');
            if let (Some("#"), Some(what), Some(name), Some(rest)) =
                (words.next(), words.next(), words.next(), words.next())
            {
                let entry: &mut (String, String) = help.entry(name.to_owned()).or_default();
                match what {
                    "HELP" => entry.1 = rest.trim_end_matches('.').to_owned(),
                    "TYPE" => entry.0 = rest.to_owned(),
                    _ => {}
                }
            }
        }
        for (name, (kind, meaning)) in help {
            page.push_str(&format!("| `{name}` | {kind} | {meaning} |\n"));
        }
        page
    }
}

/// Starts logging to stderr: sentences for people, or JSON lines.
///
/// # Errors
/// When `level` is no level and no filter.
pub fn start_logging(level: &str, json: bool) -> Result<(), String> {
    let filter = tracing_subscriber::EnvFilter::try_new(level).map_err(|e| {
        format!("`log.level` is {level:?}: {e}; allowed: error, warn, info, debug, trace or a filter")
    })?;
    let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours);
    let builder = builder.with_writer(std::io::stderr);
    let started = if json { builder.json().try_init() } else { builder.compact().try_init() };
    started.map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_printed() {
        let metrics = Metrics::default();
        metrics.accepted.inc();
        metrics.refused.get_or_create(&132_001.into()).inc();
        let counts =
            Counts { by_state: vec![(stentor_core::message::State::Unknown, 3)], ..Counts::default() };
        let text = metrics.render(&counts, stentor_core::time::Timestamp::from_secs(0));
        for line in [
            "stentor_accepted_total 1",
            "stentor_refused_total{kind=\"132001\"} 1",
            "stentor_messages{kind=\"unknown\"} 3",
        ] {
            assert!(text.contains(line), "{line} in\n{text}");
        }
        let page = Metrics::markdown();
        for metric in
            ["deliveries_lost` | gauge", "attempts` | counter", "refused` | counter", "messages` | gauge"]
        {
            assert!(page.contains(&format!("| `stentor_{metric} |")), "{metric} in\n{page}");
        }
    }
}
