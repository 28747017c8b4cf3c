//! Meta's own paths, `/v{N}.0/{id}/{edge}` with `Authorization: Bearer`: for clients that speak Graph. In front of
//! the 360dialog paths: it checks version and token, finds what the id names and whether the token may see it, and hands
//! the request to the same handler. Only what 360dialog has no path for is answered here. Errors are Meta's.

mod account;
mod address;
mod app;
mod app_webhook;
mod business;
mod describe;
mod edges;
mod fields;
mod number;
mod refusal;
mod schema;
mod subscribe;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use http::header::AUTHORIZATION;
use http::{HeaderValue, Uri};
use stentor_core::id::{AccountId, ChannelId, TemplateId};
use stentor_wire::error::Shape;
use tower::ServiceExt as _;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::address::{Address, VERSION, is_id};
use self::edges::{Node, Target, edge};
use super::auth;
use super::error::ApiError;
use super::http::{Asked, AskedPath, Query, trace};
use super::router::finish;
use super::state::AppState;
use crate::registry::{Caller, Snapshot};
pub use app::ID as APP_ID;
pub use business::of as business_id;

/// Who asks a handler of this module, and for which object.
#[derive(Clone, Debug)]
struct Seen {
    caller: Caller,
    /// The id in the path.
    object: i64,
}

/// The 360dialog paths with Meta's beside them.
#[derive(Clone, Debug)]
pub struct Twin {
    state: Arc<AppState>,
    /// 360dialog's paths.
    dialog: Router,
    /// The paths that only Graph has.
    own: Router,
}

/// Adds the Graph paths to the description of 360dialog's.
pub fn describe(api: &mut OpenApi) {
    describe::describe(api, own().into_openapi());
}

/// What only Graph has, by the names of the table.
fn own() -> OpenApiRouter<Arc<AppState>> {
    OpenApiRouter::default()
        .routes(routes!(number::show, number::change))
        .routes(routes!(number::register))
        .routes(routes!(number::deregister))
        .routes(routes!(account::show, account::change))
        .routes(routes!(account::phone_numbers))
        .routes(routes!(subscribe::list, subscribe::subscribe, subscribe::unsubscribe))
        .routes(routes!(business::show))
        .routes(routes!(business::accounts))
        .routes(routes!(business::invite))
        .routes(routes!(app::show))
        .routes(routes!(app_webhook::show, app_webhook::set, app_webhook::remove))
        .routes(routes!(app::me))
        .routes(routes!(app::debug_token))
}

/// Whose request it is now.
enum Found {
    /// It only looked like Graph.
    NotGraph(Request),
    Dialog(Request),
    Own(Request),
}

impl Twin {
    /// Meta's paths beside these.
    pub fn new(dialog: Router, state: &Arc<AppState>) -> Self {
        let own = finish(own().into(), Arc::clone(state));
        Self { state: Arc::clone(state), dialog, own }
    }

    /// Answers a request of either kind.
    pub async fn answer(self, request: Request) -> Response {
        let path = request.uri().path().to_owned();
        let Some(address) = Address::of(&path) else { return run(self.dialog, request).await };
        let (method, asked) = (request.method().clone(), Asked::of(&request));
        let mut answer = match self.find(&address, request) {
            Ok(Found::NotGraph(request)) => return run(self.dialog, request).await,
            Ok(Found::Dialog(request)) => {
                refusal::as_graph(run(self.dialog, request).await, &method, address.object)
            }
            Ok(Found::Own(request)) => {
                refusal::as_graph(run(self.own, request).await, &method, address.object)
            }
            Err(error) => {
                self.state.metrics.refused.get_or_create(&error.kind().into()).inc();
                let mut refused = error.render(Shape::Meta, trace(&self.state));
                asked.tell(&self.state, &mut refused);
                refused
            }
        };
        if let Ok(version) = HeaderValue::from_str(address.version.unwrap_or(VERSION)) {
            answer.headers_mut().insert("facebook-api-version", version);
        }
        answer
    }

    /// Rewrites a request of Graph's to the path that answers it.
    fn find(&self, address: &Address<'_>, mut request: Request) -> Result<Found, ApiError> {
        if !address.is_known_version() {
            return Err(refusal::version(address.version.unwrap_or_default()));
        }
        let (snapshot, now) = (self.state.directory.snapshot(), self.state.clock.now());
        let token = token(&request, address.version.is_some());
        let caller = token.as_deref().and_then(|token| auth::of_token(&snapshot, token, now));
        let (Some(token), Some(caller)) = (token, caller) else {
            // `/{id}` alone is 360dialog's too: its handler says what it says of a bad key.
            if address.version.is_none() && is_id(address.object) && address.edge.is_empty() {
                return Ok(Found::NotGraph(request));
            }
            return Err(refusal::token());
        };
        let node = node(&snapshot, &caller, address)?;
        if address.version.is_none() && node == Node::Media && address.edge.is_empty() {
            return Ok(Found::NotGraph(request));
        }
        // A business that has no id of its own has its account's.
        let is_business = node == Node::Account && business::of(&caller.account) == caller.account.id.0;
        let of_business = || edge(Node::Business, address.edge).filter(|_| is_business);
        let Some(edge) = edge(node, address.edge).or_else(of_business) else {
            return Err(match node {
                Node::Media | Node::Sibling => refusal::object(request.method(), address.object),
                _ => refusal::unknown_path(address.edge),
            });
        };
        let original = request.uri().clone();
        let path = match edge.target {
            Target::Dialog(path) | Target::Own(path) => path.replace("{id}", address.object),
        };
        *request.uri_mut() =
            rewritten(&path, &original).ok_or_else(|| refusal::unknown_path(address.object))?;
        let bearer = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| refusal::token())?;
        request.headers_mut().insert(AUTHORIZATION, bearer);
        request.headers_mut().remove(auth::KEY_HEADER);
        request.extensions_mut().insert(AskedPath(original.path().to_owned()));
        Ok(match edge.target {
            Target::Dialog(_) => Found::Dialog(request),
            Target::Own(_) => {
                let object = address.object.parse().unwrap_or_default();
                request.extensions_mut().insert(Seen { caller, object });
                Found::Own(request)
            }
        })
    }
}

async fn run(router: Router, request: Request) -> Response {
    router.oneshot(request).await.unwrap_or_else(|never| match never {})
}

/// The token: a bearer, `access_token` in the query, or without a version also 360dialog's key.
fn token(request: &Request, is_versioned: bool) -> Option<String> {
    let header = auth::token(request.headers(), AUTHORIZATION.as_str());
    let query = || Query::of(request.uri()).get("access_token").map(str::to_owned);
    let key = || (!is_versioned).then(|| auth::token(request.headers(), auth::KEY_HEADER)).flatten();
    header.or_else(query).or_else(key)
}

/// What the id names, if this token may see it.
fn node(snapshot: &Snapshot, caller: &Caller, address: &Address<'_>) -> Result<Node, ApiError> {
    match address.object {
        "me" => return Ok(Node::Me),
        "app" => return Ok(Node::App),
        "debug_token" => return Ok(Node::DebugToken),
        object if object.starts_with("upload:") => return Ok(Node::Upload),
        object if !is_id(object) => return Err(refusal::unknown_path(object)),
        _ => {}
    }
    let account = caller.account.id;
    let id: i64 = address.object.parse().map_err(|_| refusal::unknown_path(address.object))?;
    let is_sibling = |channel: ChannelId| snapshot.channel(channel).is_some_and(|c| c.account == account);
    let template = || snapshot.template_by_id(account, TemplateId(id));
    Ok(match id {
        _ if caller.channel.id == ChannelId(id) => Node::Number,
        _ if account == AccountId(id) => Node::Account,
        _ if business::of(&caller.account) == id => Node::Business,
        app::ID => Node::App,
        _ if is_sibling(ChannelId(id)) => Node::Sibling,
        _ if template().is_some_and(|r| r.template.deleted_at.is_none()) => Node::Template,
        _ => Node::Media,
    })
}

/// The path that answers, with the query but for the token.
fn rewritten(path: &str, original: &Uri) -> Option<Uri> {
    let Some(query) = original.query() else { return path.parse().ok() };
    if !query.contains("access_token=") {
        return format!("{path}?{query}").parse().ok();
    }
    let fields = url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "access_token");
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    format!("{path}?{query}").parse().ok()
}
