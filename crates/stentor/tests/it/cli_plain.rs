//! Commands that need no server, and what they say when there is none.

use crate::program::Program;

#[test]
fn the_commands() {
    let help = Program::new().run(&["--help"]).ok().out;
    insta::assert_snapshot!(help);
}

#[test]
fn every_commands_help_names_its_flags_in_a_sentence() {
    let program = Program::new();
    program.run(&["docs", &program.home().display().to_string()]).ok();
    let page = std::fs::read_to_string(program.home().join("cli.md")).expect("written");
    // A flag without words under or beside it would stand alone on its line, followed by an empty one.
    let lines: Vec<_> = page.lines().map(str::trim).collect();
    let bare: Vec<_> = lines
        .windows(2)
        .filter(|w| w[0].starts_with("--") && !w[0].contains("  ") && w[1].is_empty())
        .collect();
    assert!(bare.is_empty(), "{bare:?}");
    for name in ["errors.md", "config.md", "metrics.md"] {
        assert!(
            std::fs::read_to_string(program.home().join(name)).expect("written").starts_with("# "),
            "{name}"
        );
    }
}

#[test]
fn the_default_configuration_is_printed_and_passes_its_own_check() {
    let program = Program::new();
    let printed = program.run(&["config"]).ok().out;
    let file = program.home().join("stentor.toml").display().to_string();
    std::fs::write(&file, printed).expect("written");
    assert_eq!(program.run(&["config", "--check", &file]).ok().out, "the configuration is good\n");
    assert_eq!(program.run(&["config", "--check"]).ok().out, "the configuration is good\n");
}

#[test]
fn bad_configuration_is_named_with_what_is_allowed() {
    let program = Program::new();
    let file = program.home().join("stentor.toml").display().to_string();
    std::fs::write(&file, "[engine]\nlease_sec = 30\n").expect("written");
    let ran = program.run(&["config", "--check", &file]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert_eq!(
        ran.err,
        format!("stentor: {file}: `engine.lease_sec` does not exist; did you mean `engine.lease_secs`?\n")
    );
    let ran = program.run_with(&["config", "--check"], &[("STENTOR_ENGINE_LEASE_SECS", "0")]);
    assert_eq!(
        (ran.code, ran.err.contains("`engine.lease_secs` is 0; allowed: 5 to 3600")),
        (2, true),
        "{ran:?}"
    );
}

#[test]
fn recipients_are_listed_with_number_behaviour_statuses_and_code() {
    let program = Program::new();
    let all = program.run(&["network", "recipients", "--json"]).ok().json();
    let all = all.as_array().expect("an array");
    let find = |number: &str| all.iter().find(|one| one["number"] == number).expect(number);
    assert_eq!(find("441234567890")["statuses"], serde_json::json!(["sent", "delivered", "read"]));
    for one in all {
        assert!(one["behaviour"].is_string() && one["statuses"].is_array(), "{one}");
        assert!(one["code"].is_null() || one["code"].is_u64(), "{one}");
    }
    for code in [131_026, 131_049, 131_050, 130_472] {
        assert!(all.iter().any(|one| one["code"] == code), "{code}");
    }
    let drawn = program.run(&["network", "recipients"]).ok().out;
    assert_eq!(drawn.lines().count(), all.len() + 1);
    let triggers = program.run(&["network", "triggers"]).ok().out;
    for verdict in ["ABUSIVE_CONTENT", "INVALID_FORMAT", "SCAM", "TAG_CONTENT_MISMATCH", "INCORRECT_CATEGORY"]
    {
        assert!(triggers.contains(verdict), "{verdict}");
    }
}

#[test]
fn without_a_server_the_line_says_how_to_start_one() {
    let program = Program::new();
    let folder = program.home().join(".local/share/stentor");
    for arguments in
        [&["status"][..], &["phone", "44"], &["messages", "list"], &["template", "list", "--json"]]
    {
        let ran = program.run(arguments);
        assert_eq!((ran.code, ran.out.as_str()), (3, ""), "{arguments:?}");
        let folder = folder.display();
        let line = format!(
            "stentor: no server is running on {folder}: start one with `stentor dev`, or name one with --url\n"
        );
        assert_eq!(ran.err, line, "{arguments:?}");
    }
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("bound");
    let url = format!("http://{free}");
    let ran = program.run_with(&["status"], &[("STENTOR_URL", &url), ("STENTOR_ADMIN_KEY", "k")]);
    assert_eq!(ran.code, 3);
    assert_eq!(ran.err, format!("stentor: no server answers on {url}: start one with `stentor dev`\n"));
}

#[test]
fn wrong_usage_is_told_before_anything_is_asked() {
    let program = Program::new();
    for (arguments, part) in [
        (&["network", "advance", "8w"][..], "is no span of time"),
        (&["messages", "list", "--state", "seen"], "is no state; there are accepted, waiting, sending"),
        (
            &["send", "--to", "44", "--url", "http://127.0.0.1:1"],
            "give --template NAME, --text TEXT, --type TYPE with --object, or --file FILE",
        ),
        (&["account", "set", "1", "sharing_default", "--url", "http://127.0.0.1:1"], "write name=value"),
        (&["template", "create", "/nowhere", "--url", "http://127.0.0.1:1"], "/nowhere: No such file"),
        (&["status", "--url", "not a url"], "is no URL"),
        (&["account", "show", "nope"], "an account id is a number"),
        (&["channel", "set", "nope", "character=twin"], "a channel id is a number"),
        (&["template", "list", "--account", "nope"], "an account id is a number"),
        (&["network", "serve", "--profile", "stormy"], "stormy"),
        (&["dev", "--speed", "0"], "1 to 3600 is allowed"),
        (&["messages", "list", "--limit", "0"], "1..=1000"),
    ] {
        let ran = program.run(arguments);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{arguments:?}: {ran:?}");
        assert!(ran.err.contains(part), "{arguments:?}: {ran:?}");
    }
}
