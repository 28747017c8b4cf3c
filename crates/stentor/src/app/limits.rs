//! The configuration's numbers as each part takes them. Every limit in the program comes from here.

use std::path::PathBuf;
use std::time::Duration;

use http::HeaderValue;
use stentor_core::media::ThrottleRule;

use super::OpenError;
use crate::api::Limits as ApiLimits;
use crate::api::media::Rules;
use crate::clock::Clock;
use crate::config::Config;
use crate::engine::{dispatcher, notifier};
use crate::outbound;
use crate::server;

/// For the store.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to 3600")]
pub fn store(config: &Config, speed: f64) -> stentor_store::Options {
    stentor_store::Options {
        settle_rows_max: config.store.settle_rows_max,
        begin_rows_max: config.store.begin_rows_max,
        accept_rows_max: config.store.accept_rows_max,
        commit_rows_max: config.store.commit_rows_max,
        cache_kib: config.store.cache_mib.saturating_mul(1_024),
        checkpoint_pages: config.store.checkpoint_pages,
        speed: speed.ceil() as u32,
        retention: retention(config),
        ..stentor_store::Options::default()
    }
}

fn retention(config: &Config) -> stentor_store::Retention {
    stentor_store::Retention {
        body: days(config.retention.body_days),
        message: days(config.retention.message_days),
        audit: days(config.retention.audit_days),
        learning: days(config.retention.learning_days),
        idempotency: Duration::from_hours(config.retention.idempotency_hours),
        parked_status: days(config.retention.parked_status_days),
        outbox: days(config.webhooks.horizon_days),
        outbox_rows_max: config.webhooks.rows_per_endpoint_max,
        queue_rows_max: config.engine.queue_messages_per_account_max,
    }
}

const fn days(n: u64) -> Duration {
    Duration::from_hours(24 * n)
}

/// For the API.
pub fn api(config: &Config) -> ApiLimits {
    ApiLimits {
        body_bytes_max: config.server.body_bytes_max,
        upstream_body_bytes_max: config.server.upstream_body_bytes_max,
        body_timeout: Duration::from_secs(config.server.request_timeout_secs),
        allow_private_webhooks: config.webhooks.allow_private,
        waba_webhook_delay: Duration::from_secs(config.webhooks.waba_delay_secs),
        autopilot: (&config.autopilot).into(),
    }
}

/// For media.
pub fn media(config: &Config) -> Rules {
    Rules {
        url_base: config.media.url_base.trim_end_matches('/').to_owned(),
        uploads_per_sec: config.media.uploads_per_sec,
        throttle: ThrottleRule {
            errors_max: config.media.errors_per_hour_max,
            rest: Duration::from_mins(config.media.error_rest_minutes),
        },
        upload_timeout: Duration::from_secs(config.media.upload_timeout_secs),
        takes_unknown_ids: config.media.unknown_ids == "accept",
    }
}

/// The origins in `server.cors_origins`.
///
/// # Errors
/// One that is no origin: a scheme, a host and perhaps a port, nothing after them.
pub fn origins(list: &str) -> Result<Vec<HeaderValue>, OpenError> {
    let wanted = list.split(',').map(str::trim).filter(|origin| !origin.is_empty());
    wanted
        .map(|origin| {
            let is_one = url::Url::parse(origin).is_ok_and(|url| url.origin().ascii_serialization() == origin);
            HeaderValue::from_str(origin).ok().filter(|_| is_one).ok_or_else(|| {
                OpenError::Config(format!(
                    "`server.cors_origins`: {origin:?} is no origin; write it like \"https://tools.example.com\""
                ))
            })
        })
        .collect()
}

/// For a listener.
pub fn listener(config: &Config) -> server::Limits {
    server::Limits {
        connections_max: config.server.connections_max,
        header_timeout: Duration::from_secs(config.server.header_timeout_secs),
        header_bytes_max: config.server.header_bytes_max,
        connection_time: Duration::from_secs(config.server.connection_secs_max),
        grace: Duration::from_secs(config.server.shutdown_grace_secs),
    }
}

/// For the dispatcher.
pub fn sends(config: &Config, clock: &Clock) -> dispatcher::Limits {
    dispatcher::Limits {
        decided_for: clock.span(dispatcher::Limits::default().decided_for),
        ahead: clock.span(dispatcher::Limits::default().ahead),
        in_flight_max: config.engine.in_flight_max,
        lease: clock.span(Duration::from_secs(config.engine.lease_secs)),
        undeliverable: Duration::from_hours(config.engine.undeliverable_hours),
        profiles_all: config.learning.profile_eea_and_uk,
        window_max: config.engine.plan_window_messages_max,
    }
}

/// For the notifier.
pub fn deliveries(config: &Config) -> notifier::Limits {
    notifier::Limits {
        endpoint_in_flight_max: config.webhooks.in_flight_per_endpoint_max,
        in_flight_max: config.webhooks.in_flight_max,
        batch_max: config.webhooks.batch_events_max,
    }
}

/// For webhooks on their way out.
pub fn webhooks_outbound(config: &Config) -> outbound::Limits {
    outbound::Limits {
        allow_private: config.webhooks.allow_private,
        answer: Duration::from_secs(config.webhooks.timeout_secs),
        in_flight_max: config.webhooks.in_flight_max,
        answer_bytes_max: config.webhooks.answer_bytes_max,
        ..outbound::Limits::default()
    }
}

/// Of an upstream's answer: a page of a hundred templates.
const TEMPLATES_PAGE_BYTES_MAX: usize = 4 << 20;

/// For sends to a real upstream.
pub fn upstream_outbound(config: &Config) -> outbound::Limits {
    let ca_file = &config.upstream.ca_file;
    outbound::Limits {
        connect: Duration::from_secs(config.upstream.connect_timeout_secs),
        answer: Duration::from_secs(config.engine.send_timeout_secs),
        in_flight_max: config.upstream.connections_max,
        answer_bytes_max: TEMPLATES_PAGE_BYTES_MAX,
        ca_file: (!ca_file.is_empty()).then(|| PathBuf::from(ca_file)),
        ..outbound::Limits::default()
    }
}
