//! Words that must not stand in any file: paths of the machine it was written on, hosts of package registries
//! (a build takes its packages from where its user's cargo says), lint configuration beside the one at the root.

use super::finding::Finding;

// Written in two parts, so that this file does not find itself.
const WORDS: &[(&str, &str)] = &[
    (concat!("/wo", "rk/"), "a path of one machine"),
    (concat!("/ro", "ot/"), "a path of one machine"),
    (concat!("../sha", "red"), "a path of one machine"),
    (concat!("crates", ".io"), "a package registry"),
    (concat!("py", "pi.org"), "a package registry"),
    (concat!("npm", "js."), "a package registry"),
];
const LOCK_SOURCE: &str = concat!("source = \"registry+https://github.com/rust-lang/crates", ".io-index\"");

/// What one text file names, or is, and must not.
pub fn check(path: &str, text: &str) -> Vec<Finding> {
    if path.ends_with("Cargo.lock") {
        return lock(path, text);
    }
    let mut findings = Vec::new();
    if path.ends_with("clippy.toml") && path != "clippy.toml" {
        findings.push(Finding::new(
            path,
            1,
            "a second clippy.toml lifts every ban",
            "delete it: the root's holds",
        ));
    }
    if path.starts_with(".cargo/") {
        let sections = lines_with(text, |line| line.starts_with("[source") || line.starts_with("[registr"));
        let what = "a package source of one machine";
        findings.extend(
            sections.map(|line| Finding::new(path, line, what, "keep it in the user's own cargo home")),
        );
    }
    for (word, what) in WORDS {
        let found = lines_with(text, |line| line.contains(word));
        findings
            .extend(found.map(|line| Finding::new(path, line, format!("{word}: {what}"), "leave it out")));
    }
    findings
}

fn lock(path: &str, text: &str) -> Vec<Finding> {
    let foreign = lines_with(text, |line| line.starts_with("source = ") && line != LOCK_SOURCE);
    foreign
        .map(|line| Finding::new(path, line, "a package from elsewhere", "take it from the registry"))
        .collect()
}

fn lines_with(text: &str, test: impl Fn(&str) -> bool) -> impl Iterator<Item = usize> {
    text.lines().enumerate().filter(move |(_, line)| test(line)).map(|(at, _)| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forbidden_words_are_found_with_their_line() {
        let check = |path: &str, text: &str, expect: &[usize]| {
            let found: Vec<_> = check(path, text).into_iter().map(|finding| finding.line).collect();
            assert_eq!(found, expect, "{path}: {text}");
        };
        check("README.md", "see\nthe network/work of others", &[]);
        check("README.md", concat!("a\nlies in /wo", "rk/x"), &[2]);
        check("docs/a.md", concat!("from crates", ".io"), &[1]);
        check("crates/a/clippy.toml", "", &[1]);
        check("clippy.toml", "", &[]);
        check(".cargo/config.toml", "[alias]\n[source.mirror]", &[2]);
        check("Cargo.lock", LOCK_SOURCE, &[]);
        check("Cargo.lock", "source = \"git+https://example.org/x\"", &[1]);
    }
}
