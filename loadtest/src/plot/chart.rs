//! Charts, drawn.

use std::io;

use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::{Circle, DashedPathElement, PathElement, Polygon, Rectangle};
use plotters::prelude::{Cartesian2d, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{BLACK, Color, FontStyle, TRANSPARENT, TextStyle};

use super::mark::Mark;
use super::ruler::Ruler;
use super::{Chart, Series, Style, ground};

/// How large a chart is, in pixels; pages stretch it.
const SIZE: (u32, u32) = (720, 400);

/// How far everything is from the edge.
const MARGIN: i32 = 14;

/// The size of letters: of titles, and of all else.
const TITLE: u32 = 16;
const TEXT: u32 = 12;

/// How high a line of text is.
const LINE: i32 = 20;

/// How wide the sample of a series in the legend is.
const SAMPLE: i32 = 26;

/// About how far marks on a line are from each other.
const MARKS_APART: i32 = 60;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Plane<'a> = ChartContext<'a, SVGBackend<'a>, Cartesian2d<Ruler, Ruler>>;
type Drawn = Result<(), DrawingAreaErrorKind<io::Error>>;
/// A place in the picture, in pixels from the upper left corner.
type Pixel = (i32, i32);

/// The chart, as an SVG element.
pub(super) fn svg(chart: &Chart) -> String {
    let mut drawn = String::new();
    draw(chart, &mut drawn).expect("a text takes whatever is written to it");
    // The element that the backend puts around everything gives way to this project's own.
    let inside = drawn.split_once('\n').map_or("", |(_, inside)| inside);
    let inside = inside.trim_end().trim_end_matches("</svg>");
    ground::svg(&chart.title, SIZE, inside)
}

fn draw(chart: &Chart, to: &mut String) -> Drawn {
    let area = SVGBackend::with_string(to, SIZE).into_drawing_area();
    let title = ground::fit(&chart.title, TITLE, SIZE.0 as i32 - 2 * MARGIN);
    area.draw_text(&title, &text(TITLE, HPos::Left), (MARGIN, MARGIN))?;
    let top = legend(chart, &area)?;
    let plane = plane(chart, &area, top)?;
    // What is large lies below what is thin.
    for layer in [
        &[Style::Bars][..],
        &[Style::Line, Style::Dashes, Style::Points, Style::Steps],
    ] {
        let series = chart.series.iter().enumerate();
        for (at, series) in series.filter(|(_, it)| layer.contains(&it.style)) {
            draw_series(series, Mark(at), &plane, &area)?;
        }
    }
    area.present()
}

/// Letters of that size, in the colour that stands out, at that side of their place's middle.
fn text(size: u32, side: HPos) -> TextStyle<'static> {
    let style = if size == TITLE {
        FontStyle::Bold
    } else {
        FontStyle::Normal
    };
    // The backend writes four fifths of the size that it is given.
    let font = ("sans-serif", f64::from(size) * 1.24, style);
    let vertical = if size == TITLE {
        VPos::Top
    } else {
        VPos::Center
    };
    TextStyle::from(font)
        .color(&BLACK)
        .pos(Pos::new(side, vertical))
}

/// Draws who is who, in as many lines as it takes; gives where they end.
fn legend(chart: &Chart, area: &Area<'_>) -> Result<i32, DrawingAreaErrorKind<io::Error>> {
    let right = SIZE.0 as i32 - MARGIN;
    let (mut x, mut y) = (MARGIN, MARGIN + LINE + LINE / 2 + 4);
    for (at, series) in chart.series.iter().enumerate() {
        let name = ground::fit(&series.name, TEXT, right - MARGIN - SAMPLE - 8);
        let room = SAMPLE + 8 + ground::width(&name, TEXT) + 16;
        if x > MARGIN && x + room > right {
            (x, y) = (MARGIN, y + LINE);
        }
        sample(series.style, Mark(at), (x, y), area)?;
        area.draw_text(&name, &text(TEXT, HPos::Left), (x + SAMPLE + 8, y))?;
        x += room;
    }
    Ok(y + LINE / 2)
}

/// What a series looks like, beside its name.
fn sample(style: Style, mark: Mark, (x, y): Pixel, area: &Area<'_>) -> Drawn {
    let box_ = [(x, y - 6), (x + SAMPLE, y + 6)];
    match style {
        Style::Bars => area.draw(&Rectangle::new(box_, mark.area().filled()))?,
        Style::Line | Style::Steps => area.draw(&line(vec![(x, y), (x + SAMPLE, y)], mark))?,
        Style::Dashes => area.draw(&dashes(vec![(x, y), (x + SAMPLE, y)], mark))?,
        Style::Points => {}
    }
    match style {
        Style::Dashes => Ok(()),
        _ => draw_mark(mark, (x + SAMPLE / 2, y), area),
    }
}

/// Draws the axes below the legend.
fn plane<'a>(
    chart: &Chart,
    area: &Area<'a>,
    top: i32,
) -> Result<Plane<'a>, DrawingAreaErrorKind<io::Error>> {
    let (x, y) = rulers(chart);
    let labels = y
        .ticks()
        .iter()
        .map(|it| ground::width(&y.label(*it), TEXT));
    let left = labels.max().unwrap_or(0) + LINE + 14;
    let mut plane = ChartBuilder::on(area)
        .margin(MARGIN)
        .margin_top(top + 4)
        .margin_right(MARGIN + LINE)
        .x_label_area_size(44)
        .y_label_area_size(left)
        .build_cartesian_2d(x, y)?;
    plane
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(BLACK.mix(0.13))
        .axis_style(BLACK.mix(0.6))
        .label_style(text(TEXT, HPos::Left))
        .axis_desc_style(text(TEXT, HPos::Left))
        .x_desc(chart.x.label.as_str())
        .y_desc(chart.y.label.as_str())
        .draw()?;
    Ok(plane)
}

/// The axes, with room for every point of every series.
fn rulers(chart: &Chart) -> (Ruler, Ruler) {
    let points = || chart.series.iter().flat_map(|it| &it.points);
    // Bars stand on zero, and distribution functions start from it.
    let stands = |it: &Series| matches!(it.style, Style::Bars | Style::Steps);
    let ground = chart.series.iter().any(stands).then_some(0.0);
    (
        Ruler::over(chart.x.scale, points().map(|point| point.0)),
        Ruler::over(chart.y.scale, points().map(|point| point.1).chain(ground)),
    )
}

fn draw_series(series: &Series, mark: Mark, plane: &Plane<'_>, area: &Area<'_>) -> Drawn {
    let pixels = pixels(series, plane);
    match series.style {
        Style::Line => draw_line(pixels, mark, area),
        Style::Dashes => area.draw(&dashes(pixels, mark)),
        Style::Points => pixels
            .into_iter()
            .try_for_each(|at| draw_mark(mark, at, area)),
        Style::Steps => draw_line(stairs(&pixels), mark, area),
        Style::Bars => draw_bars(&pixels, mark, plane, area),
    }
}

/// Where the points are in the picture. Points on the same pixel are one.
fn pixels(series: &Series, plane: &Plane<'_>) -> Vec<Pixel> {
    let (x, y) = (
        plane.as_coord_spec().x_spec(),
        plane.as_coord_spec().y_spec(),
    );
    let points = series.points.iter();
    let placed = points.filter(|point| x.has_place(point.0) && y.has_place(point.1));
    let mut pixels: Vec<_> = placed.map(|point| plane.backend_coord(point)).collect();
    pixels.dedup();
    pixels
}

/// Along every point's value to the next one's place, then up or down.
fn stairs(pixels: &[Pixel]) -> Vec<Pixel> {
    let mut stairs: Vec<_> = pixels.first().copied().into_iter().collect();
    for pair in pixels.windows(2) {
        stairs.extend([(pair[1].0, pair[0].1), pair[1]]);
    }
    stairs.dedup();
    stairs
}

fn draw_line(pixels: Vec<Pixel>, mark: Mark, area: &Area<'_>) -> Drawn {
    let marked = apart(&pixels, mark);
    area.draw(&line(pixels, mark))?;
    marked
        .into_iter()
        .try_for_each(|at| draw_mark(mark, at, area))
}

/// Every bar stands on the lower edge; the marks are in the middle of its upper one.
fn draw_bars(pixels: &[Pixel], mark: Mark, plane: &Plane<'_>, area: &Area<'_>) -> Drawn {
    let (_, edges) = plane.plotting_area().get_pixel_range();
    let ground = edges.end - 1;
    for pair in pixels.windows(2) {
        let [(left, top), (right, _)] = [pair[0], pair[1]];
        let corners = [(left, top), (right, ground)];
        area.draw(&Rectangle::new(corners, mark.area().filled()))?;
    }
    let mut outline = stairs(pixels);
    if let (Some(first), Some(last)) = (outline.first().copied(), outline.last().copied()) {
        outline.insert(0, (first.0, ground));
        outline.push((last.0, ground));
    }
    area.draw(&PathElement::new(outline, mark.colour().stroke_width(1)))?;
    let tops = pixels.windows(2);
    let tops: Vec<_> = tops
        .map(|pair| ((pair[0].0 + pair[1].0) / 2, pair[0].1))
        .collect();
    let mut marked = apart(&tops, mark).into_iter();
    marked.try_for_each(|at| draw_mark(mark, at, area))
}

/// Some of these, far enough from each other. Series begin at different places, so that the marks of
/// lines that lie on each other do not.
fn apart(pixels: &[Pixel], mark: Mark) -> Vec<Pixel> {
    let start = pixels.first().map_or(0, |pixel| pixel.0);
    let mut next = start + MARKS_APART / 3 * (mark.0 % 3) as i32;
    let mut chosen = Vec::new();
    for pixel in pixels {
        if pixel.0 >= next {
            chosen.push(*pixel);
            next = pixel.0 + MARKS_APART;
        }
    }
    chosen
}

fn line(pixels: Vec<Pixel>, mark: Mark) -> PathElement<Pixel> {
    PathElement::new(pixels, mark.line())
}

fn dashes(pixels: Vec<Pixel>, mark: Mark) -> DashedPathElement<std::vec::IntoIter<Pixel>, i32> {
    let (dash, gap) = mark.dashes();
    DashedPathElement::new(pixels, dash, gap, mark.line())
}

fn draw_mark(mark: Mark, (x, y): Pixel, area: &Area<'_>) -> Drawn {
    let style = mark.colour().filled();
    match mark.corners() {
        [] => area.draw(&Circle::new((x, y), 4, style)),
        corners => {
            let corners = corners.iter().map(|(right, down)| (x + right, y + down));
            area.draw(&Polygon::new(corners.collect::<Vec<_>>(), style))
        }
    }
}
