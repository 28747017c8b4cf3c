//! The janitor, step by step: when it looks, and when it rests.

use super::*;

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

/// A look at the timers, for that time whatever the clock says when it is made.
const fn timers(at: Timestamp) -> Work {
    Work::Timers { at, limit: TIMERS_MAX, after_jump: false }
}

#[test]
fn it_looks_when_the_next_timer_is_due_and_now_and_then() {
    let mut janitor = Janitor::default();
    let step = janitor.step(NOW, false, Vec::new());
    assert_eq!(step.commands, [timers(NOW), Work::Prune { at: NOW, rows: PRUNE_ROWS_MAX }]);
    let soon = NOW + Duration::from_secs(3);
    let step = janitor.step(NOW, false, vec![Input::Ran(0, Some(soon)), Input::Pruned(false)]);
    assert_eq!(step.wake_at, Some(soon));
    assert_eq!(janitor.step(soon, false, Vec::new()).commands, [timers(soon)]);
    assert_eq!(janitor.step(soon, false, vec![Input::Ran(0, None)]).wake_at, Some(soon + LOOK));
}

#[test]
fn full_batches_are_followed_by_another() {
    let mut janitor = Janitor::default();
    let _ = janitor.step(NOW, false, Vec::new());
    let inputs = vec![Input::Ran(TIMERS_MAX, None), Input::Pruned(true)];
    let step = janitor.step(NOW, false, inputs);
    assert_eq!(step.commands, [timers(NOW)]);
    assert_eq!(step.wake_at, Some(NOW + PRUNE_PAUSE_MIN), "others go first");
}

#[test]
fn a_busy_store_is_left_alone_for_longer() {
    let mut janitor = Janitor::default();
    let _ = janitor.step(NOW, false, Vec::new());
    for (took, pause) in [(0, PRUNE_PAUSE_MIN), (50, Duration::from_millis(150)), (5_000, PRUNE_PAUSE_MAX)] {
        let now = janitor.prune_began + Duration::from_millis(took);
        let step = janitor.step(now, false, vec![Input::Ran(0, None), Input::Pruned(true)]);
        assert_eq!(step.wake_at, Some(now + pause), "after {took} ms");
        assert_eq!(janitor.step(now + pause, false, Vec::new()).commands.len(), 1);
    }
}

#[test]
fn nothing_expires_while_the_clock_rests() {
    let mut janitor = Janitor::default();
    assert!(janitor.step(NOW, true, vec![Input::Woken]).commands.is_empty());
    assert_eq!(janitor.step(NOW, false, Vec::new()).commands.len(), 2);
}

#[test]
fn the_store_hears_of_a_jump_before_its_timers_run_and_only_once() {
    let mut janitor = Janitor::default();
    let after_jump = |step: Step<Work>| {
        step.commands.iter().any(|work| matches!(work, Work::Timers { after_jump: true, .. }))
    };
    assert!(!after_jump(janitor.step(NOW, false, Vec::new())));
    // It jumps while timers are under way that do not tell.
    assert!(!after_jump(janitor.step(NOW, true, vec![Input::Ran(0, None)])));
    let later = NOW + Duration::from_mins(1);
    assert!(after_jump(janitor.step(later, false, Vec::new())));
    let again = later + STORE_REST;
    assert!(!after_jump(janitor.step(later, false, vec![Input::RunFailed])), "a rest first");
    assert!(after_jump(janitor.step(again, false, Vec::new())), "nobody knows whether it was told");
    assert!(!after_jump(janitor.step(again, false, vec![Input::Ran(0, Some(again))])));
    assert!(!after_jump(janitor.step(again + LOOK, false, vec![Input::Woken])));
}

#[test]
fn a_hint_during_a_look_is_not_lost() {
    let mut janitor = Janitor::default();
    let _ = janitor.step(NOW, false, Vec::new());
    let step = janitor.step(NOW, false, vec![Input::Woken, Input::Ran(0, None)]);
    assert_eq!(step.commands, [timers(NOW)]);
}
