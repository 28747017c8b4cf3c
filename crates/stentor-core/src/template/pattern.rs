//! A text with `{{variables}}`, split once so that counting and filling cost no parsing.
//! Used by definition, check, fit and render; knows no rule about which variables are allowed.

/// A text and where its variables stand.
///
/// ```
/// use stentor_core::template::Pattern;
/// let hello = Pattern::new("Hi {{1}}, {{ 2 }} for {{1}}!");
/// assert_eq!(hello.variables(), ["1", "2"]);
/// assert_eq!(hello.fill(|v| Some(if v == "1" { "Ann" } else { "30%" })), "Hi Ann, 30% for Ann!");
/// assert_eq!(hello.fill(|_| None), hello.text());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    variables: Vec<String>,
    slots: Vec<Slot>,
}

/// One occurrence: bytes of the text, and which variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Slot {
    start: usize,
    end: usize,
    variable: usize,
}

/// Occurrences of variables that are looked at: keeps the work linear for texts nobody has checked yet.
const SLOTS_MAX: usize = 512;

impl Pattern {
    /// Reads `text`. Braces that do not close, or with braces or a line break inside, are ordinary text, and so is
    /// what looks like a variable after the 512th: no text that passes `check` has as many.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        let (mut variables, mut slots) = (Vec::<String>::new(), Vec::new());
        let mut at = 0;
        while slots.len() < SLOTS_MAX {
            let Some(close) = text[at..].find("}}").map(|i| at + i) else { break };
            let before = at;
            at = close + 2;
            let Some(open) = text[before..close].rfind("{{").map(|i| before + i) else { continue };
            let name = text[open + 2..close].trim();
            if name.contains(['{', '}', '\n']) {
                continue;
            }
            let variable = variables.iter().position(|v| v == name).unwrap_or_else(|| {
                variables.push(name.to_owned());
                variables.len() - 1
            });
            slots.push(Slot { start: open, end: at, variable });
        }
        Self { text, variables, slots }
    }

    /// The text as written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The distinct variables, in the order in which they first appear, without braces and blanks around.
    #[must_use]
    pub fn variables(&self) -> &[String] {
        &self.variables
    }

    /// Whether the text begins with a variable; blanks do not count.
    pub(super) fn leads(&self) -> bool {
        self.slots.first().is_some_and(|slot| self.text[..slot.start].trim().is_empty())
    }

    /// Whether the very last characters are a variable.
    pub(super) fn trails(&self) -> bool {
        self.slots.last().is_some_and(|slot| slot.end == self.text.len())
    }

    /// Whether two variables have nothing but blanks between them.
    pub(super) fn adjoins(&self) -> bool {
        self.slots.windows(2).any(|pair| self.text[pair[0].end..pair[1].start].trim().is_empty())
    }

    /// The text with every variable replaced by what `value` gives for it; `None` leaves the variable standing.
    #[must_use]
    pub fn fill<'a>(&self, value: impl Fn(&str) -> Option<&'a str>) -> String {
        let mut out = String::with_capacity(self.text.len() + 16 * self.slots.len());
        let mut at = 0;
        for slot in &self.slots {
            out.push_str(&self.text[at..slot.start]);
            out.push_str(value(&self.variables[slot.variable]).unwrap_or(&self.text[slot.start..slot.end]));
            at = slot.end;
        }
        out.push_str(&self.text[at..]);
        out
    }

    /// How many characters the filled text would have, without building it.
    #[must_use]
    pub fn filled_chars<'a>(&self, value: impl Fn(&str) -> Option<&'a str>) -> usize {
        let mut chars = self.text.chars().count();
        for slot in &self.slots {
            if let Some(text) = value(&self.variables[slot.variable]) {
                chars -= self.text[slot.start..slot.end].chars().count();
                chars += text.chars().count();
            }
        }
        chars
    }
}
