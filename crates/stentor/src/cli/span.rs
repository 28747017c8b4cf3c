//! Lengths of time as people read them (`2 h 5 min`); `network::control::span` reads what they write.

use std::time::Duration;

/// The two largest units: `90 ms`, `2.5 s`, `2 h 5 min`, `8 d`.
#[must_use]
pub fn show(span: Duration) -> String {
    let (secs, millis) = (span.as_secs(), span.subsec_millis());
    let two = |large: u64, large_unit: &str, small: u64, small_unit: &str| match small {
        0 => format!("{large} {large_unit}"),
        _ => format!("{large} {large_unit} {small} {small_unit}"),
    };
    match secs {
        0 => format!("{millis} ms"),
        1..60 if millis >= 100 && secs < 10 => format!("{secs}.{} s", millis / 100),
        1..60 => format!("{secs} s"),
        60..3_600 => two(secs / 60, "min", secs % 60, "s"),
        3_600..86_400 => two(secs / 3_600, "h", secs % 3_600 / 60, "min"),
        _ => two(secs / 86_400, "d", secs % 86_400 / 3_600, "h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_shown_by_their_two_largest_units() {
        for (millis, shown) in [
            (0, "0 ms"),
            (90, "90 ms"),
            (2_500, "2.5 s"),
            (42_900, "42 s"),
            (61_000, "1 min 1 s"),
            (7_500_000, "2 h 5 min"),
            (691_200_000, "8 d"),
            (694_800_000, "8 d 1 h"),
        ] {
            assert_eq!(show(Duration::from_millis(millis)), shown);
        }
    }
}
