//! What tells series apart: a colour, and a mark for those who do not see it.

use plotters::style::{Color, RGBAColor, RGBColor, ShapeStyle};

/// Colours that people with any colour vision tell apart, the darker ones first.
///
/// Source: M. Okabe and K. Ito, "Color universal design", 2008. Without their black and their
/// yellow, which vanish on dark and on light ground.
const COLOURS: [RGBColor; 6] = [
    RGBColor(0x00, 0x72, 0xB2),
    RGBColor(0xD5, 0x5E, 0x00),
    RGBColor(0x00, 0x9E, 0x73),
    RGBColor(0xCC, 0x79, 0xA7),
    RGBColor(0xE6, 0x9F, 0x00),
    RGBColor(0x56, 0xB4, 0xE9),
];

/// The place of a series among others.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark(pub(super) usize);

/// What marks look like, as corners around their middle, in pixels; none for a circle.
const SHAPES: [&[(i32, i32)]; 5] = [
    &[],
    &[(0, -5), (5, 4), (-5, 4)],
    &[(-4, -4), (4, -4), (4, 4), (-4, 4)],
    &[(0, -5), (5, 0), (0, 5), (-5, 0)],
    &[(0, 5), (5, -4), (-5, -4)],
];

/// Dashes and the gaps between them, in pixels.
const DASHES: [(i32, i32); 4] = [(7, 5), (2, 4), (13, 4), (4, 9)];

impl Mark {
    /// Its colour. There are fewer colours than marks times colours: only the pair is unique, for
    /// thirty series.
    pub(super) fn colour(self) -> RGBColor {
        COLOURS[self.0 % COLOURS.len()]
    }

    /// Its corners around the middle; none where it is a circle.
    pub(super) fn corners(self) -> &'static [(i32, i32)] {
        SHAPES[self.0 % SHAPES.len()]
    }

    /// How long its dashes are, and how far from each other, in pixels.
    pub(super) fn dashes(self) -> (i32, i32) {
        DASHES[self.0 % DASHES.len()]
    }

    /// How lines of it are drawn.
    pub(super) fn line(self) -> ShapeStyle {
        self.colour().stroke_width(2)
    }

    /// How areas of it are filled: others can be seen through them.
    pub(super) fn area(self) -> RGBAColor {
        self.colour().mix(0.22)
    }
}
