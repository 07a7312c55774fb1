use super::*;

#[test]
fn every_block_has_every_policy_once() {
    let turns = order(3, 2, 5, 1);
    assert_eq!(turns.len(), 21);
    for (number, block) in turns.chunks(3).enumerate() {
        let mut policies: Vec<_> = block.iter().map(|turn| turn.policy).collect();
        policies.sort_unstable();
        assert_eq!(policies, [0, 1, 2]);
        assert!(block.iter().all(|turn| turn.number == number));
        assert!(block.iter().all(|turn| turn.is_warm_up == (number < 2)));
    }
}

#[test]
fn no_policy_always_follows_another() {
    let turns = order(2, 0, 4_000, 2);
    let first = turns.chunks(2).filter(|block| block[0].policy == 0).count();
    // Six standard deviations of a fair coin.
    assert!(first.abs_diff(2_000) < 190, "{first}");
    let after_itself = turns
        .windows(2)
        .filter(|pair| pair[0].policy == pair[1].policy);
    assert!(after_itself.count() > 1_500);
}

#[test]
fn the_same_seed_gives_the_same_order() {
    assert_eq!(order(3, 1, 50, 3), order(3, 1, 50, 3));
    assert_ne!(order(3, 1, 50, 3), order(3, 1, 50, 4));
}
