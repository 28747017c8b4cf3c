//! The sums of one arm of an experiment: enough for means, variances and the regression on what was known before.

/// What came of one person (the person is the unit: several messages to one are averaged first).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// What is measured: engaged or not, or a rate.
    pub y: f64,
    /// What the model said before the campaign began, frozen then.
    pub x: f64,
}

/// One arm.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Arm {
    /// How many people.
    pub people: u64,
    sum_y: f64,
    sum_x: f64,
    sum_yy: f64,
    sum_xx: f64,
    sum_xy: f64,
}

impl Arm {
    /// With one more person.
    pub fn add(&mut self, outcome: Outcome) {
        let Outcome { y, x } = outcome;
        self.people += 1;
        self.sum_y += y;
        self.sum_x += x;
        self.sum_yy += y * y;
        self.sum_xx += x * x;
        self.sum_xy += x * y;
    }

    /// The mean of what is measured; 0 of nobody.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.over_people(self.sum_y)
    }

    pub(super) fn mean_x(&self) -> f64 {
        self.over_people(self.sum_x)
    }

    /// Sums of squares about the means: of y, of x, and of both together.
    pub(super) fn spread(&self) -> [f64; 3] {
        let n = self.people as f64;
        let (y, x) = (self.mean(), self.mean_x());
        [(self.sum_yy - n * y * y).max(0.0), (self.sum_xx - n * x * x).max(0.0), self.sum_xy - n * x * y]
    }

    fn over_people(&self, sum: f64) -> f64 {
        if self.people == 0 { 0.0 } else { sum / self.people as f64 }
    }
}
