//! Dead files: Rust files that no `mod` reaches from a crate's roots. The compiler never sees them, so only this does.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::Finding;
use super::source::Source;

/// Every file below `crates/` and `xtask/` that nothing declares.
pub fn check(sources: &BTreeMap<String, Source>) -> Vec<Finding> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&str> = sources.keys().map(String::as_str).filter(|path| is_root(path)).collect();
    while let Some(path) = open.pop() {
        if !reached.insert(path) {
            continue;
        }
        for module in &sources[path].modules {
            let base = format!("{}/{}", folder(path), module.join("/"));
            for candidate in [format!("{base}.rs"), format!("{base}/mod.rs")] {
                open.extend(sources.get_key_value(&candidate).map(|(path, _)| path.as_str()));
            }
        }
    }
    let dead = sources.keys().filter(|path| !reached.contains(path.as_str()));
    dead.map(|path| Finding::new(path, 1, "no `mod` declares this file", "declare it or delete it")).collect()
}

/// What cargo builds by itself: `src/lib.rs`, `src/main.rs`, `build.rs`, and the files or `main.rs` folders
/// directly in `src/bin`, `tests`, `benches` and `examples`; cargo-fuzz's in `fuzz_targets`.
fn is_root(path: &str) -> bool {
    let parts: Vec<_> = path.split('/').collect();
    let folder = |name: &str| ["bin", "tests", "benches", "examples", "fuzz_targets"].contains(&name);
    match parts.as_slice() {
        [.., "src", "lib.rs" | "main.rs"] | [.., "build.rs"] => true,
        [.., parent, _] if folder(parent) => true,
        [.., parent, _, "main.rs"] => folder(parent),
        _ => false,
    }
}

/// Where the modules of this file lie.
fn folder(path: &str) -> &str {
    let (dir, name) = path.rsplit_once('/').unwrap_or(("", path));
    if name == "mod.rs" || is_root(path) { dir } else { path.trim_end_matches(".rs") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::source::read;

    #[test]
    fn what_no_module_declares_is_dead() {
        let files = [
            ("c/src/lib.rs", "mod a; mod b { mod c; }"),
            ("c/src/a/mod.rs", "mod d;"),
            ("c/src/a/d.rs", "mod e;"),
            ("c/src/a/d/e.rs", ""),
            ("c/src/b/c.rs", ""),
            ("c/src/lost.rs", "mod also_lost;"),
            ("c/src/lost/also_lost.rs", ""),
            ("c/tests/it/main.rs", "mod send;"),
            ("c/tests/it/send.rs", ""),
        ];
        let sources =
            files.iter().map(|(path, text)| ((*path).to_owned(), read(text, 0, false).expect("lexes")));
        let found: Vec<_> = check(&sources.collect()).into_iter().map(|finding| finding.path).collect();
        assert_eq!(found, ["c/src/lost.rs", "c/src/lost/also_lost.rs"]);
    }
}
