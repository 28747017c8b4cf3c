//! Media and resumable uploads: rows about content that lies in a folder. Account first; what has expired is not found.

use stentor_core::id::{AccountId, MediaId};
use stentor_core::time::Timestamp;

use crate::rows::{Result, Rows};
use crate::tx::Tx;
use crate::{Media, StoreError, UploadSession};

pub(crate) fn put(tx: &mut Tx<'_>, media: &Media) -> Result<()> {
    match tx.rows.media(media.id)? {
        Some(_) => Err(StoreError::Conflict(format!("media id {} is taken: draw another", media.id))),
        None => tx.rows.put_media(media),
    }
}

/// The medium, if it is of that account and has not expired.
pub(crate) fn get(rows: &dyn Rows, now: Timestamp, account: AccountId, id: MediaId) -> Result<Option<Media>> {
    Ok(rows.media(id)?.filter(|media| media.account == account && now < media.expires_at))
}

pub(crate) fn delete(
    tx: &mut Tx<'_>,
    now: Timestamp,
    account: AccountId,
    id: MediaId,
) -> Result<Option<Media>> {
    let found = get(tx.rows, now, account, id)?;
    if found.is_some() {
        tx.rows.delete_media(id)?;
    }
    Ok(found)
}

pub(crate) fn keep(tx: &mut Tx<'_>, now: Timestamp, account: AccountId, id: MediaId) -> Result<bool> {
    let Some(media) = get(tx.rows, now, account, id)? else { return Ok(false) };
    tx.rows.put_media(&Media { expires_at: Timestamp::NEVER, ..media })?;
    Ok(true)
}

pub(crate) fn unreferenced(rows: &dyn Rows, hashes: Vec<[u8; 32]>) -> Result<Vec<[u8; 32]>> {
    let mut free = Vec::new();
    for hash in hashes {
        if !rows.is_media_content(&hash)? {
            free.push(hash);
        }
    }
    Ok(free)
}

pub(crate) fn session(
    rows: &dyn Rows,
    now: Timestamp,
    account: AccountId,
    token: &str,
) -> Result<Option<UploadSession>> {
    Ok(rows.upload(token)?.filter(|session| session.account == account && now < session.expires_at))
}

pub(crate) fn put_session(tx: &mut Tx<'_>, session: &UploadSession) -> Result<()> {
    match tx.rows.upload(&session.token)? {
        Some(_) => Err(StoreError::Conflict("this upload exists already: draw another token".to_owned())),
        None => tx.rows.put_upload(session),
    }
}

/// Books how far a session got; `false`: it is gone.
pub(crate) fn advance(
    tx: &mut Tx<'_>,
    now: Timestamp,
    account: AccountId,
    token: &str,
    file_offset: u64,
) -> Result<bool> {
    let Some(found) = session(tx.rows, now, account, token)? else { return Ok(false) };
    tx.rows.put_upload(&UploadSession { file_offset, ..found })?;
    Ok(true)
}

/// The session becomes a medium, in one transaction.
pub(crate) fn complete(tx: &mut Tx<'_>, now: Timestamp, token: &str, media: &Media) -> Result<bool> {
    if session(tx.rows, now, media.account, token)?.is_none() {
        return Ok(false);
    }
    put(tx, media)?;
    tx.rows.delete_upload(token)?;
    Ok(true)
}

pub(crate) fn ended_sessions(rows: &dyn Rows, tokens: Vec<String>) -> Result<Vec<String>> {
    let mut ended = Vec::new();
    for token in tokens {
        if rows.upload(&token)?.is_none() {
            ended.push(token);
        }
    }
    Ok(ended)
}
