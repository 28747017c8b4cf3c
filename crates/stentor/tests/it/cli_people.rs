//! `suppression` and `person` against a running `dev`.

use serde_json::{Value, json};

use crate::cli_session::Session;

#[test]
fn people_are_suppressed_listed_exported_and_erased() {
    let session = Session::start();
    let added = session.run(&["suppression", "add", "+49 151 12345678", "--note", "by phone"]).ok().out;
    assert!(
        added.starts_with("4915112345678 may get nothing\nin Europe/Berlin (by its country DE)\n"),
        "{added}"
    );
    assert!(added.contains("suppressed  cli  \"by phone\""), "{added}");
    let lifted = session.run(&["suppression", "lift", "4915112345678"]).ok().out;
    assert!(lifted.starts_with("4915112345678 may get everything\n"), "{lifted}");
    let out = session.run(&["suppression", "add", "4915112345678", "--marketing", "--json"]).ok().json();
    assert_eq!((&out["standing"]["marketing"], &out["standing"]["anything"]), (&json!(false), &json!(true)));
    let checked = session.run(&["suppression", "check", "4915112345678"]).ok().out;
    assert!(checked.starts_with("4915112345678 may get no marketing\n"), "{checked}");
    assert_eq!(checked.lines().count(), 2 + 3, "{checked}");

    let file = |name: &str| session.program.home().join(name).display().to_string();
    let list: String = (0..6_000).map(|n| format!("49152{n:08},\n")).collect();
    std::fs::write(file("list.csv"), format!("number,note\n{list}12,\n")).expect("written");
    let dry = session.run(&["suppression", "import", &file("list.csv"), "--dry-run", "--json"]);
    assert_eq!((dry.code, dry.json()["changed"].clone()), (1, json!(6_000)), "{}", dry.err);
    let ran = session.run(&["suppression", "import", &file("list.csv")]);
    assert_eq!((ran.code, ran.out.as_str()), (1, "6001 lines: 6000 changed, 0 so already, 1 refused\n"));
    assert!(ran.err.contains("5000 lines, 5000 changed, 0 refused\n"), "progress: {}", ran.err);
    let problem = "line 6002: number: has 2 digits, a number has 7 to 15 with its country code\n";
    assert!(ran.err.contains(problem), "{}", ran.err);
    assert!(ran.err.ends_with("stentor: 1 lines were refused; mend and import them again\n"), "{}", ran.err);

    session.run(&["suppression", "export", "--out", &file("out.jsonl")]).ok();
    let exported = std::fs::read_to_string(file("out.jsonl")).expect("written");
    assert_eq!(exported.lines().count(), 6_001);
    let again = session.run(&["suppression", "import", &file("out.jsonl"), "--json"]).ok().json();
    assert_eq!((&again["unchanged"], &again["refused"]), (&json!(6_001), &json!(0)));
    let printed = session.run(&["suppression", "export"]).ok().out;
    assert!(printed.starts_with("number,hash,act,at,source,note,time_zone\n"), "{}", &printed[..80]);

    session.run(&["person", "set", "4915112345678", "time_zone=Asia/Tokyo"]).ok();
    session.send("4915112345678");
    let document: Value = session.run(&["person", "export", "4915112345678", "--json"]).ok().json();
    assert_eq!(document["standing"]["time_zone"], "Asia/Tokyo");
    assert_eq!(document["messages"].as_array().expect("messages").len(), 1);
    let erased = session.run(&["person", "erase", "4915112345678"]).ok().out;
    assert!(erased.starts_with("erased: 1 messages"), "{erased}");
    let line = session.run(&["suppression", "export"]).ok().out;
    assert!(!line.contains("4915112345678"));
    assert_eq!(
        session.run(&["suppression", "check", "4915112345678", "--json"]).ok().json()["marketing"],
        false
    );

    let wrong = session.run(&["suppression", "import", &file("nowhere.csv")]);
    assert_eq!(wrong.code, 2, "{}", wrong.err);
    assert_eq!(session.run(&["suppression", "import", &file("list.csv"), "--act", "stop"]).code, 2);
    assert_eq!(session.run(&["suppression", "add", "12"]).code, 4);
}
