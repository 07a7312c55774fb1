//! Plots, as SVG: read on light and on dark ground, and told apart without colours.
//!
//! A plot is a text of its own: it needs no fonts, no scripts and no style from outside, stands in a
//! page as well as in a file, and is the same whenever its values are.

mod chart;
mod ground;
mod mark;
mod ruler;
pub(crate) mod timeline;

/// Values over values.
#[derive(Clone, Debug)]
pub(crate) struct Chart {
    /// What stands above it.
    pub(crate) title: String,
    /// The axis to the right.
    pub(crate) x: Axis,
    /// The axis upwards.
    pub(crate) y: Axis,
    /// What is drawn, in the legend's order.
    pub(crate) series: Vec<Series>,
}

/// What runs along an edge.
#[derive(Clone, Debug)]
pub(crate) struct Axis {
    /// What it shows, with its unit.
    pub(crate) label: String,
    /// How values lie on it. Its ends are chosen so that every value of every series fits.
    pub(crate) scale: Scale,
}

/// How values lie on an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scale {
    /// Equal differences are equally far apart.
    Linear,
    /// Equal ratios are equally far apart. Points that are not positive are left out.
    Log,
}

/// Values that belong together, under one name.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    /// What the legend calls it.
    pub(crate) name: String,
    /// Its values. Points with a coordinate that is no finite number are left out.
    pub(crate) points: Vec<(f64, f64)>,
    /// How it is drawn.
    pub(crate) style: Style,
}

/// How a series is drawn. Its colour and its mark are those of its place among the series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// A line from point to point, with a mark on some of them.
    Line,
    /// A dashed line from point to point, without marks: what was expected.
    Dashes,
    /// A mark on every point.
    Points,
    /// A line that keeps each value until the next point: a distribution function.
    Steps,
    /// A bar from each point to the next one's `x`; the last only ends the last bar: a histogram.
    Bars,
}

impl Axis {
    /// One on which equal differences are equally far apart.
    pub(crate) fn linear(label: impl Into<String>) -> Self {
        let (label, scale) = (label.into(), Scale::Linear);
        Self { label, scale }
    }

    /// One on which equal ratios are equally far apart.
    pub(crate) fn log(label: impl Into<String>) -> Self {
        let (label, scale) = (label.into(), Scale::Log);
        Self { label, scale }
    }
}

impl Series {
    /// These points under that name.
    pub(crate) fn new(name: impl Into<String>, style: Style, points: Vec<(f64, f64)>) -> Self {
        let name = name.into();
        Self {
            name,
            points,
            style,
        }
    }
}

impl Chart {
    /// The chart, as an SVG element that is a document too.
    pub(crate) fn svg(&self) -> String {
        chart::svg(self)
    }
}

#[cfg(test)]
pub(crate) mod tests;
