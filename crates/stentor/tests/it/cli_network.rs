//! The network as a process of its own, started and steered by the command line.

use serde_json::{Value, json};

use crate::program::{Program, Running};

fn start(program: &Program) -> (Running, Value) {
    let mut network =
        program.start(&["network", "serve", "--listen", "127.0.0.1:0", "--json", "--token", "T"]);
    let ready = network.json();
    (network, ready)
}

#[test]
fn the_ready_line_is_one_line_with_what_a_client_needs() {
    let program = Program::new();
    let (network, ready) = start(&program);
    assert_eq!((&ready["event"], &ready["token"]), (&json!("ready"), &json!("T")));
    assert!(ready["url"].as_str().expect("a URL").starts_with("http://127.0.0.1:"));
    assert_eq!(ready["app_secret"].as_str().map(str::len), Some(32));
    assert_eq!(network.stop(), 0);
}

#[test]
fn faults_time_and_phones_answer_without_a_key() {
    let program = Program::new();
    let (network, ready) = start(&program);
    let url = ready["url"].as_str().expect("a URL");
    let run = |arguments: &[&str]| program.run(&[arguments, &["--url", url]].concat());

    assert_eq!(run(&["network", "profile"]).ok().out, "calm\n  no faults\n");
    let storm = run(&["network", "profile", "storm", "--json"]).ok().json();
    assert_eq!((&storm["name"], storm["error_5xx"].as_f64() > Some(0.0)), (&json!("storm"), true), "{storm}");
    let file = program.home().join("mine.json");
    std::fs::write(&file, r#"{"name": "mine", "reply_ms": 7}"#).expect("written");
    let mine = run(&["network", "profile", &file.display().to_string()]).ok().out;
    assert_eq!(mine, "mine\n  reply_ms = 7\n");
    let ran = run(&["network", "profile", "stormy"]);
    assert!(!ran.err.contains("profile: profile:"), "{ran:?}");
    assert_eq!((ran.code, ran.out.as_str()), (4, ""), "{ran:?}");
    assert!(ran.err.contains("storm"), "the allowed names: {ran:?}");

    let before = run(&["network", "advance", "1s", "--json"]).ok().json();
    let after = run(&["network", "advance", "8d", "--json"]).ok().json();
    let day =
        |now: &Value| now["now"].as_str().expect("a time").parse::<jiff::Timestamp>().expect("RFC 3339");
    assert_eq!((day(&after).as_second() - day(&before).as_second()) / 86_400, 8);
    assert!(run(&["network", "advance", "90m"]).ok().out.starts_with("1 h 30 min later: it is "));

    assert_eq!(run(&["phone", "441234567890"]).ok().out, "the phone 441234567890 is empty\n");
    run(&["network", "reset"]).ok();
    assert_eq!(run(&["network", "profile"]).ok().out, "calm\n  no faults\n");
    assert_eq!(network.stop(), 0);
}

#[test]
fn a_taken_address_is_named_with_the_way_out() {
    let program = Program::new();
    let (network, ready) = start(&program);
    let address = ready["url"].as_str().expect("a URL").trim_start_matches("http://").to_owned();
    let ran = program.run(&["network", "serve", "--listen", &address]);
    assert_eq!((ran.code, ran.out.as_str()), (7, ""), "{ran:?}");
    assert!(ran.err.contains(&address) && ran.err.contains("port 0 takes a free one"), "{ran:?}");
    assert_eq!(network.stop(), 0);
}
