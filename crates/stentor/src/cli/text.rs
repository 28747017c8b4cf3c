//! Text to fit a screen: widths as a terminal counts them, wrapping, columns, and nothing that could steer a terminal.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Without control characters: what came from outside must not move the cursor or change colours.
#[must_use]
pub fn tame(text: &str) -> String {
    text.chars().filter(|c| *c == '\n' || !c.is_control()).collect()
}

/// Columns that `text` takes.
#[must_use]
pub fn width(text: &str) -> usize {
    text.width()
}

/// `text` with blanks up to `columns`.
#[must_use]
pub fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// `text` cut to `columns`, with an ellipsis where something was cut.
#[must_use]
pub fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut kept = take(text, columns.saturating_sub(1)).to_owned();
    kept.push('…');
    kept
}

/// The longest start of `text` within `columns`.
fn take(text: &str, columns: usize) -> &str {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += c.width().unwrap_or(0);
        if used > columns {
            return &text[..at];
        }
    }
    text
}

/// Lines of at most `columns`, broken between words, inside a word only where it is too long itself.
#[must_use]
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(2);
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        for word in paragraph.split(' ') {
            let mut word = word;
            if !line.is_empty() && width(&line) + 1 + width(word) > columns {
                lines.push(std::mem::take(&mut line));
            }
            while width(word) > columns {
                let start = take(word, columns);
                lines.push(start.to_owned());
                word = &word[start.len()..];
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines
}

/// Rows under their titles, columns as wide as they must be, the last one cut to the screen.
#[must_use]
pub fn table(titles: &[&str], rows: &[Vec<String>], screen_width: usize) -> Vec<String> {
    let mut widths: Vec<usize> = titles.iter().map(|t| width(t)).collect();
    for row in rows {
        for (column, cell) in widths.iter_mut().zip(row) {
            *column = (*column).max(width(cell));
        }
    }
    let shown = |cells: Vec<&str>| {
        let padded: Vec<String> = cells.iter().zip(&widths).map(|(cell, w)| pad(cell, *w)).collect();
        cut(padded.join("  ").trim_end(), screen_width)
    };
    let mut lines = vec![shown(titles.to_vec())];
    lines.extend(rows.iter().map(|row| shown(row.iter().map(String::as_str).collect())));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_wrapped_between_words_and_cut_only_where_a_word_is_too_long() {
        assert_eq!(wrap("Everything must go\n\nby Friday", 10), ["Everything", "must go", "", "by Friday"]);
        assert_eq!(wrap("https://shop.example/spring", 10), ["https://sh", "op.example", "/spring"]);
        assert_eq!(wrap("见面吧", 4), ["见面", "吧"]);
        assert_eq!(wrap("", 10), [""]);
    }

    #[test]
    fn columns_line_up_by_what_a_terminal_shows() {
        let rows =
            vec![vec!["1".into(), "见面".into(), "x".into()], vec!["22".into(), "a".into(), "yy".into()]];
        assert_eq!(table(&["ID", "NAME", "S"], &rows, 80), ["ID  NAME  S", "1   见面  x", "22  a     yy"]);
        assert_eq!(table(&["ID", "NAME", "S"], &rows, 8)[2], "22  a  …".trim_end());
    }

    #[test]
    fn nothing_from_outside_steers_the_terminal() {
        assert_eq!(tame("a\x1b[31mb\u{9b}c\td\ne"), "a[31mbcd\ne");
    }
}
