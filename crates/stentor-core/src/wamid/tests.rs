//! Ids of ours survive the round trip and nothing else does; ids of other origins are read as they are.

use proptest::prelude::*;

use super::*;

fn parts(user: &str, direction: Direction, token: &str) -> Option<Parts> {
    Some(Parts { user: user.into(), direction, token: token.into() })
}

#[test]
fn public_samples_are_read() {
    use Direction::{In, Out};
    for (id, user, direction, token) in [
        ("HBgLMTY0NjcwNDM1OTUVAgARGBI4MjZGRDA0OUE2OTQ3RkEyMzcA", "16467043595", Out, "826FD049A6947FA237"),
        (
            "HBgMMjAxMjIyMzkwMTY1FQIAERgSRUVDRUNBMTI1QzhDMkUyMkMzAA==",
            "201222390165",
            Out,
            "EECECA125C8C2E22C3",
        ),
        (
            "HBgLMTY1MDM4Nzk0MzkVAgASGBQzQUFERjg0NDEzNDdFODU3MUMxMAA=",
            "16503879439",
            In,
            "3AADF8441347E8571C10",
        ),
        ("HBgLMTY1MDM4Nzk0MzkVAgARGA9wcm9kdWN0X2lucXVpcnkA", "16503879439", Out, "product_inquiry"),
        ("gBGGFlCGg0cvAgkLFm4e9tICiTI", "16508683472", Out, "0B166E1EF6D2028932"),
        ("ABGGFlCGg0cvAgo-sHWxBA2VFD_S", "16508683472", In, "3EB075B1040D95143FD2"),
    ] {
        assert_eq!(parse(&format!("wamid.{id}")), parts(user, direction, token), "{id}");
        assert_eq!(parse(id.trim_end_matches('=')), parts(user, direction, token), "{id}");
        assert_eq!(decode(&WamidKey([1; 16]), &format!("wamid.{id}")), None, "{id}");
    }
    for id in
        ["", "1", "ABCD", "H00000000000000000000000000000000000000000000000000000=", "HBgLM", "GBGX2323902"]
    {
        assert_eq!(parse(&format!("wamid.{id}")), None, "{id}");
    }
}

#[test]
fn the_bytes_are_the_documented_ones() {
    let wamid = encode(&WamidKey([0; 16]), MessageId(1), "16505551234");
    let bytes = base64::engine::general_purpose::STANDARD.decode(&wamid[6..]).unwrap();
    let token = &bytes[20..38];
    assert_eq!(bytes[..14], [&[0x1C, 0x18, 11], &b"16505551234"[..]].concat());
    assert_eq!(bytes[14..20], [0x15, 2, 0, 0x11, 0x18, 0x12]);
    assert!(token.iter().all(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(b)));
    assert_eq!(bytes[38..], [0]);
}

#[test]
fn neighbours_do_not_look_alike() {
    let key = WamidKey([3; 16]);
    let tokens: Vec<_> =
        (0..64).map(|n| parse(&encode(&key, MessageId(n), "4412345678")).unwrap().token).collect();
    for pair in tokens.windows(2) {
        let same = pair[0].bytes().zip(pair[1].bytes()).filter(|(a, b)| a == b).count();
        assert!(same < 9, "{pair:?}");
    }
}

proptest! {
    #[test]
    fn ours_come_back(key: [u8; 16], id in 0..i64::MAX, user in "[1-9][0-9]{6,14}") {
        let (key, id) = (WamidKey(key), MessageId(id));
        let wamid = encode(&key, id, &user);
        prop_assert_eq!(decode(&key, &wamid), Some(id));
        prop_assert_eq!(phone(&wamid), Some(user.clone()));
        prop_assert!(!mask(&wamid).contains(&user));
    }

    #[test]
    fn user_ids_come_back(id in 0..i64::MAX, user in "[A-Z]{2}\\.[A-Za-z0-9]{1,128}") {
        let key = WamidKey([9; 16]);
        let wamid = encode(&key, MessageId(id), &user);
        prop_assert_eq!(decode(&key, &wamid), Some(MessageId(id)));
        prop_assert_eq!(parse(&wamid).unwrap().user, user);
        prop_assert_eq!(phone(&wamid), None);
    }

    #[test]
    fn the_permutation_is_one(key: [u8; 16], value in 0..1_u128 << 72) {
        let key = WamidKey(key);
        prop_assert!(permute(&key, value) < 1 << 72);
        prop_assert_eq!(unpermute(&key, permute(&key, value)), value);
    }

    #[test]
    fn any_text_is_survived(text in ".{0,80}") {
        let _ = (parse(&text), decode(&WamidKey([0; 16]), &text), mask(&text));
    }
}
