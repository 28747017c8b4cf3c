//! The budgets between one channel and one person: what holds where, and whether another message is within. Asked by the
//! second look, and by the store once more in the transaction that begins the send and debits them.

use crate::cap::{Caps, Ring};
use crate::message::WaitReason;
use crate::rate::Pair;
use crate::registry::{Account, Channel, Character};
use crate::template::Category;
use crate::time::Timestamp;

/// What is debited of a person where a send begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PersonLimits {
    /// The pair's budget (131056). A twin's is refused at its door, as 360dialog would; a gateway waits.
    pub has_pair: bool,
    /// The account's caps on marketing.
    pub caps: Caps,
}

/// What of a person's budgets is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Of the channel's pair with the person.
    pub pair: Pair,
    /// Marketing outside service windows, over the whole account.
    pub marketing: Ring,
    /// The 24-hour service window is open until then: the caps are not applied in it.
    pub window_until: Option<Timestamp>,
}

impl PersonLimits {
    /// Those of the channel.
    #[must_use]
    pub fn of(account: &Account, channel: &Channel) -> Self {
        let has_pair = channel.pair_limit && channel.character == Character::Gateway;
        Self { has_pair, caps: account.caps(channel.character) }
    }

    /// Whether nothing is limited, so that nothing has to be read or written.
    #[must_use]
    pub const fn is_none(self) -> bool {
        !self.has_pair && self.caps.is_none()
    }

    /// Whether a message of this category counts against the caps.
    #[must_use]
    pub fn is_capped(self, category: Option<Category>, spent: &Spent, now: Timestamp) -> bool {
        let is_open = spent.window_until.is_some_and(|until| now < until);
        category == Some(Category::Marketing) && !is_open && !self.caps.is_none()
    }

    /// What another message would exceed, and until when; `None`: it is within.
    #[must_use]
    pub fn over(
        self,
        category: Option<Category>,
        spent: &Spent,
        now: Timestamp,
    ) -> Option<(WaitReason, Timestamp)> {
        let is_capped = self.is_capped(category, spent, now);
        let cap = is_capped.then(|| spent.marketing.free_at(self.caps, now)).flatten();
        let pair = self.has_pair.then(|| spent.pair.debit(now).err()).flatten();
        cap.map(|until| (WaitReason::Cap, until)).or_else(|| pair.map(|until| (WaitReason::Pair, until)))
    }

    /// What is used once such a message has begun at `now`; `None`: it is over.
    ///
    /// ```
    /// use stentor_core::admission::{PersonLimits, Spent};
    /// use stentor_core::{cap::Caps, template::Category, time::Timestamp};
    /// let limits = PersonLimits { has_pair: true, caps: Caps { per_day: 1, per_week: 0 } };
    /// let now = Timestamp::from_secs(1_800_000_000);
    /// let once = limits.debit(Some(Category::Marketing), &Spent::default(), now).unwrap();
    /// assert_eq!(limits.debit(Some(Category::Marketing), &once, now), None);
    /// assert!(limits.debit(Some(Category::Utility), &once, now).is_some());
    /// ```
    #[must_use]
    pub fn debit(self, category: Option<Category>, spent: &Spent, now: Timestamp) -> Option<Spent> {
        if self.over(category, spent, now).is_some() {
            return None;
        }
        let is_capped = self.is_capped(category, spent, now);
        let marketing = if is_capped { spent.marketing.count(now) } else { spent.marketing };
        let pair = if self.has_pair { spent.pair.debit(now).ok()? } else { spent.pair };
        Some(Spent { pair, marketing, ..*spent })
    }
}
