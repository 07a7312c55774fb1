use std::future::poll_fn;
use std::time::Instant;

use super::*;

async fn rings(alarm: &Alarm) {
    poll_fn(|cx| alarm.poll(cx)).await;
}

/// Whether it has gone off; polled by nobody.
fn has_rung(alarm: &Alarm) -> bool {
    let mut idle = Context::from_waker(std::task::Waker::noop());
    alarm.poll(&mut idle).is_ready()
}

#[tokio::test]
async fn it_goes_off_once_and_not_before_its_time() {
    let alarm = Alarm::new().expect("there are descriptors");
    for micros in [0, 1, 300, 1_500] {
        let after = Duration::from_micros(micros);
        let begun = Instant::now();
        alarm.set(after);
        rings(&alarm).await;
        assert!(begun.elapsed() >= after);
        assert!(!has_rung(&alarm));
    }
}

#[tokio::test]
async fn what_it_is_set_to_last_counts() {
    let alarm = Alarm::new().expect("there are descriptors");
    let (short, long) = (Duration::from_micros(1), Duration::from_millis(20));
    alarm.set(short);
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_millis(1) {
        std::hint::spin_loop();
    }
    // By now it has gone off, which nobody has seen.
    let begun = Instant::now();
    alarm.set(long);
    rings(&alarm).await;
    assert!(begun.elapsed() >= long);

    alarm.set(Duration::from_secs(3_600));
    alarm.set(short);
    rings(&alarm).await;
}

#[tokio::test]
async fn a_task_that_waits_is_woken_by_what_is_set_meanwhile() {
    let alarm = std::rc::Rc::new(Alarm::new().expect("there are descriptors"));
    let local = tokio::task::LocalSet::new();
    let waits = alarm.clone();
    let waiting = local.spawn_local(async move { rings(&waits).await });
    let sets = async {
        tokio::task::yield_now().await;
        alarm.set(Duration::from_micros(50));
        waiting.await
    };
    local.run_until(sets).await.expect("it does not panic");
}
