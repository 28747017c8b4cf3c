//! The crates' manifests: who may depend on whom and on what, the root's lints inherited, and no dependency that
//! nobody names. Told what `cargo metadata` says; the tables below are the rule.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::Finding;

/// What the inner crates may depend on, in full: a name that is not here makes a decision impure or a layer leak.
const MAY: &[(&str, &[&str])] = &[
    (
        "stentor-core",
        &["base64", "hmac", "jiff", "libm", "sha2", "siphasher", "thiserror", "unicode-normalization"],
    ),
    ("stentor-wire", &["serde", "serde_json", "thiserror", "utoipa"]),
    ("stentor-disk", &["rusqlite"]),
    (
        "stentor-eval",
        &["clap", "csv", "flate2", "jiff", "plotters", "serde_json", "stentor-core", "thiserror"],
    ),
    ("stentor-store", &["rusqlite", "serde", "serde_json", "stentor-core", "thiserror", "tokio", "tracing"]),
    (
        "stentor-simnet",
        &["base64", "jiff", "serde", "serde_json", "siphasher", "stentor-core", "stentor-wire", "thiserror"],
    ),
];

/// What only these crates may depend on (xtask: the bare server of its benches).
const ONLY: &[(&str, &[&str])] = &[
    ("rusqlite", &["stentor-store", "stentor-disk"]),
    // Tests alone.
    ("stentor-disk", &[]),
    ("hyper-util", &["stentor", "xtask"]),
];

/// One crate, as its manifest says.
pub struct Manifest {
    /// The package's name.
    pub name: String,
    /// Its manifest's path from the root.
    pub path: String,
    /// Its manifest.
    pub text: String,
    /// Names of its normal dependencies.
    pub dependencies: Vec<String>,
    /// Names of the others (tests, build).
    pub others: Vec<String>,
}

/// What is against the rule in the manifests. `names`: every identifier in a crate's sources, by crate.
pub fn check(manifests: &[Manifest], names: &BTreeMap<String, BTreeSet<String>>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for manifest in manifests {
        let line =
            |name: &str| manifest.text.lines().position(|line| line.starts_with(name)).map_or(1, |at| at + 1);
        let mut find = |at: &str, what: String, fix| {
            findings.push(Finding::new(&manifest.path, line(at), what, fix));
        };
        if !manifest.text.contains("[lints]\nworkspace = true") {
            find("[lints]", "without the workspace's lints".into(), "add [lints] workspace = true");
        }
        let may = MAY.iter().find(|(name, _)| *name == manifest.name).map(|(_, may)| *may);
        for dependency in &manifest.dependencies {
            let only = ONLY.iter().find(|(name, _)| name == dependency).map(|(_, only)| *only);
            if may.is_some_and(|may| !may.contains(&dependency.as_str()))
                || only.is_some_and(|only| !only.contains(&manifest.name.as_str()))
            {
                let what = format!("{} depends on {dependency}", manifest.name);
                find(dependency, what, "the dependency rule of ARCHITECTURE.md forbids it");
            }
        }
        let none = BTreeSet::new();
        let named = names.get(&manifest.name).unwrap_or(&none);
        for dependency in manifest.dependencies.iter().chain(&manifest.others) {
            if !named.contains(&dependency.replace('-', "_")) {
                find(dependency, format!("{dependency} is not used"), "remove the dependency");
            }
        }
    }
    findings
}

/// Lines of the root's `[workspace.dependencies]` that no crate takes.
pub fn untaken(root: &str, manifests: &[Manifest]) -> Vec<Finding> {
    let taken: BTreeSet<_> =
        manifests.iter().flat_map(|manifest| manifest.dependencies.iter().chain(&manifest.others)).collect();
    let lines = root.lines().enumerate().skip_while(|(_, line)| *line != "[workspace.dependencies]").skip(1);
    let named = lines.take_while(|(_, line)| !line.starts_with('[')).filter_map(|(at, line)| {
        let (name, _) = line.split_once(" = ").filter(|_| !line.starts_with('#'))?;
        Some((at + 1, name.to_owned()))
    });
    named
        .filter(|(_, name)| !taken.contains(name))
        .map(|(at, name)| Finding::new("Cargo.toml", at, format!("no crate takes {name}"), "remove the line"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workspace_dependency_is_taken_by_somebody() {
        let taker = Manifest {
            name: "a".to_owned(),
            path: "a/Cargo.toml".to_owned(),
            text: String::new(),
            dependencies: vec!["http".to_owned()],
            others: vec!["insta".to_owned()],
        };
        let root = "[workspace.dependencies]\n# why\nhttp = \"1\"\ninsta = \"1\"\nurl = \"2\"\n\n[profile.dev]\nx = 1";
        let found: Vec<_> = untaken(root, &[taker]).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["Cargo.toml:5: no crate takes url: remove the line"]);
    }

    fn found(name: &str, text: &str, dependencies: &[&str], names: &[&str]) -> Vec<String> {
        let manifest = Manifest {
            name: name.to_owned(),
            path: "Cargo.toml".to_owned(),
            text: text.to_owned(),
            dependencies: dependencies.iter().map(ToString::to_string).collect(),
            others: Vec::new(),
        };
        let names = names.iter().map(ToString::to_string).collect();
        let findings = check(&[manifest], &BTreeMap::from([(name.to_owned(), names)]));
        findings.into_iter().map(|finding| finding.what).collect()
    }

    #[test]
    fn the_rule_of_the_crates() {
        let lints = "[lints]\nworkspace = true";
        assert_eq!(found("stentor-core", lints, &["jiff"], &["jiff"]), [""; 0]);
        assert_eq!(found("stentor-core", lints, &["tokio"], &["tokio"]), ["stentor-core depends on tokio"]);
        assert_eq!(found("stentor", lints, &["rusqlite"], &["rusqlite"]), ["stentor depends on rusqlite"]);
        assert_eq!(found("stentor", lints, &["stentor-core"], &["stentor_core"]), [""; 0]);
        assert_eq!(found("stentor", lints, &["url"], &[]), ["url is not used"]);
        assert_eq!(found("stentor", "", &[], &[]), ["without the workspace's lints"]);
    }
}
