//! Media over the whole way: a gateway whose upstream keeps them (the network as a process speaks Graph), and links that
//! the simulated network cannot fetch.

use std::sync::Arc;

use axum::body::Body;
use serde_json::{Value, json};
use stentor::lifecycle::Lifecycle;
use stentor::network::{self, Options, Ready};
use stentor::outbound::Limits;
use stentor::upstream::cloud_api::{CloudApi, Settings};

use crate::media::{JPEG, form, form_type};
use crate::support::app::{Answer, TestApp};

struct Gateway {
    app: TestApp,
    ready: Ready,
    life: Lifecycle,
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.life.stop();
    }
}

impl Gateway {
    async fn new() -> Self {
        let life = Lifecycle::new();
        let options = Options { listen: "127.0.0.1:0".into(), ..Options::default() };
        let (ready, _) = network::start(options, &life).await.expect("starts");
        let settings = Settings {
            base_url: ready.url.clone(),
            version: "v23.0".into(),
            media_base_url: String::new(),
            token: ready.token.clone(),
            limits: Limits::default(),
        };
        let relay = Arc::new(CloudApi::new(settings).expect("good settings"));
        let app = TestApp::configured(|state| state.media.relay = Some(relay)).await;
        Self { app, ready, life }
    }

    async fn upload(&self, mime: &str, bytes: &[u8]) -> Answer {
        let body = form(&[("messaging_product", "whatsapp")], Some((mime, bytes)));
        self.app.call("POST", "/media", &[("content-type", &form_type())], body).await
    }
}

#[tokio::test]
async fn an_upstream_that_keeps_media_is_asked_for_all_of_them() {
    let gateway = Gateway::new().await;
    let app = &gateway.app;
    let id = gateway.upload("image/jpeg", JPEG).await.json()["id"].as_str().expect("an id").to_owned();
    assert_eq!(app.state.media.folder.files(), 0, "it is not ours");
    let shown = app.get(&format!("/{id}")).await.json();
    assert_eq!((&shown["id"], &shown["mime_type"]), (&json!(id), &json!("image/jpeg")));
    let url = shown["url"].as_str().expect("a URL");
    let path = url.strip_prefix("https://lookaside.fbsbx.com").expect("the host that clients replace");
    assert!(!url.contains(&gateway.ready.url), "{url}");
    let got = app.get(path).await;
    assert_eq!((got.status.as_u16(), &got.bytes[..]), (200, JPEG));
    assert_eq!((got.header("content-type"), got.header("content-length")), ("image/jpeg", "14"));
    let piece = app.call("GET", path, &[("range", "bytes=2-4")], Body::empty()).await;
    assert_eq!((piece.status.as_u16(), &piece.bytes[..]), (206, &JPEG[2..5]));
    assert_eq!(app.get(&format!("/v1/media/{id}")).await.bytes, JPEG);
    assert_eq!(app.get(&path.replace("hash=", "hash=0")).await.status, 404);
    assert_eq!(app.delete(&format!("/{id}")).await.json(), json!({"success": true}));
    let gone = app.get(&format!("/{id}")).await;
    assert_eq!((gone.status.as_u16(), gone.json()["error"]["code"].clone()), (400, json!(100)));
    // What we refuse never goes there.
    assert_eq!(gateway.upload("image/jpeg", b"no picture").await.error().1, 131_053);
}

#[tokio::test]
async fn a_sample_s_handle_is_the_upstream_s() {
    let gateway = Gateway::new().await;
    let app = &gateway.app;
    let query = format!("/uploads?file_length={}&file_type=image/jpeg", JPEG.len());
    let begun = app.call("POST", &query, &[], Body::empty()).await.json();
    let id = begun["id"].as_str().expect("an upload");
    let done = app.call("POST", &format!("/{id}"), &[("file_offset", "0")], JPEG).await.json();
    let handle = done["h"].as_str().unwrap_or_else(|| panic!("no handle: {done}"));
    assert!(handle.starts_with("4::aW1hZ2UvanBlZw==:"), "{handle}");
    let (state, account) = (&app.state, crate::support::app::ACCOUNT);
    let ours = stentor::api::media::resolve(state, account, handle, app.clock.now()).await.expect("asked");
    assert!(ours.is_none(), "it is not our own");
}

#[tokio::test]
async fn an_upstream_that_is_gone_is_a_502() {
    let gateway = Gateway::new().await;
    gateway.life.finish(std::time::Duration::from_secs(5)).await;
    let answer = gateway.upload("image/jpeg", JPEG).await;
    let (http, code, details) = answer.error();
    assert_eq!((http, code), (502, 131_016), "{details}");
    let looked_up: Value = gateway.app.get("/1234567890123456").await.json();
    assert_eq!(looked_up["error"]["code"], 131_016);
}
