//! Rows of the error table about limits of speed and volume. Read by `reason` alone.

use super::{Appears::*, Reason, Retry::*};

#[rustfmt::skip]
pub(super) const ROWS: &[Reason] = &[
    Reason::new(4, 400, "Application request limit reached", Response, Safe, "The app made too many calls. Nothing was sent; it is sent again, more slowly."),
    Reason::new(80_007, 400, "Rate limit issues", Response, Safe, "The account made too many calls. Nothing was sent; it is sent again, more slowly."),
    Reason::new(80_008, 400, "There have been too many calls to this WhatsApp Business account", Response, Safe, "The account made too many management calls. Wait a little and repeat."),
    Reason::new(130_429, 400, "Rate limit hit", Response, Safe, "The number's messages-per-second limit was reached. Nothing was sent; lower the rate or ask for a higher throughput."),
    Reason::new(131_048, 400, "Spam rate limit hit", Both, Never, "Too many people blocked or reported this number, so its sending is restricted for hours or days. Check the quality rating and send to people who want to hear from you."),
    Reason::new(131_056, 400, "(Business Account, Consumer Account) pair rate limit hit", Response, Safe, "Too many messages to this one person in a short time. Nothing was sent; it is sent again after a growing pause."),
    Reason::new(131_064, 400, "Messaging limited for misuse of template categories", Both, Never, "The account's utility templates were found to be promotional and its sending is limited. Read the restriction's end in the account_update webhook."),
    Reason::new(133_016, 400, "Account register deregister rate limit exceeded", Response, Wait, "The number was registered or deregistered more than 10 times in 72 hours. Wait 72 hours.").wait(72 * 3_600),
];
