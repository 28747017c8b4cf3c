//! The reader of what an upstream sends: nothing it is sent may make it panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stentor_wire::webhook::parse_incoming;

fuzz_target!(|body: &[u8]| {
    let _ = parse_incoming(body);
});
