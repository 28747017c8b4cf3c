//! A page of a list in the hub's manner: `filters`, `sort`, `limit` and `offset`.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use crate::api::error::ApiError;
use crate::api::http::Query;

const PAGE_MAX: usize = 1_000;

/// A page with what it was asked by.
#[derive(Debug)]
pub struct Page {
    pub filters: Map<String, Value>,
    pub limit: usize,
    pub offset: usize,
    pub sort: Vec<String>,
    pub total: usize,
    pub rows: Vec<Value>,
}

/// The page of these rows that a query asks for. `fields`: what may be filtered and sorted by, dotted.
///
/// # Errors
/// 100, naming the field and what it may be.
pub fn page(rows: Vec<Value>, query: &Query, fields: &[&str]) -> Result<Page, ApiError> {
    let known = |what: &str, field: &str| match fields.contains(&field) {
        true => Ok(()),
        false => {
            let details = format!("{what}: there is no `{field}`, only {}", fields.join(", "));
            Err(ApiError::new(100, details))
        }
    };
    let limit = query.number("limit", 1..=PAGE_MAX, PAGE_MAX)?;
    let offset = query.number("offset", 0..=usize::MAX, 0)?;
    let filters = query.filters()?;
    filters.keys().try_for_each(|field| known("filters", field))?;
    let sort = query.get("sort").into_iter().flat_map(|sort| sort.split(','));
    let sort: Vec<String> = sort.map(str::to_owned).collect();
    sort.iter().try_for_each(|field| known("sort", field.trim_start_matches('-')))?;
    let wanted = |row: &Value| filters.iter().all(|(field, wanted)| fits(at(row, field), wanted));
    let mut found: Vec<Value> = rows.into_iter().filter(wanted).collect();
    for field in sort.iter().rev() {
        let (name, downwards) = field.strip_prefix('-').map_or((field.as_str(), false), |name| (name, true));
        found.sort_by(|a, b| {
            let order = compare(at(a, name), at(b, name));
            if downwards { order.reverse() } else { order }
        });
    }
    let total = found.len();
    let rows = found.into_iter().skip(offset).take(limit).collect();
    Ok(Page { filters, limit, offset, sort, total, rows })
}

fn at<'v>(row: &'v Value, field: &str) -> &'v Value {
    field.split('.').fold(row, |value, part| &value[part])
}

fn fits(value: &Value, wanted: &Value) -> bool {
    match wanted {
        Value::Array(any) => any.iter().any(|wanted| fits(value, wanted)),
        _ => value == wanted || word(value).is_some_and(|value| Some(value) == word(wanted)),
    }
}

fn word(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned).or_else(|| value.as_i64().map(|n| n.to_string()))
}

fn compare(a: &Value, b: &Value) -> Ordering {
    match (a.as_i64(), b.as_i64()) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => word(a).cmp(&word(b)),
    }
}
