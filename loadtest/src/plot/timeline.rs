//! Who did what when: lanes of bars.

use maud::{Markup, html};

use super::Scale;
use super::ground;
use super::ruler::Ruler;

/// What happened in several places over the same time.
#[derive(Clone, Debug)]
pub(crate) struct Timeline {
    /// What stands above it.
    pub(crate) title: String,
    /// What its time is counted in, and since when: `milliseconds since the workflow began`.
    pub(crate) unit: String,
    /// Who is shown, from the top.
    pub(crate) lanes: Vec<Lane>,
}

/// One who did something.
#[derive(Clone, Debug)]
pub(crate) struct Lane {
    /// Its name.
    pub(crate) name: String,
    /// What it did. Bars that overlap are drawn below each other.
    pub(crate) bars: Vec<Bar>,
}

/// Something that took time.
#[derive(Clone, Debug)]
pub(crate) struct Bar {
    /// What it was.
    pub(crate) label: String,
    /// When it began.
    pub(crate) from: f64,
    /// When it ended: not before it began.
    pub(crate) to: f64,
    /// How it ended.
    pub(crate) look: Look,
}

/// How something ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Look {
    /// With a value.
    Value,
    /// Without one.
    Fault,
    /// Because others stopped it.
    Stopped,
    /// Nobody can say.
    Unknown,
}

/// How wide a timeline is, in pixels; pages stretch it.
const WIDTH: u32 = 720;
const MARGIN: i32 = 14;
const TEXT: u32 = 12;

/// How high a bar is, and how far the next one's top is.
const BAR: i32 = 22;
const ROW: i32 = 28;

/// Between two lanes.
const GAP: i32 = 10;

/// Where the first lane begins: below title and legend.
const TOP: i32 = 72;

/// The widest that names of lanes may make their column.
const NAMES_MAX: i32 = 180;

impl Look {
    const ALL: [Self; 4] = [Self::Value, Self::Fault, Self::Stopped, Self::Unknown];

    fn name(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Fault => "fault",
            Self::Stopped => "stopped",
            Self::Unknown => "unknown",
        }
    }

    /// What stands before the label, so that nobody needs the colour.
    fn sign(self) -> &'static str {
        match self {
            Self::Value => "✓",
            Self::Fault => "✗",
            Self::Stopped => "■",
            Self::Unknown => "?",
        }
    }

    /// Okabe and Ito's green, vermilion and orange; see [`super::mark`].
    fn colour(self) -> &'static str {
        match self {
            Self::Value => "#009E73",
            Self::Fault => "#D55E00",
            Self::Stopped => "#E69F00",
            Self::Unknown => "#888888",
        }
    }

    /// How its edge is dashed: whole only where there is a value.
    fn dashes(self) -> Option<&'static str> {
        match self {
            Self::Value => None,
            Self::Fault => Some("8 3"),
            Self::Stopped => Some("4 3"),
            Self::Unknown => Some("1 3"),
        }
    }
}

impl Timeline {
    /// The timeline, as an SVG element that is a document too.
    pub(crate) fn svg(&self) -> String {
        let rows: Vec<_> = self.lanes.iter().map(Lane::rows).collect();
        let layout = Layout::of(self, &rows);
        let tops = rows.iter().scan(TOP, |top, rows| {
            let this = *top;
            *top += lane_height(rows);
            Some(this)
        });
        let drawn = html! {
            text x=(MARGIN) y=(MARGIN + 14) font-size="16" font-weight="bold" fill="#000000" {
                (ground::fit(&self.title, 16, WIDTH as i32 - 2 * MARGIN))
            }
            (self.legend())
            (layout.grid(&self.unit))
            @for ((lane, rows), top) in self.lanes.iter().zip(&rows).zip(tops) {
                (layout.lane(lane, rows, top))
            }
        };
        ground::svg(&self.title, (WIDTH, layout.height), &drawn.into_string())
    }

    /// What the looks that occur mean.
    fn legend(&self) -> Markup {
        let occurs = |look: &Look| {
            let mut bars = self.lanes.iter().flat_map(|lane| &lane.bars);
            bars.any(|bar| bar.look == *look)
        };
        html! {
            @for (at, look) in Look::ALL.into_iter().filter(occurs).enumerate() {
                @let x = MARGIN + 110 * at as i32;
                (edge(look, (x, 44), (SAMPLE, 14), None))
                text x=(x + SAMPLE + 8) y="55" font-size=(TEXT) fill="#000000" {
                    (look.sign()) " " (look.name())
                }
            }
        }
    }
}

/// How wide the sample of a look in the legend is.
const SAMPLE: i32 = 26;

impl Lane {
    /// For every bar the row that it is drawn in: the first that is free when it begins.
    fn rows(&self) -> Vec<usize> {
        let mut order: Vec<_> = (0..self.bars.len()).collect();
        order.sort_by(|a, b| self.bars[*a].from.total_cmp(&self.bars[*b].from));
        let mut free_from: Vec<f64> = Vec::new();
        let mut rows = vec![0; self.bars.len()];
        for at in order {
            let bar = &self.bars[at];
            let free = free_from.iter().position(|free| *free <= bar.from);
            let row = free.unwrap_or(free_from.len());
            free_from.resize(free_from.len().max(row + 1), 0.0);
            free_from[row] = bar.to;
            rows[at] = row;
        }
        rows
    }
}

fn lane_height(rows: &[usize]) -> i32 {
    let count = rows.iter().max().map_or(1, |last| last + 1);
    ROW * count as i32 + GAP
}

/// Where things are.
struct Layout {
    ruler: Ruler,
    left: i32,
    right: i32,
    bottom: i32,
    height: u32,
}

impl Layout {
    fn of(timeline: &Timeline, rows: &[Vec<usize>]) -> Self {
        let bars = || timeline.lanes.iter().flat_map(|lane| &lane.bars);
        let times = bars().flat_map(|bar| [bar.from, bar.to]);
        let lanes = timeline.lanes.iter();
        let names = lanes.map(|lane| ground::width(&lane.name, TEXT)).max();
        let bottom = TOP + rows.iter().map(|rows| lane_height(rows)).sum::<i32>();
        Self {
            ruler: Ruler::over(Scale::Linear, times.chain([0.0])),
            left: MARGIN + names.unwrap_or(0).min(NAMES_MAX) + 12,
            right: WIDTH as i32 - MARGIN - 16,
            bottom,
            height: (bottom + 48) as u32,
        }
    }

    fn x(&self, time: f64) -> i32 {
        let share = self.ruler.share(time).clamp(0.0, 1.0);
        self.left + (share * f64::from(self.right - self.left)).round() as i32
    }

    fn grid(&self, unit: &str) -> Markup {
        html! {
            @for tick in self.ruler.ticks() {
                @let x = self.x(*tick);
                line x1=(x) x2=(x) y1=(TOP - 4) y2=(self.bottom) stroke="#000000" opacity="0.13" {}
                text x=(x) y=(self.bottom + 16) font-size=(TEXT) fill="#000000"
                    text-anchor="middle" { (self.ruler.label(*tick)) }
            }
            text x=((self.left + self.right) / 2) y=(self.bottom + 36) font-size=(TEXT)
                fill="#000000" text-anchor="middle" { (unit) }
        }
    }

    fn lane(&self, lane: &Lane, rows: &[usize], top: i32) -> Markup {
        let name = ground::fit(&lane.name, TEXT, NAMES_MAX);
        html! {
            text x=(MARGIN) y=(top + BAR / 2 + 4) font-size=(TEXT) fill="#000000" { (name) }
            @for (bar, row) in lane.bars.iter().zip(rows) {
                (self.bar(bar, top + ROW * *row as i32))
            }
        }
    }

    fn bar(&self, bar: &Bar, top: i32) -> Markup {
        let (from, to) = (self.x(bar.from), self.x(bar.to));
        let width = (to - from).max(2);
        let label = format!("{} {}", bar.look.sign(), bar.label);
        let told = format!(
            "{}: {}, {:.3} to {:.3}",
            bar.label,
            bar.look.name(),
            bar.from,
            bar.to
        );
        html! {
            (edge(bar.look, (from, top), (width, BAR), Some(&told)))
            text x=(from + 5) y=(top + BAR / 2 + 4) font-size=(TEXT) fill="#000000"
                pointer-events="none" { (ground::fit(&label, TEXT, width - 8)) }
        }
    }
}

/// A box that looks like that.
fn edge(look: Look, (x, y): (i32, i32), (width, height): (i32, i32), told: Option<&str>) -> Markup {
    html! {
        rect x=(x) y=(y) width=(width) height=(height) rx="2" fill=(look.colour())
            fill-opacity="0.35" stroke=(look.colour()) stroke-width="1.5"
            stroke-dasharray=[look.dashes()] {
            @if let Some(told) = told { title { (told) } }
        }
    }
}
