//! Whatever happens to a template: nothing is held beyond the guardrail, a score never rises with blocks, a pause ends.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::id::{AccountId, TemplateId};
use crate::registry::Template;
use crate::time::Timestamp;

const START: Timestamp = Timestamp::from_secs(1_800_000_000);

fn template(category: Category, status: TemplateStatus, health: Health) -> Template {
    let key = ("promo", "en");
    let new = Template::new(TemplateId(1), AccountId(2), key, category, "[]".to_owned(), START);
    Template { status, health, ..new }
}

fn scores() -> impl Strategy<Value = Quality> {
    prop::sample::select(Quality::ALL)
}

proptest! {
    #[test]
    fn nothing_is_held_beyond_the_guardrail(
        status in prop::sample::select(TemplateStatus::ALL),
        since_secs in prop::option::of(-7_200_i64..7_200),
        waited_secs in 0_u64..20_000,
    ) {
        let at = |secs: i64| Timestamp::from_secs(START.secs() + secs);
        let health = Health { paced_since: since_secs.map(at), ..Health::default() };
        let (of, now) = (template(Category::Marketing, status, health), START + Duration::from_secs(waited_secs));
        match held(&of, START, now) {
            Held::Until(until) => prop_assert!(now < until && until == START + GUARDRAIL),
            Held::Dropped => prop_assert_eq!(status, TemplateStatus::Paused),
            Held::Released => {}
        }
    }

    #[test]
    fn an_assessment_ends_and_blocks_never_help(delivered in 0_u32..5_000, blocks in 0_u32..5_000, min in 1_u32..200) {
        prop_assert!(assess(delivered, blocks, min, GUARDRAIL).is_some());
        let rank = |quality| Quality::ALL.iter().position(|one| *one == quality);
        prop_assert!(rank(score(delivered, blocks, min)) <= rank(score(delivered, blocks + 1, min)));
    }

    #[test]
    fn only_marketing_of_unknown_or_bad_quality_is_paced(
        category in prop::sample::select(Category::ALL),
        events in prop::collection::vec(prop::option::of(scores()), 0..12),
    ) {
        let mut health = Health::default();
        for (n, event) in (0_u64..).zip(events) {
            let now = START + Duration::from_secs(n);
            health = match event {
                None => health.approved(category, now),
                Some(quality) => health.scored(category, quality, now).unwrap_or(health),
            };
        }
        let candidate = candidate_since(&template(category, TemplateStatus::Approved, health));
        prop_assert!(candidate.is_none() || category == Category::Marketing);
        prop_assert!(candidate.is_none() || health.quality != Quality::Green);
        prop_assert_eq!(health.paused_until, None);
    }

    #[test]
    fn what_time_does_is_never_before_what_it_waits_for(
        paused_secs in prop::option::of(0_i64..100_000),
        category_secs in prop::option::of(0_i64..100_000),
        archived_secs in prop::option::of(0_i64..100_000),
        is_pinned in any::<bool>(),
    ) {
        let at = |secs: i64| Timestamp::from_secs(START.secs() + secs);
        let health = Health {
            paused_until: paused_secs.map(at),
            correct_category: category_secs.map(|_| Category::Marketing),
            category_at: category_secs.map(at),
            ..Health::default()
        };
        let status = if archived_secs.is_some() { TemplateStatus::Archived } else { TemplateStatus::Paused };
        let archived_at = archived_secs.map(at);
        let of = Template { archived_at, pinned: is_pinned, ..template(Category::Utility, status, health) };
        match next_moment(&of) {
            None => {
                let is_going = archived_secs.is_some() && !is_pinned;
                let is_paused = paused_secs.is_some() && archived_secs.is_none();
                prop_assert!(category_secs.is_none() && !is_going && !is_paused);
            }
            Some((when, Moment::Unpause)) => prop_assert_eq!(Some(when), paused_secs.map(at)),
            Some((when, Moment::Recategorise)) => prop_assert_eq!(Some(when), category_secs.map(at)),
            Some((when, Moment::Delete)) => prop_assert_eq!(Some(when), archived_at.map(|at| at + ARCHIVED_FOR)),
            Some((_, Moment::Forget)) => prop_assert!(false, "nothing was deleted"),
        }
    }
}
