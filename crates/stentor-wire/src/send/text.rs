//! Strings of a free-form message with the limits the API puts on them. Called by the readers of `send` alone.

use crate::reader::{Cursor, Object, Problem, WireError};

/// Longer ids than this are nobody's; clients keep test ids of any form, so no more is asked of them.
const ID_BYTES_MAX: usize = 512;

/// A string that is no left-over of an example; blank counts as absent.
pub(super) fn real(object: Object<'_, '_>, key: &str) -> Result<Option<String>, WireError> {
    object
        .get(key)
        .map(|field| field.str().and_then(|text| settled(&field, text.to_owned())))
        .transpose()
        .map(full)
}

/// The same, which a client may also send as a number.
pub(super) fn real_or_number(object: Object<'_, '_>, key: &str) -> Result<Option<String>, WireError> {
    object
        .get(key)
        .map(|field| field.string_or_number().and_then(|text| settled(&field, text)))
        .transpose()
        .map(full)
}

/// [`real`], required.
pub(super) fn need_real(object: Object<'_, '_>, key: &str) -> Result<String, WireError> {
    real(object, key)?.ok_or_else(|| object.missing(key))
}

fn full(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

fn settled(field: &Cursor<'_, '_>, text: String) -> Result<String, WireError> {
    let inner = text.trim();
    let placeholder = (inner.starts_with('<') && inner.ends_with('>'))
        || (inner.starts_with("{{") && inner.ends_with("}}"))
        || (inner.starts_with("${") && inner.ends_with('}'));
    if placeholder { Err(field.error(Problem::placeholder(inner))) } else { Ok(text) }
}

/// A string of at most `max` characters, if given.
pub(super) fn short(object: Object<'_, '_>, key: &str, max: usize) -> Result<Option<String>, WireError> {
    let Some(field) = object.get(key) else { return Ok(None) };
    let text = field.str()?;
    if text.len() > max && text.chars().count() > max {
        return Err(field.error(Problem::TooLong { max }));
    }
    Ok(Some(text.to_owned()))
}

/// A string of at most `max` characters; blank counts as absent.
pub(super) fn some_short(object: Object<'_, '_>, key: &str, max: usize) -> Result<Option<String>, WireError> {
    Ok(full(short(object, key, max)?))
}

/// A string of 1 to `max` characters.
pub(super) fn need_short(object: Object<'_, '_>, key: &str, max: usize) -> Result<String, WireError> {
    some_short(object, key, max)?.ok_or_else(|| object.missing(key))
}

/// An id of the business's own making, which it may also send as a number.
pub(super) fn need_id(object: Object<'_, '_>, key: &str, max: usize) -> Result<String, WireError> {
    let field = object.need(key)?;
    let text = field.string_or_number()?;
    if text.chars().count() > max {
        return Err(field.error(Problem::TooLong { max }));
    }
    full(Some(text)).ok_or_else(|| object.missing(key))
}

/// The id of a message, of any origin.
pub(super) fn message_id(object: Object<'_, '_>, key: &str) -> Result<Option<String>, WireError> {
    let Some(id) = real(object, key)? else { return Ok(None) };
    if id.len() <= ID_BYTES_MAX && id.bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(Some(id));
    }
    let rule = "must be the id of a message: at most 512 printable characters without spaces";
    Err(object.need(key)?.error(Problem::Rule(rule)))
}

/// An address that can be opened.
pub(super) fn need_url(object: Object<'_, '_>, key: &str) -> Result<String, WireError> {
    let url = need_real(object, key)?;
    let is_one = ["http://", "https://"].iter().any(|scheme| {
        url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
            && url.len() > scheme.len()
    });
    let is_whole = url.len() <= URL_BYTES_MAX && !url.contains(char::is_whitespace);
    if is_one && is_whole {
        return Ok(url);
    }
    let rule = "must be a URL that begins with http:// or https://, without spaces, of at most 2000 bytes";
    Err(object.need(key)?.error(Problem::Rule(rule)))
}

const URL_BYTES_MAX: usize = 2_000;
