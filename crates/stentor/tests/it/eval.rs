//! `stentor eval`, as people run it: files of their own, figures, JSON, a plot, and what is said of a file that is wrong.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use crate::program::{Program, Ran};

/// A draw from 0 to 1 for a number.
fn draw(n: u64) -> f64 {
    let mut z = n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((z ^ (z >> 27)) >> 11) as f64 / (1_u64 << 53) as f64
}

/// A design of which the second feature decides, the third does not.
fn design() -> String {
    (0..600_u64).fold(String::new(), |mut text, n| {
        let (x, noise) = (draw(3 * n), draw(3 * n + 1));
        let label = u8::from(draw(3 * n + 2) < 0.1 + 0.8 * x);
        writeln!(text, "{label} {} 0:1 1:{x:.4} 2:{noise:.4}", u8::from(n % 10 < 7)).unwrap();
        text
    })
}

/// Sends by people, mailings and dates; people with an even number read.
fn sends() -> String {
    (0..800_u64).fold("person,campaign,sent,closed,age,read\n".to_owned(), |mut text, n| {
        let (person, campaign) = (n % 40, n / 40);
        let is_read = draw(n) < if person % 2 == 0 { 0.8 } else { 0.1 };
        let (month, read) = (1 + campaign / 2, if is_read { "yes" } else { "no" });
        writeln!(text, "p{person},{campaign},2026-{month:02}-01,2026-{month:02}-03,{},{read}", person % 5)
            .unwrap();
        text
    })
}

/// An experiment in which a send helps those with a high `x`.
fn experiment() -> String {
    (0..3_000_u64).fold("segment,x,y,visit\n".to_owned(), |mut text, n| {
        let (is_sent, x) = (draw(4 * n) < 0.5, draw(4 * n + 1));
        let visits = draw(4 * n + 2) < 0.2 + if is_sent && x > 0.5 { 0.5 } else { 0.0 };
        let segment = if is_sent { "Mail" } else { "No E-Mail" };
        writeln!(text, "{segment},{x:.4},{:.4},{}", draw(4 * n + 3), u8::from(visits)).unwrap();
        text
    })
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn write(program: &Program, name: &str, bytes: &[u8]) -> String {
    let path = program.home().join(name);
    std::fs::write(&path, bytes).unwrap();
    path.display().to_string()
}

/// The figure of an order.
fn figure(told: &Value, order: &str, path: &str) -> f64 {
    let orders = told["orders"].as_array().expect("orders");
    let one = orders.iter().find(|one| one["name"] == order).unwrap_or_else(|| panic!("{order}: {told}"));
    one.pointer(path).and_then(Value::as_f64).unwrap_or_else(|| panic!("{order} {path}: {one}"))
}

/// Every tag is closed, in the order in which they were opened.
fn check_svg(text: &str) {
    let mut open = Vec::new();
    for part in text.split('<').skip(1) {
        let (tag, rest) = part.split_once('>').unwrap_or_else(|| panic!("a tag has no end: {part:.80}"));
        assert!(!rest.contains('>'), "{rest:.80}");
        let name = tag.trim_matches('/').split_whitespace().next().unwrap_or_default().to_owned();
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        match (tag.starts_with('/'), tag.ends_with('/')) {
            (true, _) => assert_eq!(open.pop(), Some(name)),
            (false, false) if !tag.starts_with(['?', '!']) => open.push(name),
            _ => {}
        }
    }
    assert!(open.is_empty() && text.trim_start().starts_with("<svg"), "{open:?}");
    assert!(text.matches("<polyline").count() >= 3, "there are lines in it");
}

#[test]
fn a_design_is_judged_drawn_and_told_as_text_and_json() {
    let program = Program::new();
    let plain = write(&program, "design.svm", design().as_bytes());
    let packed = write(&program, "design.svm.gz", &gzip(&design()));
    let table = program.run(&["eval", &plain]).ok().out;
    for part in ["600 rows, 420 to learn from, 180 to test", "AUC", "logloss", "g20", "model  ", "random"] {
        assert!(table.contains(part), "{part}: {table}");
    }
    let plot = program.home().join("gains.svg");
    let told = program.run(&["eval", &packed, "--json", "--plot", &plot.display().to_string()]).ok().json();
    let [model, random] = ["model", "random"].map(|order| figure(&told, order, "/auc/value"));
    assert!(model > 0.75 && (0.35..0.65).contains(&random), "{model} {random}");
    assert!(table.contains(&format!("{model:.4}")), "the same figure, packed or not: {model} {table}");
    assert!(figure(&told, "model", "/auc/low") < model && model < figure(&told, "model", "/auc/high"));
    check_svg(&std::fs::read_to_string(plot).expect("drawn"));
}

#[test]
fn a_table_is_judged_by_people_dates_and_mailings() {
    let program = Program::new();
    let file = write(&program, "sends.csv", sends().as_bytes());
    let columns = ["--label", "read", "--positive", "yes", "--recipient", "person", "--group", "campaign"];
    let dates = ["--time", "sent", "--label-time", "closed", "--json"];
    let told = program.run(&[&["eval", &file][..], &columns, &dates].concat()).ok().json();
    assert_eq!(told["about"]["timing"], "dates", "{told}");
    // Even and odd numbers stand beside each other: only who reads is known of a person, by the person.
    for order in ["model", "baseline (Beta-Binomial)"] {
        assert!(figure(&told, order, "/auc/value") > 0.7, "{told}");
        assert!(figure(&told, order, "/gains_inside_mailing/g50/value") > 0.7, "{told}");
    }
}

#[test]
fn an_experiment_says_whom_a_send_moves() {
    let program = Program::new();
    let file = write(&program, "experiment.csv.gz", &gzip(&experiment()));
    let arguments = ["eval", "uplift", &file, "--label", "visit"];
    let told = program.run(&[&arguments[..], &["--json"]].concat()).ok().json();
    let [uplift, random] = ["uplift (two regressions)", "random"]
        .map(|order| ["/inc50/value", "/auuc/value", "/area/value"].map(|path| figure(&told, order, path)));
    assert!(uplift[0] > 0.8 && uplift[1] > 0.65 && uplift[1] > random[1], "{uplift:?} {random:?}");
    assert!((uplift[1] - uplift[2] - 0.025).abs() < 0.01, "steps lie half a step above the area: {uplift:?}");
    let table = program.run(&arguments).ok().out;
    assert!(table.contains("inc@20") && table.contains(&format!("{:.3}", uplift[1])), "{table}");
    assert!(table.lines().all(|line| line.chars().count() <= 90), "{table}");
}

#[test]
fn worlds_false_alarms_and_speed_are_told_small() {
    let program = Program::new();
    let plot = program.home().join("policy.svg").display().to_string();
    let policy = ["eval", "policy", "--people", "100", "--seeds", "1", "--json", "--plot", &plot];
    let told = program.run(&policy).ok().json();
    for (world, least) in [("given", 0.0), ("flat", f64::NEG_INFINITY)] {
        let budgets = told[world].as_array().expect("by budget");
        assert_eq!(budgets.len(), 3, "{told}");
        let oracle = budgets[1]["policies"].as_array().and_then(|all| all.last()).expect("policies");
        assert!(oracle["against_fifo"].as_f64().is_some_and(|share| share > least), "{oracle}");
    }
    check_svg(&std::fs::read_to_string(&plot).expect("drawn"));
    let lift = ["eval", "lift", "--runs", "20", "--observations", "100"];
    let told = program.run(&[&lift[..], &["--json"]].concat()).ok();
    assert_eq!(told.json()["runs"], 20);
    assert_eq!(told.out, program.run(&[&lift[..], &["--json"]].concat()).ok().out, "of one seed one answer");
    assert!(program.run(&lift).ok().out.contains("20 runs"));
    let speed = ["eval", "speed", "--rounds", "1000", "--messages", "100"];
    let told = program.run(&[&speed[..], &["--json"]].concat()).ok().json();
    assert!(told["filter_dense"]["score_us"].as_f64().is_some_and(|us| us > 0.0), "{told}");
    assert_eq!(told["plan"]["messages"], 100);
    assert!(program.run(&speed).ok().out.contains("bytes a recipient"));
}

#[test]
fn a_wrong_file_is_named_with_its_line_and_what_to_do() {
    let program = Program::new();
    let bad = write(&program, "bad.svm", b"1 1 0:1\nyes 1 0:1\n");
    let csv = write(&program, "own.csv", sends().as_bytes());
    let empty = write(&program, "empty.svm", b"");
    let nowhere = program.home().join("none.svm").display().to_string();
    let lost = program.home().join("no/folder.svg").display().to_string();
    let good = write(&program, "design.svm", design().as_bytes());
    let told = |Ran { code, out, err }: &Ran| {
        assert_eq!((*code, out.as_str(), err.lines().count()), (1, "", 1), "{err}");
        err.strip_prefix("stentor: ").unwrap_or_else(|| panic!("{err}")).trim_end().to_owned()
    };
    for (arguments, start, fix) in [
        (&["eval", &bad][..], format!("{bad}:2: the label is `yes`"), "1 is engaged, 0 (or -1) is not"),
        (&["eval", &csv, "--label", "red"], csv.clone(), "there is no column `red`; there are person"),
        (&["eval", &empty], empty.clone(), "there is no row in it"),
        (&["eval", &nowhere], nowhere.clone(), "No such file"),
        (&["eval", &good, "--plot", &lost], "the plot: ".to_owned(), "No such file"),
        (&["eval", "uplift", &csv], csv.clone(), "there is no column `segment`"),
        (
            &["eval", "uplift", &csv, "--arm", "campaign", "--label", "read"],
            csv.clone(),
            "name the control with --control",
        ),
    ] {
        let line = told(&program.run(arguments));
        assert!(line.starts_with(&start) && line.contains(fix), "{arguments:?}: {line}");
    }
    let ran = program.run(&["eval"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{ran:?}");
    let ran = program.run(&["eval", "policy", "--people", "3"]);
    assert!(ran.code == 2 && ran.err.contains("100..=100000"), "{ran:?}");
}
