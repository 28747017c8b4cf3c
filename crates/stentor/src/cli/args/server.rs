//! Flags of the commands that go on: `dev`, `serve`, `network serve`.

use std::path::PathBuf;

use clap::Args;

/// `dev`
#[derive(Debug, Args)]
pub struct DevArgs {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8360")]
    pub listen: String,
    /// The data folder; default: the platform's data directory.
    #[arg(long, value_name = "DIR", conflicts_with = "ephemeral")]
    pub data: Option<PathBuf>,
    /// Keep nothing: a temporary folder, gone at the end.
    #[arg(long)]
    pub ephemeral: bool,
    /// The seed of the simulated people.
    #[arg(long)]
    pub seed: Option<u64>,
    /// How much faster the network's time runs (1 to 3600).
    #[arg(long, default_value_t = 1.0, value_parser = speed)]
    pub speed: f64,
    /// Serve HTTPS with a certificate authority of its own.
    #[arg(long)]
    pub tls: bool,
    /// Print one JSON line when ready, and nothing else on stdout.
    #[arg(long)]
    pub json: bool,
    /// A configuration file; none is needed.
    #[arg(long)]
    pub config: Option<PathBuf>,
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if (1.0..=3600.0).contains(&speed) => Ok(speed),
        _ => Err("1 to 3600 is allowed".to_owned()),
    }
}

/// `serve`
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// The configuration file (`stentor config` prints one).
    #[arg(long)]
    pub config: Option<PathBuf>,
    /// The data folder, over the configuration's.
    #[arg(long)]
    pub data: Option<PathBuf>,
    /// The customer API's address, over the configuration's.
    #[arg(long)]
    pub listen: Option<String>,
    /// The admin API's address, over the configuration's.
    #[arg(long)]
    pub admin_listen: Option<String>,
    /// Print one JSON line when ready, and nothing else on stdout.
    #[arg(long)]
    pub json: bool,
}

/// `network serve`
#[derive(Debug, Args)]
pub struct NetworkServeArgs {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8370")]
    pub listen: String,
    /// The seed of the simulated people.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The fault profile: a name or a JSON file.
    #[arg(long, default_value = "calm")]
    pub profile: String,
    /// How much faster its time runs (1 to 3600).
    #[arg(long, default_value_t = 1.0, value_parser = speed)]
    pub speed: f64,
    /// A file that gets a JSON line for everything taken.
    #[arg(long)]
    pub journal: Option<PathBuf>,
    /// Where statuses go (`http://127.0.0.1:8361/upstream/webhook`).
    #[arg(long)]
    pub webhook: Option<String>,
    /// Signs the statuses; default: a fresh one, printed.
    #[arg(long, env = "STENTOR_NETWORK_APP_SECRET", hide_env_values = true)]
    pub app_secret: Option<String>,
    /// The access token it asks for; default: a fresh one, printed.
    #[arg(long, env = "STENTOR_NETWORK_TOKEN", hide_env_values = true)]
    pub token: Option<String>,
    /// Print one JSON line when ready.
    #[arg(long)]
    pub json: bool,
}
