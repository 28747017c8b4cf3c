//! How accounts want their marketing delivered: the order, by account and by template, and what templates are for.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use stentor_core::engagement::Goal;
use stentor_core::id::{AccountId, TemplateId};
use stentor_core::registry::{Document, DocumentKind};
use stentor_core::schedule::Mode;

use super::Snapshot;

/// An account's wishes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// The order; `None`: by how long the queue takes.
    pub mode: Option<Mode>,
    /// Of single templates.
    pub modes: BTreeMap<TemplateId, Mode>,
    /// What single templates are for; the others are to be read.
    pub goals: BTreeMap<TemplateId, Goal>,
}

/// As it is kept.
#[derive(Default, Deserialize, Serialize)]
struct Kept {
    mode: Option<String>,
    #[serde(default)]
    modes: BTreeMap<i64, String>,
    #[serde(default)]
    goals: BTreeMap<i64, String>,
}

/// The words of goals.
const GOALS: [(Goal, &str); 4] =
    [(Goal::Read, "read"), (Goal::Click, "click"), (Goal::Reply, "reply"), (Goal::Conversion, "conversion")];

/// The goal of that word.
#[must_use]
pub fn goal(word: &str) -> Option<Goal> {
    GOALS.iter().find(|(_, name)| *name == word).map(|(goal, _)| *goal)
}

/// Its word.
#[must_use]
pub fn word(goal: Goal) -> &'static str {
    GOALS[goal.index()].1
}

impl Wishes {
    /// What a template is for.
    #[must_use]
    pub fn goal(&self, template: TemplateId) -> Goal {
        self.goals.get(&template).copied().unwrap_or_default()
    }

    /// Reads [`Wishes::text`]; what is no wish any more is left out.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let Kept { mode, modes, goals } = serde_json::from_str(text).unwrap_or_default();
        Self {
            mode: mode.and_then(|word| Mode::parse(&word)),
            modes: modes
                .iter()
                .filter_map(|(id, word)| Some((TemplateId(*id), Mode::parse(word)?)))
                .collect(),
            goals: goals.iter().filter_map(|(id, word)| Some((TemplateId(*id), goal(word)?))).collect(),
        }
    }

    /// As a document keeps it.
    #[must_use]
    pub fn text(&self) -> String {
        let kept = Kept {
            mode: self.mode.map(|mode| mode.as_str().to_owned()),
            modes: self.modes.iter().map(|(id, mode)| (id.0, mode.as_str().to_owned())).collect(),
            goals: self.goals.iter().map(|(id, goal)| (id.0, word(*goal).to_owned())).collect(),
        };
        serde_json::to_string(&kept).unwrap_or_default()
    }
}

/// The wishes of all accounts that have some.
#[derive(Clone, Debug, Default)]
pub(super) struct AllWishes(HashMap<AccountId, Arc<Wishes>>);

impl AllWishes {
    /// Takes in a document, if it is wishes.
    pub(super) fn put(&mut self, document: &Document) {
        if document.kind == DocumentKind::Delivery && document.channel.is_none() {
            self.0.insert(document.account, Arc::new(Wishes::read(&document.value)));
        }
    }
}

impl Snapshot {
    /// How the account wants its marketing delivered.
    #[must_use]
    pub fn delivery(&self, account: AccountId) -> Arc<Wishes> {
        self.wishes.0.get(&account).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_are_kept_and_read_again() {
        let wishes = Wishes {
            mode: Some(Mode::Balanced),
            modes: [(TemplateId(7), Mode::BestHour)].into(),
            goals: [(TemplateId(8), Goal::Click)].into(),
        };
        assert_eq!(Wishes::read(&wishes.text()), wishes);
        assert_eq!((wishes.goal(TemplateId(8)), wishes.goal(TemplateId(9))), (Goal::Click, Goal::Read));
        for odd in ["", "{}", r#"{"mode":"soon","modes":{"1":"x"}}"#] {
            assert_eq!(Wishes::read(odd), Wishes::default(), "{odd}");
        }
        assert!(Goal::ALL.iter().all(|one| goal(word(*one)) == Some(*one)));
    }
}
