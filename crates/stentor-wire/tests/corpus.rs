//! The fuzzers' seeds through the readers they are for: what `cargo fuzz` asserts holds for them on every run.

use std::path::Path;

use stentor_wire::send::parse_send;
use stentor_wire::template::parse_create;
use stentor_wire::webhook::parse_incoming;

/// (name, content) of the seeds of one target, in order.
fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let entries = std::fs::read_dir(folder).expect("the corpus is checked in");
    let mut seeds: Vec<_> = entries
        .map(|entry| entry.expect("an entry"))
        .map(|entry| {
            let content = std::fs::read(entry.path()).expect("a seed");
            (entry.file_name().display().to_string(), content)
        })
        .collect();
    seeds.sort();
    assert!(!seeds.is_empty(), "{target}");
    seeds
}

#[test]
fn incoming_webhooks_are_read_or_refused() {
    let read = seeds("incoming").iter().filter(|(_, body)| parse_incoming(body).is_ok()).count();
    assert!(read >= 5, "{read}");
}

#[test]
fn sends_are_read_the_same_way_twice() {
    for (name, body) in seeds("send") {
        let (once, twice) = (parse_send(&body), parse_send(&body));
        assert_eq!(once, twice, "{name}");
        assert_eq!(once.is_err(), name.starts_with("misspelt"), "{name}: {once:?}");
    }
}

#[test]
fn definitions_that_are_kept_are_read_again() {
    for (name, body) in seeds("template") {
        let Ok(parsed) = parse_create(&body) else {
            assert!(name.starts_with("odd"), "{name}");
            continue;
        };
        let kept = parsed.value.to_json();
        assert_eq!(parse_create(kept.as_bytes()).expect("read again").value.to_json(), kept, "{name}");
    }
}
