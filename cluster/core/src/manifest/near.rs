//! What was perhaps meant.

/// One slip for short names, and one more for every four characters.
const CHARS_PER_SLIP: usize = 4;

/// Longer names are not compared: the work grows with the square of the length.
const COMPARED_BYTES_MAX: usize = 64;

/// The candidate that is nearest to `name`, if it is near enough to be what was meant.
pub(super) fn nearest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    let slips_max = 1 + name.len() / CHARS_PER_SLIP;
    candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= COMPARED_BYTES_MAX)
        .filter(|candidate| candidate.len().abs_diff(name.len()) <= slips_max)
        .map(|candidate| (strsim::osa_distance(name, candidate), candidate))
        .filter(|&(slips, candidate)| slips <= slips_max && slips < candidate.len())
        .min_by_key(|&(slips, _)| slips)
        .map(|(_, candidate)| candidate.to_owned())
}
