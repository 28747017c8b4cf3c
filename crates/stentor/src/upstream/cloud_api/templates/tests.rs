//! Templates against canned answers: the requests, and what each answer means.

use stentor_core::id::TemplateId;
use stentor_core::time::Timestamp;

use super::super::tests::{connector, connector_for};
use super::*;
use crate::outbound::canned::{Act, Canned, answer};

const ACCOUNT: AccountId = AccountId(102_290_129_340_398);

fn template() -> Template {
    let components = r#"[{"type":"BODY","text":"Hi"}]"#.to_owned();
    let key = ("spring_sale", "en");
    let made =
        Template::new(TemplateId(7), ACCOUNT, key, Category::Marketing, components, Timestamp::from_secs(0));
    Template { ttl_secs: Some(43_200), ..made }
}

fn item(id: &str, status: &str, category: &str) -> String {
    format!(
        r#"{{"id":"{id}","name":"spring_sale","language":"en","status":"{status}","category":"{category}",
        "rejected_reason":"NONE","quality_score":{{"score":"YELLOW","date":1}},"components":[{{"type":"BODY","text":"Hi"}}]}}"#
    )
}

fn there() -> Listed {
    listed(&serde_json::from_str(&item("42", "APPROVED", "MARKETING")).expect("JSON")).expect("a template")
}

#[tokio::test]
async fn what_is_asked_is_metas_own_request() {
    let mut server = Canned::new((0..8).map(|_| answer(200, "", r#"{"success":true,"data":[]}"#))).await;
    let api = connector(&server.url);
    api.create_template(&template()).await.expect("made");
    api.edit_template(&there(), &template()).await.expect("edited");
    api.delete_template(ACCOUNT, &there()).await.expect("deleted");
    api.list_templates(ACCOUNT, Some("spring_sale")).await.expect("listed");
    let extra = r#"{"cta_url_link_tracking_opted_out":true,"sub_category":"CUSTOM"}"#.to_owned();
    api.change_template(&there(), &Template { extra, ..template() }).await.expect("changed");
    api.archive_template(ACCOUNT, &there(), true).await.expect("archived");
    api.archive_template(ACCOUNT, &there(), false).await.expect("unarchived");
    api.unpause_template(&there()).await.expect("unpaused");
    let change = json!({"message_send_ttl_seconds": 43_200, "cta_url_link_tracking_opted_out": true});
    let ids = json!({"hsm_ids": ["42"]});
    let create = json!({
        "name": "spring_sale", "language": "en", "category": "MARKETING", "parameter_format": "POSITIONAL",
        "message_send_ttl_seconds": 43_200, "components": [{"type": "BODY", "text": "Hi"}],
    });
    let edit = json!({
        "message_send_ttl_seconds": 43_200, "components": [{"type": "BODY", "text": "Hi"}],
    });
    let edge = "/v23.0/102290129340398/message_templates";
    let fields = FIELDS.replace(',', "%2C");
    for (line, expected) in [
        (format!("POST {edge} "), create),
        ("POST /v23.0/42 ".to_owned(), edit),
        (format!("DELETE {edge}?hsm_id=42&name=spring_sale "), Value::Null),
        (format!("GET {edge}?fields={fields}&limit=100&name=spring_sale "), Value::Null),
        ("POST /v23.0/42 ".to_owned(), change),
        (format!("POST {edge}/archive "), ids.clone()),
        (format!("POST {edge}/unarchive "), ids),
        ("POST /v23.0/42/unpause ".to_owned(), json!({})),
    ] {
        let (head, body) = server.requests.recv().await.expect("a request");
        assert!(head.starts_with(&line), "{line} {head}");
        assert!(head.contains("authorization: Bearer EAAG\r\n"), "{head}");
        assert_eq!(serde_json::from_str::<Value>(&body).unwrap_or_default(), expected, "{line}");
    }
}

#[tokio::test]
async fn every_answer_says_one_thing_of_the_template() {
    let standing = |status, category| Ok(Standing { status, rejected_reason: None, category, quality: None });
    let refused = |code, details: &str| Err(Some(Trouble::Refused { code, details: details.to_owned() }));
    let error = |code: u32, more: &str| format!(r#"{{"error":{{"message":"m","code":{code}{more}}}}}"#);
    let later = || Err(None);
    for (act, expected) in [
        (
            answer(200, "", r#"{"id":"1","status":"APPROVED","category":"UTILITY"}"#),
            standing(TemplateStatus::Approved, Some(Category::Utility)),
        ),
        (answer(200, "", r#"{"id":"1","status":"REJECTED"}"#), standing(TemplateStatus::Rejected, None)),
        (answer(200, "", r#"{"id":"1"}"#), standing(TemplateStatus::Pending, None)),
        (answer(400, "", &error(100, "")), refused(100, "m")),
        (answer(400, "", &error(100, r#","error_subcode":2388024"#)), Err(Some(Trouble::Exists))),
        (answer(400, "", &error(100, r#","error_subcode":33"#)), later()),
        (answer(400, "", &error(100, r#","is_transient":true"#)), later()),
        (answer(400, "", &error(190, "")), later()),
        (answer(400, "", &error(80_008, "")), later()),
        (answer(401, "", &error(100, "")), later()),
        (answer(429, "", &error(100, "")), later()),
        (answer(500, "", &error(100, "")), later()),
        (answer(404, "", "<html>"), later()),
        (answer(200, "", "<html>"), later()),
        (Act::Close, later()),
        (Act::Hang, later()),
    ] {
        let server = Canned::new([act.clone()]).await;
        let told = connector_for(&act, &server.url).create_template(&template()).await;
        let told = told.map_err(|trouble| Some(trouble).filter(|t| !matches!(t, Trouble::Later(_))));
        assert_eq!(told, expected, "{act:?}");
    }
}

#[tokio::test]
async fn a_listing_is_read_to_its_last_page() {
    let page = |item: &str, paging: &str| answer(200, "", &format!(r#"{{"data":[{item}]{paging}}}"#));
    let more = r#","paging":{"cursors":{"after":"a b"},"next":"https://x"}"#;
    let pages = [
        page(&item("1", "APPROVED", "MARKETING"), more),
        page(&item("2", "A_NEW_WORD", "MARKETING"), r#","paging":{"cursors":{"after":"c"}}"#),
    ];
    let mut server = Canned::new(pages).await;
    let listing = connector(&server.url).list_templates(ACCOUNT, None).await.expect("listed");
    assert!(listing.complete);
    let ids: Vec<_> = listing.templates.iter().map(|listed| listed.id.as_str()).collect();
    assert_eq!(ids, ["1"], "a status nobody knows is left out");
    let found = listing.find("spring_sale", "en").expect("found");
    assert_eq!(found.definition.as_ref().map(|d| d.components.len()), Some(1));
    assert_eq!(listing.find("spring_sale", "de"), None);
    server.requests.recv().await.expect("the first page");
    let (head, _) = server.requests.recv().await.expect("the second page");
    assert!(head.lines().next().expect("a line").contains("&after=a+b "), "{head}");

    let endless = Canned::new((0..3).map(|_| page("", more))).await;
    let listing = connector(&endless.url).list_templates(ACCOUNT, None).await.expect("listed");
    assert!(!listing.complete, "a cursor that does not move");
}

#[tokio::test]
async fn what_could_not_be_archived_is_a_refusal() {
    let failed = r#"{"archived_templates":[],"failed_templates":{"42":"Only approved or rejected"}}"#;
    let server = Canned::new([answer(200, "", failed)]).await;
    let told = connector(&server.url).archive_template(ACCOUNT, &there(), true).await;
    assert!(
        matches!(told, Err(Trouble::Refused { code: 100, details }) if details.contains("Only approved"))
    );
}
