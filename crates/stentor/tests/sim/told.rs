//! What the network told of each message, by the network's own ids: in the end each row shows all of it, and whoever
//! listens has heard all that a row shows.

use std::collections::{BTreeMap, BTreeSet};

use stentor_core::id::MessageId;
use stentor_core::message::{Message, State, StatusKind};
use stentor_store::MessageView;

use crate::receiver::Heard;
use crate::setup::CHANNELS;
use crate::world::{Checked, Violation, World, broken};

/// What was told, and of what.
#[derive(Debug, Default)]
pub struct Told {
    taken_as: BTreeMap<MessageId, BTreeSet<String>>,
    statuses: BTreeMap<String, BTreeSet<&'static str>>,
}

impl Told {
    /// The network took a message under this id.
    pub fn taken_as(&mut self, id: MessageId, upstream_id: &str) {
        self.taken_as.entry(id).or_default().insert(upstream_id.to_owned());
    }

    /// A status is committed.
    pub fn status(&mut self, upstream_id: &str, kind: &StatusKind) {
        let word = match kind {
            StatusKind::Sent => "sent",
            StatusKind::Delivered => "delivered",
            StatusKind::Read => "read",
            StatusKind::Played => "played",
            StatusKind::Failed { .. } => "failed",
        };
        self.statuses.entry(upstream_id.to_owned()).or_default().insert(word);
    }
}

/// What a row says of itself, in the words of the webhooks.
fn shows(row: &Message) -> BTreeSet<&'static str> {
    let words = [
        ("sent", row.sent_at.is_some()),
        ("delivered", row.delivered_at.is_some()),
        ("read", row.read_at.is_some()),
        ("played", row.state == State::Played),
        ("failed", matches!(row.state, State::Failed | State::Dropped)),
    ];
    words.into_iter().filter_map(|(word, is_so)| is_so.then_some(word)).collect()
}

impl World {
    /// Everything the network told stands in the row. Without marks, only what came under an id that an answer named.
    pub fn shows_what_was_told(&self, view: &MessageView) -> Checked {
        let row = &view.message;
        let Some(ids) = self.books.told.taken_as.get(&row.id) else { return Ok(()) };
        let is_named = |id: &&String| {
            row.channel != CHANNELS[2] || view.attempts.iter().any(|a| a.upstream_id.as_ref() == Some(*id))
        };
        let told = ids.iter().filter(is_named).filter_map(|id| self.books.told.statuses.get(id));
        let told: BTreeSet<_> = told.flatten().copied().collect();
        let has_it = told.contains("delivered") || told.contains("read") || told.contains("played");
        let is_owed = |word: &&str| *word != "failed" || (ids.len() == 1 && !has_it);
        let shown = shows(row);
        match told.into_iter().filter(is_owed).find(|word| !shown.contains(word)) {
            Some(word) if !self.may_be_mistaken(row) => {
                Err(broken(row.id, format!("the network told {word}, and it is {}", row.state.as_str())))
            }
            _ => Ok(()),
        }
    }
}

/// Everything a row shows has been heard.
pub fn heard_all(row: &Message, heard: &[Heard]) -> Result<(), Violation> {
    match shows(row).into_iter().find(|word| !heard.iter().any(|(said, _)| said == word)) {
        Some(word) => Err(broken(row.id, format!("is {}, and nobody heard {word}", row.state.as_str()))),
        None => Ok(()),
    }
}
