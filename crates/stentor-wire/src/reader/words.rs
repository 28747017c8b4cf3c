//! A macro for the wire's closed lists of words: an enum, its text, and a parser that takes any case.

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$vdoc])* $variant,)+
        }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The word on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            /// Reads the word in any case, `-` for `_`.
            pub(crate) fn read(cursor: &$crate::reader::Cursor<'_, '_>) -> Result<Self, $crate::reader::WireError> {
                let got = cursor.str()?;
                let same = |a: u8, b: u8| a.eq_ignore_ascii_case(&b) || (a == b'_' && b == b'-');
                let fits = |word: &str| word.len() == got.len() && word.bytes().zip(got.bytes()).all(|(a, b)| same(a, b));
                Self::ALL.iter().copied().find(|word| fits(word.as_str())).ok_or_else(|| {
                    let allowed: Vec<&str> = Self::ALL.iter().map(|word| word.as_str()).collect();
                    cursor.error($crate::reader::Problem::bad_value(got, allowed.join(", ")))
                })
            }
        }
    };
}

pub(crate) use words;
