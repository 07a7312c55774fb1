use super::*;

#[test]
fn the_median_of_an_odd_number_of_samples_is_the_one_in_the_middle() {
    let samples = sorted(&[3.0, 1.0, 2.0]);
    assert_eq!(of_sorted(&samples, 0.5), Some(2.0));
    assert_eq!(of_sorted(&samples, 0.99), Some(3.0));
    assert_eq!(of_sorted(&samples, 0.01), Some(1.0));
    assert_eq!(of_sorted(&[], 0.5), None);
}

#[test]
fn a_share_of_hundred_samples_is_as_many_of_them() {
    for percent in 1..=100 {
        assert_eq!(rank(100, percent as f64 / 100.0), percent);
    }
}

/// W. J. Conover, "Practical Nonparametric Statistics", 3rd edition (1999), section 3.2: of the
/// median of 10 the 2nd and the 9th (97.9 %), of 20 the 6th and the 15th (95.9 %).
#[test]
fn the_median_lies_between_the_samples_that_the_tables_name() {
    assert_eq!(bounds(10, 0.5, 0.95), [Some(2), Some(9)]);
    assert_eq!(bounds(20, 0.5, 0.95), [Some(6), Some(15)]);
}

#[test]
fn few_samples_do_not_bound_what_is_beyond_them() {
    assert_eq!(bounds(1, 0.5, 0.95), [None, None]);
    assert_eq!(bounds(5, 0.5, 0.95), [None, None]);
    assert_eq!(bounds(6, 0.5, 0.95), [Some(1), Some(6)]);
    assert_eq!(bounds(367, 0.99, 0.95)[1], None);
    assert_eq!(bounds(368, 0.99, 0.95)[1], Some(368));
}
