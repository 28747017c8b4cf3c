//! `stentor serve`: the gateway in front of a real upstream. Seeds nothing; says what comes next while there is no account.

use std::path::{Path, PathBuf};

use stentor_core::registry::{Character, UpstreamKind};
use tokio_rustls::TlsAcceptor;

use super::args::ServeArgs;
use super::exit::{Done, Exit, Stop};
use super::host::{self, Listener};
use super::print;
use crate::api::Serves;
use crate::app::{App, Setup};
use crate::config::Config;
use crate::data_folder::Running;
use crate::lifecycle::Lifecycle;

/// Runs until Ctrl-C or SIGTERM.
///
/// # Errors
/// [`Stop`] with the line for stderr.
pub async fn run(args: ServeArgs) -> Done {
    let mut config = host::config(args.config.as_deref())?;
    host::start_logging(&config)?;
    config.server.listen = args.listen.unwrap_or(config.server.listen);
    config.server.admin_listen = args.admin_listen.unwrap_or(config.server.admin_listen);
    let usage = |line: String| Stop::new(Exit::Usage, line);
    complete(&config).map_err(usage)?;
    let data_dir = match args.data {
        Some(dir) => dir,
        None => config.data_dir().map_err(|e| usage(e.to_string()))?,
    };
    host::make_folder(&data_dir)?;
    let data_dir = std::path::absolute(&data_dir).unwrap_or(data_dir);
    let tls = certificates(&config)?;
    let customers = host::bind(&config.server.listen).await?;
    let operators = host::bind(&config.server.admin_listen).await?;
    for listener in [&customers, &operators] {
        guard_public(listener, &config, tls.is_some())?;
    }
    let upstream = UpstreamKind::parse(&config.upstream.kind);
    let setup = Setup {
        config,
        data_dir: data_dir.clone(),
        upstream,
        character: Character::Gateway,
        speed: 1.0,
        admin_key: None,
    };
    let mut app = App::open(setup).await.map_err(host::open_failed)?;
    app.start().await.map_err(Stop::failed)?;
    let signalled = Lifecycle::signalled();
    let running = Running {
        pid: std::process::id(),
        url: host::url(&customers, tls.is_some()).map_err(Stop::failed)?,
        admin_url: host::url(&operators, tls.is_some()).map_err(Stop::failed)?,
        admin_key: app.admin_key.clone(),
        api_key: None,
        ca_file: None,
    };
    let customers = Listener { tcp: customers, tls: tls.clone(), front: app.front(Serves::Customers) };
    let operators = Listener { tcp: operators, tls, front: app.front(Serves::Operators) };
    host::listen(&app, vec![customers, operators]);
    running.write(&data_dir).map_err(Stop::failed)?;
    announce(&app, &running, &data_dir, upstream, args.json)?;
    host::until_stopped(app, &data_dir, args.json, signalled).await
}

/// What a real upstream cannot do without: named now, not found out with the first message.
fn complete(config: &Config) -> Result<(), String> {
    let upstream = &config.upstream;
    if UpstreamKind::parse(&upstream.kind) != Some(UpstreamKind::CloudApi) {
        return Ok(());
    }
    let needed = [
        ("token", &upstream.token, "the access token that sends messages"),
        ("app_secret", &upstream.app_secret, "it signs the statuses that come to /upstream/webhook"),
    ];
    match needed.iter().find(|(_, value, _)| value.trim().is_empty()) {
        None => Ok(()),
        Some((key, _, what)) => Err(format!(
            "`upstream.{key}` is required with upstream.kind = \"cloud_api\": {what}; set it in the configuration or \
             as STENTOR_UPSTREAM_{}",
            key.to_uppercase()
        )),
    }
}

fn announce(
    app: &App,
    running: &Running,
    data_dir: &Path,
    upstream: Option<UpstreamKind>,
    json: bool,
) -> Done {
    if json {
        let ready = serde_json::json!({
            "event": "ready",
            "url": running.url,
            "admin_url": running.admin_url,
            "admin_key": running.admin_key,
            "data_dir": data_dir,
            "upstream": upstream.map(UpstreamKind::as_str),
        });
        return print::line(ready.to_string());
    }
    print::line(format!("Stentor {} - {}", env!("CARGO_PKG_VERSION"), through(upstream)))?;
    print::line(format!("  API    {}", running.url))?;
    print::line(format!("  Admin  {}", running.admin_url))?;
    print::line(format!("  Data   {}", data_dir.display()))?;
    if app.state.directory.snapshot().accounts().next().is_none() {
        let (program, data) = (host::program(), host::quoted(data_dir));
        print::line("There is no account yet. Next:")?;
        print::line(format!("  {program} account create NAME --id WABA_ID --data {data}"))?;
        print::line(format!("  {program} account terms WABA_ID accept --data {data}"))?;
        print::line(format!("  {program} channel create WABA_ID NUMBER --id PHONE_NUMBER_ID --data {data}"))?;
    }
    Ok(())
}

fn through(upstream: Option<UpstreamKind>) -> &'static str {
    match upstream {
        Some(UpstreamKind::CloudApi) => "sends through Meta's Graph API.",
        Some(UpstreamKind::Simulated) => "SIMULATED: nothing leaves this machine.",
        None => {
            "no upstream yet: set upstream.kind (and its token) in the configuration; until then nothing is sent."
        }
    }
}

fn certificates(config: &Config) -> Result<Option<TlsAcceptor>, Stop> {
    let (certificate, key) = (&config.server.tls_certificate, &config.server.tls_key);
    match (certificate.is_empty(), key.is_empty()) {
        (true, true) => Ok(None),
        (false, false) => {
            let files = (PathBuf::from(certificate), PathBuf::from(key));
            crate::tls::from_files(&files.0, &files.1)
                .map(Some)
                .map_err(|e| Stop::new(Exit::Usage, e.to_string()))
        }
        _ => Err(Stop::new(
            Exit::Usage,
            "server.tls_certificate and server.tls_key go together: set both or neither",
        )),
    }
}

/// Keys and numbers do not travel in the clear: beyond this machine only with TLS, or behind a proxy that ends it.
fn guard_public(listener: &tokio::net::TcpListener, config: &Config, tls: bool) -> Done {
    let address = listener.local_addr().map_err(Stop::failed)?;
    if address.ip().is_loopback() || tls || config.server.behind_proxy {
        return Ok(());
    }
    let line = format!(
        "{address} is reachable from other machines and has no TLS: set server.tls_certificate and server.tls_key, or \
         server.behind_proxy = true when a proxy ends TLS in front of it"
    );
    Err(Stop::new(Exit::Usage, line))
}
