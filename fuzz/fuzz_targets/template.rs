//! The reader of templates: it never panics, and what it keeps of a definition it reads again as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stentor_wire::template::parse_create;

fuzz_target!(|body: &[u8]| {
    if let Ok(parsed) = parse_create(body) {
        let kept = parsed.value.to_json();
        let again = parse_create(kept.as_bytes()).expect("what was kept is read again");
        assert_eq!(again.value.to_json(), kept);
    }
});
