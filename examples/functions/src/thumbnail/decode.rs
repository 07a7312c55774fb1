//! The first step: from a file to pixels.

use clap::Args;
use serde::{Deserialize, Serialize};

use super::picture::{self, Base64, PictureError};
use crate::action_file::{ActionFile, ActionFileError};
use crate::contract::{Params, ParamsError};

/// The largest file: a picture of as many pixels as are taken is smaller in any format.
const PHOTO_BYTES_MAX: u64 = 32 << 20;

/// Decodes a photograph that comes with the action.
#[derive(Args, Clone, Debug)]
pub(crate) struct Decode {
    /// The photograph, PNG or JPEG: a path from the action's directory on. The parameter `photo`
    /// overrides it.
    #[arg(long, value_name = "FILE", default_value = "hubble_deep_field.jpg")]
    photo: ActionFile,
}

/// What it gives: all pixels, as PNG. (Why not as they are: `examples/thumbnail/README.md`.)
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Decoded {
    /// Which photograph it is.
    pub(super) photo: ActionFile,
    /// Its width in pixels.
    pub(super) width: u32,
    /// Its height in pixels.
    pub(super) height: u32,
    /// The picture.
    pub(super) png: Base64,
}

impl Decode {
    /// Reads and decodes the photograph.
    pub(super) fn run(&self, params: &Params) -> Result<Decoded, DecodeError> {
        let photo = params.get("photo")?.unwrap_or_else(|| self.photo.clone());
        let of_photo = |source| DecodeError::Picture {
            photo: photo.clone(),
            source,
        };
        let picture = picture::read(&photo.read(PHOTO_BYTES_MAX)?).map_err(of_photo)?;
        let png = picture::png(&picture).map_err(of_photo)?;
        let (width, height) = picture.dimensions();
        Ok(Decoded {
            photo,
            width,
            height,
            png,
        })
    }
}

/// Why there are no pixels. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DecodeError {
    /// The parameters are of no use.
    #[error(transparent)]
    Params(#[from] ParamsError),
    /// The file is of no use.
    #[error(transparent)]
    File(#[from] ActionFileError),
    /// It holds no picture that can be used.
    #[error("decode {photo}: {source}")]
    Picture {
        /// The file.
        photo: ActionFile,
        /// Why.
        source: PictureError,
    },
}
