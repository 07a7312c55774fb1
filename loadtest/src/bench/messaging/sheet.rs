//! The figures of a run, told as they come.

use std::io::{self, Write};

use serde::Serialize;

use super::rounds::Rounds;

/// What is hoped for.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Aim {
    /// The ratio to the floor is at most this.
    RatioMax(f64),
    /// The ratio to the floor is at least this.
    RatioMin(f64),
    /// The value is at most this.
    ValueMax(f64),
}

impl Aim {
    fn is_met(self, value: f64, ratio: Option<f64>) -> bool {
        match self {
            Self::RatioMax(max) => ratio.is_some_and(|ratio| ratio <= max),
            Self::RatioMin(min) => ratio.is_some_and(|ratio| ratio >= min),
            Self::ValueMax(max) => value <= max,
        }
    }
}

/// One figure: a line of JSON.
#[derive(Clone, Debug, Serialize)]
struct Figure {
    bench: &'static str,
    setting: &'static str,
    figure: &'static str,
    unit: &'static str,
    /// The median of all rounds.
    value: f64,
    /// The least and the greatest of all rounds.
    spread: [f64; 2],
    /// What plain TCP makes of the same load, and what the value is of that, in the median round.
    floor: Option<f64>,
    ratio: Option<f64>,
    /// The same of the SCTP stack alone.
    stack: Option<f64>,
    stack_ratio: Option<f64>,
    aim: Option<Aim>,
    met: Option<bool>,
    /// How many rounds there were.
    n: usize,
}

/// The figures of one setting.
pub(super) struct Sheet {
    setting: &'static str,
    figures: Vec<Figure>,
}

impl Sheet {
    /// An empty one.
    pub(super) fn new(setting: &'static str) -> Self {
        let figures = Vec::new();
        Self { setting, figures }
    }

    /// Tells one figure.
    pub(super) fn tell(
        &mut self,
        figure: &'static str,
        unit: &'static str,
        rounds: &Rounds,
        aim: Option<Aim>,
    ) {
        let value = rounds.value();
        let (floor, ratio) = rounds.floor().unzip();
        let (stack, stack_ratio) = rounds.stack().unzip();
        let figure = Figure {
            bench: "messaging",
            setting: self.setting,
            figure,
            unit,
            value: rounded(value),
            spread: rounds.spread().map(rounded),
            floor: floor.map(rounded),
            ratio: ratio.map(rounded),
            stack: stack.map(rounded),
            stack_ratio: stack_ratio.map(rounded),
            aim,
            met: aim.map(|aim| aim.is_met(value, ratio)),
            n: rounds.len(),
        };
        let line = serde_json::to_string(&figure).expect("it has string keys only");
        let mut output = io::stdout().lock();
        // Whoever reads may have enough.
        let _ = writeln!(output, "{line}").and_then(|()| output.flush());
        self.figures.push(figure);
    }

    /// All of them, for a person.
    pub(super) fn table(&self) -> String {
        let title = format!("messaging, {}", self.setting);
        let mut text = format!(
            "{title:28} {:6} {:>10} {:>21} {:>10} {:>6} {:>10} {:>6} {:>10}\n",
            "unit", "value", "spread", "floor", "ratio", "stack", "ratio", "aim"
        );
        for figure in &self.figures {
            let [least, greatest] = figure.spread.map(|number| number.to_string());
            text += &format!(
                "{:28} {:6} {:>10} {:>21} {:>10} {:>6} {:>10} {:>6} {:>10}\n",
                figure.figure,
                figure.unit,
                figure.value,
                format!("{least}..{greatest}"),
                or_dash(figure.floor),
                or_dash(figure.ratio),
                or_dash(figure.stack),
                or_dash(figure.stack_ratio),
                verdict(figure.aim, figure.met),
            );
        }
        text
    }
}

fn or_dash(number: Option<f64>) -> String {
    number.map_or("-".to_owned(), |number| number.to_string())
}

fn verdict(aim: Option<Aim>, met: Option<bool>) -> String {
    let Some(aim) = aim else {
        return "-".to_owned();
    };
    let aim = match aim {
        Aim::RatioMax(max) | Aim::ValueMax(max) => format!("<= {max}"),
        Aim::RatioMin(min) => format!(">= {min}"),
    };
    match met {
        Some(true) => aim,
        Some(false) | None => format!("{aim} !"),
    }
}

/// To three digits: more would be noise.
fn rounded(number: f64) -> f64 {
    if number == 0.0 {
        return 0.0;
    }
    let digits = 2 - number.abs().log10().floor() as i32;
    let scale = 10_f64.powi(digits.clamp(-12, 12));
    (number * scale).round() / scale
}
