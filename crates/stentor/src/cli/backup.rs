//! `backup`: a copy of a data folder, also of one whose server runs.

use serde_json::json;
use stentor_core::time::Timestamp;

use super::args::BackupArgs;
use super::exit::{Done, Stop};
use super::{print, work};
use crate::backup::{Order, Taken, take};
use crate::clock::{Clock, instant};

/// Runs `backup`.
///
/// # Errors
/// As every command: exit code and line; also when a content had to be left out.
pub async fn run(args: BackupArgs) -> Done {
    let BackupArgs { into, data, keep, mib_per_sec, json: as_json } = args;
    let (data_dir, began) = (work::data_dir(data)?, instant());
    let taken = work::run(move |watch| {
        let order = Order {
            data_dir: &data_dir,
            into: &into,
            now: Clock::system(Timestamp::from_millis(0), 1.0).now(),
            mib_per_sec_max: mib_per_sec,
            keep: keep.and_then(|n| usize::try_from(n).ok()),
        };
        take(&order, watch)
    })
    .await?;
    let took = began.elapsed();
    let Taken { folder, manifest, new_contents: (new, new_bytes), damaged, forgotten } = &taken;
    let (messages, media) = (manifest.rows.get("message").copied().unwrap_or(0), manifest.media.len());
    if as_json {
        print::json(&json!({
            "folder": folder, "taken_at": manifest.taken_at, "bytes": manifest.bytes(), "messages": messages,
            "media": media, "new_media": new, "new_media_bytes": new_bytes, "damaged_media": damaged,
            "forgotten_backups": forgotten, "took_ms": u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        }))?;
    } else {
        print::line(format!("{}", folder.display()))?;
        print::line(format!(
            "{messages} messages, {media} media ({new} new), {} MiB, {:.1} s",
            manifest.bytes() >> 20,
            took.as_secs_f64()
        ))?;
        if *forgotten > 0 {
            print::line(format!("older backups that went: {forgotten}"))?;
        }
    }
    match damaged.as_slice() {
        [] => Ok(()),
        some => Err(Stop::failed(format!(
            "the backup is complete but for {} damaged media, left out: `stentor verify` names them",
            some.len()
        ))),
    }
}
