//! What goes wrong with media, in the API's errors: 100 for parameters, 131053 for the file itself.

use std::io;
use std::time::Duration;

use http::StatusCode;
use stentor_core::admission::{Refused, Words};
use stentor_core::media::Unfit;
use stentor_core::reason::dialog360;

use crate::api::error::ApiError;
use crate::media::{FolderError, FormError, RelayError};

/// Media upload error.
const UPLOAD: u32 = 131_053;

impl From<Unfit> for ApiError {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::Type { .. } | Unfit::Empty => Self::new(100, unfit.to_string()),
            Unfit::TooLarge { .. } | Unfit::OtherContent { .. } => Self::new(UPLOAD, unfit.to_string()),
        }
    }
}

impl From<FormError> for ApiError {
    fn from(error: FormError) -> Self {
        match error {
            FormError::Folder(error) => error.into(),
            FormError::TooLarge { .. } => Self::new(UPLOAD, error.to_string()),
            other => Self::new(100, other.to_string()),
        }
    }
}

impl From<FolderError> for ApiError {
    /// A full quota is for somebody to mend: 400. A full disk may pass by itself: 503.
    fn from(error: FolderError) -> Self {
        match error {
            FolderError::Full { .. } => Self::new(UPLOAD, error.to_string()),
            FolderError::Io(error) => error.into(),
        }
    }
}

impl From<io::Error> for ApiError {
    fn from(error: io::Error) -> Self {
        tracing::error!(%error, "the media folder cannot be used");
        if error.kind() == io::ErrorKind::StorageFull {
            let details = "no space left on the server's disk: nothing was stored";
            return Self::new(130_429, details).with_status(StatusCode::SERVICE_UNAVAILABLE).retry_after(1);
        }
        Self::internal()
    }
}

impl From<RelayError> for ApiError {
    /// The upstream's refusal is ours; its silence is a 502.
    fn from(error: RelayError) -> Self {
        match error {
            RelayError::Refused { http, code, details } => Self::new(code, details).with_status(http),
            RelayError::Unreachable(why) => {
                tracing::warn!(why, "the upstream did not answer about a medium");
                Self::new(131_016, "the upstream did not answer: ask again")
                    .with_status(StatusCode::BAD_GATEWAY)
            }
        }
    }
}

/// Above a limit of speed, in 360dialog's words.
pub fn too_fast(details: &str, after: Duration) -> ApiError {
    let words = Words::Exactly(dialog360::RATE_LIMIT);
    let seconds = after.as_secs() + u64::from(after.subsec_nanos() > 0);
    ApiError::from(Refused { words, ..Refused::new(130_429, details) }).retry_after(seconds.max(1))
}
