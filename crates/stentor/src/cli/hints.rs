//! Commands that errors, help and pages tell people to type: each is one that the program takes. Tests only.

use std::path::{Path, PathBuf};

use clap::Parser as _;
use clap::error::ErrorKind;

use super::args::Cli;

fn files(folder: &Path, ending: &str, all: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        match path.is_dir() {
            true => files(&path, ending, all),
            false => all.extend(path.extension().is_some_and(|e| e == ending).then_some(path)),
        }
    }
}

/// What stands between backticks, and in pages a line that begins with the program's name; not what a shell or a
/// reader must take apart first.
fn commands(line: &str, is_page: bool) -> Vec<String> {
    let quoted = line.split('`').skip(1).step_by(2).map(str::to_owned);
    let whole = is_page.then(|| line.split(" #").next().unwrap_or_default().to_owned());
    let is_plain = |text: &String| text.starts_with("stentor ") && !text.contains(['\'', '|', '"', '[']);
    quoted.chain(whole).filter(|text| is_plain(text) && !text.starts_with("stentor {")).collect()
}

/// A word as somebody would type it: names in capitals and what is filled in stand for themselves.
fn typed(word: &str) -> String {
    let word = word.trim_end_matches([',', '.', '…']);
    match word {
        "URL" => "https://example.com/hook".to_owned(),
        "NUMBER" => "441234567890".to_owned(),
        "" => String::new(),
        _ if word.bytes().all(|b| b.is_ascii_uppercase() || b == b'_') => "1".to_owned(),
        _ => match word.split_once('{').zip(word.rsplit_once('}')) {
            Some(((before, _), (_, after))) => format!("{before}1{after}"),
            None => word.to_owned(),
        },
    }
}

/// Whether the program takes it; a hint may leave away what is to follow.
fn is_taken(command: &str) -> bool {
    let words = command.split_whitespace().map(typed).filter(|word| !word.is_empty());
    let open = [
        ErrorKind::MissingRequiredArgument,
        ErrorKind::MissingSubcommand,
        ErrorKind::DisplayHelp,
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand,
        ErrorKind::DisplayVersion,
    ];
    match Cli::try_parse_from(words) {
        Ok(_) => true,
        Err(error) => open.contains(&error.kind()),
    }
}

#[test]
fn every_command_that_people_are_told_to_type_is_taken() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let (mut sources, mut pages) = (Vec::new(), vec![root.join("README.md")]);
    for krate in ["stentor", "stentor-core", "stentor-wire", "stentor-simnet", "stentor-store"] {
        files(&root.join("crates").join(krate).join("src"), "rs", &mut sources);
    }
    files(&root.join("docs"), "md", &mut pages);
    let (mut found, mut wrong) = (0, Vec::new());
    for (path, is_page) in sources.iter().map(|p| (p, false)).chain(pages.iter().map(|p| (p, true))) {
        let text = std::fs::read_to_string(path).unwrap();
        for command in text.lines().flat_map(|line| commands(line, is_page)) {
            found += 1;
            if !is_taken(&command) {
                wrong.push(format!("{}: {command}", path.display()));
            }
        }
    }
    assert!(found > 40, "{found}");
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(!is_taken("stentor account terms 1 --accept") && !is_taken("stentor acount list"));
}
