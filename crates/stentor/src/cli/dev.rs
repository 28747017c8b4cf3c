//! `stentor dev`: the offline twin. Seeds an empty data folder, serves both APIs on one address, shows the first screen.

pub mod first_screen;
pub mod seed;

use std::path::{Path, PathBuf};

use stentor_core::registry::{ApiKey, Character, UpstreamKind};
use stentor_store::RegistryChange;

use self::first_screen::{FirstScreen, first_screen};
use super::args::DevArgs;
use super::exit::{Done, Exit, Stop};
use super::host::{self, Listener};
use super::print;
use crate::api::Serves;
use crate::app::{App, Setup};
use crate::config::Config;
use crate::data_folder::{Credentials, Running};
use crate::lifecycle::Lifecycle;
use crate::registry::hash_key;

/// Runs until Ctrl-C or SIGTERM.
///
/// # Errors
/// [`Stop`] with the line for stderr.
pub async fn run(args: DevArgs) -> Done {
    let mut config = host::config(args.config.as_deref())?;
    quiet(&mut config);
    host::start_logging(&config)?;
    config.network.seed = args.seed.unwrap_or(config.network.seed);
    // The twin's own customers listen on this machine.
    config.webhooks.allow_private = true;
    let data_dir = folder(&args, &config)?;
    let result = Box::pin(serve(&args, config, &data_dir)).await;
    if args.ephemeral {
        let _ = std::fs::remove_dir_all(&data_dir);
    }
    result
}

async fn serve(args: &DevArgs, config: Config, data_dir: &Path) -> Done {
    let listener = host::bind(&args.listen).await?;
    let mut credentials = Credentials::load_or_make(data_dir, fresh_credentials).map_err(Stop::failed)?;
    let setup = Setup {
        config,
        data_dir: data_dir.to_owned(),
        upstream: Some(UpstreamKind::Simulated),
        character: Character::Twin,
        speed: args.speed,
        admin_key: Some(credentials.admin_key.clone()),
    };
    let mut app = App::open(setup).await.map_err(host::open_failed)?;
    seed(&app, &credentials).await.map_err(Stop::failed)?;
    renew_key(&app, &mut credentials, data_dir).await?;
    app.start().await.map_err(Stop::failed)?;
    let (acceptor, ca_file) = match args.tls {
        false => (None, None),
        true => {
            let (acceptor, ca_file) = crate::tls::own_authority(data_dir).map_err(Stop::failed)?;
            (Some(acceptor), Some(ca_file))
        }
    };
    let url = host::url(&listener, args.tls).map_err(Stop::failed)?;
    host::listen(&app, vec![Listener { tcp: listener, tls: acceptor, front: app.front(Serves::Both) }]);
    let signalled = Lifecycle::signalled();
    let running = Running {
        pid: std::process::id(),
        url: url.clone(),
        admin_url: url.clone(),
        admin_key: credentials.admin_key.clone(),
        api_key: Some(credentials.api_key.clone()),
        ca_file: ca_file.clone(),
    };
    running.write(data_dir).map_err(Stop::failed)?;
    if args.json {
        print::line(ready_json(&url, &credentials, data_dir))?;
    } else {
        print::line(screen(args, &url, &credentials, data_dir, ca_file.as_deref()).trim_end())?;
    }
    host::until_stopped(app, data_dir, args.json, signalled).await
}

/// The first start fills the empty folder; later ones find it filled.
async fn seed(app: &App, credentials: &Credentials) -> Result<(), stentor_store::StoreError> {
    let state = &app.state;
    if state.directory.snapshot().account(seed::ACCOUNT).is_some() {
        return Ok(());
    }
    let now = state.clock.now();
    let changes = seed::changes(now, credentials);
    state.directory.commit(&state.store, now, seed::audit(now), changes, Vec::new()).await
}

/// A key that was rotated away is not shown again: the seeded channel gets a fresh one beside those it has.
async fn renew_key(app: &App, credentials: &mut Credentials, data_dir: &Path) -> Result<(), Stop> {
    let state = &app.state;
    let hash = hash_key(&credentials.api_key);
    let stays = |key: &ApiKey| key.hash == hash && key.expires_at.is_none();
    if state.directory.snapshot().keys_of(seed::CHANNEL).iter().any(stays) {
        return Ok(());
    }
    credentials.api_key = fresh_credentials().api_key;
    // Noted first: a key that was noted and never made is renewed at the next start.
    credentials.write(data_dir).map_err(Stop::failed)?;
    let now = state.clock.now();
    let made = vec![RegistryChange::PutKey(seed::key(now, credentials))];
    let committed = state.directory.commit(&state.store, now, seed::key_audit(now), made, Vec::new());
    committed.await.map_err(Stop::failed)
}

/// Only what needs a person is logged beside the first screen, unless the configuration asks for more.
fn quiet(config: &mut Config) {
    if config.log.level == "info" {
        config.log.level = "warn".to_owned();
    }
}

fn folder(args: &DevArgs, config: &Config) -> Result<PathBuf, Stop> {
    let dir = match &args.data {
        _ if args.ephemeral => std::env::temp_dir().join(format!(
            "stentor-{}-{:08x}",
            std::process::id(),
            u32::from_le_bytes(crate::clock::random())
        )),
        Some(dir) => dir.clone(),
        None => config.data_dir().map_err(|e| Stop::new(Exit::Usage, e.to_string()))?,
    };
    host::make_folder(&dir)?;
    Ok(std::path::absolute(&dir).unwrap_or(dir))
}

fn fresh_credentials() -> Credentials {
    Credentials {
        api_key: format!("{}AK", host::fresh_word(24)),
        admin_key: host::fresh_word(40),
        webhook_secret: host::fresh_word(40),
    }
}

fn ready_json(url: &str, credentials: &Credentials, data_dir: &Path) -> String {
    serde_json::json!({
        "event": "ready",
        "url": url,
        "api_key": credentials.api_key,
        "admin_key": credentials.admin_key,
        "webhook_secret": credentials.webhook_secret,
        "account_id": seed::ACCOUNT.to_string(),
        "phone_number_id": seed::CHANNEL.to_string(),
        "display_phone_number": seed::DISPLAY_PHONE_NUMBER,
        "data_dir": data_dir,
    })
    .to_string()
}

fn screen(
    args: &DevArgs,
    url: &str,
    credentials: &Credentials,
    data_dir: &Path,
    ca_file: Option<&Path>,
) -> String {
    let is_default = args.data.is_none() && !args.ephemeral;
    let finds = if is_default { String::new() } else { format!(" --data {}", host::quoted(data_dir)) };
    let cacert = ca_file.map(|file| format!("--cacert {} ", host::quoted(file))).unwrap_or_default();
    let remark = if args.ephemeral { " (temporary: gone at the end)" } else { "" };
    first_screen(&FirstScreen {
        url,
        api_key: &credentials.api_key,
        webhook_secret: &credentials.webhook_secret,
        data: &format!("{}{remark}", data_dir.display()),
        program: &host::program(),
        finds: &finds,
        cacert: &cacert,
        channel: seed::CHANNEL.0,
    })
}
