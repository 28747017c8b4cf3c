//! Stop words as people type them, and what only looks like one.

use std::collections::HashSet;

use super::*;

#[test]
fn people_type_them_in_their_own_way() {
    let stops = [
        "stop",
        "Stop.",
        "STOP!!!",
        " stop \n",
        "\"Stop\"",
        "„Stopp“",
        "*STOP*",
        "Opt  Out",
        "stop\u{200b}",
        "arret",
        "ARRE\u{302}T",
        "Arrêt.",
        "iptal",
        "İPTAL",
        "IPTAL",
        "ıptal",
        "στοπ",
        "ΤΕΛΟΣ",
        "τέλος",
        "διακοπή",
        "стоп",
        "「停止」",
        "停止。",
        "ｓｔｏｐ！",
        "ｽﾄｯﾌﾟ",
        "ยกเลิก",
        "रोकें।",
        "إيقـاف",
        "\u{200f}إيقاف",
        "توقف؟",
        "¡Alto!",
        "dừng",
        "du\u{31b}\u{300}ng",
        "수신 거부",
    ];
    for text in stops {
        assert_eq!(wish(text), Some(Wish::Stop), "{text:?}");
    }
    for text in ["Start", "unstop", "s’abonner", "ABONE OL", "再開。", "สมัคร", "\u{feff}START"]
    {
        assert_eq!(wish(text), Some(Wish::Start), "{text:?}");
    }
}

#[test]
fn a_word_in_a_sentence_is_none() {
    let others = [
        "don't stop",
        "bus stop",
        "stop by tomorrow?",
        "please stop the delivery to my old address",
        "stopover",
        "non-stop",
        "I want to cancel my order",
        "ok",
        "no",
        "Huy",
        "dung",
        "停止したくない",
        "не стоп",
        "1",
        "",
        "...",
        "🛑",
        "para mí",
    ];
    for text in others {
        assert_eq!(wish(text), None, "{text:?}");
    }
    assert_eq!(wish(&format!("stop{}", "!".repeat(TEXT_BYTES_MAX))), None, "too long to be a word");
}

#[test]
fn the_table_contradicts_nobody() {
    let codes: HashSet<_> = WORDS.iter().map(|row| row.code).collect();
    assert!(codes.len() == WORDS.len() && codes.len() >= 40, "{} languages", codes.len());
    for row in WORDS {
        assert!(!row.stop.is_empty() && !row.start.is_empty(), "{}", row.language);
        for word in row.stop {
            assert_eq!(wish(word), Some(Wish::Stop), "{word} ({})", row.language);
        }
        for word in row.start {
            assert_eq!(wish(word), Some(Wish::Start), "{word} ({})", row.language);
        }
        let words: HashSet<_> = row.stop.iter().chain(row.start).map(|word| fold(word)).collect();
        assert_eq!(words.len(), row.stop.len() + row.start.len(), "{} has a word twice", row.language);
    }
}

#[test]
fn letters_that_lower_case_or_a_lost_mark_completes_are_one_letter() {
    for (typed, folded) in [
        ("J\u{30c}", "\u{1f0}"),
        ("H\u{331}i", "\u{1e96}i"),
        ("e\u{fe0f}\u{301}", "\u{e9}"),
        ("ß\u{301}", "s\u{15b}"),
        ("I\u{307}\u{301}", "\u{ed}"),
    ] {
        assert_eq!(fold(typed), folded, "{typed:?}");
        assert_eq!(fold(folded), folded, "{typed:?}");
    }
    assert_eq!(wish("ARR\u{200b}E\u{fe0f}\u{302}T"), Some(Wish::Stop));
}

proptest::proptest! {
    #[test]
    fn folding_is_done_once(text in "\\PC{0,40}") {
        let folded = fold(&text);
        proptest::prop_assert_eq!(fold(&folded), folded);
    }

    #[test]
    fn case_and_what_stands_around_do_not_matter(row in 0..WORDS.len(), n in 0..99usize, end in "[ .!?\"»]{0,4}") {
        let word = WORDS[row].stop[n % WORDS[row].stop.len()];
        proptest::prop_assert!(is_stop(&format!(" «{}{end}", word.to_lowercase())), "{}", word);
    }
}
