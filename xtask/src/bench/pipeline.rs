//! `bench pipeline`: accepted -> sent -> delivered -> read, with the network, the receiver and the load as processes of
//! their own on the same machine; without webhooks and with three a message, one or several in a POST.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};
use tokio::net::TcpStream;

use super::load::{Load, exchange, post, run as run_load};
use super::meter::{Stretch, cpu_of, micros_each, ratio, resident_mib};
use super::program::{Process, address, build, command, field};
use crate::say::say;

/// The statuses are those of the specification's own recipient, who reads everything; sixty times faster than life.
const SPEED: &str = "60";
/// How long the last message may take after the load has ended.
const PATIENCE: Duration = Duration::from_secs(120);
/// Events in one POST, for a receiver that reads all of them.
const IN_A_POST_MAX: usize = 16;

/// What the customer is told.
#[derive(Clone, Copy)]
enum Webhooks {
    None,
    /// Each status of a message, so many in a POST at most.
    Three {
        in_a_post_max: usize,
    },
}

/// What to measure.
#[derive(Args)]
pub struct Options {
    /// Messages.
    #[arg(long, default_value_t = 80_000)]
    messages: u64,
    /// Channels they leave by; each sends at most 1,000 a second, and all of them more than the machine can.
    #[arg(long, default_value_t = 16)]
    channels: usize,
    /// Keep-alive connections of the load.
    #[arg(long, default_value_t = 64)]
    connections: usize,
    #[command(flatten)]
    build: super::Build,
}

/// Everything that runs, ended with this value.
struct World {
    program: PathBuf,
    network: Process,
    stentor: Process,
    receiver: Process,
    receiver_address: SocketAddr,
    address: SocketAddr,
    admin_url: String,
    admin_key: String,
    keys: Vec<String>,
}

/// Measures and prints.
pub async fn run(root: &Path, options: &Options) -> Result<(), String> {
    let program = build(root, &options.build.profile)?;
    say(format!(
        "build profile {}; {} messages over {} channels; all processes share the machine",
        options.build.profile, options.messages, options.channels
    ));
    say(
        "webhooks       end to end msg/s   accept msg/s   CPU us/msg: stentor  network  receiver   steal  RSS MiB",
    );
    let three = |in_a_post_max| Webhooks::Three { in_a_post_max };
    for webhooks in [Webhooks::None, three(1), three(IN_A_POST_MAX)] {
        let folder = root.join("target").join("bench-pipeline");
        let _ = std::fs::remove_dir_all(&folder);
        let world = World::start(&program, &folder, options.channels, webhooks)?;
        measure(&world, options, webhooks).await?;
        drop(world);
        let _ = std::fs::remove_dir_all(&folder);
    }
    Ok(())
}

async fn measure(world: &World, options: &Options, webhooks: Webhooks) -> Result<(), String> {
    let pids = [world.stentor.id(), world.network.id(), world.receiver.id()];
    let (stretch, before) = (Stretch::begin(), pids.map(cpu_of));
    let keys: Vec<String> = world.keys.iter().map(|key| format!("D360-API-KEY: {key}")).collect();
    let load = Load {
        address: world.address,
        connections: options.connections,
        lasts: Duration::from_secs(600),
        requests_max: options.messages,
        request: Arc::new(move |number| request(&keys, number)),
    };
    let report = run_load(load).await;
    if report.failed > 0 {
        return Err(format!("{} failed, first: {}", report.failed, report.first_failure.unwrap_or_default()));
    }
    let accepted = stretch.lasted();
    world.finish(options.messages, webhooks).await?;
    let lasted = stretch.lasted();
    let each: Vec<f64> =
        pids.iter().zip(before).map(|(pid, was)| micros_each(cpu_of(*pid) - was, report.ok)).collect();
    say(format!(
        "{:12} {:18.0} {:14.0} {:21.1} {:8.1} {:9.1} {:7.3} {:8}",
        webhooks.name(),
        ratio(report.ok, 1) / lasted.as_secs_f64(),
        ratio(report.ok, 1) / accepted.as_secs_f64(),
        each[0],
        each[1],
        each[2],
        stretch.steal(),
        resident_mib(pids[0])
    ));
    Ok(())
}

fn request(keys: &[String], number: u64) -> Vec<u8> {
    let body = r#"{"messaging_product":"whatsapp","recipient_type":"individual","to":"441234567890","type":"template","template":{"name":"bench","language":{"policy":"deterministic","code":"en"}},"message_activity_sharing":true}"#;
    let turn = usize::try_from(number).unwrap_or(0) % keys.len();
    post("/marketing_messages", &keys[turn], body)
}

impl Webhooks {
    fn name(self) -> String {
        match self {
            Self::None => "none".to_owned(),
            Self::Three { in_a_post_max: 1 } => "3 a msg".to_owned(),
            Self::Three { in_a_post_max } => format!("3, {in_a_post_max} a POST"),
        }
    }
}

impl World {
    fn start(program: &Path, folder: &Path, channels: usize, webhooks: Webhooks) -> Result<Self, String> {
        let network = ["network", "serve", "--listen", "127.0.0.1:0", "--json", "--speed", SPEED];
        let profile = folder.with_extension("json");
        std::fs::write(&profile, r#"{"name":"bench","throttle_per_sec":1000000,"reply_ms":0}"#)
            .map_err(|e| e.to_string())?;
        let profile = profile.display().to_string();
        let (network, ready) =
            Process::start(program, &[&network[..], &["--profile", &profile]].concat(), &[])?;
        let (base, token, secret) =
            (field(&ready, "url")?, field(&ready, "token")?, field(&ready, "app_secret")?);
        let (receiver, receiver_address) = Process::own("receiver")?;
        let data = folder.display().to_string();
        let in_a_post_max = match webhooks {
            Webhooks::None => 1,
            Webhooks::Three { in_a_post_max } => in_a_post_max,
        };
        let in_a_post_max = in_a_post_max.to_string();
        let environment = [
            ("STENTOR_LOG_LEVEL", "error"),
            ("STENTOR_STORE_DATA_DIR", data.as_str()),
            ("STENTOR_SERVER_LISTEN", "127.0.0.1:0"),
            ("STENTOR_SERVER_ADMIN_LISTEN", "127.0.0.1:0"),
            ("STENTOR_UPSTREAM_KIND", "cloud_api"),
            ("STENTOR_UPSTREAM_BASE_URL", base.as_str()),
            ("STENTOR_UPSTREAM_TOKEN", token.as_str()),
            ("STENTOR_UPSTREAM_APP_SECRET", secret.as_str()),
            ("STENTOR_WEBHOOKS_ALLOW_PRIVATE", "true"),
            ("STENTOR_WEBHOOKS_BATCH_EVENTS_MAX", in_a_post_max.as_str()),
        ];
        let (stentor, ready) = Process::start(program, &["serve", "--json"], &environment)?;
        let (url, admin_url) = (field(&ready, "url")?, field(&ready, "admin_url")?);
        let mut world = Self {
            program: program.to_owned(),
            network,
            stentor,
            receiver,
            receiver_address,
            address: address(&url)?,
            admin_url,
            admin_key: field(&ready, "admin_key")?,
            keys: Vec::new(),
        };
        let told = crate::http::request(
            &base,
            "POST",
            "/sim/webhook",
            ("Authorization", &format!("Bearer {token}")),
            Some(&json!({"url": format!("{url}/upstream/webhook")})),
        );
        told.map_err(|e| format!("the network's webhook: {e}"))?;
        world.furnish(channels, webhooks)?;
        Ok(world)
    }

    /// One account with its channels, one synced template and, if asked for, the receiver as its endpoint.
    fn furnish(&mut self, channels: usize, webhooks: Webhooks) -> Result<(), String> {
        let account = text(&self.command(&["account", "create", "bench"])?, &["account_id", "id"])?;
        self.command(&["account", "terms", &account, "accept"])?;
        self.command(&["account", "set", &account, "marketing_cap_24h=0", "marketing_cap_7d=0"])?;
        for n in 0..channels {
            let number = (4_930_000_000_usize + n).to_string();
            let channel = self.command(&["channel", "create", &account, &number])?;
            let id = text(&channel, &["channel_id", "phone_number_id", "id"])?;
            // Everything goes to one person, who reads.
            self.command(&[
                "channel",
                "set",
                &id,
                "character=gateway",
                "rate_per_s=1000",
                "pair_limit=false",
            ])?;
            self.keys.push(text(&channel, &["api_key", "key"])?);
        }
        let file = std::env::temp_dir().join(format!("stentor-bench-{}.json", std::process::id()));
        let template = json!({"name": "bench", "language": "en", "category": "MARKETING", "components": [{"type": "BODY", "text": "News for you."}]});
        std::fs::write(&file, template.to_string()).map_err(|e| e.to_string())?;
        let path = file.display().to_string();
        self.command(&["template", "create", &path, "--account", &account])?;
        let _ = std::fs::remove_file(&file);
        for to in ["APPROVED", "synced"] {
            self.command(&["template", "move", "bench", to, "--account", &account])?;
        }
        if let Webhooks::Three { .. } = webhooks {
            let url = format!("http://{}/webhook", self.receiver_address);
            self.command(&["webhook", "set", &url, "--account", &account])?;
        }
        Ok(())
    }

    fn command(&self, arguments: &[&str]) -> Result<Value, String> {
        command(&self.program, &self.admin_url, &self.admin_key, arguments)
    }

    /// Waits until every message is read and, if asked for, every webhook has arrived.
    async fn finish(&self, messages: u64, webhooks: Webhooks) -> Result<(), String> {
        let waiting = Stretch::begin();
        loop {
            let read = self.command(&["status"])?["by_state"]["read"].as_u64().unwrap_or(0);
            let told = match webhooks {
                Webhooks::None => messages,
                Webhooks::Three { .. } => self.told().await?,
            };
            if read >= messages && told >= messages {
                return Ok(());
            }
            if waiting.lasted() > PATIENCE {
                return Err(format!("after {PATIENCE:?}: {read} read, {told} reads told, of {messages}"));
            }
            pause().await;
        }
    }

    /// How many `read` statuses the receiver was told, once every kind has been.
    async fn told(&self) -> Result<u64, String> {
        let mut stream = TcpStream::connect(self.receiver_address).await.map_err(|e| e.to_string())?;
        let mut buffer = Vec::new();
        exchange(&mut stream, &post("/", "X: y", "\"count\""), &mut buffer).await;
        let body =
            buffer.windows(4).position(|w| w == b"\r\n\r\n").map(|at| &buffer[at + 4..]).unwrap_or_default();
        let counts: Vec<u64> = serde_json::from_slice(body).map_err(|e| e.to_string())?;
        Ok(counts.iter().take(3).copied().min().unwrap_or(0))
    }
}

#[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
async fn pause() {
    tokio::time::sleep(Duration::from_millis(100)).await;
}

/// The first of these fields that is there, as text.
fn text(body: &Value, names: &[&str]) -> Result<String, String> {
    let found = names.iter().find_map(|name| match &body[*name] {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    });
    found.ok_or_else(|| format!("no {} in {body}", names[0]))
}
