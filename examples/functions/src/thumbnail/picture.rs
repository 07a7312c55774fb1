//! Pictures as bytes, and bytes as JSON.

use std::io::Cursor;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{DynamicImage, ImageDecoder, ImageError, ImageReader, Limits, RgbImage};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The largest picture: as PNG in base64, at worst 4 bytes a pixel, it is still a value, of which
/// nodes take 15 MiB.
const PIXELS_MAX: u64 = 3_500_000;

/// What decoding may take: more than the largest picture needs in any format.
const MEMORY_BYTES_MAX: u64 = 128 << 20;

/// Reads a PNG or JPEG picture, the right way up, without transparency.
pub(super) fn read(bytes: &[u8]) -> Result<RgbImage, PictureError> {
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .expect("bytes in memory can be read");
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MEMORY_BYTES_MAX);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(PictureError::Unreadable)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > PIXELS_MAX {
        return Err(PictureError::TooLarge { width, height });
    }
    // Cameras say how they were held, and store what they saw.
    let orientation = decoder.orientation().map_err(PictureError::Unreadable)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(PictureError::Unreadable)?;
    picture.apply_orientation(orientation);
    Ok(picture.into_rgb8())
}

/// As PNG, without loss, packed as well as that goes in some milliseconds.
pub(super) fn png(picture: &RgbImage) -> Result<Base64, PictureError> {
    let mut bytes = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::Sub);
    let written = picture.write_with_encoder(encoder);
    written.map_err(PictureError::Unwritable)?;
    Ok(Base64(bytes))
}

/// As JPEG, of a quality from 1 to 100.
pub(super) fn jpeg(picture: &RgbImage, quality: u8) -> Result<Base64, PictureError> {
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
    let written = picture.write_with_encoder(encoder);
    written.map_err(PictureError::Unwritable)?;
    Ok(Base64(bytes))
}

/// Bytes, which JSON knows only as text: in base64 (RFC 4648 section 4).
#[derive(Clone, Debug)]
pub(super) struct Base64(pub(super) Vec<u8>);

impl Serialize for Base64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64_STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = BASE64_STANDARD.decode(text).map_err(de::Error::custom)?;
        Ok(Self(bytes))
    }
}

/// Why there is no picture. Nothing was changed. Each fits after "failed to decode NAME: ".
#[derive(Debug, thiserror::Error)]
pub(crate) enum PictureError {
    /// It is no picture, or a broken one.
    #[error("{0} (PNG and JPEG are read)")]
    Unreadable(#[source] ImageError),
    /// It is too large to be handed on.
    #[error("it has {width} x {height} pixels, and {PIXELS_MAX} are taken: make it smaller")]
    TooLarge {
        /// Its width.
        width: u32,
        /// Its height.
        height: u32,
    },
    /// The format cannot hold it: a side of JPEG has 65,535 pixels at most.
    #[error("it cannot be written: {0}")]
    Unwritable(#[source] ImageError),
}
