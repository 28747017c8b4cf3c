//! The samples of media headers: written as handles of an upload, read back as URLs, as at Meta. The URL is made of the
//! handle alone and leads nowhere; given back in an edit it means the handle it was made of.

use serde_json::Value;

/// The components as they are read: every handle as a URL.
pub(super) fn shown(mut components: Value) -> Value {
    each(&mut components, &mut |handle| *handle = url(handle));
    components
}

/// Puts the handles of `before` where `components` has the URLs that were shown for them.
pub(super) fn restore(components: &mut Value, before: &Value) {
    let mut known = Vec::new();
    each(&mut before.clone(), &mut |handle| known.push((url(handle), handle.clone())));
    each(components, &mut |handle| {
        if let Some((_, own)) = known.iter().find(|(url, _)| url == handle) {
            handle.clone_from(own);
        }
    });
}

/// The handles, in order.
pub(super) fn all(components: &Value) -> Vec<String> {
    let mut all = Vec::new();
    each(&mut components.clone(), &mut |handle| all.push(handle.clone()));
    all
}

fn each(components: &mut Value, act: &mut impl FnMut(&mut String)) {
    for component in components.as_array_mut().into_iter().flatten() {
        if let Some(Value::Array(handles)) = component.pointer_mut("/example/header_handle") {
            for handle in handles {
                if let Value::String(handle) = handle {
                    act(handle);
                }
            }
        }
        for card in component.get_mut("cards").and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(components) = card.get_mut("components") {
                each(components, act);
            }
        }
    }
}

/// What is a URL stays one.
fn url(handle: &str) -> String {
    if handle.starts_with("https://") || handle.starts_with("http://") {
        return handle.to_owned();
    }
    let (id, proof) = (hash(handle, 0xcbf2_9ce4_8422_2325), hash(handle, 0x84_2223_25cb_f29c));
    let extension = extension(handle);
    format!("https://scontent.whatsapp.net/v/t61.29466-34/{id}_n.{extension}?ccb=1-7&oh={proof:016x}")
}

/// A handle says its type in its second part, in base64: `4::aW1hZ2UvanBlZw==:...` is a JPEG.
fn extension(handle: &str) -> &'static str {
    let declared = handle.split(':').nth(2).unwrap_or_default();
    match declared {
        d if d.starts_with("aW1hZ2UvcG5n") => "png",
        d if d.starts_with("aW1hZ2") => "jpg",
        d if d.starts_with("dmlkZW8") => "mp4",
        d if d.starts_with("YXBwbGljYXRpb24vcGRm") => "pdf",
        _ => "bin",
    }
}

/// FNV-1a: the same for ever, for names alone.
fn hash(text: &str, basis: u64) -> u64 {
    text.bytes().fold(basis, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_handle_is_shown_as_a_url_and_comes_back() {
        let header = |handle: &str| json!({"type": "HEADER", "format": "IMAGE", "example": {"header_handle": [handle]}});
        let carousel = json!({"type": "CAROUSEL", "cards": [{"components": [header("4::dmlkZW8vbXA0:x")]}]});
        let written = json!([header("4::aW1hZ2UvcG5n:x"), carousel, {"type": "BODY", "text": "Hi"}]);
        let mut read = shown(written.clone());
        let url = read[0]["example"]["header_handle"][0].as_str().unwrap();
        assert!(url.starts_with("https://scontent.whatsapp.net/v/") && url.contains("_n.png?"), "{url}");
        let card = read.pointer("/1/cards/0/components/0/example/header_handle/0").and_then(Value::as_str);
        assert!(card.unwrap().contains("_n.mp4?"), "{card:?}");
        assert_eq!(shown(read.clone()), read, "a URL stays one");
        restore(&mut read, &written);
        assert_eq!(read, written);
        let mut other = json!([header("4::new:x")]);
        restore(&mut other, &written);
        assert_eq!(other, json!([header("4::new:x")]));
    }
}
