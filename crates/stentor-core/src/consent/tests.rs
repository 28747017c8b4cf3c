//! What a history comes to, by table and by property.

use proptest::prelude::*;

use super::*;

fn said(at: i64, act: Act, source: Source) -> Entry {
    Entry::new(Timestamp::from_secs(at), act, source, None, "network")
}

#[test]
fn the_later_word_stands_and_a_start_word_takes_back_the_chat_only() {
    use Act::*;
    use Source::*;
    for (history, marketing, anything) in [
        (vec![], true, true),
        (vec![(1, OptedOut, UserPreferences)], false, true),
        (vec![(1, OptedOut, UserPreferences), (2, OptedIn, StartWord)], false, true),
        (vec![(1, OptedOut, UserPreferences), (2, OptedIn, UserPreferences)], true, true),
        (vec![(1, OptedOut, Refused), (2, OptedIn, StartWord)], false, true),
        (vec![(1, OptedOut, Import), (2, OptedIn, StartWord)], false, true),
        (vec![(1, OptedOut, OptOutPayload), (2, OptedIn, StartWord)], true, true),
        (vec![(2, OptedIn, Api), (1, OptedOut, Import)], true, true),
        (vec![(2, OptedIn, Api), (2, OptedOut, Import)], false, true),
        (vec![(1, Suppressed, Cli)], false, false),
        (vec![(1, Suppressed, Cli), (2, OptedIn, UserPreferences)], false, false),
        (vec![(1, Suppressed, Cli), (2, OptedOut, StopWord), (3, Lifted, Cli)], false, true),
        (vec![(3, Lifted, Cli), (2, Suppressed, Import)], true, true),
    ] {
        let entries: Vec<_> = history.iter().map(|(at, act, source)| said(*at, *act, *source)).collect();
        let now = standing(&entries);
        assert_eq!((now.allows_marketing(), now.allows_anything()), (marketing, anything), "{history:?}");
    }
}

#[test]
fn only_what_would_change_something_is_new() {
    let held = standing(&[said(5, Act::Suppressed, Source::Import)]);
    assert!(!held.is_changed_by(&said(9, Act::Suppressed, Source::Import)));
    assert!(!held.is_changed_by(&said(4, Act::Lifted, Source::Import)), "older than what stands");
    assert!(held.is_changed_by(&said(6, Act::Lifted, Source::Import)));
    assert!(held.is_changed_by(&said(6, Act::OptedOut, Source::Import)));
}

#[test]
fn a_listed_payload_is_matched_as_a_whole() {
    let listed = ["UNSUB_ALL".to_owned(), "Nein danke".to_owned()];
    for (text, is_one) in
        [("UNSUB_ALL", true), (" Nein danke ", true), ("unsub_all", false), ("UNSUB", false)]
    {
        assert_eq!(is_opt_out_payload(&listed, text), is_one, "{text}");
    }
}

fn entries() -> impl Strategy<Value = Vec<Entry>> {
    let one = (0..20_i64, 0..Act::ALL.len(), 0..Source::ALL.len());
    prop::collection::vec(
        one.prop_map(|(at, act, source)| said(at, Act::ALL[act], Source::ALL[source])),
        0..20,
    )
}

proptest! {
    #[test]
    fn the_two_things_do_not_touch_each_other(history in entries()) {
        let all = standing(&history);
        let of = |acts: [Act; 2]| -> Vec<Entry> {
            history.iter().filter(|entry| acts.contains(&entry.act)).cloned().collect()
        };
        let marketing = standing(&of([Act::OptedOut, Act::OptedIn]));
        let everything = standing(&of([Act::Suppressed, Act::Lifted]));
        prop_assert_eq!(all.opted_out, marketing.opted_out);
        prop_assert_eq!(all.suppressed_at, everything.suppressed_at);
        prop_assert!(all.opted_out.is_none() || all.opted_in_at.is_none());
        prop_assert!(all.suppressed_at.is_none() || all.lifted_at.is_none());
    }

    #[test]
    fn what_is_told_twice_changes_nothing(history in entries(), again in 0..20_usize) {
        if let Some(entry) = history.get(again) {
            let mut twice = history.clone();
            twice.insert(again, entry.clone());
            prop_assert_eq!(standing(&twice), standing(&history));
        }
    }

    #[test]
    fn without_start_words_the_order_of_telling_matters_at_one_time_only(history in entries()) {
        let mut history: Vec<_> = history.into_iter().filter(|e| e.source != Source::StartWord).collect();
        let told = standing(&history);
        history.sort_by_key(|entry| entry.at);
        prop_assert_eq!(standing(&history), told);
    }
}
