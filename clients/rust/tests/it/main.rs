//! meta-whatsapp, a client library for Meta's Graph API, against a Stentor that it takes for graph.facebook.com.

mod twin;

use meta_whatsapp::webhook::WebhookVerifier;
use meta_whatsapp::{
    ButtonMessage, Error, MediaRef, MediaUpload, MessageRequest, ReplyButton, RetryPolicy, TemplateQuery, TextMessage,
    WhatsAppClient,
};
use meta_whatsapp::message::ImageMessage;
use meta_whatsapp::template::TemplateMessage;
use pollster::block_on;
use serde_json::{Value, json};
use twin::{Plain, Twin};

const READER: &str = "441234567890";

fn client(twin: &Twin) -> WhatsAppClient<Plain> {
    WhatsAppClient::new(twin.text("phone_number_id"), twin.text("api_key"), Plain)
        .with_base_url(twin.text("url"))
        .with_retry(RetryPolicy::none())
}

/// The first webhook's value that `wanted` is true of; every one is verified and parsed by the library.
fn hears(twin: &Twin, wanted: impl Fn(&Value) -> bool) -> Value {
    let verifier = WebhookVerifier::new(twin.text("webhook_secret")).expect("a secret");
    for _ in 0..40 {
        let (body, signature) = twin.webhook();
        verifier.verify_and_parse(&body, &signature).expect("signed and well formed");
        let body: Value = serde_json::from_slice(&body).expect("JSON");
        let value = &body["entry"][0]["changes"][0]["value"];
        if wanted(value) {
            return value.clone();
        }
    }
    panic!("the webhook did not come");
}

fn id(sent: &Value) -> &str {
    sent["messages"][0]["id"].as_str().expect("an id")
}

fn has_status<'a>(id: &'a str, status: &'a str) -> impl Fn(&Value) -> bool + 'a {
    move |value| value["statuses"][0]["id"] == id && value["statuses"][0]["status"] == status
}

#[test]
fn a_template_is_read() {
    let twin = Twin::start();
    let template = TemplateMessage::new("marketing_text_no_param", "en");
    let message = MessageRequest::new(READER, template).biz_opaque_callback_data("campaign-7");
    let sent = block_on(client(&twin).send(&message)).expect("accepted");
    let read = hears(&twin, has_status(id(&sent), "read"));
    assert_eq!(read["statuses"][0]["biz_opaque_callback_data"], "campaign-7");
}

#[test]
fn a_person_is_answered_inside_the_window() {
    let twin = Twin::start();
    let client = client(&twin);
    twin.admin(&format!("/sim/phones/{READER}/say"), json!({"text": "Hello?"}));
    let asked = hears(&twin, |value| value["messages"][0]["text"]["body"] == "Hello?");
    let asked = asked["messages"][0]["id"].as_str().expect("an id");
    assert_eq!(block_on(client.mark_read(asked)).expect("marked")["success"], true);
    let buttons = vec![ReplyButton::new("yes", "Yes"), ReplyButton::new("no", "No")];
    let message = MessageRequest::new(READER, ButtonMessage::new("Shall we?", buttons)).reply_to(asked);
    let sent = block_on(client.send(&message)).expect("accepted");
    hears(&twin, has_status(id(&sent), "delivered"));
    twin.admin(&format!("/sim/phones/{READER}/press"), json!({"button": 1}));
    let pressed = hears(&twin, |value| value["messages"][0]["type"] == "interactive");
    assert_eq!(pressed["messages"][0]["interactive"]["button_reply"]["id"], "no");
    assert_eq!(pressed["messages"][0]["context"]["id"], id(&sent));
}

#[test]
fn media_goes_up_is_described_and_goes() {
    let twin = Twin::start();
    let client = client(&twin);
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89".to_vec();
    let upload = MediaUpload::new("dot.png", "image/png", png).expect("a form");
    let media = block_on(client.upload_media(&upload)).expect("uploaded");
    let info = block_on(client.media_info(&media)).expect("described");
    assert_eq!(info.mime_type.as_deref(), Some("image/png"));
    twin.admin(&format!("/sim/phones/{READER}/say"), json!({"text": "A picture?"}));
    hears(&twin, |value| value["messages"][0]["type"] == "text");
    let image = ImageMessage::new(MediaRef::id(&media)).caption("a dot");
    let sent = block_on(client.send(&MessageRequest::new(READER, image))).expect("accepted");
    hears(&twin, has_status(id(&sent), "delivered"));
    block_on(client.delete_media(&media)).expect("deleted");
    assert!(block_on(client.media_info(&media)).is_err());
}

#[test]
fn account_and_number_are_read() {
    let twin = Twin::start();
    let client = client(&twin);
    let templates = block_on(client.list_templates(&TemplateQuery::new(twin.text("account_id")).limit(5))).expect("a page");
    assert_eq!(templates.data.len(), 5);
    assert!(templates.has_next_page());
    let number = block_on(client.phone_number_info()).expect("a number");
    assert!(number.display_phone_number.is_some() && number.verified_name.is_some());
    block_on(client.business_profile()).expect("a profile");
    block_on(client.webhook_subscriptions(twin.text("account_id"))).expect("subscriptions");
}

#[test]
fn errors_are_the_librarys_own() {
    let twin = Twin::start();
    let refused = block_on(client(&twin).send(&MessageRequest::new(READER, TemplateMessage::new("no_such_template", "en"))));
    let Err(Error::Api { code, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(code, 132_001);
    let stranger = WhatsAppClient::new(twin.text("phone_number_id"), "wrong", Plain).with_base_url(twin.text("url"));
    assert!(block_on(stranger.send(&MessageRequest::new(READER, TextMessage::new("Hello?")))).is_err());
}
