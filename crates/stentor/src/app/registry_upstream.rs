//! The registry and a real upstream: we are a mirror. What is created, edited or deleted here is written through, and the
//! upstream's answer is the answer; what it lists is read at start and every five minutes, beside its webhooks.
//! Started by `app` for `cloud_api`; messages never wait for it.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use stentor_core::id::{AccountId, TemplateId};
use stentor_core::registry::{Template, UpstreamKind};
use stentor_core::sync::SYNC;
use stentor_core::template::{Health, Quality, TemplateStatus};
use stentor_core::time::Timestamp;
use stentor_core::ttl;
use stentor_store::{Audit, RegistryChange};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::api::verdicts;
use crate::api::{ApiError, AppState, Review};
use crate::lifecycle::Lifecycle;
use crate::registry::{Plan, Snapshot};
use crate::translate;
use crate::upstream::cloud_api::{CloudApi, Listed, Listing, Standing};

mod gone;
mod tell;

/// Between two readings of an account's templates.
const READ_EVERY: Duration = Duration::from_mins(5);
/// How soon an account that has just got its first channel is noticed.
const LOOK_EVERY: Duration = Duration::from_secs(5);
const BACK_OFF_MAX: Duration = Duration::from_mins(5);
/// Templates of an account, every language counted; what is above is not taken over.
const TEMPLATES_MAX: usize = 6_000;

/// Writes through and reads until the program stops.
pub fn connect(
    upstream: CloudApi,
    reviews: UnboundedReceiver<Review>,
    state: &Arc<AppState>,
    life: &Lifecycle,
) {
    let mirror = Mirror {
        upstream,
        state: Arc::clone(state),
        work: Vec::new(),
        reads: BTreeMap::new(),
        missing: HashSet::new(),
    };
    let life_of_task = life.clone();
    life.start(async move {
        tokio::select! {
            () = life_of_task.stopping() => {}
            () = mirror.run(reviews) => {}
        }
    });
}

struct Mirror {
    upstream: CloudApi,
    state: Arc<AppState>,
    /// What is to be told, in the order in which it happened. A few for each template at most, so of the registry's size.
    work: Vec<Work>,
    reads: BTreeMap<AccountId, Turn>,
    /// What the last whole listing of an account did not have any more.
    missing: HashSet<TemplateId>,
}

/// Something of a template that the upstream is to hear.
struct Work {
    template: Arc<Template>,
    what: What,
    turn: Turn,
}

/// What it is to hear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    /// The template is to be there as it is here, or gone when it is deleted here.
    Stand,
    /// Only what is not reviewed changed: its TTL.
    Change,
    /// It was put away, or back.
    Archive,
    /// Its pause was ended by hand.
    Unpause,
}

/// When something is tried next.
#[derive(Clone, Copy)]
struct Turn {
    due: Timestamp,
    /// How often it has failed since it last went well.
    tries: u32,
    /// Whether it ever went well.
    done: bool,
}

impl Turn {
    const fn now(due: Timestamp) -> Self {
        Self { due, tries: 0, done: false }
    }

    fn failed(self, now: Timestamp) -> Self {
        Self { due: now + back_off(self.tries), tries: self.tries.saturating_add(1), ..self }
    }
}

/// 1 s, doubled with each failure, at most five minutes.
fn back_off(failures_before: u32) -> Duration {
    Duration::from_secs(1 << failures_before.min(16)).min(BACK_OFF_MAX)
}

impl Mirror {
    async fn run(mut self, mut reviews: UnboundedReceiver<Review>) {
        let clock = self.state.clock.clone();
        loop {
            let due = self.next_due(clock.now());
            tokio::select! {
                biased;
                review = reviews.recv() => match review {
                    None => return,
                    Some(review) => self.take(review),
                },
                () = clock.wait_until(due) => self.step().await,
            }
        }
    }

    fn next_due(&self, now: Timestamp) -> Timestamp {
        let work = self.work.iter().map(|work| work.turn.due);
        let reads = self.accounts().into_iter().map(|id| self.reads.get(&id).map_or(now, |turn| turn.due));
        work.chain(reads).chain([now + LOOK_EVERY]).min().unwrap_or(now)
    }

    /// Those with a channel to this upstream.
    fn accounts(&self) -> Vec<AccountId> {
        let snapshot = self.state.directory.snapshot();
        let mut accounts: Vec<_> = snapshot
            .channels()
            .filter(|channel| channel.upstream == UpstreamKind::CloudApi)
            .map(|channel| channel.account)
            .collect();
        accounts.sort_unstable();
        accounts.dedup();
        accounts
    }

    fn take(&mut self, review: Review) {
        match review {
            Review::Submit(template) => self.push(template, What::Stand),
            // Only moved by hand: it goes on to be created there.
            Review::Withdraw(template) if template.deleted_at.is_none() => {}
            Review::Withdraw(template) => self.push(template, What::Stand),
            Review::Change(template) => self.push(template, What::Change),
            Review::Archive(template) => self.push(template, What::Archive),
            // A pause that ends by itself ends there by itself too.
            Review::Unpause(template) if template.health.paused_until.is_none() => {
                self.push(template, What::Unpause);
            }
            // What was held or moved is ours alone.
            Review::Unpause(_) | Review::Assess(_) | Review::Know(_) => {}
        }
    }

    fn push(&mut self, template: Arc<Template>, what: What) {
        // What stands there as it is here needs to hear of no change; a deletion is all there is to hear.
        let covers = |work: &Work| work.what == what || template.deleted_at.is_some();
        let stands = |work: &Work| what == What::Change && work.what == What::Stand;
        if let Some(work) = self.work.iter_mut().find(|work| work.template.id == template.id && stands(work))
        {
            work.template = template;
            return;
        }
        self.work.retain(|work| work.template.id != template.id || !covers(work));
        self.work.push(Work { template, what, turn: Turn::now(self.state.clock.now()) });
    }

    /// One request's worth: the first thing that is due. What has the same name keeps its order.
    async fn step(&mut self) {
        let now = self.state.clock.now();
        let mut names = HashSet::new();
        let first = |work: &Work| names.insert((work.template.account, name_of(&work.template)));
        let firsts: Vec<bool> = self.work.iter().map(first).collect();
        let next = (0..self.work.len()).find(|&at| firsts[at] && self.work[at].turn.due <= now);
        if let Some(at) = next {
            let Work { template, what, turn } = &self.work[at];
            let (template, what, turn) = (Arc::clone(template), *what, *turn);
            match self.tell(&template, what).await {
                Ok(()) => drop(self.work.remove(at)),
                Err(why) => {
                    tracing::warn!(template = %template.id, why, "the upstream is asked again for a template");
                    self.work[at].turn = turn.failed(self.state.clock.now());
                }
            }
            return;
        }
        let turn_of = |id: &AccountId| self.reads.get(id).copied().unwrap_or(Turn::now(now));
        let Some(account) = self.accounts().into_iter().find(|id| turn_of(id).due <= now) else { return };
        let turn = turn_of(&account);
        let next = match self.read(account, !turn.done).await {
            Ok(()) => Turn { due: self.state.clock.now() + READ_EVERY, tries: 0, done: true },
            Err(why) => {
                tracing::warn!(%account, why, "the upstream's templates could not be read");
                turn.failed(self.state.clock.now())
            }
        };
        self.reads.insert(account, next);
    }

    /// Follows what the upstream lists of an account. `first`: what waits here and is not listed is submitted (again).
    ///
    /// # Errors
    /// Why it is to be read again.
    async fn read(&mut self, account: AccountId, first: bool) -> Result<(), String> {
        let began = self.state.clock.now();
        let listing =
            self.upstream.list_templates(account, None).await.map_err(|trouble| trouble.to_string())?;
        let snapshot = self.state.directory.snapshot();
        for there in &listing.templates {
            let named = (there.name.as_str(), there.language.as_str());
            // What was written here since is newer than the listing.
            if let Some(ours) = snapshot.template(account, named.0, named.1)
                && ours.template.modified_at < began
                && !self.is_queued(&ours.template.name, &ours.template.language, account)
            {
                let booked = follow(&self.state, account, named, there.standing).await;
                booked.map_err(|error| format!("{error:?}"))?;
            }
        }
        if first && listing.complete {
            self.submit_again(account, &snapshot, &listing, began);
        }
        self.let_go(account, &snapshot, &listing, began).await.map_err(|error| format!("{error:?}"))?;
        self.take_over(account, listing).await.map_err(|error| format!("{error:?}"))
    }

    fn is_queued(&self, name: &str, language: &str, account: AccountId) -> bool {
        self.work.iter().any(|Work { template, .. }| {
            template.account == account && name_of(template) == (name.to_owned(), language.to_owned())
        })
    }

    /// What an earlier process could not hand over.
    fn submit_again(&mut self, account: AccountId, snapshot: &Snapshot, listing: &Listing, began: Timestamp) {
        for ours in snapshot.templates(account).map(|registered| &registered.template) {
            let waits = ours.status == TemplateStatus::Pending && !ours.pinned && ours.modified_at < began;
            let is_told = listing.find(&ours.name, &ours.language).is_some()
                || self.is_queued(&ours.name, &ours.language, account);
            if waits && !is_told {
                self.push(Arc::clone(ours), What::Stand);
            }
        }
    }

    /// Registers what is only there.
    async fn take_over(&self, account: AccountId, listing: Listing) -> Result<(), ApiError> {
        let snapshot = self.state.directory.snapshot();
        let unknown: Vec<(TemplateId, Listed)> = listing
            .templates
            .into_iter()
            .filter(|there| {
                is_there(there.standing.status)
                    && snapshot.template(account, &there.name, &there.language).is_none()
                    && !self.is_queued(&there.name, &there.language, account)
            })
            .map(|there| {
                let is_taken = |id| snapshot.template_by_id(account, TemplateId(id)).is_some();
                (TemplateId(self.state.fresh_id(is_taken)), there)
            })
            .collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let taken_over = move |snapshot: &Snapshot, now| {
            let room = TEMPLATES_MAX.saturating_sub(snapshot.templates(account).count());
            let is_new = |there: &Listed| {
                let (name, language) = (there.name.as_str(), there.language.as_str());
                snapshot.template(account, name, language).is_none()
                    && !snapshot.is_locked(account, name, language, now)
            };
            let new = unknown.into_iter().filter(|(_, there)| is_new(there));
            let changes: Vec<_> = new
                .filter_map(|(id, there)| template(id, account, &there, now))
                .take(room)
                .map(RegistryChange::PutTemplate)
                .collect();
            let detail = format!("{} templates", changes.len());
            let (actor, action) = ("network".to_owned(), "template.mirror".to_owned());
            let audit = Audit { at: now, actor, account, action, detail };
            Ok((Plan { audit, changes, notices: Vec::new() }, ()))
        };
        self.state.administer(taken_over).await
    }
}

fn name_of(template: &Template) -> (String, String) {
    (template.name.clone(), template.language.clone())
}

/// Whether it is there for its owner: not deleted.
const fn is_there(status: TemplateStatus) -> bool {
    !matches!(status, TemplateStatus::PendingDeletion | TemplateStatus::Deleted)
}

async fn follow(
    state: &Arc<AppState>,
    account: AccountId,
    named: (&str, &str),
    standing: Standing,
) -> Result<(), ApiError> {
    let verdict = (standing.status, standing.rejected_reason);
    verdicts::mirrored(state, account, named, verdict, (standing.category, standing.quality)).await
}

/// The upstream's template as ours; one that is approved has long been synced there. `None` for what cannot be read.
fn template(id: TemplateId, account: AccountId, there: &Listed, now: Timestamp) -> Option<Template> {
    let Some(wire) = &there.definition else {
        tracing::warn!(name = there.name, "a template of the upstream cannot be read and is left out");
        return None;
    };
    let definition = translate::definition(wire);
    let (category, key) = (definition.category, (there.name.as_str(), there.language.as_str()));
    let is_allowed = |secs: &i64| ttl::check_template(category, *secs).is_ok();
    let is_approved = there.standing.status == TemplateStatus::Approved;
    let quality = there.standing.quality.unwrap_or(Quality::Unknown);
    let quality_at = (quality != Quality::Unknown).then_some(now);
    let is_archived = there.standing.status == TemplateStatus::Archived;
    Some(Template {
        status: there.standing.status,
        rejected_reason: there.standing.rejected_reason,
        parameter_format: definition.parameter_format,
        ttl_secs: wire.message_send_ttl_seconds.filter(is_allowed),
        approved_at: is_approved.then_some(now - SYNC),
        last_used_at: is_approved.then_some(now),
        extra: wire.extra_json().to_string(),
        health: Health { quality, quality_at, ..Health::default() },
        archived_at: is_archived.then_some(now),
        archived_from: is_archived.then_some(TemplateStatus::Approved),
        created_by: "network".to_owned(),
        modified_by: "network".to_owned(),
        ..Template::new(id, account, key, category, wire.components_json().to_string(), now)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_off_doubles_to_five_minutes() {
        let secs: Vec<u64> = [0, 1, 2, 8, 9, 40].map(|failures| back_off(failures).as_secs()).to_vec();
        assert_eq!(secs, [1, 2, 4, 256, 300, 300]);
    }

    #[test]
    fn what_is_taken_over_works_at_once() {
        let item = br#"{"name": "spring_sale", "language": "en", "category": "MARKETING", "message_send_ttl_seconds": 5,
            "components": [{"type": "BODY", "text": "Hi {{1}}"}]}"#;
        let definition = stentor_wire::template::parse_create(item).expect("a definition").value;
        let approved = Standing {
            status: TemplateStatus::Approved,
            rejected_reason: None,
            category: None,
            quality: Some(Quality::Yellow),
        };
        let there = Listed {
            id: "1".to_owned(),
            name: "spring_sale".to_owned(),
            language: "en".to_owned(),
            standing: approved,
            definition: Some(definition),
        };
        let now = Timestamp::from_secs(1_800_000_000);
        let ours = template(TemplateId(7), AccountId(1), &there, now).expect("readable");
        assert_eq!(ours.status, TemplateStatus::Approved);
        assert_eq!(stentor_core::admission::sync_state(&ours, now), stentor_core::sync::SyncState::Synced);
        assert_eq!(ours.ttl_secs, None, "5 s is outside the range: the category's default");
        let unreadable = Listed { definition: None, ..there };
        assert_eq!(template(TemplateId(7), AccountId(1), &unreadable, now), None);
    }
}
