//! Media and resumable uploads: whose they are, how long they are there, which contents are wanted.

use std::time::Duration;

use stentor_core::id::{AccountId, ChannelId, MediaId};
use stentor_core::time::Timestamp;
use stentor_store::{Media, MediaOrigin, Store, UploadSession};

use super::Case;
use crate::world::*;

pub const CASES: &[Case] = &[
    ("a medium is its account's, until it expires", expiry),
    ("an id is given once", once),
    ("a deleted medium is gone, its content only with the last that has it", contents),
    ("a medium that is shown does not expire", kept),
    ("a resumable upload goes on where it was", resumable),
];

fn media(id: i64, of: (AccountId, ChannelId), content: u8) -> Media {
    Media {
        id: MediaId(id),
        account: of.0,
        channel: of.1,
        origin: MediaOrigin::Upload,
        mime: "image/png".to_owned(),
        sha256: [content; 32],
        size: 5 << 30,
        file_name: Some("a.png".to_owned()),
        created_at: T0,
        expires_at: T0 + DAY,
    }
}

fn session(token: &str, of: (AccountId, ChannelId)) -> UploadSession {
    UploadSession {
        token: token.to_owned(),
        account: of.0,
        channel: of.1,
        file_name: None,
        file_length: 10,
        file_type: "image/png".to_owned(),
        file_offset: 0,
        expires_at: T0 + DAY,
    }
}

fn there(store: &Store, now: Timestamp, of: AccountId, id: i64) -> Option<Media> {
    wait(store.media(now, of, MediaId(id))).expect("read")
}

fn expiry(store: &Store) {
    wait(store.put_media(T0, media(1, A, 1))).expect("put");
    let last = T0 + (DAY - Duration::from_millis(1));
    assert_eq!(there(store, last, A.0, 1), Some(media(1, A, 1)), "as it was put");
    assert_eq!(there(store, T0, B.0, 1), None);
    assert_eq!(there(store, T0 + DAY, A.0, 1), None);
    assert_eq!(wait(store.prune(last, 10)).map(|pruned| pruned.rows), Ok(0));
    assert_eq!(wait(store.prune(T0 + DAY, 10)).map(|pruned| pruned.rows), Ok(1));
    assert_eq!(there(store, T0, A.0, 1), None, "the row is gone");
}

fn once(store: &Store) {
    wait(store.put_media(T0, media(1, A, 1))).expect("put");
    assert!(wait(store.put_media(T0, media(1, B, 2))).is_err());
    assert_eq!(there(store, T0, A.0, 1), Some(media(1, A, 1)));
}

fn contents(store: &Store) {
    for row in [media(1, A, 1), media(2, B, 1), media(3, A, 2)] {
        wait(store.put_media(T0, row)).expect("put");
    }
    let free = || wait(store.unreferenced_media(vec![[1; 32], [2; 32], [3; 32]])).expect("asked");
    assert_eq!(free(), [[3; 32]]);
    let delete = |of, id| wait(store.delete_media(T0, of, MediaId(id))).expect("asked");
    assert_eq!(delete(B.0, 1), None, "another's is not found");
    assert_eq!(delete(A.0, 1), Some(media(1, A, 1)));
    assert_eq!(delete(A.0, 1), None);
    assert_eq!(free(), [[3; 32]], "the other account still has it");
    assert_eq!(delete(B.0, 2), Some(media(2, B, 1)));
    assert_eq!(free(), [[1; 32], [3; 32]]);
}

fn kept(store: &Store) {
    wait(store.put_media(T0, media(1, A, 1))).expect("put");
    assert_eq!(wait(store.keep_media(T0, B.0, MediaId(1))), Ok(false));
    assert_eq!(wait(store.keep_media(T0, A.0, MediaId(1))), Ok(true));
    assert_eq!(wait(store.prune(T0 + DAY * 400, 10)).map(|pruned| pruned.rows), Ok(0));
    assert!(there(store, T0 + DAY * 400, A.0, 1).is_some());
}

fn resumable(store: &Store) {
    wait(store.begin_upload(T0, session("a", A))).expect("begun");
    assert!(wait(store.begin_upload(T0, session("a", B))).is_err(), "a token is drawn once");
    let upload = |now, of| wait(store.upload(now, of, "a".to_owned())).expect("read");
    let advance = |of, offset| wait(store.advance_upload(T0, of, "a".to_owned(), offset)).expect("asked");
    assert_eq!(upload(T0, B.0), None);
    assert!(!advance(B.0, 4));
    assert!(advance(A.0, 4));
    assert_eq!(upload(T0, A.0), Some(UploadSession { file_offset: 4, ..session("a", A) }));
    assert_eq!(upload(T0 + DAY, A.0), None);
    let complete = |row| wait(store.complete_upload(T0, "a".to_owned(), row)).expect("asked");
    assert!(!complete(media(9, B, 1)), "another's");
    assert!(complete(media(9, A, 1)));
    assert!(!complete(media(10, A, 1)), "once");
    assert!(there(store, T0, A.0, 9).is_some() && there(store, T0, A.0, 10).is_none());
    wait(store.begin_upload(T0, session("b", A))).expect("begun");
    let ended = || wait(store.ended_uploads(vec!["a".to_owned(), "b".to_owned()])).expect("asked");
    assert_eq!(ended(), ["a"]);
    assert_eq!(wait(store.prune(T0 + DAY, 10)).map(|pruned| pruned.rows), Ok(2), "the medium and the upload");
    assert_eq!(ended(), ["a", "b"]);
}
