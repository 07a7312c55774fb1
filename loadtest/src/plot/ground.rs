//! What every plot stands on: the SVG element around it, its colours on light and on dark ground.

use maud::{PreEscaped, html};

/// The colour that plots are written with: replaced by whatever stands out from the ground.
///
/// Attributes hold it in quotes, and quotes in texts are escaped, so that no text is replaced.
const INK: &str = "\"#000000\"";

/// The ground and what stands out from it, as the reader's system likes.
const STYLE: &str = ".plot{color:#1f2328;background:#fff;font-family:sans-serif}\
    @media(prefers-color-scheme:dark){.plot{color:#e6edf3;background:#0d1117}}";

/// An SVG element of that size, in pixels, around these elements.
pub(super) fn svg(title: &str, (width, height): (u32, u32), elements: &str) -> String {
    let elements = PreEscaped(elements.replace(INK, "\"currentColor\""));
    let page = html! {
        svg class="plot" viewBox={ "0 0 " (width) " " (height) } role="img"
            xmlns="http://www.w3.org/2000/svg" {
            title { (title) }
            style { (PreEscaped(STYLE)) }
            (elements)
        }
    };
    page.into_string()
}

/// About how wide a text is, in pixels, in letters of that size: fonts are the reader's.
pub(super) fn width(text: &str, size: u32) -> i32 {
    let letters = i32::try_from(text.chars().count()).unwrap_or(i32::MAX);
    // Six tenths of the height: sans-serif letters are a little narrower on average.
    letters.saturating_mul(size as i32).saturating_mul(6) / 10
}

/// As much of a text as fits into so many pixels, with a sign where something is missing.
pub(super) fn fit(text: &str, size: u32, room: i32) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let letters = room.max(0) as usize * 10 / (size as usize * 6);
    if letters < 2 {
        return String::new();
    }
    let start: String = text.chars().take(letters - 1).collect();
    format!("{start}…")
}
