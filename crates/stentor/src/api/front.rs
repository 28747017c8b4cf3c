//! What is answered on one address. Beside the routers, not layers around them: each layer of a router costs every request
//! a service and a future of its own.

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use http::HeaderValue;
use tower::{ServiceExt as _, service_fn};

use super::cors;
use super::graph::Twin;

/// Customers' paths, operators' or both.
#[derive(Clone, Debug)]
pub struct Front {
    customers: Option<Customers>,
    operators: Option<Router>,
}

#[derive(Clone, Debug)]
enum Customers {
    Clients(Twin),
    /// The same, behind what lets pages of other origins in.
    Browsers(Router),
}

/// Where the operators' paths begin, on an address that they share with the customers'.
const OPERATORS: [&str; 3] = ["/admin/", "/sim/", "/metrics"];

impl Front {
    /// Customers' paths, for pages of `origins` as well, and the operators' where they are on the same address.
    pub(super) fn of_customers(twin: Twin, origins: &[HeaderValue], operators: Option<Router>) -> Self {
        let customers = if origins.is_empty() {
            Customers::Clients(twin)
        } else {
            let service = service_fn(move |request| {
                let twin = twin.clone();
                async move { Ok(twin.answer(request).await) }
            });
            Customers::Browsers(cors::allowing(origins, Router::new().fallback_service(service)))
        };
        Self { customers: Some(customers), operators }
    }

    /// Operators' paths alone.
    pub(super) const fn of_operators(operators: Router) -> Self {
        Self { customers: None, operators: Some(operators) }
    }

    /// Answers a request.
    pub async fn answer(self, request: Request) -> Response {
        let path = request.uri().path();
        let router = match (self.customers, self.operators) {
            (Some(_), Some(operators)) if OPERATORS.iter().any(|start| path.starts_with(start)) => operators,
            (Some(Customers::Clients(twin)), _) => return twin.answer(request).await,
            (Some(Customers::Browsers(customers)), _) => customers,
            (None, operators) => operators.unwrap_or_default(),
        };
        router.oneshot(request).await.unwrap_or_else(|never| match never {})
    }
}
