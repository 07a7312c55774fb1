//! The thumbnails of all three photographs.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use image::{RgbImage, imageops};
use serde_json::{Value, json};

use crate::workflow::{Workflow, directory};

/// How far from white and from each other the thumbnails on a sheet are.
const MARGIN: u32 = 8;

fn photo(name: &str) -> RgbImage {
    image::open(directory("thumbnail").join(name))
        .unwrap()
        .into_rgb8()
}

/// The JPEG picture in a value.
fn picture(value: &Value) -> RgbImage {
    let bytes = BASE64_STANDARD
        .decode(value["jpeg"].as_str().unwrap())
        .unwrap();
    let format = image::ImageFormat::Jpeg;
    let picture = image::load_from_memory_with_format(&bytes, format).unwrap();
    let picture = picture.into_rgb8();
    let dimensions = json!([value["width"], value["height"]]);
    assert_eq!(dimensions, json!([picture.width(), picture.height()]));
    picture
}

/// The mean of all old pixels whose centres lie in a new one: the plainest way to shrink.
fn box_filtered(picture: &RgbImage, (width, height): (u32, u32)) -> RgbImage {
    let mut sums = vec![[0, 0, 0, 0]; (width * height) as usize];
    for (x, y, pixel) in picture.enumerate_pixels() {
        let column = (2 * x + 1) * width / (2 * picture.width());
        let row = (2 * y + 1) * height / (2 * picture.height());
        let sum: &mut [u32; 4] = &mut sums[(row * width + column) as usize];
        for (sum, channel) in sum.iter_mut().zip(pixel.0) {
            *sum += u32::from(channel);
        }
        sum[3] += 1;
    }
    let channels = sums
        .iter()
        .flat_map(|[sums @ .., count]| sums.map(|sum| ((sum + count / 2) / count) as u8));
    RgbImage::from_raw(width, height, channels.collect()).unwrap()
}

/// By how much two pictures differ: the mean over all pixels and channels, of 255.
fn difference(one: &RgbImage, other: &RgbImage) -> f64 {
    assert_eq!(one.dimensions(), other.dimensions());
    let pairs = one.as_raw().iter().zip(other.as_raw());
    let sum: u64 = pairs.map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / one.as_raw().len() as f64
}

#[test]
fn thumbnails_look_like_the_means_of_the_pixels_that_they_stand_for() {
    for (name, medium, small) in [
        ("astronaut.png", (320, 320), (160, 160)),
        ("hubble_deep_field.jpg", (320, 279), (160, 140)),
        ("rocket.jpg", (320, 214), (160, 107)),
    ] {
        let whole = photo(name);
        let values = Workflow::example("thumbnail").run(&json!({ "photo": name }));
        for (function, dimensions) in [("medium", medium), ("small", small)] {
            let thumbnail = picture(&values[function]);
            let expected = box_filtered(&whole, dimensions);
            let away = difference(&expected, &thumbnail);
            assert!(away < 4.0, "{function} {name}: {away}");
            // It does tell pictures apart.
            let turned = imageops::rotate180(&thumbnail);
            let turned = difference(&expected, &turned);
            assert!(turned > 2.0 * away, "{function} {name}: {turned}, {away}");
        }
    }
}

#[test]
fn the_sheet_shows_all_thumbnails_as_they_are() {
    for (name, height) in [
        ("astronaut.png", 512),
        ("hubble_deep_field.jpg", 558),
        ("rocket.jpg", 427),
    ] {
        let values = Workflow::example("thumbnail").run(&json!({ "photo": name }));
        let sheet = picture(&values["sheet"]);
        assert_eq!(values["sheet"]["photo"], name);
        assert_eq!(sheet.height(), height + 2 * MARGIN, "{name}");
        let mut left = MARGIN;
        for size in values["sheet"]["sizes"].as_array().unwrap() {
            let thumbnail = picture(&values[size["function"].as_str().unwrap()]);
            let (width, height) = thumbnail.dimensions();
            assert_eq!(
                (&size["width"], &size["height"]),
                (&json!(width), &json!(height))
            );
            let shown = imageops::crop_imm(&sheet, left, MARGIN, width, height).to_image();
            let away = difference(&thumbnail, &shown);
            assert!(away < 4.0, "{name} at {width}: {away}");
            left += width + MARGIN;
        }
        assert_eq!(sheet.width(), left, "{name}");
    }
}

#[test]
fn the_example_shows_the_hubble_deep_field_in_three_sizes() {
    let values = Workflow::example("thumbnail").run(&json!({}));
    let size =
        |function, width, height| json!({ "function": function, "width": width, "height": height });
    let expected = json!([
        size("large", 640, 558),
        size("medium", 320, 279),
        size("small", 160, 140)
    ]);
    assert_eq!(values["sheet"]["sizes"], expected);
    assert_eq!(values["sheet"]["photo"], "hubble_deep_field.jpg");
    let decoded = &values["decode"];
    assert_eq!(
        (&decoded["width"], &decoded["height"]),
        (&json!(1000), &json!(872))
    );
}

#[test]
fn every_run_hands_on_the_same_bytes() {
    let run = || Workflow::example("thumbnail").run(&json!({ "photo": "rocket.jpg" }));
    assert_eq!(json!(run()).to_string(), json!(run()).to_string());
}
