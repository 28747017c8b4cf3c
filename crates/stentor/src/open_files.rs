//! How many files and connections this process may have open. The system's default is far below what a server is set to
//! hold; what it allows beyond that only has to be asked for.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Beside its connections: the database with its readers, the data folder, media that are read, what resolves names.
const BESIDE: u64 = 256;

/// Asks for room for so many connections.
///
/// # Errors
/// One line, with what is allowed and the fix, where the system allows fewer.
pub fn allow(connections: usize) -> Result<(), String> {
    let wanted = (connections as u64).saturating_add(BESIDE);
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= wanted) {
        return Ok(());
    }
    let allowed = limit.maximum.map_or(wanted, |most| most.min(wanted));
    let raised = setrlimit(Resource::Nofile, Rlimit { current: Some(allowed), ..limit });
    let open_max = if raised.is_ok() { allowed } else { limit.current.unwrap_or(allowed) };
    if open_max >= wanted {
        return Ok(());
    }
    Err(format!(
        "the system allows {open_max} open files, the configured connections need {wanted}: raise the limit (`ulimit -n`, LimitNOFILE=), or lower server.connections_max"
    ))
}
