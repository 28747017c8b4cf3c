//! `media`: upload, show, download, delete, through the customer API as a customer does it. Files are streamed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::body::Body;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{Method, Request};
use serde_json::Value;
use stentor_core::media::{SUPPORTED, Supported, supported};
use tokio::io::AsyncWriteExt as _;

use super::args::{MediaCommand, OfMedia};
use super::client::{Server, escaped, refusal};
use super::exit::{Done, Exit, Stop};
use super::json::text;
use super::print;
use crate::media::encode;
use crate::outbound::Flow;

/// A hundred megabytes over a slow line.
const UPLOAD_WITHIN: Duration = Duration::from_mins(10);
const ANSWER_WITHIN: Duration = Duration::from_secs(60);
/// Bytes of an answer in JSON.
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// Runs `media`.
///
/// # Errors
/// As every command: exit code and line; what the API refuses is [`Exit::Refused`] with its own words.
pub async fn run(command: MediaCommand) -> Done {
    match command {
        MediaCommand::Upload { file, mime, of } => upload(&file, mime, &Customer::find(of)?).await,
        MediaCommand::Show { id, of } => {
            let customer = Customer::find(of)?;
            let shown =
                customer.json(request(Method::GET, &format!("/{}", escaped(&id)), Body::empty())).await?;
            if customer.json {
                return print::json(&shown);
            }
            for name in ["id", "mime_type", "file_size", "sha256", "url"] {
                print::line(format!("{name:<10} {}", text(&shown[name])))?;
            }
            Ok(())
        }
        MediaCommand::Download { id, out, of } => download(&id, out, &Customer::find(of)?).await,
        MediaCommand::Delete { id, of } => {
            let customer = Customer::find(of)?;
            let path = format!("/{}", escaped(&id));
            let said = customer.json(request(Method::DELETE, &path, Body::empty())).await?;
            if customer.json { print::json(&said) } else { print::line(format!("{id} is deleted")) }
        }
    }
}

/// A server, and the key to ask it with.
struct Customer {
    server: Server,
    key: String,
    json: bool,
}

impl Customer {
    fn find(of: OfMedia) -> Result<Self, Stop> {
        let server = Server::find(&of.client)?;
        let key = of.api_key.or_else(|| server.api_key.clone()).ok_or_else(|| {
            let line = "the channel's API key is missing: give it with --api-key or STENTOR_API_KEY";
            Stop::new(Exit::Usage, line)
        })?;
        Ok(Self { server, key, json: of.client.json })
    }

    async fn json(&self, request: Request<Body>) -> Result<Value, Stop> {
        let mut flow = self.server.flow(request, &self.key, UPLOAD_WITHIN).await?;
        let said = whole(&mut flow).await;
        refusal(flow.status, &said).map_or(Ok(said), Err)
    }
}

async fn whole(flow: &mut Flow) -> Value {
    let mut body = Vec::new();
    while let Some(Ok(bytes)) = flow.next().await {
        body.extend_from_slice(&bytes);
        if body.len() > ANSWER_BYTES_MAX {
            break;
        }
    }
    serde_json::from_slice(&body).unwrap_or_default()
}

fn request(method: Method, path: &str, body: Body) -> Request<Body> {
    let mut request = Request::new(body);
    *request.method_mut() = method;
    // A path that is none is told by the server: the root has no such medium.
    *request.uri_mut() = path.parse().unwrap_or_default();
    request
}

async fn upload(file: &Path, mime: Option<String>, customer: &Customer) -> Done {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let Some(mime) = mime.or_else(|| by_name(&name).map(|is| is.mime.to_owned())) else {
        let line = format!("{}: its name does not say its type; give it with --type", file.display());
        return Err(Stop::new(Exit::Usage, line));
    };
    let unreadable = |error| Stop::failed(format!("{} cannot be read: {error}", file.display()));
    let opened = tokio::fs::File::open(file).await.map_err(unreadable)?;
    let size = opened.metadata().await.map_err(unreadable)?.len();
    let fields = [("messaging_product", "whatsapp"), ("type", mime.as_str())];
    let (form, length, body) = encode(opened, size, (&mime, &name), &fields);
    let mut request = request(Method::POST, "/media", body);
    let form =
        form.parse().map_err(|_| Stop::new(Exit::Usage, "the type holds characters that no header has"))?;
    request.headers_mut().insert(CONTENT_TYPE, form);
    request.headers_mut().insert(CONTENT_LENGTH, length.into());
    let said = customer.json(request).await?;
    if customer.json { print::json(&said) } else { print::line(text(&said["id"])) }
}

/// The type that a file's ending stands for.
fn by_name(name: &str) -> Option<&'static Supported> {
    let ending = name.rsplit_once('.')?.1.to_ascii_lowercase();
    let ending = if ending == "jpeg" { "jpg" } else { &ending };
    SUPPORTED.iter().find(|is| is.extension == ending)
}

async fn download(id: &str, out: Option<PathBuf>, customer: &Customer) -> Done {
    let shown = customer.json(request(Method::GET, &format!("/{}", escaped(id)), Body::empty())).await?;
    let url = shown["url"].as_str().and_then(|url| url.parse::<http::Uri>().ok());
    let path = url.as_ref().and_then(http::Uri::path_and_query).map(ToString::to_string);
    let path = path.ok_or_else(|| Stop::failed(format!("the server gives no URL for {id}")))?;
    let asked = request(Method::GET, &path, Body::empty());
    let mut flow = customer.server.flow(asked, &customer.key, ANSWER_WITHIN).await?;
    if !flow.status.is_success() {
        let said = whole(&mut flow).await;
        return Err(refusal(flow.status, &said).unwrap_or_else(|| Stop::failed("the download was refused")));
    }
    let ending = shown["mime_type"].as_str().and_then(supported).map_or("bin", |is| is.extension);
    let out = out.unwrap_or_else(|| PathBuf::from(format!("{id}.{ending}")));
    let unwritable = |error| Stop::failed(format!("{} cannot be written: {error}", out.display()));
    let mut file = tokio::fs::File::create(&out).await.map_err(unwritable)?;
    let mut size = 0;
    while let Some(bytes) = flow.next().await {
        let bytes = bytes.map_err(|failure| Stop::failed(format!("the download broke off: {failure}")))?;
        file.write_all(&bytes).await.map_err(unwritable)?;
        size += bytes.len();
    }
    file.flush().await.map_err(unwritable)?;
    match customer.json {
        true => print::json(&serde_json::json!({"id": id, "file": out, "bytes": size})),
        false => print::line(format!("{} ({size} bytes)", out.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ending_stands_for_a_type() {
        for (name, mime) in [
            ("a.JPG", Some("image/jpeg")),
            ("a.b.jpeg", Some("image/jpeg")),
            ("a.m4a", Some("audio/mp4")),
            ("a.docx", Some("application/vnd.openxmlformats-officedocument.wordprocessingml.document")),
            ("a.exe", None),
            ("jpg", None),
        ] {
            assert_eq!(by_name(name).map(|is| is.mime), mime, "{name}");
        }
    }
}
