//! What came of a policy's campaigns.

/// One send, by its chances.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sent {
    /// Of a read.
    pub p_read: f64,
    /// Of an opt-out.
    pub p_opt_out: f64,
    /// The slot in which it left.
    pub slot: usize,
}

/// Sums over campaigns, of expectations: what the world's chances say of the sends, not one draw of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Messages sent.
    pub sends: f64,
    /// Messages that might have been: the budget, or everybody where that is fewer.
    pub due: f64,
    /// Expected reads.
    pub reads: f64,
    /// Of them, those of the first fifth of each campaign's sends.
    pub first_reads: f64,
    /// Expected opt-outs.
    pub opt_outs: f64,
    /// Sends by slot, and expected reads by slot.
    pub by_slot: Vec<[f64; 2]>,
}

impl Outcome {
    /// With one campaign's sends, in the order of sending.
    pub fn add(&mut self, due: usize, sends: &[Sent]) {
        self.due += due as f64;
        self.sends += sends.len() as f64;
        let first = (sends.len() as f64 / 5.0).round() as usize;
        for (n, &Sent { p_read, p_opt_out, slot }) in sends.iter().enumerate() {
            self.reads += p_read;
            self.first_reads += if n < first { p_read } else { 0.0 };
            self.opt_outs += p_opt_out;
            if self.by_slot.len() <= slot {
                self.by_slot.resize(slot + 1, [0.0; 2]);
            }
            self.by_slot[slot][0] += 1.0;
            self.by_slot[slot][1] += p_read;
        }
    }

    /// Reads a thousand sends.
    #[must_use]
    pub fn reads_per_1000(&self) -> f64 {
        1_000.0 * self.reads / self.sends.max(1.0)
    }

    /// The share of the reads that the first fifth of the sends brings.
    #[must_use]
    pub fn first_share(&self) -> f64 {
        self.first_reads / self.reads.max(1e-9)
    }

    /// Opt-outs a thousand sends.
    #[must_use]
    pub fn opt_outs_per_1000(&self) -> f64 {
        1_000.0 * self.opt_outs / self.sends.max(1.0)
    }

    /// The share of what was due that was sent.
    #[must_use]
    pub fn reach(&self) -> f64 {
        self.sends / self.due.max(1.0)
    }
}
