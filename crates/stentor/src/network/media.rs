//! Media as the network process keeps them, the Graph way: uploads, look-ups, downloads, resumable uploads. They live as
//! long as the process, in a folder of its own. Called by `serve` before a body is read.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Body;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, RANGE};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use serde_json::json;
use stentor_core::id::{AccountId, MediaId};
use stentor_core::media::{self, Handle, UPLOAD_LIFE, URL_LIFE, Unfit, UrlKey};
use stentor_core::time::Timestamp;

use super::graph::{Graph, query, reply};
use crate::media::{Folder, FolderError, FormError, Received, Span, hex, read, stream};

/// MiB of the process's folder.
const QUOTA_MIB: u64 = 2_048;
const UPLOAD: u32 = 131_053;

/// What it keeps.
#[derive(Debug)]
pub struct Kept {
    folder: Arc<Folder>,
    key: UrlKey,
    media: Mutex<HashMap<i64, Medium>>,
    uploads: Mutex<HashMap<String, Upload>>,
}

#[derive(Clone, Debug)]
struct Medium {
    mime: &'static str,
    sha256: [u8; 32],
    size: u64,
    expires_at: Timestamp,
}

#[derive(Clone, Debug)]
struct Upload {
    mime: &'static str,
    length: u64,
    offset: u64,
}

/// An answer: JSON, or a file.
pub type Answer = http_body_util::Either<Response<Full<Bytes>>, Response<Body>>;

/// Why not: HTTP status, code, details.
type Refused = (u16, u32, String);

impl Default for Kept {
    fn default() -> Self {
        Self {
            folder: Arc::new(Folder::temporary(QUOTA_MIB)),
            key: UrlKey(crate::clock::random()),
            media: Mutex::default(),
            uploads: Mutex::default(),
        }
    }
}

fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a path asks of media.
enum Asked {
    Upload,
    Show(MediaId),
    Delete(MediaId),
    Download,
    Begin,
    Progress(String),
    Write(String),
}

fn asked(method: &Method, path: &str) -> Option<Asked> {
    let mut segments = path.trim_matches('/').splitn(3, '/');
    let asks = (method.as_str(), segments.next()?, segments.next().unwrap_or_default(), segments.next());
    match asks {
        ("GET", "whatsapp_business", "attachments", None) => Some(Asked::Download),
        ("POST", _, _, Some("media")) => Some(Asked::Upload),
        ("POST", _, _, Some("uploads")) => Some(Asked::Begin),
        ("GET", _, id, None) if id.starts_with("upload:") => Some(Asked::Progress(id.to_owned())),
        ("POST", _, id, None) if id.starts_with("upload:") => Some(Asked::Write(id.to_owned())),
        ("GET", _, id, None) => Some(Asked::Show(id.parse().ok()?)),
        ("DELETE", _, id, None) => Some(Asked::Delete(id.parse().ok()?)),
        _ => None,
    }
}

/// Whether a request is about media.
pub fn is_about(request: &Request<Incoming>) -> bool {
    asked(request.method(), request.uri().path()).is_some()
}

/// Answers a request about media.
pub async fn answer(graph: &Graph, url: &str, request: Request<Incoming>) -> Answer {
    let token = request.headers().get(AUTHORIZATION);
    if token.is_none_or(|given| given.as_bytes() != graph.authorization.as_bytes()) {
        let details = "Invalid OAuth access token - Cannot parse access token";
        return Answer::Left(graph.error(401, 190, details));
    }
    let Some(asked) = asked(request.method(), request.uri().path()) else {
        return Answer::Left(graph.error(400, 2500, "An unknown path components was requested"));
    };
    let (kept, now) = (&graph.media, graph.network.now());
    let query = request.uri().query().unwrap_or_default().to_owned();
    let said = match asked {
        Asked::Download => match kept.download(&query, request.headers(), now).await {
            Ok(file) => return Answer::Right(file),
            Err(refused) => Err(refused),
        },
        Asked::Upload => kept.upload(request, now).await.map(|id| json!({"id": id.to_string()})),
        Asked::Show(id) => kept.shown(url, id, now),
        Asked::Delete(id) => {
            locked(&kept.media).remove(&id.0).map(|_| json!({"success": true})).ok_or_else(|| no_such(id))
        }
        Asked::Begin => kept.begin(&query),
        Asked::Progress(id) => kept.progress(&id),
        Asked::Write(id) => kept.write(&id, request, now).await,
    };
    Answer::Left(match said {
        Ok(said) => reply(200, said.to_string()),
        Err((http, code, details)) => graph.error(http, code, &details),
    })
}

fn no_such(id: MediaId) -> Refused {
    (400, 100, format!("Object with ID '{id}' does not exist, or does not support this operation"))
}

fn unfit(unfit: &Unfit) -> Refused {
    let code = if matches!(unfit, Unfit::Type { .. } | Unfit::Empty) { 100 } else { UPLOAD };
    (400, code, unfit.to_string())
}

fn disk(error: &dyn std::fmt::Display) -> Refused {
    (500, 131_000, error.to_string())
}

impl Kept {
    async fn upload(&self, request: Request<Incoming>, now: Timestamp) -> Result<MediaId, Refused> {
        let (head, body) = request.into_parts();
        let content_type = head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let form = read(content_type, body, &self.folder).await.map_err(|error| match error {
            FormError::TooLarge { .. } | FormError::Folder(_) => (400, UPLOAD, error.to_string()),
            other => (400, 100, other.to_string()),
        })?;
        let declared = form.field("type").or(form.declared.as_deref()).unwrap_or_default();
        let is = media::judge(declared, &form.file.head, form.file.size).map_err(|error| unfit(&error))?;
        self.keep(is.mime, form.file, now).await
    }

    async fn keep(&self, mime: &'static str, file: Received, now: Timestamp) -> Result<MediaId, Refused> {
        let (sha256, size, expires_at) = (file.sha256, file.size, now + UPLOAD_LIFE);
        let _gate = self.folder.place(file).await.map_err(|error| disk(&error))?;
        let drawn = u64::from_le_bytes(crate::clock::random()) % 9_000_000_000_000_000;
        let id = MediaId(1_000_000_000_000_000 + drawn.cast_signed());
        locked(&self.media).insert(id.0, Medium { mime, sha256, size, expires_at });
        Ok(id)
    }

    fn find(&self, id: MediaId, now: Timestamp) -> Result<Medium, Refused> {
        let found = locked(&self.media).get(&id.0).filter(|medium| now < medium.expires_at).cloned();
        found.ok_or_else(|| no_such(id))
    }

    fn shown(&self, url: &str, id: MediaId, now: Timestamp) -> Result<serde_json::Value, Refused> {
        let Medium { mime, sha256, size, .. } = self.find(id, now)?;
        Ok(json!({
            "messaging_product": "whatsapp",
            "url": format!("{url}{}", self.key.path(id, now + URL_LIFE)),
            "mime_type": mime,
            "sha256": hex(&sha256),
            "file_size": size,
            "id": id.to_string(),
        }))
    }

    async fn download(
        &self,
        asked: &str,
        headers: &HeaderMap,
        now: Timestamp,
    ) -> Result<Response<Body>, Refused> {
        let field = |name: &str| query(asked, name).unwrap_or_default();
        let id = field("mid").parse().map_err(|_| no_such(MediaId(0)))?;
        let ext = field("ext").parse().map_err(|_| no_such(id))?;
        self.key.check(id, ext, &field("hash"), now).map_err(|bad| (404, 100, bad.to_string()))?;
        let medium = self.find(id, now)?;
        let file = self.folder.read(&medium.sha256).await.map_err(|error| disk(&error))?;
        let file = file.ok_or_else(|| no_such(id))?;
        let range = headers.get(RANGE).and_then(|range| range.to_str().ok());
        let span = match Span::of(range, medium.size) {
            Some(None) => return Err((416, 100, "nothing of the range is there".to_owned())),
            span => span.flatten(),
        };
        let mut response = Response::new(stream(file, span).await.map_err(|error| disk(&error))?);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(medium.mime));
        headers.insert(CONTENT_LENGTH, span.map_or(medium.size, Span::bytes).into());
        if let Some(Span { first, last }) = span
            && let Ok(range) = HeaderValue::from_str(&format!("bytes {first}-{last}/{}", medium.size))
        {
            headers.insert(CONTENT_RANGE, range);
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        }
        Ok(response)
    }

    fn begin(&self, asked: &str) -> Result<serde_json::Value, Refused> {
        let field = |name: &str| query(asked, name).unwrap_or_default();
        let declared = field("file_type");
        let is = media::supported(&declared)
            .ok_or_else(|| unfit(&Unfit::Type { declared: media::bare(&declared) }))?;
        let length = field("file_length").parse().ok().filter(|n| (1..=is.kind.bytes_max()).contains(n));
        let length = length.ok_or_else(|| (400, 100, "Invalid parameter: file_length".to_owned()))?;
        let token = hex(&crate::clock::random::<24>());
        locked(&self.uploads).insert(token.clone(), Upload { mime: is.mime, length, offset: 0 });
        Ok(json!({"id": format!("upload:{token}")}))
    }

    fn find_upload(&self, id: &str) -> Result<(String, Upload), Refused> {
        let token = id.trim_start_matches("upload:").to_owned();
        let upload = locked(&self.uploads).get(&token).cloned();
        upload.map(|upload| (token, upload)).ok_or_else(|| (400, 100, format!("there is no upload {id}")))
    }

    fn progress(&self, id: &str) -> Result<serde_json::Value, Refused> {
        let (_, upload) = self.find_upload(id)?;
        Ok(json!({"id": id, "file_offset": upload.offset}))
    }

    async fn write(
        &self,
        id: &str,
        request: Request<Incoming>,
        now: Timestamp,
    ) -> Result<serde_json::Value, Refused> {
        let (token, mut upload) = self.find_upload(id)?;
        let (head, mut body) = request.into_parts();
        let offset = head.headers.get("file_offset").and_then(|n| n.to_str().ok()?.trim().parse().ok());
        let offset = offset.unwrap_or(0).min(upload.offset);
        let lost = |error: FolderError| disk(&error);
        let mut file = self.folder.resume(&token, offset).await.map_err(lost)?;
        while let Some(Ok(frame)) = http_body_util::BodyExt::frame(&mut body).await {
            let Ok(bytes) = frame.into_data() else { continue };
            if file.size() + bytes.len() as u64 > upload.length {
                return Err((400, 100, "the body goes beyond file_length".to_owned()));
            }
            file.write(&bytes).await.map_err(lost)?;
        }
        upload.offset = file.confirm().await.map_err(lost)?;
        let (offset, length) = (upload.offset, upload.length);
        let mime = upload.mime;
        locked(&self.uploads).insert(token.clone(), upload);
        if offset < length {
            return Ok(json!({"id": id, "file_offset": offset}));
        }
        let file = file.finish().await.map_err(lost)?;
        media::judge(mime, &file.head, file.size).map_err(|error| unfit(&error))?;
        let media = self.keep(mime, file, now).await?;
        locked(&self.uploads).remove(&token);
        let handle =
            Handle { account: AccountId(0), media, mime: mime.to_owned(), expires_at: now + UPLOAD_LIFE };
        Ok(json!({"h": handle.encode(&self.key)}))
    }
}
