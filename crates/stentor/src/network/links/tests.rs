//! What a link comes to: only this machine is asked, once in ten minutes, and what fails says so in Meta's words.

use super::*;
use crate::outbound::canned::{Act, Canned, answer};

fn links(fetch: Fetch, clock: &Clock) -> Links {
    Links::new(fetch, false, clock.clone()).expect("no certificates")
}

fn image(link: &str) -> Vec<u8> {
    serde_json::json!({
        "messaging_product": "whatsapp", "to": "4915100000001", "type": "image", "image": {"link": link},
    })
    .to_string()
    .into_bytes()
}

const PNG: &str = "content-type: image/png\r\n";

#[tokio::test]
async fn a_file_that_cannot_be_had_is_told_by_host_and_cause() {
    let png = "\u{89}PNG";
    let acts = [
        answer(503, "", ""),
        answer(302, "location: http://127.0.0.1/b\r\n", ""),
        answer(200, "content-type: text/html\r\n", "<html>"),
        answer(200, PNG, "no picture"),
        Act::Close,
        answer(200, PNG, png),
    ];
    let host = Canned::new(acts).await;
    let clock = Clock::manual(Timestamp::from_secs(1_800_000_000));
    let links = links(Fetch::Loopback, &clock);
    for (n, says) in [
        "failed with http code 503, status message Service Unavailable (127.0.0.1)",
        "failed with http code 302, status message Found",
        "Unsupported image type text/html, from 127.0.0.1",
        "declared as image/png, but its content does not begin as one",
        "failed with a connection that broke (127.0.0.1)",
    ]
    .iter()
    .enumerate()
    {
        let why = links.unfetched(&image(&format!("{}/{n}", host.url))).await.expect("a failure");
        assert!(why.contains(says), "{why} does not say: {says}");
    }
}

#[tokio::test]
async fn a_url_is_asked_once_in_ten_minutes() {
    let body = "%PDF-1.4";
    let pdf = || answer(200, "content-type: application/pdf\r\n", body);
    let mut host = Canned::new([pdf(), pdf()]).await;
    let clock = Clock::manual(Timestamp::from_secs(1_800_000_000));
    let links = links(Fetch::Loopback, &clock);
    let document = |path: &str| {
        let document = String::from_utf8(image(&format!("{}/{path}", host.url))).expect("UTF-8");
        document.replace("image", "document").into_bytes()
    };
    let (a, b) = (document("a"), document("a?fresh"));
    assert_eq!((links.unfetched(&a).await, links.unfetched(&a).await), (None, None));
    clock.advance(CACHED - Duration::from_secs(1));
    assert_eq!(links.unfetched(&a).await, None);
    assert_eq!(links.unfetched(&b).await, None);
    let mut asked = Vec::new();
    while let Ok((head, _)) = host.requests.try_recv() {
        asked.push(head.lines().next().unwrap_or_default().to_owned());
    }
    assert_eq!(asked, ["GET /a HTTP/1.1", "GET /a?fresh HTTP/1.1"]);
}

#[tokio::test]
async fn nothing_leaves_this_machine_unless_it_may() {
    let clock = Clock::manual(Timestamp::from_secs(1_800_000_000));
    let here = links(Fetch::Loopback, &clock);
    assert_eq!(here.unfetched(&image("https://example.com/a.jpg")).await, None);
    let dead = here.unfetched(&image("https://cdn.invalid/a.jpg")).await.expect("a name that never is");
    assert_eq!(dead, "Downloading media from weblink failed with no such host (cdn.invalid)");
    let sample = here.unfetched(&image("https://scontent.whatsapp.net/v/a.jpg")).await.expect("as at Meta");
    assert!(sample.contains("http code 403"), "{sample}");
    assert_eq!(links(Fetch::Nothing, &clock).unfetched(&image("http://127.0.0.1:1/a.jpg")).await, None);
    // By the rules of outgoing requests: this machine is not the public internet.
    let all = links(Fetch::All, &clock).unfetched(&image("http://127.0.0.1:1/a.jpg")).await;
    assert!(all.expect("refused").contains("an address that is not public"));
}
