//! A learner as bytes with its place in the log, and back, bit for bit.

use std::collections::BTreeMap;

use super::counts::Counts;
use super::entry::Goal;
use super::features::FEATURES;
use super::filter::Effect;
use super::history::{History, TemplateCounts};
use super::learner::Learner;
use super::model::{Losses, Model, Said};
use super::pending::{Pending, Waiting};
use super::person::Person;
use super::snapshot::{Broken, Reader, Writer};

/// Changes with every change of what is written, of what a feature means, or of the order in which sums are added: what
/// is kept must be what the log gives today.
const FORMAT: u32 = 2;

impl Learner {
    /// Everything, with [`Self::position`]: this and the entries after it give the same bits as the whole log.
    #[must_use]
    pub fn snapshot(&self) -> Vec<u8> {
        let mut w = Writer::default();
        w.u32(FORMAT);
        w.u64(self.position);
        w.u64(self.epoch);
        w.u64(self.unlearnt);
        self.models.iter().for_each(|model| write_model(&mut w, model));
        write_history(&mut w, &self.history);
        w.count(self.people.len());
        for (key, person) in &self.people {
            w.u64(*key);
            write_person(&mut w, person);
        }
        w.count(self.waiting.len());
        for (message, pending) in &self.waiting.by_message {
            w.u64(*message);
            write_pending(&mut w, pending);
        }
        w.finish()
    }

    /// From a snapshot.
    ///
    /// # Errors
    /// [`Broken`], where the bytes are damaged or of another format: the log then makes it anew.
    pub fn restore(bytes: &[u8]) -> Result<Self, Broken> {
        let mut r = Reader::new(bytes)?;
        let format = r.u32()?;
        if format != FORMAT {
            return Err(Broken::Format(format));
        }
        let mut learner = Self { position: r.u64()?, epoch: r.u64()?, unlearnt: r.u64()?, ..Self::default() };
        for model in &mut learner.models {
            read_model(&mut r, model)?;
        }
        learner.history = read_history(&mut r)?;
        let mut people = BTreeMap::new();
        for _ in 0..r.count(100)? {
            people.insert(r.u64()?, read_person(&mut r)?);
        }
        learner.people = people;
        let mut waiting = Waiting::default();
        for _ in 0..r.count(40)? {
            waiting.insert(r.u64()?, read_pending(&mut r)?);
        }
        learner.waiting = waiting;
        r.end()?;
        Ok(learner)
    }
}

fn write_model(w: &mut Writer, model: &Model) {
    w.u64(model.labels);
    for filter in &model.mixture.filters {
        w.u64(filter.labels);
        w.f64s(&filter.mean);
        w.f64s(&filter.covariance);
    }
    w.f64s(&model.mixture.losses);
    w.f64s(&model.platt.mean);
    w.f64s(&model.platt.covariance);
    let Losses { weight, plain, calibrated, baseline } = model.losses;
    w.f64s(&[weight, plain, calibrated, baseline]);
}

fn read_model(r: &mut Reader<'_>, model: &mut Model) -> Result<(), Broken> {
    debug_assert_eq!(model.leader().dimension(), usize::from(FEATURES));
    model.labels = r.u64()?;
    for filter in &mut model.mixture.filters {
        filter.labels = r.u64()?;
        r.f64s(&mut filter.mean)?;
        r.f64s(&mut filter.covariance)?;
    }
    r.f64s(&mut model.mixture.losses)?;
    r.f64s(&mut model.platt.mean)?;
    r.f64s(&mut model.platt.covariance)?;
    let mut losses = [0.0; 4];
    r.f64s(&mut losses)?;
    let [weight, plain, calibrated, baseline] = losses;
    model.losses = Losses { weight, plain, calibrated, baseline };
    Ok(())
}

fn write_counts(w: &mut Writer, counts: &Counts) {
    w.u32(counts.at_minute);
    w.f64(counts.sent);
    w.f64s(&counts.engaged);
}

fn read_counts(r: &mut Reader<'_>) -> Result<Counts, Broken> {
    let mut counts = Counts { at_minute: r.u32()?, sent: r.f64()?, engaged: [0.0; 4] };
    r.f64s(&mut counts.engaged)?;
    Ok(counts)
}

fn write_history(w: &mut Writer, history: &History) {
    w.f64s(&history.base_rates);
    write_counts(w, &history.counts);
    history.fatigue.iter().for_each(|pair| w.f64s(pair));
    w.count(history.templates.len());
    for (id, template) in &history.templates {
        w.u64(*id);
        write_counts(w, &template.counts);
        w.u32(template.first_minute);
        w.u32(template.last_minute);
    }
}

fn read_history(r: &mut Reader<'_>) -> Result<History, Broken> {
    let mut rates = [0.0; 4];
    r.f64s(&mut rates)?;
    let mut history = History::new(rates);
    history.counts = read_counts(r)?;
    for pair in &mut history.fatigue {
        r.f64s(pair)?;
    }
    for _ in 0..r.count(60)? {
        let id = r.u64()?;
        let counts = read_counts(r)?;
        let template = TemplateCounts { counts, first_minute: r.u32()?, last_minute: r.u32()? };
        history.templates.insert(id, template);
    }
    Ok(history)
}

fn write_person(w: &mut Writer, person: &Person) {
    person.effect.mean.iter().chain(&person.effect.covariance).for_each(|value| w.f32(*value));
    w.u32(person.counted_at);
    w.f32(person.sent);
    person.engaged.iter().for_each(|count| w.f32(*count));
    person.last.iter().chain(&person.sends).for_each(|at| w.u32(*at));
    [person.next_send, person.delivered, person.flags].iter().for_each(|byte| w.u8(*byte));
}

fn read_person(r: &mut Reader<'_>) -> Result<Person, Broken> {
    let mut effect = Effect::NONE;
    for value in effect.mean.iter_mut().chain(&mut effect.covariance) {
        *value = r.f32()?;
    }
    let mut person = Person { effect, counted_at: r.u32()?, sent: r.f32()?, ..Person::default() };
    for count in &mut person.engaged {
        *count = r.f32()?;
    }
    for at in person.last.iter_mut().chain(&mut person.sends) {
        *at = r.u32()?;
    }
    person.next_send = r.u8()? % 8;
    person.delivered = r.u8()?;
    person.flags = r.u8()?;
    Ok(person)
}

fn write_pending(w: &mut Writer, pending: &Pending) {
    w.u64(pending.due_millis.cast_unsigned());
    w.u64(pending.recipient);
    w.u64(pending.template);
    w.u8(u8::try_from(pending.goal.index()).unwrap_or(0));
    w.u8(pending.local_hour);
    w.u8(pending.fatigue);
    w.u8(u8::from(pending.is_delivered));
    pending.seen.iter().for_each(|seen| w.u8(u8::from(*seen)));
    let Said { voices, plain, calibrated, baseline } = pending.said;
    w.f64s(&voices);
    w.f64s(&[plain, calibrated, baseline]);
    w.count(pending.row.len());
    for (index, value) in &pending.row {
        w.u16(*index);
        w.f32(*value);
    }
}

fn read_pending(r: &mut Reader<'_>) -> Result<Pending, Broken> {
    let mut pending = Pending {
        due_millis: r.u64()?.cast_signed(),
        recipient: r.u64()?,
        template: r.u64()?,
        goal: *Goal::ALL.get(usize::from(r.u8()?)).ok_or(Broken::Damaged)?,
        local_hour: r.u8()? % 24,
        fatigue: r.u8()?.min(3),
        is_delivered: r.u8()? != 0,
        seen: [false; 4],
        said: Said::default(),
        row: Box::default(),
    };
    for seen in &mut pending.seen {
        *seen = r.u8()? != 0;
    }
    let Said { voices, plain, calibrated, baseline } = &mut pending.said;
    r.f64s(voices)?;
    for value in [plain, calibrated, baseline] {
        *value = r.f64()?;
    }
    let count = r.count(6)?;
    let mut row = Vec::with_capacity(count);
    for _ in 0..count {
        row.push((r.u16()?, r.f32()?));
    }
    pending.row = row.into();
    Ok(pending)
}
