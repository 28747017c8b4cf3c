//! The table's own consistency.

use super::*;

#[test]
fn no_code_has_two_rows() {
    for (at, a) in all().iter().enumerate() {
        for b in &all()[at + 1..] {
            let range = |r: &Reason| r.subcode.unwrap_or(r.code)..=r.last;
            let overlap = range(a).start() <= range(b).end() && range(b).start() <= range(a).end();
            assert!(a.subcode.is_some() != b.subcode.is_some() || !overlap, "{a:?} and {b:?} overlap");
        }
    }
}

#[test]
fn every_row_is_whole() {
    for row in all() {
        assert!(row.last >= row.subcode.unwrap_or(row.code), "{}", row.code);
        assert!((400..=503).contains(&row.http), "{}", row.code);
        assert!(row.sentence.ends_with('.') && !row.title.is_empty(), "{}", row.code);
        assert_eq!(row.retry == Retry::Wait, row.wait_secs > 0, "{}", row.code);
    }
}

#[test]
fn the_page_has_a_line_for_every_row() {
    let page = markdown();
    assert_eq!(
        page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| Code")).count(),
        all().len()
    );
    assert!(page.contains("| 410 (Stentor's own) | 400 | Message expired | webhook | no |"));
    assert!(page.contains("| 201–299 | 403 | API Permission |"));
}
