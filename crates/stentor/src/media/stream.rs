//! A file, or a piece of it, as a body that is read while it is sent.

use std::io;

use axum::body::Body;
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use tokio_util::io::ReaderStream;

/// Bytes read at once.
pub(super) const BLOCK_BYTES: usize = 64 * 1_024;

/// A piece of a file, as `Range: bytes=first-last` asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first byte.
    pub first: u64,
    /// The last byte.
    pub last: u64,
}

impl Span {
    /// What a `Range` header asks for of `size` bytes. `None`: the whole (no header, several ranges, another unit);
    /// `Some(None)`: nothing of it is there (416). RFC 9110, section 14.
    #[must_use]
    pub fn of(header: Option<&str>, size: u64) -> Option<Option<Self>> {
        let (first, last) = header?.trim().strip_prefix("bytes=")?.split_once('-')?;
        let end = size.checked_sub(1);
        match (first.trim(), last.trim()) {
            ("", last) => {
                let n: u64 = last.parse().ok()?;
                Some(end.filter(|_| n > 0).map(|end| Self { first: size.saturating_sub(n), last: end }))
            }
            (first, last) => {
                let first: u64 = first.parse().ok()?;
                let last: u64 = if last.is_empty() { u64::MAX } else { last.parse().ok()? };
                if last < first {
                    return None;
                }
                Some(end.filter(|end| first <= *end).map(|end| Self { first, last: last.min(end) }))
            }
        }
    }

    /// How many bytes that are.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        self.last - self.first + 1
    }
}

/// The file, or a piece of it, as a body.
///
/// # Errors
/// The disk.
pub async fn stream(mut file: File, span: Option<Span>) -> io::Result<Body> {
    let Some(span) = span else {
        return Ok(Body::from_stream(ReaderStream::with_capacity(file, BLOCK_BYTES)));
    };
    file.seek(io::SeekFrom::Start(span.first)).await?;
    Ok(Body::from_stream(ReaderStream::with_capacity(file.take(span.bytes()), BLOCK_BYTES)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_what_the_standard_says() {
        let span = |first, last| Some(Some(Span { first, last }));
        for (header, expected) in [
            ("bytes=0-3", span(0, 3)),
            ("bytes=2-", span(2, 9)),
            ("bytes=-4", span(6, 9)),
            ("bytes=-40", span(0, 9)),
            ("bytes=8-400", span(8, 9)),
            ("bytes=10-", Some(None)),
            ("bytes=-0", Some(None)),
            ("bytes=3-2", None),
            ("bytes=0-1,4-5", None),
            ("items=0-1", None),
        ] {
            assert_eq!(Span::of(Some(header), 10), expected, "{header}");
        }
        assert_eq!(Span::of(None, 10), None);
        assert_eq!(Span::of(Some("bytes=0-0"), 0), Some(None));
    }
}
