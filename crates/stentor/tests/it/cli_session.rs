//! A whole session with `dev`: send, watch, receive webhooks, move the time, all by commands.

use serde_json::{Value, json};

use crate::program::{Program, Ran, Running};

/// A `dev` on a free port and the environment that finds it.
pub struct Session {
    pub program: Program,
    dev: Running,
    url: String,
    admin_key: String,
    api_key: String,
}

impl Session {
    pub fn start() -> Self {
        let program = Program::new();
        // Twenty times faster: the reader of the specification reads within 6 s of the network's time.
        let mut dev =
            program.start(&["dev", "--ephemeral", "--json", "--listen", "127.0.0.1:0", "--speed", "20"]);
        let ready = dev.json();
        let text =
            |field: &str| ready[field].as_str().unwrap_or_else(|| panic!("{field} in {ready}")).to_owned();
        assert_eq!(text("event"), "ready");
        let (url, admin_key, api_key) = (text("url"), text("admin_key"), text("api_key"));
        Self { program, dev, url, admin_key, api_key }
    }

    pub fn environment(&self) -> [(&str, &str); 3] {
        [
            ("STENTOR_URL", &self.url),
            ("STENTOR_ADMIN_KEY", &self.admin_key),
            ("STENTOR_API_KEY", &self.api_key),
        ]
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.program.run_with(arguments, &self.environment())
    }

    pub fn send(&self, to: &str) -> String {
        let sent = self.run(&["send", "--to", to, "--template", "marketing_text_no_param"]).ok().out;
        assert!(sent.starts_with("wamid."), "{sent}");
        sent.trim().to_owned()
    }

    pub fn show(&self, wamid: &str, wait: &str) -> Value {
        self.run(&["messages", "show", wamid, "--wait", wait, "--json"]).ok().json()
    }
}

fn events(message: &Value) -> Vec<&str> {
    message["events"].as_array().expect("events").iter().filter_map(|event| event["event"].as_str()).collect()
}

#[test]
fn a_message_is_sent_read_shown_and_reported() {
    let session = Session::start();
    let mut listener =
        session.program.start_with(&["webhook", "listen", "--count", "3", "--json"], &session.environment());
    assert!(listener.aside().contains("sends its webhooks to http://127.0.0.1:"));

    let wamid = session.send("441234567890");
    let message = session.show(&wamid, "read");
    let fields: Vec<_> = message.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(
        fields,
        [
            "wamid",
            "state",
            "recipient",
            "template",
            "route",
            "activity_sharing",
            "deadline",
            "unknown",
            "attempts",
            "events",
            "decision",
        ]
    );
    assert_eq!((&message["wamid"], &message["state"]), (&json!(wamid), &json!("read")));
    assert_eq!((&message["recipient"], &message["unknown"]), (&json!("441234567890"), &json!(false)));
    assert_eq!(message["attempts"].as_array().map(Vec::len), Some(1), "{message}");
    for event in ["accepted", "sent", "delivered", "read"] {
        assert!(events(&message).contains(&event), "{event} in {message}");
    }
    for event in message["events"].as_array().expect("events") {
        event["at"].as_str().expect("a time").parse::<jiff::Timestamp>().expect("RFC 3339");
    }
    let timeline = session.run(&["messages", "show", &wamid]).ok().out;
    assert!(timeline.starts_with(&format!("{wamid}  read\n")), "{timeline}");

    let phone = session.run(&["phone", "441234567890"]).ok().out;
    let first = phone.lines().next().unwrap_or_default();
    assert!(first.ends_with("marketing_text_no_param (en)  read"), "{phone}");
    assert!(phone.lines().count() > 1, "the body is shown: {phone}");

    let mut reported = Vec::new();
    while reported.len() < 3 {
        let post = listener.json();
        assert_eq!(post["signature"], "valid", "{post}");
        for status in
            post["body"]["entry"][0]["changes"][0]["value"]["statuses"].as_array().expect("statuses")
        {
            assert_eq!(status["id"], json!(wamid));
            reported.push(status["status"].as_str().expect("a status").to_owned());
        }
    }
    assert_eq!(reported, ["sent", "delivered", "read"]);
    assert_eq!(listener.end(), 0);
    let former = session.run(&["webhook", "get", "--json"]);
    assert!(!former.out.contains("http://"), "the former endpoint (none) is back: {former:?}");
    assert!(session.run(&["webhook", "log"]).ok().out.contains("200"));
    assert_eq!(session.run(&["status", "--json"]).ok().json()["by_state"]["read"], 1);
    assert_eq!(session.dev.stop(), 0);
}

#[test]
fn time_is_moved_and_what_will_not_come_is_said() {
    let session = Session::start();
    let late = session.send("447700900013");
    session.show(&late, "sent");
    let ran = session.run(&["messages", "show", &late, "--wait", "read", "--timeout-secs", "0"]);
    assert_eq!((ran.code, ran.out.as_str()), (6, ""), "{ran:?}");
    session.run(&["network", "advance", "2d"]).ok();
    assert_eq!(session.show(&late, "read")["state"], "read");

    let recipients = session.run(&["network", "recipients", "--json"]).ok().json();
    let absent = recipients.as_array().and_then(|all| all.iter().find(|one| one["code"] == 131_026)).cloned();
    let absent = absent.expect("a number that is not on WhatsApp");
    let failed = session.send(absent["number"].as_str().expect("digits"));
    let ran = session.run(&["messages", "show", &failed, "--wait", "read"]);
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (1, "stentor: the message will not be read: it is failed\n"),
        "{ran:?}"
    );
    let listed = session.run(&["messages", "list", "--state", "failed"]).ok().out;
    assert!(listed.contains(&failed) && !listed.contains(&late), "{listed}");
}

#[test]
fn templates_accounts_and_channels_are_administered() {
    let session = Session::start();
    let templates = session.run(&["template", "list"]).ok().out;
    for name in ["marketing_text_no_param", "fixture_pending", "fixture_paused", "fixture_syncing"] {
        assert!(templates.lines().any(|line| line.starts_with(name)), "{name} in {templates}");
    }
    session.run(&["template", "move", "fixture_paused", "APPROVED"]).ok();
    let moved = session.run(&["template", "show", "fixture_paused"]).ok().out;
    assert!(moved.lines().next().is_some_and(|line| line.to_uppercase().contains("APPROVED")), "{moved}");

    let account = session.run(&["account", "create", "second", "--json"]).ok().json();
    let id = match &account["id"] {
        Value::String(id) => id.clone(),
        id => id.to_string(),
    };
    let ran = session.run(&["template", "list"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains("choose with --account"), "{ran:?}");
    let channel = session.run(&["channel", "create", &id, "4930123456", "--json"]).ok().json();
    assert_eq!(channel["character"], "twin", "{channel}");
    let key = channel["api_key"].as_str().expect("shown once").to_owned();
    let send = |key: &str| {
        session.run(&[
            "send",
            "--api-key",
            key,
            "--to",
            "441234567890",
            "--template",
            "marketing_text_no_param",
        ])
    };
    assert_eq!(send(&key).code, 5, "no such template in this account");
    assert_eq!(send("nobody").code, 4);
    session.run(&["account", "set", &id, "sharing_default=false"]).ok();
    session.run(&["account", "terms", &id, "accept"]).ok();
    let shown = session.run(&["account", "show", &id, "--json"]).ok().json();
    assert_eq!(shown["sharing_default"], false);
    assert!(!shown["terms_signed_at"].is_null(), "{shown}");
}

#[test]
fn a_place_can_be_sent() {
    let session = Session::start();
    let place = |location: Value| {
        let components = json!([
            {"type": "header", "parameters": [{"type": "location", "location": location}]},
            {"type": "body", "parameters": [{"type": "text", "text": "Ada"}]}]);
        let template =
            json!({"name": "marketing_location", "language": {"code": "en"}, "components": components});
        let body = json!({"messaging_product": "whatsapp", "to": "441234567890", "type": "template", "template": template});
        let file = session.program.home().join("place.json").display().to_string();
        std::fs::write(&file, body.to_string()).expect("written");
        session.run(&["send", "--file", &file])
    };
    let here = json!({"latitude": "48.85", "longitude": "2.35", "name": "Shop", "address": "1 Quai"});
    let wamid = place(here).ok().out;
    assert_eq!(session.show(wamid.trim(), "read")["template"]["name"], "marketing_location");
    let nowhere = place(json!({"latitude": "48.85"}));
    assert_eq!((nowhere.code, nowhere.err.contains("['location']['longitude']")), (4, true), "{nowhere:?}");
}

#[test]
fn what_the_server_refuses_ends_with_its_words() {
    let session = Session::start();
    let ran = session.run(&["status", "--key", "wrong"]);
    assert_eq!((ran.code, ran.out.as_str()), (4, ""), "{ran:?}");
    assert!(ran.err.contains("give --key"), "{ran:?}");
    let ran = session.run(&["media", "show", "1", "--api-key", "wrong"]);
    assert!(ran.code == 4 && ran.err.contains("give --api-key"), "{ran:?}");
    assert_eq!(session.run(&["messages", "show", "wamid.none"]).code, 5);
    assert_eq!(session.run(&["account", "show", "1"]).code, 5);
    assert_eq!(session.run(&["template", "show", "nothing_here"]).code, 5);
    let ran = session.run(&["send", "--to", "441234567890", "--template", "nothing_here", "--json"]);
    assert_eq!((ran.code, ran.json()["error"]["code"].as_u64()), (5, Some(132_001)), "{ran:?}");
}

#[test]
fn a_receiver_puts_the_former_endpoint_back_however_it_ends() {
    let session = Session::start();
    let url = "http://127.0.0.1:9/former";
    session.run(&["webhook", "set", url, "--header", "x-shop: 7"]).ok();
    let mut listener = session.program.start_with(&["webhook", "listen"], &session.environment());
    assert!(listener.aside().contains("Ctrl-C ends"));
    let of = || session.run(&["webhook", "get", "--json"]).ok().json();
    assert_ne!(of()["url"], url);
    let wamid = session.send("447700900001");
    for status in ["sent", "delivered", "read"] {
        let line = listener.line();
        assert!(line.contains(status) && line.ends_with("to …001  signature valid"), "{line}");
        assert!(!line.contains(&wamid) && !line.contains("447700900001"), "{line}");
    }
    assert_eq!(session.run(&["webhook", "replay", &wamid]).ok().out, "3 events go out again\n");
    assert!(listener.line().contains("sent"));
    assert_eq!(listener.stop(), 0);
    let back = of();
    assert_eq!((&back["url"], &back["headers"]), (&json!(url), &json!({"x-shop": "7"})));
    session.run(&["webhook", "delete"]).ok();
    assert_eq!(
        session.run(&["webhook", "get"]).ok().out,
        "channel 360000000000002 sends no events anywhere\n"
    );
}

#[test]
fn a_phone_is_followed_from_the_message_to_the_blue_ticks() {
    let session = Session::start();
    let mut phone =
        session.program.start_with(&["phone", "447700900001", "--follow", "--json"], &session.environment());
    let wamid = session.send("+44 7700 900001");
    let mut ticks = Vec::new();
    while ticks.last().is_none_or(|last| last != "read") {
        let message = phone.json();
        assert_eq!(
            (&message["id"], &message["template"]["name"]),
            (&json!(wamid), &json!("marketing_text_no_param"))
        );
        ticks.push(message["ticks"].as_str().expect("a word").to_owned());
    }
    assert!(ticks.windows(2).all(|pair| pair[0] != pair[1]), "a line for every change: {ticks:?}");
    assert_eq!(phone.stop(), 0);
}

#[test]
fn a_local_server_is_found_by_its_folder_also_over_tls() {
    let program = Program::new();
    let folder = program.home().join("data").display().to_string();
    let mut dev = program.start(&["dev", "--data", &folder, "--json", "--listen", "127.0.0.1:0", "--tls"]);
    let ready = dev.json();
    assert!(ready["url"].as_str().is_some_and(|url| url.starts_with("https://")), "{ready}");
    let found = |arguments: &[&str]| program.run(&[arguments, &["--data", &folder]].concat());
    let wamid = found(&["send", "--to", "441234567890", "--template", "marketing_text_no_param"]).ok().out;
    assert!(wamid.starts_with("wamid."));
    let rotated = found(&["channel", "key", "rotate", "360000000000002", "--json"]).ok().json();
    let send = |key: &str| {
        let message =
            ["send", "--to", "441234567890", "--template", "marketing_text_no_param", "--api-key", key];
        found(&message).code
    };
    assert_eq!(send(ready["api_key"].as_str().expect("a key")), 4, "the old key ended at once");
    assert_eq!(send(rotated["api_key"].as_str().expect("a key")), 0);
    assert_eq!(dev.stop(), 0);
    let gone = found(&["status"]);
    assert_eq!(gone.code, 3);
    assert!(gone.err.contains("no server is running on"), "{gone:?}");
}

#[test]
fn a_real_upstream_needs_its_token_and_secret_at_the_start() {
    let program = Program::new();
    let folder = program.home().join("data").display().to_string();
    let arguments =
        ["serve", "--json", "--data", &folder, "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
    let kind = ("STENTOR_UPSTREAM_KIND", "cloud_api");
    let (token, secret) = (("STENTOR_UPSTREAM_TOKEN", "t"), ("STENTOR_UPSTREAM_APP_SECRET", "s"));
    for (environment, key) in [
        (&[kind][..], "token"),
        (&[kind, secret], "token"),
        (&[kind, ("STENTOR_UPSTREAM_TOKEN", " "), secret], "token"),
        (&[kind, token], "app_secret"),
    ] {
        let ran = program.run_with(&arguments, environment);
        let says = format!("`upstream.{key}` is required with upstream.kind = \"cloud_api\": ");
        assert_eq!((ran.code, ran.err.contains(&says)), (2, true), "{ran:?}");
    }
    assert!(!std::path::Path::new(&folder).exists(), "nothing was done");
    let mut serve = program.start_with(&arguments, &[kind, token, secret]);
    assert_eq!(serve.json()["upstream"], "cloud_api");
    assert_eq!(serve.stop(), 0);
}

#[test]
fn in_serve_a_channel_starts_as_a_gateway_also_on_a_simulated_upstream() {
    let program = Program::new();
    let folder = program.home().join("data").display().to_string();
    let arguments =
        ["serve", "--json", "--data", &folder, "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
    let mut serve = program.start_with(&arguments, &[("STENTOR_UPSTREAM_KIND", "simulated")]);
    assert_eq!(serve.json()["upstream"], "simulated");
    let found = |arguments: &[&str]| program.run(&[arguments, &["--data", &folder]].concat()).ok().json();
    let account = found(&["account", "create", "Shop", "--json"]);
    let id = account["id"].as_str().expect("an id");
    let made = found(&["channel", "create", id, "4930123456", "--json"]);
    let is = |key: &str| made[key].as_str().unwrap_or_default();
    assert_eq!((is("upstream"), is("character"), is("sync_policy")), ("simulated", "gateway", "hold"));
    assert_eq!(serve.stop(), 0);
}

#[test]
fn a_gateway_without_an_upstream_is_administered_and_says_what_it_lacks() {
    let program = Program::new();
    let folder = program.home().join("data").display().to_string();
    let arguments =
        ["serve", "--json", "--data", &folder, "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
    let mut serve = program.start(&arguments);
    let ready = serve.json();
    assert_ne!(ready["url"], ready["admin_url"], "{ready}");
    let found = |arguments: &[&str]| program.run(&[arguments, &["--data", &folder]].concat());
    let listed = found(&["account", "list"]).ok().out;
    assert_eq!(listed, "no accounts: make one with `stentor account create NAME`\n");
    let account = found(&["account", "create", "Shop", "--json"]).ok().json();
    let id = account["id"].as_str().expect("an id");
    let ran = found(&["channel", "create", id, "4930123456"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.err.contains("upstream.kind"), "{ran:?}");
    let status = found(&["status"]).ok().out;
    assert!(status.contains("accounts          1\n"), "{status}");
    assert_eq!(found(&["network", "advance", "8d"]).code, 5, "nothing is simulated here");
    assert_eq!(serve.stop(), 0);
}

#[test]
fn a_key_that_was_rotated_away_is_not_shown_again() {
    let program = Program::new();
    let folder = program.home().join("twin").display().to_string();
    let start = || program.start(&["dev", "--json", "--listen", "127.0.0.1:0", "--data", &folder]);
    let key = |dev: &mut Running| dev.json()["api_key"].as_str().expect("a key").to_owned();
    let send = |key: &str| {
        let to = ["send", "--to", "441234567890", "--template", "marketing_text_no_param", "--data", &folder];
        program.run_with(&to, &[("STENTOR_API_KEY", key)]).code
    };

    let mut dev = start();
    let first = key(&mut dev);
    let rotate = ["channel", "key", "rotate", "360000000000002", "--json", "--data", &folder];
    let rotated = program.run(&rotate).ok().json()["api_key"].as_str().expect("a key").to_owned();
    assert_eq!((send(&first) != 0, send(&rotated)), (true, 0));
    assert_eq!(dev.stop(), 0);

    let mut dev = start();
    let second = key(&mut dev);
    assert!(second != first && second != rotated);
    assert_eq!((send(&first) != 0, send(&rotated), send(&second)), (true, 0, 0));
    assert_eq!(dev.stop(), 0);

    let mut dev = start();
    assert_eq!(key(&mut dev), second, "kept");
    assert_eq!(dev.stop(), 0);
}
