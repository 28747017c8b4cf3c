//! How a template fares with people: its score, its pauses, whether it is paced, and a change of category that was
//! announced. Part of the registry's row; every change of it is one of these functions.

use super::kind::{Category, Quality};
use crate::time::Timestamp;

/// How a template fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Health {
    /// Its score.
    pub quality: Quality,
    /// When the score last changed.
    pub quality_at: Option<Timestamp>,
    /// How often it was paused for low quality.
    pub pauses: u32,
    /// When the present pause ends by itself; `None` in a pause: when a hand or the upstream ends it.
    pub paused_until: Option<Timestamp>,
    /// A candidate for pacing since then: new, just unpaused, or its score fell. `None`: it is not.
    pub paced_since: Option<Timestamp>,
    /// The category it was announced to get.
    pub correct_category: Option<Category>,
    /// When it gets it.
    pub category_at: Option<Timestamp>,
}

impl Default for Health {
    fn default() -> Self {
        Self {
            quality: Quality::Unknown,
            quality_at: None,
            pauses: 0,
            paused_until: None,
            paced_since: None,
            correct_category: None,
            category_at: None,
        }
    }
}

impl Health {
    /// After an approval or the end of a pause: nothing is known of it yet, and marketing is paced from here.
    #[must_use]
    pub fn approved(self, category: Category, now: Timestamp) -> Self {
        let quality_at = if self.quality == Quality::Unknown { self.quality_at } else { Some(now) };
        let paced_since = (category == Category::Marketing).then_some(now);
        Self { quality: Quality::Unknown, quality_at, paused_until: None, paced_since, ..self }
    }

    /// With a new score; `None`: it is the old one. GREEN ends pacing, a fall begins it.
    ///
    /// ```
    /// use stentor_core::{template::{Category, Health, Quality}, time::Timestamp};
    /// let now = Timestamp::from_secs(1_800_000_000);
    /// let green = Health::default().approved(Category::Marketing, now).scored(Category::Marketing, Quality::Green, now);
    /// assert_eq!(green.unwrap().paced_since, None);
    /// let yellow = green.unwrap().scored(Category::Marketing, Quality::Yellow, now);
    /// assert_eq!(yellow.unwrap().paced_since, Some(now));
    /// assert_eq!(yellow.unwrap().scored(Category::Marketing, Quality::Yellow, now), None);
    /// ```
    #[must_use]
    pub fn scored(self, category: Category, quality: Quality, now: Timestamp) -> Option<Self> {
        let paced_since = match quality {
            Quality::Green => None,
            Quality::Yellow | Quality::Red if category == Category::Marketing => {
                self.paced_since.or(Some(now))
            }
            Quality::Yellow | Quality::Red | Quality::Unknown => self.paced_since,
        };
        (quality != self.quality).then_some(Self { quality, quality_at: Some(now), paced_since, ..self })
    }

    /// With another category than the announced one, or the announced one at last: nothing is announced any more.
    #[must_use]
    pub const fn recategorised(self) -> Self {
        Self { correct_category: None, category_at: None, ..self }
    }
}
