//! The reader of sends: it never panics, and what it accepts it accepts again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stentor_wire::send::parse_send;

fuzz_target!(|body: &[u8]| {
    if let Ok(parsed) = parse_send(body) {
        assert_eq!(parse_send(body).map(|again| again.value), Ok(parsed.value));
    }
});
