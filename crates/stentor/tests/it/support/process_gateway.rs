//! `serve` in front of a network in a process of its own, furnished with one account, channel and synced template.
//! Used by the tests of crashes and of what travels through a gateway.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::atomic::{AtomicU16, Ordering};

use serde_json::{Value, json};

use super::process::Process;
use super::process_http::Http;
use super::process_server::{Server, address_of};

/// A port for a server that must be found again after a restart: outside the range the system hands out itself.
pub fn fixed_port() -> u16 {
    static ASKED: AtomicU16 = AtomicU16::new(0);
    let port = || {
        let turn = u32::from(ASKED.fetch_add(1, Ordering::Relaxed));
        u16::try_from(10_000 + (std::process::id().wrapping_mul(31) + turn) % 20_000).expect("in range")
    };
    std::iter::repeat_with(port)
        .take(1_000)
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("a free port")
}

/// The network in a process of its own, and `serve` in front of it with one account, channel and synced template.
pub struct Gateway {
    _network: Process,
    /// Where the network listens.
    pub network: SocketAddr,
    environment: Vec<(String, String)>,
}

impl Gateway {
    /// With these faults; `journal`: the network's witness.
    pub fn start(folder: &Path, journal: &Path, faults: &Value) -> (Self, Server) {
        let profile = folder.join("profile.json");
        std::fs::write(&profile, faults.to_string()).expect("a temporary folder");
        let (profile, journal) = (profile.to_str().expect("UTF-8"), journal.to_str().expect("UTF-8"));
        let listen = ["network", "serve", "--json", "--listen", "127.0.0.1:0", "--speed", "60"];
        let rest = ["--profile", profile, "--journal", journal];
        let mut network = Process::start(&[&listen[..], &rest].concat(), &[]);
        let ready: Value = serde_json::from_str(&network.line()).expect("a ready line");
        let text = |name: &str| ready[name].as_str().unwrap_or_default().to_owned();
        let ports = (fixed_port(), fixed_port());
        let environment = [
            ("STENTOR_STORE_DATA_DIR", folder.join("data").display().to_string()),
            ("STENTOR_SERVER_LISTEN", format!("127.0.0.1:{}", ports.0)),
            ("STENTOR_SERVER_ADMIN_LISTEN", format!("127.0.0.1:{}", ports.1)),
            ("STENTOR_UPSTREAM_KIND", "cloud_api".to_owned()),
            ("STENTOR_UPSTREAM_BASE_URL", text("url")),
            ("STENTOR_UPSTREAM_TOKEN", text("token")),
            ("STENTOR_UPSTREAM_APP_SECRET", text("app_secret")),
            // A test receives its webhooks itself.
            ("STENTOR_WEBHOOKS_ALLOW_PRIVATE", "true".to_owned()),
        ];
        let environment = environment.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let address = address_of(&text("url")).expect("a URL");
        let gateway = Self { _network: network, network: address, environment };
        let mut server = Server::ready(gateway.serve());
        let told = json!({"url": format!("http://{}/upstream/webhook", server.address)}).to_string();
        let answer = Http::new(address).ask("POST", "/sim/webhook", ("Accept", "*/*"), told.as_bytes());
        answer.expect("an answer").ok();
        furnish(&mut server);
        (gateway, server)
    }

    /// Another process of the same gateway.
    pub fn serve(&self) -> Process {
        self.serve_with(&[], &[])
    }

    /// The same with these arguments and variables more.
    pub fn serve_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Process {
        let own = self.environment.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let all: Vec<_> = own.chain(environment.iter().copied()).collect();
        Process::start(&[&["serve", "--json"], arguments].concat(), &all)
    }
}

/// The id of what an operator made.
fn id(made: &Value) -> String {
    made["id"].as_str().map_or_else(|| made["id"].to_string(), str::to_owned)
}

fn furnish(server: &mut Server) {
    server.account = id(&server.admin("POST", "/admin/v1/accounts", &json!({"name": "crash"})));
    server.admin("POST", &server.in_account("/terms"), &json!({}));
    let number = json!({"display_phone_number": "4930000000"});
    let channel = server.admin("POST", &server.in_account("/channels"), &number);
    server.channel = id(&channel);
    server.api_key = channel["api_key"].as_str().expect("a key").to_owned();
    server.admin("PATCH", &format!("/admin/v1/channels/{}", server.channel), &json!({"rate_per_s": 1000}));
    let definition = json!({
        "name": "marketing_text_no_param", "language": "en", "category": "MARKETING",
        "components": [{"type": "BODY", "text": "News for you."}],
    });
    let template = server.admin("POST", &server.in_account("/templates"), &definition);
    for to in ["APPROVED", "synced"] {
        let path = server.in_account(&format!("/templates/{}/move", id(&template)));
        server.admin("POST", &path, &json!({"to": to}));
    }
}
