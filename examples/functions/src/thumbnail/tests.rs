//! The steps by themselves. Whole workflows are run as processes, in `tests/process`.

use std::fs;

use image::{ImageFormat, Rgb, RgbImage};
use serde_json::{Map, Value, json};

use super::resize::shrink;
use super::*;

fn params(value: Value) -> Params {
    let object: Map<String, Value> = serde_json::from_value(value).unwrap();
    Params::from(object)
}

/// A photograph of the example.
fn photo(name: &str) -> RgbImage {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../thumbnail");
    let bytes = fs::read(format!("{directory}/{name}")).unwrap();
    picture::read(&bytes).unwrap()
}

/// What a step gave, as the next one gets it.
fn value<T: serde::Serialize>(given: T) -> Value {
    json!(given)
}

fn decoded(picture: &RgbImage) -> Value {
    let (width, height) = picture.dimensions();
    let png = picture::png(picture).unwrap();
    json!({ "photo": "x.png", "width": width, "height": height, "png": png })
}

fn resized(picture: &RgbImage, width: u32) -> Value {
    let step = Resize { width };
    value(
        step.run(&params(json!({ "decode": decoded(picture) })))
            .unwrap(),
    )
}

#[test]
fn a_thumbnail_keeps_its_proportions_and_is_never_larger() {
    let sizes = |width, height, to| shrink(RgbImage::new(width, height), to).dimensions();
    assert_eq!(sizes(1000, 872, 640), (640, 558));
    assert_eq!(sizes(1000, 872, 320), (320, 279));
    assert_eq!(sizes(512, 512, 640), (512, 512));
    assert_eq!(sizes(1000, 1, 10), (10, 1));
    assert_eq!(sizes(1, 1000, 10), (1, 1000));
}

#[test]
fn a_picture_of_one_colour_stays_so() {
    let red = Rgb([200, 30, 40]);
    let thumbnail = shrink(RgbImage::from_pixel(300, 200, red), 70);
    assert!(thumbnail.pixels().all(|pixel| *pixel == red));
}

#[test]
fn pixels_travel_without_loss() {
    let whole = photo("rocket.jpg");
    let png = picture::png(&whole).unwrap();
    assert!(png.0.starts_with(b"\x89PNG"));
    assert_eq!(picture::read(&png.0).unwrap(), whole);
}

#[test]
fn the_sheet_has_the_widest_first_and_a_margin_about_all() {
    let blue = RgbImage::from_pixel(100, 50, Rgb([0, 0, 255]));
    let sheet = sheet::run(params(json!({
        "small": resized(&blue, 20),
        "large": resized(&blue, 60),
    })));
    let sheet = sheet.unwrap();
    assert_eq!(
        (sheet.width, sheet.height),
        (8 + 60 + 8 + 20 + 8, 8 + 30 + 8)
    );
    let sizes = [("large", 60, 30), ("small", 20, 10)].map(|(function, width, height)| {
        json!({ "function": function, "width": width, "height": height })
    });
    assert_eq!(value(&sheet)["sizes"], json!(sizes));
    let picture = image::load_from_memory_with_format(&sheet.jpeg.0, ImageFormat::Jpeg).unwrap();
    let picture = picture.into_rgb8();
    let is_blue = |x, y| {
        let Rgb([red, green, blue]) = *picture.get_pixel(x, y);
        blue > 200 && red < 60 && green < 60
    };
    // The middles of both, and what is beside, between and below them.
    assert!(is_blue(38, 23) && is_blue(86, 13));
    for (x, y) in [(2, 23), (72, 13), (101, 13), (38, 43), (86, 35)] {
        assert!(!is_blue(x, y), "{x}, {y}");
    }
}

#[test]
fn steps_that_miss_what_they_depend_on_say_so() {
    let width = 10;
    let missing = Resize { width }.run(&Params::default()).unwrap_err();
    assert_eq!(
        missing.to_string(),
        "use the parameter \"decode\": it is missing: depend on \"decode\""
    );
    let refusal = |value| sheet::run(params(value)).unwrap_err().to_string();
    assert_eq!(
        refusal(json!({})),
        "make a contact sheet: there are no thumbnails (depend on the functions that resize)"
    );
    let pixel = RgbImage::new(1, 1);
    let told = refusal(json!({ "decode": decoded(&pixel) }));
    let begin = "make a contact sheet: what \"decode\" gave is no thumbnail: ";
    assert!(told.starts_with(begin), "{told}");
}

#[test]
fn what_is_no_picture_is_refused() {
    let refusal = |bytes: &[u8]| picture::read(bytes).unwrap_err().to_string();
    for bytes in [
        &b""[..],
        b"In the beginning",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff",
    ] {
        let told = refusal(bytes);
        assert!(told.ends_with("(PNG and JPEG are read)"), "{told}");
    }
    let broken = json!({ "photo": "x.png", "width": 1, "height": 1, "png": "%" });
    let error = Resize { width: 1 }
        .run(&params(json!({ "decode": broken })))
        .unwrap_err();
    let told = error.to_string();
    assert!(told.starts_with("use the parameter \"decode\": "), "{told}");
}

#[test]
fn a_picture_too_large_to_be_handed_on_is_refused_before_it_is_decoded() {
    let large = RgbImage::new(10_000, 351);
    let png = picture::png(&large).unwrap();
    let told = picture::read(&png.0).unwrap_err().to_string();
    assert_eq!(
        told,
        "it has 10000 x 351 pixels, and 3500000 are taken: make it smaller"
    );
}
