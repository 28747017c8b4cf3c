//! The closed lists of words around templates, each with its text on the wire. Texts are upper case; any case parses.
//! Used by every layer; decides nothing but `sendable`.

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$vdoc])* $variant,)+
        }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The word as the wire and the store write it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            /// Reads the word in any case; `None` for a word that is not one of these.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|word| word.as_str().eq_ignore_ascii_case(text))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words!(
    /// What a template is for; it decides the endpoint, the price and the range of the TTL.
    Category {
        /// Promotions, offers, anything that is not one of the other two.
        Marketing = "MARKETING",
        /// About something the person did or asked for.
        Utility = "UTILITY",
        /// One-time passcodes.
        Authentication = "AUTHENTICATION",
    }
);

words!(
    /// Where a template stands with its reviewer (Meta's words; 360dialog's list writes `submitted` for `PENDING`).
    TemplateStatus {
        /// In review: approved or rejected within a day.
        Pending = "PENDING",
        /// The only state from which messages are sent.
        Approved = "APPROVED",
        /// Refused in review; may be edited and submitted again, or appealed.
        Rejected = "REJECTED",
        /// A rejection under appeal.
        InAppeal = "IN_APPEAL",
        /// Quality fell: sends are refused (132015) until the pause ends.
        Paused = "PAUSED",
        /// Third pause: sends are refused (132016) until it is edited and approved again.
        Disabled = "DISABLED",
        /// The account has too many templates.
        LimitExceeded = "LIMIT_EXCEEDED",
        /// Deleted, undelivered messages are still tried for up to 30 days.
        PendingDeletion = "PENDING_DELETION",
        /// Gone; the name stays locked for 30 days.
        Deleted = "DELETED",
        /// Put away by the owner or for inactivity; can be brought back.
        Archived = "ARCHIVED",
    }
);

impl TemplateStatus {
    /// Whether messages may be sent from it now.
    ///
    /// ```
    /// use stentor_core::template::TemplateStatus;
    /// assert!(TemplateStatus::Approved.sendable());
    /// assert!(!TemplateStatus::Paused.sendable());
    /// ```
    #[must_use]
    pub const fn sendable(self) -> bool {
        matches!(self, Self::Approved)
    }
}

words!(
    /// How the text's variables are written: `{{1}}` or `{{first_name}}`.
    ParameterFormat {
        /// Numbered from 1 without gaps; a send gives the values in that order.
        Positional = "POSITIONAL",
        /// Named; a send gives `parameter_name` with each value, in any order.
        Named = "NAMED",
    }
);

words!(
    /// How people react to a template: blocks, reports, reads of the last seven days.
    Quality {
        /// New, or too few messages to tell.
        Unknown = "UNKNOWN",
        /// Good.
        Green = "GREEN",
        /// Falling.
        Yellow = "YELLOW",
        /// Bad: the next step is a pause.
        Red = "RED",
    }
);

words!(
    /// Which pause it is: `other_info.title` of a status webhook.
    PauseTitle {
        /// RED for the first time: 3 hours.
        FirstPause = "FIRST_PAUSE",
        /// RED again: 6 hours.
        SecondPause = "SECOND_PAUSE",
        /// Pacing found it bad: until a hand ends it.
        RateLimitingPause = "RATE_LIMITING_PAUSE",
    }
);

words!(
    /// Why a review ended in a rejection.
    RejectedReason {
        /// Not rejected.
        None = "NONE",
        /// Content against the policy.
        AbusiveContent = "ABUSIVE_CONTENT",
        /// Variables, media or buttons malformed.
        InvalidFormat = "INVALID_FORMAT",
        /// The content belongs to another category.
        IncorrectCategory = "INCORRECT_CATEGORY",
        /// Promises a prize or asks for money like a fraud.
        Scam = "SCAM",
        /// Promotional text in a category that forbids it.
        Promotional = "PROMOTIONAL",
        /// Variables that the reviewer could not make sense of, or without examples.
        TagContentMismatch = "TAG_CONTENT_MISMATCH",
    }
);

words!(
    /// The media a header can carry.
    MediaKind {
        /// JPEG or PNG, at most 5 MB.
        Image = "IMAGE",
        /// MP4 or 3GPP, at most 16 MB.
        Video = "VIDEO",
        /// An MP4 of at most 3.5 MB that loops; marketing route only.
        Gif = "GIF",
        /// Any document, at most 100 MB.
        Document = "DOCUMENT",
    }
);

words!(
    /// The kinds of buttons; the word is also the `sub_type` of a send.
    ButtonKind {
        /// Sends its payload back as a message.
        QuickReply = "QUICK_REPLY",
        /// Opens a page; may end in a variable.
        Url = "URL",
        /// Calls a telephone number.
        PhoneNumber = "PHONE_NUMBER",
        /// Copies a coupon.
        CopyCode = "COPY_CODE",
        /// Opens a flow.
        Flow = "FLOW",
        /// Opens the catalogue.
        Catalog = "CATALOG",
        /// Opens a list of products.
        Mpm = "MPM",
        /// Opens the product of the header.
        Spm = "SPM",
        /// Copies or fills in a one-time passcode; a send fills it as a `url` button.
        Otp = "OTP",
        /// Starts a WhatsApp call.
        VoiceCall = "VOICE_CALL",
        /// Asks for permission to call.
        CallPermissionRequest = "CALL_PERMISSION_REQUEST",
        /// Asks for the person's number.
        RequestContactInfo = "REQUEST_CONTACT_INFO",
        /// Reviews and pays an order.
        OrderDetails = "ORDER_DETAILS",
    }
);
