//! Sums of the learning log by day and template, for both backends alike.

use std::collections::BTreeMap;

use stentor_core::id::{MessageId, TemplateId};
use stentor_core::learning::{Deed, Line};
use stentor_core::lift::Touch;
use stentor_core::time::Timestamp;

use crate::{Converted, LearntDay};

const DAY_MS: i64 = 86_400_000;

/// By the day on which the message was accepted, UTC, and its template.
pub(crate) struct Days(pub BTreeMap<(i64, TemplateId), LearntDay>);

impl Days {
    pub(crate) fn add(&mut self, line: &Line) {
        let (day, template) = (line.message.accepted_at().millis().div_euclid(DAY_MS), line.template);
        let sum = self.0.entry((day, template)).or_insert_with(|| LearntDay {
            template,
            day: Timestamp::from_millis(day * DAY_MS),
            sent: 0,
            delivered: 0,
            read: 0,
            clicked: 0,
            quick_replies: 0,
            conversions: Vec::new(),
        });
        match &line.deed {
            Deed::Sent(_) => sum.sent += 1,
            Deed::Delivered => sum.delivered += 1,
            Deed::Read => sum.read += 1,
            Deed::Click { .. } => sum.clicked += 1,
            Deed::Reply { is_quick } => sum.quick_replies += u64::from(*is_quick),
            Deed::OptOut | Deed::Forgotten | Deed::Tick => {}
            Deed::Conversion(told) => {
                let key = |c: &Converted| (c.is_app, c.name.clone());
                let at = sum.conversions.binary_search_by_key(&(told.is_app, told.name.clone()), key);
                let at = at.unwrap_or_else(|at| {
                    let (is_app, name) = (told.is_app, told.name.clone());
                    sum.conversions.insert(at, Converted { is_app, name, count: 0, worth: 0.0 });
                    at
                });
                if let Some(sum) = sum.conversions.get_mut(at) {
                    sum.count += 1;
                    sum.worth += told.value.unwrap_or_default();
                }
            }
        }
    }

    /// In order of day and template.
    pub(crate) fn take(self) -> Vec<LearntDay> {
        self.0.into_values().collect()
    }
}

/// A click on, or a read of, a message.
pub(crate) fn touch(message: MessageId, at: Timestamp, is_click: bool) -> Touch {
    let at = Some(at);
    let (clicked_at, read_at) = if is_click { (at, None) } else { (None, at) };
    Touch { message: message.0.cast_unsigned(), clicked_at, read_at }
}
