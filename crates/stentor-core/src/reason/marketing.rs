//! Rows of the error table that only the marketing-messages API gives. Read by `reason` alone.

use super::{Appears::*, Reason, Retry::*};

#[rustfmt::skip]
pub(super) const ROWS: &[Reason] = &[
    Reason::new(131_055, 400, "Method not allowed", Response, Fix, "Only marketing templates may be sent here. Send this template to /messages."),
    Reason::new(131_061, 400, "Max-price template sent through Cloud API", Response, Fix, "Templates with a max price go the marketing way only. Send it to /marketing_messages."),
    Reason::new(131_063, 400, "Marketing templates disabled for Cloud API", Response, Fix, "The account switched marketing off on /messages. Send it to /marketing_messages."),
    Reason::new(131_065, 400, "Max price is not available in this country", Both, Fix, "Max-price templates cannot be sent to this country. Use another template."),
    Reason::new(134_100, 400, "Only marketing messages supported", Response, Fix, "Only marketing templates may be sent here (the newer code for 131055). Send this template to /messages."),
    Reason::new(134_101, 400, "Your template is still syncing", Response, Wait, "The template is new, or was idle for more than 7 days, and syncs for up to 10 minutes. It can be sent after that.").wait(600),
    Reason::new(134_102, 500, "Template unavailable for use", Response, Fix, "The template's sync failed or the business is not eligible. Check the account's onboarding status."),
    Reason::new(134_103, 400, "Marketing message refused", Response, Fix, "WhatsApp names this code but does not explain it. Read the details, and the account's onboarding status."),
    Reason::new(1_752_041, 400, "Duplicate Request", Response, Never, "The business was already invited to marketing messages. Nothing is to be done."),
];
