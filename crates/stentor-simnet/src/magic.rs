//! Magic recipients: numbers with one fixed behaviour each, under every seed and untouched by a profile's status faults.
//! Called by the network when it takes a message, and by the CLI to list them. All but two lie in the range the UK's
//! regulator reserves for drama (07700 900xxx), so that none can belong to anybody.

use std::time::Duration;

/// One magic recipient, as `stentor network recipients` lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Magic {
    /// The number, digits.
    pub number: &'static str,
    /// A short name: what tests and documents call it.
    pub name: &'static str,
    /// What happens, in a sentence.
    pub behaviour: &'static str,
    /// The statuses that come, in the order they come.
    pub statuses: &'static [&'static str],
    /// The error code, in the status or the reply.
    pub code: Option<u32>,
    pub(crate) does: Does,
}

impl Magic {
    /// Whether what it gets is held for quality assessment first.
    #[must_use]
    pub const fn holds(&self) -> bool {
        matches!(self.does, Does::Held { .. })
    }
}

/// What a magic recipient does. Times count from the moment the network took the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Does {
    /// Delivered and read after so many milliseconds (`None`: never read).
    Receive { delivered_ms: u64, read_ms: Option<u64> },
    /// As `Receive`, offline for so many hours first; read five minutes later.
    Offline { hours: u64 },
    /// Never comes online: expires, silently.
    NeverOnline,
    /// A `failed` status; for marketing only where people decide about marketing. `sent` comes first where it says so.
    Fail { code: u32, marketing_only: bool, after_sent: bool },
    /// Stops marketing messages: preference event, then 131050.
    OptedOut,
    /// Every status twice.
    Twice,
    /// read, then delivered, then sent.
    Backwards,
    /// sent, then read.
    SkipDelivered,
    /// delivered, then read; `sent` never comes.
    SkipSent,
    /// All statuses before the reply.
    BeforeReply,
    /// Reads and writes back; `true`: writes STOP.
    WriteBack { stop: bool },
    /// Reads, and taps the first quick reply (writes back where there is none).
    Tap,
    /// Reads and then stops marketing messages through WhatsApp's own switch.
    StopAfterReading,
    /// A reply that takes long; otherwise a reader.
    SlowReply,
    /// The reply never comes.
    Lost { taken: bool },
    /// The connection is reset.
    Reset { taken: bool },
    /// HTTP 500.
    Error { taken: bool },
    /// Refused in the reply.
    Refuse { code: u32, retry_after_secs: Option<u64> },
    /// Held for quality assessment for a minute, then sent or dropped (132015).
    Held { dropped: bool },
}

/// How long a slow reply of a magic recipient takes.
pub(crate) const SLOW_REPLY: Duration = Duration::from_secs(8);
/// How long a magic recipient's message is held for quality assessment.
pub(crate) const HELD_FOR: Duration = Duration::from_secs(60);

const READ: &[&str] = &["sent", "delivered", "read"];
const FAILED: &[&str] = &["failed"];
const READER: Does = Does::Receive { delivered_ms: 1_500, read_ms: Some(4_000) };

const fn magic(
    number: &'static str,
    name: &'static str,
    behaviour: &'static str,
    statuses: &'static [&'static str],
    code: Option<u32>,
    does: Does,
) -> Magic {
    Magic { number, name, behaviour, statuses, code, does }
}

const fn fails(code: u32) -> Does {
    Does::Fail { code, marketing_only: false, after_sent: false }
}

const fn fails_marketing(code: u32) -> Does {
    Does::Fail { code, marketing_only: true, after_sent: false }
}

static TABLE: [Magic; 35] = [
    magic("441234567890", "reader", "delivered within 3 s, read within 6 s", READ, None, READER),
    magic(
        "447700900001",
        "fast_reader",
        "delivered within half a second, read within one",
        READ,
        None,
        Does::Receive { delivered_ms: 300, read_ms: Some(800) },
    ),
    magic(
        "447700900002",
        "delivered_only",
        "delivered within 3 s, never read",
        &["sent", "delivered"],
        None,
        Does::Receive { delivered_ms: 1_500, read_ms: None },
    ),
    magic(
        "447700900003",
        "reads_next_hour",
        "delivered within 3 s, read an hour later",
        READ,
        None,
        Does::Receive { delivered_ms: 1_500, read_ms: Some(3_600_000) },
    ),
    magic(
        "447700900011",
        "offline_1h",
        "offline for an hour, then delivered; read 5 min later",
        READ,
        None,
        Does::Offline { hours: 1 },
    ),
    magic(
        "447700900012",
        "offline_3h",
        "offline for 3 hours, then delivered; read 5 min later",
        READ,
        None,
        Does::Offline { hours: 3 },
    ),
    magic(
        "447700900013",
        "offline_24h",
        "offline for 24 hours, then delivered; read 5 min later",
        READ,
        None,
        Does::Offline { hours: 24 },
    ),
    magic(
        "447700900014",
        "never_online",
        "never online: expires at its TTL, silently",
        &["sent"],
        None,
        Does::NeverOnline,
    ),
    magic("447700900021", "not_on_whatsapp", "not on WhatsApp", FAILED, Some(131_026), fails(131_026)),
    magic(
        "447700900022",
        "opted_out",
        "stopped marketing: user_preferences stop, then failed; anything else is read",
        FAILED,
        Some(131_050),
        Does::OptedOut,
    ),
    magic(
        "447700900023",
        "capped",
        "at the limit of marketing messages; anything else is read",
        FAILED,
        Some(131_049),
        fails_marketing(131_049),
    ),
    magic(
        "447700900024",
        "experiment",
        "in the experiment that gets no marketing; anything else is read",
        FAILED,
        Some(130_472),
        fails_marketing(130_472),
    ),
    magic(
        "12025550123",
        "us",
        "a US number: no marketing; anything else is read",
        FAILED,
        Some(131_049),
        fails_marketing(131_049),
    ),
    magic(
        "447700900025",
        "media_failure",
        "the media of the header cannot be fetched",
        FAILED,
        Some(131_053),
        fails(131_053),
    ),
    magic(
        "447700900026",
        "failed_after_sent",
        "sent, then failed",
        &["sent", "failed"],
        Some(131_026),
        Does::Fail { code: 131_026, marketing_only: false, after_sent: true },
    ),
    magic(
        "447700900031",
        "duplicated",
        "every status comes twice",
        &["sent", "sent", "delivered", "delivered", "read", "read"],
        None,
        Does::Twice,
    ),
    magic(
        "447700900032",
        "reordered",
        "statuses in reverse order",
        &["read", "delivered", "sent"],
        None,
        Does::Backwards,
    ),
    magic(
        "447700900033",
        "delivered_skipped",
        "read, and no delivered status",
        &["sent", "read"],
        None,
        Does::SkipDelivered,
    ),
    magic(
        "447700900034",
        "sent_skipped",
        "delivered and read, and no sent status",
        &["delivered", "read"],
        None,
        Does::SkipSent,
    ),
    magic(
        "447700900035",
        "before_reply",
        "all statuses come before the reply to the send",
        READ,
        None,
        Does::BeforeReply,
    ),
    magic(
        "447700900041",
        "writes_back",
        "reads, then answers with a text",
        READ,
        None,
        Does::WriteBack { stop: false },
    ),
    magic(
        "447700900042",
        "writes_stop",
        "reads, then answers STOP",
        READ,
        None,
        Does::WriteBack { stop: true },
    ),
    magic(
        "447700900043",
        "taps",
        "reads, then taps the first quick reply (writes back where there is none)",
        READ,
        None,
        Does::Tap,
    ),
    magic(
        "447700900044",
        "stops_marketing",
        "reads, then stops marketing: user_preferences stop; the next one fails with 131050",
        READ,
        None,
        Does::StopAfterReading,
    ),
    magic("447700900051", "slow_reply", "the reply to the send takes 8 s", READ, None, Does::SlowReply),
    magic(
        "447700900052",
        "lost_taken",
        "the reply never comes; the message was taken",
        READ,
        None,
        Does::Lost { taken: true },
    ),
    magic(
        "447700900053",
        "lost_not_taken",
        "the reply never comes; the message was not taken",
        &[],
        None,
        Does::Lost { taken: false },
    ),
    magic(
        "447700900054",
        "error_taken",
        "HTTP 500, although the message was taken",
        READ,
        None,
        Does::Error { taken: true },
    ),
    magic(
        "447700900055",
        "error_not_taken",
        "HTTP 500; the message was not taken",
        &[],
        None,
        Does::Error { taken: false },
    ),
    magic(
        "447700900056",
        "throttled",
        "refused: throughput, Retry-After 2 s",
        &[],
        Some(130_429),
        Does::Refuse { code: 130_429, retry_after_secs: Some(2) },
    ),
    magic(
        "447700900057",
        "pair_limit",
        "refused: too many messages to this person",
        &[],
        Some(131_056),
        Does::Refuse { code: 131_056, retry_after_secs: None },
    ),
    magic(
        "447700900058",
        "reset_taken",
        "the connection is reset; the message was taken",
        READ,
        None,
        Does::Reset { taken: true },
    ),
    magic(
        "447700900059",
        "reset_not_taken",
        "the connection is reset; the message was not taken",
        &[],
        None,
        Does::Reset { taken: false },
    ),
    magic(
        "447700900061",
        "held",
        "held for quality assessment for a minute, then sent and read",
        READ,
        None,
        Does::Held { dropped: false },
    ),
    magic(
        "447700900062",
        "held_dropped",
        "held for quality assessment for a minute, then dropped",
        FAILED,
        Some(132_015),
        Does::Held { dropped: true },
    ),
];

/// Every magic recipient, the specification's own number first.
#[must_use]
pub fn magic_recipients() -> &'static [Magic] {
    &TABLE
}

/// The magic recipient of that number, digits.
///
/// ```
/// use stentor_simnet::magic_recipient;
/// assert_eq!(magic_recipient("441234567890").unwrap().name, "reader");
/// assert!(magic_recipient("4915112345678").is_none());
/// ```
#[must_use]
pub fn magic_recipient(number: &str) -> Option<&'static Magic> {
    // Every send asks: most numbers are told apart by their first digits.
    let is_possible =
        number.starts_with("447700900") || number == TABLE[0].number || number.starts_with("1202555");
    if is_possible { TABLE.iter().find(|magic| magic.number == number) } else { None }
}
