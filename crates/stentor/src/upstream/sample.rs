//! A departure, and a network to leave for, for tests.

use std::sync::Arc;
use std::time::Duration;

use stentor_core::id::{AccountId, ChannelId, MessageId};
use stentor_core::registry::{Channel, Echo, UpstreamKind};
use stentor_core::route::Route;
use stentor_core::template::Category;
use stentor_core::time::Timestamp;
use stentor_simnet::{NetworkConfig, Profile, Rendered};

use super::simulated::{Render, Simulated};
use super::{Departure, Upstream};
use crate::clock::Clock;
use crate::network::Local;

/// A request with everything in it that is ours.
pub const PAYLOAD: &str = r#"{"messaging_product":"whatsapp","to":"+44 1234 567890","type":"template",
    "template":{"name":"spring_sale","language":{"code":"en"},"message_send_ttl_seconds":43200},
    "product_policy":"CLOUD_API_FALLBACK","message_activity_sharing":true,"message_send_ttl_seconds":50000,
    "biz_opaque_callback_data":"the customer's"}"#;

/// Its second attempt, on a number of Britain.
#[must_use]
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

/// A simulated network that answers at once, and its inside.
#[must_use]
pub fn network(clock: Clock) -> (Upstream, Local) {
    let (network, _) = Local::new(NetworkConfig::default(), clock);
    network.set_profile(Profile::parse(r#"{"reply_ms": 0}"#).expect("a profile"));
    let render: Render =
        Arc::new(|departure| Rendered { body: departure.wamid.clone(), ..Rendered::default() });
    let upstream = Simulated::new(network.clone(), render, Duration::from_secs(30), None);
    (Upstream::Simulated(upstream), network)
}
