//! What a policy learns of the world: the core's model and baseline, and which hours are good for all.

use stentor_core::engagement::{Effect, Feature, Model, Said, Tally, rate};

use super::world::{CAMPAIGNS, FIRST_HOUR, Life, SLOTS, World};

/// Bias, three traits, tired or not, hour as a wave and as indicators, campaign.
const FEATURES: u16 = (HOURS + SLOTS + CAMPAIGNS) as u16;
const TIRED: u16 = 4;
const WAVE: u16 = 5;
const HOURS: usize = 7;
/// Sends by which an hour's rate is drawn to that of all.
const SHRINK_SENDS: f64 = 30.0;
/// Sends by which a bucket's rate of opt-outs is.
const OPT_OUT_SHRINK_SENDS: f64 = 500.0;

/// A send as a student saw it, until its label is known.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// Whom.
    pub person: usize,
    /// In which slot.
    pub slot: usize,
    /// How tired they were.
    pub tired: u32,
    /// Was it read?
    pub is_read: bool,
    /// Did they opt out?
    pub is_out: bool,
}

/// The model, the baseline and the hours.
#[derive(Clone, Debug)]
pub struct Student {
    model: Model,
    effects: Vec<Effect>,
    tallies: Vec<Tally>,
    account: Tally,
    hours: [Tally; SLOTS],
    /// Opt-outs by how tired people were.
    opt_outs: [Tally; 2],
}

impl Student {
    /// Of so many people, knowing nothing.
    #[must_use]
    pub fn new(people: usize) -> Self {
        Self {
            model: Model::new(FEATURES, 0.1),
            effects: vec![Effect::UNKNOWN; people],
            tallies: vec![Tally::default(); people],
            account: Tally::default(),
            hours: [Tally::default(); SLOTS],
            opt_outs: [Tally::default(); 2],
        }
    }

    /// Learns a campaign's labels: by then every window has closed.
    pub fn learn(&mut self, world: &World, campaign: usize, sends: &[Seen]) {
        let row = |seen: &Seen| {
            let mut row = base_row(world, seen.person, campaign, seen.tired);
            row.extend(hour_row(seen.slot));
            row
        };
        // Everything was sent before anything of it was learnt.
        let say = |seen: &Seen| {
            let (effect, baseline) = (&self.effects[seen.person], self.baseline(seen.person));
            self.model.score(&row(seen), effect, loading(seen.slot), baseline).said
        };
        let said: Vec<Said> = sends.iter().map(say).collect();
        for (seen, said) in sends.iter().zip(&said) {
            let effect = &mut self.effects[seen.person];
            self.model.learn(&row(seen), effect, loading(seen.slot), said, seen.is_read);
            for tally in [&mut self.tallies[seen.person], &mut self.account, &mut self.hours[seen.slot]] {
                tally.sent += 1.0;
                tally.engaged += f64::from(u8::from(seen.is_read));
            }
            let opt_outs = &mut self.opt_outs[seen.tired.min(1) as usize];
            opt_outs.sent += 1.0;
            opt_outs.engaged += f64::from(u8::from(seen.is_out));
        }
    }

    /// What the model says of a person in every slot.
    #[must_use]
    pub fn scores(&self, world: &World, person: usize, campaign: usize, life: &Life) -> [f64; SLOTS] {
        let base = self.model.base(&base_row(world, person, campaign, life.tired(campaign)));
        let (effect, baseline) = (&self.effects[person], self.baseline(person));
        let mut scores = [0.0; SLOTS];
        for (slot, score) in scores.iter_mut().enumerate() {
            *score = self.model.score_with(&base, &hour_row(slot), effect, loading(slot), baseline).p;
        }
        scores
    }

    /// How likely an opt-out is, as the core's counters have it: by bucket of tiredness, drawn to the whole.
    #[must_use]
    pub fn opt_out(&self, tired: u32) -> f64 {
        let [fresh, weary] = self.opt_outs;
        let all = (fresh.engaged + weary.engaged + 2.5) / (fresh.sent + weary.sent + OPT_OUT_SHRINK_SENDS);
        let own = self.opt_outs[tired.min(1) as usize];
        (own.engaged + OPT_OUT_SHRINK_SENDS * all) / (own.sent + OPT_OUT_SHRINK_SENDS)
    }

    /// A person's own shrunken rate.
    #[must_use]
    pub fn baseline(&self, person: usize) -> f64 {
        let account = (self.account.engaged + 2.0) / (self.account.sent + 20.0);
        rate(self.tallies[person], account)
    }

    /// The slots, the best for all first.
    #[must_use]
    pub fn best_slots(&self) -> [usize; SLOTS] {
        let account = (self.account.engaged + 2.0) / (self.account.sent + 20.0);
        let rate = |slot: usize| {
            let Tally { sent, engaged } = self.hours[slot];
            (engaged + SHRINK_SENDS * account) / (sent + SHRINK_SENDS)
        };
        let mut slots = [0; SLOTS];
        slots.iter_mut().enumerate().for_each(|(n, slot)| *slot = n);
        slots.sort_by(|&a, &b| rate(b).total_cmp(&rate(a)).then(a.cmp(&b)));
        slots
    }
}

fn loading(slot: usize) -> [f64; 3] {
    Effect::at_hour(FIRST_HOUR + slot as u8)
}

fn base_row(world: &World, person: usize, campaign: usize, tired: u32) -> Vec<Feature> {
    let mut row = vec![(0, 1.0)];
    row.extend((1..).zip(world.people[person].seen));
    row.push((TIRED, f64::from(tired)));
    row.push(((HOURS + SLOTS + campaign) as u16, 1.0));
    row
}

fn hour_row(slot: usize) -> [Feature; 3] {
    let [_, cosine, sine] = loading(slot);
    [(WAVE, cosine), (WAVE + 1, sine), ((HOURS + slot) as u16, 1.0)]
}
