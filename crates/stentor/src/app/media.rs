//! The media folder of this data folder: opened with the program, kept in step with the store while it runs.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use stentor_core::media::UrlKey;
use stentor_store::Store;

use super::{OpenError, limits};
use crate::api::AppState;
use crate::api::media::Desk;
use crate::clock::Clock;
use crate::config::Config;
use crate::lifecycle::Lifecycle;
use crate::media::{Folder, sweep};
use crate::network::links::{Fetch, Links};

/// How often contents that no row wants any more are looked for: rows go by the janitor, their files here.
const SWEEP_EVERY: Duration = Duration::from_mins(10);

/// The desk over `media/` in the data folder.
pub async fn open(data_dir: &Path, config: &Config, store: &Store) -> Result<Desk, OpenError> {
    let folder = data_dir.join("media");
    let opened = Folder::open(&folder, config.media.quota_mib);
    let opened = opened.map_err(|source| OpenError::Media { folder, source })?;
    let key = UrlKey(store.secret("media_url", crate::clock::random()).await?);
    Ok(Desk::new(Arc::new(opened), key, limits::media(config)))
}

/// Fetches media that are given as a link, for the network of this process.
pub fn links(config: &Config, clock: Clock) -> Result<Option<Arc<Links>>, OpenError> {
    let fetch = Fetch::parse(&config.network.fetch_links);
    Ok(Some(Arc::new(Links::new(fetch, config.webhooks.allow_private, clock)?)))
}

/// Sweeps at the start and then again and again, until the program stops.
pub fn keep_up(state: &Arc<AppState>, life: &Lifecycle) {
    let (state, ends) = (Arc::clone(state), life.clone());
    life.start(async move {
        loop {
            if let Err(error) = sweep(&state.store, &state.media.folder).await {
                tracing::warn!(%error, "the media folder was not swept; another time");
            }
            let next = state.clock.now() + SWEEP_EVERY;
            tokio::select! {
                () = ends.stopping() => return,
                () = state.clock.wait_until(next) => {}
            }
        }
    });
}
