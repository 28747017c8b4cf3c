//! What the partner is told: clients, channels and templates that come or change (facts/360dialog 4.3), worked out from a
//! write to the registry. Pure; committed with that write, where the partner listens.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use stentor_core::id::AccountId;
use stentor_core::registry::{Account, Channel, ChannelState, Template};
use stentor_core::time::Timestamp;
use stentor_store::{NewNotice, RegistryChange};

use crate::registry::Snapshot;

/// The events of these changes to the registry as it is.
#[must_use]
pub fn events(current: &Snapshot, changes: &[RegistryChange], now: Timestamp) -> Vec<NewNotice> {
    let mut owners: BTreeSet<_> = current.accounts().map(|account| account.owner_business).collect();
    let mut told = Vec::new();
    for change in changes {
        match change {
            RegistryChange::PutAccount(account) if owners.insert(account.owner_business) => {
                told.push(event("client_created", &client(account), now));
            }
            RegistryChange::PutChannel(channel) => {
                let old = current.channel(channel.id);
                let is_active = channel.state == ChannelState::Active;
                let was_active = old.is_some_and(|old| old.state == ChannelState::Active);
                let data = number(current, channel);
                if old.is_none() {
                    told.push(event("channel_created", &data, now));
                    told.push(event("channel_ready", &data, now));
                }
                if is_active && !was_active {
                    told.push(event("channel_running", &data, now));
                }
                if is_active && old.is_none() {
                    told.push(event("channel_live", &data, now));
                }
            }
            RegistryChange::PutTemplate(new) => {
                let old = current.template_by_id(new.account, new.id);
                if old.is_none_or(|old| old.template.status != new.status) {
                    told.push(event("template_status_changed", &template(new), now));
                }
            }
            _ => {}
        }
    }
    told
}

fn event(name: &str, data: &Value, now: Timestamp) -> NewNotice {
    let value = json!({"event": name, "timestamp": now.secs(), "data": data});
    NewNotice {
        account: AccountId::INSTALLATION,
        channel: None,
        field: name.to_owned(),
        value: value.to_string(),
    }
}

fn client(account: &Account) -> Value {
    json!({"id": format!("{}CL", account.owner_business), "name": account.name})
}

fn number(current: &Snapshot, channel: &Channel) -> Value {
    let owner = current.account(channel.account).map(|account| format!("{}CL", account.owner_business));
    json!({
        "id": format!("{}CH", channel.id),
        "client_id": owner,
        "waba_account_id": format!("{}WA", channel.account),
        "setup_info": {"phone_number": channel.display_phone_number},
        "status": if channel.state == ChannelState::Active { "running" } else { "stopped" },
    })
}

fn template(template: &Template) -> Value {
    json!({
        "id": template.id.to_string(),
        "waba_account_id": format!("{}WA", template.account),
        "name": template.name,
        "language": template.language,
        "category": template.category.as_str(),
        "status": template.status.as_str(),
        "rejected_reason": template.rejected_reason.map(|reason| reason.as_str()),
    })
}
