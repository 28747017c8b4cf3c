//! `multipart/form-data` with one file in it, read as it comes and written to the folder; and the same the other way.
//! What a field's value means is the caller's; what the form itself must be is said here.

use std::error::Error as _;
use std::sync::Arc;

use axum::body::Body;
use http_body_util::{BodyDataStream, BodyExt as _};
use hyper::body::Bytes;
use multer::{Constraints, Field, Multipart, SizeLimit};
use stentor_core::media::{BYTES_MAX, supported};
use tokio::io::{AsyncReadExt as _, BufReader};
use tokio_util::io::ReaderStream;

use super::folder::{Folder, FolderError, Incoming, Received};
use super::stream::BLOCK_BYTES;

/// Bytes of a field that is no file.
const FIELD_BYTES_MAX: usize = 4_096;
/// Fields beside the file.
const FIELDS_MAX: usize = 16;
/// What the form adds to its file at most: parts' heads and the other fields.
const OVERHEAD_BYTES_MAX: u64 = 1 << 20;

/// A form that was read to its end.
#[derive(Debug)]
pub struct Form {
    /// The file.
    pub file: Received,
    /// `Content-Type` of its part.
    pub declared: Option<String>,
    /// As its part calls it.
    pub file_name: Option<String>,
    /// The other fields, in order.
    pub fields: Vec<(String, String)>,
}

impl Form {
    /// The first field of that name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Why a form is not taken; each names the field or the fix.
#[derive(Debug, thiserror::Error)]
pub enum FormError {
    /// Not `multipart/form-data` with a boundary.
    #[error(
        "Content-Type: must be multipart/form-data with a boundary, as an HTTP library makes it for a file"
    )]
    NoForm,
    /// The body is not what its head says.
    #[error("the form cannot be read: {0}")]
    Broken(String),
    /// No file.
    #[error("file: is missing; send the file as the form's field `file`, with a file name and its type")]
    NoFile,
    /// More than one.
    #[error("file: stands there twice; one request uploads one file")]
    TwoFiles,
    /// A value that no field has.
    #[error("{0}: over {FIELD_BYTES_MAX} bytes, or more than {FIELDS_MAX} fields")]
    Field(String),
    /// Larger than its type, or any, may be.
    #[error("file: over {max} bytes")]
    TooLarge {
        /// What its type may have at most.
        max: u64,
    },
    /// Where it is to be kept.
    #[error(transparent)]
    Folder(#[from] FolderError),
}

impl From<multer::Error> for FormError {
    fn from(error: multer::Error) -> Self {
        match error {
            multer::Error::NoBoundary | multer::Error::NoMultipart | multer::Error::DecodeContentType(_) => {
                Self::NoForm
            }
            multer::Error::StreamSizeExceeded { .. } => Self::TooLarge { max: BYTES_MAX },
            multer::Error::IncompleteStream | multer::Error::IncompleteFieldData { .. } => {
                Self::Broken("it ends before its last boundary (or the boundary is another one)".to_owned())
            }
            other => Self::Broken(match other.source() {
                Some(cause) => format!("{other}: {cause}"),
                None => other.to_string(),
            }),
        }
    }
}

/// Reads a form whose file goes to the folder. A file over the limit of its type is read on and dropped, so that the
/// sender hears the answer.
///
/// # Errors
/// [`FormError`]; then nothing of it is kept.
pub async fn read<B>(content_type: Option<&str>, body: B, folder: &Arc<Folder>) -> Result<Form, FormError>
where
    B: hyper::body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>> + Send + 'static,
{
    let boundary = multer::parse_boundary(content_type.unwrap_or_default())?;
    let limit = SizeLimit::new().whole_stream(BYTES_MAX + OVERHEAD_BYTES_MAX);
    let stream = BodyDataStream::new(body);
    let mut form = Multipart::with_constraints(stream, boundary, Constraints::new().size_limit(limit));
    let (mut fields, mut file) = (Vec::new(), None);
    while let Some(mut field) = form.next_field().await? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "file" {
            if file.is_some() {
                return Err(FormError::TwoFiles);
            }
            let declared = field.content_type().map(ToString::to_string);
            let file_name = field.file_name().map(str::to_owned);
            file = Some((take(&mut field, declared.as_deref(), folder).await?, declared, file_name));
        } else if fields.len() < FIELDS_MAX && field.file_name().is_none() {
            let value = value(&mut field, &name).await?;
            fields.push((name, value));
        } else if field.file_name().is_none() {
            return Err(FormError::Field(name));
        }
    }
    let (file, declared, file_name) = file.ok_or(FormError::NoFile)?;
    Ok(Form { file: file?, declared, file_name, fields })
}

/// The file; an inner error is told once the rest of the form has been read.
async fn take(
    field: &mut Field<'_>,
    declared: Option<&str>,
    folder: &Arc<Folder>,
) -> Result<Result<Received, FormError>, FormError> {
    let max = declared.and_then(supported).map_or(BYTES_MAX, |known| known.kind.bytes_max());
    let mut incoming = begin(folder).await;
    while let Some(bytes) = field.chunk().await? {
        write(&mut incoming, &bytes, max).await;
    }
    Ok(finish(incoming).await)
}

async fn begin(folder: &Arc<Folder>) -> Result<Incoming, FormError> {
    Ok(folder.receive().await?)
}

/// The first trouble ends the file, not the reading of it.
async fn write(incoming: &mut Result<Incoming, FormError>, bytes: &[u8], max: u64) {
    let Ok(file) = incoming else { return };
    let written = match file.size() + bytes.len() as u64 > max {
        true => Err(FormError::TooLarge { max }),
        false => file.write(bytes).await.map_err(FormError::from),
    };
    if let Err(error) = written {
        *incoming = Err(error);
    }
}

async fn finish(incoming: Result<Incoming, FormError>) -> Result<Received, FormError> {
    Ok(incoming?.finish().await?)
}

async fn value(field: &mut Field<'_>, name: &str) -> Result<String, FormError> {
    let mut value = Vec::new();
    while let Some(bytes) = field.chunk().await? {
        if value.len() + bytes.len() > FIELD_BYTES_MAX {
            return Err(FormError::Field(name.to_owned()));
        }
        value.extend_from_slice(&bytes);
    }
    Ok(String::from_utf8_lossy(&value).trim().to_owned())
}

/// A body that is the file itself, without a form around it.
///
/// # Errors
/// As [`read`].
pub async fn raw<B>(mut body: B, max: u64, folder: &Arc<Folder>) -> Result<Received, FormError>
where
    B: hyper::body::Body<Data = Bytes> + Unpin,
    B::Error: std::fmt::Display,
{
    let (mut incoming, mut read) = (begin(folder).await, 0);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| FormError::Broken(format!("it breaks off: {error}")))?;
        let Ok(bytes) = frame.into_data() else { continue };
        read += bytes.len() as u64;
        if read > BYTES_MAX + OVERHEAD_BYTES_MAX {
            break;
        }
        write(&mut incoming, &bytes, max).await;
    }
    finish(incoming).await
}

/// A form as a body: `Content-Type`, `Content-Length` and the bytes, read from the file as they are sent.
pub fn encode(
    file: tokio::fs::File,
    size: u64,
    (mime, file_name): (&str, &str),
    fields: &[(&str, &str)],
) -> (String, u64, Body) {
    let boundary = format!("stentor{}", super::folder::hex(&crate::clock::random::<16>()));
    let mut head = String::new();
    for (name, value) in fields {
        head +=
            &format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    }
    let called: String =
        file_name.chars().map(|c| if matches!(c, '"' | '\r' | '\n' | '\\') { '_' } else { c }).collect();
    head += &format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{called}\"\r\n\
         Content-Type: {mime}\r\n\r\n"
    );
    let tail = format!("\r\n--{boundary}--\r\n");
    let length = head.len() as u64 + size + tail.len() as u64;
    let all = std::io::Cursor::new(head.into_bytes())
        .chain(BufReader::new(file).take(size))
        .chain(std::io::Cursor::new(tail.into_bytes()));
    let body = Body::from_stream(ReaderStream::with_capacity(all, BLOCK_BYTES));
    (format!("multipart/form-data; boundary={boundary}"), length, body)
}
