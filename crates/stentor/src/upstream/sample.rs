//! A departure for the tests of the upstreams.

use std::sync::Arc;
use std::time::Duration;

use stentor_core::id::{AccountId, ChannelId, MessageId};
use stentor_core::registry::{Channel, Echo, UpstreamKind};
use stentor_core::route::Route;
use stentor_core::template::Category;
use stentor_core::time::Timestamp;

use super::Departure;

pub const PAYLOAD: &str = r#"{"messaging_product":"whatsapp","to":"+44 1234 567890","type":"template",
    "template":{"name":"spring_sale","language":{"code":"en"},"message_send_ttl_seconds":43200},
    "product_policy":"CLOUD_API_FALLBACK","message_activity_sharing":true,"message_send_ttl_seconds":50000,
    "biz_opaque_callback_data":"the customer's"}"#;

pub fn departure(route: Route, echo: Echo, payload: &str) -> Departure {
    let channel = Channel {
        echo,
        ..Channel::new(
            ChannelId(106_540_352_242_922),
            AccountId(102_290_129_340_398),
            "15550783881",
            UpstreamKind::CloudApi,
            Timestamp::from_secs(0),
        )
    };
    Departure {
        id: MessageId(7_000_000_000_000_042),
        attempt: 2,
        wamid: "wamid.ours".to_owned(),
        channel: Arc::new(channel),
        template: None,
        category: Some(Category::Marketing),
        sharing: true,
        route,
        address: "441234567890".to_owned(),
        payload: payload.as_bytes().to_vec(),
        ttl: Duration::from_secs(50_000),
        window_open: false,
        leaves_before: Timestamp::NEVER,
        reference: None,
    }
}
