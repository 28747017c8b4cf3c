//! `serve` is a mirror of its upstream's templates: what is created here is reviewed there, what is only there appears
//! here, what is deleted here goes there.

use std::net::SocketAddr;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::process::{Process, until};
use crate::support::process_http::Http;
use crate::support::process_server::{Server, address_of};

struct Network {
    _process: Process,
    ready: Value,
    address: SocketAddr,
}

impl Network {
    fn start() -> Self {
        let listen = ["network", "serve", "--json", "--listen", "127.0.0.1:0", "--speed", "3600"];
        let mut process = Process::start(&listen, &[]);
        let ready: Value = serde_json::from_str(&process.line()).expect("a ready line");
        let address = address_of(ready["url"].as_str().expect("a URL")).expect("an address");
        Self { _process: process, ready, address }
    }

    fn text(&self, name: &str) -> &str {
        self.ready[name].as_str().unwrap_or_default()
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let bearer = format!("Bearer {}", self.text("token"));
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = Http::new(self.address).ask(method, path, ("Authorization", &bearer), body.as_bytes());
        answer.expect("an answer").ok()
    }

    /// Name and status of what the account has there.
    fn templates(&self, account: &str) -> Vec<(String, String)> {
        let page = self.ask("GET", &format!("/v23.0/{account}/message_templates"), &Value::Null);
        let text = |item: &Value, key: &str| item[key].as_str().unwrap_or_default().to_owned();
        let items = page["data"].as_array().expect("a list");
        items.iter().map(|item| (text(item, "name"), text(item, "status"))).collect()
    }

    fn serve(&self, folder: &Path) -> Server {
        let environment = [
            ("STENTOR_STORE_DATA_DIR", folder.to_str().expect("UTF-8")),
            ("STENTOR_SERVER_LISTEN", "127.0.0.1:0"),
            ("STENTOR_SERVER_ADMIN_LISTEN", "127.0.0.1:0"),
            ("STENTOR_UPSTREAM_KIND", "cloud_api"),
            ("STENTOR_UPSTREAM_BASE_URL", self.text("url")),
            ("STENTOR_UPSTREAM_TOKEN", self.text("token")),
            ("STENTOR_UPSTREAM_APP_SECRET", self.text("app_secret")),
        ];
        Server::ready(Process::start(&["serve", "--json"], &environment))
    }
}

/// A request of the customer.
fn customer(server: &Server, method: &str, path: &str, body: &Value) -> Value {
    let key = ("D360-API-KEY", server.api_key.as_str());
    let body = if body.is_null() { String::new() } else { body.to_string() };
    Http::new(server.address).ask(method, path, key, body.as_bytes()).expect("an answer").ok()
}

fn definition(name: &str, text: &str) -> Value {
    json!({
        "name": name, "language": "en", "category": "MARKETING",
        "components": [{"type": "BODY", "text": text}],
    })
}

/// Waits until the customer sees the template there; the template.
#[track_caller]
fn stands(server: &Server, name: &str, status: &str) -> Value {
    until(&format!("{name} is {status}"), || {
        let page = customer(server, "GET", "/message_templates", &Value::Null);
        let found = page["data"].as_array()?.iter().find(|item| item["name"] == name)?.clone();
        (found["status"] == status).then_some(found)
    })
}

#[test]
fn templates_follow_the_upstream_both_ways() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let network = Network::start();
    let mut server = network.serve(folder.path());
    let url = format!("http://{}/upstream/webhook", server.address);
    network.ask("POST", "/sim/webhook", &json!({"url": url}));
    let account = server.admin("POST", "/admin/v1/accounts", &json!({"name": "mirror"}));
    server.account = account["id"].as_str().expect("an id").to_owned();
    let number = json!({"display_phone_number": "4930000000"});
    let channel = server.admin("POST", &server.in_account("/channels"), &number);
    server.api_key = channel["api_key"].as_str().expect("a key").to_owned();

    // Created here, reviewed there, told by webhook.
    let made = customer(&server, "POST", "/message_templates", &definition("from_here", "News for you."));
    assert_eq!(made["status"], "PENDING");
    stands(&server, "from_here", "APPROVED");
    assert_eq!(network.templates(&server.account), [("from_here".to_owned(), "APPROVED".to_owned())]);

    // Only there, and reviewed while nobody here listens.
    let (api_key, account) = (server.api_key.clone(), server.account.clone());
    assert_eq!(server.stop().code, Some(0));
    let edge = format!("/v23.0/{account}/message_templates");
    network.ask("POST", &edge, &definition("from_there", "Also news."));
    until("the network has reviewed it", || {
        network.templates(&account).contains(&("from_there".to_owned(), "APPROVED".to_owned())).then_some(())
    });
    let mut server = network.serve(folder.path());
    (server.api_key, server.account) = (api_key, account);
    let taken_over = stands(&server, "from_there", "APPROVED");
    assert_eq!(taken_over["components"][0]["text"], "Also news.");
    stands(&server, "from_here", "APPROVED");

    // Gone here, gone there; the other stays.
    customer(&server, "DELETE", "/message_templates?name=from_here", &Value::Null);
    until("the network has deleted it", || {
        (network.templates(&server.account) == [("from_there".to_owned(), "APPROVED".to_owned())])
            .then_some(())
    });
    assert_eq!(server.stop().code, Some(0));
}
