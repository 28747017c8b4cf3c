//! Every kind of webhook we send, field by field, against the table of types beside this file.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use stentor::api::inbound;
use stentor::api::verdicts::{self, Verdict};
use stentor::network::inbound as people;
use stentor_core::id::TemplateId;
use stentor_core::message::{Status, StatusKind, UpstreamStatus};
use stentor_core::template::{Category, Quality};
use stentor_core::wamid;
use stentor_simnet::{Click, Contact, Inbound, InboundKind, Location, Media, MediaKind};

use super::support::app::{ACCOUNT, CHANNEL, NUMBER, START, TestApp, specification};

const TABLE: &str = include_str!("webhook_types.tsv");

fn table() -> BTreeMap<String, Vec<&'static str>> {
    let rows = TABLE.lines().filter(|line| !line.starts_with('#'));
    let row = |line: &'static str| {
        let (path, types) = line.split_once('\t').expect("a path and its types");
        let path = path
            .strip_prefix('V')
            .map_or_else(|| path.to_owned(), |rest| format!("entry[].changes[].value{rest}"));
        (path, types.split(' ').collect())
    };
    rows.map(row).collect()
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn hold(table: &BTreeMap<String, Vec<&'static str>>, path: &str, value: &Value, wrong: &mut Vec<String>) {
    if !path.is_empty() {
        let is = kind(value);
        // A whole number is a number, too.
        let fits = |types: &Vec<&str>| types.contains(&is) || (is == "integer" && types.contains(&"number"));
        match table.get(path) {
            Some(types) if fits(types) => {}
            Some(types) => wrong.push(format!("{path} is {is}, not {}", types.join(" or "))),
            None => wrong.push(format!("{path} ({is}) is not in the table")),
        }
    }
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                hold(table, &path, field, wrong);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| hold(table, &format!("{path}[]"), item, wrong)),
        _ => {}
    }
}

fn doings() -> Vec<InboundKind> {
    let media = |kind| {
        let caption = matches!(kind, MediaKind::Image | MediaKind::Video | MediaKind::Document);
        InboundKind::Media(Media {
            kind,
            id: "1003383421387256".to_owned(),
            mime_type: "audio/ogg".to_owned(),
            sha256: "eA==".to_owned(),
            caption: caption.then(|| "Look".to_owned()),
            filename: (kind == MediaKind::Document).then(|| "a.pdf".to_owned()),
        })
    };
    let text = |text: &str| text.to_owned();
    let mut all = vec![
        InboundKind::Text(text("Hi")),
        InboundKind::Button { text: text("Later"), payload: text("later-1") },
        InboundKind::ButtonReply { id: text("yes"), title: text("Yes") },
        InboundKind::ListReply { id: text("s"), title: text("Small"), description: text("Not large") },
        InboundKind::Reaction { message_id: text("wamid.x"), emoji: Some(text("👍")) },
        InboundKind::Reaction { message_id: text("wamid.x"), emoji: None },
        InboundKind::Location(Location {
            latitude_e7: 525_200_000,
            longitude_e7: 130_000_000,
            name: Some(text("Home")),
            address: Some(text("1 Road")),
        }),
        InboundKind::Contact(Contact { name: text("Ann Lee"), phone: Some(text("+441234567891")) }),
        InboundKind::MarketingStopped(true),
        InboundKind::MarketingStopped(false),
    ];
    all.extend(MediaKind::ALL.map(media));
    all
}

/// What people do, told as the network tells it.
async fn people_do(app: &TestApp) {
    for (n, kind) in doings().into_iter().enumerate() {
        let doing = Inbound {
            id: format!("wamid.{n}"),
            account: ACCOUNT.to_string(),
            phone_number_id: CHANNEL.to_string(),
            from: "441234567890".to_owned(),
            user_id: Some("GB.123".to_owned()),
            kind,
            at: START,
            context: Some("wamid.x".to_owned()),
        };
        let contact = people::contact(&doing);
        match (people::preference(&doing), people::message(&doing, NUMBER)) {
            (Some(preference), _) => {
                inbound::preferred(&app.state, ACCOUNT, CHANNEL, contact, preference).await.unwrap();
            }
            (None, Some(message)) => {
                inbound::wrote(&app.state, ACCOUNT, CHANNEL, contact, message).await.unwrap()
            }
            (None, None) => panic!("a doing that nobody is told of"),
        }
    }
    let click = Click {
        account: ACCOUNT.to_string(),
        phone_number_id: CHANNEL.to_string(),
        id: "click".to_owned(),
        token: "token".to_owned(),
        at: START,
        url: String::new(),
    };
    inbound::acted(&app.state, ACCOUNT, CHANNEL, people::action(&click)).await.unwrap();
}

/// Every kind of webhook there is to hold.
const FIELDS: [&str; 9] = [
    "messages",
    "user_preferences",
    "account_update",
    "phone_number_quality_update",
    "business_capability_update",
    "message_template_status_update",
    "message_template_quality_update",
    "template_category_update",
    "message_template_components_update",
];

/// What is told of the account, its number and its templates.
async fn the_account_changes(app: &TestApp) {
    let (account, channel) =
        (format!("/admin/v1/accounts/{ACCOUNT}"), format!("/admin/v1/channels/{CHANNEL}"));
    for state in ["restricted", "disabled", "active"] {
        app.call("PATCH", &account, &[], json!({"state": state}).to_string()).await;
    }
    app.call("PATCH", &account, &[], json!({"messaging_limit": "TIER_2K"}).to_string()).await;
    app.call("PATCH", &channel, &[], json!({"rate_per_s": 1_000}).to_string()).await;
    app.call("DELETE", &format!("{account}/terms"), &[], "").await;
    app.post(&format!("{account}/terms"), &json!({})).await;
    let snapshot = app.state.directory.snapshot();
    let of = &snapshot.template_by_id(ACCOUNT, TemplateId(1)).unwrap().template;
    for verdict in [
        Verdict::Approved,
        Verdict::Scored(Quality::Yellow),
        Verdict::Announced(Category::Utility),
        Verdict::Recategorised(Category::Utility),
    ] {
        verdicts::reviewed(&app.state, ACCOUNT, (&of.name, &of.language), verdict).await.unwrap();
    }
    let components = json!([{"type": "BODY", "text": "Other words"}]);
    let edited = app.post("/message_templates/1", &json!({"components": components})).await;
    assert_eq!(edited.status, 200);
    verdicts::reviewed(&app.state, ACCOUNT, (&of.name, &of.language), Verdict::Approved).await.unwrap();
}

#[tokio::test]
async fn no_field_of_ours_has_another_type_than_metas() {
    let app = TestApp::new().await;
    app.account_endpoint("https://example.com/hook").await;
    let mut request = specification();
    request["biz_opaque_callback_data"] = json!("order-7");
    for last in [StatusKind::Read, StatusKind::Failed { code: 131_049, detail: "enough".to_owned() }] {
        app.post("/marketing_messages", &request).await;
        let sent = app.leave().await;
        let told = [StatusKind::Sent, StatusKind::Delivered, last].into_iter().map(|kind| UpstreamStatus {
            channel: CHANNEL,
            upstream_id: sent.clone(),
            message: wamid::decode(&app.state.wamid_key, &sent),
            mark: None,
            recipient: None,
            status: Status { kind, at: START },
        });
        inbound::statuses(&app.state, ACCOUNT, told.collect()).await.unwrap();
        app.clock.advance(std::time::Duration::from_secs(60));
    }
    people_do(&app).await;
    for to in ["PAUSED", "APPROVED", "DISABLED", "REJECTED"] {
        app.post("/admin/v1/templates/1/move", &json!({"to": to})).await;
    }
    the_account_changes(&app).await;
    let bodies = app.bodies().await;
    let fields: BTreeSet<&str> =
        bodies.iter().filter_map(|body| body["entry"][0]["changes"][0]["field"].as_str()).collect();
    for field in FIELDS {
        assert!(fields.contains(field), "{field} is not among {fields:?}");
    }
    assert!(bodies.len() > 20, "{} webhooks", bodies.len());
    let (table, mut wrong) = (table(), Vec::new());
    bodies.iter().for_each(|body| hold(&table, "", body, &mut wrong));
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
