//! `/openapi.json` and `/docs`: the description as JSON, and Swagger UI over it, embedded. Nothing on these pages comes
//! from another host, and their policy forbids that it could.

use std::sync::{Arc, OnceLock};

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use http::{HeaderValue, StatusCode, header};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::UtoipaMethodRouter;
use utoipa_axum::routes;
use utoipa_swagger_ui::{Config, Url, serve};

use super::alias::at;
use super::document::{Side, described};
use crate::api::http::{no_such_path, text};
use crate::api::state::AppState;

/// What the pages may load: from here alone. Swagger UI writes styles into the page and draws icons as data.
const POLICY: &str =
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

/// One description: made of the routers that serve, this one's route among them, and completed when it is first asked for.
#[derive(Clone, Default)]
pub struct Described(Arc<Description>);

#[derive(Default)]
struct Description {
    api: OnceLock<(OpenApi, Side)>,
    bytes: OnceLock<Bytes>,
}

impl Described {
    /// Describes these handlers; what was set first stays.
    pub fn set(&self, api: OpenApi, side: Side) {
        let _ = self.0.api.set((api, side));
    }

    /// Its route, at `path`.
    pub fn at(&self, path: &str) -> UtoipaMethodRouter<Arc<AppState>> {
        let (schemas, paths, router) = at(path, routes!(openapi_json));
        (schemas, paths, router.layer(Extension(self.clone())))
    }

    fn bytes(&self) -> Option<Bytes> {
        let (api, side) = self.0.api.get()?;
        Some(self.0.bytes.get_or_init(|| described(api, *side).to_string().into()).clone())
    }
}

/// The description itself.
#[utoipa::path(
    get, path = "/openapi.json", tag = "Service", summary = "This description", security(()),
    responses((status = 200, description = "OpenAPI 3.1", body = serde_json::Map<String, serde_json::Value>)),
)]
pub async fn openapi_json(Extension(described): Extension<Described>) -> Response {
    text(StatusCode::OK, described.bytes().unwrap_or_default())
}

/// Swagger UI at `path` over the documents named: (title, address).
pub fn pages(path: &'static str, documents: &[(&'static str, &'static str)]) -> Router<Arc<AppState>> {
    let urls: Vec<_> = documents.iter().map(|(title, url)| Url::new(title, url)).collect();
    let config = Config::new(urls)
        .validator_url("none")
        .deep_linking(true)
        .try_it_out_enabled(true)
        .persist_authorization(false);
    let config = Arc::new(config);
    let page = get(move |State(state): State<Arc<AppState>>, request: Request| async move {
        let file = request.uri().path().strip_prefix(path).unwrap_or_default().trim_start_matches('/');
        let found = serve(file, config).ok().flatten();
        match found {
            Some(file) => {
                let mut response = text(StatusCode::OK, file.bytes.into_owned());
                let headers = response.headers_mut();
                if let Ok(kind) = HeaderValue::from_str(&file.content_type) {
                    headers.insert(header::CONTENT_TYPE, kind);
                }
                headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
                response
            }
            None => no_such_path(State(state), request).await,
        }
    });
    let whole = format!("{path}/");
    let to = HeaderValue::from_str(&whole).ok();
    let redirect = get(move || async move {
        let mut response = Response::new(axum::body::Body::empty());
        *response.status_mut() = StatusCode::SEE_OTHER;
        response.headers_mut().extend(to.map(|to| (header::LOCATION, to)));
        response
    });
    Router::new().route(path, redirect).route(&whole, page.clone()).route(&format!("{path}/{{*file}}"), page)
}
