//! The plans of magic recipients: fixed, whatever seed and profile say. Part of the planner.

use std::time::Duration;

use stentor_core::time::Timestamp;

use super::{Act, Planner, Standing, Step};
use crate::magic::Does;

impl Planner<'_> {
    fn after(&self, millis: u64) -> Timestamp {
        self.taken + Duration::from_millis(millis)
    }

    /// Sent at 0.2 s, delivered and read after these milliseconds.
    fn receive(&mut self, delivered_ms: u64, read_ms: Option<u64>) {
        self.push(self.after(200), Act::Sent);
        self.arrive(self.after(delivered_ms), read_ms.map(|ms| self.after(ms)), true);
    }

    /// What somebody was made to do by hand holds for them, too: who blocks or has stopped marketing is not reached.
    fn was_told_not_to(&mut self, does: Does, standing: Standing) -> bool {
        let fails_anyway = matches!(does, Does::Fail { .. } | Does::OptedOut | Does::Held { dropped: true });
        if standing.has_blocked {
            self.push(self.after(200), Act::Sent);
        } else if standing.has_stopped && self.is_marketing() && !fails_anyway {
            self.fail(self.after(1_000), 131_050);
        } else {
            return false;
        }
        true
    }

    pub(super) fn magic(&mut self, does: Does, standing: Standing) {
        const READ_MS: u64 = 4_000;
        let fails_anyway =
            matches!(does, Does::Fail { marketing_only: false, .. } | Does::Held { dropped: true });
        if let (Some(code), false) = (self.unwanted(standing), fails_anyway) {
            return self.fail(self.after(1_000), code);
        }
        if self.was_told_not_to(does, standing) {
            return;
        }
        match does {
            Does::Receive { delivered_ms, read_ms } => self.receive(delivered_ms, read_ms),
            Does::Offline { hours } => {
                self.receive(hours * 3_600_000 + 1_000, Some(hours * 3_600_000 + 301_000));
            }
            Does::NeverOnline => self.push(self.after(200), Act::Sent),
            Does::Fail { marketing_only: true, .. } if !self.is_marketing() => self.read(),
            Does::Fail { code, after_sent, .. } => {
                if after_sent {
                    self.push(self.after(200), Act::Sent);
                }
                self.fail(self.after(1_000), code);
            }
            Does::OptedOut if !self.is_marketing() => self.read(),
            Does::OptedOut => {
                self.push(self.after(500), Act::StopMarketing);
                self.fail(self.after(1_000), 131_050);
            }
            Does::StopAfterReading => {
                self.read();
                if self.is_marketing() {
                    self.push(self.after(READ_MS + 1_000), Act::StopMarketing);
                }
            }
            Does::WriteBack { stop } => {
                self.read();
                self.push(self.after(READ_MS + 2_000), if stop { Act::WriteStop } else { Act::WriteBack });
            }
            Does::Tap => {
                self.read();
                self.push(self.after(READ_MS + 2_000), Act::Tap);
            }
            Does::Twice => self.twice(),
            Does::Backwards => self.backwards(),
            Does::SkipDelivered => {
                self.push(self.after(200), Act::Sent);
                self.arrive(self.after(1_500), Some(self.after(READ_MS)), false);
            }
            Does::SkipSent => {
                self.arrive(self.after(1_500), Some(self.after(READ_MS)), true);
            }
            Does::BeforeReply => {
                self.push(self.after(100), Act::Sent);
                self.arrive(self.after(300), Some(self.after(600)), true);
            }
            Does::Held { dropped: true } => self.fail(self.taken, 132_015),
            // What these do to the reply is the network's business; a message they take is read.
            Does::SlowReply
            | Does::Lost { .. }
            | Does::Reset { .. }
            | Does::Error { .. }
            | Does::Refuse { .. }
            | Does::Held { dropped: false } => self.read(),
        }
    }

    fn read(&mut self) {
        self.receive(1_500, Some(4_000));
    }

    fn twice(&mut self) {
        self.read();
        for step in self.plan.steps.clone() {
            self.plan.steps.push(Step { at: step.at + Duration::from_millis(700), ..step });
        }
    }

    fn backwards(&mut self) {
        self.read();
        for step in &mut self.plan.steps {
            step.at = match step.act {
                Act::Sent => self.taken + Duration::from_secs(6),
                Act::Delivered => self.taken + Duration::from_secs(5),
                _ => step.at,
            };
        }
    }
}
