//! Who may touch whom inside the program, as `ARCHITECTURE.md` says it: an edge (`api`, `upstream`, `console`),
//! the movers (`engine`), and `cli` and `app`, which may touch all and are touched by none. Every other module
//! of the program is a tool of all of them and knows no layer.

use super::finding::Finding;
use super::source::Source;

struct Layer {
    name: &'static str,
    layers: &'static [&'static str],
    crates: &'static [&'static str],
}

const LAYERS: &[Layer] = &[
    Layer { name: "api", layers: &[], crates: &["stentor_core", "stentor_wire", "stentor_store"] },
    Layer { name: "engine", layers: &["upstream"], crates: &["stentor_core", "stentor_store"] },
    Layer { name: "upstream", layers: &[], crates: &["stentor_core", "stentor_wire", "stentor_simnet"] },
    Layer { name: "console", layers: &["api"], crates: &["stentor_core", "stentor_store"] },
    Layer { name: "cli", layers: &["api", "engine", "upstream", "console", "app"], crates: CRATES },
    Layer { name: "app", layers: &["api", "engine", "upstream", "console"], crates: CRATES },
];
const CRATES: &[&str] = &["stentor_core", "stentor_wire", "stentor_store", "stentor_simnet", "stentor_eval"];
const PROGRAM: &str = "crates/stentor/src/";

/// What one file of the program names and may not.
pub fn check(path: &str, source: &Source) -> Vec<Finding> {
    let Some(inside) = path.strip_prefix(PROGRAM) else { return Vec::new() };
    let module = inside.split(['/', '.']).next().unwrap_or_default();
    if ["lib", "main"].contains(&module) {
        return Vec::new();
    }
    let layer = LAYERS.iter().find(|layer| layer.name == module);
    let may = layer.map_or(&[][..], |layer| layer.layers);
    let mut findings = Vec::new();
    for (line, named) in &source.own {
        let is_layer = LAYERS.iter().any(|layer| layer.name == named);
        if is_layer && named != module && !may.contains(&named.as_str()) {
            let what = format!("{module} names crate::{named}");
            findings.push(Finding::new(
                path,
                *line,
                what,
                "the dependency rule of ARCHITECTURE.md forbids it",
            ));
        }
    }
    for named in CRATES.iter().filter(|name| source.names.contains(**name)) {
        if layer.is_some_and(|layer| !layer.crates.contains(named)) {
            let what = format!("{module} names {named}");
            findings.push(Finding::new(path, 1, what, "the dependency rule of ARCHITECTURE.md forbids it"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::source::read;

    #[test]
    fn each_layer_may_name_what_the_table_says() {
        let check = |path: &str, text: &str, expect: &[&str]| {
            let source = read(text, 1, false).expect("lexes");
            let found: Vec<_> = check(path, &source).into_iter().map(|finding| finding.what).collect();
            assert_eq!(found, expect, "{path}: {text}");
        };
        check("crates/stentor/src/api/messages.rs", "use crate::clock::Clock;", &[]);
        check("crates/stentor/src/api/x.rs", "use crate::engine::Wake;", &["api names crate::engine"]);
        check("crates/stentor/src/api/x.rs", "use stentor_simnet::World;", &["api names stentor_simnet"]);
        check(
            "crates/stentor/src/engine/run.rs",
            "use crate::{upstream, api};",
            &["engine names crate::api"],
        );
        check(
            "crates/stentor/src/upstream/a.rs",
            "use stentor_store::Store;",
            &["upstream names stentor_store"],
        );
        check("crates/stentor/src/clock.rs", "use crate::app;", &["clock names crate::app"]);
        check("crates/stentor/src/app.rs", "use crate::{api, engine}; use stentor_simnet::World;", &[]);
        check("crates/stentor/src/engine/run.rs", "use crate::cli;", &["engine names crate::cli"]);
        check("crates/stentor-core/src/a.rs", "use crate::api;", &[]);
    }
}
