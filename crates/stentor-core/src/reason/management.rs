//! Rows of the error table about templates and accounts being managed: mostly subcodes of code 100. Read by `reason` alone.

use super::{Appears::*, Reason, Retry::*};

#[rustfmt::skip]
pub(super) const ROWS: &[Reason] = &[
    Reason::sub(100, 2_388_019, 2_388_019, "Template limit reached", "The account has as many templates as it may have. Delete some."),
    Reason::sub(100, 2_388_023, 2_388_023, "Template is being deleted", "A template of this name and language was deleted; the name is free again after 30 days. Use another name."),
    Reason::sub(100, 2_388_024, 2_388_024, "Content in this language already exists", "The template already exists in this language. Edit it, or use another name."),
    Reason::sub(100, 2_388_039, 2_388_039, "Template refused", "The template was refused. The details say why."),
    Reason::sub(100, 2_388_040, 2_388_040, "Field exceeds its length", "A field of the template is too long. The details name it."),
    Reason::sub(100, 2_388_043, 2_388_043, "Message template \"components\" param is missing expected field(s)", "The example values do not fit the variables: give one for each. The details name the text."),
    Reason::sub(100, 2_388_046, 2_388_046, "Template name format is incorrect", "A template's name may hold only lower-case letters, digits and underscores, at most 512."),
    Reason::sub(100, 2_388_047, 2_388_047, "Header format is incorrect", "The header breaks its format: at most 60 characters, one variable, no markdown."),
    Reason::sub(100, 2_388_072, 2_388_072, "Body format is incorrect", "The body breaks its format. The details say where."),
    Reason::sub(100, 2_388_073, 2_388_073, "Footer format is incorrect", "The footer breaks its format: at most 60 characters and no variables."),
    Reason::sub(100, 2_388_293, 2_388_293, "Too many variables for the length of the text", "The body has too many variables for its words. Write more text or use fewer variables."),
    Reason::sub(100, 2_388_299, 2_388_299, "Variables can't be at the start or end of the template", "A variable stands at the start or the end of the text. Put words around it."),
    Reason::sub(100, 2_388_001, 2_388_001, "Phone number migration error", "The number could not be moved. The details say why."),
    Reason::sub(100, 2_388_012, 2_388_012, "Phone number migration error", "The number could not be moved. The details say why."),
    Reason::sub(100, 2_388_091, 2_388_091, "Phone number migration error", "The number could not be moved. The details say why."),
    Reason::sub(100, 2_388_093, 2_388_093, "Phone number migration error", "The number could not be moved. The details say why."),
    Reason::sub(100, 2_388_103, 2_388_103, "Phone number migration error", "The number could not be moved. The details say why."),
    Reason::sub(100, 2_494_100, 2_494_100, "Phone number migration error", "The number could not be moved. The details say why."),
    Reason::sub(100, 2_593_079, 2_593_079, "Template insights unavailable", "Template insights are not available for this account. Confirm them in the account's settings first."),
    Reason::sub(100, 2_593_085, 2_593_085, "Invalid WhatsApp Business Account for OBO Mobility", "This account cannot be moved. The details say why."),
    Reason::sub(100, 2_593_107, 2_593_107, "Synchronization Request limit exceeded", "The history was already synchronised. It can be asked for once."),
    Reason::sub(100, 2_593_108, 2_593_108, "Synchronization Request made outside of allowed time window", "The history can be asked for only within 24 hours of onboarding. Onboard the number again."),
    Reason::sub(100, 2_593_109, 2_593_109, "Synchronization refused", "The history cannot be synchronised. The details say why."),
    Reason::sub(100, 2_494_164, 2_494_179, "In-app sign-up error", "The sign-up inside the app failed. The details say why."),
    Reason::sub(100, 136_024, 136_024, "Too many codes requested", "Too many verification codes were asked for. Wait and ask again."),
    Reason::new(138_000, 400, "Calling error", Response, Fix, "The call was refused. The details say why.").through(138_018),
    Reason::new(139_100, 400, "Block list error", Response, Fix, "The block list could not be changed. The details say why.").through(139_103),
    Reason::new(147_001, 400, "Username error", Response, Fix, "The business username was refused. The details say why.").through(147_005),
    Reason::new(200_005, 400, "Template insights error", Response, Fix, "Template insights are not available. Confirm them in the account's settings first.").through(200_007),
];
