//! What `dev` and `serve` share: configuration, folder, listeners, and the end.

use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use axum::extract::Request;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tower::service_fn;

use super::exit::{Done, Exit, Stop};
use crate::api::Front;
use crate::app::{App, OpenError};
use crate::config::Config;
use crate::data_folder::Running;
use crate::open_files;
use crate::server::{self, BindError};

/// One address that is served.
pub struct Listener {
    /// Bound.
    pub tcp: TcpListener,
    /// With TLS.
    pub tls: Option<TlsAcceptor>,
    /// What is answered on it.
    pub front: Front,
}

/// The configuration: default, file, environment.
///
/// # Errors
/// The key and what is allowed.
pub fn config(file: Option<&Path>) -> Result<Config, Stop> {
    Config::load(file, std::env::vars()).map_err(|e| Stop::new(Exit::Usage, e.to_string()))
}

/// Starts logging to stderr.
///
/// # Errors
/// A level that is none.
pub fn start_logging(config: &Config) -> Done {
    crate::telemetry::start_logging(&config.log.level, config.log.json).map_err(|e| Stop::new(Exit::Usage, e))
}

/// Binds an address.
///
/// # Errors
/// Who holds it, or what is wrong with it.
pub async fn bind(address: &str) -> Result<TcpListener, Stop> {
    server::bind(address).await.map_err(|e| match e {
        BindError::InUse { .. } => Stop::new(Exit::InUse, e.to_string()),
        BindError::Unusable { .. } => Stop::new(Exit::Usage, e.to_string()),
    })
}

/// Why the program could not be opened, with its exit code.
#[must_use]
pub fn open_failed(error: OpenError) -> Stop {
    let line = error.to_string();
    match error {
        OpenError::Store(stentor_store::StoreError::InUse(_)) => Stop::new(Exit::InUse, line),
        OpenError::Store(_) | OpenError::Media { .. } => Stop::failed(line),
        OpenError::Upstream(_) | OpenError::CaFile(_) | OpenError::Config(_) => Stop::new(Exit::Usage, line),
    }
}

/// Makes the data folder, private to the user.
///
/// # Errors
/// When it cannot be made.
pub fn make_folder(dir: &Path) -> Done {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(|e| Stop::failed(format!("the data folder {} cannot be made: {e}", dir.display())))
}

/// `http://127.0.0.1:8360`
///
/// # Errors
/// When the system does not know its own socket.
pub fn url(listener: &TcpListener, tls: bool) -> std::io::Result<String> {
    let scheme = if tls { "https" } else { "http" };
    Ok(format!("{scheme}://{}", listener.local_addr()?))
}

/// Starts serving, with as many open files as the connections of these listeners and our own may need.
pub fn listen(app: &App, listeners: Vec<Listener>) {
    if let Err(line) = open_files::allow(app.connections_max(listeners.len())) {
        tracing::warn!("{line}");
    }
    let life = &app.state.lifecycle;
    for Listener { tcp, tls, front } in listeners {
        let service = service_fn(move |request: Request| {
            let front = front.clone();
            async move { Ok(front.answer(request).await) }
        });
        life.start(server::serve(tcp, tls, service, app.listener_limits(), life.clone()));
    }
}

/// Waits for Ctrl-C or SIGTERM, then ends everything in order.
///
/// # Errors
/// When something had to be cut off.
pub async fn until_stopped(
    app: App,
    data_dir: &Path,
    quiet: bool,
    signalled: impl Future<Output = ()>,
) -> Done {
    signalled.await;
    if !quiet {
        super::print::line("\nStopping: requests in flight finish first.")?;
    }
    let clean = app.finish().await;
    Running::remove(data_dir);
    if clean {
        Ok(())
    } else {
        Err(Stop::failed("stopped, but requests in flight were cut off after the grace period"))
    }
}

/// A fresh word of `length` letters and digits, from the system's randomness.
#[must_use]
pub fn fresh_word(length: usize) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789AZ";
    let bytes: [u8; 64] = crate::clock::random();
    bytes.iter().take(length).map(|b| char::from(LETTERS[usize::from(b & 63)])).collect()
}

/// How this program was started, so that a printed command works as printed.
#[must_use]
pub fn program() -> String {
    let zeroth = std::env::args().next().unwrap_or_else(|| "stentor".to_owned());
    quoted(Path::new(&zeroth))
}

/// A path as a shell reads it.
#[must_use]
pub fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:".contains(c);
    if text.chars().all(is_plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}
