//! The habits of the house, file by file: a header, `mod.rs` that only declares, no ignored test, no `allow`,
//! no `todo!`, exceptions with a reason, tests that wait for nothing but signals.

use super::finding::Finding;
use super::source::Source;

const HEADER_LINES_MAX: usize = 10;
const UNFINISHED: &[&str] = &["todo!", "unimplemented!", "dbg!"];
const SLEEPS: &[&str] = &["sleep()", "sleep_until()", "sleep_ms()"];

/// What one Rust file does against them.
pub fn check(path: &str, text: &str, source: &Source) -> Vec<Finding> {
    let mut findings = header(path, text);
    if path.ends_with("/mod.rs")
        && let Some(line) = source.code
    {
        findings.push(Finding::new(
            path,
            line,
            "mod.rs holds code",
            "it only declares: move the code to a file",
        ));
    }
    for (line, attribute) in &source.attributes {
        findings.extend(judge_attribute(attribute).map(|(what, fix)| Finding::new(path, *line, what, fix)));
    }
    for (line, call) in &source.calls {
        if UNFINISHED.contains(&call.as_str()) {
            findings.push(Finding::new(path, *line, call, "finish it"));
        } else if SLEEPS.contains(&call.as_str()) {
            findings.push(Finding::new(path, *line, "a test sleeps", "own the clock, or await the signal"));
        }
    }
    findings
}

fn header(path: &str, text: &str) -> Vec<Finding> {
    let lines = text.lines().take_while(|line| line.starts_with("//!")).count();
    let fix = "say what it does, who calls it, what it must not do";
    match lines {
        0 => vec![Finding::new(path, 1, "does not open with //!", fix)],
        lines if lines > HEADER_LINES_MAX && !path.ends_with("/lib.rs") => {
            vec![Finding::new(path, 1, format!("a header of {lines} lines"), "10 are enough")]
        }
        _ => Vec::new(),
    }
}

fn judge_attribute(attribute: &str) -> Option<(&'static str, &'static str)> {
    if attribute == "ignore" || attribute.starts_with("ignore=") {
        return Some(("an ignored test", "mend it or delete it"));
    }
    if attribute.starts_with("allow(")
        || (attribute.starts_with("cfg_attr(") && attribute.contains(",allow("))
    {
        return Some(("allow(…)", "#[expect(lint, reason = \"…\")] ends when its cause does"));
    }
    if attribute.starts_with("expect(") && !attribute.contains("reason=") {
        return Some(("expect without a reason", "add reason = \"…\""));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::source::read;

    #[test]
    fn each_habit_is_seen() {
        let check = |path: &str, text: &str, expect: &[&str]| {
            let source = read(text, 1, path.contains("/tests/")).expect("lexes");
            let found: Vec<_> = check(path, text, &source).into_iter().map(|finding| finding.what).collect();
            assert_eq!(found, expect, "{text}");
        };
        check("a.rs", "//! Fine.\n#[test]\nfn f() {}", &[]);
        check("a.rs", "// Not a header.\nfn f() {}", &["does not open with //!"]);
        check("a.rs", &"//! long\n".repeat(11), &["a header of 11 lines"]);
        check("a/mod.rs", "//! x\nmod a;\nuse a::B;", &[]);
        check("a/mod.rs", "//! x\nfn f() {}", &["mod.rs holds code"]);
        check("a.rs", "//! x\n#[test]\n#[ignore]\nfn f() {}", &["an ignored test"]);
        check("a.rs", "//! x\n#[allow(dead_code)]\nfn f() {}", &["allow(…)"]);
        check("a.rs", "//! x\n#[expect(dead_code)]\nfn f() {}", &["expect without a reason"]);
        check("a.rs", "//! x\n#[expect(dead_code, reason = \"y\")]\nfn f() {}", &[]);
        check("a.rs", "//! x\nfn f() { todo!() }", &["todo!"]);
        check("c/tests/a.rs", "//! x\nfn f() { thread::sleep(d) }", &["a test sleeps"]);
        check("c/src/a.rs", "//! x\nfn f() { sleep(d) }", &[]);
    }
}
