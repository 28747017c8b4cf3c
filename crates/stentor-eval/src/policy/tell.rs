//! The comparison as a table, as JSON, and as a plot.

use serde_json::{Value, json};

use super::run::Comparison;
use super::world::{FIRST_HOUR, SLOTS};
use super::{Outcome, Policy};
use crate::EvalError;
use crate::plot::{Line, Panel, svg};

/// What is plotted: more lines would not be told apart.
const PLOTTED: [Policy; 5] =
    [Policy::Fifo, Policy::ModelGreedy, Policy::Prices, Policy::Prices03, Policy::Oracle];

/// What the comparison is about: people and worlds.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// People in each world.
    pub people: usize,
    /// The worlds.
    pub seeds: &'a [u64],
}

/// What a policy costs or brings where there is nothing to learn, against FIFO in the same world, as a share of its reads.
#[must_use]
pub fn against_fifo(flat: &Comparison, policy: Policy) -> f64 {
    let reads = |policy| flat.of(policy).map_or(0.0, Outcome::reads_per_1000);
    reads(policy) / reads(Policy::Fifo) - 1.0
}

/// One standard error of [`against_fifo`]: how much it differs from world to world, all policies meeting the same luck in
/// each. `None` of a single world.
#[must_use]
pub fn against_fifo_error(flat: &Comparison, policy: Policy) -> Option<f64> {
    let of = |wanted| {
        let at = flat.outcomes.iter().position(|(one, _)| *one == wanted)?;
        flat.by_world.get(at)
    };
    let (own, fifo) = (of(policy)?, of(Policy::Fifo)?);
    let differences: Vec<f64> = own.iter().zip(fifo).map(|(own, fifo)| own / fifo - 1.0).collect();
    let n = differences.len() as f64;
    let mean = differences.iter().sum::<f64>() / n;
    let squares: f64 = differences.iter().map(|one| (one - mean) * (one - mean)).sum();
    (n > 1.0).then(|| (squares / (n - 1.0) / n).sqrt())
}

/// As a table of 80 columns.
#[must_use]
pub fn table(about: About<'_>, given: &[Comparison], flat: &[Comparison]) -> String {
    let mut text = format!(
        "{} worlds of {} people, 8 campaigns, the last 4 decided by each policy; expected reads\n\
         per 1,000 sends, share of them in the first 20 % of the sends, share of the way from\n\
         FIFO (0) to the oracle (1), opt-outs per 1,000 sends.\n",
        about.seeds.len(),
        about.people
    );
    for comparison in given {
        let what = match comparison.budget.percent {
            100 => "everybody is sent to".to_owned(),
            percent => format!("budget: {percent} % of the people"),
        };
        text.push_str(&format!(
            "\n{what:36}{:>9}{:>10}{:>9}{:>10}\n",
            "reads", "first 20%", "the way", "opt-outs"
        ));
        for (policy, outcome) in &comparison.outcomes {
            text.push_str(&format!(
                "{:36}{:>9.1}{:>10.3}{:>9.2}{:>10.2}\n",
                policy.name(),
                outcome.reads_per_1000(),
                outcome.first_share(),
                comparison.share_of_the_way(*policy),
                outcome.opt_outs_per_1000(),
            ));
        }
    }
    text.push_str("\nA world with nothing to learn (no better hour, no differences): reads against FIFO,\n± one standard error over the worlds\n");
    text.push_str(&format!("{:36}", ""));
    flat.iter().for_each(|one| text.push_str(&format!("{:>12} %", one.budget.percent)));
    text.push('\n');
    for policy in Policy::ALL {
        text.push_str(&format!("{:36}", policy.name()));
        for comparison in flat {
            let error = against_fifo_error(comparison, policy);
            let error = error.map_or_else(String::new, |error| format!("±{:.2}", 100.0 * error));
            text.push_str(&format!("{:>+7.2}{error:>5} %", 100.0 * against_fifo(comparison, policy)));
        }
        text.push('\n');
    }
    text.push_str("\nThe hour effect of this world is large by construction: this tests the scheduler and\n");
    text.push_str("promises nothing. Compare policies within one world only.\n");
    text
}

/// As JSON.
#[must_use]
pub fn json(about: About<'_>, given: &[Comparison], flat: &[Comparison]) -> Value {
    let told = |comparison: &Comparison, is_flat: bool| {
        let policy = |(n, (policy, outcome)): (usize, &(Policy, Outcome))| {
            json!({
                "policy": policy.name(),
                "reads_per_1000": outcome.reads_per_1000(),
                "first_20_percent_share": outcome.first_share(),
                "share_of_the_way": (!is_flat).then(|| comparison.share_of_the_way(*policy)),
                "regret": (!is_flat).then(|| 1.0 - outcome.reads_per_1000()
                    / comparison.of(Policy::Oracle).map_or(1.0, Outcome::reads_per_1000)),
                "against_fifo": against_fifo(comparison, *policy),
                "against_fifo_error": against_fifo_error(comparison, *policy),
                "opt_outs_per_1000": outcome.opt_outs_per_1000(),
                "reach": outcome.reach(),
                "reads_per_1000_by_world": comparison.by_world[n],
            })
        };
        let policies: Vec<Value> = comparison.outcomes.iter().enumerate().map(policy).collect();
        json!({"budget_percent": comparison.budget.percent, "policies": policies})
    };
    let all = |comparisons: &[Comparison], is_flat: bool| {
        comparisons.iter().map(|one| told(one, is_flat)).collect::<Vec<_>>()
    };
    json!({"people": about.people, "worlds": about.seeds, "given": all(given, false), "flat": all(flat, true)})
}

/// Who is sent when, and what it brings, for each budget.
///
/// # Errors
/// [`EvalError::Plot`].
pub fn plot(given: &[Comparison]) -> Result<String, EvalError> {
    let panels: Vec<Panel> = given
        .iter()
        .map(|comparison| Panel {
            title: format!("{} % are sent to", comparison.budget.percent),
            axes: ["hour of the day", "share of FIFO's reads of the day"],
            ranges: [
                (f64::from(FIRST_HOUR), f64::from(FIRST_HOUR) + SLOTS as f64),
                (0.0, highest(comparison) * 1.05),
            ],
            lines: PLOTTED
                .iter()
                .map(|policy| Line {
                    name: policy.name().to_owned(),
                    points: reads_by_hour(comparison, *policy),
                })
                .collect(),
            has_marks: false,
        })
        .collect();
    svg(&panels)
}

/// Reads up to each hour, by what FIFO has in the end.
fn reads_by_hour(comparison: &Comparison, policy: Policy) -> Vec<(f64, f64)> {
    let fifo = comparison.of(Policy::Fifo).map_or(1.0, |outcome| outcome.reads);
    let slots = comparison.of(policy).map(|outcome| outcome.by_slot.as_slice()).unwrap_or_default();
    let mut sum = 0.0;
    let mut points = vec![(f64::from(FIRST_HOUR), 0.0)];
    for slot in 0..SLOTS {
        sum += slots.get(slot).map_or(0.0, |slot| slot[1]);
        points.push((f64::from(FIRST_HOUR) + slot as f64 + 1.0, sum / fifo));
    }
    points
}

fn highest(comparison: &Comparison) -> f64 {
    let all = PLOTTED.iter().flat_map(|policy| reads_by_hour(comparison, *policy));
    all.fold(1.0, |top: f64, (_, share)| top.max(share))
}
