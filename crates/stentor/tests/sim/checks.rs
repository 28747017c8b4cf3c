//! The invariants, as docs/states.md lists them: on what leaves, on the rows each commit touched, on the whole world
//! every hour, and on what everybody heard in the end.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use stentor::engine::dispatcher::{Input, Work};
use stentor::upstream::Departure;
use stentor_core::id::{AccountId, ChannelId, EndpointId, MessageId, RecipientKey, TemplateId};
use stentor_core::message::{Change, EventKind, Message, State, UnknownPolicy};
use stentor_core::quiet_hours::{QuietHours, place};
use stentor_core::template::Category;
use stentor_core::time::Timestamp;
use stentor_store::MessageView;

use crate::budgets::Budgets;
use crate::debits::Debits;
use crate::follows::{follows, rank};
use crate::receiver::Heard;
use crate::setup::{ACCOUNTS, CHANNELS, ENDPOINTS, QUIET_HOURS};
use crate::speeds::Speeds;
use crate::told::{Told, heard_all};
use crate::world::{Checked, Violation, World, broken, ready};

/// A message may be looked at this much later than it should be: the process may be down, the store may refuse.
const SLACK: Duration = Duration::from_mins(10);

/// What was decided about a message holds for so long.
const DECIDED_FOR: Duration = Duration::from_mins(1);

/// Later messages have had statuses for so long: a message without one was not taken.
const SILENCE: Duration = Duration::from_mins(15);
/// WhatsApp refuses a message because its person stopped the business.
const OPTED_OUT: u32 = 131_050;
/// A message's deadline passed in our queue.
const EXPIRED: u32 = 410;

/// What the world itself knows, apart from the store.
#[derive(Debug, Default)]
pub struct Books {
    /// Counts what is ordered against one another: stops, pauses, claims, decisions.
    turn: u64,
    rows: BTreeMap<MessageId, Message>,
    /// When its facts about the person were read, and when it was decided about.
    claimed: BTreeMap<MessageId, u64>,
    decided: BTreeMap<MessageId, (u64, Timestamp)>,
    /// Committed begins that have not left, and when they were.
    begun: BTreeMap<(MessageId, u32), Timestamp>,
    stopped: BTreeMap<(AccountId, RecipientKey), u64>,
    resumed: BTreeMap<(AccountId, RecipientKey), Timestamp>,
    suppressed: BTreeMap<(AccountId, RecipientKey), u64>,
    paused: BTreeMap<TemplateId, u64>,
    /// The network's own record: attempts it took.
    taken: BTreeMap<MessageId, Vec<u32>>,
    pub speeds: Speeds,
    /// What people and businesses got.
    pub budgets: Budgets,
    pub debits: Debits,
    pub told: Told,
    /// Messages whose body may have gone when they were over, before something new came of them.
    pub bodiless: BTreeSet<MessageId>,
    /// Messages of people who are erased, and accounts of which somebody is.
    erased: BTreeSet<MessageId>,
    erased_of: BTreeSet<AccountId>,
    /// What the world administered, and when.
    pub audits: Vec<(AccountId, Timestamp)>,
}

impl Books {
    /// A message as it was last committed.
    pub fn row(&self, id: MessageId) -> Option<&Message> {
        self.rows.get(&id)
    }

    fn tick(&mut self) -> u64 {
        self.turn += 1;
        self.turn
    }

    /// Every row, as it is known.
    pub fn rows(&self) -> Vec<Message> {
        self.rows.values().cloned().collect()
    }

    /// A row as the store holds it.
    pub fn learn(&mut self, row: Message) {
        self.rows.insert(row.id, row);
    }

    /// Messages before an id, oldest first.
    pub fn rows_before(&self, id: MessageId) -> Vec<Message> {
        self.rows.range(..id).map(|(_, row)| row.clone()).collect()
    }

    /// The oldest message there is.
    pub fn oldest(&self) -> Option<MessageId> {
        self.rows.keys().next().copied()
    }

    /// A message went with age.
    pub fn forget(&mut self, id: MessageId) {
        self.rows.remove(&id);
    }

    /// A message of an erased person, as it is left.
    pub fn erased(&mut self, row: Message) {
        self.erased.insert(row.id);
        self.rows.insert(row.id, row);
    }

    /// Whether the message's person was erased since.
    pub fn is_erased(&self, id: MessageId) -> bool {
        self.erased.contains(&id)
    }

    /// Somebody is erased: what they got is not known any more.
    pub fn erased_person(&mut self, person: (AccountId, RecipientKey), now: Timestamp) {
        self.erased_of.insert(person.0);
        self.budgets.forget(person, now);
        self.debits.forget(person);
    }

    /// Whether somebody of the account was erased.
    pub fn has_erased(&self, account: AccountId) -> bool {
        self.erased_of.contains(&account)
    }

    /// Something was administered.
    pub fn administered(&mut self, account: AccountId, at: Timestamp) {
        self.audits.push((account, at));
    }

    /// A send of this row began.
    pub fn begins(&mut self, row: &Message) {
        let began = row.sending_at.unwrap_or_default();
        let is_open = self.budgets.is_window((row.account, row.recipient), began);
        self.debits.begins(row, is_open);
    }

    pub fn paused(&mut self, template: TemplateId, since: Option<Timestamp>) {
        let turn = self.tick();
        if since.is_some() {
            self.paused.entry(template).or_insert(turn);
        } else {
            self.paused.remove(&template);
        }
    }
}

impl World {
    /// Something was administered.
    pub fn administered(&mut self, account: AccountId) {
        self.books.administered(account, self.now);
        self.saw(self.now);
    }

    pub fn accepted(&mut self, message: Message) {
        self.tally.messages += 1;
        self.saw(message.id.accepted_at());
        self.books.rows.insert(message.id, message);
    }

    pub fn stopped(&mut self, account: AccountId, person: RecipientKey, stopped: bool) {
        let turn = self.books.tick();
        if stopped {
            self.books.stopped.entry((account, person)).or_insert(turn);
        } else {
            self.books.stopped.remove(&(account, person));
            self.books.resumed.insert((account, person), self.now);
        }
    }

    pub fn suppressed(&mut self, account: AccountId, person: RecipientKey, suppressed: bool) {
        let turn = self.books.tick();
        if suppressed {
            self.books.suppressed.entry((account, person)).or_insert(turn);
        } else {
            self.books.suppressed.remove(&(account, person));
        }
    }

    /// The dispatcher decided about these.
    pub fn decided(&mut self, work: &Work) {
        let ids: Vec<MessageId> = match work {
            Work::Begin(begin) => begin.messages.clone(),
            Work::Decide(_, decisions) => decisions.iter().map(|(id, _)| *id).collect(),
            _ => return,
        };
        let decided = (self.books.tick(), self.now);
        self.books.decided.extend(ids.into_iter().map(|id| (id, decided)));
    }

    /// They are about to begin.
    pub fn asks(&mut self, work: &Work) {
        let Work::Begin(begin) = work else { return };
        let rows = begin.messages.iter().filter_map(|id| self.books.rows.get(id));
        let people = rows.map(|row| (row.account, row.recipient)).collect();
        self.books.debits.asks(people);
    }

    /// The store leased or began these.
    pub fn leased(&mut self, input: Option<&Input>) -> Checked {
        match input {
            Some(Input::Claimed(_, rows, _)) => {
                let turn = self.books.tick();
                self.books.claimed.extend(rows.iter().map(|row| (row.message.id, turn)));
            }
            Some(Input::Begun(channel, begun)) => {
                self.begun_at(*channel, begun)?;
                // A begin is a commit like any other: no later process takes its debits for those of the future.
                if !begun.messages.is_empty() {
                    self.saw(self.now);
                }
                for message in &begun.messages {
                    self.line(Some(message.id), format!("begun, attempt {}", message.attempts));
                    self.books.begun.insert((message.id, message.attempts), self.now);
                    self.books.begins(message);
                    let old = self.books.rows.insert(message.id, message.clone());
                    let was_queued = old.is_some_and(|old| old.state.is_queued());
                    if message.state != State::Sending || !was_queued {
                        return Err(broken(message.id, "begun, and was not queued"));
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Nothing leaves without a begin, after its deadline, after a stop or a pause that was known, or above the rate.
    pub fn leaves(&mut self, departure: &Departure) -> Checked {
        let (id, books) = (departure.id, &self.books);
        let row = books.rows.get(&id).ok_or_else(|| broken(id, "left, and was never accepted"))?;
        let Some(&began) = books.begun.get(&(id, departure.attempt)) else {
            return Err(broken(id, "left without a begin of its own"));
        };
        if self.now >= row.deadline {
            return Err(broken(id, format!("left after its deadline {}", row.deadline)));
        }
        let claimed = books.claimed.get(&id).copied().unwrap_or(0);
        let stopped = books.stopped.get(&(row.account, row.recipient));
        if row.category == Some(Category::Marketing) && stopped.is_some_and(|turn| *turn < claimed) {
            return Err(broken(id, "left after the person had stopped the business's marketing"));
        }
        let suppressed = books.suppressed.get(&(row.account, row.recipient));
        if suppressed.is_some_and(|turn| *turn < claimed) {
            return Err(broken(id, "left although the operator had suppressed the person"));
        }
        let person = (row.account, row.recipient);
        let is_marketing = row.category == Some(Category::Marketing);
        if is_marketing && books.debits.is_saturated(person, claimed, began) {
            return Err(broken(id, "left within a day of a 131049 of its person"));
        }
        let (decided, decided_at) = books.decided.get(&id).copied().unwrap_or((0, began));
        if self.now >= decided_at + DECIDED_FOR {
            return Err(broken(id, format!("left although it was decided about at {decided_at}")));
        }
        if let Some(zone) = self.is_night(row, departure, decided_at) {
            return Err(broken(id, format!("left in the quiet hours of {zone}")));
        }
        let paused = row.template.and_then(|template| books.paused.get(&template));
        if paused.is_some_and(|turn| *turn < decided) {
            return Err(broken(id, "left although its template was paused"));
        }
        let row = row.clone();
        self.books.budgets.leaves(&row, departure, claimed, began).map_err(|what| broken(id, what))?;
        self.books.begun.remove(&(id, departure.attempt));
        self.within_rate(id, departure.channel.id, began)
    }

    /// The zone in which it is night at the person's, where marketing may not leave then, unless they wrote lately.
    fn is_night(&self, row: &Message, departure: &Departure, decided: Timestamp) -> Option<String> {
        let hours = QuietHours::parse(QUIET_HOURS).ok()?;
        let is_open = self.books.budgets.is_open((row.account, row.recipient), decided);
        let is_meant = row.account == ACCOUNTS[1] && row.category == Some(Category::Marketing) && !is_open;
        let place = place(&departure.address, None);
        let quiet = place.zones.iter().find(|zone| is_meant && hours.is_quiet(decided, zone));
        quiet.and_then(|zone| zone.iana_name()).map(str::to_owned)
    }

    /// At most one request of a message is taken, unless its channel prefers twice to never.
    pub fn took(&mut self, id: MessageId, attempt: u32, taken: bool) -> Checked {
        if !taken {
            self.books.budgets.was_not_taken();
            return Ok(());
        }
        let before = self.books.taken.entry(id).or_default();
        before.push(attempt);
        if before.len() > 1 {
            self.tally.doubles += 1;
            if self.policy(id) == UnknownPolicy::AtMostOnce {
                return Err(broken(id, format!("taken twice, by attempts {:?}", self.books.taken[&id])));
            }
        }
        Ok(())
    }

    /// What becomes of a message nobody knows of.
    pub fn policy(&self, id: MessageId) -> UnknownPolicy {
        let channel = self.books.rows.get(&id).map(|row| row.channel);
        if channel == Some(CHANNELS[1]) { UnknownPolicy::AtLeastOnce } else { UnknownPolicy::AtMostOnce }
    }

    /// Every row a commit wrote follows from the one before. `at`: the time it is of, which may be older than now.
    pub fn committed(&mut self, at: Timestamp, changes: &[Change]) -> Checked {
        for change in changes {
            let new = &change.message;
            let old = self.books.rows.insert(new.id, new.clone());
            let old = old.ok_or_else(|| broken(new.id, "changed, and was never accepted"))?;
            let said: Vec<_> = change.events.iter().map(|event| event.kind.as_str()).collect();
            let (was, is) = (old.state.as_str(), new.state.as_str());
            self.line(Some(new.id), format!("{was} -> {is} [{}]", said.join(", ")));
            // In memory the time is noted with what is counted: a message that stays as it was is not.
            if old.state != new.state {
                self.saw(at);
            }
            if self.has_lost_body(&old) {
                self.books.bodiless.insert(old.id);
            }
            let turn = self.books.tick();
            self.books.budgets.changed(&old, new, turn, self.now);
            self.books.debits.changed(&old, new, turn, self.now);
            if new.state == State::Failed && new.code == Some(OPTED_OUT) && old.state != State::Failed {
                self.stopped_by_refusal(new);
            }
            if old.state.is_queued() {
                let read = self.books.claimed.get(&new.id).copied().unwrap_or(0);
                let at = self.books.decided.get(&new.id).map_or(self.now, |(_, at)| *at);
                self.books.debits.waits(new, read, at).map_err(|what| broken(new.id, what))?;
            }
            self.had_its_chance(&old, new)?;
            if old.state == State::Unknown && new.state == State::Waiting {
                self.silence_is_evidence(&old, change)?;
            }
            self.tally.unknowns += u64::from(new.state == State::Unknown && old.state != State::Unknown);
            follows(&old, new)?;
        }
        Ok(())
    }

    /// WhatsApp refused a message because the person had stopped the business: as good as having been told, unless they
    /// have resumed since.
    fn stopped_by_refusal(&mut self, row: &Message) {
        let person = (row.account, row.recipient);
        let resumed = self.books.resumed.get(&person);
        if resumed.is_none_or(|at| row.ended_at > Some(*at)) {
            self.stopped(row.account, row.recipient, true);
        }
    }

    /// What nothing held up has left before its deadline, where anybody was there to send it: a plan leaves nobody behind.
    fn had_its_chance(&self, old: &Message, new: &Message) -> Checked {
        let is_late =
            new.state == State::Expired || (new.state == State::Failed && new.code == Some(EXPIRED));
        let is_meant = old.state == State::Accepted && old.category == Some(Category::Marketing);
        let (from, to) = (old.id.accepted_at(), old.deadline);
        if is_late && is_meant && self.clocks.absent(from, to) * 2 < to.since(from) {
            return Err(broken(old.id, "was never attempted, and nothing held it up"));
        }
        Ok(())
    }

    /// Sent again without an answer: only where twice is preferred to never, and after the silence of a quarter of an hour.
    fn silence_is_evidence(&self, old: &Message, change: &Change) -> Checked {
        let is_settled = change.events.iter().any(|event| event.kind == EventKind::Settled);
        let is_early = old
            .sending_at
            .is_none_or(|began| self.now < began + SILENCE + self.clocks.absent(began, self.now));
        if is_settled && (is_early || self.policy(old.id) != UnknownPolicy::AtLeastOnce) {
            return Err(broken(old.id, "goes again, and silence is no evidence yet"));
        }
        Ok(())
    }

    /// The end of a stop makes due what waited for it.
    pub fn made_due(&mut self, template: TemplateId, now: Timestamp) {
        use stentor_core::message::WaitReason::{Pacing, Paused, Sync};
        let rows = self.books.rows.values_mut().filter(|row| row.state == State::Waiting);
        let held = rows.filter(|row| {
            row.template == Some(template)
                && matches!(row.wait, Some(Sync | Paused | Pacing))
                && row.due > Some(now)
        });
        held.for_each(|row| row.due = Some(now));
    }

    /// The rescue says how many rows it touched, not which.
    pub fn after_rescue(&mut self) -> Checked {
        let sending: Vec<_> =
            self.books.rows.values().filter(|row| row.state == State::Sending).cloned().collect();
        if !sending.is_empty() {
            self.saw(self.now);
        }
        for old in sending {
            let new = self.view(&old)?.message;
            self.line(Some(old.id), format!("rescued: {}", new.state.as_str()));
            self.tally.unknowns += 1;
            follows(&old, &new)?;
            self.books.rows.insert(new.id, new);
        }
        Ok(())
    }

    pub fn view(&self, row: &Message) -> Result<MessageView, Violation> {
        let view = ready(self.store.message(row.account, row.id)).expect("a read");
        view.ok_or_else(|| broken(row.id, "is gone from the store"))
    }

    /// Nobody has anything left to do or to tell.
    pub fn is_settled(&self) -> bool {
        let waiting = || ready(self.store.counts()).expect("counts").deliveries_waiting;
        self.is_up()
            && self.network.next_due().is_none()
            && self.books.rows.values().all(is_over)
            && waiting() == 0
    }

    /// The whole world: what was accepted is there, as it was committed, final or alive; the counts are true. With an hour
    /// of the day, of what is over only that hour's share is read again.
    pub fn audit(&mut self, hour: Option<u64>) -> Checked {
        if self.process.is_none() && self.on_disk.disk.is_some() {
            // Its files are nobody's until it is up again.
            return Ok(());
        }
        let mut states: BTreeMap<State, u64> = BTreeMap::new();
        for row in self.books.rows.values() {
            *states.entry(row.state).or_default() += 1;
            let is_its_hour = hour.is_none_or(|hour| (row.id.0.unsigned_abs() >> 22) % 24 == hour);
            if is_over(row) && !is_its_hour {
                continue;
            }
            let view = self.view(row)?;
            self.keeps_body(&view)?;
            let stored = view.message;
            if stored != *row {
                return Err(broken(row.id, format!("is {stored:?} and was committed as {row:?}")));
            }
            let other = if row.account == ACCOUNTS[0] { ACCOUNTS[1] } else { ACCOUNTS[0] };
            if ready(self.store.message(other, row.id)).expect("a read").is_some() {
                return Err(broken(row.id, "is found by another account"));
            }
            let until = match row.state {
                State::Accepted | State::Waiting | State::Unknown => Some(row.deadline),
                State::Sending | State::Sent => row.due,
                _ => None,
            };
            if until.is_some_and(|until| self.now > self.clocks.late_from(until, SLACK)) {
                return Err(broken(row.id, format!("is {} after its time", row.state.as_str())));
            }
        }
        self.keeps_nothing_old()?;
        let counts = ready(self.store.counts()).expect("counts");
        let counted: BTreeMap<State, u64> = counts.by_state.into_iter().filter(|(_, n)| *n > 0).collect();
        if counted != states {
            let what = format!("the store counts {counted:?}, there are {states:?}");
            return Err(Violation { message: None, what });
        }
        Ok(())
    }

    /// What its endpoint has heard of a message.
    pub fn heard(&self, row: &Message) -> Vec<Heard> {
        self.receivers.heard.get(&(endpoint(row.channel), row.id)).cloned().unwrap_or_default()
    }

    /// Everything has ended, and every reported event was heard by whom it concerns, in order.
    pub fn last_audit(&mut self) -> Checked {
        self.speeds_recovered()?;
        for row in self.books.rows.values() {
            if !is_over(row) {
                return Err(broken(row.id, format!("is {} in the end", row.state.as_str())));
            }
            let view = self.view(row)?;
            let reported: Vec<Heard> = view.events.iter().filter_map(|(_, event)| told(event)).collect();
            let endpoint = endpoint(row.channel);
            let heard = self.heard(row);
            self.shows_what_was_told(&view)?;
            heard_all(row, &heard)?;
            if reported != heard {
                return Err(broken(row.id, format!("reports {reported:?}, {endpoint} heard {heard:?}")));
            }
            let is_taken = self.books.taken.contains_key(&row.id);
            if !is_taken && rank(row.state).is_some() && !self.may_be_mistaken(row) {
                return Err(broken(row.id, "counts as sent, and the network never had it"));
            }
        }
        let counts = ready(self.store.counts()).expect("counts");
        if counts.deliveries_waiting + counts.deliveries_lost > 0 {
            let what =
                format!("{} webhooks wait, {} are lost", counts.deliveries_waiting, counts.deliveries_lost);
            return Err(Violation { message: None, what });
        }
        Ok(())
    }
}

impl World {
    /// Without marks a status is matched by its person. When the one it belongs to was given up before it came, it
    /// meets another that is in doubt: the price of an upstream that does not give marks back (docs/states.md).
    pub fn may_be_mistaken(&self, row: &Message) -> bool {
        let is_same = |other: &Message| other.recipient == row.recipient && other.id != row.id;
        let others = self.books.rows.values().filter(|other| other.channel == row.channel && is_same(other));
        row.channel == CHANNELS[2] && others.into_iter().any(|other| self.books.taken.contains_key(&other.id))
    }
}

/// Nothing more must happen to it.
pub fn is_over(row: &Message) -> bool {
    row.state.is_final() || row.state == State::Delivered
}

/// Where a channel's events go.
fn endpoint(channel: ChannelId) -> EndpointId {
    let at = CHANNELS.iter().position(|c| *c == channel).unwrap_or(0);
    ENDPOINTS[at]
}

/// An event as its receiver hears it.
fn told(event: &stentor_core::message::Event) -> Option<Heard> {
    let word = match event.kind {
        EventKind::Dropped => "failed",
        kind => kind.as_str(),
    };
    event.report.then(|| (word.to_owned(), event.at.secs()))
}
