//! Gathers what the checks need (files, tokens, manifests), runs them all and shows what they found.
//! Called by `main` and `test`. The only file of tidy that touches the disk or starts a command, with `files`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use super::crates::Manifest;
use super::files::{self, File};
use super::finding::Finding;
use super::source::Source;
use super::{crates, dead, habits, layers, size, source, words};
use crate::say::say;
use crate::stage::cargo;

/// Checks the whole tree and prints notes and findings; true when there is no finding.
pub fn report(root: &Path) -> bool {
    let (notes, mut findings) = match gather(root) {
        Ok((files, manifests)) => check(&files, &manifests),
        Err(error) => {
            say(format!("tidy: {error}"));
            return false;
        }
    };
    for note in notes {
        say(format!("note: {note}"));
    }
    findings.sort();
    findings.iter().for_each(say);
    say(if findings.is_empty() { "tidy".to_owned() } else { format!("{} findings", findings.len()) });
    findings.is_empty()
}

fn gather(root: &Path) -> Result<(Vec<File>, Vec<Manifest>), String> {
    let files = files::all(root).map_err(|error| error.to_string())?;
    let output = cargo(root, &["metadata", "--no-deps", "--format-version", "1"]).output();
    let output = output.map_err(|error| format!("cargo metadata: {error}"))?;
    let metadata: Value = serde_json::from_slice(&output.stdout)
        .map_err(|_| format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr).trim()))?;
    let packages = metadata["packages"].as_array().map_or(&[][..], Vec::as_slice);
    Ok((files, packages.iter().map(|package| manifest(root, package)).collect()))
}

fn manifest(root: &Path, package: &Value) -> Manifest {
    let whole = Path::new(package["manifest_path"].as_str().unwrap_or_default());
    let dependencies = |normal: bool| {
        let all = package["dependencies"].as_array().map_or(&[][..], Vec::as_slice).iter();
        let chosen = all.filter(|dependency| dependency["kind"].is_null() == normal);
        chosen.filter_map(|dependency| dependency["name"].as_str().map(str::to_owned)).collect()
    };
    Manifest {
        name: package["name"].as_str().unwrap_or_default().to_owned(),
        path: whole.strip_prefix(root).unwrap_or(whole).to_string_lossy().replace('\\', "/"),
        text: std::fs::read_to_string(whole).unwrap_or_default(),
        dependencies: dependencies(true),
        others: dependencies(false),
    }
}

fn check(files: &[File], manifests: &[Manifest]) -> (Vec<String>, Vec<Finding>) {
    let (mut notes, mut findings) = (Vec::new(), Vec::new());
    let ratchet = files.iter().find(|file| file.path == "xtask/ratchet.txt");
    let mut ratchet = size::Ratchet::read(ratchet.map_or("", |file| &file.text));
    let mut sources: BTreeMap<String, Source> = BTreeMap::new();
    for File { path, text } in files {
        findings.extend(words::check(path, text));
        if !path.ends_with(".rs") {
            continue;
        }
        match source::read(text, depth(path), path.contains("/tests/")) {
            Err(error) => findings.push(Finding::new(path, 1, error, "mend it")),
            Ok(source) => {
                notes.extend(size::note(path, text));
                findings.extend(habits::check(path, text, &source));
                findings.extend(layers::check(path, &source));
                findings.extend(size::check(path, text, &source, &mut ratchet));
                sources.insert(path.clone(), source);
            }
        }
    }
    findings.extend(ratchet.unused());
    findings.extend(dead::check(&sources));
    findings.extend(crates::check(manifests, &names(manifests, &sources)));
    let manifest = files.iter().find(|file| file.path == "Cargo.toml");
    findings.extend(crates::untaken(manifest.map_or("", |file| &file.text), manifests));
    (notes, findings)
}

/// How many modules deep a file stands: `src/lib.rs` 0, `src/a.rs` and `src/a/mod.rs` 1, `src/a/b.rs` 2.
fn depth(path: &str) -> usize {
    let inside = path.split_once("/src/").or(path.split_once("/tests/")).map_or(path, |(_, inside)| inside);
    let file = inside.rsplit('/').next().unwrap_or_default();
    inside.matches('/').count() + usize::from(!["lib.rs", "main.rs", "mod.rs"].contains(&file))
}

/// Every identifier that stands in a crate's sources.
fn names(manifests: &[Manifest], sources: &BTreeMap<String, Source>) -> BTreeMap<String, BTreeSet<String>> {
    let of = |manifest: &Manifest| {
        let folder = manifest.path.trim_end_matches("Cargo.toml");
        let own = sources.iter().filter(|(path, _)| path.starts_with(folder));
        own.flat_map(|(_, source)| source.names.iter().cloned()).collect()
    };
    manifests.iter().map(|manifest| (manifest.name.clone(), of(manifest))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_counts_modules() {
        let check = |path, expect| assert_eq!(depth(path), expect, "{path}");
        check("crates/a/src/lib.rs", 0);
        check("crates/a/src/a.rs", 1);
        check("crates/a/src/a/mod.rs", 1);
        check("crates/a/src/a/b.rs", 2);
    }
}
