use super::ruler::Ruler;
use super::timeline::{Bar, Lane, Look, Timeline};
use super::*;

/// Panics unless every element of a text is closed, in turn, and every attribute is in quotes.
pub(crate) fn assert_well_formed(text: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some((_, tag)) = rest.split_once('<') {
        let (tag, after) = tag.split_once('>').expect("every tag ends");
        rest = after;
        let name = tag.split([' ', '\n', '/']).next().unwrap_or_default();
        assert_eq!(
            tag.matches('"').count() % 2,
            0,
            "quotes are in pairs: {tag}"
        );
        if let Some(closed) = tag.strip_prefix('/') {
            assert_eq!(
                open.pop(),
                Some(closed),
                "what was opened last is closed first"
            );
        } else if !tag.ends_with('/') && !tag.starts_with('!') && !is_void(name) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?} stay open");
}

/// Whether HTML closes it by itself.
fn is_void(name: &str) -> bool {
    ["meta", "br", "hr", "link", "img"].contains(&name)
}

fn series(style: Style) -> Series {
    let points = (1..=50).map(|x| (f64::from(x), f64::from(x * x)));
    Series::new(format!("{style:?}"), style, points.collect())
}

fn chart(series: Vec<Series>) -> Chart {
    Chart {
        title: "squares".to_owned(),
        x: Axis::linear("x"),
        y: Axis::linear("x²"),
        series,
    }
}

const STYLES: [Style; 5] = [
    Style::Line,
    Style::Dashes,
    Style::Points,
    Style::Steps,
    Style::Bars,
];

#[test]
fn charts_of_every_style_are_well_formed_and_the_same_every_time() {
    for scale in [Scale::Linear, Scale::Log] {
        let mut chart = chart(STYLES.map(series).into());
        (chart.x.scale, chart.y.scale) = (scale, scale);
        let svg = chart.svg();
        assert_well_formed(&svg);
        assert_eq!(svg, chart.svg());
        for style in STYLES {
            assert!(svg.contains(&format!("{style:?}\n")), "{style:?} is named");
        }
    }
}

#[test]
fn texts_in_charts_are_escaped() {
    let mut chart = chart(vec![Series::new("<b>&\"", Style::Line, vec![(0.0, 1.0)])]);
    chart.title = "a < b \"#000000\"".to_owned();
    chart.x.label = "</svg>".to_owned();
    let svg = chart.svg();
    assert_well_formed(&svg);
    assert!(!svg.contains("<b>"), "{svg}");
    assert!(svg.contains("a &lt; b &quot;#000000&quot;"), "{svg}");
    assert_eq!(svg.matches("</svg>").count(), 1);
}

#[test]
fn charts_stand_on_light_and_on_dark_ground() {
    let svg = chart(STYLES.map(series).into()).svg();
    assert!(
        !svg.contains("\"#000000\""),
        "black would vanish on dark ground"
    );
    assert!(svg.contains("currentColor") && svg.contains("prefers-color-scheme:dark"));
}

#[test]
fn charts_without_points_or_with_impossible_ones_are_drawn_all_the_same() {
    let odd = vec![(f64::NAN, 1.0), (0.0, -3.0), (f64::INFINITY, 2.0)];
    for points in [vec![], odd, vec![(2.0, 2.0)]] {
        for style in STYLES {
            let mut chart = chart(vec![Series::new("odd", style, points.clone())]);
            assert_well_formed(&chart.svg());
            chart.y.scale = Scale::Log;
            assert_well_formed(&chart.svg());
        }
    }
}

#[test]
fn series_have_different_marks_and_different_colours() {
    let lines = |at| {
        let mut series = vec![Series::new("", Style::Points, vec![]); at];
        series.push(series[0].clone());
        series[at].points = vec![(1.0, 1.0)];
        chart(series).svg()
    };
    // The second is a triangle; the third a square.
    assert_ne!(lines(1), lines(2));
}

fn labels(scale: Scale, values: &[f64]) -> Vec<String> {
    let ruler = Ruler::over(scale, values.iter().copied());
    ruler
        .ticks()
        .iter()
        .map(|tick| ruler.label(*tick))
        .collect()
}

#[test]
fn ticks_are_round_numbers_around_all_values() {
    let linear = |values: &[f64]| labels(Scale::Linear, values);
    assert_eq!(
        linear(&[0.07, 0.29]),
        ["0.00", "0.05", "0.10", "0.15", "0.20", "0.25", "0.30"]
    );
    assert_eq!(
        linear(&[90.0, 100.0]),
        ["90", "92", "94", "96", "98", "100"]
    );
    assert_eq!(linear(&[-1.0, 1.0]), ["-1.0", "-0.5", "0.0", "0.5", "1.0"]);
    let log = |values: &[f64]| labels(Scale::Log, values);
    assert_eq!(
        log(&[0.003, 0.4]),
        [
            "0.002", "0.005", "0.01", "0.02", "0.05", "0.1", "0.2", "0.5"
        ]
    );
    assert_eq!(
        log(&[1e-3, 1e3]),
        ["0.001", "0.01", "0.1", "1", "10", "100", "1000"]
    );
}

#[test]
fn values_lie_between_the_ends_of_their_ruler() {
    for scale in [Scale::Linear, Scale::Log] {
        for exponent in -8..=8 {
            for factor in [1.0, 1.7, 2.0, 5.0, 9.99] {
                let value = factor * 10f64.powi(exponent);
                let ruler = Ruler::over(scale, [value, value * 3.3].into_iter());
                for value in [value, value * 3.3] {
                    let share = ruler.share(value);
                    assert!(
                        (-1e-9..=1.0 + 1e-9).contains(&share),
                        "{value} in {ruler:?}"
                    );
                }
            }
        }
    }
}

fn timeline() -> Timeline {
    let bar = |label: &str, from, to, look| Bar {
        label: label.to_owned(),
        from,
        to,
        look,
    };
    Timeline {
        title: "a flight of <2>".to_owned(),
        unit: "milliseconds".to_owned(),
        lanes: vec![
            Lane {
                name: "member 0 (zone <a>)".to_owned(),
                bars: vec![
                    bar("key0", 0.0, 120.0, Look::Value),
                    bar("key1", 60.0, 200.0, Look::Stopped),
                ],
            },
            Lane {
                name: "member 1".to_owned(),
                bars: vec![bar("key1", 10.0, 190.0, Look::Fault)],
            },
        ],
    }
}

#[test]
fn timelines_tell_who_did_what_and_how_it_ended() {
    let svg = timeline().svg();
    assert_well_formed(&svg);
    assert!(svg.contains("member 0 (zone &lt;a&gt;)"), "{svg}");
    assert!(svg.contains("key1: stopped, 60.000 to 200.000"), "{svg}");
    for told in ["✓ value", "✗ fault", "■ stopped"] {
        assert!(svg.contains(told), "{told} in {svg}");
    }
    assert!(
        !svg.contains("? unknown"),
        "only looks that occur are explained"
    );
}

#[test]
fn bars_that_overlap_are_in_rows_of_their_own() {
    let with = timeline().svg();
    let mut timeline = timeline();
    timeline.lanes[0].bars[1].from = 120.0;
    assert!(timeline.svg().len() > 100);
    let height = |svg: &str| svg.split('"').nth(3).map(str::to_owned);
    assert_ne!(
        height(&with),
        height(&timeline.svg()),
        "one row less is lower"
    );
}
