//! Every limit of a free-form message: what is put where in a good message, and the refusal's code, path and words.

use super::free_form::{free, samples};
use super::*;

/// `type pointer | value | code sentence`. A value is JSON, `x*3` for "xxx", or `{..}*3` for three of them; `[at]` in a
/// sentence stands for the pointer's own path.
const MEDIA: &str = r#"
image /caption | é*1025 | 131009 Param [at] must be at most 1024 characters long.
image /id | "" | 131008 The parameter image needs id or link.
image /id | "<MEDIA_ID>" | 131009 Param [at] still holds the placeholder "<MEDIA_ID>": put the real value there.
image /link | "https://a.b" | 131009 Param image must be one of {id, link} - got "id and link".
image /link | "ftp://a.b" | 131009 Param [at] must be a URL that begins with http:// or https://, without spaces, of at most 2000 bytes.
image /captoin | "A" | 100 Unknown parameter [at]: did you mean `caption`?
image /caption | 7 | 100 Param [at] must be a string, not a number.
image | 7 | 100 Param image must be an object, not a number.
image | null | 100 The parameter image is required.
audio /caption | "A" | 131009 Param [at] is not allowed: audio and stickers have no caption.
sticker /caption | "A" | 131009 Param [at] is not allowed: audio and stickers have no caption.
audio /voice | "yes" | 100 Param [at] must be a boolean, not a string.
"#;

const SHORT_ONES: &str = r#"
text /body | x*4097 | 100 Param [at] must be at most 4096 characters long.
text /body | "" | 100 The parameter [at] is required.
location /latitude | null | 131008 The parameter [at] is required.
location /latitude | "90.5" | 131009 Param [at] must be one of {decimal degrees from -90 to 90} - got "90.5".
location /longitude | "NaN" | 131009 Param [at] must be one of {decimal degrees from -180 to 180} - got "NaN".
contacts | [] | 131009 Param contacts must have 1 to 257 contacts - got 0.
contacts | {}*258 | 131009 Param contacts must have 1 to 257 contacts - got 258.
contacts /0/name | null | 131008 The parameter [at] is required.
contacts /0/name/formatted_name | " " | 131008 The parameter [at] is required.
contacts /0/name/first_name | null | 131008 The parameter contacts[0]['name'] needs first_name, last_name, middle_name, prefix or suffix beside formatted_name.
contacts /0/phones/0/phone | "" | 131008 The parameter [at] is required.
contacts /0/birthday | "18.08.2012" | 131009 Param [at] must be one of {YYYY-MM-DD} - got "18.08.2012".
reaction /emoji | "ok" | 131009 Param [at] must be one emoji, or empty to take the reaction back.
reaction /emoji | null | 131008 The parameter [at] is required.
reaction /message_id | "two words" | 131009 Param [at] must be the id of a message: at most 512 printable characters without spaces.
"#;

const FRAME: &str = r#"
button /body | null | 131008 The parameter [at] is required.
button /body/text | x*1025 | 131009 Param [at] must be at most 1024 characters long.
button /body/texts | "x" | 100 Unknown parameter [at]: did you mean `text`?
list /body/text | x*4097 | 131009 Param [at] must be at most 4096 characters long.
button /footer | {"text": "1234567890123456789012345678901234567890123456789012345678901"} | 131009 Param [at]['text'] must be at most 60 characters long.
button /header | {"type": "text", "text": "1234567890123456789012345678901234567890123456789012345678901"} | 131009 Param [at]['text'] must be at most 60 characters long.
button /header | {"type": "image"} | 131008 The parameter [at]['image'] is required.
button /header | {"type": "sticker"} | 131009 Param [at]['type'] must be one of {text, image, video, document} - got "sticker".
list /header | {"type": "image", "image": {"id": 7}} | 131009 Param [at]['type'] must be one of {text} - got "image".
product_list /header | null | 131008 The parameter [at] is required.
carousel /header | {"type": "text", "text": "T"} | 131009 Param [at] is not allowed: a carousel has headers on its cards only.
carousel /footer | {"text": "T"} | 131009 Param [at] is not allowed: a carousel has no footer.
button /action | null | 131008 The parameter [at] is required.
button /action | [] | 100 Param [at] must be an object, not an array.
button /type | "buttons" | 131009 Param [at] must be one of {button, list, cta_url, carousel, flow, location_request_message, address_message, product, product_list, catalog_message, order_details, order_status, call_permission_request, voice_call, request_contact_info, contact_request} - got "buttons".
"#;

const MANY: &str = r#"
button /action/buttons | [] | 131009 Param [at] must have 1 to 3 buttons - got 0.
button /action/buttons | {}*4 | 131009 Param [at] must have 1 to 3 buttons - got 4.
button /action/buttons/0/type | "url" | 131009 Param [at] must be one of {reply, quick_reply} - got "url".
button /action/buttons/1/reply/title | "Yes" | 131009 Param [at] repeats "Yes": it must be unique.
button /action/buttons/1/reply/title | x*21 | 131009 Param [at] must be at most 20 characters long.
button /action/buttons/1/reply/title | "" | 131008 The parameter [at] is required.
button /action/buttons/1/reply/id | x*257 | 131009 Param [at] must be at most 256 characters long.
list /action/button | x*21 | 131009 Param [at] must be at most 20 characters long.
list /action/sections | {"title": "S", "rows": [{"id": "1", "title": "R"}]}*11 | 131009 Param [at] must have 1 to 10 sections - got 11.
list /action/sections/1/title | null | 131008 The parameter [at] is required.
list /action/sections/0/title | x*25 | 131009 Param [at] must be at most 24 characters long.
list /action/sections/0/rows | [] | 131009 Param [at] must have 1 to 10 rows - got 0.
list /action/sections/0/rows | {"id": "1", "title": "R"}*10 | 131009 Param interactive['action']['sections'] must have 1 to 10 rows in total - got 11.
list /action/sections/0/rows/0/id | x*201 | 131009 Param [at] must be at most 200 characters long.
list /action/sections/0/rows/0/title | x*25 | 131009 Param [at] must be at most 24 characters long.
list /action/sections/0/rows/0/description | x*73 | 131009 Param [at] must be at most 72 characters long.
product_list /action/sections/0/product_items | {"product_retailer_id": "p"}*31 | 131009 Param interactive['action']['sections'] must have 1 to 30 products in total - got 31.
product_list /action/sections/0/product_items | [] | 131009 Param [at] must have 1 to 30 products - got 0.
carousel /action/cards | {}*1 | 131009 Param [at] must have 2 to 10 cards - got 1.
carousel /action/cards | {}*11 | 131009 Param [at] must have 2 to 10 cards - got 11.
carousel /action/cards/1/card_index | 0 | 131009 Param [at] repeats "0": it must be unique.
carousel /action/cards/1/card_index | 10 | 131009 Param [at] must be one of {0 to 9} - got "10".
carousel /action/cards/1/header | {"type": "video", "video": {"id": "7"}} | 131009 Param [at] must be of the same type as on the other cards.
carousel /action/cards/1/header | null | 131008 The parameter [at] is required.
carousel /action/cards/1/body/text | x*161 | 131009 Param [at] must be at most 160 characters long.
"#;

const OPENERS: &str = r#"
cta_url /action/name | "url" | 131009 Param [at] must be one of {cta_url} - got "url".
cta_url /action/parameters/display_text | x*21 | 131009 Param [at] must be at most 20 characters long.
cta_url /action/parameters/url | null | 131008 The parameter [at] is required.
flow /action/parameters/flow_cta | x*31 | 131009 Param [at] must be at most 30 characters long.
flow /action/parameters/flow_cta | "Book 🎉" | 131009 Param [at] must not contain emoji.
flow /action/parameters/flow_name | "f" | 131009 Param interactive['action']['parameters'] must be one of {flow_id, flow_name} - got "flow_id and flow_name".
flow /action/parameters/flow_id | null | 131008 The parameter interactive['action']['parameters'] needs flow_id or flow_name.
flow /action/parameters/flow_message_version | 2 | 131009 Param [at] must be one of {3} - got "2".
flow /action/parameters/mode | "live" | 131009 Param [at] must be one of {draft, published} - got "live".
flow /action/parameters/flow_action | "go" | 131009 Param [at] must be one of {navigate, data_exchange} - got "go".
voice_call /action/parameters/ttl_minutes | 43201 | 131009 Param [at] must be one of {1 to 43200} - got "43201".
order_details /action/parameters/total_amount | null | 131008 The parameter [at] is required.
order_status /action/parameters/order | null | 131008 The parameter [at] is required.
address_message /action/parameters/country | "India" | 131009 Param [at] must be one of {an ISO code such as IN} - got "India".
location_request_message /action/name | null | 131008 The parameter [at] is required.
"#;

/// The message of that type, or the interactive one.
fn sample(of: &str) -> (&'static str, Value) {
    let fits = |(message, object): &(&'static str, Value)| *message == of || object["type"] == of;
    samples().into_iter().find(fits).unwrap_or_else(|| panic!("a sample of {of}"))
}

fn value(text: &str) -> Value {
    let repeated = text.rsplit_once('*').and_then(|(what, count)| Some((what, count.parse::<usize>().ok()?)));
    match repeated {
        Some((what, count)) => match serde_json::from_str::<Value>(what) {
            Ok(item) => vec![item; count].into(),
            Err(_) => what.repeat(count).into(),
        },
        None => serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}")),
    }
}

/// Puts the value where the pointer leads, which may be a new field.
fn put(body: &mut Value, pointer: &str, value: Value) {
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
    let parent = body.pointer_mut(parent).unwrap_or_else(|| panic!("no parent of {pointer}"));
    match key.parse::<usize>() {
        Ok(index) if parent.is_array() => parent[index] = value,
        _ => parent[key] = value,
    }
}

/// A pointer as Graph prints it.
fn path(pointer: &str) -> String {
    let mut steps = pointer.split('/').skip(1);
    let first = steps.next().unwrap_or_default().to_owned();
    steps.fold(first, |path, step| match step.parse::<usize>() {
        Ok(index) => format!("{path}[{index}]"),
        Err(_) => format!("{path}['{step}']"),
    })
}

#[test]
fn every_limit_with_its_code_its_path_and_its_words() {
    let rows = [MEDIA, SHORT_ONES, FRAME, MANY, OPENERS].into_iter().flat_map(str::lines);
    for row in rows.filter(|row| !row.is_empty()) {
        let mut cells = row.splitn(3, " | ");
        let mut cell = || cells.next().unwrap_or_else(|| panic!("three cells: {row}"));
        let (place, put_there, refusal) = (cell(), value(cell()), cell());
        let (of, pointer) = place.split_once(' ').unwrap_or((place, ""));
        let (code, sentence) = refusal.split_once(' ').expect("a code and a sentence");
        let (message, object) = sample(of);
        let (mut body, pointer) = (free(message, &object), format!("/{message}{pointer}"));
        if pointer.ends_with("/link") && put_there == "ftp://a.b" {
            put(&mut body, "/image/id", Value::Null);
        }
        put(&mut body, &pointer, put_there);
        let error = parse(&body).expect_err(row);
        let sentence = sentence.replace("[at]", &path(&pointer));
        assert_eq!((error.code().to_string().as_str(), error.to_string()), (code, sentence), "{row}");
    }
}

#[test]
fn what_is_at_its_limit_is_read() {
    for (of, pointer, at_most) in [
        ("image", "/image/caption", "é*1024"),
        ("list", "/interactive/body/text", "x*4096"),
        ("button", "/interactive/action/buttons/0/reply/title", "x*20"),
        ("button", "/interactive/action/buttons/0/reply/id", "x*256"),
        ("list", "/interactive/action/sections/0/rows", r#"{"id": "1", "title": "R"}*9"#),
        ("list", "/interactive/action/sections/0/rows/0/description", "x*72"),
        ("flow", "/interactive/action/parameters/flow_cta", "x*30"),
        ("contacts", "/contacts", r#"{"name": {"formatted_name": "A", "prefix": "Dr"}}*257"#),
    ] {
        let (message, object) = sample(of);
        let mut body = free(message, &object);
        put(&mut body, pointer, value(at_most));
        assert!(parse(&body).is_ok(), "{pointer}: {:?}", parse(&body));
    }
    let product = json!({"type": "product", "action": {"product_retailer_id": "p", "catalog_id": "1"}});
    let products =
        json!({"type": "carousel", "body": {"text": "B"}, "action": {"cards": [product, product]}});
    assert!(parse(&free("interactive", &products)).is_ok());
    let mut text = free("text", &json!({"body": "Hi"}));
    text["context"] = json!({"message_id": "<WAMID>"});
    assert_eq!(parse(&text).map_err(|error| error.code()), Err(131_009));
}
