//! How the client commands reach a server: found by flag, environment or the note in the data folder, asked in JSON.
//! Every trouble becomes an exit code and one line with the fix. Decides nothing about what is asked.

use std::path::PathBuf;
use std::time::Duration;

use axum::body::Body;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::uri::PathAndQuery;
use http::{Method, Request, StatusCode, Uri};
use hyper::body::Bytes;
use serde_json::Value;

use super::args::Client;
use super::exit::{Exit, Stop};
use crate::config::Config;
use crate::data_folder::Running;
use crate::outbound::{Answer, Failure, Flow, Limits, Outbound};

/// Bytes of an answer: a thousand messages with their timelines.
const ANSWER_BYTES_MAX: usize = 64 << 20;
/// The longest a command waits for one answer; a long poll takes less.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);

const JSON: &str = "application/json";

/// A server that was found.
#[derive(Debug)]
pub struct Server {
    outbound: Outbound,
    /// Base URL of the customer API.
    pub url: String,
    /// Base URL of the admin API.
    admin_url: String,
    /// `None`: only what asks for no key (the `/sim` of `network serve`) can be reached.
    admin_key: Option<String>,
    /// The first channel's key, where the data folder tells it.
    pub api_key: Option<String>,
    /// Who is meant, for errors.
    who: String,
}

impl Server {
    /// Finds the server of these flags.
    ///
    /// # Errors
    /// [`Exit::Unreachable`] when none is noted anywhere, [`Exit::Usage`] for flags that cannot be used.
    pub fn find(client: &Client) -> Result<Self, Stop> {
        let folder = folder(client)?;
        let noted = folder.as_deref().and_then(Running::read);
        // A note about another server than the one asked for tells nothing about it.
        let is_meant = |running: &Running| match &client.url {
            Some(url) => [&running.url, &running.admin_url].iter().any(|at| trimmed(at) == trimmed(url)),
            None => true,
        };
        let noted = noted.filter(is_meant);
        let shown =
            folder.as_deref().map_or_else(|| "this machine".to_owned(), |dir| dir.display().to_string());
        let (url, admin_url) = match (&noted, &client.url) {
            (Some(noted), _) => (noted.url.clone(), noted.admin_url.clone()),
            (None, Some(url)) => (url.clone(), url.clone()),
            (None, None) => {
                let line = format!(
                    "no server is running on {shown}: start one with `stentor dev`, or name one with --url"
                );
                return Err(Stop::new(Exit::Unreachable, line));
            }
        };
        let admin_key = client.key.clone().or_else(|| noted.as_ref().map(|n| n.admin_key.clone()));
        let ca_file = client.cacert.clone().or_else(|| noted.as_ref().and_then(|n| n.ca_file.clone()));
        let limits = Limits {
            allow_private: true,
            answer: ANSWER_WITHIN,
            answer_bytes_max: ANSWER_BYTES_MAX,
            ca_file,
            ..Limits::default()
        };
        let outbound = Outbound::new(limits).map_err(|e| Stop::new(Exit::Usage, format!("--cacert {e}")))?;
        let who = match (&client.url, &noted) {
            (None, Some(n)) => format!("the server noted in {shown} (process {}) does not answer", n.pid),
            _ => format!("no server answers on {}", trimmed(&url)),
        };
        let api_key = noted.and_then(|n| n.api_key);
        Ok(Self {
            outbound,
            url: trimmed(&url).to_owned(),
            admin_url: trimmed(&admin_url).to_owned(),
            admin_key,
            api_key,
            who,
        })
    }

    /// GET on the admin API.
    ///
    /// # Errors
    /// As [`Server::ask`].
    pub async fn get(&self, path: &str) -> Result<Value, Stop> {
        self.ask(Method::GET, path, None).await
    }

    /// POST on the admin API.
    ///
    /// # Errors
    /// As [`Server::ask`].
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, Stop> {
        self.ask(Method::POST, path, Some(body)).await
    }

    /// POST of a file on the admin API.
    ///
    /// # Errors
    /// As [`Server::ask`].
    pub async fn upload(&self, path: &str, mime: Option<&str>, bytes: Vec<u8>) -> Result<Value, Stop> {
        let key = self.bearer()?.map(|bearer| (AUTHORIZATION, bearer));
        let answer = self.exchange(Method::POST, &self.admin_url, path, key, (mime, bytes.into())).await?;
        let json = parse(&answer);
        refusal(answer.status, &json).map_or(Ok(json), Err)
    }

    /// One request to the admin API; the JSON of its answer (null for an empty one).
    ///
    /// # Errors
    /// No answer, or one that refuses: the exit code and the line.
    pub async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, Stop> {
        let key = self.bearer()?.map(|bearer| (AUTHORIZATION, bearer));
        let body = body.map(Value::to_string).unwrap_or_default();
        let answer = self.exchange(method, &self.admin_url, path, key, (Some(JSON), body.into())).await?;
        let json = parse(&answer);
        match refusal(answer.status, &json) {
            None => Ok(json),
            Some(_) if answer.status == StatusCode::UNAUTHORIZED && self.admin_key.is_none() => {
                let line = format!(
                    "the admin key of {} is missing: give it with --key or STENTOR_ADMIN_KEY",
                    self.url
                );
                Err(Stop::new(Exit::Usage, line))
            }
            Some(stop) => Err(stop),
        }
    }

    /// One request to the customer API under a channel's key; the answer whatever it says.
    ///
    /// # Errors
    /// No answer.
    pub async fn customer(&self, path: &str, api_key: &str, body: String) -> Result<(Answer, Value), Stop> {
        let key = Some((HeaderName::from_static("d360-api-key"), sensitive(api_key, "the API key")?));
        let answer = self.exchange(Method::POST, &self.url, path, key, (Some(JSON), body.into())).await?;
        let json = parse(&answer);
        Ok((answer, json))
    }

    /// One request to the customer API under a channel's key, its body and the answer's streamed; `request` has a path
    /// for its URI.
    ///
    /// # Errors
    /// No answer.
    pub async fn flow(
        &self,
        mut request: Request<Body>,
        api_key: &str,
        within: Duration,
    ) -> Result<Flow, Stop> {
        let key = sensitive(api_key, "the API key")?;
        request.headers_mut().insert(HeaderName::from_static("d360-api-key"), key);
        self.flow_to(&self.url, request, within).await
    }

    /// GET and the like on the admin API, the answer streamed; `request` has a path for its URI.
    ///
    /// # Errors
    /// No answer.
    pub async fn admin_flow(&self, mut request: Request<Body>, within: Duration) -> Result<Flow, Stop> {
        if let Some(key) = self.bearer()? {
            request.headers_mut().insert(AUTHORIZATION, key);
        }
        self.flow_to(&self.admin_url, request, within).await
    }

    fn bearer(&self) -> Result<Option<HeaderValue>, Stop> {
        let key = self.admin_key.as_deref();
        key.map(|key| sensitive(&format!("Bearer {key}"), "the admin key")).transpose()
    }

    async fn flow_to(&self, base: &str, mut request: Request<Body>, within: Duration) -> Result<Flow, Stop> {
        let path = request.uri().path_and_query().map_or("/", PathAndQuery::as_str);
        *request.uri_mut() = format!("{base}{path}").parse().map_err(|_| not_a_url(base))?;
        self.outbound.flow(request, within).await.map_err(|failure| self.unreachable(failure))
    }

    async fn exchange(
        &self,
        method: Method,
        base: &str,
        path: &str,
        key: Option<(HeaderName, HeaderValue)>,
        (mime, body): (Option<&str>, Bytes),
    ) -> Result<Answer, Stop> {
        let to: Uri = format!("{base}{path}").parse().map_err(|_| not_a_url(base))?;
        let mime = mime.and_then(|mime| Some((CONTENT_TYPE, HeaderValue::from_str(mime).ok()?)));
        let headers = HeaderMap::from_iter(key.into_iter().chain(mime));
        self.outbound.ask(method, &to, headers, body).await.map_err(|failure| self.unreachable(failure))
    }

    fn unreachable(&self, failure: Failure) -> Stop {
        let who = &self.who;
        let line = match failure {
            Failure::Connect if self.url.starts_with("https:") => {
                format!(
                    "{who}: start it with `stentor dev --tls`, and trust its authority with --cacert FILE"
                )
            }
            Failure::Connect => format!("{who}: start one with `stentor dev`"),
            other => format!("{who}: {other}"),
        };
        Stop::new(Exit::Unreachable, line)
    }
}

/// The data folder meant: `--data`, else the configured or the platform's one.
fn folder(client: &Client) -> Result<Option<PathBuf>, Stop> {
    if client.data.is_some() {
        return Ok(client.data.clone());
    }
    let config = Config::load(None, std::env::vars()).map_err(|e| Stop::new(Exit::Usage, e.to_string()))?;
    Ok(config.data_dir().ok())
}

/// A piece of a path, or a value of a query, with everything that could end it escaped.
#[must_use]
pub fn escaped(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

fn not_a_url(base: &str) -> Stop {
    Stop::new(Exit::Usage, format!("{base:?} is no URL: write it as in http://127.0.0.1:8360"))
}

fn trimmed(url: &str) -> &str {
    url.trim_end_matches('/')
}

fn sensitive(text: &str, what: &str) -> Result<HeaderValue, Stop> {
    let mut value = HeaderValue::from_str(text)
        .map_err(|_| Stop::new(Exit::Usage, format!("{what} holds characters that no key has")))?;
    value.set_sensitive(true);
    Ok(value)
}

fn parse(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

/// The end that an answer's status asks for; `None` for success.
#[must_use]
pub fn refusal(status: StatusCode, answer: &Value) -> Option<Stop> {
    let exit = match status.as_u16() {
        200..=299 => return None,
        404 => Exit::NotFound,
        408 | 504 => Exit::TimedOut,
        400..=499 => Exit::Refused,
        _ => Exit::Failed,
    };
    let said = said(answer);
    let line = match status {
        StatusCode::UNAUTHORIZED if said == "Invalid api token." => {
            "the channel's key is refused: give --api-key (`stentor channel key rotate ID` makes a new one)"
                .to_owned()
        }
        StatusCode::UNAUTHORIZED => {
            format!("the key is refused ({said}): give --key, or --data of the server's folder")
        }
        _ if said.is_empty() => format!("the server answered {status}"),
        _ => said,
    };
    Some(Stop::new(exit, line))
}

/// What an error's body says, in whichever of the API's shapes.
fn said(answer: &Value) -> String {
    let error = [
        &answer["error"],
        &answer["detail"]["error"],
        &answer["detail"],
        &answer["meta"]["developer_message"],
    ]
    .into_iter()
    .find(|found| !found.is_null())
    .unwrap_or(&Value::Null);
    let message = error["message"].as_str().or(error.as_str()).unwrap_or_default();
    let details = error["error_data"]["details"].as_str().or(error["details"].as_str());
    match details.filter(|details| *details != message) {
        Some(details) => format!("{message}: {details}"),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn answers_become_exit_codes_and_one_line() {
        let check = |status: u16, body: Value, exit: Exit, line: &str| {
            let stop = refusal(StatusCode::from_u16(status).expect("a status"), &body).expect("a refusal");
            assert_eq!((stop.exit, stop.line.as_str()), (exit, line));
        };
        let meta = json!({"error": {"message": "(#100) Invalid parameter", "error_data": {"details": "`to` is missing"}}});
        check(400, meta.clone(), Exit::Refused, "(#100) Invalid parameter: `to` is missing");
        check(400, json!({"detail": meta}), Exit::Refused, "(#100) Invalid parameter: `to` is missing");
        check(404, json!({"error": "no such account"}), Exit::NotFound, "no such account");
        check(500, Value::Null, Exit::Failed, "the server answered 500 Internal Server Error");
        check(
            401,
            json!({"error": "Invalid api token."}),
            Exit::Refused,
            "the channel's key is refused: give --api-key (`stentor channel key rotate ID` makes a new one)",
        );
        assert!(refusal(StatusCode::CREATED, &Value::Null).is_none());
    }

    #[test]
    fn what_goes_into_a_path_cannot_leave_it() {
        assert_eq!(escaped("wamid.HBg/+=?# ä"), "wamid.HBg%2F%2B%3D%3F%23%20%C3%A4");
    }
}
