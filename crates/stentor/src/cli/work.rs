//! Long work on files: on a thread of its own, told on stderr how far it is, stopped by Ctrl-C without leaving anything
//! half done.

use std::cell::Cell;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::exit::{Exit, Stop};
use super::{host, print};
use crate::backup::{Failed, Watch};
use crate::clock::instant;
use crate::lifecycle::Lifecycle;

/// Between two words about how far it is.
const SAY_EVERY: Duration = Duration::from_secs(1);

/// Does the work; Ctrl-C and SIGTERM are told to it, and waited for.
///
/// # Errors
/// As the work: exit code and line.
pub async fn run<T: Send + 'static>(
    work: impl FnOnce(&Watch<'_>) -> Result<T, Failed> + Send + 'static,
) -> Result<T, Stop> {
    let signalled = Lifecycle::signalled();
    let stop = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&stop);
    let mut running = tokio::task::spawn_blocking(move || {
        let said = Cell::new(instant());
        let speaks = std::io::stderr().is_terminal();
        work(&Watch {
            is_stopped: &|| told.load(Ordering::Relaxed),
            progress: &|what, done, all| {
                if speaks && said.get().elapsed() >= SAY_EVERY {
                    said.set(instant());
                    let of = if all == 0 { String::new() } else { format!(" of {}", all >> 20) };
                    print::aside(format!("{what}: {}{of} MiB", done >> 20));
                }
            },
        })
    });
    let ended = tokio::select! {
        ended = &mut running => ended,
        () = signalled => {
            stop.store(true, Ordering::Relaxed);
            running.await
        }
    };
    ended.map_err(Stop::failed)?.map_err(failed)
}

fn failed(failed: Failed) -> Stop {
    let exit = match failed {
        Failed::Refused(_) => Exit::Usage,
        _ => Exit::Failed,
    };
    Stop::new(exit, failed.to_string())
}

/// The data folder that is meant: given, configured, or the platform's.
///
/// # Errors
/// When nothing names one.
pub fn data_dir(given: Option<PathBuf>) -> Result<PathBuf, Stop> {
    match given {
        Some(dir) => Ok(dir),
        None => host::config(None)?.data_dir().map_err(|e| Stop::new(Exit::Usage, e.to_string())),
    }
}
