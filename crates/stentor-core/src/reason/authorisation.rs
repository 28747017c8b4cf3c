//! Rows of the error table about tokens, permissions and locked accounts. Read by `reason` alone.

use super::{Appears::*, Reason, Retry::*};

#[rustfmt::skip]
pub(super) const ROWS: &[Reason] = &[
    Reason::new(0, 401, "AuthException", Response, Fix, "The token cannot be authenticated: it is wrong, revoked or expired. Make a new one and give it to the channel."),
    Reason::new(3, 500, "API Method", Response, Fix, "The app lacks the capability for this call. Ask for the permission the endpoint names."),
    Reason::new(10, 403, "Permission Denied", Response, Fix, "The permission is missing or the number may not use this API. Grant the app whatsapp_business_messaging and check that the number belongs to the account."),
    Reason::new(190, 401, "Access token has expired", Response, Fix, "The access token has expired, was revoked, or the password changed. Make a new one and give it to the channel."),
    Reason::new(2_200, 400, "Callback verification failed", Response, Fix, "The callback URL did not answer the handshake: it must give hub.challenge back as the whole body of a 200. Mend the receiver and repeat."),
    Reason::new(2_500, 400, "Unknown path components", Response, Fix, "The path names no object or no edge of it. Check the path against the reference."),
    Reason::new(2_635, 400, "Unknown API version", Response, Fix, "There is no such version of the API. Use a later one."),
    Reason::new(200, 403, super::TERMS_NOT_ACCEPTED, Response, Fix, "The account has not accepted Meta's terms for marketing messages (or the permission is missing). Accept them, or send with product_policy CLOUD_API_FALLBACK."),
    Reason::new(201, 403, "API Permission", Response, Fix, "A permission is missing. Grant it to the app and repeat.").through(299),
    Reason::new(368, 403, "Temporarily blocked for policies violations", Both, Never, "WhatsApp restricted or disabled the account for breaking a policy. Read the notice in Business Support and appeal there."),
    Reason::new(130_497, 403, "Business account is restricted from messaging users in this country.", Both, Never, "The account may not message users in this country. Leave such recipients out."),
    Reason::new(131_005, 403, "Access denied", Response, Fix, "The permission was never granted or was taken away. Grant it to the app and repeat."),
    Reason::new(131_031, 403, "Account has been locked", Both, Never, "The account is locked for breaking a policy, or its PIN did not match. Check the account's health and appeal."),
];
