//! Media at the upstream: uploaded from our disk, looked up, fetched and deleted there; ids and handles are the
//! upstream's own. Asked by the API through [`Relay`]; nothing is repeated here.

use std::time::Duration;

use axum::body::Body;
use http::header::{
    ACCEPT_RANGES, AUTHORIZATION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, RANGE, USER_AGENT,
};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri};
use serde::de::DeserializeOwned;
use serde_json::Value;
use stentor_core::id::ChannelId;
use stentor_wire::reader::tree;
use url::form_urlencoded::Serializer;

use super::{CloudApi, Refused, Wrapped};
use crate::media::{Arrived, Received, Relay, RelayError, Relayed, Sample, Shown, encode, stream};
use crate::outbound::{Failure, Flow};

/// A hundred megabytes over a slow line.
const UPLOAD_WITHIN: Duration = Duration::from_mins(5);
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// Bytes of an answer in JSON.
const ANSWER_BYTES_MAX: usize = 64 * 1_024;
/// Meta's own API, and where it gives media out.
const META: &str = "https://graph.facebook.com";
const META_MEDIA: &str = "https://lookaside.fbsbx.com";
/// Of a download's answer, what the caller gets.
const KEPT: [http::HeaderName; 4] = [CONTENT_TYPE, CONTENT_LENGTH, CONTENT_RANGE, ACCEPT_RANGES];

#[derive(serde::Deserialize)]
struct Made {
    id: String,
}

#[derive(serde::Deserialize)]
struct Finished {
    h: String,
}

/// Where media are downloaded from, where nobody says otherwise.
pub(super) fn media_root(base: &str, configured: &str) -> String {
    let root = match configured {
        "" if base == META => META_MEDIA,
        "" => base,
        configured => configured,
    };
    root.trim_end_matches('/').to_owned()
}

impl Relay for CloudApi {
    fn upload<'a>(
        &'a self,
        channel: ChannelId,
        file: &'a Received,
        named: Sample<'a>,
    ) -> Relayed<'a, String> {
        Box::pin(async move {
            let fields = [("messaging_product", "whatsapp"), ("type", named.mime)];
            let opened = file.open().await.map_err(disk)?;
            let (form, length, body) = encode(opened, file.size, (named.mime, named.file_name), &fields);
            let mut request = self.about(Method::POST, &format!("{channel}/media"), body)?;
            request.headers_mut().insert(CONTENT_TYPE, header(&form)?);
            request.headers_mut().insert(CONTENT_LENGTH, length.into());
            Ok(self.json::<Made>(request, UPLOAD_WITHIN).await?.id)
        })
    }

    fn show<'a>(&'a self, channel: ChannelId, id: &'a str) -> Relayed<'a, Shown> {
        Box::pin(async move {
            let request = self.about(Method::GET, &of_number(id, channel), Body::empty())?;
            Ok(Shown { body: self.json::<Value>(request, ANSWER_WITHIN).await? })
        })
    }

    fn delete<'a>(&'a self, channel: ChannelId, id: &'a str) -> Relayed<'a, ()> {
        Box::pin(async move {
            let request = self.about(Method::DELETE, &of_number(id, channel), Body::empty())?;
            self.json::<Value>(request, ANSWER_WITHIN).await.map(drop)
        })
    }

    fn download<'a>(&'a self, path_and_query: &'a str, range: Option<&'a str>) -> Relayed<'a, Arrived> {
        Box::pin(async move {
            let mut request =
                self.to(&format!("{}{path_and_query}", self.inner.media_root), Body::empty())?;
            if let Some(range) = range {
                request.headers_mut().insert(RANGE, header(range)?);
            }
            let flow = self.inner.outbound.flow(request, ANSWER_WITHIN).await.map_err(silent)?;
            if !flow.status.is_success() {
                return Err(refused(flow).await);
            }
            let mut headers = HeaderMap::new();
            for name in KEPT {
                if let Some(value) = flow.headers.get(&name) {
                    headers.insert(name, value.clone());
                }
            }
            Ok(Arrived { status: flow.status, headers, body: Body::new(flow) })
        })
    }

    fn sample<'a>(&'a self, file: &'a Received, named: Sample<'a>) -> Relayed<'a, String> {
        Box::pin(async move {
            let query = Serializer::new(String::new())
                .append_pair("file_name", named.file_name)
                .append_pair("file_length", &file.size.to_string())
                .append_pair("file_type", named.mime)
                .finish();
            let begin = self.about(Method::POST, &format!("app/uploads?{query}"), Body::empty())?;
            let session = self.json::<Made>(begin, ANSWER_WITHIN).await?.id;
            let body = stream(file.open().await.map_err(disk)?, None).await.map_err(disk)?;
            let mut write = self.about(Method::POST, &session, body)?;
            write.headers_mut().insert("file_offset", HeaderValue::from_static("0"));
            write.headers_mut().insert(CONTENT_LENGTH, file.size.into());
            Ok(self.json::<Finished>(write, UPLOAD_WITHIN).await?.h)
        })
    }
}

impl CloudApi {
    /// A request to `{base}/{version}/{path}`.
    fn about(&self, method: Method, path: &str, body: Body) -> Result<Request<Body>, RelayError> {
        let mut request = self.to(&format!("{}/{path}", self.inner.root), body)?;
        *request.method_mut() = method;
        Ok(request)
    }

    fn to(&self, url: &str, body: Body) -> Result<Request<Body>, RelayError> {
        let no_url = |_| RelayError::Refused {
            http: StatusCode::NOT_FOUND,
            code: 100,
            details: "an id that no URL can hold".to_owned(),
        };
        let mut request = Request::new(body);
        *request.uri_mut() = url.parse::<Uri>().map_err(no_url)?;
        if let Some(token) = self.inner.headers.get(AUTHORIZATION) {
            request.headers_mut().insert(AUTHORIZATION, token.clone());
        }
        // Meta's media host refuses requests without one.
        request.headers_mut().insert(USER_AGENT, HeaderValue::from_static("stentor"));
        Ok(request)
    }

    async fn json<T: DeserializeOwned>(
        &self,
        request: Request<Body>,
        within: Duration,
    ) -> Result<T, RelayError> {
        let flow = self.inner.outbound.flow(request, within).await.map_err(silent)?;
        if !flow.status.is_success() {
            return Err(refused(flow).await);
        }
        let body = whole(flow).await?;
        serde_json::from_slice(&body)
            .map_err(|_| RelayError::Unreachable("an answer that cannot be read".to_owned()))
    }
}

fn of_number(id: &str, channel: ChannelId) -> String {
    let id: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
    format!("{id}?phone_number_id={channel}")
}

/// The upstream's error, whole.
async fn refused(flow: Flow) -> RelayError {
    let http = flow.status;
    let body = match whole(flow).await {
        Ok(body) => body,
        Err(error) => return error,
    };
    match tree(&body).and_then(serde_json::from_value) {
        Ok(Refused::Bare { error } | Refused::Wrapped { detail: Wrapped { error } }) => {
            RelayError::Refused { http, code: error.code, details: error.details() }
        }
        Err(_) if http.is_client_error() => {
            RelayError::Refused { http, code: 100, details: format!("the upstream answered {http}") }
        }
        Err(_) => RelayError::Unreachable(format!("{http} without Meta's error")),
    }
}

async fn whole(mut flow: Flow) -> Result<Vec<u8>, RelayError> {
    let read = async {
        let mut body = Vec::new();
        while let Some(bytes) = flow.next().await {
            body.extend_from_slice(&bytes.map_err(silent)?);
            if body.len() > ANSWER_BYTES_MAX {
                return Err(RelayError::Unreachable("an answer that does not end".to_owned()));
            }
        }
        Ok(body)
    };
    tokio::time::timeout(ANSWER_WITHIN, read).await.unwrap_or_else(|_| Err(silent(Failure::Timeout)))
}

fn silent(failure: Failure) -> RelayError {
    RelayError::Unreachable(failure.to_string())
}

fn disk(error: std::io::Error) -> RelayError {
    RelayError::Unreachable(format!("our own copy: {error}"))
}

fn header(text: &str) -> Result<HeaderValue, RelayError> {
    HeaderValue::from_str(text)
        .map_err(|_| RelayError::Unreachable("a header that cannot be sent".to_owned()))
}
