//! A `stentor dev` of its own and a webhook receiver, for every test.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use meta_whatsapp::transport::{Method, Request, RequestBody, Response, Transport};
use meta_whatsapp::{Error, Result};
use serde_json::{Value, json};

/// A running twin; ends with its owner.
pub struct Twin {
    process: Child,
    pub ready: Value,
    receiver: tiny_http::Server,
}

impl Twin {
    /// Starts one, its webhooks coming here.
    pub fn start() -> Self {
        let program = std::env::var("STENTOR_BIN").expect("STENTOR_BIN names the program");
        let mut process = Command::new(program)
            .args(["dev", "--ephemeral", "--json", "--listen", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("stentor starts");
        let mut line = String::new();
        let out = process.stdout.take().expect("its output");
        BufReader::new(out).read_line(&mut line).expect("its ready line");
        let ready = serde_json::from_str(&line).expect("JSON");
        let receiver = tiny_http::Server::http("127.0.0.1:0").expect("a port");
        let twin = Self { process, ready, receiver };
        let url = format!("http://{}/", twin.receiver.server_addr());
        let config = twin.url("/v1/configs/webhook");
        let set = ureq::post(config).header("D360-API-KEY", twin.text("api_key")).send_json(json!({"url": url}));
        assert_eq!(set.expect("an answer").status(), 200);
        twin
    }

    pub fn text(&self, field: &str) -> &str {
        self.ready[field].as_str().expect("in the ready line")
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.text("url"))
    }

    /// A POST to the admin API.
    pub fn admin(&self, path: &str, body: Value) {
        let key = format!("Bearer {}", self.text("admin_key"));
        ureq::post(self.url(path)).header("Authorization", key).send_json(body).expect("done");
    }

    /// The next webhook: its exact bytes and its signature.
    pub fn webhook(&self) -> (Vec<u8>, String) {
        let request = self.receiver.recv_timeout(Duration::from_secs(60)).expect("a receiver");
        let mut request = request.expect("a webhook within 60 seconds");
        let mut body = Vec::new();
        request.as_reader().read_to_end(&mut body).expect("its body");
        let header = request.headers().iter().find(|h| h.field.equiv("X-Hub-Signature-256"));
        let signature = header.expect("signed").value.to_string();
        request.respond(tiny_http::Response::empty(200)).expect("answered");
        (body, signature)
    }
}

impl Drop for Twin {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Plain HTTP for the library.
pub struct Plain;

impl Transport for Plain {
    async fn execute(&self, request: Request<'_>) -> Result<Response> {
        let method = match request.method {
            Method::Get => "GET",
            Method::Delete => "DELETE",
            _ => "POST",
        };
        let (kind, body) = match request.body {
            RequestBody::Json(value) => (Some("application/json".to_owned()), value.to_string().into_bytes()),
            RequestBody::Multipart(upload) => {
                let (kind, body) = upload.encode();
                (Some(kind), body)
            }
            _ => (None, Vec::new()),
        };
        let mut built = ureq::http::Request::builder().method(method).uri(request.url);
        built = built.header("Authorization", format!("Bearer {}", request.token));
        if let Some(kind) = kind {
            built = built.header("Content-Type", kind);
        }
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let broken = |error: String| Error::validation("transport", error);
        let built = built.body(body).map_err(|error| broken(error.to_string()))?;
        let mut answer = agent.run(built).map_err(|error| broken(error.to_string()))?;
        let headers: Vec<_> = answer
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()))
            .collect();
        let body = answer.body_mut().read_to_vec().map_err(|error| broken(error.to_string()))?;
        Ok(Response::new(answer.status().as_u16(), headers, body))
    }
}
