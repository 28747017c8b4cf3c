//! In which hour of a campaign who was served: the table and the plot of `bench delivery`.

use plotters::prelude::*;
use serde_json::Value;

use super::meter::ratio;
use crate::say::say;

const HOUR_MS: u64 = 3_600_000;
/// Okabe and Ito's blue, vermilion and grey.
const COLOURS: [RGBColor; 3] = [RGBColor(0, 114, 178), RGBColor(213, 94, 0), RGBColor(120, 120, 120)];

/// What became of one message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// When it left, milliseconds since 1970; `None`: it never did.
    left_ms: Option<u64>,
    /// How likely the engine took the person to be to read.
    likely: f64,
    /// Of the randomised slice, whose time chance has drawn.
    is_slice: bool,
    was_read: bool,
}

impl Sample {
    /// From a timeline.
    pub fn of(timeline: &Value) -> Option<Self> {
        let events = timeline["events"].as_array()?;
        let at = |names: &[&str]| {
            let event = events.iter().find(|event| names.contains(&event["event"].as_str().unwrap_or("")))?;
            millis(event["at"].as_str()?)
        };
        let left_ms = at(&["sending", "begun", "sent"]);
        let likely = timeline["decision"]["likely"].as_f64().unwrap_or(0.0);
        let is_slice = timeline["decision"]["is_slice"].as_bool().unwrap_or(false);
        Some(Self { left_ms, likely, is_slice, was_read: at(&["read"]).is_some() })
    }
}

/// `2027-01-15T20:12:55.288Z` as milliseconds; the format is the program's own.
pub fn millis(text: &str) -> Option<u64> {
    let part = |from: usize, to: usize| text.get(from..to)?.parse::<u64>().ok();
    let (year, month, day) = (part(0, 4)?, part(5, 7)?, part(8, 10)?);
    // Days since 1970-01-01 of the civil calendar, counted from March (Hinnant's days_from_civil).
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, of_era) = (y / 400, y % 400);
    let days =
        era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + (153 * m + 2) / 5 + day - 1 - 719_468;
    let of_day = part(11, 13)? * HOUR_MS + part(14, 16)? * 60_000 + part(17, 19)? * 1_000;
    Some(days * 24 * HOUR_MS + of_day + part(20, 23).unwrap_or(0))
}

/// One hour of the campaign.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Hour {
    left: u64,
    read: u64,
    likely: f64,
}

/// The campaign by the hour.
#[derive(Debug)]
pub struct Hours {
    hours: Vec<Hour>,
    never_left: u64,
    /// How many left, and were read, of the planned and of the slice.
    arms: [[u64; 2]; 2],
    /// Reads of all, by the order of leaving.
    reads: Vec<bool>,
}

impl Hours {
    /// Of these messages.
    pub fn of(samples: &[Sample]) -> Self {
        let mut left: Vec<(u64, Sample)> = samples.iter().filter_map(|s| Some((s.left_ms?, *s))).collect();
        left.sort_by_key(|(at, _)| *at);
        let first = left.first().map_or(0, |(at, _)| *at);
        let mut hours: Vec<Hour> = Vec::new();
        let mut arms = [[0; 2]; 2];
        for (at, sample) in &left {
            let of = usize::try_from((at - first) / HOUR_MS).unwrap_or(0);
            hours.resize(hours.len().max(of + 1), Hour::default());
            hours[of].left += 1;
            hours[of].read += u64::from(sample.was_read);
            hours[of].likely += sample.likely;
            let arm = &mut arms[usize::from(sample.is_slice)];
            *arm = [arm[0] + 1, arm[1] + u64::from(sample.was_read)];
        }
        let never_left = (samples.len() - left.len()) as u64;
        Self { hours, never_left, arms, reads: left.iter().map(|(_, sample)| sample.was_read).collect() }
    }

    /// The share of all reads that the first `share` of the messages had.
    fn gain(&self, share: f64) -> f64 {
        let all = self.reads.iter().filter(|read| **read).count();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "at most as many as there are"
        )]
        let first = (share * ratio(self.reads.len() as u64, 1)) as usize;
        let of_first = self.reads.iter().take(first).filter(|read| **read).count();
        ratio(of_first as u64, all.max(1) as u64)
    }

    /// A line an hour.
    pub fn print(&self) {
        say("hour     left   likely     read");
        for (n, hour) in self.hours.iter().enumerate().filter(|(_, hour)| hour.left > 0) {
            let (likely, read) = (hour.likely / ratio(hour.left, 1), ratio(hour.read, hour.left));
            say(format!("{n:4} {:8} {:7.1} % {:6.1} %", hour.left, 100.0 * likely, 100.0 * read));
        }
        say(format!("never left: {} of {}", self.never_left, self.reads.len() as u64 + self.never_left));
        for (name, [left, read]) in ["planned", "by chance"].into_iter().zip(self.arms) {
            say(format!("{name}: {left}, {:.1} % of them read", 100.0 * ratio(read, left.max(1))));
        }
        let gains = [0.1, 0.2, 0.5].map(|share| format!("{:.3}", self.gain(share))).join(" / ");
        say(format!("share of all reads that the first 10 / 20 / 50 % had: {gains}"));
    }

    /// By the hour, how likely those served were to read and how many did; and the reads gained along the way.
    pub fn drawn(&self) -> Result<String, String> {
        let mut text = String::new();
        self.draw(&mut text)?;
        Ok(text)
    }

    fn draw(&self, text: &mut String) -> Result<(), String> {
        let root = SVGBackend::with_string(text, (1_040, 460)).into_drawing_area();
        root.fill(&WHITE).map_err(told)?;
        let halves = root.split_evenly((1, 2));
        let at = |n: usize| ratio(n as u64, 1) + 0.5;
        let served = || self.hours.iter().enumerate().filter(|(_, hour)| hour.left > 0);
        let likely = served().map(|(n, hour)| (at(n), hour.likely / ratio(hour.left, 1))).collect();
        let read = served().map(|(n, hour)| (at(n), ratio(hour.read, hour.left))).collect();
        let most = self.hours.iter().map(|hour| hour.left).max().unwrap_or(1);
        let left = served().map(|(n, hour)| (at(n), ratio(hour.left, most))).collect();
        let hours = ratio(self.hours.len() as u64, 1);
        let lines = [("expected to read", likely), ("read", read), ("served (of the fullest hour)", left)];
        panel(&halves[0], "Who was served in which hour", ["hour of the campaign", "share"], hours, lines)?;
        let gains = (0..=50).map(|n| f64::from(n) / 50.0).map(|share| (share, self.gain(share))).collect();
        let even = vec![(0.0, 0.0), (1.0, 1.0)];
        let lines = [("as it was", gains), ("in the order of their coming", even)];
        panel(
            &halves[1],
            "Reads, as the campaign goes on",
            ["share sent", "share of all reads"],
            1.0,
            lines,
        )?;
        root.present().map_err(told)
    }
}

fn told(error: impl std::fmt::Display) -> String {
    format!("the plot: {error}")
}

type Points = Vec<(f64, f64)>;

fn panel<const N: usize>(
    area: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>,
    title: &str,
    [x, y]: [&str; 2],
    width: f64,
    lines: [(&str, Points); N],
) -> Result<(), String> {
    let mut chart = ChartBuilder::on(area)
        .margin(12)
        .caption(title, ("sans-serif", 16))
        .x_label_area_size(38)
        .y_label_area_size(48)
        .build_cartesian_2d(0.0..width, 0.0..1.0)
        .map_err(told)?;
    chart.configure_mesh().x_desc(x).y_desc(y).light_line_style(TRANSPARENT).draw().map_err(told)?;
    for ((name, points), colour) in lines.into_iter().zip(COLOURS) {
        chart
            .draw_series(LineSeries::new(points, colour.stroke_width(2)))
            .map_err(told)?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], colour.stroke_width(2)));
    }
    let mut labels = chart.configure_series_labels();
    labels.position(SeriesLabelPosition::LowerRight).background_style(WHITE.mix(0.8));
    labels.border_style(BLACK.mix(0.3)).draw().map_err(told)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sample(hour: u64, likely: f64, was_read: bool) -> Sample {
        Sample { left_ms: Some(hour * HOUR_MS), likely, is_slice: false, was_read }
    }

    #[test]
    fn times_are_those_of_the_calendar() {
        assert_eq!(millis("1970-01-01T00:00:00.000Z"), Some(0));
        assert_eq!(millis("2027-01-15T20:12:55.288Z"), Some(1_800_043_975_288));
        assert_eq!(millis("2024-02-29T00:00:00Z"), Some(1_709_164_800_000));
        assert_eq!(millis("soon"), None);
    }

    #[test]
    fn a_timeline_is_a_sample() {
        let timeline = json!({
            "events": [{"event": "accepted", "at": "1970-01-01T00:00:00.000Z"}, {"event": "sent", "at": "1970-01-01T01:00:00.000Z"},
                       {"event": "read", "at": "1970-01-01T02:00:00.000Z"}],
            "decision": {"likely": 0.25},
        });
        assert_eq!(Sample::of(&timeline), Some(sample(1, 0.25, true)));
    }

    #[test]
    fn those_who_read_come_first_or_they_do_not() {
        let never = Sample { left_ms: None, likely: 0.5, is_slice: false, was_read: false };
        let hours = Hours::of(&[sample(3, 0.2, false), sample(1, 0.8, true), sample(1, 0.6, true), never]);
        assert_eq!(
            hours.hours.iter().map(|h| (h.left, h.read)).collect::<Vec<_>>(),
            [(2, 2), (0, 0), (1, 0)]
        );
        assert_eq!((hours.never_left, hours.gain(0.7)), (1, 1.0));
        assert!(hours.drawn().expect("a plot").starts_with("<svg"));
    }
}
