//! The same measured again and again, each time beside its floors.

/// What the rounds of one figure gave.
#[derive(Clone, Debug, Default)]
pub(super) struct Rounds {
    values: Vec<f64>,
    floors: Vec<f64>,
    stacks: Vec<f64>,
}

impl Rounds {
    /// Adds a round that has no floors.
    pub(super) fn push(&mut self, value: f64) {
        self.values.push(value);
    }

    /// Adds a round that only plain TCP is a floor of.
    pub(super) fn push_beside_floor(&mut self, value: f64, floor: f64) {
        self.values.push(value);
        self.floors.push(floor);
    }

    /// Adds a round: what was measured, and what plain TCP and the bare stack made of the same.
    pub(super) fn push_beside(&mut self, [value, floor, stack]: [f64; 3]) {
        self.values.push(value);
        self.floors.push(floor);
        self.stacks.push(stack);
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// The median value.
    pub(super) fn value(&self) -> f64 {
        median(self.values.clone())
    }

    /// The least and the greatest value.
    pub(super) fn spread(&self) -> [f64; 2] {
        let values = self.values.iter().copied();
        let least = values.clone().fold(f64::INFINITY, f64::min);
        [least, values.fold(f64::NEG_INFINITY, f64::max)]
    }

    /// The median of the floor, and the median ratio to it.
    pub(super) fn floor(&self) -> Option<(f64, f64)> {
        self.beside(&self.floors)
    }

    /// The same of the bare stack.
    pub(super) fn stack(&self) -> Option<(f64, f64)> {
        self.beside(&self.stacks)
    }

    /// What else the machine does touches both of a round: so their ratio is taken before the median.
    fn beside(&self, others: &[f64]) -> Option<(f64, f64)> {
        if others.is_empty() {
            return None;
        }
        let ratios = self.values.iter().zip(others).map(|(ours, it)| ours / it);
        Some((median(others.to_vec()), median(ratios.collect())))
    }
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_unstable_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    match numbers.len() % 2 {
        0 if numbers.is_empty() => f64::NAN,
        0 => (numbers[middle - 1] + numbers[middle]) / 2.0,
        _ => numbers[middle],
    }
}
