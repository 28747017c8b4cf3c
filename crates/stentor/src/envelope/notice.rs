//! What an account is told of itself: the values of `account_update` and `phone_number_quality_update` (facts/meta 6.4).
//! Pure; committed by whoever changes the account.

use serde_json::{Value, json};
use stentor_core::id::AccountId;
use stentor_core::registry::{Account, AccountState, Channel};
use stentor_core::time::Timestamp;
use stentor_store::NewNotice;

/// A notice about an account as a whole.
#[must_use]
pub fn of_account(account: AccountId, field: &str, value: &Value) -> NewNotice {
    NewNotice { account, channel: None, field: field.to_owned(), value: value.to_string() }
}

fn update(account: AccountId, value: &Value) -> NewNotice {
    of_account(account, "account_update", value)
}

/// `MM_LITE_TERMS_SIGNED`: one for every account of the business that signed.
#[must_use]
pub fn terms_signed(account: &Account) -> NewNotice {
    let (waba, owner) = (account.id.to_string(), account.owner_business.to_string());
    let value = json!({
        "event": "MM_LITE_TERMS_SIGNED",
        "waba_info": {"waba_id": waba, "owner_business_id": owner},
    });
    update(account.id, &value)
}

/// What an account's new state is told as: a restriction with the violation it is for, a ban, or its end.
#[must_use]
pub fn state_changed(old: &Account, new: &Account, now: Timestamp) -> Vec<NewNotice> {
    let is_banned = |state| matches!(state, AccountState::Disabled | AccountState::Locked);
    let ban = |state: &str| {
        let info = json!({"waba_ban_state": state, "waba_ban_date": date(now)});
        update(new.id, &json!({"event": "DISABLED_UPDATE", "ban_info": info}))
    };
    if old.state == new.state {
        return Vec::new();
    }
    match new.state {
        AccountState::Restricted => {
            let violation =
                json!({"event": "ACCOUNT_VIOLATION", "violation_info": {"violation_type": "SPAM"}});
            let restricted = json!([{"restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING"}]);
            let restriction = json!({"event": "ACCOUNT_RESTRICTION", "restriction_info": restricted});
            vec![update(new.id, &violation), update(new.id, &restriction)]
        }
        state if is_banned(state) && !is_banned(old.state) => vec![ban("DISABLE")],
        AccountState::Active if is_banned(old.state) => vec![ban("REINSTATE")],
        _ => Vec::new(),
    }
}

/// `ONBOARDING` of a number. `limit`: its business's `TIER_*`.
#[must_use]
pub fn number_onboarded(channel: &Channel, limit: &str) -> NewNotice {
    number_quality(channel, "ONBOARDING", limit)
}

/// `THROUGHPUT_UPGRADE`, where the number's rate was raised above Meta's usual.
#[must_use]
pub fn rate_changed(old: &Channel, new: &Channel, limit: &str) -> Option<NewNotice> {
    const USUAL_PER_S: u32 = 80;
    let is_upgrade = old.rate_per_s <= USUAL_PER_S && new.rate_per_s > USUAL_PER_S;
    is_upgrade.then(|| number_quality(new, "THROUGHPUT_UPGRADE", limit))
}

fn number_quality(channel: &Channel, event: &str, limit: &str) -> NewNotice {
    let value = json!({
        "display_phone_number": channel.display_phone_number,
        "event": event,
        "current_limit": limit,
        "max_daily_conversations_per_business": limit,
    });
    of_account(channel.account, "phone_number_quality_update", &value)
}

/// As Meta writes the day of a ban: `January 31, 2026`.
fn date(at: Timestamp) -> String {
    let day = jiff::Timestamp::from_millisecond(at.millis()).unwrap_or_default();
    day.strftime("%B %-d, %Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(from: AccountState, to: AccountState) -> Vec<Value> {
        let at = Timestamp::from_secs(1_769_817_600);
        let account = |state| Account { state, ..Account::new(AccountId(7), "Shop", String::new(), at) };
        let notices = state_changed(&account(from), &account(to), at);
        notices.iter().map(|notice| serde_json::from_str(&notice.value).expect("JSON")).collect()
    }

    #[test]
    fn a_state_is_told_when_it_changes_and_only_then() {
        use AccountState::{Active, Disabled, Locked, Restricted, Unpaid};
        let ban = |state: &str| {
            let info = json!({"waba_ban_state": state, "waba_ban_date": "January 31, 2026"});
            json!({"event": "DISABLED_UPDATE", "ban_info": info})
        };
        assert_eq!(told(Active, Disabled), [ban("DISABLE")]);
        assert_eq!(told(Locked, Active), [ban("REINSTATE")]);
        assert_eq!(told(Restricted, Locked), [ban("DISABLE")]);
        assert_eq!(told(Active, Restricted).len(), 2);
        for (from, to) in [(Active, Active), (Disabled, Locked), (Active, Unpaid), (Unpaid, Active)] {
            assert!(told(from, to).is_empty(), "{from:?} {to:?}");
        }
    }

    #[test]
    fn only_a_rate_above_the_usual_is_an_upgrade() {
        let at = Timestamp::from_secs(0);
        let kind = stentor_core::registry::UpstreamKind::Simulated;
        let channel = |rate_per_s| Channel {
            rate_per_s,
            ..Channel::new(stentor_core::id::ChannelId(1), AccountId(7), "15550001111", kind, at)
        };
        let upgrade = |from, to| rate_changed(&channel(from), &channel(to), "TIER_UNLIMITED").is_some();
        assert_eq!([upgrade(80, 1_000), upgrade(20, 80), upgrade(500, 1_000)], [true, false, false]);
    }
}
