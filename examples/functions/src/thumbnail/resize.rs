//! The middle step: one thumbnail.

use clap::{Args, value_parser};
use fast_image_resize::images::Image;
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbImage;
use serde::{Deserialize, Serialize};

use super::decode::Decoded;
use super::picture::{self, Base64, PictureError};
use crate::action_file::ActionFile;
use crate::contract::{Params, ParamsError};

/// As good as thumbnails are made: hardly any difference is seen.
const QUALITY: u8 = 90;

/// A thumbnail is not wider.
const WIDTH_MAX: i64 = 4096;

/// Makes one thumbnail.
#[derive(Args, Clone, Debug)]
pub(crate) struct Resize {
    /// Its width in pixels; its height follows. A photograph that is narrower keeps its size.
    #[arg(long, value_name = "PIXELS", value_parser = value_parser!(u32).range(1..=WIDTH_MAX))]
    pub(super) width: u32,
}

/// What it gives.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Resized {
    /// Which photograph it shows.
    pub(super) photo: ActionFile,
    /// Its width in pixels.
    pub(super) width: u32,
    /// Its height in pixels.
    pub(super) height: u32,
    /// The thumbnail.
    pub(super) jpeg: Base64,
}

impl Resize {
    /// Makes it from what `decode` gave.
    pub(super) fn run(&self, params: &Params) -> Result<Resized, ResizeError> {
        let decoded: Option<Decoded> = params.get("decode")?;
        let decoded = decoded
            .ok_or_else(|| ParamsError::refused("decode", "it is missing: depend on \"decode\""))?;
        let of_photo = |source| ResizeError::Picture {
            photo: decoded.photo.clone(),
            source,
        };
        let picture = picture::read(&decoded.png.0).map_err(of_photo)?;
        let thumbnail = shrink(picture, self.width);
        Ok(Resized {
            width: thumbnail.width(),
            height: thumbnail.height(),
            jpeg: picture::jpeg(&thumbnail, QUALITY).map_err(of_photo)?,
            photo: decoded.photo,
        })
    }
}

/// The picture at that width, or as it is if it is narrower. Lanczos, with three lobes.
pub(super) fn shrink(picture: RgbImage, width: u32) -> RgbImage {
    let (old_width, old_height) = picture.dimensions();
    let width = width.min(old_width);
    let height = f64::from(old_height) * f64::from(width) / f64::from(old_width);
    let height = (height.round() as u32).max(1);
    let pixels = picture.into_raw();
    let source = Image::from_vec_u8(old_width, old_height, pixels, PixelType::U8x3)
        .expect("a picture has three bytes a pixel");
    let mut thumbnail = Image::new(width, height, PixelType::U8x3);
    let lanczos = ResizeAlg::Convolution(FilterType::Lanczos3);
    let options = ResizeOptions::new().resize_alg(lanczos);
    let resized = Resizer::new().resize(&source, &mut thumbnail, &options);
    resized.expect("both have pixels of one type");
    RgbImage::from_raw(width, height, thumbnail.into_vec())
        .expect("a thumbnail has three bytes a pixel")
}

/// Why there is no thumbnail. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ResizeError {
    /// The parameters are of no use.
    #[error(transparent)]
    Params(#[from] ParamsError),
    /// What `decode` gave is no picture.
    #[error("resize {photo}: {source}")]
    Picture {
        /// The photograph.
        photo: ActionFile,
        /// Why.
        source: PictureError,
    },
}
