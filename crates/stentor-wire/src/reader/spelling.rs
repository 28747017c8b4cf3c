//! Whether an unknown field is a known one misspelt. Case, underscores and hyphens do not count, so that
//! `messageActivitySharing` is found too; short names must be closer than long ones (`id` is no misspelt `to`).

/// Characters of a field name that is worth comparing.
const NAME_CHARS_MAX: usize = 48;

/// The known field that `unknown` was meant to be.
pub(super) fn meant(unknown: &str, known: &[&'static str]) -> Option<&'static str> {
    if unknown.len() > NAME_CHARS_MAX {
        return None;
    }
    let unknown = plain(unknown);
    known
        .iter()
        .copied()
        .map(|name| (distance(&unknown, &plain(name)), name))
        .filter(near)
        .min()
        .map(|(_, name)| name)
}

fn near((distance, name): &(usize, &'static str)) -> bool {
    let allowed = match name.len() {
        0..=3 => 0,
        4..=5 => 1,
        _ => 2,
    };
    *distance <= allowed
}

fn plain(name: &str) -> Vec<char> {
    name.chars().filter(|c| !matches!(c, '_' | '-')).flat_map(char::to_lowercase).collect()
}

/// Optimal string alignment: insertions, deletions, replacements and swaps of neighbours.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let replace = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replace.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before_last[j - 2] + 1);
            }
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::meant;

    #[test]
    fn finds_what_was_meant() {
        let known = ["to", "type", "template", "recipient", "recipient_type", "message_activity_sharing"];
        for (unknown, expected) in [
            ("message_activity_sharng", Some("message_activity_sharing")),
            ("mesage_activity_sharing", Some("message_activity_sharing")),
            ("message_activity_shraing", Some("message_activity_sharing")),
            ("messageActivitySharing", Some("message_activity_sharing")),
            ("message-activity-sharing", Some("message_activity_sharing")),
            ("templates", Some("template")),
            ("tpye", Some("type")),
            ("TO", Some("to")),
            ("id", None),
            ("ttl", None),
            ("text", None),
            ("preview_url", None),
            ("sharing", None),
            ("", None),
        ] {
            assert_eq!(meant(unknown, &known), expected, "{unknown}");
        }
    }
}
