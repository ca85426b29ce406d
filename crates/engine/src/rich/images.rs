//! The pictures of a text, so that somebody can fetch them, keep them elsewhere and have the text show them from there.

use std::collections::HashMap;

use model::{RichFormat, RichText};

use super::{Converted, read_with, write};

/// A picture that a text shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageAddress {
    /// Where it is: an address, a part of the mail (`cid:`), or all of its bytes (`data:`).
    pub address: String,
    /// What it shows, in words; often nothing.
    pub alt: String,
}

/// What a text has in place of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageInstead {
    /// The same picture from another place.
    Address(String),
    /// Words, because the picture cannot be had.
    Text(String),
}

/// What becomes of pictures, by their addresses; others stay as they are.
pub type ImagesInstead = HashMap<String, ImageInstead>;

/// What becomes of the pictures that are met.
pub(super) enum Images<'r> {
    /// They are shown from where they are.
    Shown,
    /// They are also listed.
    Listed(&'r mut Vec<ImageAddress>),
    /// They are shown from elsewhere, or words stand for them.
    Replaced(&'r ImagesInstead),
}

/// The pictures of a text in the order of reading, each address once. Dots that report reading are none.
pub fn images_in(text: &RichText) -> Vec<ImageAddress> {
    let mut listed = Vec::new();
    read_with(text, Images::Listed(&mut listed));
    let mut seen = std::collections::HashSet::new();
    listed.retain(|image| seen.insert(image.address.clone()));
    listed
}

/// Writes a text in another markup with other pictures. Also one whose bytes stand in the text is shown from its new place.
pub fn convert_with_images(text: &RichText, to: RichFormat, instead: &ImagesInstead) -> Converted {
    let (document, lost) = read_with(text, Images::Replaced(instead));
    let text = write(&document, to);
    Converted { text, lost }
}
