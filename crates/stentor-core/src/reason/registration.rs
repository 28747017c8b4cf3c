//! Rows of the error table about registering a business number. Read by `reason` alone.

use super::{Appears::*, Reason, Retry::*};

#[rustfmt::skip]
pub(super) const ROWS: &[Reason] = &[
    Reason::new(133_000, 500, "Incomplete Deregistration", Response, Fix, "An earlier deregistration did not finish. Deregister the number again, then register it."),
    Reason::new(133_004, 503, "Server Temporarily Unavailable", Response, Transient, "The registration server was unavailable. Look at the number's status before you repeat."),
    Reason::new(133_005, 400, "Two step verification PIN Mismatch", Response, Fix, "The PIN is wrong. Use the right one, or reset it in WhatsApp Manager."),
    Reason::new(133_006, 400, "Phone number re-verification needed", Response, Fix, "The number must be verified again before it is registered."),
    Reason::new(133_008, 400, "Too Many two step verification PIN Guesses", Response, Wait, "Too many wrong PINs. Wait as long as the details say.").wait(3_600),
    Reason::new(133_009, 400, "Two step verification PIN Guessed Too Fast", Response, Wait, "PINs were tried too fast. Wait as long as the details say.").wait(300),
    Reason::new(133_010, 400, "Phone number Not Registered", Response, Fix, "The number is not registered on the Cloud API. Register it first."),
    Reason::new(133_015, 400, "Please wait a few minutes before attempting to register this phone number", Response, Wait, "The number was deleted a moment ago. Wait 5 minutes and register again.").wait(300),
    Reason::new(134_011, 400, "WhatsApp Payments terms of service has not been accepted", Response, Fix, "The payments terms are not accepted. Follow the link in the details."),
    Reason::new(135_000, 400, "Generic user error", Response, Fix, "The request's parameters do not fit together. Check them against the reference."),
];
