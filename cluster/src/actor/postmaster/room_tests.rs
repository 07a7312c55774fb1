//! Who gets in, and when those who wait are woken.

use std::time::Duration;

use super::*;

/// Far beyond what anything here takes: only a hang reaches it.
const HANG: Duration = Duration::from_secs(30);

#[test]
fn as_much_waits_as_there_is_room_for_and_one_more() {
    let room = Room::new(10);
    let first = room.enter(9).expect("it is empty");
    let long = room.enter(1_000).expect("one byte is free");
    assert!(room.enter(1).is_none(), "it is full");
    assert_eq!(room.waiting_bytes.load(Ordering::Acquire), 1_009);
    let squeezed = room.squeeze_in(1);
    drop((first, long, squeezed));
    assert_eq!(room.waiting_bytes.load(Ordering::Acquire), 0);
    assert!(room.enter(1).is_some());
}

#[tokio::test]
async fn whoever_waits_is_woken_when_half_is_free() {
    let room = Room::new(10);
    let all: Vec<_> = (0..10).map(|_| room.enter(1).expect("room")).collect();
    let mut freed = Box::pin(room.freed());
    freed.as_mut().enable();
    let mut all = all.into_iter();
    drop(all.by_ref().take(4).collect::<Vec<_>>());
    let early = tokio::time::timeout(Duration::ZERO, freed.as_mut()).await;
    early.expect_err("six of ten wait");
    drop(all.next());
    tokio::time::timeout(HANG, freed)
        .await
        .expect("five of ten wait");
}

#[test]
fn from_many_threads_no_byte_is_forgotten() {
    let room = Room::new(1_000);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for bytes in 1..1_000 {
                    drop((room.enter(bytes), room.squeeze_in(bytes)));
                }
            });
        }
    });
    assert_eq!(room.waiting_bytes.load(Ordering::Acquire), 0);
}
