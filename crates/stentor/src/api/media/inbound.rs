//! Media that come in with a person's message: given an id that works for a week. Called for simulated people, who send
//! what they are told to; a real upstream keeps its inbound media itself.

use stentor_core::id::{AccountId, ChannelId};
use stentor_core::media::{self, BYTES_MAX, INBOUND_LIFE, MediaKind};
use stentor_store::{Media, MediaOrigin};

use super::upload;
use crate::api::error::ApiError;
use crate::api::state::AppState;

/// What a person sends.
#[derive(Clone, Debug)]
pub struct Sent<'a> {
    /// Its type; any at all.
    pub mime: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Documents have a name.
    pub file_name: Option<&'a str>,
}

/// Takes in what a person sent; the medium, with the id that the webhook names.
///
/// # Errors
/// 131052 above 100 MB, which the webhook is to tell instead; the disk, the store.
pub async fn receive(
    state: &AppState,
    account: AccountId,
    channel: ChannelId,
    sent: Sent<'_>,
) -> Result<Media, ApiError> {
    if sent.bytes.len() as u64 > BYTES_MAX {
        return Err(ApiError::new(
            131_052,
            "Media file size too big. Max file size we currently support: 100MB.",
        ));
    }
    let mut incoming = state.media.folder.receive().await?;
    incoming.write(sent.bytes).await?;
    let file = incoming.finish().await?;
    let now = state.clock.now();
    let medium = Media {
        id: upload::fresh_id(),
        account,
        channel,
        origin: MediaOrigin::Inbound,
        mime: media::bare(sent.mime),
        sha256: file.sha256,
        size: file.size,
        file_name: sent.file_name.map(str::to_owned),
        created_at: now,
        expires_at: now + INBOUND_LIFE,
    };
    upload::keep(state, file, medium.clone(), now).await?;
    Ok(medium)
}

/// A small true file of a kind, for a simulated person who was told to send one and given none.
#[must_use]
pub const fn specimen(kind: MediaKind) -> Sent<'static> {
    let (mime, bytes, file_name): (&str, &[u8], Option<&str>) = match kind {
        MediaKind::Image => ("image/png", PNG, None),
        MediaKind::Sticker => ("image/webp", WEBP, None),
        MediaKind::Audio => ("audio/ogg", OGG, None),
        MediaKind::Video => ("video/mp4", MP4, None),
        MediaKind::Document => ("application/pdf", PDF, Some("document.pdf")),
    };
    Sent { mime, bytes, file_name }
}

/// One pixel.
const PNG: &[u8] =
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\x0dIDAT\
    \x78\x9c\x63\xf8\xcf\xc0\xf0\x1f\0\x05\0\x01\xff\x89\x99\x3d\x1d\0\0\0\0IEND\xaeB`\x82";
/// One pixel, lossless.
const WEBP: &[u8] = b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\0\0\0\x10\x07\x10\x11\x11\x88\x88\xfe\x07\0";
/// The first page of an Opus stream: its identification, mono at 48 kHz.
const OGG: &[u8] =
    b"OggS\0\x02\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\x01\x13OpusHead\x01\x01\0\0\x80\xbb\0\0\0\0\0";
/// A file type box and an empty movie.
const MP4: &[u8] = b"\0\0\0\x18ftypisom\0\0\x02\0isommp41\0\0\0\x08free";
/// One empty page.
const PDF: &[u8] =
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj \
    3 0 obj<</Type/Page/MediaBox[0 0 72 72]/Parent 2 0 R>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specimens_are_what_they_are_declared_as() {
        for kind in
            [MediaKind::Image, MediaKind::Sticker, MediaKind::Audio, MediaKind::Video, MediaKind::Document]
        {
            let sent = specimen(kind);
            let is = media::judge(sent.mime, sent.bytes, sent.bytes.len() as u64).expect("fit to be sent");
            assert_eq!(is.kind, kind);
        }
    }
}
