//! Dice that are a function: SipHash of (seed, subject, purpose, turn). Nothing is drawn, so nothing depends on what was drawn before.
//! Called by everything here that needs chance. Uses no floating-point functions beyond `+ - * /`: the same bits on every machine.

use std::hash::Hasher;
use std::time::Duration;

use siphasher::sip::SipHasher13;

/// What a roll is for: two purposes never share a value.
#[derive(Clone, Copy, Debug)]
#[repr(u64)]
pub(crate) enum For {
    NotOnWhatsapp = 1,
    Experiment,
    OptedOut,
    OnlineKind,
    NightStart,
    NightLength,
    OfflineCell,
    CapHeadroom,
    CapDay,
    Chronotype,
    CheckInterval,
    Affinity,
    Receipts,
    Reads,
    ReadDelay,
    Appeal,
    SentLatency,
    DeliveredLatency,
    FailLatency,
    DeliveredSkipped,
    Reaction,
    ReactionDelay,
    StatusLost,
    StatusDelay,
    StatusDuplicate,
    StatusReorder,
    StatusInjected,
    ReplyFault,
    ReplyLatency,
    ReplyTaken,
    ReplyInjected,
    IdHigh,
    IdLow,
    Conversation,
    UserId,
}

/// Dice about one subject: a person, a message, a template or one request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    /// Dice about the subject these parts name, under `seed`.
    pub(crate) fn about(seed: u64, parts: &[&[u8]]) -> Self {
        let mut hasher = SipHasher13::new_with_keys(seed, 0x5374_656e_746f_7221);
        for part in parts {
            // The length keeps ("ab", "c") apart from ("a", "bc").
            hasher.write(&(part.len() as u64).to_le_bytes());
            hasher.write(part);
        }
        Self(hasher.finish())
    }

    /// The subject's own 64 bits: a key for maps.
    pub(crate) const fn key(self) -> u64 {
        self.0
    }

    /// 64 bits for this purpose; `turn` tells repeated rolls apart.
    pub(crate) fn bits(self, what: For, turn: u64) -> u64 {
        let mut hasher = SipHasher13::new_with_keys(self.0, what as u64);
        hasher.write(&turn.to_le_bytes());
        hasher.finish()
    }

    /// Uniform in `[0, 1)`.
    pub(crate) fn unit(self, what: For, turn: u64) -> f64 {
        (self.bits(what, turn) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// True with probability `p`.
    pub(crate) fn chance(self, what: For, turn: u64, p: f64) -> bool {
        p > 0.0 && self.unit(what, turn) < p
    }

    /// Uniform in `[low, high)`, both in milliseconds.
    pub(crate) fn millis(self, what: For, turn: u64, low: u64, high: u64) -> Duration {
        Duration::from_millis(low + (self.unit(what, turn) * high.saturating_sub(low) as f64) as u64)
    }

    /// Between `low` and `high` milliseconds, mostly near `low`: how latencies of networks are spread.
    pub(crate) fn skewed_millis(self, what: For, turn: u64, low: u64, high: u64) -> Duration {
        let u = self.unit(what, turn);
        Duration::from_millis(low + (u * u * u * high.saturating_sub(low) as f64) as u64)
    }
}

/// Hasher for maps whose keys are [`Dice::key`]s: they are keyed hashes already.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        // Only u64 keys are used; anything else still hashes, if badly.
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

/// A map keyed by [`Dice::key`].
pub(crate) type KeyMap<V> = std::collections::HashMap<u64, V, std::hash::BuildHasherDefault<AsIs>>;
