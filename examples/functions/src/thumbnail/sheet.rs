//! The last step: the contact sheet.

use std::cmp::Reverse;

use image::{Rgb, RgbImage, imageops};
use serde::{Deserialize, Serialize};

use super::picture::{self, Base64, PictureError};
use super::resize::Resized;
use crate::action_file::ActionFile;
use crate::contract::Params;

/// How many pixels are between thumbnails, and about them.
const MARGIN: u32 = 8;

/// The paper: a little darker than white, so that bright photographs end somewhere.
const PAPER: Rgb<u8> = Rgb([240, 240, 240]);

/// What is looked at and thrown away need not be better.
const QUALITY: u8 = 85;

/// What it gives.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Sheet {
    /// Which photograph it shows.
    pub(super) photo: ActionFile,
    /// The thumbnails on it, from left to right.
    pub(super) sizes: Vec<Size>,
    /// Its width in pixels.
    pub(super) width: u32,
    /// Its height in pixels.
    pub(super) height: u32,
    /// The sheet.
    pub(super) jpeg: Base64,
}

/// One of the thumbnails.
#[derive(Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(super) struct Size {
    /// Which function made it.
    pub(super) function: String,
    /// Its width in pixels.
    pub(super) width: u32,
    /// Its height in pixels.
    pub(super) height: u32,
}

/// A thumbnail, and the function that made it.
struct Thumbnail {
    function: String,
    picture: RgbImage,
}

/// Puts the thumbnails of all functions whose values it gets side by side, the widest first.
pub(super) fn run(params: Params) -> Result<Sheet, SheetError> {
    let mut photos = Vec::new();
    let mut thumbnails = Vec::new();
    for (function, value) in params.into_object() {
        let resized: Resized = match serde_json::from_value(value) {
            Ok(resized) => resized,
            Err(source) => return Err(SheetError::NotResized { function, source }),
        };
        let picture = picture::read(&resized.jpeg.0);
        let picture = picture.map_err(|source| SheetError::Picture {
            function: function.clone(),
            source,
        })?;
        photos.push(resized.photo);
        thumbnails.push(Thumbnail { function, picture });
    }
    let photo = photos.pop().ok_or(SheetError::Nothing)?;
    // A sort that keeps the order of equals: it is the manifest's.
    thumbnails.sort_by_key(|thumbnail| Reverse(thumbnail.picture.width()));
    let sheet = lay_out(&thumbnails);
    Ok(Sheet {
        photo,
        width: sheet.width(),
        height: sheet.height(),
        jpeg: picture::jpeg(&sheet, QUALITY).map_err(SheetError::Sheet)?,
        sizes: thumbnails.into_iter().map(Size::from).collect(),
    })
}

/// In one row, with their upper edges in line.
fn lay_out(thumbnails: &[Thumbnail]) -> RgbImage {
    let pictures = || thumbnails.iter().map(|thumbnail| &thumbnail.picture);
    let width: u32 = pictures().map(|picture| picture.width() + MARGIN).sum();
    let height = pictures().map(RgbImage::height).max().unwrap_or(0);
    let mut sheet = RgbImage::from_pixel(width + MARGIN, height + 2 * MARGIN, PAPER);
    let mut left = MARGIN;
    for picture in pictures() {
        imageops::replace(&mut sheet, picture, left.into(), MARGIN.into());
        left += picture.width() + MARGIN;
    }
    sheet
}

impl From<Thumbnail> for Size {
    fn from(Thumbnail { function, picture }: Thumbnail) -> Self {
        let (width, height) = picture.dimensions();
        Self {
            function,
            width,
            height,
        }
    }
}

/// Why there is no sheet. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SheetError {
    /// It depends on nothing.
    #[error("make a contact sheet: there are no thumbnails (depend on the functions that resize)")]
    Nothing,
    /// It depends on something else.
    #[error(
        "make a contact sheet: what {function:?} gave is no thumbnail: {source} (depend on those \
         only)"
    )]
    NotResized {
        /// Whose value it is.
        function: String,
        /// Why.
        source: serde_json::Error,
    },
    /// A thumbnail is no picture.
    #[error("make a contact sheet: decode what {function:?} gave: {source}")]
    Picture {
        /// Whose value it is.
        function: String,
        /// Why.
        source: PictureError,
    },
    /// There are too many.
    #[error("make a contact sheet: {0}")]
    Sheet(#[source] PictureError),
}
