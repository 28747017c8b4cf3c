//! What was decided where a send began, kept with the message and copied into the learning log: so small that it costs
//! nothing, so whole that a log replays to the same bits.

use crate::engagement::Goal;
use crate::quiet_hours::{local_minutes, place};
use crate::recipient;
use crate::template::{Definition, Header};
use crate::time::Timestamp;

/// How the bytes are laid out; another one is not read.
const LAYOUT: u8 = 1;
const PROFILED: u8 = 1;
const MEDIA: u8 = 2;
const BUTTONS: u8 = 4;
/// Where the goal's place among all goals stands.
const GOAL_SHIFT: u8 = 4;

/// What of a template matters for how its messages fare.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kind {
    /// What its messages are for.
    pub goal: Goal,
    /// It shows a picture, a film or a document.
    pub has_media: bool,
    /// It has buttons.
    pub has_buttons: bool,
}

impl Kind {
    /// Of a template with this definition, sent for this.
    #[must_use]
    pub fn of(definition: &Definition, goal: Goal) -> Self {
        let has_media = matches!(definition.header, Some(Header::Media(_)));
        Self { goal, has_media, has_buttons: !definition.buttons.is_empty() || definition.carousel.is_some() }
    }
}

/// A decision where a send began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// Minutes that the person's clock is ahead of UTC; the first zone's where they may be in several.
    pub local_minutes: i16,
    /// Whether the person's own history may be used: not in the EEA and the UK unless the operator says so.
    pub is_profiled: bool,
    /// What it is.
    pub kind: Kind,
    /// Why now, as the planner wrote it; empty where nothing was planned.
    pub record: Box<[u8]>,
}

impl Decided {
    /// Nothing was planned; the person's clock is so far ahead of UTC, and their history may be used.
    #[must_use]
    pub fn at(local_minutes: i16) -> Self {
        Self { local_minutes, is_profiled: true, kind: Kind::default(), record: Box::default() }
    }

    /// Of a message to this address at this time, nothing planned. `own_zone`: the zone the person is known to be in;
    /// `profiles_all`: also where that needs the operator's word ([`recipient::is_profiling_restricted`]).
    ///
    /// ```
    /// use stentor_core::learning::Decided;
    /// use stentor_core::time::Timestamp;
    /// let now = Timestamp::from_secs(1_800_000_000);
    /// assert_eq!(Decided::of("919812345678", None, now, false), Decided::at(330));
    /// assert!(!Decided::of("4915112345678", None, now, false).is_profiled);
    /// assert!(Decided::of("4915112345678", None, now, true).is_profiled);
    /// ```
    #[must_use]
    pub fn of(address: &str, own_zone: Option<&str>, now: Timestamp, profiles_all: bool) -> Self {
        let local_minutes = local_minutes(&place(address, own_zone), now);
        // Of a user id the first two letters are the country.
        let is_number = address.starts_with(|c: char| c.is_ascii_digit());
        let country = if is_number { recipient::country(address) } else { address.get(..2) };
        let is_restricted = country.is_some_and(recipient::is_profiling_restricted);
        Self { is_profiled: profiles_all || !is_restricted, ..Self::at(local_minutes) }
    }

    /// The bytes in the store.
    ///
    /// ```
    /// use stentor_core::engagement::Goal;
    /// use stentor_core::learning::{Decided, Kind};
    /// let kind = Kind { goal: Goal::Conversion, has_media: false, has_buttons: true };
    /// let decided = Decided { record: [7, 8].into(), kind, ..Decided::at(-180) };
    /// assert_eq!(Decided::parse(&decided.bytes()), Some(decided));
    /// assert_eq!(Decided::parse(&[9, 0, 0, 0]), None);
    /// ```
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let [low, high] = self.local_minutes.to_le_bytes();
        let Kind { goal, has_media, has_buttons } = self.kind;
        let flag = |is_set: bool, bit: u8| if is_set { bit } else { 0 };
        let goal = u8::try_from(goal.index()).unwrap_or(0) << GOAL_SHIFT;
        let flags =
            goal | flag(self.is_profiled, PROFILED) | flag(has_media, MEDIA) | flag(has_buttons, BUTTONS);
        let mut bytes = vec![LAYOUT, flags, low, high];
        bytes.extend_from_slice(&self.record);
        bytes
    }

    /// Reads [`Decided::bytes`]; `None` for anything else.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let (&[LAYOUT, flags, low, high], record) = bytes.split_first_chunk::<4>()? else { return None };
        let local_minutes = i16::from_le_bytes([low, high]);
        let kind = Kind {
            goal: *Goal::ALL.get(usize::from(flags >> GOAL_SHIFT))?,
            has_media: flags & MEDIA != 0,
            has_buttons: flags & BUTTONS != 0,
        };
        Some(Self { local_minutes, is_profiled: flags & PROFILED != 0, kind, record: record.into() })
    }
}
