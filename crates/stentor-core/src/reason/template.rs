//! Rows of the error table about sending templates and flows. Read by `reason` alone.

use super::{Appears::*, Reason, Retry::*};

#[rustfmt::skip]
pub(super) const ROWS: &[Reason] = &[
    Reason::new(132_000, 400, "Number of parameters does not match the expected number of params", Response, Fix, "The number of parameters differs from the template's. The details name the component."),
    Reason::new(132_001, 404, "Template name does not exist in the translation", Response, Fix, "No approved template has this name in this language on this account (en is not en_US). The details list what there is."),
    Reason::new(132_005, 400, "Translated text too long", Response, Fix, "The text with its parameters filled in is too long. Shorten the parameters."),
    Reason::new(132_007, 400, "Template format character policy violated", Response, Fix, "The text breaks a policy on characters. Change the template or the parameters."),
    Reason::new(132_008, 400, "Parameter value is not valid", Response, Fix, "A template parameter has a value that cannot be. The details name it."),
    Reason::new(132_012, 400, "Parameter format does not match format in the created template", Response, Fix, "A parameter is of another kind than the template's (text for an image, named for positional). The details name it."),
    Reason::new(132_015, 400, "Template is Paused", Both, Wait, "The template is paused for low quality. It wakes by itself after 3 or 6 hours; after a pacing pause it must be unpaused.").wait(300),
    Reason::new(132_016, 400, "Template is Disabled", Response, Fix, "The template was paused too often and is disabled for good. Make a new template."),
    Reason::new(132_018, 400, "Template validation error", Response, Fix, "The template's parameters are wrong. The details name the one."),
    Reason::new(132_068, 400, "Flow is blocked", Response, Fix, "The flow is blocked. Mend the flow first."),
    Reason::new(132_069, 400, "Flow is throttled", Response, Wait, "The flow is throttled to 10 messages an hour. Wait an hour, and mend what throttles it.").wait(3_600),
    Reason::new(139_000, 400, "Flow management error", Response, Fix, "The flow could not be created, changed, published, deprecated or deleted. The details say why.").through(139_004),
];
