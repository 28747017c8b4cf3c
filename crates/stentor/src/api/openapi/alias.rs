//! The same handlers on another path. Used where a path has two names.

use utoipa::openapi::path::Paths;
use utoipa_axum::router::UtoipaMethodRouter;

/// What `routes!` made, at `path` instead.
pub fn at<S>(path: &str, (schemas, paths, router): UtoipaMethodRouter<S>) -> UtoipaMethodRouter<S>
where
    S: Send + Sync + Clone + 'static,
{
    let mut moved = Paths::new();
    moved.paths = paths.paths.into_values().map(|item| (path.to_owned(), item)).collect();
    (schemas, moved, router)
}
