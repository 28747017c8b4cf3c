//! What the checks need to know of a Rust file, read from its tokens: modules it declares, functions with their
//! lines, what it names of this crate and of others, attributes and macros. Tokens, not lines: strings and comments
//! cannot mislead, and what stands inside a macro call is seen too. Called by `run`; judges nothing.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// A line and what stands there.
pub type At = (usize, String);

/// A function: its name and the lines from `fn` to the closing brace.
#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// Line of `fn`.
    pub line: usize,
    /// Lines from there to the closing brace.
    pub lines: usize,
}

/// What a file declares and names.
#[derive(Debug, Default)]
pub struct Source {
    /// Modules declared to be in files of their own: the inline modules around, then the name.
    pub modules: Vec<Vec<String>>,
    /// Functions with a body.
    pub functions: Vec<Function>,
    /// Top-level modules of the own crate that are named (`crate::x`, or `super` chains that reach the top).
    pub own: Vec<At>,
    /// Names of attributes, with their arguments when they have some: `ignore`, `allow(dead_code)`.
    pub attributes: Vec<At>,
    /// Macros called, and functions called inside tests: `todo!`, `sleep()`.
    pub calls: Vec<At>,
    /// Every identifier, with the line where it first stands.
    pub names: BTreeSet<String>,
    /// First line of something that is not a declaration (`mod`, `use`, an attribute).
    pub code: Option<usize>,
}

/// Reads a file. `depth`: how many modules deep it stands (0 for `lib.rs`); `test`: all of it is test code.
pub fn read(text: &str, depth: usize, test: bool) -> Result<Source, String> {
    let tokens: TokenStream = text.parse().map_err(|error| format!("does not lex: {error}"))?;
    let mut source = Source::default();
    let mut reader = Reader { source: &mut source, depth, inline: Vec::new(), test };
    reader.stream(tokens);
    source.code = first_code(text);
    Ok(source)
}

struct Reader<'a> {
    source: &'a mut Source,
    depth: usize,
    inline: Vec<String>,
    test: bool,
}

impl Reader<'_> {
    fn stream(&mut self, tokens: TokenStream) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let mut tested = false;
        for (at, token) in tokens.iter().enumerate() {
            let rest = &tokens[at + 1..];
            match token {
                TokenTree::Ident(ident) => {
                    let (name, line) = (ident.to_string(), ident.span().start().line);
                    match name.as_str() {
                        "mod" => self.module(rest),
                        "fn" => self.function(line, rest),
                        "crate" => self.own(line, &path_heads(rest)),
                        "super" if !after_path(&tokens[..at]) => self.supers(line, rest),
                        _ => self.call(&name, line, rest),
                    }
                    self.source.names.insert(name);
                }
                TokenTree::Punct(punct) if punct.as_char() == '#' => {
                    tested |= self.attribute(rest);
                }
                TokenTree::Group(group) => self.group(group, &tokens[..at], &mut tested),
                _ => {}
            }
        }
    }

    /// Goes inside; a brace after `mod name` is one module deeper, a test one when `#[cfg(test)]` stood before.
    fn group(&mut self, group: &Group, before: &[TokenTree], tested: &mut bool) {
        let module = match before {
            [.., TokenTree::Ident(word), TokenTree::Ident(name)] if *word == "mod" => Some(name.to_string()),
            _ => None,
        };
        let Some(name) = module.filter(|_| group.delimiter() == Delimiter::Brace) else {
            return self.stream(group.stream());
        };
        let was = self.test;
        self.test |= std::mem::take(tested);
        self.depth += 1;
        self.inline.push(name);
        self.stream(group.stream());
        self.inline.pop();
        self.depth -= 1;
        self.test = was;
    }

    fn module(&mut self, rest: &[TokenTree]) {
        if let [TokenTree::Ident(name), TokenTree::Punct(end), ..] = rest
            && end.as_char() == ';'
        {
            let mut path = self.inline.clone();
            path.push(name.to_string());
            self.source.modules.push(path);
        }
    }

    fn function(&mut self, line: usize, rest: &[TokenTree]) {
        let [TokenTree::Ident(name), ..] = rest else { return };
        let body = rest.iter().find_map(|token| match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                Some(Some(group.span_close().end().line))
            }
            TokenTree::Punct(punct) if punct.as_char() == ';' => Some(None),
            _ => None,
        });
        if let Some(Some(end)) = body {
            self.source.functions.push(Function { name: name.to_string(), line, lines: end - line + 1 });
        }
    }

    fn own(&mut self, line: usize, heads: &[String]) {
        self.source.own.extend(heads.iter().map(|head| (line, head.clone())));
    }

    fn supers(&mut self, line: usize, mut rest: &[TokenTree]) {
        let mut ups = 1;
        while let [TokenTree::Punct(_), TokenTree::Punct(_), TokenTree::Ident(next), tail @ ..] = rest
            && *next == "super"
        {
            ups += 1;
            rest = tail;
        }
        if ups >= self.depth {
            self.own(line, &path_heads(rest));
        }
    }

    fn call(&mut self, name: &str, line: usize, rest: &[TokenTree]) {
        match rest {
            [TokenTree::Punct(bang), TokenTree::Group(_), ..] if bang.as_char() == '!' => {
                self.source.calls.push((line, format!("{name}!")));
            }
            [TokenTree::Group(group), ..] if self.test && group.delimiter() == Delimiter::Parenthesis => {
                self.source.calls.push((line, format!("{name}()")));
            }
            _ => {}
        }
    }

    /// Notes an attribute and those inside a `cfg_attr`; true when it is `#[cfg(test)]`.
    fn attribute(&mut self, rest: &[TokenTree]) -> bool {
        let group = match rest {
            [TokenTree::Group(group), ..] => group,
            [TokenTree::Punct(bang), TokenTree::Group(group), ..] if bang.as_char() == '!' => group,
            _ => return false,
        };
        if group.delimiter() != Delimiter::Bracket {
            return false;
        }
        let text = group.stream().to_string().replace(' ', "");
        let tested = text == "cfg(test)";
        self.source.attributes.push((group.span_open().start().line, text));
        tested
    }
}

/// The first names after `::`, one or those of a `{…}` list.
fn path_heads(rest: &[TokenTree]) -> Vec<String> {
    let [TokenTree::Punct(a), TokenTree::Punct(b), next, ..] = rest else { return Vec::new() };
    if (a.as_char(), b.as_char()) != (':', ':') {
        return Vec::new();
    }
    match next {
        TokenTree::Ident(name) => vec![name.to_string()],
        TokenTree::Group(list) => {
            let mut heads = Vec::new();
            let mut fresh = true;
            for token in list.stream() {
                match token {
                    TokenTree::Ident(name) if fresh => {
                        heads.push(name.to_string());
                        fresh = false;
                    }
                    TokenTree::Punct(comma) if comma.as_char() == ',' => fresh = true,
                    _ => {}
                }
            }
            heads
        }
        _ => Vec::new(),
    }
}

fn after_path(before: &[TokenTree]) -> bool {
    matches!(before, [.., TokenTree::Punct(colon)] if colon.as_char() == ':')
}

/// The first line that begins an item other than `mod` and `use`.
fn first_code(text: &str) -> Option<usize> {
    const ITEMS: &[&str] =
        &["fn", "struct", "enum", "impl", "trait", "const", "static", "type", "macro_rules!"];
    text.lines().enumerate().find_map(|(at, line)| {
        let line = line.trim_start_matches("pub(crate) ").trim_start_matches("pub(super) ");
        let line = line.trim_start_matches("pub ").trim_start_matches("async ");
        let word = line.split([' ', '<']).next()?;
        ITEMS.contains(&word).then_some(at + 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Source {
        read(text, 1, false).expect("lexes")
    }

    #[test]
    fn modules_are_found_with_the_inline_ones_around() {
        let source = of("mod a;\npub mod b { mod c; }\n// mod d;\nconst S: &str = \"mod e;\";");
        assert_eq!(source.modules, [vec!["a".to_owned()], vec!["b".into(), "c".into()]]);
    }

    #[test]
    fn what_is_named_of_the_own_crate_is_found_wherever_it_stands() {
        let check = |text: &str, expect: &[&str]| {
            let own: Vec<_> = of(text).own.into_iter().map(|(_, head)| head).collect();
            assert_eq!(own, expect, "{text}");
        };
        check("use crate::{api::x, engine};", &["api", "engine"]);
        check("fn f() { info!(x = crate::cli::y()); }", &["cli"]);
        check("use super::app;", &["app"]);
        check("mod t { use super::x; use super::super::app; }", &["app"]);
        check("pub(crate) fn f() {} // crate::api", &[]);
    }

    #[test]
    fn functions_are_measured_from_fn_to_brace() {
        let source = of("trait T { fn none(); }\n#[test]\nfn two() {\n}\n");
        assert_eq!(source.functions, [Function { name: "two".into(), line: 3, lines: 2 }]);
    }

    #[test]
    fn attributes_and_calls_are_noted() {
        let source = of("#![allow(dead_code)]\n#[ignore = \"x\"]\nfn f() { todo!(); sleep(1) }\n\
                         #[cfg(test)]\nmod tests { fn g() { sleep(2) } }");
        assert_eq!(source.attributes[0], (1, "allow(dead_code)".into()));
        assert_eq!(source.attributes[1].0, 2);
        let calls: Vec<_> = source.calls.iter().map(|(line, call)| (*line, call.as_str())).collect();
        assert_eq!(calls, [(3, "todo!"), (5, "g()"), (5, "sleep()")]);
    }

    #[test]
    fn code_is_told_from_declarations() {
        assert_eq!(of("//! x\nmod a;\npub use a::B;\n").code, None);
        assert_eq!(of("mod a;\npub fn f() {}\n").code, Some(2));
    }
}
