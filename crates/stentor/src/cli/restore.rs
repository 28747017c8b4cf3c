//! `restore`: a data folder out of a backup, its queue held; and the word that ends the hold.

use std::path::{Path, PathBuf};

use serde_json::json;
use stentor_core::time::Timestamp;
use stentor_store::{Options, RestoredQueue, Store, StoreError};

use super::args::{Client, RestoreArgs, Resume};
use super::client::Server;
use super::exit::{Done, Exit, Stop};
use super::{host, print, work};
use crate::backup::lay;
use crate::clock::Clock;

/// Runs `restore`.
///
/// # Errors
/// As every command: exit code and line.
pub async fn run(args: RestoreArgs) -> Done {
    match (args.resume, args.from) {
        (Some(resume), _) => go_on(&args.data, resume, args.json).await,
        (None, Some(from)) => restore(from, args.data, args.json).await,
        (None, None) => Err(Stop::new(Exit::Usage, "name the backup to restore")),
    }
}

async fn restore(from: PathBuf, to: PathBuf, as_json: bool) -> Done {
    let into = to.clone();
    let laid = work::run(move |watch| lay(&from, &into, watch)).await?;
    let store = Store::open(laid.folder(), Options::default()).map_err(unusable)?;
    let taken_at = laid.manifest.taken_at();
    let held = settle(&store, RestoredQueue::Hold { taken_at }).await;
    store.close().await;
    drop(store);
    let held = held?;
    let (backup, manifest) = (laid.backup.clone(), laid.manifest.clone());
    laid.put().map_err(Stop::failed)?;
    if as_json {
        return print::json(&json!({
            "data_dir": to, "backup": backup, "taken_at": manifest.taken_at, "bytes": manifest.bytes(), "held": held,
        }));
    }
    print::line(format!("{} is restored from {}", to.display(), backup.display()))?;
    print::line(format!("What happened after {} is not in it.", manifest.taken_at))?;
    if held > 0 {
        let (program, data) = (host::program(), host::quoted(&to));
        print::line(format!(
            "{held} messages were queued then and may have been sent since. They are held:"
        ))?;
        print::line(format!(
            "  {program} restore --resume send --data-dir {data}     if nothing was sent since"
        ))?;
        print::line(format!("  {program} restore --resume settle --data-dir {data}   if it may have been"))?;
    }
    Ok(())
}

async fn go_on(data: &Path, resume: Resume, as_json: bool) -> Done {
    if !data.join(stentor_store::DATABASE).is_file() {
        return Err(Stop::new(Exit::NotFound, format!("{} is no data folder", data.display())));
    }
    let (moved, restored_to, is_running) = match Store::open(data, Options::default()) {
        Ok(store) => {
            let restored_to = store.counts().await.map_err(unusable)?.restored_to.map(|at| at.to_string());
            let moved = settle(&store, resume.queue()).await;
            store.close().await;
            (moved?, restored_to, false)
        }
        Err(StoreError::InUse(_)) => {
            let client = Client { data: Some(data.to_owned()), json: as_json, ..Client::default() };
            let asked = json!({"resume": resume.word()});
            let said = Server::find(&client)?.post("/admin/v1/restored", &asked).await?;
            let restored_to = said["restored_to"].as_str().map(str::to_owned);
            (said["messages"].as_u64().unwrap_or(0), restored_to, true)
        }
        Err(error) => return Err(unusable(error)),
    };
    if as_json {
        return print::json(&json!({"data_dir": data, "messages": moved, "restored_to": restored_to}));
    }
    print::line(match (resume, is_running) {
        (Resume::Send, false) => format!("{moved} messages leave when the server starts"),
        (Resume::Send, true) => format!("{moved} messages leave"),
        (Resume::Settle, _) => {
            format!("{moved} messages are unknown now: statuses or their deadlines settle them")
        }
    })
}

impl Resume {
    const fn queue(self) -> RestoredQueue {
        match self {
            Self::Send => RestoredQueue::Release,
            Self::Settle => RestoredQueue::Doubt,
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Settle => "settle",
        }
    }
}

async fn settle(store: &Store, queue: RestoredQueue) -> Result<u64, Stop> {
    let last_seen = store.last_seen().await.unwrap_or(Timestamp::from_millis(0));
    store.settle_restored(Clock::system(last_seen, 1.0).now(), queue).await.map_err(unusable)
}

fn unusable(error: StoreError) -> Stop {
    match error {
        StoreError::InUse(line) => Stop::new(Exit::InUse, line),
        other => Stop::failed(other),
    }
}
