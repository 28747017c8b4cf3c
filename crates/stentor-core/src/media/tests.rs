//! What is taken and what is not, and that only our own URLs and handles open anything.

use proptest::prelude::*;

use super::*;
use crate::id::{AccountId, MediaId};
use crate::time::Timestamp;

fn webp(flags: u8) -> Vec<u8> {
    [&b"RIFF\0\0\0\0WEBPVP8X\0\0\0\0"[..], &[flags, 0, 0, 0]].concat()
}

#[test]
fn content_is_held_against_its_type_where_that_is_certain() {
    let mp4 = b"\0\0\0\x18ftypisom";
    let pdf = b"%PDF-1.7\n";
    for (mime, head, fits) in [
        ("image/jpeg", &b"\xff\xd8\xff\xe0"[..], true),
        ("image/jpeg", b"\x89PNG\r\n\x1a\n", false),
        ("image/jpeg", b"no image at all", false),
        ("video/mp4", mp4, true),
        ("video/3gpp", mp4, true),
        ("audio/mp4", mp4, true),
        ("audio/aac", mp4, true),
        ("audio/aac", b"\xff\xf1\x50\x80", true),
        ("audio/mpeg", b"ID3\x04", true),
        ("audio/mpeg", b"\xff\xfb\x90\x00", true),
        ("audio/mpeg", b"\0\0\0\0", true),
        ("audio/mpeg", b"OggS", false),
        ("audio/ogg", b"OggS", true),
        ("audio/amr", b"#!AMR\n", true),
        ("application/pdf", pdf, true),
        ("text/plain", pdf, false),
        ("text/plain", b"a shopping list", true),
        ("application/vnd.ms-excel", b"PK\x03\x04", false),
        ("application/msword", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", true),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK\x03\x04", true),
        ("image/gif", b"GIF89a", false),
    ] {
        assert_eq!(judge(mime, head, 100).is_ok(), fits, "{mime} {head:?}");
    }
}

#[test]
fn limits_are_those_of_the_type() {
    let jpeg = b"\xff\xd8\xff\xe0";
    assert!(judge("image/jpeg", jpeg, 5 << 20).is_ok());
    assert!(judge("image/jpeg", jpeg, (5 << 20) + 1).is_err());
    assert!(judge("video/mp4", b"\0\0\0\x18ftypisom", 16 << 20).is_ok());
    assert!(judge("application/pdf", b"%PDF-", 100 << 20).is_ok());
    assert!(judge("application/pdf", b"%PDF-", (100 << 20) + 1).is_err());
    assert!(judge("image/webp", &webp(0), 100 << 10).is_ok());
    assert!(judge("image/webp", &webp(0), 101 << 10).is_err(), "it does not move");
    assert!(judge("image/webp", &webp(2), 500 << 10).is_ok(), "it moves");
    assert!(judge("image/webp", &webp(2), 501 << 10).is_err());
    assert_eq!(judge("image/jpeg", b"", 0), Err(Unfit::Empty));
}

proptest! {
    #[test]
    fn a_url_opens_its_own_medium_in_its_own_time(
        key: [u8; 32], id in 1_i64.., ext in 0_i64..4_000_000_000, late in 1_i64..1_000_000, other in 1_i64..,
    ) {
        let key = UrlKey(key);
        let path = key.path(MediaId(id), Timestamp::from_secs(ext));
        let hash = path.rsplit_once('=').expect("a hash").1;
        prop_assert_eq!(key.check(MediaId(id), ext, hash, Timestamp::from_secs(ext)), Ok(()));
        let late_by = Timestamp::from_secs(ext + late);
        prop_assert_eq!(key.check(MediaId(id), ext, hash, late_by), Err(BadUrl::Expired));
        // A later end, another medium, another key or a cut hash: none is believed.
        prop_assert_eq!(key.check(MediaId(id), ext + late, hash, late_by), Err(BadUrl::Forged));
        prop_assume!(other != id);
        prop_assert_eq!(key.check(MediaId(other), ext, hash, Timestamp::from_secs(0)), Err(BadUrl::Forged));
        prop_assert_eq!(key.check(MediaId(id), ext, &hash[1..], Timestamp::from_secs(0)), Err(BadUrl::Forged));
        prop_assert_eq!(key.check(MediaId(id), ext, "", Timestamp::from_secs(0)), Err(BadUrl::Forged));
    }

    #[test]
    fn a_handle_that_was_touched_is_none(at in 0_usize..200, with in "[ -~]") {
        let key = UrlKey([3; 32]);
        let expires_at = Timestamp::from_secs(1_800_000_000);
        let handle = Handle { account: AccountId(1), media: MediaId(77), mime: "video/mp4".into(), expires_at };
        let text = handle.encode(&key);
        let mut touched = text.clone();
        let at = at % text.len();
        touched.replace_range(at..=at, &with);
        prop_assert_eq!(Handle::decode(&key, &touched).is_some(), touched == text);
    }

    /// Whatever comes: at most `errors_max - 1` errors an hour go unpunished, and a rest always ends.
    #[test]
    fn a_throttle_shuts_out_and_lets_in_again(gaps in prop::collection::vec(0_u64..600, 1..200)) {
        let rule = ThrottleRule { errors_max: 5, rest: Duration::from_mins(30) };
        let (mut throttle, mut now) = (Throttle::default(), Timestamp::from_secs(1_800_000_000));
        let mut counted: Vec<Timestamp> = Vec::new();
        for gap in gaps {
            now = now + Duration::from_secs(gap);
            if throttle.rest(now).is_some() {
                prop_assert!(throttle.rest(now + rule.rest).is_none());
                continue;
            }
            throttle.note(rule, now);
            counted.retain(|at| *at + Duration::from_hours(1) > now);
            counted.push(now);
            prop_assert_eq!(throttle.rest(now).is_some(), counted.len() >= 5);
            if counted.len() >= 5 {
                counted.clear();
            }
        }
    }
}
